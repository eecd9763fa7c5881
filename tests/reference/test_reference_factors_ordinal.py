"""Factor models of ordered answers (WLSMV) and their invariance, against lavaan and semTools (04, 21, 22)."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.discriminant import categorical_omega
from inspraak.estimation.ordinal_factor_analysis import fit_ordinal_model
from inspraak.estimation.ordinal_factor_comparison import nested_ordinal_test
from inspraak.estimation.ordinal_factor_declaration import ordinal_model
from inspraak.estimation.ordinal_factor_samples import ordinal_samples

FACTORS = ["pa", "qw", "pf"]
LEVELS = {
    "configural": (),
    "thresholds": ("thresholds",),
    "loadings": ("thresholds", "loadings"),
    "intercepts": ("thresholds", "loadings", "intercepts"),
    "residuals": ("thresholds", "loadings", "intercepts", "residuals"),
}
STEPS = [(level, parameterisation) for parameterisation in ("theta", "delta") for level in LEVELS]
STEPS.remove(("residuals", "delta"))


@pytest.fixture(scope="module")
def items(reference):
    return [item for factor in FACTORS for item in reference.items(factor)]


@pytest.fixture(scope="module")
def member(items):
    return np.array([[item.startswith(factor) for factor in FACTORS] for item in items])


@pytest.mark.parametrize("name", ["WLSMV", "WLSMVpw"])
def test_three_factors(reference, items, member, name):
    numbers = reference.numbers("04_cfa")
    employers = reference.employers(full=name == "WLSMV")
    fit = fit_ordinal_model(ordinal_samples(employers[items]), ordinal_model(member, np.full(22, 5)))
    assert fit.usable
    found = {
        "chisq": fit.fit.test.chi_square,
        "df": fit.fit.test.df,
        "pvalue": fit.fit.test.p_value,
        "srmr": fit.fit.srmr,
        "chisq.scaled": fit.fit.scaled_test.chi_square,
    }
    for suffix, version in (("", fit.fit.standard), (".scaled", fit.fit.scaled)):
        found |= {f"{index}{suffix}": getattr(version, index) for index in ("cfi", "tli", "rmsea")}
    for index, value in found.items():
        assert_allclose(value, numbers[f"{name}.{index}"], rtol=1e-3, atol=1e-12, err_msg=index)
    loadings, errors = fit.matrix("loadings")[0], fit.matrix_errors("loadings")[0]
    for row, column in np.argwhere(member):
        element = f"{FACTORS[column]}=~{items[row]}"
        assert_allclose(loadings[row, column], numbers[f"{name}.est.{element}"], rtol=1e-3)
        assert_allclose(errors[row, column], numbers[f"{name}.se.{element}"], rtol=1e-3)
    covariances, errors = fit.matrix("factor_covariances")[0], fit.matrix_errors("factor_covariances")[0]
    for row in range(3):
        for column in range(row + 1):
            element = f"{FACTORS[column]}~~{FACTORS[row]}"
            assert_allclose(covariances[row, column], numbers[f"{name}.est.{element}"], rtol=1e-3)
            assert_allclose(errors[row, column], numbers[f"{name}.se.{element}"], rtol=1e-3)
    residuals = np.diagonal(fit.matrix("residual_covariances")[0])
    assert_allclose(residuals, [numbers[f"{name}.est.{item}~~{item}"] for item in items], rtol=1e-3)


@pytest.mark.parametrize("scale", ["pa", "qw", "tr", "en", "pf"])
def test_one_factor_per_scale(reference, scale):
    expected = reference.numbers("21_validity")
    samples = ordinal_samples(reference.employers(full=True)[reference.items(scale)])
    size = reference.scales[scale]
    model = ordinal_model(np.ones((size, 1)), np.full(size, 5), identification="standardised")
    fit = fit_ordinal_model(samples, model)
    loadings = fit.matrix("loadings", standardised=True)[0, :, 0]
    names = [f"ordlam.{scale}.{item}" for item in reference.items(scale)]
    assert_allclose(loadings, [expected[name] for name in names], rtol=1e-4)
    omega = categorical_omega(loadings, fit.matrix("thresholds")[0])
    assert_allclose(omega, expected[f"catomega.{scale}"], rtol=1e-4)


@pytest.fixture(scope="module")
def levels(reference, items, member):
    employers = reference.employers(full=True)
    small = np.where(employers["size"].isin(["10-49", "50-99"]), "small", "large")
    samples = ordinal_samples(employers[items], groups=small)
    return {
        (level, parameterisation): fit_ordinal_model(
            samples,
            ordinal_model(
                member,
                np.full(22, 5),
                groups=2,
                identification="standardised",
                parameterisation=parameterisation,
                equal=LEVELS[level],
            ),
        )
        for level, parameterisation in STEPS
    }


@pytest.fixture(scope="module")
def numbers(reference):
    return reference.numbers("22_invariance_more")


@pytest.mark.parametrize(("level", "parameterisation"), STEPS)
def test_invariance(numbers, levels, level, parameterisation):
    fit = levels[level, parameterisation]
    found = {
        "chisq": fit.fit.test.chi_square,
        "df": fit.fit.test.df,
        "npar": fit.model.parameters,
        "srmr": fit.fit.srmr,
        "chisq.scaled": fit.fit.scaled_test.chi_square,
        "df.scaled": fit.fit.scaled_test.df,
        "pvalue.scaled": fit.fit.scaled_test.p_value,
        "chisq.scaling.factor": fit.fit.scaled_test.scaling,
        "cfi": fit.fit.standard.cfi,
        "rmsea": fit.fit.standard.rmsea,
    } | {f"{index}.scaled": getattr(fit.fit.scaled, index) for index in ("cfi", "tli", "rmsea")}
    assert fit.usable
    for index, value in found.items():
        expected = numbers[f"ord.{parameterisation}.{level}.{index}"]
        assert_allclose(value, expected, rtol=1e-3, atol=1e-12, err_msg=index)


@pytest.mark.parametrize("parameterisation", ["theta", "delta"])
def test_scaled_differences(numbers, levels, parameterisation):
    steps = [level for level, name in STEPS if name == parameterisation]
    for before, level in pairwise(steps):
        test = nested_ordinal_test(levels[level, parameterisation], levels[before, parameterisation])
        assert_allclose(test.chi_square, numbers[f"orddiff.delta.chisq.{level}"], rtol=1e-2)
        assert test.df == numbers[f"orddiff.delta.df.{level}"]
        assert_allclose(test.p_value, numbers[f"orddiff.delta.p.{level}"], rtol=1e-2)


def test_estimates_of_equal_intercepts(numbers, items, levels):
    fit = levels["intercepts", "theta"]
    for suffix, matrix in (("", fit.matrix), (".se", fit.matrix_errors)):
        expected = [numbers[f"ord.theta.intercepts.lambda{suffix}.{item}"] for item in items]
        assert_allclose(matrix("loadings")[0].sum(axis=1), expected, rtol=1e-3)
    means, errors = fit.matrix("factor_means"), fit.matrix_errors("factor_means")
    for place, factor in enumerate(FACTORS):
        name = f"{factor}_~1__small"
        expected = numbers[f"ord.theta.intercepts.lat.se.{name}"]
        assert_allclose(errors[1, place], expected, rtol=1e-3)
        assert_allclose(means[1, place], numbers[f"ord.theta.intercepts.lat.{name}"], rtol=1e-3)
    covariances = fit.matrix("factor_covariances")
    for group, name in enumerate(("large", "small")):
        for row in range(3):
            for column in range(row + 1):
                element = f"{FACTORS[column]}_~~_{FACTORS[row]}_{name}"
                expected = numbers[f"ord.theta.intercepts.lat.{element}"]
                assert_allclose(covariances[group, row, column], expected, rtol=1e-3)
