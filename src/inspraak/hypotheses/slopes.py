"""Slopes of one or several x on each outcome: what the kinds regression and joint share."""

from inspraak.hypotheses.checks import check_model
from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.modelling import fit_model
from inspraak.hypotheses.predictors import predictors_of
from inspraak.hypotheses.result import COLLINEAR, Detail, Estimate
from inspraak.hypotheses.testability import not_asked
from inspraak.hypotheses.together import all_outcomes
from inspraak.study.parts import Model, Part


def estimate_slopes(
    data: WaveData, label: str, part: Part, *, x: tuple[str, ...], y: tuple[str, ...], model: Model
) -> list[Estimate | Detail]:
    """Fit the declared model of each outcome on all x and controls; give an estimate per x and outcome, and checks.

    See `modelling.fit_model`. Controls that the wave did not ask are left out, and so are, where the claim says
    `leave_out: auto`, the components of an index x that rest on an item of an outcome. Not for a multinomial model.
    """
    left_out = items_left_out(data, part, y)
    reason = not_asked(data, part) or untestable(data, left_out, x)
    if reason:
        return [Estimate(label, part.kind, outcome, term, reason=reason) for outcome in y for term in x]
    terms = {name: data.column(name, without=left_out) for name in x}
    predictors = predictors_of(data, terms, part.controls or (), domain=part.domain, without=(*x, *y))
    models = [fit_model(data, outcome, model, predictors) for outcome in y]
    found: list[Estimate | Detail] = []
    for fitted in models:
        found += fitted.estimates(label, part.kind)
        found += check_model(data, label, fitted, predictors)
    return [*found, *(all_outcomes(data, label, part.kind, x[0], models) if part.kind == "joint" else ())]


def untestable(data: WaveData, left_out: frozenset[str], x: tuple[str, ...]) -> str:
    """Say why no model can be fitted: what is left out leaves nothing of an x; "" where one can."""
    touched = [name for name in x if data.study.rests_on(name) & left_out]
    remaining = data.study.without(left_out).indices
    return COLLINEAR if any(name not in remaining for name in touched) else ""


def items_left_out(data: WaveData, part: Part, y: tuple[str, ...]) -> frozenset[str]:
    """Give the items of the outcomes, where the claim leaves them out of the index."""
    if part.leave_out != "auto":
        return frozenset()
    empty: frozenset[str] = frozenset()
    return empty.union(*(data.study.rests_on(name) for name in y))
