"""Quantiles and p-values: against scipy.stats, far into the tails."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from inspraak.estimation.distributions import (
    f_p_value,
    f_quantile,
    normal_p_value,
    normal_quantile,
    t_p_value,
    t_quantile,
)

DEGREES = np.array([1, 2, 2.5, 10, 387, 1e5])


@pytest.mark.parametrize("statistic", [0.0, 1e-9, 0.3, 1.96, 8.0, 40.0])
def test_p_values(statistic):
    assert_allclose(t_p_value(statistic, DEGREES), 2 * stats.t.sf(statistic, DEGREES), rtol=1e-9)
    assert_allclose(t_p_value(-statistic, DEGREES), t_p_value(statistic, DEGREES))
    assert_allclose(normal_p_value(-statistic), 2 * stats.norm.sf(statistic), rtol=1e-12)
    assert_allclose(f_p_value(statistic, 3, 40.5), stats.f.sf(statistic, 3, 40.5), rtol=1e-9)


@pytest.mark.parametrize("probability", [0.025, 0.5, 0.95, 0.975, 0.9995])
def test_quantiles(probability):
    assert_allclose(
        t_quantile(probability, DEGREES), stats.t.ppf(probability, DEGREES), rtol=1e-9, atol=1e-12
    )
    assert_allclose(normal_quantile(probability), stats.norm.ppf(probability), atol=1e-15)
    assert_allclose(f_quantile(probability, 407, 2849), stats.f.ppf(probability, 407, 2849), rtol=1e-9)


def test_without_degrees_of_freedom_there_is_no_number():
    assert np.isnan(t_quantile(0.975, [0, -3, np.nan])).all()
    assert np.isnan(t_p_value(2.0, [0, -3, np.nan])).all()
    assert np.isnan(f_quantile(0.975, 0, 10))
    assert np.isnan(f_p_value(2.0, 2, 0))
    assert np.isnan(f_p_value(float("nan"), 2, 10))


def test_infinite_degrees_of_freedom_are_the_normal():
    t = np.array([-2.0, 0.3, 12.0])
    assert_allclose(t_p_value(t, [np.inf, np.inf, 5.0]), [*normal_p_value(t[:2]), t_p_value(12.0, 5.0)])
    assert_allclose(t_quantile(0.975, [np.inf, 4.0]), [normal_quantile(0.975), t_quantile(0.975, 4.0)])
    assert f_p_value(1.7, 3, np.inf) == pytest.approx(stats.chi2.sf(5.1, 3))
