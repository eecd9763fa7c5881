"""Measurement models of a wave: what holds is found, and what cannot be used says why."""

import numpy as np
import pytest

from inspraak.measurement.model_fits import fit_models
from inspraak.measurement.model_tables import fit_table, loading_table, modification_table
from inspraak.measurement.scale_factors import variance_of_factors

NAN = float("nan")
NAMES = ("q1", "q2", "q3", "q4", "q5", "q6")
CODEBOOK = [
    *(f"{name},work,EENS5,,,own,{name},{name}" for name in NAMES[3:]),
    *(f"n{place},work,PROCENT,,,own,n,n" for place in range(1, 10)),
]
SCALES = """
A: {label: {nl: A, en: A}, theme: work, type: reflective, items: [q1, q2, q3]}
B: {label: {nl: B, en: B}, theme: work, type: reflective, items: [q4, q5, q6]}
models:
"""


def answers_of(n: int, seed: int = 4, *, related: float = 0.5, loading: float = 0.8) -> dict[str, np.ndarray]:
    """Draw answers to two scales of three items, whose factors correlate as `related`."""
    rng = np.random.default_rng(seed)
    factors = rng.multivariate_normal([0, 0], [[1, related], [related, 1]], size=n)
    noise = rng.normal(size=(n, 6)) * np.sqrt(1 - loading**2)
    behind = factors[:, np.repeat([0, 1], 3)] * loading + noise
    codes = 1.0 + (behind[:, :, np.newaxis] > np.array([-1.3, -0.4, 0.5, 1.4])).sum(axis=2)
    codes[:, 2] = 6 - codes[:, 2]  # q3 is asked the other way round
    return dict(zip(NAMES, codes.T))


@pytest.fixture
def fitted(make_study, make_answers):
    def fit(models: str, columns: dict[str, np.ndarray]):
        study = make_study({"indices.yaml": SCALES + models}, codebook=CODEBOOK)
        found = make_answers(study, columns)
        fits = fit_models(study, "2020", found.responses, seed=7)
        return fits, fit_table("2020", fits)

    return fit


BOTH = "  m: {label: {nl: A, en: A}, factors: [A, B], rivals: [one_factor]}\n"


def test_the_true_structure_fits_and_its_rival_does_not(fitted) -> None:
    fits, table = fitted(BOTH, answers_of(2000))
    declared, rival = table.to_dict("records")
    assert (declared["declared"], declared["status"], declared["reason"]) == ("True", "converged", "")
    assert declared["cfi"] > 0.99
    assert declared["rmsea"] < 0.03
    assert declared["delta_cfi"] == 0
    assert (rival["declared"], rival["structure"]) == ("False", "one_factor")
    assert rival["delta_cfi"] == pytest.approx(rival["cfi"] - declared["cfi"])
    assert rival["delta_cfi"] < -0.1
    loadings = loading_table("2020", fits)
    own = loadings[loadings["structure"] == "correlated"]
    assert own["item"].tolist() == list(NAMES)
    assert own["factor"].tolist() == ["A"] * 3 + ["B"] * 3
    np.testing.assert_allclose(own["standardised"], 0.8, atol=0.05)
    assert (own["standardised_low"] < own["standardised"]).all()
    assert loadings.loc[loadings["structure"] == "one_factor", "factor"].unique().tolist() == ["m"]
    assert variance_of_factors(fits)["A"] == pytest.approx((own["standardised"][:3] ** 2).mean())


@pytest.mark.parametrize("estimator", ["WLSMV", "MLR"])
def test_an_item_that_belongs_elsewhere_too_has_the_largest_index(fitted, estimator: str) -> None:
    columns = answers_of(1500, related=0.2)
    columns["q4"] = np.clip(np.rint(0.6 * columns["q4"] + 0.4 * columns["q1"]), 1, 5)
    model = f"  m: {{label: {{nl: A, en: A}}, factors: [A, B], estimator: {estimator}}}\n"
    fits, _ = fitted(model, columns)
    table = modification_table("2020", fits)
    pairs = [{row["first"], row["second"]} for row in table.to_dict("records")[:3]]
    assert {"q1", "q4"} in pairs
    assert {"A", "q4"} in pairs
    assert (table["index"] > 3.84).all()
    assert table["index"].is_monotonic_decreasing
    assert len(table) <= 10


def test_searches_from_drawn_starts_end_at_one_solution(fitted) -> None:
    model = "  m: {label: {nl: A, en: A}, factors: [A, B], estimator: ML}\n"
    _, table = fitted(model, answers_of(300))
    assert table[["starts", "starts_agreeing"]].to_numpy().tolist() == [[5, 5]]
    _, again = fitted(model, answers_of(300))
    assert again.equals(table)


def test_factors_above_factors_are_rows_of_the_loadings(fitted) -> None:
    rng = np.random.default_rng(3)
    general = rng.normal(size=(800, 1))
    narrow = 0.8 * general + 0.6 * rng.normal(size=(800, 3))
    items = 50 + 10 * (narrow[:, np.repeat(range(3), 3)] + 0.5 * rng.normal(size=(800, 9)))
    model = """  m:
    label: {nl: A, en: A}
    factors: {x: [n1, n2, n3], y: [n4, n5, n6], z: [n7, n8, n9]}
    structure: second_order
"""
    fits, table = fitted(model, {f"n{place + 1}": items[:, place] for place in range(9)})
    assert table.loc[0, "status"] == "converged"
    loadings = loading_table("2020", fits)
    above = loadings[loadings["factor"] == "m"]
    assert above["item"].tolist() == ["x", "y", "z"]
    np.testing.assert_allclose(above["standardised"], 0.8, atol=0.06)


