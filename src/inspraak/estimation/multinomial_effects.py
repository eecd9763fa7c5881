"""What a multinomial logit makes of the probability of each category: marginal effects, and changes from low to high x.

Models are m, categories J, quantities q. Source: Bartus (2005), Stata Journal 5, 309-329; Dowd, Greene & Norton (2014),
Health Services Research 49, 731-750 (delta method).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_codes
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.marginal import Response, errors_of, unconditional
from inspraak.estimation.multinomial import MultinomialFit
from inspraak.estimation.multinomial_likelihood import predictors, probabilities, scores_of
from inspraak.estimation.stack import Stack, check_regressions, check_terms


@dataclass(frozen=True, eq=False)
class CategoryEffects:
    """Quantities (m, J, q) of the probability (0 to 1) of each of J categories, averaged over the rows of each model.

    `std_errors` hold covariates and weights fixed; `unconditional_std_errors` count the rows as drawn too, NaN for a
    variance that is no sum over rows. `sd_y` (m, J) is the weighted SD of being in the category.
    """

    null_hypothesis: ClassVar[str] = "the probability of the category does not change with the term"

    estimates: FloatArray
    std_errors: FloatArray
    unconditional_std_errors: FloatArray
    sd_y: FloatArray


Averages = Callable[[Stack, FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
"""Of a stack, its columns (b, k, r) and parameters: quantities by row (b, J, q, r), gradients of their averages."""


def category_effects(
    fit: MultinomialFit,
    X: ArrayLike,
    Y: ArrayLike,
    design: SurveyDesign,
    *,
    terms: Sequence[int],
    clusters: ArrayLike | None = None,
    included: ArrayLike | None = None,
) -> CategoryEffects:
    """Give the average marginal effect of each of q `terms` (indices) on the probability of each category.

    The slope d p_j / d x = p_j (b_j - sum of p b), averaged under the weights of the design; `X`, `Y`, `design`,
    `clusters` and `included` are those of the fit. NaN for a term that is not identified and for a model that has not
    converged. R: marginaleffects::avg_slopes of a nnet::multinom. Raises ValueError for shapes other than the fit's.
    """
    wanted = check_terms(terms, fit.sd_x.shape[1])

    def slopes(stack: Stack, columns: FloatArray, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        return _slopes(stack, columns, parameters, wanted)

    unknown = (fit.aliased | ~(fit.sd_x > 0))[:, wanted]
    return _effects(fit, X, Y, design, clusters, included, slopes, unknown)


def category_changes(
    fit: MultinomialFit,
    X: ArrayLike,
    Y: ArrayLike,
    design: SurveyDesign,
    *,
    term: int,
    ends: FloatArray,
    clusters: ArrayLike | None = None,
    included: ArrayLike | None = None,
) -> CategoryEffects:
    """Give the probability of each category with a term at its low end, at its high end, and the risk difference.

    `ends` (m, 2) are two values of the term in each model; every row gets them in turn, all else as it is, and the
    predictions are averaged under the weights of the design (marginal standardisation: Muller & MacLehose 2014,
    International Journal of Epidemiology 43, 962-970). q is 3: low, high, difference. R: marginaleffects::
    avg_comparisons of a nnet::multinom. NaN and errors as in `category_effects`.
    """
    check_terms([term], fit.sd_x.shape[1])
    values = np.asarray(ends, dtype=np.float64)
    if values.shape != (len(fit.n), 2):
        raise ValueError(f"ends have shape {values.shape}; expected ({len(fit.n)}, 2)")

    def changes(stack: Stack, columns: FloatArray, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        return _changes(stack, columns, parameters, term, values[stack.models])

    unknown = np.repeat((fit.aliased | ~(fit.sd_x > 0))[:, [term]], 3, axis=1)
    return _effects(fit, X, Y, design, clusters, included, changes, unknown)


def _effects(
    fit: MultinomialFit,
    X: ArrayLike,
    Y: ArrayLike,
    design: SurveyDesign,
    clusters: ArrayLike | None,
    included: ArrayLike | None,
    averages: Averages,
    unknown: BoolArray,
) -> CategoryEffects:
    """Average quantities by row, with errors by the delta method; `unknown` (m, q) marks what is not identified."""
    data = check_regressions(X, Y, design, included)
    if (data.m, data.k) != fit.sd_x.shape:
        raise ValueError(f"X and Y hold {data.m} models of {data.k} terms, the fit {fit.sd_x.shape}")
    chosen = design.clusters if clusters is None else clusters
    codes = None if chosen is None else as_codes(chosen, rows=design.n, name="clusters")
    shape = (data.m, fit.categories.size, unknown.shape[1])
    estimates, fixed, free, sd_y = (np.full(one, np.nan) for one in (shape, shape, shape, shape[:2]))
    for stack in data.stacks(np.flatnonzero(fit.converged)):
        models, own = stack.models, None if codes is None else codes[stack.rows]
        block = _block(fit, stack, design, own, averages)
        for whole, part in zip((estimates, fixed, free), block):
            whole[models] = part.reshape(-1, *shape[1:])
        share = _share(stack) @ (stack.targets[:, :, np.newaxis] == fit.categories).astype(np.float64)
        n = stack.n[:, np.newaxis]
        sd_y[models] = np.sqrt(share[:, 0] * (1 - share[:, 0]) * n / np.maximum(n - 1, 1))
    hidden = unknown[:, np.newaxis]
    estimates, fixed, free = (np.where(hidden, np.nan, part) for part in (estimates, fixed, free))
    return CategoryEffects(estimates, fixed, np.where(np.isnan(fixed), np.nan, free), sd_y)


def _block(
    fit: MultinomialFit, stack: Stack, design: SurveyDesign, clusters: IntArray | None, averages: Averages
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give estimates, errors with the rows fixed and errors with the rows drawn of one stack, (b, J q) each."""
    models, columns, b = stack.models, stack.original(), len(stack.models)
    parameters = fit.parameters[models]
    by_row, gradient = averages(stack, columns, parameters)
    by_row = by_row.reshape(b, -1, by_row.shape[-1])
    gradient = gradient.reshape(b, by_row.shape[1], -1)
    average = (by_row @ _share(stack).swapaxes(1, 2))[:, :, 0]
    fixed = errors_of(gradient @ fit.covariance[models] @ gradient.swapaxes(1, 2))
    member = stack.targets[:, np.newaxis] == fit.categories[:, np.newaxis]
    member = (member & stack.used[:, np.newaxis]).astype(np.float64)
    scores = scores_of(stack, columns, member, parameters) * stack.used[:, np.newaxis]
    pull = gradient @ fit.inverse_information[models] @ scores
    response = Response(average, by_row, gradient, np.zeros_like(average))
    rank, kind = fit.rank[models], fit.covariance_kind
    return average, fixed, unconditional(response, pull, stack, kind, design, rank, clusters)


