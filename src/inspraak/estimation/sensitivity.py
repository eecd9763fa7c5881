"""How much of x and of y something unmeasured must explain before a slope is nil: robustness value and benchmarks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.coefficients import wald_test
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.distributions import t_quantile
from inspraak.estimation.generalised import GeneralisedFit
from inspraak.estimation.imputed_regression import imputed_regression
from inspraak.estimation.pooling import PooledEstimates, combine
from inspraak.estimation.sandwich import Covariance


@dataclass(frozen=True, eq=False)
class BenchmarkBounds:
    """What a confounder k times as strong as g groups of controls would leave of the slope; arrays are (g, k).

    `share_of_x` and `share_of_y` are the shares of the variance of x (controls held constant) and of y (x and controls
    held constant) that it explains at most, 0 to 1. `estimate` and `std_error` are those of the slope with such a
    confounder held constant that works towards zero, `ci_low` and `ci_high` its interval. NaN where none can be so
    strong.
    """

    share_of_x: FloatArray
    share_of_y: FloatArray
    estimate: FloatArray
    std_error: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """The slope of y on x, (), and how sensitive it is to confounders that were not measured.

    `partial_r2` is the share of the variance of y that x explains beyond the controls: a confounder that explains all
    of the rest of y needs that share of x to make the slope nil. `residual_sd_ratio` is the SD of y over that of x,
    controls (and for y, x) held constant; `df` those of the residuals, `error_ratio` the pooled standard error over the
    classical one of weighted least squares.
    """

    null_hypothesis: ClassVar[str] = "the slope is zero"

    slope: PooledEstimates
    partial_r2: float
    residual_sd_ratio: float
    df: float
    error_ratio: float

    def robustness_value(self, *, q: float = 1.0, alpha: float | None = None) -> float:
        """Give the share, 0 to 1, of x and of y that a confounder must explain to lower the slope by a share `q`.

        With `alpha`, to bring the bound of the 1 - alpha interval there. 0 where the bound is there already. Source:
        Cinelli & Hazlett (2020), Journal of the Royal Statistical Society B 82, 39-67, sections 4.3 and 4.4; R:
        sensemakr::robustness_value. Larger standard errors than the classical widen the step to the bound by their
        ratio.
        """
        if self.partial_r2 >= 1:
            return 1.0
        if self.df <= 1:
            return float("nan")
        f = q * float(np.sqrt(self.partial_r2 / (1 - self.partial_r2)))
        critical = 0.0
        if alpha is not None:
            quantile = float(t_quantile(1 - alpha / 2, self.slope.df - 1))
            critical = self.error_ratio * quantile / np.sqrt(self.df - 1)
        step = f - critical
        if not step > 0:
            return 0.0 if step == step else float("nan")
        if critical > 0 and f > 1 / critical:
            return float((f**2 - critical**2) / (1 + f**2))
        return float((np.sqrt(step**4 + 4 * step**2) - step**2) / 2)

    def adjusted(self, share_of_x: ArrayLike, share_of_y: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Give slope and standard error if a confounder explained these shares (...,), and worked towards zero.

        Source: Cinelli & Hazlett (2020), equations 7 and 8; R: sensemakr::adjusted_estimate, adjusted_se.
        """
        of_x = np.asarray(share_of_x, dtype=np.float64)
        of_y = np.asarray(share_of_y, dtype=np.float64)
        slope, error = float(self.slope.estimate), float(self.slope.std_error)
        with np.errstate(invalid="ignore", divide="ignore"):
            bias = self.residual_sd_ratio * np.sqrt(of_y * of_x / (1 - of_x))
            inflated = error * np.sqrt((1 - of_y) / (1 - of_x) * self.df / (self.df - 1))
        possible = (of_x >= 0) & (of_x < 1) & (of_y >= 0) & (of_y <= 1)
        estimate = np.sign(slope) * (abs(slope) - bias)
        return np.where(possible, estimate, np.nan), np.where(possible, inflated, np.nan)

    def bounds(self, shares: FloatArray, strengths: FloatArray, level: float) -> BenchmarkBounds:
        """Bound the slope by controls that explain `shares` (g, 2) of x and of y, times `strengths` (k,)."""
        own_x, own_y = shares[:, :1], shares[:, 1:]
        with np.errstate(invalid="ignore", divide="ignore"):
            of_x = strengths * own_x / (1 - own_x)
            between = strengths * own_x**2 / ((1 - strengths * own_x) * (1 - own_x))
            factor = (np.sqrt(strengths) + np.sqrt(between)) / np.sqrt(1 - between)
            of_y = np.minimum(factor**2 * own_y / (1 - own_y), 1.0)
        of_x = np.where((of_x < 1) & (between < 1), of_x, np.nan)
        of_y = np.where(np.isnan(of_x), np.nan, of_y)
        estimate, error = self.adjusted(of_x, of_y)
        half = t_quantile((1 + level) / 2, self.slope.df) * error
        return BenchmarkBounds(of_x, of_y, estimate, error, estimate - half, estimate + half)


