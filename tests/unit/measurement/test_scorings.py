"""Other scorings than the mean: which indices they concern, what stays as it is, and how they are compared."""

from typing import get_args

import numpy as np
import pandas as pd
import pytest

from inspraak.measurement.scoring import components, score_indices
from inspraak.measurement.scoring_without import score_without
from inspraak.measurement.scorings import calibrate_scales, compare_scorings
from inspraak.randomness import stream
from inspraak.study.configuration import Scoring

ALTERNATIVES = [scoring for scoring in get_args(Scoring) if scoring != "mean"]
NAN = float("nan")


def index(name: str, items: str, *, type_: str = "reflective", **keys: object) -> str:
    more = "".join(f", {key}: {value}" for key, value in keys.items())
    return f"{name}: {{label: {{nl: A, en: A}}, theme: work, type: {type_}, items: [{items}]{more}}}\n"


INDICES = (
    index("A", "q1, q2, q3", minimum_share=0.6)
    + index("F", "q1, share", type_="formative")
    + index("WEAKEST", "q1, q2", rule="min")
    + index("ONE", "q1")
    + index("MIXED", "q1, q2, absence")
    + index("ABOVE", "A, MIXED")
)


def drawn(n: int = 300, *, gaps: float = 0.08) -> dict[str, np.ndarray]:
    """Answers of n employers to items that mirror one thing; q3 is reversed."""
    random = stream(7, "scorings")
    behind = random.standard_normal((n, 1)) * [1.0, 1.4, -1.2, 1.0] + 0.8 * random.standard_normal((n, 4))
    answers = 1.0 + np.digitize(behind, [-1.5, -0.5, 0.5, 1.5])
    answers[:, 3] = 50 + 10 * np.clip(behind[:, 3], -5, 5)
    answers = np.where(random.random((n, 4)) < gaps, NAN, answers)
    names = ("q1", "q2", "q3", "absence")
    return dict(zip(names, answers.T)) | {"share": random.integers(0, 3, n).astype(float)}


@pytest.fixture
def wave(make_study, make_answers):
    return make_answers(make_study({"indices.yaml": INDICES}), drawn())


def scored(wave, scoring: Scoring, responses: pd.DataFrame | None = None) -> pd.DataFrame:
    study, given, reasons = wave
    scales = calibrate_scales(study, "2020", given, reasons, scoring=scoring)
    return score_indices(study, "2020", given if responses is None else responses, reasons, scales=scales)


@pytest.mark.parametrize("scoring", ALTERNATIVES)
def test_scales_alone_are_scored_otherwise_and_as_many_employers_have_a_score(wave, scoring: Scoring) -> None:
    mean, other = scored(wave, "mean"), scored(wave, scoring)
    pd.testing.assert_frame_equal(mean.isna(), other.isna())
    assert mean["A"].isna().sum() > 5  # fewer than two of three answered
    kept = ["employer", "F", "WEAKEST", "ONE"]
    pd.testing.assert_frame_equal(mean[kept], other[kept])
    changed = ["A", "ABOVE"] if scoring == "graded" else ["A", "MIXED", "ABOVE"]
    for name in changed:
        assert not np.allclose(mean[name], other[name], equal_nan=True)
        assert mean[name].corr(other[name], method="spearman") > 0.95  # a reversed item is turned
        assert other[name].mean() == pytest.approx(mean[name].mean(), abs=1.0)
        assert other[name].dropna().between(0, 100).all()


@pytest.mark.parametrize("scoring", ALTERNATIVES)
def test_imputed_answers_are_scored_by_what_the_given_ones_tell(wave, scoring: Scoring) -> None:
    responses = wave.responses
    filled = responses.fillna({"q1": 5.0, "q2": 1.0, "q3": 3.0, "absence": 40.0})
    stacked = pd.concat([responses, filled], ignore_index=True)
    found = scored(wave, scoring, stacked)
    given, completed = found[: len(responses)], found[len(responses) :]
    pd.testing.assert_frame_equal(given, scored(wave, scoring))
    assert completed[["A", "MIXED"]].notna().all(axis=None)
    whole = responses[["q1", "q2", "q3"]].notna().all(axis=1).to_numpy()
    # who answered everything has the same score, however the gaps of others are filled
    np.testing.assert_array_equal(given.loc[whole, "A"], completed["A"][whole])


