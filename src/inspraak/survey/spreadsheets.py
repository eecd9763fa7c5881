"""What the three spreadsheet formats share: sheets by name, number formats, dates, merged names, damage."""

import gc
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite
from typing import Literal, TypeAlias

from inspraak.errors import Problem, UserError, near_match
from inspraak.survey.delivered import Cell, Delivered, column_letters, from_rows

Kind: TypeAlias = Literal["number", "percentage", "date", "time", "duration"]

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
# ECMA-376 part 1, 18.8.30: formats that a workbook names by number only. 27-36 and 50-58 are dates in East Asia.
BUILT_IN: dict[int, Kind] = {
    **dict.fromkeys((9, 10), "percentage"),
    **dict.fromkeys((*range(14, 18), 22, *range(27, 37), *range(50, 59)), "date"),
    **dict.fromkeys((18, 19, 20, 21, 45, 47), "time"),
    46: "duration",
}
NOT_FORMAT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)
ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)


@dataclass
class Sheet:
    """The cells of one sheet as they are read: rows by number, merged areas, formulas without a result.

    `merged` are areas (first row, first column, last row, last column), rows counted from 1 and columns from
    0; `unfinished` are the cells (row, column) whose formula was stored without its result.
    """

    rows: dict[int, list[Cell]] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    unfinished: list[tuple[int, int]] = field(default_factory=list)

    def put(self, row: int, column: int, cell: Cell) -> None:
        """Store a cell (a number that is not finite as text); ValueError where no sheet has such a place."""
        if not (0 < row <= LAST_ROW and 0 <= column < LAST_COLUMN):
            raise ValueError(f"no sheet has a row {row} and a column {column + 1}")
        if isinstance(cell, float) and not isfinite(cell):
            cell = str(cell)
        cells = self.rows.setdefault(row, [])
        cells.extend([None] * (column + 1 - len(cells)))
        cells[column] = cell


def deliver_sheet(sheet: Sheet, *, file: str, header: int) -> Delivered:
    """Make the table of a sheet: names in row `header`, answers below.

    A name that is merged downwards into the header row counts as standing there. Raises UserError on a
    formula at or below the header whose result is not in the file, and whatever `from_rows` raises.
    """
    rows = dict(sheet.rows)
    names = list(rows.get(header, []))
    for top, left, bottom, _ in sheet.merged:
        if top < header <= bottom and left < len(rows.get(top, [])):
            names.extend([None] * (left + 1 - len(names)))
            names[left] = rows[top][left]
    if names:
        rows[header] = names
    unfinished = [place for place in sheet.unfinished if place[0] >= header]
    if unfinished:
        row, column = min(unfinished)
        more = f" (and {len(unfinished) - 1} more)" if len(unfinished) > 1 else ""
        found = f"a formula without its result{more}"
        expected = "a workbook that was calculated and saved by a spreadsheet program"
        raise UserError(Problem(file, f"cell {column_letters(column)}{row}", found, expected))
    return from_rows(sorted(rows.items()), file=file, header=header, letters=True)


def choose_sheet(names: Sequence[str], wanted: str | None, *, visible: Sequence[str], file: str) -> str:
    """Give the sheet asked for, or the first one that the user sees (UserError where there is none)."""
    if wanted is None:
        chosen = next(iter(visible), next(iter(names), None))
        if chosen is None:
            raise UserError(Problem(file, "", "a workbook without sheets", "a sheet with answers"))
        return chosen
    by_name = {name.strip(): name for name in names} | {name: name for name in names}
    if wanted not in by_name:
        known = ", ".join(f"'{name}'" for name in names)
        near = near_match(wanted, names)
        raise UserError(Problem(file, "key `sheet`", f"'{wanted}'", f"a sheet of this file: {known}", near))
    return by_name[wanted]


@contextmanager
def reading(what: str, *, file: str) -> Iterator[None]:
    """Turn whatever a reading library raises on damaged bytes into a UserError; `what` names the kind of file."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # each library has many kinds for damaged bytes, down to AssertionError
        if "encrypt" in str(error).lower() or "password" in str(error).lower():
            expected = "a copy without a password"
            raise UserError(Problem(file, "", f"{what} with a password", expected)) from error
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise UserError(
            Problem(file, "", f"{what} that cannot be read ({reason})", "an undamaged file")
        ) from error


@contextmanager
def uncollected() -> Iterator[None]:
    """Put off the search for circular garbage: there is none in XML, and looking for it takes half of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def kind_of_format(code: str) -> Kind:
    """Say what a number format such as `0.0%`, `dd-mm-yyyy` or `[h]:mm` shows."""
    signs = NOT_FORMAT.sub("", code)
    if "%" in signs:
        return "percentage"
    if ELAPSED.search(signs):
        return "duration"
    letters = signs.lower().replace("am/pm", "").replace("general", "").split(";")[0]
    if "d" in letters or "y" in letters:
        return "date"
    if "h" in letters or "s" in letters:
        return "time"
    return "date" if "m" in letters else "number"


def percentage(fraction: float) -> float:
    """Bring 0.29 to 29, without the noise beyond the 15 digits that a spreadsheet keeps."""
    return float(f"{fraction * 100:.15g}")


def as_shown(value: float, kind: Kind, *, since_1904: bool = False) -> Cell:
    """Give a stored number as its format means it: percentages on 0-100, dates and times as ISO text.

    Dates are days since 1899-12-30 (before March 1900 one day later, by the leap day that never was) or
    since 1904. A date that no calendar has stays a number.
    """
    if kind == "number":
        return value
    if kind == "percentage":
        return percentage(value)
    if kind == "duration":
        return duration(value * 86_400)
    if kind == "time" and 0 <= value < 1:
        return clock(value * 86_400)
    if not value >= 0:
        return value
    start = datetime(1904, 1, 1) if since_1904 else datetime(1899, 12, 31 if value < 60 else 30)
    try:
        return iso(start + timedelta(milliseconds=round(value * 86_400_000)))
    except (OverflowError, ValueError):
        return value


def iso(moment: datetime) -> str:
    """Write a moment as ISO text; midnight is the date alone."""
    text = moment.isoformat()
    return text.removesuffix("T00:00:00")


def clock(seconds: float) -> str:
    """Write seconds since midnight as HH:MM:SS, with a fraction only where there is one."""
    moment = datetime(2000, 1, 1) + timedelta(milliseconds=round(seconds * 1000))
    return moment.time().isoformat() if moment.day == 1 else "24:00:00"


def duration(seconds: float) -> Cell:
    """Write a length of time as H:MM:SS with as many hours as it has (26:30:00); not finite: the number."""
    if not abs(seconds) < 1e15:
        return seconds
    whole, thousandths = divmod(round(abs(seconds) * 1000), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    fraction = f".{thousandths:03d}".rstrip("0") if thousandths else ""
    return f"{'-' * (seconds < 0)}{hours:02d}:{minute:02d}:{second:02d}{fraction}"
