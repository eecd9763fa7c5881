"""Variances of coefficients: design-based, robust and clustered, for one least-squares fit or many models.

`covariance_of_coefficients` takes one weighted least-squares fit by its basis. `covariance_of_totals` takes
the scores of many models of any kind side by side (see `stack`).
"""

from typing import Literal, get_args

import numpy as np

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray
from inspraak.estimation.basis import Basis
from inspraak.estimation.design import SurveyDesign

Covariance = Literal["design", "classical", "HC0", "HC1", "HC2", "HC3", "cluster", "cluster_HC3"]

ROUNDING = 1e-8  # of leverage and of a term's dependence on a direction: below this it is zero


def covariance_of_coefficients(
    kind: Covariance,
    basis: Basis,
    residual: FloatArray,
    design: SurveyDesign,
    *,
    rows: IntArray,
    clusters: IntArray | None,
) -> tuple[FloatArray, int]:
    """Give the covariance (k, k) of one model's coefficients and its degrees of freedom.

    `residual` (r,), `rows` (r,) of the design, `clusters` (r,) codes. Coefficients that are not identified,
    and all of them where degrees of freedom are used up, get NaN. Sources stand at `regression.fit_linear`.
    Raises ValueError for an unknown kind, and for a clustered one without clusters.
    """
    check_kind(kind, clusters)
    identified, n = basis.identified, len(residual)
    scores = basis.influence[:, identified] * residual[:, np.newaxis]
    to_terms = basis.to_terms[identified]
    df = _degrees_of_freedom(kind, basis.rank, design, rows, clusters)
    whole = np.full((identified.size, identified.size), np.nan)
    if min(df, n - basis.rank) <= 0 or not identified.any():
        return whole, df
    if clusters is not None and kind.startswith("cluster"):
        inner = _clustered(kind, basis, scores, to_terms, residual, clusters)
    elif kind == "design":
        inner = design.covariance_of_totals(scores, rows=rows)
    elif kind == "classical":
        inner = to_terms @ to_terms.T * float(basis.weights @ residual**2) / df
    elif kind in ("HC0", "HC1"):
        inner = scores.T @ scores * (n / df if kind == "HC1" else 1.0)
    else:
        inner = _inflated(basis, scores, to_terms, power=0.5 if kind == "HC2" else 1.0)
    whole[np.ix_(identified, identified)] = inner
    return whole, df


def check_kind(kind: Covariance, clusters: IntArray | None) -> None:
    """Raise ValueError for an unknown kind, and for a clustered one without clusters."""
    if kind not in get_args(Covariance):
        raise ValueError(f"covariance is {kind!r}; expected one of {get_args(Covariance)}")
    if kind in ("cluster", "cluster_HC3") and clusters is None:
        raise ValueError(f"covariance {kind!r} needs clusters")


def _degrees_of_freedom(
    kind: Covariance, rank: int, design: SurveyDesign, rows: IntArray, clusters: IntArray | None
) -> int:
    if not rows.size:
        return 0
    if kind == "design":
        present = np.ones((rows.size, 1), dtype=np.bool_)
        return int(design.degrees_of_freedom(present, rows=rows)[0]) + 1 - rank
    if clusters is not None and kind.startswith("cluster"):
        return int(np.unique(clusters).size) - 1
    return int(rows.size) - rank


def _inflated(basis: Basis, scores: FloatArray, to_terms: FloatArray, *, power: float) -> FloatArray:
    """Give HC2 or HC3: residuals over (1 - leverage) to a power.

    A row of leverage one has no residual. The terms that hang on it get NaN, the others nothing from it.
    """
    leverage = basis.leverage
    full = leverage > 1 - ROUNDING
    inflated = scores / (np.where(full, 1.0, 1 - leverage) ** power)[:, np.newaxis]
    inflated[full] = 0.0
    return _without_hanging(inflated.T @ inflated, to_terms, basis.span[full])


