"""Out-of-sample errors from cross-products against models fitted one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation.cross_validation import fold_products, folds_of_units, out_of_sample
from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.regression import fit_linear
from inspraak.estimation.resampled_grams import CrossProducts, take_out


def one_by_one(X, y, weights, folds):
    """Weighted squares of errors, around the mean of all, and around that of the training rows."""
    errors = training = 0.0
    for fold in range(folds.max() + 1):
        out = folds == fold
        design = SurveyDesign(weights[~out], np.zeros((~out).sum(), dtype=int))
        fit = fit_linear(X[~out], y[~out], design, covariance="classical")
        errors += weights[out] @ (y[out] - X[out] @ fit.coefficients[0]) ** 2
        training += weights[out] @ (y[out] - np.average(y[~out], weights=weights[~out])) ** 2
    return errors, weights @ (y - np.average(y, weights=weights)) ** 2, training


@given(seed=st.integers(0, 1000), n=st.sampled_from([60, 493]))
def test_errors_are_those_of_models_fitted_one_by_one(seed, n):
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), rng.normal(size=(n, 5))])
    y, weights = X[:, 3] + rng.normal(size=n), rng.integers(1, 4, (2, n)).astype(float)
    folds = rng.integers(0, 4, n)
    products = fold_products(np.vstack([X.T, y]), folds, weights)
    models = [np.array([], dtype=int), np.array([1]), np.array([0, 1, 2])]
    found = out_of_sample(products, 3, models)
    for resample in range(2):
        for place, model in enumerate(models):
            chosen = X[:, [0, 1, 2, *(3 + model)]]
            expected = one_by_one(chosen, y, weights[resample], folds)
            ours = (found.errors[place, resample], found.total[resample], found.total_training[resample])
            assert_allclose(ours, expected, rtol=1e-9)
            r_squared = [found.r_squared[place, resample], found.r_squared_training[place, resample]]
            assert_allclose(
                r_squared, [1 - expected[0] / expected[1], 1 - expected[0] / expected[2]], atol=1e-9
            )


def test_taking_out_is_regression_and_passes_over_what_is_redundant():
    rng = np.random.default_rng(1)
    held = np.column_stack([np.ones(80), rng.normal(size=(80, 2))])
    others, weights = rng.normal(size=(80, 2)) + held[:, [1]], rng.uniform(1, 2, 80)
    fit = fit_linear(held, others, SurveyDesign(weights, np.zeros(80, dtype=int)), covariance="classical")
    whole = np.column_stack([held, others]).T
    coefficients, left = take_out(next(CrossProducts(whole[np.newaxis]).under(weights[np.newaxis])), 3)
    assert_allclose(coefficients[:, :, 0], fit.coefficients.T)
    residuals = others - held @ fit.coefficients.T
    assert_allclose(left[:, :, 0], residuals.T @ (weights[:, np.newaxis] * residuals))
    # a column that the others determine, between them
    redundant = np.insert(whole, 2, whole[0] - 2 * whole[1], axis=0)
    coefficients, again = take_out(next(CrossProducts(redundant[np.newaxis]).under(weights[np.newaxis])), 4)
    assert_allclose(again, left)
    assert_array_equal(coefficients[2], 0)


def test_units_are_dealt_into_folds_of_one_size():
    rng = np.random.default_rng(2)
    folds = folds_of_units(simple_design(95), 10, rng)
    assert sorted(np.bincount(folds).tolist()) == [9] * 5 + [10] * 5
    clusters = np.repeat(np.arange(30), 3)
    folds = folds_of_units(SurveyDesign(np.ones(90), np.zeros(90, dtype=int), clusters), 10, rng)
    assert (folds.reshape(30, 3) == folds.reshape(30, 3)[:, :1]).all()
    assert (np.bincount(folds) == 9).all()


def test_an_outcome_of_one_value_has_no_r_squared():
    columns = np.vstack([np.ones(20), np.random.default_rng(3).normal(size=20), np.zeros(20)])
    found = out_of_sample(fold_products(columns, np.arange(20) % 4, np.ones((1, 20))), 1, [np.array([0])])
    assert np.isnan(found.r_squared).all()
    assert found.errors[0, 0] == pytest.approx(0)
