"""The imputation of a wave: which gaps are filled, with what, by which method, and what is said of it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspraak.survey.completing import complete_answers
from inspraak.survey.imputation_account import scale_reduction
from inspraak.survey.imputing import Imputed, impute_wave

NAN = float("nan")
N = 150
CLAIMS = """
H1: {kind: regression, family: exploratory, x: A, y: share, sign: "+", controls: [sector, log_size, kind, absence],
  wording: {nl: A, en: A}}
H2: {kind: regression, family: exploratory, x: routed, y: log_ideas, sign: "+", domain: "gate = 1",
  wording: {nl: A, en: A}}
"""


def drawn(seed: int = 1, n: int = N, missing: float = 0.1) -> dict[str, np.ndarray]:
    """Answers of n employers that go together, with gaps in all but the frame; `routed` asked where gate is 1."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    common = {name: np.clip(np.rint(3 + z + rng.normal(size=n)), 1, 5) for name in ("q1", "q2", "routed")}
    columns = common | {
        "q3": np.clip(np.rint(3 - z + rng.normal(size=n)), 1, 5),
        "share": np.clip(np.rint(1 + 0.5 * z + 0.5 * rng.normal(size=n)), 0, 2),
        "kind": rng.integers(1, 4, n).astype(float),
        "n_ideas": np.rint(np.exp(1.5 * rng.normal(size=n) + z)),
        "absence": np.rint(10 * rng.gamma(2, 2, n)) / 10,
    }
    for name in columns:
        columns[name][rng.random(n) < missing] = np.nan
    gate = (rng.random(n) < 0.6).astype(float)
    columns["routed"][gate == 0] = np.nan
    return columns | {"gate": gate, "a_size": np.rint(10 * np.exp(rng.gamma(2, 0.5, n)))}


def asked(columns: Mapping[str, np.ndarray]) -> dict[str, list[str]]:
    """Say why answers to the routed question are missing."""
    gate, routed = columns["gate"], columns["routed"]
    return {
        "routed": np.select([gate == 0, np.isnan(routed)], ["not_asked", "dont_know"], "").tolist(),
    }


@pytest.fixture
def answers(make_study, make_answers):
    """A function that makes a wave of the trial study out of columns."""

    def make(columns, *, files=None, **options):
        study = make_study({"hypotheses.yaml": CLAIMS, **(files or {})})
        sector = np.where(np.arange(len(columns["gate"])) % 3 == 0, "H", "G").astype(object)
        given = {"a_sbi": sector, **columns}
        return make_answers(study, given, **{"reasons": asked(columns), **options})

    return make


def filled(answers, *, seed: int = 5, imputations: int = 4, cycles: int = 3) -> Imputed:
    study, responses, reasons = answers
    return impute_wave(study, "2020", responses, reasons, seed=seed, imputations=imputations, cycles=cycles)


def row(found: Imputed, item: str) -> pd.Series:
    return found.account.set_index("item").loc[item]


def test_every_gap_of_an_index_or_claim_is_filled_and_nothing_else(answers) -> None:
    wave = answers(drawn())
    study, responses, reasons = wave
    found = filled(wave)
    completed = complete_answers(study, "2020", responses, found.cells)
    assert len(completed) == 4 * N
    for item in ("q1", "q2", "q3", "share", "kind", "n_ideas", "absence", "routed"):
        given = responses[item].to_numpy()
        stacked = completed[item].to_numpy().reshape(4, N)
        known = ~np.isnan(given)
        assert (stacked[:, known] == given[known]).all(), item
        structural = (reasons[item] == "not_asked").to_numpy()
        assert (np.isnan(stacked) == structural).all(), item
        assert np.isin(stacked[:, ~structural], given[known]).all(), item
    assert (responses[["q1", "share"]].isna().sum() > 5).all()  # the answers as given are still as given


def test_variables_are_computed_anew_in_every_imputation(answers) -> None:
    study, responses, _ = wave = answers(drawn())
    completed = complete_answers(study, "2020", responses, filled(wave).cells)
    np.testing.assert_allclose(completed["log_ideas"], np.log1p(completed["n_ideas"]))
    assert (completed["sector"].to_numpy().reshape(4, N) == responses["sector"].to_numpy()).all()
    assert completed["weight"].tolist() == 4 * responses["weight"].tolist()


def test_an_answer_is_never_overwritten(answers) -> None:
    study, responses, _ = wave = answers(drawn())
    cells = filled(wave).cells
    first = int(np.flatnonzero(responses["q1"].notna())[0])
    cells.loc[cells["item"] == "q1", "row"] = first
    with pytest.raises(AssertionError, match="given answer to q1"):
        complete_answers(study, "2020", responses, cells)


