"""Quantiles and p-values of the t, normal and F distributions, element by element.

They stand on `scipy.special`, whose import is a tenth of that of `scipy.stats`. Degrees of freedom of
zero or less, and NaN, give NaN; infinite ones the normal distribution.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from inspraak.estimation.arrays import FloatArray


def _degrees(df: ArrayLike) -> FloatArray:
    degrees = np.asarray(df, dtype=np.float64)
    return np.where(degrees > 0, degrees, np.nan)


def t_quantile(probability: float, df: ArrayLike) -> FloatArray:
    """Give the quantile of Student's t at `probability` (R: qt)."""
    degrees = _degrees(df)
    finite = special.stdtrit(np.where(np.isinf(degrees), 1.0, degrees), probability)
    return np.where(np.isinf(degrees), normal_quantile(probability), finite)


def t_p_value(statistic: ArrayLike, df: ArrayLike) -> FloatArray:
    """Give the two-sided p-value of a t statistic (R: 2 * pt(-abs(t), df)).

    Through the incomplete beta function (Abramowitz & Stegun 1964, 26.7.1), exact far into the tail.
    """
    degrees = _degrees(df)
    squared = np.square(np.asarray(statistic, dtype=np.float64))
    bounded = np.where(np.isinf(degrees), 1.0, degrees)
    finite = special.betainc(bounded / 2, 0.5, bounded / (bounded + squared))
    return np.where(np.isinf(degrees), normal_p_value(statistic), finite)


def normal_quantile(probability: float) -> float:
    """Give the quantile of the standard normal at `probability` (R: qnorm)."""
    return float(special.ndtri(probability))


def normal_p_value(statistic: ArrayLike) -> FloatArray:
    """Give the two-sided p-value of a standard normal statistic (R: 2 * pnorm(-abs(z)))."""
    return np.asarray(2 * special.ndtr(-np.abs(np.asarray(statistic, dtype=np.float64))), dtype=np.float64)


def f_quantile(probability: float, df1: float, df2: float) -> float:
    """Give the quantile of F at `probability` (R: qf), by way of the beta distribution."""
    if not (df1 > 0 and df2 > 0):
        return float("nan")
    beta = float(special.betaincinv(df1 / 2, df2 / 2, probability))
    return df2 * beta / (df1 * (1 - beta))


def f_p_value(statistic: float, df1: float, df2: float) -> float:
    """Give the upper-tail p-value of an F statistic (R: pf(F, df1, df2, lower.tail = FALSE))."""
    if not (df1 > 0 and df2 > 0):
        return float("nan")
    if np.isinf(df2):
        return float(special.chdtrc(df1, df1 * statistic))
    return float(special.betainc(df2 / 2, df1 / 2, df2 / (df2 + df1 * statistic)))
