"""Quantiles with Woodruff intervals: against the definition written out, and what must hold for any sample."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from inspraak.estimation.description import describe_means
from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.quantiles import describe_quantiles

SEEDS = st.integers(0, 10_000)
PROPERTY = settings(max_examples=25, deadline=None, derandomize=True)
NAMES = ("estimate", "std_error", "ci_low", "ci_high", "beside", "beside_interval", "df", "n")


def reached(values, weights, share):
    """The smallest answer at which the weighted distribution function reaches a share."""
    answers = np.sort(values)
    below = np.array([weights[values <= answer].sum() for answer in answers]) / weights.sum()
    return answers[np.argmax(below >= share - 1e-10)]


def written_out(values, domain, design, level):
    """Quantile, ends of its interval, and the rows beside each of the three; one column, one domain."""
    kept = domain & ~np.isnan(values) & (design.weights > 0)
    answers, weights = values[kept], design.weights[kept]
    quantile = reached(answers, weights, level)
    share = describe_means(np.where(kept, values <= quantile, np.nan), domain, design)
    half = stats.t.ppf(0.975, share.df[0, 0]) * share.std_error[0, 0]
    around = [share.estimate[0, 0] - half, share.estimate[0, 0] + half]
    ends = [reached(answers, weights, one) if 0 <= one <= 1 else np.nan for one in around]
    beside = [
        0 if np.isnan(one) else min((answers <= one).sum(), (answers >= one).sum()) - 1
        for one in (quantile, *ends)
    ]
    return quantile, *ends, beside[0], min(beside[1:])


@PROPERTY
@given(seed=SEEDS, n=st.sampled_from([40, 493]), clustered=st.booleans(), tied=st.booleans())
def test_equals_the_definition_written_out(sample, seed, n, clustered, tied):
    drawn = sample(seed, n=n, columns=3)
    values = np.round(drawn.values / 20) if tied else drawn.values
    design = drawn.design(clustered=clustered)
    found = describe_quantiles(values, drawn.groups, design, levels=(0.1, 0.5, 0.75))
    for column in range(3):
        for group, domain in enumerate(drawn.groups.T):
            for place, level in enumerate((0.1, 0.5, 0.75)):
                expected = written_out(values[:, column], domain, design, level)
                if (values[domain, column] > expected[0]).any():
                    ours = [getattr(found, name)[column, group, place] for name in NAMES[:1] + NAMES[2:6]]
                    assert_array_equal(ours, expected)


@PROPERTY
@given(seed=SEEDS, n=st.sampled_from([40, 493]))
def test_order_of_rows_and_scale_of_weights_do_not_matter(sample, seed, n):
    drawn = sample(seed, n=n)
    shuffled = drawn.in_order(np.random.default_rng(seed).permutation(n))
    plain = describe_quantiles(drawn.values, drawn.groups, drawn.design())
    for other in (
        describe_quantiles(shuffled.values, shuffled.groups, shuffled.design()),
        describe_quantiles(drawn.values, drawn.groups, drawn.design(scale=0.00123)),
    ):
        for name in NAMES:
            assert_allclose(getattr(plain, name), getattr(other, name), rtol=1e-12, err_msg=name)


@PROPERTY
@given(seed=SEEDS)
def test_a_rising_change_of_scale_passes_through(sample, seed):
    drawn = sample(seed)
    plain = describe_quantiles(drawn.values, drawn.groups, drawn.design())
    logs = describe_quantiles(np.log1p(drawn.values), drawn.groups, drawn.design())
    for name in ("estimate", "ci_low", "ci_high"):
        assert_allclose(getattr(logs, name), np.log1p(getattr(plain, name)), rtol=1e-12)
    assert_array_equal(logs.beside, plain.beside)


@PROPERTY
@given(seed=SEEDS, clustered=st.booleans())
def test_rows_twice_in_one_cluster_change_no_quantile(sample, seed, clustered):
    """As rows with twice the weight: the same totals of the same units."""
    drawn = sample(seed, n=60)
    codes = drawn.clusters if clustered else np.arange(drawn.n)
    once = SurveyDesign(drawn.weights, drawn.strata, codes, lonely="certainty")
    twice = SurveyDesign(
        np.tile(drawn.weights, 2), np.tile(drawn.strata, 2), np.tile(codes, 2), lonely="certainty"
    )
    plain = describe_quantiles(drawn.values, drawn.groups, once)
    doubled = describe_quantiles(np.tile(drawn.values, (2, 1)), np.tile(drawn.groups, (2, 1)), twice)
    for name in ("estimate", "ci_low", "ci_high", "std_error", "df"):
        assert_allclose(getattr(doubled, name), getattr(plain, name), rtol=1e-9, err_msg=name)


@pytest.mark.parametrize("lonely", ["adjust", "average", "certainty"])
@pytest.mark.filterwarnings("ignore::inspraak.estimation.design.LonelyStratumWarning")
def test_the_rule_for_one_unit_is_heeded(sample, lonely):
    drawn = sample(2)
    design = SurveyDesign(drawn.weights, np.where(np.arange(drawn.n) == 0, 9, drawn.strata), lonely=lonely)
    found = describe_quantiles(drawn.values[:, 0], drawn.groups[:, 2], design)
    for place, level in enumerate((0.25, 0.5, 0.75)):
        expected = written_out(drawn.values[:, 0], drawn.groups[:, 2], design, level)
        assert (
            found.estimate[0, 0, place],
            found.ci_low[0, 0, place],
            found.ci_high[0, 0, place],
        ) == expected[:3]


def test_a_level_that_equal_weights_reach_exactly():
    """Ten weights of 0.1 do not add up to 1 in floating point, but half of them are half."""
    found = describe_quantiles(
        np.arange(10.0), np.ones(10, dtype=bool), SurveyDesign(np.full(10, 0.1), np.zeros(10, dtype=int)),
        levels=(0.3, 0.5, 0.7),
    )  # fmt: skip
    assert found.estimate[0, 0].tolist() == [2, 4, 6]


def test_too_few_answers_give_no_number():
    values = np.array([[1.0, np.nan], [np.nan, np.nan], [np.nan, np.nan], [np.nan, np.nan]])
    domains = np.array([[1, 0], [1, 0], [1, 0], [1, 0]], dtype=bool)
    found = describe_quantiles(values, domains, simple_design(4))
    assert found.estimate[0, 0].tolist() == [1, 1, 1]
    assert np.isnan(found.estimate[1]).all()
    assert np.isnan(found.estimate[:, 1]).all()
    assert np.isnan([found.std_error, found.ci_low, found.ci_high]).all()
    assert found.n.tolist() == [[1, 0], [0, 0]]
    assert not found.beside.any()


def test_answers_that_are_all_the_same_have_no_interval():
    found = describe_quantiles(np.full(30, 7.0), np.ones(30, dtype=bool), simple_design(30))
    assert found.estimate[0, 0].tolist() == [7, 7, 7]
    assert np.isnan([found.std_error, found.ci_low, found.ci_high]).all()
    assert (found.beside == 29).all()
    assert not found.beside_interval.any()


def test_a_row_of_weight_zero_does_not_count():
    design = SurveyDesign(np.array([0.0, 1, 1, 1, 0]), np.zeros(5, dtype=int))
    found = describe_quantiles(np.arange(5.0), np.ones(5, dtype=bool), design, levels=(0.01, 0.5, 0.99))
    assert found.estimate[0, 0].tolist() == [1, 2, 3]
    assert found.beside[0, 0].tolist() == [0, 1, 0]


@pytest.mark.parametrize("levels", [(0.0,), (0.5, 1.0), (np.nan,)])
def test_levels_lie_between_nought_and_one(levels):
    with pytest.raises(ValueError, match="between 0 and 1"):
        describe_quantiles(np.ones(3), np.ones(3, dtype=bool), simple_design(3), levels=levels)


RULES, INTERVALS = ("math", "school", "hf7"), ("mean", "xlogit", "beta", "score")


@PROPERTY
@given(seed=SEEDS, n=st.sampled_from([2, 3, 40, 101]))
def test_rules_with_equal_weights_are_types_of_numpy(seed, n):
    """Types 1, 2 and 7 of Hyndman & Fan; levels that meet the steps exactly among them."""
    values, levels = np.random.default_rng(seed).normal(size=(n, 3)), (0.1, 0.25, 0.5, 0.77, 0.9)
    for rule, method in zip(RULES, ("inverted_cdf", "averaged_inverted_cdf", "linear")):
        found = describe_quantiles(values, np.ones(n, dtype=bool), simple_design(n), levels=levels, rule=rule)
        expected = np.quantile(values, levels, axis=0, method=method)
        assert_allclose(found.estimate[:, 0].T, expected, rtol=1e-12, err_msg=rule)


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("rule", RULES)
def test_every_rule_and_interval_heeds_neither_order_nor_scale(sample, rule, interval):
    drawn = sample(5, n=200)
    values = drawn.values + np.arange(200)[:, np.newaxis] * 1e-7  # no two rows alike
    order = np.random.default_rng(5).permutation(200)
    shuffled = drawn.in_order(order)
    options = {"rule": rule, "interval": interval}
    plain = describe_quantiles(values, drawn.groups, drawn.design(), **options)
    assert np.isfinite(plain.std_error).any()
    for other in (
        describe_quantiles(values[order], shuffled.groups, shuffled.design(), **options),
        describe_quantiles(values, drawn.groups, drawn.design(scale=0.00123), **options),
    ):
        for name in NAMES:
            assert_allclose(getattr(other, name), getattr(plain, name), rtol=1e-9, err_msg=name)


@pytest.mark.parametrize("interval", INTERVALS)
def test_every_interval_covers(interval):
    rng = np.random.default_rng(8)
    values, everyone = rng.lognormal(0, 1, (200, 400)), np.ones(200, dtype=bool)
    found = describe_quantiles(values, everyone, simple_design(200), levels=(0.5,), interval=interval)
    covered = ((found.ci_low <= 1) & (found.ci_high >= 1)).mean()
    assert 0.92 < covered < 0.98


@PROPERTY
@given(seed=SEEDS, tied=st.booleans())
def test_ends_of_a_score_interval_are_where_the_test_turns(sample, seed, tied):
    """Every answer is tested; where the statistic crosses the bound once, the end is the first answer beyond."""
    drawn = sample(seed, n=80)
    values = np.round(drawn.values / 20) if tied else drawn.values
    everyone, design = np.ones(80, dtype=bool), drawn.design()
    found = describe_quantiles(values, everyone, design, levels=(0.4,), interval="score")
    for column in range(values.shape[1]):
        answers = np.unique(values[~np.isnan(values[:, column]), column])[:-1]
        below = np.where(np.isnan(values[:, [column]]), np.nan, values[:, [column]] <= answers)
        share = describe_means(below, everyone, design)
        statistic = (share.estimate[:, 0] - 0.4) / share.std_error[:, 0]
        bound = stats.t.ppf(0.975, share.df[0, 0])
        for end, beyond in (
            (found.ci_low, statistic > -bound),
            (found.ci_high, statistic > bound),
        ):
            if np.all(np.diff(beyond.astype(int)) >= 0):
                expected = answers[np.argmax(beyond)] if beyond.any() and not beyond[0] else np.nan
                assert_array_equal(end[column, 0, 0], expected)


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("rule", RULES)
@pytest.mark.filterwarnings("ignore::inspraak.estimation.design.LonelyStratumWarning")
@pytest.mark.parametrize("values", [[], [3.0], [np.nan] * 4, [3.0, np.nan], [7.0] * 5])
def test_too_few_or_equal_answers_under_every_rule(values, rule, interval):
    n = len(values)
    found = describe_quantiles(
        np.array(values), np.ones(n, dtype=bool), simple_design(n), rule=rule, interval=interval
    )
    answered = np.array(values)[~np.isnan(values)]
    expected = answered[0] if answered.size else np.nan
    assert_array_equal(found.estimate, np.full((1, 1, 3), expected))
    assert np.isnan([found.std_error, found.ci_low, found.ci_high]).all()


@pytest.mark.parametrize("option", ["rule", "interval"])
def test_an_unknown_rule_or_interval_is_refused(option):
    with pytest.raises(ValueError, match=f"{option} is 'hf77'; expected one of m"):
        describe_quantiles(np.ones(3), np.ones(3, dtype=bool), simple_design(3), **{option: "hf77"})


@pytest.mark.parametrize("n", [493, 50_000])
def test_inputs_are_not_written_to(sample, n):
    drawn = sample(1, n=n)
    values = drawn.values.copy()
    values.flags.writeable = False
    before = values.copy()
    describe_quantiles(values, drawn.groups, drawn.design())
    assert_array_equal(values, before)
