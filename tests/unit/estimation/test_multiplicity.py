"""Adjusted p-values: against statsmodels, with gaps, and family by family."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from statsmodels.stats.multitest import multipletests

from inspraak.estimation.multiplicity import benjamini_hochberg, family_size, holm

METHODS = [(holm, "holm"), (benjamini_hochberg, "fdr_bh")]
P_VALUES = st.lists(st.one_of(st.floats(0, 1), st.just(float("nan")), st.just(0.02)), min_size=1, max_size=30)
PROPERTY = settings(max_examples=30, deadline=None, derandomize=True)


@pytest.mark.parametrize(("function", "method"), METHODS)
@settings(PROPERTY, max_examples=10)  # multipletests collects garbage at each call
@given(p_values=P_VALUES)
def test_equals_statsmodels_on_the_tests_that_there_are(function, method, p_values):
    p = np.array(p_values)
    tested = ~np.isnan(p)
    adjusted = function(p)
    assert np.isnan(adjusted[~tested]).all()
    assert family_size(p) == tested.sum()
    if tested.any():
        assert_allclose(adjusted[tested], multipletests(p[tested], method=method)[1], rtol=1e-12, atol=1e-300)
        assert (adjusted[tested] >= p[tested]).all()


@pytest.mark.parametrize(("function", "method"), METHODS)
@PROPERTY
@given(p_values=P_VALUES, seed=st.integers(0, 1_000))
def test_the_order_of_tests_does_not_matter(function, method, p_values, seed):
    p = np.array(p_values)
    order = np.random.default_rng(seed).permutation(p.size)
    assert_allclose(function(p[order]), function(p)[order], rtol=1e-12)


@pytest.mark.parametrize(("function", "method"), METHODS)
def test_families_lie_along_the_last_axis(function, method):
    p = np.random.default_rng(1).random((3, 2, 7))
    p[0, 1, 2:] = np.nan
    adjusted = function(p)
    for family in np.ndindex(3, 2):
        assert_allclose(adjusted[family], function(p[family]))
    assert_array_equal(family_size(p), [[7, 2], [7, 7], [7, 7]])


@pytest.mark.parametrize(("function", "method"), METHODS)
def test_values_outside_the_unit_interval_are_refused(function, method):
    with pytest.raises(ValueError, match=r"outside 0\.\.1"):
        function([0.2, 1.2])


@pytest.mark.parametrize(("function", "method"), METHODS)
def test_inputs_are_not_written_to(function, method):
    p = np.array([0.5, 0.01, np.nan])
    p.flags.writeable = False
    function(p)
    assert_array_equal(p, [0.5, 0.01, np.nan])
