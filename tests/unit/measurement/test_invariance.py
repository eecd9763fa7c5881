"""Comparability of declared scales: which answers are compared, and what is said where they cannot be."""

import numpy as np
import pandas as pd
import pytest

from inspraak.measurement.invariance import CLUSTERED, ONCE, ONE_WAVE, judge_invariance
from inspraak.measurement.pooled_waves import one_wave_each
from inspraak.randomness import stream
from inspraak.study.configuration import Invariance

ITEMS = tuple(f"q{number}" for number in range(1, 10))
CODEBOOK = tuple(f"q{number},work,EENS5,,,own,Vraag,Question" for number in range(4, 10))
LABEL = "label: {nl: A, en: A}"
INDICES = f"""
A: {{{LABEL}, theme: work, type: reflective, items: [q1, q2, q3]}}
B: {{{LABEL}, theme: work, type: reflective, items: [q4, q5]}}
C: {{{LABEL}, theme: work, type: reflective, items: [q6, q7, q8, q9]}}
"""
WAVES = '  "2016": {files: [{path: a.csv}]}\n  "2020": {files: [{path: answers.csv}]}\n'
LESS = '  "2016": {files: [{path: a.csv}], not_asked: [q1, q4, q5, q6]}\n  "2020": {files: [{path: answers.csv}]}\n'


@pytest.fixture
def judged(make_study, texts):
    """Judge two waves of 600 employers, of which 200 return, by default all scales over waves and sectors."""

    def judge(models: str = "", *, waves: str = WAVES, change=None, study=False, **limits):
        text = texts["study.yaml"].replace('  "2020": {files: [{path: answers.csv}]}\n', waves)
        indices = INDICES if waves == WAVES else INDICES.replace("[q4, q5]", '[q4, q5], waves: ["2020"]')
        declared = f"{indices}\nmodels:\n{models}" if models else indices
        made = make_study({"study.yaml": text, "indices.yaml": declared}, codebook=CODEBOOK)
        responses = {wave: drawn(wave) for wave in ("2016", "2020")}
        for wave, frame in responses.items():
            if change is not None:
                change(wave, frame)
            for item in made.waves[wave].not_asked:
                frame[item] = np.nan
        # one scale in a hundred that measures alike is not to fail these tests by chance
        table = judge_invariance(made, responses, limits=Invariance(**{"chance": 0.001} | limits), seed=1)
        return (made, table) if study else table

    return judge


def drawn(wave: str, n: int = 600) -> pd.DataFrame:
    rng = stream(11, "invariance", wave)
    scale = np.repeat([0, 1, 2], [3, 2, 4])
    factor = 0.7 * rng.standard_normal((n, 1)) + 0.7 * rng.standard_normal((n, 3))
    response = 0.8 * factor[:, scale] + 0.6 * rng.standard_normal((n, 9))
    codes = 1.0 + (response[:, :, None] > np.array([-1.2, -0.4, 0.4, 1.2])).sum(axis=2)
    codes[:, 2] = 6 - codes[:, 2]  # q3 is reversed
    frame = pd.DataFrame(codes, columns=list(ITEMS))
    start = 0 if wave == "2016" else 400
    return frame.assign(
        employer=[f"e{number}" for number in range(start, start + n)],
        sector=rng.choice(["trade", "logistics"], n),
        size2=rng.choice(["-9", "10-49", "50+"], n, p=[0.06, 0.47, 0.47]),
        weight=1.0,
    )


def verdicts(table: pd.DataFrame) -> dict[tuple[str, str], str]:
    return {(row["index"], row["grouping"]): row["comparable"] for row in table.to_dict("records")}


def test_the_model_of_all_scales_is_compared_over_waves_and_groups(judged) -> None:
    table = judged()
    pairs = {(index, by) for index in "ABC" for by in ("wave", "sector", "size2")}
    assert verdicts(table) == dict.fromkeys(pairs, "yes")
    assert table.groupby(["index", "grouping"]).size().eq(4).all()
    assert set(table["estimator"]) == {"WLSMV"}
    beside = table.drop_duplicates("index").set_index("index")["beside"]
    assert beside["C"] == ""  # four items stand alone
    assert beside["B"] in ("A", "C")
    pd.testing.assert_frame_equal(table, judged())


