"""Factor analysis by maximum likelihood, robust and with gaps, against R's lavaan (03_reliability, 04_cfa)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.factor_analysis import fit_factor_model
from inspraak.estimation.factor_comparison import fixed_elements, score_tests
from inspraak.estimation.factor_declaration import confirmatory_model
from inspraak.estimation.factor_models import MATRICES

FACTORS = ["pa", "qw", "pf"]
SHARED = {"factor_covariances": "~~", "residual_covariances": "~~", "loadings": "=~"}


@pytest.fixture(scope="module")
def numbers(reference):
    return reference.numbers("04_cfa")


@pytest.fixture(scope="module")
def items(reference):
    return [item for factor in FACTORS for item in reference.items(factor)]


@pytest.fixture(scope="module")
def complete(reference, items):
    return reference.employers(full=True)[items].to_numpy()


@pytest.fixture(scope="module")
def gaps(reference, items):
    return reference.employers()[items].to_numpy()


@pytest.fixture(scope="module")
def three_factors(items):
    return confirmatory_model([[item.startswith(factor) for factor in FACTORS] for item in items])


def indices(fit):
    """The numbers of a fit under lavaan's names."""
    found = {
        "chisq": fit.fit.test.chi_square,
        "df": fit.fit.test.df,
        "pvalue": fit.fit.test.p_value,
        "srmr": fit.fit.srmr,
        "aic": fit.fit.aic,
        "bic": fit.fit.bic,
    }
    versions = {"": fit.fit.standard, ".scaled": fit.fit.scaled, ".robust": fit.fit.robust}
    for suffix, version in versions.items():
        if version is not None:
            found |= {f"{name}{suffix}": getattr(version, name) for name in ("cfi", "tli", "rmsea")}
    found["rmsea.ci.lower"], found["rmsea.ci.upper"] = fit.fit.standard.rmsea_low, fit.fit.standard.rmsea_high
    if fit.fit.scaled_test is not None:
        found["chisq.scaled"] = fit.fit.scaled_test.chi_square
    return found


def named(estimates, items):
    """Name the free loadings and (co)variances as lavaan does."""
    elements = estimates.elements
    result = {}
    for place in np.flatnonzero(elements.free):
        matrix = MATRICES[elements.matrix[place]]
        row, column = elements.row[place], elements.column[place]
        if matrix == "intercepts":
            continue
        left = items[column] if matrix == "residual_covariances" else FACTORS[column]
        right = FACTORS[row] if matrix == "factor_covariances" else items[row]
        result[f"{left}{SHARED[matrix]}{right}"] = place
    return result


@pytest.mark.parametrize(
    ("name", "estimator", "tolerance"), [("ML", "ML", 1e-5), ("MLR", "MLR", 1e-4), ("FIML", "ML", 1e-4)]
)
def test_three_factors(numbers, items, complete, gaps, three_factors, name, estimator, tolerance):
    values = gaps if name == "FIML" else complete
    fit = fit_factor_model(values, three_factors, estimator=estimator)
    assert fit.usable
    for index, value in indices(fit).items():
        if f"{name}.{index}" in numbers:
            assert_allclose(value, numbers[f"{name}.{index}"], rtol=tolerance, atol=1e-12, err_msg=index)
    estimates = fit.estimates
    places = named(estimates, items)
    assert len(places) == 19 + 22 + 6
    for element, place in places.items():
        found = [estimates.values[place], estimates.std_errors[place]]
        expected = [numbers[f"{name}.est.{element}"], numbers[f"{name}.se.{element}"]]
        assert_allclose(found, expected, rtol=tolerance, err_msg=element)


def test_one_factor_does_not_fit(numbers, complete):
    fit = fit_factor_model(complete, confirmatory_model(np.ones((22, 1))))
    found = indices(fit)
    for index in (
        "chisq",
        "df",
        "cfi",
        "tli",
        "rmsea",
        "rmsea.ci.lower",
        "rmsea.ci.upper",
        "srmr",
        "aic",
        "bic",
    ):
        assert_allclose(found[index], numbers[f"MIS.{index}"], rtol=1e-5, err_msg=index)
    assert found["pvalue"] < 1e-100


def test_modification_indices_of_residuals(reference, items, complete):
    numbers = reference.numbers("22_invariance_more")
    fit = fit_factor_model(complete, confirmatory_model(np.ones((22, 1))))
    tests = score_tests(fit, fixed_elements(fit.model, "residual_covariances"))
    largest = np.argsort(-tests.chi_square)[:5]
    names = [f"{items[tests.elements.column[at]]}~~{items[tests.elements.row[at]]}" for at in largest]
    assert names == [key.removeprefix("mi.") for key in numbers if key.startswith("mi.pf")]
    for place, name in zip(largest, names):
        found = [tests.chi_square[place], tests.change[place], tests.standardised_change[place]]
        expected = [numbers[f"{part}.{name}"] for part in ("mi", "mi.epc", "mi.sepc_all")]
        assert_allclose(found, expected, rtol=1e-5)


def test_modification_indices_of_cross_loadings(reference, items, complete, three_factors):
    numbers = reference.numbers("22_invariance_more")
    fit = fit_factor_model(complete, three_factors)
    tests = score_tests(fit, fixed_elements(fit.model, "loadings"))
    largest = np.argsort(-tests.chi_square)[:5]
    names = [f"{FACTORS[tests.elements.column[at]]}=~{items[tests.elements.row[at]]}" for at in largest]
    assert names == [key.removeprefix("mi3.cross.") for key in numbers if key.startswith("mi3.cross.p") or
                     key.startswith("mi3.cross.q")]  # fmt: skip
    for place, name in zip(largest, names):
        found = [tests.chi_square[place], tests.change[place]]
        assert_allclose(found, [numbers[f"mi3.cross.{name}"], numbers[f"mi3.cross.epc.{name}"]], rtol=1e-5)
