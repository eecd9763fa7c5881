"""Marker models and the factor of method: what they find where it was drawn, and where they stop."""

import numpy as np
import pytest

from inspraak.estimation.method_variance import (
    factor_correlations,
    first_component_share,
    marker_models,
    method_factor,
    method_share,
)
from inspraak.randomness import stream

N = 4_000
TRUE = 0.3
"""How much the two factors that are drawn correlate."""
FACTORS = np.repeat(np.eye(2, dtype=bool), 3, axis=0)


def drawn(name: str, *, method: float, markers: int = 2, gaps: float = 0.0) -> np.ndarray:
    """Answers of N rows to three items of each of two factors, then to markers; all share a way of answering."""
    random = stream(5, "method variance", name)
    factors = random.multivariate_normal(np.zeros(2), [[1, TRUE], [TRUE, 1]], N)
    own = np.column_stack([factors @ FACTORS.T, np.zeros((N, markers))])
    noise = random.standard_normal((N, 6 + markers))
    answers = own + method * random.standard_normal((N, 1)) + noise
    return np.where(random.random(answers.shape) < gaps, np.nan, answers)


def fitted(answers: np.ndarray, factors: np.ndarray = FACTORS):
    markers = np.arange(answers.shape[1]) >= len(factors)
    member = np.vstack([factors, np.zeros((markers.sum(), factors.shape[1]), dtype=bool)])
    return marker_models(answers, member, markers)


@pytest.mark.parametrize("markers", [2, 4])
def test_markers_take_the_way_of_asking_out_of_a_correlation(markers: int) -> None:
    found = fitted(drawn(f"planted {markers}", method=0.7, markers=markers, gaps=0.05))
    assert list(found.fits) == [
        "marker", "baseline", "marker_constrained", "marker_unconstrained", "restricted",
    ]  # fmt: skip
    assert all(fit.usable for fit in found.fits.values())
    before = factor_correlations(found.fits["baseline"], 2)[0, 1]
    after = factor_correlations(found.fits[found.chosen], 2)[0, 1]
    assert before > 0.45  # (.3 + .49) / 1.49 = .53 is what the factors and the way of asking have in common
    assert after == pytest.approx(TRUE, abs=0.08)
    assert found.difference("marker_constrained").p_value < 1e-10
    assert found.difference("restricted").p_value < 0.01
    # of an item's variance of 1 + .49 + 1
    assert method_share(found.fits["marker_constrained"]) == pytest.approx(0.49 / 2.49, abs=0.03)


def test_items_that_are_alike_are_not_given_loadings_of_their_own() -> None:
    found = fitted(drawn("alike", method=0.7, markers=3))
    assert found.difference("marker_unconstrained").df == 5
    assert found.difference("marker_unconstrained").p_value > 0.01
    assert found.chosen == "marker_constrained"


def test_without_a_way_of_asking_the_markers_add_nothing() -> None:
    answers = drawn("nothing", method=0.0, markers=2)
    answers[:, 6:] += stream(5, "method variance", "own").standard_normal((N, 1))
    found = fitted(answers)
    assert found.difference("marker_constrained").p_value > 0.01
    assert method_share(found.fits["marker_constrained"]) < 0.005


def test_nothing_follows_on_a_model_without_a_solution() -> None:
    answers = drawn("still", method=0.5)
    answers[:, 7] = 3.0
    found = fitted(answers)
    assert {step: fit.status for step, fit in found.fits.items()} == {"marker": "no variance"}
    assert found.chosen is None
    assert found.difference("marker_constrained") is None
    assert np.isnan(factor_correlations(found.fits["marker"], 2)).all()


def test_one_factor_has_no_correlation_to_restrict() -> None:
    answers = drawn("one factor", method=0.6)[:, [0, 1, 2, 6, 7]]
    found = fitted(answers, np.ones((3, 1), dtype=bool))
    assert list(found.fits)[-1] == "marker_unconstrained"


def test_one_marker_counts_as_free_of_error() -> None:
    answers = drawn("one marker", method=0.7, markers=1, gaps=0.05)
    found = fitted(answers)
    assert all(fit.usable for fit in found.fits.values())
    marker = found.fits["marker"]
    assert marker.matrix("residual_covariances")[0, 6, 6] == 0
    assert marker.matrix("loadings")[0, 6, 2] == pytest.approx(np.nanstd(answers[:, 6]), rel=0.01)
    # its own error is taken for the way of asking: less of it is seen in the items, by the reliability of .49 / 1.49
    share = method_share(found.fits["marker_constrained"])
    assert share == pytest.approx(0.49 / 2.49 * 0.49 / 1.49, abs=0.02)
    with pytest.raises(ValueError, match="no item is a marker"):
        fitted(answers[:, :6])


def test_a_factor_of_method_finds_what_all_items_share() -> None:
    # loadings that differ: else two correlated factors say the same as two factors and one of method
    answers = drawn("factor", method=0.0, markers=0) * [1.0, 0.6, 1.4, 1.2, 0.7, 1.0]
    answers += 0.7 * stream(5, "method variance", "shared").standard_normal((N, 1))
    found = method_factor(answers, FACTORS)
    assert found.fit.usable
    assert found.fit.matrix("factor_covariances")[0, 2, 2] == pytest.approx(0.49, abs=0.1)
    assert factor_correlations(found.fit, 2)[0, 1] == pytest.approx(TRUE, abs=0.1)
    assert found.difference.df == 1
    assert found.difference.p_value < 1e-10


def test_a_factor_of_method_of_negative_variance_is_improper() -> None:
    found = method_factor(drawn("negative", method=0.0, markers=0) * [1.0, 0.5, 2, 2, 0.5, 1], FACTORS)
    assert -0.1 < found.fit.matrix("factor_covariances")[0, 2, 2] < 0
    assert found.fit.status == "improper"
    assert found.without.usable
    assert np.isnan(factor_correlations(found.fit, 2)).all()
    assert np.isnan(method_share(found.fit))


def test_share_of_the_first_component() -> None:
    assert first_component_share([[4.0, 3], [3, 9]]) == pytest.approx((1 + 0.5) / 2)
    answers = drawn("harman", method=0.5, markers=0, gaps=0.1)
    complete = np.corrcoef(answers[~np.isnan(answers).any(axis=1)].T)
    expected = np.linalg.eigvalsh(complete)[-1] / 6
    assert method_factor(answers, FACTORS).harman == pytest.approx(expected, abs=0.02)
