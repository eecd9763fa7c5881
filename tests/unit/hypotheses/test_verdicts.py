"""The verdict rule: the first that fits, with the p of the parts, the families and the intervals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from inspraak.hypotheses.verdicts import judge_claims

DF = 200.0


def claims(**families: str) -> str:
    lines = [
        f'{name}: {{kind: regression, family: {family}, x: q1, y: share, sign: "+", wording: {{nl: a, en: a}}}}'
        for name, family in families.items()
    ]
    return "\n".join(lines) + "\n"


def estimate(hypothesis: str, value: float, error: float, **more: object) -> dict[str, object]:
    half = stats.t.ppf(0.975, DF) * error
    p = float(2 * stats.t.sf(abs(value / error), DF)) if error else np.nan
    row = {
        "hypothesis": hypothesis, "wave": "2020", "part": "", "reason": "", "df": DF, "p_value": p,
        "std_estimate": value, "std_std_error": error, "std_ci_low": value - half, "std_ci_high": value + half,
        "null_value": 0.0, "decides": True, "unmet_condition": "", "std_bound": np.nan,
    }  # fmt: skip
    return {**row, **more}


def judged(study, *rows: dict[str, object]) -> pd.DataFrame:
    return judge_claims(study, pd.DataFrame(list(rows))).set_index("hypothesis")


@pytest.fixture
def one(make_study):
    """A function that judges estimates of the one claim H1 (`+`, smallest effect 0.10)."""
    study = make_study({"hypotheses.yaml": claims(H1="none")})
    return lambda *rows: judged(study, *rows).loc["H1"]


@pytest.mark.parametrize(
    ("value", "error", "verdict", "strong"),
    [
        (0.30, 0.05, "supported", True),
        (0.15, 0.05, "supported", False),
        (0.05, 0.01, "supported", False),  # found, though smaller than the smallest effect of interest
        (-0.15, 0.05, "contradicted", False),
        (-0.05, 0.01, "contradicted", False),
        (0.02, 0.04, "equivalent to nil", False),
        (-0.02, 0.04, "equivalent to nil", False),
        (0.05, 0.05, "inconclusive", False),
        (0.00, 0.07, "inconclusive", False),
    ],
)
def test_the_first_verdict_that_fits(one, value: float, error: float, verdict: str, strong: bool) -> None:
    found = one(estimate("H1", value, error))
    assert (found["verdict"], bool(found["strong"])) == (verdict, strong)
    assert found["p_adjusted"] == found["p_value"]


@pytest.mark.parametrize("value", [0.3, -0.3])
def test_an_unmet_condition_holds_a_verdict_back_and_is_its_reason(one, value: float) -> None:
    found = one(estimate("H1", value, 0.05, unmet_condition="too close"))
    assert (found["verdict"], found["reason"], found["strong"]) == ("inconclusive", "too close", False)
    assert found["p_adjusted"] < 0.05
    unclear = one(estimate("H1", 0.05, 0.05, unmet_condition="too close"))
    assert (unclear["verdict"], unclear["reason"]) == ("inconclusive", "")
    nil = one(estimate("H1", 0.0, 0.01, unmet_condition="too close"))
    assert nil["verdict"] == "equivalent to nil"


def test_explained_variance_has_no_sign(make_study) -> None:
    claim = 'H1: {kind: incremental, family: none, x: q1, y: share, sign: "-", wording: {nl: a, en: a}}\n'
    study = make_study({"hypotheses.yaml": f"defaults: {{smallest_effect: 0.2}}\n{claim}"})
    assert (
        study.claims["H1"].smallest_effect == 0.01
    )  # of the variance; the default is in standard deviations
    found = judged(study, estimate("H1", 0.05, 0.01)).loc["H1"]
    assert (found["verdict"], bool(found["strong"])) == ("supported", True)


def test_equivalence_is_two_one_sided_tests_at_five_percent(one) -> None:
    error = 0.05
    edge = 0.10 - stats.t.ppf(0.95, DF) * error  # where the upper one-sided p is exactly .05
    assert one(estimate("H1", edge - 1e-6, error))["verdict"] == "equivalent to nil"
    assert one(estimate("H1", edge + 1e-6, error))["verdict"] == "inconclusive"
    assert one(estimate("H1", 1e-6 - edge, error))["verdict"] == "equivalent to nil"


def test_a_bound_of_its_own_tells_a_nil_where_an_interval_is_uneven(one) -> None:
    within, beyond = (
        one(estimate("H1", 0.04, np.nan, p_value=1.0, std_bound=bound, null_value=0.10))
        for bound in (0.09, 0.11)
    )
    assert (within["verdict"], beyond["verdict"]) == ("equivalent to nil", "inconclusive")


def test_strong_is_the_lower_bound_beyond_the_smallest_effect(one) -> None:
    half = stats.t.ppf(0.975, DF) * 0.02
    assert bool(one(estimate("H1", 0.10 + half + 1e-6, 0.02))["strong"])
    assert not bool(one(estimate("H1", 0.10 + half - 1e-6, 0.02))["strong"])


def test_the_detectable_effect_has_eighty_percent_power(one) -> None:
    error = 0.04
    effect = one(estimate("H1", 0.0, error))["detectable_effect"]
    power = stats.nct.sf(stats.t.ppf(0.975, DF), DF, effect / error)
    assert power == pytest.approx(0.80, abs=0.002)


def test_a_claim_of_several_outcomes_has_the_largest_p_and_needs_every_sign(one) -> None:
    weak, good, bad = estimate("H1", 0.06, 0.04), estimate("H1", 0.3, 0.04), estimate("H1", -0.3, 0.04)
    assert one(weak, good)["p_value"] == weak["p_value"]
    assert one(weak, good)["verdict"] == "inconclusive"
    assert one(good, estimate("H1", 0.2, 0.04))["verdict"] == "supported"
    assert one(good, bad)["verdict"] == "contradicted"
    assert one(weak, bad)["verdict"] == "inconclusive"
    nil = estimate("H1", 0.01, 0.03)
    assert one(nil, nil)["verdict"] == "equivalent to nil"
    assert one(nil, good)["verdict"] == "inconclusive"
    assert not bool(one(good, estimate("H1", 0.15, 0.04))["strong"])


def test_a_claim_with_a_minus_turns_everything(make_study) -> None:
    study = make_study({"hypotheses.yaml": claims(H1="none").replace('"+"', '"-"')})
    assert judged(study, estimate("H1", -0.3, 0.04)).loc["H1", ["verdict", "strong"]].tolist() == [
        "supported",
        True,
    ]
    assert judged(study, estimate("H1", 0.3, 0.04)).loc["H1", "verdict"] == "contradicted"


def test_only_necessary_parts_decide(make_study) -> None:
    text = """H1:
  family: none
  wording: {nl: a, en: a}
  parts:
    main: {kind: regression, x: q1, y: share, sign: "+"}
    turned: {kind: regression, x: q2, y: share, sign: "-", smallest_effect: 0.5}
    shown: {kind: necessity, conditions: [q1], y: share, necessary: false}
