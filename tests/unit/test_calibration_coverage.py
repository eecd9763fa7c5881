"""The small version of `make calibrate`: 200 replications of the cheap scenarios, and controls that must fail."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from calibration.coverage import Intervals, Scenario, draw_block, judge, rate_interval
from calibration.population import SAMPLE, allocation, design_of_samples, draw_population
from calibration.scenarios import SCENARIOS
from calibration.table import table
from numpy.testing import assert_allclose, assert_array_equal

BLOCKS = 2


@cache
def blocks_of(name: str) -> tuple[Scenario, list[Intervals]]:
    scenario = SCENARIOS[name]()
    return scenario, [draw_block(name, scenario, block) for block in range(BLOCKS)]


@pytest.mark.parametrize("name", sorted(set(SCENARIOS) - {"pooled", "mediation_pooled"}))
def test_intervals_hold_the_truth_about_as_often_as_they_say(name: str) -> None:
    for row in judge(*blocks_of(name)):
        assert row.replications == 200
        assert row.failed == 0
        assert not row.missed, row
        assert not row.biased, row


@pytest.mark.parametrize(("name", "factor"), [("means_and_shares", 0.6), ("linear", 0.6), ("linear", 2.0)])
def test_intervals_that_are_too_narrow_or_too_wide_are_found_out(name: str, factor: float) -> None:
    scenario, blocks = blocks_of(name)
    wrong = [
        Intervals(
            one.estimate,
            one.estimate + factor * (one.low - one.estimate),
            one.estimate + factor * (one.high - one.estimate),
        )
        for one in blocks
    ]
    assert all(row.missed for row in judge(scenario, wrong))


def test_means_that_ignore_the_weights_are_found_out() -> None:
    """Large employers are drawn far more often, so that plain means of what depends on size are off."""
    population, scenario = draw_population(), SCENARIOS["means_and_shares"]()

    def draw(rng: np.random.Generator, r: int) -> Intervals:
        x = population["x"][population.samples(rng, r)]
        mean, half = x.mean(axis=1), 1.96 * x.std(axis=1, ddof=1) / np.sqrt(SAMPLE)
        return Intervals(*(part[:, np.newaxis] for part in (mean, mean - half, mean + half)))

    wrong = replace(scenario, estimands=("x",), truth=scenario.truth[:1], draw=draw)
    (row,) = judge(wrong, [draw_block("wrong", wrong, block) for block in range(BLOCKS)])
    assert row.missed is True
    assert row.biased is True
    text = table([row], {row.title: 1.0}, wall=60.0, processes=1)
    assert "coverage missed, biased" in text
    assert scenario.note in text


@pytest.mark.parametrize("name", ["pooled", "mediation_pooled"])
def test_a_few_pooled_samples_have_intervals(name: str) -> None:
    scenario = SCENARIOS[name]()
    found = draw_block(name, scenario, 0, size=3)
    assert found.estimate.shape == (3, len(scenario.estimands))
    assert (found.low < found.estimate).all()
    assert (found.estimate < found.high).all()


def test_a_block_has_its_own_stream() -> None:
    scenario = SCENARIOS["linear"]()
    first, again, other = (draw_block("linear", scenario, block, size=5) for block in (0, 0, 1))
    assert_array_equal(first.estimate, again.estimate)
    assert (first.estimate != other.estimate).all()


def test_a_sample_without_an_interval_does_not_hold_the_truth() -> None:
    scenario = Scenario("none", ("a",), np.zeros(1), lambda rng, r: Intervals(*(np.zeros((r, 1)),) * 3))
    column = np.array([[0.0], [1.0], [np.nan]])
    (row,) = judge(scenario, [Intervals(column, column - 0.5, column + 0.5)])
    assert row.rate == pytest.approx(1 / 3)
    assert row.failed == 1


def test_the_interval_of_a_rate_is_exact() -> None:
    """Of 20: none gives 0 to 1 - .025^(1/20); all the reverse (Clopper & Pearson)."""
    assert_allclose(rate_interval(0, 20), (0, 1 - 0.025 ** (1 / 20)))
    assert_allclose(rate_interval(20, 20), (0.025 ** (1 / 20), 1))
    assert_allclose(rate_interval(1900, 2000), (0.93951, 0.95914), atol=5e-5)


def test_samples_are_drawn_without_replacement_from_each_stratum() -> None:
    population = draw_population()
    rows = population.sample(np.random.default_rng(1))
    assert np.unique(rows).size == rows.size == SAMPLE
    assert_array_equal(np.bincount(population.stratum[rows]), allocation(population))
    design = design_of_samples(population)
    assert design.weights.sum() == pytest.approx(population.counts.sum())
    assert_array_equal(design.strata, population.stratum[rows])
