"""The section on measurement: verdicts by declared limits, reasons in words, and the same in pages and workbook."""

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from inspraak.publishing.language import LANGUAGES, words
from inspraak.publishing.measurement_numbers import numbers, written
from inspraak.publishing.pdf import content
from inspraak.publishing.published import Published
from inspraak.publishing.report import render_report
from inspraak.publishing.report_measurement import measurement
from inspraak.publishing.report_models import fit_grade, models, scorings
from inspraak.publishing.report_reliability import coefficient, grade, reason, similar_pairs
from inspraak.publishing.tables import conform
from inspraak.publishing.workbook import write_workbook
from inspraak.study.study import Study

from .made_up_measurement import compared, measurement_tables, verdicts
from .made_up_study import write_study
from .made_up_tables import published_tables

Tables = dict[str, pd.DataFrame]
PLAIN = {
    "harman": float("nan"),
    "marker_constrained": 0.01,
    "marker_unconstrained": 0.4,
    "method_factor": 0.01,
}
"""p of each step of method variance against the one before it, where none is asked otherwise."""


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return write_study(tmp_path_factory.mktemp("measured") / "made-up", themes=2, indices=4, claims=2)


@pytest.fixture(scope="module")
def tables(study: Study) -> Tables:
    return compared(study, published_tables(study) | measurement_tables(study))


def with_rows(study: Study, name: str, *rows: dict[str, object]) -> Published:
    return Published(study, {name: conform(name, pd.DataFrame(rows))}, "nl")


def test_what_counts_follows_the_number_of_questions_and_what_is_known() -> None:
    two = {"n_items": 2, "spearman_brown": 0.6, "omega": 0.9, "alpha": 0.7}
    found = coefficient(two)
    assert found is not None
    assert (found.name, found.value) == ("spearman_brown", 0.6)
    found = coefficient({"n_items": 3, "omega": 0.81, "alpha": 0.7, "omega_low": 0.7, "omega_high": 0.9})
    assert found is not None
    assert (found.name, found.low, found.high) == ("omega", 0.7, 0.9)
    found = coefficient({"n_items": 3, "omega": float("nan"), "alpha": 0.7})
    assert found is not None
    assert found.name == "alpha"
    assert coefficient({"n_items": 1}) is None


@pytest.mark.parametrize(
    ("alpha", "graded"), [(0.80, "good"), (0.7999, "sufficient"), (0.70, "sufficient"), (0.69, "weak")]
)
def test_grades_change_at_the_declared_limits(study: Study, alpha: float, graded: str) -> None:
    row = {"wave": "2022", "index": "S0_0", "type": "reflective", "n_items": 3, "n": 100, "alpha": alpha}
    published = with_rows(study, "reliability", row)
    assert grade(published, published.rows("reliability")[0]) == graded
    formative = with_rows(study, "reliability", row | {"index": "S0_1"})
    assert grade(formative, formative.rows("reliability")[0]) == "formative"


@pytest.mark.parametrize(
    ("change", "graded"),
    [
        ({"cfi": 0.95, "rmsea": 0.06}, "good"),
        ({"cfi": 0.96, "rmsea": 0.061}, "fair"),
        ({"cfi": 0.90, "rmsea": 0.08}, "fair"),
        ({"cfi": 0.89, "rmsea": 0.02}, "bad"),
        ({"df": 0}, "exact"),
        ({"status": "improper"}, "improper"),
        ({"cfi": float("nan")}, "unknown"),
    ],
)
def test_fit_is_graded_by_both_indices_and_only_of_usable_solutions(
    change: dict[str, object], graded: str
) -> None:
    assert fit_grade({"status": "converged", "df": 24, "cfi": 0.97, "rmsea": 0.03} | change) == graded


def test_reasons_are_said_in_words_with_the_questions_they_name(study: Study) -> None:
    published = Published(study, {}, "nl")
    said = reason(published, "no variance: q0_0_0; too few rows; no variance: q0_0_0")
    question = study.short_label("q0_0_0", "nl")
    assert said == (
        f"Iedereen gaf hetzelfde antwoord (‘{question}’). Te weinig vestigingen hebben geantwoord."
    )
    assert reason(published, "not converged") == "De berekening kwam niet tot een uitkomst."
    assert reason(published, "improper: S0_0").endswith("is niet gebruikt.")
    assert reason(published, "struck by lightning") == "De reden die de analyse geeft: struck by lightning."
    assert reason(published, "") == ""


def test_models_are_told_with_their_rivals_and_the_way_of_asking(study: Study, tables: Tables) -> None:
    (model,) = models(Published(study, tables, "nl"), ())
    assert model.label == "Alle schalen"
    assert model.sentences == (
        "Het model past redelijk bij de antwoorden van 2022 (CFI 0,92, RMSEA 0,07).",
        "Eerder: 2014 goed en 2018 slecht.",
        "Met één schaal voor alle vragen past het slechter (CFI 0,12 lager). De schalen meten dus verschillende "
        "dingen.",
        "Voor aparte schalen onder één overkoepelende schaal is er geen bruikbare uitkomst.",
        "Van de verschillen in antwoorden wordt 4% gedeeld met vragen die er niets mee te maken hebben. Dat deel zegt "
        "iets over de manier van vragen, niet over het onderwerp.",
        "Rekenen we dat eraf, dan verandert de samenhang van ‘Invloed’ met ‘Bevlogenheid 2’ het meest: van 0,40 naar "
        "0,33.",
    )


