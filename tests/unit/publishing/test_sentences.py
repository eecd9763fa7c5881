import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from inspraak.hypotheses import result
from inspraak.publishing.language import LANGUAGES, words
from inspraak.publishing.report_claims import VERDICTS
from inspraak.publishing.sentence_numbers import size_word
from inspraak.publishing.sentences import add_sentences, reason_sentence, sentence
from inspraak.publishing.verdict_notes import certainty, remark
from inspraak.study import comparability
from inspraak.study.kinds import (
    FormContest,
    Incremental,
    Trend,
    Typology,
    WithinEmployer,
)
from inspraak.study.parts import Part
from inspraak.study.study import Study

from .made_up_study import write_study
from .made_up_tables import published_tables


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return write_study(tmp_path_factory.mktemp("study") / "demo", claims=12)


def estimates(*rows: tuple[str, str, float], part: str = "") -> list[Mapping[str, Any]]:
    names = ["part", "term", "outcome", "std_estimate", "std_ci_low", "std_ci_high", "n"]
    values = [(part, x, y, value, value - 0.1, value + 0.1, 452) for x, y, value in rows]
    return [dict(zip(names, row)) for row in values]


def say(
    study: Study,
    verdict: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    claim: str = "H3",
    reason: str = "",
    language: str = "nl",
) -> str:
    row: Mapping[str, Any] = {"verdict": verdict, "reason": reason}
    return sentence(study.claims[claim], row, rows, study=study, language=language)


def test_a_supported_association_says_size_in_words_and_numbers(study: Study) -> None:
    said = say(study, "supported", estimates(("S0_0", "S0_1", 0.234)))
    assert said == (
        "Een hogere score op ‘Invloed’ hangt samen met een hogere score op ‘Bevlogenheid’ "
        "(matige samenhang: 0,23; 95%-interval 0,13 tot 0,33)."
    )


def test_the_same_in_english(study: Study) -> None:
    said = say(study, "supported", estimates(("S0_0", "S0_1", 0.15)), language="en")
    assert said == (
        "A higher score on ‘Influence’ goes together with a higher score on ‘Engagement’ "
        "(weak association: 0.15; 95% interval 0.05 to 0.25)."
    )


@pytest.mark.parametrize(
    ("unit", "value", "language", "said"),
    [
        ("percentage points", 7.04, "nl", "; dat is 7,0 procentpunten)"),
        ("points", -2.4, "en", "; that is −2.4 points)"),
        ("scale points", 0.254, "en", "; that is 0.25 scale points)"),
        ("units", 0.3, "nl", "0,05 tot 0,25)"),
        ("points", np.nan, "nl", "0,05 tot 0,25)"),
    ],
)
def test_a_directed_association_says_its_own_unit_where_that_has_a_name(
    study: Study, unit: str, value: float, language: str, said: str
) -> None:
    row = {**estimates(("S0_0", "S0_1", 0.15))[0], "natural_unit": unit, "natural_estimate": value}
    assert said in say(study, "supported", [row], language=language)
    assert "0.25)" in say(study, "inconclusive", [row], language="en")


@pytest.mark.parametrize(
    ("verdict", "language", "said"),
    [
        (
            "supported",
            "nl",
            "(1,79 keer zo veel bij één standaarddeviatie meer; 95%-interval 1,20 tot 2,67).",
        ),
        (
            "supported",
            "en",
            "(1.79 times as many at one standard deviation more; 95% interval 1.20 to 2.67).",
        ),
        (
            "inconclusive",
            "nl",
            "(1,79 keer zo veel bij één standaarddeviatie meer; 95%-interval 1,20 tot 2,67).",
        ),
    ],
)
def test_a_count_is_said_as_a_ratio_without_a_size_in_standard_deviations(
    study: Study, verdict: str, language: str, said: str
) -> None:
    """A skewed count has a large standard deviation, so that a ratio of 1.8 would be called nearly nothing."""
    of_count = {
        "natural_unit": "rate ratio",
        "natural_estimate": 1.787,
        "natural_ci_low": 1.2,
        "natural_ci_high": 2.67,
    }
    text = say(study, verdict, [{**estimates(("S0_0", "S0_1", 0.04))[0], **of_count}], language=language)
    assert said in text
    assert "0,04" not in text.replace("0.04", "0,04")


