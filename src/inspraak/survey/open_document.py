"""Reading .ods: the sheets in content.xml (OASIS OpenDocument 1.3 part 3, chapter 9).

odfpy builds every cell as a Python object and takes 2.4 seconds for 500 rows of 100 cells; pandas, which uses
it, loses which cells are percentages.
"""

import io
import re
import zipfile
from datetime import datetime
from typing import IO
from xml.etree.ElementTree import Element, iterparse

from inspraak.errors import Problem, UserError
from inspraak.survey.delivered import Cell, Delivered, trimmed
from inspraak.survey.spreadsheets import (
    Sheet,
    choose_sheet,
    deliver_sheet,
    duration,
    iso,
    percentage,
    reading,
    uncollected,
)

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
CELL, COVERED = f"{TABLE}table-cell", f"{TABLE}covered-table-cell"
TIME = re.compile(r"(-?)P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?")
MOST_REPEATED = 20_000_000
WHAT = "an OpenDocument spreadsheet"


def read_open_document(data: bytes, *, file: str, sheet: str | None = None, header: int = 1) -> Delivered:
    """Read one sheet of a spreadsheet; rows are those of the sheet.

    Numbers become float (percentages times 100), dates and times ISO text, booleans 1 and 0. Raises UserError
    on a damaged file, a file with a password, a sheet that is not there, a formula without a result.
    """
    with reading(WHAT, file=file), uncollected(), zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "META-INF/manifest.xml" in archive.namelist():
            with archive.open("META-INF/manifest.xml") as manifest:
                if b"encryption-data" in manifest.read():
                    raise UserError(Problem(file, "", f"{WHAT} with a password", "a copy without a password"))
        with archive.open("content.xml") as stream:
            names, hidden = _sheets(stream)
        visible = [name for name in names if name not in hidden]
        chosen = choose_sheet(names, sheet, visible=visible, file=file)
        with archive.open("content.xml") as stream:
            cells = _read_sheet(stream, names.index(chosen))
    return deliver_sheet(cells, file=file, header=header)


def _sheets(stream: IO[bytes]) -> tuple[list[str], set[str]]:
    """The names of the sheets, and which of them are hidden."""
    names: list[str] = []
    hidden: set[str] = set()
    invisible_styles: set[str | None] = set()
    depth = 0
    for event, element in iterparse(stream, ("start", "end")):
        if event == "start":
            if element.tag == f"{TABLE}table":
                depth += 1
                if depth == 1:
                    name = element.get(f"{TABLE}name", "")
                    names.append(name)
                    if element.get(f"{TABLE}style-name") in invisible_styles:
                        hidden.add(name)
        elif element.tag == f"{TABLE}table":
            depth -= 1
            element.clear()
        elif element.tag == f"{TABLE}table-row":
            element.clear()
        elif element.tag.endswith("}style") and any(
            child.get(f"{TABLE}display") == "false"
            for child in element
            if child.tag.endswith("}table-properties")
        ):
            invisible_styles.add(next((v for k, v in element.attrib.items() if k.endswith("}name")), None))
    return names, hidden


def _read_sheet(stream: IO[bytes], position: int) -> Sheet:
    sheet = Sheet()
    depth, table, row = 0, -1, 1
    for event, element in iterparse(stream, ("start", "end")):
        if element.tag == f"{TABLE}table":
            depth += 1 if event == "start" else -1
            table += event == "start" and depth == 1
            if event == "end" and depth == 0 and table == position:
                break
        elif event == "end" and element.tag == f"{TABLE}table-row" and depth == 1:
            if table == position:
                row = _read_row(element, row, sheet)
            element.clear()
    return sheet


def _read_row(element: Element, number: int, sheet: Sheet) -> int:
    """Store a row as often as it is repeated and give the number of the row below it."""
    below = number + int(element.get(f"{TABLE}number-rows-repeated", "1"))
    cells: list[tuple[int, int, Cell]] = []
    place = 0
    for cell in element:
        if cell.tag not in {CELL, COVERED}:
            continue
        times = int(cell.get(f"{TABLE}number-columns-repeated", "1"))
        content = _content(cell) if cell.tag == CELL else None
        if content is not None:
            cells.append((place, times, content))
            down = int(cell.get(f"{TABLE}number-rows-spanned", "1"))
            if down > 1:
                right = place + int(cell.get(f"{TABLE}number-columns-spanned", "1")) - 1
                sheet.merged.append((number, place, number + down - 1, right))
        elif cell.get(f"{TABLE}formula") and not cell.get(f"{OFFICE}value-type"):
            sheet.unfinished.append((number, place))
        place += times
    if below <= number or (below - number) * sum(times for _, times, _ in cells) > MOST_REPEATED:
        raise ValueError(f"a row repeated to row {below - 1:,}")
    if cells:
        for row in range(number, below):
            for first, times, content in cells:
                for column in range(first, first + times):
                    sheet.put(row, column, content)
    return below


def _content(cell: Element) -> Cell:
    kind = cell.get(f"{OFFICE}value-type")
    value = cell.get(f"{OFFICE}value")
    if kind in {"float", "currency"} and value is not None:
        return float(value)
    if kind == "percentage" and value is not None:
        return percentage(float(value))
    if kind == "date" and (date := cell.get(f"{OFFICE}date-value")):
        try:
            return iso(datetime.fromisoformat(date))
        except ValueError:
            return trimmed(date)
    if kind == "time" and (found := TIME.fullmatch(cell.get(f"{OFFICE}time-value", ""))):
        days, hours, minutes = (int(part or 0) for part in found.groups()[1:4])
        seconds = float((found[5] or "0").replace(",", "."))
        length = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        return duration(-length if found[1] else length)
    if kind == "boolean":
        return float(cell.get(f"{OFFICE}boolean-value") == "true")
    if kind is not None and (text := cell.get(f"{OFFICE}string-value")) is not None:
        return trimmed(text)
    lines = [_text(child) for child in cell if child.tag == f"{TEXT}p"]
    return trimmed("\n".join(lines))


def _text(element: Element) -> str:
    """The text of a paragraph with its spans, spaces, tabs and line breaks; notes in it are left out."""
    pieces = [element.text or ""]
    for child in element:
        name = child.tag.rpartition("}")[2]
        if name == "s":
            pieces.append(" " * min(int(child.get(f"{TEXT}c", "1")), 1000))
        elif name == "tab":
            pieces.append("\t")
        elif name == "line-break":
            pieces.append("\n")
        elif name not in {"annotation", "note"}:
            pieces.append(_text(child))
        pieces.append(child.tail or "")
    return "".join(pieces)
