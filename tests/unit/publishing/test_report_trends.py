"""What the report says of trends that break, and of scores that waves do not share."""

from pathlib import Path

import pandas as pd
import pytest

from inspraak.publishing.pdf import content
from inspraak.publishing.published import Published
from inspraak.publishing.report import render_report
from inspraak.publishing.report_trends import not_comparable, trend_warnings
from inspraak.publishing.tables import conform
from inspraak.study.study import Study

from .made_up_study import draw_figures, write_study
from .made_up_tables import published_tables


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return write_study(tmp_path_factory.mktemp("trends") / "made-up", themes=2, indices=4, claims=2)


def change(measure: str, first: str, second: str, estimate: float, **more: object) -> dict[str, object]:
    return {
        **dict.fromkeys(("group_by", "group", "plausibility", "implausible_wave"), ""),
        **{"measure": measure, "from_wave": first, "to_wave": second, "comparable": True},
        **{"estimate": estimate, "standardised": estimate / 20, **more},
    }


def published(study: Study, language: str, *rows: dict[str, object]) -> Published:
    return Published(study, {"trends": conform("trends", pd.DataFrame(rows))}, language)


def test_nothing_is_said_of_plausible_trends(study: Study) -> None:
    rows = [change(name, "2014", "2018", 2.0) for name in study.indices]
    assert trend_warnings(published(study, "nl", *rows)) == ()
    assert trend_warnings(Published(study, {}, "nl")) == ()


def test_a_break_alone_is_told_with_its_points(study: Study) -> None:
    rows = [change(name, "2018", "2022", 2.0) for name in ("S0_1", "S0_2")]
    broken = change("S0_0", "2018", "2022", -12.34, plausibility="break")
    (dutch,) = trend_warnings(published(study, "nl", broken, *rows))
    assert dutch.startswith(
        "Let op: tussen 2018 en 2022 verschuift opvallend veel: ‘Invloed’ (12,3 punten omlaag). Dat kan echt zijn."
    )
    (english,) = trend_warnings(published(study, "en", broken, *rows))
    assert "between 2018 and 2022 this shifts remarkably far: ‘Influence’ (12.3 points down)" in english


def test_a_deviating_wave_is_named_with_what_returns(study: Study) -> None:
    into = {"plausibility": "spike", "implausible_wave": "2018"}
    rows = [
        change(name, "2014", "2018", 11.0 + number, **into)
        for number, name in enumerate(("S0_0", "S0_1", "S0_2"))
    ]
    rows += [change("S0_3", "2014", "2018", 1.0), change("S0_0", "2018", "2022", -12.0, **into)]
    (dutch,) = trend_warnings(published(study, "nl", *rows))
    assert dutch == (
        "Let op: tussen 2014 en 2018 verschuiven 3 van de 4 vergelijkbare scores tegelijk en opvallend veel: "
        "‘Vertrouwen’ (13,0 punten omhoog), ‘Bevlogenheid’ (12,0 punten omhoog) en ‘Invloed’ (11,0 punten omhoog). "
        "Eén daarvan keert in 2022 weer terug. Zoveel tegelijk verandert zelden echt. Het past eerder bij een "
        "afwijkende steekproef in 2018. Lees die meting niet als deel van een ontwikkeling."
    )
    lasting = [row | {"plausibility": "break"} for row in rows[:3]]
    (english,) = trend_warnings(published(study, "en", *lasting))
    assert english.endswith(
        "A deviating sample in 2014 or 2018 is more likely. Do not read the difference as a development."
    )


def test_many_scores_are_not_all_named(study: Study) -> None:
    into = {"plausibility": "break", "implausible_wave": "2018"}
    rows = [change(name, "2014", "2018", 11.0 + number, **into) for number, name in enumerate(study.indices)]
    (dutch,) = trend_warnings(published(study, "nl", *rows))
    assert dutch.count("punten omhoog") == 5
    assert "en 3 andere." in dutch


def test_scores_that_do_not_compare_are_told_with_their_reason(study: Study) -> None:
    reasons = {"S0_0": "other items: q1, q2; other scale: q3", "S0_1": "measured against its own wave"}
    rows = [change(name, "2014", "2018", 30.0, comparable=False, reason=why) for name, why in reasons.items()]
    rows.append(change("S0_0", "2018", "2022", 1.0, comparable=False, reason="other scale: q3"))
    shown = published(study, "nl", *rows)
    assert not_comparable(shown, ["S0_0", "S0_1"]) == (
        "Tussen 2018 en 2022 is niet te vergelijken: ‘Invloed’ (niet dezelfde antwoorden).",
        "Tussen 2014 en 2018 is niet te vergelijken: ‘Invloed’ (niet dezelfde vragen en niet dezelfde antwoorden) en "
        "‘Bevlogenheid’ (elke meting heeft haar eigen maatstaf).",
    )
    assert not_comparable(shown, ["S0_2"]) == ()


@pytest.mark.parametrize("language", ["nl", "en"])
def test_page_and_pages_open_with_the_warning(study: Study, tmp_path: Path, language: str) -> None:
    tables = published_tables(study)
    figures = draw_figures(tmp_path / "figures", study)
    page = render_report(study, tables, figures, language=language)
    shown = Published(study, tables, language)
    (warning,) = trend_warnings(shown)
    head = page[: page.index('id="main"')]
    assert head.count('class="frame-warning"') == 1
    assert warning in head
    made = content(shown, ())
    assert made["warnings"] == [warning]
    told = not_comparable(shown, study.indices)
    assert len(told) == 2
    for sentence in [line for theme in made["themes"] for line in theme["incomparable"]]:
        assert sentence in page
    assert any(theme["incomparable"] for theme in made["themes"])
