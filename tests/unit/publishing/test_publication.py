"""What is published of a small wave, from answers to tables, with nothing of few employers in it."""

import numpy as np
import pandas as pd
import pytest

import inspraak.hypotheses.testing as claims
import inspraak.hypotheses.testing_over_waves as over_all
from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.over_waves import WavesData
from inspraak.hypotheses.verdicts import judge_claims
from inspraak.measurement.assessment import assess_wave
from inspraak.measurement.crossings import cross_classify
from inspraak.measurement.description import describe_wave
from inspraak.measurement.invariance import judge_invariance
from inspraak.measurement.scoring import score_indices
from inspraak.measurement.trend_breaks import judge_trends
from inspraak.publishing.publication import publish
from inspraak.publishing.tables import TABLES
from inspraak.study.configuration import Disclosure, Invariance

INDICES = """
A: {label: {nl: A, en: A}, theme: work, type: reflective, items: [q1, q2, q3]}
B: {label: {nl: B, en: B}, theme: work, type: formative, items: [share]}
C: {label: {nl: C, en: C}, theme: work, type: formative, items: [routed]}
"""
HYPOTHESES = """
H1: {kind: regression, family: confirmatory, x: A, y: B, sign: "+", wording: {nl: a, en: a},
  source: {file: "003", phrase: zo staat het er}}
H2: {kind: regression, family: exploratory, x: A, y: C, sign: "+", wording: {nl: b, en: b}}
H4: {family: exploratory, wording: {nl: d, en: d}, parts: {
  ties: {kind: regression, x: A, y: B, sign: "+"}, ranks: {kind: typology, items: [q1, q2], necessary: false},
  few: {kind: regression, x: A, y: C, sign: "+", necessary: false}}}
H5: {kind: trend, family: exploratory, y: A, sign: "+", wording: {nl: e, en: e}}
H3: {kind: untested, family: none, reason: {nl: geen vraag, en: no question}, wording: {nl: c, en: c}}
"""
N, N_LOGISTICS, N_ROUTED = 90, 8, 9


@pytest.fixture
def published(make_study, make_answers):
    """A function that publishes the wave with some limits; 8 employers in logistics, 9 with the routed item."""
    rng = np.random.default_rng(11)
    common = rng.normal(size=N)
    columns = {
        name: np.clip(np.rint(3 + sign * common + rng.normal(size=N)), 1, 5)
        for name, sign in (("q1", 1), ("q2", 1), ("q3", -1))
    }
    columns |= {
        "share": np.clip(np.rint(1 + 0.6 * common + 0.4 * rng.normal(size=N)), 0, 2),
        "a_sbi": np.array(["G"] * (N - N_LOGISTICS) + ["H"] * N_LOGISTICS),
        "a_size": rng.choice([20.0, 60.0], N),
        "routed": np.array([*rng.integers(1, 6, N_ROUTED), *[np.nan] * (N - N_ROUTED)]),
        "gate": np.array([1.0] * N_ROUTED + [0.0] * (N - N_ROUTED)),
    }
    reasons = {"routed": [""] * N_ROUTED + ["not_asked"] * (N - N_ROUTED)}
    study = make_study({"indices.yaml": INDICES, "hypotheses.yaml": HYPOTHESES})
    answers = make_answers(study, columns, reasons=reasons, weight=rng.uniform(1, 4, N))
    wave = (study, "2020", answers.responses, answers.reasons)
    scores = score_indices(*wave)
    data = WaveData(*wave, scores)
    tested = claims.test_claims(data)
    invariance = judge_invariance(study, {"2020": answers.responses}, limits=Invariance(), seed=1)
    over_waves = over_all.test_claims_over_waves(WavesData(study, {"2020": data}, invariance))
    tested["estimates"] = pd.concat([tested["estimates"], over_waves], ignore_index=True)
    frames = {
        "sample": pd.DataFrame({"wave": ["2020"], "step": ["analysed"], "reason": [""], "n": [N]}),
        "missing": pd.DataFrame({"wave": ["2020"], "item": ["q1"]}),
        "imputation": pd.DataFrame(
            {
                "wave": "2020",
                "item": ["q1", "q2"],
                "n_answered": [N, N],
                "n_imputed": [10, 9],
                "difference": 0.1,
            }
        ),
        "weights": pd.DataFrame(columns=list(TABLES["weights"].columns), data=[]).assign(largest_share=[]),
        "margins": pd.DataFrame(columns=list(TABLES["margins"].columns), data=[]).assign(largest_share=[]),
        "descriptives": describe_wave(*wave, scores),
        "crossings": cross_classify(study, answers.responses, scores).assign(wave="2020"),
        "trends": judge_trends(
            study, ("2020",), describe_wave(*wave, scores), publish="warn", largest_break=0.5
        ),
        **assess_wave(*wave, scores, seed=1, resamples=50),
        "invariance": invariance,
        **tested,
        "verdicts": judge_claims(study, tested["estimates"]),
    }
    return lambda **limits: publish(
        study, {name: [frame] for name, frame in frames.items()}, limits=Disclosure(**limits)
    )


