"""Omega, discriminant validity, categorical reliability and intraclass correlations against R (03, 21, 23)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.discriminant import (
    average_variance_extracted,
    categorical_omega,
    composite_reliability,
    heterotrait_monotrait,
    variance_inflation,
)
from inspraak.estimation.exploratory_factors import mcdonald_omega
from inspraak.estimation.intraclass import intraclass_correlation
from inspraak.estimation.polychoric import polychoric

SCALES = ["pa", "qw", "tr", "en", "pf", "ab", "mo", "op", "ib"]
FIVE = ["pa", "qw", "tr", "en", "pf"]


@pytest.fixture(scope="module")
def validity(reference):
    return reference.numbers("21_validity")


@pytest.mark.parametrize("scale", SCALES)
def test_omega_total(reference, scale):
    correlation = reference.employers()[reference.items(scale)].corr().to_numpy()
    expected = reference.numbers("03_reliability")[f"omega.{scale}"]
    assert_allclose(mcdonald_omega(correlation).total, expected, rtol=1e-6)


# Both are improper in R too: uniquenesses at their bound, where psych stops as soon as its search slows down
# (qw: the general factor of three factors, pa: a rotation stopped at a gradient of 1e-5).
@pytest.mark.parametrize(("scale", "tolerance"), [("pa", 2e-6), ("qw", 2e-4)])
def test_omega_hierarchical(reference, scale, tolerance):
    found = mcdonald_omega(reference.employers()[reference.items(scale)].corr().to_numpy())
    expected = reference.numbers("03_reliability")[f"omegah.{scale}"]
    assert_allclose(found.hierarchical, expected, rtol=tolerance)
    assert not found.proper


def places(reference):
    items = [item for scale in FIVE for item in reference.items(scale)]
    return items, [[items.index(item) for item in reference.items(scale)] for scale in FIVE]


@pytest.mark.parametrize(
    ("name", "full", "geometric"),
    [("htmt", True, False), ("htmt2", True, True), ("htmtown", True, False), ("htmtpw", False, False)],
)
def test_htmt(reference, validity, name, full, geometric):
    items, scales = places(reference)
    correlations = reference.employers(full=full)[items].corr().to_numpy()
    found = heterotrait_monotrait(correlations, scales, geometric=geometric)
    for first in range(1, 5):
        for second in range(first):
            expected = validity[f"{name}.{FIVE[first]}.{FIVE[second]}"]
            assert_allclose(found[first, second], expected, rtol=1e-8)
            assert found[second, first] == found[first, second]


@pytest.mark.parametrize(("name", "geometric"), [("htmtpoly", False), ("htmt2poly", True)])
def test_htmt_of_polychoric_correlations(reference, validity, name, geometric):
    items, scales = places(reference)
    correlations = polychoric(reference.employers(full=True)[items].to_numpy(dtype=float)).correlation
    found = heterotrait_monotrait(correlations, scales, geometric=geometric)
    for first in range(1, 5):
        for second in range(first):
            assert_allclose(found[first, second], validity[f"{name}.{FIVE[first]}.{FIVE[second]}"], rtol=1e-4)


@pytest.mark.parametrize("scale", FIVE)
def test_categorical_omega_and_variance_extracted(reference, validity, scale):
    items = reference.items(scale)
    answers = polychoric(reference.employers(full=True)[items].to_numpy(dtype=float))
    loadings = np.array([validity[f"ordlam.{scale}.{item}"] for item in items])
    assert_allclose(categorical_omega(loadings, answers.thresholds), validity[f"catomega.{scale}"], rtol=1e-6)
    observed = categorical_omega(loadings, answers.thresholds, answers.correlation)
    assert_allclose(observed, validity[f"catomega.obsvar.{scale}"], rtol=1e-6)
    assert_allclose(average_variance_extracted(loadings), validity[f"ordave.{scale}"], rtol=1e-8)
    assert_allclose(
        composite_reliability(loadings, 1 - loadings**2), validity[f"polyomega.{scale}"], rtol=1e-8
    )


@pytest.mark.parametrize("group", ["sector", "cell", "region"])
@pytest.mark.parametrize("score", ["PA", "PF"])
def test_intraclass_correlations(reference, validity, group, score):
    frame = reference.employers()
    cell = frame["sector"] + " " + frame["size"]
    groups = cell if group == "cell" else frame[group]
    found = intraclass_correlation(frame[score].to_numpy(dtype=float), groups.to_numpy())
    place = f"icc.{group}.{score}"
    for name, value in (
        ("icc1", found.icc),
        ("icc2", found.group_mean_reliability),
        ("F", found.f_statistic),
        ("msb", found.mean_square_between),
        ("msw", found.mean_square_within),
    ):
        assert_allclose(value[0], validity[f"{place}.{name}"], rtol=1e-8)
    assert_allclose(found.icc_reml[0], validity[f"{place}.icc1_reml"], rtol=1e-5, atol=1e-8)


def test_full_collinearity_variance_inflation(reference):
    names = ["PA", "QW", "TR", "EN", "PF", "IB"]
    numbers = reference.numbers("23_method")
    correlation = reference.employers(full=True)[names].corr().to_numpy()
    assert_allclose(variance_inflation(correlation), [numbers[f"vif.{name}"] for name in names], rtol=1e-8)
