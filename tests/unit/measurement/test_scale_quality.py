"""Reliability of the indices of a wave, against pingouin; floor and ceiling by hand."""

import numpy as np
import pingouin
import pytest

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
