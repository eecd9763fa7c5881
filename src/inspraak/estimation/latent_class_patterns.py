"""Response patterns: what a latent class model needs of the answers, equal rows of answers counted once.

The model of a wave, those of samples drawn under a null and those of resampled employers are fitted side by side, so
every array has an axis of data sets first.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.design import effective_n

LARGEST = 2**62  # code of a pattern


@dataclass(frozen=True, eq=False)
class Patterns:
    """The p patterns of d data sets: `indicator` (d, l, p) is 1 where a pattern has an answer, `weights` (d, p).

    The l answers are those of item after item, `sizes` (j,) of each; an item without an answer has zeros only, so that
    it is left out of the likelihood. A pattern of weight 0 fills up a data set that has fewer. `indicator` may be
    (1, l, p) where all data sets have the same patterns.
    """

    indicator: FloatArray
    weights: FloatArray
    sizes: IntArray

    @cached_property
    def answers(self) -> FloatArray:
        """The indicators with patterns before answers, (d, p, l)."""
        return np.ascontiguousarray(self.indicator.swapaxes(1, 2))

    @cached_property
    def first(self) -> IntArray:
        """Where the answers of each item begin, (j,)."""
        return first_answers(self.sizes)

    def of(self, places: IntArray) -> "Patterns":
        """Give some of the data sets."""
        indicator = self.indicator if len(self.indicator) == 1 else self.indicator[places]
        return Patterns(indicator, self.weights[places], self.sizes)


@dataclass(frozen=True, eq=False)
class AnsweredRows:
    """The rows with a weight and an answer, in an order that rests on their answers and weights alone.

    `codes` (r, j) are 0, 1, ... within each item, -1 without an answer; `weights` (r,) add up to Kish's effective
    number of rows; `rows` (r,) are their places in the data as given; `pattern` (r,) says which pattern each has.
    """

    codes: IntArray
    weights: FloatArray
    rows: IntArray
    sizes: IntArray
    pattern: IntArray

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.rows.size)

    @property
    def effective_n(self) -> float:
        """Kish's effective number of rows."""
        return float(self.weights.sum())

    @cached_property
    def patterns(self) -> Patterns:
        """The patterns of these rows, one data set."""
        return patterns_of(self.codes[np.newaxis], self.weights[np.newaxis], self.sizes)


def first_answers(sizes: IntArray) -> IntArray:
    """Give where the answers of each item begin, where all answers stand in one row."""
    return np.cumsum(sizes) - sizes


def answered_rows(codes: IntArray, weights: FloatArray) -> AnsweredRows:
    """Gather the rows of `codes` (n, j) with an answer (not -1) and a positive weight (n,).

    Answers that nobody gives are no answers of an item. Weights are scaled to add up to the effective number of rows:
    so scaled the likelihood of a weighted sample varies about as that of as many employers of equal weight, which
    criteria and likelihood ratios take it for.
    """
    used = np.flatnonzero((codes >= 0).any(axis=1) & (weights > 0))
    codes, weights = codes[used], weights[used]
    columns, sizes = np.full_like(codes, -1), np.zeros(codes.shape[1], dtype=np.int64)
    for item, column in enumerate(codes.T):
        known = column >= 0
        values, columns[known, item] = np.unique(column[known], return_inverse=True)
        sizes[item] = values.size
    pattern = _number(columns, sizes)
    order = np.lexsort((weights, pattern))
    scaled = weights * (effective_n(weights) / weights.sum()) if used.size else weights
    return AnsweredRows(columns[order], scaled[order], used[order], sizes, pattern[order])


def patterns_of(codes: IntArray, weights: FloatArray, sizes: IntArray) -> Patterns:
    """Count equal rows once in each of d data sets: `codes` (d, r, j), `weights` (d, r) or (1, r)."""
    d, r, _ = codes.shape
    pattern = _number(codes.reshape(d * r, -1), sizes).reshape(d, r)
    span = int(pattern.max(initial=0)) + 1
    met, inverse = np.unique(pattern + span * np.arange(d)[:, np.newaxis], return_inverse=True)
    inverse = inverse.reshape(-1)
    data = met // span
    place = np.arange(met.size) - np.searchsorted(data, np.arange(d))[data]  # within its data set
    p = int(place.max(initial=0)) + 1
    summed = np.bincount(inverse, weights=np.broadcast_to(weights, (d, r)).ravel(), minlength=met.size)
    total = np.zeros((d, p))
    total[data, place] = summed
    example = np.empty(met.size, dtype=np.int64)
    example[inverse] = np.arange(d * r)
    answers = codes.reshape(d * r, -1)[example]
    indicator = np.zeros((d, int(sizes.sum()), p))
    for first, column in zip(first_answers(sizes), answers.T):
        known = column >= 0
        indicator[data[known], first + column[known], place[known]] = 1.0
    return Patterns(indicator, total, sizes)


def _number(codes: IntArray, sizes: IntArray) -> IntArray:
    """Number the rows of `codes` (r, j): equal rows have equal numbers 0, 1, ..., in the order of their answers."""
    number, span = np.zeros(len(codes), dtype=np.int64), 1
    for column, size in zip(codes.T, sizes):
        if span * (int(size) + 1) > LARGEST:
            number = np.unique(number, return_inverse=True)[1].astype(np.int64)
            span = int(number.max(initial=0)) + 1
        number = number * (int(size) + 1) + column + 1
        span *= int(size) + 1
    return np.unique(number, return_inverse=True)[1].reshape(-1).astype(np.int64)
