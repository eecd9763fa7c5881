"""Test of kind `regression`: does each x go together with each y, with the controls held constant."""

from collections.abc import Sequence

from inspraak.hypotheses.categories import HIGH, LOW, CategoryModel, fit_categories, numbered, occurring
from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.predictors import predictors_of
from inspraak.hypotheses.result import TOO_FEW_APART, Detail, Estimate
from inspraak.hypotheses.slopes import estimate_slopes, items_left_out, untestable
from inspraak.hypotheses.testability import not_asked
from inspraak.study.kinds import Regression
from inspraak.study.parts import Part


def test_regression(data: WaveData, label: str, part: Part) -> Sequence[Estimate | Detail]:
    """Give one estimate per x and outcome, every x in the same model of an outcome.

    With a multinomial model: per x and category of the outcome, of which the one that the claim names decides.
    """
    assert isinstance(part, Regression)
    if part.model == "multinomial":
        return _of_categories(data, label, part)
    return estimate_slopes(data, label, part, x=part.x, y=part.y, model=part.model)


def _of_categories(data: WaveData, label: str, part: Regression) -> list[Estimate]:
    """Give what each x makes of the share of every category: the average marginal effect, and shares at P10 and P90."""
    left_out = items_left_out(data, part, part.y)
    reason = not_asked(data, part) or untestable(data, left_out, part.x)
    wanted = {outcome: f"{outcome} = '{part.category}'" for outcome in part.y}
    if reason:
        return [
            Estimate(label, part.kind, name, term, "multinomial", reason=reason)
            for name in wanted.values()
            for term in part.x
        ]
    terms = {name: data.column(name, without=left_out) for name in part.x}
    without = (*part.x, *part.y)
    predictors = predictors_of(data, terms, part.controls or (), domain=part.domain, without=without)
    found: list[Estimate] = []
    for outcome in part.y:
        members = data.categories(outcome)
        names = [f"{outcome} = '{text}'" for text in members]
        categories = occurring(numbered(names, list(members.values())), predictors.complete)
        found += _rows(fit_categories(data, categories, predictors), label, part, wanted[outcome])
    return found


def _rows(model: CategoryModel, label: str, part: Regression, wanted: str) -> list[Estimate]:
    """Give the rows of one outcome, those of the category `wanted` first."""
    shared, names = model.shared(label, part.kind), model.categories.names
    if wanted not in names:
        shared["reason"] = shared["reason"] or TOO_FEW_APART
    if shared["reason"]:
        return [Estimate(**shared, outcome=wanted, term=term) for term in part.x]
    rows: list[Estimate] = []
    for place, term in enumerate(part.x):
        slopes, (_, low, high) = model.slopes(place), model.changes(place)
        for category, name in enumerate(names):
            about = shared | {"outcome": name, "n_fewest": model.fewest(category, place)}
            rows.append(Estimate(**about, term=term, decides=name == wanted, **slopes[category]))
            for end, numbers in ((LOW, low), (HIGH, high)):
                rows.append(Estimate(**about, term=f"{term} p{end}", decides=False, **numbers[category]))
    return sorted(rows, key=lambda row: row.outcome != wanted)
