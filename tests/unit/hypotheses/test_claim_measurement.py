"""Claims about the questions themselves: factors against a rival, factors apart, and conclusions tested again."""

import numpy as np
import pandas as pd
import pytest

from inspraak.errors import UserError
from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.testing import test_claims as judge_all
from inspraak.hypotheses.verdicts import judge_claims
from inspraak.measurement.scoring import score_indices
from inspraak.study.configuration import REPETITIONS

NAMES = ("q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8")
CODEBOOK = [f"{name},work,EENS5,,,own,{name},{name}" for name in NAMES[3:]]
INDICES = "".join(
    f"{name}: {{label: {{nl: {name}, en: {name}}}, theme: work, type: reflective, items: [{items}]}}\n"
    for name, items in {"A": "q1, q2, q3", "B": "q4, q5, q6"}.items()
)
HEAD = "family: none, wording: {nl: a, en: a}"
FACTORS = "factors: {X: [q1, q2, q3], Y: [q4, q5, q6]}, rival: one_factor"
MODEL = f"M: {{kind: measurement, {HEAD}, model: {{{FACTORS}}}}}\n"
SLOPE = f'H: {{kind: regression, {HEAD}, x: A, y: B, sign: "+", controls: []}}\n'
AGAIN = f"K: {{kind: measurement, {HEAD}, method_variance: {{marker: [q7, q8], claims: [H]}}}}\n"


def drawn(n: int, seed: int, *, related: float, method: float = 0.0) -> dict[str, np.ndarray]:
    """Answers to two scales of three items whose factors correlate, and two markers; all share a way of answering."""
    rng = np.random.default_rng(seed)
    factors = rng.multivariate_normal([0, 0], [[1, related], [related, 1]], size=n)
    shared = method * rng.normal(size=(n, 1))
    behind = np.concatenate([0.8 * factors[:, np.repeat([0, 1], 3)], np.zeros((n, 2))], axis=1)
    behind = behind + 0.6 * rng.normal(size=(n, 8)) + shared
    codes = 1.0 + (behind[:, :, np.newaxis] > np.array([-1.3, -0.4, 0.5, 1.4])).sum(axis=2)
    codes[:, 2] = 6 - codes[:, 2]  # q3 is asked the other way round
    return dict(zip(NAMES, codes.T))


@pytest.fixture
def judged(make_study, make_answers):
    """A function that judges claims over drawn answers: the verdicts by claim, and every table."""

    def run(claims: str, columns: dict[str, np.ndarray]):
        files = {"hypotheses.yaml": claims, "indices.yaml": INDICES}
        study = make_study(files, codebook=CODEBOOK)
        _, responses, reasons = make_answers(study, columns)
        scores = score_indices(study, "2020", responses, reasons)
        tables = judge_all(
            WaveData(study, "2020", responses, reasons, scores, repetitions=REPETITIONS["quick"])
        )
        return judge_claims(study, tables["estimates"]).set_index("hypothesis"), tables

    return run


def test_two_things_are_told_from_one(judged) -> None:
    verdicts, tables = judged(MODEL, drawn(600, 1, related=0.5))
    assert verdicts.loc["M", "verdict"] == "supported"
    terms = tables["estimates"].set_index("term")
    assert list(terms.index) == ["X, Y vs one_factor", "X apart from Y"]
    assert terms.loc["X apart from Y", "natural_estimate"] == pytest.approx(0.5, abs=0.1)
    rivals = tables["rivals"].set_index("structure")
    assert rivals.loc["one_factor", "delta_cfi"] == pytest.approx(
        -terms.loc["X, Y vs one_factor", "estimate"]
    )
    assert rivals.loc["one_factor", "df_difference"] == 1


def test_one_thing_asked_twice_is_never_said_to_be_two(judged) -> None:
    found = [judged(MODEL, drawn(493, seed, related=1.0))[0].loc["M", "verdict"] for seed in range(8)]
    assert "supported" not in found


def test_scales_that_run_too_much_alike_are_not_apart(judged) -> None:
    verdicts, tables = judged(MODEL, drawn(4000, 3, related=0.93))
    row = tables["estimates"].set_index("term").loc["X apart from Y"]
    assert row["natural_estimate"] > 0.85
    assert row["std_estimate"] < 0
    assert verdicts.loc["M", "verdict"] in ("contradicted", "inconclusive")


def test_a_model_that_fits_badly_is_not_supported(judged) -> None:
    columns = drawn(900, 4, related=0.3)
    for one, other in (("q4", "q1"), ("q5", "q2")):  # pairs of questions that are nearly the same
        columns[one] = np.clip(np.rint(0.6 * columns[one] + 0.4 * columns[other]), 1, 5)
    verdicts, tables = judged(MODEL, columns)
    assert verdicts.loc["M", "verdict"] == "inconclusive"
    assert "model fits badly" in set(tables["estimates"]["unmet_condition"])


def test_a_conclusion_stands_where_markers_are_unrelated(judged) -> None:
    verdicts, tables = judged(SLOPE + AGAIN, drawn(493, 5, related=0.5))
    assert verdicts["verdict"].to_dict() == {"H": "supported", "K": "supported"}
    (row,) = tables["survival"].to_dict("records")
    assert abs(row["change"]) < 0.1
    assert row["claim"] == "H"


def test_a_conclusion_of_the_way_of_answering_alone_falls(judged) -> None:
    verdicts, tables = judged(SLOPE + AGAIN, drawn(493, 6, related=0.0, method=0.7))
    assert verdicts.loc["H", "verdict"] == "supported"
    assert verdicts.loc["K", "verdict"] == "inconclusive"
    assert tables["survival"]["change"].iloc[0] < -0.25
    assert verdicts.loc["K", "reason"] in ("changes by a quarter", "")


def test_a_claim_that_was_not_decided_has_nothing_to_lose(judged) -> None:
    verdicts, _ = judged(SLOPE + AGAIN, drawn(493, 7, related=0.0))
    assert verdicts.loc["H", "verdict"] != "supported"
    assert verdicts.loc["K", ["verdict", "reason"]].tolist() == [
        "not testable",
        "no conclusion to test again",
    ]


def test_the_order_of_the_claims_does_not_matter(judged) -> None:
    columns = drawn(493, 5, related=0.5)
    first, last = (judged(claims, columns)[1] for claims in (SLOPE + AGAIN, AGAIN + SLOPE))
    pd.testing.assert_frame_equal(first["survival"], last["survival"])
    assert last["estimates"]["hypothesis"].tolist()[0] == "K"


def test_questions_that_were_not_asked_are_named(judged) -> None:
    columns = {
        name: values for name, values in drawn(300, 8, related=0.5).items() if name not in ("q2", "q7")
    }
    verdicts, _ = judged(MODEL + SLOPE + AGAIN, columns)
    assert verdicts.loc["M", "reason"] == "items not asked in this wave: q2"
    assert verdicts.loc["K", "reason"] == "items not asked in this wave: q7"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Y: [q4, q5, q6]", "Y: [q4]", "factors"),
        (", Y: [q4, q5, q6]", "", "2 factors at least, or no rival"),
        ("one_factor", "second_order", "4 factors at least, or no rival"),
        ("q4, q5", "q4, q9", "'q9'"),
    ],
)
def test_a_model_that_is_none_is_refused(make_study, old: str, new: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        make_study({"hypotheses.yaml": MODEL.replace(old, new), "indices.yaml": INDICES}, codebook=CODEBOOK)
