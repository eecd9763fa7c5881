"""Reliability of the indices of a wave, against pingouin; floor and ceiling by hand."""

import numpy as np
import pingouin
import pytest

from inspraak.measurement.item_statistics import item_statistics
from inspraak.measurement.reliability import assess_scales
from inspraak.measurement.scoring import components, score_indices

NAN = float("nan")
INDICES = """
A: {label: {nl: A, en: A}, theme: work, type: reflective, items: [q1, q2, q3]}
B: {label: {nl: B, en: B}, theme: work, type: reflective, items: [q1, q2]}
C: {label: {nl: C, en: C}, theme: work, type: formative, items: [q1, A]}
D: {label: {nl: D, en: D}, theme: work, type: reflective, items: [q1]}
"""


@pytest.fixture
def assessed(make_study, make_answers):
    rng = np.random.default_rng(5)
    common = rng.normal(size=80)
    columns = {
        name: np.clip(np.rint(3 + sign * common + rng.normal(size=80)), 1, 5)
        for name, sign in (("q1", 1), ("q2", 1), ("q3", -1))
    }
    columns["q2"][:5] = NAN
    study, responses, reasons = make_answers(make_study({"indices.yaml": INDICES}), columns)
    scores = score_indices(study, "2020", responses, reasons)
    table = assess_scales(study, "2020", responses, reasons, scores).set_index("index")
    return table, responses, scores


def test_alpha_is_that_of_the_turned_items(assessed) -> None:
    table, responses, _ = assessed
    items = responses[["q1", "q2", "q3"]].assign(q3=6 - responses["q3"])
    alpha, _ = pingouin.cronbach_alpha(items, nan_policy="pairwise")
    assert table.loc["A", "alpha"] == pytest.approx(alpha, abs=1e-3)  # pingouin rounds
    assert table.loc["A", "alpha_low"] < alpha < table.loc["A", "alpha_high"]
    assert table.loc["A", ["n_items", "n_items_declared", "n"]].tolist() == [3, 3, 80]


def test_scales_of_two_items_get_spearman_brown(assessed) -> None:
    table, responses, _ = assessed
    r = responses[["q1", "q2"]].corr().iloc[0, 1]
    assert table.loc["B", "spearman_brown"] == pytest.approx(2 * r / (1 + r))
    assert table.loc["B", "spearman_brown_low"] < table.loc["B", "spearman_brown"]
    assert np.isnan(table.loc["A", "spearman_brown"])


def test_formative_indices_and_single_items_have_no_alpha(assessed) -> None:
    table, _, _ = assessed
    assert table.loc[["C", "D"], ["alpha", "alpha_low", "spearman_brown"]].isna().all(axis=None)


def test_floor_and_ceiling_are_shares_of_the_scores_at_the_ends(assessed) -> None:
    table, responses, scores = assessed
    assert table.loc["D", "floor"] == pytest.approx((responses["q1"] == 1).mean())
    assert table.loc["D", "ceiling"] == pytest.approx((responses["q1"] == 5).mean())
    assert table.loc["C", "floor"] == pytest.approx((scores["C"] == 0).mean())


def test_components_are_those_that_the_wave_has(make_study, make_answers, texts) -> None:
    wave = texts["study.yaml"].replace("answers.csv}]", "answers.csv}], not_asked: [q3]")
    study = make_study({"study.yaml": wave, "indices.yaml": INDICES})
    study_, responses, reasons = make_answers(study, {"q1": [1.0, 5], "q2": [3.0, NAN]})
    scores = score_indices(study_, "2020", responses, reasons)
    parts, asked = components(study, study.indices["A"], responses, reasons, {})
    np.testing.assert_array_equal(parts, [[0, 50], [100, NAN]])
    assert asked.all()
    table = assess_scales(study, "2020", responses, reasons, scores).set_index("index")
    assert table.loc["A", ["n_items", "n_items_declared"]].tolist() == [2, 3]


LARGER = """
A: {label: {nl: A, en: A}, theme: work, type: reflective, items: [q1, q2, q3]}
S: {label: {nl: S, en: S}, theme: work, type: reflective, items: [n1, n2, n3, n4, n5, n6]}
T: {label: {nl: T, en: T}, theme: work, type: formative, items: [n7, n8]}
U: {label: {nl: U, en: U}, theme: work, type: formative, items: [A, T]}
"""


