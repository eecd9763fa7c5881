"""How often a sort of answer, or two high scores together, is found where x is low and high: in words."""

import re

import pytest

from inspraak.publishing.language import LANGUAGES
from inspraak.publishing.report_claims import VERDICTS
from inspraak.publishing.sentences_cells import cells
from inspraak.publishing.terms import outcome_words, term_words


def row(outcome: str, term: str, estimate: float, **more: object) -> dict[str, object]:
    numbers = {"natural_estimate": 100 * estimate, "natural_ci_low": 4.0, "natural_ci_high": 22.0}
    return {"part": "", "outcome": outcome, "term": term, "n": 452, "estimate": estimate, "std_estimate": estimate,
            "decides": False, **numbers, **more}  # fmt: skip


def said(study, verdict: str, outcome: str, *, term: str, change: float = 0.13, language: str = "nl") -> str:
    decides = row(outcome, term, change)
    levels = [row(outcome, "q1 p10", 0.22), row(outcome, "q1 p90", 0.35), row("other", "q1 p10", 0.5)]
    return cells(
        verdict, [decides], [decides, *levels], study=study, named=str, units="vestigingen", language=language
    )


CHANGE = "q1 p90 vs q1 p10"


@pytest.mark.parametrize(
    ("verdict", "outcome", "term", "change", "text"),
    [
        (
            "supported", "q2 high, q3 high", CHANGE, 0.13,
            "Waar q1 hoger is, komen hoge scores op q2 en q3 vaker samen voor: van 22% naar 35% van de vestigingen "
            "(een verschil van 13,0 procentpunten; 95%-interval 4,0 tot 22,0). Een hoge score op het een zonder "
            "het ander komt niet aantoonbaar vaker voor.",
        ),
        (
            "contradicted", "q2 low, q3 high", CHANGE, 0.13,
            "Anders dan de bewering zegt, komt een hoge score op q3 zonder een hoge score op q2 vaker voor waar q1 "
            "hoger is: van 22% naar 35% van de vestigingen",
        ),
        ("contradicted", "q2 high, q3 high", CHANGE, -0.13, "komen hoge scores op q2 en q3 minder vaak samen voor"),
        (
            "supported", "kind = '2'", "q1", 0.13,
            "Waar q1 hoger is, komt ‘zo’ bij kind vaker voor: van 22% naar 35% van de vestigingen (13,0 procentpunten "
            "bij één standaarddeviatie meer;",
        ),
    ],
)  # fmt: skip
def test_shares_are_said_as_percentages(make_study, verdict, outcome, term, change, text) -> None:
    assert said(make_study(), verdict, outcome, term=term, change=change).startswith(text) or text in said(
        make_study(), verdict, outcome, term=term, change=change
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", ["q2 high, q3 high", "q2 high, q3 low", "kind = '2'"])
def test_every_verdict_has_words_and_none_says_why(make_study, language, outcome) -> None:
    study = make_study()
    for verdict in VERDICTS[:-1]:
        for change in (0.1, -0.1):
            text = said(study, verdict, outcome, term=CHANGE, change=change, language=language)
            assert "22" in text
            assert "35" in text
            assert not re.search(r"\{|leidt|zorgt|causes|leads", text)


@pytest.mark.parametrize(
    ("outcome", "text"),
    [("q1", "Een"), ("q1 high, q2 low", "Een hoog, Twee laag"), ("kind = '2'", "Soort: zo")],
)
def test_outcomes_are_words(make_study, outcome, text) -> None:
    assert outcome_words(make_study(), outcome, language="nl") == text


def test_low_and_high_x_are_words(make_study) -> None:
    assert term_words(make_study(), CHANGE, language="nl") == "Een hoog tegenover Een laag"
    assert term_words(make_study(), "q1 p10", language="en") == "One low"
