import datetime
import io
import math
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some
from openpyxl.cell import Cell
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from inspraak.errors import UserError
from inspraak.publishing.language import LANGUAGES, words
from inspraak.publishing.published import Published
from inspraak.publishing.report_cells import SYMBOLS, difference_mark
from inspraak.publishing.sentences import add_sentences
from inspraak.publishing.workbook import write_workbook
from inspraak.publishing.workbook_cells import Column, unique
from inspraak.publishing.workbook_heights import fitting_width, row_height
from inspraak.publishing.workbook_writing import sheet_names
from inspraak.study.study import Study

from .made_up_study import SECTORS, WAVES, write_study
from .made_up_tables import published_tables

Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return write_study(tmp_path_factory.mktemp("study") / "made-up", themes=2, indices=3, claims=9)


@pytest.fixture(scope="module")
def tables(study: Study) -> Tables:
    made = published_tables(study)
    made["verdicts"] = add_sentences(made["verdicts"], made["estimates"], study)
    return made


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def path(study: Study, tables: Tables, language: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("workbook") / f"tables_{language}.xlsx"
    write_workbook(study, tables, made, language=language)
    return made


@pytest.fixture(scope="module")
def book(path: Path) -> Workbook:
    return openpyxl.load_workbook(path)


def named(book: Workbook, language: str, key: str) -> Worksheet:
    return book[words(language)["workbook"]["sheets"][key]]


def records(sheet: Worksheet, header: str) -> list[dict[str, Cell]]:
    """Give the rows of the first table of a sheet that has a column of this name."""
    for table in sheet.tables.values():
        head, *rows = sheet[table.ref]
        if header in [cell.value for cell in head]:
            return [{str(name.value): cell for name, cell in zip(head, row)} for row in rows]
    raise AssertionError(f"no table of {sheet.title} has the column {header}")


def texts(sheet: Worksheet) -> Iterator[str]:
    return (str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None)


def column(language: str, key: str) -> str:
    return str(words(language)["workbook"]["columns"][key])


def test_the_same_tables_give_the_same_bytes(study: Study, tables: Tables, path: Path, language: str) -> None:
    again = path.with_name("again.xlsx")
    write_workbook(study, tables, again, language=language)
    assert again.read_bytes() == path.read_bytes()


def test_no_date_of_today_is_in_the_file(path: Path, book: Workbook) -> None:
    assert book.properties.created == book.properties.modified == datetime.datetime(2000, 1, 1)
    with zipfile.ZipFile(path) as packed:
        assert {entry.date_time[:3] for entry in packed.infolist()} == {(1980, 1, 1)}


def test_the_first_sheet_leads_to_every_other_and_every_other_leads_back(
    book: Workbook, language: str
) -> None:
    contents = named(book, language, "contents")
    assert book.worksheets[0] is contents
    links = [cell["hyperlink"] for cell in _links(contents)]
    assert [link.split("!")[0].strip("'") for link in links] == book.sheetnames[1:]
    for sheet in book.worksheets[1:]:
        assert f"'{contents.title}'!A1" in [cell["hyperlink"] for cell in _links(sheet)]


def test_links_to_tables_lead_to_their_titles(book: Workbook) -> None:
    found = 0
    for sheet in book.worksheets[1:]:
        for link in _links(sheet):
            target, cell = link["hyperlink"].split("!")
            if target.strip("'") == sheet.title:
                assert sheet[cell].value == link["text"]
                found += 1
    assert found >= 10


def _links(sheet: Worksheet) -> list[dict[str, str]]:
    return [
        {"hyperlink": cell.hyperlink.location, "text": cell.value}
        for row in sheet.iter_rows()
        for cell in row
        if cell.hyperlink is not None
    ]


def test_every_sheet_says_that_the_data_are_simulated(book: Workbook, language: str) -> None:
    mark = words(language)["general"]["simulated"]
    for sheet in book.worksheets:
        assert sheet["A2"].value == mark
        assert mark in (sheet.oddHeader.right.text or "")


def test_an_asked_study_says_nowhere_that_it_is_simulated(tmp_path: Path, language: str) -> None:
    asked = write_study(tmp_path / "asked", themes=1, design=False)
    write_workbook(asked, published_tables(asked), tmp_path / "asked.xlsx", language=language)
    mark = words(language)["general"]["simulated"]
    for sheet in openpyxl.load_workbook(tmp_path / "asked.xlsx").worksheets:
        assert not any(mark in text for text in texts(sheet))
        assert mark not in (sheet.oddHeader.right.text or "")


def test_tables_are_real_tables_in_column_a_without_gaps(book: Workbook, language: str) -> None:
    names = [name for sheet in book.worksheets for name in sheet.tables]
    assert len(names) == len(set(names)) > 12
    for sheet in book.worksheets:
        assert not sheet.merged_cells.ranges
        for table in sheet.tables.values():
            head, *rows = sheet[table.ref]
            headers = [str(cell.value) for cell in head]
            assert head[0].column == 1
            assert headers == [part.name for part in table.tableColumns]
            assert len({header.casefold() for header in headers}) == len(headers)
            assert all(cell.value not in (None, "") for row in rows for cell in row), sheet.title


def test_every_table_has_a_numbered_title_above_it(book: Workbook, language: str) -> None:
    word = words(language)["general"]["table"].capitalize()
    number = 0
    for sheet in book.worksheets:
        for table in sheet.tables.values():
            number += 1
            row = sheet[table.ref][0][0].row
            above = [str(sheet.cell(up, 1).value) for up in range(row - 1, max(row - 8, 0), -1)]
            assert any(text.startswith(f"{word} {number}. ") for text in above)


def test_prints_on_landscape_pages_as_wide_as_the_paper(book: Workbook) -> None:
    for sheet in book.worksheets:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        if len(sheet.tables) == 1:
            (table,) = sheet.tables.values()
            head = sheet[table.ref][0][0].row
            assert sheet.freeze_panes == f"A{head + 1}"
            assert sheet.print_title_rows == f"${head}:${head}"


def test_means_of_groups_are_the_published_numbers(
    study: Study, tables: Tables, book: Workbook, language: str
) -> None:
    published = Published(study, tables, language)
    expected = {
        (published.label(row["measure"]), row["wave"], row["group"]): row
        for row in published.rows("descriptives")
        if row["group_by"] == "sector5" and row["statistic"] == "mean" and row["measure"] in study.indices
    }
    names = {labels[language == "en"].casefold(): sector for sector, labels in SECTORS.items()}
    seen = 0
    for theme in study.themes.values():
        for record in records(book[theme[language]], "Sector"):
            key = (record[column(language, "score")].value, record[column(language, "wave")].value)
            row = expected[(*key, names[str(record["Sector"].value).casefold()])]
            seen += 1
            for header, name in (("mean", "estimate"), ("low", "ci_low"), ("high", "ci_high"), ("n", "n")):
                value = record[column(language, header)].value
                assert value == ("x" if row["flag"] == "suppressed" else pytest.approx(row[name]))
            mark = SYMBOLS.get(difference_mark(row), words(language)["workbook"]["theme"]["no_mark"])
            assert record[column(language, "mark")].value == mark
            brackets = record[column(language, "mean")].number_format.startswith('"("')
            assert brackets == (row["flag"] == "small")
    assert seen == len(expected)


def test_a_table_of_groups_says_how_many_differ_clearly(study: Study, book: Workbook, language: str) -> None:
    theme = book[next(iter(study.themes.values()))[language]]
    rows = records(theme, "Sector")
    said = list(texts(theme))
    for wave in WAVES:
        marks = [
            record[column(language, "mark")].value
            for record in rows
            if record[column(language, "wave")].value == wave
        ]
        strong, compared = sum(mark in "▲▼" for mark in marks), sum(mark not in "x." for mark in marks)
        note = words(language)["workbook"]["theme"]["found"]
        assert note.format(wave=wave, strong=strong, compared=compared) in said


def test_suppressed_groups_show_x_in_every_number(study: Study, book: Workbook, language: str) -> None:
    group = study.variables["size4"].label
    assert group is not None
    header = group[language].capitalize()
    rows = [record for record in records(book.worksheets[4], header) if record[header].value == "250+"]
    assert len(rows) == len(WAVES) * 3
    for record in rows:
        numbers = [cell.value for name, cell in record.items()][3:]
        assert numbers == ["x"] * len(numbers)


def test_shares_are_fractions_with_decimals_by_their_base(
    study: Study, tables: Tables, book: Workbook, language: str
) -> None:
    frame = tables["descriptives"]
    theme = book[next(iter(study.themes.values()))[language]]
    labels = [text[language] for text in (study.scales["EENS5"].codes or {}).values()]
    found = records(theme, labels[3].capitalize())
    assert len(found) == 9 * len(WAVES)
    for record in found:
        wave = str(record[column(language, "wave")].value)
        wording = record[column(language, "question")].value
        item = next(name for name, body in study.codebook.items() if body.wording[language] == wording)
        rows = frame[(frame["measure"] == item) & (frame["wave"] == wave) & (frame["group_by"] == "")]
        shares = rows[rows["category"] == "4"]["estimate"].to_list()
        cell = record[labels[3].capitalize()]
        assert [cell.value] == pytest.approx(shares)
        assert cell.number_format.startswith("0.0%" if wave == "2022" else "0%;")
        assert record[column(language, "n")].value == WAVES[wave]
        answers = [record[label.capitalize()].value for label in labels]
        assert math.fsum(answers) == pytest.approx(1)


def test_every_delivered_row_is_accounted_for(book: Workbook, language: str) -> None:
    steps = words(language)["report"]["sample"]["steps"]
    sheet = named(book, language, "sample")
    rows = records(sheet, words(language)["workbook"]["sample"]["step"])
    step = words(language)["workbook"]["sample"]["step"]
    for wave, analysed in WAVES.items():
        counts = {str(record[step].value): record[wave].value for record in rows}
        removed = [count for name, count in counts.items() if name.startswith(f"{steps['removed']}: ")]
        assert counts[steps["analysed"]] == analysed
        assert counts[steps["delivered"]] == analysed + sum(removed)
        assert len(removed) == 5


def test_missing_answers_hold_the_questions_that_were_asked(
    study: Study, tables: Tables, book: Workbook, language: str
) -> None:
    sheet, text = named(book, language, "missing"), words(language)
    rows = records(sheet, text["workbook"]["missing"]["asked"])
    substantive = [name for name, item in study.codebook.items() if item.substantive]
    assert len(rows) == len(substantive) * len(WAVES)
    assert rows[0][column(language, "wave")].value == "2022"
    unsure = text["missing"]["dont_know"]
    shown = sum(
        cell.value for record in rows for name, cell in record.items() if name.casefold() == unsure.casefold()
    )
    frame = tables["missing"]
    assert shown == frame[frame["item"].isin(substantive)]["n_dont_know"].sum()


def test_verdicts_and_sentences_stand_in_short(tables: Tables, book: Workbook, language: str) -> None:
    sheet, text = named(book, language, "summary"), words(language)
    rows = records(sheet, column(language, "sentence"))
    claim, wave = column(language, "claim"), column(language, "wave")
    said = {(str(record[claim].value), str(record[wave].value)): record for record in rows}
    assert len(said) == len(tables["verdicts"])
    for row in tables["verdicts"].to_dict("records"):
        record = said[row["hypothesis"], row["wave"]]
        assert str(record[column(language, "verdict")].value).casefold() == text["verdicts"][row["verdict"]]
        assert record[column(language, "sentence")].value == row[f"sentence_{language}"]
    counted = records(sheet, column(language, "claims"))
    assert sum(int(record[column(language, "claims")].value) for record in counted) == len(said)


def test_relations_come_strongest_first_within_the_latest_wave(
    tables: Tables, book: Workbook, language: str
) -> None:
    rows = records(named(book, language, "relations"), column(language, "correlation"))
    assert len(rows) == len(tables["correlations"])
    latest = [
        abs(record[column(language, "correlation")].value)
        for record in rows
        if record[column(language, "wave")].value == "2022"
    ]
    assert [record[column(language, "wave")].value for record in rows[: len(latest)]] == ["2022"] * len(
        latest
    )
    assert latest == sorted(latest, reverse=True)


def test_relations_that_share_questions_come_last(
    study: Study, tables: Tables, tmp_path: Path, language: str
) -> None:
    shared = tables["correlations"].assign(shared_items=0.0)
    shared.loc[0, ["estimate", "shared_items"]] = [0.99, 2.0]
    write_workbook(study, tables | {"correlations": shared}, tmp_path / "shared.xlsx", language=language)
    book = openpyxl.load_workbook(tmp_path / "shared.xlsx")
    rows = records(named(book, language, "relations"), column(language, "correlation"))
    earliest = [record for record in rows if record[column(language, "wave")].value == "2014"]
    assert earliest[-1][column(language, "correlation")].value == 0.99
    assert [record[column(language, "shared_items")].value for record in earliest[-2:]] == [0, 2]


def test_wherever_a_relation_is_shown_it_says_that_it_is_no_cause(book: Workbook, language: str) -> None:
    phrase = words(language)["workbook"]["no_cause"]
    for key in ("summary", "relations", "claims", "contents"):
        assert phrase in list(texts(named(book, language, key)))


def test_estimates_of_claims_are_the_published_numbers(tables: Tables, book: Workbook, language: str) -> None:
    rows = records(named(book, language, "claims"), column(language, "association"))
    shown = sorted(record[column(language, "association")].value for record in rows)
    assert shown == pytest.approx(sorted(tables["estimates"]["std_estimate"].dropna()))
    p_values = {record[column(language, "p")].number_format for record in rows}
    assert p_values == {
        '[<0.001]"< 0,001";[>0.999]"> 0,999";0.000'
        if language == "nl"
        else '[<0.001]"< 0.001";[>0.999]"> 0.999";0.000'
    }


def test_alpha_stands_only_with_questions_that_measure_one_thing(
    study: Study, book: Workbook, language: str
) -> None:
    text = words(language)
    heads = text["report"]["measurement"]["numbers"]["columns"]
    rows = records(named(book, language, "measurement"), heads["alpha"])
    assert len(rows) == len(study.indices) * len(WAVES)
    labels = {index.label[language]: index.type for index in study.indices.values()}
    for record in rows:
        alpha = record[heads["alpha"]].value
        formative = labels[str(record[heads["score"]].value)] == "formative"
        assert (alpha == text["comparable"]["not needed"]) == formative
        assert formative or 0 < alpha < 1


def test_text_that_looks_like_a_formula_stays_text(study: Study, tables: Tables, tmp_path: Path) -> None:
    dangerous = ["=1+1", "+31 6", "-2", "@SUM(A1)", '=HYPERLINK("http://x")', "{=A1}", "https://x"]
    verdicts = tables["verdicts"].copy()
    verdicts["sentence_nl"] = [dangerous[number % len(dangerous)] for number in range(len(verdicts))]
    write_workbook(study, tables | {"verdicts": verdicts}, tmp_path / "danger.xlsx", language="nl")
    book = openpyxl.load_workbook(tmp_path / "danger.xlsx")
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    rows = records(named(book, "nl", "summary"), column("nl", "sentence"))
    cells = [record[column("nl", "sentence")] for record in rows]
    assert sorted(str(cell.value) for cell in cells) == sorted(verdicts["sentence_nl"])
    assert not any(cell.hyperlink for cell in cells)
    assert all(cell.quotePrefix for cell in cells if str(cell.value)[0] in "=+-@")
    with zipfile.ZipFile(tmp_path / "danger.xlsx") as packed:
        sheets = [packed.read(name) for name in packed.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any(b"<f>" in sheet for sheet in sheets)


def test_zero_is_nil_and_unknown_is_a_point(study: Study, tables: Tables, tmp_path: Path) -> None:
    frame = tables["descriptives"].copy()
    mine = (frame["measure"] == "S0_0") & (frame["group_by"] == "") & (frame["statistic"] == "mean")
    frame.loc[mine & (frame["wave"] == "2014"), "estimate"] = 0.0
    frame.loc[mine & (frame["wave"] == "2018"), ["estimate", "ci_low"]] = np.nan
    write_workbook(study, tables | {"descriptives": frame}, tmp_path / "nil.xlsx", language="nl")
    sheet = openpyxl.load_workbook(tmp_path / "nil.xlsx").worksheets[4]
    first, second, third = records(sheet, column("nl", "higher"))[:3]
    mean = column("nl", "mean")
    assert first[mean].value == 0
    assert first[mean].number_format.endswith(';"-"')
    assert second[mean].value == second[column("nl", "low")].value == "."
    assert isinstance(third[mean].value, float)


def test_without_tables_the_workbook_still_explains(study: Study, tmp_path: Path, language: str) -> None:
    write_workbook(study, {}, tmp_path / "empty.xlsx", language=language)
    book = openpyxl.load_workbook(tmp_path / "empty.xlsx")
    names = words(language)["workbook"]["sheets"]
    assert book.sheetnames == [names[key] for key in ("contents", "tests", "notes")]


def test_the_marks_are_explained(book: Workbook, language: str) -> None:
    rows = records(named(book, language, "notes"), column(language, "mark"))
    signs = [record[column(language, "mark")].value for record in rows]
    assert signs[:7] == ["▲", "▼", "△", "▽", "-", ".", "x"]
    legend = words(language)["workbook"]["legend_signs"].format(
        units=words(language)["units"]["establishment"]["plural"], flag_n="30"
    )
    assert all(legend in list(texts(sheet)) for sheet in book.worksheets[1:])


def test_both_languages_have_the_same_sheets_and_tables(study: Study, tables: Tables, tmp_path: Path) -> None:
    shapes = []
    for language in LANGUAGES:
        write_workbook(study, tables, tmp_path / f"{language}.xlsx", language=language)
        book = openpyxl.load_workbook(tmp_path / f"{language}.xlsx")
        shapes.append([[table.ref[-4:] for table in sheet.tables.values()] for sheet in book.worksheets])
    assert [len(sheet) for sheet in shapes[0]] == [len(sheet) for sheet in shapes[1]]


def test_a_folder_that_is_not_there_is_the_users_mistake(
    study: Study, tables: Tables, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"no-folder.*cannot be written"):
        write_workbook(study, tables, tmp_path / "no-folder" / "tables.xlsx", language="nl")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["Kunnen, willen en mogen vernieuwen"], ("Kunnen, willen en mogen",)),
        (["Sociale innovatie in de praktijk van nu"], ("Sociale innovatie",)),
        (["a/b: [c]?*\\d"], ("a b c d",)),
        (["'Citaat'"], ("Citaat",)),
        (["Dubbel", "dubbel", "DUBBEL"], ("Dubbel", "dubbel (2)", "DUBBEL (3)")),
        (["History", "[]"], ("History -", "-")),
        (["x" * 40, "x" * 40], ("x" * 31, "x" * 27 + " (2)")),
    ],
)
def test_names_of_sheets_keep_to_the_rules_of_excel(labels: list[str], expected: tuple[str, ...]) -> None:
    assert sheet_names(labels) == expected


