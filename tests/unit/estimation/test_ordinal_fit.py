"""Ordered logit: against statsmodels and the binary logit, its properties, and what it refuses to number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from statsmodels.miscmodels.ordinal_model import OrderedModel

from inspraak.estimation.design import simple_design
from inspraak.estimation.generalised import fit_generalised
from inspraak.estimation.ordered_likelihood import OrderedLikelihood
from inspraak.estimation.ordinal import fit_ordinal
from inspraak.estimation.stack import check_regressions

SEEDS = st.integers(0, 10_000)
PROPERTY = settings(max_examples=5, deadline=None, derandomize=True)
KINDS = ["design", "classical", "HC0", "HC1", "cluster"]


def terms_of(drawn):
    return np.column_stack([drawn.values[:, 1:] / 20, drawn.groups[:, 0]])


def levels_of(drawn, cuts=(30, 45, 60, 75)):
    score = drawn.values[:, 0]
    return np.where(np.isnan(score), np.nan, np.searchsorted(cuts, score) + 1.0)


@PROPERTY
@given(seed=SEEDS)
def test_equals_statsmodels(sample, seed):
    drawn = sample(seed, n=250)
    terms, outcome = terms_of(drawn), levels_of(drawn)
    rows = ~np.isnan(terms).any(axis=1) & ~np.isnan(outcome)
    fit = fit_ordinal(terms, outcome, simple_design(drawn.n), covariance="classical")
    model = OrderedModel(outcome[rows], terms[rows], distr="logit")
    cuts = fit.thresholds[0]
    start = np.concatenate([fit.coefficients[0], cuts[:1], np.log(np.diff(cuts))])
    theirs = model.fit(method="bfgs", start_params=start, gtol=1e-8, disp=0)
    assert fit.converged.all()
    assert_allclose(fit.coefficients[0], theirs.params[:4], rtol=1e-5, atol=1e-7)
    assert_allclose(fit.log_likelihood[0], theirs.llf, rtol=1e-9)
    assert_allclose(fit.std_errors[0], theirs.bse[:4], rtol=1e-4)


@PROPERTY
@given(seed=SEEDS)
def test_slopes_and_information_are_the_derivatives(sample, seed):
    drawn = sample(seed, n=100)
    data = check_regressions(terms_of(drawn), levels_of(drawn), drawn.design(), None)
    stack = next(iter(data.stacks(centred=True)))
    values = np.unique(stack.targets[stack.used])[np.newaxis]
    likelihood = OrderedLikelihood.of(stack, values)
    at = likelihood.start() + np.random.default_rng(seed).normal(size=(1, 8)) * 0.1
    at[:, 4:].sort(axis=1)
    gradient, information = likelihood.evaluate(at)
    assert_allclose(likelihood.scores(at).sum(axis=2), gradient, rtol=1e-9, atol=1e-9)
    steps = 1e-5 * np.eye(8)[:, np.newaxis]
    slope = [likelihood.log_likelihood(at + s) - likelihood.log_likelihood(at - s) for s in steps]
    assert_allclose(np.array(slope)[:, 0] / 2e-5, gradient[0], rtol=1e-5, atol=1e-5)
    bend = [likelihood.evaluate(at + s)[0][0] - likelihood.evaluate(at - s)[0][0] for s in steps]
    assert_allclose(-np.array(bend) / 2e-5, information[0], rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_two_levels_are_a_logit(sample, kind):
    drawn = sample(2, n=200)
    outcome = levels_of(drawn, cuts=(50,))
    options = {"covariance": kind, "clusters": drawn.clusters}
    ordinal = fit_ordinal(terms_of(drawn), outcome, drawn.design(), **options)
    with_intercept = np.column_stack([np.ones(drawn.n), terms_of(drawn)])
    logit = fit_generalised(with_intercept, outcome - 1, drawn.design(), family="logit", **options)
    assert_allclose(ordinal.coefficients[0], logit.coefficients[0, 1:], rtol=1e-7)
    assert_allclose(ordinal.covariance[0], logit.covariance[0, 1:, 1:], rtol=1e-6, atol=1e-10)
    assert_allclose(ordinal.threshold_std_errors[0, 0], logit.std_errors[0, 0], rtol=1e-6)
    assert_allclose(ordinal.log_likelihood, logit.log_likelihood, rtol=1e-10)
    assert_array_equal(ordinal.df, logit.df)


@pytest.mark.parametrize("kind", KINDS)
def test_turning_the_levels_turns_the_signs(sample, kind):
    drawn = sample(3, n=200)
    outcome, options = levels_of(drawn), {"covariance": kind, "clusters": drawn.clusters}
    one, other = (fit_ordinal(terms_of(drawn), y, drawn.design(), **options) for y in (outcome, 6 - outcome))
    assert_allclose(one.coefficients, -other.coefficients, rtol=1e-7, atol=1e-9)
    assert_allclose(one.covariance, other.covariance, rtol=1e-7, atol=1e-9)
    assert_allclose(one.thresholds, -other.thresholds[:, ::-1], rtol=1e-7)


@pytest.mark.parametrize("kind", KINDS)
@settings(PROPERTY, max_examples=3)
@given(seed=SEEDS)
def test_order_and_scale_of_weights_do_not_matter(sample, kind, seed):
    drawn = sample(seed, n=200)
    shuffled = drawn.in_order(np.random.default_rng(seed).permutation(drawn.n))
    plain, moved, scaled = (
        fit_ordinal(
            terms_of(one), levels_of(one), one.design(scale=scale), covariance=kind, clusters=one.clusters
        )
        for one, scale in ((drawn, 1), (shuffled, 1), (drawn, 321.5))
    )
    for other in (moved, scaled):
        assert_allclose(other.parameters, plain.parameters, rtol=1e-7, atol=1e-9)
        assert_allclose(other.parameter_covariance, plain.parameter_covariance, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("kind", ["design", "HC1", "cluster"])
def test_a_batch_with_different_levels_equals_one_by_one(sample, kind):
    drawn = sample(5, n=200)
    outcomes = np.column_stack([levels_of(drawn), levels_of(drawn, (40, 60)), levels_of(drawn) * 10])
    imputed = np.array([terms_of(drawn) * factor for factor in (1, 1.5, 2)])
    imputed[2, 4:9, 1] = np.nan
    options = {"covariance": kind, "clusters": drawn.clusters}
    batch = fit_ordinal(imputed, outcomes, drawn.design(), **options)
    assert_array_equal(np.isnan(batch.levels[1]), [False] * 3 + [True] * 2)
    assert_array_equal(batch.levels[2], [10, 20, 30, 40, 50])
    for model in range(3):
        one = fit_ordinal(imputed[model], outcomes[:, model], drawn.design(), **options)
        for term in range(4):
            assert one.row(0, term) == pytest.approx(batch.row(model, term), rel=1e-7, abs=1e-10)
        cuts = one.thresholds.shape[1]
        assert_allclose(batch.thresholds[model, :cuts], one.thresholds[0], rtol=1e-7)


def test_a_term_far_from_zero_keeps_its_digits(sample):
    drawn = sample(6, n=300)
    near = fit_ordinal(terms_of(drawn), levels_of(drawn), drawn.design())
    far = fit_ordinal(terms_of(drawn) + np.array([1e5, 0, 0, 0]), levels_of(drawn), drawn.design())
    assert_allclose(far.coefficients, near.coefficients, rtol=1e-7)
    assert_allclose(far.covariance, near.covariance, rtol=1e-7, atol=1e-9)
    moved = near.thresholds + 1e5 * near.coefficients[:, :1]
    assert_allclose(far.thresholds, moved, rtol=1e-9)


def test_redundant_and_constant_terms_are_reported(sample):
    drawn = sample(7, n=300)
    terms = terms_of(drawn)
    more = np.column_stack([terms, np.ones(drawn.n), terms[:, 0] * 2])
    clear = fit_ordinal(terms, levels_of(drawn), drawn.design())
    fit = fit_ordinal(more, levels_of(drawn), drawn.design())
    assert fit.aliased_terms(0) == (0, 4, 5)
    assert fit.rank[0] == 8
    assert_allclose(fit.coefficients[0, 1:4], clear.coefficients[0, 1:], rtol=1e-7)
    assert_allclose(fit.covariance[0, 1:4, 1:4], clear.covariance[0, 1:, 1:], rtol=1e-6, atol=1e-10)
    assert_allclose(fit.thresholds, clear.thresholds, rtol=1e-7)
    assert np.isnan(fit.coefficients[0, [0, 4, 5]]).all()


def test_separation_and_one_level_give_no_number():
    rng = np.random.default_rng(3)
    x = rng.normal(size=150)
    outcomes = np.column_stack([np.searchsorted([-0.5, 0.5], x), rng.integers(0, 3, 150), np.ones(150)])
    fit = fit_ordinal(np.column_stack([x, rng.normal(size=150)]), outcomes, simple_design(150))
    assert fit.status.tolist() == ["separated", "converged", "empty"]
    for model in (0, 2):
        for array in (fit.coefficients, fit.std_errors, fit.thresholds, fit.p_values):
            assert np.isnan(array[model]).all()
    assert np.isfinite(fit.std_errors[1]).all()


@pytest.mark.parametrize("n", [493, 5_000, 50_000])
def test_inputs_are_not_written_to(sample, n):
    drawn = sample(1, n=n)
    terms, outcome = terms_of(drawn), levels_of(drawn)
    for array in (terms, outcome):
        array.flags.writeable = False
    fit = fit_ordinal(terms, outcome, drawn.design())
    assert np.isfinite(fit.std_errors).all()
    assert np.isfinite(fit.threshold_std_errors).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"covariance": "HC3"}, "expected one of"),
        ({"covariance": "cluster"}, "needs clusters"),
        ({"Y": np.arange(60.0)}, "at most 50"),
    ],
)
def test_wrong_options_are_refused(options, message):
    arguments = {"Y": np.arange(60.0) % 3} | options
    with pytest.raises(ValueError, match=message):
        fit_ordinal(np.arange(60.0) % 7, arguments.pop("Y"), simple_design(60), **arguments)