def test_the_shared_part_is_that_of_the_step_that_may_be_used(study: Study) -> None:
    steps = {"harman": 0.3, "marker_constrained": 0.04, "marker_unconstrained": 0.09, "method_factor": 0.2}

    def said(**change: dict[str, object]) -> str:
        rows = [
            {
                "wave": "2022",
                "model": "scales",
                "step": step,
                "n": 99,
                "status": "converged",
                "variance_share": share,
            }
            | {"p_difference": PLAIN[step], **change.get(step, {})}
            for step, share in steps.items()
        ]
        fit = {
            "wave": "2022",
            "model": "scales",
            "structure": "correlated",
            "declared": True,
            "status": "improper",
        }
        tables = {"method": conform("method", pd.DataFrame(rows)), "fit": conform("fit", pd.DataFrame([fit]))}
        (model,) = models(Published(study, tables, "en"), ())
        return model.sentences[-1]

    assert "4% is shared with questions" in said()
    assert "9% is shared with questions" in said(marker_unconstrained={"p_difference": 0.049})
    assert said(marker_constrained={"p_difference": 0.05}).startswith("That the way of asking colours")
    failed: dict[str, object] = {"status": "improper"}
    assert "20% has one source behind all questions" in said(marker_constrained=failed)
    assert "30% has one common denominator" in said(marker_constrained=failed, method_factor=failed)


def test_a_model_that_failed_is_told_and_not_graded(study: Study, tables: Tables) -> None:
    failed = tables["fit"].assign(status="not converged")
    (model,) = models(Published(study, tables | {"fit": failed}, "en"), ())
    assert model.sentences[0] == "For 2022 there is no usable result. The calculation did not reach a result."
    assert not any("well" in sentence or "CFI" in sentence for sentence in model.sentences)


def test_a_rival_is_not_compared_with_a_model_that_failed(study: Study, tables: Tables) -> None:
    fit = tables["fit"].copy()
    declared = fit["declared"].astype(str) == "True"
    fit.loc[declared, ["status", "reason"]] = ["improper", "negative variance: q0_0_0"]
    fit.loc[~declared, "delta_cfi"] = float("nan")
    (model,) = models(Published(study, tables | {"fit": fit}, "nl"), ())
    assert model.sentences[0].startswith(
        "Voor 2022 is er geen bruikbare uitkomst. De uitkomst kan niet kloppen"
    )
    assert not any("één schaal voor alle vragen" in sentence for sentence in model.sentences)
    assert any(
        "overkoepelende schaal is er geen bruikbare uitkomst" in sentence for sentence in model.sentences
    )


def test_pairs_that_look_alike_are_named_from_the_limit_on(study: Study) -> None:
    pair = {"wave": "2022", "model": "scales", "x": "S0_0", "y": "S0_2", "n": 100, "htmt": 0.85}
    published = with_rows(study, "discriminant", pair)
    (said,) = similar_pairs(published, published.rows("discriminant"))
    assert said.startswith("Deze scores lijken sterk op elkaar: ‘Invloed’ en ‘Vertrouwen’ (0,85).")
    apart = with_rows(study, "discriminant", pair | {"htmt": 0.8499})
    (said,) = similar_pairs(apart, apart.rows("discriminant"))
    assert said.startswith("Geen twee scores lijken zo sterk op elkaar")
    assert list(similar_pairs(published, [])) == []


def test_other_scorings_are_told_by_their_lowest_rank_correlation(study: Study, tables: Tables) -> None:
    (said,) = scorings(Published(study, tables, "nl"))
    assert said.endswith("(rangcorrelatie ten minste 0,97).")
    low = tables["scorings"].copy()
    low.loc[(low["wave"] == "2022") & (low["scoring"] == "factor"), "rank_correlation"] = 0.83
    (said,) = scorings(Published(study, tables | {"scorings": low}, "en"))
    assert said.startswith("Not every way of calculating gives the same order of establishments.")
    assert "factor scores (rank correlation 0.83)" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_score_has_its_verdict_in_words_and_signs(study: Study, tables: Tables, language: str) -> None:
    made = measurement(Published(study, tables, language))
    text = words(language)["comparable"]
    judged = verdicts(study)
    shared = set()
    for score in (*made.scores, *made.others):
        if score.index in judged:
            over_groups = [one.word for one in score.compared[1:]]
            assert over_groups == [text[judged[score.index]]] * len(study.groups)
            shared |= {(one.sign, one.word) for one in score.compared[1:]}
        else:
            assert {one.word for one in score.compared[1:]} == {text["not needed"]}
    signs = {"yes": "✓", "partial": "~", "no": "≠", "not testable": "?"}
    assert shared == {(sign, text[verdict]) for verdict, sign in signs.items()}
    assert len(made.columns) == 1 + len(study.groups)
    asked_otherwise = Published(study, tables, language).asked_otherwise
    over_waves = {score.index: score.compared[0].word for score in (*made.scores, *made.others)}
    assert all(over_waves[index] == text["no"] for index in asked_otherwise)


