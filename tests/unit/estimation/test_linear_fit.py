"""Linear regression: against statsmodels, its properties, and what it refuses to number."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation.basis import decompose
from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.regression import fit_linear

SEEDS = st.integers(0, 10_000)
PROPERTY = settings(max_examples=20, deadline=None, derandomize=True)
KINDS = ["design", "classical", "HC0", "HC1", "HC2", "HC3", "cluster", "cluster_HC3"]


def terms_of(drawn):
    return np.column_stack([np.ones(drawn.n), drawn.values[:, 1:], drawn.groups[:, 0]])


def complete_rows(terms, outcome):
    return ~np.isnan(terms).any(axis=1) & ~np.isnan(outcome)


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3"])
@pytest.mark.parametrize("weighted", [False, True])
@PROPERTY
@given(seed=SEEDS)
def test_robust_errors_equal_statsmodels(sample, kind, weighted, seed):
    drawn = sample(seed)
    terms, outcome = terms_of(drawn), drawn.values[:, 0]
    rows = complete_rows(terms, outcome)
    weights = drawn.weights if weighted else np.ones(drawn.n)
    fit = fit_linear(terms, outcome, SurveyDesign(weights, np.zeros(drawn.n, dtype=int)), covariance=kind)
    theirs = sm.WLS(outcome[rows], terms[rows], weights=weights[rows]).fit(cov_type=kind, use_t=True)
    assert_allclose(fit.coefficients[0], theirs.params, rtol=1e-8)
    assert_allclose(fit.std_errors[0], theirs.bse, rtol=1e-8)
    assert_allclose(fit.p_values[0], theirs.pvalues, rtol=1e-7)
    interval = np.column_stack([bounds[0] for bounds in fit.intervals()])
    assert_allclose(interval, theirs.conf_int(), rtol=1e-6, atol=1e-9)
    assert_allclose(fit.r_squared[0], theirs.rsquared, rtol=1e-8)


@PROPERTY
@given(seed=SEEDS)
def test_clustered_errors_equal_statsmodels(sample, seed):
    drawn = sample(seed, missing=0)
    terms, outcome = terms_of(drawn), drawn.values[:, 0]
    fit = fit_linear(terms, outcome, simple_design(drawn.n), covariance="cluster", clusters=drawn.clusters)
    theirs = sm.OLS(outcome, terms).fit(cov_type="cluster", cov_kwds={"groups": drawn.clusters}, use_t=True)
    assert_allclose(fit.std_errors[0], theirs.bse, rtol=1e-8)
    assert_allclose(fit.p_values[0], theirs.pvalues, rtol=1e-7)


@PROPERTY
@given(seed=SEEDS)
def test_clustered_jackknife_errors_by_their_definition(sample, seed):
    drawn = sample(seed, missing=0)
    terms, outcome = terms_of(drawn), drawn.values[:, 0]
    fit = fit_linear(
        terms, outcome, simple_design(drawn.n), covariance="cluster_HC3", clusters=drawn.clusters
    )
    away = []
    for cluster in np.unique(drawn.clusters):
        kept = drawn.clusters != cluster
        away.append(np.linalg.lstsq(terms[kept], outcome[kept], rcond=None)[0] - fit.coefficients[0])
    assert_allclose(fit.covariance[0], np.transpose(away) @ np.array(away), rtol=1e-6, atol=1e-10)


@PROPERTY
@given(seed=SEEDS)
def test_a_jackknife_of_single_rows_is_hc3(sample, seed):
    drawn = sample(seed)
    terms, outcome = terms_of(drawn), drawn.values[:, 0]
    fits = [
        fit_linear(terms, outcome, simple_design(drawn.n), covariance=kind, clusters=np.arange(drawn.n))
        for kind in ("HC3", "cluster_HC3")
    ]
    assert_allclose(fits[0].covariance, fits[1].covariance, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
@PROPERTY
@given(seed=SEEDS)
def test_order_and_scale_of_weights_do_not_matter(sample, kind, seed):
    drawn = sample(seed)
    shuffled = drawn.in_order(np.random.default_rng(seed).permutation(drawn.n))
    plain, moved, scaled = (
        fit_linear(terms_of(one), one.values, one.design(scale=scale), covariance=kind, clusters=one.clusters)
        for one, scale in ((drawn, 1), (shuffled, 1), (drawn, 321.5))
    )
    for other in (moved, scaled):
        assert_allclose(other.coefficients, plain.coefficients, rtol=1e-7, atol=1e-9)
        assert_allclose(other.covariance, plain.covariance, rtol=1e-7, atol=1e-9)
        assert_allclose(other.standardised, plain.standardised, rtol=1e-7, atol=1e-9)
        assert_array_equal(other.df, plain.df)


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_equals_one_by_one(sample, kind):
    drawn = sample(11, columns=5)
    terms = np.column_stack([np.ones(drawn.n), drawn.values[:, 4], drawn.groups[:, 0]])
    included = np.column_stack([drawn.groups[:, 2]] * 2 + [np.ones(drawn.n, dtype=bool)] * 2)
    options = {"covariance": kind, "clusters": drawn.clusters}
    batch = fit_linear(terms, drawn.values[:, :4], drawn.design(), included=included, **options)
    for model in range(4):
        one = fit_linear(
            terms, drawn.values[:, model], drawn.design(), included=included[:, model], **options
        )
        for term in range(3):
            assert one.row(0, term) == pytest.approx(batch.row(model, term), rel=1e-10, nan_ok=True)
        rows = complete_rows(terms, drawn.values[:, model]) & included[:, model]
        assert batch.n[model] == rows.sum()


def test_models_with_equal_gaps_share_their_rows():
    rng = np.random.default_rng(2)
    outcomes = rng.normal(size=(50, 3))
    outcomes[:5, :2] = np.nan
    terms = np.column_stack([np.ones(50), rng.normal(size=50)])
    fit = fit_linear(terms, outcomes, simple_design(50), covariance="HC3")
    assert_array_equal(fit.n, [45, 45, 50])
    assert_allclose(fit.coefficients[1], np.polyfit(terms[5:, 1], outcomes[5:, 1], 1)[::-1])


def test_a_domain_keeps_the_whole_design(sample):
    """R: svyglm on subset(design): strata keep their number of units, degrees of freedom do not."""
    drawn = sample(4, missing=0)
    inside = drawn.groups[:, 2] & (drawn.strata != 3)
    terms, outcome, design = terms_of(drawn), drawn.values[:, 0], drawn.design()
    fit = fit_linear(terms, outcome, design, included=inside)
    dropped = np.where(inside, outcome, np.nan)
    assert_allclose(fit.covariance, fit_linear(terms, dropped, design).covariance)
    assert fit.df[0] == inside.sum() - 3 + 1 - terms.shape[1]
    subset = SurveyDesign(drawn.weights[inside], drawn.strata[inside])
    alone = fit_linear(terms[inside], outcome[inside], subset)
    assert_allclose(alone.coefficients, fit.coefficients)
    assert not np.allclose(alone.std_errors, fit.std_errors, rtol=1e-4)


def test_redundant_terms_are_reported_and_the_others_estimated():
    rng = np.random.default_rng(8)
    x, twin, code = rng.normal(size=60), rng.normal(size=60), rng.integers(0, 3, 60)
    outcome = x + code + rng.normal(size=60)
    terms = np.column_stack([x, np.ones(60), code == 0, code == 1, code == 2, twin, 2 * twin, np.zeros(60)])
    fit = fit_linear(terms, outcome, simple_design(60), covariance="HC3")
    assert fit.aliased_terms(0) == (1, 2, 3, 4, 5, 6, 7)
    assert fit.rank[0] == 5
    clear = fit_linear(
        np.column_stack([x, code == 0, code == 1, code == 2, twin]),
        outcome,
        simple_design(60),
        covariance="HC3",
    )
    assert fit.row(0, 0) == pytest.approx(clear.row(0, 0), rel=1e-9)
    for array in (fit.coefficients, fit.std_errors, fit.p_values, fit.standardised, *fit.intervals()):
        assert np.isnan(array[0, 1:]).all()
    assert np.isnan(fit.covariance[0, 0, 1:]).all()
    assert np.isnan(fit.wald([0, 5]).statistic)


def test_a_basis_says_what_it_identifies():
    terms = np.column_stack([np.ones(6), [1.0, 0, 1, 0, 1, 0], [0.0, 1, 0, 1, 0, 1], [3.0, 1, 4, 1, 5, 9]])
    basis = decompose(terms, np.ones(6))
    assert_array_equal(basis.identified, [False, False, False, True])
    assert basis.rank == 3
    assert_array_equal(np.isnan(basis.influence).any(axis=0), ~basis.identified)
    assert_array_equal(np.isnan(basis.to_terms).any(axis=1), ~basis.identified)
    assert_allclose(basis.fitted(terms), terms, atol=1e-12)
    assert_allclose(basis.leverage.sum(), 3)


@PROPERTY
@given(seed=SEEDS, factor=st.sampled_from([1e-9, 1e-4, 1.0, 1e6, 1e12]))
def test_the_unit_of_a_term_does_not_make_it_redundant(sample, seed, factor):
    drawn = sample(seed)
    terms = terms_of(drawn)
    plain = fit_linear(terms, drawn.values[:, 0], drawn.design())
    units = np.array([1, factor, 1, 1, 1])
    moved = fit_linear(terms * units, drawn.values[:, 0], drawn.design())
    assert not moved.aliased.any()
    assert_allclose(moved.coefficients[0] * units, plain.coefficients[0], rtol=1e-7)
    assert_allclose(moved.standardised, plain.standardised, rtol=1e-7)


def test_fewer_rows_than_terms_give_no_variance():
    terms = np.column_stack([np.ones(3), [1.0, 2, 4], [3.0, 1, 5], [0.0, 7, 2]])
    for kind in KINDS:
        fit = fit_linear(
            terms, np.array([1.0, 2, 9]), simple_design(3), covariance=kind, clusters=np.arange(3)
        )
        assert fit.rank[0] == 3
        assert np.isnan(fit.std_errors).all()
        assert np.isnan(fit.p_values).all()


def test_no_complete_row_gives_no_number():
    fit = fit_linear(np.ones((3, 1)), np.full(3, np.nan), simple_design(3))
    assert fit.n[0] == fit.rank[0] == fit.df[0] == 0
    assert np.isnan(fit.coefficients).all()
    assert np.isnan(fit.std_errors).all()
    assert fit.aliased.all()


@pytest.mark.parametrize("n", [30, 20_000])
@pytest.mark.parametrize("coefficients", [(0.1, 0.0), (0.0, 0.0), (3.0, 0.7)])
@pytest.mark.parametrize("kind", KINDS)
def test_an_outcome_that_is_fitted_exactly_has_no_test(coefficients, kind, n):
    terms = np.column_stack([np.ones(n), np.linspace(-1, 3, n)])
    fit = fit_linear(
        terms, terms @ coefficients, simple_design(n), covariance=kind, clusters=np.arange(n) % 6
    )
    assert_allclose(fit.coefficients[0], coefficients, atol=1e-11)
    assert np.isnan(fit.std_errors).all()
    assert np.isnan(fit.p_values).all()


@pytest.mark.parametrize("kind", ["HC2", "HC3", "cluster_HC3"])
def test_a_row_that_only_one_term_knows_costs_that_term_alone(kind):
    rng = np.random.default_rng(6)
    x, outcome = rng.normal(size=40), rng.normal(size=40)
    alone = np.arange(40) == 7
    terms = np.column_stack([np.ones(40), x, alone])
    options = {"covariance": kind}
    clusters = np.arange(40)
    fit = fit_linear(terms, outcome, simple_design(40), clusters=clusters, **options)
    without = fit_linear(
        terms[~alone, :2], outcome[~alone], simple_design(39), clusters=clusters[~alone], **options
    )
    assert np.isnan(fit.std_errors[0, 2])
    assert np.isfinite(fit.coefficients[0, 2])
    assert_allclose(fit.std_errors[0, :2], without.std_errors[0], rtol=1e-9)


def test_wald_of_one_term_is_its_t_squared(sample):
    drawn = sample(9)
    fit = fit_linear(terms_of(drawn), drawn.values[:, 0], drawn.design())
    wald = fit.wald(2)
    assert wald.statistic == pytest.approx(fit.statistics[0, 2] ** 2)
    assert wald.p_value == pytest.approx(fit.p_values[0, 2])
    assert (wald.df1, wald.df2) == (1, fit.df[0])


def test_standardised_slope_of_one_term_is_the_weighted_correlation(sample):
    drawn = sample(10, columns=2)
    fit = fit_linear(
        np.column_stack([np.ones(drawn.n), drawn.values[:, 1]]), drawn.values[:, 0], drawn.design()
    )
    rows = ~np.isnan(drawn.values).any(axis=1)
    moments = np.cov(drawn.values[rows].T, aweights=drawn.weights[rows])
    assert fit.standardised[0, 1] == pytest.approx(moments[0, 1] / np.sqrt(moments[0, 0] * moments[1, 1]))
    assert np.isnan(fit.standardised[0, 0])


@pytest.mark.parametrize("n", [493, 5_000, 50_000])
def test_inputs_are_not_written_to(sample, n):
    drawn = sample(1, n=n)
    terms, outcomes, clusters = terms_of(drawn), drawn.values.copy(), drawn.clusters.copy()
    for array in (terms, outcomes, clusters):
        array.flags.writeable = False
    for kind in KINDS:
        assert np.isfinite(
            fit_linear(terms, outcomes[:, :1], drawn.design(), covariance=kind, clusters=clusters).std_errors
        ).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"covariance": "cluster"}, "needs clusters"),
        ({"covariance": "HC4"}, "covariance is 'HC4'"),
        ({"included": np.ones(4)}, "expected booleans"),
        ({"clusters": np.arange(3)}, "clusters has shape"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        fit_linear(np.ones((4, 1)), np.arange(4.0), simple_design(4), **options)
