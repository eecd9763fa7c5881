"""Write sheets as an xlsx file: real tables under titles, links, print set-up, and never a formula."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from inspraak.errors import Problem, UserError
from inspraak.publishing.language import format_number
from inspraak.publishing.published import Published
from inspraak.publishing.workbook_cells import Cell, Column, Link, Number, Sheet, Table, Toned, unique
from inspraak.publishing.workbook_heights import fitting_width, header_height, row_height

CREATED = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands in every workbook: with the date of today two runs would differ."""
NAME_LENGTH = 31
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
RESERVED = frozenset({"history", "geschiedenis"})
"""Excel keeps these names of sheets for itself."""
LITTLE = 3
"""A name that is cut does not end in a word of so few letters (of, the, en, de)."""
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
LONGEST_TEXT, LONGEST_HEADER = 32767, 255
FILTER_FROM = 10
"""A table of this many rows has filter buttons."""
INK, HEAD, LINE, AMBER, DEEP = "#1B2A30", "#E3ECEC", "#C9D1D1", "#FFE9B8", "#12393F"
TONES = {
    "supported": ("#0B6B4F", "#E3F2EC"),
    "contradicted": ("#A3350C", "#FBE9E2"),
    "equivalent to nil": ("#41547A", "#E9EDF5"),
    "inconclusive": ("#6C5700", "#F8F1D8"),
    "not testable": ("#5B6469", "#EEF0F1"),
}
"""Ink and ground of each verdict; the words differ too."""
CODES = {
    "count": "#,##0",
    "one": "#,##0.0",
    "two": "0.00",
    "three": "0.000",
    "share": "0%",
    "share_one": "0.0%",
}


