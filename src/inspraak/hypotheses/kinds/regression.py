"""Test of kind `regression`: does each x go together with each y, with the controls held constant."""

from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.modelling import fit_model
from inspraak.hypotheses.predictors import predictors_of
from inspraak.hypotheses.result import COLLINEAR, KIND_NOT_AVAILABLE, NOT_ASKED, Estimate
from inspraak.study.kinds import Part, Regression


def test_regression(data: WaveData, label: str, part: Part) -> list[Estimate]:
    """Fit the declared model of each outcome on all x and the controls; give one estimate per x and outcome.

    See `modelling.fit_model`. Controls that the wave did not ask are left out, and so are, where the claim says
    `leave_out: auto`, the components of an index x that rest on an item of an outcome. A multinomial model is not
    available.
    """
    assert isinstance(part, Regression)
    reason = _untestable(data, part)
    if reason:
        return [Estimate(label, part.kind, y, x, reason=reason) for y in part.y for x in part.x]
    left_out = _left_out(data, part)
    terms = {name: data.column(name, without=left_out) for name in part.x}
    predictors = predictors_of(
        data, terms, part.controls or (), domain=part.domain, without=(*part.x, *part.y)
    )
    models = [fit_model(data, outcome, part.model, predictors) for outcome in part.y]
    return [estimate for model in models for estimate in model.estimates(label, part.kind)]


def _untestable(data: WaveData, part: Regression) -> str:
    """Say why the wave cannot carry the test, "" where it can."""
    named = (*part.x, *part.y, *(part.domain.names if part.domain is not None else ()))
    absent = [name for name in dict.fromkeys(named) if not data.has(name)]
    if absent:
        return f"{NOT_ASKED}: {', '.join(absent)}"
    if part.model == "multinomial":
        return f"{KIND_NOT_AVAILABLE}: multinomial"
    left_out = _left_out(data, part)
    touched = [name for name in part.x if data.study.rests_on(name) & left_out]
    remaining = data.study.without(left_out).indices
    return COLLINEAR if any(name not in remaining for name in touched) else ""


def _left_out(data: WaveData, part: Regression) -> frozenset[str]:
    """Give the items of the outcomes, where the claim leaves them out of the index."""
    if part.leave_out != "auto":
        return frozenset()
    empty: frozenset[str] = frozenset()
    return empty.union(*(data.study.rests_on(name) for name in part.y))
