"""Levels of measurement invariance on answers drawn from models that are known."""

import numpy as np
import pytest

from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.factor_invariance import Method, Tolerance, compare_groups
from inspraak.estimation.factor_invariance_models import Compared
from inspraak.estimation.scale_comparison import compare_scale
from inspraak.randomness import stream

CUTS = np.array([-1.2, -0.4, 0.4, 1.2])


def drawn(sizes, *, n=1500, groups=3, shifted=None, weakened=(), cuts=CUTS):
    """Draw answers of scales; in the second group some items are shifted by an amount, or have a lower loading."""
    rng = stream(7, "invariance")
    scale = np.repeat(np.arange(len(sizes)), sizes)
    code = np.repeat(np.arange(groups), n)
    common = rng.standard_normal((code.size, 1))
    factors = np.sqrt(0.5) * common + np.sqrt(0.5) * rng.standard_normal((code.size, len(sizes)))
    factors = factors * (1 + 0.2 * code[:, None]) + 0.3 * code[:, None]
    loading = np.where(np.isin(np.arange(scale.size), weakened) & (code == 1)[:, None], 0.3, 0.75)
    response = factors[:, scale] * loading + 0.66 * rng.standard_normal((code.size, scale.size))
    response += np.linspace(-0.6, 0.6, scale.size)
    for item, amount in (shifted or {}).items():
        response[code == 1, item] += amount
    answers = response if cuts is None else (response[:, :, None] > cuts).sum(axis=2).astype(float)
    return answers, scale[:, None] == np.arange(len(sizes)), scale == 0, code


def compare(sizes, *, estimator="WLSMV", design=None, tolerance=None, **how):
    items, loadings, tested, groups = drawn(
        sizes, cuts=how.pop("cuts", CUTS if estimator == "WLSMV" else None), **how
    )
    options = {} if tolerance is None else {"tolerance": tolerance}
    return compare_groups(
        items, loadings, tested, groups=groups, method=Method(estimator, design=design, **options)
    )


@pytest.mark.parametrize("estimator", ["WLSMV", "ML", "MLR"])
@pytest.mark.parametrize("sizes", [[4], [3, 3], [2, 3]])
def test_factors_that_differ_are_no_lack_of_invariance(sizes, estimator):
    found = compare(sizes, estimator=estimator)
    assert found.verdict == "yes"
    assert all(step.holds and step.released == () for step in found.levels)
    levels = ["configural", "thresholds", "metric", "scalar"]
    assert [step.level for step in found.levels] == (
        levels if estimator == "WLSMV" else [level for level in levels if level != "thresholds"]
    )


@pytest.mark.parametrize("estimator", ["WLSMV", "MLR"])
@pytest.mark.parametrize(
    ("planted", "level"), [({"shifted": {2: 0.8}}, "scalar"), ({"weakened": [2]}, "metric")]
)
def test_the_item_that_differs_is_released_where_it_differs(planted, level, estimator):
    found = compare([4], estimator=estimator, **planted)
    assert found.verdict == "partial"
    released = {step.level: step.released for step in found.levels}
    assert released[level] == released["scalar"] == (2,)
    before = [step for step in found.levels if step.level not in (level, "scalar")]
    assert all(step.released == () for step in before)


def test_companions_that_differ_do_not_touch_the_verdict():
    found = compare([3, 3], shifted={4: 0.8}, weakened=[5])
    assert found.verdict == "yes"


def test_a_scale_of_two_items_has_nothing_to_spare():
    found = compare([2, 4], shifted={1: 0.8})
    assert found.verdict == "no"
    assert found.levels[-1].holds is False
    assert found.levels[-1].released == ()


def test_what_chance_may_do_does_not_count():
    limits, alone = (Tolerance(-1.0, -1.0, chance=chance) for chance in (0.05, 1.0))
    judged, strict = (
        compare([4], n=150, estimator="MLR", tolerance=part).levels[1] for part in (limits, alone)
    )
    assert judged.difference.p_value > 0.05
    assert (judged.holds, judged.released) == (True, ())
    assert strict.released != ()


def test_more_than_half_of_the_items_is_no():
    found = compare([4], estimator="MLR", shifted={0: 0.8, 1: -0.8, 2: 1.6})
    assert found.verdict == "no"
    assert len(found.levels[-1].released) == 2


