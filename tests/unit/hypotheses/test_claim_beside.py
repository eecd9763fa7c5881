"""What stands beside a claim: slopes along a moderator, regions, sensitivity, E-values, conditions that lack."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from inspraak.hypotheses.verdicts import judge_claims

from .conftest import drawn


def moderated(slope: float, n: int = 300) -> dict:
    """The slope of q2 on q1 rises by `slope` per point of n_ideas, a count from 0 up, and is nil where that is 3."""
    rng = np.random.default_rng(4)
    columns = drawn(seed=4, n=n)
    columns["n_ideas"] = rng.integers(0, 7, n).astype(float)
    columns["q1"] = rng.integers(1, 6, n).astype(float)
    mean = 3 + slope * (columns["q1"] - 3) * (columns["n_ideas"] - 3)
    columns["q2"] = np.clip(np.rint(mean + 0.7 * rng.normal(size=n)), 1, 5)
    return columns


KEYS = "x: q1, moderator: n_ideas, y: q2, controls: []"


def test_slopes_and_regions_along_a_moderator_are_those_of_the_model(tested) -> None:
    found = tested(KEYS, moderated(0.2), kind="moderation")
    data = found.responses[["q1", "q2", "n_ideas"]].astype(float)
    X = sm.add_constant(data[["q1", "n_ideas"]].assign(xm=data["q1"] * data["n_ideas"]))
    fit = sm.OLS(data["q2"], X).fit(cov_type="HC3", use_t=True)
    V = fit.cov_params()

    def t(value: float) -> float:
        error = np.sqrt(V.loc["q1", "q1"] + 2 * value * V.loc["q1", "xm"] + value**2 * V.loc["xm", "xm"])
        return (fit.params["q1"] + value * fit.params["xm"]) / error

    regions = found.tables["regions"].sort_values("from", na_position="first")
    assert regions["sign"].tolist() == [-1, 1]
    assert regions["reach"].tolist() == ["part", "part"]
    limit = stats.t.ppf(0.975, fit.df_resid)
    below, above = regions.iloc[0], regions.iloc[1]
    assert t(below["to"]) == pytest.approx(-limit, rel=1e-6)
    assert t(above["from"]) == pytest.approx(limit, rel=1e-6)
    assert above["share"] == pytest.approx((data["n_ideas"] >= above["from"]).mean())
    assert above["n_inside"] == (data["n_ideas"] >= above["from"]).sum()
    slopes = found.tables["simple_slopes"].set_index("level")
    assert slopes.index.tolist() == list(range(10, 100, 10))
    values = slopes["value"]
    standard = data["q1"].std() / data["q2"].std()
    for level in (10, 50, 90):
        expected = (fit.params["q1"] + values[level] * fit.params["xm"]) * standard
        assert slopes.loc[level, "estimate"] == pytest.approx(expected)
    ends = found.table.set_index("term")
    for level in (10, 90):
        row = ends.loc[f"q1 | n_ideas p{level}"]
        assert slopes.loc[level, ["estimate", "ci_low", "ci_high"]].tolist() == pytest.approx(
            row[["std_estimate", "std_ci_low", "std_ci_high"]].tolist()
        )


def test_a_region_may_be_nowhere_and_two_values_have_none(tested) -> None:
    columns = moderated(0.0)
    columns["q1"] = np.random.default_rng(8).permutation(columns["q1"])
    regions = tested(KEYS, columns, kind="moderation").tables["regions"]
    assert set(regions["reach"]) <= {"nowhere", "beyond the data"}
    assert regions["share"].eq(0).all()
    two = tested(KEYS.replace("n_ideas", "gate"), moderated(0.2), kind="moderation")
    assert two.tables["regions"].empty
    assert two.tables["simple_slopes"].empty


def test_regions_end_where_the_scale_of_the_moderator_ends(tested) -> None:
    columns = moderated(0.2)
    columns["q3"] = np.clip(columns["n_ideas"] - 1, 1, 5)
    regions = tested(KEYS.replace("n_ideas", "q3"), columns, kind="moderation").tables["regions"]
    bounds = regions[["from", "to"]].to_numpy()
    assert ((bounds >= 1) & (bounds <= 5)).all()


def test_a_mediation_says_at_which_correlation_nothing_is_left(tested) -> None:
    found = tested("x: q1, mediators: [q2], y: n_ideas, controls: []", kind="mediation")
    data = found.responses[["q1", "q2", "n_ideas"]].astype(float)
    left = [sm.OLS(data[name], sm.add_constant(data[["q1"]])).fit().resid for name in ("q2", "n_ideas")]
    row = found.tables["sensitivity"].iloc[0]
    assert row["rho"] == pytest.approx(np.corrcoef(*left)[0, 1])
    assert row["explained"] == pytest.approx(row["rho"] ** 2)
    verdict = judge_claims(found.data.study, found.table).iloc[0]
    ratio = np.exp(0.91 * abs(found.table.loc[0, "std_estimate"]))
    assert verdict["e_value"] == pytest.approx(ratio + np.sqrt(ratio * (ratio - 1)))


def test_the_e_value_of_a_claim_is_that_of_its_weakest_estimate(tested) -> None:
    found = tested("x: q1, y: [q2, n_ideas], controls: []", kind="joint")
    verdict = judge_claims(found.data.study, found.table).iloc[0]
    ratio = np.exp(0.91 * found.table["std_estimate"].abs().min())
    assert verdict["e_value"] == pytest.approx(ratio + np.sqrt(ratio * (ratio - 1)))
    counted = tested("x: q1, y: n_ideas, model: poisson, controls: []")
    rate = counted.table.loc[0, "natural_estimate"]
    judged = judge_claims(counted.data.study, counted.table).iloc[0]
    assert judged["e_value"] == pytest.approx(rate + np.sqrt(rate * (rate - 1)))
    other = tested("x: q1, y: q2, controls: []", kind="association")
    assert np.isnan(judge_claims(other.data.study, other.table).loc[0, "e_value"])


def test_a_contest_of_forms_says_how_often_a_condition_lacks(tested) -> None:
    found = tested("conditions: [q1, q3], y: q2, controls: []", drawn(n=300), kind="form_contest", sign=None)
    data = found.responses[["q1", "q2", "q3"]].astype(float)
    rows = found.table.set_index("term")
    high = data["q2"] > data["q2"].quantile(0.5, interpolation="lower")
    lacks = pd.DataFrame(
        {name: data[name] < data[name].quantile(0.25, interpolation="lower") for name in ("q1", "q3")}
    )
    any_row = rows.loc["lacking any of q1, q3"]
    assert any_row["estimate"] == pytest.approx(lacks[high].any(axis=1).mean(), abs=0.02)
    assert any_row["n"] == high.sum()
    assert not any_row["decides"]
    assert rows.loc["lacking q1", "n_fewest"] <= rows.loc["lacking q1", "n"] / 2
    assert any_row["ci_low"] < any_row["estimate"] < any_row["ci_high"]
