"""Shares: which interval they get, and what it holds."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.shares import FEW_CASES, describe_shares


def yes_of(n, cases):
    return (np.arange(n) < cases).astype(float)


def everyone(n):
    return np.ones((n, 1), dtype=bool)


def test_the_rarer_side_decides():
    n, few = 400, int(FEW_CASES)
    columns = np.column_stack([yes_of(n, k) for k in (few - 1, few + 1, n - few - 1, n - few + 1, 0, n)])
    found = describe_shares(columns, everyone(n), simple_design(n))
    named = ["korn_graubard", "logit", "logit", "korn_graubard", "", ""]
    assert found.interval[:, 0].tolist() == named
    assert np.isnan(found.ci_low[4:]).all()


def test_without_a_design_it_is_clopper_and_pearsons():
    n, cases = 60, 4
    found = describe_shares(yes_of(n, cases), everyone(n), simple_design(n))
    exact = stats.binomtest(cases, n).proportion_ci(method="exact")
    # the effective n of a simple sample is n - 1, since its variance is p (1 - p) / (n - 1)
    assert found.ci_low[0, 0] == pytest.approx(exact.low, rel=0.03)
    assert found.ci_high[0, 0] == pytest.approx(exact.high, rel=0.03)


def test_the_complement_has_the_mirrored_interval():
    rng = np.random.default_rng(1)
    design = SurveyDesign(rng.uniform(1, 4, 120), rng.integers(0, 3, 120))
    yes = (rng.random(120) < 0.06).astype(float)
    found = describe_shares(np.column_stack([yes, 1 - yes]), everyone(120), design)
    assert found.interval[:, 0].tolist() == ["korn_graubard", "korn_graubard"]
    assert_allclose(found.ci_low[0], 1 - found.ci_high[1], rtol=1e-9)
    assert_allclose(found.ci_high[0], 1 - found.ci_low[1], rtol=1e-9)


def test_fewer_units_make_it_wider():
    """The same answers in clusters of ten have fewer degrees of freedom, and each cluster answers alike."""
    yes = np.repeat([1.0, 0, 0, 0, 0, 0, 0, 0], 10)
    alone = SurveyDesign(np.ones(80), np.zeros(80, dtype=int))
    grouped = SurveyDesign(np.ones(80), np.zeros(80, dtype=int), clusters=np.arange(80) // 10)
    single, clustered = (describe_shares(yes, everyone(80), design) for design in (alone, grouped))
    assert clustered.interval[0, 0] == "korn_graubard"
    assert clustered.ci_low[0, 0] < single.ci_low[0, 0]
    assert clustered.ci_high[0, 0] > single.ci_high[0, 0]


def test_answers_other_than_yes_and_no_are_refused():
    with pytest.raises(ValueError, match="other than 0, 1 and NaN"):
        describe_shares(np.array([0, 1, 2.0]), everyone(3), simple_design(3))
