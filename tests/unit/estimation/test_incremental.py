"""What predictors add: against models fitted one by one, imputations, resamples and borders."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation.coefficients import WaldTest
from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.dominance import dominance, explained_by_subsets
from inspraak.estimation.incremental import add_to_baseline
from inspraak.estimation.pooling import pool_wald
from inspraak.estimation.regression import fit_linear
from inspraak.randomness import stream


def drawn(seed, n, k=4):
    """Predictors that go together, two controls, an outcome, weights and strata."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n)
    x = 0.6 * common + 0.8 * rng.normal(size=(k, n))
    held = 0.3 * common + rng.normal(size=(2, n))
    y = 0.5 * x[0] + 0.2 * x[1] + 0.3 * held[0] + rng.normal(size=n)
    return x, held, y, SurveyDesign(rng.uniform(1, 5, n), np.arange(n) % 3)


def added(x, y, design, *, seed=1, draws=20, **keywords):
    return add_to_baseline(x, y, design, stream(seed, "added"), draws=draws, **keywords)


def r_squared(columns, y, design):
    X = np.column_stack([np.ones(design.n), *columns])
    return fit_linear(X, y, design).r_squared[0]


@given(seed=st.integers(0, 1000), n=st.sampled_from([60, 493]))
def test_dominance_is_that_of_models_fitted_one_by_one(seed, n):
    x, held, y, design = drawn(seed, n)
    found = added(x, y, design, baseline=held)
    explained = {
        chosen: r_squared([*held, *x[list(chosen)]], y, design)
        for size in range(5)
        for chosen in combinations(range(4), size)
    }
    first, whole = explained[()], explained[0, 1, 2, 3]
    assert_allclose([found.r_squared_baseline, found.r_squared], [first, whole])
    assert_allclose(found.added, whole - first)
    for one in range(4):
        others = [place for place in range(4) if place != one]
        for size in range(4):
            steps = [
                explained[tuple(sorted((*chosen, one)))] - explained[chosen]
                for chosen in combinations(others, size)
            ]
            assert_allclose(found.dominance.conditional[one, size], np.mean(steps), atol=1e-12)
    assert_allclose(found.dominance.general.sum(), whole - first)
    assert_allclose(found.dominance.share.sum(), 1)
    assert_allclose(found.relative_weights.sum(), whole - first)
    shares = found.dominance.complete + found.dominance.complete.T
    assert_allclose(shares[~np.eye(4, dtype=bool)], 1)


def test_the_test_is_that_of_the_regression():
    x, held, y, design = drawn(1, 300)
    fit = fit_linear(np.column_stack([*x, *held, np.ones(300)]), y, design)
    expected = fit.wald(range(4))
    increment = added(x, y, design, baseline=held)
    found = increment.test
    assert isinstance(found, WaldTest)
    assert_allclose(increment.slopes, fit.coefficients[0, :4])
    assert_allclose([found.statistic, found.p_value], [expected.statistic, expected.p_value], rtol=1e-8)


def test_independent_predictors_have_their_own_share_by_any_measure():
    columns = np.linalg.qr(np.column_stack([np.ones(60), np.random.default_rng(2).normal(size=(60, 4))]))[0][
        :, 1:
    ]
    x, y = columns[:, :3].T, 3 * columns[:, 0] + 2 * columns[:, 1] + columns[:, 3]
    found = added(x, y, simple_design(60))
    expected = np.array([9, 4, 0]) / 14
    assert_allclose(found.dominance.general, expected, atol=1e-12)
    assert_allclose(found.relative_weights, expected, atol=1e-12)
    assert_allclose(found.dominance.conditional, np.tile(expected[:, np.newaxis], 3), atol=1e-12)
    assert found.dominance.complete[0, 1] == found.dominance.complete[1, 2] == 1
    assert found.f_squared == pytest.approx(13)


@pytest.mark.parametrize("truth", [0.01, 0.05])
def test_corrected_intervals_hold_the_truth_with_many_predictors(truth):
    """Of 100 samples; intervals of the draws as they are hold .01 in 53 % of samples."""
    rng, held_it, centre = np.random.default_rng(3), 0, []
    for _ in range(100):
        b, x = rng.normal(size=(1, 400)), rng.normal(size=(6, 400))
        y = 0.4 * b[0] + np.sqrt(truth) * x[0] + rng.normal(size=400) * np.sqrt(1 - 0.16 - truth)
        found = add_to_baseline(x, y, simple_design(400), rng, baseline=b, draws=200)
        low, high = found.added_corrected.intervals()
        held_it += low <= truth <= high
        centre.append(found.added_corrected.estimate)
    assert held_it >= 90
    assert abs(np.mean(centre) - truth) < 3 * np.std(centre) / 10


