"""Clusters, finite population and strata with one unit: what is declared reaches the variances, or is refused."""

import warnings

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from inspraak.errors import UserError
from inspraak.estimation.calibrated_design import CalibratedDesign
from inspraak.estimation.description import describe_means, difference_from_rest
from inspraak.estimation.design import LonelyStratumWarning, SurveyDesign
from inspraak.measurement.description import describe_wave
from inspraak.survey.weighting import survey_design, weigh_wave

DESIGN = "strata: [sector], population: population.csv"
CLUSTERS = "sector,population,clusters\ntrade,300,30\nlogistics,100,20\n"


@pytest.fixture
def make(make_study, texts):
    """A function that makes the study with more keys under `design`."""

    def study(*keys: str, drawn: str = DESIGN, **files: str):
        design = f"design: {{{', '.join((drawn, *keys))}}}"
        line = "design: {strata: [sector], population: population.csv}"
        named = {name.replace("_csv", ".csv"): text for name, text in files.items()}
        return make_study({"study.yaml": texts["study.yaml"].replace(line, design), **named})

    return study


@pytest.fixture
def frame() -> pd.DataFrame:
    """Forty employers in two strata, in eight groups that lie in both."""
    rng = np.random.default_rng(4)
    sector = np.array(["trade"] * 24 + ["logistics"] * 16, dtype=object)
    concern = np.arange(40) % 8 + 1.0
    answer = rng.normal(50, 10, 40) + 8 * (concern % 3)
    return pd.DataFrame({"stratum": sector, "sector": sector, "n_ideas": concern, "answer": answer})


def designed(study, frame: pd.DataFrame) -> SurveyDesign:
    with warnings.catch_warnings():
        warnings.simplefilter("error", LonelyStratumWarning)
        return survey_design(pd.concat([frame, weigh_wave(study, "2020", frame).columns], axis=1))


def error(frame: pd.DataFrame, design: SurveyDesign) -> float:
    everyone = np.ones(len(frame), dtype=bool)
    return float(describe_means(frame["answer"], everyone, design).std_error[0, 0])


def message(study, frame: pd.DataFrame) -> str:
    with pytest.raises(UserError) as raised:
        weigh_wave(study, "2020", frame)
    return str(raised.value)


def test_without_keys_every_employer_is_a_unit(make, frame) -> None:
    design = designed(make(), frame)
    assert (design.clusters, design.population, design.lonely) == (None, None, "adjust")
    assert weigh_wave(make(), "2020", frame).diagnostics.loc[
        0, ["strata", "sampling_units", "lonely_strata", "lonely_rule"]
    ].tolist() == [2, 40, 0, ""]


def test_clusters_are_counted_within_strata(make, frame) -> None:
    study = make("clusters: n_ideas")
    design = designed(study, frame)
    expected = SurveyDesign(design.weights, frame["stratum"], frame["n_ideas"].astype(int).to_numpy())
    assert_allclose(error(frame, design), error(frame, expected), rtol=1e-12)
    assert error(frame, design) > 1.2 * error(frame, designed(make(), frame))
    everyone = np.ones((40, 1), dtype=bool)
    assert design.degrees_of_freedom(everyone)[0] == 2 * 8 - 2
    assert weigh_wave(study, "2020", frame).diagnostics.loc[0, "sampling_units"] == 16


def test_the_finite_population_makes_errors_smaller(make, frame) -> None:
    design = designed(make("finite_population: true"), frame)
    expected = SurveyDesign(
        design.weights, frame["stratum"], population=np.where(frame["stratum"] == "trade", 300.0, 100.0)
    )
    assert_allclose(error(frame, design), error(frame, expected), rtol=1e-12)
    assert error(frame, design) < error(frame, designed(make(), frame))


def test_a_finite_population_of_clusters_is_counted_in_clusters(make, frame) -> None:
    study = make("clusters: n_ideas", "finite_population: true", population_csv=CLUSTERS)
    design = designed(study, frame)
    assert set(zip(frame["stratum"], design.population)) == {("trade", 30.0), ("logistics", 20.0)}
    few = make("clusters: n_ideas", "finite_population: true", population_csv=CLUSTERS.replace("20", "7"))
    assert message(few, frame) == (
        "population.csv: stratum 'logistics': found 7 clusters; expected at least the 8 that were met."
    )


def test_a_population_without_clusters_is_refused(make, capsys) -> None:
    with pytest.raises(UserError, match="found no column 'clusters'; expected the columns sector, clusters"):
        make("clusters: n_ideas", "finite_population: true")


