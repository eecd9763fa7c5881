"""Sensitivity to confounding: a confounder that is known does what was foretold of it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.e_values import e_values, e_values_of_differences, mediational_e_value
from inspraak.estimation.pooling import combine
from inspraak.estimation.proportional_selection import ProportionalSelection, proportional_selection
from inspraak.estimation.regression import fit_linear
from inspraak.estimation.sensitivity import Sensitivity, assess_sensitivity

N = 250


@pytest.fixture
def data():
    rng = np.random.default_rng(3)
    control, hidden = rng.normal(size=(2, N))
    x = 0.4 * control + 0.5 * hidden + rng.normal(size=N)
    y = 0.4 * x + 0.3 * control + 0.6 * hidden + rng.normal(size=N)
    return x, y, control, hidden


@pytest.fixture
def design():
    rng = np.random.default_rng(4)
    return SurveyDesign(rng.uniform(0.5, 4, N), np.arange(N) % 6)


def slope(columns, y, design, covariance="classical"):
    fit = fit_linear(np.column_stack([*columns, np.ones(N)]), y, design, covariance=covariance)
    return fit.coefficients[0, 0], fit.std_errors[0, 0]


def partial_r2(y, column, others, design):
    """Share of what is left of y that a column explains, by weighted residuals."""
    terms = np.column_stack([*others, np.ones(N)])
    left = [one - terms @ fit_linear(terms, one, design).coefficients[0] for one in (y, column)]
    w = design.weights
    return (w @ (left[0] * left[1])) ** 2 / (w @ left[0] ** 2 * (w @ left[1] ** 2))


def test_the_slope_adjusted_for_a_known_confounder_is_the_slope_beside_it(data, design):
    x, y, control, hidden = data
    for chosen in (simple_design(N), design):
        found, _ = assess_sensitivity(x, y, chosen, controls=[control], covariance="classical")
        of_x = partial_r2(x, hidden, [control], chosen)
        of_y = partial_r2(y, hidden, [x, control], chosen)
        expected = slope([x, hidden, control], y, chosen)
        assert_allclose(found.adjusted(of_x, of_y), expected, rtol=1e-8)
        assert_allclose(found.partial_r2, partial_r2(y, x, [control], chosen), rtol=1e-8)


def test_a_confounder_of_the_robustness_value_makes_the_slope_nil(data, design):
    x, y, control, _ = data
    found, _ = assess_sensitivity(x, y, design, controls=[control], covariance="classical")
    value = found.robustness_value()
    assert_allclose(found.adjusted(value, value)[0], 0, atol=1e-12)
    half = found.robustness_value(q=0.5)
    assert_allclose(found.adjusted(half, half)[0], float(found.slope.estimate) / 2, rtol=1e-9)
    assert found.robustness_value(alpha=0.05) < value


def test_larger_errors_need_less_confounding(data, design):
    x, y, control, _ = data
    y = y + x * np.random.default_rng(6).normal(size=N)  # the spread of y grows with the distance of x
    robust, _ = assess_sensitivity(x, y, design, controls=[control])
    classical, _ = assess_sensitivity(x, y, design, controls=[control], covariance="classical")
    assert robust.robustness_value() == pytest.approx(classical.robustness_value())
    assert robust.error_ratio == pytest.approx(float(robust.slope.std_error / classical.slope.std_error))
    assert robust.error_ratio > 1
    assert robust.robustness_value(alpha=0.05) < classical.robustness_value(alpha=0.05)


def test_a_slope_that_is_hardly_there_has_no_robustness():
    base = Sensitivity(combine([0.01], [1.0], df=50), 0.0001, 1.0, 50, 1.0)
    assert base.robustness_value(alpha=0.05) == 0
    assert 0 < base.robustness_value() < 0.02


def test_the_bound_of_a_strong_slope_follows_the_corrected_formula():
    """With f above 1 / critical value: (f^2 - c^2) / (1 + f^2), Cinelli & Hazlett's correction for few units."""
    strong = Sensitivity(combine([5.0], [0.04], df=6), 0.99, 1.0, 6, 1.0)
    f2, c2 = 99.0, 2.5705818366147395**2 / 5
    assert_allclose(strong.robustness_value(alpha=0.05), (f2 - c2) / (1 + f2), rtol=1e-9)


