"""Every table against its contract: rows of enough employers, hidden cells empty and listed, counts that add up."""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from inspraak.errors import Problem
from inspraak.publishing.audit.contract import PARTS, RULES, rule_of
from inspraak.publishing.audit.results import Results
from inspraak.publishing.disclosure import PERCENTILE, round_fact
from inspraak.publishing.disclosure_measurement import ANSWERS, shown_to_all, tells_of_all
from inspraak.publishing.tables import TABLES

EMPLOYEES = ("sum", "p01", "p99", "cv", "design_effect", "effective_n")
"""What the employee weights tell of workers."""


def audit_tables(results: Results) -> Iterator[Problem]:
    """Audit what holds for every table, then for each its own."""
    for name, frame in results.tables.items():
        yield from _rows(results, name, frame)
        yield from _listed(results, name, frame)
    yield from _sample(results)
    yield from _missing(results)
    yield from _reliability(results)
    yield from _item_statistics(results)
    yield from _weights(results)
    yield from _imputation(results)
    yield from _trends(results)
    yield from _estimates(results)
    yield from _verdicts(results)


def problems_of(
    results: Results, name: str, rows: pd.DataFrame, expected: str, *columns: str
) -> Iterator[Problem]:
    """Name rows of a table that are not as expected, with what some columns hold."""
    if rows.empty:
        return
    keys = [key for key in rule_of(name).keys if key in rows]
    for place, row in zip(rows.index, rows.to_dict("records")):
        cell = "|".join(str(row[key]) for key in keys)
        found = ", ".join(f"{column} {_shown(row[column])}" for column in columns)
        yield Problem(results.file_of(name), f"row {place + 2}, {cell}".rstrip(", "), found, expected)


def _shown(value: object) -> str:
    if isinstance(value, float):
        return "empty" if np.isnan(value) else f"{value:.6g}"
    return f"'{value}'"


def _rows(results: Results, name: str, frame: pd.DataFrame) -> Iterator[Problem]:
    """A row is there once, and is of `minimum_n` employers or tells no number."""
    rule, minimum = rule_of(name), results.limits.minimum_n
    if rule.keys:
        repeated = frame[frame.duplicated(list(rule.keys))]
        yield from problems_of(results, name, repeated, "each cell once", rule.keys[0])
    expected = f"{minimum} employers or more, or a suppressed cell"
    for base in rule.bases:
        yield from problems_of(results, name, frame[frame[base] < minimum], expected, base)
        unknown = frame[frame[base].isna()]
        for column in TABLES[name].numbers if len(unknown) else ():
            told = unknown[unknown[column].notna()]
            yield from problems_of(results, name, told, f"{column} empty where {base} is", column)


def _listed(results: Results, name: str, frame: pd.DataFrame) -> Iterator[Problem]:
    """What disclosure.csv says is hidden is so, and it says so of every cell that is marked as suppressed."""
    rule, file = rule_of(name), f"tables/{name}.csv"
    listed = results.table("disclosure")
    listed = listed[listed["file"] == file]
    wrong = listed[~listed["rule"].isin(["primary", "secondary"])]
    yield from problems_of(results, "disclosure", wrong, "primary or secondary", "rule")
    if not rule.keys:
        return
    flag = frame["flag"] if "flag" in frame else pd.Series("", index=frame.index)
    second = {cell.split("|")[1] for cell in listed["cell"] if "|" in cell}
    some = frame[frame[rule.keys[1]].isin(second) | (flag == "suppressed")]
    cells = pd.Series(
        map("|".join, zip(*(some[key].astype(str) for key in rule.keys))), index=some.index, dtype=object
    )
    rows = {cell: {**row, "": place} for cell, place, row in zip(cells, some.index, some.to_dict("records"))}
    yield from _still_shown(results, name, rows, listed)
    hidden = some[(flag[some.index] == "suppressed") & ~cells.isin(set(listed["cell"]))]
    yield from problems_of(results, name, hidden, "a row of tables/disclosure.csv that says why", "flag")


