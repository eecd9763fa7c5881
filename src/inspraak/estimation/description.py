"""Means, shares and differences between a group and the rest, for many columns and domains at once.

Domains keep the whole design: a row outside the domain counts in its stratum with score 0 (Lumley 2010,
Complex Surveys, 2.2), and so does a row without an answer. Columns are p, domains are g, results (p, g).
"""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_mask, as_matrix
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.distributions import t_p_value, t_quantile

Comparison = Literal["replacement", "population"]

ROUNDING = 1e-22  # mean squared distance over squared mean: below this the answers are all the same


@dataclass(frozen=True, eq=False)
class Means:
    """Means or shares of p columns in g domains; every array is (p, g), in the unit of the column.

    `n` counts the rows that answered (unweighted, with a positive weight). `estimate` is NaN without an
    answer, `std_error` with fewer than two; the interval is NaN where there are no degrees of freedom or
    where all answers are the same. `design_effect` is NaN where the answers do not vary.
    """

    estimate: FloatArray
    std_error: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    df: IntArray
    n: IntArray
    design_effect: FloatArray

    def row(self, column: int, domain: int) -> dict[str, float]:
        """Give one estimate as a tidy row."""
        names = ("n", "estimate", "std_error", "ci_low", "ci_high", "df", "design_effect")
        return {name: getattr(self, name)[column, domain].item() for name in names}


@dataclass(frozen=True, eq=False)
class Differences:
    """Group less rest for p columns and g groups; every array is (p, g), in the unit of the column.

    `n_group` and `n_rest` count the rows that answered. Everything is NaN unless group and rest both
    have two answers; statistic, p-value and interval are NaN too without variance or degrees of freedom.
    """

    null_hypothesis: ClassVar[str] = "the mean of the group equals the mean of the rest"

    estimate: FloatArray
    std_error: FloatArray
    df: IntArray
    statistic: FloatArray
    p_value: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    cohens_d: FloatArray
    n_group: IntArray
    n_rest: IntArray

    def row(self, column: int, group: int) -> dict[str, float]:
        """Give one difference as a tidy row."""
        names = ("estimate", "std_error", "df", "statistic", "p_value", "ci_low", "ci_high", "cohens_d")
        return {name: getattr(self, name)[column, group].item() for name in ("n_group", "n_rest", *names)}


@dataclass(frozen=True, eq=False)
class _Answers:
    """The columns in order of stratum, gaps filled with 0; a weight of 0 marks them."""

    values: FloatArray  # (n, p)
    answered: BoolArray  # (n, p)
    weights: FloatArray  # (n, p)


@dataclass(frozen=True, eq=False)
class _Moments:
    """Weighted moments of p columns over some rows (r)."""

    total_weight: FloatArray  # (p,)
    mean: FloatArray  # (p,)
    influence: FloatArray  # (r, p) weight times distance to the mean, over the sum of weights
    mean_square: FloatArray  # (p,) weighted mean squared distance to the mean
    n: IntArray  # (p,)
    varies: BoolArray  # (p,) whether two answers differ


