"""The graded response model: derivatives, what it recovers, and what it refuses to call a result."""

import numpy as np
import pytest

from inspraak.estimation.graded_response import (
    GradedResponse,
    expected_answers,
    fit_graded_response,
    graded_scores,
)
from inspraak.estimation.item_curves import item_curves
from inspraak.randomness import stream

SLOPES = np.array([1.2, 2.5, 0.8, 1.8])
DIFFICULTIES = np.array([[-1.5, -0.3, 0.9], [-0.5, 0.4, np.nan], [-2.0, 0.0, 1.5], [0.2, np.nan, np.nan]])


def drawn(n: int, name: str) -> np.ndarray:
    """Answers of n rows to four items of 4, 3, 4 and 2 categories."""
    random = stream(2, "graded response", name)
    theta = random.standard_normal((n, 1))
    latent = SLOPES * theta + random.logistic(size=(n, 4))
    cuts = SLOPES[:, np.newaxis] * DIFFICULTIES
    return (
        np.column_stack([(latent[:, [i]] > np.nan_to_num(cuts[i], nan=np.inf)).sum(axis=1) for i in range(4)])
        + 1.0
    )


@pytest.fixture(scope="module")
def large() -> tuple[np.ndarray, GradedResponse]:
    answers = drawn(20_000, "large")
    return answers, fit_graded_response(answers)


def test_recovers_slopes_and_difficulties(large: tuple[np.ndarray, GradedResponse]) -> None:
    _, found = large
    assert found.status == "converged"
    assert np.abs((found.slopes - SLOPES) / found.slope_errors).max() < 4
    known = ~np.isnan(DIFFICULTIES)
    assert np.array_equal(~np.isnan(found.difficulties), known)
    errors = found.difficulty_errors[known]
    assert np.abs((found.difficulties[known] - DIFFICULTIES[known]) / errors).max() < 4


def test_reliability_is_the_variance_that_scores_carry(large: tuple[np.ndarray, GradedResponse]) -> None:
    _, found = large
    assert found.reliability == pytest.approx(found.scores.var(), abs=0.01)  # theta has variance 1
    assert found.scores.var() + np.square(found.score_errors).mean() == pytest.approx(1.0, abs=0.02)


def test_derivatives_of_the_curves() -> None:
    theta, step = np.array([-1.7, 0.3, 2.2]), 1e-6
    intercepts = SLOPES[:, np.newaxis] * DIFFICULTIES
    own = ~np.isnan(intercepts)
    curves = item_curves(SLOPES, intercepts, theta)
    assert curves.chance.sum(axis=1) == pytest.approx(np.ones((4, 3)), abs=1e-12)
    parameters = np.concatenate([SLOPES, intercepts[own]])

    def at(values: np.ndarray):
        moved = intercepts.copy()
        moved[own] = values[4:]
        return item_curves(values[:4], moved, theta)

    possible = curves.chance > 0
    for place in range(parameters.size):
        shift = np.zeros(parameters.size)
        shift[place] = step
        up, down = at(parameters + shift), at(parameters - shift)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = (np.log(up.chance) - np.log(down.chance)) / (2 * step)
        assert curves.scores()[..., place][possible] == pytest.approx(slope[possible], abs=1e-6)
        bend = (up.scores() - down.scores()) / (2 * step)
        assert curves.curvature()[..., place][possible] == pytest.approx(bend[possible], abs=1e-6)


def test_order_of_rows_and_names_of_categories_do_not_matter() -> None:
    answers = drawn(300, "order")
    found, other = fit_graded_response(answers), fit_graded_response(answers[::-1] * 7 - 3)
    assert other.slopes == pytest.approx(found.slopes, rel=1e-6)
    assert other.scores[::-1] == pytest.approx(found.scores, abs=1e-6)


def test_an_item_that_points_the_other_way_gets_a_negative_slope() -> None:
    answers = drawn(600, "turned")
    answers[:, 2] = 5 - answers[:, 2]
    assert fit_graded_response(answers).slopes[2] < 0


def test_two_identical_items_are_named() -> None:
    answers = drawn(400, "identical")
    doubled = np.column_stack([answers[:, 0], answers[:, 0], answers[:, 2]])
    assert fit_graded_response(doubled).status == "steep"


def test_an_item_with_one_answer_is_named() -> None:
    answers = drawn(100, "unvaried")
    answers[:, 1] = 2.0
    found = fit_graded_response(answers)
    assert found.status == "unvaried"
    assert np.isnan(found.slopes).all()
    assert np.isnan(found.scores).all()


def test_one_item_is_no_scale() -> None:
    with pytest.raises(ValueError, match="two items"):
        fit_graded_response(drawn(50, "one")[:, :1])


def test_equal_slopes_tell_apart_what_two_items_allow() -> None:
    answers = drawn(2_000, "pair")[:, [0, 2]]
    found = fit_graded_response(answers, equal_slopes=True)
    assert found.status == "converged"
    assert found.slopes[0] == found.slopes[1]
    assert found.slope_errors[0] == found.slope_errors[1] < 0.2
    assert 0.8 < found.slopes[0] < 1.2  # between those of the two
    free = fit_graded_response(drawn(2_000, "pair"))
    tied = fit_graded_response(drawn(2_000, "pair"), equal_slopes=True)
    assert tied.log_likelihood < free.log_likelihood - 10  # slopes from 0.8 to 2.5 are not one


def test_other_rows_are_scored_as_those_of_the_fit(large: tuple[np.ndarray, GradedResponse]) -> None:
    answers, found = large
    assert graded_scores(found, answers[:50]) == pytest.approx(found.scores[:50], abs=1e-12)
    gaps = np.array([[np.nan, 2.0, np.nan, np.nan], [np.nan] * 4])
    scores = graded_scores(found, gaps)
    assert np.isfinite(scores[0])
    assert np.isnan(scores[1])
    # nobody gave a 9 to the first item: it counts as the highest answer there
    assert graded_scores(found, [[9.0, 2, 2, 1]]) == graded_scores(found, [[4.0, 2, 2, 1]])


def test_the_answers_expected_of_everyone_are_those_given(large: tuple[np.ndarray, GradedResponse]) -> None:
    answers, found = large
    theta = stream(2, "graded response", "theta").standard_normal(20_000)
    assert expected_answers(found, theta).mean(axis=0) == pytest.approx(answers.mean(axis=0), abs=0.03)
    ends = expected_answers(found, np.array([-40.0, 40.0, np.nan]))
    assert ends[0] == pytest.approx([1, 1, 1, 1])
    assert ends[1] == pytest.approx([4, 3, 4, 2])
    assert np.isnan(ends[2]).all()
