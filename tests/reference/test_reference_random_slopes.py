"""Slopes that differ between groups, by restricted maximum likelihood, against R (26_heterogeneity)."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import simple_design
from inspraak.estimation.distributions import t_quantile
from inspraak.estimation.random_slopes import fit_random_slopes
from inspraak.estimation.slope_search import Profile, ends_of_spread, highest

CONTROLS = ["QW", "TR", "dyn"]
CASES = {"PFh.cell": ("PFh", "stratum"), "PFr.region": ("PFr", "region")}
ON_THE_EDGE = {"PF.cell": ("PF", "stratum"), "PF.region": ("PF", "region")}


@pytest.fixture(scope="module")
def numbers(reference):
    return reference.numbers("26_heterogeneity")


@pytest.fixture(scope="module")
def fitted(reference):
    rows = reference.employers()
    pc = rows["PA"] - rows["PA"].mean()
    rows = rows.assign(
        pc=pc,
        PFh=rows["PF"] + 0.6 * np.sin(rows["stratum"]) * pc + 0.4 * np.cos(rows["stratum"]),
        PFr=rows["PF"] + 0.4 * np.sin(rows["region"]) * pc + 0.4 * np.cos(rows["region"]),
    )

    def fit(outcome, group):
        return fit_random_slopes(
            rows["pc"],
            rows[outcome],
            rows[group].to_numpy(),
            simple_design(len(rows)),
            controls=rows[CONTROLS].to_numpy().T,
        )

    return {name: fit(*case) for name, case in (CASES | ON_THE_EDGE).items()}


@pytest.mark.parametrize("name", CASES)
def test_variances_and_the_mean_slope(name, numbers, fitted):
    found = fitted[name]
    ours = [found.spread**2, found.variance_within, float(found.slope.estimate), float(found.slope.std_error)]
    theirs = [numbers[f"{name}.{part}"] for part in ("vc.var_slope", "vc.resid", "b.pc", "se.pc")]
    assert_allclose(ours, theirs, rtol=1e-4)


@pytest.mark.parametrize("name", CASES | ON_THE_EDGE)
def test_the_likelihood_and_its_rise(name, numbers, fitted):
    """Where slopes do not differ the search ends on the edge, and the likelihood alone is to be had."""
    found = fitted[name]
    assert found.n == numbers[f"{name}.n"]
    assert_allclose(found.log_likelihood, numbers[f"{name}.reml.ll1"], rtol=1e-6)
    theirs = [numbers[f"{name}.lrt.{part}"] for part in ("chisq", "pmix")]
    assert_allclose([found.statistic, found.p_value], theirs, rtol=1e-6)


def test_a_correlation_of_minus_one_is_reached(fitted):
    assert fitted["PF.region"].correlation == pytest.approx(-1, abs=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_slopes_of_groups_drawn_towards_the_mean(name, numbers, fitted):
    found = fitted[name]
    theirs = [numbers[f"{name}.b.pc"] + numbers[f"{name}.blup_slope.{group}"] for group in found.groups]
    assert_allclose(found.predicted.estimate, theirs, rtol=1e-4)


@pytest.mark.parametrize("name", CASES)
def test_the_profile_of_the_unrestricted_likelihood(name, numbers, fitted):
    """R's profile is that of the ML deviance; ours is too, where it is asked for."""
    profile = fitted[name].profile
    unrestricted = replace(profile.likelihood, restricted=False)
    allowed = float(t_quantile(0.975, np.inf)) ** 2
    ends = ends_of_spread(unrestricted, highest(unrestricted), allowed)
    theirs = [numbers[f"{name}.prof.sd_slope.{end}"] for end in ("lo", "hi")]
    assert_allclose(np.array(ends) * profile.unit, theirs, rtol=1e-3)


def test_on_the_edge_the_profile_of_r_stops_too_far_out(numbers, fitted):
    """No correlation, intercept or level brings the deviance at R's bound of PF.cell down to what it allows."""
    profile = fitted["PF.cell"].profile
    unrestricted = replace(profile.likelihood, restricted=False)
    best, bound = highest(unrestricted), numbers["PF.cell.prof.sd_slope.hi"] / profile.unit
    free = np.stack(np.meshgrid(
        np.linspace(-0.16, 0.08, 13), np.linspace(0, 0.8, 21), np.linspace(-np.pi / 2, np.pi / 2, 41),
    )).reshape(3, -1)  # fmt: skip
    length = bound * np.exp(-free[0])
    factor = np.column_stack([free[1], length * np.sin(free[2]), length * np.cos(free[2])])
    lowest = unrestricted.deviances(factor, free[0]).mean(axis=1).min()
    rise = Profile(unrestricted, best).rise(bound)
    assert 4.5 < rise <= lowest - best.deviance