def test_reasons_are_told_worst_first_with_what_differs(study: Study, tables: Tables) -> None:
    made = measurement(Published(study, tables, "nl"))
    told = [(one.score, one.over, one.word, one.why) for one in made.reasons]
    everywhere = "over de metingen, naar sector en naar grootte"
    question = study.short_label("q0_2_0", "nl")
    otherwise = "De vragen of de antwoorden waren niet in elke meting dezelfde."
    assert told == [
        ("Vertrouwen", "over de metingen", "nee", otherwise),
        ("Vertrouwen 2", "over de metingen", "nee", otherwise),
        (
            "Bevlogenheid 2",
            everywhere,
            "nee",
            "Bij een gelijke score kiest men niet overal dezelfde antwoorden.",
        ),
        ("Vertrouwen", everywhere, "deels", f"Niet overal gelijk: ‘{question}’."),
        (
            "Wendbaarheid 2",
            everywhere,
            "niet te toetsen",
            "Met zo weinig vragen is er niets over om te toetsen.",
        ),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_pages_and_workbook_say_the_same(
    study: Study, tables: Tables, language: str, tmp_path: Path
) -> None:
    page = render_report(study, tables, tmp_path / "none", language=language)
    section = page[page.index('<section id="measurement"') : page.index('<section id="claims"')]
    made = measurement(Published(study, tables, language))
    pages = content(Published(study, tables, language), ())["measurement"]
    assert pages["tested"]
    write_workbook(study, tables, tmp_path / "tables.xlsx", language=language)
    sheet = openpyxl.load_workbook(tmp_path / "tables.xlsx")[
        words(language)["workbook"]["sheets"]["measurement"]
    ]
    cells = " ".join(str(cell) for row in sheet.values for cell in row if cell is not None)
    for sentence in (*made.remarks, *(line for model in made.models for line in model.sentences)):
        assert sentence in section
        assert sentence in pages["remarks"] or any(
            sentence in model["sentences"] for model in pages["models"]
        )
        assert all(part in cells for part in sentence.split(". ")[:1])
    for score in (*made.scores, *made.others):
        assert score.trust.word.casefold() in cells.casefold()
    assert section.count("<details") == 2 + len(made.numbers)


def test_a_study_without_scales_says_so_in_one_sentence(study: Study, tables: Tables, tmp_path: Path) -> None:
    lists = {name: study.indices[name] for name in study.indices if study.indices[name].type == "formative"}
    reliability = tables["reliability"]
    only = {"reliability": reliability[reliability["index"].isin(list(lists))]}
    for given in (only, {}):
        page = render_report(study, given, tmp_path / "none", language="en")
        section = page[page.index('<section id="measurement"') : page.index('<section id="claims"')]
        assert words("en")["report"]["measurement"]["none"] in section
        assert words("en")["report"]["measurement"]["lead"] not in section
        assert not content(Published(study, given, "en"), ())["measurement"]["tested"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_columns_without_a_number_are_left_out(study: Study, tables: Tables, language: str) -> None:
    by_name = {
        table.name: table
        for table in numbers(Published(study, tables, language))
        if table.wave in ("2022", "")
    }
    assert set(by_name) == {
        "reliability", "item_statistics", "fit", "discriminant", "method", "invariance",
    }  # fmt: skip
    assert "spearman_brown" not in [field.key for field in by_name["reliability"].fields]
    assert "overlap" in [field.key for field in by_name["reliability"].fields]
    assert "correlation_method" not in [field.key for field in by_name["discriminant"].fields]
    for table in written(Published(study, tables, language)):
        assert all(len(row) == len(table.head) for row in table.rows)
        assert "nan" not in " ".join(cell for row in table.rows for cell in row).casefold()


def test_no_row_of_the_workbook_has_a_base_alone(study: Study, tables: Tables, tmp_path: Path) -> None:
    """A base without a number beside it tells nothing, and the audit of results refuses it."""
    one = tables["reliability"].assign(
        n_items=tables["reliability"]["n_items"].where(tables["reliability"]["index"] != "S0_1", 1)
    )
    one["overlap"] = one["overlap"].where(one["index"] != "S0_3")
    write_workbook(study, tables | {"reliability": one}, tmp_path / "tables.xlsx", language="nl")
    sheet = openpyxl.load_workbook(tmp_path / "tables.xlsx")[words("nl")["workbook"]["sheets"]["measurement"]]
    counts = [sum(isinstance(cell, int | float) for cell in row) for row in sheet.values]
    assert 1 not in counts
    assert max(counts) > 5
