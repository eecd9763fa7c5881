"""The variance under calibrated weights: that of residuals, and what it covers."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from inspraak.estimation.calibrated_design import CalibratedDesign, calibrated
from inspraak.estimation.calibration import Margin, calibrate
from inspraak.estimation.description import describe_means
from inspraak.estimation.design import LonelyStratumWarning, SurveyDesign
from inspraak.estimation.regression import fit_linear

SEEDS = st.integers(0, 10_000)
PROPERTY = settings(max_examples=25, deadline=None, derandomize=True)


def draw(seed, *, n=200):
    """Weights, and two margins that a population can have."""
    rng = np.random.default_rng(seed)
    weights = rng.uniform(1, 4, n)
    true = weights * np.exp(0.2 * rng.normal(size=n))
    codes = [np.where(np.arange(n) < size, np.arange(n) % size, rng.integers(0, size, n)) for size in (3, 4)]
    return weights, [Margin(one, np.bincount(one, true)) for one in codes]


def scores_of(design, values):
    return design.weights[:, np.newaxis] * values


def test_the_variance_is_that_of_the_residuals():
    weights, margins = draw(7)
    strata = np.arange(200) % 5
    result = calibrate(weights, margins)
    design = calibrated(SurveyDesign(weights, strata), result)
    values = np.random.default_rng(7).normal(size=(200, 3)) + margins[0].categories[:, np.newaxis]
    x, root = result.auxiliary, np.sqrt(weights)[:, np.newaxis]
    b = np.linalg.lstsq(root * x, root * values, rcond=None)[0]
    plain = SurveyDesign(result.weights, strata)
    expected = plain.covariance_of_totals(scores_of(plain, values - x @ b))
    assert_allclose(design.covariance_of_totals(scores_of(design, values)), expected, rtol=1e-9)
    assert_allclose(design.variance_of_totals(scores_of(design, values)), np.diag(expected), rtol=1e-9)


@PROPERTY
@given(seed=SEEDS)
def test_a_domain_given_by_rows_equals_scores_of_zero_elsewhere(seed):
    weights, margins = draw(seed)
    rng = np.random.default_rng(seed)
    design = calibrated(SurveyDesign(weights, np.arange(200) % 5), calibrate(weights, margins))
    inside = rng.random(200) < 0.4
    scores = scores_of(design, rng.normal(size=(200, 2))) * inside[:, np.newaxis]
    rows = rng.permutation(np.flatnonzero(inside))
    whole = design.variance_of_totals(scores)
    assert_allclose(design.variance_of_totals(scores[rows], rows=rows), whole, rtol=1e-9)
    assert_allclose(np.diag(design.covariance_of_totals(scores[rows], rows=rows)), whole, rtol=1e-9)


def test_margins_that_explain_nothing_leave_the_variance_almost_as_it_was():
    """One margin with one category: only the total is known, as a mean takes it to be already."""
    weights = np.random.default_rng(2).uniform(1, 4, 300)
    strata = np.arange(300) % 6
    margin = Margin(np.zeros(300, dtype=int), np.array([weights.sum()]))
    values = np.random.default_rng(3).normal(size=(300, 2))
    everyone = np.ones(300, dtype=bool)
    plain = describe_means(values, everyone, SurveyDesign(weights, strata))
    design = calibrated(SurveyDesign(weights, strata), calibrate(weights, [margin]))
    known = describe_means(values, everyone, design)
    assert_allclose(known.std_error, plain.std_error, rtol=1e-10)
    terms = np.column_stack([np.ones(300), values[:, 0]])
    fits = [fit_linear(terms, values[:, 1], one) for one in (design, SurveyDesign(weights, strata))]
    assert_allclose(fits[0].std_errors, fits[1].std_errors, rtol=1e-10)


def test_residual_standard_errors_cover():
    """Samples from a population whose margins are known: the interval of the mean covers 95 % of the time."""
    rng = np.random.default_rng(20)
    size = 4000
    codes = [rng.integers(0, 4, size), rng.integers(0, 3, size)]
    values = 3.0 * codes[0] + 2.0 * codes[1] + rng.normal(size=size)
    population = [np.bincount(one).astype(float) for one in codes]
    hits, ratios = 0, []
    for _ in range(400):
        rows = rng.choice(size, 150, replace=False)
        margins = [Margin(one[rows], known) for one, known in zip(codes, population)]
        plain = SurveyDesign(
            np.full(150, size / 150), np.zeros(150, dtype=int), population=np.full(150, float(size))
        )
        design = calibrated(plain, calibrate(plain.weights, margins))
        everyone = np.ones(150, dtype=bool)
        means = describe_means(values[rows], everyone, design)
        hits += bool(means.ci_low[0, 0] < values.mean() < means.ci_high[0, 0])
        ratios.append(means.std_error[0, 0] / describe_means(values[rows], everyone, plain).std_error[0, 0])
    assert 0.92 < hits / 400 < 0.98
    assert np.mean(ratios) < 0.35


def test_many_covariances_at_once_are_those_one_by_one():
    weights, margins = draw(11)
    design = calibrated(SurveyDesign(weights, np.arange(200) % 5), calibrate(weights, margins))
    rows = design.order[np.random.default_rng(11).random(200) < 0.5]
    scores = np.random.default_rng(12).normal(size=(3, 2, rows.size))
    together = design.covariances_of_totals(scores, rows=rows)
    alone = [design.covariance_of_totals(one.T, rows=rows) for one in scores]
    assert_allclose(together, alone, rtol=1e-9)
    assert design.covariances_of_totals(scores[:, :0], rows=rows).shape == (3, 0, 0)


def test_a_lonely_stratum_is_announced_once():
    strata = np.array([0, 0, 0, 0, 0, 1])
    with pytest.warns(LonelyStratumWarning):
        design = SurveyDesign(np.ones(6), strata)
    result = calibrate(np.ones(6), [Margin(np.array([0, 0, 1, 1, 0, 1]), np.array([3.0, 3]))])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert calibrated(design, result).lonely_strata == 1


def test_a_calibrated_design_is_never_simple():
    margin = Margin(np.array([0, 1, 0, 1]), np.array([2.0, 2]))
    design = calibrated(SurveyDesign(np.ones(4), np.zeros(4, dtype=int)), calibrate(np.ones(4), [margin]))
    assert not design.is_simple
    assert not design.is_weighted


def test_another_designs_calibration_is_refused():
    margin = Margin(np.array([0, 1, 0, 1]), np.array([2.0, 2]))
    result = calibrate(np.ones(4), [margin])
    with pytest.raises(ValueError, match="other weights"):
        calibrated(SurveyDesign(np.array([1.0, 1, 1, 2]), np.zeros(4, dtype=int)), result)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"base_weights": np.array([1.0, -1, 1, 1])}, "negative"),
        ({"base_weights": np.array([0.0, 1, 1, 1])}, "no base weight"),
        ({"base_weights": np.ones(3)}, "base_weights has shape"),
        ({"auxiliary": np.array([1.0, np.nan, 1, 1])}, "missing"),
    ],
)
def test_a_wrong_calibrated_design_is_refused(parts, message):
    whole = {"base_weights": np.ones(4), "auxiliary": np.ones(4)} | parts
    with pytest.raises(ValueError, match=message):
        CalibratedDesign(np.ones(4), np.zeros(4, dtype=int), **whole)


def test_scores_of_another_shape_are_refused():
    margin = Margin(np.array([0, 1, 0, 1]), np.array([2.0, 2]))
    design = calibrated(SurveyDesign(np.ones(4), np.zeros(4, dtype=int)), calibrate(np.ones(4), [margin]))
    with pytest.raises(ValueError, match="expected \\(4, columns\\)"):
        design.variance_of_totals(np.ones((3, 1)))
