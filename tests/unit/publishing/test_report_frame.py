"""What the report, the figures and the workbook say of margins and of both weights."""

import numpy as np
import pandas as pd
import pytest

from inspraak.publishing.figures.weights import draw_weights
from inspraak.publishing.pdf import content
from inspraak.publishing.published import Published
from inspraak.publishing.report_frame import empty_strata, frame_warnings
from inspraak.publishing.report_methods import methods
from inspraak.publishing.report_sample import sample
from inspraak.publishing.tables import TABLES, conform

from .test_figures import overlaps

FILES = {
    "margins.csv": "size2,population\n10-49,300\n50+,100\n",
    "employees.csv": "size2,employees\n10-49,6000\n50+,14000\n",
}
DESIGN = "design: {strata: [sector], population: population.csv"
KEYS = "margins: [margins.csv], employees: a_size, employee_margins: [employees.csv], calibration: {trim: 4}}"


@pytest.fixture
def study(make_study, texts):
    return make_study(
        {"study.yaml": texts["study.yaml"].replace(f"{DESIGN}}}", f"{DESIGN}, {KEYS}"), **FILES}
    )


def margins() -> pd.DataFrame:
    columns = list(TABLES["margins"].columns)
    rows = [
        ("2020", "establishment", "size2", "10-49", 300, 280, 300, 40, 0.5, 0.75, "gap"),
        ("2020", "establishment", "size2", "50+", 100, 120, 100, 40, 0.5, 0.25, "gap"),
        ("2020", "employee", "size2", "50+", 14000, 13000, 14000, 40, 0.5, 0.7, ""),
        ("2020", "establishment", "stratum", "logistics", 1100, 0, 0, 0, 0.0, 0.25, "empty"),
    ]
    return pd.DataFrame(rows, columns=columns)


def weights() -> pd.DataFrame:
    trimmed = {"establishment": 3, "employee": 0}
    sampling = (2, 80, 1, "average")
    rows = [
        ("2020", name, 80, 400.0, 1.0, 9.0, 0.5, 1.25, 64.0, n, "True", *sampling)
        for name, n in trimmed.items()
    ]
    return pd.DataFrame(rows, columns=list(TABLES["weights"].columns))


def published(study, language: str) -> Published:
    return Published(study, {"margins": margins(), "weights": weights()}, language)


def test_warnings_name_margin_and_category(study) -> None:
    (dutch,), (english,) = (frame_warnings(published(study, language)) for language in ("nl", "en"))
    assert (
        "Bij size2 is ‘10-49’ 50% van de deelnemers en 75% van de populatie. Bij size2 is ‘50+’ 50%" in dutch
    )
    assert "By size2, ‘10-49’ is 50% of those who took part and 75% of the population" in english
    assert frame_warnings(Published(study, {"margins": margins().assign(flag="")}, "nl")) == ()


def test_strata_without_respondents_are_named(study) -> None:
    assert empty_strata(published(study, "nl")) == (
        "In 2020 deed niemand mee uit: logistics. Over deze 1.100 vestigingen in de populatie zeggen de cijfers "
        "alleen iets als zij op de andere lijken.",
    )


@pytest.mark.parametrize(
    ("count", "language", "said"),
    [
        (13, "nl", "In 2020 is ‘log size’ bij 13 vestigingen niet te berekenen (de logaritme van nul of minder"),
        (1, "en", "In 2020, ‘log size’ cannot be computed for 1 establishment (the logarithm of zero or less"),
    ],
)  # fmt: skip
def test_variables_without_a_value_are_told(study, count: int, language: str, said: str) -> None:
    rows = [
        {"wave": "2020", "item": name, "n_asked": 90, "n_answered": 90, "n_not_computable": n}
        for name, n in (("q1", 0), ("log_size", count), ("log_ideas", 0))
    ]
    missing = conform("missing", pd.DataFrame(rows)).fillna(0)
    (sentence,) = sample(Published(study, {"missing": missing}, language)).uncomputable
    assert sentence.startswith(said)


