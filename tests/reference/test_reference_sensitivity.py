"""Sensitivity to confounding against R's sensemakr and EValue, and Oster's delta (19_sensitivity, 32_oster)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import simple_design
from inspraak.estimation.distributions import normal_quantile
from inspraak.estimation.e_values import (
    e_values_of_differences,
    e_values_of_odds_ratios,
    mediational_e_value,
)
from inspraak.estimation.generalised import fit_generalised
from inspraak.estimation.mediation import mediate
from inspraak.estimation.proportional_selection import proportional_selection
from inspraak.estimation.regression import fit_linear
from inspraak.estimation.sensitivity import assess_sensitivity

BENCHMARKS = ["QW", "TR", "dyn"]


@pytest.fixture(scope="module")
def employers(reference):
    return reference.employers()


@pytest.fixture(scope="module")
def simple(employers):
    return simple_design(len(employers))


@pytest.fixture(scope="module")
def held(employers):
    sectors = [employers["sector"] == name for name in sorted(employers["sector"].unique())[1:]]
    return np.array([*employers[BENCHMARKS].to_numpy().T, *sectors], dtype=float)


@pytest.fixture(scope="module")
def assessed(employers, simple, held):
    return assess_sensitivity(
        employers["PA"].to_numpy(), employers["PF"].to_numpy(), simple, controls=held, covariance="classical",
        benchmarks=[[0], [1], [2], [0, 1, 2]],
    )  # fmt: skip


def test_robustness_value(reference, assessed):
    numbers, more = reference.numbers("19_sensitivity"), reference.numbers("32_oster")
    found = assessed[0]
    assert_allclose(found.partial_r2, numbers["r2yd"], rtol=1e-8)
    assert_allclose(found.robustness_value(), numbers["rv"], rtol=1e-8)
    assert_allclose(found.robustness_value(alpha=0.05), numbers["rva"], rtol=1e-8)
    assert_allclose(found.robustness_value(q=0.5), more["rv.q50.rv"], rtol=1e-8)
    assert found.robustness_value(q=0.5, alpha=0.05) == more["rv.q50.rva"] == 0


def test_bounds_by_benchmarks(reference, assessed):
    numbers, more = reference.numbers("19_sensitivity"), reference.numbers("32_oster")
    bounds = assessed[1]
    for kind, ours in (("est", bounds.estimate), ("se", bounds.std_error), ("lo", bounds.ci_low)):
        assert_allclose(ours[0], [numbers[f"bound.{kind}.{strength}"] for strength in (1, 2, 3)], rtol=1e-8)
    parts = {
        "r2dz.x": bounds.share_of_x, "r2yz.dx": bounds.share_of_y,
        "adjusted_estimate": bounds.estimate, "adjusted_se": bounds.std_error,
    }  # fmt: skip
    for part, ours in parts.items():
        theirs = [[more[f"bound.{part}.{k}x_{name}"] for k in (1, 2)] for name in BENCHMARKS]
        assert_allclose(ours[:3, :2], theirs, rtol=1e-7)
    group = [more[f"bound.group.{part}"] for part in ("r2dz", "r2yz", "est", "se")]
    ours = [bounds.share_of_x, bounds.share_of_y, bounds.estimate, bounds.std_error]
    assert_allclose([values[3, 0] for values in ours], group, rtol=1e-8)


def test_adjusted_estimates(reference, assessed):
    more = reference.numbers("32_oster")
    ours = assessed[0].adjusted(0.05, [0.1, 0.3, 1.0])[0]
    assert_allclose(ours, [more[f"adjest.dz05.{name}"] for name in ("yz10", "yz30", "yz100")], rtol=1e-8)


def test_e_values_of_a_slope(reference, employers, simple, held):
    numbers, more = reference.numbers("19_sensitivity"), reference.numbers("32_oster")
    terms = np.column_stack([employers["PA"], held.T, np.ones(len(employers))])
    fit = fit_linear(terms, employers["PF"], simple, covariance="classical")
    slope, error = fit.coefficients[0, 0], fit.std_errors[0, 0]
    found = e_values_of_differences(slope / employers["PF"].std(), error / employers["PF"].std())
    assert_allclose([found.point, found.bound], [numbers["ev.point"], numbers["ev.lower"]], rtol=1e-8)
    residual_sd = fit.sd_y[0] * np.sqrt((1 - fit.r_squared[0]) * (fit.n[0] - 1) / (fit.n[0] - fit.rank[0]))
    scale = fit.sd_x[0, 0] / residual_sd
    found = e_values_of_differences(slope * scale, error * scale)
    expected = [more[f"ev.ols_resid_sd.{part}"] for part in ("point", "lower")]
    assert_allclose([found.point, found.bound], expected, rtol=1e-8)


@pytest.mark.parametrize("job", ["19_sensitivity", "32_oster"])
def test_e_values_of_an_odds_ratio(reference, employers, simple, job):
    """32 takes the rows that have PF too."""
    numbers = reference.numbers(job)
    terms = np.column_stack([employers[["PA", *BENCHMARKS]], np.ones(len(employers))])
    fit = fit_generalised(
        terms, employers["growth"].to_numpy(dtype=float), simple, family="logit", covariance="classical",
        included=employers["PF"].notna().to_numpy() | (job == "19_sensitivity"),
    )  # fmt: skip
    half = normal_quantile(0.975) * fit.std_errors[0, 0]
    ratios = np.exp(fit.coefficients[0, 0] + np.array([0, -half, half]))
    names = {
        "19_sensitivity": {False: "evor"},
        "32_oster": {True: "ev.or.rareTRUE", False: "ev.or.rareFALSE"},
    }
    for rare, name in names[job].items():
        found = e_values_of_odds_ratios(*ratios, rare=rare)
        assert_allclose(
            [found.point, found.bound], [numbers[f"{name}.{part}"] for part in ("point", "lower")], rtol=1e-5
        )


def test_mediational_e_value(reference, employers, simple, held):
    more = reference.numbers("32_oster")
    found = mediate(
        employers["PA"].to_numpy(), [employers["QW"].to_numpy()], employers["PF"].to_numpy(), simple,
        controls=held[1:], rng=np.random.default_rng(1), draws=5,
    )  # fmt: skip
    standardised = found.indirect.estimate[0, 0] * found.sd_x / found.sd_y
    assert_allclose(standardised, more["mediational.ie_std"], rtol=1e-8)
    assert_allclose(mediational_e_value(standardised), more["mediational.evalue"], rtol=1e-8)


@pytest.fixture(scope="module")
def selection(employers, simple, held):
    return proportional_selection(
        employers["PA"].to_numpy(), employers["PF"].to_numpy(), simple, controls=held
    )


def test_regressions_of_oster(reference, selection):
    more = reference.numbers("32_oster")
    ours = {
        "b0": selection.short, "b1": selection.long, "R0": selection.r2_short, "R1": selection.r2_long,
        "sxx": selection.variance_x, "syy": selection.variance_y, "tx": selection.residual_variance_x,
    }  # fmt: skip
    for name, value in ours.items():
        assert_allclose(value, more[f"in.{name}"], rtol=1e-8, err_msg=name)


@pytest.mark.parametrize("most", ["1.3", "1.5", "2", "one"])
def test_delta_and_adjusted_slope_of_oster(reference, selection, most):
    more = reference.numbers("32_oster")
    r2 = more[f"rmax{most}.Rmax"]
    assert_allclose(selection.delta(r2), more[f"rmax{most}.delta"], rtol=1e-8)
    assert_allclose(selection.slope_at(r2), more[f"rmax{most}.bstar"], rtol=1e-8)
