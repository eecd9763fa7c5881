"""Chained equations: what is filled, from what, and that nothing else changes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation.imputation import Imputations, impute

PROPERTY = settings(max_examples=15, deadline=None, derandomize=True)
SEEDS = st.integers(0, 10_000)


def draw(seed, *, n=120, missing=0.15):
    """An ordinal item, a number, a 0/1, an unordered item with 4 names, and a number that all answered."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    ordinal = np.digitize(z + rng.normal(size=n), [-1.5, -0.5, 0.5, 1.5]) + 1.0
    number = np.round(50 + 20 * z + 15 * rng.normal(size=n), 1)
    binary = (z + rng.normal(size=n) > 0.3).astype(float)
    names = np.argmax(np.outer(z, [0, 1, -1, 0]) + rng.gumbel(size=(n, 4)), axis=1) * 10.0
    values = np.column_stack([ordinal, number, binary, names, z])
    values[:, :4][rng.random((n, 4)) < missing] = np.nan
    return values, np.array([False, False, False, True, False])


@PROPERTY
@given(seed=SEEDS, n=st.sampled_from([30, 120]))
def test_given_answers_stay_and_gaps_get_answers_that_somebody_gave(seed, n):
    values, unordered = draw(seed, n=n)
    before = values.copy()
    filled = impute(values, np.random.default_rng(seed), imputations=3, cycles=2, unordered=unordered)
    assert_array_equal(values, before)
    for imputation in range(3):
        completed = filled.completed(imputation)
        assert not np.isnan(completed).any()
        assert_array_equal(completed[~np.isnan(values)], values[~np.isnan(values)])
        for column in range(5):
            assert np.isin(completed[:, column], values[:, column]).all()


@PROPERTY
@given(seed=SEEDS, batch=st.sampled_from([1, 2, 4]))
def test_results_do_not_depend_on_the_batch_nor_on_how_many_follow(seed, batch):
    values, unordered = draw(seed)
    factors = np.zeros((2, 5))
    factors[[0, 1], [0, 4]] = 1
    options = {"cycles": 2, "unordered": unordered, "products": [factors]}
    whole = impute(values, np.random.default_rng(1), imputations=5, batch=5, **options)
    parts = impute(values, np.random.default_rng(1), imputations=5, batch=batch, **options)
    fewer = impute(values, np.random.default_rng(1), imputations=3, **options)
    assert_array_equal(whole.imputed, parts.imputed)
    assert_array_equal(whole.chain_mean, parts.chain_mean)
    assert_array_equal(whole.imputed[:3], fewer.imputed)


def test_another_seed_gives_other_imputations():
    values, unordered = draw(3)
    first, second = (impute(values, np.random.default_rng(s), unordered=unordered).imputed for s in (1, 2))
    assert (first != second).any()
    assert (first[0] != first[1]).any()


@PROPERTY
@given(seed=SEEDS)
def test_another_unit_of_measurement_passes_through(seed):
    values, unordered = draw(seed)
    scaled = values * np.array([10.0, 0.01, 1, 1, 1]) + np.array([5.0, -3, 0, 0, 0])
    plain, moved = (impute(one, np.random.default_rng(1), unordered=unordered) for one in (values, scaled))
    expected = plain.imputed_answers(1) * 0.01 - 3
    # ties in distance may fall otherwise after rounding, in a few cells
    assert np.mean(np.isclose(moved.imputed_answers(1), expected)) > 0.97


def structural_sample(seed, n=400):
    """Items 1 and 2 are asked only of those who answered 1 to item 0."""
    rng = np.random.default_rng(seed)
    gate = (rng.random(n) < 0.4).astype(float)
    z = rng.normal(size=n)
    values = np.column_stack([gate, 3 + z, 3 + z + 0.3 * rng.normal(size=n), z + gate + rng.normal(size=n)])
    structural = np.zeros(values.shape, dtype=bool)
    structural[:, 1:3] = (gate == 0)[:, np.newaxis]
    gaps = rng.random(values.shape) < 0.2
    gaps[:, 0] = False
    values[gaps | structural] = np.nan
    return values, structural


def test_structural_gaps_are_never_filled():
    values, structural = structural_sample(1)
    filled = impute(values, np.random.default_rng(1), structural=structural)
    for imputation in range(filled.m):
        assert_array_equal(np.isnan(filled.completed(imputation)), structural)


def test_structural_gaps_leave_the_relations_of_the_others_alone():
    """Items 1 and 2 correlate at .96 among those who were asked; so they must after imputation."""
    values, structural = structural_sample(2, n=3000)
    filled = impute(values, np.random.default_rng(1), structural=structural)
    asked = ~structural[:, 1]
    correlations = [np.corrcoef(filled.completed(i)[asked, 1:3].T)[0, 1] for i in range(filled.m)]
    assert np.mean(correlations) == pytest.approx(1 / np.sqrt(1.09), abs=0.01)
    slopes = [
        np.polyfit(filled.completed(i)[asked, 1], filled.completed(i)[asked, 3], 1)[0] for i in range(20)
    ]
    assert np.mean(slopes) == pytest.approx(1, abs=0.1)


