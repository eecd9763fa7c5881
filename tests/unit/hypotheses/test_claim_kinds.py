"""Claims of the kinds that rest on one linear model: joint, association, contrast, group difference, moderation."""

import numpy as np
import pandas as pd
import pingouin
import pytest
import statsmodels.api as sm
from scipy import stats

from .conftest import drawn


def complete(tested_frames, **columns: pd.Series) -> pd.DataFrame:
    """Join columns to the control log_size; complete cases, with an intercept."""
    frame = pd.DataFrame({**columns, "log_size": tested_frames.responses["log_size"]}).dropna()
    frame.insert(0, "constant", 1.0)
    return frame


def share_of(found) -> pd.Series:
    return found.responses["share"].map({0.0: 0.0, 1.0: 60.0, 2.0: 100.0})


def hc3(frame: pd.DataFrame, y: str = "y"):
    return sm.OLS(frame[y], frame.drop(columns=y)).fit(cov_type="HC3", use_t=True)


def test_joint_is_one_regression_per_outcome(tested) -> None:
    table = tested("x: A, y: [share, n_ideas], controls: [log_size]", kind="joint").table
    joint = table[table["decides"]]
    alone = [tested(f"x: A, y: {y}, controls: [log_size]").table.iloc[0] for y in ("share", "n_ideas")]
    assert joint["outcome"].tolist() == ["share", "n_ideas"]
    for name in ("estimate", "std_error", "p_value", "std_estimate", "n"):
        assert joint[name].tolist() == [row[name] for row in alone]


def test_association_is_the_partial_correlation(tested) -> None:
    found = tested("x: A, y: share, controls: [log_size, kind]", kind="association")
    row = found.table.iloc[0]
    frame = complete(found, x=found.scores["A"], y=share_of(found), kind=found.responses["kind"])
    frame["kind2"], frame["kind3"] = ((frame["kind"] == code).astype(float) for code in (2, 3))
    expected = pingouin.partial_corr(frame, "x", "y", covar=["log_size", "kind2", "kind3"]).iloc[0]
    assert row["n"] == expected["n"]
    assert row["estimate"] == pytest.approx(expected["r"])
    assert row["std_estimate"] == row["estimate"]
    half = stats.norm.ppf(0.975) / np.sqrt(row["n"] - 3 - 3)
    assert row["ci_low"] == pytest.approx(np.tanh(np.arctanh(expected["r"]) - half))
    assert row["p_value"] == pytest.approx(
        2 * stats.norm.sf(np.arctanh(expected["r"]) * np.sqrt(row["n"] - 6))
    )


def test_weights_move_an_association_and_its_error(tested) -> None:
    plain, weighted = (
        tested("x: A, y: share, controls: []", kind="association", design=design) for design in (False, True)
    )
    weights = weighted.responses["weight"]
    known = weighted.scores["A"].notna() & share_of(weighted).notna()
    matrix = np.cov(weighted.scores["A"][known], share_of(weighted)[known], aweights=weights[known])
    r = matrix[0, 1] / np.sqrt(matrix[0, 0] * matrix[1, 1])
    assert weighted.table.loc[0, "estimate"] == pytest.approx(r)
    widths = [table["ci_high"][0] - table["ci_low"][0] for table in (plain.table, weighted.table)]
    assert widths[1] > widths[0]


def test_two_groups_are_compared_in_sd_of_the_outcome(tested) -> None:
    keys = 'y: share, controls: [log_size], compare: {high: "kind = 1 or kind = 2", low: "kind = 3"}'
    found = tested(keys, kind="contrast")
    row = found.table.iloc[0]
    kind = found.responses["kind"]
    frame = complete(found, y=share_of(found), high=kind.isin([1, 2]).astype(float))
    fit = hc3(frame)
    assert row["term"] == "kind = 1 or kind = 2 vs kind = 3"
    assert (row["estimate"], row["std_error"]) == pytest.approx((fit.params["high"], fit.bse["high"]))
    assert row["natural_estimate"] == row["estimate"]
    assert row["std_estimate"] == pytest.approx(fit.params["high"] / frame["y"].std())
    assert row["p_value"] == pytest.approx(fit.pvalues["high"])


