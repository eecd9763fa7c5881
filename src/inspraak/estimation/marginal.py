"""Average marginal effects of generalised and ordered models: how far the mean outcome moves with a term.

For a term that is a quantity, the weighted mean of the slope d mu / d x; for a category of a set, of the
change from the reference category. Models are m, terms k. Source: Bartus (2005), Stata Journal 5, 309-329;
Dowd, Greene & Norton (2014), Health Services Research 49, 731-750 (delta method). R: margins::margins.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_codes
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.distributions import t_p_value, t_quantile
from inspraak.estimation.families import Family, Unit, family_of
from inspraak.estimation.generalised import GeneralisedFit
from inspraak.estimation.sandwich import Covariance, covariance_of_totals
from inspraak.estimation.stack import Stack, check_regressions, check_terms

SCORE_KINDS = ("design", "HC0", "HC1", "cluster")  # of variances that are sums over rows
PERCENT = 100.0


@dataclass(frozen=True, eq=False)
class MarginalEffects:
    """Average marginal effects (m, k) of k terms, in `unit` of the mean per unit of the term.

    `std_errors` hold the covariates and weights fixed, NaN where the fit has not the variances of all terms;
    `unconditional_std_errors` add the variance of the weighted mean itself, NaN for a variance that is no sum over
    rows (classical, jackknifed). `discrete`
    (k,) marks the categories, which have no value per SD.
    """

    null_hypothesis: ClassVar[str] = "the average marginal effect is zero"

    unit: Unit
    estimates: FloatArray
    std_errors: FloatArray
    unconditional_std_errors: FloatArray
    df: IntArray
    sd_x: FloatArray
    sd_y: FloatArray
    discrete: BoolArray

    @property
    def p_values(self) -> FloatArray:
        """Two-sided p-values from t, covariates held fixed, (m, k)."""
        statistics = np.full(self.estimates.shape, np.nan)
        np.divide(self.estimates, self.std_errors, out=statistics, where=self.std_errors > 0)
        return t_p_value(statistics, self.df[:, np.newaxis])

    def intervals(self, level: float = 0.95, *, unconditional: bool = False) -> tuple[FloatArray, FloatArray]:
        """Give the lower and upper bounds of the t intervals, each (m, k)."""
        errors = self.unconditional_std_errors if unconditional else self.std_errors
        half = t_quantile((1 + level) / 2, self.df[:, np.newaxis]) * errors
        return self.estimates - half, self.estimates + half

    @property
    def per_sd(self) -> FloatArray:
        """Factor that turns an estimate or its error into one per SD of the term, (m, k)."""
        return np.where(self.discrete | ~(self.sd_x > 0), np.nan, self.sd_x)

    @property
    def standardisation(self) -> FloatArray:
        """Factor that turns it into SDs of the outcome per SD of the term, (m, k)."""
        spread = np.where(self.sd_y > 0, self.sd_y, np.nan)
        return self.per_sd / spread[:, np.newaxis]

    def natural(self) -> tuple[FloatArray, FloatArray]:
        """Give estimates and errors as people say them: per SD of a quantity, or from reference to category.

        Probabilities and shares are in percentage points, counts in expected counts. Each (m, k).
        """
        factor = np.where(self.discrete, 1.0, self.per_sd)
        factor = factor * (PERCENT if self.unit in ("probability", "share") else 1.0)
        return self.estimates * factor, self.std_errors * factor


@dataclass(frozen=True, eq=False)
class Response:
    """Effects of t of k terms on the mean in b models: what they are on average, and on each row."""

    average: FloatArray  # (b, t)
    by_row: FloatArray  # (b, t, r)
    gradient: FloatArray  # (b, t, k): derivative of each average to each coefficient
    shift: FloatArray  # (b, t): derivative of each average to a constant in the linear predictor


def average_marginal_effects(
    fit: GeneralisedFit,
    X: ArrayLike,
    Y: ArrayLike,
    design: SurveyDesign,
    *,
    terms: Sequence[int] | None = None,
    categories: Sequence[Sequence[int]] = (),
    clusters: ArrayLike | None = None,
    included: ArrayLike | None = None,
) -> MarginalEffects:
    """Give the average marginal effects of a fit over the rows of each model, weighted by the design.

    `terms` are the terms whose effects are wanted (indices, default all); the results have their columns. `X`,
    `Y`, `design`, `clusters` and `included` are those of the fit. `categories` holds sets of dummy terms (indices),
    each set being one variable without its reference: all of a set are put to 0, then one to 1. A term that X also
    uses in a product gets the slope with the product held fixed. The intercept's effect is NaN, as are those of
    terms that are not identified and of models that have not converged.

    Raises ValueError for shapes other than the fit's and for terms outside X.
    """
    data = check_regressions(X, Y, design, included)
    if (data.m, data.k) != fit.coefficients.shape:
        raise ValueError(f"X and Y hold {data.m} models of {data.k} terms, the fit {fit.coefficients.shape}")
    sets, wanted = check_categories(categories, data.k), check_terms(terms, data.k)
    chosen = design.clusters if clusters is None else clusters
    codes = None if chosen is None else as_codes(chosen, rows=design.n, name="clusters")
    estimates, fixed, free = (np.full((data.m, wanted.size), np.nan) for _ in range(3))
    for stack in data.stacks(np.flatnonzero(fit.converged)):
        models = stack.models
        theta = fit.theta[models] if fit.family == "negative_binomial" else None
        family, solution = family_of(fit.family, theta), fit.solution[models]
        columns = stack.original()
        eta = (solution[:, np.newaxis] @ columns)[:, 0]
        response = respond(family, stack, columns, solution, eta, sets, wanted)
        estimates[models] = response.average
        inner = response.gradient @ fit.solution_covariance[models] @ response.gradient.swapaxes(1, 2)
        fixed[models] = errors_of(inner)
        pull = response.gradient @ fit.inverse_information[models] @ columns
        pull *= (stack.weights * family.working(eta, stack.targets)[0])[:, np.newaxis]
        own = None if codes is None else codes[stack.rows]
        free[models] = unconditional(
            response, pull, stack, fit.covariance_kind, design, fit.rank[models], own
        )
    sd_x = fit.sd_x[:, wanted]
    unknown = fit.aliased[:, wanted] | ~(sd_x > 0)
    free = np.where(np.isnan(fit.std_errors[:, wanted]), np.nan, free)
    estimates, fixed, free = (np.where(unknown, np.nan, part) for part in (estimates, fixed, free))
    unit, discrete = family_of(fit.family).unit, is_category(sets, data.k)[wanted]
    return MarginalEffects(unit, estimates, fixed, free, fit.df, sd_x, fit.sd_y, discrete)


def check_categories(categories: Sequence[Sequence[int]], k: int) -> list[list[int]]:
    """Give the sets of terms as lists. Raises ValueError for terms outside 0..k - 1 and for repeated ones."""
    sets = [[int(term) for term in terms] for terms in categories]
    every = [term for terms in sets for term in terms]
    if len(set(every)) < len(every) or any(not 0 <= term < k for term in every):
        raise ValueError(f"categories name terms {every}; expected different ones from 0 to {k - 1}")
    return sets


def is_category(sets: list[list[int]], k: int) -> BoolArray:
    """Mark the terms that are in a set, (k,)."""
    return np.isin(np.arange(k), [term for terms in sets for term in terms])


def respond(
    family: Family,
    stack: Stack,
    columns: FloatArray,
    coefficients: FloatArray,
    eta: FloatArray,
    sets: list[list[int]],
    wanted: IntArray,
) -> Response:
    """Give the effects on a family's mean of the terms `wanted` (t,).

    `columns` (b, k, r) are the terms, `coefficients` (b, k), `eta` (b, r).
    """
    share = stack.weights / np.maximum(stack.n, 1)[:, np.newaxis]
    k = coefficients.shape[1]
    slope, bend = family.curvature(eta)
    level = (share * slope).sum(axis=1)
    tilt = (columns @ (share * bend)[:, :, np.newaxis])[:, :, 0]
    own = coefficients[:, wanted]
    gradient = own[:, :, np.newaxis] * tilt[:, np.newaxis]
    gradient += level[:, np.newaxis, np.newaxis] * np.eye(k)[wanted]
    shift = own * (share * bend).sum(axis=1)[:, np.newaxis]
    by_row = own[:, :, np.newaxis] * slope[:, np.newaxis]
    average = own * level[:, np.newaxis]
    for members in sets:
        reference = eta - (coefficients[:, np.newaxis, members] @ columns[:, members])[:, 0]
        before, steep = family.mean(reference), family.curvature(reference)[0]
        for place in np.flatnonzero(np.isin(wanted, members)):
            term = wanted[place]
            there = reference + coefficients[:, [term]]
            steeper = family.curvature(there)[0]
            by_row[:, place] = family.mean(there) - before
            average[:, place] = (share * by_row[:, place]).sum(axis=1)
            gradient[:, place] = (columns @ (share * (steeper - steep))[:, :, np.newaxis])[:, :, 0]
            gradient[:, place, members] = 0.0
            gradient[:, place, term] = (share * steeper).sum(axis=1)
            shift[:, place] = (share * (steeper - steep)).sum(axis=1)
    return Response(average, by_row, gradient, shift)


def unconditional(
    response: Response,
    pull: FloatArray,
    stack: Stack,
    kind: Covariance,
    design: SurveyDesign,
    rank: IntArray,
    clusters: IntArray | None,
) -> FloatArray:
    """Give standard errors (b, t) that count the rows as drawn too; `pull` (b, t, r) by way of the coefficients."""
    if kind not in SCORE_KINDS:
        return np.full(response.average.shape, np.nan)
    share = (stack.weights / np.maximum(stack.n, 1)[:, np.newaxis])[:, np.newaxis]
    scores = share * (response.by_row - response.average[:, :, np.newaxis]) + pull
    inner = covariance_of_totals(
        kind, scores, design, rows=stack.rows, used=stack.used, rank=int(rank[0]), clusters=clusters
    )
    return errors_of(inner)


def errors_of(covariance: FloatArray) -> FloatArray:
    """Give the square roots of the diagonals of (b, k, k)."""
    return np.asarray(np.sqrt(np.diagonal(covariance, axis1=1, axis2=2)))
