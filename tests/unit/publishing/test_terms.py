"""What an estimate is of, in words."""

import pytest

from inspraak.hypotheses.kinds.contrast import _written as sum_of_slopes
from inspraak.publishing.sentences_moderation import moderation
from inspraak.publishing.terms import term_words


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("q1", "Een"),
        ("q1:q2", "Een × Twee"),
        ("q1 - 0.5 q2", "Een min 0,50 Twee"),
        ("-q1 + q2", "−Een plus Twee"),
        ("sector = 'trade'", "sector: trade"),
        ("kind = 1 or kind = 2 vs kind = 3", "Soort: zus of zo tegenover Soort: anders"),
        ("gate = 1 : q1 >= 4", "Veranderd?: ja × Een: d of meer"),
        ("not (gate = 1) and a_size < 50", "niet (Veranderd?: ja) en Werkenden: minder dan 50"),
        ("q1 | q2 p10", "Een, waar ‘Twee’ laag is"),
        ("q1 | q2 p90 vs q1 | q2 p10", "Een, waar ‘Twee’ hoog is tegenover Een, waar ‘Twee’ laag is"),
        ("q1 via q2, q3", "Een, via Twee en Drie"),
        ("q1 via q2 then q3", "Een, via Twee en daarna Drie"),
        ("q1 beside q2", "Een, niet via Twee"),
        ("a3 of q1, q2", "Een hoger en Twee lager"),
        ("weakest_link of q1, q2, q3", "de zwakste van Een, Twee en Drie"),
        ("forms of q1, q2", "hoe Een en Twee samen tellen"),
        ("q1 + q2 beyond q3", "Een en Twee, naast Drie"),
        ("a3 of q1, q2 : q3", "Een hoger en Twee lager × Drie"),
        ("2020 to 2020", "van 2020 naar 2020"),
        ("class 2", "soort 2"),
        ("class 3 vs class 1", "soort 3 tegenover soort 1"),
        ("4 classes", "4 soorten"),
        ("classes", "soorten"),
        ("q1:q2 given q1:q1, q2:q2", "Een × Twee, ook als het verband met Een en Twee gebogen mag zijn"),
    ],
)
def test_every_form_of_a_term_is_words(make_study, term: str, said: str) -> None:
    assert term_words(make_study(), term, language="nl") == said


def test_a_sum_of_slopes_is_read_as_it_is_written(make_study) -> None:
    term = sum_of_slopes({"q1": 1.0, "q2": -1.0, "q3": 0.25})
    assert term == "q1 - q2 + 0.25 q3"
    assert term_words(make_study(), term, language="en") == "One minus Two plus 0.25 Three"


def interaction(size: float, **more: object) -> dict[str, object]:
    return {"part": "", "outcome": "share", "term": "q1:q2", "std_estimate": size, "null_value": 0.0, **more}


SLOPES = [
    {"part": "", "outcome": "share", "term": "q1 | q2 p10", "std_estimate": 0.1},
    {"part": "", "outcome": "share", "term": "q1 | q2 p90", "std_estimate": 0.3},
]


@pytest.mark.parametrize(
    ("verdict", "row", "said"),
    [
        ("supported", interaction(0.1), "Waar q2 hoger is, hangt q1 sterker samen met"),
        ("supported", interaction(-0.1), "Waar q2 hoger is, hangt q1 minder sterk samen met"),
        ("contradicted", interaction(-0.1), "Anders dan de bewering zegt, hangt q1 minder sterk samen met"),
        (
            "equivalent to nil",
            interaction(0.0),
            "q2 maakt vrijwel geen verschil voor de samenhang van q1 met",
        ),
        (
            "supported",
            interaction(0.0, term="q1 | q2 p90 vs q1 | q2 p10", null_value=-0.1),
            "Waar q2 hoog is, hangt q1 minstens zo sterk samen met",
        ),
    ],
)
def test_a_moderation_says_where_the_slope_is_steeper(verdict: str, row: dict, said: str) -> None:
    full = moderation(verdict, [row], [row, *SLOPES], named=str, language="nl")
    assert full.startswith(said)
    assert "share (0,10 waar het laag is, 0,30 waar het hoog is)" in full
    assert "{" not in full


def test_slopes_that_are_not_published_are_not_named() -> None:
    hidden = [{**slope, "std_estimate": float("nan")} for slope in SLOPES]
    full = moderation("inconclusive", [interaction(0.1)], hidden, named=str, language="en")
    assert (
        full
        == "The figures do not settle whether q1 goes together more strongly with share where q2 is higher."
    )
