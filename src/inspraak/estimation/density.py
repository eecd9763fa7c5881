"""Weighted kernel density of scores on the fixed scale 0 to 100."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray, IntArray, as_matrix
from inspraak.estimation.design import SurveyDesign

LOWEST, HIGHEST = 0.0, 100.0
SMALLEST_BANDWIDTH = 2.5  # in points of the scale: narrower kernels would show single employers


@dataclass(frozen=True, eq=False)
class Density:
    """Densities of p columns on a grid: `x` (101,) points 0..100, `density` (101, p) per point of the scale.

    `bandwidth` (p,) in points, `n` (p,) rows that answered, `effective_n` (p,) Kish's number for them. A
    column with fewer than two answers is NaN.
    """

    x: FloatArray
    density: FloatArray
    bandwidth: FloatArray
    n: IntArray
    effective_n: FloatArray


def estimate_density(scores: ArrayLike, design: SurveyDesign) -> Density:
    """Estimate the weighted density of every column of scores, with a gaussian kernel reflected at both ends.

    `scores` (n, p) in 0..100, NaN = no score. Bandwidth (4 / 3)^(1 / 5) s m^(-1 / 5), s the weighted SD and
    m Kish's effective n, and 2.5 points at least. The density integrates to 1 over 0..100; nothing is cut
    at the observed ends.

    Source: Silverman (1986), Density Estimation, eq. 3.28 and section 2.10; without reflection it is R's
    density(weights = w, bw) and scipy's gaussian_kde(bw_method="silverman", weights=w). Raises ValueError
    for scores outside 0..100 and for wrong shapes.
    """
    matrix = as_matrix(scores, rows=design.n, name="scores")
    slack = 1e-9 * (HIGHEST - LOWEST)  # a mean of items may pass the end by rounding
    if ((matrix < LOWEST - slack) | (matrix > HIGHEST + slack)).any():
        raise ValueError("scores lie outside 0..100")
    grid = np.linspace(LOWEST, HIGHEST, 101)
    density = np.full((grid.size, matrix.shape[1]), np.nan)
    bandwidth, effective = np.full(matrix.shape[1], np.nan), np.zeros(matrix.shape[1])
    n = np.zeros(matrix.shape[1], dtype=np.int64)
    for column, values in enumerate(matrix.T):
        rows = ~np.isnan(values) & (design.weights > 0)
        n[column] = rows.sum()
        if n[column] < 2:
            continue
        share = design.weights[rows] / design.weights[rows].sum()
        effective[column] = 1 / np.square(share).sum()
        bandwidth[column] = _bandwidth(values[rows], share, effective[column])
        density[:, column] = _reflected(values[rows], share, bandwidth[column], grid)
    return Density(grid, density, bandwidth, n, effective)


def _bandwidth(values: FloatArray, share: FloatArray, effective: float) -> float:
    """Give Silverman's bandwidth in points; the variance is the weighted one times m / (m - 1)."""
    variance = float(share @ np.square(values - share @ values)) * effective / (effective - 1)
    silverman = (4 / 3) ** 0.2 * np.sqrt(variance) * effective**-0.2
    return max(SMALLEST_BANDWIDTH, float(silverman))


def _reflected(values: FloatArray, share: FloatArray, bandwidth: float, grid: FloatArray) -> FloatArray:
    """Sum the kernel over each value and all its mirror images in both ends.

    By Poisson's summation this sum is a cosine series, sum_k c_k exp(-(f_k h)^2 / 2) cos(f_k x) with
    f_k = k pi / 100, which keeps every image and integrates to 1 exactly. It stops where the factor falls
    below the precision of a float.
    """
    width = HIGHEST - LOWEST
    terms = int(np.ceil(8.6 * width / (np.pi * bandwidth))) + 1
    frequency = np.arange(terms) * np.pi / width
    unique, inverse = np.unique(values, return_inverse=True)
    weight = np.bincount(inverse, weights=share)
    coefficient = weight @ np.cos(np.outer(unique - LOWEST, frequency))
    coefficient = coefficient * np.exp(-0.5 * np.square(frequency * bandwidth)) * 2 / width
    coefficient[0] /= 2
    density = np.cos(np.outer(grid - LOWEST, frequency)) @ coefficient
    return np.asarray(np.maximum(density, 0.0))  # tails below the precision of a float may round to less
