"""Changes between waves, what compares, and breaks: none, one, a spike, a wave that deviates, a strict run."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pytest

from inspraak.errors import UserError
from inspraak.measurement.description import describe_wave
from inspraak.measurement.scoring import score_indices
from inspraak.measurement.trend_breaks import judge_trends
from inspraak.measurement.trends import INDEPENDENT, compare_waves
from inspraak.study.comparability import why_not_comparable
from inspraak.study.study import Study

WAVES = """
waves:
  "2016": {files: [{path: a.csv}], not_asked: [q3]}
  "2018": {files: [{path: b.csv}], scales: {share: OTHER, q2: TURNED, gate: AROUND, absence: PART}}
  "2020": {files: [{path: c.csv}]}
"""
SCALES = """
OTHER: {codes: {1: {nl: a, en: a}, 2: {nl: b, en: b}, 3: {nl: c, en: c}},
  convert: {to: AANDEEL, table: {1: 0, 2: 1, 3: 2}}}
TURNED: {codes: {1: {nl: eens, en: agree}, 2: {nl: d, en: d}, 3: {nl: c, en: c}, 4: {nl: b, en: b},
  5: {nl: oneens, en: disagree}}, convert: {to: EENS5, table: {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}}}
AROUND: {codes: {1: {nl: nee, en: "no"}, 2: {nl: ja, en: "yes"}}, convert: {to: JN, add: -1}}
PART: {number: {at_least: 0, at_most: 1}, convert: {to: PROCENT, multiply: 100}}
"""
INDICES = """
A: {label: {nl: A, en: A}, theme: work, type: reflective, items: [q1, q2]}
B: {label: {nl: B, en: B}, theme: work, type: reflective, items: [q1, q3]}
C: {label: {nl: C, en: C}, theme: work, type: formative, items: [share]}
D: {label: {nl: D, en: D}, theme: work, type: formative, items: [q1, q2], rule: all_above_median}
E: {label: {nl: E, en: E}, theme: work, type: formative, items: [B, q2]}
F: {label: {nl: F, en: F}, theme: work, type: formative, items: [log_ideas], waves: ["2016", "2020"]}
"""
NAMES = ("A", "I1", "I2", "I3", "I4")
LIMITS = {"largest_break": 0.5}


@pytest.fixture
def study(make_study: Callable[..., Study], texts: dict[str, str]) -> Study:
    """The small study in three waves, of which the first lacks an item and the second has one on another scale."""
    text = texts["study.yaml"].replace('waves:\n  "2020": {files: [{path: answers.csv}]}\n', WAVES)
    files = {"study.yaml": text, "scales.yaml": texts["scales.yaml"] + SCALES, "indices.yaml": INDICES}
    return make_study(files)


@pytest.fixture
def alike(make_study: Callable[..., Study], texts: dict[str, str]) -> Study:
    """The small study in three waves that ask the same, with five indices."""
    waves = "".join(f'  "{wave}": {{files: [{{path: w{wave}.csv}}]}}\n' for wave in (2016, 2018, 2020))
    text = texts["study.yaml"].replace('  "2020": {files: [{path: answers.csv}]}\n', waves)
    body = "{{label: {{nl: {0}, en: {0}}}, theme: work, type: formative, items: [q1]}}"
    indices = "".join(f"{name}: {body.format(name)}\n" for name in NAMES)
    return make_study({"study.yaml": text, "indices.yaml": indices})


def described(means: Mapping[str, tuple[float, ...]], *, n: int = 400, deviation: float = 20) -> pd.DataFrame:
    """Descriptives of simple random samples of three waves: means of indices with one standard deviation."""
    rows = [
        {"wave": wave, "measure": name, "statistic": "mean", "category": "", "group_by": "", "group": "",
         "weight": "establishment", "n": n, "estimate": mean, "std_error": deviation / np.sqrt(n), "df": n - 1,
         "design_effect": 1.0}
        for name, series in means.items()
        for wave, mean in zip(("2016", "2018", "2020"), series)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def judged(study: Study, means: Mapping[str, tuple[float, ...]], **more: object) -> pd.DataFrame:
    """Judge made-up means of three waves; gives the rows of which something is said."""
    limits = {"publish": "warn", **LIMITS, **more}
    sizes = {name: limits.pop(name) for name in ("n", "deviation") if name in limits}
    trends = judge_trends(study, ("2016", "2018", "2020"), described(means, **sizes), **limits)  # type: ignore[arg-type]
    return trends[trends["plausibility"] != ""].set_index(["measure", "to_wave"])


@pytest.mark.parametrize(
    ("measure", "first", "second", "expected"),
    [
        ("A", "2016", "2018", ""),
        ("q1", "2016", "2020", ""),
        ("B", "2016", "2018", "other items: q3"),
        ("B", "2018", "2020", ""),
        ("E", "2016", "2020", "other items: q3"),
        ("C", "2018", "2020", "other scale: share"),
        ("share", "2016", "2018", "other scale: share"),
        ("C", "2016", "2020", ""),
        ("absence", "2016", "2018", ""),
        ("gate", "2016", "2018", ""),
        ("D", "2018", "2020", "measured against its own wave"),
        ("F", "2016", "2018", "other items: n_ideas"),
        ("F", "2016", "2020", ""),
    ],
)
def test_waves_compare_where_they_asked_alike(
    study: Study, measure: str, first: str, second: str, expected: str
) -> None:
    assert why_not_comparable(study, measure, first, second) == expected
    assert why_not_comparable(study, measure, second, first) == expected


def test_changes_are_those_of_the_described_waves(study: Study, make_answers) -> None:
    rng = np.random.default_rng(3)
    frames, answered = [], {}
    for wave, n, middle in (("2016", 60, 2.5), ("2018", 80, 3.0), ("2020", 70, 3.4)):
        asked = study.asked(wave)
        columns = {
            name: np.clip(np.rint(rng.normal(middle, 1, n)), 1, 5) for name in ("q1", "q2", "q3") if name in asked
        }  # fmt: skip
        columns |= {
            "share": rng.integers(0, 3, n).astype(float),
            "n_ideas": rng.integers(0, 9, n).astype(float),
        }
        columns |= {"a_size": rng.choice([20.0, 60.0], n), "a_sbi": rng.choice(["G", "H"], n)}
        answers = make_answers(study, columns, weight=rng.uniform(1, 3, n))
        args = (study, wave, answers.responses, answers.reasons)
        frames.append(describe_wave(*args, score_indices(*args)))
        answered[wave] = answers.responses
    descriptives = pd.concat(frames, ignore_index=True)
    trends = compare_waves(study, ("2016", "2018", "2020"), descriptives)
    assert not trends.duplicated(["measure", "from_wave", "to_wave", "group_by", "group"]).any()
    assert set(trends["errors"]) == {INDEPENDENT}
    everyone = trends[trends["group_by"] == ""].set_index(["measure", "from_wave", "to_wave"])
    means = descriptives.query("weight == 'establishment' and group_by == '' and statistic == 'mean'")
    means = means.set_index(["measure", "wave"])
    row, first, second = everyone.loc["A", "2016", "2018"], means.loc["A", "2016"], means.loc["A", "2018"]
    assert row["estimate"] == pytest.approx(second["estimate"] - first["estimate"])
    assert row["std_error"] == pytest.approx(np.hypot(first["std_error"], second["std_error"]))
    assert (row["n_from"], row["n_to"]) == (60, 80)
    # the deviation behind `standardised` is the weighted one of the answers
    spread = []
    for wave in ("2016", "2018"):
        answers, weight = answered[wave]["q1"], answered[wave]["weight"]
        square = np.average((answers - np.average(answers, weights=weight)) ** 2, weights=weight)
        spread.append(square * len(answers) / (len(answers) - 1))
    pooled = np.sqrt((59 * spread[0] + 79 * spread[1]) / 138)
    change = everyone.loc["q1", "2016", "2018"]
    assert change["standardised"] == pytest.approx(change["estimate"] / pooled)
    # a wave without the index is passed over, and groups have rows of their own
    assert ("F", "2016", "2020") in everyone.index
    assert ("F", "2016", "2018") not in everyone.index
    assert set(trends["group"]) == {"", "trade", "logistics", "10-49", "50+"}
    assert everyone.loc["B", "2016", "2018"]["reason"] == "other items: q3"
    assert not everyone.loc["B", "2016", "2018"]["comparable"]


def test_one_wave_has_no_changes(study: Study) -> None:
    alone = described({"A": (50, 50, 50)}).query("wave == '2016'")
    assert judge_trends(study, ("2016",), alone, publish="strict", **LIMITS).empty


def test_what_moves_little_or_uncertainly_is_no_break(alike: Study, caplog) -> None:
    steady = dict.fromkeys(NAMES, (50.0, 53.0, 51.0))
    assert judged(alike, steady, publish="strict").empty
    assert judged(alike, {**steady, "A": (50, 59.9, 61)}).empty  # just below half a standard deviation
    assert judged(alike, {**steady, "A": (50, 62, 61)}, n=40).empty  # p = .009
    assert caplog.text == ""


def test_one_index_that_moves_far_is_a_break(alike: Study, caplog) -> None:
    moved = judged(alike, {**dict.fromkeys(NAMES, (50.0, 51.0, 52.0)), "A": (50, 51, 63)})
    assert moved.index.tolist() == [("A", "2020")]
    assert moved[["plausibility", "implausible_wave"]].to_numpy().tolist() == [["break", ""]]
    assert (
        "wave 2020: index A: a change of +0.60 standard deviations (+12.0 points) since 2018" in caplog.text
    )


def test_an_index_that_breaks_and_returns_is_a_spike(alike: Study) -> None:
    moved = judged(alike, {**dict.fromkeys(NAMES, (50.0, 51.0, 52.0)), "A": (50, 63, 51)})
    assert moved["plausibility"].tolist() == ["spike", "spike"]
    assert set(moved["implausible_wave"]) == {""}
    onward = judged(alike, {**dict.fromkeys(NAMES, (50.0, 51.0, 52.0)), "A": (50, 63, 76)})
    assert onward["plausibility"].tolist() == ["break", "break"]


def test_many_indices_that_break_at_once_name_the_wave(alike: Study, caplog) -> None:
    steady = dict.fromkeys(NAMES, (50.0, 51.0, 52.0))
    spiking = {**steady, "A": (50, 63, 51), "I1": (60, 47, 60)}
    moved = judged(alike, spiking)
    assert set(moved["plausibility"]) == {"spike"}
    assert set(moved["implausible_wave"]) == {"2018"}
    assert (
        "wave 2018: trends: 2 of 5 indices that break at once, 2 of which break back in the next"
        in caplog.text
    )
    lasting = judged(alike, {**steady, "A": (50, 51, 63), "I1": (60, 60, 47)})
    assert set(lasting["implausible_wave"]) == {"2020"}
    one_returns = judged(alike, {**steady, "A": (50, 63, 51), "I1": (60, 47, 48)})
    assert one_returns["plausibility"].tolist() == ["spike", "spike", "break"]
    assert set(one_returns["implausible_wave"]) == {"2018"}


def test_indices_that_do_not_compare_are_not_judged(study: Study) -> None:
    assert judged(study, {"B": (20, 80, 80), "C": (20, 80, 20), "D": (20, 80, 20)}, publish="strict").empty
    assert judged(study, {"q1": (1, 5, 1)}, deviation=1, publish="strict").empty  # an item is no index


def test_a_strict_run_names_every_break_and_the_wave(alike: Study) -> None:
    spiking = {**dict.fromkeys(NAMES, (50.0, 51.0, 52.0)), "A": (50, 63, 51), "I1": (60, 47, 60)}
    with pytest.raises(UserError) as error:
        judged(alike, spiking, publish="strict")
    first, *others = map(str, error.value.problems)
    assert first.startswith("wave 2018: trends: found 2 of 5 indices that break at once, 2 of which")
    assert len(others) == 4
    assert others[0].startswith(
        "wave 2018: index A: found a change of +0.65 standard deviations (+13.0 points)"
    )
    assert others[0].endswith(
        "expected a change of at most 0.5 standard deviations (frame.largest_break in config.yaml), or publish: warn."
    )
