"""Claims of the kinds with engines of their own: indirect effects, surfaces, forms, necessity, added R2, shares."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from inspraak.hypotheses.verdicts import judge_claims

from .conftest import drawn


def share_of(found) -> pd.Series:
    return found.responses["share"].map({0.0: 0.0, 1.0: 60.0, 2.0: 100.0})


def ols(y: pd.Series, **columns: pd.Series):
    return sm.OLS(y, sm.add_constant(pd.DataFrame(columns))).fit()


def test_an_indirect_effect_is_the_product_of_two_slopes(tested) -> None:
    keys = "x: q1, mediators: [q2], y: share, controls: [log_size], smallest_effect: 0.02"
    found = tested(keys, kind="mediation")
    indirect, direct, total, reverse = (row for _, row in found.table.iterrows())
    data = found.responses[["q1", "q2", "log_size"]].astype(float).assign(y=share_of(found)).dropna()
    first = ols(data["q2"], x=data["q1"], size=data["log_size"])
    second = ols(data["y"], x=data["q1"], m=data["q2"], size=data["log_size"])
    whole = ols(data["y"], x=data["q1"], size=data["log_size"])
    assert indirect["term"] == "q1 via q2"
    assert indirect["estimate"] == pytest.approx(first.params["x"] * second.params["m"])
    assert direct["term"] == "q1 beside q2"
    assert direct["estimate"] == pytest.approx(second.params["x"])
    assert (total["term"], total["estimate"]) == ("q1", pytest.approx(whole.params["x"]))
    assert indirect["std_estimate"] == pytest.approx(
        indirect["estimate"] * data["q1"].std() / data["y"].std(), rel=1e-9
    )
    assert [row["decides"] for row in (indirect, direct, total, reverse)] == [True, False, False, False]
    back = ols(data["q2"], x=data["q1"], m=data["y"], size=data["log_size"])
    assert (reverse["outcome"], reverse["term"]) == ("q2", "q1 via share")
    assert reverse["estimate"] == pytest.approx(whole.params["x"] * back.params["m"])
    arrows = found.tables["mediation_paths"].set_index(["start", "end"])["estimate"]
    assert arrows["q1", "q2"] == pytest.approx(first.params["x"] * data["q1"].std() / data["q2"].std())
    assert arrows["q2", "share"] == pytest.approx(second.params["m"] * data["q2"].std() / data["y"].std())


def test_ways_by_several_mediators_stand_beside_their_sum(tested) -> None:
    keys = "x: q1, mediators: [q2, q3], y: share, order: serial, controls: []"
    found = tested(keys, kind="mediation")
    table = found.table
    ways = table[table["term"].str.startswith("q1 via q") & ~table["decides"] & (table["outcome"] == "share")]
    assert table.loc[0, "term"] == "q1 via q2 then q3"
    assert ways["term"].tolist() == ["q1 via q2", "q1 via q3", "q1 via q2 then q3"]
    assert table.loc[0, "estimate"] == pytest.approx(ways["estimate"].sum())
    arrows = found.tables["mediation_paths"].set_index(["start", "end"])
    assert set(arrows.index) == {("q1", "q2"), ("q1", "q3"), ("q2", "q3"), ("q2", "share"), ("q3", "share")}
    long = arrows["estimate"]["q1", "q2"] * arrows["estimate"]["q2", "q3"] * arrows["estimate"]["q3", "share"]
    assert ways["std_estimate"].iloc[2] == pytest.approx(long)
    assert (arrows["ci_low"] < arrows["estimate"]).all()
    assert table["decides"].sum() == 1


def test_a_bootstrap_depends_on_the_claim_alone(tested) -> None:
    keys = "x: q1, mediators: [q2], y: share, controls: []"
    first, again = (tested(keys, kind="mediation").table for _ in range(2))
    other = tested("x: q1, mediators: [q3], y: share, controls: []", kind="mediation").table
    pd.testing.assert_frame_equal(first, again)
    assert first.loc[0, "ci_low"] != other.loc[0, "ci_low"]


def test_a_surface_is_read_along_the_line_of_incongruence(tested) -> None:
    found = tested(
        "expectation: q1, fulfilment: q2, y: share, moderator: q3, controls: []", kind="response_surface"
    )
    data = (found.responses[["q1", "q2", "q3"]].astype(float)).assign(y=share_of(found)).dropna()
    x, z = (100 * (data[name] - 1) / 4 - 50 for name in ("q1", "q2"))
    w = data["q3"] - data["q3"].mean()
    second = {"x": x, "z": z, "xx": x**2, "xz": x * z, "zz": z**2}
    fit = ols(data["y"], **second, w=w, **{f"{name}w": column * w for name, column in second.items()})
    first = found.table.iloc[0]
    assert (first["term"], first["decides"]) == ("a3 of q1, q2", True)
    assert first["estimate"] == pytest.approx(fit.params["x"] - fit.params["z"])
    assert first["std_estimate"] == pytest.approx(first["estimate"] * x.std() / data["y"].std())
    rows = found.table.set_index("term")
    curve = fit.params["xx"] - fit.params["xz"] + fit.params["zz"]
    assert rows.loc["a4 of q1, q2", "estimate"] == pytest.approx(curve)
    assert rows.loc["a3 of q1, q2 : q3", "estimate"] == pytest.approx(fit.params["xw"] - fit.params["zw"])
    assert rows["decides"].sum() == 1
    bins = found.tables["surfaces"]
    assert bins["n"].sum() == len(data)
    one = bins.query("expectation_level == 75 and fulfilment_level == 25").iloc[0]
    assert one["n"] == ((x == 25) & (z == -25)).sum()
    terms = {"const": 1.0, "x": 25, "z": -25, "xx": 625, "xz": -625, "zz": 625}
    expected = sum(fit.params[name] * value for name, value in terms.items())
    assert one["predicted"] == pytest.approx(expected)


def test_a_condition_that_bounds_the_outcome_is_told_from_one_that_only_goes_together(tested) -> None:
    rng = np.random.default_rng(5)
    columns = drawn(n=400)
    columns["q1"] = rng.integers(1, 6, 400).astype(float)
    ceiling = 1 + (columns["q1"] - 1) / 4 * 4  # no more of q2 than of q1
    columns["q2"] = np.minimum(np.ceil(rng.random(400) * ceiling), 5)
    found = tested("conditions: [q1, q3], y: q2", columns, kind="necessity", sign=None)
    bound, free = (row for _, row in found.table.iterrows())
    assert bound["std_estimate"] > 0.2 > free["std_estimate"]
    assert bound["p_value"] < 0.05 < free["p_value"]
    table = found.tables["necessity"]
    assert len(table) == 4  # two conditions by two ceilings
    larger = table.query("ceiling == 'cr_fdh'")[["p_permutation", "p_copula"]].max(axis=1)
    assert larger.tolist() == found.table["p_value"].tolist()
    steps = found.tables["bottlenecks"].query("condition == 'q1'")
    assert steps["level"].tolist() == list(range(0, 101, 10))
    assert steps["required"].is_monotonic_increasing


def test_shares_in_order_have_rank_sets_and_one_test_that_they_are_equal(tested, texts) -> None:
    rng = np.random.default_rng(6)
    columns = drawn(n=300)
    columns["gate"], columns["other"] = ((rng.random(300) < share).astype(float) for share in (0.8, 0.3))
    files = {"codebook.csv": texts["codebook.csv"] + "other,work,JN,,,own,Anders?,Otherwise?\n"}
    found = tested("items: [gate, other]", columns, kind="shares_ranking", sign=None, files=files)
    row = found.table.iloc[0]
    share = {name: columns[name].mean() for name in ("gate", "other")}
    assert row["term"] == "gate vs other"
    assert row["estimate"] == pytest.approx(share["gate"] - share["other"])
    assert row["natural_estimate"] == pytest.approx(100 * row["estimate"])
    ranks = found.tables["ranks"].set_index("item")
    assert ranks["share"].to_dict() == pytest.approx(share)
    assert ranks[["rank", "rank_low", "rank_high"]].to_numpy().tolist() == [[1, 1, 1], [2, 2, 2]]
    difference = columns["gate"] - columns["other"]
    statistic = row["estimate"] / (difference.std(ddof=1) / np.sqrt(len(difference)))
    assert row["statistic"] == pytest.approx(statistic**2)


def contested(tested, signal: np.ndarray, rows: np.ndarray, *, noise: float = 0.5, **more):
    """Test which form of q1 to q3 (rows) foretells q4, a signal of 0..1 with noise."""
    rng = np.random.default_rng(8)
    y = np.clip(np.rint(1 + 4 * signal + noise * rng.normal(size=len(signal))), 1, 5)
    columns = drawn(n=len(signal)) | dict(zip(("q1", "q2", "q3"), rows)) | {"gate": y > 2, "q4": y}
    files = {"codebook.csv": more.pop("codebook") + "q4,work,EENS5,,,own,Vier,Four\n"}
    return tested(
        "conditions: [q1, q2, q3], y: q4, controls: [log_size]",
        columns,
        kind="form_contest",
        sign=None,
        files=files,
    )


@pytest.fixture
def conditions() -> np.ndarray:
    """Three unrelated answers of 1 to 5, of 600 employers."""
    return np.random.default_rng(7).integers(1, 6, (3, 600)).astype(float)


def test_the_weakest_link_is_told_from_the_sum(tested, texts, conditions) -> None:
    found = contested(tested, (conditions.min(axis=0) - 1) / 4, conditions, codebook=texts["codebook.csv"])
    row, forms = found.table.iloc[0], found.tables["forms"].set_index("form")
    assert (row["term"], row["unmet_condition"]) == ("weakest_link of q1, q2, q3", "")
    assert row["p_value"] < 0.01
    assert 0 < row["ci_low"] < row["std_estimate"] < row["ci_high"]
    natural = ["natural_estimate", "natural_ci_low", "natural_ci_high"]
    assert (row[natural] / 100).tolist() == pytest.approx(row[["estimate", "ci_low", "ci_high"]].tolist())
    assert row["estimate"] == pytest.approx(
        forms.loc["weakest_link", "r2_out"] - forms.loc["additive", "r2_out"]
    )
    assert forms["best"].sum() == 1
    assert forms.loc["weakest_link", ["best", "delta_bic"]].tolist() == [True, 0]
    data = found.responses[["q1", "q2", "q3", "log_size", "q4"]].astype(float).dropna()
    weakest = (data[["q1", "q2", "q3"]].min(axis=1) - 1) / 4
    fit = ols(data["q4"], x=weakest, size=data["log_size"])
    assert forms.loc["weakest_link", ["r2", "bic"]].tolist() == pytest.approx(
        [fit.rsquared, fit.bic + np.log(len(data))]  # the variance is a parameter too
    )


def test_the_sum_is_told_from_every_conjunctive_form(tested, texts, conditions) -> None:
    found = contested(tested, (conditions.mean(axis=0) - 1) / 4, conditions, codebook=texts["codebook.csv"])
    row = found.table.iloc[0]
    assert row["ci_high"] < 0
    assert row["p_value"] < 0.01
    assert row["unmet_condition"] == ""
    verdict = judge_claims(found.data.study, found.table).iloc[0]
    assert verdict["verdict"] == "contradicted"


def test_forms_that_fit_alike_are_not_told_apart(tested, texts, conditions) -> None:
    alike = np.repeat(conditions[:1], 3, axis=0)
    alike[2, ::50] = 6 - alike[2, ::50]
    found = contested(tested, (alike[0] - 1) / 4, alike, noise=3.0, codebook=texts["codebook.csv"])
    assert found.table.loc[0, "unmet_condition"] == "BIC difference below 6"
    verdict = judge_claims(found.data.study, found.table).iloc[0]
    assert verdict["verdict"] == "equivalent to nil"
    assert 0 < verdict["detectable_effect"] < 0.05


def test_what_is_nearly_the_baseline_adds_a_matter_of_measurement(tested) -> None:
    columns = drawn(n=900)
    columns["q2"] = np.where(np.arange(900) % 16 == 0, 6 - columns["q1"], columns["q1"])
    keys = "x: q1, baseline: [q2], y: share, controls: []"
    found = tested(keys, columns, kind="incremental")
    row = found.table.iloc[0]
    assert np.corrcoef(columns["q1"], columns["q2"])[0, 1] > 0.85
    assert (row["p_value"] < 0.05, row["unmet_condition"]) == (True, "nearly the baseline")
    assert judge_claims(found.data.study, found.table).loc[0, "verdict"] == "inconclusive"


def test_what_is_added_is_the_difference_of_two_models(tested) -> None:
    keys = "x: [q1, q2], baseline: [q3], y: share, controls: [log_size]"
    found = tested(keys, kind="incremental")
    data = found.responses[["q1", "q2", "q3", "log_size"]].astype(float).assign(y=share_of(found)).dropna()
    first = ols(data["y"], **{name: data[name] for name in ("q3", "log_size")})
    whole = ols(data["y"], **{name: data[name] for name in ("q1", "q2", "q3", "log_size")})
    row, parts = found.table.iloc[0], found.tables["dominance"].set_index("predictor")
    assert (row["term"], row["controls"]) == ("q1 + q2 beyond q3", "q3, log_size")
    added = whole.rsquared - first.rsquared
    assert parts["dominance"].sum() == pytest.approx(added)
    assert parts["r2_baseline"].tolist() == pytest.approx([first.rsquared] * 2)
    assert parts["share"].sum() == pytest.approx(1)
    assert 0 < row["ci_low"] < row["estimate"] < added < row["ci_high"]
    assert row["natural_estimate"] == pytest.approx(100 * row["estimate"])
    robust = sm.OLS(data["y"], whole.model.exog).fit(cov_type="HC3")
    wald = robust.wald_test(np.eye(5)[1:3], use_f=True, scalar=True)
    assert (row["statistic"], row["p_value"]) == pytest.approx((wald.statistic, wald.pvalue), rel=1e-6)
    assert row["unmet_condition"] == ""


def test_a_slope_against_the_claim_supports_nothing(tested) -> None:
    found = tested("x: q1, y: share, controls: []", kind="incremental", sign="-")
    row = found.table.iloc[0]
    assert row["term"] == "q1"
    assert row["p_value"] < 0.01
    assert row["unmet_condition"] == "slope against the claim"
    verdict = judge_claims(found.data.study, found.table).iloc[0]
    assert (verdict["verdict"], verdict["reason"]) == ("inconclusive", "slope against the claim")


def test_what_adds_nothing_beyond_chance_says_so(tested) -> None:
    columns = drawn()
    columns["q1"] = np.random.default_rng(4).integers(1, 6, 150).astype(float)
    row = tested(
        "x: q1, baseline: [q2], y: share, controls: []", columns, kind="incremental", sign=None
    ).table.iloc[0]
    assert row["estimate"] <= 0
    assert row["p_value"] > 0.05
    assert row["unmet_condition"] == "no gain beyond chance"


@pytest.mark.parametrize("kind", ["form_contest", "incremental"])
@pytest.mark.parametrize("change", ["few", "flat"])
def test_what_cannot_be_told_says_why(tested, kind: str, change: str) -> None:
    columns = drawn(n=30 if change == "few" else 150)
    if change == "flat":
        columns["share"] = np.ones(150)
    keys = "conditions: [q1, q2], y: share" if kind == "form_contest" else "x: [q1], baseline: [q2], y: share"
    found = tested(keys, columns, kind=kind, sign=None)
    assert found.table["reason"].tolist() == ["too few employers" if change == "few" else "no variance"]
    assert not len(found.tables["forms"])
    assert not len(found.tables["dominance"])


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("mediation", "x: q1, mediators: [absence], y: share"),
        ("response_surface", "expectation: q1, fulfilment: absence, y: share"),
        ("necessity", "conditions: [absence], y: share"),
        ("form_contest", "conditions: [q1, absence], y: share"),
        ("incremental", "x: q1, baseline: [absence], y: share"),
    ],
)
def test_what_the_wave_did_not_ask_is_named(tested, kind: str, keys: str) -> None:
    sign = "+" if kind == "mediation" else None
    table = tested(keys, drawn() | {"absence": np.full(150, np.nan)}, kind=kind, sign=sign).table
    assert set(table["reason"]) == {"items not asked in this wave: absence"}


def test_a_scale_without_ends_has_no_surface_and_no_scope(tested) -> None:
    surface = tested(
        "expectation: n_ideas, fulfilment: q2, y: share", kind="response_surface", sign=None
    ).table
    necessity = tested("conditions: [n_ideas], y: share", kind="necessity", sign=None).table
    forms = tested("conditions: [n_ideas, q2], y: share", kind="form_contest", sign=None).table
    reasons = {*surface["reason"], *necessity["reason"], *forms["reason"]}
    assert reasons == {"outcome outside the model"}