def test_what_is_left_out_is_named_and_the_rest_is_fitted(fitted) -> None:
    columns = answers_of(400)
    columns["q2"], columns["q6"] = columns["q1"].copy(), np.full(400, 4.0)
    _, table = fitted(BOTH, columns)
    row = table.loc[0]
    assert row["note"] == "no variance: q6; identical items: q1, q2"
    assert row["status"] == "converged"
    assert row["df"] == 1


def test_a_model_of_which_nothing_is_left_says_so(fitted) -> None:
    columns = answers_of(400) | {name: np.full(400, 3.0) for name in ("q1", "q2", "q4", "q5")}
    fits, table = fitted(BOTH, columns)
    assert table["status"].tolist() == ["not fitted", "not fitted"]
    assert table["reason"].tolist() == ["no factor of two items"] * 2
    assert table["n"].isna().all()
    assert table.loc[0, "note"].endswith("one item: A; one item: B")
    assert loading_table("2020", fits).empty
    assert modification_table("2020", fits).empty


@pytest.mark.parametrize("estimator", ["WLSMV", "ML"])
def test_one_factor_of_two_items_cannot_be_told_and_of_three_not_tested(fitted, estimator: str) -> None:
    models = f"""  two: {{label: {{nl: A, en: A}}, factors: {{x: [q1, q2]}}, estimator: {estimator}}}
  three: {{label: {{nl: A, en: A}}, factors: [A], estimator: {estimator}}}
  pair: {{label: {{nl: A, en: A}}, factors: {{x: [q1, q2], y: [q4, q5]}}, estimator: {estimator}}}
"""
    fits, table = fitted(models, answers_of(400))
    rows = table.set_index("model")
    assert rows.loc["two", ["status", "reason"]].tolist() == ["not identified", "one factor of two items"]
    assert rows.loc["three", ["status", "reason", "df"]].tolist() == ["converged", "just identified", 0]
    assert np.isnan(rows.loc["three", "cfi"])
    assert np.isnan(rows.loc["three", "chi2"])
    assert rows.loc["pair", ["status", "df"]].tolist() == ["converged", 1]
    assert set(loading_table("2020", fits)["model"]) == {"three", "pair"}


def test_fewer_rows_than_parameters_are_too_few(fitted) -> None:
    fits, table = fitted(BOTH, answers_of(20))
    parameters = fits[0].solutions["correlated"].model.parameters
    assert table.loc[0, "status"] == "too few rows"
    assert table.loc[0, "reason"] == f"20 rows, {parameters} parameters"


def test_a_category_that_nobody_chose_does_no_harm(fitted) -> None:
    columns = answers_of(500)
    columns["q1"] = np.where(columns["q1"] == 2, 1.0, columns["q1"])
    _, table = fitted(BOTH, columns)
    assert table.loc[0, ["status", "note"]].tolist() == ["converged", ""]


def test_rare_categories_are_joined_where_they_leave_no_correlation(fitted) -> None:
    columns = answers_of(402)
    columns["q4"] = np.repeat([1.0, 2, 3, 3], [2, 200, 60, 140])  # with q5 as if the one foretold the other
    columns["q5"] = np.repeat([1.0, 1, 1, 2], [2, 200, 60, 140])
    fits, table = fitted(BOTH, columns)
    assert dict(fits[0].joined) == {"q4": ((2.0, 1.0),)}
    assert table["note"].tolist() == ["categories joined: q4 (2 with 1)"] * 2
    assert table.loc[0, "status"] != "redundant items"
    columns["q4"][:2] = 2.0
    fits, table = fitted(BOTH, columns)
    assert table["note"].tolist() == ["", ""]


def test_items_that_foretell_each_other_whatever_is_joined_are_named(fitted) -> None:
    columns = answers_of(400)
    columns["q5"] = np.where(columns["q4"] > 3, 2.0, 1.0)
    _, table = fitted(BOTH, columns)
    assert table.loc[0, ["status", "reason", "note"]].tolist() == ["redundant items", "q4, q5", ""]
    assert np.isnan(table.loc[0, "cfi"])


def test_an_improper_solution_is_named_shown_and_not_used(fitted) -> None:
    rng = np.random.default_rng(1)
    correlation = [[1, 0.8, 0.8], [0.8, 1, 0.5], [0.8, 0.5, 1]]  # of the first more than all is common
    items = 50 + 10 * rng.multivariate_normal(np.zeros(3), correlation, size=400)
    columns = {f"n{place + 1}": items[:, place] for place in range(3)}
    fits, table = fitted("  m: {label: {nl: A, en: A}, factors: {x: [n1, n2, n3]}}\n", columns)
    assert table.loc[0, ["status", "reason"]].tolist() == ["improper", "negative variance: n1"]
    loadings = loading_table("2020", fits)
    assert loadings["status"].tolist() == ["improper"] * 3
    assert loadings.loc[0, "standardised"] > 1
    assert variance_of_factors(fits) == {}
    assert modification_table("2020", fits).empty
