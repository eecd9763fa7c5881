"""Rubin's rules: one answer from the answers of m imputed data sets."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.coefficients import WaldTest, wald_test
from inspraak.estimation.distributions import f_p_value, t_p_value, t_quantile


@dataclass(frozen=True, eq=False)
class PooledEstimates:
    """Estimates pooled over `imputations` data sets; arrays are shaped as the parameters.

    `relative_increase` is that of the variance by the missing answers, `share_between` (lambda) the share of
    the variance that lies between the data sets, `missing_information` the same for small numbers of data sets.
    """

    null_hypothesis: ClassVar[str] = "the parameter is zero"

    imputations: int
    estimate: FloatArray
    std_error: FloatArray
    df: FloatArray
    relative_increase: FloatArray
    share_between: FloatArray
    missing_information: FloatArray

    @property
    def statistic(self) -> FloatArray:
        """The t statistics; NaN where the standard error is zero."""
        statistic = np.full(self.estimate.shape, np.nan)
        np.divide(self.estimate, self.std_error, out=statistic, where=self.std_error > 0)
        return statistic

    @property
    def p_value(self) -> FloatArray:
        """Two-sided p-values from t."""
        return t_p_value(self.statistic, self.df)

    def times(self, factor: ArrayLike) -> "PooledEstimates":
        """Give the estimates in another unit: each times a factor above zero."""
        scale = np.asarray(factor, dtype=np.float64)
        return replace(self, estimate=self.estimate * scale, std_error=self.std_error * scale)

    def intervals(self, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Give the lower and upper bounds of the t intervals."""
        half = t_quantile((1 + level) / 2, self.df) * self.std_error
        return self.estimate - half, self.estimate + half


