"""Response surfaces: known surfaces, data sets pooled, a moderator, and what cannot be told."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.pooling import pool
from inspraak.estimation.regression import fit_linear
from inspraak.estimation.response_surface import FEATURES, fit_response_surface
from inspraak.estimation.surface_axes import principal_axes

N, M = 300, 3


@pytest.fixture
def design():
    rng = np.random.default_rng(4)
    return SurveyDesign(rng.uniform(0.5, 4, N), np.arange(N) % 6)


@pytest.fixture
def data():
    rng = np.random.default_rng(2)
    x, z = np.clip(50 + 20 * rng.normal(size=(2, M, N)), 0, 100)
    w = rng.normal(size=(M, N))
    u, v = (x - 50) / 10, (z - 50) / 10
    y = (
        3
        - 0.2 * u
        + 0.3 * v
        - 0.1 * u**2
        + 0.15 * u * v
        - 0.1 * v**2
        + 0.3 * w * (u - v)
        + rng.normal(size=(M, N))
    )
    return x, z, y, w


def test_features_are_pooled_over_data_sets(data, design):
    x, z, y, w = data
    found = fit_response_surface(x, z, y, design, midpoint=50, controls=w[:, None])
    estimates, variances = [], []
    for place in range(M):
        u, v = x[place] - 50, z[place] - 50
        fit = fit_linear(np.column_stack([u, v, u**2, u * v, v**2, w[place], np.ones(N)]), y[place], design)
        estimates.append(FEATURES @ fit.coefficients[0, :5])
        variances.append(np.diag(FEATURES @ fit.covariance[0, :5, :5] @ FEATURES.T))
    pooled = pool(estimates, variances, df=float(fit.df[0]))
    assert_allclose(found.features.estimate, pooled.estimate, rtol=1e-8)
    assert_allclose(found.features.std_error, pooled.std_error, rtol=1e-8)
    assert_allclose(found.features.df, pooled.df, rtol=1e-6)
    assert found.below + found.close + found.above == pytest.approx(1)
    assert 0.2 < found.below < 0.5


def test_a_surface_without_noise_is_found_again():
    rng = np.random.default_rng(1)
    u, v = rng.uniform(-2, 2, (2, 60))
    # highest along the line of congruence, moved by one
    y = 4 + 0.5 * u - (u - v - 1) ** 2 + 1e-6 * rng.normal(size=60)
    found = fit_response_surface(u + 3, v + 3, y, simple_design(60), midpoint=3, covariance="classical")
    assert_allclose(found.features.estimate, [0.5, 0, 4.5, -4, 0], atol=1e-5)
    assert_allclose(found.slope_along("incongruence", 0.5).estimate, [0.5], atol=1e-5)
    assert_allclose(found.heights(4, 3), 0.5 - 0 + 1, atol=1e-5)
    assert found.quadratic.p_value < 1e-10


def test_a_bowl_has_its_bottom_and_its_axes():
    """Bends most along z = 2 x, through (1, -1)."""
    turn = np.array([[1.0, 2.0], [-2.0, 1.0]]) / np.sqrt(5)
    bend = turn.T @ np.diag([3.0, 1.0]) @ turn
    x0, z0 = 1.0, -1.0
    slope = -2 * bend @ [x0, z0]
    b = np.array([*slope, bend[0, 0], 2 * bend[0, 1], bend[1, 1]])
    covariance = np.diag([0.1, 0.2, 0.05, 0.08, 0.03]) + 0.01
    found = principal_axes(b, covariance, 100)
    assert_allclose(found.estimate, [x0, z0, 2, -3, -0.5, -0.5], atol=1e-12)
    step = 1e-6
    numeric = np.array(
        [
            (
                principal_axes(b + step * e, covariance, 9).estimate
                - principal_axes(b - step * e, covariance, 9).estimate
            )
            for e in np.eye(5)
        ]
    ).T / (2 * step)
    assert_allclose(found.std_error, np.sqrt(np.diag(numeric @ covariance @ numeric.T)), rtol=1e-6)
    low, high = found.intervals()
    assert ((low < found.estimate) & (found.estimate < high)).all()
    assert_allclose(found.intervals(1 - found.p_value[0])[0][0], 0, atol=1e-9)


def test_a_plane_has_no_axes():
    found = principal_axes(np.array([1.0, 2.0, 0.0, 0.0, 0.0]), np.eye(5), 50)
    assert np.isnan(found.estimate).all()
    assert np.isnan(found.std_error).all()


def test_a_moderator_changes_the_surface(data, design):
    x, z, y, w = data
    found = fit_response_surface(x, z, y, design, midpoint=50, moderator=5 + 2 * w)
    at = [found.features_at(value) for value in (found.centre, found.centre + 1)]
    assert_allclose(at[0].estimate, found.features.estimate, rtol=1e-9)
    assert_allclose(at[0].std_error, found.features.std_error, rtol=1e-9)
    assert_allclose(at[1].estimate - at[0].estimate, found.feature_changes.estimate, rtol=1e-7)
    # a3 changes by .6 per 10 points and two units of the moderator
    assert_allclose(found.feature_changes.estimate[2], 0.03, atol=4 * found.feature_changes.std_error[2])
    assert found.moderation.p_value < 0.01
    assert found.moderation.df1 == 5


def test_the_midpoint_moves_the_slopes_alone(data, design):
    x, z, y, _ = data
    one, other = (fit_response_surface(x, z, y, design, midpoint=midpoint) for midpoint in (50, 40))
    assert_allclose(one.features.estimate[[1, 3, 4]], other.features.estimate[[1, 3, 4]], rtol=1e-6)
    assert_allclose(other.slope_along("congruence", 10).estimate, one.features.estimate[:1], rtol=1e-6)
    assert_allclose(one.axes.estimate[0] + 50, other.axes.estimate[0] + 40, rtol=1e-5)
    assert_allclose(one.axes.std_error[2], other.axes.std_error[2], rtol=1e-5)


def test_wrong_input_is_refused(data, design):
    x, z, y, _ = data
    found = fit_response_surface(x, z, y, design, midpoint=50)
    assert not found.moderated
    with pytest.raises(ValueError, match="line is"):
        found.slope_along("diagonal", 0)
    for ask in (lambda: found.moderation, lambda: found.feature_changes, lambda: found.features_at(1.0)):
        with pytest.raises(ValueError, match="no moderator"):
            ask()
