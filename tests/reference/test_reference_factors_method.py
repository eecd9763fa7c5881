"""Reliability and method factors from factor models, against lavaan and semTools (03, 21, 23)."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.factor_analysis import fit_factor_model
from inspraak.estimation.factor_comparison import nested_test
from inspraak.estimation.factor_declaration import confirmatory_model
from inspraak.estimation.factor_reliability import factor_reliability
from inspraak.estimation.method_variance import marker_models, method_factor, method_share

SUBSTANCE = ["pa", "qw", "pf"]
PAIRS = [(1, 0), (2, 0), (2, 1)]


@pytest.fixture(scope="module")
def complete(reference):
    return reference.employers(full=True)


@pytest.fixture(scope="module")
def numbers(reference):
    return reference.numbers("23_method")


@pytest.mark.parametrize("scale", ["pa", "qw", "tr", "en", "pf", "ab", "mo", "op", "ib"])
def test_omega_of_one_factor_with_gaps(reference, scale):
    items = reference.employers()[reference.items(scale)]
    fit = fit_factor_model(items, confirmatory_model(np.ones((items.shape[1], 1))))
    expected = reference.numbers("03_reliability")[f"omegacfa.{scale}"]
    assert_allclose(factor_reliability(fit).omega, [[expected]], rtol=1e-6)


def test_reliability_of_five_factors(reference, complete):
    scales, expected = ["pa", "qw", "tr", "en", "pf"], reference.numbers("21_validity")
    items = [item for scale in scales for item in reference.items(scale)]
    member = np.array([[item.startswith(scale) for scale in scales] for item in items])
    fit = fit_factor_model(complete[items], confirmatory_model(member, identification="standardised"))
    found = factor_reliability(fit)
    for place, scale in enumerate(scales):
        values = {
            "compRelSEM": found.omega,
            "compRelSEM.obsvar": found.omega_observed,
            "crstd": found.omega_standardised,
            "avestd": found.average_variance,
        }
        for name, value in values.items():
            assert_allclose(value[0, place], expected[f"{name}.{scale}"], rtol=1e-5, err_msg=name)
    correlation = fit.matrix("factor_covariances", standardised=True)[0]
    for row in range(5):
        for column in range(row):
            name = f"latcor.{scales[row]}.{scales[column]}"
            assert_allclose(correlation[row, column], expected[name], rtol=1e-5, err_msg=name)
    assert_allclose(
        [
            fit.fit.test.chi_square,
            fit.fit.test.df,
            fit.fit.standard.cfi,
            fit.fit.standard.rmsea,
            fit.fit.srmr,
        ],
        [expected[f"cfa.{name}"] for name in ("chisq", "df", "cfi", "rmsea", "srmr")],
        rtol=1e-5,
    )


@pytest.fixture(scope="module")
def found(reference, complete):
    """Williams, Hartman & Cavazotte (2010): op as marker of pa, qw and pf."""
    items = [item for scale in (*SUBSTANCE, "op") for item in reference.items(scale)]
    member = np.array([[item.startswith(scale) for scale in SUBSTANCE] for item in items])
    return marker_models(complete[items], member, ~member.any(axis=1))


@pytest.fixture(scope="module")
def marker_fits(reference, complete, found):
    """The fits by their names in R, with the restricted model of both that it may be made of."""
    names = {
        "cfa": "marker",
        "base": "baseline",
        "C": "marker_constrained",
        "U": "marker_unconstrained",
    }
    fits = {name: found.fits[step] for name, step in names.items()}
    items = [item for scale in (*SUBSTANCE, "op") for item in reference.items(scale)]
    substantive = np.tri(4, k=-1, dtype=bool)
    substantive[3] = False
    values = fits["base"].matrix("factor_covariances")
    for name in ("U", "C"):
        model = fits[name].model
        fixed = model.factor_covariances.fixed_at(substantive | substantive.T, values)
        fits[f"R{name}"] = fit_factor_model(complete[items], replace(model, factor_covariances=fixed))
    return fits


def test_the_restricted_model_is_made_of_the_one_that_is_chosen(found, marker_fits):
    # the loadings on the marker differ: U fits better than C (base_C, C_U)
    assert found.chosen == "marker_unconstrained"
    assert_allclose(
        found.fits["restricted"].fit.test.chi_square, marker_fits["RU"].fit.test.chi_square, rtol=1e-8
    )
    assert found.difference("restricted").df == 3
    assert found.difference("marker") is found.difference("baseline") is None


@pytest.mark.parametrize(
    ("step", "name"),
    [("marker_constrained", "base_C"), ("marker_unconstrained", "C_U"), ("restricted", "U_R")],
)
def test_each_step_is_tested_against_the_one_before(numbers, found, step, name):
    test = found.difference(step)
    assert test.df == numbers[f"lrt.{name}.df"]
    assert_allclose(
        [test.chi_square, test.p_value], [numbers[f"lrt.{name}.{x}"] for x in ("chisq", "p")], rtol=1e-4
    )


@pytest.mark.parametrize("name", ["cfa", "base", "C", "U", "RU", "RC"])
def test_fit_of_marker_models(numbers, marker_fits, name):
    fit = marker_fits[name]
    assert fit.usable
    assert_allclose(fit.fit.test.chi_square, numbers[f"{name}.chisq"], rtol=1e-5)
    assert (fit.fit.test.df, fit.model.parameters) == (numbers[f"{name}.df"], numbers[f"{name}.npar"])
    found = [fit.fit.standard.cfi, fit.fit.standard.rmsea, fit.fit.srmr]
    assert_allclose(found, [numbers[f"{name}.{index}"] for index in ("cfi", "rmsea", "srmr")], rtol=1e-4)


@pytest.mark.parametrize(
    ("restricted", "general", "name"),
    [
        ("base", "C", "base_C"),
        ("C", "U", "C_U"),
        ("RU", "U", "U_R"),
        ("RC", "C", "C_R"),
        ("base", "U", "base_U"),
    ],
)
def test_comparisons_of_marker_models(numbers, marker_fits, restricted, general, name):
    test = nested_test(marker_fits[restricted], marker_fits[general], method="likelihood ratio")
    assert test.df == numbers[f"lrt.{name}.df"]
    assert_allclose(test.chi_square, numbers[f"lrt.{name}.chisq"], rtol=1e-5)
    assert_allclose(test.p_value, numbers[f"lrt.{name}.p"], rtol=1e-4)


def test_correlations_and_method_loadings(numbers, reference, marker_fits):
    for name, label in (("base", "B"), ("C", "C"), ("U", "U")):
        found = marker_fits[name].matrix("factor_covariances", standardised=True)[0]
        for row, column in PAIRS:
            expected = numbers[f"cor.{label}.{SUBSTANCE[column]}.{SUBSTANCE[row]}"]
            assert_allclose(found[row, column], expected, rtol=1e-4)
    items = [item for scale in SUBSTANCE for item in reference.items(scale)]
    for name in ("C", "U"):
        loadings = marker_fits[name].matrix("loadings", standardised=True)[0, :22, 3]
        assert_allclose(loadings, [numbers[f"{name}.methodload.{item}"] for item in items], rtol=1e-4)
    assert_allclose(np.square(loadings).mean(), numbers["U.methodvar_mean"], rtol=1e-4)
    assert_allclose(method_share(marker_fits["U"]), numbers["U.methodvar_mean"], rtol=1e-4)


def test_reliability_in_parts(numbers, reference, marker_fits):
    fit = marker_fits["U"]
    loadings = fit.matrix("loadings", standardised=True)[0]
    residual = np.diagonal(fit.matrix("residual_covariances", standardised=True)[0])
    start = 0
    for place, scale in enumerate(SUBSTANCE):
        items = slice(start, start + reference.scales[scale])
        start = items.stop
        own, method = loadings[items, place].sum() ** 2, loadings[items, 3].sum() ** 2
        whole = own + method + residual[items].sum()
        expected = [numbers[f"rel.{scale}.{part}"] for part in ("total", "subst", "method")]
        assert_allclose([(own + method) / whole, own / whole, method / whole], expected, rtol=1e-4)


def test_unmeasured_method_factor(numbers, reference, complete):
    items = [item for scale in SUBSTANCE for item in reference.items(scale)]
    member = np.array([[item.startswith(scale) for scale in SUBSTANCE] for item in items])
    found = method_factor(complete[items], member)
    even, none = found.fit, found.without
    # a negative variance: shown, and not usable
    assert even.status == "improper"
    assert_allclose(even.fit.test.chi_square, numbers["ulmc.equal.chisq"], rtol=1e-5)
    variance = [even.matrix("factor_covariances")[0, 3, 3], even.matrix_errors("factor_covariances")[0, 3, 3]]
    assert_allclose(variance, [numbers["ulmc.equal.var.est"], numbers["ulmc.equal.var.se"]], rtol=1e-4)
    assert_allclose(found.harman, numbers["harman.pc"], rtol=1e-10)
    assert_allclose(found.difference.chi_square, numbers["lrt.ulmc_equal.chisq"], rtol=1e-5)
    last = np.arange(4) == 3
    every = np.column_stack([member, np.ones(22, dtype=bool)])
    model = confirmatory_model(every, identification="standardised", correlated=~(last | last[:, np.newaxis]))
    free = fit_factor_model(complete[items], model, random_starts=5, generator=np.random.default_rng(1))
    assert free.usable
    assert_allclose(free.fit.test.chi_square, numbers["ulmc.free.chisq"], rtol=1e-5)
    loadings = free.matrix("loadings", standardised=True)[0, :, 3]
    assert_allclose(np.square(loadings).mean(), numbers["ulmc.free.methodvar_mean"], rtol=1e-4)
    correlation = free.matrix("factor_covariances", standardised=True)[0]
    for row, column in PAIRS:
        expected = numbers[f"ulmc.free.cor.{SUBSTANCE[column]}.{SUBSTANCE[row]}"]
        assert_allclose(correlation[row, column], expected, rtol=1e-4)
    for other, name in ((even, "ulmc_equal"), (free, "ulmc_free")):
        test = nested_test(none, other, method="likelihood ratio")
        assert_allclose(test.chi_square, numbers[f"lrt.{name}.chisq"], rtol=1e-5)
        assert test.df == numbers[f"lrt.{name}.df"]
