"""How high a row of the workbook is: lines of wrapped text, because not every program fits rows by itself."""

from collections.abc import Iterable, Sequence
from functools import cache

from xlsxwriter.utility import xl_pixel_width

from inspraak.publishing.workbook_cells import Cell, Column, Link, Toned

PIXELS_PER_CHARACTER = 7
PADDING = 8
ARIAL, BOLD = 0.97, 1.07
"""Arial of 10 points is a little narrower than Calibri of 11, of which the library knows the widths."""
LINE, ABOVE, LOWEST = 12.9, 2.1, 15.0
"""Points: one line, the space around them, the lowest row."""
FILTER_BUTTON = 22
"""Pixels that the filter button takes of a header."""


def fitting_width(column: Column, *, filtered: bool) -> float:
    """Give the width of a column in characters, wide enough for the longest word of its header."""
    longest = max((_pixels(word, bold=True) for word in column.header.split()), default=0)
    needed = (longest + PADDING + (FILTER_BUTTON if filtered else 0)) / PIXELS_PER_CHARACTER
    return max(column.width, round(needed, 1))


def row_height(cells: Iterable[Cell], widths: Sequence[float]) -> float:
    """Give the height in points of a row of cells whose texts wrap within columns of these widths."""
    lines = [_lines(_text(cell), width) for cell, width in zip(cells, widths)]
    return _height(max(lines, default=1))


def header_height(columns: Sequence[Column], widths: Sequence[float], *, filtered: bool) -> float:
    """Give the height in points of a row of headers."""
    room = FILTER_BUTTON / PIXELS_PER_CHARACTER if filtered else 0
    return _height(
        max(_lines(column.header, width - room, bold=True) for column, width in zip(columns, widths))
    )


def _text(cell: Cell) -> str:
    if isinstance(cell, Link | Toned):
        return cell.text
    return cell if isinstance(cell, str) else ""


def _lines(text: str, width: float, *, bold: bool = False) -> int:
    """Count the lines of a text that breaks at spaces; a word that is too long runs on over the next lines."""
    available = max(width * PIXELS_PER_CHARACTER - PADDING, 1)
    space, lines, used = _pixels(" ", bold=bold), 1, 0.0
    for word in text.split():
        size = _pixels(word, bold=bold)
        if used and used + space + size > available:
            lines, used = lines + 1, 0.0
        used += size + (space if used else 0)
        while used > available:
            lines, used = lines + 1, used - available
    return lines


@cache
def _pixels(text: str, *, bold: bool) -> float:
    return float(xl_pixel_width(text)) * ARIAL * (BOLD if bold else 1)


def _height(lines: int) -> float:
    return round(max(LOWEST, LINE * lines + ABOVE), 1)
