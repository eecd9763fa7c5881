"""Indirect effects: x goes together with y by way of mediators; bootstrap over imputed data sets."""

from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.generalised import GeneralisedFit, fit_generalised
from inspraak.estimation.mediation_data import PathData, path_data
from inspraak.estimation.mediation_paths import (
    Order,
    PathEffects,
    Slopes,
    Stage,
    path_effects,
    slopes_of,
    slopes_of_elimination,
)
from inspraak.estimation.mediation_sensitivity import ConfoundingOfMediators, confounding_of_mediators
from inspraak.estimation.pooling import PooledEstimates, combine
from inspraak.estimation.resampled_effects import ResampledEffects, resampled_effects
from inspraak.estimation.resampled_grams import eliminate
from inspraak.estimation.resampling import resampled_weights
from inspraak.estimation.sandwich import Covariance


@dataclass(frozen=True, eq=False)
class Mediation:
    """Effects of x on y in units of y per unit of x: p ways through k mediators, at v values of a moderator.

    `ways` names the mediators on each way. `at` (v,) are the moderator's values, one of NaN without a moderator.
    `indirect` (p, v) is the effect along each way, `total_indirect` (v,) their sum, `direct` (v,) the slope that is
    left, `total` (v,) all together. `moderation` (p,) is the index of moderated mediation: the change of an indirect
    effect per unit of the moderator (on average from the first to the last of `at` where it moderates both stages).
    `reverse` (k, v) is the rival with the order turned, x by way of y to each mediator, in units of the mediator: a
    cross-section fits both alike, so that an effect of the same size in SDs leaves the order open.

    `delta` (p, v) holds the indirect effects with standard errors by the delta method. `slopes_on_x` and
    `slopes_on_mediators` (k,) are those of the mediators on x and of y on the mediators, at the mean of the moderator,
    `slopes_between` (k, k) those of a later mediator (second) on an earlier one, NaN where the model has none. `n` are
    the rows of the data set that uses fewest; SDs are weighted, over the rows used, averaged over data sets.
    """

    null_hypothesis: ClassVar[str] = "the indirect effect is zero"

    ways: tuple[tuple[int, ...], ...]
    at: FloatArray
    n: int
    indirect: ResampledEffects
    total_indirect: ResampledEffects
    direct: ResampledEffects
    total: ResampledEffects
    moderation: ResampledEffects
    reverse: ResampledEffects
    delta: PooledEstimates
    slopes_on_x: PooledEstimates
    slopes_between: PooledEstimates
    slopes_on_mediators: PooledEstimates
    confounding: ConfoundingOfMediators
    sd_x: float
    sd_mediators: FloatArray
    sd_y: float


def mediate(
    x: ArrayLike,
    mediators: ArrayLike,
    y: ArrayLike,
    design: SurveyDesign,
    *,
    rng: np.random.Generator,
    controls: ArrayLike | None = None,
    order: Order = "parallel",
    moderator: ArrayLike | None = None,
    stage: Stage = "first",
    at: ArrayLike | None = None,
    included: ArrayLike | None = None,
    covariance: Covariance = "design",
    draws: int = 5_000,
) -> Mediation:
    """Estimate the indirect effects of x on y by linear regressions, with a bootstrap in every imputed data set.

    `x`, `y` and `moderator` (m, n) or (n,), `mediators` (m, k, n) or (k, n), `controls` (m, c, n) or (c, n); an
    intercept is added. NaN = missing; a data set uses the rows where all columns are there, the weight is positive and
    `included` ((n,) or (m, n) booleans) holds. `stage` says which slopes a moderator changes (see
    `mediation_paths.PathModel`); `at` (v,) are values of it, default its weighted mean and one SD below and above.

    `draws` resamples are drawn by stratum and sampling unit (`resampling.resampled_weights`), the same ones for every
    data set, and the estimates of all data sets are pooled (`resampled_effects`): imputation first, resampling second.
    The regressions of a resample come from its weighted cross-products, exactly. The delta method takes `covariance`
    (as in `generalised.fit_generalised`) and slopes of different regressions as uncorrelated, which they are where
    the model holds (Sobel 1982, Sociological Methodology 13, 290-312).

    An indirect effect says how things go together under the declared order, and is causal only if nothing unmeasured
    drives two of x, mediator and y: see `confounding` and `reverse`. R: lavaan::sem with := and se = "bootstrap".
    Raises ValueError for wrong shapes and words.
    """
    data = path_data(
        design, x=x, mediators=mediators, y=y, controls=controls, moderator=moderator, at=at,
        included=included, order=order, stage=stage,
    )  # fmt: skip
    k = data.model.mediators
    fits = [_fit(data, data.predictors(j), data.mediators[:, j], covariance) for j in range(k)]
    fits.append(_fit(data, data.predictors(None), data.y, covariance))
    slopes = slopes_of(data.model, [fit.coefficients.T for fit in fits], _backwards(data, covariance))
    points = path_effects(data.model, slopes, data.from_centre)
    resamples = _resampled(data, points, draws, rng)
    effects: dict[str, Any] = {
        field.name: resampled_effects(getattr(points, field.name), resamples[field.name])
        for field in fields(PathEffects)
    }
    deviation = data.terms.deviation
    return Mediation(
        ways=data.model.ways,
        at=data.at,
        n=data.terms.n,
        **effects,
        delta=_by_delta_method(data, fits, points),
        **_pooled_slopes(data, fits, slopes),
        confounding=_confounding(data, slopes),
        sd_x=deviation(data.treatments[:, 0], design),
        sd_mediators=np.array([deviation(data.mediators[:, j], design) for j in range(k)]),
        sd_y=deviation(data.y, design),
    )