def _share(stack: Stack) -> FloatArray:
    """Give the share of each row in the average of its model, (b, 1, r)."""
    return (stack.weights / np.maximum(stack.n, 1)[:, np.newaxis])[:, np.newaxis]


def _slopes(
    stack: Stack, columns: FloatArray, parameters: FloatArray, wanted: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Give marginal effects by row (b, J, q, r), and the gradients (b, J, q, J - 1, k) of their averages."""
    b, k, _ = columns.shape
    share = probabilities(predictors(columns, parameters))
    own = parameters.reshape(b, -1, k)[:, :, wanted]
    own = np.concatenate([np.zeros((b, 1, wanted.size)), own], axis=1)  # (b, J, q)
    mean = np.einsum("bjr,bjq->bqr", share, own)
    beyond = own[:, :, :, np.newaxis] - mean[:, np.newaxis]  # (b, J, q, r)
    by_row = share[:, :, np.newaxis] * beyond
    size, row = share.shape[1], _share(stack)
    gradient = np.empty((b, size, wanted.size, size - 1, k))
    for other in range(1, size):
        odds = (np.arange(size) == other)[:, np.newaxis] - share[:, [other]]  # (b, J, r)
        tilt = share[:, :, np.newaxis] * (
            odds[:, :, np.newaxis] * beyond - (share[:, [other]] * beyond[:, other])[:, np.newaxis]
        )
        part = (tilt * row[:, np.newaxis]) @ columns[:, np.newaxis].swapaxes(2, 3)
        level = (share * odds * row).sum(axis=2)
        part[:, :, np.arange(wanted.size), wanted] += level[:, :, np.newaxis]
        gradient[:, :, :, other - 1] = part
    return by_row, gradient


def _changes(
    stack: Stack, columns: FloatArray, parameters: FloatArray, term: int, ends: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give probabilities at both ends and their difference by row (b, J, 3, r), and gradients (b, J, 3, J - 1, k)."""
    b, k, _ = columns.shape
    row = _share(stack)
    levels, gradients = [], []
    for end in ends.T:
        moved = columns.copy()
        moved[:, term] = end[:, np.newaxis]
        share = probabilities(predictors(moved, parameters))
        size = share.shape[1]
        gradient = np.empty((b, size, size - 1, k))
        for other in range(1, size):
            odds = (np.arange(size) == other)[:, np.newaxis] - share[:, [other]]
            gradient[:, :, other - 1] = (share * odds * row) @ moved.swapaxes(1, 2)
        levels.append(share)
        gradients.append(gradient)
    by_row = np.stack([*levels, levels[1] - levels[0]], axis=2)
    return by_row, np.stack([*gradients, gradients[1] - gradients[0]], axis=2)
