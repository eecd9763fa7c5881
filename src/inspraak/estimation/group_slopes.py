"""The slope of each group: drawn towards the mean slope as far as it is uncertain, and by itself."""

import numpy as np

from inspraak.estimation.pooling import PooledEstimates, combine
from inspraak.estimation.slope_likelihood import SlopeLikelihood
from inspraak.estimation.slope_search import Highest


def predicted_slopes(likelihood: SlopeLikelihood, best: Highest) -> tuple[PooledEstimates, PooledEstimates]:
    """Give the mean slope, and the slope of every group (J,): empirical best linear unbiased predictions.

    The second of the k terms is x. Errors of the mean are those of generalised least squares, those of a group are of
    prediction: they count the coefficients as estimated and the variances as known. Pooled by Rubin's rules with
    degrees of freedom of the groups for the mean. Source: Searle, Casella & McCulloch (1992), Variance Components, 7.6
    and 9.2. R: lme4::fixef, coef.
    """
    variance = np.exp(2 * best.log_sigma)
    b, inverse = likelihood.coefficients(best.factor)
    spread_b = variance * inverse
    shrink = likelihood.shrinkage(best.factor)
    outer = likelihood.outer
    residual = outer[..., -1] - np.einsum("mjzk,mk->mjz", outer[..., :-1], b)
    effects = np.einsum("mjyz,mjz->mjy", shrink, residual)
    weights = -np.einsum("mjz,mjzk->mjk", shrink[:, :, 1], outer[..., :-1])
    weights[:, :, 1] += 1.0
    errors = np.einsum("mjk,mkl,mjl->mj", weights, spread_b, weights) + variance * shrink[:, :, 1, 1]
    groups = outer.shape[1]
    mean = combine(b[:, 1], spread_b[:, 1, 1], df=float(groups - 1))
    return mean, combine(b[:, 1:2] + effects[:, :, 1], errors, df=float(likelihood.df.min()))


def own_slopes(likelihood: SlopeLikelihood) -> PooledEstimates:
    """Give the slope of every group (J,) from its own rows, with an intercept of its own and common controls.

    NaN where x does not vary in a group. Source: least squares with interactions; R: lm(y ~ group * x + controls).
    """
    count, total, squares = likelihood.inner.swapaxes(0, 2).swapaxes(1, 2)  # (m, J) each
    determinant = count * squares - np.square(total)
    varies = determinant > 1e-9 * count * squares
    safe = np.where(varies, determinant, 1.0)
    inverse = (
        np.stack([np.stack([squares, -total], -1), np.stack([-total, count], -1)], -2) / safe[..., None, None]
    )
    inverse = np.where(varies[..., None, None], inverse, 0.0)
    rest = likelihood.outer[..., 2:]  # controls and the outcome
    inside = likelihood.cross[:, 2:, 2:] - np.einsum("mjzk,mjzy,mjyl->mkl", rest, inverse, rest)
    controls, across = inside[:, :-1, :-1], inside[:, :-1, -1]
    solving = np.linalg.pinv(controls, rcond=1e-10, hermitian=True)
    held = np.einsum("mkl,ml->mk", solving, across)
    squares_left = inside[:, -1, -1] - (across * held).sum(axis=1)
    free = count.sum(axis=1) - 2 * count.shape[1] - np.linalg.matrix_rank(controls, hermitian=True)
    towards = np.einsum("mjz,mjzk->mjk", inverse[:, :, 1], rest)
    points = towards[..., -1] - np.einsum("mjk,mk->mj", towards[..., :-1], held)
    spread = inverse[:, :, 1, 1] + np.einsum("mjk,mkl,mjl->mj", towards[..., :-1], solving, towards[..., :-1])
    errors = spread * (squares_left / free)[:, np.newaxis]
    known = varies.all(axis=0)
    return combine(
        np.where(known, points, np.nan),
        np.where(known, errors, np.nan),
        df=float(np.maximum(free, 1).min()),
    )
