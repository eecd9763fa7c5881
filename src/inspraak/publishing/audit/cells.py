"""The cells of descriptives.csv: flags, whole cells hidden, and nothing that follows by subtraction."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from inspraak.errors import Problem, near_match
from inspraak.publishing.audit.contract import STATISTICS
from inspraak.publishing.audit.results import Results
from inspraak.publishing.audit.tables import problems_of
from inspraak.publishing.crossed import Crossed, Total
from inspraak.publishing.differencing import told_by_differencing
from inspraak.publishing.disclosure import CELL, NUMBERS

FLAGS = ("", "small", "suppressed")


def audit_cells(results: Results) -> Iterator[Problem]:
    """Audit every row of the descriptives, every cell, and every division of a published total."""
    table = results.table("descriptives")
    yield from _flags(results, table)
    yield from _statistics(results, table)
    yield from _whole(results, table)
    shown = _shown(table)
    for (wave, measure), cells in shown.items():
        place = f"{wave}|{measure}"
        for problem in [*_weights(cells), *_divisions(cells, results.limits.minimum_n)]:
            division, found, expected = problem
            yield Problem(results.file_of("descriptives"), f"{place}{division}", found, expected)
    yield from _differences(results, shown)


def _flags(results: Results, table: pd.DataFrame) -> Iterator[Problem]:
    limits, name = results.limits, "descriptives"
    for flag in sorted(set(table["flag"]) - set(FLAGS)):
        near = near_match(flag, FLAGS)
        expected = "small, suppressed or nothing" + (f" (did you mean '{near}'?)" if near else "")
        yield from problems_of(results, name, table[table["flag"] == flag], expected, "flag")
    hidden = table["flag"] == "suppressed"
    for column in NUMBERS:
        told = table[hidden & table[column].notna()]
        yield from problems_of(results, name, told, f"{column} empty in a suppressed cell", column)
    unknown = table[~hidden & table["n"].isna()]
    yield from problems_of(results, name, unknown, "n, or the flag 'suppressed'", "n", "flag")
    unshown = table[table["ci_low"].isna() & (table["interval"] != "")]
    yield from problems_of(results, name, unshown, "an empty cell: no interval is shown", "interval")
    few = table[~hidden & (table["n"] < limits.flag_n) & (table["flag"] != "small")]
    yield from problems_of(
        results, name, few, f"the flag 'small' below {limits.flag_n} employers", "n", "flag"
    )


def _statistics(results: Results, table: pd.DataFrame) -> Iterator[Problem]:
    """A statistic is one that the audit knows, and tells of no single employer."""
    for statistic, rows in table.groupby("statistic", sort=False):
        if statistic not in STATISTICS:
            expected = f"one of {', '.join(STATISTICS)} (publishing/audit/contract.py)"
            yield from problems_of(results, "descriptives", rows.head(1), expected, "statistic")
            continue
        known = STATISTICS[str(statistic)]
        certain = rows[known.tells(rows, results.limits) & (rows["flag"] != "suppressed")]
        yield from problems_of(results, "descriptives", certain, known.expected, "n", "estimate", "std_error")


def _whole(results: Results, table: pd.DataFrame) -> Iterator[Problem]:
    """A cell is hidden whole: with all its statistics and categories, which would tell each other.

    What does not add up over groups can be hidden alone.
    """
    hidden = table["flag"] == "suppressed"
    cell = [table[name] for name in [*CELL, "weight"]]
    part = (hidden & _adds_up(table)).groupby(cell).transform("any") & ~hidden
    expected = "a suppressed cell, as other numbers of this measure in this group are"
    yield from problems_of(results, "descriptives", table[part], expected, "flag", "n")


def _adds_up(table: pd.DataFrame) -> "pd.Series[bool]":
    return table["statistic"].isin([name for name, known in STATISTICS.items() if known.adds_up])


@dataclass
class _Measure:
    """What is shown of one measure in one wave: n by weight, grouping and group; NaN where it is suppressed.

    `differences` are the weights and groupings with a difference from the rest.
    """

    n: dict[str, dict[tuple[str, str], float]] = field(default_factory=dict)
    differences: set[tuple[str, str]] = field(default_factory=set)


def _shown(table: pd.DataFrame) -> Mapping[tuple[str, str], _Measure]:
    """Gather the cells; their n is that of who answered, without those who did not know."""
    rows = table[(table["category"] != "dont_know") & _adds_up(table)]
    named = rows.groupby(["wave", "measure", "weight", "group_by", "group"], sort=False)
    cells = named.agg(n=("n", "max"), differs=("difference_from_rest", "count")).reset_index()
    found: dict[tuple[str, str], _Measure] = {}
    for wave, measure, weight, grouping, group, n, differs in cells.itertuples(index=False):
        of = found.setdefault((wave, measure), _Measure())
        of.n.setdefault(weight, {})[grouping, group] = n
        if differs:
            of.differences.add((weight, grouping))
    return found


Finding = tuple[str, str, str]
"""A division (how a place goes on after wave and measure), what was found there, and what was expected."""


def _weights(cells: _Measure) -> Iterator[Finding]:
    """A group that is hidden is hidden by every weight, but by employees alone: then its whole division is."""
    by_weight = {weight: _hidden(groups) for weight, groups in cells.n.items()}
    kept = "establishment" if "establishment" in by_weight else next(iter(by_weight))
    if not by_weight[kept]:
        for weight, hidden in by_weight.items():
            for grouping in sorted({grouping for grouping, _ in hidden}):
                shown = [
                    group for by, group in cells.n[weight] if by == grouping and (by, group) not in hidden
                ]
                if shown and weight != kept:
                    found = f"group '{shown[0]}' by weight '{weight}', of which other groups are hidden"
                    yield f"|{grouping}", found, "no group of the division by this weight"
        return
    for weight, groups in cells.n.items():
        shown = [f"{by}={group}" if by else "everyone" for (by, group), n in groups.items() if np.isfinite(n)]
        if weight != kept and shown:
            found = f"{shown[0]} by weight '{weight}', where a group is hidden by weight '{kept}'"
            yield "", found, f"weight '{kept}' alone: another is an equation more for what is hidden"


def _hidden(groups: Mapping[tuple[str, str], float]) -> set[tuple[str, str]]:
    return {group for group, n in groups.items() if np.isnan(n)}


def _divisions(cells: _Measure, minimum: int) -> Iterator[Finding]:
    """In each set of groups that adds up to a published total, two are hidden or none, of `minimum` together."""
    for weight, groups in cells.n.items():
        for (grouping, within), parent, parts in _sums(groups):
            hidden = [part for part in parts if np.isnan(groups[part])]
            rest = groups[parent] - sum(groups[part] for part in parts if np.isfinite(groups[part]))
            place = f"|{grouping}{within}|{weight}"
            if np.isnan(rest):
                if not hidden:
                    yield place, "every group, whose sum is a hidden total", "two hidden groups"
            elif 0 < rest < minimum or (hidden and rest < minimum):
                found = f"{rest:g} employers left when the groups are subtracted from the total"
                yield place, found, f"none, or {minimum} at least"
            elif len(hidden) == 1 and (weight, grouping) in cells.differences:
                found = f"one hidden group ('{hidden[0][1]}'), which the total less the others tells"
                yield place, found, "two hidden groups or none"


def _sums(
    groups: Mapping[tuple[str, str], float],
) -> Iterator[tuple[tuple[str, str], tuple[str, str], list[tuple[str, str]]]]:
    """Give every published total with the groups that it is the sum of: everyone, and each row of a crossing."""
    for grouping in dict.fromkeys(by for by, _ in groups if by):
        parts = [part for part in groups if part[0] == grouping]
        if ("", "") in groups:
            yield (grouping, ""), ("", ""), parts
        names = grouping.split("|")
        for place, name in enumerate(names if len(names) > 1 else []):
            for parent in [one for one in groups if one[0] == name]:
                inside = [part for part in parts if part[1].split("|")[place] == parent[1]]
                yield (grouping, f" in {parent[1]}"), parent, inside


def _differences(results: Results, shown: Mapping[tuple[str, str], _Measure]) -> Iterator[Problem]:
    """Where the classes of employers lie beside the results, try every combination of what is shown."""
    crossed = _crossings(results)
    known: dict[object, bool] = {}
    for (wave, name), cells in shown.items():
        if wave not in crossed or name not in crossed[wave].counts:
            continue
        classes, n = crossed[wave].of(name)
        totals = [
            total
            for total in _totals(cells)
            if total[0] in crossed[wave].weights and _known(total, crossed[wave])
        ]
        key = (wave, classes.tobytes(), n.clip(max=results.limits.minimum_n).tobytes(), tuple(totals))
        if not totals or not classes.size or known.get(key):
            continue
        rows = np.array([crossed[wave].row(total, classes) for total in totals])
        told = told_by_differencing(rows, n, minimum_n=results.limits.minimum_n)
        known[key] = told is None
        if told is not None:
            used = ", ".join(_named(totals[row]) for row in told.rows)
            found = f"a sum of the answers of {told.n} employers, which follows from {used}"
            expected = f"no such sum of fewer than {results.limits.minimum_n} employers"
            yield Problem(results.file_of("descriptives"), f"{wave}|{name}", found, expected)


def _crossings(results: Results) -> Mapping[str, Crossed]:
    if results.processed is None:
        return {}
    paths = {path.parent.name: path for path in sorted(results.processed.glob("wave/*/crossings.parquet"))}
    minimum = results.limits.minimum_n
    return {wave: Crossed(pd.read_parquet(path), minimum_n=minimum) for wave, path in paths.items()}


def _totals(cells: _Measure) -> Iterator[Total]:
    for weight, groups in cells.n.items():
        for (grouping, group), n in groups.items():
            if np.isfinite(n):
                yield weight, grouping, group
        yield from ((weight, grouping, None) for by, grouping in sorted(cells.differences) if by == weight)


def _known(total: Total, crossed: Crossed) -> bool:
    return not total[1] or total[1] in crossed.groups


def _named(total: Total) -> str:
    weight, grouping, group = total
    what = "everyone" if not grouping else f"all of {grouping}" if group is None else f"{grouping}={group}"
    return what if weight == "none" else f"{what} ({weight})"
