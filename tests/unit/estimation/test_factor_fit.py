"""Factor models fitted by the normal likelihood: what must be the same, and what is named and not numbered."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.factor_analysis import fit_factor_model
from inspraak.estimation.factor_declaration import confirmatory_model
from inspraak.estimation.factor_models import FactorModel, Pattern
from inspraak.estimation.factor_reliability import factor_reliability
from inspraak.estimation.factor_scores import factor_scores

TWO = np.repeat(np.eye(2, dtype=bool), 4, axis=0)


def draw(seed=1, *, n=211, gaps=0.0, correlation=0.4, loadings=(0.9, 0.7, 0.8, 0.6, 0.8, 0.5, 0.7, 0.9)):
    rng = np.random.default_rng(seed)
    factors = rng.multivariate_normal([0, 0], [[1, correlation], [correlation, 1]], size=n)
    values = 3 + factors @ (TWO * np.array(loadings)[:, np.newaxis]).T + 0.7 * rng.normal(size=(n, 8))
    values[rng.random(values.shape) < gaps] = np.nan
    return values


def assert_alike(fit, other, rtol=1e-7):
    assert fit.usable
    assert other.usable
    assert_allclose(fit.fit.test.chi_square, other.fit.test.chi_square, rtol=rtol, atol=1e-8)
    assert_allclose(fit.estimates.values, other.estimates.values, rtol=rtol, atol=1e-8)
    assert_allclose(fit.estimates.std_errors, other.estimates.std_errors, rtol=rtol, atol=1e-8)


@pytest.mark.parametrize("estimator", ["ML", "MLR"])
def test_full_information_without_gaps_is_plain_likelihood(estimator):
    values, model = draw(), confirmatory_model(TWO)
    whole = fit_factor_model(values, model, estimator=estimator)
    means = fit_factor_model(values, model.with_means(), estimator=estimator)
    assert_allclose(means.fit.test.chi_square, whole.fit.test.chi_square, rtol=1e-9)
    assert_allclose(means.std_errors[: whole.parameters.size], whole.std_errors, rtol=1e-7)
    if estimator == "MLR":
        assert_allclose(means.fit.scaled_test.scaling, whole.fit.scaled_test.scaling, rtol=1e-9)
    gap = values.copy()
    gap[0] = np.nan
    assert_alike(
        fit_factor_model(gap, model, estimator=estimator),
        fit_factor_model(values[1:], model, estimator=estimator),
    )


def test_listwise_is_the_complete_rows():
    values = draw(gaps=0.05)
    complete = values[~np.isnan(values).any(axis=1)]
    listwise = fit_factor_model(values, confirmatory_model(TWO), missing="listwise")
    assert_alike(listwise, fit_factor_model(complete, confirmatory_model(TWO)))
    assert listwise.n == len(complete) < len(values)


@pytest.mark.parametrize("gaps", [0.0, 0.1])
def test_units_of_the_items_do_not_matter(gaps):
    values = draw(gaps=gaps)
    units = np.array([1e-6, 1.0, 50.0, 1.0, 7.0, 1e4, 1.0, 0.2])
    model = confirmatory_model(TWO, identification="standardised")
    plain = fit_factor_model(values, model, estimator="MLR")
    scaled = fit_factor_model(values * units - 1e3 * units, model, estimator="MLR")
    assert scaled.usable
    for part in ("test", "baseline", "scaled_test", "scaled_baseline"):
        found, expected = getattr(scaled.fit, part), getattr(plain.fit, part)
        assert_allclose([found.chi_square, found.scaling], [expected.chi_square, expected.scaling], rtol=1e-6)
    assert_allclose(
        scaled.matrix("loadings")[0], plain.matrix("loadings")[0] * units[:, np.newaxis], rtol=1e-6
    )
    for name in ("loadings", "factor_covariances", "residual_covariances"):
        for method in ("matrix", "matrix_errors"):
            found = getattr(scaled, method)(name, standardised=True)
            assert_allclose(found, getattr(plain, method)(name, standardised=True), rtol=1e-5, atol=1e-9)


def test_marker_and_standardised_factors_are_one_model():
    values = draw(gaps=0.1)
    marker = fit_factor_model(values, confirmatory_model(TWO))
    standard = fit_factor_model(values, confirmatory_model(TWO, identification="standardised"))
    assert_allclose(marker.fit.test.chi_square, standard.fit.test.chi_square, rtol=1e-8)
    for name in ("loadings", "factor_covariances", "residual_covariances", "intercepts"):
        for method in ("matrix", "matrix_errors"):
            found = getattr(marker, method)(name, standardised=True)
            assert_allclose(found, getattr(standard, method)(name, standardised=True), rtol=1e-5, atol=1e-9)


def tied(model: FactorModel, groups: int) -> FactorModel:
    """The model of one group in several groups, all elements equal."""

    def repeated(part: Pattern | None) -> Pattern | None:
        return part and Pattern(
            np.repeat(part.labels, groups, axis=0), np.repeat(part.values, groups, axis=0)
        )

    return FactorModel(**{name: repeated(getattr(model, name)) for name in model.__dataclass_fields__})


@pytest.mark.parametrize("gaps", [0.0, 0.1])
def test_groups_with_equal_elements_are_one_group(gaps):
    values = draw(gaps=gaps)
    groups = np.random.default_rng(2).integers(0, 2, len(values))
    model = confirmatory_model(TWO, means=True)
    one = fit_factor_model(values, model, estimator="MLR")
    two = fit_factor_model(values, tied(model, 2), groups=groups, estimator="MLR")
    assert_allclose(two.parameters, one.parameters, atol=1e-7)
    assert_allclose(two.covariance, one.covariance, atol=1e-9)
    assert_allclose(two.fit.log_likelihood, one.fit.log_likelihood)
    assert two.fit.test.df == 2 * 44 - model.parameters


def test_groups_apart_add_up():
    values = draw()
    groups = np.where(np.arange(len(values)) < 100, "b", "a")
    both = fit_factor_model(values, confirmatory_model(TWO, groups=2), groups=groups)
    parts = [fit_factor_model(values[groups == name], confirmatory_model(TWO)) for name in ("a", "b")]
    assert_allclose(both.fit.test.chi_square, sum(part.fit.test.chi_square for part in parts))
    for place, part in enumerate(parts):
        assert_allclose(both.matrix("loadings")[place], part.matrix("loadings")[0], atol=1e-7)
        assert_allclose(both.matrix_errors("loadings")[place], part.matrix_errors("loadings")[0], atol=1e-7)
    assert both.group_n.tolist() == [111, 100]


def test_three_factors_of_first_order_fit_as_one_above_them():
    rng = np.random.default_rng(3)
    member = np.repeat(np.eye(3, dtype=bool), 3, axis=0)
    general = rng.normal(size=(300, 1))
    values = (0.7 * general + 0.7 * rng.normal(size=(300, 3))) @ member.T + 0.6 * rng.normal(size=(300, 9))
    flat = fit_factor_model(values, confirmatory_model(member))
    for identification in ("marker", "standardised"):
        model = confirmatory_model(member, higher=np.ones((3, 1), dtype=bool), identification=identification)
        above = fit_factor_model(values, model)
        assert above.usable
        assert_allclose(above.fit.test.chi_square, flat.fit.test.chi_square, rtol=1e-7)
        path = above.matrix("paths", standardised=True)[0][:3, 3]
        correlation = flat.matrix("factor_covariances", standardised=True)[0]
        assert_allclose(path[0] * path[1], correlation[0, 1], rtol=1e-5)
        disturbance = above.matrix("factor_covariances", standardised=True)[0]
        assert_allclose(np.diagonal(disturbance)[:3], 1 - path**2, rtol=1e-6)


def test_whole_weights_count_rows():
    values, rng = draw(n=150, gaps=0.05), np.random.default_rng(4)
    weights = rng.integers(1, 4, len(values))
    design = SurveyDesign(weights.astype(float), np.zeros(len(values), dtype=int))
    weighted = fit_factor_model(values, confirmatory_model(TWO), design=design)
    copied = fit_factor_model(np.repeat(values, weights, axis=0), confirmatory_model(TWO))
    assert_allclose(weighted.parameters, copied.parameters, rtol=1e-6)
    share = weights.sum() / len(values)
    assert_allclose(weighted.fit.test.chi_square * share, copied.fit.test.chi_square, rtol=1e-6)
    assert_allclose(weighted.fit.srmr, copied.fit.srmr, rtol=1e-6)


def test_a_simple_design_changes_the_sandwich_by_n_over_n_minus_one_only():
    values, model = draw(gaps=0.05), confirmatory_model(TWO)
    plain = fit_factor_model(values, model, estimator="MLR")
    for estimator in ("ML", "MLR"):
        simple = fit_factor_model(values, model, estimator=estimator, design=simple_design(len(values)))
        assert_allclose(simple.covariance * (len(values) - 1) / len(values), plain.covariance, rtol=1e-5)
    assert_allclose(simple.fit.scaled_test.scaling, plain.fit.scaled_test.scaling * 211 / 210, rtol=1e-6)


def test_copies_of_a_row_in_one_cluster_are_one_row():
    values, model = draw(n=120), confirmatory_model(TWO)
    once = fit_factor_model(values, model, estimator="MLR", design=simple_design(120))
    clusters = np.tile(np.arange(120), 3)
    design = SurveyDesign(np.ones(360), np.zeros(360, dtype=int), clusters)
    thrice = fit_factor_model(np.tile(values, (3, 1)), model, estimator="MLR", design=design)
    assert_allclose(thrice.std_errors, once.std_errors, rtol=1e-6)
    assert_allclose(thrice.fit.scaled_test.chi_square, once.fit.scaled_test.chi_square, rtol=1e-6)


def test_starts_lead_to_one_solution():
    values, model = draw(gaps=0.1), confirmatory_model(TWO)
    generator = np.random.default_rng(9)
    fit = fit_factor_model(values, model, random_starts=6, generator=generator, starts=[np.full(33 - 8, 0.8)])
    assert fit.search_values.shape == (8,)
    assert_allclose(fit.search_values, fit.fit.log_likelihood, rtol=1e-10)
    with pytest.raises(ValueError, match="generator"):
        fit_factor_model(values, model, random_starts=1)
    with pytest.raises(ValueError, match="start has shape"):
        fit_factor_model(values, model, starts=[np.ones(3)])


def test_omega_of_equal_items_is_alpha():
    rng = np.random.default_rng(6)
    values = rng.normal(size=(900, 1)) + rng.normal(size=(900, 4))
    model = confirmatory_model(np.ones((4, 1)), identification="standardised")
    equal = replace(
        model,
        loadings=model.loadings.labelled(True, 1),
        residual_covariances=model.residual_covariances.labelled(np.eye(4), 2),
    )
    found = factor_reliability(fit_factor_model(values, equal))
    covariance = np.cov(values.T)
    alpha = 4 / 3 * (1 - np.trace(covariance) / covariance.sum())
    assert_allclose(found.omega, [[alpha]], rtol=1e-7)
    low, high = found.interval()
    assert low[0, 0] < alpha < high[0, 0] < 1
    assert_allclose(found.omega_observed, [[alpha]], rtol=1e-7)


def numberless(fit):
    assert not fit.usable
    assert fit.fit is None
    assert np.isnan(fit.parameters).all()
    assert np.isnan(fit.estimates.values).all()
    assert fit.systems == []
    with pytest.raises(ValueError, match=fit.status):
        factor_reliability(fit)


def test_a_heywood_case_is_shown_and_not_usable():
    # three items whose correlations ask for a communality of .8 x .8 / .5 > 1
    correlation = np.array([[1, 0.8, 0.8], [0.8, 1, 0.5], [0.8, 0.5, 1.0]])
    rng = np.random.default_rng(0)
    values = rng.normal(size=(200, 3))
    values = (values - values.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(values.T))).T
    fit = fit_factor_model(values @ np.linalg.cholesky(correlation).T, confirmatory_model(np.ones((3, 1))))
    assert fit.status == "improper"
    assert not fit.usable
    elements = fit.model.elements.take(fit.improper)
    assert (elements.row.tolist(), elements.column.tolist()) == ([0], [0])
    assert_allclose(fit.matrix("residual_covariances")[0, 0, 0], (1 - 0.8 * 0.8 / 0.5) * 199 / 200)
    assert np.isfinite(fit.std_errors).all()


def test_factors_that_correlate_beyond_one_are_improper():
    fits = [fit_factor_model(draw(seed, correlation=1.0, n=60), confirmatory_model(TWO)) for seed in range(8)]
    beyond = [fit for fit in fits if fit.matrix("factor_covariances", standardised=True)[0, 0, 1] > 1]
    assert beyond
    for fit in beyond:
        assert fit.status == "improper"
        assert fit.improper[fit.model.elements.of("factor_covariances")].any()


def test_a_model_that_no_sample_identifies_is_named():
    values = draw()
    two_items = fit_factor_model(values[:, :2], confirmatory_model(np.ones((2, 1))))
    assert two_items.status == "not identified"
    numberless(two_items)
    rotating = confirmatory_model(np.ones((8, 2)), identification="standardised", correlated=False)
    assert fit_factor_model(values, rotating).status == "not identified"
    both = confirmatory_model(TWO, identification="standardised")
    free = replace(both, factor_covariances=both.factor_covariances.labelled(np.diag([1, 0]), both.new_label))
    found = fit_factor_model(values, free)
    assert found.status == "not identified"
    elements = free.elements
    first = elements.free & (elements.column == 0) & elements.of("loadings")
    assert_array_equal(found.unidentified[elements.parameter[first]], True)
    other = elements.free & elements.of("residual_covariances")
    assert_array_equal(found.unidentified[elements.parameter[other]], False)


def test_a_model_that_this_sample_does_not_identify_is_named():
    """Two items per factor are enough where the factors correlate, and here they do not at all."""
    rng = np.random.default_rng(1)
    basis = np.linalg.qr(rng.normal(size=(100, 5)) - 0.0)[0]
    ones = np.ones((100, 1)) / 10
    basis = np.linalg.qr(np.hstack([ones, basis]))[0][:, 1:5]
    mix = np.array([[1, 0.5, 0, 0], [0.5, 1, 0, 0], [0, 0, 1, 0.5], [0, 0, 0.5, 1.0]])
    fit = fit_factor_model(
        basis @ np.linalg.cholesky(mix).T, confirmatory_model(np.repeat(np.eye(2), 2, axis=0))
    )
    assert fit.status in ("not identified", "not converged")
    numberless(fit)


def test_just_identified_models_have_no_test():
    fit = fit_factor_model(draw()[:, :3], confirmatory_model(np.ones((3, 1))), estimator="MLR")
    assert fit.usable
    assert fit.fit.test.df == 0
    assert abs(fit.fit.test.chi_square) < 1e-8
    assert np.isnan(
        [fit.fit.test.p_value, fit.fit.standard.cfi, fit.fit.standard.rmsea, fit.fit.robust.cfi]
    ).all()
    assert fit.fit.srmr < 1e-6


def test_samples_that_cannot_carry_a_model_are_named():
    values = draw()
    few = fit_factor_model(values[:16], confirmatory_model(TWO))
    assert few.status == "too few rows"
    numberless(few)
    groups = np.where(np.arange(211) < 8, 1, 0)
    assert fit_factor_model(values, confirmatory_model(TWO, groups=2), groups=groups).status == "too few rows"
    same = values.copy()
    same[:, 3] = same[:, 6]
    twins = fit_factor_model(same, confirmatory_model(TWO))
    assert twins.status == "redundant items"
    assert_array_equal(np.flatnonzero(twins.faulty[0]), [3, 6])
    still = values.copy()
    still[:50, 2] = 1.0
    groups = np.where(np.arange(211) < 50, "x", "a")
    fixed = fit_factor_model(still, confirmatory_model(TWO, groups=2), groups=groups)
    assert fixed.status == "no variance"
    assert_array_equal(np.argwhere(fixed.faulty), [[1, 2]])
    apart = values.copy()
    apart[:100, 0] = apart[100:, 5] = np.nan
    never = fit_factor_model(apart, confirmatory_model(TWO))
    assert never.status == "never together"
    assert_array_equal(np.flatnonzero(never.faulty[0]), [0, 5])
    silent = draw(gaps=0.05)
    silent[:, 4] = np.nan
    nobody = fit_factor_model(silent, confirmatory_model(TWO))
    assert nobody.status == "no variance"
    assert_array_equal(np.flatnonzero(nobody.faulty[0]), [4])
    silent[:] = np.nan
    assert fit_factor_model(silent, confirmatory_model(TWO)).status == "too few rows"
    for fit in (twins, fixed, never, nobody):
        numberless(fit)


def test_wrong_shapes_and_names_are_refused():
    values = draw()
    with pytest.raises(ValueError, match="the model 1 of 8"):
        fit_factor_model(values[:, :7], confirmatory_model(TWO))
    with pytest.raises(ValueError, match="2 groups"):
        fit_factor_model(values, confirmatory_model(TWO), groups=np.arange(211) % 2)
    with pytest.raises(ValueError, match="estimator"):
        fit_factor_model(values, confirmatory_model(TWO), estimator="ULS")


def test_factor_scores_are_the_regression_of_the_factors_on_the_answers():
    values, model = draw(gaps=0.1), confirmatory_model(TWO, groups=2, means=True)
    values[5] = np.nan
    groups = np.arange(211) % 2
    fit = fit_factor_model(values, model, groups=groups)
    found = factor_scores(fit, values, groups=groups)
    assert np.isnan(found.values[5]).all()
    for row in (0, 1, 2, 30, 210):
        system, known = fit.systems[groups[row]], ~np.isnan(values[row])
        crossed = system.whole_covariance[8:, :8][:, known]
        slopes = crossed @ np.linalg.inv(system.covariance[np.ix_(known, known)])
        assert_allclose(found.values[row], slopes @ (values[row] - system.mean)[known])
        left = system.whole_covariance[8:, 8:] - slopes @ crossed.T
        assert_allclose(found.std_errors[row], np.sqrt(np.diagonal(left)))
    # the average of squared scores and of their uncertainty is the variance of the factors
    whole = np.square(found.values).mean(axis=0, where=~np.isnan(found.values))
    whole += np.square(found.std_errors).mean(axis=0, where=~np.isnan(found.values))
    variance = [np.diagonal(system.undirected)[8:] for system in fit.systems]
    assert_allclose(whole, np.mean(variance, axis=0), rtol=0.05)
    with pytest.raises(ValueError, match="the model 2 of 8"):
        factor_scores(fit, values)


@pytest.mark.parametrize("seed", [1, 16, 20, 43])
def test_an_item_that_repeats_another_where_both_are_answered_is_redundant(seed: int) -> None:
    rng = np.random.default_rng(seed)  # on the way there, covariances are singular to the last digit
    values = rng.integers(1, 6, size=(80, 4)).astype(float)
    values[:, 1] = values[:, 0]
    values[rng.random((80, 4)) < 0.5] = np.nan
    fit = fit_factor_model(values, confirmatory_model(np.ones((4, 1), dtype=bool)))
    assert fit.status == "redundant items"
    assert fit.faulty[0, :2].any()
