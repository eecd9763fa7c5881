"""Correlations over resamples: those of the weighted rows, and as far apart as sampling makes them."""

import numpy as np
import pytest

from inspraak.estimation.correlation import correlate
from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.resampled_correlation import resampled_correlations
from inspraak.estimation.resampling import resampled_weights


def drawn(n: int, gap: float) -> np.ndarray:
    rng = np.random.default_rng(3)
    values = 100 + rng.normal(size=(n, 1)) + rng.normal(size=(n, 4))
    values[rng.random((n, 4)) < gap] = np.nan
    return values


@pytest.mark.parametrize("gap", [0.0, 0.3])
def test_each_resample_gives_the_correlations_of_its_weighted_rows(gap: float) -> None:
    values, design = drawn(60, gap), simple_design(60)
    found = resampled_correlations(values, design, 5, np.random.default_rng(8))
    (weights,) = resampled_weights(design, 5, np.random.default_rng(8))
    for correlations, weight in zip(found, weights):
        expected = correlate(values, SurveyDesign(weight, np.zeros(60, dtype=int))).estimate
        np.testing.assert_allclose(correlations, expected, rtol=1e-9, atol=1e-12)


def test_their_spread_is_the_standard_error() -> None:
    values = drawn(400, 0.0)
    found = resampled_correlations(values, simple_design(400), 2000, np.random.default_rng(1))
    r = correlate(values, simple_design(400)).estimate[1, 0]
    assert found[:, 1, 0].std() == pytest.approx((1 - r**2) / np.sqrt(400), rel=0.12)
    assert found[:, 1, 0].mean() == pytest.approx(r, abs=0.01)


def test_a_column_that_does_not_vary_has_none() -> None:
    values = drawn(30, 0.0)
    values[:, 2] = 0.1
    found = resampled_correlations(values, simple_design(30), 20, np.random.default_rng(1))
    assert np.isnan(found[:, 2, [0, 1, 3]]).all()
    assert not np.isnan(found[:, 0, 1]).any()
    assert resampled_correlations(values, simple_design(30), 0, np.random.default_rng(1)).shape == (0, 4, 4)
