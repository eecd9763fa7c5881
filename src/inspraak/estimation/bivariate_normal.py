"""Probabilities of the standard bivariate normal distribution, many at once."""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from inspraak.estimation.arrays import FloatArray

FEW, MANY = 20, 100  # points of the Gauss-Legendre rule for moderate and for strong correlations
STRONG = 0.9
CHUNK = 2**14  # points handled at a time, so that what is in work fits a processor's cache


def bivariate_normal_cdf(h: ArrayLike, k: ArrayLike, rho: ArrayLike) -> FloatArray:
    """Give P(X <= h, Y <= k) for standard normal X and Y that correlate by rho; shapes broadcast.

    `h` and `k` finite, `rho` from -1 to 1, NaN gives NaN. Phi(h) Phi(k) plus the integral over the
    correlation of the density, by Gauss and Legendre over its arc sine: exact to about 1e-14, to 1e-9 for
    correlations beyond .99.

    Source: Drezner & Wesolowsky (1990), Journal of Statistical Computation and Simulation 35, 101-107. R:
    pbivnorm::pbivnorm.
    """
    shape = np.broadcast_shapes(np.shape(h), np.shape(k), np.shape(rho))
    first, second, r = (
        np.broadcast_to(np.asarray(part, dtype=np.float64), shape).ravel() for part in (h, k, rho)
    )
    integral = np.empty(first.size)
    strong = np.abs(r) > STRONG
    for rows, points in ((np.flatnonzero(~strong), FEW), (np.flatnonzero(strong), MANY)):
        for start in range(0, rows.size, CHUNK):
            part = rows[start : start + CHUNK]
            integral[part] = _integral(first[part], second[part], np.arcsin(r[part]), points)
    return np.asarray(special.ndtr(first) * special.ndtr(second) + integral).reshape(shape)


def bivariate_normal_density(h: ArrayLike, k: ArrayLike, rho: ArrayLike) -> FloatArray:
    """Give the density at (h, k), which is also the derivative of the probability to rho; shapes broadcast."""
    first, second, r = (np.asarray(part, dtype=np.float64) for part in (h, k, rho))
    rest = 1 - r * r
    exponent = (first * first - 2 * r * first * second + second * second) / (2 * rest)
    return np.asarray(np.exp(-exponent) / (2 * np.pi * np.sqrt(rest)))


def _integral(h: FloatArray, k: FloatArray, angle: FloatArray, points: int) -> FloatArray:
    """Give the integral from 0 to `angle` of exp(-(h^2 - 2 h k sin t + k^2) / (2 cos^2 t)) / (2 pi)."""
    nodes, weights = np.polynomial.legendre.leggauss(points)
    squares, product = (h * h + k * k) / 2, h * k
    total = np.zeros(h.size)
    for node, weight in zip(nodes, weights):
        sine = np.sin(angle * ((node + 1) / 2))
        cosine2 = 1 - sine * sine
        with np.errstate(divide="ignore", invalid="ignore"):
            total += weight * np.exp((product * sine - squares) / cosine2)
    return np.asarray(total * angle / (4 * np.pi))
