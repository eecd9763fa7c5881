"""Whether scales differ: heterotrait-monotrait ratios by hand, their intervals, and the latent correlations."""

import numpy as np
import pytest

from inspraak.measurement.discriminant_validity import discriminant_table
from inspraak.measurement.model_fits import fit_models

ITEMS = [f"n{place}" for place in range(1, 9)]
CODEBOOK = [f"{name},work,PROCENT,,,own,n,n" for name in ITEMS]
INDICES = """
A: {label: {nl: A, en: A}, theme: work, type: reflective, items: [q1, q2]}
models:
  near: {label: {nl: A, en: A}, factors: {x: [n1, n2, n3], y: [n4, n5, n6]}}
  apart: {label: {nl: A, en: A}, factors: {z: [n7, n8], y: [n4, n5, n6]}, structure: uncorrelated}
"""
SCALES = """
A: {label: {nl: A, en: A}, theme: work, type: reflective, items: [q1, q2]}
B: {label: {nl: B, en: B}, theme: work, type: reflective, items: [q1, q3]}
C: {label: {nl: C, en: C}, theme: work, type: reflective, items: [share, gate]}
models:
  one: {label: {nl: A, en: A}, factors: [A]}
  two: {label: {nl: A, en: A}, factors: [B]}
  three: {label: {nl: A, en: A}, factors: [C]}
"""


@pytest.fixture
def tabled(make_study, make_answers):
    def table(indices: str, columns: dict[str, np.ndarray]):
        study = make_study({"indices.yaml": indices}, codebook=CODEBOOK)
        answers = make_answers(study, columns)
        fits = fit_models(study, "2020", answers.responses, seed=2)
        return discriminant_table(study, "2020", fits, seed=2, resamples=400)

    return table


def numbers(n: int) -> dict[str, np.ndarray]:
    """Draw three factors of which the first two correlate .6, and the third with neither."""
    rng = np.random.default_rng(6)
    factors = rng.multivariate_normal(np.zeros(3), [[1, 0.6, 0], [0.6, 1, 0], [0, 0, 1]], size=n)
    items = 50 + 10 * (0.8 * factors[:, np.repeat([0, 1, 2], [3, 3, 2])] + 0.6 * rng.normal(size=(n, 8)))
    items[:9, 0] = np.nan
    return dict(zip(ITEMS, items.T))


def test_ratios_and_latent_correlations_of_a_model(tabled) -> None:
    columns = numbers(600)
    row = tabled(INDICES, columns).set_index("model").loc["near"]
    assert (row["x"], row["y"], row["correlations"], row["n"]) == ("x", "y", "pearson", 591)
    items = np.column_stack([columns[name] for name in ITEMS[:6]])
    r = np.ma.corrcoef(np.ma.masked_invalid(items), rowvar=False).filled()
    first, second = ([[1, 0], [2, 0], [2, 1]], [[4, 3], [5, 3], [5, 4]])
    own = [np.mean([abs(r[a, b]) for a, b in pairs]) for pairs in (first, second)]
    assert row["htmt"] == pytest.approx(np.abs(r[:3, 3:]).mean() / np.sqrt(np.prod(own)), rel=1e-3)
    assert row["htmt_low"] < 0.6 < row["htmt_high"]
    assert row["htmt_high"] - row["htmt_low"] < 0.2
    assert row["correlation"] == pytest.approx(0.6, abs=0.06)
    assert row["correlation_low"] < row["correlation"] < row["correlation_high"]


def test_uncorrelated_factors_have_a_ratio_and_no_latent_correlation(tabled) -> None:
    row = tabled(INDICES, numbers(600)).set_index("model").loc["apart"]
    assert (row["x"], row["y"]) == ("z", "y")
    assert row["htmt"] < 0.15
    assert np.isnan(row["correlation"])


def test_two_runs_draw_the_same(tabled) -> None:
    assert tabled(INDICES, numbers(100)).equals(tabled(INDICES, numbers(100)))


def test_scales_of_different_models_have_a_ratio_where_they_share_no_item(tabled) -> None:
    rng = np.random.default_rng(1)
    columns = {name: rng.integers(1, 6, 80).astype(float) for name in ("q1", "q2", "q3")}
    columns |= {"share": rng.integers(0, 3, 80).astype(float), "gate": rng.integers(0, 2, 80).astype(float)}
    table = tabled(SCALES, columns)
    assert table[["model", "x", "y"]].to_numpy().tolist() == [["", "A", "C"], ["", "B", "C"]]
    assert table["correlation"].isna().all()


def test_one_factor_has_no_pair(tabled) -> None:
    single = INDICES.split("models:", maxsplit=1)[0]
    rng = np.random.default_rng(1)
    assert tabled(single, {name: rng.integers(1, 6, 50).astype(float) for name in ("q1", "q2")}).empty