def test_bounds_of_benchmarks_that_no_confounder_can_have(data):
    x, y, _, hidden = data
    near = x + 0.05 * hidden
    _, bounds = assess_sensitivity(x, y, simple_design(N), controls=[near, hidden], benchmarks=[[0], [1]])
    assert np.isnan(bounds.estimate[0]).all()
    assert np.isnan(bounds.share_of_y[0]).all()
    assert bounds.estimate.shape == (2, 3)
    with pytest.raises(ValueError, match="benchmarks"):
        assess_sensitivity(x, y, simple_design(N), controls=[near], benchmarks=[[1]])


@pytest.mark.parametrize("kind", ["missing", "constant", "exact"])
def test_what_cannot_be_estimated_is_unknown(data, design, kind):
    x, y, control, _ = data
    x, y = {"missing": (x, np.full(N, np.nan)), "constant": (np.ones(N), y), "exact": (x, 2 * x)}[kind]
    found, bounds = assess_sensitivity(x, y, design, controls=[control], benchmarks=[[0]])
    assert np.isnan([found.robustness_value(), found.robustness_value(alpha=0.05)]).all()
    assert np.isnan(bounds.estimate).all()
    oster = proportional_selection(x, y, design, controls=[control])
    assert np.isnan(oster.slope_at(1.0))


def test_data_sets_are_pooled(data, design):
    rng = np.random.default_rng(5)
    x, y, control, _ = data
    many = x + 0.3 * rng.normal(size=(4, N))
    found, bounds = assess_sensitivity(many, y, design, controls=[control], benchmarks=[[0]])
    single = [assess_sensitivity(one, y, design, controls=[control], benchmarks=[[0]])[0] for one in many]
    assert_allclose(found.slope.estimate, np.mean([one.slope.estimate for one in single]))
    assert_allclose(found.partial_r2, np.mean([one.partial_r2 for one in single]))
    assert found.slope.imputations == 4
    assert np.isfinite(bounds.estimate).all()
    whole = proportional_selection(many, y, design, controls=[control])
    parts = [proportional_selection(one, y, design, controls=[control]) for one in many]
    assert_allclose(whole.long, np.mean([one.long for one in parts]))
    assert_allclose(whole.r2_long, np.mean([one.r2_long for one in parts]))


@pytest.mark.parametrize("delta", [0.7, 1.0, 1.4])
def test_a_planted_selection_is_found(delta):
    """One observed and one unobserved index, orthogonal, that go together with x in proportion to their variances."""
    v1, v2, sx, beta, rest = 1.2, 0.8, 2.0, 0.4, 1.5
    c1, c2 = 0.5 * v1, delta * 0.5 * v2
    sy = beta**2 * sx + v1 + v2 + 2 * beta * (c1 + c2) + rest
    cross = np.array([beta * sx + c1 + c2, beta * c1 + v1])
    long = np.linalg.solve([[sx, c1], [c1, v1]], cross)
    short = cross[0] / sx
    found = ProportionalSelection(
        short, long[0], short**2 * sx / sy, long @ cross / sy, sx, sy, sx - c1**2 / v1
    )
    most = 1 - rest / sy
    assert_allclose(found.delta(most, slope=beta), delta, rtol=1e-9)
    assert_allclose(found.slope_at(most, delta=delta), beta, rtol=1e-6)
    assert_allclose(found.slope_at(most, delta=found.delta(most)), 0, atol=1e-6)


def test_e_values_by_their_definition():
    found = e_values([3.9, 1 / 3.9, 1.2, np.nan], [1.8, 0.1, 0.9, np.nan], [8.7, 1 / 1.8, 1.5, np.nan])
    # 3.9 (1.8, 8.7): 7.26 and 3.0 in VanderWeele & Ding (2017)
    assert_allclose(found.point[:2], [7.263, 7.263], atol=5e-4)
    assert_allclose(found.bound[:3], [3.0, 3.0, 1.0], atol=5e-4)
    assert np.isnan(found.point[3])
    assert np.isnan(found.bound[3])
    assert_allclose(e_values_of_differences(0.0, 0.1).point, 1)
    assert_allclose(e_values_of_differences(-0.3, 0.1).point, e_values_of_differences(0.3, 0.1).point)
    assert_allclose(mediational_e_value(-0.2), mediational_e_value(0.2))
    with pytest.raises(ValueError, match="0 or less"):
        e_values(-1.0, 0.5, 2.0)
    with pytest.raises(ValueError, match="outside its interval"):
        e_values(3.0, 0.5, 2.0)
