"""Write a delivered file in its declared format, byte for byte the same from run to run."""

import csv
import io
import tempfile
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import pandas as pd

from inspraak.errors import Problem, UserError
from inspraak.study.scales import Scale
from inspraak.study.waves import File
from inspraak.survey.simulation.delivering import DeliveredFile

REASON_LABELS = {
    "dont_know": "weet niet",
    "refused": "wil niet zeggen",
    "not_applicable": "niet van toepassing",
    "not_asked": "niet gevraagd",
    "break_off": "afgebroken",
    "suppressed": "afgeschermd",
    "no_answer": "geen antwoord",
}
SAV_DATE = slice(92, 109)
"""Bytes of the header of an SPSS system file that hold the date and time of its making."""
FIRST_SHEET, OTHER_SHEET = "Toelichting", "Blad1"
XML = '<?xml version="1.0" encoding="UTF-8"?>'
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
ODS_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text", "manifest")
)
LONGEST_LABEL = {"sav": 120, "dta": 80}


def format_of(file: File) -> str:
    """Give the format of a file: as declared, or by the ending of its name."""
    return file.format or file.path.rsplit(".", 1)[-1].casefold()


def file_bytes(delivered: DeliveredFile) -> bytes:
    """Give the content of a file; raises `UserError` for a format that cannot be written."""
    kind = format_of(delivered.file)
    if kind not in WRITERS:
        expected = f"a simulated wave in one of the formats {', '.join(WRITERS)}"
        raise UserError(Problem("study.yaml", delivered.file.path, f"'{kind}'", expected))
    return WRITERS[kind](delivered)


def _moment(delivered: DeliveredFile) -> datetime:
    return datetime(delivered.year, 6, 1, 12, 0, 0)


def _csv(delivered: DeliveredFile) -> bytes:
    file = delivered.file
    delimiter = file.delimiter or (";" if file.decimal == "," else ",")
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([line] for line in delivered.titles)
    writer.writerow(delivered.frame.columns)
    columns = [[_text(cell, file) for cell in delivered.frame[name]] for name in delivered.frame]
    writer.writerows(zip(*columns))
    return buffer.getvalue().encode(file.encoding or "utf-8")


def _text(cell: Any, file: File) -> str:
    """Give a cell as text, with the decimal sign and the sign between thousands of the file."""
    if cell is None or (isinstance(cell, float) and np.isnan(cell)):
        return ""
    if isinstance(cell, str):
        return cell
    plain = f"{cell:.15g}"
    if file.thousands is not None and abs(cell) >= 10_000:
        whole, _, rest = plain.partition(".")
        plain = f"{int(whole):,}".replace(",", "\x00") + (f".{rest}" if rest else "")
    return plain.replace(".", file.decimal).replace("\x00", file.thousands or "")


def _rows(delivered: DeliveredFile) -> list[list[Any]]:
    """Give titles, header and rows as plain cells, None where a cell is empty."""
    frame = delivered.frame
    columns = [[None if pd.isna(cell) else cell for cell in frame[name].tolist()] for name in frame]
    return (
        [[line] for line in delivered.titles] + [list(frame.columns)] + [list(row) for row in zip(*columns)]
    )


def _xlsx(delivered: DeliveredFile) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"created": _moment(delivered)})
    if delivered.file.sheet is not None:
        book.add_worksheet(FIRST_SHEET).write_string(0, 0, delivered.titles[0] if delivered.titles else "")
    sheet = book.add_worksheet(delivered.file.sheet)
    for position, row in enumerate(_rows(delivered)):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(position, column, cell)
            elif cell is not None:
                sheet.write_number(position, column, cell)
    book.close()
    return buffer.getvalue()