def test_employers_in_neither_group_do_not_count(tested) -> None:
    keys = 'y: share, controls: [], compare: {high: "kind = 1", low: "kind = 3"}'
    found = tested(keys, kind="contrast")
    kind, share = found.responses["kind"], share_of(found)
    assert found.table.loc[0, "n"] == (kind.isin([1, 3]) & share.notna()).sum()
    assert found.table.loc[0, "estimate"] == pytest.approx(share[kind == 1].mean() - share[kind == 3].mean())


def test_a_group_of_fewer_than_ten_is_not_compared(tested) -> None:
    columns = drawn()
    columns["kind"] = np.where(np.arange(len(columns["kind"])) < 9, 1.0, 2.0)
    keys = 'y: share, controls: [], compare: {high: "kind = 1", low: "kind = 2"}'
    row = tested(keys, columns, kind="contrast").table.iloc[0]
    assert row["reason"] == "too few employers"
    assert np.isnan(row["estimate"])


def test_slopes_are_weighed_against_each_other_per_sd(tested) -> None:
    found = tested("y: share, controls: [log_size], coefficients: {q1: 1, n_ideas: -0.5}", kind="contrast")
    row = found.table.iloc[0]
    frame = complete(
        found, y=share_of(found), q1=found.responses["q1"], n_ideas=found.responses["n_ideas"].astype(float)
    )
    fit = hc3(frame)
    weights = np.array([frame["q1"].std(), -0.5 * frame["n_ideas"].std()])
    estimate = weights @ fit.params[["q1", "n_ideas"]]
    error = np.sqrt(weights @ fit.cov_params().loc[["q1", "n_ideas"], ["q1", "n_ideas"]] @ weights)
    assert row["term"] == "q1 - 0.5 n_ideas"
    assert (row["estimate"], row["std_error"]) == pytest.approx((estimate, error))
    assert row["std_estimate"] == pytest.approx(estimate / frame["y"].std())


def test_a_difference_in_differences_is_the_product_of_two_conditions(tested) -> None:
    keys = 'y: share, controls: [], difference_in_differences: ["gate = 1", "q1 >= 3"]'
    found = tested(keys, kind="contrast")
    row = found.table.iloc[0]
    gate, high = found.responses["gate"] == 1, found.responses["q1"] >= 3
    means = share_of(found).groupby([gate, high]).mean()
    expected = means[True, True] - means[True, False] - means[False, True] + means[False, False]
    assert (len(found.table), row["term"]) == (1, "gate = 1 : q1 >= 3")
    assert row["estimate"] == pytest.approx(expected)


def test_a_group_is_compared_with_the_rest_and_nothing_is_held_constant(tested) -> None:
    keys = "y: share, group: sector, category: trade, controls: [log_size]"
    found = tested(keys, kind="group_difference", sign=None)
    row = found.table.iloc[0]
    trade, share = found.responses["sector"] == "trade", share_of(found)
    fit = hc3(pd.DataFrame({"constant": 1.0, "trade": trade.astype(float), "y": share}).dropna())
    assert (row["term"], row["controls"]) == ("sector = 'trade'", "")
    assert row["estimate"] == pytest.approx(share[trade].mean() - share[~trade].mean())
    assert row["std_error"] == pytest.approx(fit.bse["trade"])


def test_without_a_category_all_groups_decide_together(tested) -> None:
    found = tested("y: share, group: kind", kind="group_difference", sign=None)
    first, *groups = (row for _, row in found.table.iterrows())
    frame = pd.DataFrame({"y": share_of(found), "kind": found.responses["kind"]}).dropna()
    dummies = pd.get_dummies(frame["kind"], drop_first=True, dtype=float)
    fit = sm.OLS(frame["y"], sm.add_constant(dummies)).fit(cov_type="HC3", use_t=True)
    test = fit.f_test(np.eye(3)[1:])
    assert (first["term"], first["decides"]) == ("kind", True)
    assert first["statistic"] == pytest.approx(float(test.fvalue))
    assert first["p_value"] == pytest.approx(float(test.pvalue))
    between = frame.groupby("kind")["y"].transform("mean").std(ddof=1)
    assert first["std_estimate"] == pytest.approx(between / frame["y"].std(), rel=1e-2)
    assert [row["term"] for row in groups] == ["kind = '1'", "kind = '2'", "kind = '3'"]
    assert not any(row["decides"] for row in groups)