def test_one_scale_of_three_items_is_just_identified():
    found = compare([3])
    assert (found.verdict, found.why) == ("not testable", "just identified")
    assert [step.level for step in found.levels] == ["configural"]


def test_a_model_that_does_not_fit_the_groups_apart_is_not_compared():
    items, _, _, groups = drawn([3, 3])
    together = np.ones((6, 1), dtype=bool)
    found = compare_groups(items, together, np.ones(6, dtype=bool), groups=groups, method=Method("WLSMV"))
    assert (found.verdict, found.why) == ("not testable", "poor fit")
    assert np.isfinite(found.levels[0].indices.cfi)


def test_items_of_two_answers_are_compared_at_the_last_level_only():
    found = compare([4], cuts=np.array([0.2]))
    assert [step.level for step in found.levels] == ["configural", "scalar"]
    assert found.verdict == "yes"
    planted = compare([4], cuts=np.array([0.2]), shifted={1: 0.8})
    assert planted.verdict == "partial"
    assert planted.levels[-1].released == (1,)


def test_categories_that_a_group_did_not_choose_are_named():
    items, loadings, tested, groups = drawn([4])
    items[(groups == 1) & (items[:, 0] == 4), 0] = 3
    found = compare_groups(items, loadings, tested, groups=groups, method=Method("WLSMV"))
    assert (found.verdict, found.why) == ("not testable", "categories differ")


def test_rows_of_the_same_unit_make_robust_tests_larger():
    items, loadings, tested, groups = drawn([4], n=400)
    twice, codes = np.repeat(items, 2, axis=0), np.repeat(groups, 2)
    n = len(twice)
    clustered = SurveyDesign(
        np.ones(n), np.zeros(n, dtype=np.int64), clusters=np.repeat(np.arange(n // 2), 2)
    )
    alone, doubled, known = (
        compare_groups(values, loadings, tested, groups=group, method=Method("MLR", design=design))
        .levels[-1]
        .test
        for values, group, design in (
            (items, groups, None),
            (twice, codes, None),
            (twice, codes, clustered),
        )
    )
    assert doubled.chi_square == pytest.approx(2 * alone.chi_square, rel=1e-4)
    assert known.chi_square == pytest.approx(alone.chi_square, rel=1e-3)


def test_a_level_has_no_more_freedom_than_its_equalities():
    loadings = np.repeat(np.eye(2, dtype=bool), [3, 4], axis=0)
    tested = loadings[:, 0]
    compared = Compared(loadings, tested, 3, np.full(7, 5))
    counts = [compared.model(level, {}).degrees_of_freedom for level in compared.levels]
    # per other group: 4 steps less intercept and scale; loadings less a variance; intercepts less a mean
    assert np.diff(counts).tolist() == [2 * 3 * 2, 2 * 2, 2 * 2]
    numbers = Compared(loadings, tested, 3)
    assert np.diff([numbers.model(level, {}).degrees_of_freedom for level in numbers.levels]).tolist() == [
        4,
        4,
    ]


def test_few_items_stand_beside_the_scale_that_goes_with_them_most():
    items, loadings, _, groups = drawn([3, 3, 4], n=400)
    rng = stream(1, "noise")
    guessed = rng.random((len(items), 4)) < 0.5
    items[:, 6:] = np.where(guessed, rng.integers(0, 5, guessed.shape), items[:, 6:])
    found = compare_scale(items, loadings, 0, groups=groups, method=Method("WLSMV"))
    assert found.beside == (1,)
    assert found.columns.tolist() == [0, 1, 2, 3, 4, 5]
    alone = compare_scale(items, loadings, 2, groups=groups, method=Method("WLSMV"))
    assert (alone.beside, alone.columns.tolist()) == ((), [6, 7, 8, 9])
    assert compare_scale(items[:, :3], loadings[:3, :1], 0, groups=groups, method=Method("ML")) is None


def test_more_scales_stand_beside_where_one_gives_no_proper_solution():
    rng = stream(4, "improper")
    items, loadings, _, groups = drawn([2, 2, 4], n=60)
    items[:, 0] = rng.permutation(items[:, 0])
    found = compare_scale(items, loadings, 0, groups=groups, method=Method("ML"))
    assert len(found.beside) == 2
    assert found.columns.tolist() == list(range(8))
