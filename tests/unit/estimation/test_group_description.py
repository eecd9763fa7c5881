"""Means, shares and differences: properties, borders and speed."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from inspraak.estimation.description import describe_means, difference_from_rest
from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.regression import fit_linear
from inspraak.estimation.shares import describe_shares

SEEDS = st.integers(0, 10_000)
PROPERTY = settings(max_examples=25, deadline=None, derandomize=True)
MEANS = ("estimate", "std_error", "ci_low", "ci_high", "df", "n", "design_effect")
DIFFERENCES = ("estimate", "std_error", "df", "p_value", "ci_low", "ci_high", "cohens_d", "n_group", "n_rest")


def assert_same(first, second, names):
    for name in names:
        assert_allclose(getattr(first, name), getattr(second, name), rtol=1e-9, atol=1e-12, err_msg=name)


@PROPERTY
@given(seed=SEEDS, n=st.sampled_from([40, 493]))
def test_order_of_rows_and_scale_of_weights_do_not_matter(sample, seed, n):
    drawn = sample(seed, n=n)
    shuffled = drawn.in_order(np.random.default_rng(seed).permutation(n))
    for function, names in ((describe_means, MEANS), (difference_from_rest, DIFFERENCES)):
        plain = function(drawn.values, drawn.groups, drawn.design())
        assert_same(plain, function(shuffled.values, shuffled.groups, shuffled.design()), names)
        assert_same(plain, function(drawn.values, drawn.groups, drawn.design(scale=123.4)), names)


@PROPERTY
@given(seed=SEEDS, shift=st.floats(-1e3, 1e3), factor=st.floats(0.1, 100))
def test_a_linear_change_of_scale_passes_through(sample, seed, shift, factor):
    drawn = sample(seed)
    plain = describe_means(drawn.values, drawn.groups, drawn.design())
    moved = describe_means(shift + factor * drawn.values, drawn.groups, drawn.design())
    assert_allclose(moved.estimate, shift + factor * plain.estimate, rtol=1e-9, atol=1e-9)
    assert_allclose(moved.std_error, factor * plain.std_error, rtol=1e-8)
    assert_allclose(moved.design_effect, plain.design_effect, rtol=1e-8)


@PROPERTY
@given(seed=SEEDS)
def test_a_batch_equals_one_by_one(sample, seed):
    drawn = sample(seed)
    batch = describe_means(drawn.values, drawn.groups, drawn.design())
    for column in range(drawn.values.shape[1]):
        for group in range(drawn.groups.shape[1]):
            one = describe_means(drawn.values[:, column], drawn.groups[:, group], drawn.design())
            assert one.row(0, 0) == pytest.approx(batch.row(column, group), rel=1e-12)


@PROPERTY
@given(seed=SEEDS)
def test_a_row_without_an_answer_is_a_row_outside_the_domain(sample, seed):
    drawn = sample(seed, columns=1, missing=0.3)
    answered = ~np.isnan(drawn.values)
    assert_same(
        describe_means(drawn.values, np.ones(drawn.n, dtype=bool), drawn.design()),
        describe_means(np.nan_to_num(drawn.values), answered, drawn.design()),
        MEANS,
    )


def test_a_simple_design_gives_the_classical_mean():
    values = np.array([3.0, 5, 4, 1, 2, np.nan, 5])
    row = describe_means(values, np.ones(7, dtype=bool), simple_design(7)).row(0, 0)
    answers = values[~np.isnan(values)]
    # a missing answer leaves its row in the design: the variance of a domain, n / (n - 1) with all 7 rows
    expected = np.sqrt(7 / 6 * np.square(answers - answers.mean()).sum()) / 6
    assert row["estimate"] == pytest.approx(answers.mean())
    assert row["std_error"] == pytest.approx(expected)
    whole = describe_means(answers, np.ones(6, dtype=bool), simple_design(6)).row(0, 0)
    assert whole["std_error"] == pytest.approx(stats.sem(answers))
    assert whole["design_effect"] == pytest.approx(1)
    low, high = stats.t.interval(0.95, 5, answers.mean(), stats.sem(answers))
    assert (whole["ci_low"], whole["ci_high"], whole["df"]) == pytest.approx((low, high, 5))


def test_too_few_answers_give_no_number():
    values = np.array([[1.0, np.nan, 4.0], [2.0, np.nan, 4.0], [np.nan, np.nan, 4.0], [np.nan, 3.0, 4.0]])
    means = describe_means(values, np.ones(4, dtype=bool), simple_design(4))
    assert_array_equal(means.n[:, 0], [2, 1, 4])
    assert np.isnan(means.std_error[1, 0])
    assert np.isnan(means.ci_low[1, 0])
    empty = describe_means(values, np.zeros((4, 2), dtype=bool), simple_design(4))
    assert np.isnan(empty.estimate).all()
    assert np.isnan(empty.std_error).all()
    assert not empty.n.any()


@pytest.mark.parametrize("n", [50, 50_000])
@pytest.mark.parametrize("answer", [4.0, 0.1, 1 / 3, 1e9 / 7])
def test_identical_answers_have_no_interval(answer, n):
    design = SurveyDesign(np.linspace(0.3, 3.7, n), np.arange(n) % 3)
    row = describe_means(np.full(n, answer), np.ones(n, dtype=bool), design).row(0, 0)
    assert row["estimate"] == pytest.approx(answer)
    assert row["std_error"] == 0
    assert np.isnan([row["ci_low"], row["ci_high"], row["design_effect"]]).all()


def test_a_unit_of_weight_zero_does_not_count():
    design = SurveyDesign(np.array([1.0, 1, 1, 0]), np.zeros(4, dtype=int))
    row = describe_means(np.array([1.0, 2, 3, 900]), np.ones(4, dtype=bool), design).row(0, 0)
    assert row["estimate"] == pytest.approx(2)
    assert (row["n"], row["df"]) == (3, 2)


@PROPERTY
@given(seed=SEEDS)
def test_shares_stay_between_nought_and_one(sample, seed):
    drawn = sample(seed, n=60)
    indicators = np.where(np.isnan(drawn.values), np.nan, drawn.values > 65)
    shares = describe_shares(indicators, drawn.groups, drawn.design())
    inner = (shares.estimate > 0) & (shares.estimate < 1)
    assert_array_equal(np.isfinite(shares.ci_low), inner & (shares.df > 0))
    assert (shares.ci_low[inner] > 0).all()
    assert (shares.ci_high[inner] < 1).all()
    assert (shares.ci_low[inner] < shares.estimate[inner]).all()
    assert (shares.ci_high[inner] > shares.estimate[inner]).all()
    mirrored = describe_shares(1 - indicators, drawn.groups, drawn.design())
    assert_allclose(mirrored.ci_low, 1 - shares.ci_high, rtol=1e-9)


def test_shares_of_nought_and_one_have_no_interval():
    indicators = np.column_stack([np.zeros(20), np.ones(20)])
    shares = describe_shares(indicators, np.ones(20, dtype=bool), simple_design(20))
    assert_allclose(shares.estimate[:, 0], [0, 1])
    assert np.isnan(shares.ci_low).all()
    assert np.isnan(shares.ci_high).all()


def test_only_indicators_have_shares():
    with pytest.raises(ValueError, match="other than 0, 1"):
        describe_shares(np.array([0.0, 1, 0.5]), np.ones(3, dtype=bool), simple_design(3))


@PROPERTY
@given(seed=SEEDS)
def test_the_difference_is_the_slope_of_an_indicator(sample, seed):
    """As svyttest, which fits svyglm(y ~ group): the same standard error, and t on one degree less."""
    drawn = sample(seed)
    result = difference_from_rest(drawn.values, drawn.groups, drawn.design())
    for group, member in enumerate(drawn.groups.T):
        fit = fit_linear(np.column_stack([np.ones(drawn.n), member]), drawn.values, drawn.design())
        assert_allclose(result.estimate[:, group], fit.coefficients[:, 1], rtol=1e-9)
        assert_allclose(result.std_error[:, group], fit.std_errors[:, 1], rtol=1e-9)
        assert_array_equal(result.df[:, group], fit.df)
        assert_allclose(result.p_value[:, group], fit.p_values[:, 1], rtol=1e-8)


def test_cohens_d_with_equal_weights_is_the_usual_one():
    rng = np.random.default_rng(3)
    first, second = rng.normal(0.5, 1, 40), rng.normal(0, 2, 25)
    group = np.arange(65) < 40
    row = difference_from_rest(np.append(first, second), group, simple_design(65)).row(0, 0)
    pooled = np.sqrt((39 * first.var(ddof=1) + 24 * second.var(ddof=1)) / 63)
    assert row["cohens_d"] == pytest.approx((first.mean() - second.mean()) / pooled)


def test_the_rest_is_the_rest_of_the_universe():
    values = np.array([1.0, 2, 3, 5, 100, 100])
    group = np.array([True, True, False, False, False, False])
    known = np.array([True, True, True, True, False, False])
    row = difference_from_rest(values, group, simple_design(6), universe=known).row(0, 0)
    assert row["estimate"] == pytest.approx(1.5 - 4)
    assert (row["n_group"], row["n_rest"]) == (2, 2)


def test_no_test_without_two_on_each_side_or_without_spread():
    values = np.array([1.0, 2, 3, 4, 5])
    alone = np.array([True, False, False, False, False])
    result = difference_from_rest(values, np.column_stack([alone, ~alone]), simple_design(5))
    assert np.isnan(result.estimate).all()
    assert np.isnan(result.p_value).all()
    fixed = difference_from_rest(
        np.array([1.0, 1, 0, 0, 0]), np.array([True, True, False, False, False]), simple_design(5)
    )
    assert fixed.estimate[0, 0] == 1
    assert np.isnan([fixed.p_value[0, 0], fixed.cohens_d[0, 0], fixed.ci_low[0, 0]]).all()


@pytest.mark.parametrize("n", [493, 5_000, 50_000])
def test_inputs_from_a_frame_are_not_written_to(sample, n):
    drawn = sample(1, n=n)
    frame = pd.DataFrame(drawn.values)
    values, groups = frame.to_numpy(), drawn.groups.copy()
    before = values.copy()
    weights = pd.Series(drawn.weights).to_numpy()
    for array in (values, groups, weights):
        array.flags.writeable = False
    design = SurveyDesign(weights, drawn.strata)
    describe_means(values, groups, design)
    difference_from_rest(values, groups, design)
    assert_array_equal(values, before)


@pytest.mark.parametrize(
    ("values", "domains", "message"),
    [
        (np.ones(3), np.ones(4, dtype=bool), "values has shape"),
        (np.ones(4), np.ones(3, dtype=bool), "domains has shape"),
        (np.ones(4), np.ones(4), "expected booleans"),
        (np.array([1.0, np.inf, 1, 1]), np.ones(4, dtype=bool), "infinite"),
    ],
)
def test_wrong_shapes_are_refused(values, domains, message):
    with pytest.raises(ValueError, match=message):
        describe_means(values, domains, simple_design(4))
