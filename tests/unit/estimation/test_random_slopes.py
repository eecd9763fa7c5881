"""Slopes that may differ between groups: the edge, the profile, imputations, slopes of groups, and what is refused."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import simple_design
from inspraak.estimation.random_slopes import RandomSlopes, fit_random_slopes


def drawn(seed: int, *, tau: float, groups: int = 8, n: int = 493, level: float = 0.2):
    rng = np.random.default_rng(seed)
    group = rng.integers(0, groups, n)
    x, controls = rng.standard_normal(n), rng.standard_normal((3, n))
    slopes, levels = 0.3 + tau * rng.standard_normal(groups), level * rng.standard_normal(groups)
    y = slopes[group] * x + levels[group] + 0.1 * controls.sum(axis=0) + 0.9 * rng.standard_normal(n)
    return x, y, group, controls, slopes


def fitted(x, y, group, controls, **options) -> RandomSlopes:
    return fit_random_slopes(x, y, group, simple_design(len(group)), controls=controls, **options)


def test_slopes_that_do_not_differ_are_seldom_said_to() -> None:
    found = [fitted(*drawn(seed, tau=0.0)[:4]) for seed in range(30)]
    assert sum(one.p_value < 0.05 for one in found) <= 4
    assert sum(one.spread_low > 0 for one in found) <= 4


def test_where_neither_slopes_nor_levels_differ_the_edge_is_reached() -> None:
    found = [fitted(*drawn(seed, tau=0.0, level=0.0)[:4]) for seed in range(12)]
    edge = [one for one in found if one.spread == 0]
    assert 2 <= len(edge) <= 10
    assert all(one.p_value == 1 and one.spread_low == 0 and one.statistic == 0 for one in edge)
    assert all(one.spread_high > 0 and np.isnan(one.correlation) for one in edge)


def test_planted_differences_are_found_and_their_interval_holds_them() -> None:
    found = [fitted(*drawn(seed, tau=0.3, groups=12)[:4]) for seed in range(12)]
    assert all(one.p_value < 0.05 for one in found)
    assert sum(one.spread_low < 0.3 < one.spread_high for one in found) >= 10
    assert all(one.spread_low < one.spread < one.spread_bound < one.spread_high for one in found)


def test_the_p_of_a_spread_is_that_of_its_interval() -> None:
    found = fitted(*drawn(3, tau=0.3)[:4])
    for end in (found.spread_low, found.spread_high):
        assert found.profile.p_value(end) == pytest.approx(0.05, abs=1e-3)


def test_units_and_the_order_of_rows_do_not_matter() -> None:
    x, y, group, controls, _ = drawn(5, tau=0.2)
    one, order = fitted(x, y, group, controls), np.random.default_rng(1).permutation(len(x))
    other = fitted(1000 * x[order] + 7, y[order] / 50, group[order], controls[:, order])
    assert_allclose(other.spread * 50_000, one.spread, rtol=1e-5)
    assert_allclose(np.array(other.predicted.estimate) * 50_000, one.predicted.estimate, rtol=1e-5)
    assert_allclose([other.statistic, other.p_value], [one.statistic, one.p_value], rtol=1e-5)


def test_a_group_alone_has_the_slope_of_least_squares() -> None:
    x, y, group, controls, _ = drawn(6, tau=0.2, groups=4)
    member = (group[:, np.newaxis] == np.arange(4)).astype(float)
    columns = np.column_stack([member, member * x[:, np.newaxis], controls.T])
    solution, squares, *_ = np.linalg.lstsq(columns, y, rcond=None)
    errors = np.sqrt(np.diag(np.linalg.inv(columns.T @ columns)) * squares / (len(y) - columns.shape[1]))
    found = fitted(x, y, group, controls)
    assert_allclose(found.own.estimate, solution[4:8], rtol=1e-8)
    assert_allclose(found.own.std_error, errors[4:8], rtol=1e-8)


def test_slopes_are_drawn_towards_their_mean_and_come_nearer_to_the_truth() -> None:
    apart = []
    for seed in range(10):
        x, y, group, controls, slopes = drawn(seed, tau=0.15, groups=15)
        found = fitted(x, y, group, controls)
        apart.append([np.square(part.estimate - slopes).mean() for part in (found.predicted, found.own)])
    near, far = np.mean(apart, axis=0)
    assert near < 0.75 * far


def test_the_same_data_set_twice_is_one() -> None:
    x, y, group, controls, _ = drawn(8, tau=0.2)
    one, two = (
        fitted(x, y, group, controls),
        fitted(*(np.stack([part, part]) for part in (x, y)), group, controls),
    )
    assert_allclose(
        [two.spread, two.spread_low, two.spread_high, two.p_value],
        [one.spread, one.spread_low, one.spread_high, one.p_value],
        rtol=1e-4,
    )


def test_what_is_missing_widens_the_interval() -> None:
    """Data sets that differ as imputations do leave more spreads possible than the first alone."""
    x, y, group, controls, _ = drawn(9, tau=0.25)
    rng = np.random.default_rng(2)
    gap = rng.random(len(y)) < 0.4
    noise = y.std() * rng.standard_normal((10, len(y)))
    sets = np.where(gap, y + noise, y)
    found = fitted(np.broadcast_to(x, sets.shape), sets, group, controls)
    assert found.profile.increase > 0.05
    assert found.imputations == 10


def test_a_column_that_others_determine_is_left_out() -> None:
    x, y, group, controls, _ = drawn(10, tau=0.2)
    twice = np.vstack([controls, controls[0] + controls[1]])
    assert_allclose(fitted(x, y, group, twice).spread, fitted(x, y, group, controls).spread, rtol=1e-5)


def test_what_cannot_be_fitted_is_refused() -> None:
    x, y, group, controls, _ = drawn(11, tau=0.2)
    with pytest.raises(ValueError, match="1 groups"):
        fitted(x, y, np.zeros_like(group), controls)
    with pytest.raises(ValueError, match="does not vary"):
        fitted(np.ones_like(x), y, group, controls)
