"""Rank sets and simultaneous intervals: against brute force, coverage, borders."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.rank_sets import rank_sets, rank_shares
from inspraak.estimation.shares import describe_shares
from inspraak.randomness import stream


def answers_of(seed, n=300, shares=(0.7, 0.5, 0.45, 0.2)):
    """Items that a common leaning makes go together."""
    rng = np.random.default_rng(seed)
    leaning = rng.normal(size=(n, 1))
    latent = 0.6 * leaning + 0.8 * rng.normal(size=(n, len(shares)))
    return (latent > [float(np.quantile(latent, 1 - share)) for share in shares]).astype(float)


def ranked(values, *, design=None, seed=1, **keywords):
    """Rank the items of answers (n, p) or (m, n, p)."""
    turned = values.swapaxes(-1, -2)
    return rank_shares(turned, design or simple_design(turned.shape[-1]), stream(seed, "ranks"), **keywords)


def test_two_estimates_are_told_apart_by_a_two_sided_test():
    """With one pair both ordered tests together are the two-sided z test at 1.96."""
    for gap, apart in ((1.96 * np.sqrt(2) * 0.97, False), (1.96 * np.sqrt(2) * 1.03, True)):
        found = rank_sets([gap, 0.0], np.eye(2), stream(1, "two"), draws=100_000)
        assert found.larger[0, 1] == apart
        assert found.rank_high.tolist() == ([1, 2] if apart else [2, 2])
        assert found.rank_low.tolist() == ([1, 2] if apart else [1, 1])


def test_steps_by_brute_force():
    """Once the far pairs are rejected, the critical value falls from 3.03 to 2.87, and the last pair follows."""
    points = np.array([0.0, 0.0, 20.0, 20.0, 40.0, 40.0, 60.0, 60.0 + 2.95 * np.sqrt(2)])
    pairs = {(j, k) for j in range(8) for k in range(8) if j != k}
    noise, left, steps = np.random.default_rng(3).normal(size=(50_000, 8)), set(pairs), 0
    while left:
        largest = np.max([(noise[:, j] - noise[:, k]) / np.sqrt(2) for j, k in left], axis=0)
        critical = np.quantile(largest, 0.95)
        rejected = {(j, k) for j, k in left if (points[j] - points[k]) / np.sqrt(2) > critical}
        if not rejected:
            break
        left, steps = left - rejected, steps + 1
    larger = np.zeros((8, 8), dtype=bool)
    for j, k in pairs - left:
        larger[j, k] = True
    found = rank_sets(points, np.eye(8), stream(1, "steps"), draws=50_000)
    assert steps == 2
    assert larger[7, 6]
    assert_array_equal(found.larger, larger)
    assert found.rank_low.tolist() == [7, 7, 5, 5, 3, 3, 2, 1]
    assert found.rank_high.tolist() == [8, 8, 6, 6, 4, 4, 2, 1]


def test_the_true_ranks_lie_in_the_sets_together():
    shares = np.array([0.5, 0.5, 0.45, 0.3, 0.25])
    rng, missed, uncovered = np.random.default_rng(5), 0, 0
    low, high = np.array([1, 1, 3, 4, 5]), np.array([2, 2, 3, 4, 5])
    for _ in range(400):
        values = (rng.random((250, 5)) < shares).astype(float)
        found = rank_shares(values.T, simple_design(250), rng, draws=1_000)
        ranks = found.ranks
        # of equal shares either rank is true: the set must hold both
        missed += bool((ranks.rank_low > low).any() or (ranks.rank_high < high).any())
        uncovered += bool((found.ci_low > shares).any() or (found.ci_high < shares).any())
    # upper bounds of 400 samples at .05, and the intervals are no wider than they must be
    assert missed / 400 < 0.075
    assert 0.02 < uncovered / 400 < 0.085


def test_shares_that_go_together_are_ranked_more_surely():
    """The covariance over the items counts: items answered by the same rows differ less by chance."""
    together = answers_of(2, n=400, shares=(0.6, 0.5))
    apart = np.column_stack([together[:, 0], np.random.default_rng(1).permutation(together[:, 1])])

    def error(found):
        return np.sqrt(found.covariance[0, 0] + found.covariance[1, 1] - 2 * found.covariance[0, 1])

    assert error(ranked(together)) < 0.9 * error(ranked(apart))


@given(seed=st.integers(0, 1000))
def test_order_of_rows_and_items_do_not_matter(sample, seed):
    drawn = sample(seed, n=150)
    values = np.where(np.isnan(drawn.values), np.nan, drawn.values > 50)
    order = np.random.default_rng(seed).permutation(150)
    found = ranked(values, design=drawn.design(), draws=4_000)
    moved = ranked(values[order], design=drawn.in_order(order).design(), draws=4_000)
    turned = ranked(values[:, ::-1], design=drawn.design(), draws=4_000)
    for name in ("share", "std_error", "ci_low", "covariance"):
        assert_allclose(getattr(moved, name), getattr(found, name), rtol=1e-9, atol=1e-12)
    assert_allclose(turned.share[::-1], found.share)
    # Monte Carlo error of the critical value
    assert_allclose(turned.ci_low[::-1], found.ci_low, atol=0.02)
    assert ((found.ranks.rank_low <= found.ranks.rank) & (found.ranks.rank <= found.ranks.rank_high)).all()
    one_by_one = describe_shares(values, np.ones(150, dtype=bool), drawn.design())
    assert_allclose(found.std_error, one_by_one.std_error[:, 0], rtol=1e-9)
    assert (found.ci_low < one_by_one.ci_low[:, 0]).all()
    assert (found.ci_high > one_by_one.ci_high[:, 0]).all()


def test_one_item_alone_has_the_interval_of_a_share():
    values = answers_of(4)[:, :1]
    found = ranked(values, draws=200_000)
    alone = describe_shares(values, np.ones(300, dtype=bool), simple_design(300))
    assert_allclose([found.ci_low, found.ci_high], [alone.ci_low[:, 0], alone.ci_high[:, 0]], atol=5e-4)
    assert (found.ranks.rank[0], found.ranks.rank_low[0], found.ranks.rank_high[0]) == (1, 1, 1)


def test_a_share_of_few_cases_has_the_interval_of_few_cases():
    values = np.column_stack([answers_of(5)[:, 1], np.arange(300) < 5])
    found = ranked(values)
    assert found.interval.tolist() == ["logit", "korn_graubard"]
    alone = describe_shares(values, np.ones(300, dtype=bool), simple_design(300))
    assert found.ci_low[1] < alone.ci_low[1, 0] < found.share[1] < alone.ci_high[1, 0] < found.ci_high[1]


def test_imputations_add_their_variance_by_rubins_rules():
    base = answers_of(6)
    rng = np.random.default_rng(7)
    gap = rng.random(base.shape) < 0.2
    filled = np.stack([np.where(gap, rng.random(base.shape) < base.mean(axis=0), base) for _ in range(5)])
    found, each = ranked(filled), [ranked(one) for one in filled]
    shares = np.array([one.share for one in each])
    expected = np.mean([one.covariance for one in each], axis=0) + 1.2 * np.cov(shares.T)
    assert_allclose(found.share, shares.mean(axis=0))
    assert_allclose(found.covariance, expected)
    assert found.df < each[0].df


def test_unknown_sure_and_equal_items():
    values = np.column_stack([answers_of(8), np.full(300, np.nan), np.ones(300), answers_of(8)[:, 0]])
    found = ranked(values)
    assert np.isnan(found.share[4])
    assert (found.ranks.rank[4], found.ranks.rank_high[4], found.n[4]) == (0, 0, 0)
    assert np.isnan([found.ci_low[5], found.ci_high[5]]).all()
    assert found.ranks.rank[5] == 1
    assert found.ranks.rank_high[5] == 1
    # the same item twice is never told apart from itself
    assert not found.ranks.larger[0, 6]
    assert found.ranks.rank[0] == found.ranks.rank[6]
    assert found.ranks.rank_high[found.ranks.rank > 0].max() == 6


def test_a_domain_keeps_the_whole_design():
    values, inside = answers_of(9), np.arange(300) % 3 > 0
    design = SurveyDesign(np.ones(300), np.arange(300) % 5)
    found = ranked(values, design=design, included=inside)
    expected = describe_shares(values, inside, design)
    assert_allclose(found.std_error, expected.std_error[:, 0])
    assert_array_equal(found.n, [200] * 4)


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="answers has shape"):
        rank_shares(np.ones((3, 2)), simple_design(4), stream(1, "x"))
    with pytest.raises(ValueError, match="other than 0, 1"):
        ranked(np.full((4, 2), 3.0))
    with pytest.raises(ValueError, match="included has shape"):
        ranked(np.ones((4, 2)), included=np.ones((4, 3), dtype=bool))
    with pytest.raises(ValueError, match="covariance"):
        rank_sets([1.0, 2.0], np.eye(3), stream(1, "x"))
