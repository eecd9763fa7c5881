"""Weighted cross-products of columns in many resamples of many data sets, and the regressions that they hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray

ROWS = 4096  # rows whose products are taken at a time, so that they stay in a core's cache
REDUNDANT = 1e-10  # of a column's own sum of squares: what earlier columns leave of it below this is rounding


@dataclass(frozen=True, eq=False)
class CrossProducts:
    """Cross-products of p columns of m data sets, `columns` (m, p, n), 0 in rows that are not used.

    The sums over rows of a block of resamples are one matrix product with the weights; products of columns that are
    the same in every data set are summed once.
    """

    columns: FloatArray

    @cached_property
    def _pairs(self) -> tuple[IntArray, IntArray]:
        """Columns of each pair, those first that are the same in every data set."""
        first, second = np.triu_indices(self.columns.shape[1])
        shared = self._constant[first] & self._constant[second]
        order = np.argsort(~shared, kind="stable")
        return first[order], second[order]

    @cached_property
    def _constant(self) -> BoolArray:
        return np.asarray((self.columns == self.columns[:1]).all(axis=(0, 2)))

    @cached_property
    def _place(self) -> IntArray:
        """Where the product of each two columns stands among the pairs, (p, p)."""
        first, second = self._pairs
        place = np.empty((self.columns.shape[1],) * 2, dtype=np.int64)
        place[first, second] = place[second, first] = np.arange(first.size)
        return place

    def under(self, weights: FloatArray) -> Iterator[FloatArray]:
        """Give for each data set the Gram matrices (p, p, b) under weights (b, n)."""
        first, second = self._pairs
        shared = int((self._constant[first] & self._constant[second]).sum())
        sums = np.empty((first.size, len(weights)))
        for place, columns in enumerate(self.columns):
            begin = 0 if place == 0 else shared
            sums[begin:] = 0
            for start in range(0, columns.shape[1], ROWS):
                rows = slice(start, start + ROWS)
                products = columns[first[begin:], rows] * columns[second[begin:], rows]
                sums[begin:] += products @ weights[:, rows].T
            yield sums[self._place]


@dataclass(frozen=True, eq=False)
class Elimination:
    """What is left of Gram matrices (p, p, b) after their first columns were taken out of the others, one by one.

    `ratios` (q, q, b), of the last q columns: above the diagonal, [i, j] is the coefficient of column i in the
    regression of column j on all columns up to i. `left` (r, r, b) holds the cross-products of the last r columns after
    all before them were taken out.
    """

    ratios: FloatArray
    left: FloatArray

    def coefficients(self, outcome: int, last: int) -> FloatArray:
        """Give the coefficients (last + 1, b) of columns 0 to `last` of the q in the regression of column `outcome`.

        The columns before the q are held constant too.
        """
        found = np.empty((last + 1, self.ratios.shape[2]))
        for i in range(last, -1, -1):
            found[i] = self.ratios[i, outcome]
            for j in range(i + 1, last + 1):
                found[i] -= self.ratios[i, j] * found[j]
        return found


def eliminate(gram: FloatArray, controls: int, stay: int) -> Elimination:
    """Take the columns of Gram matrices (p, p, b) out one by one: `controls` first, `stay` columns keep what is left.

    A control that earlier ones determine is passed over. Of the other columns, one that is determined has NaN ratios.
    Source: Gaussian elimination; its multipliers are regression coefficients (Dempster 1969, Elements of Continuous
    Multivariate Analysis, 4.3).
    """
    p = gram.shape[0]
    work = gram.copy()
    ratios = np.full((p - controls, p - controls, gram.shape[2]), np.nan)
    left = work[p - stay :, p - stay :].copy()
    for i in range(p - 1):
        if i == p - stay:
            left = work[i:, i:].copy()
        pivot = work[i, i]
        there = pivot > REDUNDANT * gram[i, i]
        ratio = work[i, i + 1 :] / np.where(there, pivot, np.inf if i < controls else np.nan)
        work[i + 1 :, i + 1 :] -= ratio[:, np.newaxis] * work[i, i + 1 :]
        if i >= controls:
            ratios[i - controls, i + 1 - controls :] = ratio
    return Elimination(ratios, left)


def take_out(gram: FloatArray, held: int) -> tuple[FloatArray, FloatArray]:
    """Take the first `held` columns of Gram matrices (p, p, b) out of the other r: the regressions of those on these.

    Gives their coefficients (held, r, b) and the cross-products (r, r, b) of what is left. A held column that earlier
    ones determine is passed over, its coefficients 0. Source: Gauss-Jordan elimination (Goodnight 1979, The American
    Statistician 33, 149-158).
    """
    work = gram.copy()
    for i in range(held):
        pivot = work[i, i].copy()
        there = pivot > REDUNDANT * gram[i, i]
        ratio = work[i, i + 1 :] / np.where(there, pivot, np.inf)
        above, below = work[:i, i].copy(), work[i + 1 :, i].copy()
        work[:i, i + 1 :] -= above[:, np.newaxis] * ratio
        work[i + 1 :, i + 1 :] -= below[:, np.newaxis] * ratio
        work[i, i + 1 :] = ratio
    return work[:held, held:], work[held:, held:]
