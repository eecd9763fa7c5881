"""Changes of many means between two waves of independent samples."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.distributions import t_p_value, t_quantile


@dataclass(frozen=True, eq=False)
class Changes:
    """The later of k means less the earlier; every array is (k,).

    `estimate`, `std_error` and the interval are in the unit of the means, `standardised` in pooled standard
    deviations of the units. NaN where a mean, its error or its degrees of freedom are unknown or neither mean has
    an error; `standardised` is NaN where nothing varies.
    """

    null_hypothesis: ClassVar[str] = "the means of both waves are equal"

    estimate: FloatArray
    std_error: FloatArray
    df: FloatArray
    p_value: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    standardised: FloatArray


def independent_changes(
    means: ArrayLike,
    std_errors: ArrayLike,
    df: ArrayLike,
    *,
    n: ArrayLike,
    deviations: ArrayLike,
    level: float = 0.95,
) -> Changes:
    """Compare k means of an earlier and a later wave whose samples were drawn apart.

    Every input is (2, k), earlier wave first: design-based means with their standard errors and degrees of
    freedom, the unweighted number of units `n` and their standard deviation. The variance of the change is the sum
    of both variances, which is too large where the same units are in both waves and answer alike. The t test and
    the interval have the degrees of freedom of Welch and Satterthwaite; the pooled deviation weighs each wave by
    n - 1.

    Source: Welch (1947), Biometrika 34, 28-35; Satterthwaite (1946); Cohen (1988), Statistical Power Analysis,
    2.5.2. R: t.test(later, earlier) for simple random samples. Raises ValueError for shapes that differ.
    """
    given = [np.asarray(array, dtype=np.float64) for array in (means, std_errors, df, n, deviations)]
    if any(array.shape != given[0].shape or array.shape[:1] != (2,) or array.ndim != 2 for array in given):
        raise ValueError(f"shapes {[array.shape for array in given]}; expected (2, k) throughout")
    points, errors, degrees, sizes, spread = given
    degrees = np.where(degrees > 0, degrees, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.square(errors).sum(axis=0)
        freedom = np.square(variance) / (errors**4 / degrees).sum(axis=0)
        pooled = pooled_deviations(sizes, spread)
        change = points[1] - points[0]
        error = np.where(np.isnan(freedom), np.nan, np.sqrt(variance))
        statistic, standardised = change / error, np.where(pooled > 0, change / pooled, np.nan)
    half = t_quantile((1 + level) / 2, freedom) * error
    return Changes(
        estimate=change,
        std_error=error,
        df=freedom,
        p_value=t_p_value(statistic, freedom),
        ci_low=change - half,
        ci_high=change + half,
        standardised=standardised,
    )


def pooled_deviations(n: FloatArray, deviations: FloatArray) -> FloatArray:
    """Give the standard deviation of the units of two waves, each wave weighed by n - 1 (Cohen 1988, 2.5.2).

    Both inputs are (2, k), the result (k,); NaN where a deviation is.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.sqrt(((n - 1) * np.square(deviations)).sum(axis=0) / (n.sum(axis=0) - 2)))
