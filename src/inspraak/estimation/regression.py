"""Weighted linear regression of many outcomes at once, with design-based and robust variances.

Models are m (one per outcome), terms are k (the columns of X); results are (m, k). A term that X does not
identify is NaN and reported in `aliased`, never a number that hangs on the order of the columns.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_codes, as_mask, as_matrix
from inspraak.estimation.basis import Basis, decompose
from inspraak.estimation.coefficients import Coefficients
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.sandwich import Covariance, covariance_of_coefficients

EXACT = 1e-22  # residual over whole sum of squares: what rounding leaves of an outcome that X fits exactly


@dataclass(frozen=True, eq=False)
class LinearFit(Coefficients):
    """Coefficients of m linear models with k terms, in units of the outcome per unit of the term.

    Variances are NaN, too, where the terms fit the outcome exactly. `r_squared` (m,).
    """

    r_squared: FloatArray


def fit_linear(
    X: ArrayLike,
    Y: ArrayLike,
    design: SurveyDesign,
    *,
    covariance: Covariance = "design",
    clusters: ArrayLike | None = None,
    included: ArrayLike | None = None,
) -> LinearFit:
    """Regress every column of Y on all columns of X, by weighted least squares over complete cases.

    `X` (n, k) holds the intercept too, as a column of ones; `Y` (n, m); NaN = missing. A model uses the
    rows where X and its outcome are complete, the weight is positive and `included` ((n,) or (n, m)
    booleans, default all) holds; models with the same rows share one decomposition.

    `covariance`: `design`, the stratified sandwich with the whole design kept, on units - strata + 1 - rank
    degrees of freedom (R: survey::svyglm); `classical`, `HC0` to `HC3`, on n - rank (sandwich::vcovHC;
    White 1980; MacKinnon & White 1985, Journal of Econometrics 29, 305-325); `cluster` (vcovCL, type HC1;
    Liang & Zeger 1986) and `cluster_HC3` (vcovCL, type HC3; Bell & McCaffrey 2002), on clusters - 1, with
    `clusters` (n,) or else those of the design. All but `design` take nothing but weights from the design.

    Terms are aliased where X loses rank (see `basis`). Raises ValueError for wrong shapes, infinite values
    and a cluster variance without clusters.
    """
    terms, outcomes = as_matrix(X, rows=design.n, name="X"), as_matrix(Y, rows=design.n, name="Y")
    usable = ~np.isnan(outcomes) & (~np.isnan(terms).any(axis=1) & (design.weights > 0))[:, np.newaxis]
    if included is not None:
        usable &= as_mask(included, rows=design.n, name="included")
    chosen = design.clusters if clusters is None else clusters
    codes = None if chosen is None else as_codes(chosen, rows=design.n, name="clusters")
    fit = _empty_fit(outcomes.shape[1], terms.shape[1], covariance)
    for models in _models_by_rows(usable):
        rows = design.order[usable[design.order, models[0]]]
        cluster = None if codes is None else codes[rows]
        _fit_models(fit, models, terms[rows], outcomes[np.ix_(rows, models)], design, rows, cluster)
    return fit


def _fit_models(
    fit: LinearFit,
    models: IntArray,
    terms: FloatArray,
    targets: FloatArray,
    design: SurveyDesign,
    rows: IntArray,
    clusters: IntArray | None,
) -> None:
    """Write the models that share these complete rows into the arrays of a fit that is being made."""
    basis = decompose(terms, design.weights[rows])
    fit.n[models], fit.rank[models], fit.aliased[models] = rows.size, basis.rank, ~basis.identified
    fit.sd_x[models], fit.sd_y[models] = (_weighted_sd(part, basis.weights) for part in (terms, targets))
    fit.coefficients[models] = np.where(basis.identified, (basis.influence.T @ targets).T, np.nan)
    residuals = targets - basis.fitted(targets)
    fit.r_squared[models] = _r_squared(targets, residuals, basis)
    for model, residual in zip(models, residuals.T):
        fit.covariance[model], fit.df[model] = covariance_of_coefficients(
            fit.covariance_kind, basis, residual, design, rows=rows, clusters=clusters
        )
    left, whole = (np.einsum("i,ij,ij->j", basis.weights, part, part) for part in (residuals, targets))
    fit.covariance[models[left <= EXACT * whole]] = np.nan


def _empty_fit(m: int, k: int, covariance: Covariance) -> LinearFit:
    return LinearFit(
        covariance_kind=covariance,
        coefficients=np.full((m, k), np.nan),
        covariance=np.full((m, k, k), np.nan),
        df=np.zeros(m, dtype=np.int64),
        n=np.zeros(m, dtype=np.int64),
        rank=np.zeros(m, dtype=np.int64),
        aliased=np.ones((m, k), dtype=np.bool_),
        r_squared=np.full(m, np.nan),
        sd_x=np.full((m, k), np.nan),
        sd_y=np.full(m, np.nan),
    )


def _models_by_rows(usable: BoolArray) -> list[IntArray]:
    """Group the columns (models) that use the same rows, in order of first appearance."""
    groups: dict[bytes, list[int]] = {}
    for model, column in enumerate(np.packbits(usable, axis=0).T):
        groups.setdefault(column.tobytes(), []).append(model)
    return [np.array(models, dtype=np.int64) for models in groups.values()]


def _weighted_sd(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Give sqrt(sum w (x - mean)^2 / sum w * n / (n - 1)), 0 for a constant (R: svyvar)."""
    n = len(values)
    if n < 2:
        return np.full(values.shape[1], np.nan)
    share = weights / weights.sum()
    squares = share @ np.square(values - share @ values)
    return np.where(np.ptp(values, axis=0) > 0, np.sqrt(squares * n / (n - 1)), 0.0)


def _r_squared(targets: FloatArray, residuals: FloatArray, basis: Basis) -> FloatArray:
    """Give 1 - residual over total sum of squares, the total around the mean if X holds a constant."""
    if not len(targets):
        return np.full(targets.shape[1], np.nan)
    ones = np.ones((len(targets), 1))
    has_constant = np.allclose(basis.fitted(ones), ones, rtol=0, atol=1e-8)
    share = basis.weights / basis.weights.sum()
    centred = targets - share @ targets if has_constant else targets
    total = share @ np.square(centred)
    varies = np.ptp(targets, axis=0) > 0 if has_constant else total > 0
    ratio = np.divide(share @ np.square(residuals), total, out=np.full(total.shape, np.nan), where=varies)
    return np.asarray(1 - ratio)
