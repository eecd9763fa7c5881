"""Multinomial logit of an outcome of categories, in many imputed data sets at once, design-based.

P(Y = category j) is exp(x b_j) over the sum of these, with b = 0 for the first category: McFadden (1974), in Zarembka,
Frontiers in Econometrics, 105-142. Models are m, terms k, categories J.
"""

from dataclasses import dataclass, fields
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_codes
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.multinomial_likelihood import MultinomialLikelihood
from inspraak.estimation.newton import inverse, maximise
from inspraak.estimation.sandwich import Covariance, check_kind, covariance_of_totals, degrees_of_freedom
from inspraak.estimation.stack import Stack, check_regressions

KINDS = ("design", "classical", "HC0", "HC1", "cluster")
MOST = 12  # categories: more are no sort of answer


@dataclass(frozen=True, eq=False)
class MultinomialFit:
    """Log-odds of each of J - 1 categories against the first, per unit of k terms, in m models.

    `categories` (J,) are the values of the outcome. `coefficients` (m, J - 1, k); `parameters` (m, (J - 1) k) are they
    in one row, category by category, of least norm where terms are redundant: right for predictions, not to be shown.
    `covariance` and `inverse_information` (m, (J - 1) k, (J - 1) k) are of the parameters; variances are NaN where `df`
    is zero or less. `rank` counts all independent parameters, `counts` (m, J) the rows of each category. `status` (m,)
    as in `generalised.GeneralisedFit`: a category without a row has no finite coefficients, so that its model is
    `separated`. `sd_x` (m, k) weighted SDs over the rows of the model.
    """

    null_hypothesis: ClassVar[str] = "the term changes the odds of no category"

    covariance_kind: Covariance
    categories: FloatArray
    coefficients: FloatArray
    covariance: FloatArray
    df: IntArray
    n: IntArray
    rank: IntArray
    aliased: BoolArray
    sd_x: FloatArray
    counts: IntArray
    status: IntArray
    iterations: IntArray
    log_likelihood: FloatArray
    parameters: FloatArray
    inverse_information: FloatArray

    @property
    def converged(self) -> BoolArray:
        """Whether each model has converged, (m,)."""
        return np.asarray(self.status == "converged")

    @property
    def std_errors(self) -> FloatArray:
        """Standard errors of the coefficients, (m, J - 1, k)."""
        errors = np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2)).reshape(self.coefficients.shape)
        return np.where(np.isnan(self.coefficients), np.nan, errors)


def fit_multinomial(
    X: ArrayLike,
    Y: ArrayLike,
    design: SurveyDesign,
    *,
    covariance: Covariance = "design",
    clusters: ArrayLike | None = None,
    included: ArrayLike | None = None,
) -> MultinomialFit:
    """Fit m multinomial logit models by weighted maximum likelihood over complete cases.

    `X` (n, k) or (m, n, k) with the intercept, `Y` (n, m) or (n,) numbers that stand for categories, NaN = missing,
    `included`: as in `generalised.fit_generalised`. The categories are all values that some model uses; the lowest is
    the one that the others are set against. `covariance`: `design`, the stratified sandwich of the scores (Binder 1983,
    International Statistical Review 51, 279-292; of two categories R: survey::svyglm with quasibinomial), `classical`
    (R: nnet::multinom), `HC0`, `HC1` or `cluster`.

    Raises ValueError for wrong shapes, infinite values, more than 12 categories and other kinds of variance.
    """
    data = check_regressions(X, Y, design, included)
    chosen = design.clusters if clusters is None else clusters
    codes = None if chosen is None else as_codes(chosen, rows=design.n, name="clusters")
    check_kind(covariance, codes)
    if covariance not in KINDS:
        raise ValueError(
            f"covariance is {covariance!r}; expected one of {KINDS} for an outcome of categories"
        )
    stacks = list(data.stacks())
    used = [np.unique(stack.targets[stack.used]) for stack in stacks]
    categories = np.unique(np.concatenate([np.empty(0), *used]))
    if categories.size > MOST:
        raise ValueError(f"Y takes {categories.size} values; expected {MOST} categories at most")
    fit = _empty_fit(data.m, data.k, categories, covariance)
    for stack in stacks:
        _fit_stack(fit, stack, design, None if codes is None else codes[stack.rows])
    return fit


