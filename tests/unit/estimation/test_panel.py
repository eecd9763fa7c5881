"""Change between waves that share employers: properties and borders."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation.calibrated_design import CalibratedDesign, calibrated
from inspraak.estimation.calibration import Margin, calibrate
from inspraak.estimation.description import describe_means
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.panel import estimate_trends, mcnemar, paired_changes, panel_design

SEEDS = st.integers(0, 10_000)
PROPERTY = settings(max_examples=20, deadline=None, derandomize=True)


def both(first, second, employers, *, design=None):
    """The trends between two samples; employers of each by their codes."""
    waves = [drawn.design() for drawn in (first, second)]
    design = design or panel_design(waves, employers, [first.strata, second.strata])
    values, groups = (
        np.concatenate([getattr(one, name) for one in (first, second)]) for name in ("values", "groups")
    )
    later = np.arange(design.n) >= first.n
    return estimate_trends(values, groups, later, np.concatenate(employers), design)


@PROPERTY
@given(seed=SEEDS, n=st.sampled_from([60, 493]))
def test_the_change_is_that_of_the_means_and_turns_with_the_waves(sample, seed, n):
    first, second = sample(seed, n=n), sample(seed + 1, n=n + 20)
    employers = [np.arange(n), np.arange(n + 20) + n // 2]
    found, turned = both(first, second, employers), both(second, first, employers[::-1])
    means = [describe_means(one.values, one.groups, one.design()).estimate for one in (first, second)]
    assert_allclose(found.changes.estimate, means[1] - means[0], rtol=1e-9)
    assert_allclose(turned.changes.estimate, -found.changes.estimate, rtol=1e-9)
    assert_array_equal(found.n_overlap, turned.n_overlap)
    assert (found.n_overlap <= n - n // 2).all()


@PROPERTY
@given(seed=SEEDS)
def test_the_same_answers_twice_are_no_change_and_no_doubt(sample, seed):
    drawn = sample(seed)
    found = both(drawn, drawn, [np.arange(drawn.n)] * 2)
    assert_allclose(found.changes.estimate, 0, atol=1e-12)
    assert_allclose(found.changes.std_error, 0, atol=1e-12)
    answered = ~np.isnan(drawn.values)
    assert_array_equal(found.n_overlap, answered.T.astype(int) @ drawn.groups.astype(int))


def test_employers_who_answer_alike_make_a_change_more_certain(sample):
    drawn = sample(5, n=400, missing=0.0)
    moved = drawn.__class__(
        drawn.values + np.random.default_rng(2).normal(1, 2, drawn.values.shape),
        drawn.weights, drawn.strata, drawn.groups, drawn.clusters,
    )  # fmt: skip
    panel = both(drawn, moved, [np.arange(400)] * 2)
    apart = both(drawn, moved, [np.arange(400), np.arange(400) + 400])
    assert (panel.changes.std_error < 0.5 * apart.changes.std_error).all()
    assert not apart.n_overlap.any()


def test_an_employer_stays_in_its_first_stratum(sample):
    first = sample(3)
    strata = np.where(np.arange(first.n) < 30, 3 - first.strata, first.strata)
    second = first.__class__(first.values, first.weights, strata, first.groups, first.clusters)
    design = panel_design([first.design(), second.design()], [np.arange(first.n)] * 2, [first.strata, strata])
    assert_array_equal(design.strata, np.tile(first.strata, 2))
    assert design.lonely == "certainty"


def test_calibrated_waves_keep_their_residual_variance(sample):
    waves, margins = [sample(seed, n=300, missing=0.0) for seed in (1, 2)], []
    designs = []
    for drawn in waves:
        margins.append(Margin(drawn.groups[:, 0].astype(np.int64), np.array([600.0, 400.0])))
        designs.append(calibrated(drawn.design(), calibrate(drawn.weights, [margins[-1]])))
    employers = [np.arange(300), np.arange(300) + 1000]
    design = panel_design(designs, employers, [drawn.strata for drawn in waves])
    assert isinstance(design, CalibratedDesign)
    # the margins themselves are fixed in both waves: their change has no variance
    member = np.concatenate([drawn.groups[:, 0] for drawn in waves]).astype(float)
    everyone, later = np.ones(600, dtype=bool), np.arange(600) >= 300
    fixed = estimate_trends(member, everyone, later, np.concatenate(employers), design)
    assert_allclose(fixed.changes.estimate, 0, atol=1e-9)
    assert_allclose(fixed.changes.std_error, 0, atol=1e-9)


@PROPERTY
@given(seed=SEEDS)
def test_paired_changes_one_by_one_and_turned(sample, seed):
    drawn = sample(seed)
    found = paired_changes(drawn.values[:, :2], drawn.values[:, 2:])
    turned = paired_changes(drawn.values[:, 2:], drawn.values[:, :2])
    assert_allclose(turned.estimate, -found.estimate)
    assert_allclose(turned.ci_low, -found.ci_high)
    one = paired_changes(drawn.values[:, 1], drawn.values[:, 3])
    assert_allclose([one.statistic[0], one.standardised[0]], [found.statistic[1], found.standardised[1]])
    designed = paired_changes(drawn.values[:, :2], drawn.values[:, 2:], drawn.design())
    means = describe_means(
        drawn.values[:, 2:] - drawn.values[:, :2], np.ones(drawn.n, dtype=bool), drawn.design()
    )
    assert_allclose(designed.ci_high, means.ci_high[:, 0], rtol=1e-9)
    assert_array_equal(designed.n, found.n)


def test_changes_of_nobody_and_changes_that_are_all_the_same():
    before = np.array([[1.0, np.nan, 1.0], [2.0, np.nan, 2.0], [3.0, 5.0, 3.0]])
    found = paired_changes(before, before + np.array([2.0, 1.0, 0.0]))
    assert found.estimate.tolist() == [2, 1, 0]
    assert found.n.tolist() == [3, 1, 3]
    assert np.isnan([found.p_value, found.ci_low, found.standardised]).all()
    with pytest.raises(ValueError, match="expected the same"):
        paired_changes(before, before[:, :2])


def test_mcnemar_by_hand():
    before = np.array([[1.0, 0], [1, 0], [1, 0], [0, 0], [np.nan, 1]])
    after = np.array([[0.0, 0], [0, 0], [0, 0], [1, 0], [1, 1]])
    found = mcnemar(before, after)
    assert (found.lost.tolist(), found.gained.tolist(), found.n.tolist()) == ([3, 0], [1, 0], [4, 5])
    assert found.statistic[0] == pytest.approx(1 / 4)
    assert mcnemar(before, after, corrected=False).statistic[0] == pytest.approx(4 / 4)
    assert np.isnan([found.statistic[1], found.p_value[1]]).all()
    even = mcnemar([1.0, 0.0], [0.0, 1.0])
    assert (even.statistic[0], even.p_value[0]) == (0, 1)
    with pytest.raises(ValueError, match="other than 0, 1"):
        mcnemar([2.0], [1.0])
    with pytest.raises(ValueError, match="expected the same"):
        mcnemar([1.0, 0.0], [1.0])


def test_designs_of_other_lengths_are_refused(sample):
    drawn = sample(1)
    with pytest.raises(ValueError, match="employers has shape"):
        panel_design([drawn.design()] * 2, [np.arange(drawn.n)], [drawn.strata] * 2)
    with pytest.raises(ValueError, match="weights"):
        SurveyDesign(np.ones((2, 2)), np.zeros(2, dtype=int))