def test_an_item_that_sectors_understand_differently_is_named(judged) -> None:
    def easier(wave, frame):
        there = frame["sector"] == "trade"
        frame.loc[there, "q8"] = np.minimum(frame.loc[there, "q8"] + 1, 5)

    table = judged(change=easier)
    assert verdicts(table)["C", "sector"] == "partial"
    assert verdicts(table)["C", "wave"] == verdicts(table)["A", "sector"] == "yes"
    rows = table[(table["index"] == "C") & (table["grouping"] == "sector")]
    assert rows["released"].iloc[-1] == "q8"
    assert set(rows["holds"]) == {"True"}


def test_groups_that_are_too_small_are_left_out_and_named(judged) -> None:
    rows = judged(smallest_group=80).query("grouping == 'size2'")
    assert set(rows["left_out"]) == {"-9"}
    assert set(rows["groups"]) == {2}
    assert rows["smallest_n"].min() >= 80
    none = judged(smallest_group=500).query("grouping == 'sector'")
    assert none["reason"].tolist() == ["too few rows"] * 3
    assert set(none["comparable"]) == {"not testable"}
    assert none[["n", "groups", "cfi"]].isna().all(axis=None)


def test_answers_that_a_group_did_not_give_are_joined_in_all(judged) -> None:
    def milder(wave, frame):
        if wave == "2016":
            frame["q6"] = frame["q6"].clip(upper=4)

    rows = judged(change=milder).query("index == 'C' and grouping == 'wave'")
    assert set(rows["reason"]) == {"answers joined: q6"}
    assert "configural" in set(rows["level"])


def test_items_that_a_wave_did_not_ask_take_no_part(judged) -> None:
    table = judged(waves=LESS)
    reasons = table.drop_duplicates(["index", "grouping"]).set_index(["index", "grouping"])["reason"]
    assert reasons["B", "wave"] == "one wave"
    assert verdicts(table)["C", "wave"] == "yes"
    assert "q6" not in " ".join(table["released"])
    assert verdicts(table)["B", "sector"] == "yes"


def test_a_scale_of_three_items_alone_is_just_identified(judged) -> None:
    table = judged("  alone: {label: {nl: A, en: A}, factors: [A], compare: [sector]}")
    assert table["reason"].tolist() == ["just identified"]
    assert table["comparable"].tolist() == ["not testable"]


def test_an_item_without_variance_is_named(judged) -> None:
    def still(wave, frame):
        frame["q5"] = 3.0

    rows = judged(change=still).query("index == 'B'")
    assert set(rows["reason"]) == {"no variance: q5"}


def test_an_item_that_repeats_another_is_named_and_the_others_are_compared(judged) -> None:
    def same(wave, frame):
        frame["q9"] = frame["q6"]

    rows = judged(change=same).query("index == 'C' and grouping == 'sector'")
    assert set(rows["reason"]) == {"identical items: q6, q9"}
    assert set(rows["comparable"]) == {"yes"}
    assert rows["beside"].iloc[0] != ""


def test_employers_in_several_waves_count_once_or_as_clusters(judged) -> None:
    once = judged()
    assert set(once["employers"]) == {ONE_WAVE}
    assert once["n"].max() == 1000
    robust = judged(f"  m: {{{LABEL}, factors: [C], estimator: MLR, compare: [wave]}}")
    assert set(robust["employers"]) == {CLUSTERED}
    assert robust["n"].max() == 1200
    assert [*robust["level"]] == ["configural", "metric", "scalar"]
    weighted = judged(
        f"  m: {{{LABEL}, factors: [C], estimator: MLR, compare: [wave], weights: establishment}}"
    )
    pd.testing.assert_frame_equal(weighted, robust)  # all weights are 1
    plain = judged(f"  m: {{{LABEL}, factors: [C], estimator: MLR, compare: [sector], waves: ['2020']}}")
    assert set(plain["employers"]) == {ONCE}


def test_waves_share_the_employers_that_return() -> None:
    waves = [("a", "2016"), ("a", "2020"), ("b", "2020"), ("c", "2016")]
    both = [(f"r{number}", wave) for number in range(31) for wave in ("2020", "2016")]
    pooled = pd.DataFrame([*waves, *both], columns=["employer", "wave"])
    kept = pooled[one_wave_each(pooled, stream(3, "kept"))]
    assert kept["employer"].is_unique
    assert set(kept["employer"]) == set(pooled["employer"])
    returning = kept[kept["employer"].str.startswith("r") | (kept["employer"] == "a")]
    assert returning["wave"].value_counts().tolist() == [16, 16]
