"""Standard errors and intervals of the shares and probabilities of latent classes, by the design of the survey."""

from dataclasses import dataclass

import numpy as np

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.distributions import t_quantile
from inspraak.estimation.latent_class_scores import BOUNDARY, ClassScores, influences
from inspraak.estimation.latent_classes import LatentClasses


@dataclass(frozen=True, eq=False)
class ClassErrors:
    """Standard errors and 95 % intervals of shares (k,) and probabilities (k, l); NaN where one is 0 or 1."""

    share_error: FloatArray
    share_low: FloatArray
    share_high: FloatArray
    probability_error: FloatArray
    probability_low: FloatArray
    probability_high: FloatArray


def class_errors(model: LatentClasses, *, level: float = 0.95) -> ClassErrors:
    """Give the errors of a model's shares and probabilities, with intervals on the logit scale.

    They are the sandwich of `latent_class_scores.influences`, by the delta method; degrees of freedom are the design's.
    All are NaN where the curve of the likelihood is not that of a top.
    """
    influence, known = influences(model)
    rows, design = model.answers.rows.rows, model.answers.design
    covariance = np.zeros((known.size, known.size))
    covariance[np.ix_(known, known)] = design.covariance_of_totals(influence, rows=rows)
    share_error, error = _on_their_scale(model, covariance)
    df = design.degrees_of_freedom(np.ones((rows.size, 1), dtype=np.bool_), rows=rows)
    t = float(t_quantile((1 + level) / 2, df)[0])
    return ClassErrors(
        share_error,
        *_bounds(model.shares, share_error, t),
        error,
        *_bounds(model.probabilities, error, t),
    )


def _on_their_scale(model: LatentClasses, covariance: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the errors of shares (k,) and probabilities (k, l) from the covariance of log odds: the delta method."""
    k, width = model.probabilities.shape
    same = ClassScores(model).same

    def errors(p: FloatArray, within: FloatArray, block: slice) -> FloatArray:
        slope = np.diag(p) - np.outer(p, p) * within
        variance = np.einsum("ab,bc,ac->a", slope, covariance[block, block], slope, optimize=True)
        return np.asarray(np.sqrt(np.maximum(variance, 0.0)))

    own = [
        errors(p, same, slice(place * width, (place + 1) * width))
        for place, p in enumerate(model.probabilities)
    ]
    return errors(model.shares, np.ones((k, k)), slice(k * width, None)), np.array(own)


def _bounds(p: FloatArray, error: FloatArray, t: float) -> tuple[FloatArray, FloatArray]:
    """Give an interval on the logit scale, NaN at the boundary."""
    inside = (p > BOUNDARY) & (p < 1 - BOUNDARY)
    q = np.where(inside, p, 0.5)
    half = np.where(inside, t * error / (q * (1 - q)), np.nan)
    middle = np.log(q / (1 - q))
    return 1 / (1 + np.exp(half - middle)), 1 / (1 + np.exp(-half - middle))
