"""What a delivered file holds: its cells as they stand there, and the checks that every table needs."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import pandas as pd

from inspraak.errors import Problem, UserError

Cell: TypeAlias = str | float | None
Row: TypeAlias = tuple[int, Sequence[Cell]]

BLANKS = (
    " \t\n\r\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000\u200b\u2060\ufeff"
)
SMALLEST_NUMBER, LARGEST_NUMBER = -1.79e308, 1.79e308
MOST_CELLS = 200_000_000
NUMBER_ALONE = re.compile(r"[+-]?\d+(?:[.,]\d+)?\s?%?")


@dataclass(frozen=True)
class MissingRange:
    """Values that the maker of the file declared missing: from `lowest` to `highest`, both included.

    One value is a range of equal ends; an open end is minus or plus infinity. Text ends hold texts only.
    """

    lowest: float | str
    highest: float | str

    def __contains__(self, cell: object) -> bool:
        if isinstance(self.lowest, str) or isinstance(self.highest, str):
            return isinstance(cell, str) and str(self.lowest) <= cell <= str(self.highest)
        return isinstance(cell, float) and self.lowest <= cell <= self.highest


@dataclass(frozen=True)
class Delivered:
    """The content of one delivered file.

    `frame` has every column of the file in the file's order, dtype object. A cell is None (empty), str (as
    delivered, without surrounding white space and no-break spaces) or float (a number of a file that knows
    numbers; percentages of a spreadsheet on the scale 0-100, dates as ISO text). Its index is the row number
    as the user sees it in the file, counted from 1 with the header; the case number where a file has no rows
    of its own. `labels` are value labels and `user_missing` the values declared missing, both by column and
    both empty where the format has none. `first_row` is the row number of the first row of answers.
    """

    frame: pd.DataFrame
    labels: Mapping[str, Mapping[object, str]] = field(default_factory=dict)
    user_missing: Mapping[str, tuple[MissingRange, ...]] = field(default_factory=dict)
    first_row: int = 1


def trimmed(text: str) -> str | None:
    """Give the text without surrounding white space, no-break and zero-width spaces; None if nothing is left."""
    return text.strip(BLANKS) or None


def column_letters(position: int) -> str:
    """Give the letters by which a spreadsheet names a column; `position` counts from 0 (0 is A, 26 is AA)."""
    letters = ""
    position += 1
    while position:
        position, remainder = divmod(position - 1, 26)
        letters = chr(ord("A") + remainder) + letters
    return letters


def object_frame(columns: Mapping[str, Sequence[Cell]], index: Iterable[int]) -> pd.DataFrame:
    """Make a frame of cells that keeps None, text and numbers apart (dtype object in every column)."""
    rows = pd.Index(list(index), dtype="int64")
    series = {name: pd.Series(list(cells), index=rows, dtype=object) for name, cells in columns.items()}
    return pd.DataFrame(series, index=rows, dtype=object)


def from_rows(rows: Sequence[Row], *, file: str, header: int, letters: bool) -> Delivered:
    """Take the column names from row `header` and the answers from the rows below it.

    `rows` are (row number, cells) in ascending order; rows may be missing or shorter than others. Rows
    without any content are left out, and so are columns without a name and without content. A column with
    content but without a name is called after its place: `column 3`, or `column C` if `letters`. White space
    inside a name is brought back to single spaces. Raises UserError on a header beyond the file, an empty
    header, a header of numbers only, one that looks like a title, the same name twice, no rows of answers.
    """
    filled = [(number, cells) for number, cells in rows if any(cell is not None for cell in cells)]
    if not filled:
        raise UserError(Problem(file, "", "an empty table", "column names and rows of answers"))
    if header > filled[-1][0]:
        found = f"nothing: the last row with content is row {filled[-1][0]}"
        raise UserError(Problem(file, f"row {header}", found, "the column names (`header`)"))
    names_row = next((cells for number, cells in filled if number == header), ())
    body = [(number, cells) for number, cells in filled if number > header]
    named = {place for place, cell in enumerate(names_row) if cell is not None}
    used = {place for _, cells in body for place, cell in enumerate(cells) if cell is not None}
    _check_header(names_row, named, used, filled, file=file, header=header)
    if not body:
        raise UserError(Problem(file, f"below row {header}", "no rows", "at least one row of answers"))
    places = sorted(named | used)
    if len(places) * len(body) > MOST_CELLS:
        found = f"{len(places):,} columns and {len(body):,} rows"
        raise UserError(Problem(file, "", found, f"at most {MOST_CELLS:,} cells"))
    names = [_column_name(names_row, place, letters=letters) for place in places]
    check_names(names, [_place_name(place, letters=letters) for place in places], file=file)
    columns = {
        name: [cells[place] if place < len(cells) else None for _, cells in body]
        for name, place in zip(names, places, strict=True)
    }
    return Delivered(object_frame(columns, (number for number, _ in body)), first_row=body[0][0])


def check_names(names: Sequence[str], places: Sequence[str], *, file: str) -> None:
    """Refuse a name that stands above more than one column (UserError: one problem for each such name)."""
    seen: dict[str, list[str]] = {}
    for name, place in zip(names, places, strict=True):
        seen.setdefault(name, []).append(place)
    problems = [
        Problem(file, " and ".join(where), f"the column name '{name}' {len(where)} times", "each name once")
        for name, where in seen.items()
        if len(where) > 1
    ]
    if problems:
        raise UserError(problems)


def _place_name(place: int, *, letters: bool) -> str:
    return f"column {column_letters(place) if letters else place + 1}"


def _column_name(cells: Sequence[Cell], place: int, *, letters: bool) -> str:
    cell = cells[place] if place < len(cells) else None
    if cell is None:
        return _place_name(place, letters=letters)
    return " ".join(cell.split()) if isinstance(cell, str) else f"{cell:.15g}"


def _check_header(
    cells: Sequence[Cell], named: set[int], used: set[int], filled: Sequence[Row], *, file: str, header: int
) -> None:
    expected = "the column names (the key `header` says in which row they are)"
    likely = _likely_header(filled)
    near = f"header: {likely}" if likely not in (None, header) else None
    if not named:
        raise UserError(Problem(file, f"row {header}", "an empty row", expected, near))
    texts = [str(cells[place]) for place in sorted(named)]
    if all(not isinstance(cells[p], str) or NUMBER_ALONE.fullmatch(str(cells[p])) for p in named):
        found = f"only numbers ({', '.join(texts[:3])}{', ...' if len(texts) > 3 else ''})"
        raise UserError(Problem(file, f"row {header}", found, expected, near))
    if len(named) * 2 < len(used):
        found = f"{len(named)} name{'s' * (len(named) > 1)} ('{texts[0]}') above {len(used)} columns"
        raise UserError(Problem(file, f"row {header}", found, expected, near))


def _likely_header(filled: Sequence[Row]) -> int | None:
    """The first row of texts only that is as wide as the rows of the table usually are."""
    widths = sorted(sum(cell is not None for cell in cells) for _, cells in filled[:200])
    usual = widths[len(widths) // 2]
    for number, cells in filled[:50]:
        texts = [cell for cell in cells if isinstance(cell, str) and not NUMBER_ALONE.fullmatch(cell)]
        if len(texts) >= usual and len(texts) == sum(cell is not None for cell in cells):
            return number
    return None
