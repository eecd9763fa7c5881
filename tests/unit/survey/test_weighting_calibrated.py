"""Calibrated weights of a wave: by hand, what must hold for any sample, and every message."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from inspraak.errors import UserError
from inspraak.estimation.calibrated_design import CalibratedDesign, calibrated
from inspraak.estimation.calibration import Margin, calibrate
from inspraak.estimation.description import describe_means
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.regression import fit_linear
from inspraak.survey.weighting import CARRIED, survey_design, weigh_wave, weight_names

DESIGN = "design: {strata: [sector], population: population.csv}"
FILES = {
    "margins_sector.csv": "sector,population\ntrade,250\nlogistics,150\n",
    "margins_size.csv": "size2,population\n10-49,300\n50+,100\n",
    "employees.csv": "size2,employees\n10-49,6000\n50+,14000\n",
}
MARGINS = "margins: [margins_sector.csv, margins_size.csv]"
EMPLOYEES = "employees: a_size, employee_margins: [employees.csv]"


@pytest.fixture
def make(make_study, texts):
    """A function that makes the study with more keys under `design`, and with files replaced."""

    def study(*keys: str, files: dict[str, str] | None = None, weight: bool = False):
        drawn = (
            "strata: [sector], weight: n_ideas" if weight else "strata: [sector], population: population.csv"
        )
        design = f"design: {{{', '.join((drawn, *keys))}}}"
        return make_study(
            {"study.yaml": texts["study.yaml"].replace(DESIGN, design), **FILES, **(files or {})}
        )

    return study


def answers(n: int = 60, *, seed: int = 3) -> pd.DataFrame:
    """A sample with every crossing of sector and size in it."""
    rng = np.random.default_rng(seed)
    sector = np.array(["trade", "logistics"])[np.r_[0, 1, 0, 1, rng.integers(0, 2, n - 4)]]
    size = np.r_[20, 20, 80, 80, rng.choice([15, 30, 60, 200], n - 4)].astype(float)
    bands = np.where(size < 50, "10-49", "50+")
    return pd.DataFrame({"sector": sector, "size2": bands, "a_size": size, "stratum": sector})


def with_weights(study, frame: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([frame, weigh_wave(study, "2020", frame).columns], axis=1)


def message(study, frame: pd.DataFrame) -> str:
    with pytest.raises(UserError) as error:
        weigh_wave(study, "2020", frame)
    return str(error.value)


def test_one_margin_by_hand(make) -> None:
    frame = answers().iloc[[0, 1, 2, 3]].reset_index(drop=True)
    weighted = weigh_wave(make("margins: [margins_size.csv]"), "2020", frame)
    # base weights 300 / 2 and 100 / 2; small units weigh 200 together and stand for 300, large ones 200 for 100
    assert_allclose(weighted.weights, [225, 75, 75, 25])
    assert weighted.columns["base_weight"].tolist() == [150, 50, 150, 50]
    rows = weighted.margins.set_index("category")
    assert rows[["margin", "weight", "wave"]].drop_duplicates().to_numpy().tolist() == [
        ["size2", "establishment", "2020"]
    ]
    assert rows.loc["10-49", ["population", "before", "after", "n"]].tolist() == pytest.approx(
        [300, 200, 300, 2]
    )
    assert rows.loc["50+", ["response_share", "population_share"]].tolist() == [0.5, 0.25]
    assert weighted.diagnostics.loc[0, ["sum", "trimmed", "converged"]].tolist() == pytest.approx(
        [400, 0, True]
    )


@given(seed=st.integers(0, 2000), method=st.sampled_from(["raking", "linear, bounds: [0.1, 10]"]))
def test_every_margin_is_met(make_once, seed: int, method: str) -> None:
    study = make_once(method)
    frame = answers(seed=seed)
    weighted = weigh_wave(study, "2020", frame)
    assert_allclose(
        weighted.margins["after"].astype(float), weighted.margins["population"].astype(float), rtol=1e-9
    )
    for name, counts in (("sector", {"trade": 250, "logistics": 150}), ("size2", {"10-49": 300, "50+": 100})):
        assert weighted.weights.groupby(frame[name]).sum().to_dict() == pytest.approx(counts)
    workers = weighted.columns["employee_weight"].groupby(frame["size2"]).sum().to_dict()
    assert workers == pytest.approx({"10-49": 6000, "50+": 14000})
    assert (weighted.columns[["weight", "employee_weight"]] > 0).all(axis=None)


@pytest.fixture
def make_once(make):
    made: dict[str, object] = {}

    def study(method: str):
        if method not in made:
            made[method] = make(MARGINS, EMPLOYEES, f"calibration: {{method: {method}}}")
        return made[method]

    return study


def test_the_employee_weight_is_the_first_one_times_the_workers(make) -> None:
    study, frame = make(MARGINS, "employees: a_size"), answers()
    weighted = weigh_wave(study, "2020", frame)
    assert weight_names(study) == ("establishment", "employee")
    assert_allclose(weighted.columns["employee_weight"], weighted.weights * frame["a_size"])
    assert "employee_base_weight" not in weighted.columns
    assert weighted.diagnostics["weight"].tolist() == ["establishment", "employee"]
    calibrated_too = weigh_wave(make(MARGINS, EMPLOYEES), "2020", frame)
    assert_allclose(calibrated_too.columns["employee_base_weight"], weighted.columns["employee_weight"])
    assert_allclose(calibrated_too.weights, weighted.weights)
    assert set(calibrated_too.margins["weight"]) == {"establishment", "employee"}


def test_the_design_of_the_responses_is_that_of_the_engine(make) -> None:
    """Means and regressions get the variance of residuals, as straight from the engine."""
    frame = answers()
    responses = with_weights(make(MARGINS, EMPLOYEES), frame)
    base = frame["stratum"].map({"trade": 300, "logistics": 100}) / frame.groupby("stratum")[
        "sector"
    ].transform("size")
    margins = [
        Margin((frame["sector"] == "logistics").to_numpy(dtype=np.int64), np.array([250.0, 150.0])),
        Margin((frame["size2"] == "50+").to_numpy(dtype=np.int64), np.array([300.0, 100.0])),
    ]
    plain = SurveyDesign(base.to_numpy(), frame["stratum"].to_numpy(dtype=str))
    expected = calibrated(plain, calibrate(base, margins))
    design = survey_design(responses)
    assert isinstance(design, CalibratedDesign)
    rng = np.random.default_rng(5)
    values = rng.normal(size=(60, 2)) + (frame["size2"] == "50+").to_numpy()[:, np.newaxis]
    everyone = np.ones((60, 1), dtype=bool)
    ours, theirs = (describe_means(values, everyone, one) for one in (design, expected))
    assert_allclose(ours.std_error, theirs.std_error, rtol=1e-8)
    uncalibrated = SurveyDesign(design.weights, frame["stratum"].to_numpy(dtype=str))
    assert (ours.std_error < describe_means(values, everyone, uncalibrated).std_error).all()
    X = np.column_stack([np.ones(60), values[:, 0]])
    fits = [fit_linear(X, values[:, 1], one).covariance for one in (design, expected, uncalibrated)]
    assert_allclose(fits[0], fits[1], rtol=1e-8)
    assert not np.allclose(fits[0], fits[2], rtol=1e-3)
    by_workers = survey_design(responses, weight="employee")
    assert isinstance(by_workers, CalibratedDesign)
    assert by_workers.weights.sum() == pytest.approx(20000)
    assert by_workers.auxiliary.shape == (60, 2)


def test_without_margins_the_design_is_plain(make) -> None:
    responses = with_weights(make("employees: a_size"), answers())
    assert {name for name in CARRIED if type(survey_design(responses, weight=name)) is SurveyDesign} == set(
        CARRIED
    )


def test_trimming_caps_the_weights_of_establishments_only(make) -> None:
    frame = answers()
    plain = weigh_wave(make(MARGINS, EMPLOYEES), "2020", frame)
    times = round(0.95 * plain.weights.max() / plain.weights.median(), 2)
    cap = times * plain.weights.median()
    assert plain.weights.max() > cap
    trimmed = weigh_wave(make(MARGINS, EMPLOYEES, f"calibration: {{trim: {times}}}"), "2020", frame)
    assert trimmed.weights.max() == pytest.approx(cap)
    assert trimmed.diagnostics["trimmed"].tolist() == [np.isclose(trimmed.weights, cap, rtol=1e-6).sum(), 0]
    assert trimmed.columns["employee_weight"].max() > times * trimmed.columns["employee_weight"].median()
    after, known = (trimmed.margins[name].astype(float) for name in ("after", "population"))
    assert_allclose(after, known, rtol=1e-9)


def test_a_cap_that_margins_do_not_allow_names_the_margin(make) -> None:
    study = make(MARGINS, "calibration: {trim: 1.01}")
    said = message(study, answers())
    assert "no weights that meet margin s" in said
    assert "(margins_s" in said
    assert "wider trim" in said


def test_margins_that_no_weights_meet_name_the_margin(make) -> None:
    # only trade is small and only logistics large, so that both margins cannot hold
    frame = answers()
    frame["size2"] = np.where(frame["sector"] == "trade", "10-49", "50+")
    said = message(make(MARGINS), frame)
    assert "wave 2020, design.calibration (raking, establishment weight)" in said
    assert "margin s" in said
    assert "fewer margins or categories joined" in said


def test_linear_calibration_without_bounds_may_not_turn_weights_around(make) -> None:
    files = {
        "margins_size.csv": "size2,population\n10-49,399\n50+,1\n",
        "margins_sector.csv": "sector,population\ntrade,399\nlogistics,1\n",
    }
    study = make(MARGINS, "calibration: {method: linear}", files=files)
    said = message(study, answers())
    assert "of zero or less" in said
    assert "bounds such as" in said


def test_a_category_that_the_margin_lacks_is_named_with_its_neighbour(make) -> None:
    frame = answers()
    study = make(MARGINS)
    frame.loc[[4, 5], "size2"] = "10-40"
    assert "category '10-40' of size2: found no population; expected a count above 0: 2 answered" in message(
        study, frame
    )
    assert "'10-49'?" in message(study, frame)
    frame.loc[[4, 5], "size2"] = None
    assert "2 analysed rows without a category of size2" in message(study, frame)


def test_a_category_of_zero_units_must_have_no_respondents(make) -> None:
    nobody = {"margins_size.csv": "size2,population\n10-49,400\n50+,0\n"}
    frame = answers()
    assert "category '50+' of size2: found no population" in message(make(MARGINS, files=nobody), frame)
    small = frame[frame["size2"] == "10-49"].reset_index(drop=True)
    assert weigh_wave(make(MARGINS, files=nobody), "2020", small).weights.sum() == pytest.approx(400)


def test_a_category_without_respondents_is_refused(make) -> None:
    frame = answers()
    small = frame[frame["size2"] == "10-49"].reset_index(drop=True)
    said = message(make(MARGINS), small)
    assert (
        "margins_size.csv: category '50+' of size2: found nobody who answered, for 100 in the population"
        in said
    )


def test_margins_that_count_another_population_are_refused(make) -> None:
    with pytest.raises(
        UserError, match=r"margins_size.csv: column population: found 401 together; expected 400"
    ):
        make(MARGINS, files={"margins_size.csv": "size2,population\n10-49,300\n50+,101\n"})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.nan, "1 analysed row without a number of workers"),
        (0.0, "1 analysed row with a number of workers of zero"),
        (-3.0, "1 analysed row with a negative number of workers"),
    ],
)
def test_workers_must_be_known_and_above_zero(make, value: float, said: str) -> None:
    frame = answers()
    frame.loc[7, "a_size"] = value
    told = message(make("employees: a_size"), frame)
    assert f"design.employees (a_size): found {said}" in told


def test_each_sort_of_wrong_weight_has_its_own_message(make) -> None:
    frame = answers().assign(n_ideas=2.0)
    study = make(weight=True)
    assert (weigh_wave(study, "2020", frame).weights == 2).all()
    frame.loc[[1, 2, 3, 4], "n_ideas"] = [np.nan, np.nan, 0.0, -1.0]
    with pytest.raises(UserError) as error:
        weigh_wave(study, "2020", frame)
    assert [problem.found for problem in error.value.problems] == [
        "2 analysed rows without a weight",
        "1 analysed row with a weight of zero",
        "1 analysed row with a negative weight",
    ]


def test_a_delivered_weight_is_calibrated_too(make) -> None:
    frame = answers().assign(n_ideas=np.linspace(1, 3, 60))
    weighted = weigh_wave(make(MARGINS, weight=True), "2020", frame)
    assert_allclose(weighted.columns["base_weight"], frame["n_ideas"])
    assert weighted.weights.sum() == pytest.approx(400)


def test_a_stratum_that_the_population_lacks(make) -> None:
    frame = answers()
    frame.loc[0, "stratum"] = "trad"
    said = message(make(), frame)
    assert "stratum 'trad': found no population" in said
    assert "'trade'?" in said


def test_a_stratum_without_respondents_follows_the_declared_rule(make, caplog) -> None:
    frame = answers()
    trade = frame[frame["stratum"] == "trade"].reset_index(drop=True)
    warned = weigh_wave(make(), "2020", trade)
    rows = warned.margins.to_dict("records")
    assert [(row["margin"], row["category"], row["population"], row["after"]) for row in rows] == [
        ("stratum", "logistics", 100, 0)
    ]
    assert "nobody answered in stratum 'logistics' (100 of 400 units)" in caplog.text
    caplog.clear()
    assert weigh_wave(make("empty_strata: drop"), "2020", trade).margins.empty
    assert caplog.text == ""
    assert "stratum 'logistics': found nobody for 100 units" in message(make("empty_strata: refuse"), trade)
    assert weigh_wave(make("empty_strata: refuse"), "2020", frame).margins.empty