def test_resamples_are_those_of_the_design():
    x, held, y, design = drawn(4, 200)
    found = added(x, y, design, baseline=held, draws=300)
    assert found.added_corrected.draws.size == 300
    assert found.added_corrected.estimate < found.added
    assert_allclose(found.general_corrected.estimate.sum(), found.added_corrected.estimate)
    low, high = found.general_corrected.intervals()
    assert ((low < found.general_corrected.estimate) & (found.general_corrected.estimate < high)).all()
    again = [added(x, y, design, baseline=held).added_corrected.draws for _ in range(2)]
    assert_array_equal(again[0], again[1])


def test_over_imputations():
    x, held, y, design = drawn(5, 200)
    several = x + 0.2 * np.random.default_rng(6).normal(size=(3, 4, 200))
    each = [added(one, y, design, baseline=held) for one in several]
    found = added(several, y, design, baseline=held, draws=90)
    assert_allclose(found.r_squared, np.mean([one.r_squared for one in each]))
    assert_allclose(found.dominance.general, np.mean([one.dominance.general for one in each], axis=0))
    fits = [fit_linear(np.column_stack([*one, *held, np.ones(200)]), y, design) for one in several]
    pooled = pool_wald(
        [fit.coefficients[0, :4] for fit in fits],
        [fit.covariance[0, :4, :4] for fit in fits],
        df=fits[0].df[0],
    )
    assert_allclose(found.test.statistic, pooled.statistic, rtol=1e-7)
    assert (found.imputations, found.added_corrected.points.size, found.added_corrected.draws.size) == (
        3,
        3,
        90,
    )


def test_a_redundant_predictor_adds_nothing():
    x, held, y, design = drawn(7, 100, k=2)
    found = added(np.vstack([x, held[:1] - 3]), y, design, baseline=held)
    assert found.dominance.general[2] == pytest.approx(0, abs=1e-12)
    assert found.added == pytest.approx(added(x, y, design, baseline=held).added)
    twice = added(np.vstack([x, x[:1]]), y, design)
    assert_allclose(twice.dominance.general[0], twice.dominance.general[2])
    assert twice.dominance.complete[0, 2] == twice.dominance.complete[2, 0] == 0
    assert np.isnan(twice.test.p_value)


def test_gaps_take_rows_out_of_every_model():
    x, held, y, _ = drawn(8, 100)
    gaps, included = x.copy(), np.arange(100) > 0
    gaps[2, 1] = np.nan
    found = added(gaps, y, simple_design(100), baseline=held, included=included)
    expected = added(x[:, 2:], y[2:], simple_design(98), baseline=held[:, 2:])
    assert found.n == 98
    assert_allclose(found.dominance.conditional, expected.dominance.conditional)


def test_an_outcome_of_one_value_has_no_numbers():
    x, _, _, design = drawn(9, 50)
    found = added(x, np.ones(50), design)
    assert np.isnan([found.r_squared, found.added, found.test.p_value]).all()
    assert np.isnan(found.dominance.general).all()
    assert np.isnan(found.dominance.complete).all()


def test_wrong_input_is_refused():
    x, _, y, design = drawn(10, 40)
    with pytest.raises(ValueError, match="no predictor"):
        added(x[:0], y, design)
    with pytest.raises(ValueError, match="12 at most"):
        added(np.tile(x, (4, 1)), y, design)
    with pytest.raises(ValueError, match="no row"):
        added(x, np.full(40, np.nan), design)


def test_subsets_are_numbered_by_their_bits():
    gram = np.array([[1.0, 0, 0.6], [0, 1, 0.3], [0.6, 0.3, 1]])[:, :, np.newaxis]
    explained = explained_by_subsets(gram, np.ones(1))
    assert_allclose(explained[:, 0], [0, 0.36, 0.09, 0.45])
    assert_allclose(dominance(explained).general, [0.36, 0.09])
