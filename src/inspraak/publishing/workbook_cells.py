"""What the workbook is made of: sheets, tables, columns, and cells that are text or a number with its format."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from inspraak.publishing.language import CONFIDENTIAL, SHARE_DECIMALS_FROM, UNKNOWN
from inspraak.publishing.published import Published, Row

LINE = 160
"""Characters of a line of notes."""
Style = Literal["count", "one", "two", "three", "share", "share_one", "p"]
"""Whole numbers, one to three decimals, percentages without or with a decimal, p-values."""


@dataclass(frozen=True)
class Number:
    """A number as a spreadsheet holds it; `nil` shows a true zero as -, `small` puts it in brackets."""

    value: float
    style: Style
    nil: bool = False
    small: bool = False


@dataclass(frozen=True)
class Toned:
    """A text in the colour of a verdict."""

    text: str
    tone: str


@dataclass(frozen=True)
class Link:
    """A text that leads to a sheet of the workbook, by its key."""

    text: str
    sheet: str


Cell = str | Number | Toned | Link


@dataclass(frozen=True)
class Column:
    """One column of a table; `width` in characters, `number` where it holds numbers (and marks)."""

    header: str
    width: float
    number: bool = False


@dataclass(frozen=True)
class Table:
    """A table under its title, with notes (one line each) between title and header; no merged or empty cells."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """A sheet: `key` is how links name it, `label` its tab, `about` what the contents say of it.

    `notes` stand under its title; tables without rows are left out.
    """

    key: str
    label: str
    title: str
    about: str
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()

    @property
    def filled(self) -> tuple[Table, ...]:
        """Give the tables that have a row."""
        return tuple(table for table in self.tables if table.rows)


def number(value: object, style: Style, *, nil: bool = False) -> Cell:
    """Make the cell of a number that is no estimate; what is no finite number gets the mark of unknown."""
    known = finite(value)
    return UNKNOWN if known is None else Number(known, style, nil)


def count(value: object) -> Cell:
    """Make the cell of a count: zero shows as -."""
    return number(value, "count", nil=True)


def share_style(n: object) -> Style:
    """Give the format of a share by its unweighted base: a decimal from n = 1,000 on."""
    base = finite(n)
    return "share_one" if base is not None and base >= SHARE_DECIMALS_FROM else "share"


def published_number(row: Row | None, column: str, style: Style, *, nil: bool = False) -> Cell:
    """Make the cell of a column of descriptives.csv: x suppressed, . unknown, an estimate of a small n in brackets."""
    if row is None:
        return UNKNOWN
    if "suppressed" in row["flag"]:
        return CONFIDENTIAL
    value = finite(row.get(column))
    return (
        UNKNOWN
        if value is None
        else Number(value, style, nil, column == "estimate" and "small" in row["flag"])
    )


def interval(row: Row | None, style: Style) -> tuple[Cell, Cell]:
    """Make the two cells of a 95 % interval, as `published_number`."""
    return published_number(row, "ci_low", style), published_number(row, "ci_high", style)


def numbers(header: Iterable[str], *, width: float = 12) -> tuple[Column, ...]:
    """Make columns of numbers of one width."""
    return tuple(Column(name, width, number=True) for name in header)


def unique(names: Iterable[str]) -> tuple[str, ...]:
    """Make names differ, whatever their case, by a number behind a repeated one; an empty name becomes a point."""
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        candidate, again = name or UNKNOWN, 2
        while candidate.casefold() in taken:
            candidate, again = f"{name} ({again})", again + 1
        taken.add(candidate.casefold())
        found.append(candidate)
    return tuple(found)


def finite(value: object) -> float | None:
    """Give a finite number as a float, and None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def wave_name(published: Published, wave: str) -> str:
    """Name a wave; what is of all waves together says so."""
    return wave if wave in published.waves else str(published.words["general"]["all_waves"])


def note_lines(*texts: str) -> tuple[str, ...]:
    """Break texts into lines of whole sentences, so that no line of a note runs far beyond its table."""
    lines: list[str] = []
    for text in texts:
        first = len(lines)
        for sentence in re.split(r"(?<=\.) ", text.strip()):
            if len(lines) > first and len(lines[-1]) + len(sentence) < LINE:
                lines[-1] += f" {sentence}"
            else:
                lines.append(sentence)
    return tuple(lines)


def capital(text: str) -> str:
    """Begin a text with a capital."""
    return text[:1].upper() + text[1:]
