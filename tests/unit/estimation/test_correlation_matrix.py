"""Correlations: against scipy, numpy and residuals, and their properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from inspraak.estimation.correlation import correlate, correlate_partially
from inspraak.estimation.design import effective_n, simple_design

SEEDS = st.integers(0, 10_000)
PROPERTY = settings(max_examples=20, deadline=None, derandomize=True)
ARRAYS = ("estimate", "n", "effective_n", "p_value", "ci_low", "ci_high")


def residuals(column, controls, weights):
    root = np.sqrt(weights)
    basis = root[:, np.newaxis] * np.column_stack([np.ones(len(column)), controls])
    return column - (basis / root[:, np.newaxis]) @ np.linalg.lstsq(basis, root * column, rcond=None)[0]


@PROPERTY
@given(seed=SEEDS)
def test_without_weights_each_pair_is_scipys(sample, seed):
    drawn = sample(seed, n=60, missing=0.2)
    result = correlate(drawn.values, simple_design(drawn.n))
    for first in range(4):
        for second in range(first):
            rows = ~np.isnan(drawn.values[:, [first, second]]).any(axis=1)
            theirs = stats.pearsonr(drawn.values[rows, first], drawn.values[rows, second])
            row = result.row(first, second)
            interval = theirs.confidence_interval()
            expected = (rows.sum(), theirs.statistic, theirs.pvalue, interval.low, interval.high)
            found = tuple(row[name] for name in ("n", "estimate", "p_value", "ci_low", "ci_high"))
            assert found == pytest.approx(expected, rel=1e-8)


@PROPERTY
@given(seed=SEEDS)
def test_with_weights_each_pair_is_numpys(sample, seed):
    drawn = sample(seed, n=60, missing=0.2)
    result = correlate(drawn.values, drawn.design())
    rows = ~np.isnan(drawn.values[:, :2]).any(axis=1)
    moments = np.cov(drawn.values[rows, :2].T, aweights=drawn.weights[rows])
    row = result.row(0, 1)
    estimate = moments[0, 1] / np.sqrt(moments[0, 0] * moments[1, 1])
    kish = effective_n(drawn.weights[rows])
    z, error = np.arctanh(estimate), 1 / np.sqrt(kish - 3)
    assert row["estimate"] == pytest.approx(estimate, rel=1e-9)
    assert row["effective_n"] == pytest.approx(kish)
    assert row["p_value"] == pytest.approx(2 * stats.norm.sf(abs(z) / error), rel=1e-8)
    interval = np.tanh(z + np.array([-1, 1]) * stats.norm.ppf(0.975) * error)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(tuple(interval))


@PROPERTY
@given(seed=SEEDS, weighted=st.booleans())
def test_partial_is_the_correlation_of_residuals(sample, seed, weighted):
    drawn = sample(seed, n=80, columns=5, missing=0.1)
    design = drawn.design() if weighted else simple_design(drawn.n)
    result = correlate_partially(drawn.values[:, :3], drawn.values[:, 3:], design)
    rows = ~np.isnan(drawn.values[:, [0, 2, 3, 4]]).any(axis=1)
    weights, controls = design.weights[rows], drawn.values[rows, 3:]
    left = [residuals(drawn.values[rows, column], controls, weights) for column in (0, 2)]
    moments = np.cov(left, aweights=weights)
    estimate = moments[0, 1] / np.sqrt(moments[0, 0] * moments[1, 1])
    row = result.row(0, 2)
    assert row["estimate"] == pytest.approx(estimate, rel=1e-8)
    assert row["n"] == rows.sum()
    if weighted:
        z = np.arctanh(estimate) * np.sqrt(effective_n(weights) - 5)
        assert row["p_value"] == pytest.approx(2 * stats.norm.sf(abs(z)), rel=1e-7)
    else:
        df = rows.sum() - 4
        t = estimate * np.sqrt(df / (1 - estimate**2))
        assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(t), df), rel=1e-7)


@PROPERTY
@given(seed=SEEDS, factor=st.sampled_from([1e-6, 1.0, 1e5]), shift=st.sampled_from([0.0, 1e4]))
def test_order_weights_and_units_do_not_matter(sample, seed, factor, shift):
    drawn = sample(seed, columns=5)
    shuffled = drawn.in_order(np.random.default_rng(seed).permutation(drawn.n))
    for of in (
        lambda one, scale: correlate(one.values, one.design(scale=scale)),
        lambda one, scale: correlate_partially(one.values[:, :3], one.values[:, 3:], one.design(scale=scale)),
    ):
        plain, moved, scaled = of(drawn, 1), of(shuffled, 1), of(drawn, 77.7)
        for name in ARRAYS:
            assert_allclose(getattr(moved, name), getattr(plain, name), rtol=1e-8, atol=1e-10)
            assert_allclose(getattr(scaled, name), getattr(plain, name), rtol=1e-8, atol=1e-10)
    other = correlate(shift + factor * drawn.values, drawn.design())
    assert_allclose(other.estimate, correlate(drawn.values, drawn.design()).estimate, rtol=1e-6, atol=1e-8)


@PROPERTY
@given(seed=SEEDS, weighted=st.booleans())
def test_the_matrix_is_symmetric_with_ones_and_no_test_of_itself(sample, seed, weighted):
    drawn = sample(seed)
    design = drawn.design() if weighted else simple_design(drawn.n)
    for result in (
        correlate(drawn.values, design),
        correlate_partially(drawn.values, drawn.groups[:, 0], design),
    ):
        for name in ARRAYS:
            assert_allclose(getattr(result, name), getattr(result, name).T, rtol=1e-9)
        assert_allclose(np.diag(result.estimate), 1)
        assert np.isnan(np.diag(result.p_value)).all()
        assert np.isnan(np.diag(result.ci_low)).all()
        off = ~np.eye(4, dtype=bool)
        assert (result.ci_low[off] < result.estimate[off]).all()
        assert (result.ci_high[off] > result.estimate[off]).all()


def test_columns_that_do_not_vary_have_no_correlation():
    rng = np.random.default_rng(1)
    values = np.column_stack(
        [rng.normal(size=30), np.full(30, 0.1), np.full(30, np.nan), rng.normal(size=30)]
    )
    values[:20, 3] = 7.0
    values[20:, 3] = np.nan
    result = correlate(values, simple_design(30))
    off = ~np.eye(4, dtype=bool)
    assert np.isnan(result.estimate[off]).all()
    assert np.isnan(result.p_value).all()


def test_controls_that_determine_a_column_leave_no_correlation():
    rng = np.random.default_rng(2)
    controls = rng.normal(size=(50, 2))
    values = np.column_stack([controls @ [2.0, 3.0] + 5, rng.normal(size=50)])
    result = correlate_partially(values, controls, simple_design(50))
    assert np.isnan(result.estimate[0, 1])
    assert np.isnan(result.p_value[0, 1])


def test_redundant_controls_count_once():
    rng = np.random.default_rng(3)
    values, control = rng.normal(size=(50, 2)), rng.normal(size=50)
    once = correlate_partially(values, control, simple_design(50))
    thrice = correlate_partially(
        values, np.column_stack([control, 2 - control, np.ones(50)]), simple_design(50)
    )
    assert once.controls == thrice.controls == 1
    assert thrice.row(0, 1) == pytest.approx(once.row(0, 1), rel=1e-8)


def test_few_rows_have_an_estimate_but_no_interval():
    values = np.array([[1.0, 2], [2, 5], [4, 1]])
    result = correlate(values, simple_design(3))
    assert np.isfinite(result.row(0, 1)["p_value"])
    assert np.isnan(result.row(0, 1)["ci_low"])
    assert np.isnan(correlate(values[:2], simple_design(2)).estimate[0, 1])


def test_a_perfect_correlation():
    x = np.arange(10.0)
    row = correlate(np.column_stack([x, 3 - 2 * x]), simple_design(10)).row(0, 1)
    assert row["estimate"] == pytest.approx(-1)
    assert row["p_value"] == pytest.approx(0, abs=1e-12)


def test_more_pairs_than_a_chunk(sample):
    drawn = sample(5, columns=26)
    result = correlate_partially(drawn.values, drawn.groups[:, 0], drawn.design())
    few = correlate_partially(drawn.values[:, [3, 25]], drawn.groups[:, 0], drawn.design())
    assert result.row(3, 25) == pytest.approx(few.row(0, 1), rel=1e-9)
    assert_array_equal(result.n, result.n.T)
