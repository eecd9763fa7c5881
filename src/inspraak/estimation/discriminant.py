"""Whether scales measure different things: heterotrait-monotrait ratios, and the variance that factors explain.

Scales are s, items p. Correlations come from the caller, so that they may be pairwise or polychoric.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.bivariate_normal import bivariate_normal_cdf


def heterotrait_monotrait(
    correlations: ArrayLike, scales: Sequence[Sequence[int]], *, geometric: bool = False
) -> FloatArray:
    """Give the ratio of correlations between scales to those within, (..., s, s), 1 on the diagonal.

    `correlations` (..., p, p); leading axes are samples, for bootstrap intervals. `scales` lists the items of each
    scale. Mean absolute correlation between two scales over the root of the product of their own mean absolute
    correlations; `geometric` takes geometric means (HTMT2). NaN with a scale of one item or a missing correlation.

    Source: Henseler, Ringle & Sarstedt (2015), Journal of the Academy of Marketing Science 43, 115-135; Roemer,
    Schuberth & Henseler (2021), Industrial Management & Data Systems 121, 2637-2650. R: semTools::htmt(htmt2 =
    FALSE), htmt().
    """
    matrix = np.abs(np.asarray(correlations, dtype=np.float64))
    with np.errstate(divide="ignore"):
        values = np.log(matrix) if geometric else matrix
    places = [np.asarray(items, dtype=np.int64) for items in scales]
    mean = np.full((*matrix.shape[:-2], len(places), len(places)), np.nan)
    for first, mine in enumerate(places):
        for second, other in enumerate(places[: first + 1]):
            block = values[..., mine[:, np.newaxis], other]
            if first == second:
                if mine.size < 2:
                    continue
                block = block[..., *np.tril_indices(mine.size, -1)]
            else:
                block = block.reshape(*block.shape[:-2], -1)
            average = block.mean(axis=-1)
            mean[..., first, second] = mean[..., second, first] = np.exp(average) if geometric else average
    own = np.diagonal(mean, axis1=-2, axis2=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(mean / np.sqrt(own[..., :, np.newaxis] * own[..., np.newaxis, :]))


def average_variance_extracted(standardised: ArrayLike) -> float:
    """Give the mean squared standardised loading of the items of one factor, (k,).

    Source: Fornell & Larcker (1981), Journal of Marketing Research 18, 39-50 (the usual table; semTools::AVE weighs
    items by their variances).
    """
    return float(np.mean(np.square(np.asarray(standardised, dtype=np.float64))))


def composite_reliability(loadings: ArrayLike, residuals: ArrayLike) -> float:
    """Give (sum of loadings)^2 over itself plus the sum of residual variances, of one factor with variance 1.

    `loadings`, `residuals` (k,), in any one unit. Source: Raykov (1997), Applied Psychological Measurement 21, 173-184;
    the omega of a factor model. R: semTools::compRelSEM.
    """
    common = float(np.sum(np.asarray(loadings, dtype=np.float64))) ** 2
    return common / (common + float(np.sum(np.asarray(residuals, dtype=np.float64))))


def categorical_omega(
    loadings: ArrayLike, thresholds: ArrayLike, correlations: ArrayLike | None = None
) -> float:
    """Give the reliability of the sum of ordered answers to the items of one factor.

    `loadings` (k,) standardised, of the answers behind the categories; `thresholds` (k, c - 1), NaN beyond an item's
    own. The share of the variance of the sum of the categories themselves (0, 1, 2 ...) that the factor explains;
    with `correlations` (k, k), polychoric, that variance is as observed, without as the model says.

    Source: Green & Yang (2009), Psychometrika 74, 155-167, equation 21. R: semTools::compRelSEM(ord.scale = TRUE).
    """
    slope = np.asarray(loadings, dtype=np.float64)
    cut = np.asarray(thresholds, dtype=np.float64)
    explained = np.outer(slope, slope)
    behind = explained.copy() if correlations is None else np.asarray(correlations, dtype=np.float64).copy()
    np.fill_diagonal(behind, np.nan)  # an item with itself: by its own categories
    by_factor = _covariances(cut, explained)
    whole = _covariances(cut, behind)
    np.fill_diagonal(whole, _variances(cut))
    return float(by_factor.sum() / whole.sum())


def _covariances(cut: FloatArray, behind: FloatArray) -> FloatArray:
    """Give the covariances of ordered answers whose answers behind correlate so, (k, k); 0 where that is NaN."""
    k, steps = cut.shape
    below = np.where(np.isnan(cut), 1.0, special.ndtr(cut))
    at = np.where(np.isnan(cut), 0.0, cut)
    h, other = at[:, :, np.newaxis, np.newaxis], at[np.newaxis, np.newaxis]
    rho = np.broadcast_to(behind[:, np.newaxis, :, np.newaxis], (k, steps, k, steps))
    joint = bivariate_normal_cdf(h, other, rho) - below[:, :, np.newaxis, np.newaxis] * below
    own = ~np.isnan(cut)
    counted = own[:, :, np.newaxis, np.newaxis] & own & ~np.isnan(rho)
    return np.asarray(np.where(counted, joint, 0.0).sum(axis=(1, 3)))


def _variances(cut: FloatArray) -> FloatArray:
    """Give the variance of the category of each item, 0, 1, 2 ..., as the thresholds say."""
    above = np.where(np.isnan(cut), 0.0, special.ndtr(-cut))  # chance of that category or a higher one
    step = np.arange(1, cut.shape[1] + 1)
    mean = above.sum(axis=1)
    return np.asarray(((2 * step - 1) * above).sum(axis=1) - mean**2)


def variance_inflation(correlation: ArrayLike) -> FloatArray:
    """Give the full-collinearity variance inflation of each of s scores from their correlations (s, s).

    NaN where these are singular or have gaps. Each is 1 / (1 - R2) of that score by all others. Source: Kock
    (2015), International Journal of e-Collaboration 11, 1-10, who takes 3.3 and more as a sign of common-method
    variance.
    """
    matrix = np.asarray(correlation, dtype=np.float64)
    if np.isnan(matrix).any() or np.linalg.cond(matrix) > 1e12:
        return np.full(len(matrix), np.nan)
    return np.asarray(np.diag(np.linalg.inv(matrix)))
