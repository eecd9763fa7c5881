"""Average marginal effects of ordered logit models on the probability of each level, and of that level or more."""

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
    Response,
    check_categories,
    errors_of,
    is_category,
    respond,
    unconditional,
)
from inspraak.estimation.ordered_likelihood import OrderedLikelihood
from inspraak.estimation.ordinal import OrdinalFit
from inspraak.estimation.stack import Stack, check_regressions


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
    pull = fit.inverse_information[[model], whole, whole] @ _scores(stack, terms, levels, slopes, thresholds)
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
    response = respond(Logit(), stack, terms, slopes, eta, sets)
    to_cuts = np.zeros((*response.shift.shape, cuts))
    to_cuts[:, :, place] = -response.shift
    gradient = np.concatenate([response.gradient, to_cuts], axis=2)
    return Response(response.average, response.by_row, gradient, response.shift)


def _scores(
    stack: Stack, terms: FloatArray, levels: FloatArray, slopes: FloatArray, thresholds: FloatArray
) -> FloatArray:
    """Give each row's derivatives (1, k + J - 1, r) to slopes and thresholds of the terms themselves."""
    plain = Stack(
        **{name: getattr(stack, name) for name in ("models", "rows", "targets", "weights", "used")},
        **{name: getattr(stack, name) for name in ("gram", "mean", "sd_x", "sd_y")},
        terms=terms,
    )
    likelihood = OrderedLikelihood.of(plain, levels[np.newaxis])
    return likelihood.scores(np.concatenate([slopes, thresholds[np.newaxis]], axis=1))
