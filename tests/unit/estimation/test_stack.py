"""Blocks of models: covariances of totals side by side, and how models are laid out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation import stack as stacking
from inspraak.estimation.design import LonelyStratumWarning, SurveyDesign, simple_design
from inspraak.estimation.generalised import fit_generalised
from inspraak.estimation.newton import inverse, solve
from inspraak.estimation.stack import check_regressions

SEEDS = st.integers(0, 10_000)
PROPERTY = settings(max_examples=20, deadline=None, derandomize=True)


@PROPERTY
@given(seed=SEEDS, clustered=st.booleans())
def test_covariances_side_by_side_equal_those_alone(sample, seed, clustered):
    drawn = sample(seed, missing=0)
    design = drawn.design(clustered=clustered)
    rows = design.order[drawn.groups[design.order, 2]]
    scores = np.random.default_rng(seed).normal(size=(3, 2, rows.size))
    together = design.covariances_of_totals(scores, rows=rows)
    for place in range(3):
        alone = design.covariance_of_totals(scores[place].T, rows=rows)
        assert_allclose(together[place], alone, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("rule", ["certainty", "adjust", "average"])
def test_strata_with_one_unit_side_by_side(rule):
    with pytest.warns(LonelyStratumWarning):
        design = SurveyDesign(np.ones(7), np.array([0, 0, 0, 1, 1, 1, 2]), lonely=rule)
    scores = np.array([[1.0, 2, 3, 4, 6, 8, 5], [1.0, 2, 3, 4, 6, 8, 0]])[:, np.newaxis]
    present = np.array([[True] * 7, [True] * 6 + [False]]).T
    together = design.covariances_of_totals(scores, rows=design.order, present=present)
    for place in range(2):
        alone = design.variance_of_totals(scores[place].T, present=present[:, [place]])
        assert_allclose(together[place, 0], alone)


@pytest.mark.parametrize("clustered", [False, True])
def test_the_order_of_the_rows_changes_no_variance(sample, clustered):
    drawn = sample(4, missing=0)
    with pytest.warns(LonelyStratumWarning):
        design = replace(drawn.design(clustered=clustered), lonely="average", strata=lonely(drawn.n))
    rng = np.random.default_rng(4)
    rows = np.flatnonzero(drawn.groups[:, 2])
    scores, present = rng.normal(size=(3, 2, rows.size)), rng.random((rows.size, 3)) < 0.7
    scores *= present.T[:, np.newaxis]
    order = rng.permutation(rows.size)
    one = design.covariances_of_totals(scores, rows=rows, present=present)
    other = design.covariances_of_totals(scores[:, :, order], rows=rows[order], present=present[order])
    assert_allclose(one, other, rtol=1e-10, atol=1e-10)
    counted = design.degrees_of_freedom(present, rows=rows)
    assert_array_equal(counted, design.degrees_of_freedom(present[order], rows=rows[order]))


def lonely(n: int):
    """Three strata, and one of a single row."""
    return np.append(np.arange(n - 1) % 3, 3)


def test_no_rows_have_no_variance():
    design = simple_design(3)
    none = np.zeros((2, 2, 0))
    assert_array_equal(design.covariances_of_totals(none, rows=np.arange(0)), np.zeros((2, 2, 2)))


@pytest.mark.parametrize("elements", [1, 2_000, 10**9])
def test_the_size_of_a_block_does_not_matter(sample, monkeypatch, elements):
    drawn = sample(3, n=150)
    terms = np.column_stack([np.ones(150), drawn.values[:, 1:3]])
    outcomes = (np.random.default_rng(0).random((150, 7)) < 0.4).astype(float)
    outcomes[np.random.default_rng(1).random((150, 7)) < 0.1] = np.nan
    plain = fit_generalised(terms, outcomes, drawn.design(), family="logit")
    monkeypatch.setattr(stacking, "ELEMENTS", elements)
    other = fit_generalised(terms, outcomes, drawn.design(), family="logit")
    assert_allclose(other.coefficients, plain.coefficients, rtol=1e-9)
    assert_allclose(other.covariance, plain.covariance, rtol=1e-9)


def test_weights_moments_and_coordinates_of_a_stack(sample):
    drawn = sample(4, n=90)
    X = np.column_stack([np.ones(90), drawn.values[:, 1], 3 - drawn.values[:, 1], drawn.values[:, 2]])
    data = check_regressions(X, drawn.values[:, 0], drawn.design(), None)
    stack = next(iter(data.stacks()))
    used = stack.used[0]
    assert stack.rank == 3
    assert_array_equal(stack.identified, [False, False, False, True])
    assert_allclose(stack.weights[0][used].mean(), 1)
    assert_array_equal(stack.weights[0][~used], 0)
    assert_allclose(stack.original()[0][:, used].T, X[stack.rows][used], atol=1e-9)
    coefficients = np.array([[0.5, -1.0, 2.0]])
    assert_allclose(
        (stack.of_terms(coefficients) @ X[stack.rows][used].T)[0],
        stack.predictor(coefficients)[0][used],
        atol=1e-9,
    )


def test_singular_systems_beside_regular_ones():
    matrices = np.array([np.diag([4.0, 1e-12]), [[1.0, 1], [1, 1]], np.zeros((2, 2))])
    solution = solve(matrices, np.array([[4.0, 1e-12], [1, 1], [0, 0]]))
    assert_allclose(solution, [[1, 1], [0.5, 0.5], [0, 0]], atol=1e-12)
    inverted = inverse(matrices)
    assert_allclose(inverted[0], np.diag([0.25, 1e12]))
    assert np.isnan(inverted[1:]).all()
