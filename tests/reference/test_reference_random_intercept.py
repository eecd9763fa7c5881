"""A random intercept by restricted maximum likelihood, against R (13_mixed, 18_panel)."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.random_intercept import fit_random_intercept

TERMS = ["(Intercept)", "PA", "QW", "TR", "dyn"]


@pytest.fixture(scope="module")
def mixed(reference):
    return reference.numbers("13_mixed")


@pytest.fixture(scope="module")
def fitted(reference):
    employers = reference.employers()
    X = np.column_stack([np.ones(len(employers)), employers[TERMS[1:]]])
    return lambda group: fit_random_intercept(X, employers["PF"], employers[group].to_numpy())


def test_regions_differ_a_little(mixed, fitted):
    found = fitted("region")
    for name, ours in (("b", found.coefficients), ("se", found.std_errors), ("satt.df", found.df)):
        assert_allclose(ours, [mixed[f"{name}.{term}"] for term in TERMS], rtol=1e-5, err_msg=name)
    variances = [found.variance_between, found.variance_within]
    assert_allclose(variances, [mixed["vc.region"], mixed["vc.Residual"]], rtol=1e-5)
    assert_allclose(found.log_likelihood, mixed["ll"], rtol=1e-9)


def test_sectors_do_not(mixed, fitted):
    """R's search ends at 4e-18; here the edge is tried, so nothing is nothing."""
    found = fitted("sector")
    assert mixed["vcs.sector"] < 1e-15
    assert found.variance_between == 0
    assert_allclose(found.variance_within, mixed["vcs.Residual"], rtol=1e-5)
    assert_allclose(found.coefficients, [mixed[f"bs.{term}"] for term in TERMS], rtol=1e-5)


def test_a_trend_of_employers_that_return(reference):
    numbers = reference.numbers("18_panel")
    rows = pd.read_csv(reference.folder / "data" / "panel_493.csv")
    X = np.column_stack([np.ones(len(rows)), rows["wave"]])
    found = fit_random_intercept(X, rows["pa"], rows["id"].to_numpy())
    ours = [found.coefficients[1], found.std_errors[1]]
    assert_allclose(ours, [numbers["lmer.b"], numbers["lmer.se"]], rtol=1e-6)
