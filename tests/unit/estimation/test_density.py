"""Kernel densities: against scipy with mirror images, and their properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from inspraak.estimation.density import SMALLEST_BANDWIDTH, estimate_density
from inspraak.estimation.design import SurveyDesign, effective_n, simple_design

SEEDS = st.integers(0, 10_000)
PROPERTY = settings(max_examples=15, deadline=None, derandomize=True)


@PROPERTY
@given(seed=SEEDS, n=st.sampled_from([2, 30, 493]))
def test_equals_scipy_with_mirror_images(sample, seed, n):
    drawn = sample(seed, n=max(n, 8), missing=0.1)
    result = estimate_density(drawn.values, drawn.design())
    for column in range(4):
        rows = ~np.isnan(drawn.values[:, column])
        values, weights = drawn.values[rows, column], drawn.weights[rows]
        kernel = stats.gaussian_kde(values, bw_method="silverman", weights=weights)
        bandwidth = np.sqrt(kernel.covariance[0, 0])
        assert result.bandwidth[column] == pytest.approx(max(bandwidth, SMALLEST_BANDWIDTH))
        images = sum(kernel(side * result.x + 200 * turn) for side in (1, -1) for turn in (-1, 0, 1))
        if bandwidth > SMALLEST_BANDWIDTH:
            assert_allclose(result.density[:, column], images, rtol=1e-9, atol=1e-15)
        assert result.effective_n[column] == pytest.approx(effective_n(weights))


@PROPERTY
@given(seed=SEEDS, n=st.sampled_from([2, 30, 493, 5_000]), discrete=st.booleans())
def test_it_is_a_density(seed, n, discrete):
    rng = np.random.default_rng(seed)
    scores = 25.0 * rng.integers(0, 5, n) if discrete else rng.uniform(0, 100, n)
    result = estimate_density(scores, SurveyDesign(rng.uniform(0.1, 9, n), np.zeros(n, dtype=int)))
    assert np.trapezoid(result.density[:, 0], result.x) == pytest.approx(1, abs=1e-9)
    assert (result.density >= 0).all()
    assert_array_equal(result.x, np.arange(101))


@PROPERTY
@given(seed=SEEDS)
def test_order_and_scale_of_weights_do_not_matter_and_a_mirror_mirrors(sample, seed):
    drawn = sample(seed)
    shuffled = drawn.in_order(np.random.default_rng(seed).permutation(drawn.n))
    plain = estimate_density(drawn.values, drawn.design()).density
    assert_allclose(
        estimate_density(shuffled.values, shuffled.design()).density, plain, rtol=1e-9, atol=1e-14
    )
    assert_allclose(
        estimate_density(drawn.values, drawn.design(scale=55)).density, plain, rtol=1e-9, atol=1e-14
    )
    mirrored = estimate_density(100 - drawn.values, drawn.design()).density
    assert_allclose(mirrored[::-1], plain, rtol=1e-8, atol=1e-13)


def test_a_single_employer_does_not_show():
    scores = np.append(np.full(400, 50.0), 80.0)
    result = estimate_density(scores, simple_design(401))
    assert result.bandwidth[0] == SMALLEST_BANDWIDTH
    height = stats.norm.pdf(0, scale=SMALLEST_BANDWIDTH)
    assert result.density[80, 0] == pytest.approx(height / 401, rel=1e-6)
    assert result.density[50, 0] == pytest.approx(400 / 401 * height, rel=1e-6)


def test_scores_at_an_end_keep_their_mass():
    result = estimate_density(np.zeros(40), simple_design(40))
    assert result.density[0, 0] == pytest.approx(2 * stats.norm.pdf(0, scale=SMALLEST_BANDWIDTH))
    assert np.trapezoid(result.density[:, 0]) == pytest.approx(1)


def test_fewer_than_two_scores_have_no_density():
    scores = np.column_stack([[np.nan, 5.0, np.nan], [np.nan] * 3, [1.0, 2, 3]])
    result = estimate_density(scores, simple_design(3))
    assert np.isnan(result.density[:, :2]).all()
    assert np.isfinite(result.density[:, 2]).all()
    assert_array_equal(result.n, [1, 0, 3])


def test_scores_outside_the_scale_are_refused():
    with pytest.raises(ValueError, match=r"outside 0\.\.100"):
        estimate_density(np.array([5.0, 101.0]), simple_design(2))
    estimate_density(np.array([5.0, 100.00000000000001]), simple_design(2))