def test_one_seed_gives_one_result_and_another_seed_another(answers) -> None:
    wave = answers(drawn())
    first, again, other = filled(wave), filled(wave), filled(wave, seed=6)
    for name in ("cells", "account", "traces", "distributions"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(again, name))
    assert not first.cells.equals(other.cells)
    more = filled(wave, imputations=6)
    pd.testing.assert_frame_equal(more.cells[first.cells.columns], first.cells)


def test_the_account_says_what_was_done_to_each_item(answers) -> None:
    columns = drawn()
    columns["a_sbi"] = np.where(np.arange(N) % 3 == 0, "H", None)
    wave = answers(columns, files={"hypotheses.yaml": CLAIMS.replace(", absence", "")})
    found = filled(wave)
    account = found.account.set_index("item")
    assert list(account.index) == list(wave.study.codebook)
    methods = account[["method", "reason"]].agg(" ".join, axis=1)
    assert methods["q1"] == "matching "
    assert methods["kind"] == "categories "
    assert methods["resp_id"] == "none text"
    assert methods["a_sbi"] == "none text"
    assert methods["absence"] == "none not_needed"
    assert methods["gate"] == "none no_gaps"
    routed, reasons = account.loc["routed"], wave.reasons["routed"]
    assert routed["n_structural"] == (reasons == "not_asked").sum()
    assert routed["n_missing"] == routed["n_imputed"] == (reasons == "dont_know").sum()
    assert (account["n_answered"] + account["n_missing"] + account["n_structural"] == N).all()
    assert (account.loc[account["n_imputed"] == 0, "method"] == "none").all()
    cells = found.cells["item"].value_counts()
    assert cells.to_dict() == account["n_imputed"][account["n_imputed"] > 0].to_dict()


def test_the_account_compares_what_was_given_and_what_was_imputed(answers) -> None:
    wave = answers(drawn())
    found = filled(wave)
    numbers = [name for name in found.cells if name.startswith("imputation_")]
    share, kind = row(found, "share"), row(found, "kind")
    counts = {0: 0, 1: 60, 2: 100}
    assert share["observed"] == pytest.approx(wave.responses["share"].map(counts).mean())
    cells = found.cells[found.cells["item"] == "share"][numbers]
    assert share["imputed"] == pytest.approx(cells.replace(counts).to_numpy().mean())
    most = wave.responses["kind"].value_counts().idxmax()
    assert (kind["statistic"], kind["category"]) == ("share", f"{most:g}")
    assert kind["observed"] == pytest.approx((wave.responses["kind"].dropna() == most).mean())


@pytest.mark.parametrize(
    ("given", "method", "reason"),
    [(0, "none", "no_answers"), (9, "none", "few_answers"), (29, "random", "few_answers")],
)
def test_items_with_few_answers_fall_back_and_say_so(answers, given, method, reason) -> None:
    columns = drawn()
    columns["share"] = np.where(np.arange(N) < given, np.arange(N) % 3, NAN)
    found = filled(answers(columns))
    share = row(found, "share")
    assert (share["method"], share["reason"]) == (method, reason)
    assert share["n_imputed"] == (N - given if method == "random" else 0)
    assert row(found, "q1")["n_imputed"] > 0


def test_an_item_that_everybody_answered_alike_gets_that_answer(answers) -> None:
    columns = drawn()
    columns["share"] = np.where(np.arange(N) % 5, 2.0, NAN)
    found = filled(answers(columns))
    share = row(found, "share")
    assert (share["method"], share["reason"], share["n_imputed"]) == ("only_answer", "same_answers", 30)
    cells = found.cells[found.cells["item"] == "share"].filter(like="imputation_")
    assert (cells == 2).to_numpy().all()


def test_without_gaps_nothing_is_imputed(answers) -> None:
    study, responses, _ = wave = answers(drawn(missing=0.0))
    found = filled(wave)
    assert len(found.cells) == len(found.traces) == len(found.distributions) == 0
    assert (found.account["reason"] == "no_gaps").sum() >= 9
    completed = complete_answers(study, "2020", responses, found.cells)
    pd.testing.assert_frame_equal(
        completed.iloc[N : 2 * N].reset_index(drop=True)[responses.columns], responses
    )
    assert len(completed) == 4 * N


