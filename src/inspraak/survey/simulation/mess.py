"""What goes wrong in the field: rows and cells that cleaning should find, in exactly the declared numbers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from inspraak.randomness import stream
from inspraak.study.scales import Number
from inspraak.survey.simulation.gaps import Sheet, scale_asked
from inspraak.survey.simulation.model import Model, Values
from inspraak.survey.simulation.truth import Mess

Rows = npt.NDArray[np.int64]


def make_messy(model: Model, wave: str, sheet: Sheet, *, seed: int) -> Sheet:
    """Add the declared mess of a wave: each role's faults, single impossible values, duplicates, a new order.

    Total rows are added on delivery.
    """
    mess = model.truth.mess.get(wave, Mess())
    generator = stream(seed, model.study.name, "simulation", "mess", wave)
    sheet = _attentive(model, sheet, generator)
    sheet = _straight(model, wave, sheet, generator)
    sheet = _out_of_scope(model, sheet, generator)
    sheet = _impossible(model, wave, sheet, mess, generator)
    order = generator.permutation(len(sheet.employer))
    sheet = _taken(sheet, order)
    return _twice(model, wave, sheet, mess, generator)


def _taken(sheet: Sheet, rows: Rows) -> Sheet:
    """Give the sheet with these rows, in this order, repeated where asked."""
    return Sheet(
        sheet.employer[rows],
        sheet.stratum[rows],
        sheet.role[rows],
        {name: values[rows] for name, values in sheet.cells.items()},
        {name: values[rows] for name, values in sheet.reasons.items()},
    )


def _written(sheet: Sheet, name: str, rows: Rows, values: Any) -> Sheet:
    """Give the sheet with answers written over in some rows of an item."""
    cells, reasons = sheet.cells[name].copy(), sheet.reasons[name].copy()
    cells[rows] = values
    reasons[rows] = ""
    return replace(sheet, cells={**sheet.cells, name: cells}, reasons={**sheet.reasons, name: reasons})


def _attentive(model: Model, sheet: Sheet, generator: np.random.Generator) -> Sheet:
    """Give everybody the right answer to attention checks, and a wrong one to those who are to fail."""
    for name, right in model.study.cleaning.attention.items():
        if name not in sheet.cells:
            continue
        codes = [code for code in model.study.scale_of(name).codes or {} if f"{code:g}" != f"{right:g}"]
        reached = np.flatnonzero(sheet.reasons[name] != "break_off")
        sheet = _written(sheet, name, reached, float(right))
        failing = np.flatnonzero(sheet.role == "failed_attention")
        sheet = _written(sheet, name, failing, generator.choice(codes, size=len(failing)))
    return sheet


def batteries(model: Model, sheet: Sheet) -> list[list[str]]:
    """Give the batteries of which this wave asked enough items for the rule on straight-lining."""
    rule = model.study.cleaning.straight_lining
    if rule is None:
        return []
    asked = [[name for name in items if name in sheet.cells] for items in rule.batteries.values()]
    return [items for items in asked if len(items) >= rule.minimum_items]


def _straight(model: Model, wave: str, sheet: Sheet, generator: np.random.Generator) -> Sheet:
    """Give straight-liners one code throughout, and nobody else by accident."""
    rows = np.flatnonzero(sheet.role == "straight_liners")
    rule = model.study.cleaning.straight_lining
    minimum = rule.minimum_items if rule is not None else 0
    for items in batteries(model, sheet):
        codes = sorted(scale_asked(model, wave, items[0]).codes or {})
        if len(rows):
            chosen = generator.choice(codes, size=len(rows))
            for name in items:
                sheet = _written(sheet, name, rows, chosen)
        values = np.column_stack(
            [np.where(sheet.reasons[name] == "", sheet.cells[name], np.nan) for name in items]
        )
        known = (~np.isnan(values)).sum(axis=1) >= minimum
        spread = np.nanmax(values[known], axis=1) - np.nanmin(values[known], axis=1)
        flat = np.flatnonzero(known)[spread == 0]
        for row in np.setdiff1d(flat, rows):
            answered = [name for name in items if sheet.reasons[name][row] == ""]
            place = codes.index(sheet.cells[answered[-1]][row])
            sheet = _written(sheet, answered[-1], np.array([row]), codes[place - 1 if place else 1])
    return sheet


def _out_of_scope(model: Model, sheet: Sheet, generator: np.random.Generator) -> Sheet:
    """Put some employers just below the lower limit of the scope."""
    rows = np.flatnonzero(sheet.role == "out_of_scope")
    limited = scope_items(model)
    if len(rows) and limited:
        name, least = limited[0]
        lowest = (model.study.scale_of(name).number or Number()).at_least or 0.0
        steps = np.ceil((least - max(lowest, least * 0.5)) * generator.uniform(0.05, 1, size=len(rows)))
        sheet = _written(sheet, name, rows, least - np.maximum(steps, 1))
    return sheet


def scope_items(model: Model) -> list[tuple[str, float]]:
    """Give the items asked that have a lower limit in the scope, with that limit."""
    scope = model.study.survey.scope
    return [
        (name, limits.at_least)
        for name, limits in scope.items()
        if limits.at_least is not None and name in model.study.codebook
    ]


def impossible_items(model: Model, asked: Sequence[str]) -> list[str]:
    """Give the items whose number can be impossible without touching strata, scope, routing or sum checks."""
    study = model.study
    gates = {gate for item in study.codebook.values() if item.asked_if for gate in item.asked_if.names}
    parts = {name for check in study.cleaning.checks for name in check.sum}
    apart = gates | parts | set(model.definitions) | set(study.survey.scope)
    return [
        name
        for name in asked
        if study.codebook[name].substantive
        and study.codebook[name].asked_if is None
        and name not in apart
        and _beyond(study.scale_of(name).number) is not None
    ]


def _beyond(number: Number | None) -> Callable[[np.random.Generator], float] | None:
    """Give how a value outside the bounds is made; None where there are no bounds."""
    if number is None:
        return None
    high = 100.0 if number.percent and number.at_most is None else number.at_most
    if high is not None:
        return lambda generator: float(np.ceil(high * generator.uniform(1.2, 9.0)) + 1)
    low = number.at_least
    return None if low is None else lambda generator: float(np.floor(low - generator.uniform(50, 90)))


def _impossible(model: Model, wave: str, sheet: Sheet, mess: Mess, generator: np.random.Generator) -> Sheet:
    """Write numbers outside their bounds: many in rows that are to go, one in rows that stay."""
    names = [
        name
        for name in impossible_items(model, list(sheet.cells))
        if scale_asked(model, wave, name).number is not None
    ]
    limit = model.study.cleaning.impossible or 1
    for row in np.flatnonzero(sheet.role == "impossible_rows"):
        for name in generator.choice(names, size=limit, replace=False):
            sheet = _beyond_bounds(model, sheet, str(name), int(row), generator)
    open_ = [row for row in np.flatnonzero(sheet.role == "") if _answered(sheet, names, int(row))]
    for row in generator.permutation(open_)[: mess.impossible_values]:
        name = generator.choice(_answered(sheet, names, int(row)))
        sheet = _beyond_bounds(model, sheet, str(name), int(row), generator)
    return sheet


def _answered(sheet: Sheet, names: list[str], row: int) -> list[str]:
    return [name for name in names if sheet.reasons[name][row] == ""]


def _beyond_bounds(model: Model, sheet: Sheet, name: str, row: int, generator: np.random.Generator) -> Sheet:
    make = _beyond(model.study.scale_of(name).number)
    return sheet if make is None else _written(sheet, name, np.array([row]), make(generator))


def _twice(model: Model, wave: str, sheet: Sheet, mess: Mess, generator: np.random.Generator) -> Sheet:
    """Deliver some rows twice: the same, or filled in again with other and fewer answers.

    The second entry stands where the study's rule for duplicates drops it: before the first where the last
    counts, else after it.
    """
    size = len(sheet.employer)
    chosen = generator.permutation(np.flatnonzero(sheet.role == ""))
    same = chosen[: mess.identical_duplicates]
    other = chosen[mess.identical_duplicates :][: mess.second_entries]
    sheet = _taken(sheet, np.concatenate([np.arange(size), same, other]))
    again = np.arange(size + len(same), size + len(same) + len(other))
    sheet = _filled_in_again(model, wave, sheet, again, generator)
    before = model.study.cleaning.duplicates == "last"
    keys = np.concatenate([np.arange(size, dtype=np.float64), same + 0.5, other + (-0.5 if before else 0.5)])
    return _taken(sheet, np.argsort(keys, kind="stable"))


def _filled_in_again(
    model: Model, wave: str, sheet: Sheet, rows: Rows, generator: np.random.Generator
) -> Sheet:
    """Change a third of the coded answers by a code and leave a fifth of the last items empty."""
    fixed = {gate for item in model.study.codebook.values() if item.asked_if for gate in item.asked_if.names}
    fixed |= set(model.definitions) | set(model.study.survey.scope) | set(model.study.cleaning.attention)
    names = [name for name in sheet.cells if model.study.codebook[name].substantive and name not in fixed]
    empty = set(names[-max(len(names) // 5, 1) :])
    for name in names:
        codes = np.array(sorted(scale_asked(model, wave, name).codes or {}))
        answered = rows[sheet.reasons[name][rows] == ""]
        if name in empty:
            reasons: Values = sheet.reasons[name].copy()
            reasons[answered] = "no_answer"
            sheet = replace(sheet, reasons={**sheet.reasons, name: reasons})
        elif len(codes) > 1:
            changed = answered[generator.uniform(size=len(answered)) < 1 / 3]
            place = np.searchsorted(codes, sheet.cells[name][changed].astype(np.float64))
            sheet = _written(sheet, name, changed, codes[np.where(place > 0, place - 1, 1)])
    return sheet
