"""Claims of kind typology: types are found and compared, and say why where they cannot be."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.hypotheses.conftest import drawn

WIDE = 400
ITEMS = "items: [q1, q2, q3, gate]"
YES = {"q1": (0.15, 0.85), "q2": (0.2, 0.8), "q3": (0.2, 0.85), "gate": (0.15, 0.8)}
"""How often each of two types answers high."""


def planted(n: int = WIDE, *, apart: float = 1.0, seed: int = 5) -> dict[str, object]:
    """Answers of two types, six in ten of the first; the second has more ideas."""
    rng = np.random.default_rng(seed)
    second = rng.random(n) < 0.4
    columns = drawn(seed, n)
    for name, (low, high) in YES.items():
        yes = rng.random(n) < np.where(second, high, low)
        spread = rng.integers(0, 2, n)
        columns[name] = np.where(yes, 4.0 + spread, 1.0 + spread) if name != "gate" else yes.astype(float)
    columns["n_ideas"] = np.clip(np.rint(10 + apart * 4 * second + 3 * rng.normal(size=n)), 0, None)
    return columns


def of(tested, columns, keys: str = "outcomes: [n_ideas], classes: 3", **options):
    return tested(f"{ITEMS}, {keys}", columns, kind="typology", sign=None, **options)


def decisive(table: pd.DataFrame) -> pd.Series:
    (found,) = [row for _, row in table[table["decides"]].iterrows()]
    return found


@pytest.mark.parametrize("n", [200, 400, 2_000])
def test_two_types_are_found_and_differ_in_the_outcome(tested, n) -> None:
    found = of(tested, planted(n))
    row = decisive(found.table)
    assert (row["term"], row["model"], row["n"]) == ("2 classes", "latent_classes", n)
    assert row["p_value"] < 1e-4
    # two types of .6 and .4 that lie 4 apart, among answers of SD 3
    between = 4 * np.sqrt(0.24)
    assert row["std_estimate"] == pytest.approx(between / np.sqrt(9 + between**2), abs=0.15)
    pair = found.table.set_index("term").loc["class 2 vs class 1"]
    assert pair["estimate"] == pytest.approx(4, abs=1.5)
    assert pair["std_estimate"] == pytest.approx(
        pair["estimate"] / found.responses["n_ideas"].std(), rel=1e-6
    )
    assert pair["ci_low"] < pair["estimate"] < pair["ci_high"]
    assert not pair["decides"]
    shares = found.table[found.table["outcome"] == ""].set_index("term")["natural_estimate"]
    assert shares.index.tolist() == ["class 1", "class 2"]
    assert shares.to_numpy() == pytest.approx([60, 40], abs=12)


def test_every_model_and_every_answer_has_its_row(tested) -> None:
    found = of(tested, planted())
    models = found.tables["classes"]
    assert models["classes"].tolist() == [1, 2, 3]
    assert models["chosen"].tolist() == [False, True, False]
    assert models["bic"].idxmin() == 1
    assert models.loc[1, "p_bootstrap"] == pytest.approx(1 / (1 + models.loc[1, "samples"]))
    assert np.isnan(models.loc[0, "p_bootstrap"])
    assert models.loc[1, "stability"] > 0.6
    assert models["n"].eq(WIDE).all()
    assert models["found"].le(models["carried"]).all()
    profiles = found.tables["class_profiles"]
    items = profiles[profiles["role"] == "item"]
    sums = items.groupby(["class", "measure"])["probability"].sum()
    assert sums.to_numpy() == pytest.approx(np.ones(8))
    known = items.dropna(subset="ci_low")
    assert ((known["ci_low"] < known["probability"]) & (known["probability"] < known["ci_high"])).all()
    yes = items[(items["measure"] == "gate") & (items["category"] == "1")]["probability"]
    assert yes.to_numpy() == pytest.approx(YES["gate"], abs=0.15)
    outcomes = profiles[profiles["role"] == "outcome"]
    assert outcomes["mean"].to_numpy() == pytest.approx([10, 14], abs=1.5)
    counts = profiles.groupby("class")["n"].first()
    assert counts.sum() == WIDE


def test_types_that_do_not_differ_are_not_said_to(tested) -> None:
    rejected = [
        decisive(of(tested, planted(apart=0.0, seed=seed)).table)["p_value"] < 0.05 for seed in range(8)
    ]
    assert sum(rejected) <= 2


def test_answers_that_have_nothing_to_do_with_each_other_are_one_type(tested) -> None:
    columns = drawn(5, WIDE)
    rng = np.random.default_rng(1)
    columns |= {name: rng.integers(1, 6, WIDE).astype(float) for name in ("q1", "q2", "q3")}
    columns["gate"] = rng.integers(0, 2, WIDE).astype(float)
    found = of(tested, columns)
    row = decisive(found.table)
    assert row["reason"] == "one class fits best"
    assert np.isnan(row["p_value"])
    assert found.tables["classes"]["chosen"].tolist() == [True, False, False]
    assert found.tables["class_profiles"].empty


def test_without_an_outcome_the_claim_is_that_there_are_types(tested) -> None:
    row = decisive(of(tested, planted(), "classes: 3").table)
    assert (row["outcome"], row["term"]) == ("", "2 classes")
    assert row["p_value"] == pytest.approx(1 / 20)
    assert 0.4 < row["std_estimate"] < 1


def test_seeds_and_other_claims_change_no_type(tested) -> None:
    one, again = (of(tested, planted()).table for _ in range(2))
    pd.testing.assert_frame_equal(one, again)


def test_order_of_employers_changes_nothing(tested) -> None:
    columns = planted()
    order = np.random.default_rng(2).permutation(WIDE)
    turned = {name: np.asarray(values)[order] for name, values in columns.items()}
    one, other = (of(tested, given).tables for given in (columns, turned))
    # employers are resampled by their place, so that the stability is another draw
    alike = ["stability"]
    pd.testing.assert_frame_equal(one["classes"].drop(columns=alike), other["classes"].drop(columns=alike))
    pd.testing.assert_frame_equal(one["class_profiles"], other["class_profiles"])


def test_missing_answers_leave_employers_in(tested) -> None:
    columns = planted()
    columns["q1"] = np.where(np.arange(WIDE) % 5 == 0, np.nan, columns["q1"])
    columns["n_ideas"] = np.where(np.arange(WIDE) % 4 == 0, np.nan, columns["n_ideas"])
    found = of(tested, columns)
    assert found.tables["classes"]["n"].eq(WIDE).all()
    assert decisive(found.table)["n"] == WIDE * 3 // 4


def test_weights_of_the_design_count(tested) -> None:
    found = of(tested, planted(), design=True)
    models = found.tables["classes"]
    assert (models["effective_n"] < models["n"]).all()
    assert decisive(found.table)["p_value"] < 0.001


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"q2": np.full(WIDE, 3.0)}, "no variance"),
        ({"q2": np.full(WIDE, np.nan)}, "items not asked in this wave: q2"),
        ({"n_ideas": np.full(WIDE, 3.0)}, "no variance"),
        ({"n_ideas": np.where(np.arange(WIDE) < 25, 3.0, np.nan)}, "too few employers"),
    ],
)
def test_what_cannot_be_compared_says_why(tested, change, reason) -> None:
    assert decisive(of(tested, planted() | change).table)["reason"] == reason


def test_too_few_employers_are_told(tested) -> None:
    found = of(tested, planted(25))
    assert decisive(found.table)["reason"] == "too few employers"
    assert found.tables["classes"].empty


def test_a_domain_takes_its_own_employers(tested) -> None:
    columns = planted()
    found = of(tested, columns, "outcomes: [n_ideas], classes: 2, domain: kind = 1")
    assert found.tables["classes"]["n"].iloc[0] == (np.asarray(columns["kind"]) == 1).sum()
