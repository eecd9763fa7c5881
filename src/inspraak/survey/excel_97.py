"""Reading .xls, the binary workbook of Excel 2 to 2003, through xlrd."""

import io
from typing import TYPE_CHECKING

from inspraak.survey.delivered import Cell, Delivered, trimmed
from inspraak.survey.encodings import codec_name
from inspraak.survey.spreadsheets import (
    Kind,
    Sheet,
    as_shown,
    choose_sheet,
    deliver_sheet,
    kind_of_format,
    reading,
)

if TYPE_CHECKING:
    from xlrd.book import Book
    from xlrd.sheet import Sheet as Worksheet

WHAT = "an old Excel workbook (.xls)"


def read_excel_97(
    data: bytes, *, file: str, sheet: str | None = None, header: int = 1, encoding: str | None = None
) -> Delivered:
    """Read one sheet of a workbook; rows are those of the sheet.

    `encoding` is that of the texts of Excel 2 to 5 where the workbook does not name it. Numbers become float
    (percentage formats times 100, dates ISO text), booleans 1 and 0, errors such as #N/A text. Raises
    UserError on a damaged workbook, one with a password, a sheet that is not there.
    """
    codec = codec_name(encoding, file=file) if encoding else None
    with reading(WHAT, file=file):
        import xlrd

        book = xlrd.open_workbook(
            file_contents=data,
            formatting_info=True,
            ragged_rows=True,
            encoding_override=codec,
            logfile=io.StringIO(),
        )
        names = book.sheet_names()
        visible = [name for name, one in zip(names, book.sheets(), strict=True) if one.visibility == 0]
        chosen = choose_sheet(names, sheet, visible=visible, file=file)
        cells = _read_sheet(book, book.sheet_by_name(chosen))
    return deliver_sheet(cells, file=file, header=header)


def _read_sheet(book: "Book", source: "Worksheet") -> Sheet:
    sheet = Sheet(
        merged=[(top + 1, left, bottom, right - 1) for top, bottom, left, right in source.merged_cells]
    )
    kinds: dict[int, Kind] = {
        style: kind_of_format(book.format_map[found.format_key].format_str)
        for style, found in enumerate(book.xf_list)
        if found.format_key in book.format_map
    }
    for row in range(source.nrows):
        for column, (kind, value) in enumerate(
            zip(source.row_types(row), source.row_values(row), strict=True)
        ):
            shows: Kind = "number"
            if isinstance(value, float):
                shows = kinds.get(source.cell_xf_index(row, column), "number")
            cell = _content(kind, value, shows, since_1904=book.datemode == 1)
            if cell is not None:
                sheet.put(row + 1, column, cell)
    return sheet


def _content(kind: int, value: object, shows: Kind, *, since_1904: bool) -> Cell:
    import xlrd

    if kind == xlrd.XL_CELL_TEXT:
        return trimmed(str(value))
    if isinstance(value, float):
        return as_shown(value, shows, since_1904=since_1904)
    if kind == xlrd.XL_CELL_BOOLEAN:
        return float(bool(value))
    if kind == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(value, "#ERROR"))
    return None
