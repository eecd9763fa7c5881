"""Correlations and adjusted p-values against R (09_correlation)."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from inspraak.estimation.correlation import correlate, correlate_partially
from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.multiplicity import benjamini_hochberg, family_size, holm

INDICES = ["PA", "QW", "TR", "EN", "PF", "IB", "AB", "MO", "OP"]
PAIRS = np.triu_indices(len(INDICES), 1)


@pytest.fixture(scope="module")
def numbers(reference):
    return reference.numbers("09_correlation")


@pytest.fixture(scope="module")
def complete(reference):
    frame = reference.employers()
    return frame[frame[[*INDICES, "dyn", "age"]].notna().all(axis=1)]


def test_partial(numbers, complete):
    result = correlate_partially(complete[INDICES], complete[["dyn", "age"]], simple_design(len(complete)))
    estimate = result.estimate[PAIRS]
    assert_allclose(estimate, [numbers[f"pcor.{2 * pair + 1}"] for pair in range(36)], rtol=1e-8)
    df = len(complete) - 2 - 2
    statistic = estimate * np.sqrt(df / (1 - estimate**2))
    # ppcor refers this statistic to the normal; ours to t
    from_normal = 2 * stats.norm.sf(np.abs(statistic))
    assert_allclose(from_normal, [numbers[f"pcor.{2 * pair + 2}"] for pair in range(36)], rtol=1e-8)
    assert_allclose(result.p_value[PAIRS], 2 * stats.t.sf(np.abs(statistic), df), rtol=1e-10)


def test_weighted(numbers, complete):
    design = SurveyDesign(complete["w"].to_numpy(), complete["stratum"].to_numpy())
    result = correlate(complete[INDICES], design)
    expected = [numbers[f"wcor.{pair + 1}"] for pair in range(36)]
    assert_allclose(result.estimate[PAIRS], expected, rtol=1e-8)
    assert_allclose(result.estimate[0, 1], numbers["wtdcor.12"], rtol=1e-8)


def test_pairwise_and_adjusted(numbers, reference):
    frame = reference.employers()
    items = [item for scale in reference.scales for item in reference.items(scale)]
    result = correlate(frame[items], simple_design(len(frame)))
    pairs = np.triu_indices(len(items), 1)
    p_values = result.p_value[pairs]
    assert family_size(p_values) == 990
    assert_allclose(result.estimate[0, 1], numbers["r.12"], rtol=1e-8)
    assert_allclose(result.estimate[pairs].sum(), numbers["r.sum"], rtol=1e-8)
    assert_allclose(p_values.sum(), numbers["p.sum"], rtol=1e-8)
    assert_allclose(holm(p_values).sum(), numbers["holm.sum"], rtol=1e-8)
    assert_allclose(benjamini_hochberg(p_values).sum(), numbers["bh.sum"], rtol=1e-8)
