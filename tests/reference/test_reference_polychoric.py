"""Polychoric correlations and their covariance against lavaan and psych."""

import numpy as np
import pytest
from tests.reference.conftest import SCALES, Reference

from inspraak.estimation.polychoric import polychoric
from inspraak.estimation.polychoric_covariance import ordinal_statistics


@pytest.mark.parametrize("scale", list(SCALES))
def test_pairwise_polychoric_correlations(reference: Reference, scale: str) -> None:
    numbers = reference.numbers("03_reliability")
    found = polychoric(reference.employers()[reference.items(scale)].to_numpy(dtype=float))
    k = len(found.correlation)
    alpha = k / (k - 1) * (1 - k / found.correlation.sum())
    assert found.correlation[0, 1] == pytest.approx(numbers[f"polyr12lav.{scale}"], rel=1e-7)
    assert alpha == pytest.approx(numbers[f"polyalphalav.{scale}"], rel=1e-7)
    # psych stops its search earlier than lavaan
    assert found.correlation[0, 1] == pytest.approx(numbers[f"polyr12.{scale}"], rel=1e-4)


def test_all_items_at_once(reference: Reference) -> None:
    frame = reference.employers()
    items = [item for scale in SCALES for item in reference.items(scale)]
    found = polychoric(frame[items].to_numpy(dtype=float))
    assert found.usable.all()
    assert found.correlation.sum() == pytest.approx(
        reference.numbers("03_reliability")["poly45.sum"], rel=1e-4
    )


def test_two_items(reference: Reference) -> None:
    pair = reference.employers(full=True)[["pa1", "pa2"]].to_numpy(dtype=float)
    r = polychoric(pair).correlation[0, 1]
    assert r == pytest.approx(reference.numbers("21_validity")["sb2.poly.r"], rel=1e-7)


@pytest.mark.parametrize(("full", "job"), [(True, "WLSMV"), (False, "WLSMVpw")])
def test_covariance_gives_the_robust_test_of_a_factor_model(
    reference: Reference, full: bool, job: str
) -> None:
    """lavaan's loadings give its chi-squares only where every element of the covariance is as lavaan has it."""
    numbers = reference.numbers("04_cfa")
    scales = ("pa", "qw", "pf")
    items = [item for scale in scales for item in reference.items(scale)]
    factor = np.array([place for place, scale in enumerate(scales) for _ in reference.items(scale)])
    found = ordinal_statistics(polychoric(reference.employers(full=full)[items].to_numpy(dtype=float)))
    loading = np.array([numbers[f"{job}.est.{scales[f]}=~{item}"] for f, item in zip(factor, items)])
    psi = np.array(
        [[numbers[f"{job}.est.{scales[min(a, b)]}~~{scales[max(a, b)]}"] for a in range(3)] for b in range(3)]
    )
    larger, smaller = found.pairs
    t = found.item.size
    crossing = psi[factor[larger], factor[smaller]]
    implied = loading[larger] * loading[smaller] * crossing
    markers = [int(np.flatnonzero(factor == place)[0]) for place in range(3)]
    slopes = [
        np.where(larger == i, loading[smaller], 0) * crossing
        + np.where(smaller == i, loading[larger], 0) * crossing
        for i in range(len(items))
        if i not in markers
    ]
    for a, b in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)):
        between = {(a, b), (b, a)}
        chosen = [(x, y) in between for x, y in zip(factor[larger], factor[smaller])]
        slopes.append(np.where(chosen, loading[larger] * loading[smaller], 0))
    jacobian = np.column_stack(slopes)
    gamma = found.covariance[t:, t:]
    weight = 1 / np.diag(gamma)
    shrunk = (found.rows - 1) / found.rows
    chi_square = shrunk * float((weight * (found.values[t:] - implied) ** 2).sum())
    assert chi_square == pytest.approx(numbers[f"{job}.chisq"], rel=1e-5)
    inverse = np.linalg.inv(jacobian.T @ (weight[:, np.newaxis] * jacobian))
    residual = np.diag(weight) - np.outer(weight, weight) * (jacobian @ inverse @ jacobian.T)
    product = residual @ gamma
    df = larger.size - jacobian.shape[1]
    squared = np.trace(product @ product)
    scaled = chi_square * np.sqrt(df / squared) + df - np.sqrt(df * np.trace(product) ** 2 / squared)
    assert scaled == pytest.approx(numbers[f"{job}.chisq.scaled"], rel=1e-5)
    errors = inverse @ (jacobian.T * weight) @ gamma @ (weight[:, np.newaxis] * jacobian) @ inverse
    assert np.sqrt(errors[0, 0] / shrunk) == pytest.approx(numbers[f"{job}.se.pa=~pa2"], rel=1e-5)
