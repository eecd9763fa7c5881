"""Trimming of calibrated weights."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from inspraak.estimation.calibrated_design import calibrated
from inspraak.estimation.calibration import Margin, calibrate
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.trimming import calibrate_and_trim

PROPERTY = settings(max_examples=25, deadline=None, derandomize=True)


def draw(seed, *, n=400):
    rng = np.random.default_rng(seed)
    weights = np.exp(0.7 * rng.normal(size=n))
    margins = []
    for size in (3, 4):
        codes = np.where(np.arange(n) < size, np.arange(n) % size, rng.integers(0, size, n))
        known = np.bincount(codes) * rng.uniform(0.8, 1.2, size)
        margins.append(Margin(codes, known * 5000 / known.sum()))
    return weights, margins


@PROPERTY
@given(seed=st.integers(0, 10_000), method=st.sampled_from(["raking", "linear"]))
def test_cap_and_margins_hold_together(seed, method):
    weights, margins = draw(seed)
    plain = calibrate(weights, margins, method=method)
    result = calibrate_and_trim(weights, margins, times_median=3, method=method)
    assert result.converged
    assert result.deviation <= 1e-12
    assert_allclose(result.cap, 3 * np.median(plain.weights))
    assert result.weights.max() <= result.cap * (1 + 1e-8)
    assert 0 < result.trimmed == np.sum(result.weights > result.cap * (1 - 1e-6))
    assert result.spread()[1].design_effect < plain.spread()[1].design_effect
    assert_allclose(result.base_weights, weights)


def test_a_cap_above_every_weight_changes_nothing():
    weights, margins = draw(1)
    result = calibrate_and_trim(weights, margins, times_median=1000)
    assert result.trimmed == 0
    assert_allclose(result.weights, calibrate(weights, margins).weights, rtol=0)


def test_the_excess_is_shared_in_proportion():
    """One margin: 90 over weights (1, 1, 2, 5) gives (10, 10, 20, 50); the cap of 2 medians is 30."""
    margin = Margin(np.zeros(4, dtype=int), np.array([90.0]))
    result = calibrate_and_trim(np.array([1.0, 1, 2, 5]), [margin], times_median=2)
    assert result.cap == pytest.approx(30)
    assert_allclose(result.weights, [15, 15, 30, 30])
    assert result.trimmed == 2


def test_a_cap_that_the_margins_forbid_is_reported():
    """A category of 60 with one row cannot stay below a cap of 2 medians."""
    margin = Margin(np.array([0, 1, 1, 1, 1]), np.array([60.0, 40]))
    result = calibrate_and_trim(np.ones(5), [margin], times_median=2, rounds=20)
    assert not result.converged
    assert result.failing_margin == 0
    assert result.weights.max() <= result.cap * (1 + 1e-8)


def test_margins_that_fail_before_trimming_are_reported():
    codes = np.array([0, 0, 1, 1])
    margins = [Margin(codes, np.array([5.0, 5])), Margin(codes, np.array([4.0, 6]))]
    result = calibrate_and_trim(np.ones(4), margins, times_median=2)
    assert not result.converged


def test_trimmed_weights_make_a_calibrated_design():
    weights, margins = draw(2)
    result = calibrate_and_trim(weights, margins, times_median=2.5)
    design = calibrated(SurveyDesign(weights, np.arange(400) % 4), result)
    fixed = design.weights[:, np.newaxis] * result.auxiliary
    assert (np.sqrt(design.variance_of_totals(fixed)) < 1e-8 * fixed.sum(axis=0)).all()


def test_a_cap_of_the_median_is_refused():
    weights, margins = draw(3)
    with pytest.raises(ValueError, match="above 1"):
        calibrate_and_trim(weights, margins, times_median=1)
