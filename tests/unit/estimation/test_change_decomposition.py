"""Decompositions of a change: exact sums, variances against the jackknife, borders."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from inspraak.estimation.change_decomposition import decompose_by_groups, decompose_by_turnover
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.panel import estimate_trends
from inspraak.estimation.pooling import pool


class Waves:
    """Two waves that share some employers; groups change in size and mean."""

    def __init__(self, seed, each=150):
        rng = np.random.default_rng(seed)
        self.employers = np.append(np.arange(each), np.arange(each) + each // 2)
        self.later = np.arange(2 * each) >= each
        alike = rng.normal(size=2 * each)[self.employers]
        self.values = alike + 0.3 * self.later + rng.normal(size=2 * each)
        self.groups = np.array(["a", "b", "c"])[rng.choice(3, 2 * each, p=[0.5, 0.3, 0.2])]
        self.values += (self.groups == "b") * self.later
        self.weights = rng.uniform(1, 4, 2 * each)

    def design(self, weights=None):
        return SurveyDesign(
            self.weights if weights is None else weights, np.zeros(self.later.size, dtype=int), self.employers
        )

    def turnover(self, weights=None, **keywords):
        return decompose_by_turnover(
            self.values, self.later, self.employers, self.design(weights), **keywords
        )

    def by_groups(self, weights=None, **keywords):
        return decompose_by_groups(self.values, self.later, self.groups, self.design(weights), **keywords)


def jackknifed(waves, numbers):
    """Standard errors by leaving one employer out at a time."""
    units = np.unique(waves.employers)
    found = np.array([numbers(np.where(waves.employers == unit, 0.0, waves.weights)) for unit in units])
    return np.sqrt((units.size - 1) * found.var(axis=0))


@given(seed=st.integers(0, 1000), each=st.sampled_from([30, 200]))
def test_parts_add_up_to_the_change_of_the_mean(seed, each):
    waves = Waves(seed, each)
    first, second = (
        np.average(waves.values[rows], weights=waves.weights[rows]) for rows in (~waves.later, waves.later)
    )
    turnover, groups = waves.turnover(), waves.by_groups()
    assert_allclose(turnover.parts.estimate[0], second - first)
    assert_allclose(turnover.parts.estimate[1:].sum(), second - first)
    assert_allclose(
        groups.parts.estimate, [second - first, groups.composition.estimate.sum(), groups.rate.estimate.sum()]
    )
    assert_allclose(groups.parts.estimate[1:].sum(), second - first)
    everyone = np.ones(waves.later.size, dtype=bool)
    trend = estimate_trends(waves.values, everyone, waves.later, waves.employers, waves.design())
    for found in (turnover, groups):
        assert_allclose(found.parts.std_error[0], trend.changes.std_error[0, 0], rtol=1e-9)
    assert (turnover.n_panel, turnover.n_entered, turnover.n_left) == (each - each // 2, each // 2, each // 2)


def test_errors_are_those_of_the_jackknife():
    waves = Waves(1)
    # groups far apart, so that terms of the second order are small beside the first
    waves.values += np.select([waves.groups == "b", waves.groups == "c"], [4.0, -4.0])
    expected = jackknifed(waves, lambda weights: waves.turnover(weights).parts.estimate)
    assert_allclose(waves.turnover().parts.std_error, expected, rtol=0.03)
    found = waves.by_groups()
    for name in ("parts", "composition", "rate"):
        expected = jackknifed(
            waves, lambda weights, name=name: getattr(waves.by_groups(weights), name).estimate
        )
        assert_allclose(getattr(found, name).std_error, expected, rtol=0.03)


def test_the_same_employers_bring_all_of_the_change():
    waves = Waves(2)
    waves.employers = np.tile(np.arange(150), 2)
    found = waves.turnover()
    assert_allclose(found.parts.estimate[1], found.parts.estimate[0])
    assert_allclose(found.parts.estimate[2:], 0)
    assert_allclose(found.parts.std_error[2:], 0)
    assert (found.entered, found.left, found.n_entered, found.n_left) == (0, 0, 0, 0)


def test_no_employer_in_both_waves_leaves_the_panel_nothing():
    waves = Waves(3)
    waves.employers = np.arange(300)
    found = waves.turnover()
    assert found.n_panel == 0
    assert (found.entered, found.left) == pytest.approx((1, 1))
    assert_allclose(found.parts.estimate[2:].sum(), found.parts.estimate[0])


def test_a_new_group_is_composition():
    waves = Waves(4)
    waves.groups = np.where(waves.later & (waves.groups == "c"), "d", waves.groups)
    found = waves.by_groups()
    assert found.groups.tolist() == ["a", "b", "c", "d"]
    assert_allclose(found.rate.estimate[2:], 0)
    share = waves.weights[waves.later & (waves.groups == "d")].sum() / waves.weights[waves.later].sum()
    mean = np.average(waves.values, weights=waves.weights * (waves.groups == "d"))
    assert_allclose(found.composition.estimate[3], share * mean)
    assert_allclose(found.parts.estimate[1:].sum(), found.parts.estimate[0])


def test_an_employer_without_an_answer_in_one_wave_is_not_in_the_panel():
    waves = Waves(5)
    whole = waves.turnover()
    waves.values[150] = np.nan  # employer 75, in the later wave
    found = waves.turnover()
    assert (found.n_panel, found.n_left) == (whole.n_panel - 1, whole.n_left + 1)
    alone = waves.turnover(included=np.arange(300) != 150)
    assert_allclose(found.parts.estimate, alone.parts.estimate)


def test_over_imputations():
    waves, rng = Waves(6), np.random.default_rng(1)
    several = waves.values + 0.2 * rng.normal(size=(3, 300))
    each = [decompose_by_turnover(one, waves.later, waves.employers, waves.design()).parts for one in several]
    expected = pool([one.estimate for one in each], [one.std_error**2 for one in each], df=each[0].df[0])
    found = decompose_by_turnover(several, waves.later, waves.employers, waves.design()).parts
    assert_allclose(found.estimate, expected.estimate)
    assert_allclose(found.std_error, expected.std_error)
    assert_allclose(found.df, expected.df)


def test_wrong_shapes_are_refused():
    waves = Waves(7)
    with pytest.raises(ValueError, match="later has type"):
        decompose_by_turnover(waves.values, waves.later * 1.0, waves.employers, waves.design())
    with pytest.raises(ValueError, match="groups has shape"):
        decompose_by_groups(waves.values, waves.later, waves.groups[:3], waves.design())
