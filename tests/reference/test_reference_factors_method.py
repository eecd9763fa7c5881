"""Reliability and method factors from factor models, against lavaan and semTools (03, 21, 23)."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.factor_analysis import fit_factor_model
from inspraak.estimation.factor_comparison import nested_test
from inspraak.estimation.factor_declaration import confirmatory_model
from inspraak.estimation.factor_reliability import factor_reliability

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
def marker_models(reference, complete):
    """Williams, Hartman & Cavazotte (2010): op as marker of pa, qw and pf."""
    items = [item for scale in (*SUBSTANCE, "op") for item in reference.items(scale)]
    member = np.array([[item.startswith(scale) for scale in (*SUBSTANCE, "op")] for item in items])

    def fit(model):
        return fit_factor_model(complete[items], model)

    own = member[:, 3]
    cfa = fit(confirmatory_model(member, identification="standardised"))
    model = cfa.model
    of_marker = np.zeros((4, 4), dtype=bool)
    of_marker[3, :3] = of_marker[:3, 3] = True
    base = replace(
        model,
        loadings=model.loadings.fixed_at(member & own[:, np.newaxis], cfa.matrix("loadings")),
        residual_covariances=model.residual_covariances.fixed_at(
            np.diag(own), cfa.matrix("residual_covariances")
        ),
        factor_covariances=model.factor_covariances.fixed_at(of_marker, 0.0),
    )
    method = ~own[:, np.newaxis] & (np.arange(4) == 3)
    common = replace(base, loadings=base.loadings.labelled(method, base.new_label))
    each = base.new_label + np.arange(26)[:, np.newaxis]
    free = replace(base, loadings=base.loadings.labelled(method, each))
    fits = {"cfa": cfa, "base": fit(base), "C": fit(common), "U": fit(free)}
    substantive = np.tri(4, k=-1, dtype=bool)
    substantive[3] = False
    values = fits["base"].matrix("factor_covariances")
    for name, other in (("RU", free), ("RC", common)):
        fixed = other.factor_covariances.fixed_at(substantive | substantive.T, values)
        fits[name] = fit(replace(other, factor_covariances=fixed))
    return fits


@pytest.mark.parametrize("name", ["cfa", "base", "C", "U", "RU", "RC"])
def test_fit_of_marker_models(numbers, marker_models, name):
    fit = marker_models[name]
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
def test_comparisons_of_marker_models(numbers, marker_models, restricted, general, name):
    test = nested_test(marker_models[restricted], marker_models[general], method="likelihood ratio")
    assert test.df == numbers[f"lrt.{name}.df"]
    assert_allclose(test.chi_square, numbers[f"lrt.{name}.chisq"], rtol=1e-5)
    assert_allclose(test.p_value, numbers[f"lrt.{name}.p"], rtol=1e-4)


def test_correlations_and_method_loadings(numbers, reference, marker_models):
    for name, label in (("base", "B"), ("C", "C"), ("U", "U")):
        found = marker_models[name].matrix("factor_covariances", standardised=True)[0]
        for row, column in PAIRS:
            expected = numbers[f"cor.{label}.{SUBSTANCE[column]}.{SUBSTANCE[row]}"]
            assert_allclose(found[row, column], expected, rtol=1e-4)
    items = [item for scale in SUBSTANCE for item in reference.items(scale)]
    for name in ("C", "U"):
        loadings = marker_models[name].matrix("loadings", standardised=True)[0, :22, 3]
        assert_allclose(loadings, [numbers[f"{name}.methodload.{item}"] for item in items], rtol=1e-4)
    assert_allclose(np.square(loadings).mean(), numbers["U.methodvar_mean"], rtol=1e-4)


def test_reliability_in_parts(numbers, reference, marker_models):
    fit = marker_models["U"]
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
    member = np.array([[item.startswith(scale) for scale in SUBSTANCE] + [True] for item in items])
    together = np.ones((4, 4), dtype=bool)
    together[3] = together[:, 3] = False
    model = confirmatory_model(member, identification="standardised", correlated=together)
    last = np.arange(4) == 3
    equal = replace(
        model,
        loadings=model.loadings.fixed_at(last, 1.0),
        factor_covariances=model.factor_covariances.labelled(np.diag(last), model.new_label),
    )
    even = fit_factor_model(complete[items], equal)
    # a negative variance: shown, and not usable
    assert even.status == "improper"
    assert_allclose(even.fit.test.chi_square, numbers["ulmc.equal.chisq"], rtol=1e-5)
    found = [even.matrix("factor_covariances")[0, 3, 3], even.matrix_errors("factor_covariances")[0, 3, 3]]
    assert_allclose(found, [numbers["ulmc.equal.var.est"], numbers["ulmc.equal.var.se"]], rtol=1e-4)
    free = fit_factor_model(complete[items], model, random_starts=5, generator=np.random.default_rng(1))
    assert free.usable
    assert_allclose(free.fit.test.chi_square, numbers["ulmc.free.chisq"], rtol=1e-5)
    loadings = free.matrix("loadings", standardised=True)[0, :, 3]
    assert_allclose(np.square(loadings).mean(), numbers["ulmc.free.methodvar_mean"], rtol=1e-4)
    correlation = free.matrix("factor_covariances", standardised=True)[0]
    for row, column in PAIRS:
        expected = numbers[f"ulmc.free.cor.{SUBSTANCE[column]}.{SUBSTANCE[row]}"]
        assert_allclose(correlation[row, column], expected, rtol=1e-4)
    none = fit_factor_model(complete[items], confirmatory_model(member[:, :3]))
    for other, name in ((even, "ulmc_equal"), (free, "ulmc_free")):
        test = nested_test(none, other, method="likelihood ratio")
        assert_allclose(test.chi_square, numbers[f"lrt.{name}.chisq"], rtol=1e-5)
        assert test.df == numbers[f"lrt.{name}.df"]
