"""Average marginal effects: against their definition by small steps, and their units."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import simple_design
from inspraak.estimation.generalised import fit_generalised
from inspraak.estimation.marginal import average_marginal_effects
from inspraak.estimation.ordinal import fit_ordinal
from inspraak.estimation.ordinal_marginal import mean_outcome_effects, ordinal_marginal_effects

SETS = [[3, 4]]
MEANS = {
    "linear": lambda eta: eta,
    "logit": lambda eta: 1 / (1 + np.exp(-eta)),
    "poisson": np.exp,
    "negative_binomial": np.exp,
}


def drawn_model(sample, family, n=300):
    drawn = sample(8, n=n)
    rng = np.random.default_rng(1)
    group = rng.integers(0, 3, n)
    terms = np.column_stack([np.ones(n), drawn.values[:, 1:3] / 20, group == 1, group == 2])
    share = drawn.values[:, 0] / 100
    if family == "linear":
        return drawn, terms, share
    if family == "logit":
        return drawn, terms, np.where(np.isnan(share), np.nan, rng.random(n) < share)
    mean = np.nan_to_num(share) * 6 * rng.gamma(2, 0.5, n)
    return drawn, terms, np.where(np.isnan(share), np.nan, rng.poisson(mean).astype(float))


def by_definition(mean, b, terms, weights):
    """Mean slopes of quantities and mean changes of categories, written out."""
    effects, step = [], 1e-5
    for term in range(terms.shape[1]):
        one, other = terms.copy(), terms.copy()
        if term in SETS[0]:
            one[:, SETS[0]] = other[:, SETS[0]] = 0
            one[:, term] = 1
            size = 1.0
        else:
            one[:, term] += step
            other[:, term] -= step
            size = 2 * step
        effects.append(np.average((mean(one @ b) - mean(other @ b)) / size, weights=weights))
    return np.array(effects)


@pytest.mark.parametrize("kind", ["design", "classical", "HC1", "HC3", "cluster"])
@pytest.mark.parametrize("family", MEANS)
def test_effects_and_errors_by_their_definition(sample, family, kind):
    drawn, terms, outcome = drawn_model(sample, family)
    options = {"clusters": drawn.clusters}
    fit = fit_generalised(terms, outcome, drawn.design(), family=family, covariance=kind, **options)
    effects = average_marginal_effects(fit, terms, outcome, drawn.design(), categories=SETS, **options)
    rows = ~np.isnan(terms).any(axis=1) & ~np.isnan(outcome)
    X, w, b, mean = terms[rows], drawn.weights[rows], fit.coefficients[0], MEANS[family]
    assert_allclose(effects.estimates[0, 1:], by_definition(mean, b, X, w)[1:], rtol=1e-6)
    steps = 1e-4 * np.eye(5)
    slope = [by_definition(mean, b + s, X, w) - by_definition(mean, b - s, X, w) for s in steps]
    gradient = np.array(slope).T / 2e-4
    expected = np.sqrt(np.diag(gradient @ fit.covariance[0] @ gradient.T))
    assert_allclose(effects.std_errors[0, 1:], expected[1:], rtol=1e-5)
    assert np.isnan(effects.estimates[0, 0])
    assert np.isnan(effects.unconditional_std_errors).all() == (kind in ("classical", "HC3"))


def test_of_a_linear_model_they_are_its_coefficients(sample):
    drawn, terms, outcome = drawn_model(sample, "linear")
    fit = fit_generalised(terms, outcome, drawn.design(), family="linear")
    effects = average_marginal_effects(fit, terms, outcome, drawn.design(), categories=SETS)
    for errors in (effects.std_errors, effects.unconditional_std_errors):
        assert_allclose(errors[0, 1:], fit.std_errors[0, 1:], rtol=1e-8)
    assert_allclose(effects.estimates[0, 1:], fit.coefficients[0, 1:], rtol=1e-9)
    assert_allclose(effects.p_values[0, 1:], fit.p_values[0, 1:], rtol=1e-7)
    standardised = effects.estimates * effects.standardisation
    assert_allclose(standardised[0, 1:3], fit.standardised[0, 1:3], rtol=1e-8)
    for ours, theirs in zip(effects.intervals(), fit.intervals()):
        assert_allclose(ours[0, 1:], theirs[0, 1:], rtol=1e-7)


def test_unconditional_errors_by_the_jackknife(sample):
    """With HC0 they come close to leaving out each row in turn, estimates and weighted means alike."""
    drawn, terms, outcome = drawn_model(sample, "poisson", n=400)
    design = simple_design(drawn.n)
    fit = fit_generalised(terms, outcome, design, family="poisson", covariance="HC0")
    effects = average_marginal_effects(fit, terms, outcome, design, categories=SETS)
    rows = np.flatnonzero(~np.isnan(terms).any(axis=1) & ~np.isnan(outcome))
    included = np.ones((drawn.n, rows.size), dtype=bool)
    included[rows, np.arange(rows.size)] = False
    outcomes = np.repeat(outcome[:, np.newaxis], rows.size, axis=1)
    away = fit_generalised(terms, outcomes, design, family="poisson", included=included)
    moved = average_marginal_effects(away, terms, outcomes, design, categories=SETS, included=included)
    jackknife = np.sqrt(np.square(moved.estimates - effects.estimates).sum(axis=0))
    unconditional, fixed = effects.unconditional_std_errors[0, 1:], effects.std_errors[0, 1:]
    assert_allclose(unconditional, jackknife[1:], rtol=0.06)
    assert (np.abs(unconditional - jackknife[1:]) < np.abs(fixed - jackknife[1:])).any()


def test_natural_units(sample):
    for family, factor in (("logit", 100), ("poisson", 1)):
        drawn, terms, outcome = drawn_model(sample, family)
        fit = fit_generalised(terms, outcome, drawn.design(), family=family)
        effects = average_marginal_effects(fit, terms, outcome, drawn.design(), categories=SETS)
        size, error = effects.natural()
        assert_allclose(size[0, 1:3], factor * effects.estimates[0, 1:3] * fit.sd_x[0, 1:3])
        assert_allclose(size[0, 3:], factor * effects.estimates[0, 3:])
        assert_allclose(error[0, 3:], factor * effects.std_errors[0, 3:])
        assert np.isnan(effects.per_sd[0, 3:]).all()
        rescaled = terms * [1, 10, 1, 1, 1]
        other = fit_generalised(rescaled, outcome, drawn.design(), family=family)
        again = average_marginal_effects(other, rescaled, outcome, drawn.design(), categories=SETS)
        assert_allclose(again.natural()[0], size, rtol=1e-7)
        assert effects.unit == {"logit": "probability", "poisson": "count"}[family]


@pytest.mark.parametrize("family", MEANS)
def test_some_terms_alone_have_the_same_effects(sample, family):
    drawn, terms, outcome = drawn_model(sample, family)
    fit = fit_generalised(terms, outcome, drawn.design(), family=family)
    every, some = (
        average_marginal_effects(fit, terms, outcome, drawn.design(), categories=SETS, terms=wanted)
        for wanted in (None, [4, 1])
    )
    for name in ("estimates", "std_errors", "unconditional_std_errors", "per_sd", "p_values"):
        assert_allclose(getattr(some, name), getattr(every, name)[:, [4, 1]], rtol=1e-10)
    assert_allclose(some.natural()[0], every.natural()[0][:, [4, 1]])
    assert some.discrete.tolist() == [True, False]


@pytest.mark.parametrize("kind", ["design", "classical", "HC1", "HC3", "cluster"])
@pytest.mark.parametrize("redundant", [False, True])
def test_variances_of_some_terms_are_those_of_all(sample, kind, redundant):
    drawn, terms, outcome = drawn_model(sample, "logit")
    if redundant:
        terms = np.column_stack([terms, terms[:, 2] - 3])
    options = {"family": "logit", "covariance": kind, "clusters": drawn.clusters}
    every = fit_generalised(terms, outcome, drawn.design(), **options)
    some = fit_generalised(terms, outcome, drawn.design(), variances_of=[4, 1], **options)
    wanted = np.ix_([0], [1, 4], [1, 4])
    assert_allclose(some.covariance[wanted], every.covariance[wanted], rtol=1e-9)
    assert np.isnan(some.std_errors[0, [0, 2, 3]]).all()
    assert_allclose(some.coefficients, every.coefficients)
    effects, whole = (
        average_marginal_effects(fit, terms, outcome, drawn.design(), clusters=drawn.clusters, terms=[1])
        for fit in (some, every)
    )
    assert_allclose(effects.unconditional_std_errors, whole.unconditional_std_errors, rtol=1e-9)
    assert np.isnan(effects.std_errors).all()


def test_redundant_terms_leave_the_effects_of_the_others(sample):
    drawn, terms, outcome = drawn_model(sample, "logit")
    more = np.column_stack([terms, terms[:, 2] - 3])
    fit = fit_generalised(more, outcome, drawn.design(), family="logit")
    clear = fit_generalised(terms, outcome, drawn.design(), family="logit")
    ours, theirs = (
        average_marginal_effects(one, X, outcome, drawn.design(), categories=SETS)
        for one, X in ((fit, more), (clear, terms))
    )
    kept = [1, 3, 4]
    for name in ("estimates", "std_errors", "unconditional_std_errors"):
        assert_allclose(getattr(ours, name)[0, kept], getattr(theirs, name)[0, kept], rtol=1e-6)
        assert np.isnan(getattr(ours, name)[0, [0, 2, 5]]).all()


def test_models_without_a_solution_have_no_effects():
    x = np.linspace(-1, 1, 100)
    outcomes = np.column_stack([x > 0, np.arange(100) % 3 == 0]).astype(float)
    terms = np.column_stack([np.ones(100), x])
    fit = fit_generalised(terms, outcomes, simple_design(100), family="logit")
    effects = average_marginal_effects(fit, terms, outcomes, simple_design(100))
    assert np.isnan(effects.estimates[0]).all()
    assert np.isnan(effects.std_errors[0]).all()
    assert np.isfinite(effects.unconditional_std_errors[1, 1])


def test_effects_on_levels_add_up(sample):
    drawn, terms, _ = drawn_model(sample, "logit")
    terms = terms[:, 1:]
    outcome = np.searchsorted([40, 50, 65], drawn.values[:, 0]).astype(float)
    outcome[np.isnan(drawn.values[:, 0])] = np.nan
    design, sets = drawn.design(), [[2, 3]]
    fit = fit_ordinal(terms, outcome, design)
    effects = ordinal_marginal_effects(fit, terms, outcome, design, categories=sets)
    assert_allclose(effects.of_level[0].sum(axis=0), 0, atol=1e-12)
    assert_allclose(effects.or_more[0, 0], 0, atol=1e-12)
    assert_allclose(effects.of_level[0, ::-1].cumsum(axis=0)[::-1], effects.or_more[0], atol=1e-12)
    assert_allclose(effects.of_level_std_errors[0, 3], effects.or_more_std_errors[0, 3], rtol=1e-9)
    assert_allclose(effects.p_values()[0, 3], effects.p_values(or_more=True)[0, 3], rtol=1e-9)
    rows = ~np.isnan(terms).any(axis=1) & ~np.isnan(outcome)

    def share_above(parameters, moved):
        return np.average(
            1 / (1 + np.exp(parameters[4:] - (moved @ parameters[:4])[:, np.newaxis])),
            axis=0,
            weights=drawn.weights[rows],
        )

    def slope_of_first(parameters):
        step = np.array([1e-5, 0, 0, 0])
        up, down = (share_above(parameters, terms[rows] + sign * step) for sign in (1, -1))
        return (up - down) / 2e-5

    at = fit.parameters[0]
    assert_allclose(effects.or_more[0, 1:, 0], slope_of_first(at), rtol=1e-6)
    gradient = np.array(
        [(slope_of_first(at + s) - slope_of_first(at - s)) / 2e-3 for s in 1e-3 * np.eye(7)]
    ).T
    expected = np.sqrt(np.diag(gradient @ fit.parameter_covariance[0] @ gradient.T))
    assert_allclose(effects.or_more_std_errors[0, 1:, 0], expected, rtol=1e-4)


def levelled(sample, n=300):
    """Four models of an ordered outcome, two of them with fewer levels, and terms that differ between models."""
    drawn, terms, _ = drawn_model(sample, "logit", n=n)
    shift = np.random.default_rng(2).normal(size=(4, n, 1)) * [1, 0, 0, 0] / 10
    level = np.array([10.0, 20, 45, 80])[np.searchsorted([40, 50, 65], drawn.values[:, 0])]
    level[np.isnan(drawn.values[:, 0])] = np.nan
    fewer = np.where(level == 80, 45, level)
    return drawn, terms[:, 1:] + shift, np.column_stack([level, fewer, level, fewer])


def test_effects_on_the_mean_of_an_ordered_outcome_by_definition(sample):
    drawn, terms, outcomes = levelled(sample)
    design = drawn.design()
    fit = fit_ordinal(terms, outcomes, design)
    effects = mean_outcome_effects(fit, terms, outcomes, design, terms=[1, 0])
    by_level = ordinal_marginal_effects(fit, terms, outcomes, design)
    for model in range(4):
        levels = fit.levels[model][~np.isnan(fit.levels[model])]
        expected = np.diff(levels) @ by_level.or_more[model, 1 : levels.size]
        assert_allclose(effects.estimates[model], expected[[1, 0]], rtol=1e-9)
    assert_allclose(effects.sd_y, fit.sd_y)

    def slope(parameters, model, term):
        """Of the mean outcome to a term, by small steps."""
        rows = ~np.isnan(terms[model]).any(axis=1) & ~np.isnan(outcomes[:, model])
        levels, means = fit.levels[model], []
        for step in (1e-5 * np.eye(4)[term], -1e-5 * np.eye(4)[term]):
            eta = (terms[model, rows] + step) @ parameters[:4]
            above = 1 / (1 + np.exp(parameters[4:] - eta[:, np.newaxis]))
            means.append(np.average(levels[0] + above @ np.diff(levels), weights=drawn.weights[rows]))
        return (means[0] - means[1]) / 2e-5

    at, steps = fit.parameters[0], 1e-3 * np.eye(7)
    gradient = np.array([(slope(at + s, 0, 1) - slope(at - s, 0, 1)) / 2e-3 for s in steps])
    error = np.sqrt(gradient @ fit.parameter_covariance[0] @ gradient)
    assert_allclose(effects.std_errors[0, 0], error, rtol=1e-4)


def test_of_two_levels_the_effect_on_the_mean_is_that_on_the_share(sample):
    drawn, terms, outcome = drawn_model(sample, "logit")
    options = {"covariance": "cluster", "clusters": drawn.clusters}
    scored = 5 + 10 * outcome
    fit = fit_ordinal(terms[:, 1:], scored, drawn.design(), **options)
    effects = mean_outcome_effects(fit, terms[:, 1:], scored, drawn.design(), clusters=drawn.clusters)
    logit = fit_generalised(terms, outcome, drawn.design(), family="logit", **options)
    share = average_marginal_effects(logit, terms, outcome, drawn.design(), clusters=drawn.clusters)
    for name in ("estimates", "std_errors", "unconditional_std_errors"):
        assert_allclose(getattr(effects, name), 10 * getattr(share, name)[:, 1:], rtol=1e-5)


def test_redundant_terms_have_no_effect_on_the_mean_and_change_no_other(sample):
    drawn, terms, outcomes = levelled(sample)
    more = np.concatenate([terms, 2 * terms[:, :, :1]], axis=2)
    effects = mean_outcome_effects(
        fit_ordinal(more, outcomes, drawn.design()), more, outcomes, drawn.design()
    )
    clear = mean_outcome_effects(
        fit_ordinal(terms, outcomes, drawn.design()), terms, outcomes, drawn.design()
    )
    for name in ("estimates", "std_errors", "unconditional_std_errors"):
        assert_allclose(getattr(effects, name)[:, 1:4], getattr(clear, name)[:, 1:], rtol=1e-5)
        assert np.isnan(getattr(effects, name)[:, [0, 4]]).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"terms": [0, 0]}, "different ones from 0 to 1"),
        ({"terms": [2]}, "terms are"),
        ({"categories": [[1, 7]]}, "from 0 to 1"),
        ({"categories": [[1], [1]]}, "different"),
        ({"X": np.ones((20, 3))}, "the fit"),
    ],
)
def test_wrong_options_are_refused(options, message):
    terms = np.column_stack([np.ones(20), np.arange(20) % 4])
    outcome = (np.arange(20) % 3 == 0).astype(float)
    fit = fit_generalised(terms, outcome, simple_design(20), family="logit")
    arguments = {"X": terms} | options
    with pytest.raises(ValueError, match=message):
        average_marginal_effects(fit, arguments.pop("X"), outcome, simple_design(20), **arguments)
