"""The contest of forms: which one it names, its test, imputations and borders."""

from dataclasses import fields

import numpy as np
import pytest
from calibration.forms import conditions_of, outcome_of
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation.condition_forms import FORMS, SINGLE, columns_of_forms
from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.form_contest import contest_forms, vuong_p_values
from inspraak.randomness import stream

SAMPLES = 80


def contested(conditions, outcome, *, seed=1, design=None, draws=0, **keywords):
    design = design or simple_design(np.shape(outcome)[-1])
    return contest_forms(conditions, outcome, design, stream(seed, "contest"), draws=draws, **keywords)


@pytest.mark.parametrize(
    ("form", "rate"),
    [("additive", 0.68), ("weakest_link", 0.85), ("product", 0.85), ("geometric_mean", 0.68)],
)
def test_bic_names_the_true_form(form, rate):
    """At R2 = .10 and 493 employers: a rate is missed when its 95 % Monte Carlo interval lies wholly below."""
    rng = np.random.default_rng(11)
    named = []
    for _ in range(SAMPLES):
        conditions = conditions_of(rng, 493)
        found = contested(conditions, outcome_of(rng, conditions, form), covariance="classical")
        named.append(found.best)
    share = named.count(form) / SAMPLES
    assert share + 1.96 * np.sqrt(share * (1 - share) / SAMPLES) > rate
    assert named.count(form) > 2 * max(named.count(other) for other in SINGLE if other != form)


def test_an_additive_outcome_is_not_called_conjunctive_and_a_weakest_link_is():
    rng = np.random.default_rng(12)
    supported = {"additive": 0, "weakest_link": 0}
    for form in supported:
        for _ in range(40):
            conditions = conditions_of(rng, 493)
            found = contested(conditions, outcome_of(rng, conditions, form), draws=200)
            supported[form] += found.gain_p < 0.05 and found.bic_difference >= 6
    # the measured power is about .48
    assert supported["additive"] <= 2
    assert supported["weakest_link"] > 8


def test_a_strong_weakest_link_is_found_with_its_interval():
    rng = np.random.default_rng(13)
    conditions = conditions_of(rng, 800)
    found = contested(conditions, outcome_of(rng, conditions, "weakest_link", r_squared=0.4), draws=500)
    assert (found.best, found.best_conjunctive) == ("weakest_link", "weakest_link")
    assert found.bic_difference > 20
    assert found.gain_p < 0.01
    assert 0 < found.gain_low < found.gain < found.gain_high
    place = FORMS.index("weakest_link")
    gain = found.out_of_sample_r_squared[place] - found.out_of_sample_r_squared[FORMS.index("additive")]
    assert found.gain == pytest.approx(gain)
    assert vuong_p_values(found.vuong)[SINGLE.index("weakest_link")] < 0.05


def test_the_sum_is_tested_against_every_conjunctive_form():
    rng = np.random.default_rng(23)
    conditions = conditions_of(rng, 800)
    found = contested(conditions, outcome_of(rng, conditions, "threshold_count", r_squared=0.4), draws=500)
    added = contested(conditions, outcome_of(rng, conditions, "additive", r_squared=0.6), draws=500)
    weakest = contested(conditions, outcome_of(rng, conditions, "weakest_link", r_squared=0.4), draws=500)
    assert added.loss_p < 0.05 < added.gain_p
    assert added.gain_high < 0
    assert weakest.loss_p > 0.95
    assert found.bic_difference < 0


def test_forms_by_hand():
    columns = columns_of_forms(np.array([[[0.2], [0.5], [0.8]]]))
    single = {name: columns[name][0, 0, 0] for name in SINGLE}
    assert single == pytest.approx(
        {
            "additive": 0.5,
            "weakest_link": 0.2,
            "product": 0.08,
            "geometric_mean": 0.08 ** (1 / 3),
            "threshold_count": 2 / 3,
            "all_above": 0,
        }
    )
    assert [columns[name].shape[1] for name in ("none", "separate", "pairwise", "full")] == [0, 3, 6, 7]
    assert sorted(columns["full"][0, :, 0]) == pytest.approx([0.08, 0.1, 0.16, 0.2, 0.4, 0.5, 0.8])
    assert columns_of_forms(np.full((1, 2, 1), 0.6), threshold=0.7)["all_above"][0, 0, 0] == 0