def test_a_negative_association_is_said_as_lower(study: Study) -> None:
    said = say(study, "contradicted", estimates(("S0_0", "S0_1", -0.4)))
    assert said.startswith(
        "Anders dan de bewering zegt, hangt een hogere score op ‘Invloed’ samen met een lagere"
    )
    assert "sterke samenhang: −0,40" in said


def test_several_outcomes_stand_in_one_sentence(study: Study) -> None:
    said = say(study, "supported", estimates(("S0_0", "S0_1", 0.2), ("S0_0", "S1_0", 0.12)))
    assert said.count("hangt samen met") == 1
    assert ") en een hogere score op ‘Bevlogenheid 2’ (" in said


def test_many_outcomes_are_counted(study: Study) -> None:
    rows = estimates(*[("S0_0", "S0_1", value) for value in (0.2, 0.3, -0.05, 0.15)])
    said = say(study, "inconclusive", rows)
    assert "Van de 4 onderzochte samenhangen wijzen er 3 de genoemde kant op" in said
    assert "De kleinste is −0,05" in said


def test_parts_that_do_not_decide_are_not_mentioned(study: Study) -> None:
    claim = study.claims["H3"]
    shown = claim.parts[""].model_copy(update={"necessary": False, "sign": "-"})
    both = claim.model_copy(update={"parts": {"a": claim.parts[""], "b": shown}})
    deciding, other = estimates(("S0_0", "S0_1", 0.2), part="a"), estimates(("S1_0", "S1_1", 0.4), part="b")
    said = sentence(both, {"verdict": "supported"}, [*deciding, *other], study=study, language="nl")
    assert "0,20" in said
    assert "0,40" not in said


def test_each_part_is_counted_by_its_own_sign(study: Study) -> None:
    claim = study.claims["H3"]
    minus = claim.parts[""].model_copy(update={"sign": "-"})
    both = claim.model_copy(update={"parts": {"a": claim.parts[""], "b": minus}})
    plus = estimates(("S0_0", "S0_1", 0.2), ("S0_0", "S0_1", 0.1), part="a")
    rows = [*plus, *estimates(("S0_0", "S1_1", -0.3), ("S0_0", "S1_1", 0.3), part="b")]
    said = sentence(both, {"verdict": "inconclusive"}, rows, study=study, language="nl")
    assert "Van de 4 onderzochte samenhangen wijzen er 3 de genoemde kant op" in said


def test_items_and_variables_are_named_as_what_they_are(study: Study) -> None:
    said = say(study, "supported", estimates(("log_size", "q0_0_0", 0.2)))
    assert said.startswith(
        "Een hogere waarde voor ‘grootte (log)’ hangt samen met een hoger antwoord op ‘Medewerkers hebben invloed"
    )


@pytest.mark.parametrize("verdict", ["equivalent to nil", "inconclusive"])
def test_what_is_not_decided_gets_no_direction(study: Study, verdict: str) -> None:
    said = say(study, verdict, estimates(("S0_0", "S0_1", 0.02)))
    assert "hogere" not in said
    assert "‘Invloed’" in said
    assert "0,02; 95%-interval −0,08 tot 0,12" in said


def test_a_kind_without_words_of_its_own_speaks_of_the_claim(study: Study) -> None:
    claim = study.claims["H2"]
    part = Typology(kind="typology", items=("S0_0", "S0_1")).model_copy(update={"kind": "new"})
    other = claim.model_copy(update={"parts": {"": part}})
    row: Mapping[str, Any] = {"verdict": "supported", "reason": ""}
    said = sentence(other, row, estimates(("S0_0", "S0_1", 0.1)), study=study, language="nl")
    assert said == "De cijfers ondersteunen de bewering (0,10; 95%-interval 0,00 tot 0,20)."


