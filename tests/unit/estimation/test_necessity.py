"""Necessary condition analysis: hand-made corners, the null distributions against brute force, and borders."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation.ceilings import Scatter, line_effects, line_through, peers_of, staircase_effect
from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.necessity import analyse_necessity
from inspraak.estimation.necessity_nulls import copula_effects, permuted_effects
from inspraak.randomness import stream

STAIRS = Scatter(np.array([0.0, 0.25, 0.5, 1.0, 1.0]), np.array([0.5, 0.75, 1.0, 0.0, 0.25]))


def scatter_of(x, y):
    return Scatter((x - x.min()) / np.ptp(x), (y - y.min()) / np.ptp(y))


def effects_of(scatter):
    peers = peers_of(scatter)
    return [staircase_effect(peers), float(line_effects(line_through(peers)))]


def tied(seed, n, *, slope=0.0):
    """A condition of five values and an outcome of nine, with ties in both."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = slope * x + rng.normal(size=n)
    return scatter_of(np.clip(np.round(x), -2, 2), np.clip(np.round(2 * y), -4, 4))


def analysed(x, y, *, design=None, draws=200, **keywords):
    x = np.atleast_2d(x)
    design = design or simple_design(x.shape[-1])
    return analyse_necessity(x, y, design, stream(1, "test"), draws=draws, copula_draws=100, **keywords)


def furthest_apart(one, other):
    """The largest distance between two empirical distribution functions, over what 1 in 1,000 exceed by chance."""
    at = np.concatenate([one, other]) + 1e-9
    distance = np.abs(
        np.searchsorted(np.sort(one), at) / one.size - np.searchsorted(np.sort(other), at) / other.size
    ).max()
    return distance / (1.95 * np.sqrt(1 / one.size + 1 / other.size))


def test_stairs_and_line_by_hand():
    peers = peers_of(STAIRS)
    assert peers.x.tolist() == [0, 0.25, 0.5]
    # the area above the steps; above the line y = .5 + x
    assert effects_of(STAIRS) == pytest.approx([0.25 * 0.5 + 0.25 * 0.25, 0.5 * 0.5 / 2])


def test_rows_that_share_a_peer_pull_the_line():
    x, y = np.array([0.0, 0.25, 0.5, 1.0]), np.array([0.5, 0.9, 1.0, 0.0])
    doubled = Scatter(np.append(x, [0.25, 0.25]), np.append(y, [0.9, 0.9]))
    once, thrice = line_through(peers_of(Scatter(x, y))), line_through(peers_of(doubled))
    assert peers_of(doubled).count.tolist() == [1, 3, 1]
    slope, intercept = np.polyfit([0, 0.25, 0.25, 0.25, 0.5], [0.5, 0.9, 0.9, 0.9, 1.0], 1)
    assert_allclose([thrice.slope, thrice.intercept], [slope, intercept])
    assert thrice.intercept > once.intercept + 0.03


def test_one_corner_alone_has_no_line():
    found = analysed(np.array([1.0, 2, 3, 4]), np.array([4.0, 3, 2, 1]))
    assert_allclose(found.effect[:, 0], 0)
    assert_allclose(found.accuracy[:, 0], 1)
    assert_allclose(found.permutation_p[:, 0], 1)
    assert_allclose(found.required[0, :, 0], 0)
    assert np.isnan(found.required[1]).all()
    assert np.isnan(found.lacking[1]).all()


def test_permutations_by_records_have_the_shares_of_all_orders():
    scatter = scatter_of(np.array([0.0, 1, 1, 2, 2, 3]), np.array([0.0, 1, 2, 2, 3, 3]))
    exact = np.array([effects_of(Scatter(np.array(x), scatter.y)) for x in permutations(scatter.x)])
    drawn = permuted_effects(scatter, 40_000, stream(1, "records"))
    for all_orders, by_records in zip(exact.T, drawn):
        values, counts = np.unique(all_orders.round(9), return_counts=True)
        assert np.isin(by_records.round(9), values).all()
        share = np.array([(np.abs(by_records - value) < 1e-8).mean() for value in values])
        expected = counts / counts.sum()
        assert (np.abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / 40_000)).all()


@pytest.mark.parametrize("n", [40, 493])
def test_permutations_by_records_are_those_by_brute_force(n):
    scatter, rng = tied(3, n), np.random.default_rng(4)
    brute = np.array([effects_of(Scatter(rng.permutation(scatter.x), scatter.y)) for _ in range(2_000)]).T
    drawn = permuted_effects(scatter, 20_000, stream(1, "records"))
    assert furthest_apart(brute[0], drawn[0]) < 1
    assert furthest_apart(brute[1], drawn[1]) < 1


