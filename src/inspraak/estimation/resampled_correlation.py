"""Correlations of columns in many resamples of the rows at once, pairwise over missing answers.

A resample weighs the rows; all sums that its correlations need are products of the weights with products of columns, so
that no resample is ever made. Source: Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 6.
"""

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray, as_matrix
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.resampled_grams import CrossProducts
from inspraak.estimation.resampling import resampled_weights

STILL = 1e-12  # of a column's mean square: variance below this is rounding


def resampled_correlations(
    values: ArrayLike, design: SurveyDesign, resamples: int, generator: np.random.Generator
) -> FloatArray:
    """Give Pearson correlations of every pair of columns in each resample, (resamples, p, p).

    `values` (n, p), NaN = no answer; a pair uses the rows that answered both. The resamples are those of
    `resampled_weights`. NaN where a column does not vary over the rows drawn. Raises ValueError for wrong shapes.
    """
    matrix = as_matrix(values, rows=design.n, name="values")
    p = matrix.shape[1]
    known = ~np.isnan(matrix)
    centre = np.where(known, matrix, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, matrix - centre, 0.0)
    whole = bool(known.all())
    # complete answers need no count, mean and square of each column over the rows that answered each other one
    extra = [np.ones((len(matrix), 1))] if whole else [known.astype(np.float64), np.square(filled)]
    products = CrossProducts(np.concatenate([filled, *extra], axis=1).T[np.newaxis])
    parts = [
        _correlations(gram, p, whole)
        for weights in resampled_weights(design, resamples, generator)
        for gram in products.under(weights)
    ]
    return np.concatenate([np.empty((0, p, p)), *parts])


def _correlations(gram: FloatArray, p: int, whole: bool) -> FloatArray:
    """Give correlations (b, p, p) from cross-products of answers, who answered, and squares, 0 where missing."""
    products = gram[:p, :p]
    if whole:
        n, total = gram[p, p], gram[:p, p][:, np.newaxis]
        squares = np.einsum("iib->ib", products)[:, np.newaxis]
    else:
        n, total, squares = gram[p : 2 * p, p : 2 * p], gram[:p, p : 2 * p], gram[2 * p :, p : 2 * p]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = total / n
        variance = squares / n - np.square(mean)
        covariance = products / n - mean * mean.swapaxes(0, 1)
        spread = np.sqrt(np.where(variance > STILL * squares / n, variance, np.nan))
        correlation = np.clip(covariance / (spread * spread.swapaxes(0, 1)), -1.0, 1.0)
    return np.ascontiguousarray(np.moveaxis(correlation, 2, 0))