def typed(study: Study, verdict: str, *, outcomes: bool = True, language: str = "nl") -> str:
    """Say what a claim of three types found, which lie furthest apart in the second outcome."""
    part = Typology(kind="typology", items=("S0_0", "S0_1"), outcomes=("S1_0", "S1_1") if outcomes else ())
    claim = study.claims["H2"].model_copy(update={"parts": {"": part}})
    rows = [
        {"outcome": "", "term": f"class {place}", "natural_estimate": share, "decides": False}
        for place, share in ((1, 50.4), (2, 30.0), (3, 19.6))
    ]
    for outcome, apart in (("S1_0", 0.4), ("S1_1", -0.7)) if outcomes else ():
        rows.append({"outcome": outcome, "term": "3 classes", "std_estimate": 0.3})
        rows += [
            {
                "outcome": outcome, "term": f"class {high} vs class {low}", "std_estimate": apart * (high - low),
                "std_ci_low": -0.1, "std_ci_high": 0.9, "natural_estimate": 12.5, "natural_unit": "points",
                "decides": False,
            }
            for high, low in ((2, 1), (3, 1), (3, 2))
        ]  # fmt: skip
    if not outcomes:
        rows.append({"outcome": "", "term": "3 classes", "std_estimate": 0.8})
    empty = {"part": "", "kind": "typology", "n": 493, "std_estimate": math.nan, "natural_estimate": math.nan}
    row: Mapping[str, Any] = {"verdict": verdict, "reason": ""}
    return sentence(claim, row, [empty | one for one in rows], study=study, language=language)


def test_types_are_told_with_their_sizes_and_what_they_differ_in(study: Study) -> None:
    said = typed(study, "supported")
    assert said.startswith(
        "De antwoorden wijzen op 3 soorten vestigingen, van laag naar hoog 50%, 30% en 20%."
    )
    assert "De soort hangt samen met" in said
    assert said.count("soort 3 tegenover soort 1") == 2
    assert "0,80; 95%-interval −0,10 tot 0,90" in said
    assert "−1,40" in said
    english = typed(study, "inconclusive", language="en")
    assert english.startswith("The answers point to 3 types of")
    assert "do not settle whether the types differ in" in english


@pytest.mark.parametrize("verdict", ["supported", "contradicted", "equivalent to nil", "inconclusive"])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_types_without_an_outcome_are_told_alone(study: Study, verdict: str, language: str) -> None:
    said = typed(study, verdict, outcomes=False, language=language)
    assert "{" not in said
    assert "3" in said
    assert "S1" not in said


FORMS = FormContest(kind="form_contest", conditions=("S0_0", "S0_1"), y="S1_0")
ADDED = Incremental(kind="incremental", x="S0_0", y="S0_1")


@pytest.mark.parametrize(
    ("part", "verdict", "term", "gain", "said"),
    [
        (
            FORMS,
            "supported",
            "weakest_link of S0_0, S0_1",
            0.02,
            "De zwakste schakel past duidelijk beter (verschil",
        ),
        (FORMS, "contradicted", "product of S0_0, S0_1", -0.02, "De optelsom past duidelijk beter (verschil"),
        (
            FORMS,
            "inconclusive",
            "product of S0_0, S0_1",
            0.02,
            "Het product past het best, maar niet duidelijk",
        ),
        (
            FORMS,
            "inconclusive",
            "product of S0_0, S0_1",
            -0.02,
            "De optelsom past het best, maar niet duidelijk",
        ),
        (
            ADDED,
            "supported",
            "S0_0 beyond S1_0",
            0.02,
            "Ook naast ‘Bevlogenheid 2’ is er samenhang van ‘Invloed’ met",
        ),
        (
            ADDED,
            "inconclusive",
            "S0_0",
            0.02,
            "De cijfers geven geen uitsluitsel over de samenhang van ‘Invloed’",
        ),
    ],
)
def test_explained_differences_are_said_in_percentage_points(
    study: Study, part: Part, verdict: str, term: str, gain: float, said: str
) -> None:
    claim = study.claims["H2"].model_copy(update={"parts": {"": part}})
    row: Mapping[str, Any] = {"verdict": verdict, "reason": ""}
    written = sentence(claim, row, estimates((term, "S0_1", gain)), study=study, language="nl")
    assert said in written
    assert f"{'−' if gain < 0 else ''}2,0 procentpunt" in written
    assert "leidt" not in written


