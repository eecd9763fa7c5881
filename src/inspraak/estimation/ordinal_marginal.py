"""Average marginal effects of ordered logit models: on the mean outcome, and on the probability of each level."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_codes
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.distributions import t_p_value
from inspraak.estimation.families import Logit
from inspraak.estimation.marginal import (
    MarginalEffects,
    Response,
    check_categories,
    errors_of,
    is_category,
    respond,
    unconditional,
)
from inspraak.estimation.ordered_likelihood import OrderedLikelihood
from inspraak.estimation.ordinal import OrdinalFit
from inspraak.estimation.stack import Stack, check_regressions, check_terms


@dataclass(frozen=True, eq=False)
class OrdinalEffects:
    """Changes of probability per unit of the term, (m, J, k), for the J levels of `levels` (m, J).

    `of_level` is that of the level itself, `or_more` that of the level or a higher one (0 for the lowest).
    Errors as in `marginal.MarginalEffects`; `sd_x` (m, k) times a number gives it per SD of a term that is
    not `discrete` (k,).
    """

    null_hypothesis: ClassVar[str] = "the average marginal effect is zero"

    levels: FloatArray
    of_level: FloatArray
    of_level_std_errors: FloatArray
    of_level_unconditional_std_errors: FloatArray
    or_more: FloatArray
    or_more_std_errors: FloatArray
    or_more_unconditional_std_errors: FloatArray
    df: IntArray
    sd_x: FloatArray
    discrete: BoolArray

    def p_values(self, *, or_more: bool = False) -> FloatArray:
        """Give two-sided p-values from t, covariates held fixed, (m, J, k)."""
        estimate = self.or_more if or_more else self.of_level
        error = self.or_more_std_errors if or_more else self.of_level_std_errors
        statistics = np.full(estimate.shape, np.nan)
        np.divide(estimate, error, out=statistics, where=error > 0)
        return t_p_value(statistics, self.df[:, np.newaxis, np.newaxis])


def ordinal_marginal_effects(
    fit: OrdinalFit,
    X: ArrayLike,
    Y: ArrayLike,
    design: SurveyDesign,
    *,
    categories: Sequence[Sequence[int]] = (),
    clusters: ArrayLike | None = None,
    included: ArrayLike | None = None,
) -> OrdinalEffects:
    """Give the average marginal effects of an ordered logit; see `marginal.average_marginal_effects`.

    P(Y above level j) is a logit of x b - threshold_j, and a level's probability a difference of two.
    """
    data = check_regressions(X, Y, design, included)
    if (data.m, data.k) != fit.coefficients.shape:
        raise ValueError(f"X and Y hold {data.m} models of {data.k} terms, the fit {fit.coefficients.shape}")
    sets = check_categories(categories, data.k)
    chosen = design.clusters if clusters is None else clusters
    codes = None if chosen is None else as_codes(chosen, rows=design.n, name="clusters")
    most = fit.levels.shape[1]
    parts = {
        name: np.full((data.m, most, data.k), np.nan) for name in ("p", "fixed", "free", "P", "Fixed", "Free")
    }
    for place in np.flatnonzero(fit.converged):
        model = np.array([place])
        for stack in data.stacks(model, centred=True):
            own = None if codes is None else codes[stack.rows]
            _fill(parts, fit, stack, design, sets, own)
    unknown = (fit.aliased | ~(fit.sd_x > 0))[:, np.newaxis]
    numbers = {name: np.where(unknown, np.nan, values) for name, values in parts.items()}
    return OrdinalEffects(
        levels=fit.levels,
        of_level=numbers["p"],
        of_level_std_errors=numbers["fixed"],
        of_level_unconditional_std_errors=numbers["free"],
        or_more=numbers["P"],
        or_more_std_errors=numbers["Fixed"],
        or_more_unconditional_std_errors=numbers["Free"],
        df=fit.df,
        sd_x=fit.sd_x,
        discrete=is_category(sets, data.k),
    )


def mean_outcome_effects(
    fit: OrdinalFit,
    X: ArrayLike,
    Y: ArrayLike,
    design: SurveyDesign,
    *,
    terms: Sequence[int] | None = None,
    clusters: ArrayLike | None = None,
    included: ArrayLike | None = None,
) -> MarginalEffects:
    """Give the average marginal effects of an ordered logit on the mean of the outcome, its levels as numbers.

    The mean is the lowest level plus, for each next level, its distance times P(Y at that level or above), so that
    the effect is the sum of those distances times the effects `or_more` of `ordinal_marginal_effects`. Every term
    is a quantity. Arguments as in `marginal.average_marginal_effects`; raises ValueError as that does.
    """
    data = check_regressions(X, Y, design, included)
    if (data.m, data.k) != fit.coefficients.shape:
        raise ValueError(f"X and Y hold {data.m} models of {data.k} terms, the fit {fit.coefficients.shape}")
    wanted = check_terms(terms, data.k)
    chosen = design.clusters if clusters is None else clusters
    codes = None if chosen is None else as_codes(chosen, rows=design.n, name="clusters")
    estimates, fixed, free = (np.full((data.m, wanted.size), np.nan) for _ in range(3))
    count = (~np.isnan(fit.levels)).sum(axis=1)
    for size in np.unique(count[fit.converged]):
        for stack in data.stacks(np.flatnonzero(fit.converged & (count == size)), centred=True):
            own, models = None if codes is None else codes[stack.rows], stack.models
            response, pull = _on_mean(fit, stack, int(size), wanted)
            covariance = fit.parameter_covariance[models, : pull.shape[1], : pull.shape[1]]
            estimates[models] = response.average
            fixed[models] = errors_of(response.gradient @ covariance @ response.gradient.swapaxes(1, 2))
            free[models] = unconditional(
                response,
                response.gradient @ pull,
                stack,
                fit.covariance_kind,
                design,
                fit.rank[models],
                own,
            )
    sd_x = fit.sd_x[:, wanted]
    unknown = fit.aliased[:, wanted] | ~(sd_x > 0)
    free = np.where(np.isnan(fixed), np.nan, free)
    estimates, fixed, free = (np.where(unknown, np.nan, part) for part in (estimates, fixed, free))
    nothing = np.zeros(wanted.size, dtype=np.bool_)
    return MarginalEffects("outcome", estimates, fixed, free, fit.df, sd_x, fit.sd_y, nothing)


def _on_mean(fit: OrdinalFit, stack: Stack, size: int, wanted: IntArray) -> tuple[Response, FloatArray]:
    """Give the effects on the mean outcome in models of one number of levels, with gradients to all parameters.

    Beside them the influence of each row on the parameters, (b, k + J - 1, r).
    """
    k, cuts = fit.coefficients.shape[1], size - 1
    parameters = fit.parameters[stack.models, : k + cuts]
    slopes, thresholds, levels = parameters[:, :k], parameters[:, k:], fit.levels[stack.models, :size]
    columns = stack.original() + stack.mean[:, :, np.newaxis]
    share = stack.weights / np.maximum(stack.n, 1)[:, np.newaxis]
    eta = (slopes[:, np.newaxis] @ columns)[:, 0]
    steep, bent, own = np.zeros_like(eta), np.zeros_like(eta), slopes[:, wanted]
    gradient = np.empty((len(eta), wanted.size, k + cuts))
    for cut, distance in enumerate(np.diff(levels, axis=1).T[:, :, np.newaxis]):
        slope, bend = (distance * part for part in Logit().curvature(eta - thresholds[:, [cut]]))
        steep += slope
        bent += bend
        gradient[:, :, k + cut] = -own * (share * bend).sum(axis=1)[:, np.newaxis]
    level = (share * steep).sum(axis=1)[:, np.newaxis]
    tilt = (columns @ (share * bent)[:, :, np.newaxis])[:, :, 0]
    gradient[:, :, :k] = own[:, :, np.newaxis] * tilt[:, np.newaxis]
    gradient[:, :, :k] += level[:, :, np.newaxis] * np.eye(k)[wanted]
    shift = own * (share * bent).sum(axis=1)[:, np.newaxis]
    response = Response(own * level, own[:, :, np.newaxis] * steep[:, np.newaxis], gradient, shift)
    inner = fit.inverse_information[stack.models, : k + cuts, : k + cuts]
    return response, inner @ _scores(stack, columns, levels, slopes, thresholds)


def _fill(
    parts: dict[str, FloatArray],
    fit: OrdinalFit,
    stack: Stack,
    design: SurveyDesign,
    sets: list[list[int]],
    clusters: IntArray | None,
) -> None:
    """Write the effects of the one model of a stack."""
    model, k = int(stack.models[0]), fit.coefficients.shape[1]
    levels = fit.levels[model][~np.isnan(fit.levels[model])]
    cuts = levels.size - 1
    slopes, thresholds = fit.parameters[[model], :k], fit.parameters[model, k : k + cuts]
    terms = stack.original() + stack.mean[:, :, np.newaxis]
    whole = slice(0, k + cuts)
    covariance = fit.parameter_covariance[[model], whole, whole]
    above = [_above(stack, terms, slopes, cut, place, cuts, sets) for place, cut in enumerate(thresholds)]
    pull = fit.inverse_information[[model], whole, whole] @ _scores(
        stack, terms, levels[np.newaxis], slopes, thresholds[np.newaxis]
    )
    nothing = Response(*(np.zeros_like(part) for part in vars(above[0]).values()))
    ladder = [nothing, *above, nothing]
    for level in range(levels.size):
        of_level = Response(
            *(a - b for a, b in zip(vars(ladder[level]).values(), vars(ladder[level + 1]).values()))
        )
        for response, names in ((of_level, ("p", "fixed", "free")), (ladder[level], ("P", "Fixed", "Free"))):
            gradient = response.gradient
            free = unconditional(
                response, gradient @ pull, stack, fit.covariance_kind, design, fit.rank[[model]], clusters
            )
            fixed = errors_of(gradient @ covariance @ gradient.swapaxes(1, 2))
            for name, values in zip(
                names, (response.average, fixed, np.where(np.isnan(fixed), np.nan, free))
            ):
                parts[name][model, level] = values[0]


def _above(
    stack: Stack,
    terms: FloatArray,
    slopes: FloatArray,
    cut: float,
    place: int,
    cuts: int,
    sets: list[list[int]],
) -> Response:
    """Give the effects on the probability above one threshold, with gradients to slopes and thresholds."""
    eta = (slopes[:, np.newaxis] @ terms)[:, 0] - cut
    response = respond(Logit(), stack, terms, slopes, eta, sets, np.arange(slopes.shape[1]))
    to_cuts = np.zeros((*response.shift.shape, cuts))
    to_cuts[:, :, place] = -response.shift
    gradient = np.concatenate([response.gradient, to_cuts], axis=2)
    return Response(response.average, response.by_row, gradient, response.shift)


def _scores(
    stack: Stack, terms: FloatArray, levels: FloatArray, slopes: FloatArray, thresholds: FloatArray
) -> FloatArray:
    """Give each row's derivatives (b, k + J - 1, r) to slopes (b, k) and thresholds (b, J - 1) of the terms."""
    plain = Stack(
        **{name: getattr(stack, name) for name in ("models", "rows", "targets", "weights", "used")},
        **{name: getattr(stack, name) for name in ("gram", "mean", "sd_x", "sd_y")},
        terms=terms,
    )
    likelihood = OrderedLikelihood.of(plain, levels)
    return likelihood.scores(np.concatenate([slopes, thresholds], axis=1))
