"""Variances of totals under a design: against the formula written out, and its properties."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation.design import (
    LonelyStratumWarning,
    SurveyDesign,
    effective_n,
    simple_design,
)

SEEDS = st.integers(0, 10_000)
PROPERTY = settings(max_examples=25, deadline=None, derandomize=True)


def written_out(scores, strata, clusters=None, population=None):
    """The covariance of totals, stratum by stratum and unit by unit."""
    total = np.zeros((scores.shape[1], scores.shape[1]))
    for stratum in np.unique(strata):
        rows = strata == stratum
        units = np.arange(rows.sum()) if clusters is None else clusters[rows]
        sums = np.array([scores[rows][units == unit].sum(axis=0) for unit in np.unique(units)])
        n = len(sums)
        remaining = 1 if population is None else 1 - n / population[rows][0]
        centred = sums - sums.mean(axis=0)
        total += remaining * n / (n - 1) * centred.T @ centred
    return total


@PROPERTY
@given(seed=SEEDS)
def test_equals_the_formula_written_out(sample, seed):
    drawn = sample(seed, n=60)
    scores = np.nan_to_num(drawn.values)
    population = 40 + 30.0 * drawn.strata
    design = SurveyDesign(drawn.weights, drawn.strata, population=population)
    expected = written_out(scores, drawn.strata, population=population)
    assert_allclose(design.covariance_of_totals(scores), expected, rtol=1e-10, atol=1e-8)
    assert_allclose(design.variance_of_totals(scores), np.diag(expected), rtol=1e-10)


@PROPERTY
@given(seed=SEEDS)
def test_clusters_are_counted_within_strata(sample, seed):
    drawn = sample(seed, n=150)
    scores = np.nan_to_num(drawn.values)
    design = drawn.design(clustered=True)
    expected = written_out(scores, drawn.strata, drawn.clusters)
    assert_allclose(design.variance_of_totals(scores), np.diag(expected), rtol=1e-10)
    units = len(set(zip(drawn.strata.tolist(), drawn.clusters.tolist())))
    assert design.degrees_of_freedom(np.ones((drawn.n, 1), dtype=bool))[0] == units - 4


@PROPERTY
@given(seed=SEEDS, clustered=st.booleans())
def test_rows_left_out_count_as_zero(sample, seed, clustered):
    drawn = sample(seed)
    design = drawn.design(clustered=clustered)
    inside = drawn.groups[:, 2]
    scores = np.nan_to_num(drawn.values) * inside[:, np.newaxis]
    rows = np.random.default_rng(seed).permutation(np.flatnonzero(inside))
    assert_allclose(
        design.variance_of_totals(scores[rows], rows=rows), design.variance_of_totals(scores), rtol=1e-10
    )
    present = np.repeat(inside[:, np.newaxis], 2, axis=1)
    assert_array_equal(
        design.degrees_of_freedom(present[rows], rows=rows), design.degrees_of_freedom(present)
    )


@PROPERTY
@given(seed=SEEDS, clustered=st.booleans())
def test_the_order_of_rows_does_not_matter(sample, seed, clustered):
    drawn = sample(seed)
    shuffled = drawn.in_order(np.random.default_rng(seed).permutation(drawn.n))
    variances = [
        one.design(clustered=clustered).variance_of_totals(np.nan_to_num(one.values))
        for one in (drawn, shuffled)
    ]
    assert_allclose(*variances, rtol=1e-10)


def test_a_total_that_strata_fix_has_no_variance():
    strata = np.repeat(np.arange(5), 20)
    scores = np.repeat([0.1, 1e6, -3.3, 7.7, 0.2], 20)[:, np.newaxis]
    assert SurveyDesign(np.ones(100), strata).variance_of_totals(scores)[0] < 1e-15


def test_degrees_of_freedom_count_the_strata_of_the_domain():
    strata = np.array([0, 0, 0, 1, 1, 2, 2, 2])
    domain = np.array([[1, 1, 0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0], [1] * 8], dtype=bool).T
    assert_array_equal(SurveyDesign(np.ones(8), strata).degrees_of_freedom(domain), [1, 0, 5])


def lonely_design(rule, **options):
    with pytest.warns(LonelyStratumWarning, match="one sampling unit: 1"):
        return SurveyDesign(np.ones(7), np.array([0, 0, 0, 1, 1, 1, 2]), lonely=rule, **options)


def test_rules_for_a_stratum_with_one_unit():
    scores = np.array([[1.0], [2.0], [3.0], [4.0], [6.0], [8.0], [5.0]])
    others = 3 / 2 * 2 + 3 / 2 * 8
    assert_allclose(lonely_design("certainty").variance_of_totals(scores), others)
    assert_allclose(lonely_design("adjust").variance_of_totals(scores), others + 25)
    assert_allclose(lonely_design("average").variance_of_totals(scores), others * 3 / 2)
    assert_allclose(lonely_design("average").covariance_of_totals(scores), [[others * 3 / 2]])
    assert lonely_design("certainty").lonely_strata == 1


def test_average_counts_only_the_strata_of_the_domain():
    scores = np.array([[1.0], [2.0], [3.0], [0.0], [0.0], [0.0], [0.0]])
    rows = np.arange(3)
    assert_allclose(lonely_design("average").variance_of_totals(scores[rows], rows=rows), 3.0)


def test_average_without_any_other_stratum_is_unknown():
    with pytest.warns(LonelyStratumWarning):
        design = SurveyDesign(np.ones(2), np.array([0, 1]), lonely="average")
    assert np.isnan(design.variance_of_totals(np.ones((2, 1)))).all()


def test_a_stratum_observed_whole_is_not_lonely():
    population = np.array([9.0, 9, 9, 9, 9, 9, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        design = SurveyDesign(np.ones(7), np.array([0, 0, 0, 1, 1, 1, 2]), population=population)
    assert design.lonely_strata == 0


def test_no_rows_give_no_variance():
    design = simple_design(4)
    rows = np.array([], dtype=np.int64)
    assert_array_equal(design.variance_of_totals(np.zeros((0, 2)), rows=rows), [0, 0])
    assert_array_equal(design.degrees_of_freedom(np.zeros((0, 2), dtype=bool), rows=rows), [0, 0])


def test_simple_design():
    assert simple_design(5).is_simple
    assert not simple_design(5).is_weighted
    assert not SurveyDesign(np.array([1.0, 2.0]), np.zeros(2, dtype=int)).is_simple
    assert not SurveyDesign(np.ones(4), np.array([0, 0, 1, 1])).is_simple
    assert not SurveyDesign(np.ones(4), np.zeros(4, dtype=int), np.array([0, 0, 1, 1])).is_simple


def test_effective_n():
    assert effective_n(np.full(10, 3.0)) == pytest.approx(10)
    assert effective_n([1, 1, 2]) == pytest.approx(16 / 6)
    assert effective_n([0.0, 0.0]) == 0


def test_texts_and_numbers_are_both_codes():
    texts = np.array(["trade|10-49", "care|250+", "trade|10-49", "care|250+"], dtype=object)
    scores = np.array([[1.0], [2.0], [5.0], [9.0]])
    by_text = SurveyDesign(np.ones(4), texts).variance_of_totals(scores)
    assert_allclose(by_text, SurveyDesign(np.ones(4), np.array([7, 2, 7, 2])).variance_of_totals(scores))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"weights": np.array([1.0, np.nan, 1, 1])}, "missing"),
        ({"weights": np.array([1.0, -1, 1, 1])}, "negative"),
        ({"weights": np.ones((4, 1))}, "one dimension"),
        ({"strata": np.array([0, 1, 1])}, "strata has shape"),
        ({"strata": np.array([0, 1, 1, np.nan])}, "strata has type"),
        ({"strata": np.array(["a", None, "a", "b"], dtype=object)}, "missing or mixed"),
        ({"clusters": np.array([0.5, 1, 1, 1])}, "clusters has type"),
        ({"population": np.array([5.0, 6, 9, 9])}, "varies within a stratum"),
        ({"population": np.array([5.0, 5, 1, 1])}, "smaller than its sample"),
        ({"lonely": "remove"}, "lonely is 'remove'"),
    ],
)
def test_a_wrong_design_is_refused(parts, message):
    whole = {"weights": np.ones(4), "strata": np.array([0, 0, 1, 1])} | parts
    with pytest.raises(ValueError, match=message):
        SurveyDesign(**whole)