def _clustered(
    kind: Covariance,
    basis: Basis,
    scores: FloatArray,
    to_terms: FloatArray,
    residual: FloatArray,
    clusters: IntArray,
) -> FloatArray:
    """Give the sum over g clusters of squared totals of scores, in the manner of HC1 or HC3.

    HC1 scales it by g / (g - 1) (n - 1) / (n - rank). HC3 replaces the residuals of a cluster by
    (I - H_gg)^-1 times them, unscaled; by Woodbury's identity that takes a matrix of the rank of X only.
    Terms that one cluster alone identifies get NaN.
    """
    order, first = _by_cluster(clusters)
    if kind == "cluster":
        n, factor = len(scores), first.size / (first.size - 1)
        totals = np.add.reduceat(scores[order], first, axis=0)
        return np.asarray(totals.T @ totals * factor * (n - 1) / (n - basis.rank))
    span = basis.span[order]
    own = np.add.reduceat(span[:, :, np.newaxis] * span[:, np.newaxis, :], first, axis=0)
    value, vector = np.linalg.eigh(np.eye(basis.rank) - own)
    left = value > ROUNDING
    weighted = (np.sqrt(basis.weights) * residual)[order, np.newaxis]
    totals = np.add.reduceat(span * weighted, first, axis=0)
    inverse = np.divide(1.0, value, out=np.zeros_like(value), where=left)
    jackknifed = np.einsum("gij,gj,gkj,gk->gi", vector, inverse, vector, totals, optimize=True) @ to_terms.T
    alone = np.swapaxes(vector, 1, 2)[~left]
    return _without_hanging(jackknifed.T @ jackknifed, to_terms, alone)


def _without_hanging(covariance: FloatArray, to_terms: FloatArray, directions: FloatArray) -> FloatArray:
    """Put NaN for the terms that depend on any of `directions` (d, rank), unit vectors in the span of X."""
    length = np.sqrt(np.square(to_terms).sum(axis=1))
    hanging = (np.abs(to_terms @ directions.T) > np.sqrt(ROUNDING) * length[:, np.newaxis]).any(axis=1)
    return np.where(hanging | hanging[:, np.newaxis], np.nan, covariance)


def covariance_of_totals(
    kind: Covariance,
    scores: FloatArray,
    design: SurveyDesign,
    *,
    rows: IntArray,
    used: BoolArray,
    rank: int,
    clusters: IntArray | None,
) -> FloatArray:
    """Give the covariance (b, q, q) of totals over rows of scores (b, q, r): the middle of a sandwich.

    `rows` (r,) of the design, `used` (b, r), `rank` the number of parameters, `clusters` (r,)
    codes. HC1 is scaled by n / (n - rank), `cluster` by g / (g - 1) (n - 1) / (n - rank). Raises ValueError
    for a kind that is no function of scores.
    """
    if kind == "design":
        return design.covariances_of_totals(scores, rows=rows, present=used.T)
    n = used.sum(axis=1)
    left = np.where(n > rank, n - rank, np.nan)
    if kind in ("HC0", "HC1"):
        factor = n / left if kind == "HC1" else np.ones(len(n))
    elif kind == "cluster" and clusters is not None:
        order, first = _by_cluster(clusters)
        scores = np.add.reduceat(scores[:, :, order], first, axis=2)
        g = np.logical_or.reduceat(used[:, order], first, axis=1).sum(axis=1)
        factor = np.where(g > 1, g / np.maximum(g - 1, 1), np.nan) * (n - 1) / left
    else:
        raise ValueError(f"covariance {kind!r} is no function of scores")
    return np.asarray(scores @ scores.swapaxes(1, 2) * factor[:, np.newaxis, np.newaxis])


def degrees_of_freedom(
    kind: Covariance,
    design: SurveyDesign,
    *,
    rows: IntArray,
    used: BoolArray,
    rank: int,
    clusters: IntArray | None,
) -> IntArray:
    """Give the degrees of freedom (b,) of models that use these rows; see covariance_of_totals."""
    if kind == "design":
        return design.degrees_of_freedom(used.T, rows=rows) + 1 - rank
    if clusters is not None and kind.startswith("cluster"):
        order, first = _by_cluster(clusters)
        met = np.logical_or.reduceat(used[:, order], first, axis=1)
        return np.asarray(met.sum(axis=1) - 1, dtype=np.int64)
    return np.asarray(used.sum(axis=1) - rank, dtype=np.int64)


def _by_cluster(clusters: IntArray) -> tuple[IntArray, IntArray]:
    """Give an order of the rows by cluster, and where each cluster begins in it."""
    order = np.argsort(clusters, kind="stable")
    return order, np.flatnonzero(np.append(True, np.diff(clusters[order]) > 0))