@settings(max_examples=8)
@given(seed=st.integers(0, 999), n=st.sampled_from([35, 60]), missing=st.sampled_from([0.05, 0.6]))
def test_few_employers_and_many_gaps_are_no_trouble(answers, seed, n, missing) -> None:
    wave = answers(drawn(seed, n, missing))
    found = filled(wave, imputations=2, cycles=2)
    predictors = found.account["predictors"].dropna()
    answered = found.account.loc[predictors.index, "n_answered"]
    assert (predictors <= answered // 5).all()
    for item in found.cells["item"].unique():
        rows = found.cells.loc[found.cells["item"] == item, "row"]
        assert wave.responses[item].iloc[rows].isna().all()


def test_parts_of_a_whole_add_up_and_their_chains_move(answers) -> None:
    codebook = [f"part{k},work,PROCENT,,,own,Deel,Part" for k in range(3)]
    study = "cleaning: {checks: [{sum: [part0, part1, part2], equals: 100, tolerance: 1}]}\n"
    claims = CLAIMS.replace("controls: [", "controls: [part0, part1, part2, ")
    rng = np.random.default_rng(3)
    parts = np.rint(100 * rng.dirichlet([4, 3, 2], N))
    parts[:, 2] = 100 - parts[:, :2].sum(axis=1)
    parts[:25] = np.nan
    parts[25:35, 1] = np.nan
    parts[35:45, 1:] = np.nan
    columns = drawn() | {f"part{k}": parts[:, k] for k in range(3)}
    wave = answers(columns, files=_with(study, codebook, claims))
    found = filled(wave, imputations=10, cycles=8)
    completed = complete_answers(wave.study, "2020", wave.responses, found.cells)
    stacked = completed[["part0", "part1", "part2"]].to_numpy()
    np.testing.assert_allclose(stacked.sum(axis=1), 100)
    assert (stacked >= 0).all()
    single = stacked.reshape(10, N, 3)[:, 25:35, 1]
    np.testing.assert_allclose(single, np.tile(100 - parts[25:35, 0] - parts[25:35, 2], (10, 1)))
    assert (found.account.set_index("item").loc[["part0", "part1", "part2"], "scale_reduction"] < 1.5).all()


def _with(study: str, codebook: list[str], claims: str) -> dict[str, str]:
    from ..conftest import CODEBOOK, STUDY

    lines = "".join(f"{line}\n" for line in codebook)
    return {"study.yaml": STUDY + study, "codebook.csv": CODEBOOK + lines, "hypotheses.yaml": claims}


def test_distributions_are_of_codes_and_of_fifths_of_numbers(answers) -> None:
    wave = answers(drawn(n=400))
    found = filled(wave)
    spread = found.distributions.set_index("item")
    q1 = spread.loc["q1"]
    assert q1["category"].tolist() == ["1", "2", "3", "4", "5"]
    known = wave.responses["q1"].dropna()
    np.testing.assert_allclose(q1["observed"], [(known == code).mean() for code in range(1, 6)])
    cells = found.cells[found.cells["item"] == "q1"].filter(like="imputation_").to_numpy()
    np.testing.assert_allclose(q1["imputed"], [(cells == code).mean() for code in range(1, 6)])
    assert ((q1["low"] <= q1["imputed"]) & (q1["imputed"] <= q1["high"])).all()
    absence = spread.loc["absence"]
    assert absence["category"].tolist() == ["1", "2", "3", "4", "5"]
    np.testing.assert_allclose(absence["observed"], 0.2, atol=0.02)
    np.testing.assert_allclose(spread.groupby("item")[["observed", "imputed"]].sum(), 1)


def test_traces_are_those_of_the_chains(answers) -> None:
    wave = answers(drawn())
    found = filled(wave)
    q1 = found.traces[found.traces["item"] == "q1"]
    assert len(q1) == 3 * 4
    last = q1[q1["cycle"] == 3].set_index("imputation")["mean"]
    known = wave.responses["q1"].dropna()
    cells = found.cells[found.cells["item"] == "q1"].filter(like="imputation_")
    np.testing.assert_allclose(last, (cells.mean() - known.mean()) / known.std(ddof=0))
    assert (q1["n"] == len(cells)).all()


def test_the_scale_reduction_factor_by_hand() -> None:
    # two chains of three cycles: variances 1 and 1, means 2 and 4 with variance 2
    means = np.array([[1.0, 3.0], [2.0, 4.0], [3.0, 5.0]])
    assert scale_reduction(means) == pytest.approx(np.sqrt(2 / 3 + 2))
    assert scale_reduction(np.ones((3, 2))) == 1
    assert scale_reduction(np.array([[1.0, 2.0], [1.0, 2.0]])) == np.inf
    assert np.isnan(scale_reduction(np.ones((1, 4))))
    rng = np.random.default_rng(1)
    assert scale_reduction(rng.normal(size=(200, 20))) == pytest.approx(1, abs=0.01)
