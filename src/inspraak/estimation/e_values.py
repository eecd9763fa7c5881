"""E-values: how strongly something unmeasured must go together with both x and y to explain an association away."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray

OF_A_DIFFERENCE = 0.91  # log risk ratio per SD of a difference (Chinn 2000; VanderWeele & Ding 2017)
OF_ITS_ERROR = 1.78  # the same times the normal quantile of a 95 % interval, as rounded in the source


@dataclass(frozen=True, eq=False)
class EValues:
    """E-values (...,) of risk ratios: `point` of the estimate, `bound` of the limit of its interval nearest to 1.

    At least 1. A confounder that goes together with x and with y, each by a risk ratio of that size, beyond the
    controls, could explain the association, or its interval, away; a weaker one could not. A bound of 1 says that the
    interval holds 1 already. NaN where the ratio is unknown.
    """

    point: FloatArray
    bound: FloatArray


def e_values(ratio: ArrayLike, low: ArrayLike, high: ArrayLike) -> EValues:
    """Give the E-values of risk ratios or ratios of rates (...,) above 0, with the limits of their intervals.

    Source: VanderWeele & Ding (2017), Annals of Internal Medicine 167, 268-274; R: EValue::evalues.RR. Raises
    ValueError for ratios of 0 or less and for an estimate outside its interval.
    """
    estimate, lower, upper = (np.asarray(one, dtype=np.float64) for one in (ratio, low, high))
    if (estimate <= 0).any() or (lower < 0).any():
        raise ValueError("ratios hold values of 0 or less")
    if ((lower > estimate) | (upper < estimate)).any():
        raise ValueError("a ratio lies outside its interval")
    nearest = np.where(estimate >= 1, np.maximum(lower, 1.0), np.minimum(upper, 1.0))
    unknown = np.isnan(estimate)
    return EValues(_needed(estimate), np.where(unknown, np.nan, _needed(nearest)))


def e_values_of_differences(estimate: ArrayLike, std_error: ArrayLike) -> EValues:
    """Give the E-values of differences (...,) in SDs of y, with their errors: the ratio is exp(.91 d).

    Source: VanderWeele & Ding (2017), table 2; R: EValue::evalues.MD, evalues.OLS.
    """
    effect, error = np.asarray(estimate, dtype=np.float64), np.asarray(std_error, dtype=np.float64)
    centre, half = OF_A_DIFFERENCE * effect, OF_ITS_ERROR * error
    return e_values(np.exp(centre), np.exp(centre - half), np.exp(centre + half))


def e_values_of_odds_ratios(
    ratio: ArrayLike, low: ArrayLike, high: ArrayLike, *, rare: bool = False
) -> EValues:
    """Give the E-values of odds ratios (...,): of their roots, unless fewer than 15 % answer yes (`rare`).

    Source: VanderWeele & Ding (2017), table 2; R: EValue::evalues.OR. Raises ValueError as `e_values`.
    """
    given = (np.asarray(one, dtype=np.float64) for one in (ratio, low, high))
    return e_values(*(one if rare else np.sqrt(one) for one in given))


def mediational_e_value(standardised: ArrayLike) -> FloatArray:
    """Give the E-values of indirect effects (...,) in SDs of y per SD of x: of exp(.91 effect).

    A confounder of mediator and y needs a risk ratio of that size with both. Source: Smith & VanderWeele (2019),
    Epidemiology 30, 835-837.
    """
    return _needed(np.exp(OF_A_DIFFERENCE * np.asarray(standardised, dtype=np.float64)))


def _needed(ratio: FloatArray) -> FloatArray:
    """Give r + sqrt(r (r - 1)) of a ratio, or of its inverse where it is below 1."""
    with np.errstate(divide="ignore"):
        r = np.where(ratio < 1, 1 / ratio, ratio)
    return np.asarray(r + np.sqrt(r * (r - 1)))