def _fit_stack(fit: MultinomialFit, stack: Stack, design: SurveyDesign, clusters: IntArray | None) -> None:
    """Write the models of one stack into a fit that is being made."""
    models, others = stack.models, fit.categories.size - 1
    rank, kind = others * stack.rank, fit.covariance_kind
    fit.n[models], fit.rank[models], fit.sd_x[models] = stack.n, rank, stack.sd_x
    fit.aliased[models] = False if stack.identified is None else ~stack.identified
    fit.df[models] = degrees_of_freedom(
        kind, design, rows=stack.rows, used=stack.used, rank=rank, clusters=clusters
    )
    likelihood = MultinomialLikelihood.of(stack, fit.categories)
    fit.counts[models] = likelihood.member.sum(axis=2)
    fit.status[models] = "separated"
    everywhere = np.asarray((fit.counts[models] > 0).all(axis=1))
    if others < 1 or not everywhere.any():
        return
    likelihood = likelihood if everywhere.all() else likelihood.take(everywhere)
    optimum = maximise(likelihood, likelihood.start())
    models = likelihood.stack.models
    fit.status[models], fit.iterations[models] = optimum.status, optimum.iterations
    good = np.asarray(optimum.status == "converged")
    if good.any():
        likelihood = likelihood if good.all() else likelihood.take(good)
        _write(fit, likelihood, optimum.parameters[good], optimum.information[good], design, clusters)


def _write(
    fit: MultinomialFit,
    likelihood: MultinomialLikelihood,
    found: FloatArray,
    information: FloatArray,
    design: SurveyDesign,
    clusters: IntArray | None,
) -> None:
    """Write the solutions of models that have converged, turned from the columns of the stack into terms."""
    stack, kind = likelihood.stack, fit.covariance_kind
    models, others = stack.models, fit.categories.size - 1
    rank = others * stack.rank
    fit.log_likelihood[models] = likelihood.log_likelihood(found)
    bread = inverse(information)
    inner = bread
    if kind != "classical":
        middle = covariance_of_totals(
            kind, likelihood.scores(found), design, rows=stack.rows, used=stack.used, rank=rank, clusters=clusters
        )  # fmt: skip
        inner = bread @ middle @ bread
    impossible = (fit.df[models] <= 0) | (stack.n <= rank)
    inner = np.where(impossible[:, np.newaxis, np.newaxis], np.nan, inner)
    turn = np.kron(np.eye(others), np.eye(stack.rank) if stack.to_terms is None else stack.to_terms)
    fit.parameters[models] = found @ turn.T
    fit.covariance[models] = turn @ inner @ turn.T
    fit.inverse_information[models] = turn @ bread @ turn.T
    shown = fit.parameters[models].reshape(len(models), others, -1)
    fit.coefficients[models] = np.where(fit.aliased[models][:, np.newaxis], np.nan, shown)


def _empty_fit(m: int, k: int, categories: FloatArray, covariance: Covariance) -> MultinomialFit:
    others = max(categories.size - 1, 0)
    shapes = {
        "coefficients": (m, others, k), "covariance": (m, others * k, others * k), "sd_x": (m, k),
        "log_likelihood": (m,), "parameters": (m, others * k),
        "inverse_information": (m, others * k, others * k),
    }  # fmt: skip
    counted = {"df": (m,), "n": (m,), "rank": (m,), "counts": (m, categories.size), "iterations": (m,)}
    made = {name: np.full(shape, np.nan) for name, shape in shapes.items()}
    made |= {name: np.zeros(shape, dtype=np.int64) for name, shape in counted.items()}
    assert {*made, "covariance_kind", "categories", "aliased", "status"} == {
        one.name for one in fields(MultinomialFit)
    }
    return MultinomialFit(
        covariance_kind=covariance,
        categories=categories,
        aliased=np.ones((m, k), dtype=np.bool_),
        status=np.full(m, "empty", dtype="<U13"),
        **made,
    )
