"""Linear regression against R's lm, sandwich and svyglm (06_ols, 07_svyglm, 20_glm_more)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.regression import fit_linear

BASE = ["PA", "QW", "TR", "dyn"]


@pytest.fixture(scope="module")
def employers(reference):
    return reference.employers()


@pytest.fixture(scope="module")
def design(employers):
    return SurveyDesign(employers["w"].to_numpy(), employers["stratum"].to_numpy())


@pytest.mark.parametrize(
    ("covariance", "prefix"), [("classical", "se"), ("HC3", "hc3"), ("cluster", "cl"), ("cluster_HC3", "cl3")]
)
def test_least_squares(reference, employers, covariance, prefix):
    numbers = reference.numbers("06_ols")
    terms, names = reference.model_matrix(employers, [*BASE, "log(age)"])
    fit = fit_linear(
        terms,
        employers["PF"],
        simple_design(len(employers)),
        covariance=covariance,
        clusters=employers["region"].to_numpy(),
    )
    assert_allclose(fit.coefficients[0], [numbers[f"b.{name}"] for name in names], rtol=1e-8)
    assert_allclose(fit.std_errors[0], [numbers[f"{prefix}.{name}"] for name in names], rtol=1e-8)
    assert_allclose(fit.r_squared[0], numbers["r2"], rtol=1e-8)
    assert not fit.aliased.any()
    if covariance == "HC3":
        assert_allclose(fit.p_values[0], [numbers[f"p.hc3.{name}"] for name in names], rtol=1e-8)


def test_design_based(reference, employers, design):
    numbers = reference.numbers("07_svyglm")
    terms, names = reference.model_matrix(employers, BASE)
    fit = fit_linear(terms, employers["PF"], design)
    assert_allclose(fit.coefficients[0], [numbers[f"b.{name}"] for name in names], rtol=1e-6)
    assert_allclose(fit.std_errors[0], [numbers[f"se.{name}"] for name in names], rtol=1e-6)
    assert fit.df[0] == numbers["df"]
    wald = fit.wald([index for index, name in enumerate(names) if name.startswith("sector")])
    assert_allclose([wald.statistic, wald.p_value], [numbers["wald.F"], numbers["wald.p"]], rtol=1e-6)


def test_standardised_coefficients(reference, employers, design):
    numbers = reference.numbers("20_glm_more")
    terms, names = reference.model_matrix(employers, BASE)
    place = [names.index(name) for name in BASE]
    fit = fit_linear(terms, employers["PF"], design)
    assert_allclose(fit.sd_x[0, place], [numbers[f"wsd.{name}"] for name in BASE], rtol=1e-7)
    assert_allclose(fit.sd_y[0], numbers["wsd.PF"], rtol=1e-7)
    expected = [numbers[f"beta.w.{name}"] for name in BASE]
    assert_allclose(fit.standardised[0, place], expected, rtol=1e-7)
    expected = [numbers[f"beta.w.se.{name}"] for name in BASE]
    assert_allclose(fit.standardised_std_errors[0, place], expected, rtol=1e-7)
    for covariance, prefix in (("classical", "beta.u.se"), ("HC3", "beta.u.hc3")):
        simple = fit_linear(terms, employers["PF"], simple_design(len(employers)), covariance=covariance)
        expected = [numbers[f"beta.u.{name}"] for name in BASE]
        assert_allclose(simple.standardised[0, place], expected, rtol=1e-7)
        expected = [numbers[f"{prefix}.{name}"] for name in BASE]
        assert_allclose(simple.standardised_std_errors[0, place], expected, rtol=1e-7)


@pytest.mark.parametrize("covariance", ["HC0", "HC1", "HC3"])
def test_robust_variances_under_weights(reference, employers, covariance):
    """A Poisson model at its optimum is weighted least squares of its working response, weight mu."""
    numbers = reference.numbers("20_glm_more")
    count = reference.employers(full=True)[reference.practices].sum(axis=1).to_numpy()
    terms, names = reference.model_matrix(employers, BASE)
    complete = ~np.isnan(terms).any(axis=1)
    terms, count = terms[complete], count[complete]
    coefficients = np.array([numbers[f"upois.b.{name}"] for name in names])
    mean = np.exp(terms @ coefficients)
    working = SurveyDesign(mean, np.zeros(mean.size, dtype=int))
    fit = fit_linear(terms, np.log(mean) + (count - mean) / mean, working, covariance=covariance)
    assert_allclose(fit.coefficients[0], coefficients, rtol=1e-7)
    expected = [numbers[f"upois.{covariance}.{name}"] for name in names]
    assert_allclose(fit.std_errors[0], expected, rtol=1e-7)
