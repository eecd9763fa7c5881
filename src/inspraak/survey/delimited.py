"""Reading text files with a delimiter: any encoding, any line ending, quoted fields, titles above the names."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, NoReturn

from inspraak.errors import Problem, UserError
from inspraak.survey.delivered import Cell, Delivered, from_rows, trimmed
from inspraak.survey.encodings import decode

if TYPE_CHECKING:
    from _csv import Reader

DELIMITERS = ("\t", ";", "|", ",")  # the rarer in running text, the earlier
NAMED = {"\t": "tab", " ": "space"}
SEPARATOR_LINE = re.compile(r'"?sep=([^"\r\n])"?(?:\r\n|\r|\n|$)', re.IGNORECASE)
SAMPLE = 500
PROBLEMS_SHOWN = 10


@dataclass(frozen=True)
class Fit:
    """How well a delimiter suits a file.

    `width` are the cells of the header, `share` the rows that have as many, `usual` the cells that most rows
    have, and 0 where no width is that of most rows.
    """

    delimiter: str
    width: int = 0
    share: float = 0.0
    usual: int = 0


def read_delimited(
    data: bytes,
    *,
    file: str,
    header: int = 1,
    delimiter: str | None = None,
    decimal: str = ".",
    thousands: str | None = None,
    encoding: str | None = None,
) -> Delivered:
    """Read the bytes of a text file with one row per line.

    Line ends may be CRLF, LF, a lone CR or a mixture; a quoted field may hold delimiters, line ends and
    doubled quotes. A first line `sep=;` names the delimiter and is not counted as a row, as in Excel. Without
    `delimiter`, it is the one of tab ; | , that gives all rows as many cells as the header; `decimal` and
    `thousands` come last, because they stand inside cells. Rows are counted as a spreadsheet does: a line end
    inside quotes starts no row. Raises UserError on what does not fit, with the row.
    """
    text = decode(data, file=file, encoding=encoding)
    if declared := SEPARATOR_LINE.match(text):
        text, delimiter = text[declared.end() :], delimiter or declared[1]
    fits = [_fit(text, mark, header=header) for mark in DELIMITERS]
    if delimiter is None:
        delimiter = _detected(fits, marks={decimal, thousands})
    else:
        _check_declared(delimiter, _fit(text, delimiter, header=header), fits, file=file)
    records, lines = _records(text, delimiter, file=file)
    rows = [[trimmed(cell) for cell in record] for record in records]
    places = [
        f"row {number}" if number == line else f"row {number} (line {line})"
        for number, line in enumerate(lines, start=1)
    ]
    delivered = from_rows(list(enumerate(rows, start=1)), file=file, header=header, letters=False)
    _check_widths(rows, places, header=header, file=file)
    return delivered


def _records(text: str, delimiter: str, *, file: str) -> tuple[list[list[str]], list[int]]:
    """The fields of every row, and the line on which each row begins."""
    reader = _parser(text, delimiter, strict=True)
    records: list[list[str]] = []
    lines: list[int] = []
    begin = 1
    try:
        for record in reader:
            records.append(record)
            lines.append(begin)
            begin = reader.line_num + 1
    except csv.Error as error:
        _refuse_quotes(str(error), row=len(records) + 1, line=begin, file=file)
    return records, lines


def _parser(text: str, delimiter: str, *, strict: bool) -> "Reader":
    # newline="" keeps the line ends inside quotes as they are and still sees all three kinds.
    return csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=delimiter != " ", strict=strict
    )


def _refuse_quotes(message: str, *, row: int, line: int, file: str) -> NoReturn:
    place = f"row {row}" if row == line else f"row {row} (line {line})"
    if "expected after" in message:
        found = "text after a closing quotation mark"
        expected = 'the delimiter after it, or the mark doubled ("") where it belongs to the text'
    elif "field limit" in message:
        found = f"a cell of more than {csv.field_size_limit():,} characters"
        expected = "a closing quotation mark where the cell ends"
    else:
        found = "a quotation mark that is opened and never closed"
        expected = "a closing quotation mark where the cell ends"
    raise UserError(Problem(file, place, found, expected))


def _fit(text: str, delimiter: str, *, header: int) -> Fit:
    if len(delimiter) != 1 or delimiter in '"\r\n':
        return Fit(delimiter)
    try:
        sample = list(islice(_parser(text, delimiter, strict=False), header - 1, header + SAMPLE))
    except csv.Error:
        return Fit(delimiter)
    if not sample:
        return Fit(delimiter)
    names = [cell.strip() for cell in sample[0]]
    rows = [record for record in sample[1:] if any(cell.strip() for cell in record)]
    fitting = sum(_misfit(names, record) is None for record in rows)
    width, times = Counter(len(record) for record in rows).most_common(1)[0] if rows else (0, 0)
    share = fitting / len(rows) if rows else 1.0
    return Fit(delimiter, len(names), share, width if times * 2 > len(rows) else 0)


def _detected(fits: Sequence[Fit], *, marks: set[str | None]) -> str:
    wide = [fit for fit in fits if fit.width > 1 and fit.share > 0]
    if wide:
        best = max(wide, key=lambda fit: (fit.share == 1, fit.delimiter not in marks, fit.share, fit.width))
        return best.delimiter
    # The header has other cells than the rows: a title, or a mistake. Commas may also be those of a sentence.
    rows = [
        fit
        for fit in fits
        if fit.delimiter not in marks
        and (fit.usual > 2 or (fit.usual > 1 and (fit.delimiter != "," or fit.width > 1)))
    ]
    return max(rows or fits, key=lambda fit: (fit.usual, fit.share)).delimiter


def _check_declared(delimiter: str, own: Fit, fits: Sequence[Fit], *, file: str) -> None:
    if len(delimiter) != 1 or delimiter in '"\r\n':
        near = next((mark for mark, name in NAMED.items() if name == delimiter.casefold()), None)
        expected = 'one character, such as ";" or "\\t"'
        shown = {"\t": '"\\t"', " ": '" "'}.get(near or "")
        raise UserError(Problem(file, "key `delimiter`", f"'{delimiter}'", expected, shown))
    if own.width <= 1:
        better = next((fit for fit in fits if fit.width > 1 and fit.share == 1), None)
        if better is not None:
            name = NAMED.get(better.delimiter, better.delimiter)
            found = f"no '{NAMED.get(delimiter, delimiter)}' between the column names"
            expected = f"the delimiter declared as '{NAMED.get(delimiter, delimiter)}'"
            raise UserError(Problem(file, "key `delimiter`", found, expected, name))


def _misfit(names: Sequence[Cell], record: Sequence[Cell]) -> int | None:
    """The number of cells of a row if that is not the header's; empty cells without a name do not count."""
    width, expected = len(record), len(names)
    while width > expected and not record[width - 1]:
        width -= 1
    while expected > width and not names[expected - 1]:
        expected -= 1
    return None if width == expected else len(record)


def _check_widths(rows: Sequence[Sequence[Cell]], places: Sequence[str], *, header: int, file: str) -> None:
    names = rows[header - 1]
    problems = []
    for row, place in zip(rows[header:], places[header:], strict=True):
        if (width := _misfit(names, row)) is not None and any(cell is not None for cell in row):
            found = f"{width} cell{'s' * (width != 1)}"
            problems.append(Problem(file, place, found, f"{len(names)}, as in the header (row {header})"))
    if len(problems) > PROBLEMS_SHOWN:
        more = len(problems) - PROBLEMS_SHOWN
        found = f"{more} more rows with too many or too few cells"
        problems[PROBLEMS_SHOWN:] = [Problem(file, "further down", found, f"{len(names)} cells in every row")]
    if problems:
        raise UserError(problems)
