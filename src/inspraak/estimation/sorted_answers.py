"""Answers of many columns, each sorted once, with the weighted distribution function of any domain.

Columns are p, rows n, places k. A place is where an answer stands in its sorted column.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_matrix
from inspraak.estimation.design import SurveyDesign

Rule = Literal["math", "school", "hf7"]
REACHED = (
    1e-10  # a distribution function that is nearer to a level than this has reached it: weights are sums
)


@dataclass(frozen=True, eq=False)
class SortedColumns:
    """p columns of n rows, each sorted once; rows without an answer stand last and weigh 0."""

    answers: FloatArray  # (n, p) in the order of the rows, infinite where there is no answer
    row: IntArray  # (p, n) which row stands at each place
    values: FloatArray  # (p, n)
    weights: FloatArray  # (p, n)
    rank: IntArray  # (p, n) rises where the answer does, and from column to column

    def among(self, member: BoolArray) -> "SortedDomain":
        """Take the rows of one domain, `member` (n,)."""
        p = self.row.shape[0]
        kept = np.flatnonzero(member[self.row])
        values, weights = (part.ravel()[kept].reshape(p, -1) for part in (self.values, self.weights))
        rank = self.rank.ravel()[kept].reshape(p, -1)
        n = np.isfinite(values).sum(axis=1, dtype=np.int64)
        total = np.where(n > 0, weights.sum(axis=1), np.nan)
        distribution: FloatArray = np.cumsum(weights, axis=1, dtype=np.float64)
        np.divide(distribution, np.where(n > 0, total, 1.0)[:, np.newaxis], out=distribution)
        return SortedDomain(values, distribution, rank, n, total)


@dataclass(frozen=True, eq=False)
class Located:
    """Quantiles, all (p, k): the `answer`, the places that it is made of, and `place`, the last one not above it."""

    answer: FloatArray
    first: IntArray
    second: IntArray
    place: IntArray


@dataclass(frozen=True, eq=False)
class SortedDomain:
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

    def quantile(self, share: FloatArray, rule: Rule) -> Located:
        """Find the quantiles at each `share` (p, k) by a rule; shares outside [0, 1] give an end.

        Between the answers that stand at two places next to each other: `math` takes the first at which the
        distribution function reaches the share; `school` their middle where it meets the share exactly; `hf7` runs a
        straight line through the answers at the shares W_(i-1) / W_(n-1), with W_i the weight up to and with place i.
        So under `hf7`, as in R, the order of rows with equal answers and unequal weights counts.
        """
        last = np.maximum(self.n - 1, 0)[:, np.newaxis]
        if rule == "hf7":
            without_last = np.take_along_axis(self.distribution, np.maximum(last - 1, 0), axis=1)
            share = np.clip(share, 0, 1) * without_last
        first = self.place(share)
        second = np.minimum(first + 1, last)
        part = self._part(share, first, rule)
        low, high = self.at(first), self.at(second)
        answer = np.where(part < 1, low + part * (high - low), high)
        return Located(
            answer, first, np.where(part > 0, second, first), np.where(answer >= high, second, first)
        )

    def _part(self, share: FloatArray, first: IntArray, rule: Rule) -> FloatArray:
        """Give how far from the answer at `first` towards the next a quantile lies, 0 to 1."""
        reached = np.take_along_axis(self.distribution, first, axis=1)
        if rule == "math":
            return np.zeros(share.shape)
        if rule == "school":
            return np.where(np.abs(reached - share) <= REACHED, 0.5, 0.0)
        earlier = np.take_along_axis(self.distribution, np.maximum(first - 1, 0), axis=1)
        before = np.where(first > 0, earlier, 0.0)
        step = reached - before
        part = np.divide(share - before, step, out=np.zeros(share.shape), where=step > 0)
        return np.clip(part, 0, 1)

    def reached(self, place: IntArray) -> FloatArray:
        """Give the share of the weights at or below the answer at `place`."""
        return np.take_along_axis(self.distribution, self._end(place, "right") - 1, axis=1)

    def beside(self, place: IntArray) -> IntArray:
        """Count the other rows at or beyond the answer at `place`, on the side where they are fewer."""
        below, above = self._end(place, "right") - 1, self.n[:, np.newaxis] - 1 - self._end(place, "left")
        return np.asarray(np.maximum(np.minimum(below, above), 0), dtype=np.int64)

    def beside_located(self, found: Located) -> IntArray:
        """Count the rows beside a quantile that may lie between two answers: those beside the one that has fewer."""
        return np.minimum(self.beside(found.first), self.beside(found.second))

    def _end(self, place: IntArray, side: Literal["left", "right"]) -> IntArray:
        """Count the places before the answer at `place`, or up to and with it."""
        rank = np.take_along_axis(self.rank, place, axis=1)
        found = np.searchsorted(self.rank.ravel(), rank, side=side) - self.values.shape[1] * self._column
        return np.asarray(found, dtype=np.int64)


def sort_columns(values: ArrayLike, design: SurveyDesign) -> SortedColumns:
    """Sort `values` (n, p), NaN = no answer, each column once; a row of weight 0 counts as one without an answer.

    Equal answers stay in the order of their rows. Raises ValueError for wrong shapes.
    """
    matrix = as_matrix(values, rows=design.n, name="values")
    answered = ~np.isnan(matrix) & (design.weights > 0)[:, np.newaxis]
    answers = np.where(answered, matrix, np.inf)
    row = np.argsort(answers.T, axis=1, kind="stable")
    ordered = np.take_along_axis(answers.T, row, axis=1)
    p, n = row.shape
    rank = np.zeros((p, n), dtype=np.int64)
    np.cumsum(ordered[:, 1:] != ordered[:, :-1], axis=1, out=rank[:, 1:])
    rank += (n + 1) * np.arange(p)[:, np.newaxis]
    return SortedColumns(
        answers, row, ordered, np.where(np.isfinite(ordered), design.weights[row], 0.0), rank
    )