@pytest.fixture
def larger(make_study, make_answers):
    def assess(**columns):
        rng = np.random.default_rng(11)
        n, groups = 500, np.repeat([0, 1], 250)
        general = rng.normal(size=n) + 1.0 * groups
        numbers = 50 + 8 * (0.8 * general[:, np.newaxis] + 0.6 * rng.normal(size=(n, 8)))
        drawn = dict(zip((f"n{place}" for place in range(1, 9)), numbers.T))
        for name, sign in (("q1", 1), ("q2", 1), ("q3", -1)):
            drawn[name] = np.clip(np.rint(3 + sign * rng.normal(size=n)), 1, 5)
        drawn["a_sbi"] = np.where(groups == 1, "G", "H")
        study = make_study(
            {"indices.yaml": LARGER}, codebook=[f"n{place},work,PROCENT,,,own,n,n" for place in range(1, 9)]
        )
        _, responses, reasons = make_answers(study, drawn | columns)
        scores = score_indices(study, "2020", responses, reasons)
        statistics = item_statistics(study, "2020", responses, reasons, scores)
        table = assess_scales(study, "2020", responses, reasons, scores).set_index("index")
        return table, statistics, scores

    return assess


def test_one_factor_gives_omega_and_the_variance_it_explains(larger) -> None:
    table, _, scores = larger()
    scale = table.loc["S"]
    spread = 0.64 * (1 + 0.25)  # of the factor, whose mean differs by one between two halves
    assert scale["omega"] == pytest.approx(36 * spread / (36 * spread + 6 * 0.36), abs=0.01)
    assert scale["omega_low"] < scale["omega"] < scale["omega_high"]
    assert scale["omega_hierarchical"] <= scale["omega"] + 0.01
    assert scale["ave"] == pytest.approx(spread / (spread + 0.36), abs=0.03)
    assert np.isnan(scale["omega_categorical"])
    assert scale["alpha_listwise"] == pytest.approx(scale["alpha"])
    assert scale["note"] == ""
    by_sector = scores["S"].groupby(np.repeat([0, 1], 250))
    between = by_sector.mean().var() - by_sector.var().mean() / 250
    assert scale["icc"] == pytest.approx(between / (between + by_sector.var().mean()), rel=1e-6)
    assert scale["icc_by"] == "sector"


def test_overlap_is_of_formative_indices_and_inflation_of_scores_that_share_nothing(larger) -> None:
    table, _, scores = larger()
    assert table["overlap"].notna().tolist() == [False, False, True, True]
    assert table.loc["T", "overlap"] > 0.5
    assert table["vif"].notna().tolist() == [True, True, True, False]
    r = scores[["A", "S", "T"]].corr().to_numpy()
    np.testing.assert_allclose(table["vif"][:3], np.diag(np.linalg.inv(r)))
    assert table.loc["T", ["alpha", "omega", "icc", "ave"]].isna().all()


def test_a_note_says_why_a_number_is_missing(larger, assessed) -> None:
    notes = assessed[0]["note"].to_dict()
    assert notes == {"A": "", "B": "two items", "C": "", "D": "one item"}
    rng = np.random.default_rng(2)
    once = np.clip(np.rint(3 + rng.normal(size=500)), 1, 5)
    table, _, _ = larger(q1=once, q2=once, n2=np.full(500, 40.0))
    assert table.loc["A", "note"] == "identical items: q1, q2; two items"
    assert table.loc["S", "note"] == "no variance: n2"
    assert table.loc["S", "omega"] > 0.8
    assert np.isnan(table.loc["A", "omega"])
    table, _, _ = larger(q1=np.full(500, NAN), q2=np.full(500, NAN))
    assert table.loc["A", "note"] == "no answers: q1; no answers: q2; one item"
    assert table.loc["A", ["alpha", "omega", "omega_categorical"]].isna().all()


def test_items_are_described_turned_and_against_the_others(larger) -> None:
    table, statistics, _ = larger(q3=np.tile([1.0, 2, 2, 5, NAN], 100))
    rows = statistics.set_index(["index", "item"])
    assert list(rows.index) == [("A", f"q{k}") for k in (1, 2, 3)] + [("S", f"n{k}") for k in range(1, 7)]
    third = rows.loc[("A", "q3")]
    assert third[["n", "mean", "floor", "ceiling"]].tolist() == [400, 3.5, 0.25, 0.25]
    assert third["sd"] == pytest.approx(np.std(np.tile([1, 2, 2, 5], 100), ddof=1))
    number = rows.loc[("S", "n1")]
    assert 40 < number["mean"] < 60
    assert number["item_rest"] > 0.7
    assert number["alpha_if_dropped"] < table.loc["S", "alpha"]