def describe_means(
    values: ArrayLike,
    domains: ArrayLike,
    design: SurveyDesign,
    *,
    level: float = 0.95,
    compared_with: Comparison = "replacement",
) -> Means:
    """Give design-based means with t intervals, for every column in every domain.

    `values` (n, p) numbers on any scale, NaN = no answer; `domains` (n, g) booleans, which may overlap.
    Standard errors by Taylor linearisation; intervals with t on the units less strata that have an
    answering unit in the domain. `design_effect` compares with simple random sampling of the answering
    rows, with `replacement` or without, out of a `population` of sum(weights).

    Source: Binder (1983), section 4; Kish (1965), 8.2. R: svymean, svyby, confint(df = degf(subset(...))),
    deff = "replace" for `replacement` and deff = TRUE for `population`. Raises ValueError for wrong shapes.
    """
    answers = _answers(values, design)
    inside = as_mask(domains, rows=design.n, name="domains")[design.order]
    shape = (answers.values.shape[1], inside.shape[1])
    estimate, variance, random = (np.full(shape, np.nan) for _ in range(3))
    n, df = (np.zeros(shape, dtype=np.int64) for _ in range(2))
    varying = np.zeros(shape, dtype=np.bool_)
    for g in range(shape[1]):
        rows = np.flatnonzero(inside[:, g])
        moments, present = _moments(answers, rows), answers.answered[rows]
        estimate[:, g], n[:, g], varying[:, g] = moments.mean, moments.n, moments.varies
        variance[:, g], df[:, g] = _variance(moments.influence, present, design, design.order[rows])
        random[:, g] = _random_sampling_variance(moments, compared_with)
    error = np.where(n > 1, np.where(varying, np.sqrt(variance), 0.0), np.nan)
    half = np.where(varying, t_quantile((1 + level) / 2, df) * error, np.nan)
    effect = np.divide(variance, random, out=np.full(shape, np.nan), where=random > 0)
    return Means(estimate, error, estimate - half, estimate + half, df, n, effect)


def describe_shares(
    indicators: ArrayLike,
    domains: ArrayLike,
    design: SurveyDesign,
    *,
    level: float = 0.95,
    compared_with: Comparison = "replacement",
) -> Means:
    """Give design-based shares (0 to 1) with logit intervals, for every indicator in every domain.

    `indicators` (n, p) of 0, 1 and NaN; everything else as describe_means. The interval is symmetric on
    the logit scale, with standard error SE / (s (1 - s)); a share of 0 or 1 gets none.

    Source: Korn & Graubard (1998), Survey Methodology 24, 193-201; R: svyciprop(method = "logit"). Raises
    ValueError for values other than 0 and 1 and for wrong shapes.
    """
    matrix = as_matrix(indicators, rows=design.n, name="indicators")
    if not (np.isnan(matrix) | (matrix == 0) | (matrix == 1)).all():
        raise ValueError("indicators hold values other than 0, 1 and NaN")
    means = describe_means(matrix, domains, design, level=level, compared_with=compared_with)
    share = np.where(np.isfinite(means.ci_low), means.estimate, np.nan)
    centre = np.log(share) - np.log1p(-share)
    half = t_quantile((1 + level) / 2, means.df) * means.std_error / (share * (1 - share))
    low, high = 1 / (1 + np.exp(half - centre)), 1 / (1 + np.exp(-half - centre))
    return replace(means, ci_low=low, ci_high=high)


def difference_from_rest(
    values: ArrayLike,
    groups: ArrayLike,
    design: SurveyDesign,
    *,
    universe: ArrayLike | None = None,
    level: float = 0.95,
) -> Differences:
    """Compare the mean of each group with the mean of all others, for every column.

    `values` (n, p), NaN = no answer; `groups` (n, g) booleans. `universe` (n,) or (n, g) booleans says who
    counts as group or rest, e.g. those whose sector is known (default: everyone). Two-sided p with t on
    units less strata less 1. Cohen's d is the difference over the pooled weighted SD, the root of the
    weighted mean square within group and rest times n / (n - 2), so that with equal weights it is the
    usual d.

    Source: R svyttest; Cohen (1988), Statistical Power Analysis, 2.5.2. Raises ValueError for wrong shapes.
    """
    answers = _answers(values, design)
    inside = as_mask(groups, rows=design.n, name="groups")[design.order]
    everyone = np.ones(design.n, dtype=np.bool_) if universe is None else universe
    counted = np.broadcast_to(as_mask(everyone, rows=design.n, name="universe")[design.order], inside.shape)
    shape = (answers.values.shape[1], inside.shape[1])
    estimate, variance, spread = (np.full(shape, np.nan) for _ in range(3))
    df, n_group, n_rest = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    for g in range(shape[1]):
        rows = np.flatnonzero(counted[:, g])
        member = inside[rows, g]
        group, rest = _moments(answers, rows[member]), _moments(answers, rows[~member])
        influence = np.empty((rows.size, shape[0]))
        influence[member], influence[~member] = group.influence, -rest.influence
        present = answers.answered[rows]
        variance[:, g], df[:, g] = _variance(influence, present, design, design.order[rows])
        estimate[:, g], spread[:, g] = group.mean - rest.mean, _pooled_sd(group, rest)
        n_group[:, g], n_rest[:, g] = group.n, rest.n
    known = (n_group > 1) & (n_rest > 1)
    estimate, error = np.where(known, estimate, np.nan), np.where(known, np.sqrt(variance), np.nan)
    return _tested(estimate, error, spread, df - 1, n_group, n_rest, level)


