"""Factor models of ordered answers: derivatives, parameterisations, identification, coverage, and bad answers."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation.factor_comparison import fixed_elements, shared_elements
from inspraak.estimation.factor_declaration import confirmatory_model
from inspraak.estimation.ordinal_factor_analysis import fit_ordinal_model
from inspraak.estimation.ordinal_factor_comparison import nested_ordinal_test, ordinal_score_tests
from inspraak.estimation.ordinal_factor_declaration import ordinal_model
from inspraak.estimation.ordinal_factor_map import OrdinalMap
from inspraak.estimation.ordinal_factor_samples import ordinal_samples

TWO = np.repeat(np.eye(2, dtype=bool), 3, axis=0)
ALL = ("thresholds", "loadings", "intercepts", "residuals")


def draw(seed=1, *, n=600, categories=4, correlation=0.4, cross=0.0, gaps=0.0, items=6):
    """Answers of responses with standardised loadings .8, .7, .6 twice; two categories are cut at other places."""
    rng = np.random.default_rng(seed)
    factors = rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], size=n)
    loadings = TWO * np.tile([0.8, 0.7, 0.6], 2)[:, np.newaxis]
    loadings[1, 1] = cross
    noise = np.sqrt(1 - np.square(loadings).sum(axis=1) - 2 * correlation * loadings.prod(axis=1))
    responses = factors @ loadings.T + noise * rng.normal(size=(n, 6))
    cuts = (
        np.tile([-0.7, 0.0, 0.7], (6, 1))
        if categories == 4
        else np.array([[-0.9, 0.8, 0.1, 0.9, -0.8, 0.0]]).T
    )
    values = (responses[:, :, np.newaxis] > cuts).sum(axis=2).astype(float)
    values[rng.random(values.shape) < gaps] = np.nan
    return values[:, :items]


@pytest.mark.parametrize("parameterisation", ["delta", "theta"])
@pytest.mark.parametrize("equal", [(), ("thresholds",), ("thresholds", "loadings"), ALL[:3]])
def test_derivatives(parameterisation, equal):
    model = ordinal_model(
        TWO,
        [4, 3, 2, 4, 4, 3],
        groups=2,
        parameterisation=parameterisation,
        equal=equal,
        residual_pairs=[(0, 4)],
    )
    maps = OrdinalMap(model)
    at = np.random.default_rng(0).uniform(0.3, 0.5, model.parameters)

    def numeric(function):
        columns = []
        for place in range(at.size):
            step = np.zeros(at.size)
            step[place] = 1e-6
            columns.append((function(at + step) - function(at - step)) / 2e-6)
        return np.stack(columns, axis=-1)

    systems = maps.systems(at)
    assert_allclose(maps.value_slopes(systems), numeric(maps.values), atol=1e-7)
    for group, system in enumerate(systems):
        found = maps.moment_jacobians(at, systems)[group]
        expected = numeric(lambda values, place=group: maps.moments(values, maps.systems(values))[place])
        assert_allclose(found, expected, atol=1e-7)
        for slopes, part in (
            (maps.variance_slopes, "whole_covariance"),
            (maps.own_variance_slopes, "undirected"),
        ):
            expected = numeric(
                lambda values, place=group, name=part: np.diagonal(getattr(maps.systems(values)[place], name))
            )
            assert_allclose(slopes(group, system), expected, atol=1e-7)


@pytest.mark.parametrize("equal", [(), ("thresholds",), ("thresholds", "loadings"), ALL[:3]])
def test_delta_and_theta_are_one_model(equal):
    values, groups = draw(gaps=0.05), np.arange(600) % 2
    samples = ordinal_samples(values, groups=groups)
    delta, theta = (
        fit_ordinal_model(
            samples, ordinal_model(TWO, np.full(6, 4), groups=2, parameterisation=name, equal=equal)
        )
        for name in ("delta", "theta")
    )
    assert delta.usable
    assert theta.usable
    assert delta.model.parameters == theta.model.parameters
    assert_allclose(delta.fit.test.chi_square, theta.fit.test.chi_square, rtol=1e-8)
    assert_allclose(delta.fit.scaled_test.chi_square, theta.fit.scaled_test.chi_square, rtol=1e-6)
    for name in ("loadings", "thresholds", "factor_covariances", "residual_covariances"):
        for method in ("matrix", "matrix_errors"):
            found = getattr(delta, method)(name, standardised=True)
            assert_allclose(found, getattr(theta, method)(name, standardised=True), rtol=1e-4, atol=1e-8)


def test_what_each_equality_sets_free():
    """Wu & Estabrook: 6 items of 4 answers in 2 groups, standardised factors."""
    counted = []
    for step in range(5):
        model = ordinal_model(
            TWO,
            np.full(6, 4),
            groups=2,
            identification="standardised",
            equal=ALL[:step],
            parameterisation="theta",
        )
        counted.append(model.parameters)
    assert counted == [
        2 * 18 + 2 * 6 + 2,
        18 + 12 + 2 + 12,
        18 + 6 + 4 + 12,
        18 + 6 + 4 + 6 + 2,
        18 + 6 + 4 + 2,
    ]


def test_the_scale_of_items_with_two_answers_waits_for_all_equalities():
    values, groups = draw(categories=2, n=3000), np.arange(3000) % 2
    samples = ordinal_samples(values, groups=groups)
    fits = [
        fit_ordinal_model(
            samples,
            ordinal_model(TWO, np.full(6, 2), groups=2, identification="standardised", equal=ALL[:step]),
        )
        for step in range(4)
    ]
    assert [fit.status for fit in fits] == ["converged"] * 4
    assert [(fit.model.scales.labels > 0).any() for fit in fits] == [False, False, False, True]
    # with one threshold each, equal thresholds and free intercepts say no more than free thresholds
    assert_allclose(fits[1].fit.test.chi_square, fits[0].fit.test.chi_square, rtol=1e-7)


def test_partial_invariance_releases_elements():
    model = ordinal_model(
        TWO,
        np.full(6, 4),
        groups=2,
        parameterisation="theta",
        equal=ALL,
        released={"thresholds": [(2, 1)], "loadings": [(1, 0)], "intercepts": [4], "residuals": [5]},
    )
    whole = ordinal_model(TWO, np.full(6, 4), groups=2, parameterisation="theta", equal=ALL)
    assert model.parameters == whole.parameters + 4
    samples = ordinal_samples(draw(), groups=np.arange(600) % 2)
    fit = fit_ordinal_model(samples, model)
    assert fit.usable
    thresholds = fit.matrix("thresholds")
    same = np.isclose(thresholds[0], thresholds[1], rtol=0, atol=1e-12)
    assert_array_equal(np.argwhere(~same), [[2, 1]])
    assert nested_ordinal_test(fit_ordinal_model(samples, whole), fit).df == 4


def test_score_tests_find_what_is_missing():
    samples = ordinal_samples(draw(cross=0.2, n=2000))
    fit = fit_ordinal_model(samples, ordinal_model(TWO, np.full(6, 4)))
    tests = ordinal_score_tests(fit, fixed_elements(fit.model, "loadings"))
    largest = int(np.nanargmax(tests.chi_square))
    assert (tests.elements.row[largest], tests.elements.column[largest]) == (1, 1)
    member = TWO.copy()
    member[1, 1] = True
    freed = fit_ordinal_model(samples, ordinal_model(member, np.full(6, 4)))
    difference = nested_ordinal_test(fit, freed)
    assert difference.df == 1
    assert_allclose(tests.chi_square[largest], difference.chi_square, rtol=0.35)
    assert_allclose(tests.change[largest], freed.matrix("loadings")[0, 1, 1], rtol=0.35)


def test_score_tests_keep_their_level():
    rejected = []
    for seed in range(60):
        samples = ordinal_samples(draw(seed, n=400, gaps=0.05))
        fit = fit_ordinal_model(samples, ordinal_model(TWO, np.full(6, 4)))
        rejected.append(ordinal_score_tests(fit, fixed_elements(fit.model, "loadings")).chi_square > 3.841)
    assert 0.02 < np.mean(rejected) < 0.09


def test_score_tests_of_equality():
    values, groups = draw(n=1500), np.arange(1500) % 2
    higher = (groups == 1) & (values[:, 4] < 3)
    values[higher, 4] += 1
    values[(groups == 1) & (np.arange(1500) % 10 == 1), 4] = 0
    samples = ordinal_samples(values, groups=groups)
    model = ordinal_model(TWO, np.full(6, 4), groups=2, parameterisation="theta", equal=ALL)
    fit = fit_ordinal_model(samples, model)
    tests = ordinal_score_tests(fit, shared_elements(fit.model))
    assert tests.elements.row[int(np.nanargmax(tests.chi_square))] == 4


def test_intervals_cover_and_the_test_keeps_its_level():
    model = ordinal_model(TWO, np.full(6, 4), identification="standardised")
    inside, rejected, truth = [], 0, np.tile([0.8, 0.7, 0.6], 2)
    for seed in range(100):
        fit = fit_ordinal_model(ordinal_samples(draw(seed, n=300, gaps=0.1)), model)
        low, high = fit.estimates.interval()
        free = fit.model.elements.free & fit.model.elements.of("loadings")
        inside.append((low[free] < truth) & (truth < high[free]))
        rejected += fit.fit.scaled_test.p_value < 0.05
    # 600 intervals of 100 samples, and 100 tests: four standard errors of Monte Carlo
    assert 0.92 < np.mean(inside) < 0.98
    assert rejected / 100 < 0.05 + 4 * np.sqrt(0.05 * 0.95 / 100)


def numberless(fit):
    assert not fit.usable
    assert fit.fit is None
    assert np.isnan(fit.parameters).all()
    assert np.isnan(fit.estimates.values).all()
    with pytest.raises(ValueError, match="no solution"):
        ordinal_score_tests(fit, fit.model.elements)


def test_answers_that_cannot_carry_a_model_are_named():
    values, groups = draw(), np.arange(600) % 2
    model = ordinal_model(TWO, np.full(6, 4), groups=2)
    never_chosen = values.copy()
    never_chosen[(groups == 1) & (values[:, 2] == 1), 2] = 2
    still = values.copy()
    still[groups == 0, 5] = 1
    silent = values.copy()
    silent[groups == 1, 3] = np.nan
    twins = values.copy()
    twins[:, 3] = twins[:, 1]
    apart = values.copy()
    apart[:300, 0] = apart[300:, 4] = np.nan
    for broken, status, at_fault in (
        (never_chosen, "categories differ", [[1, 2]]),
        (still, "no variance", [[0, 5]]),
        (silent, "no variance", [[1, 3]]),
        (twins, "redundant items", [[0, 1], [0, 3], [1, 1], [1, 3]]),
        (apart, "never together", [[0, 0], [0, 4], [1, 0], [1, 4]]),
    ):
        fit = fit_ordinal_model(ordinal_samples(broken, groups=groups), model)
        assert fit.status == status
        assert_array_equal(np.argwhere(fit.faulty), at_fault)
        numberless(fit)
    few = fit_ordinal_model(ordinal_samples(values[:24]), ordinal_model(TWO, np.full(6, 4)))
    assert few.status == "too few rows"
    numberless(few)


def test_models_that_are_not_identified_are_named():
    samples = ordinal_samples(draw(items=2))
    fit = fit_ordinal_model(samples, ordinal_model(np.ones((2, 1)), [4, 4]))
    assert fit.status == "not identified"
    numberless(fit)


def test_a_heywood_case_is_shown_and_not_usable():
    rng = np.random.default_rng(0)
    root = np.linalg.cholesky(np.array([[1, 0.8, 0.8], [0.8, 1, 0.5], [0.8, 0.5, 1.0]]))
    values = np.searchsorted([-0.5, 0.5], rng.normal(size=(3000, 3)) @ root.T).astype(float)
    fit = fit_ordinal_model(ordinal_samples(values), ordinal_model(np.ones((3, 1)), np.full(3, 3)))
    assert fit.status == "improper"
    marked = fit.model.elements.take(fit.improper)
    assert (marked.row.tolist(), marked.column.tolist()) == ([0], [0])
    assert fit.matrix("residual_covariances")[0, 0, 0] < 0
    assert fit.fit.test.df == 0
    assert np.isnan(fit.fit.scaled_test.p_value)


def test_wrong_declarations_and_samples_are_refused():
    samples = ordinal_samples(draw())
    with pytest.raises(ValueError, match="no thresholds"):
        fit_ordinal_model(samples, confirmatory_model(TWO))
    with pytest.raises(ValueError, match="the model 1 of 2"):
        fit_ordinal_model(samples, ordinal_model(np.ones((2, 1)), [4, 4]))
    with pytest.raises(ValueError, match="delta parameterisation"):
        ordinal_model(TWO, np.full(6, 4), groups=2, equal=["residuals"])
    with pytest.raises(ValueError, match="two or more"):
        ordinal_model(TWO, np.full(6, 1))
    with pytest.raises(ValueError, match="slopes"):
        ordinal_model(TWO, np.full(6, 4), released={"slopes": [1]})
    with pytest.raises(ValueError, match="parameterisation"):
        ordinal_model(TWO, np.full(6, 4), parameterisation="gamma")
    one, two = (
        fit_ordinal_model(samples, ordinal_model(member, np.full(6, 4))) for member in (np.ones((6, 1)), TWO)
    )
    assert nested_ordinal_test(one, two).df == 1
    with pytest.raises(ValueError, match="degrees of freedom"):
        nested_ordinal_test(two, one)
    other = fit_ordinal_model(ordinal_samples(draw(2)), ordinal_model(TWO, np.full(6, 4)))
    with pytest.raises(ValueError, match="different samples"):
        nested_ordinal_test(one, other)


def test_items_that_one_row_answered_both_tell_nothing_of_each_other() -> None:
    values = np.full((11, 2), np.nan)
    values[:6, 0] = [1, 2, 3, 4, 2, 3]
    values[5:, 1] = [3, 1, 2, 3, 4, 5]
    (sample,) = ordinal_samples(values)
    assert (sample.fault, sample.faulty.tolist()) == ("never together", [True, True])
