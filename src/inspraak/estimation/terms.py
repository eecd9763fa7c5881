"""The terms of regressions over m imputed data sets, rows last, as `generalised.fit_generalised` takes them fastest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray
from inspraak.estimation.design import SurveyDesign


def imputed(values: ArrayLike, design: SurveyDesign, *, name: str) -> FloatArray:
    """Give one column of every data set, (m, n), from (m, n), or (n,) for one data set; NaN = missing.

    Raises ValueError for other shapes and infinite values.
    """
    return _of_data_sets(values, design, name, f"(data sets, {design.n}) or ({design.n},)", dimensions=2)


def imputed_block(values: ArrayLike | None, design: SurveyDesign, *, name: str) -> FloatArray:
    """Give several columns of every data set, (m, c, n), from that shape or (c, n), the same in all; None is no column.

    Raises ValueError for other shapes and infinite values.
    """
    if values is None:
        return np.empty((1, 0, design.n))
    expected = f"(data sets, columns, {design.n}) or (columns, {design.n})"
    return _of_data_sets(values, design, name, expected, dimensions=3)


def _of_data_sets(
    values: ArrayLike, design: SurveyDesign, name: str, expected: str, *, dimensions: int
) -> FloatArray:
    """Give values with a first dimension of data sets and a last of rows."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim == dimensions - 1:
        array = array[np.newaxis]
    if array.ndim != dimensions or array.shape[-1] != design.n or not array.shape[0]:
        raise ValueError(f"{name} has shape {np.shape(values)}; expected {expected}")
    if np.isinf(array).any():
        raise ValueError(f"{name} holds infinite values")
    return array


@dataclass(frozen=True, eq=False)
class ImputedTerms:
    """Columns of m data sets, and which rows the analysis uses.

    `blocks` are (m, c, n) each, 0 in rows that are not used; `complete` (m, n) marks the rows where every column is
    there, `included` holds and the weight is positive.
    """

    blocks: tuple[FloatArray, ...]
    complete: BoolArray

    @property
    def n(self) -> int:
        """Rows used in the data set that uses fewest."""
        return int(self.complete.sum(axis=1).min())

    def means(self, column: FloatArray, design: SurveyDesign) -> FloatArray:
        """Give the weighted means of a column (m, n) over the rows used, (m,); NaN without a row."""
        weights = design.weights * self.complete
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((weights * column).sum(axis=1) / weights.sum(axis=1))

    def deviation(self, column: FloatArray, design: SurveyDesign) -> float:
        """Give the weighted SD of a column (m, n) over the rows used, averaged over data sets (R: svyvar)."""
        weights, n = design.weights * self.complete, self.complete.sum(axis=1)
        distance = column - self.means(column, design)[:, np.newaxis]
        with np.errstate(invalid="ignore", divide="ignore"):
            square = (weights * distance**2).sum(axis=1) / weights.sum(axis=1) * n / (n - 1)
        return float(np.sqrt(square).mean())


def imputed_terms(
    *blocks: FloatArray, design: SurveyDesign, included: ArrayLike | None = None
) -> ImputedTerms:
    """Bring blocks of columns, each (m, c, n) or (1, c, n), to the same m data sets and the same complete rows.

    `included` (n,) or (m, n) booleans, default all. Raises ValueError for numbers of data sets that differ.
    """
    sizes = {block.shape[0] for block in blocks} - {1}
    if len(sizes) > 1:
        raise ValueError(f"columns come from {sorted(sizes)} data sets; expected the same number")
    mask = np.ones((1, design.n), dtype=np.bool_) if included is None else np.atleast_2d(np.asarray(included))
    if mask.dtype != np.bool_ or mask.shape[1] != design.n:
        raise ValueError(
            f"included has shape {mask.shape}, type {mask.dtype}; expected booleans (data sets, {design.n})"
        )
    m = max({1, mask.shape[0]} | sizes)
    complete = np.broadcast_to(mask, (m, design.n)) & (design.weights > 0)
    for block in blocks:
        complete = complete & ~np.isnan(block).any(axis=1)
    used = complete[:, np.newaxis]
    whole = (np.where(used, np.broadcast_to(block, (m, *block.shape[1:])), 0.0) for block in blocks)
    return ImputedTerms(tuple(whole), complete)