def test_invited_and_response_stand_per_stratum(study) -> None:
    steps = [
        ("invited", "trade", 40),
        ("response", "trade", 10),
        ("response", "logistics", 3),
        ("delivered", "", 14),
    ]
    rows = [{"wave": "2020", "step": step, "reason": reason, "n": n} for step, reason, n in steps]
    shown = Published(study, {"sample": conform("sample", pd.DataFrame(rows))}, "nl")
    made = sample(shown)
    written = [(row.label, row.invited, row.responded, row.share) for row in made.strata["2020"]]
    assert written == [("trade", "40", "10", "25%"), ("logistics", ".", "3", ".")]
    assert [step.numbers for step in made.flow[:3]] == [
        ("40",),
        ("13",),
        ("25%",),
    ]  # of strata that are known
    assert content(shown, ())["sample"]["strata"]["rows"] == [list(row) for row in written]
    assert content(shown, ())["sample"]["strata"]["title"].endswith("per groep, meting 2020")


def test_the_methods_say_what_the_weights_meet(study) -> None:
    said = methods(published(study, "en")).calibration
    assert len(said) == 4
    assert "distribution by size2 equals that of the population (raking)" in said[0]
    assert said[1].startswith("No weight is larger than 4.0 times the median. That rule cut 3 weights")
    assert "number of workers of each establishment times its weight" in said[2]
    assert methods(Published(study, {}, "en")).calibration == (said[2],)


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        (
            "nl",
            (
                "in groepen getrokken (concern).",
                "weinig vestigingen over",
                "met maar één groep, over alle metingen samen: 1. Zo'n laag krijgt de gemiddelde spreiding",
            ),
        ),
        (
            "en",
            (
                "drawn in groups (company).",
                "few establishments are left",
                "with a single group, over all waves together: 1. Such a stratum gets the mean spread",
            ),
        ),
    ],
)
def test_the_methods_say_how_the_sample_was_drawn(make_study, texts, language: str, parts) -> None:
    keys = "clusters: c, finite_population: true, lonely_strata: average}"
    clustered = make_study(
        {
            "study.yaml": texts["study.yaml"].replace(f"{DESIGN}}}", f"{DESIGN}, {keys}"),
            "population.csv": "sector,population,clusters\ntrade,300,30\nlogistics,100,20\n",
        },
        codebook=["c,frame,AANTAL,,,own,Concern,Company"],
    )
    said = methods(published(clustered, language)).design
    assert all(part in said for part in parts), said
    undrawn = methods(Published(clustered, {}, language)).design
    assert parts[0] in undrawn
    assert "alle metingen" not in undrawn
    assert "all waves" not in undrawn


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nl", "Bij 2 vragen ontbraken samen 1.030 antwoorden"),
        ("en", "In 2 questions, 1,030 answers"),
    ],
)
def test_the_methods_say_how_missing_answers_were_filled_in(study, language: str, said: str) -> None:
    rows = {
        "wave": "2020",
        "item": ["q1", "q2", "q3"],
        "imputations": 20.0,
        "converged": ["True", "False", ""],
    }
    table = pd.DataFrame({**rows, "n_imputed": [1000.0, 30.0, 0.0]})
    filled, kept, unsettled = methods(Published(study, {"imputation": table}, language)).imputation
    assert said in filled
    assert "20" in filled
    assert unsettled != kept
    none = methods(Published(study, {"imputation": table.assign(n_imputed=0.0)}, language)).imputation
    assert len(none) == 1
    assert methods(Published(study, {}, language)).imputation == ()


@pytest.mark.parametrize("narrow", [False, True])
def test_equal_areas_are_equal_shares(study, narrow: bool) -> None:
    bins = pd.DataFrame(
        {"wave": "2020", "weight": "establishment", "low": [0.25, 0.5, 1], "high": [0.5, 1, 4], "n": [20, 40, 40],
         "share": [0.2, 0.4, 0.4]}
    )  # fmt: skip
    drawing = draw_weights(bins, study, language="nl", narrow=narrow)
    paths = [artist.get_path() for artist in drawing.figure.findobj(lambda one: hasattr(one, "get_path"))]
    corners = next(path.vertices for path in paths if len(path.vertices) == 15).reshape(3, 5, 2)
    width, height = np.ptp(corners, axis=1).T
    assert width * height / (width * height).sum() == pytest.approx([0.2, 0.4, 0.4], rel=1e-6)
    assert overlaps(drawing) == []
    assert "2020, gewogen naar vestigingen: 40% ligt in vakken" in drawing.alternative
