"""Totals, ratios and independence: what must hold for any sample."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from inspraak.estimation.description import describe_means, difference_from_rest
from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.independence import rao_scott
from inspraak.estimation.totals import describe_ratios, describe_totals

SEEDS = st.integers(0, 10_000)
PROPERTY = settings(max_examples=20, deadline=None, derandomize=True)


@PROPERTY
@given(seed=SEEDS, n=st.sampled_from([40, 493]), clustered=st.booleans())
def test_totals_of_domains_add_up(sample, seed, n, clustered):
    drawn = sample(seed, n=n)
    design = drawn.design(clustered=clustered)
    parts = np.column_stack([drawn.groups[:, 0], ~drawn.groups[:, 0], np.ones(n, dtype=bool)])
    found = describe_totals(drawn.values, parts, design)
    assert_allclose(found.estimate[:, :2].sum(axis=1), found.estimate[:, 2], rtol=1e-12)
    assert_array_equal(found.n[:, :2].sum(axis=1), found.n[:, 2])


@PROPERTY
@given(seed=SEEDS, clustered=st.booleans())
def test_a_mean_is_the_ratio_of_a_total_to_a_count(sample, seed, clustered):
    drawn = sample(seed)
    design = drawn.design(clustered=clustered)
    ones = np.ones_like(drawn.values)
    found = describe_ratios(drawn.values, ones, drawn.groups, design)
    means = describe_means(drawn.values, drawn.groups, design)
    for name in ("estimate", "std_error", "ci_low", "ci_high", "df", "n"):
        assert_allclose(getattr(found, name), getattr(means, name), rtol=1e-9, err_msg=name)


@PROPERTY
@given(seed=SEEDS, scale=st.floats(0.01, 1000))
def test_the_scale_of_the_weights_scales_totals_and_not_ratios(sample, seed, scale):
    drawn = sample(seed)
    plain, scaled = (describe_totals(drawn.values, drawn.groups, drawn.design(scale=by)) for by in (1, scale))
    for name in ("estimate", "std_error", "ci_low", "ci_high"):
        assert_allclose(getattr(scaled, name), scale * getattr(plain, name), rtol=1e-9)
    top, below = drawn.values, drawn.values[:, ::-1]
    ratios = [describe_ratios(top, below, drawn.groups, drawn.design(scale=by)) for by in (1, scale)]
    for name in ("estimate", "std_error", "ci_low", "ci_high"):
        assert_allclose(getattr(ratios[0], name), getattr(ratios[1], name), rtol=1e-9)


@PROPERTY
@given(seed=SEEDS)
def test_rows_twice_as_clusters_are_rows_of_twice_the_weight(sample, seed):
    drawn = sample(seed, n=80)
    twice = SurveyDesign(
        np.tile(drawn.weights, 2), np.tile(drawn.strata, 2), np.tile(np.arange(80), 2), lonely="certainty"
    )
    values, groups = np.tile(drawn.values, (2, 1)), np.tile(drawn.groups, (2, 1))
    single = drawn.design(scale=2)
    for function, names in (
        (describe_totals, ("estimate", "std_error", "df")),
        (describe_means, ("estimate", "std_error", "df")),
        (difference_from_rest, ("estimate", "std_error", "p_value", "df")),
    ):
        one, two = function(drawn.values, drawn.groups, single), function(values, groups, twice)
        for name in names:
            assert_allclose(getattr(one, name), getattr(two, name), rtol=1e-9, err_msg=name)


def test_no_answer_and_no_denominator_give_no_number():
    values = np.array([[1.0, np.nan, 0.0], [2.0, np.nan, 0.0], [3.0, 4.0, 0.0]])
    everyone = np.ones((3, 1), dtype=bool)
    found = describe_totals(values, np.hstack([everyone, ~everyone]), simple_design(3))
    assert found.estimate[:, 0].tolist() == [6, 4, 0]
    assert np.isnan(found.std_error[1, 0])
    assert np.isnan(found.estimate[:, 1]).all()
    ratio = describe_ratios(values[:, :1], values[:, 2:], everyone, simple_design(3))
    assert np.isnan([ratio.estimate, ratio.std_error]).all()
    with pytest.raises(ValueError, match="expected the same"):
        describe_ratios(values, values[:, :2], everyone, simple_design(3))


@PROPERTY
@given(seed=SEEDS, correction=st.sampled_from(["second_order", "first_order", "wald", "adjusted_wald"]))
def test_independence_does_not_depend_on_names_order_or_scale(sample, seed, correction):
    drawn = sample(seed, n=300, columns=2)
    one, other = np.round(drawn.values.T / 40)
    plain = rao_scott(one, other, drawn.design(), correction=correction)
    for changed in (
        rao_scott(other, one, drawn.design(), correction=correction),
        rao_scott(7 - one, 10 * other, drawn.design(scale=33), correction=correction),
    ):
        assert_allclose(
            [changed.statistic, changed.df1, changed.df2, changed.p_value],
            [plain.statistic, plain.df1, plain.df2, plain.p_value],
            rtol=1e-6,
        )


def test_a_simple_sample_gives_pearsons_test():
    rng = np.random.default_rng(6)
    one = rng.integers(0, 3, 5000).astype(float)
    other = np.where(rng.random(5000) < 0.05, one, rng.integers(0, 3, 5000)).astype(float)
    found = rao_scott(one, other, simple_design(5000), correction="first_order")
    table = np.array([[((one == i) & (other == j)).sum() for j in range(3)] for i in range(3)])
    expected = stats.chi2_contingency(table, correction=False)
    assert found.statistic == pytest.approx(expected.statistic)
    assert np.log(found.p_value) == pytest.approx(np.log(expected.pvalue), rel=0.05)


def test_an_answer_that_does_not_vary_cannot_be_tested():
    same, other = np.ones(20), np.arange(20) % 2.0
    for correction in ("second_order", "wald"):
        found = rao_scott(same, other, simple_design(20), correction=correction)
        assert np.isnan([found.statistic, found.p_value]).all()
        assert found.n == 20
    nobody = rao_scott(np.full(20, np.nan), other, simple_design(20))
    assert nobody.n == 0
    assert np.isnan(nobody.p_value)
