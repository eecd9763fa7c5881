"""Answers to items as Gram blocks: per group and per pattern of answered items a count, a mean and a scatter.

They carry all that a normal likelihood takes from the rows (Arbuckle 1996, in Marcoulides & Schumacker (eds),
Advanced Structural Equation Modeling, 243-277). Complete answers are one pattern.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_codes, as_matrix
from inspraak.estimation.design import SurveyDesign

Missing = Literal["fiml", "listwise"]


@dataclass(frozen=True, eq=False)
class Sample:
    """The used rows of one group, ordered by pattern, and their sums.

    `rows` (r,) of the input, `values` (r, p) less `centre` (p,) and 0 where missing, `weights` (r,), `pattern`
    (r,) of each row. Of each of J patterns: `answered` (J, p), `count` (J,) the sum of weights, `mean` (J, p)
    about the centre and 0 where missing. `scatter` (R, p, p) about the mean, of the patterns `repeated` (R,)
    that have more than one row.
    """

    rows: IntArray
    values: FloatArray
    centre: FloatArray
    weights: FloatArray
    pattern: IntArray
    answered: BoolArray
    count: FloatArray
    mean: FloatArray
    repeated: IntArray
    scatter: FloatArray

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.rows.size)

    @property
    def items(self) -> int:
        """Number of items."""
        return int(self.answered.shape[1])

    @property
    def total(self) -> float:
        """Sum of the weights."""
        return float(self.count.sum())

    @property
    def is_complete(self) -> bool:
        """Whether every row has every answer."""
        return bool(self.answered.all())

    def available_moments(self) -> tuple[FloatArray, FloatArray]:
        """Give the mean and variance of each item over the rows that answered it, (p,) each; divisor n."""
        filled = self.answered * self.count[:, np.newaxis]
        total = filled.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = (filled * self.mean).sum(axis=0) / total
            between = (filled * np.square(self.mean - mean)).sum(axis=0)
            within = np.diagonal(self.scatter, axis1=1, axis2=2).sum(axis=0)
            return mean + self.centre, (between + within) / total

    def pair_counts(self) -> FloatArray:
        """Give the sum of weights of the rows that answered each two items, (p, p)."""
        answered = self.answered.astype(np.float64)
        return np.asarray((answered * self.count[:, np.newaxis]).T @ answered)


@dataclass(frozen=True, eq=False)
class Samples:
    """The used rows of all groups. Weights have mean one over them; `design` is that of the input, if any."""

    groups: tuple[Sample, ...]
    design: SurveyDesign | None

    @property
    def n(self) -> int:
        """Number of used rows."""
        return sum(sample.n for sample in self.groups)

    @property
    def is_complete(self) -> bool:
        """Whether every row of every group has every answer."""
        return all(sample.is_complete for sample in self.groups)

    @property
    def rows(self) -> IntArray:
        """The used rows of the input, group by group."""
        return np.concatenate([sample.rows for sample in self.groups])

    @property
    def weights(self) -> FloatArray:
        """Weights of `rows`."""
        return np.concatenate([sample.weights for sample in self.groups])


def factor_samples(
    items: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    design: SurveyDesign | None = None,
    missing: Missing = "fiml",
) -> Samples:
    """Sort the rows by group and pattern and sum them.

    `items` (n, p), NaN = no answer; `groups` (n,) codes, groups in their sorted order; weights are those of
    `design`. Rows without an answer and rows of weight 0 are left out, with `listwise` also those with a gap.
    Raises ValueError for wrong shapes, infinite values and an unknown `missing`.
    """
    matrix = as_matrix(items, rows=np.shape(items)[0], name="items")
    n = len(matrix)
    if missing not in ("fiml", "listwise"):
        raise ValueError(f"missing is {missing!r}; expected 'fiml' or 'listwise'")
    codes = np.zeros(n, dtype=np.int64) if groups is None else as_codes(groups, rows=n, name="groups")
    weights = np.ones(n) if design is None else design.weights
    if weights.shape != (n,):
        raise ValueError(f"the design has {weights.size} rows, the items {n}")
    answered = ~np.isnan(matrix)
    used = (answered.all(axis=1) if missing == "listwise" else answered.any(axis=1)) & (weights > 0)
    scaled = weights * (used.sum() / weights[used].sum()) if used.any() else weights
    parts = [np.flatnonzero(used & (codes == group)) for group in range(int(codes.max(initial=0)) + 1)]
    return Samples(tuple(_sample(matrix, answered, scaled, rows) for rows in parts), design)


def _sample(matrix: FloatArray, answered: BoolArray, weights: FloatArray, rows: IntArray) -> Sample:
    packed = np.packbits(answered[rows], axis=1)
    _, first, pattern = np.unique(packed, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(pattern.ravel(), kind="stable")
    patterns, rows, pattern = answered[rows[first]], rows[order], pattern.ravel()[order]
    known, weight = answered[rows], weights[rows]
    with np.errstate(invalid="ignore"):
        centre = np.where(known, matrix[rows], 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    values = np.where(known, matrix[rows] - centre, 0.0)
    size = np.bincount(pattern, minlength=len(patterns))
    start = np.cumsum(size) - size
    count = np.bincount(pattern, weights=weight, minlength=len(patterns)).astype(np.float64)
    sums = np.add.reduceat(values * weight[:, np.newaxis], start, axis=0) if rows.size else values
    mean = sums / count[:, np.newaxis]
    repeated = np.flatnonzero(size > 1)
    scatter = np.empty((repeated.size, *2 * matrix.shape[1:]))
    rooted = (values - mean[pattern]) * np.sqrt(weight)[:, np.newaxis]
    for place, block in enumerate(repeated):
        part = rooted[start[block] : start[block] + size[block]]
        scatter[place] = part.T @ part
    return Sample(rows, values, centre, weight, pattern, patterns, count, mean, repeated, scatter)
