"""Strata and base weights by hand, and what must hold for any sample."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspraak.errors import UserError
from inspraak.survey.weighting import strata_of, survey_design, weigh_wave, weight_name


def responses(strata: list[str], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"stratum": pd.Series(strata, dtype=object), **columns})


def test_base_weights_are_population_over_respondents(make_study) -> None:
    weighted = weigh_wave(make_study(), "2020", responses(["trade"] * 3 + ["logistics"] * 2))
    assert weighted.weights.tolist() == [100, 100, 100, 50, 50]
    row = weighted.diagnostics.iloc[0]
    assert (row["weight"], row["n"], row["sum"]) == ("establishment", 5, 400)
    # 5 * (3 * 100^2 + 2 * 50^2) / 400^2
    assert row["design_effect"] == pytest.approx(1.09375)
    assert row["effective_n"] == pytest.approx(5 / 1.09375)
    assert row["cv"] == pytest.approx(np.sqrt(0.09375))


def test_a_delivered_weight_is_taken_over(make_study, texts) -> None:
    study_yaml = texts["study.yaml"].replace("population: population.csv", "weight: n_ideas")
    study = make_study({"study.yaml": study_yaml})
    frame = responses(["trade", "logistics"], n_ideas=[1.5, 3.0])
    assert weigh_wave(study, "2020", frame).weights.tolist() == [1.5, 3]
    for bad in (0.0, -1.0, np.nan):
        with pytest.raises(UserError):
            weigh_wave(study, "2020", frame.assign(n_ideas=[1.5, bad]))


def test_without_a_design_each_row_counts_once(make_study, texts) -> None:
    line = "design: {strata: [sector], population: population.csv}\n"
    study = make_study({"study.yaml": texts["study.yaml"].replace(line, "")})
    weighted = weigh_wave(study, "2020", responses(["", ""]))
    assert weight_name(study) == "none"
    assert weighted.weights.tolist() == [1, 1]
    assert weighted.diagnostics.loc[0, "design_effect"] == 1


@pytest.mark.parametrize(
    "population", ["sector,population\ntrade,300\n", "sector,population\ntrade,300\nlogistics,1\n"]
)
def test_a_population_that_cannot_be_is_refused(make_study, population: str) -> None:
    study = make_study({"population.csv": population})
    with pytest.raises(UserError, match="logistics"):
        weigh_wave(study, "2020", responses(["trade", "logistics", "logistics"]))


def test_strata_join_their_parts_and_miss_where_one_does(make_study, make_answers, texts) -> None:
    study_yaml = texts["study.yaml"].replace("strata: [sector]", "strata: [sector, size2]")
    population = "sector,size2,population\n" + "".join(
        f"{sector},{size},100\n" for sector in ("trade", "logistics") for size in ("10-49", "50+")
    )
    study = make_study({"study.yaml": study_yaml, "population.csv": population})
    answers = make_answers(study, {"a_sbi": ["G", "H", None, "G"], "a_size": [10, 50, 10, 5]})
    values, variables = answers.responses[["a_sbi", "a_size"]], answers.responses[["sector", "size2"]]
    strata = strata_of(study, values, variables)
    assert strata.tolist()[:2] == ["trade|10-49", "logistics|50+"]
    assert strata.isna().tolist() == [False, False, True, True]


@given(n_trade=st.integers(2, 300), n_logistics=st.integers(2, 100))
def test_weights_add_up_to_the_population(study_once, n_trade: int, n_logistics: int) -> None:
    frame = responses(["trade"] * n_trade + ["logistics"] * n_logistics)
    weighted = weigh_wave(study_once, "2020", frame)
    by_stratum = weighted.weights.groupby(frame["stratum"]).sum()
    assert by_stratum.to_dict() == pytest.approx({"trade": 300, "logistics": 100})
    row = weighted.diagnostics.iloc[0]
    assert row["design_effect"] == pytest.approx(1 + row["cv"] ** 2)
    assert 0 < row["effective_n"] <= row["n"] + 1e-9
    design = survey_design(frame.assign(weight=weighted.weights))
    assert design.weights.sum() == pytest.approx(400)


@pytest.fixture
def study_once(make_study):
    return make_study()
