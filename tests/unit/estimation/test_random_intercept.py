"""A random intercept: against the likelihood written out in full, closed forms, and what must hold for any sample."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from inspraak.estimation.random_intercept import fit_random_intercept
from inspraak.estimation.restricted_likelihood import RestrictedLikelihood

SEEDS = st.integers(0, 10_000)
PROPERTY = settings(max_examples=25, deadline=None, derandomize=True)


def drawn(seed, n=120, groups=9, between=0.5):
    """Terms with an intercept, an outcome, and groups of unequal size."""
    rng = np.random.default_rng(seed)
    group = rng.integers(0, groups, n) ** 2
    X = np.column_stack([np.ones(n), rng.normal(size=(n, 2)) + 10])
    u = rng.normal(0, between, group.max() + 1)
    return X, X @ [1.0, 0.3, -0.2] + u[group] + rng.normal(size=n), group


def covariance(group, between, within):
    return within * np.eye(group.size) + between * (group[:, np.newaxis] == group)


def written_out(X, y, group, between, within):
    """The restricted log-likelihood, the coefficients and their covariance, from the covariance of all rows."""
    V = covariance(group, between, within)
    information = X.T @ np.linalg.solve(V, X)
    b = np.linalg.solve(information, X.T @ np.linalg.solve(V, y))
    rest = y - X @ b
    halves = (
        np.linalg.slogdet(V)[1],
        np.linalg.slogdet(information)[1],
        rest @ np.linalg.solve(V, rest),
        (y.size - X.shape[1]) * np.log(2 * np.pi),
    )
    return -sum(halves) / 2, b, np.linalg.inv(information)


@PROPERTY
@given(seed=SEEDS, between=st.sampled_from([0.0, 0.3, 3.0]))
def test_equals_the_likelihood_written_out_and_no_neighbour_is_better(seed, between):
    X, y, group = drawn(seed, between=between)
    found = fit_random_intercept(X, y, group)
    variances = found.variance_between, found.variance_within
    likelihood, b, of_b = written_out(X, y, group, *variances)
    assert_allclose(found.log_likelihood, likelihood, rtol=1e-9)
    assert_allclose(found.coefficients, b, rtol=1e-7)
    assert_allclose(found.covariance, of_b, rtol=1e-7, atol=1e-12)
    for factors in ((0.9, 1), (1.1, 1), (1, 0.9), (1, 1.1)):
        other = [max(one, 1e-3) * factor for one, factor in zip(variances, factors)]
        assert written_out(X, y, group, *other)[0] < likelihood
    without = written_out(X, y, group, 0.0, fit_without(X, y))[0]
    assert_allclose(found.statistic, 2 * (likelihood - without), atol=1e-8)


def fit_without(X, y):
    rest = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    return rest @ rest / (y.size - X.shape[1])


@PROPERTY
@given(seed=SEEDS)
def test_predictions_are_the_expectation_given_the_data(seed):
    X, y, group = drawn(seed)
    found = fit_random_intercept(X, y, group)
    V = covariance(group, found.variance_between, found.variance_within)
    member = (group[:, np.newaxis] == found.groups).astype(float)
    shared = found.variance_between * member
    expected = shared.T @ np.linalg.solve(V, y - X @ found.coefficients)
    assert_allclose(found.group_effects, expected, rtol=1e-6, atol=1e-9)
    left = found.variance_between - np.diagonal(shared.T @ np.linalg.solve(V, shared))
    assert_allclose(found.group_std_errors**2, left, rtol=1e-6, atol=1e-9)


@PROPERTY
@given(seed=SEEDS, size=st.sampled_from([2, 5, 20]))
def test_balanced_groups_give_the_analysis_of_variance(seed, size):
    """The mean then has groups - 1 degrees of freedom (Searle, Casella & McCulloch 1992, 4.8)."""
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(8, size)) + rng.normal(0, 2, (8, 1))
    found = fit_random_intercept(np.ones(y.size), y.ravel(), np.repeat(np.arange(8), size))
    msw = y.var(axis=1, ddof=1).mean()
    msb = size * y.mean(axis=1).var(ddof=1)
    assert_allclose(found.coefficients, [y.mean()], atol=1e-10)
    if msb > msw:
        assert_allclose([found.variance_within, found.variance_between], [msw, (msb - msw) / size], rtol=1e-7)
        assert_allclose(found.std_errors, [np.sqrt(msb / y.size)], rtol=1e-7)
        assert_allclose(found.df, [7], rtol=1e-6)
        assert_allclose(found.icc, (msb - msw) / (msb + (size - 1) * msw), rtol=1e-7)


@PROPERTY
@given(seed=SEEDS)
def test_order_of_rows_names_of_groups_and_units_do_not_matter(seed):
    X, y, group = drawn(seed)
    plain = fit_random_intercept(X, y, group)
    order = np.random.default_rng(seed).permutation(y.size)
    shuffled = fit_random_intercept(X[order], y[order], np.array([f"g{one:03}" for one in group])[order])
    scaled = fit_random_intercept(X * [1, 100, 1], 10 * y + 5, group)
    assert shuffled.groups.tolist() == [f"g{one:03}" for one in plain.groups]
    for name in ("coefficients", "covariance", "df", "group_effects", "variance_between", "statistic"):
        assert_allclose(getattr(shuffled, name), getattr(plain, name), rtol=1e-6, atol=1e-9, err_msg=name)
    assert_allclose(scaled.coefficients[1:], plain.coefficients[1:] * [0.1, 10], rtol=1e-6)
    assert_allclose(scaled.variance_between, 100 * plain.variance_between, rtol=1e-6, atol=1e-9)
    assert_allclose([scaled.statistic, *scaled.df], [plain.statistic, *plain.df], rtol=1e-6, atol=1e-8)


def test_groups_that_do_not_differ_have_no_variance():
    """The same rows in every group: less spread between than chance gives, so the edge is the best."""
    X, y, _ = drawn(1, n=40)
    found = fit_random_intercept(np.tile(X, (5, 1)), np.tile(y, 5), np.repeat(np.arange(5), 40))
    assert (found.variance_between, found.icc, found.statistic, found.p_value) == (0.0, 0.0, 0.0, 1.0)
    assert_allclose(found.coefficients, np.linalg.lstsq(X, y, rcond=None)[0], rtol=1e-9)
    assert found.df.tolist() == [197.0] * 3
    assert not found.group_effects.any()
    assert not found.group_std_errors.any()


def test_the_test_keeps_its_level():
    """Of 400 samples without a variance about 5 % are below .05; the plain chi-square would give about 2.5."""
    p = np.array([fit_random_intercept(*drawn(seed, groups=15, between=0.0)).p_value for seed in range(400)])
    assert 0.025 < (p < 0.05).mean() < 0.08
    assert 0.4 < (p == 1).mean() < 0.7


def test_intervals_with_these_degrees_of_freedom_cover():
    """The mean of six groups: with the normal distribution about 88 % would."""
    rng, covered = np.random.default_rng(3), []
    group = np.repeat(np.arange(6), [4, 8, 12, 16, 20, 24])
    for _ in range(400):
        y = rng.normal(0, 1, 6)[group] + rng.normal(size=group.size)
        found = fit_random_intercept(np.ones(group.size), y, group)
        half = stats.t.ppf(0.975, found.df[0]) * found.std_errors[0]
        covered.append(abs(found.coefficients[0]) < half)
    assert 0.92 < np.mean(covered) < 0.98


def test_rows_with_a_gap_are_left_out():
    X, y, group = drawn(2)
    X[3, 1], y[7] = np.nan, np.nan
    group = np.append(group, 999)  # a group without a complete row
    X, y = np.vstack([X, X[:1]]), np.append(y, np.nan)
    kept = ~(np.isnan(X).any(axis=1) | np.isnan(y))
    gaps, none = fit_random_intercept(X, y, group), fit_random_intercept(X[kept], y[kept], group[kept])
    assert gaps.n == kept.sum()
    assert 999 not in gaps.groups
    assert_array_equal(gaps.coefficients, none.coefficients)
    assert_array_equal(gaps.group_effects, none.group_effects)


@pytest.mark.parametrize(
    ("X", "y", "group", "message"),
    [
        (np.ones(6), np.arange(6.0), np.zeros(6, dtype=int), "1 groups, the largest of 6 rows"),
        (np.ones(6), np.arange(6.0), np.arange(6), "6 groups, the largest of 1 rows"),
        (np.ones(2), np.full(2, np.nan), np.arange(2), "0 groups, the largest of 0 rows"),
        (np.ones((6, 2)), np.arange(6.0), np.repeat([0, 1], 3), "terms depend on each other"),
        (np.zeros((6, 1)), np.arange(6.0), np.repeat([0, 1], 3), "terms depend on each other"),
        (np.eye(4), np.arange(4.0), np.repeat([0, 1], 2), "4 complete rows for 4 terms"),
        (np.ones(6), np.repeat([1.0, 2.0], 3), np.repeat([0, 1], 3), "no spread within groups"),
        (np.ones(6), np.zeros(6), np.repeat([0, 1], 3), "no spread within groups"),
        (np.ones(5), np.arange(6.0), np.repeat([0, 1], 3), "terms"),
    ],
)
def test_what_cannot_be_told_is_refused(X, y, group, message):
    with pytest.raises(ValueError, match=message):
        fit_random_intercept(X, y, group)


@PROPERTY
@given(seed=SEEDS, ratio=st.sampled_from([0.0, 0.01, 0.5, 20.0]))
def test_slope_and_curvature_are_those_of_the_deviance(seed, ratio):
    X, y, group = drawn(seed)
    likelihood = RestrictedLikelihood.of(
        np.linalg.qr(X)[0], y - y.mean(), np.unique(group, return_inverse=True)[1]
    )
    step = 1e-5 * max(ratio, 0.01)
    ends = likelihood.deviance(np.array([ratio, ratio + step, ratio + 2 * step]))
    forward = (-3 * ends[0] + 4 * ends[1] - ends[2]) / (2 * step)
    assert_allclose(likelihood.slope(ratio), forward, rtol=1e-3, atol=1e-3)
    if ratio:
        # profiling out the variance within leaves the Schur complement
        C = likelihood.curvature(ratio)
        profiled = C[1, 1] - C[0, 1] ** 2 / C[0, 0]
        by_steps = (likelihood.slope(ratio + step) - likelihood.slope(ratio - step)) / (2 * step)
        assert_allclose(profiled, by_steps, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("n", [493, 50_000])
def test_inputs_are_not_written_to(n):
    X, y, group = drawn(4, n=n)
    parts = [X, y, group]
    before = [part.copy() for part in parts]
    for part in parts:
        part.flags.writeable = False
    fit_random_intercept(*parts)
    for part, was in zip(parts, before):
        assert_array_equal(part, was)