def test_a_stratum_observed_whole_has_no_variance(make, frame) -> None:
    study = make("finite_population: true", population_csv="sector,population\ntrade,24\nlogistics,16\n")
    assert error(frame, designed(study, frame)) == 0


@pytest.mark.parametrize("rule", ["certainty", "adjust", "average"])
def test_the_rule_for_one_unit_is_the_declared_one(make, frame, rule: str) -> None:
    alone = frame.iloc[:25]
    study = make(f"lonely_strata: {rule}")
    weighted = weigh_wave(study, "2020", alone)
    with pytest.warns(LonelyStratumWarning, match=rule):
        design = survey_design(pd.concat([alone, weighted.columns], axis=1))
    with pytest.warns(LonelyStratumWarning):
        expected = SurveyDesign(design.weights, alone["stratum"], lonely=rule)
    assert error(alone, design) == error(alone, expected) > 0
    assert weighted.diagnostics.loc[0, ["lonely_strata", "lonely_rule"]].tolist() == [1, rule]


def test_calibrated_weights_keep_how_employers_were_drawn(make, frame) -> None:
    margins = "sector,population\ntrade,250\nlogistics,150\n"
    study = make("clusters: n_ideas", "margins: [margins.csv]", margins_csv=margins)
    design = designed(study, frame)
    assert isinstance(design, CalibratedDesign)
    assert design.clusters is not None


def test_rows_without_a_cluster_are_refused(make, frame) -> None:
    frame.loc[[3, 5], "n_ideas"] = np.nan
    assert message(make("clusters: n_ideas"), frame) == (
        "study.yaml: design.clusters (n_ideas): found 2 analysed rows without a cluster; expected a cluster in "
        "every row (`scope` with n_ideas leaves the others out)."
    )


def test_clusters_that_tell_no_variance_are_refused(make, frame) -> None:
    one_each = frame.assign(n_ideas=np.where(frame["stratum"] == "trade", 1.0, 2.0))
    assert "found no stratum with two clusters (2 strata); expected an item" in message(
        make("clusters: n_ideas"), one_each
    )
    study = make("clusters: n_ideas", drawn="weight: absence")
    same = frame.assign(n_ideas=1.0, absence=2.0, stratum="")
    assert "found one cluster altogether;" in message(study, same)


@pytest.mark.parametrize(
    ("design", "said"),
    [
        (
            "{weight: n_ideas, finite_population: true}",
            "expected population (the units of each stratum) beside",
        ),
        ("{weight: n_ideas, lonely_strata: average}", "expected strata beside lonely_strata"),
        (f"{{{DESIGN}, lonely_strata: averge}}", "expected one of certainty, adjust, average"),
        (f"{{{DESIGN}, clusters: conc}}", "found 'conc'; expected an item or a variable"),
        (f"{{{DESIGN}, clusters: sector}}", "found 'sector', which makes the strata; expected"),
        (f"{{{DESIGN}, finite_population: 0.3}}", "finite_population"),
    ],
)
def test_what_cannot_be_declared(make_study, texts, design: str, said: str) -> None:
    text = texts["study.yaml"].replace("{strata: [sector], population: population.csv}", design)
    with pytest.raises(UserError) as raised:
        make_study({"study.yaml": text})
    assert said in str(raised.value)


@pytest.mark.parametrize("keys", [("clusters: absence",), ("finite_population: true",)])
def test_groups_are_compared_with_the_rest_under_the_design(make, make_answers, frame, keys) -> None:
    study = make(*keys)
    columns = {
        "a_sbi": np.where(frame["sector"] == "trade", "G", "H"),
        "a_size": [10.0, 60] * 20,
        "n_ideas": frame["answer"].round(),
        "absence": frame["n_ideas"],
    }
    _, responses, reasons = make_answers(study, columns)
    responses = responses.drop(columns="weight")
    responses = pd.concat([responses, weigh_wave(study, "2020", responses).columns], axis=1)
    scores = pd.DataFrame({"employer": responses["employer"]})
    table = describe_wave(study, "2020", responses, reasons, scores)
    row = table.query("measure == 'n_ideas' and statistic == 'mean' and group == '50+'").set_index("weight")
    large = (responses["size2"] == "50+").to_numpy()
    found = difference_from_rest(responses["n_ideas"], large, survey_design(responses)).row(0, 0)
    shown = row.loc["establishment", ["difference_from_rest", "p_value", "cohens_d"]].to_list()
    assert_allclose(shown, [found["estimate"], found["p_value"], found["cohens_d"]], rtol=1e-12)
    assert row.loc["none", "p_value"] != pytest.approx(shown[1], rel=1e-6)
