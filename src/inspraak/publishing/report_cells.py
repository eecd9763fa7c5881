"""Cells of the report's tables: a number, its interval and base, and the marks that readers look for."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inspraak.publishing.language import (
    CONFIDENTIAL,
    NIL,
    UNKNOWN,
    format_interval,
    format_number,
    format_share,
)
from inspraak.publishing.published import Key, Published, Row

SIGNIFICANT = 0.05
STRONG_DIFFERENCE = 0.20
"""Cohen's d from which a difference from the rest has a filled mark."""
SYMBOLS = {"higher_strong": "▲", "lower_strong": "▼", "higher_weak": "△", "lower_weak": "▽"}


@dataclass(frozen=True)
class Cell:
    """One cell: `text` as shown, lines `beside` it (interval, base), the name of its mark, its number."""

    text: str
    beside: tuple[str, ...] = ()
    mark: str = ""
    number: int | None = None
    wave: str = ""
    bar: int | None = None

    @property
    def symbol(self) -> str:
        """Give the sign of the mark, or nothing."""
        return SYMBOLS.get(self.mark, "")


def written(row: Row | None, value: str, *, nil: bool) -> str:
    """Mark a formatted number: x suppressed, . unknown, - nil, in brackets where the base is small."""
    if row is None:
        return UNKNOWN
    if "suppressed" in row["flag"]:
        return CONFIDENTIAL
    if value == UNKNOWN:
        return UNKNOWN
    if nil and row["estimate"] == 0:
        return NIL
    return f"({value})" if "small" in row["flag"] else value


def mean_cell(published: Published, key: Key, group: tuple[str, str] = ("", "")) -> Cell:
    """Make the cell of a mean (or quantile): one decimal, with its 95 % interval and unweighted base."""
    row, language = published.cells.get(group, {}).get(key), published.language
    number = published.numbers.get(key)
    if row is None:
        return Cell(UNKNOWN, number=number, wave=key[0])
    text = written(row, format_number(row["estimate"], decimals=1, language=language), nil=True)
    interval = format_interval(row["ci_low"], row["ci_high"], decimals=1, language=language)
    return Cell(text, _beside(row, interval, language), difference_mark(row), number, key[0])


def share_cell(published: Published, key: Key, group: tuple[str, str] = ("", "")) -> Cell:
    """Make the cell of a share; decimals by its own base, a bar in steps of 5 %."""
    row, language = published.cells.get(group, {}).get(key), published.language
    number = published.numbers.get(key)
    if row is None:
        return Cell(UNKNOWN, number=number, wave=key[0])
    text = written(row, format_share(row["estimate"], n=row["n"], language=language), nil=True)
    known = "suppressed" not in row["flag"] and math.isfinite(row["estimate"])
    bar = round(20 * min(max(row["estimate"], 0), 1)) if known else None
    return Cell(text, (), difference_mark(row), number, key[0], bar)


def base_cell(published: Published, key: Key, group: tuple[str, str] = ("", "")) -> Cell:
    """Make the cell of an unweighted base; `key` is that of `Published.bases`."""
    base = published.bases.get(group, {}).get(key, math.nan)
    text = format_number(base, language=published.language)
    return Cell(text, number=published.numbers.get(key), wave=key[0])


def difference_mark(row: Row) -> str:
    """Name the mark of a group against the rest: none, or higher/lower and strong (|d| >= .20) or weak."""
    p, cohens_d = row.get("p_value", math.nan), row.get("cohens_d", math.nan)
    if (
        not row["group_by"]
        or "suppressed" in row["flag"]
        or not (p < SIGNIFICANT and math.isfinite(cohens_d))
    ):
        return ""
    side = "higher" if row["difference_from_rest"] > 0 else "lower"
    return f"{side}_{'strong' if abs(cohens_d) >= STRONG_DIFFERENCE else 'weak'}"


def filter_cells(published: Published) -> dict[str, Any]:
    """Give what the filter may show: per grouping and group, every published cell.

    A crossing of two groupings is found under their names joined by "|" where it is published. Cells stand in
    the order of `Published.numbers`; "" where a group has no such cell.
    """
    found: dict[str, dict[str, Any]] = {}
    for group_by, group in published.cells:
        if not group_by:
            continue
        names = split_names(group_by, published.study.groups)
        if not names:
            continue
        texts = [_filtered(published, key, (group_by, group)) for key in published.numbers]
        found.setdefault("|".join(names), {})["|".join(_parts(group, len(names)))] = texts
    return found


def filter_choices(published: Published) -> list[Mapping[str, Any]]:
    """Give the select boxes of the filter: a name, a label and the published groups of each grouping."""
    choices: list[Mapping[str, Any]] = []
    for group_by in published.study.groups:
        groups = [(group, published.group_label(group_by, group)) for group in published.groups(group_by)]
        if groups:
            choices.append({"name": group_by, "label": published.short_label(group_by), "groups": groups})
    return choices


def split_names(group_by: str, groups: tuple[str, ...]) -> tuple[str, ...]:
    """Split the grouping of a table into the study's own: sector5, or sector5|size4 for a crossing."""
    names = tuple(group_by.split("|"))
    return names if all(name in groups for name in names) else ()


def _parts(group: str, count: int) -> list[str]:
    return group.split("|") if count > 1 else [group]


def _filtered(published: Published, key: Key, group: tuple[str, str]) -> str:
    if key[2] == "base":
        return base_cell(published, key, group).text
    if key not in published.cells[group]:
        return ""
    make = share_cell if key[2] == "share" else mean_cell
    cell = make(published, key, group)
    return "\t".join((cell.text, *cell.beside))


def _beside(row: Row, interval: str, language: str) -> tuple[str, ...]:
    if "suppressed" in row["flag"]:
        return ()
    base = format_number(row["n"], language=language)
    return tuple(part for part in (interval, f"n = {base}") if not part.endswith(UNKNOWN))
