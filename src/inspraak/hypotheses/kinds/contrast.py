"""Test of kind `contrast`: two groups, a combination of slopes, or a difference in differences."""

from collections.abc import Mapping, Sequence

import numpy as np

from inspraak.hypotheses.columns import FloatArray, WaveData
from inspraak.hypotheses.combinations import Combination, combined
from inspraak.hypotheses.modelling import FittedModel, fit_model
from inspraak.hypotheses.predictors import predictors_of
from inspraak.hypotheses.result import Estimate
from inspraak.hypotheses.testability import few_in_a_group, not_asked, sides_of
from inspraak.study.conditions import Condition
from inspraak.study.kinds import Contrast
from inspraak.study.parts import Part


def test_contrast(data: WaveData, label: str, part: Part) -> list[Estimate]:
    """Give the planned comparison for each outcome, by least squares with the controls held constant.

    Of two groups the estimate is the difference of their means, of slopes their weighted sum per SD of each x, of two
    conditions what both together add to the sum of what each adds alone. There is no estimate where a group has
    fewer than ten employers.
    """
    assert isinstance(part, Contrast)
    reason = not_asked(data, part)
    if reason:
        return [Estimate(label, part.kind, outcome, reason=reason) for outcome in part.y]
    if part.compare is not None:
        return _between_groups(data, label, part, part.compare.high, part.compare.low)
    if part.difference_in_differences is not None:
        return _between_differences(data, label, part, part.difference_in_differences)
    return _between_slopes(data, label, part, part.coefficients or {})


def _between_groups(
    data: WaveData, label: str, part: Contrast, high: Condition, low: Condition
) -> list[Estimate]:
    """Compare two groups; employers in neither, or in both, do not count."""
    sides = sides_of(data.domain(high), data.domain(low))
    return _of_sides(data, label, part, {f"{high.text} vs {low.text}": sides}, sides=[sides])


def _between_differences(
    data: WaveData, label: str, part: Contrast, conditions: tuple[Condition, Condition]
) -> list[Estimate]:
    """Multiply two conditions; what each alone makes is held constant."""
    sides = [_side(data, condition) for condition in conditions]
    names = [condition.text for condition in conditions]
    terms = {" : ".join(names): sides[0] * sides[1], **dict(zip(names, sides))}
    return _of_sides(data, label, part, terms, sides=sides)


def _side(data: WaveData, condition: Condition) -> FloatArray:
    """Give 1 where a condition holds, 0 where it does not, NaN where an answer is missing that it asks about."""
    return sides_of(data.domain(condition), data.domain(condition.opposite))


def _of_sides(
    data: WaveData, label: str, part: Contrast, terms: Mapping[str, FloatArray], *, sides: list[FloatArray]
) -> list[Estimate]:
    """Estimate the first of the terms, which are 0 or 1: its coefficient is a difference of means."""
    predictors = predictors_of(data, terms, part.controls or (), domain=part.domain, without=part.y)
    weights = np.zeros((data.imputations, len(terms)))
    weights[:, 0] = 1.0
    wanted = [Combination(next(iter(terms)), weights, np.ones(data.imputations))]
    found: list[Estimate] = []
    for outcome in part.y:
        used = predictors.complete & ~np.isnan(data.column(outcome))
        reason = few_in_a_group(sides, used)
        if reason:
            n = int(used.sum(axis=1).min())
            model = FittedModel.without(outcome, predictors, n=n, reason=reason)
        else:
            model = fit_model(data, outcome, "linear", predictors)
        found += combined(model, wanted, part=label, kind=part.kind)
    return found


def _between_slopes(
    data: WaveData, label: str, part: Contrast, coefficients: Mapping[str, float]
) -> list[Estimate]:
    """Add up the slopes of several x of the same model, each per SD of its x and times its coefficient."""
    predictors = predictors_of(
        data,
        {name: data.column(name) for name in coefficients},
        part.controls or (),
        domain=part.domain,
        without=(*coefficients, *part.y),
    )
    found: list[Estimate] = []
    for outcome in part.y:
        model = fit_model(data, outcome, "linear", predictors)
        found += combined(model, _sum_of(coefficients, model), part=label, kind=part.kind)
    return found


def _sum_of(coefficients: Mapping[str, float], model: FittedModel) -> Sequence[Combination]:
    ones = np.ones((1, len(coefficients)))
    sd_x = ones if model.slopes is None else model.slopes.sd_x
    return [Combination(_written(coefficients), sd_x * list(coefficients.values()), np.ones(len(sd_x)))]


def _written(coefficients: Mapping[str, float]) -> str:
    """Write a sum of slopes: `S_invloed - S_kanaal`, `a + 0.5 b`."""
    written = ""
    for name, value in coefficients.items():
        sign = "-" if value < 0 else "+"
        size = "" if abs(value) == 1 else f"{abs(value):g} "
        written += f"{f' {sign} ' if written else sign.strip('+')}{size}{name}"
    return written
