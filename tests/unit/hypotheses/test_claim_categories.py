"""Claims with a multinomial model: cells of two outcomes high and low, and sorts of answers, against statsmodels."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from inspraak.hypotheses.verdicts import judge_claims

from .conftest import drawn

JOINT = "x: q1, y: [q2, n_ideas], model: multinomial, controls: [log_size]"
BOTH, ALONE, OTHER, NEITHER = (
    f"q2 {one}, n_ideas {other}" for one in ("high", "low") for other in ("high", "low")
)


def median(values: pd.Series, weights: pd.Series) -> float:
    order = values.sort_values().index
    share = weights[order].cumsum() / weights.sum()
    return values[order][(share >= 0.5).to_numpy()].iloc[0]


def quantile(values: pd.Series, weights: pd.Series, level: float) -> float:
    order = values.sort_values().index
    share = weights[order].cumsum() / weights.sum()
    return values[order][(share >= level).to_numpy()].iloc[0]


def shares(codes: pd.Series, frame: pd.DataFrame, x: str, at: list[float]) -> np.ndarray:
    """Predicted shares of every code with x at each value, everything else as it is."""
    X = sm.add_constant(frame)
    fit = sm.MNLogit(codes, X).fit(method="newton", maxiter=200, disp=0, tol=1e-12)
    return np.array([fit.predict(X.assign(**{x: value})).mean().to_numpy() for value in at])


def test_both_high_together_is_compared_between_low_and_high_x(tested) -> None:
    found = tested(JOINT, kind="joint")
    rows, frame = found.table.set_index(["outcome", "term"]), found.responses
    data = frame[["q1", "log_size"]].astype(float)
    ones = pd.Series(1.0, index=frame.index)
    high = {name: frame[name] > median(frame[name], ones) for name in ("q2", "n_ideas")}
    codes = 3 - (2 * high["q2"] + high["n_ideas"]).astype(int)
    ends = [quantile(data["q1"], ones, level) for level in (0.1, 0.9)]
    expected = shares(codes, data, "q1", ends)
    assert list(dict.fromkeys(found.table["outcome"])) == [BOTH, ALONE, OTHER, NEITHER]
    for place, outcome in enumerate((BOTH, ALONE, OTHER, NEITHER)):
        change = rows.loc[(outcome, "q1 p90 vs q1 p10")]
        assert rows.loc[(outcome, "q1 p10"), "estimate"] == pytest.approx(expected[0, place], rel=1e-6)
        assert rows.loc[(outcome, "q1 p90"), "estimate"] == pytest.approx(expected[1, place], rel=1e-6)
        assert change["estimate"] == pytest.approx(expected[1, place] - expected[0, place], rel=1e-6)
        assert change["natural_estimate"] == pytest.approx(100 * change["estimate"])
        spread = (codes == place).std()
        slope = change["estimate"] / (ends[1] - ends[0]) * data["q1"].std() / spread
        assert change["std_estimate"] == pytest.approx(slope)
        assert 0 < rows.loc[(outcome, "q1 p10"), "ci_low"] < rows.loc[(outcome, "q1 p10"), "estimate"]
    deciding = found.table[found.table["decides"]]
    assert deciding[["outcome", "term"]].to_numpy().tolist() == [[BOTH, "q1 p90 vs q1 p10"]]
    assert deciding.iloc[0]["n_fewest"] == min(
        (codes == 0).sum(), (codes != 0).sum(), (data["q1"] != 1).sum()
    )
    assert (found.table["model"] == "multinomial").all()
    assert judge_claims(found.data.study, found.table)["verdict"].tolist() == ["supported"]


def test_high_is_above_the_weighted_median_of_the_wave(tested) -> None:
    found = tested(JOINT, kind="joint", design=True)
    frame = found.responses
    high = {name: frame[name] > median(frame[name], frame["weight"]) for name in ("q2", "n_ideas")}
    n = (high["q2"] & high["n_ideas"]).sum()
    assert found.table.loc[0, "n_fewest"] == min(n, (frame["q1"] > 1).sum(), (frame["q1"] < 5).sum())


def one_without_the_other(n: int = 400) -> dict:
    """Where q1 is higher q2 is higher, and n_ideas lower: a trade-off."""
    columns = drawn(seed=5, n=n)
    rng = np.random.default_rng(5)
    lean = columns["q1"] - 3
    columns["q2"] = np.clip(np.rint(3 + 0.6 * lean + rng.normal(size=n)), 1, 5)
    columns["n_ideas"] = rng.poisson(np.exp(1.5 - 0.3 * lean)).astype(float)
    return columns


def test_a_trade_off_that_is_found_more_often_contradicts_the_claim(tested) -> None:
    found = tested(JOINT, one_without_the_other(), kind="joint")
    deciding = found.table[found.table["decides"]]
    assert deciding["outcome"].tolist() == [ALONE]
    assert deciding["against"].all()
    assert (deciding["std_estimate"] > 0).all()
    assert judge_claims(found.data.study, found.table)["verdict"].tolist() == ["contradicted"]
    other = tested(JOINT, one_without_the_other(), kind="joint", sign="-")
    assert other.table.loc[other.table["decides"], "outcome"].tolist() == [BOTH]


def test_cells_of_few_employers_and_an_x_that_hardly_varies_have_a_reason(tested) -> None:
    columns = drawn()
    few = {
        **columns,
        "n_ideas": np.where(columns["q2"] > 3, np.minimum(columns["n_ideas"], 2), 3 + columns["n_ideas"]),
    }
    flat = {**columns, "q1": np.where(np.arange(150) < 12, 5.0, 3.0), "q2": columns["q2"]}
    flat["q1"][12:14] = 4.0
    for given, reason in ((few, "too few with another answer"), (flat, "no variance")):
        table = tested(JOINT, given, kind="joint").table
        assert table["reason"].tolist() == [reason]
        assert table["outcome"].tolist() == [BOTH]
        assert table["estimate"].isna().all()
    table = tested(JOINT.replace("n_ideas", "share"), drawn(n=40), kind="joint").table
    assert table["reason"].tolist() in (["too few employers"], ["too few with another answer"])


def test_an_x_that_foretells_a_cell_is_separated(tested) -> None:
    columns = one_without_the_other()
    columns["q1"] = np.where(columns["q2"] >= 4, 5.0, np.minimum(columns["q1"], 4.0))
    table = tested(JOINT, columns, kind="joint").table
    assert table["reason"].tolist() == ["separated"]


def sorted_by(columns: dict, *, seed: int = 2) -> dict:
    """Sorts of answers of which the third goes with q1."""
    rng = np.random.default_rng(seed)
    lean = np.array(columns["q1"]) - 3
    odds = np.exp(np.column_stack([0 * lean, 0.2 + 0 * lean, 0.5 * lean]))
    reached = np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)
    kind = 1 + (rng.random((len(lean), 1)) > reached).sum(axis=1)
    return {**columns, "kind": kind.astype(float)}


def test_each_sort_of_answer_has_its_marginal_effect_and_the_named_one_decides(tested) -> None:
    keys = "x: q1, y: kind, model: multinomial, category: '3', controls: [log_size]"
    found = tested(keys, sorted_by(drawn(n=300)))
    data = found.responses[["q1", "log_size"]].astype(float)
    codes = (found.responses["kind"] - 1).astype(int)
    fit = sm.MNLogit(codes, sm.add_constant(data)).fit(method="newton", maxiter=200, disp=0, tol=1e-12)
    effects = fit.get_margeff(at="overall")
    rows = found.table.set_index(["outcome", "term"])
    for place, code in enumerate("123"):
        row = rows.loc[(f"kind = '{code}'", "q1")]
        assert row["estimate"] == pytest.approx(effects.margeff[0, place], rel=1e-6)
        # HC1 and not the model's own variance, so about the same only
        assert row["std_error"] == pytest.approx(effects.margeff_se[0, place], rel=0.15)
        assert row["std_estimate"] == pytest.approx(
            row["estimate"] * data["q1"].std() / (codes == place).std()
        )
        assert row["natural_estimate"] == pytest.approx(100 * row["estimate"] * data["q1"].std())
    assert found.table.loc[found.table["decides"], "outcome"].tolist() == ["kind = '3'"]
    assert found.table.loc[0, "outcome"] == "kind = '3'"
    assert judge_claims(found.data.study, found.table)["verdict"].tolist() == ["supported"]


def test_a_sort_of_answer_that_nobody_gave_has_a_reason(tested) -> None:
    columns = drawn()
    columns["kind"] = np.minimum(columns["kind"], 2.0)
    keys = "x: q1, y: kind, model: multinomial, category: '3'"
    table = tested(keys, columns).table
    assert table["reason"].tolist() == ["too few with another answer"]
    assert table["outcome"].tolist() == ["kind = '3'"]
    same = tested(keys, {**columns, "kind": np.ones(150)}).table
    assert same["reason"].tolist() == ["no variance"]