def pool(estimates: ArrayLike, variances: ArrayLike, *, df: ArrayLike = np.inf) -> PooledEstimates:
    """Pool parameters by Rubin's rules, all at once.

    `estimates` and `variances` (m, ...), one row per imputed data set; `df` the degrees of freedom had
    nothing been missing (the design's), a number or shaped as the parameters. A parameter that is NaN in
    any data set is NaN. Raises ValueError for fewer than two data sets and for shapes that differ.

    Source: Rubin (1987), Multiple Imputation for Nonresponse in Surveys, 3.1; degrees of freedom: Barnard &
    Rubin (1999), Biometrika 86, 948-955. R: mice::pool.
    """
    points, spread = np.asarray(estimates, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if points.shape != spread.shape or points.ndim == 0 or points.shape[0] < 2:
        raise ValueError(
            f"estimates have shape {points.shape}, variances {spread.shape}; expected the same, two data sets at least"
        )
    m = points.shape[0]
    within, between = spread.mean(axis=0), points.var(axis=0, ddof=1)
    total = within + (1 + 1 / m) * between
    with np.errstate(divide="ignore", invalid="ignore"):
        increase = (1 + 1 / m) * between / within
        share = (1 + 1 / m) * between / total
        old = (m - 1) / share**2
        complete = np.asarray(df, dtype=np.float64)
        observed = _observed_df(complete) * (1 - share)
        freedom = 1 / (1 / old + 1 / observed)
        missing = (increase + 2 / (freedom + 3)) / (increase + 1)
    # without any spread between the data sets nothing is lost by the missing answers
    missing = np.where(between == 0, 0.0 * within, missing)
    freedom = np.where(complete > 0, freedom, np.nan)
    return PooledEstimates(m, points.mean(axis=0), np.sqrt(total), freedom, increase, share, missing)


def combine(estimates: ArrayLike, variances: ArrayLike, *, df: ArrayLike = np.inf) -> PooledEstimates:
    """Pool as `pool` does; of one data set alone, give its own estimates, with unknown missing information (NaN).

    `estimates` and `variances` (m, ...). A parameter without degrees of freedom has none here either (NaN).
    """
    points, spread = np.asarray(estimates, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    if points.shape != spread.shape or points.shape[:1] != (1,):
        return pool(points, spread, df=df)
    unknown = np.full(points.shape[1:], np.nan)
    complete = np.broadcast_to(np.asarray(df, dtype=np.float64), unknown.shape)
    freedom = np.where((complete > 0) & ~np.isnan(spread[0]), complete, np.nan)
    return PooledEstimates(1, points[0], np.sqrt(spread[0]), freedom, unknown, unknown, unknown)


def pool_wald(estimates: ArrayLike, covariances: ArrayLike, *, df: float = np.inf) -> WaldTest:
    """Test that k parameters are all zero, over m imputed data sets.

    `estimates` (m, k), `covariances` (m, k, k), `df` as in `pool`. The missing information is taken to be the
    same for all k. NaN where the mean covariance is singular or anything is NaN. Raises ValueError for
    fewer than two data sets and for shapes that differ.

    Source: D1 of Li, Raghunathan & Rubin (1991), Journal of the American Statistical Association 86,
    1065-1073; degrees of freedom for a finite `df`: Reiter (2007), Biometrika 94, 502-508 (Barnard & Rubin
    for one parameter, and where k (m - 1) is at most 4 the smaller of 1991's and `df`). R: mice::D1.
    """
    points, matrices = np.asarray(estimates, dtype=np.float64), np.asarray(covariances, dtype=np.float64)
    if points.ndim != 2 or points.shape[0] < 2 or matrices.shape != (*points.shape, points.shape[-1]):
        raise ValueError(
            f"estimates have shape {points.shape}, covariances {matrices.shape}; expected (m, k)"
        )
    m, k = points.shape
    if k == 1:
        single = pool(points, matrices[:, :, 0], df=df)
        statistic, freedom = float(single.statistic[0] ** 2), float(single.df[0])
        return WaldTest(statistic, 1, freedom, f_p_value(statistic, 1, freedom))
    mean, within = points.mean(axis=0), matrices.mean(axis=0)
    error = np.sqrt(np.diag(within))
    scaled = within / np.outer(error, error) if (error > 0).all() else np.full((k, k), np.nan)
    if not np.isfinite(scaled).all() or not np.isfinite(mean).all() or np.linalg.cond(scaled) > 1e12:
        return WaldTest(float("nan"), k, float("nan"), float("nan"))
    deviations = (points - mean) / error
    between = deviations.T @ deviations / (m - 1)
    increase = (1 + 1 / m) * float(np.trace(np.linalg.solve(scaled, between))) / k
    t = mean / error
    statistic = float(t @ np.linalg.solve(scaled, t)) / (k * (1 + increase))
    freedom = _wald_df(increase, k, m, df)
    return WaldTest(statistic, k, freedom, f_p_value(statistic, k, freedom))


def combine_wald(estimates: ArrayLike, covariances: ArrayLike, *, df: float = np.inf) -> WaldTest:
    """Test as `pool_wald` does or, of one data set, by the plain F test."""
    points, matrices = np.asarray(estimates, dtype=np.float64), np.asarray(covariances, dtype=np.float64)
    if points.shape[:1] != (1,):
        return pool_wald(points, matrices, df=df)
    return wald_test(points[0], matrices[0], df)


def _observed_df(df: FloatArray) -> FloatArray:
    """Give (df + 1) / (df + 3) df, infinite for infinite df."""
    finite = np.where(np.isfinite(df), df, 0.0)
    return np.where(np.isfinite(df), (finite + 1) / (finite + 3) * finite, df)


def _wald_df(increase: float, k: int, m: int, df: float) -> float:
    t = k * (m - 1)
    if not df > 0:
        return float("nan")
    if increase == 0:
        return float(_observed_df(np.asarray(df)))
    if t <= 4:
        return min(t * (1 + 1 / k) * (1 + 1 / increase) ** 2 / 2, df)
    if not np.isfinite(df):
        return 4 + (t - 4) * (1 + (1 - 2 / t) / increase) ** 2
    a = increase * t / (t - 2)
    observed = float(_observed_df(np.asarray(df)))
    near, far = observed - 2 * (1 + a), observed - 4 * (1 + a)
    if far <= 0:
        return min(4.0, df)
    spread = a**2 * near / ((1 + a) ** 2 * far) + 8 * a**2 * near / ((1 + a) * far**2)
    spread += (
        4 * a**2 / ((1 + a) * far) + 4 * a**2 / (far * near) + 16 * a**2 * near / far**3 + 8 * a**2 / far**2
    )
    return 4 + 1 / (1 / far + spread / (t - 4))
