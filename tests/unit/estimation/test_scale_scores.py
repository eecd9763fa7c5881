"""Scores of one scale: exact cases by hand, the unit they are in, and when the mean stands in."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from inspraak.estimation.factor_analysis import fit_factor_model
from inspraak.estimation.factor_declaration import confirmatory_model
from inspraak.estimation.scale_scores import Scoring, fit_scoring
from inspraak.randomness import stream

NAN = float("nan")
ALTERNATIVES = [scoring for scoring in get_args(Scoring) if scoring != "mean"]


def drawn(n: int, items: int, name: str, *, gaps: float = 0.0) -> np.ndarray:
    """Answers 0, 25, ... 100 of n rows to items that mirror one thing, each with its own mean and slope."""
    random = stream(3, "scale scores", name)
    behind = random.standard_normal((n, 1)) * np.linspace(0.8, 1.6, items) + np.linspace(-0.4, 0.6, items)
    answers = 25.0 * np.digitize(behind + random.standard_normal((n, items)), [-1.5, -0.5, 0.5, 1.5])
    return np.where(random.random((n, items)) < gaps, NAN, answers)


def ranks_alike(found: np.ndarray, mean: np.ndarray) -> float:
    return float(spearmanr(found, mean, nan_policy="omit").statistic)


def test_mean_of_z_scores_by_hand() -> None:
    # items with mean 40 and 60, standard deviation 20 and 40: together 50 and 30
    answers = np.array([[20.0, 20], [40, 60], [60, 100]])
    found = fit_scoring(answers, "z_mean")
    assert found.score(answers) == pytest.approx([20, 50, 80])
    rows = np.array([[60.0, NAN], [NAN, 20], [40, 100], [NAN, NAN]])
    assert found.score(rows) == pytest.approx([80, 20, 65, NAN], nan_ok=True)


def test_scores_are_cut_at_the_ends_of_the_scale() -> None:
    answers = np.array([[48.0, 0], [50, 50], [52, 100]])
    found = fit_scoring(answers, "z_mean")
    # 100 is 25 standard deviations above the mean of the first item
    assert found.score([[100.0, 100], [0, 0]]).tolist() == [100, 0]
    assert fit_scoring(answers, "z_mean", limits=(10, 60)).score([[100.0, 100], [0, 0]]).tolist() == [60, 10]


def test_factor_scores_weigh_items_by_their_precision() -> None:
    answers = drawn(400, 4, "precision", gaps=0.1)
    fit = fit_factor_model(
        answers, confirmatory_model(np.ones((4, 1)), identification="standardised", means=True)
    )
    loading, intercept = fit.matrix("loadings")[0, :, 0], fit.matrix("intercepts")[0]
    residual = np.diagonal(fit.matrix("residual_covariances")[0])
    known = ~np.isnan(answers)
    pull = np.where(known, loading * (answers - intercept) / residual, 0.0).sum(axis=1)
    factor = pull / (1 + np.where(known, loading**2 / residual, 0.0).sum(axis=1))
    expected = np.where(known.any(axis=1), intercept.mean() + loading.mean() * factor, NAN)
    assert fit_scoring(answers, "factor").score(answers) == pytest.approx(expected, abs=1e-8, nan_ok=True)


@pytest.mark.parametrize("scoring", ALTERNATIVES)
@pytest.mark.parametrize("items", [2, 3, 6])
def test_alternatives_rank_as_the_mean_does_and_are_in_its_unit(scoring: Scoring, items: int) -> None:
    answers = drawn(600, items, f"rank {items}", gaps=0.05)
    mean = fit_scoring(answers, "mean").score(answers)
    found = fit_scoring(answers, scoring)
    scores = found.score(answers)
    assert found.usable
    assert ranks_alike(scores, mean) > 0.95
    assert np.nanmean(scores) == pytest.approx(np.nanmean(mean), abs=1.5)
    assert (np.isnan(scores) == np.isnan(mean)).all()
    known = scores[~np.isnan(scores)]
    assert ((known >= 0) & (known <= 100)).all()


@pytest.mark.parametrize("scoring", ["z_mean", "factor"])
def test_the_mean_of_complete_answers_is_kept_exactly(scoring: Scoring) -> None:
    answers = drawn(300, 3, "mean kept")
    found = fit_scoring(answers, scoring, limits=(-100, 200))
    assert found.score(answers).mean() == pytest.approx(answers.mean(), abs=1e-8)


@pytest.mark.parametrize("scoring", ALTERNATIVES)
def test_a_higher_answer_never_gives_a_lower_score(scoring: Scoring) -> None:
    answers = drawn(500, 3, "monotone")
    found = fit_scoring(answers, scoring)
    rows = np.stack(np.meshgrid(*[[0.0, 25, 50, 75, 100]] * 3, indexing="ij"), axis=-1)
    scores = found.score(rows.reshape(-1, 3)).reshape(5, 5, 5)
    assert all((np.diff(scores, axis=axis) >= 0).all() for axis in range(3))


@pytest.mark.parametrize("scoring", ALTERNATIVES)
@given(seed=st.integers(0, 20))
def test_neither_the_order_of_items_nor_other_rows_matter(scoring: Scoring, seed: int) -> None:
    answers = drawn(200, 4, f"order {seed % 3}", gaps=0.1)
    order = np.random.default_rng(seed).permutation(4)
    found = fit_scoring(answers, scoring)
    turned = fit_scoring(answers[:, order], scoring)
    scores = found.score(answers)
    assert turned.score(answers[:, order]) == pytest.approx(scores, abs=1e-4, nan_ok=True)
    assert found.score(answers[7:9]) == pytest.approx(scores[7:9], abs=1e-10, nan_ok=True)


def stands_in(answers: np.ndarray, scoring: Scoring, **keys: object) -> tuple[str, list[bool]]:
    """Check that the mean stands in; give why, and the items at fault."""
    found = fit_scoring(answers, scoring, **keys)
    mean = fit_scoring(answers, "mean").score(answers)
    assert not found.usable
    assert found.score(answers) == pytest.approx(mean, nan_ok=True)
    return found.status, found.faulty.tolist()


@pytest.mark.parametrize("scoring", ALTERNATIVES)
def test_the_mean_stands_in_and_says_why(scoring: Scoring) -> None:
    answers = drawn(60, 3, "stands in", gaps=0.05)
    assert stands_in(answers[:, :1], scoring) == ("one item", [False])
    still = np.where(np.isnan(answers), NAN, np.where([False, True, False], 50.0, answers))
    assert stands_in(still, scoring) == ("no variance", [False, True, False])
    empty = np.where([True, False, False], NAN, answers)
    assert stands_in(empty, scoring) == ("no variance", [True, False, False])


def test_the_mean_stands_in_where_there_is_no_fit_to_use() -> None:
    answers = drawn(300, 3, "no fit")
    doubled = answers[:, [0, 0, 2]]
    assert stands_in(doubled, "factor") == ("redundant items", [True, True, False])
    assert stands_in(doubled, "graded")[0] == "improper"
    assert stands_in(drawn(8, 3, "few"), "factor")[0] == "too few rows"
    assert stands_in(drawn(8, 3, "few"), "graded")[0] == "too few rows"
    # an item that holds what two others share and more: its residual variance would be negative
    noise = stream(3, "scale scores", "Heywood").standard_normal((4, 300))
    heywood = [noise[0] + noise[1], noise[0] + noise[1] / 5 + noise[2], noise[1] + noise[0] / 5 + noise[3]]
    assert stands_in(50 + 10 * np.column_stack(heywood), "factor")[0] == "improper"
    # two items that exclude each other have no factor with equal loadings
    turned = np.column_stack([answers[:, 0], 100 - answers[:, 0] * 0.9 - answers[:, 1] * 0.1])
    assert stands_in(turned, "factor")[0] == "not converged"


def test_only_the_graded_model_asks_for_ordered_categories() -> None:
    answers = drawn(300, 3, "ordered")
    ordered = [True, False, True]
    assert stands_in(answers, "graded", ordered=ordered) == ("not ordered", [False, True, False])
    assert fit_scoring(answers, "factor", ordered=ordered).usable


def test_an_unknown_scoring_is_refused() -> None:
    with pytest.raises(ValueError, match="scoring is 'median'"):
        fit_scoring(drawn(20, 2, "unknown"), "median")  # type: ignore[arg-type]
