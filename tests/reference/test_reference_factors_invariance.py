"""Factor models of several groups against R's lavaan (05_invariance, 22_invariance_more)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.factor_analysis import fit_factor_model
from inspraak.estimation.factor_comparison import joint_score_test, nested_test, score_tests, shared_elements
from inspraak.estimation.factor_declaration import confirmatory_model
from inspraak.estimation.factor_models import MATRICES
from inspraak.estimation.factor_solution import Task, scaling_factor

FACTORS = ["pa", "qw", "pf"]
LEVELS = {
    "configural": (),
    "metric": ("loadings",),
    "scalar": ("loadings", "intercepts"),
    "strict": ("loadings", "intercepts", "residuals"),
}


@pytest.fixture(scope="module")
def items(reference):
    return [item for factor in FACTORS for item in reference.items(factor)]


@pytest.fixture(scope="module")
def employers(reference):
    return reference.employers(full=True)


@pytest.fixture(scope="module")
def numbers(reference):
    return reference.numbers("05_invariance") | reference.numbers("22_invariance_more")


@pytest.fixture(scope="module")
def fit_level(items, employers):
    small = np.where(employers["size"].isin(["10-49", "50-99"]), "small", "large")
    member = [[item.startswith(factor) for factor in FACTORS] for item in items]

    def run(equal, *, groups=small, estimator="ML", released=None):
        count = len(np.unique(groups))
        model = confirmatory_model(member, groups=count, means=True, equal=equal, released=released)
        return fit_factor_model(employers[items], model, groups=groups, estimator=estimator)

    return run


@pytest.fixture(scope="module")
def robust(fit_level):
    return {level: fit_level(equal, estimator="MLR") for level, equal in LEVELS.items()}


@pytest.mark.parametrize("level", ["configural", "metric", "scalar"])
def test_levels(numbers, robust, level):
    fit = robust[level].fit
    found = {
        "chisq": fit.test.chi_square,
        "df": fit.test.df,
        "cfi": fit.standard.cfi,
        "tli": fit.standard.tli,
        "rmsea": fit.standard.rmsea,
        "srmr": fit.srmr,
        "aic": fit.aic,
        "bic": fit.bic,
    }
    for index, value in found.items():
        assert_allclose(value, numbers[f"{level}.{index}"], rtol=1e-5, err_msg=index)


@pytest.mark.parametrize("level", LEVELS)
def test_robust_levels(numbers, robust, level):
    fit = robust[level].fit
    found = {
        "chisq.scaled": fit.scaled_test.chi_square,
        "df.scaled": fit.scaled_test.df,
        "pvalue.scaled": fit.scaled_test.p_value,
        "chisq.scaling.factor": fit.scaled_test.scaling,
    }
    for suffix, version in (("scaled", fit.scaled), ("robust", fit.robust)):
        found |= {f"{name}.{suffix}": getattr(version, name) for name in ("cfi", "tli", "rmsea")}
    for index, value in found.items():
        assert_allclose(value, numbers[f"mlr.{level}.{index}"], rtol=1e-4, atol=1e-12, err_msg=index)


def test_factor_means_of_the_scalar_model(numbers, robust):
    fit = robust["scalar"]
    found, errors = fit.matrix("factor_means"), fit.matrix_errors("factor_means")
    expected = np.array([numbers[f"mlr.scalar.latmean.{factor}_small"] for factor in FACTORS])
    assert (found[0] == 0).all()
    assert_allclose(
        errors[1], [numbers[f"mlr.scalar.latmean.se.{factor}_small"] for factor in FACTORS], rtol=1e-4
    )
    # means near 0: as a part of their standard errors
    assert (np.abs(found[1] - expected) < 1e-4 * errors[1]).all()


def test_likelihood_ratio_tests(numbers, robust):
    steps = zip(("metric", "scalar"), ("configural", "metric"), ("1", "2"))
    for level, before, place in steps:
        test = nested_test(robust[level], robust[before], method="likelihood ratio")
        assert_allclose(test.chi_square, numbers[f"dchisq.{place}"], rtol=1e-5)
        assert_allclose(test.p_value, numbers[f"p.{place}"], rtol=1e-5)
        assert test.df == 19


@pytest.mark.parametrize("year", ["2001", "2010"])
def test_scaled_difference_tests(numbers, robust, year):
    for level, before in (("metric", "configural"), ("scalar", "metric"), ("strict", "scalar")):
        test = nested_test(robust[level], robust[before], method=f"Satorra-Bentler {year}")
        expected = numbers[f"mlrdiff.satorra.bentler.{year}.chisq.{level}"]
        if (level, year) != ("scalar", "2010"):
            assert_allclose(test.chi_square, expected, rtol=1e-4)
            assert_allclose(test.p_value, numbers[f"mlrdiff.satorra.bentler.{year}.p.{level}"], rtol=1e-4)


def test_where_the_scalar_difference_of_2010_departs(numbers, robust):
    """R copies elements of the same name: the factor means, fixed in the metric model, are lost on the way."""
    general, restricted = robust["metric"], robust["scalar"]
    elements, q = general.model.elements, general.model.parameters
    values, parameter = restricted.estimates.values[elements.free], elements.parameter[elements.free]
    copied = np.bincount(parameter, values, minlength=q) / np.bincount(parameter, minlength=q)
    task = Task(general.map, general.samples, list(general.saturated), "MLR")
    factor = scaling_factor(task, task.objective().point(copied, "observed"))
    lower, upper = restricted.fit, general.fit
    scaling = (lower.test.df * lower.scaled_test.scaling - upper.test.df * factor) / 19
    difference = (lower.test.chi_square - upper.test.chi_square) / scaling
    assert_allclose(difference, numbers["mlrdiff.satorra.bentler.2010.chisq.scalar"], rtol=1e-4)


def test_partial_invariance(numbers, fit_level):
    scalar = fit_level(LEVELS["scalar"])
    partial = fit_level(LEVELS["scalar"], released={"loadings": [(1, 0)], "intercepts": [1]})
    found = {
        "chisq": partial.fit.test.chi_square,
        "df": partial.fit.test.df,
        "cfi": partial.fit.standard.cfi,
        "rmsea": partial.fit.standard.rmsea,
        "srmr": partial.fit.srmr,
        "bic": partial.fit.bic,
    }
    for index, value in found.items():
        assert_allclose(value, numbers[f"partial.{index}"], rtol=1e-5, err_msg=index)
    test = nested_test(scalar, partial, method="likelihood ratio")
    assert_allclose(
        [test.chi_square, test.p_value], [numbers["partial.d.chisq"], numbers["partial.d.p"]], rtol=1e-5
    )


def test_score_tests_of_equality(numbers, items, fit_level):
    fit = fit_level(LEVELS["scalar"])
    shared = shared_elements(fit.model)
    tests = score_tests(fit, shared)
    largest = np.argsort(-tests.chi_square)[:5]
    names = []
    for matrix, row, column in zip(shared.matrix[largest], shared.row[largest], shared.column[largest]):
        names.append(
            f"{items[row]}~1" if MATRICES[matrix] == "intercepts" else f"{FACTORS[column]}=~{items[row]}"
        )
    expected = {
        key.removeprefix("score5."): value for key, value in numbers.items() if key.startswith("score5.")
    }
    assert names == list(expected)
    assert_allclose(tests.chi_square[largest], list(expected.values()), rtol=1e-5)
    joint = joint_score_test(fit, shared)
    assert_allclose(joint.chi_square, numbers["score.total.X2"], rtol=1e-5)
    # 41 equalities; three intercepts of the 22 stand in for the factor means, and cannot be tested
    assert joint.df == numbers["score.total.df"] - 3


def test_metric_over_six_sectors(numbers, employers, fit_level):
    fit = fit_level(("loadings",), groups=employers["sector"].to_numpy().astype(str)).fit
    found = [fit.test.chi_square, fit.test.df, fit.standard.cfi, fit.standard.rmsea]
    assert_allclose(
        found, [numbers[f"metric6.{index}"] for index in ("chisq", "df", "cfi", "rmsea")], rtol=1e-5
    )