class Formats:
    """The formats of one workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook, language: str) -> None:
        self.book = book
        self.language = language
        self.made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def of(self, **looks: Any) -> Format:
        """Give the format with these properties of xlsxwriter."""
        key = tuple(sorted(looks.items()))
        if key not in self.made:
            self.made[key] = self.book.add_format({"font_color": INK, "valign": "top", **looks})
        return self.made[key]

    def cell(self, **looks: Any) -> Format:
        """Give the format of a cell in a table."""
        return self.of(bottom=1, bottom_color=LINE, **looks)

    def code(self, number: Number) -> str:
        """Give the number format: Excel puts in the separators of its reader."""
        if number.style == "p":
            low, high = (format_number(p, decimals=3, language=self.language) for p in (0.001, 0.999))
            return f'[<0.001]"< {low}";[>0.999]"> {high}";0.000'
        code = CODES[number.style]
        shown, negative = (f'"("{code}")"', f'"(-"{code}")"') if number.small else (code, f"-{code}")
        if number.nil:
            return f'{shown};{negative};"-"'
        return f"{shown};{negative}" if number.small else code


def write_sheets(sheets: Sequence[Sheet], path: Path, published: Published) -> None:
    """Write the sheets in order; the first is the contents, to which every other links back.

    Raises UserError where the file cannot be written, for example because it is open in Excel.
    """
    font = {"font_name": "Arial", "font_size": 10}
    options = {"in_memory": True, "default_format_properties": font, "strings_to_formulas": False}
    book = xlsxwriter.Workbook(path, options)
    book.set_properties(_properties(published))
    book.set_size(2400, 1500)
    formats = Formats(book, published.language)
    names = dict(zip((sheet.key for sheet in sheets), sheet_names([sheet.label for sheet in sheets])))
    tables = 0
    for sheet in sheets:
        writer = _Writer(book.add_worksheet(names[sheet.key]), formats, names, published)
        tables = writer.write(sheet, tables, home=sheets[0])
    try:
        book.close()
    except FileCreateError as error:
        expected = "a folder that exists, and a file that no other program has open"
        raise UserError(Problem(str(path), "", "cannot be written", expected)) from error


def sheet_names(labels: Sequence[str]) -> tuple[str, ...]:
    """Make names for sheets: at most 31 characters, cut at a word, unique, without what Excel forbids."""
    found: list[str] = []
    for label in labels:
        clean = " ".join(label.translate(FORBIDDEN).split()).strip("'") or "-"
        clean = f"{clean} -" if clean.casefold() in RESERVED else clean
        name, again = _cut(clean, NAME_LENGTH), 2
        while name.casefold() in {taken.casefold() for taken in found}:
            ending = f" ({again})"
            name, again = _cut(clean, NAME_LENGTH - len(ending)) + ending, again + 1
        found.append(name)
    return tuple(found)


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    cut = text[: length + 1]
    words = cut.split(" ")[:-1] or [text[:length]]
    while len(words) > 1 and len(words[-1]) <= LITTLE:
        words.pop()
    return " ".join(words).rstrip(" ,;-'")


def _properties(published: Published) -> dict[str, Any]:
    general, study = published.words["general"], published.study
    made = {"title": study.title[published.language], "created": CREATED.replace(tzinfo=None)}
    return made | ({"subject": general["simulated"]} if study.simulated else {})


class _Writer:
    """Writes one sheet from top to bottom."""

    def __init__(
        self, page: Worksheet, formats: Formats, names: dict[str, str], published: Published
    ) -> None:
        self.page, self.formats, self.names = page, formats, names
        self.published = published
        self.text = published.words["workbook"]
        self.row = 0
        self.widths: dict[int, float] = {}

    def write(self, sheet: Sheet, number: int, *, home: Sheet) -> int:
        """Write a sheet; `number` is the number of the last table so far, and the new one comes back."""
        self._set_up(sheet)
        self._head(sheet, number, home)
        for table in sheet.filled:
            number += 1
            self._table(table, number, only=len(sheet.filled) == 1)
        return number

    def _set_up(self, sheet: Sheet) -> None:
        page, general = self.page, self.published.words["general"]
        for table in sheet.filled:
            for place, column in enumerate(table.columns):
                width = fitting_width(column, filtered=_filtered(table))
                self.widths[place] = max(width, self.widths.get(place, 0))
        mark = fitting_width(Column(general["simulated"], 0), filtered=False)
        self.widths[0] = max(self.widths[0], mark if self.published.study.simulated else 0)
        for place, width in self.widths.items():
            page.set_column(place, place, width, self.formats.of())
        page.hide_gridlines(2)
        page.set_landscape()
        page.set_paper(9)
        page.fit_to_pages(1, 0)
        page.set_margins(left=0.4, right=0.4, top=0.75, bottom=0.6)
        simulated = f"&B{general['simulated']}" if self.published.study.simulated else ""
        title = _cut(self.published.study.title[self.published.language], 120).replace("&", "&&")
        page.set_header(f"&L{title}&R{simulated}")
        page.set_footer(f"&L&A&R{self.text['page']} &P / &N")

    def _head(self, sheet: Sheet, number: int, home: Sheet) -> None:
        general = self.published.words["general"]
        self._line(sheet.title, bold=True, font_size=16, font_color=DEEP)
        if self.published.study.simulated:
            self._line(general["simulated"], bold=True, bg_color=AMBER, font_color="#3B2A00")
        for note in sheet.notes:
            self._line(note)
        if sheet is not home:
            self._line(self.text["legend_signs"].format(**self.published.named))
            self._link(Link(self.text["back"], home.key))
        if len(sheet.filled) > 1 and sheet is not home:
            self._line(self.text["tables_here"].format(count=len(sheet.filled)))
            first = self.row + len(sheet.filled) + 1
            for place, table in enumerate(sheet.filled, 1):
                self._link(Link(self._title(table, number + place), sheet.key), row=first + 1)
                first += len(table.notes) + len(table.rows) + 3
        self.row += 1

    def _table(self, table: Table, number: int, *, only: bool) -> None:
        title = self._title(table, number)
        self._line(title, bold=True, font_size=12, font_color=DEEP)
        for note in table.notes:
            self._line(note)
        head = self.row
        last = head + len(table.rows)
        filtered, widths = _filtered(table), [self.widths[place] for place in range(len(table.columns))]
        self.page.set_row(head, header_height(table.columns, widths, filtered=filtered))
        headers = unique(" ".join(column.header.split())[:LONGEST_HEADER] for column in table.columns)
        self.page.add_table(
            head, 0, last, len(table.columns) - 1,
            {
                "name": f"{self.published.words['general']['table']}_{number}",
                "title": title[:LONGEST_HEADER],
                "description": " ".join(table.notes)[:LONGEST_HEADER],
                "style": None,
                "autofilter": filtered,
                "columns": [
                    {"header": header, "header_format": self._header(header, column, filtered=filtered)}
                    for header, column in zip(headers, table.columns)
                ],
            },
        )  # fmt: skip
        for down, row in enumerate(table.rows, head + 1):
            self.page.set_row(down, row_height(row, widths))
            for across, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
                self._cell(down, across, cell, column)
        if only:
            self.page.freeze_panes(head + 1, 0)
            self.page.repeat_rows(head)
        self.row = last + 2

    def _header(self, text: str, column: Column, *, filtered: bool) -> Format:
        """Leave room for the filter button, which Excel draws over the right end of a header."""
        looks: dict[str, Any] = _quoted(text) | {"align": "right" if column.number else "left"}
        looks |= {"indent": 2 if filtered else 1} if column.number else {}
        return self.formats.of(
            bold=True, text_wrap=True, bg_color=HEAD, bottom=2, bottom_color=DEEP, valign="bottom", **looks
        )

    def _cell(self, row: int, place: int, cell: Cell, column: Column) -> None:
        if isinstance(cell, Number):
            looks = self.formats.cell(num_format=self.formats.code(cell), align="right", indent=1)
            self.page.write_number(row, place, cell.value, looks)
        elif isinstance(cell, Link):
            self._link(cell, row=0, place=(row, place))
        elif isinstance(cell, Toned):
            ink, ground = TONES[cell.tone]
            self._text(row, place, cell.text, self.formats.cell(font_color=ink, bg_color=ground, bold=True))
        elif column.number:
            self._text(row, place, cell, self.formats.cell(align="right", indent=1, **_quoted(cell)))
        else:
            self._text(row, place, cell, self.formats.cell(text_wrap=True, align="left", **_quoted(cell)))

    def _text(self, row: int, place: int, text: str, looks: Format) -> None:
        self.page.write_string(row, place, text[:LONGEST_TEXT], looks)

    def _line(self, text: str, **looks: Any) -> None:
        if "font_size" in looks:
            self.page.set_row(self.row, 1.5 * looks["font_size"])
        self._text(self.row, 0, text, self.formats.of(**looks, **_quoted(text)))
        self.row += 1

    def _link(self, link: Link, *, row: int = 1, place: tuple[int, int] | None = None) -> None:
        sheet = self.names[link.sheet].replace("'", "''")
        looks = {"font_color": "#0B5D66", "underline": 1}
        made = self.formats.of(**looks) if place is None else self.formats.cell(text_wrap=True, **looks)
        target = f"internal:'{sheet}'!A{max(row, 1)}"
        self.page.write_url(*(place or (self.row, 0)), target, made, link.text)
        self.row += place is None

    def _title(self, table: Table, number: int) -> str:
        word = self.published.words["general"]["table"]
        return f"{word[:1].upper()}{word[1:]} {number}. {table.title}"


def _filtered(table: Table) -> bool:
    return len(table.rows) >= FILTER_FROM


def _quoted(text: str) -> dict[str, Any]:
    """Mark a text that a spreadsheet could take for a formula, so that it stays text when it is edited."""
    return {"quote_prefix": True} if text.startswith(DANGEROUS) else {}
