"""Tests between factor models, indices of fit, and coverage in small simulations."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import chi2, ncx2

from inspraak.estimation.factor_analysis import fit_factor_model
from inspraak.estimation.factor_comparison import (
    fixed_elements,
    joint_score_test,
    nested_test,
    score_tests,
    shared_elements,
)
from inspraak.estimation.factor_declaration import confirmatory_model
from inspraak.estimation.factor_indices import Chi2Test, approximation, noncentrality, standardised_residual

TWO = np.repeat(np.eye(2, dtype=bool), 4, axis=0)


def draw(seed=1, *, n=400, gaps=0.0, cross=0.0):
    rng = np.random.default_rng(seed)
    factors = rng.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], size=n)
    loadings = TWO * 0.8
    loadings[1, 1] = cross
    values = factors @ loadings.T + 0.7 * rng.normal(size=(n, 8))
    values[rng.random(values.shape) < gaps] = np.nan
    return values


@pytest.mark.parametrize("gaps", [0.0, 0.1])
def test_a_modification_index_foretells_what_freeing_brings(gaps):
    values = draw(gaps=gaps, cross=0.15, n=2000)
    fit = fit_factor_model(values, confirmatory_model(TWO))
    tests = score_tests(fit, fixed_elements(fit.model, "loadings", "residual_covariances"))
    largest = int(np.nanargmax(tests.chi_square))
    elements = tests.elements
    assert (elements.matrix[largest], elements.row[largest], elements.column[largest]) == (0, 1, 1)
    member = TWO.copy()
    member[1, 1] = True
    freed = fit_factor_model(values, confirmatory_model(member))
    ratio = nested_test(fit, freed, method="likelihood ratio")
    assert ratio.df == 1
    assert_allclose(tests.chi_square[largest], ratio.chi_square, rtol=0.15)
    assert_allclose(tests.change[largest], freed.matrix("loadings")[0, 1, 1], rtol=0.15)
    standardised = freed.matrix("loadings", standardised=True)[0, 1, 1]
    assert_allclose(tests.standardised_change[largest], standardised, rtol=0.15)


def test_an_element_that_would_not_be_identified_has_no_index():
    fit = fit_factor_model(draw()[:, :3], confirmatory_model(np.ones((3, 1))))
    tests = score_tests(fit, fixed_elements(fit.model, "residual_covariances"))
    assert np.isnan(tests.chi_square).all()


@pytest.mark.parametrize("estimator", ["ML", "MLR"])
def test_equality_over_groups(estimator):
    values, groups = draw(), np.arange(400) % 2
    values[groups == 1, 2] *= 2.0
    fits = [
        fit_factor_model(
            values,
            confirmatory_model(TWO, groups=2, equal=equal, means=True),
            groups=groups,
            estimator=estimator,
        )
        for equal in ([], ["loadings"], ["loadings", "intercepts"])
    ]
    shared = shared_elements(fits[1].model)
    assert (shared.group == 1).all()
    assert shared.row.tolist() == [1, 2, 3, 5, 6, 7]
    tests = score_tests(fits[1], shared)
    assert int(np.argmax(tests.chi_square)) == 1
    joint = joint_score_test(fits[1], shared)
    ratio = nested_test(fits[1], fits[0], method="likelihood ratio")
    assert joint.df == ratio.df == 6
    assert_allclose(joint.chi_square, ratio.chi_square, rtol=0.3)
    if estimator == "MLR":
        scaled = [
            nested_test(fits[1], fits[0], method=f"Satorra-Bentler {year}") for year in ("2001", "2010")
        ]
        assert_allclose([test.chi_square for test in scaled], ratio.chi_square, rtol=0.15)
        steps = nested_test(fits[2], fits[0], method="Satorra-Bentler 2010")
        assert steps.df == 6 + 6


def test_differences_that_make_no_sense_are_refused():
    values = draw()
    one = fit_factor_model(values, confirmatory_model(np.ones((8, 1))))
    two = fit_factor_model(values, confirmatory_model(TWO))
    with pytest.raises(ValueError, match="degrees of freedom"):
        nested_test(two, one, method="likelihood ratio")
    with pytest.raises(ValueError, match="different rows"):
        nested_test(fit_factor_model(values[1:], one.model), two, method="likelihood ratio")
    with pytest.raises(ValueError, match="MLR"):
        nested_test(one, two, method="Satorra-Bentler 2001")
    with pytest.raises(ValueError, match="method"):
        nested_test(one, two, method="difference")
    swapped = fit_factor_model(values, confirmatory_model(np.roll(TWO, 2, axis=0)), estimator="MLR")
    free = confirmatory_model(TWO, residual_pairs=[(0, 4)])
    with pytest.raises(ValueError, match="special case"):
        nested_test(swapped, fit_factor_model(values, free, estimator="MLR"), method="Satorra-Bentler 2010")
    with pytest.raises(ValueError, match="no solution"):
        nested_test(fit_factor_model(values[:9], two.model), two, method="likelihood ratio")


@pytest.mark.parametrize(("chi_square", "df"), [(30.0, 20), (400.0, 90), (60_000.0, 135)])
def test_noncentrality_puts_the_statistic_at_the_quantile(chi_square, df):
    for probability in (0.05, 0.95):
        found = noncentrality(chi_square, df, probability)
        if chi2.cdf(chi_square, df) < probability:
            assert found == 0
        else:
            assert_allclose(ncx2.cdf(chi_square, df, found), probability, atol=1e-9)


def test_indices_of_a_model_by_hand():
    found = approximation(Chi2Test(120.0, 40), Chi2Test(1000.0, 55), n=401, groups=1)
    assert_allclose(found.cfi, 1 - 80 / 945)
    assert_allclose(found.tli, 1 - (120 / 40 - 1) / (1000 / 55 - 1))
    assert_allclose(found.rmsea, np.sqrt(80 / (401 * 40)))
    assert found.rmsea_low < found.rmsea < found.rmsea_high
    assert_allclose(found.close_fit_p, ncx2.sf(120.0, 40, 401 * 40 * 0.05**2))
    better = approximation(Chi2Test(30.0, 40), Chi2Test(1000.0, 55), n=401, groups=1)
    assert (better.cfi, better.rmsea, better.rmsea_low) == (1, 0, 0)
    assert better.tli > 1
    twice = approximation(Chi2Test(120.0, 40), Chi2Test(1000.0, 55), n=401, groups=2)
    assert_allclose(twice.rmsea, np.sqrt(2) * found.rmsea)


def test_standardised_residual_by_hand():
    sample, model = np.array([[4.0, 1.0], [1.0, 1.0]]), np.array([[4.0, 0.0], [0.0, 1.0]])
    zero, one = np.zeros(2), np.array([1.0, 0.0])
    assert_allclose(standardised_residual((zero, sample), (zero, model), means=False), 0.5 / np.sqrt(3))
    found = standardised_residual((one, sample), (zero, model), means=True)
    assert_allclose(found, np.sqrt((0.25 + 0.25) / 5))


def covered(make, model, truth, *, estimator, replications=150):
    """Share of intervals of free loadings that hold the truth, and of 5 % tests that reject the model."""
    inside, rejected = [], 0
    for seed in range(replications):
        fit = fit_factor_model(make(seed), model, estimator=estimator)
        low, high = fit.estimates.interval()
        free = fit.model.elements.free & fit.model.elements.of("loadings")
        inside.append((low[free] < truth) & (truth < high[free]))
        test = fit.fit.test if estimator == "ML" else fit.fit.scaled_test
        rejected += test.p_value < 0.05
    return float(np.mean(inside)), rejected / replications


@pytest.mark.parametrize(
    ("estimator", "gaps", "skew"), [("ML", 0.0, False), ("ML", 0.15, False), ("MLR", 0.15, True)]
)
def test_intervals_cover_and_tests_keep_their_level(estimator, gaps, skew):
    model = confirmatory_model(np.ones((6, 1)), identification="standardised", means=True)

    def make(seed):
        rng = np.random.default_rng([seed, 77])
        factor, errors = rng.normal(size=(300, 1)), rng.normal(size=(300, 6))
        if skew:
            errors = (rng.chisquare(3, size=errors.shape) - 3) / np.sqrt(6)
        values = 0.8 * factor + 0.6 * errors
        values[rng.random(values.shape) < gaps] = np.nan
        return values

    coverage, rejected = covered(make, model, 0.8, estimator=estimator)
    # 900 intervals of 150 samples, and 150 tests: four standard errors of Monte Carlo
    assert 0.92 < coverage < 0.98
    assert rejected < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 150)
