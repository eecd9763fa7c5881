"""Exploratory factors of a correlation matrix: minimum residuals, oblimin, and the general factor above them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from inspraak.estimation.arrays import FloatArray
from inspraak.randomness import stream

SMALLEST_UNIQUENESS = 0.005
TIGHT = 1e-14
ROTATIONS = 5000
STARTS = 5
STILL = 1e-7  # length of the projected gradient at which a rotation has come to rest
HIERARCHICAL_FROM = 6  # items: with fewer, three group factors cannot be told apart


@dataclass(frozen=True, eq=False)
class Omega:
    """McDonald's omega of one scale of p items, standardised.

    `total` is the share of the variance of the sum that all common factors explain, `hierarchical` that of the
    general factor alone (NaN below six items). `proper` is False where a uniqueness stands at its bound (Heywood).
    """

    total: float
    hierarchical: float
    proper: bool


def minimum_residual_loadings(correlation: ArrayLike, factors: int = 1) -> tuple[FloatArray, bool]:
    """Give unrotated loadings (p, factors) that leave the smallest residual correlations, and whether all are proper.

    `correlation` (p, p) symmetric, without gaps. Source: Harman & Jones (1966), Psychometrika 31, 351-368. R:
    psych::fa(fm = "minres"). Raises ValueError for a matrix with gaps or as many factors as items.
    """
    matrix = np.asarray(correlation, dtype=np.float64)
    p = len(matrix)
    if np.isnan(matrix).any():
        raise ValueError("a correlation is missing")
    if factors >= p:
        raise ValueError(f"{factors} factors of {p} items")

    def misfit(unique: FloatArray) -> tuple[float, FloatArray]:
        loadings = _principal(matrix, unique, factors)
        residual = matrix - loadings @ loadings.T
        diagonal = np.diag(residual) - unique
        np.fill_diagonal(residual, 0.0)
        # at the best loadings only the communalities move with the uniquenesses
        return float((residual**2).sum() + (diagonal**2).sum()) / 2, -diagonal

    start = np.clip(1 / np.diag(np.linalg.pinv(matrix)), 0.01, 0.99)
    found: Any = optimize.minimize(
        misfit,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(SMALLEST_UNIQUENESS, 1.0)] * p,
        options={"ftol": TIGHT, "gtol": 1e-10, "maxiter": 5000, "maxfun": 50000},
    )
    unique = np.asarray(found.x, dtype=np.float64)
    loadings = _principal(matrix, unique, factors)
    signs = np.where(loadings.sum(axis=0) < 0, -1.0, 1.0)
    return loadings * signs, bool((unique > SMALLEST_UNIQUENESS * 1.01).all())


def _principal(matrix: FloatArray, unique: FloatArray, factors: int) -> FloatArray:
    values, vectors = np.linalg.eigh(matrix - np.diag(unique))
    return np.asarray(vectors[:, ::-1][:, :factors] * np.sqrt(np.maximum(values[::-1][:factors], 0.0)))


def oblimin(loadings: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Rotate loadings (p, m) obliquely to simple structure (quartimin); gives loadings and factor correlations (m, m).

    The best of several starts: from the unrotated loadings alone, as R does, the search can come to rest where it is
    no minimum. Source: gradient projection of Jennrich (2002), Psychometrika 67, 7-19. R: GPArotation::oblimin.
    """
    unrotated = np.asarray(loadings, dtype=np.float64)
    m = unrotated.shape[1]
    random = stream(0, "oblimin", str(m))
    starts = [np.eye(m), *(np.linalg.qr(random.standard_normal((m, m)))[0] for _ in range(STARTS - 1))]
    ends = [_rotate(unrotated, start) for start in starts]
    values = np.array([_quartimin(unrotated, turn)[1] for turn in ends])
    # of ends that are the same but for the order of factors, the first: results do not hang on the last digit
    turn = ends[int(np.flatnonzero(values <= values.min() + 1e-9)[0])]
    return _quartimin(unrotated, turn)[0], np.asarray(turn.T @ turn)


def _rotate(unrotated: FloatArray, turn: FloatArray) -> FloatArray:
    """Descend from one start until the gradient along the rotations is nothing."""
    pace = 1.0
    rotated, value, slope = _quartimin(unrotated, turn)
    for _ in range(ROTATIONS):
        gradient = -(rotated.T @ slope @ np.linalg.inv(turn)).T
        projected = gradient - turn * (turn * gradient).sum(axis=0)
        length = float(np.sqrt((projected**2).sum()))
        if length < STILL:
            break
        pace *= 2
        for _ in range(60):
            there = turn - pace * projected
            there = there / np.sqrt((there**2).sum(axis=0))
            found = _quartimin(unrotated, there)
            if found[1] <= value - 0.5 * length**2 * pace:
                break
            pace /= 2
        turn, (rotated, value, slope) = there, found
    return turn


def _quartimin(unrotated: FloatArray, turn: FloatArray) -> tuple[FloatArray, float, FloatArray]:
    """Give rotated loadings, the sum of products of squared loadings of different factors, and its slope."""
    rotated = unrotated @ np.linalg.inv(turn).T
    others = (rotated**2) @ (1 - np.eye(turn.shape[0]))
    return rotated, float((rotated**2 * others).sum() / 4), np.asarray(rotated * others)


def mcdonald_omega(correlation: ArrayLike, *, group_factors: int = 3) -> Omega:
    """Give omega total of one factor, and from six items on omega hierarchical above `group_factors`.

    `correlation` (p, p) of the items of one scale, all turned the same way. Omega total is 1 - sum of uniquenesses /
    sum of correlations; hierarchical (sum of general loadings)^2 / sum of correlations, where the general factor is
    that of the oblique group factors (Schmid & Leiman 1957, Psychometrika 22, 53-61).

    Source: McDonald (1999), Test Theory; Zinbarg et al. (2005), Psychometrika 70, 123-133. R:
    psych::omega(nfactors = 1), psych::omega(nfactors = 3)$omega_h. Raises ValueError for fewer than three items.
    """
    matrix = np.asarray(correlation, dtype=np.float64)
    p = len(matrix)
    if p < 3:
        raise ValueError(f"omega needs three items or more, found {p}")
    loadings, proper = minimum_residual_loadings(matrix)
    whole = float(matrix.sum())
    total = 1 - (p - float((loadings**2).sum())) / whole
    hierarchical = np.nan
    if p >= HIERARCHICAL_FROM:
        unrotated, fits = minimum_residual_loadings(matrix, group_factors)
        rotated, between = oblimin(unrotated)
        above, tops = minimum_residual_loadings(between)
        hierarchical = float((rotated @ above).sum()) ** 2 / whole
        proper = proper and fits and tops
    return Omega(total, hierarchical, proper)
