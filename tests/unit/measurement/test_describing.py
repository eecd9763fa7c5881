"""Descriptives of a wave by hand: bases, shares, groups, the rest, magnitudes and densities."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from inspraak.measurement.description import describe_densities, describe_wave
from inspraak.measurement.scoring import score_indices

NAN = float("nan")
KEYS = ["measure", "statistic", "category", "group_by", "group", "weight"]


def described(answers) -> pd.DataFrame:
    study, responses, reasons = answers
    scores = score_indices(study, "2020", responses, reasons)
    return describe_wave(study, "2020", responses, reasons, scores).set_index(KEYS).sort_index()


@pytest.fixture
def table(make_study, make_answers) -> pd.DataFrame:
    columns = {
        "a_sbi": ["G", "G", "G", "H", "H", "H"],
        "a_size": [10, 20, 60, 10, 60, NAN],
        "q1": [1, 4, NAN, 5, 5, 2],
        "share": [0, 1, 2, 2, 1, NAN],
        "kind": [1, 2, 2, 2, 1, 2],
        "n_ideas": [1, 0, 9, 2, 2, NAN],
        "gate": [1, 1, 1, 1, 1, 1],
    }
    reasons = {"q1": ["", "", "dont_know", "", "", ""]}
    weight = [100, 100, 100, 50, 50, 50]
    return described(make_answers(make_study(), columns, reasons=reasons, weight=weight))


def cell(table: pd.DataFrame, *keys: str, column: str = "estimate") -> float:
    return table.loc[keys, column]


def test_means_by_hand(table) -> None:
    assert cell(table, "q1", "mean", "", "", "", "none") == pytest.approx(17 / 5)
    assert cell(table, "q1", "mean", "", "", "", "establishment") == pytest.approx(1100 / 350)
    assert cell(table, "q1", "mean", "", "sector", "logistics", "establishment") == pytest.approx(4)
    assert cell(table, "q1", "mean", "", "size2", "10-49", "none") == pytest.approx(10 / 3)
    assert cell(table, "q1", "mean", "", "", "", "none", column="n") == 5
    assert cell(table, "share", "mean", "", "", "", "none") == pytest.approx((0 + 60 + 100 + 100 + 60) / 5)
    assert "kind" not in table.loc[(slice(None), "mean"), :].index.get_level_values("measure")


def test_shares_are_of_those_who_answered_and_dont_know_of_those_who_did_or_said_so(table) -> None:
    assert cell(table, "q1", "share", "5", "", "", "none") == pytest.approx(2 / 5)
    assert cell(table, "q1", "share", "3", "", "", "none") == 0
    assert cell(table, "q1", "share", "positive", "", "", "establishment") == pytest.approx(200 / 350)
    assert cell(table, "q1", "share", "dont_know", "", "", "none") == pytest.approx(1 / 6)
    assert cell(table, "q1", "share", "dont_know", "", "", "establishment") == pytest.approx(100 / 450)
    assert cell(table, "q1", "share", "dont_know", "", "", "none", column="n") == 6
    assert cell(table, "kind", "share", "2", "", "", "none") == pytest.approx(4 / 6)
    codes = table.loc[("q1", "share", ["1", "2", "3", "4", "5"], "", "", "none"), "estimate"]
    assert codes.sum() == pytest.approx(1)


def test_difference_from_the_rest_is_not_from_the_total(table) -> None:
    trade = table.loc[("q1", "mean", "", "sector", "trade", "none")]
    test = stats.ttest_ind([1, 4], [5, 5, 2])
    assert trade["difference_from_rest"] == pytest.approx(-1.5)
    pooled = np.sqrt((4.5 + 6) / 3)
    assert trade["cohens_d"] == pytest.approx(-1.5 / pooled)
    assert test.statistic == pytest.approx(-1.5 / (pooled * np.sqrt(1 / 2 + 1 / 3)))
    assert np.isnan(cell(table, "q1", "mean", "", "", "", "none", column="difference_from_rest"))


def test_the_rest_is_of_those_whose_group_is_known(table) -> None:
    # sizes: 1, 4 and 5 small; the 5 large; the 2 of unknown size is in neither
    small = table.loc[("n_ideas", "mean", "", "size2", "10-49", "none")]
    assert small["difference_from_rest"] == pytest.approx(1 - 11 / 2)
    assert table.loc[("kind", "share", "2", "size2", "50+", "none"), "difference_from_rest"] == pytest.approx(
        1 / 2 - 2 / 3
    )


def test_the_largest_part_of_a_magnitude(table) -> None:
    assert cell(table, "n_ideas", "mean", "", "", "", "none", column="largest_share") == pytest.approx(9 / 14)
    weighted = cell(table, "n_ideas", "mean", "", "", "", "establishment", column="largest_share")
    assert weighted == pytest.approx(900 / 1200)
    assert np.isnan(cell(table, "q1", "mean", "", "", "", "none", column="largest_share"))
    assert cell(table, "n_ideas", "mean", "", "", "", "none", column="magnitude") == pytest.approx(14)
    assert np.isnan(cell(table, "q1", "mean", "", "", "", "none", column="magnitude"))


def test_quantiles_are_of_indices_and_numbers(table) -> None:
    # weights 100, 100, 100, 50, 50 for 1, 0, 9, 2, 2 ideas: half of 400 is reached at the ideas of the second
    medians = [
        cell(table, "n_ideas", "quantile", "0.5", "", "", weight) for weight in ("none", "establishment")
    ]
    assert medians == [2, 1]
    assert cell(table, "n_ideas", "quantile", "0.25", "", "", "establishment") == 0
    assert cell(table, "n_ideas", "quantile", "0.75", "", "", "establishment") == 2
    assert cell(table, "n_ideas", "quantile", "0.5", "", "", "none", column="beside") == 2
    assert cell(table, "n_ideas", "quantile", "0.5", "sector", "trade", "none", column="n") == 3
    assert cell(table, "n_ideas", "quantile", "0.5", "sector", "trade", "none") == 1
    assert np.isnan(cell(table, "n_ideas", "quantile", "0.5", "", "", "none", column="largest_share"))
    quantiles = table.loc[(slice(None), "quantile"), :].index
    assert set(quantiles.get_level_values("measure")) == {"n_ideas"}
    assert set(quantiles.get_level_values("category")) == {"0.25", "0.5", "0.75"}


@pytest.mark.filterwarnings("ignore::inspraak.estimation.design.LonelyStratumWarning")
def test_an_item_that_nobody_answered_and_a_group_of_one(make_study, make_answers) -> None:
    columns = {
        "a_sbi": ["G"] * 5 + ["H"],
        "a_size": [10, 60] * 3,
        "q1": [1, 4, 3, 5, 5, 2],
        "n_ideas": [1, 2, 3, 4, 5, 6],
        "absence": [NAN] * 6,
    }
    table = described(make_answers(make_study(), columns))
    assert "absence" not in table.index.get_level_values("measure")
    alone = table.xs("logistics", level="group").xs("none", level="weight").loc["n_ideas"]
    assert (alone["n"] == 1).all()
    assert (alone["estimate"] == 6).all()
    assert alone[["std_error", "ci_low", "ci_high", "p_value", "difference_from_rest"]].isna().all(axis=None)
    assert alone.loc[("quantile", "0.5", "sector"), "beside"] == 0


def test_paradata_and_empty_groups_have_no_rows(table) -> None:
    measures = set(table.index.get_level_values("measure"))
    assert measures == {"gate", "q1", "share", "kind", "n_ideas"}
    assert (table["n"] > 0).all()


@pytest.mark.parametrize(("n_unsure", "shown"), [(6, False), (7, True)])
def test_dont_know_is_shown_from_five_percent_on(
    make_study, make_answers, n_unsure: int, shown: bool
) -> None:
    n = 140
    said = ["dont_know"] * n_unsure + [""] * (n - n_unsure)
    q1 = [NAN] * n_unsure + [3.0, 4.0] * ((n - n_unsure) // 2) + [3.0] * ((n - n_unsure) % 2)
    answers = make_answers(make_study(), {"q1": q1, "a_sbi": ["G", "H"] * 70}, reasons={"q1": said})
    categories = described(answers).loc["q1"].index.get_level_values("category")
    assert ("dont_know" in categories) == shown


def test_without_a_design_there_is_one_set_of_estimates(make_study, make_answers, texts) -> None:
    line = "design: {strata: [sector], population: population.csv}\n"
    study = make_study({"study.yaml": texts["study.yaml"].replace(line, "")})
    table = described(make_answers(study, {"q1": [1, 2, 3], "a_sbi": ["G", "G", "H"]}))
    assert set(table.index.get_level_values("weight")) == {"none"}


@settings(max_examples=15)
@given(seed=st.integers(0, 10**6))
def test_groups_add_up_and_order_does_not_matter(small_study, make_answers, seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 40
    columns = {
        "a_sbi": rng.choice(["G", "H"], n),
        "a_size": rng.choice([10.0, 60.0], n),
        "q1": rng.choice([1, 2, 3, 4, 5, NAN], n),
        "share": rng.choice([0, 1, 2.0], n),
        "n_ideas": rng.poisson(2, n).astype(float),
    }
    weight = rng.choice([1.0, 2.5], n)
    table = described(make_answers(small_study, columns, weight=weight))
    order = rng.permutation(n)
    shuffled = {name: column[order] for name, column in columns.items()}
    again = described(make_answers(small_study, shuffled, weight=weight[order] * 7))
    totals, sevenfold = table.pop("magnitude"), again.pop("magnitude")
    pd.testing.assert_frame_equal(table, again, rtol=1e-7, atol=1e-9)
    weighted = totals.index.get_level_values("weight") == "establishment"
    pd.testing.assert_series_equal(totals.mul(np.where(weighted, 7.0, 1.0)), sevenfold)
    plain = table.drop("quantile", level="statistic").xs("none", level="weight").reset_index()
    plain["total"] = plain["n"] * plain["estimate"]
    sums = plain.groupby(["group_by", "measure", "statistic", "category"])[["n", "total"]].sum()
    for division in ("sector", "size2"):
        pd.testing.assert_frame_equal(sums.loc[division], sums.loc[""], atol=1e-8)


@pytest.fixture
def small_study(make_study):
    return make_study()


def test_densities_are_of_thirty_employers_or_more(make_study, make_answers) -> None:
    rng = np.random.default_rng(1)
    scores_of = {"A": 30, "B": 29}
    answers = make_answers(make_study(), {"q1": rng.choice([1.0, 3, 5], 40)}, weight=rng.uniform(1, 3, 40))
    study, responses, _ = answers
    scores = pd.DataFrame(
        {name: [*rng.uniform(0, 100, n), *[NAN] * (40 - n)] for name, n in scores_of.items()}
    ).assign(employer="e")
    table = describe_densities(study, "2020", responses, scores)
    assert set(table["index"]) == {"A"}
    assert table["x"].tolist() == list(range(101))
    assert np.trapezoid(table["density"], table["x"]) == pytest.approx(1, abs=1e-3)
    assert describe_densities(study, "2020", responses, scores[["employer", "B"]]).empty
