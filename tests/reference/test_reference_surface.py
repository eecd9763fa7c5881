"""Response surfaces against R's lm, sandwich, numDeriv and svyglm (25_surface)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.response_surface import fit_response_surface

FEATURES = ("a1", "a2", "a3", "a4", "a5")
AXES = ("X0", "Y0", "p11", "p10", "p21", "p20")


@pytest.fixture(scope="module")
def employers(reference):
    return reference.employers()


@pytest.fixture(scope="module")
def numbers(reference):
    return reference.numbers("25_surface")


def surface(employers, design, covariance="design"):
    return fit_response_surface(
        employers["PA"].to_numpy(),
        employers["QW"].to_numpy(),
        employers["PF"].to_numpy(),
        design,
        midpoint=3,
        covariance=covariance,
    )


@pytest.mark.parametrize(("covariance", "name"), [("classical", "const"), ("HC3", "HC3")])
def test_features_and_axes(numbers, employers, covariance, name):
    found = surface(employers, simple_design(len(employers)), covariance)
    assert found.n == numbers["n"]
    assert_allclose(found.coefficients.estimate, [numbers[f"b.b{place}"] for place in range(1, 6)], rtol=1e-8)
    errors = [numbers[f"b.se.{name}.b{place}"] for place in range(1, 6)]
    assert_allclose(found.coefficients.std_error, errors, rtol=1e-8)
    assert_allclose(found.coefficients.df, numbers["df"])
    features = found.features
    assert_allclose(features.estimate, [numbers[f"a.{a}"] for a in FEATURES], rtol=1e-8)
    assert_allclose(features.std_error, [numbers[f"a.se.{name}.{a}"] for a in FEATURES], rtol=1e-8)
    assert_allclose(features.p_value, [numbers[f"a.p.{name}.{a}"] for a in FEATURES], rtol=1e-8)
    assert_allclose(found.axes.estimate, [numbers[f"axis.{part}"] for part in AXES], rtol=1e-8)
    assert_allclose(found.axes.std_error, [numbers[f"axis.se.{name}.{part}"] for part in AXES], rtol=1e-5)


def test_the_second_degree_together(numbers, employers):
    test = surface(employers, simple_design(len(employers)), "classical").quadratic
    assert_allclose([test.statistic, test.p_value], [numbers["quad.F"], numbers["quad.p"]], rtol=1e-8)


@pytest.mark.parametrize("line", ["congruence", "incongruence"])
def test_slopes_along_the_lines(numbers, employers, line):
    found = surface(employers, simple_design(len(employers)), "HC3").slope_along(line, [-1, 0, 1])
    places = ("m1", "0", "p1")
    assert_allclose(found.estimate, [numbers[f"slope.{line}.{at}.est"] for at in places], rtol=1e-8)
    assert_allclose(found.std_error, [numbers[f"slope.{line}.{at}.se"] for at in places], rtol=1e-8)


def test_design_based(numbers, employers):
    design = SurveyDesign(employers["w"].to_numpy(), employers["stratum"].to_numpy())
    found = surface(employers, design)
    assert_allclose(
        found.coefficients.estimate, [numbers[f"svy.b.b{place}"] for place in range(1, 6)], rtol=1e-8
    )
    assert_allclose(found.features.estimate, [numbers[f"svy.a.{a}"] for a in FEATURES], rtol=1e-8)
    assert_allclose(found.features.std_error, [numbers[f"svy.a.se.{a}"] for a in FEATURES], rtol=1e-8)
    assert np.isfinite(found.axes.std_error).all()