def test_outcomes_with_the_same_baseline_share_a_sentence(study: Study) -> None:
    claim = study.claims["H2"].model_copy(update={"parts": {"": ADDED}})
    rows = estimates(("S0_0 beyond S1_0", "S0_1", 0.02), ("S0_0 beyond S1_0", "S1_1", 0.03))
    row: Mapping[str, Any] = {"verdict": "supported", "reason": ""}
    said = sentence(claim, row, rows, study=study, language="nl")
    assert said.count("Ook naast") == 1
    assert "2,0 procentpunt" in said
    assert said.endswith("3,0 procentpunt meer van de verschillen verklaard; 95%-interval −7,0 tot 13,0).")


def test_a_way_is_said_without_an_order_of_events(study: Study) -> None:
    assert study.claims["H2"].kind == "mediation"
    said = say(study, "supported", estimates(("S0_0 via S1_0", "S0_1", 0.1)), claim="H2")
    assert said.startswith("De cijfers passen bij een weg van ‘Invloed’ via ‘")
    assert said.endswith(
        "naar ‘Bevlogenheid’ (0,10; 95%-interval 0,00 tot 0,20). De volgorde kan één meting niet laten zien."
    )


def test_a_verdict_without_a_standardised_estimate_still_has_a_sentence(study: Study) -> None:
    assert say(study, "inconclusive", estimates()) == "De cijfers geven geen uitsluitsel over de bewering."


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "reason",
    [
        result.TOO_FEW,
        result.NO_VARIANCE,
        result.COLLINEAR,
        result.NO_RESULT,
        f"{result.NOT_ASKED}: q0_0_0, q0_0_1",
        f"{result.KIND_NOT_AVAILABLE}: mediation",
        result.DECLARED,
        result.BIC_TOO_CLOSE,
        result.AGAINST_CLAIM,
        result.NO_GAIN,
        result.ONE_WAVE,
        result.NOT_INVARIANT,
        result.TOO_FEW_RETURNING,
        comparability.OTHER_ITEMS,
        comparability.OTHER_SCALE,
        comparability.OWN_WAVE,
    ],
)
def test_every_reason_of_the_tests_is_said_in_words(study: Study, reason: str, language: str) -> None:
    said = reason_sentence(study.claims["H3"], reason, unit=study.unit, language=language)
    assert reason not in said
    assert said in {
        text.format(units=words(language)["units"][study.unit]["plural"], reason="")
        for key, text in words(language)["reasons"].items()
        if key != "other"
    }


def test_a_kind_that_is_not_available_is_said_as_the_contract_has_it(study: Study) -> None:
    said = say(study, "not testable", estimates(), reason="kind not available: mediation")
    assert said == "Deze toets is nog niet beschikbaar."


def test_equal_reasons_are_said_once_and_different_ones_after_each_other(study: Study) -> None:
    reason = "kind not available: trend; kind not available: joint; too few employers"
    said = reason_sentence(study.claims["H3"], reason, unit="establishment", language="nl")
    assert (
        said
        == "Deze toets is nog niet beschikbaar. Te weinig vestigingen hebben alle vragen hierover beantwoord."
    )


