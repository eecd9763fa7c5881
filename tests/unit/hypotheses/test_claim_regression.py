"""Claims of kind regression, against statsmodels and a sandwich written out, and the reasons for no estimate."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from inspraak.hypotheses.testing import TESTS

from .conftest import INDICES, N, drawn


def matrix(responses: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """x, intercept and controls as in the claim below, and y; complete cases."""
    frame = pd.DataFrame({"A": scores["A"], "constant": 1.0, "log_size": responses["log_size"]})
    frame["kind2"], frame["kind3"] = ((responses["kind"] == code).astype(float) for code in (2, 3))
    frame["y"] = responses["share"].map({0.0: 0.0, 1.0: 60.0, 2.0: 100.0})
    return frame.dropna()


def test_without_a_design_it_is_least_squares_with_hc3(tested) -> None:
    table, responses, scores, *_ = tested("x: A, y: share, controls: [log_size, kind]")
    row = table.iloc[0]
    frame = matrix(responses, scores)
    fit = sm.OLS(frame["y"], frame.drop(columns="y")).fit(cov_type="HC3", use_t=True)
    assert (len(table), row["n"], row["reason"], row["model"]) == (1, len(frame), "", "linear")
    assert row["controls"] == "log_size, kind"
    low, high = fit.conf_int().loc["A"]
    numbers = [
        row[name] for name in ("estimate", "std_error", "statistic", "p_value", "ci_low", "ci_high", "df")
    ]
    expected = [fit.params["A"], fit.bse["A"], fit.tvalues["A"], fit.pvalues["A"], low, high, len(frame) - 5]
    np.testing.assert_allclose(numbers, expected, rtol=1e-8)
    sd_x, sd_y = frame["A"].std(), frame["y"].std()
    assert row["natural_estimate"] == pytest.approx(fit.params["A"] * sd_x)
    assert row["natural_unit"] == "percentage points"
    assert row["natural_ci_low"] == pytest.approx(low * sd_x)
    assert row["std_estimate"] == pytest.approx(fit.params["A"] * sd_x / sd_y)
    assert row["std_ci_high"] == pytest.approx(high * sd_x / sd_y)
    assert row["std_std_error"] == pytest.approx(fit.bse["A"] * sd_x / sd_y)


def test_with_a_design_it_is_weighted_with_the_stratified_sandwich(tested) -> None:
    keys = 'x: A, y: share, controls: [log_size, kind], domain: "a_size >= 30"'
    table, responses, scores, *_ = tested(keys, design=True)
    row = table.iloc[0]
    frame = matrix(responses, scores)
    frame = frame[responses.loc[frame.index, "a_size"] >= 30]
    weights = responses.loc[frame.index, "weight"]
    X = frame.drop(columns="y")
    fit = sm.WLS(frame["y"], X, weights=weights).fit()
    scored = X.mul((frame["y"] - X @ fit.params) * weights, axis=0).reindex(responses.index, fill_value=0.0)
    bread = np.linalg.inv(X.T @ X.mul(weights, axis=0))
    meat = np.zeros((5, 5))
    for _, stratum in scored.groupby(responses["stratum"]):  # rows outside the domain stay in their stratum
        centred = (stratum - stratum.mean()).to_numpy()
        meat += len(stratum) / (len(stratum) - 1) * centred.T @ centred
    variance = bread @ meat @ bread
    assert row["n"] == len(frame) < responses["share"].notna().sum()
    assert row["estimate"] == pytest.approx(fit.params["A"])
    assert row["std_error"] == pytest.approx(np.sqrt(variance[0, 0]))
    assert row["df"] == len(frame) - 2 + 1 - 5


def test_order_of_rows_and_units_change_nothing(tested) -> None:
    keys = "x: A, y: n_ideas, controls: [log_size]"
    columns = drawn()
    order = np.random.default_rng(0).permutation(N)
    shuffled = {name: np.array(column, dtype=object)[order].tolist() for name, column in columns.items()}
    tenfold = {**columns, "n_ideas": np.array(columns["n_ideas"]) * 10}
    plain, again, larger = (
        tested(keys, each, design=True)[0].iloc[0] for each in (columns, shuffled, tenfold)
    )
    for name in ("estimate", "std_error", "p_value", "std_estimate", "natural_estimate"):
        assert plain[name] == pytest.approx(again[name])
    for name, factor in (("estimate", 10), ("natural_estimate", 10), ("std_estimate", 1), ("p_value", 1)):
        assert larger[name] == pytest.approx(plain[name] * factor)


def test_what_is_built_from_the_outcome_is_left_out_of_the_index(tested) -> None:
    left = tested("x: I, y: n_ideas, leave_out: auto, controls: [log_size]").table
    alone = tested("x: q1, y: n_ideas, controls: [log_size]").table
    assert left.loc[0, "std_estimate"] == pytest.approx(alone.loc[0, "std_estimate"])
    assert left.loc[0, "estimate"] == pytest.approx(alone.loc[0, "estimate"] / 25)  # 0-100 against 1-5


def test_of_an_index_of_which_nothing_is_left_there_is_no_estimate(tested) -> None:
    files = {"indices.yaml": INDICES.replace("items: [q1, log_ideas]", "items: [log_ideas]")}
    table = tested("x: I, y: n_ideas, leave_out: auto", files=files).table
    assert table["reason"].tolist() == ["collinear"]


def test_every_x_and_outcome_has_a_row_and_the_claim_is_no_control_of_itself(tested) -> None:
    table = tested("x: [q1, q2], y: [share, n_ideas], controls: [q1, log_size, share]").table
    assert table[["outcome", "term"]].to_numpy().tolist() == [
        ["share", "q1"], ["share", "q2"], ["n_ideas", "q1"], ["n_ideas", "q2"],
    ]  # fmt: skip
    assert (table["controls"] == "log_size").all()
    assert (table["reason"] == "").all()


def test_the_reference_category_and_absent_categories_do_not_matter(tested) -> None:
    columns = drawn()
    with_absent = {
        **columns,
        "kind": [3.0 if size < 30 else kind for size, kind in zip(columns["a_size"], columns["kind"])],
    }
    keys = 'x: A, y: share, controls: [kind], domain: "a_size >= 30"'
    full = tested(keys, with_absent).table
    relabelled = {**with_absent, "kind": [4 - kind for kind in with_absent["kind"]]}
    again = tested(keys, relabelled).table
    assert full.loc[0, "estimate"] == pytest.approx(again.loc[0, "estimate"])
    only = {**columns, "kind": [1.0 if size >= 30 else 2.0 for size in columns["a_size"]]}
    none = tested(keys, only).table
    bare = tested('x: A, y: share, domain: "a_size >= 30"', only).table
    assert none.loc[0, "std_error"] == pytest.approx(bare.loc[0, "std_error"])


@pytest.mark.parametrize(
    ("keys", "change", "reason"),
    [
        ("x: A, y: share", {"share": [np.nan] * N}, "items not asked in this wave: share"),
        (
            "x: A, y: share",
            {"share": [1.0, 2.0, 0.0] * 9 + [2.0] * 2 + [np.nan] * (N - 29)},
            "too few employers",
        ),
        ('x: A, y: share, domain: "a_size > 100000"', {}, "too few employers"),
        ("x: A, y: share", {"share": [1.0] * N}, "no variance"),
        ("x: q1, y: share", {"q1": [4.0] * N}, "no variance"),
        ("x: [q1, q2], y: share", {"q2": drawn()["q1"]}, "collinear"),
        ("x: q1, y: n_ideas", {"n_ideas": 2 * np.array(drawn()["q1"]) + 1}, "collinear"),
        ('x: A, y: share, domain: "absence = 1"', {}, "items not asked in this wave: absence"),
    ],
)
def test_why_there_is_no_estimate(tested, keys: str, change: dict[str, object], reason: str) -> None:
    table = tested(keys, {**drawn(), **change}).table
    assert set(table["reason"]) == {reason}
    assert table[["estimate", "p_value", "std_std_error", "natural_estimate"]].isna().all(axis=None)


def test_one_employer_alone_decides_no_coefficient(tested) -> None:
    q1 = [3.0] * (N - 1) + [5.0]
    table = tested("x: q1, y: n_ideas", {**drawn(), "q1": q1}).table
    assert table.loc[0, "reason"] == "too few with another answer"


def test_controls_that_the_wave_did_not_ask_are_left_out(tested) -> None:
    without = tested("x: A, y: share, controls: [absence, log_size]").table
    bare = tested("x: A, y: share, controls: [log_size]").table
    assert without.loc[0, "controls"] == "log_size"
    assert without.loc[0, "p_value"] == bare.loc[0, "p_value"]


def test_claims_are_tested_where_declared_and_other_kinds_say_why_not(tested, texts, monkeypatch) -> None:
    monkeypatch.delitem(TESTS, "typology")
    text = """
H1: {kind: typology, family: none, items: [q1, q2], wording: {nl: a, en: a}}
H2: {kind: untested, family: none, reason: {nl: geen, en: none}, wording: {nl: a, en: a}}
H3: {kind: regression, family: none, sign: "+", x: q1, y: share, waves: ["2021"], wording: {nl: a, en: a}}
"""
    waves = texts["study.yaml"].replace('"2020": {', '"2021": {files: [{path: b.csv}]}\n  "2020": {')
    table = tested("x: q1, y: share", files={"hypotheses.yaml": text, "study.yaml": waves}).table
    assert table[["hypothesis", "reason"]].to_numpy().tolist() == [
        ["H1", "kind not available: typology"], ["H2", "no question carries it"],
    ]  # fmt: skip
    assert (table["wave"] == "2020").all()


def test_an_estimate_is_one_row_of_plain_values() -> None:
    from inspraak.hypotheses.result import Estimate

    row = replace(Estimate("main", "regression"), estimate=0.5).row()
    assert row["estimate"] == 0.5
    assert row["part"] == "main"
    assert np.isnan(row["p_value"])