def test_every_table_has_its_columns(published) -> None:
    tables = published()
    assert set(tables) == set(TABLES)
    assert all(tuple(tables[name].columns) == TABLES[name].columns for name in TABLES)


def test_nothing_of_few_employers_is_shown(published) -> None:
    tables = published()
    descriptives = tables["descriptives"]
    assert descriptives["n"].min() >= 10
    hidden = descriptives[descriptives["flag"] == "suppressed"]
    assert hidden["estimate"].isna().all()
    shown = descriptives[descriptives["flag"] != "suppressed"]
    assert set(shown["group"]) == {"", "10-49", "50+"}  # of two sectors both are lost
    assert "routed" not in set(shown["measure"])
    assert set(shown["weight"]) == {"establishment"}  # every measure lost a group
    assert "C" not in {
        *tables["correlations"]["x"],
        *tables["correlations"]["y"],
        *tables["reliability"]["index"],
    }
    second = tables["estimates"].set_index("hypothesis").loc["H2"]
    assert second["reason"] == "too few employers"
    assert np.isnan(second["n"])


def test_imputed_answers_are_compared_where_there_are_enough(published) -> None:
    difference = published()["imputation"].set_index("item")["difference"]
    assert difference["q1"] == 0.1
    assert np.isnan(difference["q2"])


def test_every_suppressed_cell_is_told(published) -> None:
    tables = published()
    intervals = tables["disclosure"]["cell"].str.endswith("|interval")
    told = tables["disclosure"][~intervals].groupby("file").size()
    assert intervals.any()
    assert told["tables/descriptives.csv"] == (tables["descriptives"]["flag"] == "suppressed").sum()
    assert told["tables/correlations.csv"] == 2
    assert told["tables/reliability.csv"] == 1
    assert told["tables/estimates.csv"] == 2
    assert set(tables["disclosure"]["rule"]) == {"primary", "secondary"}


def test_verdicts_have_sentences_and_sources(published) -> None:
    verdicts = published()["verdicts"].set_index("hypothesis")
    assert verdicts.loc["H1", ["verdict", "source_file", "source_phrase"]].tolist() == [
        "supported", "003", "zo staat het er",
    ]  # fmt: skip
    assert verdicts.loc[["H2", "H3"], "verdict"].tolist() == ["not testable"] * 2
    assert verdicts[["sentence_nl", "sentence_en"]].apply(lambda texts: texts.str.len() > 5).all(axis=None)


def test_what_compares_waves_has_its_verdict_over_all(published) -> None:
    row = published()["verdicts"].set_index("hypothesis").loc["H5"]
    assert (row["wave"], row["verdict"], row["family_size"]) == ("all", "not testable", 0)
    assert row["sentence_nl"].startswith(
        "De vragen die hiervoor nodig zijn, zijn niet in twee metingen gesteld."
    )


def test_a_verdict_does_not_rest_on_parts_that_do_not_decide(published) -> None:
    tables = published()
    verdict = tables["verdicts"].set_index("hypothesis").loc["H4"]
    assert verdict["verdict"] == "supported"
    assert verdict["p_value"] < 0.05
    assert set(tables["estimates"].set_index("hypothesis").loc["H4", "reason"]) == {
        "", "one class fits best", "too few employers",
    }  # fmt: skip


def test_higher_limits_hide_claims_too(published) -> None:
    tables = published(minimum_n=100, flag_n=100)
    assert tables["descriptives"]["estimate"].isna().all()
    assert tables["correlations"].empty
    assert tables["estimates"][["n", "estimate", "std_estimate"]].isna().all(axis=None)
    verdicts = tables["verdicts"].set_index("hypothesis")
    assert verdicts[["p_value", "p_adjusted", "detectable_effect"]].isna().all(axis=None)
    assert verdicts.loc["H1", ["verdict", "reason", "strong"]].tolist() == [
        "not testable",
        "too few employers",
        False,
    ]


def test_limits_of_nothing_hide_nothing_but_magnitudes(published) -> None:
    tables = published(minimum_n=1, flag_n=1, certain_n=1, quantile_n=1)
    shown = tables["descriptives"]["flag"] == ""
    assert shown[tables["descriptives"]["statistic"] != "quantile"].all()
    # the lowest and the highest of few employers, as quantiles or as ends of an interval
    assert tables["disclosure"]["cell"].str.contains("|quantile|", regex=False).all()
