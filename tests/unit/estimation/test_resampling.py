"""Bootstrap weights: their variance is that of the design, and effects of many resamples are told right."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from inspraak.estimation.calibrated_design import CalibratedDesign
from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.regression import fit_linear
from inspraak.estimation.resampled_effects import resampled_effects
from inspraak.estimation.resampled_grams import CrossProducts, eliminate
from inspraak.estimation.resampling import resampled_weights

N, DRAWS = 60, 6_000
LONELY = np.where(np.arange(N) < 2, 90 + np.arange(N), np.arange(N) % 4)


def parts(**more):
    rng = np.random.default_rng(4)
    return {"weights": rng.uniform(0.5, 4, N), "strata": np.arange(N) % 4, **more}


DESIGNS = {
    "strata": parts(),
    "clusters": parts(clusters=np.arange(N) // 4 % 9),
    "finite": parts(population=np.where(np.arange(N) % 2, 20.0, 200.0)),
    "certainty": parts(strata=LONELY, lonely="certainty"),
    "adjust": parts(strata=LONELY, lonely="adjust"),
    "average": parts(strata=LONELY, lonely="average"),
}


def totals(design, scores, draws=DRAWS):
    """Totals (draws, columns) of linearised values under every resample."""
    blocks = resampled_weights(design, draws, np.random.default_rng(9))
    return np.concatenate([weights @ scores for weights in blocks])


def linearised(design, seed=1):
    """Values with a weighted mean of zero, which differ between strata."""
    values = np.random.default_rng(seed).normal(size=(N, 3)) + (np.arange(N) % 4)[:, None]
    return values - design.weights @ values / design.weights.sum()


@pytest.mark.filterwarnings("ignore::inspraak.estimation.design.LonelyStratumWarning")
@pytest.mark.parametrize("name", DESIGNS)
def test_totals_vary_as_the_design_says(name):
    design = SurveyDesign(**DESIGNS[name])
    values = linearised(design)
    found = totals(design, values)
    expected = design.variance_of_totals(design.weights[:, None] * values)
    # a variance over d draws has a relative error of sqrt(2 / d)
    assert_allclose(found.var(axis=0), expected, rtol=4 * np.sqrt(2 / DRAWS))
    assert_allclose(found.mean(axis=0), design.weights @ values, atol=4 * np.sqrt(expected.max() / DRAWS))


def test_totals_of_calibrated_weights_vary_as_residuals():
    rng = np.random.default_rng(6)
    base = rng.uniform(0.5, 4, N)
    sector, size = rng.integers(0, 3, N), rng.integers(0, 2, N)
    auxiliary = np.column_stack([sector[:, None] == np.arange(3), size[:, None] == np.arange(2)]).astype(
        float
    )
    weights = base * np.array([0.8, 1.1, 1.3])[sector]
    design = CalibratedDesign(weights, np.arange(N) % 4, base_weights=base, auxiliary=auxiliary)
    draws = 4_000
    for block in resampled_weights(design, 20, np.random.default_rng(1)):
        assert_allclose(block @ auxiliary, np.tile(weights @ auxiliary, (20, 1)), rtol=1e-9)
    values = 2 * sector[:, None] + rng.normal(size=(N, 3))
    found = totals(design, values, draws)
    expected = design.variance_of_totals(weights[:, None] * values)
    # beside the Monte Carlo error: terms of second order, of n = 60 rows
    assert_allclose(found.var(axis=0), expected, rtol=4 * np.sqrt(2 / draws) + 0.1)
    plain = SurveyDesign(weights, np.arange(N) % 4).variance_of_totals(weights[:, None] * values)
    assert (found.var(axis=0) < 0.7 * plain).all()


def test_each_stratum_keeps_its_number_of_units():
    design = SurveyDesign(**DESIGNS["strata"])
    for weights in resampled_weights(design, 50, np.random.default_rng(1)):
        multipliers = weights / design.weights
        for stratum in range(4):
            assert_allclose(multipliers[:, design.strata == stratum].sum(axis=1), 15)


def test_rows_may_come_in_any_order():
    rng = np.random.default_rng(3)
    strata = rng.permuted(np.repeat(np.arange(4), 15))
    design = SurveyDesign(np.ones(N), strata)
    weights = next(resampled_weights(design, 30, np.random.default_rng(1)))
    for stratum in range(4):
        assert_allclose(weights[:, strata == stratum].sum(axis=1), 15)


def test_blocks_are_as_many_draws_as_asked_and_the_same_again():
    design = simple_design(N)
    first, again = (list(resampled_weights(design, 600, np.random.default_rng(2))) for _ in range(2))
    assert sum(map(len, first)) == 600
    assert len(first) > 1
    assert_array_equal(np.concatenate(first), np.concatenate(again))


def test_elimination_is_regression():
    rng = np.random.default_rng(1)
    columns = rng.normal(size=(2, 7, N))
    columns[:, 0] = 1
    columns[1, 1] = columns[0, 1]  # a control that is the same in both data sets
    weights = rng.uniform(0, 2, (3, N))
    for place, gram in enumerate(CrossProducts(columns).under(weights)):
        expected = np.einsum("pn,qn,bn->pqb", columns[place], columns[place], weights)
        assert_allclose(gram, expected, rtol=1e-10, atol=1e-10)
        found = eliminate(gram, 2, 3)
        for draw in range(3):
            design = SurveyDesign(weights[draw], np.zeros(N, dtype=int))
            for last in range(4):
                fit = fit_linear(columns[place, : last + 3].T, columns[place, 6], design)
                assert_allclose(found.coefficients(4, last)[:, draw], fit.coefficients[0, 2:], rtol=1e-9)
            residual = [
                y - columns[place, :4].T @ fit_linear(columns[place, :4].T, y, design).coefficients[0]
                for y in columns[place, 4:]
            ]
            assert_allclose(
                found.left[:, :, draw], np.cov(residual, aweights=weights[draw], ddof=0) * weights[draw].sum()
            )


def test_a_redundant_control_is_passed_over_and_a_redundant_predictor_has_no_slope():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(2, N))
    weights = np.ones((1, N))

    def slope(*columns):
        gram = next(CrossProducts(np.array([columns])).under(weights))
        return eliminate(gram, len(columns) - 2, 1).coefficients(1, 0)[0, 0]

    plain = slope(np.ones(N), x, y)
    assert slope(np.ones(N), np.full(N, 3.0), np.zeros(N), x, y) == pytest.approx(plain)
    assert np.isnan(slope(np.ones(N), x, x, y))


def test_intervals_of_known_draws():
    draws = np.arange(1.0, 1_000.0)[None]
    effects = resampled_effects(np.array([500.0]), np.random.default_rng(1).permuted(draws, axis=1))
    low, high = effects.intervals(0.9)
    assert_allclose([low, high], [1 + 0.05 * 998, 1 + 0.95 * 998])
    # half of the draws lie below the estimate: nothing to correct
    assert_allclose(effects.intervals(0.9, kind="bias_corrected"), [low, high], rtol=1e-6)
    assert effects.std_error == pytest.approx(draws.std(ddof=1))
    moved = resampled_effects(np.array([700.0]), draws)
    corrected_low, corrected_high = moved.intervals(0.9, kind="bias_corrected")
    shift = 2 * stats.norm.ppf((699 + 700) / 2 / 999)
    levels = stats.norm.cdf([shift + stats.norm.ppf(0.05), shift + stats.norm.ppf(0.95)])
    assert_allclose([corrected_low, corrected_high], 1 + 998 * levels)


@pytest.mark.parametrize("shift", [-2.4, -1.5, 0.5, 1.9, 2.2])
def test_the_p_value_is_the_level_at_which_the_interval_meets_zero(shift):
    draws = np.random.default_rng(5).normal(size=20_000) + shift
    effects = resampled_effects(np.array([shift]), draws[None])
    p = float(effects.p_value)
    low, high = effects.intervals(1 - p)
    assert min(abs(low), abs(high)) < 0.02
    assert p == pytest.approx(2 * (min((draws < 0).sum(), (draws > 0).sum()) + 1) / 20_001)


def test_draws_that_failed_are_counted_and_left_out():
    draws = np.array([[1.0, np.nan, 3.0, 2.0, np.nan]])
    effects = resampled_effects(np.array([2.0]), draws)
    assert effects.failed == 2
    assert effects.std_error == pytest.approx(1.0)
    assert_allclose(effects.intervals(0.5), [1.5, 2.5])
    none = resampled_effects(np.array([np.nan]), np.full((1, 4), np.nan))
    assert np.isnan(none.p_value)
    assert np.isnan(none.intervals()).all()
    with pytest.raises(ValueError, match="kind"):
        effects.intervals(kind="normal")
