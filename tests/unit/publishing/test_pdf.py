import json
import re
import zlib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typst
import yaml

from inspraak.errors import UserError
from inspraak.publishing.language import LANGUAGES, words
from inspraak.publishing.pdf import content, write_pdf
from inspraak.publishing.published import Published
from inspraak.publishing.report_images import read_figures
from inspraak.publishing.sentences import add_sentences
from inspraak.study.study import Study, load_study

from .made_up_study import CLAIM_FIGURE, draw_figures, write_study
from .made_up_tables import published_tables

Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return write_study(tmp_path_factory.mktemp("study") / "made-up", themes=2, indices=2, claims=9)


@pytest.fixture(scope="module")
def tables(study: Study) -> Tables:
    return with_sentences(study)


@pytest.fixture(scope="module")
def figures(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_figures(tmp_path_factory.mktemp("figures"), study, weight=20)


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def path(
    study: Study, tables: Tables, figures: Path, language: str, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    made = tmp_path_factory.mktemp("pdf") / f"report_{language}.pdf"
    write_pdf(study, tables, figures, made, language=language)
    return made


@pytest.fixture(scope="module")
def said(study: Study, tables: Tables, figures: Path, language: str) -> dict[str, Any]:
    return content(Published(study, tables, language), read_figures(figures, language=language))


def with_sentences(study: Study) -> Tables:
    made = published_tables(study)
    return made | {"verdicts": add_sentences(made["verdicts"], made["estimates"], study)}


STRING = rb"\((?:\\[\s\S]|[^\\)])*\)"
ESCAPED = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
SIGNS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def unescaped(match: re.Match[bytes]) -> bytes:
    """Give the byte that a backslash in a string of a PDF stands for."""
    sign = match[1]
    return bytes([int(sign, 8)]) if len(sign) == 3 else SIGNS.get(sign, sign)


class Pages:
    """The text of each page of a PDF, page by page, with header and footer."""

    def __init__(self, path: Path) -> None:
        self.raw = path.read_bytes()
        found = re.finditer(rb"(\d+) 0 obj\n(.*?)\nendobj", self.raw, re.DOTALL)
        self.objects = {int(match[1]): match[2] for match in found}
        self.texts = [self._text(body) for body in self._pages()]

    def _pages(self) -> list[bytes]:
        tree = next(body for body in self.objects.values() if re.search(rb"/Type ?/Pages\b", body))
        kids = re.search(rb"/Kids ?\[(.*?)\]", tree, re.DOTALL)
        assert kids is not None
        return [self.objects[int(number)] for number in re.findall(rb"(\d+) 0 R", kids[1])]

    def _stream(self, number: int) -> bytes:
        packed = self.objects[number].split(b"stream\n", 1)[1].rsplit(b"\nendstream", 1)[0]
        return zlib.decompress(packed)

    def _text(self, page: bytes) -> str:
        contents = re.search(rb"/Contents (\d+) 0 R", page)
        assert contents is not None
        fonts = {name: self._letters(int(number)) for name, number in self._fonts(page)}
        letters: dict[bytes, str] = {}
        shown = []
        stream = self._stream(int(contents[1]))
        for font, row in re.findall(rb"/(\w+) [\d.]+ Tf|\[((?:" + STRING + rb"|[-\d.\s])*)\] ?TJ", stream):
            letters = fonts[font] if font else letters
            glyphs = b"".join(ESCAPED.sub(unescaped, part[1:-1]) for part in re.findall(STRING, row))
            shown += [letters[glyphs[place : place + 2]] for place in range(0, len(glyphs), 2)]
        return "".join(shown)

    def _fonts(self, page: bytes) -> list[tuple[bytes, bytes]]:
        resources = re.search(rb"/Resources (\d+) 0 R", page)
        body = self.objects[int(resources[1])] if resources is not None else page
        fonts = re.search(rb"/Font ?<<(.*?)>>", body, re.DOTALL)
        return re.findall(rb"/(\w+) (\d+) 0 R", fonts[1]) if fonts is not None else []

    def _letters(self, font: int) -> dict[bytes, str]:
        number = re.search(rb"/ToUnicode (\d+) 0 R", self.objects[font])
        assert number is not None
        pairs = re.findall(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>", self._stream(int(number[1])))
        return {
            bytes.fromhex(glyph.decode()): bytes.fromhex(code.decode()).decode("utf-16-be")
            for glyph, code in pairs
        }


@pytest.fixture(scope="module")
def pages(path: Path) -> Pages:
    return Pages(path)


def leaves(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        for value in node.values():
            yield from leaves(value)
    elif isinstance(node, list | tuple):
        for value in node:
            yield from leaves(value)
    else:
        yield node


def squeezed(text: str) -> str:
    """Leave out what a line break may take away or put in."""
    return re.sub(r"[\s\u00ad-]", "", text)


def test_the_same_input_gives_the_same_bytes_without_a_date(
    study: Study, tables: Tables, figures: Path, path: Path, language: str
) -> None:
    again = path.with_name("again.pdf")
    write_pdf(study, tables, figures, again, language=language)
    assert again.read_bytes() == path.read_bytes()
    assert not re.search(rb"/CreationDate|/ModDate|xmp:CreateDate|xmp:ModifyDate", path.read_bytes())


def test_language_title_and_standard_are_in_the_file(study: Study, path: Path, language: str) -> None:
    raw = path.read_bytes()
    assert raw.startswith(b"%PDF-1.7")
    assert f"/Lang({language})".encode() in raw
    assert b"<pdfuaid:part>1</pdfuaid:part>" in raw
    assert re.search(rb"<dc:title>.*?" + study.title[language].encode() + rb".*?</dc:title>", raw, re.DOTALL)
    assert b"/DisplayDocTitle true" in raw


def test_figures_have_their_alternative_text(path: Path, study: Study) -> None:
    alternatives = re.findall(rb"/Alt ?(?:\((.*?)\)|<([0-9A-Fa-f]+)>)", path.read_bytes())
    read = {
        (bytes.fromhex(code.decode()).decode("utf-16") if code else plain.decode("latin-1"))
        for plain, code in alternatives
    }
    assert {f"Alt “means_{theme}”" for theme in study.themes} <= read


def test_every_page_of_a_simulated_study_says_so(pages: Pages, language: str) -> None:
    mark = squeezed(words(language)["general"]["simulated"])
    assert len(pages.texts) >= 7
    assert all(mark in squeezed(text) for text in pages.texts)


def test_an_asked_study_says_nowhere_that_it_is_simulated(
    tmp_path: Path, figures: Path, language: str
) -> None:
    asked = write_study(tmp_path / "asked", themes=1, design=False)
    write_pdf(asked, with_sentences(asked), tmp_path, tmp_path / "asked.pdf", language=language)
    mark = squeezed(words(language)["general"]["simulated"])
    assert not any(mark in squeezed(text) for text in Pages(tmp_path / "asked.pdf").texts)


def test_every_page_has_the_marks_and_its_number(pages: Pages, language: str) -> None:
    labels = words(language)["pdf"]["labels"]
    units = words(language)["units"]["establishment"]["plural"]
    marks = squeezed(labels["marks_line"].format(units=units, flag_n="30"))
    for number, text in enumerate(pages.texts, 1):
        assert marks in squeezed(text)
        assert f"{labels['page']}{number}/{len(pages.texts)}" in squeezed(text)


def test_the_first_page_begins_in_short(tables: Tables, pages: Pages, study: Study, language: str) -> None:
    first = squeezed(pages.texts[0])
    assert squeezed(study.title[language]) in first
    assert squeezed(words(language)["pdf"]["labels"]["summary"]) in first
    verdicts = tables["verdicts"]
    latest = verdicts[(verdicts["wave"] == "2022") & (verdicts["verdict"] == "supported")]
    assert len(latest)
    assert squeezed(latest.iloc[0][f"sentence_{language}"]) in first


def test_every_claim_stands_there_with_its_verdict_and_sentence_in_each_wave(
    tables: Tables, pages: Pages, said: dict[str, Any], language: str
) -> None:
    every = squeezed(" ".join(pages.texts))
    for row in tables["verdicts"].to_dict("records"):
        cards = [card for group in said["claims"] for card in group["cards"]]
        card = next(card for card in cards if card["claim"] == row["hypothesis"])
        verdict = next(entry for entry in card["verdicts"] if row["wave"] in entry["waves"])
        assert verdict["word"] == words(language)["verdicts"][row["verdict"]]
        assert verdict["sentence"] == row[f"sentence_{language}"]
        assert squeezed(verdict["sentence"]) in every


def test_the_verdicts_in_short_are_counted(tables: Tables, said: dict[str, Any], language: str) -> None:
    verdicts = tables["verdicts"]
    for wave, summary in zip(("2022", "2018", "2014"), said["summaries"], strict=True):
        counted = verdicts[verdicts["wave"] == wave]["verdict"].value_counts()
        shown = {entry["word"]: int(entry["count"]) for entry in summary["counts"]}
        assert shown == {
            word: counted.get(verdict, 0) for verdict, word in words(language)["verdicts"].items()
        }


def test_relations_and_verdicts_say_that_they_are_no_causes(pages: Pages, language: str) -> None:
    labels = words(language)["pdf"]["labels"]
    for key in ("caution", "no_cause"):
        assert sum(squeezed(labels[key]) in squeezed(text) for text in pages.texts) >= 1


def test_figures_of_a_theme_stand_under_it_and_general_ones_in_their_section(
    study: Study, said: dict[str, Any], language: str
) -> None:
    placed = {theme["label"]: [figure["path"] for figure in theme["figures"]] for theme in said["themes"]}
    assert placed == {
        text[language]: [f"/means_{theme}_{language}.svg"] for theme, text in study.themes.items()
    }
    general = {section: [figure["path"] for figure in found] for section, found in said["figures"].items()}
    others = [f"/{name}_{language}.svg" for name in ("sample",)]
    relations = [f"/correlations_{language}.svg"]
    assert general == {"relations": relations, "themes": others, "methods": []}
    cards = [card for group in said["claims"] for card in group["cards"]]
    of_claims = {card["claim"]: [figure["path"] for figure in card["figures"]] for card in cards}
    assert of_claims.pop("H1") == [f"/{CLAIM_FIGURE}_{language}.svg"]
    assert not any(of_claims.values())


def test_the_template_gets_texts_only(said: dict[str, Any]) -> None:
    assert {type(leaf) for leaf in leaves(said)} <= {str, bool, int, float}
    assert json.loads(json.dumps(said)) == json.loads(json.dumps(said, sort_keys=True))


def test_text_that_looks_like_markup_is_shown_as_it_is(tmp_path: Path, figures: Path) -> None:
    folder = tmp_path / "markup"
    write_study(folder, themes=1, indices=2, claims=2)
    dangerous = '#panic("a") *b* _c_ $d$ `e` <f> @g \\ // h = i "j" [k] #{'
    claims = yaml.safe_load((folder / "hypotheses.yaml").read_text("utf-8"))
    claims["H1"]["wording"] = {"nl": dangerous, "en": dangerous}
    (folder / "hypotheses.yaml").write_text(yaml.safe_dump(claims), "utf-8")
    survey = yaml.safe_load((folder / "study.yaml").read_text("utf-8"))
    survey["title"] = survey["themes"]["participation"] = {"nl": dangerous, "en": dangerous}
    (folder / "study.yaml").write_text(yaml.safe_dump(survey), "utf-8")
    study = load_study(folder)
    write_pdf(study, with_sentences(study), figures, tmp_path / "markup.pdf", language="nl")
    texts = [squeezed(text) for text in Pages(tmp_path / "markup.pdf").texts]
    assert all(squeezed(dangerous) in text for text in texts)


def test_a_sign_that_the_fonts_lack_costs_the_standard_not_the_report(
    study: Study, tables: Tables, figures: Path, tmp_path: Path
) -> None:
    verdicts = tables["verdicts"].assign(sentence_nl="漢")
    write_pdf(study, tables | {"verdicts": verdicts}, figures, tmp_path / "signs.pdf", language="nl")
    raw = (tmp_path / "signs.pdf").read_bytes()
    assert b"pdfuaid:part" not in raw
    assert b"/MarkInfo" in raw


def test_suppressed_and_unknown_means_are_marks(
    study: Study, tables: Tables, figures: Path, language: str
) -> None:
    frame = tables["descriptives"].copy()
    mine = (frame["measure"] == "S0_0") & (frame["group_by"] == "") & (frame["statistic"] == "mean")
    frame.loc[mine & (frame["wave"] == "2014"), "flag"] = "suppressed"
    frame.loc[mine & (frame["wave"] == "2018"), ["estimate", "ci_low"]] = float("nan")
    published = Published(study, tables | {"descriptives": frame}, language)
    first = content(published, read_figures(figures, language=language))["themes"][0]["means"][0]
    assert [cell["text"] for cell in first["cells"][:2]] == ["x", "."]
    assert first["cells"][0]["beside"] == []
    assert any(part.startswith("n = ") for part in first["cells"][2]["beside"])


def test_without_tables_and_figures_the_methods_remain(study: Study, tmp_path: Path, language: str) -> None:
    write_pdf(study, {}, tmp_path / "nothing", tmp_path / "empty.pdf", language=language)
    texts = [squeezed(text) for text in Pages(tmp_path / "empty.pdf").texts]
    labels = words(language)["pdf"]["labels"]
    assert squeezed(labels["methods"]) in texts[-1] + texts[-2]
    assert any(squeezed(labels["no_relations"]) in text for text in texts)


def test_high_drawings_stay_on_their_page(
    study: Study, tables: Tables, figures: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "figures"
    folder.mkdir()
    high = '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="900" viewBox="0 0 100 900"/>'
    (folder / "high_nl.svg").write_text(high, "utf-8")
    caption = {"high": {"title": "Hoog", "alternative": "Hoog", "theme": "participation", "kind": "items"}}
    (folder / "captions_nl.json").write_text(json.dumps(caption), "utf-8")
    said = content(Published(study, tables, "nl"), read_figures(folder, language="nl"))
    template = files("inspraak.publishing").joinpath("templates", "report.typ").read_bytes()
    inputs = {"content": json.dumps(said)}
    (image,) = json.loads(typst.Compiler(template, root=folder, sys_inputs=inputs).query("image"))
    assert "629.29pt" in image["height"]
    write_pdf(study, tables, folder, tmp_path / "high.pdf", language="nl")
    assert len(Pages(tmp_path / "high.pdf").texts) >= 7


def test_a_caption_without_a_drawing_is_the_users_mistake(
    study: Study, tables: Tables, tmp_path: Path
) -> None:
    caption = {"gone": {"title": "Weg", "alternative": "Weg", "theme": "", "kind": "items"}}
    (tmp_path / "captions_nl.json").write_text(json.dumps(caption), "utf-8")
    with pytest.raises(UserError, match=r"gone_nl\.svg"):
        write_pdf(study, tables, tmp_path, tmp_path / "gone.pdf", language="nl")


def test_a_drawing_that_cannot_be_read_is_the_users_mistake(
    study: Study, tables: Tables, tmp_path: Path
) -> None:
    caption = {"broken": {"title": "Stuk", "alternative": "Stuk", "theme": "", "kind": "items"}}
    (tmp_path / "captions_nl.json").write_text(json.dumps(caption), "utf-8")
    (tmp_path / "broken_nl.svg").write_text('<svg viewBox="0 0 9 9"><g></svg>', "utf-8")
    with pytest.raises(UserError, match="drawings"):
        write_pdf(study, tables, tmp_path, tmp_path / "broken.pdf", language="nl")


def test_a_folder_that_is_not_there_is_the_users_mistake(
    study: Study, tables: Tables, figures: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        write_pdf(study, tables, figures, tmp_path / "no-folder" / "report.pdf", language="nl")
