"""Texts name the limits of disclosure control that config.yaml declares."""

import re
from pathlib import Path

import openpyxl
import pytest

from inspraak.publishing.figures.gallery import draw_all
from inspraak.publishing.language import LANGUAGES, words
from inspraak.publishing.pdf import content
from inspraak.publishing.published import Published
from inspraak.publishing.report import render_report
from inspraak.publishing.sentences import add_sentences
from inspraak.publishing.workbook import write_workbook
from inspraak.study.configuration import Disclosure

from .made_up_study import write_study
from .made_up_tables import published_tables
from .test_figures_material import make_study, make_tables

LIMITS = Disclosure(minimum_n=7, flag_n=1234)
FLAG = {"nl": "1.234", "en": "1,234"}
FEW = re.compile(r"(?:minder dan|fewer than|ten minste|at least) ([\d.,]*\d) (?:vestig|establ|organis)")


@pytest.mark.parametrize("language", LANGUAGES)
def test_report_pages_and_workbook_name_the_limits(language: str, tmp_path: Path) -> None:
    study = write_study(tmp_path / "made-up", claims=3)
    tables = published_tables(study)
    tables["verdicts"] = add_sentences(tables["verdicts"], tables["estimates"], study)
    page = render_report(study, tables, tmp_path / "none", language=language, limits=LIMITS)
    assert set(FEW.findall(page)) == {"7", FLAG[language]}
    pages = content(Published(study, tables, language, limits=LIMITS), ())
    assert FEW.findall(pages["words"]["marks_line"]) == [FLAG[language]]
    assert FEW.findall(pages["methods"]["disclosure"]) == ["7"]
    assert FLAG[language] in pages["methods"]["disclosure"]
    write_workbook(study, tables, tmp_path / "tables.xlsx", language=language, limits=LIMITS)
    cells = [
        cell
        for sheet in openpyxl.load_workbook(tmp_path / "tables.xlsx")
        for row in sheet.values
        for cell in row
    ]
    assert set(FEW.findall(" ".join(cell for cell in cells if isinstance(cell, str)))) == {
        "7",
        FLAG[language],
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_name_the_limits(language: str) -> None:
    study = make_study(themes=1)
    tables = make_tables(study)
    descriptives = tables["descriptives"]
    descriptives.loc[descriptives["estimate"].notna(), "flag"] = "small"
    said = {"trend": set[str](), "groups": set[str](), "items": set[str]()}
    for drawing in draw_all(tables, study, language=language, limits=LIMITS):
        lines = [line.text for artist in drawing.figure.artists for line in getattr(artist, "words", ())]
        if drawing.kind in said:
            said[drawing.kind] |= set(FEW.findall(" ".join(lines)))
    assert set(map(frozenset, said.values())) == {frozenset({FLAG[language]})}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_a_catalogue_has_a_limit_of_its_own(language: str) -> None:
    def leaves(node: object) -> list[str]:
        if isinstance(node, str):
            return [node]
        inner = node.values() if hasattr(node, "values") else node
        return [text for part in inner for text in leaves(part)]  # type: ignore[attr-defined]

    pattern = re.compile(
        r"(?:minder dan|fewer than|ten minste|at least) (?:\d+|tien|ten|dertig|thirty) ?(?:\{units\})"
    )
    assert [text for text in leaves(words(language)) if pattern.search(text)] == []
