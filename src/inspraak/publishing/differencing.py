"""Disclosure by differencing: totals of few employers that follow from published totals by subtraction."""

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
ZERO = 1e-8
"""What is smaller than this, of numbers scaled to 1, is rounding."""
MOST_TRIED = 3000


@dataclass(frozen=True)
class Told:
    """A combination of published totals that rests on few employers: how many, and which totals it takes."""

    n: int
    rows: tuple[int, ...]


def told_by_differencing(rows: FloatArray, n: IntArray, *, minimum_n: int) -> Told | None:
    """Find a combination of published totals in which fewer than `minimum_n` employers are left; None without.

    `rows` (r, c): each published total as a sum over c classes of employers, with the weight of a member; `n` (c,):
    employers per class. Members of a class are in every total with one weight, so that only their sum can follow.
    Everything but the answers counts as known: the groups, the sizes and the weights (as in the audit of linear
    tables; Hundepool et al. 2012, Statistical Disclosure Control, 4.3). Of many such combinations the one with
    the fewest employers is sought exactly up to `MOST_TRIED` candidates, and beyond among those of an elimination.
    """
    scaled = _scaled(rows)
    large = n >= minimum_n
    free = _left_null(scaled[:, large])
    small = free @ scaled[:, ~large]
    if not small.size:
        return None
    turn, sizes, basis = np.linalg.svd(small, full_matrices=False)
    rank = int((sizes > ZERO).sum())
    if not rank:
        return None
    mixing = (turn[:, :rank] / sizes[:rank]).T @ free
    vectors = _sparse(basis[:rank])
    left = (np.abs(vectors @ basis[:rank]) > ZERO) @ n[~large]
    best = int(np.argmin(left))
    if left[best] >= minimum_n:
        return None
    used = np.abs(vectors[best] @ mixing)
    return Told(int(left[best]), tuple(np.flatnonzero(used > ZERO * used.max()).tolist()))


def _scaled(rows: FloatArray) -> FloatArray:
    """Bring columns, then rows, to a largest entry of 1: which entries of a combination are zero does not change."""
    by_class = rows / np.abs(rows).max(axis=0, initial=0).clip(min=np.finfo(float).tiny)
    return np.asarray(by_class / np.abs(by_class).max(axis=1, keepdims=True, initial=0).clip(min=ZERO))


def _left_null(matrix: FloatArray) -> FloatArray:
    """Give the combinations of rows that are zero in every column (k, r)."""
    if not matrix.shape[1]:
        return np.eye(matrix.shape[0])
    turn, sizes, _ = np.linalg.svd(matrix)
    return np.asarray(turn[:, int((sizes > ZERO).sum()) :].T)


def _sparse(basis: FloatArray) -> FloatArray:
    """Give mixtures (k, d) of d orthogonal rows that are zero in many columns of them.

    A vector with a smallest set of non-zero columns is zero in d - 1 independent ones; every choice of these is
    tried where they are few, otherwise the rows that an elimination from the first column on leaves.
    """
    d, columns = basis.shape
    if d == 1:
        return np.ones((1, 1))
    if comb(columns, d - 1) <= MOST_TRIED:
        chosen = np.array(list(combinations(range(columns), d - 1)))
        _, sizes, right = np.linalg.svd(np.swapaxes(basis[:, chosen], 0, 1).transpose(0, 2, 1))
        independent = sizes[:, -1] > ZERO
        return np.asarray(right[independent, -1])
    return _eliminated(basis)


def _eliminated(basis: FloatArray) -> FloatArray:
    """Give the mixtures that make the reduced row echelon form of the basis."""
    reduced, mixtures, done = basis.copy(), np.eye(basis.shape[0]), 0
    for column in range(basis.shape[1]):
        if done == basis.shape[0]:
            break
        pivot = done + int(np.argmax(np.abs(reduced[done:, column])))
        if abs(reduced[pivot, column]) < ZERO:
            continue
        for matrix in (reduced, mixtures):
            matrix[[done, pivot]] = matrix[[pivot, done]]
        mixtures[done] /= reduced[done, column]
        reduced[done] /= reduced[done, column]
        factors = reduced[:, column].copy()
        factors[done] = 0
        mixtures -= np.outer(factors, mixtures[done])
        reduced -= np.outer(factors, reduced[done])
        done += 1
    scale = np.abs(mixtures).max(axis=1, keepdims=True)
    return np.asarray(mixtures / scale)