@given(some.lists(some.text(max_size=60), max_size=8))
def test_any_labels_become_names_that_excel_takes(labels: list[str]) -> None:
    names = sheet_names(labels)
    assert len({name.casefold() for name in names}) == len(labels)
    for name in names:
        assert 0 < len(name) <= 31
        assert not re.search(r"[\[\]:*?/\\]", name)
        assert not name.startswith("'")
        assert not name.endswith("'")


@given(some.lists(some.sampled_from(["", "a", "A", "a (2)", "b"]), max_size=9))
def test_headers_become_unique(headers: list[str]) -> None:
    found = unique(headers)
    assert all(found)
    assert len({header.casefold() for header in found}) == len(headers)


def test_long_texts_get_higher_rows_and_long_headers_wider_columns() -> None:
    heights = [row_height(["word " * count], [20]) for count in (1, 8, 40)]
    assert heights[0] == 15
    assert heights == sorted(set(heights))
    narrow = fitting_width(Column("n", 12, number=True), filtered=True)
    assert narrow == 12
    assert fitting_width(Column("Variatiecoëfficiënten", 12, number=True), filtered=True) > 18


def test_every_part_of_the_file_is_well_formed(path: Path) -> None:
    from xml.etree import ElementTree

    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as packed:
        for name in packed.namelist():
            ElementTree.fromstring(packed.read(name))