def _tested(
    estimate: FloatArray,
    error: FloatArray,
    spread: FloatArray,
    df: IntArray,
    n_group: IntArray,
    n_rest: IntArray,
    level: float,
) -> Differences:
    """Add test, interval and effect size where group and rest vary; without spread there is no test."""
    certain = ~(spread > 0)
    statistic = np.divide(estimate, error, out=np.full(error.shape, np.nan), where=(error > 0) & ~certain)
    half = np.where(certain, np.nan, t_quantile((1 + level) / 2, df) * error)
    effect = np.divide(estimate, spread, out=np.full(error.shape, np.nan), where=~certain)
    p_value = t_p_value(statistic, df)
    low, high = estimate - half, estimate + half
    return Differences(estimate, error, df, statistic, p_value, low, high, effect, n_group, n_rest)


def _answers(values: ArrayLike, design: SurveyDesign) -> _Answers:
    ordered = as_matrix(values, rows=design.n, name="values")[design.order]
    weights = design.weights[design.order, np.newaxis]
    answered = ~np.isnan(ordered) & (weights > 0)
    return _Answers(np.where(answered, ordered, 0.0), answered, weights * answered)


def _moments(answers: _Answers, rows: IntArray) -> _Moments:
    """Take the moments in two passes: the mean first, then distances to it, so that no digits are lost."""
    values, weights = answers.values[rows], answers.weights[rows]
    n = answers.answered[rows].sum(axis=0, dtype=np.int64)
    total = weights.sum(axis=0)
    per_total = np.divide(1.0, total, out=np.zeros_like(total), where=n > 0)
    mean = np.einsum("ij,ij->j", weights, values) * per_total
    values -= mean
    weights *= values
    weights *= per_total
    mean_square = np.einsum("ij,ij->j", weights, values)
    varies = mean_square > ROUNDING * np.square(mean)
    return _Moments(total, np.where(n > 0, mean, np.nan), weights, mean_square, n, varies)


def _variance(
    influence: FloatArray, present: BoolArray, design: SurveyDesign, rows: IntArray
) -> tuple[FloatArray, IntArray]:
    variance = design.variance_of_totals(influence, rows=rows, present=present)
    return variance, design.degrees_of_freedom(present, rows=rows)


def _random_sampling_variance(moments: _Moments, compared_with: Comparison) -> FloatArray:
    """Give the variance of the mean of a simple random sample of as many rows; 0 or NaN if undefined."""
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(moments.varies, moments.mean_square / (moments.n - 1), np.nan)
        if compared_with == "population":
            variance = variance * (1 - moments.n / moments.total_weight)
    return variance


def _pooled_sd(group: _Moments, rest: _Moments) -> FloatArray:
    """Give the root of the weighted mean square within group and rest, times n / (n - 2)."""
    n = group.n + rest.n
    with np.errstate(divide="ignore", invalid="ignore"):
        total = group.total_weight + rest.total_weight
        within = group.total_weight * group.mean_square + rest.total_weight * rest.mean_square
        pooled = np.sqrt(within / total * n / (n - 2))
    return np.where((n > 2) & (group.varies | rest.varies), pooled, np.nan)
