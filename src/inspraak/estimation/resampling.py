"""Bootstrap weights of a survey design: what each row weighs in each resample of the sampling units."""

from collections.abc import Iterator

import numpy as np

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.calibrated_design import CalibratedDesign
from inspraak.estimation.design import SurveyDesign

ELEMENTS = 2**22  # weights in one block: resamples times rows
FEWEST, MOST = 16, 256  # resamples in one block
SINGULAR = 1e-9  # smallest over largest eigenvalue of what a resample leaves of the calibration variables


def resampled_weights(design: SurveyDesign, draws: int, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Give the weights of all rows in each of `draws` bootstrap samples, block by block, (b, n).

    From each stratum of n_h sampling units n_h - 1 are drawn with replacement, and the weight of each row is
    multiplied by n_h / (n_h - 1) times how often its unit was drawn (Rao & Wu 1988, JASA 83, 231-241, and Rao, Wu &
    Yue 1992, Survey Methodology 18, 209-217, with samples of n_h - 1: then the variance of a total over resamples is
    that of `SurveyDesign.variance_of_totals`). A finite population draws the multipliers towards 1 by the root of
    1 - n_h / N_h. R: survey::as.svrepdesign(type = "subbootstrap").

    A stratum with one unit follows the rule of the design: `certainty` keeps its weight, `adjust` doubles or drops it
    with equal chances, which varies as the square of its score; `average` keeps it and spreads the multipliers of the
    others by the root of strata over strata with more than one unit. Calibrated weights are calibrated in every
    resample, in one linear step to the totals that they had, so that resamples vary as the g-weighted residuals of
    `CalibratedDesign` do; a weight may then fall a little below 0.
    """
    block = int(np.clip(ELEMENTS // max(design.n, 1), FEWEST, MOST))
    for start in range(0, draws, block):
        multipliers = _multipliers(design, min(block, draws - start), rng)
        weights = np.take(multipliers, design.layout.unit, axis=1)
        weights *= design.weights
        if isinstance(design, CalibratedDesign):
            weights = _calibrated_again(design, weights)
        yield weights


def _multipliers(design: SurveyDesign, draws: int, rng: np.random.Generator) -> FloatArray:
    """Give what the weights of the sampling units are multiplied by, (draws, u), with mean 1."""
    layout = design.layout
    size, stratum = layout.stratum_size, layout.stratum_of_unit
    drawn = _counts(size, draws, rng)
    ratio = np.where(size > 1, size / np.maximum(size - 1, 1), 1.0)
    # the root of 1 - n_h / N_h, which the scale holds times n_h / (n_h - 1)
    damping = np.sqrt(np.where(size > 1, layout.scale / ratio, 0.0))
    if design.lonely == "average" and layout.lonely.any() and not layout.lonely.all():
        damping *= np.sqrt(size.size / (~layout.lonely).sum())
    multipliers = drawn * ratio[stratum]
    multipliers -= 1
    multipliers *= damping[stratum]
    alone = np.flatnonzero(layout.lonely[stratum]) if design.lonely == "adjust" else np.empty(0, dtype=int)
    if alone.size:
        sign = 2.0 * rng.integers(0, 2, (draws, alone.size)) - 1
        multipliers[:, alone] = sign * np.sqrt(layout.scale[stratum[alone]])
    multipliers += 1
    return multipliers


def _counts(size: IntArray, draws: int, rng: np.random.Generator) -> FloatArray:
    """Count how often each unit (units in order of stratum) is among n_h - 1 drawn from its stratum, (draws, u)."""
    units, picks = int(size.sum()), np.maximum(size - 1, 0)
    first = np.repeat(np.cumsum(size) - size, picks)
    chosen = rng.random((draws, int(picks.sum())))
    chosen *= np.repeat(size, picks)
    places = chosen.astype(np.int64)
    places += first
    places += units * np.arange(draws)[:, np.newaxis]
    counts = np.bincount(places.ravel(), minlength=draws * units)
    return counts.reshape(draws, units).astype(np.float64)


def _calibrated_again(design: CalibratedDesign, weights: FloatArray) -> FloatArray:
    """Bring resampled weights (b, n) back to the totals of the calibration variables.

    Weight w r becomes w r + d r x'l, where r is the multiplier and d the base weight, with l such that the totals
    hold: to first order the total of u then varies as that of w r (u - x'b), b the regression of u on x under d.
    """
    span = design.independent_auxiliary
    total = design.weights @ span
    base = np.divide(design.base_weights, design.weights, out=np.zeros(design.n), where=design.weights > 0)
    resampled_base = weights * base
    q = span.shape[1]
    products = (span[:, :, np.newaxis] * span[:, np.newaxis]).reshape(design.n, q * q)
    gram = (resampled_base @ products).reshape(-1, q, q)
    inverse = np.linalg.pinv(gram, rcond=SINGULAR, hermitian=True)
    coefficients = inverse @ (total - weights @ span)[:, :, np.newaxis]
    return np.asarray(weights + resampled_base * (coefficients[:, :, 0] @ span.T))
