"""Generalised linear models of many outcomes and many imputed data sets at once, with design-based variances.

Models are m, terms are k; results are (m, k), on the scale of the linear predictor. What a model cannot
say is NaN: a redundant term (`aliased`), and every number of a model whose `status` is not `converged`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_codes
from inspraak.estimation.coefficients import Coefficients
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.families import Family, FamilyName, Linear, NegativeBinomial, Poisson, family_of
from inspraak.estimation.negative_binomial import fit_dispersion
from inspraak.estimation.newton import Optimum, inverse, maximise
from inspraak.estimation.regression import EXACT
from inspraak.estimation.sandwich import Covariance, check_kind, degrees_of_freedom
from inspraak.estimation.solution_variance import covariance_at_solution
from inspraak.estimation.stack import Stack, check_regressions, check_terms, weighted_gram

SEPARATING = 1e-3  # of the largest change: terms that move less are no part of a separation


@dataclass(frozen=True, eq=False)
class GeneralisedFit(Coefficients):
    """Coefficients of m models with k terms, on the scale of the linear predictor per unit of the term.

    `status` (m,): `converged`; `separated`, some terms foretell some outcomes without error, so that no
    finite coefficients fit best, and `separating` (m, k) marks those terms; `not converged`; `empty`, no
    complete row. `dispersion` (m,) is Pearson's chi-square over n - rank, `theta` (m,) and its standard
    error are those of a negative binomial, infinite where the counts vary no more than a Poisson's.
    `log_likelihood` (m,) takes weights of mean one. `solution` (m, k), its covariance and the inverse of the
    information are those of the solution of least norm where terms are redundant: right for predictions,
    not to be shown; elsewhere the solution is `coefficients`. Covariances are NaN outside `variances_of`.
    """

    family: FamilyName
    status: IntArray  # (m,) of newton.Status, as numpy text
    separating: BoolArray
    iterations: IntArray
    dispersion: FloatArray
    theta: FloatArray
    theta_std_error: FloatArray
    log_likelihood: FloatArray
    solution: FloatArray
    solution_covariance: FloatArray
    inverse_information: FloatArray

    @property
    def converged(self) -> BoolArray:
        """Whether each model has converged, (m,)."""
        return np.asarray(self.status == "converged")

    @property
    def standardisation(self) -> FloatArray:
        """SD of the term, (m, k), NaN where it does not vary; for a linear model over SD of the outcome.

        So `standardised` is the change of the log-odds or log-mean per SD of the term.
        """
        if self.family == "linear":
            return super().standardisation
        return np.where(self.sd_x > 0, self.sd_x, np.nan)


def fit_generalised(
    X: ArrayLike,
    Y: ArrayLike,
    design: SurveyDesign,
    *,
    family: FamilyName,
    covariance: Covariance = "design",
    clusters: ArrayLike | None = None,
    included: ArrayLike | None = None,
    variances_of: Sequence[int] | None = None,
) -> GeneralisedFit:
    """Fit m generalised linear models by weighted (quasi-)likelihood over complete cases.

    `X` (n, k) shared by all models, or (m, n, k), one for each, as for imputed data sets; it holds the
    intercept too. `Y` (n, m), or (n,) for one outcome under all X; NaN = missing. A model uses the rows
    where its X and outcome are complete, the weight is positive and `included` ((n,) or (n, m) booleans)
    holds. Fastest where X lies row-last in memory, X = Z.swapaxes(1, 2) with Z (m, k, n).

    `family`: `linear`; `logit` (0 or 1), `fractional_logit` (0..1), `poisson` (0 or more), `negative_binomial`
    (whole numbers; theta by maximum likelihood, then taken as known; expected information, as MASS::glm.nb).
    `covariance` as in `regression.fit_linear`, of the working residuals and weights at the solution (R:
    survey::svyglm; sandwich::vcovHC and vcovCL of a glm or glm.nb); `classical` is the inverse information,
    weights of mean one, times the dispersion for linear and fractional outcomes. t tests, also where R's
    glm refers to the normal. `variances_of` are the terms (indices, default all) whose variances are wanted: a few
    terms out of many take much less time.

    Raises ValueError for wrong shapes, infinite values, outcomes outside the family's range, and a cluster
    variance without clusters.
    """
    data = check_regressions(X, Y, design, included)
    chosen = design.clusters if clusters is None else clusters
    codes = None if chosen is None else as_codes(chosen, rows=design.n, name="clusters")
    check_kind(covariance, codes)
    blank, wanted = family_of(family), check_terms(variances_of, data.k)
    fit = _empty_fit(data.m, data.k, family, covariance)
    for stack in data.stacks():
        _fit_stack(fit, stack, blank, design, None if codes is None else codes[stack.rows], wanted)
    return fit


@dataclass(frozen=True, eq=False)
class _Likelihood:
    """The objective of one family over a stack."""

    family: Family
    stack: Stack

    @property
    def n(self) -> IntArray:
        return self.stack.n

    def evaluate(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        stack = self.stack
        score, information = self.family.working(stack.predictor(parameters), stack.targets)
        gradient = stack.totals(stack.weights * score)
        return gradient, weighted_gram(stack.terms, stack.weights * information)

    def change(self, direction: FloatArray) -> FloatArray:
        return np.asarray(np.abs(self.stack.predictor(direction) * self.stack.used).max(axis=1))

    def recedes(self, direction: FloatArray) -> BoolArray:
        largest = np.maximum(self.change(direction), np.finfo(np.float64).tiny)
        move = self.stack.predictor(direction) / largest[:, np.newaxis]
        return np.asarray((self.family.recedes(self.stack.targets, move) | ~self.stack.used).all(axis=1))

    def take(self, keep: BoolArray) -> "_Likelihood":
        return _Likelihood(self.family.take(keep), self.stack.take(keep))


def _optimum(family: Family, stack: Stack) -> tuple[Family, Optimum, FloatArray]:
    start, b = family.start(stack), len(stack.models)
    none = np.full(b, np.nan)
    if isinstance(family, Linear):
        status = np.full(b, "converged", dtype="<U13")
        return (
            family,
            Optimum(start, stack.gram, np.zeros_like(start), status, np.ones(b, dtype=np.int64)),
            none,
        )
    if isinstance(family, NegativeBinomial):
        return fit_dispersion(stack, maximise(_Likelihood(Poisson(), stack), start))
    return family, maximise(_Likelihood(family, stack), start), none


def _fit_stack(
    fit: GeneralisedFit,
    stack: Stack,
    blank: Family,
    design: SurveyDesign,
    clusters: IntArray | None,
    wanted: IntArray,
) -> None:
    """Write the models of one stack into the arrays of a fit that is being made."""
    expected = blank.wrong_outcomes(stack.targets)
    if expected:
        raise ValueError(f"Y holds other values than a {fit.family} outcome has; expected {expected}")
    models = stack.models
    fit.n[models], fit.rank[models] = stack.n, stack.rank
    fit.sd_x[models], fit.sd_y[models] = stack.sd_x, stack.sd_y
    fit.aliased[models] = False if stack.identified is None else ~stack.identified
    fit.df[models] = degrees_of_freedom(
        fit.covariance_kind, design, rows=stack.rows, used=stack.used, rank=stack.rank, clusters=clusters
    )
    family, optimum, theta_error = _optimum(blank, stack)
    fit.status[models], fit.iterations[models] = optimum.status, optimum.iterations
    _mark_separating(fit, stack, optimum)
    good = optimum.status == "converged"
    if not good.any():
        return
    if not good.all():
        stack, family, theta_error = stack.take(good), family.take(good), theta_error[good]
    if isinstance(family, NegativeBinomial):
        fit.theta[stack.models], fit.theta_std_error[stack.models] = family.theta[:, 0], theta_error
    _write(fit, stack, family, optimum.parameters[good], optimum.information[good], design, clusters, wanted)


def _write(
    fit: GeneralisedFit,
    stack: Stack,
    family: Family,
    parameters: FloatArray,
    information: FloatArray,
    design: SurveyDesign,
    clusters: IntArray | None,
    wanted: IntArray,
) -> None:
    """Write the solutions of models that have converged, and the variances of the terms that are wanted."""
    models = stack.models
    eta = stack.predictor(parameters)
    score, working = family.working(eta, stack.targets)
    left = np.maximum(stack.n - stack.rank, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        fit.dispersion[models] = (stack.weights * score**2 / working).sum(axis=1, where=stack.used) / left
    if not family.free_dispersion:
        fit.log_likelihood[models] = (stack.weights * family.log_likelihood(eta, stack.targets)).sum(axis=1)
    bread = inverse(information)
    fit.solution[models] = stack.of_terms(parameters)
    fit.inverse_information[models] = stack.covariance_of_terms(bread)
    free = fit.dispersion[models] if family.free_dispersion else np.ones(models.size)
    inner = covariance_at_solution(
        fit.covariance_kind,
        stack,
        score,
        working,
        bread,
        design,
        dispersion=free,
        clusters=clusters,
        wanted=wanted,
    )
    impossible = (fit.df[models] <= 0) | (left == 0)
    if isinstance(family, Linear):
        residual, whole = ((stack.weights * part**2).sum(axis=1) for part in (score, stack.targets))
        impossible |= residual <= EXACT * whole
    inner = np.where(impossible[:, np.newaxis, np.newaxis], np.nan, inner)
    fit.solution_covariance[models[:, np.newaxis, np.newaxis], wanted[:, np.newaxis], wanted] = inner
    aliased = fit.aliased[models]
    fit.coefficients[models] = np.where(aliased, np.nan, fit.solution[models])
    hidden = aliased[:, :, np.newaxis] | aliased[:, np.newaxis]
    fit.covariance[models] = np.where(hidden, np.nan, fit.solution_covariance[models])


def _mark_separating(fit: GeneralisedFit, stack: Stack, optimum: Optimum) -> None:
    """Mark the terms of separated models that move along the direction of separation."""
    places = np.flatnonzero(optimum.status == "separated")
    if not places.size:
        return
    part = stack.take(places)
    move = part.of_terms(optimum.direction[places]) * np.maximum(part.sd_x, np.abs(part.mean))
    largest = np.abs(move).max(axis=1, keepdims=True)
    fit.separating[part.models] = np.abs(move) > SEPARATING * largest


def _empty_fit(m: int, k: int, family: FamilyName, covariance: Covariance) -> GeneralisedFit:
    def blank(*shape: int) -> FloatArray:
        return np.full(shape, np.nan)

    return GeneralisedFit(
        covariance_kind=covariance,
        coefficients=blank(m, k),
        covariance=blank(m, k, k),
        df=np.zeros(m, dtype=np.int64),
        n=np.zeros(m, dtype=np.int64),
        rank=np.zeros(m, dtype=np.int64),
        aliased=np.ones((m, k), dtype=np.bool_),
        sd_x=blank(m, k),
        sd_y=blank(m),
        family=family,
        status=np.full(m, "empty", dtype="<U13"),
        separating=np.zeros((m, k), dtype=np.bool_),
        iterations=np.zeros(m, dtype=np.int64),
        dispersion=blank(m),
        theta=blank(m),
        theta_std_error=blank(m),
        log_likelihood=blank(m),
        solution=blank(m, k),
        solution_covariance=blank(m, k, k),
        inverse_information=blank(m, k, k),
    )
