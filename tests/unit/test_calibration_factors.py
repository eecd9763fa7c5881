"""The small version of `make calibrate SCENARIOS=factors`, and controls that must fail."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from calibration import factors
from calibration.coverage import Intervals, judge, rate_interval
from numpy.testing import assert_allclose

SAMPLES = 60


@cache
def found() -> factors.Found:
    return factors.replicate(np.random.default_rng(3), SAMPLES)


@pytest.mark.parametrize("method", factors.METHODS)
def test_intervals_hold_the_truth_and_a_true_model_is_seldom_rejected(method: str) -> None:
    intervals, p = found()[method]
    rows = judge(factors.scenario(method), [intervals])
    assert len(rows) == 25
    assert not any(row.failed for row in rows)
    # 1,500 intervals that hang together within samples
    assert 0.92 < np.mean([row.rate for row in rows]) < 0.98
    assert max(abs(row.bias) for row in rows) < 0.6
    hits, total = factors.rejections([found()], method)
    low, high = rate_interval(hits, total)
    assert total == SAMPLES
    assert low < 0.09
    assert high > 0.03
    assert (p >= 0).all()


def test_the_loadings_behind_the_answers_are_not_those_of_the_codes() -> None:
    """Five answers make the correlations smaller, so that intervals of the one must miss the other."""
    wrong = replace(factors.scenario("ML"), truth=factors.truth("WLSMV"))
    assert all(row.missed for row in judge(wrong, [found()["ML"][0]])[:8])


def test_correlations_of_codes_are_those_of_many_drawn_codes() -> None:
    rng = np.random.default_rng(1)
    codes = np.concatenate([factors.draw(rng) for _ in range(200)])
    r = np.corrcoef(codes, rowvar=False)
    value = factors.truth("ML")
    assert_allclose(r[0, 1], value[0] * value[1], atol=0.01)
    assert_allclose(r[0, 8], value[0] * value[8] * value[22], atol=0.01)
    assert_allclose(r[8, 21], value[8] * value[21] * value[24], atol=0.01)


def test_the_table_names_what_is_missed() -> None:
    intervals, p = found()["MLR"]
    narrow = Intervals(intervals.estimate, intervals.estimate - 1e-9, intervals.estimate + 1e-9)
    text = factors.table([found() | {"MLR": (narrow, np.zeros_like(p))}])
    assert "| MLR | loadings, factor 1 (8) | 0.0% | 0.0% to 0.0% |" in text
    assert "8 missed" in text
    assert "| MLR | 100.0% |" in text
    assert "| 8% to 9% | missed |" in text
