"""Polychoric correlations of ordered answers, all pairs of items in one batch.

Two steps (Olsson 1979, Psychometrika 44, 443-460): the thresholds of each item from its own answers, then the
correlation of each pair by maximum likelihood with these thresholds fixed. R: lavaan::lavCor(ordered).
Items are p, categories c (of the item that has most), pairs q = p (p - 1) / 2 in the order of `np.tril_indices`
column by column: (1,0), (2,0), ..., (2,1), ...
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_matrix
from inspraak.estimation.bivariate_normal import bivariate_normal_cdf, bivariate_normal_density

Status = Literal["estimated", "adjusted", "boundary", "unvaried", "empty"]
CONVERGED = 1e-10  # change of a correlation
LARGEST = 0.9999  # of a correlation: beyond it the table has an empty half
ITERATIONS = 60
ROWS = 2**14  # rows whose tables are counted at a time
ADDED = 0.5  # to the empty cell of a table of two by two


@dataclass(frozen=True, eq=False)
class OrderedAnswers:
    """Answers as categories 0, 1, ... of those that were chosen: `codes` (n, p), -1 = no answer."""

    codes: IntArray
    categories: tuple[FloatArray, ...]  # per item the answers that stand for 0, 1, ...
    weights: FloatArray | None

    @property
    def p(self) -> int:
        """Number of items."""
        return int(self.codes.shape[1])

    @property
    def most(self) -> int:
        """Categories of the item that has most."""
        return max((len(chosen) for chosen in self.categories), default=1)

    @cached_property
    def pairs(self) -> tuple[IntArray, IntArray]:
        """Larger and smaller place of the items of each pair, (q,) each."""
        smaller, larger = np.triu_indices(self.p, 1)
        return larger.astype(np.int64), smaller.astype(np.int64)

    def tables(self) -> FloatArray:
        """Count (sum the weights of) the answers to each two items, (p, c, p, c)."""
        p, c = self.p, self.most
        kind = np.float32 if self.weights is None else np.float64  # whole numbers of a part are exact in both
        total = np.zeros((p * c, p * c))
        for start in range(0, len(self.codes), ROWS):
            codes = self.codes[start : start + ROWS]
            chosen = (codes[:, :, np.newaxis] == np.arange(c)).reshape(len(codes), p * c).astype(kind)
            weighted = (
                chosen if self.weights is None else chosen * self.weights[start : start + ROWS, np.newaxis]
            )
            total += chosen.T @ weighted
        return total.reshape(p, c, p, c)


@dataclass(frozen=True, eq=False)
class Polychoric:
    """Polychoric correlations (p, p), the rows `n` (p, p) that answered both, and `thresholds` (p, c - 1).

    Thresholds are z values between successive categories that were chosen, NaN beyond an item's own. `status`
    (p, p) says how each came about: `estimated`; `adjusted`: of two by two with an empty cell, half an answer
    was put there; `boundary`: the likelihood grows towards -1 or 1, and the value stands there; `unvaried`: an
    item has one answer, the correlation is NaN; `empty`: nobody answered both, NaN.
    """

    correlation: FloatArray
    n: IntArray
    thresholds: FloatArray
    status: NDArray[np.str_]
    answers: OrderedAnswers
    counts: FloatArray  # (q, c, c), the larger item along the rows

    @property
    def usable(self) -> BoolArray:
        """Whether every pair has a correlation within the bounds."""
        off = ~np.eye(len(self.n), dtype=np.bool_)
        return np.asarray(np.isin(self.status, ("estimated", "adjusted")) | ~off)


def ordered_answers(values: ArrayLike, weights: ArrayLike | None = None) -> OrderedAnswers:
    """Number the answers of each item in their order, those that nobody chose left out.

    `values` (n, p), NaN = no answer; `weights` (n,), not negative. Raises ValueError for other shapes and
    for weights that are missing or negative.
    """
    matrix = as_matrix(values, rows=np.shape(values)[0], name="values")
    weight = None
    if weights is not None:
        weight = as_matrix(weights, rows=len(matrix), name="weights")[:, 0]
        if np.isnan(weight).any() or (weight < 0).any():
            raise ValueError("weights hold missing or negative values")
        matrix = np.where(weight[:, np.newaxis] > 0, matrix, np.nan)
    codes = np.full(matrix.shape, -1, dtype=np.int64)
    categories = []
    for place, column in enumerate(np.ascontiguousarray(matrix.T)):
        known = ~np.isnan(column)
        chosen = np.unique(column[known])
        codes[:, place] = np.where(known, np.searchsorted(chosen, column), -1)
        categories.append(chosen)
    return OrderedAnswers(codes, tuple(categories), weight)


def polychoric(values: ArrayLike, *, weights: ArrayLike | None = None) -> Polychoric:
    """Correlate ordered answers, pairwise over missing ones.

    `values` (n, p) codes in any unit, NaN = no answer; a threshold rests on everyone who answered its item.
    `weights` (n,) sum instead of count (a pseudo-likelihood). Raises ValueError as `ordered_answers`.
    """
    answers = ordered_answers(values, weights)
    p = answers.p
    tables = answers.tables()
    diagonal = tables[np.arange(p), :, np.arange(p)]
    margins = np.diagonal(diagonal, axis1=1, axis2=2)
    thresholds = _thresholds(margins, answers)
    larger, smaller = answers.pairs
    counts = tables[larger, :, smaller]
    rho, status = _correlations(counts, thresholds, answers)
    correlation, names = np.eye(p), np.full((p, p), "estimated", dtype="<U9")
    correlation[larger, smaller] = correlation[smaller, larger] = rho
    names[larger, smaller] = names[smaller, larger] = status
    answered = (answers.codes >= 0).astype(np.float64)
    n = np.rint(answered.T @ answered).astype(np.int64)
    return Polychoric(correlation, n, thresholds, names, answers, counts)


def cell_probabilities(
    thresholds: FloatArray, rho: FloatArray, pairs: tuple[IntArray, IntArray]
) -> tuple[FloatArray, FloatArray]:
    """Give the probability of each cell of each pair, (q, c, c), and its derivative to the correlation."""
    h, k = (np.where(np.isnan(part), np.inf, part) for part in (thresholds[pairs[0]], thresholds[pairs[1]]))
    inside = (np.isfinite(h)[:, :, np.newaxis]) & np.isfinite(k)[:, np.newaxis]
    q, steps = h.shape
    grid = np.zeros((q, steps + 2, steps + 2))
    slope = np.zeros_like(grid)
    across = special.ndtr(h), special.ndtr(k)
    grid[:, 1:-1, 1:-1] = np.minimum(across[0][:, :, np.newaxis], across[1][:, np.newaxis])
    a, b, r = (
        np.broadcast_to(part, inside.shape)[inside]
        for part in (h[:, :, np.newaxis], k[:, np.newaxis], rho[:, np.newaxis, np.newaxis])
    )
    grid[:, 1:-1, 1:-1][inside] = bivariate_normal_cdf(a, b, r)
    slope[:, 1:-1, 1:-1][inside] = bivariate_normal_density(a, b, r)
    grid[:, 1:-1, -1], grid[:, -1, 1:-1], grid[:, -1, -1] = across[0], across[1], 1.0
    return _cells(grid), _cells(slope)


def _cells(grid: FloatArray) -> FloatArray:
    return np.diff(np.diff(grid, axis=1), axis=2)


def _thresholds(margins: FloatArray, answers: OrderedAnswers) -> FloatArray:
    """Give the z values of the cumulative shares, (p, c - 1)."""
    total = margins.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = margins.cumsum(axis=1)[:, :-1] / total
    own = np.arange(share.shape[1]) < np.array([[len(chosen) - 1] for chosen in answers.categories])
    return np.where(own, special.ndtri(share), np.nan)


def _correlations(
    counts: FloatArray, thresholds: FloatArray, answers: OrderedAnswers
) -> tuple[FloatArray, NDArray[np.str_]]:
    """Give the correlation of each pair, (q,), and how it came about."""
    larger, smaller = answers.pairs
    sizes = np.array([len(chosen) for chosen in answers.categories], dtype=np.int64)
    status = np.full(larger.size, "estimated", dtype="<U9")
    status[(sizes[larger] < 2) | (sizes[smaller] < 2)] = "unvaried"
    status[counts.sum(axis=(1, 2)) == 0] = "empty"
    both = (sizes[larger] == 2) & (sizes[smaller] == 2) & (status == "estimated")
    corner = counts[:, :2, :2]
    hollow = both & ((corner == 0).sum(axis=(1, 2)) == 1)
    used = counts.copy()
    used[hollow, :2, :2] = _filled(corner[hollow])
    status[hollow] = "adjusted"
    rho = np.full(larger.size, np.nan)
    known = np.flatnonzero(np.isin(status, ("estimated", "adjusted")))
    rho[known] = _maximise(used[known], thresholds, (larger[known], smaller[known]))
    status[np.abs(rho) >= LARGEST] = "boundary"
    return rho, status


def _filled(corner: FloatArray) -> FloatArray:
    """Put half an answer into the empty cell of tables of two by two, and keep their margins."""
    sign = np.array([[1.0, -1.0], [-1.0, 1.0]])
    diagonal = (corner[:, 0, 0] == 0) | (corner[:, 1, 1] == 0)
    return corner + ADDED * sign * np.where(diagonal, 1.0, -1.0)[:, np.newaxis, np.newaxis]


def _maximise(counts: FloatArray, thresholds: FloatArray, pairs: tuple[IntArray, IntArray]) -> FloatArray:
    """Maximise the likelihood of each table over its correlation by Fisher scoring, a step halved where it falls."""
    rho = np.zeros(len(counts))
    total = counts.sum(axis=(1, 2))
    open_ = np.arange(rho.size)
    best = np.full(rho.size, -np.inf)
    step = np.zeros(rho.size)
    for _ in range(ITERATIONS):
        chance, slope = cell_probabilities(thresholds, rho[open_], (pairs[0][open_], pairs[1][open_]))
        chance = np.maximum(chance, 1e-300)
        value = (counts[open_] * np.log(chance)).sum(axis=(1, 2))
        fallen = value < best[open_] - 1e-9 * np.abs(value)
        score = (counts[open_] * slope / chance).sum(axis=(1, 2))
        information = total[open_] * (slope * slope / chance).sum(axis=(1, 2))
        with np.errstate(divide="ignore", invalid="ignore"):
            forward = np.where(information > 0, score / information, 0.0)
        move = np.where(fallen, -step[open_] / 2, forward)
        best[open_] = np.where(fallen, best[open_], value)
        there = np.clip(rho[open_] + move, -LARGEST, LARGEST)
        change = there - rho[open_]
        step[open_] = np.where(fallen, step[open_] / 2, change)
        rho[open_] = there
        open_ = open_[np.abs(change) > CONVERGED]
        if not open_.size:
            break
    return rho