def _still_shown(
    results: Results, name: str, rows: Mapping[str, Mapping[Hashable, Any]], listed: pd.DataFrame
) -> Iterator[Problem]:
    """Find what disclosure.csv lists as hidden and a table shows or does not know; `rows` by cell, "" their place."""
    numbers = list(TABLES[name].numbers)
    for place, cell in zip(listed.index, listed["cell"]):
        whole, _, column = cell.rpartition("|")
        row, told = (rows[cell], numbers) if cell in rows else (rows.get(whole), PARTS.get(column, (column,)))
        if row is None:
            if not rule_of(name).leaves:
                expected = f"a cell of tables/{name}.csv"
                yield Problem(results.file_of("disclosure"), f"row {place + 2}", f"the cell {cell}", expected)
            continue
        shown = [one for one in told if one in numbers and np.isfinite(row[one])]
        marked = cell not in rows or row.get("flag", "suppressed") == "suppressed"
        if shown or not marked:
            found = f"{shown[0]} {row[shown[0]]:.6g}" if shown else "a cell that is not marked"
            where, said = f"row {row[''] + 2}, {cell}", f"(row {place + 2} of disclosure.csv)"
            yield Problem(results.file_of(name), where, f"{found} {said}", "a suppressed cell")


def _sample(results: Results) -> Iterator[Problem]:
    """Every delivered row is analysed or removed under one reason; no more have responded than are analysed."""
    file = results.file_of("sample")
    for wave, rows in results.table("sample").groupby("wave", sort=False):
        n = rows.groupby("step")["n"].sum()
        delivered, accounted = n.get("delivered", 0.0), n.get("removed", 0.0) + n.get("analysed", 0.0)
        if delivered != accounted:
            found = f"{delivered:g} delivered rows"
            yield Problem(file, f"wave {wave}", found, f"{accounted:g}, removed and analysed together")
        if n.get("response", 0.0) > n.get("analysed", 0.0):
            found = f"a response of {n['response']:g}"
            yield Problem(file, f"wave {wave}", found, f"at most the {n.get('analysed', 0.0):g} analysed")


def _missing(results: Results) -> Iterator[Problem]:
    """Every analysed row answered an item, did not for one reason, or was not asked."""
    table, sample = results.table("missing"), results.table("sample")
    analysed = sample[sample["step"] == "analysed"].set_index("wave")["n"]
    reasons = [column for column in TABLES["missing"].numbers if column not in ("n_asked", "n_not_asked")]
    off = table[table[reasons].sum(axis=1) != table["n_asked"]]
    yield from problems_of(results, "missing", off, "the answers and the reasons together", "n_asked")
    total = table["n_asked"] + table["n_not_asked"]
    known = table["wave"].map(analysed)
    off = table[known.notna() & (total != known)]
    expected = "together the number of analysed rows of the wave"
    yield from problems_of(results, "missing", off, expected, "n_asked", "n_not_asked")


def _reliability(results: Results) -> Iterator[Problem]:
    table, limits = results.table("reliability"), results.limits
    for end in ("floor", "ceiling"):
        certain = table[table[end].isin([0.0, 1.0]) & (table["n"] < limits.certain_n)]
        expected = f"a share between 0 and 1, or {limits.certain_n} employers (certain_n)"
        yield from problems_of(results, "reliability", certain, expected, "n", end)


def _item_statistics(results: Results) -> Iterator[Problem]:
    """What is told of the answers to an item is told where the unweighted mean of all employers is."""
    table, limits = results.table("item_statistics"), results.limits
    shown = shown_to_all(results.table("descriptives"))
    hidden = ~pd.MultiIndex.from_frame(table[["wave", "item"]]).isin(shown)
    certain = tells_of_all(table) & (table["n"] < limits.certain_n)
    for column in ANSWERS:
        told = table[hidden & table[column].notna()]
        expected = "an empty cell, as the unweighted mean of the item is"
        yield from problems_of(results, "item_statistics", told, expected, column)
        told = table[~hidden & certain & table[column].notna()]
        expected = f"answers that differ, or {limits.certain_n} employers (certain_n)"
        yield from problems_of(results, "item_statistics", told, expected, "n", column)


