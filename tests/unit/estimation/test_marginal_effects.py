"""Average marginal effects: against their definition by small steps, and their units."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from inspraak.estimation.design import simple_design
from inspraak.estimation.generalised import fit_generalised
from inspraak.estimation.marginal import average_marginal_effects
from inspraak.estimation.ordinal import fit_ordinal
from inspraak.estimation.ordinal_marginal import ordinal_marginal_effects

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


@pytest.mark.parametrize(
    ("options", "message"),
    [
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
