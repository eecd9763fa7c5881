"""Scores that do not compare carry a mark: in tables and figures of the report, in pages, and in the workbook."""

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from inspraak.publishing.comparison_marks import SIGNS, WAVE, mark, remarks, sign, verdict
from inspraak.publishing.figures.gallery import draw_all
from inspraak.publishing.language import LANGUAGES, words
from inspraak.publishing.pdf import content
from inspraak.publishing.published import Published
from inspraak.publishing.report import render_report
from inspraak.publishing.report_themes import themes
from inspraak.publishing.workbook import write_workbook
from inspraak.study.study import Study

from .made_up_measurement import compared, verdicts
from .made_up_study import write_study
from .made_up_tables import published_tables
from .test_figures import segments, texts

Tables = dict[str, pd.DataFrame]
MARKS = {"yes": "", "partial": "partly_equal", "no": "not_equal", "not testable": "untested"}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return write_study(tmp_path_factory.mktemp("compared") / "made-up", themes=2, indices=4, claims=2)


@pytest.fixture(scope="module")
def tables(study: Study) -> Tables:
    made = published_tables(study)
    made["trends"] = made["trends"].assign(comparable=True, reason="")
    return compared(study, made)


def test_the_mark_is_that_of_the_verdict_over_each_grouping(study: Study, tables: Tables) -> None:
    published = Published(study, tables, "nl")
    for index, judged in verdicts(study).items():
        for grouping in (WAVE, *study.groups):
            assert verdict(published, index, grouping) == judged
            assert mark(published, index, grouping) == MARKS[judged]
            assert sign(mark(published, index, grouping)) == SIGNS.get(judged, "")
    assert mark(published, "S0_1", WAVE) == ""
    assert mark(published, "S0_0", "no grouping") == ""


def test_waves_that_asked_otherwise_do_not_compare_whatever_was_tested(study: Study, tables: Tables) -> None:
    trends = tables["trends"].copy()
    trends.loc[(trends["measure"] == "S0_0") & (trends["to_wave"] == "2018"), "comparable"] = False
    published = Published(study, tables | {"trends": trends}, "nl")
    assert verdict(published, "S0_0", WAVE) == "no"
    assert verdict(published, "S0_0", study.groups[0]) == "yes"
    assert remarks(published, ["S0_0"], WAVE) == ()


def test_remarks_name_scores_by_verdict_the_worst_first(study: Study, tables: Tables) -> None:
    published = Published(study, tables, "nl")
    said = remarks(published, study.indices, "sector5")
    assert [sentence.split(":")[0] for sentence in said] == [
        "Naar sector niet te vergelijken (≠)",
        "Naar sector deels te vergelijken (~)",
        "Niet te toetsen is of deze scores naar sector te vergelijken zijn (?)",
    ]
    assert "‘Bevlogenheid 2’" in said[0]
    assert remarks(published, ["S0_0", "S0_1"], "sector5") == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_tables_of_the_report_carry_the_mark_with_its_meaning(
    study: Study, tables: Tables, language: str, tmp_path: Path
) -> None:
    page = render_report(study, tables, tmp_path, language=language)
    marks = words(language)["marks"]
    groups = len(study.groups) * len(study.waves)
    for name, shown in (("not_equal", "≠"), ("partly_equal", "~"), ("untested", "?")):
        head = f'<span class="equal {name}" title="{marks[name]}" aria-hidden="true">{shown}</span>'
        assert page.count(f'{head}<span class="unseen"> ({marks[name]})</span>') == 1 + groups
        assert f"<dt>{shown}</dt><dd>{marks[name]}</dd>" in page
    for theme in themes(Published(study, tables, language), ()):
        for sentence in (
            *theme.incomparable,
            *(line for table in theme.groups for line in table.incomparable),
        ):
            assert sentence in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_mark_the_score_and_join_no_waves_that_do_not_compare(
    study: Study, tables: Tables, language: str
) -> None:
    drawn = {drawing.name: drawing for drawing in draw_all(tables, study, language=language)}
    marks = words(language)["marks"]
    trend, groups = drawn["trend_participation"], drawn["groups_sector5_participation"]
    partial = study.label("S0_2", language)
    assert f"{partial} ~" in texts(trend)
    assert f"{partial} ~" in texts(groups)
    assert marks["partly_equal"] in " ".join(texts(groups))
    assert len(segments(trend, 1.0)) == 2 * 4
    second = drawn["trend_strategy"]
    label = study.label("S1_0", language)
    assert f"{label} ≠" in texts(second)
    assert len(segments(second, 1.0)) == 2 * 3
    assert f"{label} ≠" in texts(drawn["groups_size4_strategy"])
    assert marks["not_equal"].split(",")[0][1:] in drawn["groups_size4_strategy"].alternative
    plain = {drawing.name: drawing for drawing in draw_all(published_tables(study), study, language=language)}
    assert not any("~" in line for line in texts(plain["groups_sector5_participation"]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_and_workbook_carry_the_verdict(
    study: Study, tables: Tables, language: str, tmp_path: Path
) -> None:
    pages = content(Published(study, tables, language), ())
    signs = {line["head"]: line["sign"] for theme in pages["themes"] for line in theme["means"]}
    judged = verdicts(study)
    assert signs == {
        study.label(index, language): SIGNS.get(judged.get(index, ""), "") for index in study.indices
    }
    assert {"≠", "~", "?"} <= {entry[0] for entry in pages["words"]["legend"]}
    write_workbook(study, tables, tmp_path / "tables.xlsx", language=language)
    book, text = openpyxl.load_workbook(tmp_path / "tables.xlsx"), words(language)
    found = set()
    for sheet in book.worksheets:
        for table in sheet.tables.values():
            head, *rows = [[cell.value for cell in line] for line in sheet[table.ref]]
            if text["workbook"]["columns"]["comparable"] in head:
                place = head.index(text["workbook"]["columns"]["comparable"])
                found |= {(row[0], row[place]) for row in rows}
    assert found == {
        (study.label(index, language), text["comparable"][judged.get(index, "not judged")])
        for index in study.indices
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_contents_of_the_workbook_open_with_the_warnings(
    study: Study, tables: Tables, language: str, tmp_path: Path
) -> None:
    write_workbook(study, tables, tmp_path / "tables.xlsx", language=language)
    first = openpyxl.load_workbook(tmp_path / "tables.xlsx").worksheets[0]
    lines = [str(cell) for row in first.values for cell in row if cell is not None]
    (warning,) = content(Published(study, tables, language), ())["warnings"]
    contents = words(language)["workbook"]["contents"]
    heads = [
        next(place for place, line in enumerate(lines) if contents[key] in line)
        for key in ("warnings", "table")
    ]
    assert heads[0] < lines.index(warning) < heads[1]
    calm = tables | {"trends": tables["trends"].assign(plausibility="", implausible_wave="")}
    write_workbook(study, calm, tmp_path / "calm.xlsx", language=language)
    sheet = openpyxl.load_workbook(tmp_path / "calm.xlsx").worksheets[0]
    assert not any(contents["warnings"] in str(cell) for row in sheet.values for cell in row)