"""
    study = make_study({"hypotheses.yaml": text})
    main, turned = estimate("H1", 0.3, 0.05, part="main"), estimate("H1", -0.2, 0.05, part="turned")
    shown = estimate("H1", np.nan, np.nan, part="shown", reason="kind not available: necessity")
    found = judged(study, main, turned, shown).loc["H1"]
    assert (found["verdict"], bool(found["strong"])) == ("supported", False)
    assert found["kind"] == "regression+necessity"
    lacking = judged(study, main, {**turned, "reason": "too few employers", "p_value": np.nan}, shown).loc[
        "H1"
    ]
    assert (lacking["verdict"], lacking["reason"]) == ("not testable", "too few employers")
    assert np.isnan(lacking["p_value"])
    assert np.isnan(lacking["detectable_effect"])


def test_an_estimate_without_a_p_value_is_never_a_verdict(one) -> None:
    found = one(estimate("H1", 0.3, 0.04), estimate("H1", 0.3, 0.0))
    assert (found["verdict"], found["reason"]) == ("not testable", "not converged")


ps = st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=6)


@settings(max_examples=15)
@given(confirmatory=ps, exploratory=ps)
def test_families_are_adjusted_apart_and_each_by_its_own_rule(
    families_study, confirmatory: list[float], exploratory: list[float]
) -> None:
    rows, expected = [], {}
    for letter, method, values in (("C", "holm", confirmatory), ("E", "fdr_bh", exploratory)):
        adjusted = multipletests(values, method=method)[1]
        for number, (p, value) in enumerate(zip(values, adjusted)):
            rows.append(estimate(f"{letter}{number}", 0.3, 0.1, p_value=p))
            expected[f"{letter}{number}"] = (value, len(values))
    rows.append(estimate("N0", 0.3, 0.1, p_value=0.2))
    rows.append(estimate("C9", np.nan, np.nan, p_value=np.nan, reason="too few employers"))
    found = judged(families_study, *rows)
    for name, (p, size) in expected.items():
        assert found.loc[name, "p_adjusted"] == pytest.approx(p)
        assert found.loc[name, "family_size"] == size
        assert (found.loc[name, "verdict"] == "supported") == (found.loc[name, "p_adjusted"] < 0.05)
    assert found.loc["N0", ["p_adjusted", "family_size"]].tolist() == [0.2, 1]
    assert found.loc["C9", "verdict"] == "not testable"
    assert np.isnan(found.loc["C9", "p_adjusted"])


@pytest.fixture
def families_study(make_study):
    names = {
        f"{letter}{number}": family
        for letter, family in (("C", "confirmatory"), ("E", "exploratory"))
        for number in (*range(6), 9)
    }
    return make_study({"hypotheses.yaml": claims(**names, N0="none")})


def test_waves_are_families_of_their_own(make_study, texts) -> None:
    both = texts["study.yaml"].replace(
        '"2020": {files: [{path: answers.csv}]}',
        '"2020": {files: [{path: a.csv}]}\n  "2021": {files: [{path: b.csv}]}',
    )
    study = make_study({"study.yaml": both, "hypotheses.yaml": claims(H1="confirmatory", H2="confirmatory")})
    rows = [
        estimate(name, 0.1, 0.04, wave=wave)
        for name, wave in (("H1", "2020"), ("H2", "2020"), ("H1", "2021"))
    ]
    table = judge_claims(study, pd.DataFrame(rows))
    assert table["family_size"].tolist() == [2, 2, 1]
    assert table["p_adjusted"].tolist() == pytest.approx(
        [2 * rows[0]["p_value"], 2 * rows[1]["p_value"], rows[2]["p_value"]]
    )
    assert table["verdict"].tolist() == ["supported"] * 3


def test_rows_that_stand_beside_a_test_do_not_decide(make_study) -> None:
    text = 'H1: {kind: moderation, family: none, sign: "+", x: q1, moderator: q2, y: share, wording: {nl: a, en: a}}\n'
    study = make_study({"hypotheses.yaml": text})
    beside = estimate("H1", -0.4, 0.05, decides=False)
    found = judged(study, estimate("H1", 0.3, 0.05), beside).loc["H1"]
    assert found["verdict"] == "supported"


def test_a_sign_is_that_of_the_distance_from_the_null_value(make_study) -> None:
    text = 'H1: {kind: moderation, family: none, sign: "+", x: q1, moderator: q2, y: share, wording: {nl: a, en: a}}\n'
    study = make_study({"hypotheses.yaml": text})
    not_inferior = estimate("H1", -0.02, 0.03, null_value=-0.1, p_value=0.01)
    inferior = estimate("H1", -0.2, 0.03, null_value=-0.1, p_value=0.01)
    assert judged(study, not_inferior).loc["H1", "verdict"] == "supported"
    assert judged(study, inferior).loc["H1", "verdict"] == "contradicted"
