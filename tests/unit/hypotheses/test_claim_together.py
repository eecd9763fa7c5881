"""All outcomes of a joint claim tested together, beside each of them."""

import numpy as np
import pandas as pd
import pytest

from tests.unit.hypotheses.conftest import drawn

KEYS = "x: q1, y: [{y}], controls: [log_size]"


def together(tested, y: str, columns=None, **options) -> pd.DataFrame:
    table = tested(KEYS.format(y=y), columns, kind="joint", **options).table
    return table[table["outcome"] == ""]


def test_it_is_the_wald_test_of_stacked_scores(tested) -> None:
    """By hand: both regressions, the covariance of their slopes from the products of their scores (HC3 each)."""
    found = tested(KEYS.format(y="n_ideas, absence"), drawn() | {"absence": absence()}, kind="joint")
    row = found.table[found.table["outcome"] == ""].iloc[0]
    data = found.responses[["q1", "log_size", "n_ideas", "absence"]].astype(float).dropna()
    design = np.column_stack([data["q1"], data["log_size"], np.ones(len(data))])
    bread = np.linalg.inv(design.T @ design)
    leverage = np.einsum("ni,ij,nj->n", design, bread, design)
    slopes, scores, errors = [], [], []
    for name in ("n_ideas", "absence"):
        solution = bread @ design.T @ data[name].to_numpy()
        left = data[name].to_numpy() - design @ solution
        slopes.append(solution[0])
        scores.append((bread @ design.T)[0] * left)
        errors.append(np.sqrt(np.square((bread @ design.T)[0] * left / (1 - leverage)).sum()))
    related = np.corrcoef(scores)[0, 1]
    covariance = np.outer(errors, errors) * np.array([[1, related], [related, 1]])
    statistic = np.array(slopes) @ np.linalg.solve(covariance, slopes) / 2
    assert row["statistic"] == pytest.approx(statistic, rel=1e-6)
    assert not row["decides"]


def absence(seed: int = 8, n: int = 150) -> np.ndarray:
    return np.clip(np.random.default_rng(seed).normal(5, 2, n), 0, None)


def test_of_unrelated_outcomes_it_rejects_as_often_as_it_should(tested) -> None:
    p = []
    for seed in range(60):
        rng = np.random.default_rng(100 + seed)
        columns = drawn(seed)
        shared = rng.normal(size=150)
        columns["n_ideas"] = np.clip(np.rint(20 + 3 * shared + 2 * rng.normal(size=150)), 0, None)
        columns["absence"] = np.clip(8 + shared + 2 * rng.normal(size=150), 0, None)
        p.append(together(tested, "n_ideas, absence", columns)["p_value"].iloc[0])
    assert sum(value < 0.05 for value in p) <= 8
    assert 0.3 < np.mean(p) < 0.7


def test_a_design_and_other_models_have_one_too(tested) -> None:
    (p,) = together(tested, "share, n_ideas", design=True)["p_value"]
    assert 0 <= p < 0.01
    keys = "x: q1, y: [share, gate], model: fractional_logit, controls: []"
    table = tested(keys, kind="joint", design=True).table
    assert (table["outcome"] == "").sum() == 1


def test_an_outcome_that_cannot_be_fitted_leaves_none(tested) -> None:
    assert together(tested, "share, absence").empty
