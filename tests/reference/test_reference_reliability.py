"""Alpha and its companions against R's psych (03_reliability, 21_validity)."""

import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.reliability import cronbach_alpha, floor_and_ceiling, spearman_brown

SCALES = ["pa", "qw", "tr", "en", "pf", "ab", "mo", "op", "ib"]


@pytest.fixture(scope="module")
def reliability(reference):
    return reference.numbers("03_reliability")


@pytest.fixture(scope="module")
def validity(reference):
    return reference.numbers("21_validity")


@pytest.fixture(scope="module")
def employers(reference):
    return reference.employers()


@pytest.fixture(scope="module")
def complete(reference):
    return reference.employers(full=True)


@pytest.mark.parametrize("scale", SCALES)
def test_alpha_with_gaps(reliability, validity, reference, employers, scale):
    items = reference.items(scale)
    pairwise = cronbach_alpha(employers[items])
    assert_allclose(pairwise.alpha, reliability[f"alpha.{scale}"], rtol=1e-6)
    expected = [reliability[f"alphadrop.{scale}.{item}"] for item in items]
    assert_allclose(pairwise.alpha_if_dropped, expected, rtol=1e-6)
    assert_allclose(pairwise.item_rest, [validity[f"rdrop.gap.{scale}.{item}"] for item in items], rtol=1e-8)
    listwise = cronbach_alpha(employers[items], missing="listwise")
    assert_allclose(listwise.alpha, reliability[f"alphalistwise.{scale}"], rtol=1e-6)
    assert listwise.n == listwise.n_complete == listwise.n_interval == len(employers[items].dropna())


@pytest.mark.parametrize("scale", SCALES)
def test_item_rest_without_gaps(validity, reference, complete, scale):
    items = reference.items(scale)
    expected = [validity[f"itemrest.{scale}.{number}"] for number in range(1, len(items) + 1)]
    assert_allclose(cronbach_alpha(complete[items]).item_rest, expected, rtol=1e-8)


@pytest.mark.parametrize("scale", SCALES[:5])
def test_interval_of_alpha(validity, reference, complete, scale):
    result = cronbach_alpha(complete[reference.items(scale)])
    expected = [validity[f"alphaci.{scale}.{part}"] for part in ("alpha", "lo", "hi")]
    assert_allclose([result.alpha, result.ci_low, result.ci_high], expected, rtol=1e-8)
    assert result.n == result.n_interval == len(complete)


def test_spearman_brown(validity, complete):
    result = spearman_brown(complete[["pa1", "pa2"]])
    assert_allclose(
        [result.correlation, result.reliability], [validity["sb2.r"], validity["sb2.sb"]], rtol=1e-8
    )
    assert_allclose(cronbach_alpha(complete[["pa1", "pa2"]]).alpha, validity["sb2.alpha"], rtol=1e-8)


def test_floor_and_ceiling(validity, employers):
    scores = employers[[scale.upper() for scale in SCALES]]
    for prefix, weights in (("", None), ("w", employers["w"].to_numpy())):
        result = floor_and_ceiling(scores, 1, 5, weights=weights)
        expected = [validity[f"floor.{scale}.{prefix}floor"] for scale in SCALES]
        assert_allclose(result.floor, expected, rtol=1e-8, atol=0)
        expected = [validity[f"floor.{scale}.{prefix}ceiling"] for scale in SCALES]
        assert_allclose(result.ceiling, expected, rtol=1e-8, atol=0)


def test_floor_and_ceiling_of_items(validity, reference, employers):
    items = reference.items("pa")
    result = floor_and_ceiling(employers[items], 1, 5)
    assert_allclose(result.floor, [validity[f"itemfloor.{item}.floor"] for item in items], rtol=1e-8)
    assert_allclose(result.ceiling, [validity[f"itemfloor.{item}.ceiling"] for item in items], rtol=1e-8)