def test_without_rank_correlation_the_copula_is_a_permutation():
    x, y = np.tile(np.arange(7.0), 7), np.repeat(np.arange(7.0), 7)
    scatter = scatter_of(x, y)
    (drawn,), rho = copula_effects([scatter], 5_000, stream(1, "copula"))
    assert rho[0] == pytest.approx(0, abs=1e-12)
    permuted = permuted_effects(scatter, 20_000, stream(1, "records"))
    assert furthest_apart(drawn[0], permuted[0]) < 1
    assert furthest_apart(drawn[1], permuted[1]) < 1


@pytest.mark.parametrize("slope", [-0.5, 0.3, 1.5])
def test_the_copula_null_is_that_of_ranks_drawn_one_by_one(slope):
    """Conditions and outcomes of bivariate normal draws by rank, at the latent correlation that keeps Spearman's."""
    scatter, rng = tied(5, 200, slope=slope), np.random.default_rng(6)
    (drawn,), rho = copula_effects([scatter], 4_000, stream(2, "copula"))
    x, y = np.sort(scatter.x), np.sort(scatter.y)

    def pairs(latent):
        z, e = rng.normal(size=(2, 200))
        by_rank = (latent * z + np.sqrt(1 - latent**2) * e).argsort().argsort()
        return Scatter(x[by_rank], y[z.argsort().argsort()])

    def spearman(one):
        middle = [
            np.searchsorted(np.sort(v), v) + np.searchsorted(np.sort(v), v, "right") for v in (one.x, one.y)
        ]
        return np.corrcoef(middle)[0, 1]

    assert spearman(scatter) == pytest.approx(rho[0])
    latent = 2 * np.sin(np.pi * rho[0] / 6)
    latent *= rho[0] / np.mean([spearman(pairs(latent)) for _ in range(500)])
    brute = np.array([effects_of(pairs(latent)) for _ in range(1_500)]).T
    # the latent correlation is estimated on both sides: twice what chance alone would leave
    assert furthest_apart(brute[0], drawn[0]) < 2
    assert furthest_apart(brute[1], drawn[1]) < 2


def test_an_additive_relation_is_necessary_by_permutation_but_not_by_the_copula():
    permutation, copula = [], []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=200)
        y = 0.5 * x + rng.normal(size=200) * np.sqrt(0.75)
        found = analysed(np.clip(np.round(2 * x), -4, 4), np.clip(np.round(2 * y), -4, 4), draws=500)
        permutation.append(found.permutation_p[:, 0])
        copula.append(found.copula_p[:, 0])
    assert (np.array(permutation) < 0.05).mean() > 0.5
    # binomial upper bound of 150 samples at .05
    assert ((np.array(copula) < 0.05).mean(axis=0) < 0.11).all()


def test_a_true_bound_shows_under_both_nulls():
    rng = np.random.default_rng(7)
    x = rng.uniform(size=300)
    y = rng.uniform(size=300) * (0.3 + 0.7 * x)
    found = analysed(x, y, draws=999)
    assert (found.effect > 0.2).all()
    assert (found.permutation_p == 1 / 1000).all()
    assert (found.copula_p < 0.02).all()


@given(seed=st.integers(0, 1000), n=st.sampled_from([30, 493]))
def test_neither_order_nor_unit_matter(seed, n):
    rng = np.random.default_rng(seed)
    x, y, weights = rng.integers(1, 6, (2, n)) * 1.0, rng.integers(1, 8, n) * 1.0, rng.uniform(1, 3, n)
    design = SurveyDesign(weights, np.zeros(n, dtype=int))
    found, order = analysed(x, y, design=design), rng.permutation(n)
    moved = analysed(
        7 + 3 * x[:, order], 2 * y[order] - 1, design=SurveyDesign(weights[order], np.zeros(n, dtype=int))
    )
    for name in ("effect", "accuracy", "required", "lacking", "permutation_p", "copula_p"):
        assert_allclose(getattr(moved, name), getattr(found, name), atol=1e-9)
    assert ((found.permutation_p > 0) & (found.permutation_p <= 1)).all()
    assert (found.effect[1] <= 1).all()
    known = ~np.isnan(found.required[1])
    rising = np.diff(found.required[1], axis=0)
    assert (rising[known[1:]] >= 0).all()


