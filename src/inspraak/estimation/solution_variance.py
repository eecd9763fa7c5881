"""Variances of generalised linear models at their solutions, from working residuals and weights."""

import numpy as np

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.basis import decompose
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.sandwich import Covariance, covariance_of_coefficients, covariance_of_totals
from inspraak.estimation.stack import Stack

JACKKNIFE = ("HC2", "HC3", "cluster_HC3")  # kinds that need each row's leverage


def covariance_at_solution(
    kind: Covariance,
    stack: Stack,
    score: FloatArray,
    working: FloatArray,
    bread: FloatArray,
    design: SurveyDesign,
    *,
    dispersion: FloatArray,
    clusters: IntArray | None,
    wanted: IntArray,
) -> FloatArray:
    """Give the covariances (b, t, t) of the coefficients of the terms `wanted` (t,) in the models of a stack.

    `score` (b, r) is each row's derivative of the log-likelihood to its linear predictor, `working` (b, r)
    the information in it, both without weights; `bread` (b, p, p) the inverse information of the columns,
    `dispersion` (b,) what the classical variance is multiplied with, `clusters` (r,) codes. At its
    solution a model is the weighted least squares of its working residuals, so that leverages and
    clusters are those of `sandwich.covariance_of_coefficients` (R: sandwich::vcovHC and vcovCL of a glm).
    """
    if kind in JACKKNIFE:
        whole = _jackknifed(kind, stack, score, working, design, clusters)
        return whole[:, wanted[:, np.newaxis], wanted]
    if kind == "classical":
        whole = stack.covariance_of_terms(bread * dispersion[:, np.newaxis, np.newaxis])
        return whole[:, wanted[:, np.newaxis], wanted]
    to_wanted = bread[:, wanted] if stack.to_terms is None else stack.to_terms[wanted] @ bread
    influence = to_wanted @ stack.terms
    influence *= (stack.weights * score)[:, np.newaxis]
    return covariance_of_totals(
        kind, influence, design, rows=stack.rows, used=stack.used, rank=stack.rank, clusters=clusters
    )


def _jackknifed(
    kind: Covariance,
    stack: Stack,
    score: FloatArray,
    working: FloatArray,
    design: SurveyDesign,
    clusters: IntArray | None,
) -> FloatArray:
    """Give the covariances by weighted least squares at the solution, model by model."""
    result, originals = [], stack.original()
    for place, used in enumerate(stack.used):
        information = np.maximum(working[place][used], np.finfo(np.float64).tiny)
        basis = decompose(originals[place][:, used].T, stack.weights[place][used] * information)
        residual, rows = score[place][used] / information, stack.rows[used]
        own = None if clusters is None else clusters[used]
        result.append(covariance_of_coefficients(kind, basis, residual, design, rows=rows, clusters=own)[0])
    return np.array(result)
