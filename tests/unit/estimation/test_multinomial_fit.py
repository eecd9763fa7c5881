"""Multinomial logit: its derivatives, its cousin the logit, its batches, and outcomes that it cannot fit."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation.design import simple_design
from inspraak.estimation.generalised import fit_generalised
from inspraak.estimation.marginal import average_marginal_effects
from inspraak.estimation.multinomial import KINDS, fit_multinomial
from inspraak.estimation.multinomial_effects import category_changes, category_effects
from inspraak.estimation.multinomial_likelihood import MultinomialLikelihood
from inspraak.estimation.stack import check_regressions


def terms_of(drawn) -> np.ndarray:
    return np.column_stack([np.ones(drawn.n), drawn.values[:, :2] / 20, drawn.groups[:, 0]])


def categories_of(drawn, *, size: int = 3) -> np.ndarray:
    noise = np.random.default_rng(drawn.n).normal(size=drawn.n)
    score = drawn.values[:, 2] / 20 + noise
    return np.where(
        np.isnan(score), np.nan, np.digitize(score, np.nanquantile(score, np.arange(1, size) / size))
    )


@pytest.mark.parametrize("n", [60, 493, 5_000])
def test_gradient_and_information_are_derivatives(sample, n):
    drawn = sample(1, n=n)
    data = check_regressions(terms_of(drawn), categories_of(drawn), drawn.design(), None)
    (stack,) = data.stacks()
    likelihood = MultinomialLikelihood.of(stack, np.arange(3.0))
    at = np.random.default_rng(1).normal(scale=0.3, size=(1, 8))
    gradient, information = likelihood.evaluate(at)
    steps = 1e-5 * np.eye(8)[:, np.newaxis]
    slope = [likelihood.log_likelihood(at + s) - likelihood.log_likelihood(at - s) for s in steps]
    assert_allclose(np.array(slope)[:, 0] / 2e-5, gradient[0], rtol=1e-5, atol=1e-4)
    bend = [likelihood.evaluate(at + s)[0][0] - likelihood.evaluate(at - s)[0][0] for s in steps]
    assert_allclose(-np.array(bend) / 2e-5, information[0], rtol=1e-5, atol=1e-4)
    assert_allclose(likelihood.scores(at).sum(axis=2), gradient, rtol=1e-10, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_two_categories_are_a_logit(sample, kind):
    drawn = sample(2, n=200)
    inputs = terms_of(drawn), categories_of(drawn, size=2), drawn.design()
    options = {"covariance": kind, "clusters": drawn.clusters}
    many, logit = fit_multinomial(*inputs, **options), fit_generalised(*inputs, family="logit", **options)
    assert_allclose(many.coefficients[0, 0], logit.coefficients[0], rtol=1e-7, atol=1e-9)
    assert_allclose(many.covariance, logit.covariance, rtol=1e-6, atol=1e-9)
    assert_allclose(many.log_likelihood, logit.log_likelihood, rtol=1e-10)
    assert_array_equal(many.df, logit.df)
    ours = category_effects(many, *inputs, terms=[1], clusters=drawn.clusters)
    theirs = average_marginal_effects(logit, *inputs, terms=[1], clusters=drawn.clusters)
    for name in ("estimates", "std_errors", "unconditional_std_errors"):
        assert_allclose(getattr(ours, name)[0, 1, 0], getattr(theirs, name)[0, 0], rtol=1e-6)
    assert_allclose(ours.sd_y[0, 1], logit.sd_y[0], rtol=1e-9)


def test_which_category_is_first_changes_no_probability(sample):
    drawn = sample(3, n=300)
    X, y, design = terms_of(drawn), categories_of(drawn), drawn.design()
    ends = np.array([[1.5, 3.5]])
    found = [
        category_changes(fit_multinomial(X, codes, design), X, codes, design, term=1, ends=ends)
        for codes in (y, 2 - y)
    ]
    for name in ("estimates", "std_errors", "unconditional_std_errors"):
        one, other = (getattr(effects, name)[0] for effects in found)
        assert_allclose(one, other[::-1], rtol=1e-6, atol=1e-10)


def test_changes_of_all_categories_add_up_to_nothing(sample):
    drawn = sample(4, n=300)
    inputs = terms_of(drawn), categories_of(drawn, size=4), drawn.design()
    fit = fit_multinomial(*inputs)
    changes = category_changes(fit, *inputs, term=1, ends=np.array([[1.5, 3.5]])).estimates[0]
    assert_allclose(changes.sum(axis=0), [1, 1, 0], atol=1e-12)
    assert_allclose(category_effects(fit, *inputs, terms=[1, 2]).estimates.sum(axis=1), 0, atol=1e-12)
    # a small change of x is its slope
    rows = np.zeros(drawn.n)
    step = np.array([[1.0, 1.0 + 1e-6]])
    known = ~np.isnan(terms_of(drawn)).any(axis=1)
    flat = np.where(
        known[:, np.newaxis], np.column_stack([np.ones(drawn.n), rows + 1, inputs[0][:, 2:]]), np.nan
    )
    slope = category_effects(fit, flat, *inputs[1:], terms=[1]).estimates[0, :, 0]
    moved = category_changes(fit, inputs[0], *inputs[1:], term=1, ends=step).estimates[0, :, 2]
    assert_allclose(moved / 1e-6, slope, rtol=1e-4)


def test_a_batch_equals_one_by_one(sample):
    drawn = sample(5, n=200)
    imputed = np.array([terms_of(drawn) * factor for factor in (1, 1.5, 2)])
    imputed[2, 4:9, 1] = np.nan
    outcomes = np.column_stack([categories_of(drawn)] * 3)
    outcomes[:20, 1] = np.roll(outcomes[:20, 1], 1)
    ends = np.array([[1.0, 2.0], [1.5, 3.0], [2.0, 4.0]])
    batch = fit_multinomial(imputed, outcomes, drawn.design())
    changes = category_changes(batch, imputed, outcomes, drawn.design(), term=1, ends=ends)
    for model in range(3):
        inputs = imputed[model], outcomes[:, model], drawn.design()
        one = fit_multinomial(*inputs)
        assert_allclose(batch.coefficients[model], one.coefficients[0], rtol=1e-7, atol=1e-9)
        assert_allclose(batch.covariance[model], one.covariance[0], rtol=1e-6, atol=1e-9)
        alone = category_changes(one, *inputs, term=1, ends=ends[[model]])
        assert_allclose(
            changes.unconditional_std_errors[model], alone.unconditional_std_errors[0], rtol=1e-6, atol=1e-10
        )


def test_weights_on_another_scale_change_nothing(sample):
    drawn = sample(6, n=200)
    one, other = (
        fit_multinomial(terms_of(drawn), categories_of(drawn), drawn.design(scale=scale))
        for scale in (1, 321.5)
    )
    assert_allclose(one.parameters, other.parameters, rtol=1e-7, atol=1e-9)
    assert_allclose(one.covariance, other.covariance, rtol=1e-6, atol=1e-9)


def test_redundant_terms_are_reported_and_change_no_prediction(sample):
    drawn = sample(7, n=300)
    X, y, design = terms_of(drawn), categories_of(drawn), drawn.design()
    more = np.column_stack([X, X[:, 2] * 2])
    clear, doubled = fit_multinomial(X, y, design), fit_multinomial(more, y, design)
    assert doubled.aliased[0].tolist() == [False, False, True, False, True]
    assert_allclose(doubled.coefficients[0][:, 1], clear.coefficients[0][:, 1], rtol=1e-6)
    assert np.isnan(doubled.coefficients[0][:, 2]).all()
    options = {"term": 1, "ends": np.array([[1.0, 3.0]])}
    one, other = (
        category_changes(clear, X, y, design, **options),
        category_changes(doubled, more, y, design, **options),
    )
    assert_allclose(other.estimates, one.estimates, rtol=1e-6)
    assert_allclose(other.unconditional_std_errors, one.unconditional_std_errors, rtol=1e-5)


def test_a_category_that_x_foretells_is_separated(sample):
    drawn = sample(8, n=200)
    X = np.nan_to_num(terms_of(drawn), nan=2.0)
    y = np.where(X[:, 1] > np.quantile(X[:, 1], 0.8), 2.0, np.random.default_rng(1).integers(0, 2, drawn.n))
    fit = fit_multinomial(X, y, drawn.design())
    assert fit.status[0] == "separated"
    effects = category_effects(fit, X, y, drawn.design(), terms=[1])
    assert np.isnan(effects.estimates).all()
    assert np.isnan(effects.unconditional_std_errors).all()


def test_a_category_that_one_data_set_lacks_hides_that_one_alone(sample):
    drawn = sample(9, n=200)
    y = categories_of(drawn)
    outcomes = np.column_stack([y, np.where(y == 2, 1, y)])
    fit = fit_multinomial(terms_of(drawn), outcomes, drawn.design())
    assert fit.status.tolist() == ["converged", "separated"]
    assert fit.counts[1, 2] == 0


@pytest.mark.parametrize("y", [np.zeros(60), np.full(60, np.nan)])
def test_an_outcome_of_one_category_or_none_has_no_model(y):
    X = np.column_stack([np.ones(60), np.arange(60.0)])
    fit = fit_multinomial(X, y, simple_design(60))
    assert fit.status[0] in ("separated", "empty")
    assert not fit.converged.any()


def test_too_few_rows_give_no_variance(sample):
    drawn = sample(10, n=60, missing=0)
    kept = np.arange(60) < 9
    y = np.arange(60) % 3.0
    X = np.column_stack([np.ones(60), np.random.default_rng(2).normal(size=(60, 3))])
    fit = fit_multinomial(X, y, drawn.design(), included=kept)
    assert fit.df[0] <= 0
    assert np.isnan(fit.covariance).all()


def test_wrong_input_is_named():
    X = np.column_stack([np.ones(60), np.arange(60.0)])
    with pytest.raises(ValueError, match="12 categories"):
        fit_multinomial(X, np.arange(60.0), simple_design(60))
    with pytest.raises(ValueError, match="covariance is 'HC3'"):
        fit_multinomial(X, np.arange(60) % 2.0, simple_design(60), covariance="HC3")
    fit = fit_multinomial(X, np.arange(60) % 2.0, simple_design(60))
    with pytest.raises(ValueError, match="ends have shape"):
        category_changes(fit, X, np.arange(60) % 2.0, simple_design(60), term=1, ends=np.array([1.0, 2.0]))
    with pytest.raises(ValueError, match="the fit"):
        category_effects(fit, X[:, :1], np.arange(60) % 2.0, simple_design(60), terms=[0])


def test_a_known_structure_is_found_again():
    rng = np.random.default_rng(11)
    n = 20_000
    X = np.column_stack([np.ones(n), rng.normal(size=n)])
    truth = np.array([[0.0, 0.0], [0.3, 0.5], [-0.4, 1.0]])
    odds = np.exp(X @ truth.T)
    y = (
        (rng.random((n, 1)) > np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1))
        .sum(axis=1)
        .astype(float)
    )
    fit = fit_multinomial(X, y, simple_design(n))
    assert (np.abs(fit.coefficients[0] - truth[1:]) < 4 * fit.std_errors[0]).all()
