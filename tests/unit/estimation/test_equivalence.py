"""Equivalence and non-inferiority: against intervals, over data sets, and how often they can be found."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from inspraak.estimation.correlation import correlate_partially
from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.equivalence import chance_of_equivalence, non_inferiority_test, two_one_sided_tests
from inspraak.estimation.group_differences import correlation_on_fishers_scale, group_difference
from inspraak.estimation.pooling import combine, pool


def effects(estimates, errors, df=40.0):
    estimates, errors = np.broadcast_arrays(np.atleast_1d(estimates), errors)
    return combine(estimates[None], errors[None] ** 2, df=df)


def test_equivalent_where_the_90_percent_interval_lies_within_the_bounds():
    rng = np.random.default_rng(1)
    effect = effects(rng.normal(0, 0.1, 500), rng.uniform(0.01, 0.1, 500))
    found = two_one_sided_tests(effect, -0.1, 0.12)
    low, high = effect.intervals(0.9)
    inside = (low > -0.1) & (high < 0.12)
    np.testing.assert_array_equal(found.equivalent(), inside)
    assert 50 < inside.sum() < 450
    low, high = effect.intervals(0.98)
    np.testing.assert_array_equal(found.equivalent(0.01), (low > -0.1) & (high < 0.12))


def test_not_inferior_where_the_bound_keeps_within_the_margin():
    effect = effects(np.linspace(-0.3, 0.3, 61), 0.05)
    more = non_inferiority_test(effect, 0.1)
    np.testing.assert_array_equal(more.p_value < 0.05, more.bound() > -0.1)
    less = non_inferiority_test(effect, 0.1, sign=-1)
    assert_allclose(less.p_value, more.p_value[::-1])
    np.testing.assert_array_equal(less.p_value < 0.05, less.bound() < 0.1)
    assert_allclose(more.p_value, stats.t.sf((effect.estimate + 0.1) / 0.05, 40), rtol=1e-9)


def test_without_an_error_there_is_no_answer():
    effect = effects([0.0, np.nan, 0.1], [0.0, np.nan, np.nan])
    assert np.isnan(two_one_sided_tests(effect, -1, 1).p_value).all()
    assert not two_one_sided_tests(effect, -1, 1).equivalent().any()


def test_the_chance_is_that_of_samples_with_a_true_zero():
    # statistics.md: 13 % at n = 493, 65 % at 1,000, with a design effect of 1.5
    errors = 1 / np.sqrt(np.array([493, 1_000]) / 1.5)
    assert_allclose(chance_of_equivalence(errors, np.inf, 0.1), [0.13, 0.65], atol=0.005)
    draws = effects(np.random.default_rng(2).normal(0, 0.05, 20_000), np.full(20_000, 0.05), df=np.inf)
    share = two_one_sided_tests(draws, -0.1, 0.1).equivalent().mean()
    assert_allclose(share, chance_of_equivalence(0.05, np.inf, 0.1), atol=4 * np.sqrt(0.25 / 20_000))
    assert chance_of_equivalence(0.1, 30, 0.1) == 0
    assert np.isnan(chance_of_equivalence(np.nan, 30, 0.1))


@pytest.fixture
def data():
    rng = np.random.default_rng(5)
    group = rng.integers(0, 2, 200).astype(float)
    group[:4] = np.nan
    return rng.normal(size=(3, 200)) * (1 + group) + 0.2 * group + 50, group


def test_differences_equal_scipy_and_are_pooled(data):
    y, group = data
    design = simple_design(200)
    for errors, equal in (("welch", False), ("pooled", True)):
        tests = [stats.ttest_ind(one[group == 1], one[group == 0], equal_var=equal) for one in y]
        single = group_difference(y[0], group, design, errors=errors)
        assert_allclose(single.difference.p_value, tests[0].pvalue, rtol=1e-8)
        difference = np.array([one[group == 1].mean() - one[group == 0].mean() for one in y])
        variances = (difference / np.array([test.statistic for test in tests])) ** 2
        pooled = pool(difference, variances, df=np.mean([test.df for test in tests]))
        found = group_difference(y, group, design, errors=errors)
        assert_allclose(found.difference.estimate, pooled.estimate)
        assert_allclose(found.difference.std_error, pooled.std_error)
        assert_allclose(found.difference.df, pooled.df)
        assert found.n == ((group == 0).sum(), (group == 1).sum())
        assert found.hedges_g == pytest.approx(found.cohen_d * (1 - 3 / (4 * 194 - 1)), rel=1e-4)


def test_rows_without_weight_or_left_out_do_not_count(data):
    y, group = data
    weights = np.where(np.arange(200) < 50, 0.0, 2.0)
    found = group_difference(
        y, group, SurveyDesign(weights, np.arange(200) % 3), errors="welch", included=np.arange(200) < 150
    )
    alone = group_difference(y[:, 50:150], group[50:150], simple_design(100), errors="welch")
    assert_allclose(found.difference.std_error, alone.difference.std_error)
    assert found.n == alone.n
    assert_allclose(found.sd, alone.sd)


def test_correlations_with_controls_are_pooled():
    rng = np.random.default_rng(6)
    control = rng.normal(size=(3, 150))
    x, y = 0.5 * control + rng.normal(size=(2, 3, 150))
    design = SurveyDesign(rng.uniform(0.5, 3, 150), np.zeros(150, dtype=int))
    found = correlation_on_fishers_scale(x, y, design, controls=control[:, None])
    single = [correlate_partially(np.column_stack(pair[:2]), pair[2], design) for pair in zip(x, y, control)]
    z = np.arctanh([one.estimate[0, 1] for one in single])
    variance = 1 / (np.array([one.effective_n[0, 1] for one in single]) - 4)
    assert_allclose(found.estimate, z.mean())
    assert_allclose(found.std_error**2, variance.mean() + 4 / 3 * z.var(ddof=1))
    low, high = correlation_on_fishers_scale(x[0], y[0], design, controls=control[:1]).intervals()
    assert_allclose(np.tanh([low, high]), [single[0].ci_low[0, 1], single[0].ci_high[0, 1]])


def test_wrong_input_is_refused(data):
    y, group = data
    design = simple_design(200)
    with pytest.raises(ValueError, match="below the second"):
        two_one_sided_tests(effects(0.0, 1.0), 0.1, -0.1)
    with pytest.raises(ValueError, match="margin"):
        non_inferiority_test(effects(0.0, 1.0), -0.1)
    with pytest.raises(ValueError, match="sign"):
        non_inferiority_test(effects(0.0, 1.0), 0.1, sign=2)
    with pytest.raises(ValueError, match="errors are"):
        group_difference(y, group, design, errors="student")
    with pytest.raises(ValueError, match="other than 0, 1"):
        group_difference(y, group + 1, design)