@pytest.mark.parametrize("scoring", ALTERNATIVES)
def test_an_index_of_scales_rests_on_their_new_scores(wave, scoring: Scoring) -> None:
    study, responses, reasons = wave
    found = scored(wave, scoring)
    inner = {name: found[name] for name in ("A", "MIXED")}
    parts, _ = components(study, study.indices["ABOVE"], responses, reasons, inner)
    np.testing.assert_array_equal(parts, found[["A", "MIXED"]])
    if scoring == "z_mean":
        known = parts[~np.isnan(parts).all(axis=1)]
        mean, deviation = np.nanmean(known, axis=0), np.nanstd(known, axis=0, ddof=1)
        expected = mean.mean() + deviation.mean() * np.nanmean((known - mean) / deviation, axis=1)
        np.testing.assert_allclose(found["ABOVE"].dropna(), np.clip(expected, 0, 100))


def test_without_an_item_a_scale_is_estimated_anew(make_study, make_answers, wave) -> None:
    study, responses, reasons = wave
    shorter = make_answers(make_study({"indices.yaml": index("A", "q1, q2", minimum_share=0.6)}), drawn())
    stacked = pd.concat([responses, responses.fillna({"q1": 3.0})], ignore_index=True)
    for scoring in get_args(Scoring):
        found = score_without(
            study,
            "2020",
            stacked,
            reasons,
            index="A",
            left_out=frozenset({"q3"}),
            scoring=scoring,
            given=responses,
        )
        np.testing.assert_array_equal(found[: len(responses)], scored(shorter, scoring)["A"])
        assert np.isnan(found[len(responses) :]).sum() < np.isnan(found[: len(responses)]).sum()


def test_comparison_of_scorings(wave) -> None:
    study, responses, reasons = wave
    found = compare_scorings(study, "2020", responses, reasons, scoring="factor")
    assert found["index"].tolist() == [name for name in ("A", "ONE", "MIXED", "ABOVE") for _ in range(4)]
    assert found["scoring"].tolist() == [*get_args(Scoring)] * 4
    assert (found["chosen"] == (found["scoring"] == "factor")).all()
    assert (found.loc[found["scoring"] == "mean", "rank_correlation"] == 1).all()
    by = found.set_index(["index", "scoring"])
    for scoring in ALTERNATIVES:
        mean, other = scored(wave, "mean")["A"], scored(wave, scoring)["A"]
        alike = mean.corr(other, method="spearman")
        assert by.loc[("A", scoring), "rank_correlation"] == pytest.approx(alike)
        assert by.loc[("A", scoring), "n"] == mean.notna().sum()
        assert by.loc[("ONE", scoring), "note"] == "one item"
    assert by.loc[("MIXED", "graded"), "note"] == "not ordered: absence"
    assert by.loc[("ABOVE", "graded"), "note"] == "not ordered"
    assert by["rank_correlation"].isna().tolist() == (by["note"] != "").tolist()


def test_items_at_fault_are_named(make_study, make_answers) -> None:
    columns = drawn() | {"q2": np.full(300, 4.0)}
    study, responses, reasons = make_answers(make_study({"indices.yaml": index("A", "q1, q2, q3")}), columns)
    found = compare_scorings(study, "2020", responses, reasons, scoring="mean")
    assert found["note"].tolist() == ["", *["no variance: q2"] * 3]
    # the mean stands in
    pd.testing.assert_frame_equal(
        scored((study, responses, reasons), "graded"), scored((study, responses, reasons), "mean")
    )


def test_a_study_without_scales_has_no_rows(make_study, make_answers) -> None:
    study = make_study({"indices.yaml": index("F", "q1, q2", type_="formative")})
    _, responses, reasons = make_answers(study, drawn())
    found = compare_scorings(study, "2020", responses, reasons, scoring="mean")
    assert list(found) == ["wave", "index", "scoring", "chosen", "n", "rank_correlation", "note"]
    assert found.empty
