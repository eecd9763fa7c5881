"""P-values adjusted for the number of tests in a family.

A family lies along the last axis; leading axes hold other families. NaN is no test: it stays NaN and does
not count in the family's size.
"""

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray, IntArray


def holm(p_values: ArrayLike) -> FloatArray:
    """Adjust p-values so that the chance of any false finding in the family stays below the level.

    `p_values` (..., m) in 0..1, NaN = no test; gives the same shape. The i-th smallest of m becomes the
    largest (m + 1 - j) p_j over j <= i, at most 1. Source: Holm (1979), Scandinavian Journal of Statistics
    6, 65-70; R: p.adjust(method = "holm"). Raises ValueError for values outside 0..1.
    """
    ordered, order, size = _ordered(p_values)
    rank = np.arange(ordered.shape[-1])
    adjusted = np.maximum.accumulate((size[..., np.newaxis] - rank) * ordered, axis=-1)
    return _restored(np.minimum(adjusted, 1.0), order)


def benjamini_hochberg(p_values: ArrayLike) -> FloatArray:
    """Adjust p-values so that the expected share of false findings among the findings stays below the level.

    `p_values` (..., m) in 0..1, NaN = no test; gives the same shape. The i-th smallest of m becomes the
    smallest m p_j / j over j >= i, at most 1. Source: Benjamini & Hochberg (1995), Journal of the Royal
    Statistical Society B 57, 289-300; R: p.adjust(method = "BH"). Raises ValueError for values outside 0..1.
    """
    ordered, order, size = _ordered(p_values)
    rank = np.arange(1, ordered.shape[-1] + 1)
    scaled = ordered * (size[..., np.newaxis] / rank)
    adjusted = np.fmin.accumulate(scaled[..., ::-1], axis=-1)[..., ::-1]  # fmin passes over NaN, sorted last
    return _restored(np.where(np.isnan(ordered), np.nan, np.minimum(adjusted, 1.0)), order)


def family_size(p_values: ArrayLike) -> IntArray:
    """Count the tests of each family, those that are not NaN; (..., m) gives (...)."""
    return np.asarray((~np.isnan(np.asarray(p_values, dtype=np.float64))).sum(axis=-1), dtype=np.int64)


def _ordered(p_values: ArrayLike) -> tuple[FloatArray, IntArray, IntArray]:
    """Sort each family from small to large, NaN last."""
    p = np.atleast_1d(np.asarray(p_values, dtype=np.float64))
    if ((p < 0) | (p > 1)).any():
        raise ValueError("p-values lie outside 0..1")
    order = np.argsort(p, axis=-1, kind="stable")
    return np.take_along_axis(p, order, axis=-1), order, family_size(p)


def _restored(adjusted: FloatArray, order: IntArray) -> FloatArray:
    result = np.empty_like(adjusted)
    np.put_along_axis(result, order, adjusted, axis=-1)
    return result