def moderated(found) -> pd.DataFrame:
    frame = complete(
        found, y=share_of(found), x=found.scores["A"], m=found.responses["n_ideas"].astype(float)
    )
    frame["product"] = frame["x"] * frame["m"]
    return frame


def test_moderation_gives_the_interaction_and_the_slopes_at_both_ends(tested) -> None:
    found = tested(
        "x: A, y: share, moderator: n_ideas, controls: [log_size], low: 20, high: 80", kind="moderation"
    )
    interaction, low, high, curved = (row for _, row in found.table.iterrows())
    frame = moderated(found)
    fit = hc3(frame)
    sd = frame.std()
    assert (interaction["estimate"], interaction["std_error"]) == pytest.approx(
        (fit.params["product"], fit.bse["product"])
    )
    assert interaction["std_estimate"] == pytest.approx(fit.params["product"] * sd["x"] * sd["m"] / sd["y"])
    for row, level in ((low, 0.2), (high, 0.8)):
        at = frame["m"].quantile(level, interpolation="inverted_cdf")
        slope = fit.t_test(_slope(frame, at))
        assert row["term"] == f"A | n_ideas p{level * 100:g}"
        assert row["estimate"] == pytest.approx(slope.effect[0])
        assert row["std_error"] == pytest.approx(slope.sd[0, 0])
        assert row["std_estimate"] == pytest.approx(slope.effect[0] * sd["x"] / sd["y"])
        assert not row["decides"]
    frame["x2"], frame["m2"] = frame["x"] ** 2, frame["m"] ** 2
    assert curved["term"] == "A:n_ideas given A:A, n_ideas:n_ideas"
    assert curved["estimate"] == pytest.approx(hc3(frame).params["product"])
    assert not curved["decides"]


def _slope(frame: pd.DataFrame, at: float) -> list[float]:
    """Weights of the coefficients that give the slope of x where m is `at`."""
    weights = {"x": 1.0, "product": at}
    return [weights.get(name, 0.0) for name in frame.columns if name != "y"]


def test_non_inferiority_is_tested_against_its_margin(tested) -> None:
    keys = "x: A, y: share, moderator: gate, controls: [log_size], non_inferiority: 0.1"
    row = tested(keys, kind="moderation").table.iloc[0]
    assert row["term"] == "A | gate p90 vs A | gate p10"
    assert (row["decides"], row["null_value"]) == (True, -0.1)
    statistic = (row["std_estimate"] + 0.1) / row["std_std_error"]
    assert row["statistic"] == pytest.approx(statistic)
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(statistic), row["df"]))


def test_a_moderator_of_two_values_has_its_two_values_for_ends(tested) -> None:
    columns = drawn()
    columns["gate"] = np.where(np.arange(len(columns["gate"])) < 12, 1.0, 0.0)  # fewer than one in ten
    table = tested("x: A, y: share, moderator: gate, controls: []", columns, kind="moderation").table
    interaction, low, high = (table.iloc[place]["estimate"] for place in range(3))
    assert high - low == pytest.approx(interaction)


def test_a_moderator_that_hardly_varies_is_said_so(tested) -> None:
    columns = drawn()
    columns["n_ideas"] = np.where(
        np.arange(len(columns["n_ideas"])) < 12, np.arange(len(columns["n_ideas"])), 20.0
    )
    table = tested("x: A, y: share, moderator: n_ideas, controls: []", columns, kind="moderation").table
    assert table["reason"].tolist() == ["no variance: n_ideas"]


@pytest.mark.parametrize(
    ("kind", "keys", "named"),
    [
        ("joint", "x: A, y: [share, absence]", "absence"),
        ("association", "x: absence, y: share", "absence"),
        ("contrast", 'y: share, compare: {high: "absence > 5", low: "absence <= 5"}', "absence"),
        ("moderation", "x: A, y: share, moderator: absence", "absence"),
    ],
)
def test_what_the_wave_did_not_ask_is_named(tested, kind: str, keys: str, named: str) -> None:
    columns = drawn() | {"absence": np.full(150, np.nan)}
    table = tested(keys, columns, kind=kind).table
    assert set(table["reason"]) == {f"items not asked in this wave: {named}"}
