"""Workbooks of Excel and OpenDocument.

`files/answers.xls` was written with xlwt: a sheet "Toelichting" with one line, and a sheet "Antwoorden" with a
merged title, names in row 3 (the first merged down from row 2) and two rows of answers.
"""

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from datetime import time as time_of_day
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from inspraak.errors import Problem, UserError
from inspraak.survey.delivered import Delivered, column_letters
from inspraak.survey.reading import read_file
from inspraak.survey.spreadsheets import as_shown, kind_of_format

XLS = Path(__file__).parent / "files" / "answers.xls"
Fill = Callable[[Any, Any], None]


def workbook(folder: Path, fill: Fill, name: str = "answers.xlsx", **options: object) -> Path:
    path = folder / name
    book = xlsxwriter.Workbook(path, options)
    fill(book, book.add_worksheet("Antwoorden"))
    book.close()
    return path


def changed(path: Path, part: str, old: str, new: str) -> Path:
    """The workbook with a piece of the XML of one part replaced."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old.encode() in parts[part]
    parts[part] = parts[part].replace(old.encode(), new.encode())
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def open_document(folder: Path, *sheets: tuple[str, str], name: str = "answers.ods") -> Path:
    """A spreadsheet of sheets (name, XML of its rows)."""
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("office", "table", "text", "style")
    )
    tables = "".join(
        f'<table:table table:name="{escape(title)}">{rows}</table:table>' for title, rows in sheets
    )
    content = (
        f"<office:document-content {spaces}><office:body><office:spreadsheet>{tables}"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return path


def ods_cell(content: object, attributes: str = "") -> str:
    if isinstance(content, float):
        kind, value = "float", f'office:value="{content}"'
        return f'<table:table-cell office:value-type="{kind}" {value} {attributes}/>'
    text = f"<text:p>{escape(str(content))}</text:p>"
    return f'<table:table-cell office:value-type="string" {attributes}>{text}</table:table-cell>'


def ods_row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row {attributes}>{''.join(cells)}</table:table-row>"


def names(*words: str) -> str:
    return ods_row(*(ods_cell(word) for word in words))


def rows(delivered: Delivered) -> list[list[object]]:
    return [list(delivered.frame.columns), *delivered.frame.to_numpy().tolist()]


def problem(path: Path, **options: object) -> Problem:
    with pytest.raises(UserError) as caught:
        read_file(path, **options)  # type: ignore[arg-type]
    return caught.value.problems[0]


def test_numbers_percentages_dates_and_texts_as_the_user_sees_them(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        percent, day, moment, hours = (
            book.add_format({"num_format": code})
            for code in ("0.0%", "dd-mm-yyyy", "d/m/yy h:mm", "[h]:mm:ss")
        )
        clock = book.add_format({"num_format": "hh:mm"})
        sheet.write_row(0, 0, ["id", "aandeel", "dag", "moment", "duur", "tijd", "ja", "fout", "tekst"])
        sheet.write_row(1, 0, ["  A\u00a0", 0.29])
        sheet.write_number(1, 1, 0.29, percent)
        sheet.write_datetime(1, 2, datetime(2018, 5, 3), day)
        sheet.write_datetime(1, 3, datetime(2018, 5, 3, 13, 30, 5), moment)
        sheet.write_number(1, 4, 1.5, hours)
        sheet.write_datetime(1, 5, time_of_day(13, 30), clock)
        sheet.write_boolean(1, 6, True)
        sheet.write_formula(1, 7, "=NA()", None, "#N/A")
        sheet.write_rich_string(1, 8, "een ", book.add_format({"bold": True}), "vet", " woord")
        sheet.write_row(2, 0, ["B", 0.29])

    assert rows(read_file(workbook(tmp_path, fill)))[1:] == [
        [
            "A",
            29.0,
            "2018-05-03",
            "2018-05-03T13:30:05",
            "36:00:00",
            "13:30:00",
            1.0,
            "#N/A",
            "een vet woord",
        ],
        ["B", 0.29, None, None, None, None, None, None, None],
    ]


def test_a_workbook_that_counts_days_from_1904(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["id", "dag"])
        sheet.write(1, 0, "A")
        sheet.write_datetime(1, 1, datetime(2018, 5, 3), book.add_format({"num_format": "yyyy-mm-dd"}))

    assert read_file(workbook(tmp_path, fill, date_1904=True)).frame.loc[2, "dag"] == "2018-05-03"


def test_titles_merged_names_and_rows_as_in_the_sheet(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.merge_range("A1:D1", "Werkgeversenquête 2018")
        sheet.merge_range("A3:A4", "id")
        sheet.merge_range("B3:D3", "Vraag 5")
        sheet.write_row(3, 1, ["a", "b", "c"])
        sheet.write_row(4, 0, ["x", 1, 2, 3])
        sheet.write_row(8, 0, ["y", 4, 5, 6])

    path = workbook(tmp_path, fill)
    delivered = read_file(path, header=4)
    assert rows(delivered) == [["id", "a", "b", "c"], ["x", 1.0, 2.0, 3.0], ["y", 4.0, 5.0, 6.0]]
    assert delivered.frame.index.tolist() == [5, 9]
    assert delivered.first_row == 5
    found = problem(path)
    assert found.place == "row 1"
    assert found.near == "header: 4" or found.near == "header: 3"
    assert problem(path, header=40).place == "row 40"


def test_sheets_by_name(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        hidden = book.add_worksheet("Codes")
        other = book.add_worksheet("Overig ")
        book.add_chartsheet("Grafiek")
        for place, one in enumerate((sheet, hidden, other)):
            one.write_row(0, 0, ["id", f"blad{place}"])
            one.write_row(1, 0, ["x", place])
        other.activate()
        sheet.hide()
        other.set_first_sheet()

    path = workbook(tmp_path, fill)
    assert read_file(path).frame.columns[1] == "blad1"
    assert read_file(path, sheet="Antwoorden").frame.columns[1] == "blad0"
    assert read_file(path, sheet="Overig").frame.columns[1] == "blad2"
    found = problem(path, sheet="antworden")
    assert found.place == "key `sheet`"
    assert found.near == "Antwoorden"
    assert "'Codes'" in found.expected
    assert problem(path, sheet="Grafiek").found == "'Grafiek'"


def test_a_formula_without_its_result_is_no_empty_cell(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["id", "som", "tekst"])
        sheet.write(1, 0, "x")
        sheet.write_formula(1, 1, "=1+1", None, 2)
        sheet.write_formula(1, 2, '=""', None, "")

    path = workbook(tmp_path, fill)
    changed(path, "xl/worksheets/sheet1.xml", '<c r="C2">', '<c r="C2" t="str">')  # as Excel stores no text
    assert rows(read_file(path))[1] == ["x", 2.0, None]
    changed(path, "xl/worksheets/sheet1.xml", "<v>2</v>", "")
    found = problem(path)
    assert found.place == "cell B2"
    assert "without its result" in found.found


def test_cells_that_other_programs_write(tmp_path: Path) -> None:
    path = workbook(tmp_path, lambda book, sheet: sheet.write_row(0, 0, ["id", "a", "b", "c", "d"]))
    inline = '<c t="inlineStr"><is><t>x_x0041_</t></is></c><c t="d"><v>2018-05-03T00:00:00</v></c>'
    more = '<c t="str"><v> y </v></c>'
    more += '<c r="E2" s="99"><v>1E3</v></c>'
    changed(path, "xl/worksheets/sheet1.xml", "</row>", f"</row><row>{inline}{more}</row>")
    assert rows(read_file(path))[1] == ["xA", "2018-05-03", "y", None, 1000.0]


def test_strict_workbooks_have_other_name_spaces(tmp_path: Path) -> None:
    path = workbook(
        tmp_path, lambda book, sheet: [sheet.write_row(0, 0, "ab"), sheet.write_row(1, 0, ["x", 1])]
    )
    usual = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"):
        changed(path, part, usual, strict)
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    for part in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "_rels/.rels"):
        changed(path, part, relations, "http://purl.oclc.org/ooxml/officeDocument/relationships")
    assert rows(read_file(path)) == [["a", "b"], ["x", 1.0]]


def test_the_same_cells_as_openpyxl(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["id", "waarde", "dag", "tekst"])
    for number in range(40):
        sheet.append(
            [f"i{number}", number / 7, date(1990 + number, 1 + number % 12, 3), f"tekst <{number}> é"]
        )
        sheet.cell(number + 2, 2).number_format = "0.00" if number % 2 else '"%" 0'
    path = tmp_path / "answers.xlsx"
    book.save(path)
    theirs = [list(row) for row in openpyxl.load_workbook(path).active.iter_rows(values_only=True)]
    for row in theirs[1:]:
        row[2] = row[2].date().isoformat()  # type: ignore[union-attr]
    assert rows(read_file(path)) == theirs


def test_an_old_workbook() -> None:
    delivered = read_file(XLS, sheet="Antwoorden", header=3)
    assert rows(delivered) == [
        ["id", "aandeel", "datum", "tijd", "ja", "fout", "naam"],
        [1.0, 29.0, "2018-05-03", "13:30:00", 1.0, None, "Café"],
        [2.0, 50.0, None, None, 0.0, "#N/A", "Één"],
    ]
    assert delivered.frame.index.tolist() == [4, 5]
    assert problem(XLS, sheet="Antworden").near == "Antwoorden"
    assert problem(XLS).found == "no rows"
    assert problem(XLS, encoding="cp1525").place == "key `encoding`"


def test_an_open_document(tmp_path: Path) -> None:
    cells = [
        ods_cell("A"),
        '<table:table-cell office:value-type="percentage" office:value="0.29"/>',
        '<table:table-cell office:value-type="date" office:date-value="2018-05-03"/>',
        '<table:table-cell office:value-type="date" office:date-value="2018-05-03T13:30:05"/>',
        '<table:table-cell office:value-type="time" office:time-value="PT26H30M05S"/>',
        '<table:table-cell office:value-type="boolean" office:boolean-value="true"/>',
        '<table:table-cell office:value-type="currency" office:currency="EUR" office:value="5.5"/>',
        '<table:table-cell office:value-type="string"><text:p>een<text:s text:c="2"/><text:span>vet</text:span>'
        "<text:line-break/>woord</text:p><text:p>twee</text:p></table:table-cell>",
    ]
    table = names("id", "aandeel", "dag", "moment", "duur", "ja", "geld", "tekst") + ods_row(*cells)
    assert rows(read_file(open_document(tmp_path, ("Blad1", table))))[1] == [
        "A", 29.0, "2018-05-03", "2018-05-03T13:30:05", "26:30:05", 1.0, 5.5, "een  vet\nwoord\ntwee",
    ]  # fmt: skip


def test_repeated_cells_and_rows_of_an_open_document(tmp_path: Path) -> None:
    empty = "<table:table-cell table:number-columns-repeated='16000'/>"
    table = (
        names("id", "a", "b")
        + ods_row(empty, attributes="table:number-rows-repeated='3'")
        + ods_row(ods_cell("x"), ods_cell(1.0, "table:number-columns-repeated='2'"), empty)
        + ods_row(ods_cell("y"), ods_cell(2.0), attributes="table:number-rows-repeated='2'")
        + ods_row(empty, attributes="table:number-rows-repeated='1048000'")
    )
    delivered = read_file(open_document(tmp_path, ("Blad1", table)))
    assert rows(delivered)[1:] == [["x", 1.0, 1.0], ["y", 2.0, None], ["y", 2.0, None]]
    assert delivered.frame.index.tolist() == [5, 6, 7]
    bomb = ods_row(
        ods_cell("x", "table:number-columns-repeated='9999'"),
        attributes="table:number-rows-repeated='999999'",
    )
    assert "cannot be read" in problem(open_document(tmp_path, ("Blad1", names("id") + bomb))).found


def test_sheets_merged_names_and_formulas_of_an_open_document(tmp_path: Path) -> None:
    merged = ods_row(ods_cell("id", "table:number-rows-spanned='2'"), ods_cell("Vraag 1"))
    below = ods_row("<table:covered-table-cell/>", ods_cell("a"))
    first = ("Blad 1", merged + below + ods_row(ods_cell("x"), ods_cell(1.0)))
    formula = '<table:table-cell table:formula="of:=1+1"/>'
    second = ("Blad 2", names("id", "b") + ods_row(ods_cell("y"), formula))
    path = open_document(tmp_path, first, second)
    assert rows(read_file(path, header=2)) == [["id", "a"], ["x", 1.0]]
    assert problem(path, sheet="Blad2").near == "Blad 2"
    assert problem(path, sheet="Blad 2").place == "cell B2"


def test_the_same_cells_as_odfpy(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"id": ["a", "b", "c"], "x": [1.5, None, -3.0], "tekst": ["<é>", None, "twee  spaties"]}
    )
    path = tmp_path / "answers.ods"
    frame.to_excel(path, engine="odf", index=False)
    theirs = pd.read_excel(path, engine="odf").astype(object)
    assert rows(read_file(path)) == rows(Delivered(theirs.where(theirs.notna(), None)))


def test_a_password_on_an_open_document(tmp_path: Path) -> None:
    path = open_document(tmp_path, ("Blad1", names("id")))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("META-INF/manifest.xml", "<manifest><encryption-data/></manifest>")
    assert "password" in problem(path).found


def test_a_binary_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "answers.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.bin", b"")
    assert ".xlsb" in problem(path).found


def test_a_column_far_to_the_right_costs_nothing(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["id", "a"])
        sheet.write_row(1, 0, ["x", 1])
        sheet.write(1048575, 16383, "los")

    assert rows(read_file(workbook(tmp_path, fill)))[0] == ["id", "a", "column XFD"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", "number"),
        ("0.00E+00", "number"),
        ("0%", "percentage"),
        ('0.0" %"', "number"),
        ("0\\%", "number"),
        ("[Red]0.0%;[Blue]-0.0%", "percentage"),
        ("dd/mm/yyyy", "date"),
        ("[$-413]d mmmm jjjj", "date"),
        ("mmm", "date"),
        ("h:mm AM/PM", "time"),
        ("mm:ss.0", "time"),
        ("[h]:mm", "duration"),
        ("[mm]:ss", "duration"),
        ('#,##0 "dagen"', "number"),
        ("[$€-2] #,##0.00", "number"),
        ("@", "number"),
        ("_ * #,##0_ ", "number"),
    ],
)
def test_number_formats(code: str, kind: str) -> None:
    assert kind_of_format(code) == kind


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (1.0, "date", "1900-01-01"),
        (59.0, "date", "1900-02-28"),
        (61.0, "date", "1900-03-01"),
        (43223.5, "date", "2018-05-03T12:00:00"),
        (43223.999999999, "date", "2018-05-04"),
        (-1.0, "date", -1.0),
        (1e12, "date", 1e12),
        (0.75, "time", "18:00:00"),
        (1.75, "time", "1900-01-01T18:00:00"),
        (2.5, "duration", "60:00:00"),
        (0.07, "percentage", 7.0),
        (0.29, "percentage", 29.0),
        (7.0, "number", 7.0),
    ],
)
def test_stored_numbers_as_their_format_shows_them(value: float, kind: Any, text: object) -> None:
    assert as_shown(value, kind) == text


@given(st.datetimes(datetime(1900, 3, 1), datetime(9999, 12, 31)).map(lambda one: one.replace(microsecond=0)))
def test_dates_survive(moment: datetime) -> None:
    serial = (moment - datetime(1899, 12, 30)).total_seconds() / 86_400
    assert as_shown(serial, "date") == moment.isoformat().removesuffix("T00:00:00")


def test_column_letters() -> None:
    assert [column_letters(place) for place in (0, 25, 26, 701, 702, 16383)] == [
        "A",
        "Z",
        "AA",
        "ZZ",
        "AAA",
        "XFD",
    ]


def test_a_zip_without_a_directory_of_parts(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    path = tmp_path / "answers.xlsx"
    path.write_bytes(stream.getvalue())
    assert problem(path).found == "a workbook without sheets"
