"""Method variance of declared models: rows, reasons, correlations, and the unit in which answers count."""

import numpy as np
import pandas as pd
import pytest

from inspraak.measurement.assessment import assess_wave
from inspraak.measurement.method_variance import METHOD, assess_method_variance
from inspraak.measurement.scoring import score_indices
from inspraak.randomness import stream

N = 600
STEPS = [
    "harman", "marker", "baseline", "marker_constrained", "marker_unconstrained", "restricted", "method_factor",
]  # fmt: skip
HEAD = "theme: work, type: reflective"
INDICES = f"""
A: {{label: {{nl: A, en: A}}, {HEAD}, items: [q1, q2, q3]}}
B: {{label: {{nl: B, en: B}}, {HEAD}, items: [r1, r2, share, absence]}}
"""
CODEBOOK = [f"{item},work,EENS5,,,own,{item},{item}" for item in ("r1", "r2", "m1", "m2")]


def models(markers: str = "[m1, m2]", **keys: str) -> str:
    more = "".join(f", {key}: {value}" for key, value in keys.items())
    text = f"label: {{nl: M, en: M}}, factors: [A, B], estimator: MLR, markers: {markers}{more}"
    return f"{INDICES}models:\n  both: {{{text}}}\n"


def drawn(*, method: float = 0.5) -> dict[str, np.ndarray]:
    """Answers to two scales whose factors correlate .3, and to two markers; all share a way of answering."""
    random = stream(11, "common method")
    factors = random.multivariate_normal(np.zeros(2), [[1, 0.3], [0.3, 1]], N)
    way = method * random.standard_normal(N)

    def answer(factor: np.ndarray, loading: float) -> np.ndarray:
        return loading * factor + way + 0.8 * random.standard_normal(N)

    def coded(behind: np.ndarray, *cuts: float) -> np.ndarray:
        return np.digitize(behind, cuts).astype(float)

    fives = {
        name: 1 + coded(answer(factor, loading), -1.5, -0.5, 0.5, 1.5)
        for name, factor, loading in (
            ("q1", factors[:, 0], 1.0),
            ("q2", factors[:, 0], 1.3),
            ("q3", factors[:, 0], 0.8),
            ("r1", factors[:, 1], 0.8),
            ("r2", factors[:, 1], 1.2),
            ("m1", np.zeros(N), 0.0),
            ("m2", np.zeros(N), 0.0),
        )
    }
    fives["q3"] = 6 - fives["q3"]  # a reversed item
    numbers = {
        "share": coded(answer(factors[:, 1], 1.0), -0.7, 0.7),
        "absence": 50 + 12 * np.clip(answer(factors[:, 1], 1.0), -4, 4),
    }
    return fives | numbers