def test_who_lacks_the_condition_is_weighted():
    x, y = np.array([0.0, 1, 2, 4, 4]), np.array([2.0, 3, 4, 0, 1])
    found = analysed(x, y, design=SurveyDesign(np.array([6.0, 1, 1, 1, 1]), np.zeros(5, dtype=int)))
    # the top asks for 2 of 0..4: the first two rows have less
    assert found.required[:, -1, 0].tolist() == pytest.approx([50, 50])
    assert found.lacking[:, -1, 0].tolist() == pytest.approx([0.7, 0.7])
    assert found.required[0, 6, 0] == pytest.approx(25)


def test_over_imputations_effects_are_means_and_p_values_medians():
    rng = np.random.default_rng(8)
    x, y = rng.integers(1, 6, (3, 2, 60)) * 1.0, rng.integers(1, 6, (3, 60)) * 1.0
    one_by_one = [analysed(x[m], y[m]) for m in range(3)]
    found = analysed(x, y)
    for name in ("effect", "accuracy", "rank_correlation", "condition_inefficiency", "outcome_inefficiency"):
        assert_allclose(getattr(found, name), np.mean([getattr(one, name) for one in one_by_one], axis=0))
    same = analysed(np.stack([x[0]] * 3), np.stack([y[0]] * 3))
    assert_allclose(same.permutation_p, one_by_one[0].permutation_p, atol=0.12)
    assert found.imputations == 3


def test_a_declared_scope_widens_what_is_empty():
    x, y = np.array([1.0, 2, 3, 4]), np.array([2.0, 3, 4, 1])
    own, wide = analysed(x, y), analysed(x, y, scope=[[0, 5], [0, 5]])
    # left of the lowest and above the highest nobody is
    stairs = 0.2 * 1 + 0.2 * 3 / 5 + 0.2 * 2 / 5 + 0.4 * 1 / 5
    assert wide.effect[0, 0] == pytest.approx(stairs)
    assert wide.effect[0, 0] > own.effect[0, 0]
    assert np.isnan(wide.required[0, -1, 0])
    drawn = permuted_effects(Scatter(x / 5, y / 5), 5_000, stream(1, "scope"))
    exact = np.mean([effects_of(Scatter(np.array(order) / 5, y / 5)) for order in permutations(x)], axis=0)
    assert_allclose(drawn.mean(axis=1), exact, atol=0.01)
    with pytest.raises(ValueError, match="outside the scope"):
        analysed(x, y, scope=[[0, 5], [2, 5]])
    with pytest.raises(ValueError, match="scope has shape"):
        analysed(x, y, scope=[[0, 5]])


def test_gaps_weights_of_zero_and_exclusions_take_rows_out():
    rng = np.random.default_rng(9)
    x, y = rng.integers(1, 6, (2, 50)) * 1.0, rng.integers(1, 6, 50) * 1.0
    gaps, weights, included = x.copy(), np.ones(50), np.arange(50) != 2
    gaps[0, 0], weights[1] = np.nan, 0.0
    found = analysed(gaps, y, design=SurveyDesign(weights, np.zeros(50, dtype=int)), included=included)
    expected = analysed(x[:, 3:], y[3:])
    assert found.n.tolist() == [47, 47]
    assert_array_equal(found.effect, expected.effect)
    assert_array_equal(found.permutation_p, expected.permutation_p)


def test_what_does_not_vary_has_no_ceiling():
    x = np.stack([np.arange(9.0), np.ones(9)])
    found = analysed(x, np.arange(9.0))
    assert np.isnan(found.effect[:, 1]).all()
    assert np.isnan(found.permutation_p[:, 1]).all()
    assert (found.effect[:, 0] > 0.3).all()
    # a perfect rank correlation leaves the copula nothing to draw
    assert np.isnan(found.copula_p[:, 0]).all()
    assert np.isnan(analysed(x, np.ones(9)).effect).all()
    assert np.isnan(analysed(x[:, :2], np.arange(2.0)).effect).all()


def test_two_runs_are_the_same():
    scatter = tied(1, 100)
    x, y = scatter.x, scatter.y
    assert_array_equal(analysed(x, y).permutation_p, analysed(x, y).permutation_p)
    assert_array_equal(analysed(x, y).copula_p, analysed(x, y).copula_p)


def test_scatters_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match="expected as many"):
        copula_effects([tied(1, 30), tied(1, 31)], 10, stream(1, "x"))
