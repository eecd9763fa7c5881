"""Calibration to margins: properties, borders and the variance of a calibrated design."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation.calibrated_design import calibrated
from inspraak.estimation.calibration import Margin, calibrate, margin_problems, weight_spread
from inspraak.estimation.design import SurveyDesign

SEEDS = st.integers(0, 10_000)
PROPERTY = settings(max_examples=25, deadline=None, derandomize=True)
METHODS = [("raking", None), ("linear", None), ("linear", (0.3, 3.0)), ("logit", (0.3, 3.0))]


def draw(seed, *, n=200, sizes=(3, 4), spread=0.2):
    """Weights, and margins that a population can have: totals of weights that are close to them."""
    rng = np.random.default_rng(seed)
    weights = rng.uniform(1, 4, n)
    true = weights * np.exp(spread * rng.normal(size=n))
    true *= 1000 / true.sum()
    margins = []
    for size in sizes:
        codes = np.where(np.arange(n) < size, np.arange(n) % size, rng.integers(0, size, n))
        margins.append(Margin(codes, np.bincount(codes, true)))
    return weights, margins


@PROPERTY
@given(seed=SEEDS, case=st.sampled_from(METHODS), sizes=st.sampled_from([(3,), (3, 4), (2, 3, 5)]))
def test_every_margin_is_met(seed, case, sizes):
    weights, margins = draw(seed, sizes=sizes)
    method, bounds = case
    result = calibrate(weights, margins, method=method, bounds=bounds)
    assert result.converged
    assert result.failing_margin is None
    assert result.deviation <= 1e-12
    for check in result.checks():
        assert_allclose(check.after, check.population, rtol=2e-12)
    if bounds is not None:
        assert result.adjustment.min() >= bounds[0] - 1e-12
        assert result.adjustment.max() <= bounds[1] + 1e-12


@PROPERTY
@given(seed=SEEDS, case=st.sampled_from(METHODS), factor=st.floats(0.01, 100))
def test_order_of_rows_and_scale_of_weights_do_not_matter(seed, case, factor):
    weights, margins = draw(seed)
    method, bounds = case
    plain = calibrate(weights, margins, method=method, bounds=bounds).weights
    scaled = calibrate(weights * factor, margins, method=method, bounds=bounds).weights
    assert_allclose(scaled, plain, rtol=1e-9)
    order = np.random.default_rng(seed).permutation(weights.size)
    moved = [Margin(margin.categories[order], margin.population) for margin in margins]
    shuffled = calibrate(weights[order], moved, method=method, bounds=bounds).weights
    assert_allclose(shuffled, plain[order], rtol=1e-9)


@PROPERTY
@given(seed=SEEDS)
def test_raking_keeps_the_odds_ratios_of_the_base_weights(seed):
    weights, margins = draw(seed)
    factor = np.log(calibrate(weights, margins).adjustment)
    both = np.column_stack([m.categories[:, None] == np.arange(m.population.size) for m in margins]).astype(
        float
    )
    left = factor - both @ np.linalg.lstsq(both, factor, rcond=None)[0]
    assert np.abs(left).max() < 1e-11


@PROPERTY
@given(seed=SEEDS)
def test_linear_calibration_is_the_closest_in_chi_square(seed):
    """No change of the weights that keeps every margin comes closer to the base weights."""
    weights, margins = draw(seed, n=60)
    result = calibrate(weights, margins, method="linear")
    base = weights * 1000 / weights.sum()
    change = np.random.default_rng(seed).normal(size=60)
    x = result.auxiliary
    change -= x @ np.linalg.lstsq(x, change, rcond=None)[0]
    assert abs(np.sum((result.weights - base) / base * change)) < 1e-8
    closer = np.sum((result.weights + change - base) ** 2 / base) - np.sum(
        (result.weights - base) ** 2 / base
    )
    assert closer > 0


def test_one_margin_is_poststratification():
    weights = np.array([1.0, 2, 3, 4])
    margin = Margin(np.array([0, 0, 1, 1]), np.array([30.0, 70]))
    for method in ("raking", "linear"):
        assert_allclose(calibrate(weights, [margin], method=method).weights, [10, 20, 30, 40])


def test_a_two_by_two_table_by_hand():
    """Base table [[1, 1], [1, 3]] to rows (4, 6) and columns (5, 5): the cells keep the odds ratio 3."""
    rows, columns = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    margins = [Margin(rows, np.array([4.0, 6])), Margin(columns, np.array([5.0, 5]))]
    cells = calibrate(np.array([1.0, 1, 1, 3]), margins).weights
    # x (1 + x) = 3 (4 - x) (5 - x), the smaller root
    x = 7 - np.sqrt(19)
    assert_allclose(cells, [x, 4 - x, 5 - x, 1 + x], rtol=1e-12)


def test_contradicting_totals_and_empty_categories_are_found():
    codes = np.array([0, 1, 0, 1])
    margins = [
        Margin(codes, np.array([10.0, 20])),
        Margin(codes, np.array([10.0, 21])),
        Margin(codes, np.array([10.0, 15, 5])),
    ]
    total, empty = margin_problems(np.ones(4), margins)
    assert (total.kind, total.margin, total.category, total.found, total.expected) == (
        "total",
        1,
        None,
        31,
        30,
    )
    assert (empty.kind, empty.margin, empty.category, empty.expected) == ("empty", 2, 2, 5)
    with pytest.raises(ValueError, match="cannot be met"):
        calibrate(np.ones(4), margins)


def test_a_category_whose_rows_have_no_weight_is_empty():
    margins = [Margin(np.array([0, 0, 1]), np.array([10.0, 20]))]
    problems = margin_problems(np.array([1.0, 1, 0]), margins)
    assert [(problem.kind, problem.category) for problem in problems] == [("empty", 1)]


@pytest.mark.parametrize("method", ["raking", "linear"])
def test_margins_that_the_sample_cannot_meet_name_the_failing_one(method):
    """Categories of the two last margins coincide in the sample, but not in the population."""
    rng = np.random.default_rng(1)
    first, second = rng.integers(0, 2, 50), rng.integers(0, 2, 50)
    margins = [
        Margin(first, np.array([50.0, 50])),
        Margin(second, np.array([40.0, 60])),
        Margin(second, np.array([45.0, 55])),
    ]
    result = calibrate(np.ones(50), margins, method=method, iterations=200)
    assert not result.converged
    assert result.failing_margin in (1, 2)
    assert 0.01 < result.deviation < 0.2


@pytest.mark.parametrize("method", ["linear", "logit"])
def test_bounds_that_are_too_narrow_are_reported(method):
    weights, margins = draw(3, spread=0.8)
    result = calibrate(weights, margins, method=method, bounds=(0.99, 1.01))
    assert not result.converged
    assert result.failing_margin is not None
    assert result.adjustment.min() >= 0.99 - 1e-12
    assert result.adjustment.max() <= 1.01 + 1e-12


def test_linear_calibration_counts_negative_weights():
    margins = [
        Margin(np.array([0, 0, 1, 1]), np.array([99.0, 1])),
        Margin(np.array([0, 1, 0, 1]), np.array([99.0, 1])),
    ]
    result = calibrate(np.ones(4), margins, method="linear")
    assert result.converged
    assert result.negative == 1
    with pytest.raises(ValueError, match="negative"):
        calibrated(SurveyDesign(np.ones(4), np.zeros(4, dtype=int)), result)
    bounded = calibrate(np.ones(4), margins, method="logit", bounds=(0.001, 10))
    assert bounded.converged
    assert bounded.negative == 0


def test_rows_of_weight_zero_keep_it():
    weights, margins = draw(5)
    weights[10:20] = 0
    for method, bounds in METHODS:
        result = calibrate(weights, margins, method=method, bounds=bounds)
        assert result.converged
        assert_array_equal(result.weights[10:20], 0)
        assert_array_equal(result.adjustment[10:20], 1)


def test_spread_of_weights():
    spread = weight_spread([1.0, 1, 2, 0])
    assert spread.n == 3
    assert spread.sum == 4
    assert spread.cv == pytest.approx(np.std([1, 1, 2]) / (4 / 3))
    assert spread.design_effect == pytest.approx(1 + spread.cv**2)
    assert spread.effective_n == pytest.approx(16 / 6)
    assert np.isnan(weight_spread([0.0]).cv)


@pytest.mark.parametrize(
    ("weights", "options", "message"),
    [
        ([1.0, np.nan, 1, 1], {}, "known"),
        ([1.0, -1, 1, 1], {}, "not negative"),
        ([0.0, 0, 0, 0], {}, "not all 0"),
        ([1.0, 1, 1], {}, "margin 0 has 4 rows"),
        ([1.0, 1, 1, 1], {"method": "cubic"}, "method is 'cubic'"),
        ([1.0, 1, 1, 1], {"bounds": (0.5, 2)}, "raking takes no bounds"),
        ([1.0, 1, 1, 1], {"method": "logit"}, "needs bounds"),
        ([1.0, 1, 1, 1], {"method": "linear", "bounds": (1.1, 2)}, "below 1"),
    ],
)
def test_wrong_input_is_refused(weights, options, message):
    margin = Margin(np.array([0, 1, 0, 1]), np.array([2.0, 2]))
    with pytest.raises(ValueError, match=message):
        calibrate(weights, [margin], **options)


def test_no_margins_are_refused():
    with pytest.raises(ValueError, match="no margins"):
        calibrate(np.ones(3), [])


@pytest.mark.parametrize(
    ("categories", "population", "message"),
    [
        (np.array([0.0, 1]), [1, 1], "integers"),
        (np.array([0, 2]), [1, 1], "outside 0 .. 1"),
        (np.array([0, -1]), [1, 1], "outside 0 .. 1"),
        (np.array([0, 1]), [1, 0], "zero"),
        (np.array([0, 1]), [1, np.nan], "missing"),
        (np.array([[0, 1]]), [1, 1], "vector"),
    ],
)
def test_a_wrong_margin_is_refused(categories, population, message):
    with pytest.raises(ValueError, match=message):
        Margin(categories, np.asarray(population))


def test_fifty_thousand_units_converge():
    weights, margins = draw(4, n=50_000, sizes=(12, 6, 5))
    assert calibrate(weights, margins).converged
    assert calibrate(weights, margins, method="logit", bounds=(0.2, 5)).converged
