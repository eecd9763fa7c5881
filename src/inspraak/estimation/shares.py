"""Shares with intervals that hold up where few have the property: logit where many do, Korn & Graubard's elsewhere."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

from inspraak.estimation.arrays import FloatArray, IntArray, as_matrix
from inspraak.estimation.description import Comparison, Means, describe_means
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.distributions import t_quantile

FEW_CASES = 20.0
"""Effective cases on the rarer side below which an interval is Korn & Graubard's."""
LOGIT, KORN_GRAUBARD = "logit", "korn_graubard"


@dataclass(frozen=True, eq=False)
class Shares(Means):
    """Shares (0 to 1) of p columns in g domains; `interval` (p, g) names how each interval is made, "" without one."""

    interval: NDArray[np.object_]


def describe_shares(
    indicators: ArrayLike,
    domains: ArrayLike,
    design: SurveyDesign,
    *,
    level: float = 0.95,
    compared_with: Comparison = "replacement",
    few_cases: float = FEW_CASES,
) -> Shares:
    """Give design-based shares (0 to 1) with intervals, for every indicator in every domain.

    `indicators` (n, p) of 0, 1 and NaN; everything else as describe_means. Cases are the effective number of rows,
    s (1 - s) / SE^2 and at most those that answered, times min(s, 1 - s). From `few_cases` on the interval is
    symmetric on the logit scale, with standard error SE / (s (1 - s)); with fewer it is that of Korn & Graubard, which
    is asymmetric and as a rule a little too wide, where logit intervals end too soon. A share of 0 or 1 gets none.

    Source: Korn & Graubard (1998), Survey Methodology 24, 193-201; R: svyciprop(method = "logit" or "beta"). Raises
    ValueError for values other than 0 and 1 and for wrong shapes.
    """
    matrix = as_matrix(indicators, rows=design.n, name="indicators")
    if not (np.isnan(matrix) | (matrix == 0) | (matrix == 1)).all():
        raise ValueError("indicators hold values other than 0, 1 and NaN")
    means = describe_means(matrix, domains, design, level=level, compared_with=compared_with)
    share = np.where(np.isfinite(means.ci_low), means.estimate, np.nan)
    low, high, names = share_intervals(
        share, means.std_error, n=means.n, df=means.df, level=level, few_cases=few_cases
    )
    given: dict[str, Any] = {one.name: getattr(means, one.name) for one in fields(means)}
    return Shares(**given | {"ci_low": low, "ci_high": high}, interval=names)


def share_intervals(
    share: FloatArray,
    std_error: FloatArray,
    *,
    n: IntArray,
    df: ArrayLike,
    level: float = 0.95,
    few_cases: float = FEW_CASES,
) -> tuple[FloatArray, FloatArray, NDArray[np.object_]]:
    """Give the bounds of the intervals of shares (0 to 1), and how each is made, as `describe_shares` does.

    `n` counts the rows that answered, `df` the degrees of freedom. A share of 0, 1 or NaN gets no interval (NaN, "").
    """
    varies = (std_error > 0) & (share > 0) & (share < 1)
    inner, degrees = np.where(varies, share, np.nan), np.asarray(df, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = np.minimum(inner * (1 - inner) / np.square(std_error), n)
    few = varies & (effective * np.minimum(inner, 1 - inner) < few_cases)
    logit = _logit(inner, std_error, degrees, level)
    exact = _korn_graubard(inner, effective, n, degrees, level)
    low, high = (np.where(few, *pair) for pair in zip(exact, logit))
    names = np.where(varies, np.where(few, KORN_GRAUBARD, LOGIT), "").astype(object)
    return low, high, names


def _logit(
    share: FloatArray, std_error: FloatArray, df: FloatArray, level: float
) -> tuple[FloatArray, FloatArray]:
    """Give the interval that is symmetric on the logit scale."""
    centre = np.log(share) - np.log1p(-share)
    half = t_quantile((1 + level) / 2, df) * std_error / (share * (1 - share))
    return 1 / (1 + np.exp(half - centre)), 1 / (1 + np.exp(-half - centre))


def _korn_graubard(
    share: FloatArray, effective: FloatArray, n: IntArray, df: FloatArray, level: float
) -> tuple[FloatArray, FloatArray]:
    """Give Clopper and Pearson's interval of the effective cases among the effective rows.

    The rows are times (t of n - 1 degrees of freedom / t of the design's)^2, so that few units widen the interval.
    """
    tail = (1 - level) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        rows = effective * np.square(t_quantile(1 - tail, n - 1) / t_quantile(1 - tail, df))
    cases, others = rows * share, rows * (1 - share)
    low, high = betaincinv(cases, others + 1, tail), betaincinv(cases + 1, others, 1 - tail)
    return np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