def _weights(results: Results) -> Iterator[Problem]:
    """Employee weights and margins, which hold the workers of employers, are of enough employers."""
    limits = results.limits
    table = results.table("weights")
    workers = table[table["weight"] == "employee"]
    for column in EMPLOYEES:
        percentile = column in ("p01", "p99")
        few = workers["n"] * PERCENTILE < limits.quantile_n if percentile else workers["n"] < limits.minimum_n
        expected = (
            f"an empty cell: fewer than {limits.quantile_n if percentile else limits.minimum_n} employers"
        )
        told = workers[few & workers[column].notna()]
        yield from problems_of(results, "weights", told, expected, "n", column)
        if percentile:
            fine = workers[workers[column].notna() & (round_fact(workers[column]) != workers[column])]
            yield from problems_of(results, "weights", fine, "two significant digits", column)
    margins = results.table("margins")
    few = (margins["weight"] == "employee") & (margins["n"] < limits.minimum_n) & margins["before"].notna()
    expected = f"an empty cell: fewer than {limits.minimum_n} employers"
    yield from problems_of(results, "margins", margins[few], expected, "n", "before")


def _imputation(results: Results) -> Iterator[Problem]:
    """How imputed answers differ from those given is told where there are enough of both."""
    table, minimum = results.table("imputation"), results.limits.minimum_n
    few = table[["n_answered", "n_imputed"]].min(axis=1) < minimum
    told = table[few & table["difference"].notna()]
    expected = f"an empty cell: fewer than {minimum} answers given or imputed"
    yield from problems_of(results, "imputation", told, expected, "n_answered", "n_imputed", "difference")


def _trends(results: Results) -> Iterator[Problem]:
    """A change goes with the cells of both waves: beside the mean of one it would tell that of the other."""
    table, cells = results.table("trends"), results.table("descriptives")
    names = ["measure", "group_by", "group", "weight"]
    hidden = cells[(cells["statistic"] == "mean") & (cells["flag"] == "suppressed")]
    gone = pd.MultiIndex.from_frame(hidden[["wave", *names]])
    for wave in ("from_wave", "to_wave"):
        told = table[pd.MultiIndex.from_frame(table[[wave, *names]]).isin(gone) & table["estimate"].notna()]
        expected = "an empty cell, as the mean of one of both waves is"
        yield from problems_of(results, "trends", told, expected, "estimate")
    few = table[(table["n_overlap"] > 0) & (table["n_overlap"] < results.limits.minimum_n)]
    expected = f"none, {results.limits.minimum_n} at least, or an empty cell"
    yield from problems_of(results, "trends", few, expected, "n_overlap")


def _estimates(results: Results) -> Iterator[Problem]:
    """An estimate rests on enough employers of either answer: of few it would tell what they are like."""
    table, minimum = results.table("estimates"), results.limits.minimum_n
    few = table[table["n_fewest"] < minimum]
    expected = f"{minimum} employers or more on either side, or an empty row"
    yield from problems_of(results, "estimates", few, expected, "n_fewest", "estimate")


def _verdicts(results: Results) -> Iterator[Problem]:
    """A claim is judged by an estimate that is shown."""
    claim = ["hypothesis", "wave"]
    estimates = results.table("estimates")
    shown = pd.MultiIndex.from_frame(estimates.loc[estimates["n"].notna(), claim])
    verdicts = results.table("verdicts")
    unfounded = ~pd.MultiIndex.from_frame(verdicts[claim]).isin(shown)
    judged = verdicts[unfounded & (verdicts["verdict"] != "not testable").to_numpy()]
    expected = "not testable: estimates.csv shows no estimate of the claim"
    yield from problems_of(results, "verdicts", judged, expected, "verdict")


assert set(RULES) <= set(TABLES)
