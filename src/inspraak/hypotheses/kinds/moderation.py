"""Test of kind `moderation`: does x go together with y more strongly where the moderator is higher."""

from dataclasses import replace

import numpy as np

from inspraak.estimation.distributions import t_p_value
from inspraak.hypotheses.columns import FloatArray, WaveData
from inspraak.hypotheses.combinations import Combination, combined
from inspraak.hypotheses.modelling import FittedModel, fit_model
from inspraak.hypotheses.percentiles import low_and_high
from inspraak.hypotheses.predictors import predictors_of
from inspraak.hypotheses.result import NO_VARIANCE, Detail, Estimate
from inspraak.hypotheses.slope_regions import along_moderator
from inspraak.hypotheses.testability import not_asked
from inspraak.study.kinds import Moderation
from inspraak.study.parts import Part


def test_moderation(data: WaveData, label: str, part: Part) -> list[Estimate | Detail]:
    """Give the interaction of x with the moderator, the slopes of x where that is low and high, and a check.

    The interaction is standardised as the change of the slope of x (in SD) per SD of the moderator. `low` and `high`
    are percentiles of the moderator, or its two values. With `non_inferiority` what decides is the difference between
    the slope where it is high and where it is low, tested against that margin below zero; p is two-sided, so that every
    claim stands at the same level. The check holds the squares of x and moderator constant too: curvature can
    look like an interaction (Ganzach 1997, Psychological Methods 2, 235-247). The tables `simple_slopes` and `regions`
    say how the slope runs along the moderator, and where it differs from zero.
    """
    assert isinstance(part, Moderation)
    reason = not_asked(data, part)
    if reason:
        term = f"{part.x}:{part.moderator}"
        return [Estimate(label, part.kind, outcome, term, reason=reason) for outcome in part.y]
    return [estimate for outcome in part.y for estimate in _of_outcome(data, label, part, outcome)]


def _of_outcome(data: WaveData, label: str, part: Moderation, outcome: str) -> list[Estimate | Detail]:
    x, moderator = data.column(part.x), data.column(part.moderator)
    terms = {part.x: x, part.moderator: moderator, f"{part.x}:{part.moderator}": x * moderator}
    without = (part.x, part.moderator, outcome)
    predictors = predictors_of(data, terms, part.controls or (), domain=part.domain, without=without)
    used = predictors.complete & ~np.isnan(data.column(outcome))
    ends = low_and_high(data, moderator, used, low=part.low, high=part.high)
    model = fit_model(data, outcome, "linear", predictors)
    if not model.reason and (ends[:, 0] >= ends[:, 1]).any():
        model = replace(model, reason=f"{NO_VARIANCE}: {part.moderator}", slopes=None)
    found = combined(model, _wanted(part, model, ends), part=label, kind=part.kind)
    if part.non_inferiority is not None:
        found = [_not_inferior(row, part.non_inferiority) if row.decides else row for row in found]
    if model.slopes is None:
        return [*found[:1]]
    curved = _with_curvature(data, label, part, outcome, model)
    return [*found, *curved, *along_moderator(data, label, part, model, used)]


def _wanted(part: Moderation, model: FittedModel, ends: FloatArray) -> list[Combination]:
    """List the interaction, the slopes at both ends of the moderator and, for non-inferiority, their difference."""
    m = len(ends)
    sd = np.ones((m, 3)) if model.slopes is None else model.slopes.sd_x
    zero, one = np.zeros(m), np.ones(m)
    names = [f"{part.x} | {part.moderator} p{level:g}" for level in (part.low, part.high)]
    slopes = [
        Combination(name, np.stack([one, zero, end], axis=1), sd[:, 0], decides=False)
        for name, end in zip(names, ends.T)
    ]
    interaction = Combination(
        f"{part.x}:{part.moderator}",
        np.stack([zero, zero, one], axis=1),
        sd[:, 0] * sd[:, 1],
        decides=part.non_inferiority is None,
    )
    if part.non_inferiority is None:
        return [interaction, *slopes]
    apart = np.stack([zero, zero, ends[:, 1] - ends[:, 0]], axis=1)
    return [Combination(" vs ".join(reversed(names)), apart, sd[:, 0]), interaction, *slopes]


def _not_inferior(row: Estimate, margin: float) -> Estimate:
    """Test against a slope that is `margin` smaller."""
    statistic = (row.std_estimate + margin) / row.std_std_error
    p_value = float(t_p_value(np.array(statistic), np.array(row.df)))
    return replace(row, statistic=statistic, p_value=p_value, null_value=-margin)


def _with_curvature(
    data: WaveData, label: str, part: Moderation, outcome: str, model: FittedModel
) -> list[Estimate]:
    """Estimate the interaction again, with the squares of what has more than two values held constant."""
    columns = {name: data.column(name) for name in (part.x, part.moderator)}
    squares = {
        f"{name}:{name}": np.square(values)
        for name, values in columns.items()
        if np.unique(values[~np.isnan(values)]).size > 2
    }
    if not squares:
        return []
    product = f"{part.x}:{part.moderator}"
    terms = {product: columns[part.x] * columns[part.moderator], **columns, **squares}
    without = (*columns, outcome)
    predictors = predictors_of(data, terms, part.controls or (), domain=part.domain, without=without)
    curved = fit_model(data, outcome, "linear", predictors)
    m = data.imputations
    sd = np.ones((m, 3)) if curved.slopes is None else curved.slopes.sd_x[:, 1:3]
    weights = np.zeros((m, len(terms)))
    weights[:, 0] = 1.0
    term = f"{product} given {', '.join(squares)}"
    wanted = Combination(term, weights, sd[:, 0] * sd[:, 1], decides=False)
    return combined(curved, [wanted], part=label, kind=part.kind)
