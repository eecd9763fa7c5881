"""Ordered logit (proportional odds) of many outcomes and imputed data sets at once, design-based.

P(Y <= level j) = 1 / (1 + exp(-(threshold_j - x b))): McCullagh (1980), Journal of the Royal Statistical
Society B 42, 109-142. Models are m, terms k, levels of the outcome J (as many as the richest model has).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_codes
from inspraak.estimation.coefficients import Coefficients
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.newton import inverse, maximise
from inspraak.estimation.ordered_likelihood import OrderedLikelihood
from inspraak.estimation.sandwich import Covariance, check_kind, covariance_of_totals, degrees_of_freedom
from inspraak.estimation.stack import Stack, check_regressions

KINDS = ("design", "classical", "HC0", "HC1", "cluster")
MOST = 50  # levels: more are a quantity, not an order


@dataclass(frozen=True, eq=False)
class OrdinalFit(Coefficients):
    """Log-odds of a higher level per unit of each term, (m, k), and the thresholds between levels.

    `rank` and `df` count the thresholds as coefficients. `levels` (m, J) are the values of the outcome, NaN
    after a model's last; `thresholds` (m, J - 1) stand below the same places but the last. `status` (m,) as
    in `generalised.GeneralisedFit` (`empty` also where the outcome has one value or no term varies).
    `parameters` (m, k + J - 1), terms then thresholds, their covariance and inverse information take the
    solution of least norm where terms are redundant: right for predictions, not to be shown.
    """

    status: IntArray
    iterations: IntArray
    levels: FloatArray
    log_likelihood: FloatArray
    parameters: FloatArray
    parameter_covariance: FloatArray
    inverse_information: FloatArray

    @property
    def converged(self) -> BoolArray:
        """Whether each model has converged, (m,)."""
        return np.asarray(self.status == "converged")

    @property
    def thresholds(self) -> FloatArray:
        """Thresholds on the scale of the linear predictor, (m, J - 1)."""
        return self.parameters[:, self.coefficients.shape[1] :]

    @property
    def threshold_std_errors(self) -> FloatArray:
        """Standard errors of the thresholds, (m, J - 1)."""
        variance = np.diagonal(self.parameter_covariance, axis1=1, axis2=2)
        return np.asarray(np.sqrt(variance[:, self.coefficients.shape[1] :]))

    @property
    def standardisation(self) -> FloatArray:
        """SD of the term, (m, k), so that `standardised` is the change of the log-odds per SD of it."""
        return np.where(self.sd_x > 0, self.sd_x, np.nan)


def fit_ordinal(
    X: ArrayLike,
    Y: ArrayLike,
    design: SurveyDesign,
    *,
    covariance: Covariance = "design",
    clusters: ArrayLike | None = None,
    included: ArrayLike | None = None,
) -> OrdinalFit:
    """Fit m proportional-odds models by weighted maximum likelihood over complete cases.

    `X` (n, k) or (m, n, k) without an intercept, `Y` (n, m) or (n,), `included`: as in
    `generalised.fit_generalised`. The levels of an outcome are the values that the rows of its model take, in
    order. `covariance`: `design` (R: survey::svyolr), `classical` (MASS::polr), `HC0`, `HC1` or `cluster`
    (sandwich::sandwich), with the observed information. A constant term is aliased.

    Raises ValueError for wrong shapes, infinite values, more than 50 levels and other kinds of variance.
    """
    data = check_regressions(X, Y, design, included)
    chosen = design.clusters if clusters is None else clusters
    codes = None if chosen is None else as_codes(chosen, rows=design.n, name="clusters")
    check_kind(covariance, codes)
    if covariance not in KINDS:
        raise ValueError(f"covariance is {covariance!r}; expected one of {KINDS} for an ordered outcome")
    fits = []
    for stack in data.stacks(centred=True):
        own = None if codes is None else codes[stack.rows]
        levels = [np.unique(y[used]) for y, used in zip(stack.targets, stack.used)]
        count = np.array([values.size for values in levels])
        if count.max() > MOST:
            raise ValueError(f"Y takes {count.max()} values; expected an ordered outcome of at most {MOST}")
        for size in np.unique(count[count > 1]):
            places = np.flatnonzero(count == size)
            values = np.array([levels[place] for place in places])
            fits.append((stack.take(places), values, own))
    most = max((values.shape[1] for _, values, _ in fits), default=1)
    fit = _empty_fit(data.m, data.k, most, covariance)
    for stack, values, own in fits:
        _fit_stack(fit, stack, values, design, own)
    return fit


def _fit_stack(
    fit: OrdinalFit, stack: Stack, levels: FloatArray, design: SurveyDesign, clusters: IntArray | None
) -> None:
    """Write the models of one stack, all with the same number of levels, into a fit that is being made."""
    models, cuts, k = stack.models, levels.shape[1] - 1, fit.coefficients.shape[1]
    rank = stack.rank + cuts
    fit.n[models], fit.rank[models] = stack.n, rank
    fit.sd_x[models], fit.sd_y[models] = stack.sd_x, stack.sd_y
    fit.aliased[models] = False if stack.identified is None else ~stack.identified
    fit.levels[models, : cuts + 1] = levels
    kind = fit.covariance_kind
    fit.df[models] = degrees_of_freedom(
        kind, design, rows=stack.rows, used=stack.used, rank=rank, clusters=clusters
    )
    likelihood = OrderedLikelihood.of(stack, levels)
    optimum = maximise(likelihood, likelihood.start())
    fit.status[models], fit.iterations[models] = optimum.status, optimum.iterations
    good = optimum.status == "converged"
    if not good.any():
        return
    if not good.all():
        likelihood, models = likelihood.take(good), models[good]
    stack, found = likelihood.stack, optimum.parameters[good]
    fit.log_likelihood[models] = likelihood.log_likelihood(found)
    bread = inverse(optimum.information[good])
    inner = bread
    if kind != "classical":
        scores = likelihood.scores(found)
        middle = covariance_of_totals(
            kind, scores, design, rows=stack.rows, used=stack.used, rank=rank, clusters=clusters
        )
        inner = bread @ middle @ bread
    impossible = (fit.df[models] <= 0) | (stack.n <= rank)
    inner = np.where(impossible[:, np.newaxis, np.newaxis], np.nan, inner)
    turn = _to_parameters(stack, k, cuts)
    fit.parameters[models, : k + cuts] = (turn @ found[:, :, np.newaxis])[:, :, 0]
    for whole, part in ((fit.parameter_covariance, inner), (fit.inverse_information, bread)):
        whole[models, : k + cuts, : k + cuts] = turn @ part @ turn.swapaxes(1, 2)
    aliased = fit.aliased[models]
    fit.coefficients[models] = np.where(aliased, np.nan, fit.parameters[models, :k])
    hidden = aliased[:, :, np.newaxis] | aliased[:, np.newaxis]
    fit.covariance[models] = np.where(hidden, np.nan, fit.parameter_covariance[models, :k, :k])


def _to_parameters(stack: Stack, k: int, cuts: int) -> FloatArray:
    """Give the matrices (b, k + cuts, p + cuts) from the columns, centred, to terms and thresholds."""
    turn = np.zeros((len(stack.models), k + cuts, stack.rank + cuts))
    slopes = np.eye(k) if stack.to_terms is None else stack.to_terms
    turn[:, :k, : stack.rank] = slopes
    turn[:, k:, : stack.rank] = (stack.mean @ slopes)[:, np.newaxis]
    turn[:, k:, stack.rank :] = np.eye(cuts)
    return turn


def _empty_fit(m: int, k: int, most: int, covariance: Covariance) -> OrdinalFit:
    def blank(*shape: int) -> FloatArray:
        return np.full(shape, np.nan)

    return OrdinalFit(
        covariance_kind=covariance,
        coefficients=blank(m, k),
        covariance=blank(m, k, k),
        df=np.zeros(m, dtype=np.int64),
        n=np.zeros(m, dtype=np.int64),
        rank=np.zeros(m, dtype=np.int64),
        aliased=np.ones((m, k), dtype=np.bool_),
        sd_x=blank(m, k),
        sd_y=blank(m),
        status=np.full(m, "empty", dtype="<U13"),
        iterations=np.zeros(m, dtype=np.int64),
        levels=blank(m, most),
        log_likelihood=blank(m),
        parameters=blank(m, k + most - 1),
        parameter_covariance=blank(m, k + most - 1, k + most - 1),
        inverse_information=blank(m, k + most - 1, k + most - 1),
    )
