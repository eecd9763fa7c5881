"""Cronbach's alpha, Spearman-Brown, floor and ceiling: definitions, borders and properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from inspraak.estimation.reliability import cronbach_alpha, floor_and_ceiling, spearman_brown

SEEDS = st.integers(0, 10_000)
PROPERTY = settings(max_examples=25, deadline=None, derandomize=True)


@PROPERTY
@given(seed=SEEDS)
def test_on_complete_answers_it_is_the_textbook_formula(sample, seed):
    items = sample(seed, missing=0).values
    result = cronbach_alpha(items)
    k, total = 4, items.sum(axis=1)
    alpha = k / (k - 1) * (1 - items.var(axis=0, ddof=1).sum() / total.var(ddof=1))
    assert result.alpha == pytest.approx(alpha)
    f = stats.f.ppf([0.975, 0.025], len(items) - 1, (len(items) - 1) * 3)
    assert (result.ci_low, result.ci_high) == pytest.approx(tuple(1 - (1 - alpha) * f), rel=1e-9)
    expected = [np.corrcoef(items[:, i], total - items[:, i])[0, 1] for i in range(4)]
    assert_allclose(result.item_rest, expected, rtol=1e-9)
    rest = [cronbach_alpha(np.delete(items, i, axis=1)).alpha for i in range(4)]
    assert_allclose(result.alpha_if_dropped, rest, rtol=1e-9)


@PROPERTY
@given(seed=SEEDS, shift=st.floats(-100, 100), factor=st.floats(0.01, 100))
def test_order_and_unit_do_not_matter(sample, seed, shift, factor):
    items = sample(seed, missing=0.2).values
    rng = np.random.default_rng(seed)
    plain = cronbach_alpha(items)
    for other in (rng.permutation(items, axis=0), rng.permutation(items, axis=1), shift + factor * items):
        result = cronbach_alpha(other)
        assert result.row() == pytest.approx(plain.row(), rel=1e-7)
        assert_allclose(np.sort(result.item_rest), np.sort(plain.item_rest), rtol=1e-6)


def test_listwise_uses_the_complete_rows(sample):
    items = sample(3, missing=0.2).values
    complete = items[~np.isnan(items).any(axis=1)]
    result = cronbach_alpha(items, missing="listwise")
    assert result.alpha == pytest.approx(cronbach_alpha(complete).alpha)
    assert result.n == result.n_complete == result.n_interval == len(complete)
    pairwise = cronbach_alpha(items)
    assert pairwise.n > pairwise.n_interval > pairwise.n_complete == len(complete)


def test_items_that_were_never_asked_together_have_no_alpha():
    items = np.array([[1.0, 2, np.nan], [2, 2, np.nan], [3, 5, np.nan], [np.nan, 1, 4], [np.nan, 2, 2]])
    result = cronbach_alpha(items)
    assert np.isnan([result.alpha, result.ci_low, result.ci_high]).all()
    assert np.isfinite(result.alpha_if_dropped[2])
    assert result.n_interval == 0


@pytest.mark.parametrize("n", [3, 20, 493])
def test_answers_that_do_not_vary_have_no_alpha(n):
    result = cronbach_alpha(np.full((n, 3), 0.1))
    assert np.isnan(result.alpha)
    assert np.isnan(result.item_rest).all()
    one_fixed = cronbach_alpha(np.column_stack([np.full(6, 0.1), np.arange(6.0), np.arange(6.0) ** 2]))
    assert np.isnan(one_fixed.item_rest[0])
    assert np.isfinite(one_fixed.alpha)


def test_opposite_items_give_a_negative_alpha():
    x = np.random.default_rng(1).normal(size=50)
    assert cronbach_alpha(np.column_stack([x, 0.2 - 0.9 * x])).alpha < 0


@PROPERTY
@given(seed=SEEDS)
def test_spearman_brown_is_the_alpha_of_standardised_items(sample, seed):
    items = sample(seed, columns=2, missing=0.1).values
    both = items[~np.isnan(items).any(axis=1)]
    result = spearman_brown(items)
    standardised = (both - both.mean(axis=0)) / both.std(axis=0)
    assert result.reliability == pytest.approx(cronbach_alpha(standardised).alpha)
    assert result.n == len(both)
    interval = stats.pearsonr(both[:, 0], both[:, 1]).confidence_interval()
    expected = tuple(2 * r / (1 + r) for r in interval)
    assert (result.ci_low, result.ci_high) == pytest.approx(expected)


def test_spearman_brown_without_spread_or_rows():
    assert np.isnan(spearman_brown(np.column_stack([np.full(9, 0.3), np.arange(9.0)])).reliability)
    few = spearman_brown(np.array([[1.0, 2], [2, 1], [3, 5]]))
    assert np.isfinite(few.reliability)
    assert np.isnan(few.ci_low)
    assert np.isnan(spearman_brown(np.full((4, 2), np.nan)).reliability)


def test_floor_and_ceiling_forgive_rounding_only():
    scores = np.array([[0.0, 1], [1e-12, 5], [100 - 1e-12, 3], [99.9, np.nan], [np.nan, np.nan]])
    result = floor_and_ceiling(scores, [0, 1], [100, 5])
    assert_allclose(result.floor, [0.5, 1 / 3])
    assert_allclose(result.ceiling, [0.25, 1 / 3])
    assert_array_equal(result.n, [4, 3])
    weighted = floor_and_ceiling(scores, [0, 1], [100, 5], weights=[3, 1, 1, 1, 9])
    assert_allclose(weighted.floor, [4 / 6, 3 / 5])
    assert np.isnan(floor_and_ceiling(np.full((3, 1), np.nan), 0, 100).floor).all()


def test_too_few_items_are_refused():
    with pytest.raises(ValueError, match="two items or more"):
        cronbach_alpha(np.ones((5, 1)))
    with pytest.raises(ValueError, match="needs two items"):
        spearman_brown(np.ones((5, 3)))