def _fit(data: PathData, terms: FloatArray, y: FloatArray, covariance: Covariance) -> GeneralisedFit:
    """Regress y (m, n) on terms (m, p, n); the variances of those that are not held are wanted."""
    wanted = range(terms.shape[1] - data.held.shape[1])
    return fit_generalised(
        terms.swapaxes(1, 2), y.T, data.design, family="linear", covariance=covariance,
        included=data.terms.complete.T, variances_of=wanted,
    )  # fmt: skip


def _backwards(data: PathData, covariance: Covariance) -> list[FloatArray]:
    """Give the slopes of y on x, (t, m), and of each mediator on y, (m,): the order turned."""
    turned = np.concatenate([data.y[:, np.newaxis], data.treatments, data.held], axis=1)
    first = _fit(data, turned[:, 1:], data.y, covariance)
    found = [_fit(data, turned, mediator, covariance) for mediator in data.mediators.swapaxes(0, 1)]
    return [first.coefficients.T, *(fit.coefficients[:, 0] for fit in found)]


def _resampled(
    data: PathData, points: PathEffects, draws: int, rng: np.random.Generator
) -> dict[str, FloatArray]:
    """Give each kind of effect in every resample of every data set, (..., m, draws)."""
    products, held = data.cross_products()
    stay = data.model.columns - data.model.treatments
    found = {
        field.name: np.empty((*getattr(points, field.name).shape, draws)) for field in fields(PathEffects)
    }
    start = 0
    for weights in resampled_weights(data.design, draws, rng):
        block = slice(start, start + len(weights))
        for place, gram in enumerate(products.under(weights)):
            slopes = slopes_of_elimination(data.model, eliminate(gram, held, stay))
            effects = path_effects(data.model, slopes, data.from_centre)
            for name, values in found.items():
                values[..., place, block] = getattr(effects, name)
        start = block.stop
    return found


def _confounding(data: PathData, slopes: Slopes) -> ConfoundingOfMediators:
    """Judge the sensitivity from what x and controls leave of mediators and y, under the weights of the design."""
    products, held = data.cross_products()
    stay = data.model.columns - data.model.treatments
    left = [eliminate(gram, held, stay).left for gram in products.under(data.design.weights[np.newaxis])]
    return confounding_of_mediators(np.concatenate(left, axis=2), slopes.on_x, data.model.mediators)


def _by_delta_method(data: PathData, fits: list[GeneralisedFit], points: PathEffects) -> PooledEstimates:
    """Pool the indirect effects (p, v) with the variance of a product of slopes of different regressions."""
    model, w = data.model, data.from_centre[:, np.newaxis]
    k, t, df = model.mediators, model.treatments, min(int(fit.df.min()) for fit in fits)
    variances = np.zeros(points.indirect.shape)
    for place, way in enumerate(model.ways):
        slopes = [_at(fits[way[0]], 0, 1 if model.first_stage else None, w)]
        slopes += [_at(fits[after], t + before, None, w) for before, after in pairwise(way)]
        product = t + k + way[-1] if model.second_stage else None
        slopes.append(_at(fits[k], t + way[-1], product, w))
        for own, (_, variance) in enumerate(slopes):
            others = [estimate**2 for other, (estimate, _) in enumerate(slopes) if other != own]
            variances[place] += variance * np.prod(others, axis=0)
    return combine(np.moveaxis(points.indirect, 2, 0), np.moveaxis(variances, 2, 0), df=df)


def _at(fit: GeneralisedFit, term: int, product: int | None, w: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give a slope (v, m) at values w (v, 1) of the moderator, which `product` changes, and its variance."""
    b, v = fit.coefficients, fit.covariance
    if product is None:
        return b[:, term] + 0 * w, v[:, term, term] + 0 * w
    slope = b[:, term] + w * b[:, product]
    return slope, v[:, term, term] + 2 * w * v[:, term, product] + w**2 * v[:, product, product]


def _pooled_slopes(data: PathData, fits: list[GeneralisedFit], slopes: Slopes) -> dict[str, Any]:
    """Pool the slopes that stand on the arrows of a path diagram."""
    k, t = data.model.mediators, data.model.treatments
    between, errors = np.full((k, k, len(data.y)), np.nan), np.full((k, k, len(data.y)), np.nan)
    for later in range(k if data.model.order == "serial" else 0):
        between[:later, later] = slopes.between[:later, later]
        errors[:later, later] = fits[later].std_errors[:, t : t + later].T
    on_x = np.stack([fit.std_errors[:, 0] for fit in fits[:k]])
    on_mediators = fits[k].std_errors[:, t : t + k].T
    df = [int(fit.df.min()) for fit in fits]

    def pooled(estimates: FloatArray, std_errors: FloatArray, degrees: ArrayLike) -> PooledEstimates:
        return combine(np.moveaxis(estimates, -1, 0), np.moveaxis(std_errors, -1, 0) ** 2, df=degrees)

    return {
        "slopes_on_x": pooled(slopes.on_x, on_x, df[:k]),
        "slopes_between": pooled(between, errors, np.broadcast_to(df[:k], (k, k))),
        "slopes_on_mediators": pooled(slopes.on_mediators, on_mediators, df[k]),
    }
