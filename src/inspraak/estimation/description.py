"""Means and differences between a group and the rest, for many columns and domains at once.

Domains keep the whole design: a row outside the domain counts in its stratum with score 0 (Lumley 2010,
Complex Surveys, 2.2), and so does a row without an answer. Columns are p, domains are g, results (p, g).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
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

    def of(self, rows: IntArray) -> "_Answers":
        """Take some rows; the arrays are copies, to be written in."""
        return _Answers(self.values[rows], self.answered[rows], self.weights[rows])

    @cached_property
    def products(self) -> FloatArray:
        """Weights times values, (n, p)."""
        return self.weights * self.values

    @cached_property
    def room(self) -> tuple[FloatArray, FloatArray]:
        """Two arrays (n, p) to write in, since memory that is asked for anew costs more than the sums in it."""
        return np.empty_like(self.values), np.empty_like(self.values)


@dataclass(frozen=True, eq=False)
class _Moments:
    """Weighted moments of p columns over some rows."""

    total_weight: FloatArray  # (p,)
    mean: FloatArray  # (p,)
    mean_square: FloatArray  # (p,) weighted mean squared distance to the mean
    n: IntArray  # (p,)

    @property
    def varies(self) -> BoolArray:
        """Whether two answers differ, (p,)."""
        return np.asarray(self.mean_square > ROUNDING * np.square(self.mean))


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
        those, order = answers.of(rows), design.order[rows]
        moments, influence = _moments(those)
        estimate[:, g], n[:, g], varying[:, g] = moments.mean, moments.n, moments.varies
        variance[:, g] = design.variance_of_totals(influence, rows=order, present=those.answered)
        df[:, g] = design.degrees_of_freedom(those.answered, rows=order)
        random[:, g] = _random_sampling_variance(moments, compared_with)
    error = np.where(n > 1, np.where(varying, np.sqrt(variance), 0.0), np.nan)
    half = np.where(varying, t_quantile((1 + level) / 2, df) * error, np.nan)
    effect = np.divide(variance, random, out=np.full(shape, np.nan), where=random > 0)
    return Means(estimate, error, estimate - half, estimate + half, df, n, effect)


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
    for alike in _alike(counted):
        rows = np.flatnonzero(counted[:, alike[0]])
        those, order = answers.of(rows), design.order[rows]
        df[:, alike] = design.degrees_of_freedom(those.answered, rows=order)[:, np.newaxis]
        for g in alike:
            rest, group, influence = _sides(those, inside[rows, g])
            variance[:, g] = design.variance_of_totals(influence, rows=order, present=those.answered)
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


def _moments(answers: _Answers) -> tuple[_Moments, FloatArray]:
    """Give the moments of rows, and their influence (r, p) on the mean: weight times distance over sum of weights.

    The mean first, then distances to it, so that no digits are lost. Values and weights of `answers` are written over.
    """
    distance, influence = answers.values, answers.weights
    n = answers.answered.sum(axis=0, dtype=np.int64)
    total = influence.sum(axis=0)
    per_total = np.divide(1.0, total, out=np.zeros_like(total), where=n > 0)
    mean = np.einsum("ij,ij->j", influence, distance) * per_total
    distance -= mean
    influence *= distance
    influence *= per_total
    mean_square = np.einsum("ij,ij->j", influence, distance)
    return _Moments(total, np.where(n > 0, mean, np.nan), mean_square, n), influence


def _sides(answers: _Answers, member: BoolArray) -> tuple[_Moments, _Moments, FloatArray]:
    """Give the moments of the rows (r,) outside and inside a group, and the influence (r, p) on their difference.

    The influence is that on the mean of the own side, with a minus outside; it stands in the room of `answers`.
    """
    both, side = np.stack([~member, member]).astype(np.float64), member.astype(np.int64)
    distance, influence = answers.room
    total = both @ answers.weights
    n = np.rint(both @ answers.answered).astype(np.int64)
    per_total = np.divide(1.0, total, out=np.zeros_like(total), where=n > 0)
    mean = both @ answers.products * per_total
    np.take(mean, side, axis=0, out=distance, mode="clip")
    np.subtract(answers.values, distance, out=distance)
    np.multiply(answers.weights, distance, out=influence)
    distance *= influence
    mean_square = both @ distance * per_total
    np.take(per_total * np.array([[-1.0], [1.0]]), side, axis=0, out=distance, mode="clip")
    influence *= distance
    rest, group = (
        _Moments(total[one], np.where(n[one] > 0, mean[one], np.nan), mean_square[one], n[one])
        for one in (0, 1)
    )
    return rest, group, influence


def _alike(masks: BoolArray) -> Iterator[IntArray]:
    """Give the places of the columns (n, g) that are the same, in order of the first of each."""
    first: dict[bytes, list[int]] = {}
    for place, column in enumerate(np.packbits(masks, axis=0).T):
        first.setdefault(column.tobytes(), []).append(place)
    yield from (np.array(places) for places in first.values())


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
