"""Variances and tests of factor models that do not trust the normal distribution, or respect a survey design.

Sources: Yuan & Bentler (2000), Sociological Methodology 30, 165-200 (the scaled test, also with missing answers);
White (1982), Econometrica 50, 1-25 (the sandwich); Asparouhov & Muthén (2005), Federal Committee on Statistical
Methodology Research Conference, for weights, strata and clusters. R: lavaan, estimator "MLR".
"""

import numpy as np

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.factor_likelihood import case_scores
from inspraak.estimation.factor_objective import ModelPoint
from inspraak.estimation.factor_samples import Samples
from inspraak.estimation.factor_saturated import Moments


def score_products(scores: FloatArray, samples: Samples, *, group: int | None = None) -> FloatArray:
    """Give the covariance matrix (k, k) of the total of scores (r, k) of the rows: the middle of a sandwich.

    `scores` are unweighted, in the order of the samples' rows, of all groups or of one. Without a design it is
    the sum of squares; with one, the variance of the weighted total between the units within the strata.
    """
    chosen = samples.groups if group is None else (samples.groups[group],)
    if samples.design is None:
        return np.asarray(scores.T @ scores)
    weights = np.concatenate([sample.weights for sample in chosen])
    rows = np.concatenate([sample.rows for sample in chosen])
    return samples.design.covariance_of_totals(scores * weights[:, np.newaxis], rows=rows)


def parameter_scores(point: ModelPoint, samples: Samples, means: list[FloatArray]) -> FloatArray:
    """Give the gradient of each row's log-likelihood to the parameters, (r, q), group by group."""
    parts = []
    for group, (system, sample) in enumerate(zip(point.systems, samples.groups)):
        mean = system.mean if point.map.model.has_means else means[group]
        jacobian = point.map.collapse(group, point.jacobian(group, point.map.free_places[group]))
        parts.append(case_scores(sample, mean, system.covariance) @ jacobian)
    return np.concatenate(parts)


def sandwich(information: FloatArray, middle: FloatArray) -> FloatArray:
    """Give A^-1 B A^-1 of the observed information A and the products of scores B, (q, q)."""
    bread = np.linalg.inv(information)
    covariance = bread @ middle @ bread
    return np.asarray((covariance + covariance.T) / 2)


def saturated_trace(saturated: list[Moments], samples: Samples, *, means: bool) -> float:
    """Give tr(B A^-1) of the free moments of all groups; of the covariances only, unless `means`."""
    total = 0.0
    for group, (moments, sample) in enumerate(zip(saturated, samples.groups)):
        first = 0 if means else sample.items
        scores = case_scores(sample, moments.mean, moments.covariance)[:, first:]
        middle = score_products(scores, samples, group=group)
        total += float(np.trace(np.linalg.solve(moments.likelihood.information[first:, first:], middle)))
    return total


def unrelated_trace(unrelated: list[Moments], samples: Samples, *, means: bool) -> float:
    """Give tr(B A^-1) of the model of unrelated items, with the observed information."""
    total = 0.0
    for group, (moments, sample) in enumerate(zip(unrelated, samples.groups)):
        p = sample.items
        row, column = np.tril_indices(p)
        free = np.concatenate([np.arange(p) if means else np.arange(0), p + np.flatnonzero(row == column)])
        scores = case_scores(sample, moments.mean, moments.covariance)[:, free]
        middle = score_products(scores, samples, group=group)
        information = moments.likelihood.information[np.ix_(free, free)]
        total += float(np.trace(np.linalg.solve(information, middle)))
    return total