def test_the_scale_of_the_weights_and_the_order_of_rows_do_not_matter():
    rng = np.random.default_rng(14)
    conditions, weights, order = conditions_of(rng, 200), rng.uniform(1, 5, 200), rng.permutation(200)
    y, folds, controls = (
        outcome_of(rng, conditions, "product"),
        rng.integers(0, 5, 200),
        rng.normal(size=(2, 200)),
    )
    strata = rng.integers(0, 3, 200)
    found = contested(conditions, y, design=SurveyDesign(weights, strata), folds=folds, controls=controls)
    moved = contested(
        conditions[:, order],
        y[order],
        design=SurveyDesign(1000 * weights[order], strata[order]),
        folds=folds[order],
        controls=controls[:, order],
    )
    for name in ("bic", "r_squared", "out_of_sample_r_squared", "out_of_sample_r_squared_training"):
        assert_allclose(getattr(moved, name), getattr(found, name), rtol=1e-9)
    assert_allclose(moved.slope.std_error, found.slope.std_error, rtol=1e-9)
    assert_allclose(moved.vuong.statistic[1:], found.vuong.statistic[1:], rtol=1e-7)
    assert_allclose(found.parameters, [3, *[4] * 6, 6, 9, 10])


def test_over_imputations_criteria_are_means_and_slopes_pooled():
    rng = np.random.default_rng(15)
    conditions = conditions_of(rng, 150)
    several = np.clip(conditions + 0.05 * rng.normal(size=(4, 3, 150)), 0, 1)
    y, folds = outcome_of(rng, conditions, "additive", r_squared=0.3), np.arange(150) % 10
    each = [contested(one, y, folds=folds) for one in several]
    found = contested(several, y, folds=folds, draws=400)
    for name in ("bic", "r_squared", "out_of_sample_r_squared"):
        assert_allclose(
            getattr(found, name), np.mean([getattr(one, name) for one in each], axis=0), atol=1e-12
        )
    assert_allclose(found.slope.estimate, np.mean([one.slope.estimate for one in each], axis=0))
    assert (found.slope.std_error > np.min([one.slope.std_error for one in each], axis=0)).all()
    assert (found.imputations, each[0].imputations) == (4, 1)
    assert found.interactions.df1 == 4
    assert 0 < found.interactions.p_value < 1
    assert 0 < found.gain_p <= 1


def test_gaps_and_exclusions_take_rows_out():
    rng = np.random.default_rng(16)
    conditions = conditions_of(rng, 120)
    y, folds = outcome_of(rng, conditions, "additive"), np.arange(120) % 10
    gaps, included = conditions.copy(), np.arange(120) > 1
    gaps[1, 2] = np.nan
    found = contested(gaps, y, folds=folds, included=included)
    expected = contested(conditions[:, 3:], y[3:], folds=folds[3:])
    assert found.n == 117
    assert_allclose(found.bic, expected.bic)
    assert_allclose(found.out_of_sample_r_squared, expected.out_of_sample_r_squared)


def test_forms_that_do_not_vary_win_nothing():
    rng = np.random.default_rng(17)
    conditions = 0.4 * rng.uniform(size=(3, 100))
    found = contested(conditions, rng.normal(size=100), draws=100)
    never = [SINGLE.index(name) for name in ("threshold_count", "all_above")]
    assert np.isnan(found.slope.estimate[never]).all()
    assert found.best not in ("threshold_count", "all_above")
    # the same condition three times: no form but the product differs from the additive one
    same = contested(np.tile(0.5 + conditions[:1], (3, 1)), rng.normal(size=100), draws=100)
    assert 0 < same.gain_p <= 1
    flat = contested(conditions, np.ones(100), draws=20)
    assert np.isnan([flat.gain, flat.gain_p, flat.gain_low]).all()
    assert np.isnan(flat.out_of_sample_r_squared).all()


def test_two_runs_are_the_same():
    rng = np.random.default_rng(18)
    conditions = conditions_of(rng, 100)
    y = outcome_of(rng, conditions, "product")
    one, other = (contested(conditions, y, draws=50) for _ in range(2))
    for field in fields(one):
        if isinstance(getattr(one, field.name), np.ndarray | float):
            assert_array_equal(getattr(one, field.name), getattr(other, field.name))


def test_wrong_input_is_refused():
    conditions, y = np.full((3, 20), 0.5), np.arange(20.0)
    with pytest.raises(ValueError, match=r"outside 0\.\.1"):
        contested(2 * conditions + 0.1, y)
    with pytest.raises(ValueError, match="two at least"):
        contested(conditions[:1], y)
    with pytest.raises(ValueError, match="folds have shape"):
        contested(conditions, y, folds=np.zeros(3, dtype=int))
    with pytest.raises(ValueError, match="no row"):
        contested(conditions, np.full(20, np.nan))