def _ods(delivered: DeliveredFile) -> bytes:
    sheets = {delivered.file.sheet or OTHER_SHEET: _rows(delivered)}
    if delivered.file.sheet is not None:
        sheets = {FIRST_SHEET: [list(delivered.titles[:1])], **sheets}
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}>{''.join(map(_ods_row, rows))}</table:table>"
        for name, rows in sheets.items()
    )
    entries = {
        "mimetype": ODS_TYPE,
        "content.xml": (
            f"{XML}<office:document-content {ODS_NAMES}><office:body><office:spreadsheet>{tables}"
            "</office:spreadsheet></office:body></office:document-content>"
        ),
        "META-INF/manifest.xml": (
            f'{XML}<manifest:manifest {ODS_NAMES}><manifest:file-entry manifest:full-path="/" '
            f'manifest:media-type="{ODS_TYPE}"/><manifest:file-entry manifest:full-path="content.xml" '
            'manifest:media-type="text/xml"/></manifest:manifest>'
        ),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, text in entries.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            # The standard wants the type first and as it stands.
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            packed.writestr(entry, text.encode("utf-8"))
    return buffer.getvalue()


def _ods_row(cells: list[Any]) -> str:
    return f"<table:table-row>{''.join(map(_ods_cell, cells))}</table:table-row>"


def _ods_cell(cell: Any) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, str):
        return (
            f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
        )
    text = f"{cell:.15g}"
    return (
        f'<table:table-cell office:value-type="float" office:value="{text}"><text:p>{text}</text:p>'
        "</table:table-cell>"
    )


def _sav(delivered: DeliveredFile) -> bytes:
    import pyreadstat

    frame = _typed(delivered.frame)
    labels = {name: _value_labels(column.scale) for name, column in delivered.columns.items()}
    ranges = {name: _user_missing(column.scale) for name, column in delivered.columns.items()}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.sav"
        pyreadstat.write_sav(
            frame,
            path,
            column_labels={name: column.wording[:250] for name, column in delivered.columns.items()},
            variable_value_labels={name: texts for name, texts in labels.items() if texts},
            missing_ranges={name: codes for name, codes in ranges.items() if codes},
            row_compress=True,
        )
        data = bytearray(path.read_bytes())
    # The library writes the time of today.
    data[SAV_DATE] = f"01 Jun {delivered.year % 100:02d}12:00:00".encode()
    return bytes(data)


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Make each column all text or all numbers: missing texts are empty, labels beside codes are text."""
    typed = {}
    for name in frame:
        texts = frame[name].map(lambda cell: isinstance(cell, str)).any()
        plain = frame[name].map(
            lambda cell: "" if pd.isna(cell) else cell if isinstance(cell, str) else f"{cell:.15g}"
        )
        empty = frame[name].dtype == object and frame[name].isna().all()
        typed[name] = plain.astype(object) if texts or empty else frame[name].astype(np.float64)
    return pd.DataFrame(typed)


def _value_labels(scale: Scale) -> dict[int | float, str]:
    if scale.text:
        return {}
    codes = {code: text["nl"][: LONGEST_LABEL["sav"]] for code, text in (scale.codes or {}).items()}
    return {
        **codes,
        **{float(code): REASON_LABELS[reason] for code, reason in _numeric_missing(scale).items()},
    }


def _numeric_missing(scale: Scale) -> dict[int | float, str]:
    return {code: reason for code, reason in scale.missing.items() if not isinstance(code, str)}


def _user_missing(scale: Scale) -> list[Any]:
    """Declare the missing codes as SPSS can: a range where no answer lies between them, else three values."""
    codes = sorted(float(code) for code in _numeric_missing(scale))
    if not codes or scale.text:
        return []
    inside = [code for code in scale.codes or () if codes[0] <= code <= codes[-1]]
    lowest = scale.number.at_least if scale.number is not None else None
    if scale.number is not None and (lowest is None or lowest <= codes[-1]):
        inside.append(codes[-1])
    return list(codes[:3]) if inside or len(codes) == 1 else [{"lo": codes[0], "hi": codes[-1]}]


def _dta(delivered: DeliveredFile) -> bytes:
    frame, length = _typed(delivered.frame), LONGEST_LABEL["dta"]
    labels: dict[Any, dict[float, str]] = {
        name: {int(code): text for code, text in _value_labels(column.scale).items() if code == int(code)}
        for name, column in delivered.columns.items()
        if frame[name].dtype != object
    }
    buffer = io.BytesIO()
    frame.to_stata(
        buffer,
        version=118,
        write_index=False,
        time_stamp=_moment(delivered),
        variable_labels={name: column.wording[:length] for name, column in delivered.columns.items()},
        value_labels={name: texts for name, texts in labels.items() if texts},
    )
    return buffer.getvalue()


def _parquet(delivered: DeliveredFile) -> bytes:
    buffer = io.BytesIO()
    _typed(delivered.frame).to_parquet(buffer, index=False)
    return buffer.getvalue()


WRITERS: dict[str, Callable[[DeliveredFile], bytes]] = {
    "csv": _csv,
    "sav": _sav,
    "dta": _dta,
    "xlsx": _xlsx,
    "ods": _ods,
    "parquet": _parquet,
}
