"""Generalised linear models: against statsmodels, their properties, and what they refuse to number."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.generalised import fit_generalised
from inspraak.estimation.regression import fit_linear

SEEDS = st.integers(0, 10_000)
PROPERTY = settings(max_examples=8, deadline=None, derandomize=True)
KINDS = ["design", "classical", "HC0", "HC1", "HC2", "HC3", "cluster", "cluster_HC3"]
FAMILIES = ["linear", "logit", "fractional_logit", "poisson", "negative_binomial"]
THEIRS = {"linear": sm.families.Gaussian, "logit": sm.families.Binomial, "poisson": sm.families.Poisson}


def terms_of(drawn):
    return np.column_stack([np.ones(drawn.n), drawn.values[:, 1:] / 20, drawn.groups[:, 0]])


def outcome_of(drawn, family, seed=0):
    """An outcome of the family that goes together with the first column, with its gaps."""
    rng = np.random.default_rng(seed)
    score = drawn.values[:, 0]
    if family == "linear":
        return score
    share = score / 100
    if family == "fractional_logit":
        return share
    if family == "logit":
        return np.where(np.isnan(share), np.nan, rng.random(drawn.n) < share)
    mean = np.exp(np.nan_to_num(score / 40))
    if family == "negative_binomial":
        mean = mean * rng.gamma(2, 0.5, drawn.n)
    return np.where(np.isnan(share), np.nan, rng.poisson(mean).astype(float))


def complete_rows(terms, outcome):
    return ~np.isnan(terms).any(axis=1) & ~np.isnan(outcome)


@pytest.mark.parametrize("family", THEIRS)
@pytest.mark.parametrize("kind", ["classical", "HC0", "HC1", "cluster"])
@PROPERTY
@given(seed=SEEDS)
def test_equals_statsmodels(sample, family, kind, seed):
    drawn = sample(seed, n=150)
    terms, outcome = terms_of(drawn), outcome_of(drawn, family)
    rows = complete_rows(terms, outcome)
    options = {"covariance": kind, "clusters": drawn.clusters}
    fit = fit_generalised(terms, outcome, simple_design(drawn.n), family=family, **options)
    theirs = sm.GLM(outcome[rows], terms[rows], family=THEIRS[family]()).fit(
        tol=1e-14,
        maxiter=50,
        use_t=True,
        cov_type={"classical": "nonrobust", "HC1": "HC0"}.get(kind, kind),
        cov_kwds={"groups": drawn.clusters[rows]} if kind == "cluster" else None,
    )
    assert fit.converged.all()
    assert_allclose(fit.coefficients[0], theirs.params, rtol=1e-7, atol=1e-9)
    # statsmodels' HC1 of a GLM leaves out the factor n / (n - k); R's sandwich does not
    factor = np.sqrt(rows.sum() / (rows.sum() - 5)) if kind == "HC1" else 1
    assert_allclose(fit.std_errors[0], theirs.bse * factor, rtol=1e-6)
    if family != "linear":
        assert_allclose(fit.log_likelihood[0], theirs.llf, rtol=1e-9)
    assert_allclose(fit.dispersion[0], theirs.pearson_chi2 / (rows.sum() - 5), rtol=1e-7)


@PROPERTY
@given(seed=SEEDS)
def test_weighted_coefficients_equal_statsmodels(sample, seed):
    drawn = sample(seed, n=200)
    terms, outcome = terms_of(drawn), outcome_of(drawn, "logit")
    rows = complete_rows(terms, outcome)
    fit = fit_generalised(terms, outcome, drawn.design(), family="logit")
    theirs = sm.GLM(
        outcome[rows], terms[rows], family=sm.families.Binomial(), freq_weights=drawn.weights[rows]
    ).fit(tol=1e-14)
    assert_allclose(fit.coefficients[0], theirs.params, rtol=1e-7, atol=1e-9)


@PROPERTY
@given(seed=SEEDS)
def test_negative_binomial_equals_statsmodels(sample, seed):
    drawn = sample(seed, n=300, missing=0.02)
    terms, outcome = terms_of(drawn), outcome_of(drawn, "negative_binomial", seed)
    rows = complete_rows(terms, outcome)
    fit = fit_generalised(
        terms, outcome, simple_design(drawn.n), family="negative_binomial", covariance="classical"
    )
    start = np.append(fit.coefficients[0], 1 / fit.theta[0])
    theirs = sm.NegativeBinomial(outcome[rows], terms[rows]).fit(start_params=start, disp=0, gtol=1e-9)
    assert_allclose(np.append(fit.coefficients[0], 1 / fit.theta[0]), theirs.params, rtol=1e-4, atol=1e-6)
    assert fit.log_likelihood[0] >= theirs.llf - 1e-8
    known = sm.GLM(
        outcome[rows], terms[rows], family=sm.families.NegativeBinomial(alpha=1 / fit.theta[0])
    ).fit(tol=1e-14)
    assert_allclose(fit.coefficients[0], known.params, rtol=1e-6, atol=1e-8)


def test_counts_that_vary_less_than_a_poissons_have_an_infinite_theta():
    rng = np.random.default_rng(3)
    terms = np.column_stack([np.ones(300), rng.normal(size=300)])
    counts = rng.binomial(10, 0.5, 300).astype(float)
    options = {"covariance": "HC1"}
    fit = fit_generalised(terms, counts, simple_design(300), family="negative_binomial", **options)
    poisson = fit_generalised(terms, counts, simple_design(300), family="poisson", **options)
    assert np.isinf(fit.theta[0])
    assert np.isnan(fit.theta_std_error[0])
    assert fit.converged[0]
    assert_allclose(fit.covariance, poisson.covariance)
    assert_allclose(fit.log_likelihood, poisson.log_likelihood)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("columns", [3, 5])
def test_the_linear_family_is_linear_regression(sample, kind, columns):
    """Five columns hold a redundant one, which puts the model in the coordinates of its basis."""
    drawn = sample(5, columns=3)
    terms = np.column_stack([terms_of(drawn), drawn.values[:, 1] * 2][: columns - 3 + 1])
    options = {"covariance": kind, "clusters": drawn.clusters}
    ours = fit_generalised(terms, drawn.values[:, 0], drawn.design(), family="linear", **options)
    theirs = fit_linear(terms, drawn.values[:, 0], drawn.design(), **options)
    for name in ("coefficients", "covariance", "sd_x", "sd_y", "standardised", "p_values"):
        assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=1e-8, atol=1e-12, err_msg=name)
    for name in ("df", "n", "rank", "aliased"):
        assert_array_equal(getattr(ours, name), getattr(theirs, name))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", KINDS)
@settings(PROPERTY, max_examples=3)
@given(seed=SEEDS)
def test_order_and_scale_of_weights_do_not_matter(sample, family, kind, seed):
    drawn = sample(seed, n=200)
    order = np.random.default_rng(seed).permutation(drawn.n)
    shuffled = drawn.in_order(order)
    outcome = outcome_of(drawn, family)
    plain, moved, scaled = (
        fit_generalised(
            terms_of(one), y, one.design(scale=scale), family=family, covariance=kind, clusters=one.clusters
        )
        for one, y, scale in ((drawn, outcome, 1), (shuffled, outcome[order], 1), (drawn, outcome, 321.5))
    )
    for other in (moved, scaled):
        assert_allclose(other.coefficients, plain.coefficients, rtol=1e-6, atol=1e-8)
        assert_allclose(other.covariance, plain.covariance, rtol=1e-6, atol=1e-9)
        assert_array_equal(other.df, plain.df)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("kind", ["design", "HC1", "HC3", "cluster"])
def test_a_batch_equals_one_by_one(sample, family, kind):
    """Over outcomes, over imputed data sets, in either layout, with gaps and domains of their own."""
    drawn = sample(11, n=160, columns=4)
    rng = np.random.default_rng(0)
    outcomes = np.column_stack([outcome_of(drawn, family, seed) for seed in range(3)])
    if family in ("linear", "fractional_logit"):
        outcomes = np.clip(
            outcomes + 0.1 * rng.normal(size=outcomes.shape), 0, 100 if family == "linear" else 1
        )
    included = np.column_stack([drawn.groups[:, 2], np.ones((drawn.n, 2), dtype=bool)])
    imputed = np.array(
        [terms_of(drawn) + [[0, 0.1 * shift, 0, 0, 0]] * drawn.n for shift in rng.normal(size=3)]
    )
    imputed[1, 5:9, 2] = np.nan
    options = {"family": family, "covariance": kind, "clusters": drawn.clusters}
    row_last = np.ascontiguousarray(imputed.swapaxes(1, 2)).swapaxes(1, 2)
    for X in (terms_of(drawn), imputed, row_last):
        batch = fit_generalised(X, outcomes, drawn.design(), included=included, **options)
        for model in range(3):
            own = X if X.ndim == 2 else X[model]
            one = fit_generalised(
                own, outcomes[:, model], drawn.design(), included=included[:, model], **options
            )
            for term in range(5):
                assert one.row(0, term) == pytest.approx(
                    batch.row(model, term), rel=1e-7, abs=1e-10, nan_ok=True
                )
            rows = complete_rows(own, outcomes[:, model]) & included[:, model]
            assert batch.n[model] == rows.sum()


def test_one_outcome_under_many_data_sets(sample):
    drawn = sample(3, missing=0)
    X = np.array([terms_of(drawn), terms_of(drawn) * [1, 2, 1, 1, 1]])
    fit = fit_generalised(X, outcome_of(drawn, "logit"), drawn.design(), family="logit")
    assert_allclose(fit.coefficients[0], fit.coefficients[1] * [1, 2, 1, 1, 1], rtol=1e-8)
    assert_allclose(fit.standardised[0], fit.standardised[1], rtol=1e-8)


def test_a_domain_keeps_the_whole_design(sample):
    drawn = sample(4, missing=0, n=200)
    inside = drawn.groups[:, 2] & (drawn.strata != 3)
    terms, outcome, design = terms_of(drawn), outcome_of(drawn, "logit"), drawn.design()
    fit = fit_generalised(terms, outcome, design, family="logit", included=inside)
    dropped = np.where(inside, outcome, np.nan)
    assert_allclose(fit.covariance, fit_generalised(terms, dropped, design, family="logit").covariance)
    assert fit.df[0] == inside.sum() - 3 + 1 - terms.shape[1]
    subset = SurveyDesign(drawn.weights[inside], drawn.strata[inside])
    alone = fit_generalised(terms[inside], outcome[inside], subset, family="logit")
    assert_allclose(alone.coefficients, fit.coefficients, rtol=1e-7)
    assert not np.allclose(alone.std_errors, fit.std_errors, rtol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_redundant_terms_are_reported_and_the_others_estimated(kind):
    rng = np.random.default_rng(8)
    x, twin, code = rng.normal(size=150), rng.normal(size=150), rng.integers(0, 3, 150)
    outcome = (rng.random(150) < 1 / (1 + np.exp(-x - 0.3 * code))).astype(float)
    options = {"family": "logit", "covariance": kind, "clusters": np.arange(150) % 40}
    terms = np.column_stack([x, np.ones(150), code == 0, code == 1, code == 2, twin, 2 * twin])
    fit = fit_generalised(terms, outcome, simple_design(150), **options)
    assert fit.aliased_terms(0) == (1, 2, 3, 4, 5, 6)
    assert fit.rank[0] == 5
    clear = fit_generalised(
        np.column_stack([x, code == 0, code == 1, code == 2, twin]), outcome, simple_design(150), **options
    )
    assert fit.row(0, 0) == pytest.approx(clear.row(0, 0), rel=1e-6)
    assert np.isnan(fit.coefficients[0, 1:]).all()
    assert np.isnan(fit.covariance[0, 0, 1:]).all()


def test_a_term_far_from_zero_keeps_its_digits():
    rng = np.random.default_rng(4)
    year = rng.integers(2014, 2023, 400).astype(float)
    outcome = (rng.random(400) < 0.3 + 0.05 * (year - 2014)).astype(float)
    near, far = (
        fit_generalised(
            np.column_stack([np.ones(400), year - shift]), outcome, simple_design(400), family="logit"
        )
        for shift in (2018, 0)
    )
    assert far.converged.all()
    assert_allclose(far.coefficients[0, 1], near.coefficients[0, 1], rtol=1e-8)
    assert_allclose(far.std_errors[0, 1], near.std_errors[0, 1], rtol=1e-8)


@pytest.mark.parametrize("where", ["everywhere", "in one category", "constant"])
@pytest.mark.parametrize("n", [80, 5_000])
def test_separation_is_reported_and_gives_no_number(where, n):
    rng = np.random.default_rng(9)
    x, rare = rng.normal(size=n), np.arange(n) % 20 == 0
    outcome = (rng.random(n) < 1 / (1 + np.exp(-x))).astype(float)
    if where == "everywhere":
        outcome = (x > 0.2).astype(float)
    elif where == "in one category":
        outcome[rare] = 1.0
    else:
        outcome[:] = 1.0
    terms = np.column_stack([np.ones(n), x, rare])
    clean = (rng.random(n) < 0.5).astype(float)
    fit = fit_generalised(terms, np.column_stack([clean, outcome]), simple_design(n), family="logit")
    assert fit.status.tolist() == ["converged", "separated"]
    assert np.isnan(fit.standardised[1]).all()
    for array in (fit.coefficients, fit.std_errors, fit.p_values, fit.solution):
        assert np.isfinite(array[0]).all()
        assert np.isnan(array[1]).all()
    assert np.isnan(fit.log_likelihood[1])
    assert not fit.separating[0].any()
    expected = {"everywhere": [1], "in one category": [2], "constant": [0]}[where]
    assert set(expected) <= set(np.flatnonzero(fit.separating[1]).tolist())
    if where == "in one category":
        assert not fit.separating[1, 1]
    alone = fit_generalised(terms, clean, simple_design(n), family="logit")
    assert_allclose(alone.coefficients[0], fit.coefficients[0], rtol=1e-8)


def test_a_strong_relation_is_not_taken_for_separation():
    """One row against the rest keeps the maximum finite, however far away."""
    x = np.linspace(-1, 1, 200)
    outcome = (x > 0).astype(float)
    outcome[80] = 1.0
    terms = np.column_stack([np.ones(200), x])
    fit = fit_generalised(terms, outcome, simple_design(200), family="logit")
    theirs = sm.Logit(outcome, terms).fit(disp=0, maxiter=200, tol=1e-13)
    assert fit.converged.all()
    assert_allclose(fit.coefficients[0], theirs.params, rtol=1e-7)


def test_a_category_without_any_count_separates_a_poisson():
    rng = np.random.default_rng(1)
    rare = np.arange(200) % 10 == 0
    counts = np.where(rare, 0, rng.poisson(2, 200)).astype(float)
    terms = np.column_stack([np.ones(200), rng.normal(size=200), rare])
    for family in ("poisson", "negative_binomial"):
        fit = fit_generalised(terms, counts, simple_design(200), family=family)
        assert fit.status[0] == "separated"
        assert np.isnan(fit.coefficients).all()
        assert_array_equal(fit.separating[0], [False, False, True])


def test_a_row_that_only_one_term_knows_costs_that_term_alone_under_hc3():
    rng = np.random.default_rng(6)
    x = rng.normal(size=80)
    counts = rng.poisson(np.exp(0.5 + 0.3 * x)).astype(float)
    alone = np.arange(80) == 7
    counts[7] = 4
    terms = np.column_stack([np.ones(80), x, alone])
    fit = fit_generalised(terms, counts, simple_design(80), family="poisson", covariance="HC3")
    without = fit_generalised(
        terms[~alone, :2], counts[~alone], simple_design(79), family="poisson", covariance="HC3"
    )
    assert np.isnan(fit.std_errors[0, 2])
    assert_allclose(fit.std_errors[0, :2], without.std_errors[0], rtol=1e-7)


def test_no_complete_row_gives_no_number():
    Y = np.column_stack([np.full(6, np.nan), [0.0, 1, 0, 1, 1, 0]])
    fit = fit_generalised(np.column_stack([np.ones(6)]), Y, simple_design(6), family="logit")
    assert fit.status.tolist() == ["empty", "converged"]
    assert fit.n[0] == fit.rank[0] == 0
    assert np.isnan(fit.coefficients[0]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_as_many_terms_as_rows_give_no_variance(kind):
    terms = np.column_stack([np.ones(3), [1.0, 2, 4], [3.0, 1, 5]])
    counts = np.array([2.0, 3, 1])
    options = {"covariance": kind, "clusters": np.arange(3)}
    fit = fit_generalised(terms, counts, simple_design(3), family="poisson", **options)
    assert_allclose(np.exp(terms @ fit.coefficients[0]), counts, rtol=1e-7)
    assert np.isnan(fit.std_errors).all()


@pytest.mark.parametrize("n", [493, 5_000, 50_000])
def test_inputs_are_not_written_to(sample, n):
    drawn = sample(1, n=n)
    terms, clusters = terms_of(drawn), drawn.clusters.copy()
    outcomes = np.column_stack([outcome_of(drawn, "logit", seed) for seed in range(2)])
    stacked = np.ascontiguousarray(np.array([terms, terms]).swapaxes(1, 2)).swapaxes(1, 2)
    for array in (terms, stacked, outcomes, clusters):
        array.flags.writeable = False
    design = drawn.design()
    design.weights.flags.writeable = False
    for kind in ("design", "HC3", "cluster"):
        for X in (terms, stacked):
            fit = fit_generalised(X, outcomes, design, family="logit", covariance=kind, clusters=clusters)
            assert np.isfinite(fit.std_errors).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "probit"}, "family is 'probit'"),
        ({"family": "logit", "covariance": "HC4"}, "covariance is 'HC4'"),
        ({"family": "logit", "covariance": "cluster"}, "needs clusters"),
        ({"family": "logit"}, "expected 0 or 1"),
        ({"family": "fractional_logit"}, "expected 0 to 1"),
        ({"family": "negative_binomial", "Y": np.array([0.5, 1, 2, 3])}, "whole numbers"),
        ({"family": "poisson", "Y": np.array([-1.0, 1, 2, 3])}, "0 or more"),
        ({"family": "linear", "X": np.ones((3, 1))}, "X has shape"),
        ({"family": "linear", "X": np.ones((2, 4, 1)), "Y": np.ones((4, 3))}, "X has shape"),
        ({"family": "linear", "X": np.array([[1.0], [np.inf], [1], [1]])}, "infinite"),
        ({"family": "linear", "included": np.ones((4, 3), dtype=bool)}, "included has 3 columns"),
    ],
)
def test_wrong_options_are_refused(options, message):
    arguments = {"X": np.ones((4, 1)), "Y": np.array([0.0, 1, 2, 1])} | options
    X, Y = arguments.pop("X"), arguments.pop("Y")
    with pytest.raises(ValueError, match=message):
        fit_generalised(X, Y, simple_design(4), **arguments)


@pytest.mark.parametrize("n", [5_000, 50_000])
def test_large_samples_equal_statsmodels(sample, n):
    drawn = sample(2, n=n)
    terms, outcome = terms_of(drawn), outcome_of(drawn, "logit")
    rows = complete_rows(terms, outcome)
    fit = fit_generalised(terms, outcome, simple_design(n), family="logit", covariance="HC0")
    theirs = sm.GLM(outcome[rows], terms[rows], family=sm.families.Binomial()).fit(tol=1e-14, cov_type="HC0")
    assert_allclose(fit.coefficients[0], theirs.params, rtol=1e-8)
    assert_allclose(fit.std_errors[0], theirs.bse, rtol=1e-7)