def gaps(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    random = stream(11, "gaps")
    return {name: np.where(random.random(N) < 0.05, np.nan, column) for name, column in columns.items()}


@pytest.fixture
def assess(make_study, make_answers):
    """A function that assesses the two scales with some keys of their model and some answers."""

    def run(columns: dict[str, np.ndarray], text: str):
        study = make_study({"indices.yaml": text}, codebook=CODEBOOK)
        _, responses, _ = make_answers(study, columns)
        return assess_method_variance(study, "2020", responses)

    return run


def test_every_step_has_a_row_and_the_correlation_without_method_is_near_the_true_one(assess) -> None:
    found = assess(gaps(drawn()), models())
    table = found.table.set_index("step")
    assert [*found.table] == [*METHOD]
    assert table.index.tolist() == STEPS
    assert (table["n"] == N).all()
    assert (table["wave"] == "2020").all()
    assert (table["model"] == "both").all()
    assert table.loc["marker_constrained", "p_difference"] < 1e-4
    assert table["variance_share"].isna().tolist() == [False, True, True, False, False, False, False]
    assert table.loc["harman", ["chi2", "df", "p_difference"]].isna().all()
    fitted = table.drop(index="harman")
    assert (
        fitted.loc[fitted["status"] == "converged", ["chi2", "df", "p_value", "cfi", "rmsea"]]
        .notna()
        .all(axis=None)
    )
    pairs = found.correlations
    assert pairs[["model", "x", "y"]].to_numpy().tolist() == [["both", "A", "B"]]
    assert pairs.loc[0, "correlation_marker"] == pytest.approx(0.3, abs=0.12)


def test_each_pair_of_factors_has_its_correlations_without_method(make_study, make_answers) -> None:
    columns = gaps(drawn())
    study = make_study({"indices.yaml": models()}, codebook=CODEBOOK)
    _, responses, reasons = make_answers(study, columns)
    scores = score_indices(study, "2020", responses, reasons)
    tables = assess_wave(study, "2020", responses, reasons, scores, seed=1, resamples=20, scoring="z_mean")
    found = assess_method_variance(study, "2020", responses)
    pd.testing.assert_frame_equal(tables["method"], found.table)
    names = ["correlation_before", "correlation_marker", "correlation_method"]
    pd.testing.assert_frame_equal(tables["discriminant"][names], found.correlations[names])
    # the model is fitted by maximum likelihood to the same answers: what is before is its own correlation
    assert tables["discriminant"].loc[0, "correlation"] == pytest.approx(
        found.correlations.loc[0, "correlation_before"], abs=1e-4
    )
    assert tables["scorings"].loc[tables["scorings"]["chosen"], "scoring"].tolist() == ["z_mean"] * 2


def test_codes_and_numbers_count_in_parts_of_their_range(assess, make_study, make_answers) -> None:
    """Equal loadings mean the same whatever the numbers of the codes are: a percentage is not a hundred times more."""
    columns = drawn()
    scales = make_study().folder / "scales.yaml"
    other = scales.read_text().replace("PROCENT:", "PROCENT0:") + (
        "PROCENT: {number: {at_least: 0, at_most: 5000}}\n"
    )
    plain = assess(columns, models()).table
    study = make_study({"indices.yaml": models(), "scales.yaml": other}, codebook=CODEBOOK)
    _, responses, _ = make_answers(study, columns | {"absence": columns["absence"] * 50})
    found = assess_method_variance(study, "2020", responses).table
    pd.testing.assert_frame_equal(plain, found, rtol=1e-6)


def test_of_two_markers_one_may_be_left(assess) -> None:
    one_left = assess(gaps(drawn()) | {"m2": np.full(N, 2.0)}, models()).table
    one_declared = assess(gaps(drawn()), models(markers="[m1]")).table
    pd.testing.assert_frame_equal(one_left, one_declared)
    assert one_left["step"].tolist() == STEPS
    assert one_left.loc[one_left["step"] == "marker_constrained", "p_difference"].item() < 1e-3


def test_without_markers_there_is_the_factor_of_method_alone(assess) -> None:
    found = assess(drawn(), models(markers="[]"))
    assert found.table["step"].tolist() == ["harman", "method_factor"]
    assert found.correlations["correlation_marker"].isna().all()


def test_what_cannot_be_fitted_is_named(assess) -> None:
    still = drawn() | {"m1": np.full(N, np.nan), "m2": np.full(N, 2.0)}
    none_left = assess(still, models()).table
    assert none_left["step"].tolist() == ["harman", "marker", "method_factor"]
    assert none_left.loc[1, ["n", "status", "reason"]].tolist() == [N, "not fitted", "no marker that varies"]
    nothing = {name: np.full(N, 2.0) for name in drawn()}
    empty = assess(nothing, models())
    assert empty.table[["step", "n", "status", "reason"]].to_numpy().tolist() == [
        ["method_factor", N, "not fitted", "no factor of two items"]
    ]
    assert empty.correlations.empty


def test_items_that_determine_others_are_named(assess) -> None:
    columns = drawn()
    columns["absence"] = 100 * (columns["r1"] + columns["r2"] - 2) / 8
    found = assess(columns, models()).table
    assert found["status"].tolist() == ["redundant items"] * 3
    assert found["reason"].tolist() == ["r1, r2, absence"] * 3
    assert found["variance_share"].isna().all()


def test_one_factor_has_no_pairs(assess) -> None:
    found = assess(drawn(), models(structure="one_factor"))
    assert found.table["step"].tolist() == [step for step in STEPS if step != "restricted"]
    assert found.correlations.empty


def test_models_of_other_waves_are_left_alone(make_study, make_answers) -> None:
    text = '  "2020": {files: [{path: answers.csv}]}'
    study_yaml = (
        (make_study().folder / "study.yaml")
        .read_text()
        .replace(text, f'{text}\n  "2024": {{files: [{{path: b.csv}}]}}')
    )
    study = make_study(
        {"indices.yaml": models(waves='["2024"]'), "study.yaml": study_yaml}, codebook=CODEBOOK
    )
    _, responses, _ = make_answers(study, drawn())
    assert assess_method_variance(study, "2020", responses).table.empty
