"""Interactions: slopes over data sets, regions of significance by brute force, curves that look like interactions."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.combinations import CombinedTerms
from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.distributions import t_quantile
from inspraak.estimation.johnson_neyman import johnson_neyman
from inspraak.estimation.moderation import fit_moderation
from inspraak.estimation.pooling import pool
from inspraak.estimation.regression import fit_linear

N, M = 200, 4


@pytest.fixture
def data():
    rng = np.random.default_rng(3)
    x, w, z = rng.normal(size=(3, M, N)) + rng.normal(size=(3, 1, N))
    y = 0.3 * x + 0.2 * w + 0.25 * x * w + 0.1 * x * w * z + rng.normal(size=(M, N))
    y[:, :5] = np.nan
    return x, np.stack([w, z], axis=1), y


@pytest.fixture
def design():
    rng = np.random.default_rng(4)
    return SurveyDesign(rng.uniform(0.5, 4, N), np.arange(N) % 6)


def test_slopes_are_pooled_over_data_sets(data, design):
    x, moderators, y = data
    found = fit_moderation(x, moderators, y, design, at=[[-1.0, 2.0], [0.5]])
    estimates, variances = [], []
    for place in range(M):
        w, z, one = moderators[place, 0], moderators[place, 1], x[place]
        columns = np.column_stack([one, w, z, one * w, one * z, w * z, one * w * z, np.ones(N)])
        fit = fit_linear(columns, y[place], design)
        weights = np.array([[1, 0, 0, v, 0.5, 0, 0.5 * v, 0] for v in (-1.0, 2.0)])
        estimates.append(weights @ fit.coefficients[0])
        variances.append(np.einsum("vt,ts,vs->v", weights, fit.covariance[0], weights))
    pooled = pool(estimates, variances, df=float(fit.df[0]))
    assert_allclose(found.slopes.estimate[:, 0], pooled.estimate, rtol=1e-9)
    assert_allclose(found.slopes.std_error[:, 0], pooled.std_error, rtol=1e-9)
    assert_allclose(found.slopes.df[:, 0], pooled.df, rtol=1e-8)
    assert_allclose(found.slope_at(2.0, 0.5).estimate, pooled.estimate[1], rtol=1e-9)
    difference = found.slope_difference([-1.0, 0.5], [2.0, 0.5])
    assert_allclose(difference.estimate, pooled.estimate[1] - pooled.estimate[0], rtol=1e-9)
    assert found.n == N - 5


def test_units_change_the_numbers_as_they_must(data, design):
    x, moderators, y = data
    plain = fit_moderation(x, moderators[:, :1], y, design)
    moved = fit_moderation(10 * x + 50, 1990 + 20 * moderators[:, :1], 3 * y - 7, design)
    assert_allclose(moved.slopes.estimate, plain.slopes.estimate * 3 / 10, rtol=1e-8)
    assert_allclose(moved.interaction.p_value, plain.interaction.p_value, rtol=1e-7)
    own, other = plain.regions[0], moved.regions[0]
    assert own.significant == other.significant
    assert_allclose([other.low, other.high], [1990 + 20 * own.low, 1990 + 20 * own.high], rtol=1e-8)
    assert_allclose(other.share, own.share)
    assert_allclose(moved.curvature.joint.p_value, plain.curvature.joint.p_value, rtol=1e-6)


def random_terms(seed, m):
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(m, 2, 2)) + rng.normal(size=(2, 2))
    means = rng.normal(size=2) * rng.choice([0.3, 1, 3], 2)
    return CombinedTerms(
        means + 0.3 * rng.normal(size=(m, 2)) * (m > 1), 0.2 * root @ root.swapaxes(1, 2), 40.0
    )


@pytest.mark.parametrize("m", [1, 5])
def test_regions_are_those_of_a_fine_grid(m):
    seen = set()
    values, weights = np.tile(np.linspace(-3, 3, 101), (m, 1)), np.ones((m, 101))
    for seed in range(150):
        terms = random_terms(seed, m)
        found = johnson_neyman(terms, [1, 0], [0, 1], values + 2, weights, centre=2)
        grid = 5 * np.tan(np.linspace(-1.5699, 1.5699, 4001))
        slopes = terms.sums(np.column_stack([np.ones(grid.size), grid]))
        margin = np.abs(slopes.estimate) / slopes.std_error / t_quantile(0.975, slopes.df) - 1
        inside = np.zeros(grid.size, dtype=int)
        for region in found.regions:
            inside += region.sign * ((grid + 2 >= region.low) & (grid + 2 <= region.high))
        clear = np.abs(margin) > 1e-3
        expected = np.where(margin > 0, np.sign(slopes.estimate), 0)
        np.testing.assert_array_equal(inside[clear], expected[clear])
        seen.add(found.significant)
    assert seen == {"inside", "outside", "nowhere"}


def test_bounds_beyond_the_data_are_said_so():
    terms = CombinedTerms(np.array([[1.0, 0.3]]), np.array([[[0.01, 0.0], [0.0, 0.01]]]), np.inf)
    values = np.linspace(-1.5, 2, 41)[None]
    weights = np.where(values > 1, 3.0, 1.0)
    found = johnson_neyman(terms, [1, 0], [0, 1], values, weights)
    # (1 + .3 v)^2 = 1.96^2 * .01 (1 + v^2)
    roots = np.sort(np.roots([0.09 - 0.0384146, 0.6, 1 - 0.0384146]))
    assert_allclose([found.low, found.high], roots, rtol=1e-5)
    assert found.significant == "outside"
    assert not found.low_within_data
    assert not found.high_within_data
    assert_allclose(found.share, 1.0)
    assert [region.share for region in found.regions] == [0.0, 1.0]
    assert (found.lowest, found.highest) == (-1.5, 2.0)


def test_an_unknown_slope_differs_nowhere():
    terms = CombinedTerms(np.array([[np.nan, 0.3]]), np.full((1, 2, 2), np.nan), 30.0)
    found = johnson_neyman(terms, [1, 0], [0, 1], np.ones((1, 9)), np.ones((1, 9)))
    assert found.significant == "nowhere"
    assert np.isnan(terms.sums([1, 0]).estimate)
    assert np.isnan(terms.sums([0.5, 0.5]).p_value)


def test_a_curve_takes_the_place_of_an_interaction_and_a_true_one_stays():
    rng = np.random.default_rng(5)
    x = rng.normal(size=1_000)
    w = 0.8 * x + 0.6 * rng.normal(size=1_000)
    noise = rng.normal(size=1_000)
    design = simple_design(1_000)
    curve = fit_moderation(x, [w], 0.3 * x + 0.4 * x**2 + noise, design, covariance="HC3")
    assert curve.interaction.p_value < 1e-4
    assert curve.curvature.joint.p_value < 1e-4
    assert curve.curvature.takes_the_place(curve.interaction)
    true = fit_moderation(x, [w], 0.3 * x + 0.4 * x * w + noise, design, covariance="HC3")
    assert not true.curvature.takes_the_place(true.interaction)
    assert_allclose(true.curvature.product.estimate, 0.4, atol=4 * float(true.curvature.product.std_error))


def test_two_values_have_neither_square_nor_region(design):
    rng = np.random.default_rng(6)
    x, w = rng.integers(0, 2, (2, N)).astype(float)
    y = rng.normal(size=N)
    found = fit_moderation(x, [w], y, design, at=[[0, 1]])
    assert found.regions == ()
    assert found.curvature.squared == ()
    assert np.isnan(found.curvature.joint.p_value)
    assert_allclose(found.curvature.product.estimate, found.interaction.estimate)
    assert not found.curvature.takes_the_place(found.interaction)


def test_a_logit_is_moderated_on_its_own_scale(design):
    rng = np.random.default_rng(6)
    x, w = rng.normal(size=(2, 2_000))
    y = rng.random(2_000) < 1 / (1 + np.exp(-(0.5 * x + 0.5 * x * w)))
    found = fit_moderation(
        x, [w], y.astype(float), simple_design(2_000), family="logit", covariance="classical"
    )
    assert_allclose(found.interaction.estimate, 0.5, atol=4 * float(found.interaction.std_error))


def test_wrong_input_is_refused(data, design):
    x, moderators, y = data
    with pytest.raises(ValueError, match="expected 1 or 2"):
        fit_moderation(x, np.concatenate([moderators, moderators], axis=1), y, design)
    with pytest.raises(ValueError, match="at holds values of 1"):
        fit_moderation(x, moderators, y, design, at=[[0.0]])
    with pytest.raises(ValueError, match="centres"):
        fit_moderation(x, moderators, y, design, centres=[0.0])
    with pytest.raises(ValueError, match="values of 1 moderators"):
        fit_moderation(x, moderators, y, design).slope_at(0.0)
    with pytest.raises(ValueError, match="data sets"):
        fit_moderation(x, moderators[:2], y, design)