def test_without_gaps_nothing_is_imputed():
    values = np.random.default_rng(1).normal(size=(20, 3))
    filled = impute(values, np.random.default_rng(1), imputations=2)
    assert filled.imputed.shape == (2, 0)
    assert_array_equal(filled.completed(1), values)
    assert np.isnan(filled.chain_mean).all()


def test_an_item_that_does_not_vary_gets_its_one_answer():
    values, _ = draw(5)
    values[:, 0] = np.where(np.isnan(values[:, 0]), np.nan, 3.0)
    filled = impute(values, np.random.default_rng(1), imputations=2)
    assert (filled.imputed_answers(0) == 3).all()


def test_items_that_copy_each_other_and_more_columns_than_rows():
    """The ridge keeps the equations solvable; a copy is imputed almost exactly."""
    rng = np.random.default_rng(6)
    z = rng.normal(size=(200, 1))
    values = np.column_stack([z, z, 2 * z, rng.normal(size=(200, 5))])
    values[:30, 0] = np.nan
    filled = impute(values, rng, imputations=2)
    near = np.abs(filled.imputed_answers(0) - z[:30, 0])
    assert np.median(near) < 0.05
    wide = rng.normal(size=(30, 50))
    wide[rng.random(wide.shape) < 0.1] = np.nan
    assert not np.isnan(impute(wide, rng, imputations=2).completed(0)).any()


def test_chains_have_settled():
    values, unordered = draw(7, n=400)
    filled = impute(values, np.random.default_rng(1), cycles=10, unordered=unordered)
    assert filled.chain_mean.shape == filled.chain_sd.shape == (10, 20, 5)
    assert np.isnan(filled.chain_mean[..., 4]).all()
    mean, sd = filled.chain_mean[..., :4], filled.chain_sd[..., :4]
    assert_allclose(mean[-1, :, 1], filled.imputed_answers(1).mean(axis=1))
    assert_allclose(sd[-1, :, 1], filled.imputed_answers(1).std(axis=1))
    assert ((mean[..., 3] > 0) & (mean[..., 3] < 1)).all()  # the share of the commonest name
    between = mean.mean(axis=0).var(axis=0, ddof=1)
    within = mean.var(axis=0, ddof=1).mean(axis=0)
    assert (between / within < 0.5).all()


def test_distributions_of_given_and_imputed_answers():
    values, unordered = draw(8, n=2000)
    filled = impute(values, np.random.default_rng(1), unordered=unordered)
    ordinal, number = filled.distribution(0), filled.distribution(1)
    assert_array_equal(ordinal.support, [1, 2, 3, 4, 5])
    known = values[~np.isnan(values[:, 0]), 0]
    assert_allclose(ordinal.observed, [(known <= code).mean() for code in range(1, 6)])
    assert_allclose(
        ordinal.imputed[3], [(filled.imputed_answers(0)[3] <= code).mean() for code in range(1, 6)]
    )
    assert number.support.size <= 25
    assert number.imputed.shape == (20, number.support.size)
    # gaps fell at random, so that both are alike
    assert np.abs(number.imputed.mean(axis=0) - number.observed).max() < 0.06
    assert np.isnan(filled.distribution(4).imputed).all()


def test_only_gaps_can_be_imputed_cells():
    values = np.array([[1.0, np.nan], [2.0, 3.0]])
    nothing = np.zeros((1, 1, 2))
    with pytest.raises(AssertionError, match="given answer"):
        Imputations(values, np.array([1]), np.array([0]), np.ones((1, 1)), nothing, nothing)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"structural": np.zeros((120, 4), dtype=bool)}, "5 columns"),
        ({"structural": np.ones((120, 5), dtype=bool)}, "structural gap"),
        ({"predictors": np.ones((5, 4), dtype=bool)}, "4 columns, not 5 or 5"),
        (
            {"predictors": np.ones((5, 6), dtype=bool), "covariates": np.ones((120, 2))},
            "6 columns, not 5 or 7",
        ),
        ({"unordered": np.zeros(4, dtype=bool)}, "unordered has shape"),
        ({"covariates": np.full(120, np.nan)}, "covariates hold missing"),
        ({"covariates": np.ones(119)}, "covariates has shape"),
        ({"products": [np.ones((2, 4))]}, "another number of columns"),
        ({"products": [np.ones((2, 5))], "unordered": np.arange(5) == 3}, "unordered item"),
    ],
)
def test_wrong_input_is_refused(options, message):
    values, _ = draw(9)
    with pytest.raises(ValueError, match=message):
        impute(values, np.random.default_rng(1), **options)


def test_an_item_without_answers_is_refused():
    values, _ = draw(10)
    values[1:, 2] = np.nan
    with pytest.raises(ValueError, match=r"fewer than two answers: columns \[2\]"):
        impute(values, np.random.default_rng(1))
