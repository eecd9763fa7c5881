"""Quantiles with Woodruff intervals, for many columns, domains and levels at once.

A quantile is the smallest answer at which the weighted distribution function reaches its level; nothing is
interpolated. Columns are p, domains are g, levels are q, results (p, g, q). Every column is sorted once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_mask, as_matrix
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.distributions import t_quantile

QUARTILES = (0.25, 0.5, 0.75)
BLOCK = 4_000_000  # scores that are held at once
REACHED = (
    1e-10  # a distribution function that is nearer to a level than this has reached it: weights are sums
)


@dataclass(frozen=True, eq=False)
class Quantiles:
    """Quantiles of p columns in g domains at q levels, in the unit of the column; arrays are (p, g, q).

    `df` and `n` (rows that answered, unweighted) are (p, g). `estimate` is NaN without an answer, the rest with fewer
    than two. An end of the interval is NaN where the level that it stands for lies below 0 or above 1, and where no
    answer lies above the quantile; without both ends there is no `std_error`. `beside` counts the other rows at or
    beyond the quantile, on the side where they are fewer; `beside_interval` does so for the ends of the
    interval (0 where an end is NaN): a quantile is some row's answer.
    """

    estimate: FloatArray
    std_error: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    beside: IntArray
    beside_interval: IntArray
    df: IntArray
    n: IntArray


@dataclass(frozen=True, eq=False)
class _Columns:
    """p columns of n rows, each sorted once; rows without an answer stand last and weigh 0."""

    answers: FloatArray  # (n, p) in the order of the rows, infinite where there is no answer
    row: IntArray  # (p, n) which row stands at each place
    values: FloatArray  # (p, n)
    weights: FloatArray  # (p, n)
    rank: IntArray  # (p, n) rises where the answer does, and from column to column

    def among(self, member: BoolArray) -> "_Domain":
        """Take the rows of one domain, `member` (n,)."""
        p = self.row.shape[0]
        kept = np.flatnonzero(member[self.row])
        values, weights = (part.ravel()[kept].reshape(p, -1) for part in (self.values, self.weights))
        rank = self.rank.ravel()[kept].reshape(p, -1)
        n = np.isfinite(values).sum(axis=1, dtype=np.int64)
        total = np.where(n > 0, weights.sum(axis=1), np.nan)
        distribution: FloatArray = np.cumsum(weights, axis=1, dtype=np.float64)
        np.divide(distribution, np.where(n > 0, total, 1.0)[:, np.newaxis], out=distribution)
        return _Domain(values, distribution, rank, n, total)


@dataclass(frozen=True, eq=False)
class _Domain:
    """The r rows of one domain in every column; `place` (p, k) is where an answer stands in its column."""

    values: FloatArray  # (p, r)
    distribution: FloatArray  # (p, r) share of the weights at or before each place
    rank: IntArray  # (p, r)
    n: IntArray  # (p,) rows with an answer
    total: FloatArray  # (p,) sum of weights, NaN without an answer

    @cached_property
    def _column(self) -> IntArray:
        return np.arange(self.n.size)[:, np.newaxis]

    @cached_property
    def _stretched(self) -> FloatArray:
        """The distributions one after another: shares lie in [0, 1], so each column has a stretch of its own."""
        return np.asarray((self.distribution + 2 * self._column).ravel())

    def place(self, share: FloatArray) -> IntArray:
        """Find where the distribution reaches each `share` (p, k); shares outside [0, 1] give an end."""
        wanted = np.clip(np.nan_to_num(share), 0, 1) - REACHED + 2 * self._column
        found = np.searchsorted(self._stretched, wanted) - self.values.shape[1] * self._column
        return np.asarray(np.clip(found, 0, np.maximum(self.n - 1, 0)[:, np.newaxis]), dtype=np.int64)

    def at(self, place: IntArray) -> FloatArray:
        """Give the answer at `place`, NaN in a column without one."""
        return np.where(self.n[:, np.newaxis] > 0, np.take_along_axis(self.values, place, axis=1), np.nan)

    def reached(self, place: IntArray) -> FloatArray:
        """Give the share of the weights at or below the answer at `place`."""
        return np.take_along_axis(self.distribution, self._end(place, "right") - 1, axis=1)

    def beside(self, place: IntArray) -> IntArray:
        """Count the other rows at or beyond the answer at `place`, on the side where they are fewer."""
        below, above = self._end(place, "right") - 1, self.n[:, np.newaxis] - 1 - self._end(place, "left")
        return np.asarray(np.maximum(np.minimum(below, above), 0), dtype=np.int64)

    def _end(self, place: IntArray, side: Literal["left", "right"]) -> IntArray:
        """Count the places before the answer at `place`, or up to and with it."""
        rank = np.take_along_axis(self.rank, place, axis=1)
        found = np.searchsorted(self.rank.ravel(), rank, side=side) - self.values.shape[1] * self._column
        return np.asarray(found, dtype=np.int64)


def describe_quantiles(
    values: ArrayLike,
    domains: ArrayLike,
    design: SurveyDesign,
    *,
    levels: Sequence[float] = QUARTILES,
    level: float = 0.95,
) -> Quantiles:
    """Give design-based quantiles with Woodruff intervals, for every column in every domain.

    `values` (n, p) numbers on any scale, NaN = no answer; `domains` (n, g) booleans, which may overlap; `levels`
    between 0 and 1. The interval goes `level` wide, with t on the units less strata of the domain, around the
    distribution function at the quantile, and back through that function; the standard error is its width over
    2 t. Rows of weight 0 do not count.

    Source: Woodruff (1952), JASA 47, 635-646; Francisco & Fuller (1991), Annals of Statistics 19, 454-469. R:
    svyquantile(qrule = "math", interval.type = "mean"). Raises ValueError for wrong shapes and levels.
    """
    if not all(0 < one < 1 for one in levels):
        raise ValueError(f"levels are {tuple(levels)}; expected numbers between 0 and 1")
    columns = _columns(values, design)
    inside = as_mask(domains, rows=design.n, name="domains")
    shape = (columns.row.shape[0], inside.shape[1], len(levels))
    estimate, error, low, high = (np.full(shape, np.nan) for _ in range(4))
    beside, beside_interval = (np.zeros(shape, dtype=np.int64) for _ in range(2))
    n, df = (np.zeros(shape[:2], dtype=np.int64) for _ in range(2))
    for g in range(shape[1]):
        rows = design.order[inside[design.order, g]]
        if not rows.size:
            continue
        domain = columns.among(inside[:, g])
        present = columns.answers[rows]
        n[:, g], df[:, g] = domain.n, design.degrees_of_freedom(np.isfinite(present), rows=rows)
        place = domain.place(np.broadcast_to(np.array(levels), (shape[0], shape[2])))
        reached, at = domain.reached(place), domain.at(place)
        spread = _distribution_error(present, domain, (at, reached), design, rows)
        t = t_quantile((1 + level) / 2, df[:, g])[:, np.newaxis]
        low[:, g], high[:, g], beside_interval[:, g] = _interval(domain, reached, t * spread)
        estimate[:, g], beside[:, g] = at, domain.beside(place)
        error[:, g] = (high[:, g] - low[:, g]) / (2 * t)
    return Quantiles(estimate, error, low, high, beside, beside_interval, df, n)


def _columns(values: ArrayLike, design: SurveyDesign) -> _Columns:
    matrix = as_matrix(values, rows=design.n, name="values")
    answered = ~np.isnan(matrix) & (design.weights > 0)[:, np.newaxis]
    answers = np.where(answered, matrix, np.inf)
    row = np.argsort(answers.T, axis=1, kind="stable")
    ordered = np.take_along_axis(answers.T, row, axis=1)
    p, n = row.shape
    rank = np.zeros((p, n), dtype=np.int64)
    np.cumsum(ordered[:, 1:] != ordered[:, :-1], axis=1, out=rank[:, 1:])
    rank += (n + 1) * np.arange(p)[:, np.newaxis]
    return _Columns(answers, row, ordered, np.where(np.isfinite(ordered), design.weights[row], 0.0), rank)


def _distribution_error(
    answers: FloatArray,
    domain: _Domain,
    quantile: tuple[FloatArray, FloatArray],
    design: SurveyDesign,
    rows: IntArray,
) -> FloatArray:
    """Give the standard error of the distribution function at `quantile`: answers, and shares reached, each (p, q).

    `answers` (r, p) of `rows` (r,) in the order of the design. As many levels are taken together as fit in BLOCK.
    """
    present = np.isfinite(answers)
    weights = np.where(present, design.weights[rows, np.newaxis] / domain.total, 0.0)
    at, reached = (np.ascontiguousarray(part.T) for part in quantile)
    variance = np.empty(at.shape)
    step = max(1, BLOCK // answers.size) if answers.size else 1
    for first in range(0, at.shape[0], step):
        block = slice(first, first + step)
        scores = (answers[:, np.newaxis] <= at[block]) - reached[block]
        scores *= weights[:, np.newaxis]
        inside = np.tile(present, scores.shape[1]) if design.lonely == "average" else None
        flat = scores.reshape(rows.size, -1)
        found = design.variance_of_totals(flat, rows=rows, present=inside)
        variance[block] = found.reshape(scores.shape[1:])
    return np.where(domain.n[:, np.newaxis] > 1, np.sqrt(variance.T), np.nan)


def _interval(
    domain: _Domain, reached: FloatArray, half: FloatArray
) -> tuple[FloatArray, FloatArray, IntArray]:
    """Go `half` up and down from the shares `reached`, (p, q), and back to answers; with the rows beside them."""
    known = (reached < 1 - REACHED) & (domain.n[:, np.newaxis] > 1)
    share = np.hstack([reached - half, reached + half])
    inside = (share >= 0) & (share <= 1) & np.tile(known, 2)
    end = domain.place(share)
    low, high = np.hsplit(np.where(inside, domain.at(end), np.nan), 2)
    beside = np.hsplit(np.where(inside, domain.beside(end), 0), 2)
    return low, high, np.minimum(*beside)
