"""Scores of rows on the factors of a fitted model.

Source: Thurstone (1935), The Vectors of Mind (regression scores); Bollen (1989), chapter 7. R:
lavaan::lavPredict(method = "regression").
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.factor_fit import FactorFit
from inspraak.estimation.factor_likelihood import PATTERNS, inverse_covariances, pulled
from inspraak.estimation.factor_moments import System
from inspraak.estimation.factor_samples import Sample, factor_samples


@dataclass(frozen=True, eq=False)
class FactorScores:
    """Expected factors of each row given its answers, (n, f), and how uncertain they are; NaN without an answer.

    `std_errors` (n, f) are the standard deviations of the factors given the answers, at the estimates.
    """

    values: FloatArray
    std_errors: FloatArray


def factor_scores(fit: FactorFit, items: ArrayLike, *, groups: ArrayLike | None = None) -> FactorScores:
    """Give the regression scores of rows, from the answers that each of them has.

    `items` (n, p), NaN = no answer, in the unit of the fit; `groups` (n,) codes, groups in their sorted order. They
    may be other rows than those of the fit. Scores are about the factor means of the model, or about 0 without.

    Raises ValueError for a fit without a solution and for other numbers of groups or items.
    """
    if fit.point is None:
        raise ValueError(f"the model has no solution: {fit.status}")
    samples = factor_samples(items, groups=groups)
    if (len(samples.groups), samples.groups[0].items) != (fit.model.groups, fit.model.items):
        found = f"{len(samples.groups)} groups of {samples.groups[0].items} items"
        raise ValueError(f"the data have {found}; the model {fit.model.groups} of {fit.model.items}")
    n, f = len(np.asarray(items)), fit.model.factors
    values, errors = np.full((n, f), np.nan), np.full((n, f), np.nan)
    for group, (sample, system) in enumerate(zip(samples.groups, fit.systems)):
        mean = system.mean if fit.model.has_means else fit.saturated[group].mean
        for start in range(0, len(sample.count), PATTERNS):
            _score(sample, system, mean, slice(start, start + PATTERNS), values, errors)
    return FactorScores(values, errors)


def _score(
    sample: Sample, system: System, mean: FloatArray, part: slice, values: FloatArray, errors: FloatArray
) -> None:
    """Write the scores of the rows of some patterns."""
    inverse = inverse_covariances(system.covariance, sample.answered[part])
    if inverse is None:
        raise ValueError("the covariance of the items is not positive definite")
    weight, p = inverse[0], system.items
    rows = slice(*np.searchsorted(sample.pattern, (part.start, part.stop)).tolist())
    pattern: IntArray = sample.pattern[rows] - part.start
    shift = np.where(sample.answered[part][pattern], mean - sample.centre, 0.0)
    crossed, own = system.whole_covariance[p:, :p], system.whole_covariance[p:, p:]
    known = np.einsum("fa,jab,fb->jf", crossed, weight, crossed, optimize=True)
    values[sample.rows[rows]] = (
        system.whole_mean[p:] + pulled(weight, pattern, sample.values[rows] - shift) @ crossed.T
    )
    errors[sample.rows[rows]] = np.sqrt(np.maximum(np.diagonal(own) - known, 0.0))[pattern]