def test_a_declared_reason_is_the_study_s_own(study: Study) -> None:
    assert study.claims["H5"].kind == "untested"
    said = say(study, "not testable", estimates(), claim="H5", reason=result.DECLARED)
    assert said == "Geen vraag gaat over certificering."


def test_a_reason_without_words_is_shown_as_it_is(study: Study) -> None:
    said = reason_sentence(study.claims["H3"], "strange thing", unit="firm", language="en")
    assert "strange thing" in said


def test_a_reason_beside_a_verdict_follows_it(study: Study) -> None:
    said = say(study, "inconclusive", estimates(("S0_0", "S0_1", 0.1)), reason="too few employers")
    assert said.endswith("Te weinig vestigingen hebben alle vragen hierover beantwoord.")


@pytest.mark.parametrize(
    ("estimate", "key"),
    [(0.0999, "very_weak"), (-0.1, "weak"), (0.2, "moderate"), (-0.3, "strong"), (2.0, "strong")],
)
def test_words_for_sizes(estimate: float, key: str) -> None:
    assert size_word(estimate, language="nl") == words("nl")["sizes"][key]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verdict", VERDICTS)
def test_the_remark_stands_beside_inconclusive_only(verdict: str, language: str) -> None:
    said = remark(
        {"verdict": verdict, "detectable_effect": 0.15}, 452, unit="establishment", language=language
    )
    assert bool(said) == (verdict == "inconclusive")
    if said:
        assert "13%" in said
        assert "65%" in said
        assert "452" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_contest_of_forms_has_a_remark_of_its_own(language: str) -> None:
    row = {"verdict": "inconclusive", "detectable_effect": 0.012}
    said = remark(row, 493, unit="establishment", language=language, kinds={"form_contest"})
    assert "48%" in said
    assert {"nl": "1,2 procentpunt", "en": "1.2 percentage points"}[language] in said
    assert "65%" not in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_differences_between_groups_have_a_remark_of_their_own(language: str) -> None:
    row = {"verdict": "inconclusive", "detectable_effect": float("nan")}
    said = remark(row, 944, unit="establishment", language=language, kinds={"heterogeneity"})
    assert "65%" not in said
    assert "944" in said


def test_certainty(study: Study) -> None:
    row = {"verdict": "supported", "strong": "True", "p_adjusted": 0.004, "family_size": 9.0}
    said = certainty(study.claims["H3"], row, language="nl")
    assert said == (
        "Aangetoond, ook bij een voorzichtige schatting groter dan 0,10. p = 0,004, na correctie voor 9 beweringen."
    )
    weak = certainty(study.claims["H3"], row | {"strong": "False", "same_sign_share": 0.98}, language="nl")
    assert "minder zeker" in weak
    assert "98%" in weak


def test_the_p_of_no_difference_is_not_shown_for_equivalence(study: Study) -> None:
    row = {"verdict": "equivalent to nil", "strong": "False", "p_adjusted": 0.8, "family_size": 9.0}
    assert "p =" not in certainty(study.claims["H3"], row, language="nl")


def test_every_verdict_of_a_study_gets_a_sentence_in_both_languages(study: Study) -> None:
    tables = published_tables(study)
    before = tables["verdicts"].copy()
    filled = add_sentences(tables["verdicts"], tables["estimates"], study)
    pd.testing.assert_frame_equal(tables["verdicts"], before)
    unchanged = [column for column in before if not column.startswith("sentence_")]
    pd.testing.assert_frame_equal(filled[unchanged], before[unchanged])
    for language in LANGUAGES:
        said = filled[f"sentence_{language}"]
        assert np.all(said.str.endswith("."))
        assert not said.str.contains(r"leidt tot|causes|leads to|effect|nan|\{", case=False).any()
    assert set(filled["verdict"]) == set(VERDICTS)


def test_the_study_may_lie_anywhere(tmp_path: Path) -> None:
    study = write_study(tmp_path / "elsewhere", design=False)
    said = reason_sentence(study.claims["H3"], "too few employers", unit=study.unit, language="nl")
    assert "organisaties" in said