def assess_sensitivity(
    x: ArrayLike,
    y: ArrayLike,
    design: SurveyDesign,
    *,
    controls: ArrayLike | None = None,
    benchmarks: Sequence[Sequence[int]] = (),
    strengths: Sequence[float] = (1.0, 2.0, 3.0),
    included: ArrayLike | None = None,
    covariance: Covariance = "design",
    level: float = 0.95,
) -> tuple[Sensitivity, BenchmarkBounds]:
    """Judge the slope of y on x in a linear regression with controls, in every imputed data set.

    `x` and `y` (m, n) or (n,), `controls` (m, c, n) or (c, n); an intercept is added. Each benchmark names controls
    (indices) that count together, as the dummies of a category; `strengths` say how many times as strong a confounder
    is. `included` and `covariance` as in `imputed_regression.imputed_regression`. Shares of variance are those of
    weighted least squares, averaged over data sets.

    Source: Cinelli & Hazlett (2020), Journal of the Royal Statistical Society B 82, 39-67; R: sensemakr::sensemakr
    (for one data set and classical errors). Raises ValueError for wrong shapes and for indices of no control.
    """
    model = imputed_regression(
        {"x": x}, y, design, controls=controls, included=included, covariance=covariance
    )
    c = model.held.shape[1] - 1
    if not all(0 <= place < c for group in benchmarks for place in group):
        raise ValueError(f"benchmarks are {benchmarks}; expected indices from 0 to {c - 1}")
    fit = model.regress(model.columns)
    plain = replace(model, covariance="classical")
    of_y = plain.regress(model.columns, every_variance=True)
    of_x = replace(plain, y=model.columns[:, 0]).regress(model.columns[:, :0], every_variance=True)
    slope = combine(fit.coefficients[:, 0], fit.covariance[:, 0, 0], df=float(fit.df.min()))
    error = of_y.std_errors[:, 0]
    sensitivity = Sensitivity(
        slope=slope,
        partial_r2=float(_share(of_y, [0]).mean()),
        residual_sd_ratio=float((error * np.sqrt(np.maximum(of_y.df, 0))).mean()),
        df=float(of_y.df.min()),
        error_ratio=float(slope.std_error / error.mean()),
    )
    shares = np.array(
        [
            [_share(of_x, group).mean(), _share(of_y, [1 + place for place in group]).mean()]
            for group in benchmarks
        ]
    ).reshape(-1, 2)
    return sensitivity, sensitivity.bounds(shares, np.asarray(strengths, dtype=np.float64), level)


def _share(fit: GeneralisedFit, terms: Sequence[int]) -> FloatArray:
    """Give the share of variance that terms explain beyond the others in each data set, (m,): q F / (q F + df)."""
    found = []
    for b, v, df in zip(fit.coefficients[:, terms], fit.covariance[:, terms][:, :, terms], fit.df):
        explained = wald_test(b, v, float(df)).statistic * len(terms)
        found.append(explained / (explained + df))
    return np.array(found)
