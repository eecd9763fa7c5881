"""Test of kind `joint`: x goes together with every outcome, not with some of them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from inspraak.hypotheses.categories import HIGH, LOW, Categories, CategoryModel, fit_categories
from inspraak.hypotheses.columns import FloatArray, WaveData
from inspraak.hypotheses.percentiles import percentiles
from inspraak.hypotheses.predictors import predictors_of
from inspraak.hypotheses.result import NO_VARIANCE, Detail, Estimate
from inspraak.hypotheses.slopes import estimate_slopes, items_left_out, untestable
from inspraak.hypotheses.testability import not_asked
from inspraak.study.kinds import Joint
from inspraak.study.parts import Part

CELLS = (("high", "high"), ("high", "low"), ("low", "high"), ("low", "low"))
"""Both outcomes above their median, one without the other, neither."""
BOTH, TRADE_OFFS = 0, (1, 2)
LEVEL = 0.05


def test_joint(data: WaveData, label: str, part: Part) -> Sequence[Estimate | Detail]:
    """Give the slope of x for each outcome or, with a multinomial model, what becomes of their cells.

    The claim is an intersection-union test (Berger 1982, Technometrics 24, 295-300): it holds where each null
    hypothesis is rejected, so that the largest p is that of the claim, without a correction for their number.
    """
    assert isinstance(part, Joint)
    if part.model == "multinomial":
        return _in_cells(data, label, part)
    return estimate_slopes(data, label, part, x=(part.x,), y=part.y, model=part.model)


def _in_cells(data: WaveData, label: str, part: Joint) -> list[Estimate]:
    """Give how the share of each cell of two outcomes, high or low each, changes from the P10 to the P90 of x.

    High is above the weighted median of the wave. What decides is the change of both high together. Where one without
    the other is found more often (its p, twice as large since there are two such cells, lies below .05), that decides
    instead, against the claim.
    """
    terms = {end: f"{part.x} p{end}" for end in (LOW, HIGH)}
    change = f"{terms[HIGH]} vs {terms[LOW]}"
    names = tuple(", ".join(f"{y} {side}" for y, side in zip(part.y, cell)) for cell in CELLS)
    left_out = items_left_out(data, part, part.y)
    reason = not_asked(data, part) or untestable(data, left_out, (part.x,))
    if reason:
        return [Estimate(label, part.kind, names[BOTH], change, "multinomial", reason=reason)]
    x = {part.x: data.column(part.x, without=left_out)}
    predictors = predictors_of(data, x, part.controls or (), domain=part.domain, without=(part.x, *part.y))
    model = fit_categories(data, Categories(names, _codes(data, part.y)), predictors)
    return _of_cells(model, label, part, change, terms)


def _codes(data: WaveData, outcomes: tuple[str, ...]) -> FloatArray:
    """Number the cell of each employer as in CELLS, (m, n); NaN where an outcome is missing."""
    low = []
    for name in outcomes:
        values = data.column(name)
        median = percentiles(data, values, ~np.isnan(values), levels=(50,))
        low.append(np.where(np.isnan(values), np.nan, values <= median))
    return np.asarray(2 * low[0] + low[1])


def _of_cells(
    model: CategoryModel, label: str, part: Joint, change: str, terms: dict[int, str]
) -> list[Estimate]:
    """Give the change of every cell and, beside it, its share where x is low and where x is high."""
    shared, names = model.shared(label, part.kind), model.categories.names
    if model.fit is None or not model.spans(0):
        about = shared | {"reason": shared["reason"] or NO_VARIANCE, "n_fewest": model.fewest(BOTH, 0)}
        return [Estimate(**about, outcome=names[BOTH], term=change)]
    differences, low, high = model.changes(0)
    rows: list[Estimate] = []
    for cell, name in enumerate(names):
        about = shared | {"outcome": name, "n_fewest": model.fewest(cell, 0)}
        rows.append(Estimate(**about, term=change, decides=cell == BOTH, **differences[cell]))
        for end, numbers in ((LOW, low), (HIGH, high)):
            rows.append(Estimate(**about, term=terms[end], decides=False, **numbers[cell]))
    return rows if part.sign == "-" else _without_trade_off(rows, [names[cell] for cell in TRADE_OFFS])


def _without_trade_off(rows: list[Estimate], trade_offs: list[str]) -> list[Estimate]:
    """Let a trade-off that is found more often decide, against the claim; its p counts for both (Bonferroni)."""
    often = len(trade_offs)
    risen = [
        row
        for row in rows
        if row.outcome in trade_offs
        and " vs " in row.term
        and row.estimate > 0
        and often * row.p_value < LEVEL
    ]
    if not risen:
        return rows
    return [
        replace(row, decides=True, against=True, p_value=often * row.p_value)
        if row in risen
        else replace(row, decides=False)
        for row in rows
    ]
