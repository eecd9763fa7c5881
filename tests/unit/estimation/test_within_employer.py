"""Slopes in the same employers over waves: against dummies, planted truths, links between waves, borders."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.pooling import pool
from inspraak.estimation.regression import fit_linear
from inspraak.estimation.within_employer import lagged_slopes, within_slopes


class Panel:
    """Employers that are in some of three waves; what each is like goes together with x and y."""

    def __init__(self, seed, employers=120, *, waves=3, slope=0.3, stay=0.7):
        rng = np.random.default_rng(seed)
        there = rng.random((employers, waves)) < stay
        there[:2] = True
        employer, wave = np.nonzero(there)
        alike = rng.normal(size=employers)
        self.employers, self.waves, self.n = employer, wave, employer.size
        self.x = alike[employer] + rng.normal(size=self.n)
        self.y = slope * self.x + alike[employer] + 0.2 * wave + 0.7 * rng.normal(size=self.n)
        self.weights = rng.uniform(1, 4, employers)[employer]
        self.strata = (np.arange(employers) % 4)[employer]

    @property
    def design(self):
        return SurveyDesign(self.weights, self.strata, self.employers)

    def within(self, **keywords):
        given = {"x": self.x[np.newaxis], "y": self.y, "design": self.design} | keywords
        return within_slopes(
            given.pop("x"), given.pop("y"), self.employers, self.waves, given.pop("design"), **given
        )

    def lagged(self, **keywords):
        return lagged_slopes(self.x[np.newaxis], self.y, self.employers, self.waves, self.design, **keywords)


@given(seed=st.integers(0, 1000), employers=st.sampled_from([20, 150]))
def test_a_within_slope_is_that_with_a_dummy_for_each_employer(seed, employers):
    panel = Panel(seed, employers)
    kept = np.bincount(panel.employers)[panel.employers] > 1
    dummies = panel.employers[:, np.newaxis] == np.unique(panel.employers[kept])
    waves = panel.waves[:, np.newaxis] == np.arange(1, 3)
    X = np.column_stack([panel.x, waves, dummies]).astype(float)
    fit = fit_linear(X[kept], panel.y[kept], SurveyDesign(panel.weights[kept], panel.strata[kept]))
    found = panel.within()
    assert_allclose(found.slope.estimate[0], fit.coefficients[0, 0], rtol=1e-8)
    assert found.n == kept.sum()
    assert found.employers == np.unique(panel.employers[kept]).size
    assert 0 < found.changing[0] < 1


def test_what_employers_are_like_does_not_bias_a_within_slope():
    """The cross-section adds what employers share to the slope of .3; the interval within holds it as it says."""
    held, across = 0, []
    for seed in range(200):
        panel = Panel(seed)
        found = panel.within()
        low, high = found.slope.intervals()
        held += low[0] <= 0.3 <= high[0]
        across.append(
            fit_linear(np.column_stack([np.ones(panel.n), panel.x]), panel.y, panel.design).coefficients[0, 1]
        )
    assert np.mean(across) > 0.7
    share = held / 200
    assert abs(share - 0.95) < 1.96 * np.sqrt(share * (1 - share) / 200) + 0.01


def test_a_common_change_is_a_wave_effect_and_no_slope():
    panel = Panel(3, slope=0.0)
    drift = panel.x + 3.0 * panel.waves
    with_waves = panel.within(x=drift[np.newaxis], y=panel.y + 5.0 * panel.waves)
    without = panel.within(x=drift[np.newaxis], y=panel.y + 5.0 * panel.waves, wave_effects=False)
    assert abs(with_waves.slope.estimate[0]) < 3 * with_waves.slope.std_error[0]
    assert without.slope.estimate[0] > 0.5


def test_standardised_slopes_are_in_deviations_over_all_rows():
    panel = Panel(4, stay=1.0)
    found = panel.within(design=SurveyDesign(np.ones(panel.n), np.zeros(panel.n, dtype=int), panel.employers))
    ratio = panel.x.std() / panel.y.std()
    assert_allclose(found.standardised.estimate, found.slope.estimate * ratio)
    assert_allclose(found.standardised.std_error, found.slope.std_error * ratio)
    means = np.bincount(panel.employers, panel.x) / 3
    inner = panel.x - means[panel.employers]
    assert_allclose(found.changing[0], np.square(inner).sum() / np.square(panel.x - panel.x.mean()).sum())


def test_controls_that_change_are_held():
    panel = Panel(5)
    rng = np.random.default_rng(1)
    moved = rng.normal(size=panel.n)
    x, y = panel.x + moved, panel.y + 2 * moved
    free, held = (
        panel.within(x=x[np.newaxis], y=y),
        panel.within(x=x[np.newaxis], y=y, controls=moved[np.newaxis]),
    )
    assert free.slope.estimate[0] > 0.8
    assert abs(held.slope.estimate[0] - 0.3) < 3 * held.slope.std_error[0]


def test_rows_without_an_answer_take_their_employer_out_where_one_is_left():
    panel = Panel(6, waves=2, stay=1.0)
    gaps = panel.x.copy()
    gaps[panel.employers == 5] = [np.nan, 1.0]
    found = panel.within(x=gaps[np.newaxis])
    kept = panel.employers != 5
    expected = panel.within(included=kept)
    assert found.employers == expected.employers == 119
    assert_allclose(found.slope.estimate, expected.slope.estimate)
    assert_allclose(found.slope.std_error, expected.slope.std_error)


def test_over_imputations():
    panel, rng = Panel(7), np.random.default_rng(2)
    several = panel.x + 0.2 * rng.normal(size=(4, 1, panel.n))
    each = [panel.within(x=one) for one in several]
    df = each[0].slope.df[0]
    expected = pool([one.slope.estimate for one in each], [one.slope.std_error**2 for one in each], df=df)
    found = panel.within(x=several)
    assert_allclose(found.slope.estimate, expected.estimate)
    assert_allclose(found.slope.std_error, expected.std_error)
    assert_allclose(found.slope.df, expected.df)


def test_a_lagged_slope_joins_waves_that_follow_each_other():
    panel = Panel(8)
    later = {(e, w): row for row, (e, w) in enumerate(zip(panel.employers, panel.waves))}
    pairs = [(row, later[e, w + 1]) for (e, w), row in later.items() if (e, w + 1) in later]
    first, second = np.array(pairs).T
    X = np.column_stack([panel.x[first], panel.y[first], panel.waves[first] == 1, np.ones(first.size)])
    design = SurveyDesign(panel.weights[first], panel.strata[first], panel.employers[first])
    fit = fit_linear(X, panel.y[second], design, covariance="cluster")
    found = panel.lagged(covariance="cluster")
    assert found.n == first.size
    assert_allclose(found.slope.estimate[0], fit.coefficients[0, 0])
    assert_allclose(found.slope.std_error[0], fit.std_errors[0, 0])
    assert_allclose(found.carry_over.estimate, fit.coefficients[0, 1])
    assert np.isnan(found.changing[0])


def test_a_lagged_slope_finds_what_was_planted():
    rng = np.random.default_rng(9)
    employers, waves = np.tile(np.arange(400), 2), np.repeat([2014, 2018], 400)
    x = rng.normal(size=800)
    y = rng.normal(size=800)
    y[400:] = 0.5 * y[:400] + 0.4 * x[:400] + 0.5 * rng.normal(size=400)
    design = SurveyDesign(np.ones(800), np.zeros(800, dtype=int), employers)
    found = lagged_slopes(x[np.newaxis], y, employers, waves, design)
    assert abs(found.slope.estimate[0] - 0.4) < 3 * found.slope.std_error[0]
    assert abs(found.carry_over.estimate - 0.5) < 3 * found.carry_over.std_error
    back = lagged_slopes(y[np.newaxis], x, employers, waves, design)
    assert abs(back.slope.estimate[0]) < 3 * back.slope.std_error[0]


@given(seed=st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter(seed):
    panel = Panel(seed, 60)
    order = np.random.default_rng(seed).permutation(panel.n)
    moved = Panel(seed, 60)
    for name in ("employers", "waves", "x", "y", "weights", "strata"):
        setattr(moved, name, getattr(panel, name)[order])
    for one, other in ((panel.within(), moved.within()), (panel.lagged(), moved.lagged())):
        assert_allclose(other.slope.estimate, one.slope.estimate, rtol=1e-8)
        assert_allclose(other.slope.std_error, one.slope.std_error, rtol=1e-8)
        assert (other.n, other.employers) == (one.n, one.employers)


def test_what_never_changes_has_no_within_slope():
    panel = Panel(10)
    found = panel.within(x=np.stack([panel.x, panel.employers % 3.0]))
    assert np.isnan(found.slope.estimate[1])
    assert found.changing[1] == pytest.approx(0, abs=1e-12)
    assert not np.isnan(found.slope.p_value[0])


def test_wrong_panels_are_refused():
    panel = Panel(11)
    with pytest.raises(ValueError, match="twice in one wave"):
        within_slopes(panel.x[np.newaxis], panel.y, panel.employers * 0, panel.waves, panel.design)
    for slopes in (within_slopes, lagged_slopes):
        with pytest.raises(ValueError, match="two complete rows"):
            slopes(panel.x[np.newaxis], panel.y, np.arange(panel.n), panel.waves, panel.design)