@pytest.fixture
def over_waves(study: Study) -> Study:
    """The study with H3 as a claim on the same employers and H4 as a trend."""
    within = WithinEmployer.model_validate(
        {"kind": "within_employer", "x": "S0_0", "y": ["S0_1"], "sign": "+"}
    )
    trend = Trend.model_validate({"kind": "trend", "y": ["S0_0"], "sign": "+"})
    claims = {
        name: study.claims[name].model_copy(update={"parts": {"": part}})
        for name, part in (("H3", within), ("H4", trend))
    }
    return replace(study, claims={**study.claims, **claims})


def within_rows(value: float, model: str) -> list[Mapping[str, Any]]:
    return [{**row, "model": model} for row in estimates(("S0_0", "S0_1", value))]


@pytest.mark.parametrize(
    ("model", "value", "verdict", "language", "said"),
    [
        ("fixed_effects", 0.15, "supported", "nl",
         "Bij dezelfde vestigingen: waar ‘Invloed’ steeg, steeg ook ‘Bevlogenheid’ (zwakke samenhang: 0,15; "
         "95%-interval 0,05 tot 0,25)."),
        ("fixed_effects", -0.15, "contradicted", "en",
         "Contrary to the claim, in the same establishments over time: where ‘Influence’ rose, ‘Engagement’ fell "
         "(weak association: −0.15; 95% interval −0.25 to −0.05)."),
        ("lagged", 0.15, "supported", "nl",
         "Bij dezelfde vestigingen: waar ‘Invloed’ hoger was, was ‘Bevlogenheid’ bij de volgende meting hoger dan bij "
         "vestigingen die vooraf gelijk stonden (zwakke samenhang: 0,15; 95%-interval 0,05 tot 0,25)."),
        ("lagged", 0.02, "inconclusive", "en",
         "The figures do not settle whether, in the same establishments over time, ‘Engagement’ in the next wave "
         "differs where ‘Influence’ was higher (0.02; 95% interval −0.08 to 0.12)."),
    ],
)  # fmt: skip
def test_a_claim_on_the_same_employers_says_so(
    over_waves: Study, model: str, value: float, verdict: str, language: str, said: str
) -> None:
    assert say(over_waves, verdict, within_rows(value, model), language=language) == said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("model", ["fixed_effects", "lagged"])
@pytest.mark.parametrize("value", [0.2, -0.2])
@pytest.mark.parametrize("verdict", ["supported", "contradicted", "equivalent to nil", "inconclusive"])
def test_every_verdict_on_the_same_employers_names_them_and_no_cause(
    over_waves: Study, verdict: str, value: float, model: str, language: str
) -> None:
    said = say(over_waves, verdict, within_rows(value, model), language=language)
    assert {"nl": "dezelfde vestigingen", "en": "the same establishments"}[language] in said
    assert not {"leidt", "veroorzaakt", "causes", "leads"} & set(said.split())


def test_a_trend_says_every_step(over_waves: Study) -> None:
    steps = estimates(("2018 to 2020", "S0_0", 0.2), ("2020 to 2022", "S0_0", 0.3))
    steps = [{**row, "natural_estimate": 3.21, "natural_unit": "points"} for row in steps]
    assert say(over_waves, "supported", steps, claim="H4") == (
        "‘Invloed’ is gestegen: van 2018 naar 2020 (0,20; 95%-interval 0,10 tot 0,30; dat is 3,2 punten) en van 2020 "
        "naar 2022 (0,30; 95%-interval 0,20 tot 0,40; dat is 3,2 punten)."
    )
    turned = estimates(("2018 to 2020", "S0_0", 0.2), ("2020 to 2022", "S0_0", -0.3))
    assert say(over_waves, "contradicted", turned, claim="H4", language="en").startswith(
        "Contrary to the claim, ‘Influence’ did not go the same way each time: from 2018 to 2020 (0.20;"
    )
