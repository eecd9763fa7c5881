import base64
import hashlib
import json
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inspraak.errors import UserError
from inspraak.publishing.language import LANGUAGES
from inspraak.publishing.report import render_report
from inspraak.publishing.sentences import add_sentences
from inspraak.publishing.tables import read_tables, write_table
from inspraak.study.study import Study

from .made_up_study import CLAIM_FIGURE, draw_figures, write_study
from .made_up_tables import published_tables

VOID = {"meta", "img", "source", "br", "link", "input"}
NUMBERS = ["n", "estimate", "std_error", "ci_low", "ci_high", "difference_from_rest", "p_value", "cohens_d"]


class Outline(HTMLParser):
    """Tags with their attributes and ancestors, the text of cells, and whether every tag is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None], tuple[str, ...]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs), tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs), tuple(self.open)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes another tag"

    def handle_data(self, data: str) -> None:
        if self.open and data.strip():
            self.texts.append((self.open[-1], data.strip()))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes, _ in self.tags if name == tag]

    @property
    def visible(self) -> str:
        return " ".join(text for tag, text in self.texts if tag not in ("script", "style"))


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return write_study(tmp_path_factory.mktemp("study") / "demo", claims=12)


@pytest.fixture(scope="module")
def tables(study: Study) -> dict[str, pd.DataFrame]:
    made = published_tables(study)
    return made | {"verdicts": add_sentences(made["verdicts"], made["estimates"], study)}


@pytest.fixture(scope="module")
def figures(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_figures(tmp_path_factory.mktemp("figures"), study)


@pytest.fixture(scope="module")
def pages(study: Study, tables: dict[str, pd.DataFrame], figures: Path) -> dict[str, str]:
    return {language: render_report(study, tables, figures, language=language) for language in LANGUAGES}


@pytest.fixture(scope="module", params=LANGUAGES)
def outline(pages: dict[str, str], request: pytest.FixtureRequest) -> Outline:
    return Outline(pages[request.param])


def test_every_tag_is_closed_and_every_id_stands_once(outline: Outline) -> None:
    assert outline.open == []
    ids = Counter(attributes["id"] for _, attributes, _ in outline.tags if attributes.get("id"))
    assert [name for name, count in ids.items() if count > 1] == []


def test_every_link_and_label_leads_somewhere(outline: Outline) -> None:
    ids = {attributes.get("id") for _, attributes, _ in outline.tags}
    for tag, attributes, _ in outline.tags:
        for key in ("href", "aria-labelledby", "for"):
            target = attributes.get(key)
            if target is not None:
                assert target.removeprefix("#") in ids, f"<{tag} {key}={target}>"


def test_landmarks_and_language(pages: dict[str, str]) -> None:
    for language, page in pages.items():
        outline = Outline(page)
        assert outline.all("html")[0]["lang"] == language
        for landmark in ("header", "nav", "main", "footer"):
            assert len(outline.all(landmark)) == 1
        assert outline.all("nav")[0]["aria-labelledby"]


def test_headings_go_down_one_level_at_a_time(outline: Outline) -> None:
    levels = [int(tag[1]) for tag, _, _ in outline.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_table_has_a_caption_and_scoped_headers(outline: Outline) -> None:
    assert len(outline.all("table")) == len(outline.all("caption")) > 20
    assert {attributes.get("scope") for attributes in outline.all("th")} == {"col", "row"}


def test_every_image_has_an_alternative_and_lies_in_the_page(outline: Outline) -> None:
    images = outline.all("img")
    assert len(images) == 5
    for attributes in images:
        assert (attributes["alt"] or "").startswith("Alt “")
        assert (attributes["src"] or "").startswith("data:image/svg+xml,")
    for attributes in outline.all("source"):
        assert attributes["media"] == "(max-width: 599.98px)"
        assert not re.search(r"\s", attributes["srcset"] or "")


def test_nothing_is_fetched(pages: dict[str, str]) -> None:
    for page in pages.values():
        without_images = re.sub(r'"data:image[^"]*"', '""', page)
        assert not re.search(r"(?:src|href|url\()\s*=?\s*[\"']?(?:https?:)?//", without_images)
        assert "@import" not in page
        assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


def test_the_policy_allows_the_report_s_own_script_and_style_only(pages: dict[str, str]) -> None:
    for page in pages.values():
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
        assert policy is not None
        for opening in ("<style>", "<script>"):
            content = page.split(opening)[1].split(opening.replace("<", "</"))[0]
            digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
            assert digest in policy[1].replace("&#43;", "+")
        assert not re.search(r"<[^>]+ style=", re.sub(r'"data:image[^"]*"', '""', page))


def test_what_users_wrote_is_escaped(pages: dict[str, str]) -> None:
    assert "<proef>" not in pages["nl"]
    assert "&lt;proef&gt;" in pages["nl"]
    assert "&amp; &lt;betrokkenheid&gt;" in pages["nl"]
    assert "means_participation &lt;nl&gt;" in pages["nl"]


def test_simulated_data_are_marked_in_every_section(pages: dict[str, str], study: Study) -> None:
    for language, words in (("nl", "Gesimuleerde gegevens"), ("en", "Simulated data")):
        outline = Outline(pages[language])
        marked = [text for tag, text in outline.texts if tag == "p" and text == words]
        assert len(marked) == len(outline.all("section")) == 7 + len(study.themes)
        assert words in dict(outline.texts[:1])["title"]


def test_real_data_without_a_design_say_so_and_carry_no_mark(tmp_path: Path) -> None:
    study = write_study(tmp_path / "real", design=False)
    made = published_tables(study)
    made["verdicts"] = add_sentences(made["verdicts"], made["estimates"], study)
    page = render_report(study, made, tmp_path, language="nl")
    assert "Gesimuleerde" not in page
    assert "Elke organisatie telt één keer." in page
    assert "ongewogen" in page
    assert "vestiging" not in Outline(page).visible


def test_numbers_are_in_the_language_of_the_report(pages: dict[str, str]) -> None:
    assert "1.204" in pages["nl"]
    assert "1,204" in pages["en"]
    assert re.search(r">\d+,\d%<", pages["nl"])
    assert re.search(r">\d+\.\d%<", pages["en"])


def test_every_claim_stands_in_short_and_in_full(pages: dict[str, str], study: Study) -> None:
    page = pages["nl"]
    for name, claim in study.claims.items():
        assert page.count(f'href="#claim-{name}"') >= 3
        assert f'id="claim-{name}"' in page
        assert claim.wording["nl"] in page
    assert page.count("Onbeslist is niet hetzelfde als") >= 3


def test_the_figure_of_a_claim_stands_on_its_card_between_sentence_and_source(pages: dict[str, str]) -> None:
    for page in pages.values():
        cards = page.split('<article class="card')[1:]
        (card,) = [card for card in cards if 'id="claim-H1"' in card]
        order = [
            card.index(part)
            for part in ('class="chip', 'class="sentence"', "<img", 'class="quote"', 'class="fold"')
        ]
        assert order == sorted(order)
        assert f'alt="Alt “{CLAIM_FIGURE}”"' in card
        assert not any("<img" in other for other in cards if other is not card)


def test_the_latest_wave_comes_first_and_not_testable_claims_are_folded(
    pages: dict[str, str], tables: dict[str, pd.DataFrame]
) -> None:
    brief = pages["nl"].split('<section id="summary"')[1].split('<section id="sample"')[0]
    assert brief.index('data-wave="2022"') < brief.index('data-wave="2018"') < brief.index('data-wave="2014"')
    verdicts = tables["verdicts"]
    count = int(((verdicts["wave"] == "2022") & (verdicts["verdict"] == "not testable")).sum())
    assert f"{count} beweringen zijn niet te toetsen" in brief
    assert brief.index("<details") > brief.index("Ondersteund")
    assert "Deze toets is nog niet beschikbaar." in brief
    assert "Geen vraag gaat over certificering." in brief


def test_marks_brackets_and_suppressed_cells(
    tables: dict[str, pd.DataFrame], study: Study, tmp_path: Path
) -> None:
    table = tables["descriptives"].copy()
    here = (table["wave"] == "2022") & (table["measure"] == "S0_0") & (table["group_by"] == "sector5")
    changes: dict[str, dict[str, object]] = {
        "industry": {"estimate": 71.23, "p_value": 0.01, "cohens_d": 0.2, "difference_from_rest": 4.0},
        "trade": {"estimate": 61.23, "p_value": 0.01, "cohens_d": -0.19, "difference_from_rest": -4.0},
        "logistics": {"estimate": 51.23, "n": 29.0, "flag": "small", "p_value": 0.2},
        "services": {"flag": "suppressed", **dict.fromkeys(NUMBERS, np.nan)},
        "public": {"estimate": 0.0, "p_value": 0.9},
    }
    for group, change in changes.items():
        table.loc[here & (table["group"] == group), list(change)] = list(change.values())
    page = render_report(study, tables | {"descriptives": table}, tmp_path, language="nl")
    row = page.split("gemiddelde score naar sector, 2022")[2].split("<tr>")[2]
    cells = re.findall(r"<td.*?</td>", row, re.DOTALL)
    shown = [re.findall(r'"v">(.*?)<', cell)[0] for cell in cells]
    assert shown == ["71,2", "61,2", "(51,2)", "x", "-"]
    assert "▲" in cells[0]
    assert "▽" in cells[1]
    assert "duidelijk hoger dan de rest" in cells[0]
    assert not re.search(r"[▲▼△▽]", "".join(cells[2:]))
    assert "n =" not in cells[3]


def test_a_cell_that_is_not_published_is_unknown(
    tables: dict[str, pd.DataFrame], study: Study, tmp_path: Path
) -> None:
    table = tables["descriptives"]
    gone = (table["wave"] == "2018") & (table["measure"] == "S0_0")
    page = render_report(study, tables | {"descriptives": table[~gone]}, tmp_path, language="nl")
    row = page.split('href="#questions-S0_0"')[1].split("</tr>")[0]
    assert re.findall(r'"v">(.*?)<', row)[1] == "."


def test_the_filter_holds_published_cells_only(
    tables: dict[str, pd.DataFrame], pages: dict[str, str]
) -> None:
    data = re.search(r'id="cells">(.*?)</script>', pages["nl"], re.DOTALL)
    assert data is not None
    cells = json.loads(data[1])
    assert set(cells) == {"sector5", "size4"}
    assert set(cells["size4"]) == {"10-19", "20-49", "50-249", "250+"}
    suppressed = {text for text in cells["size4"]["250+"] if text}
    assert suppressed <= {"x", "."}
    numbers = {int(number) for number in re.findall(r'data-cell="(\d+)"', pages["nl"])}
    assert max(numbers) < len(cells["sector5"]["trade"])
    table = tables["descriptives"]
    row = table[(table["wave"] == "2014") & (table["measure"] == "S0_0") & (table["group"] == "trade")].iloc[
        0
    ]
    expected = f"{row['estimate']:.1f}".replace(".", ",")
    assert any(
        text.startswith(f"{expected}\t") and text.endswith("n = 98") for text in cells["sector5"]["trade"]
    )


def test_a_published_crossing_can_be_chosen(
    tables: dict[str, pd.DataFrame], study: Study, tmp_path: Path
) -> None:
    table = tables["descriptives"]
    crossed = table[table["group"] == "trade"].assign(group_by="sector5|size4", group="trade|10-19")
    page = render_report(
        study, tables | {"descriptives": pd.concat([table, crossed])}, tmp_path, language="nl"
    )
    data = re.search(r'id="cells">(.*?)</script>', page, re.DOTALL)
    assert data is not None
    cells = json.loads(data[1])
    assert cells["sector5|size4"] == {"trade|10-19": cells["sector5"]["trade"]}


def test_unweighted_numbers_beside_weighted_ones_are_not_mixed_in(
    tables: dict[str, pd.DataFrame], study: Study, pages: dict[str, str], figures: Path
) -> None:
    table = tables["descriptives"]
    both = pd.concat([table, table.assign(weight="none", estimate=1.0)], ignore_index=True)
    page = render_report(study, tables | {"descriptives": both}, figures, language="nl")
    assert page == pages["nl"]


def test_pairs_that_share_questions_are_not_called_strongest(
    tables: dict[str, pd.DataFrame], study: Study, tmp_path: Path
) -> None:
    table = tables["correlations"].assign(shared_items=0.0)
    first = (table["wave"] == "2022") & (table["x"] == "S0_0") & (table["y"] == "S0_1")
    table.loc[first, ["estimate", "shared_items"]] = [0.99, 2.0]
    page = render_report(study, tables | {"correlations": table}, tmp_path, language="nl")
    strongest, every = page.split('<section id="relations"')[1].split("<details", 1)
    assert ">0,99<" not in strongest
    assert ">0,99<" in every
    assert "deels dezelfde vragen" in every


def test_the_report_is_the_same_from_csv_files(
    tables: dict[str, pd.DataFrame], study: Study, figures: Path, pages: dict[str, str], tmp_path: Path
) -> None:
    for name, table in tables.items():
        write_table(name, table, tmp_path)
    assert render_report(study, read_tables(tmp_path), figures, language="nl") == pages["nl"]


def test_waves_read_as_numbers_are_still_names(
    tables: dict[str, pd.DataFrame], study: Study, figures: Path, pages: dict[str, str]
) -> None:
    numbered = {
        name: table.assign(wave=table["wave"].astype(int)) if "wave" in table else table
        for name, table in tables.items()
    }
    assert render_report(study, numbered, figures, language="nl") == pages["nl"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_tables_there_is_still_a_report(study: Study, tmp_path: Path, language: str) -> None:
    outline = Outline(render_report(study, {}, tmp_path, language=language))
    assert outline.open == []
    assert len(outline.all("section")) == 7 + len(study.themes)


def test_a_caption_without_its_drawing_is_the_user_s_mistake(
    tables: dict[str, pd.DataFrame], study: Study, tmp_path: Path
) -> None:
    draw_figures(tmp_path, study)
    (tmp_path / "sample_nl.svg").unlink()
    with pytest.raises(UserError, match=r"captions_nl\.json: sample: found no drawing"):
        render_report(study, tables, tmp_path, language="nl")


def test_a_wide_drawing_alone_will_do(tables: dict[str, pd.DataFrame], study: Study, tmp_path: Path) -> None:
    draw_figures(tmp_path, study)
    for narrow in tmp_path.glob("*_narrow.svg"):
        narrow.unlink()
    assert Outline(render_report(study, tables, tmp_path, language="nl")).all("source") == []


def test_the_report_of_a_large_study_stays_below_eight_megabytes(tmp_path: Path) -> None:
    study = write_study(tmp_path / "large", themes=7, indices=5, claims=44)
    made = published_tables(study)
    made["verdicts"] = add_sentences(made["verdicts"], made["estimates"], study)
    page = render_report(study, made, tmp_path, language="nl")
    # 25 figures, wide and narrow, of 75 kB each leave this much for everything else.
    assert len(page.encode()) < 8e6 - 50 * 75e3
