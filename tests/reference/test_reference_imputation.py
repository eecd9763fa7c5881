"""Imputations and the choice of predictors against R's mice (14_mice)."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.imputation import impute
from inspraak.estimation.predictor_choice import choose_predictors, design_covariates

# mice 3.15.0 on the 45 items, 9 set to missing: rowSums(quickpred(items, mincor, minpuc))
CHOSEN = {
    (
        0.1,
        0.0,
    ): "41 35 39 39 36 41 33 39 32 34 38 27 40 31 36 31 29 35 34 24 17 27 26 32 41 23 35 24 36 21 34 23 "
    "33 32 29 30 17 27 23 25 25 21 33 25 28",
    (
        0.25,
        0.0,
    ): "10 7 11 9 8 12 9 11 8 7 10 7 16 7 8 7 3 8 4 6 3 3 3 5 6 5 5 5 5 3 4 3 4 3 3 3 3 4 3 3 3 3 4 3 3",
    (
        0.15,
        0.92,
    ): "4 4 1 1 6 4 2 7 2 2 4 3 8 7 3 2 5 6 5 4 3 4 4 1 4 0 2 3 1 1 10 3 3 0 3 4 1 2 2 2 1 2 7 2 1",
}

# mice(cbind(items, model.matrix(~factor(stratum))[, -1], log(w)), m = 20, maxit = 5, method = "pmm"), means of
# three runs; then lm(PF ~ PA + QW + TR) and the mean of each scale, pooled with Rubin's rules
FROM_ITEMS = {
    "estimate": "2.0032 .1213 .3059 .0004 3.4842 3.5207 3.4593 3.3138 3.5044 3.4262 3.4338 3.4675 3.4551",
    "std_error": ".2006 .0499 .0536 .0418 .0344 .0333 .0408 .0414 .0350 .0390 .0397 .0375 .0395",
}


@pytest.fixture(scope="module")
def employers(reference):
    return reference.employers()


@pytest.fixture(scope="module")
def items(reference, employers):
    return employers[[item for scale in reference.scales for item in reference.items(scale)]].to_numpy(
        dtype=float
    )


def least_squares(terms, outcome):
    inverse = np.linalg.inv(terms.T @ terms)
    b = inverse @ terms.T @ outcome
    residual = outcome - terms @ b
    return b, np.diag(inverse) * (residual @ residual) / (len(outcome) - terms.shape[1])


def pooled(each):
    """Rubin's rules: pooled estimates and standard errors."""
    estimates, variances = map(np.array, zip(*each))
    between = (1 + 1 / len(each)) * estimates.var(axis=0, ddof=1)
    return estimates.mean(axis=0), np.sqrt(variances.mean(axis=0) + between)


@pytest.mark.parametrize("rule", list(CHOSEN))
def test_chosen_predictors(items, rule):
    correlation, usable = rule
    chosen = choose_predictors(items, minimum_correlation=correlation, minimum_usable=usable)
    assert_array_equal(chosen.sum(axis=1), np.array(CHOSEN[rule].split(), dtype=int))


def test_imputed_indices(reference, employers):
    """Within Monte Carlo error of m = 20: a quarter of a standard error, and a tenth of its size."""
    numbers = reference.numbers("14_mice")
    size = employers["size"].map({"10-49": 1, "50-99": 2, "100-249": 3, "250+": 4})
    indices = employers[["PF", "PA", "QW", "TR", "EN", "IB", "dyn"]].assign(size=size).to_numpy(dtype=float)
    filled = impute(indices, np.random.default_rng(1))
    each = []
    for imputation in range(filled.m):
        completed = filled.completed(imputation)
        terms = np.column_stack([np.ones(len(completed)), completed[:, [1, 2, 3, 6, 7]]])
        each.append(least_squares(terms, completed[:, 0]))
    estimate, error = pooled(each)
    names = ["(Intercept)", "PA", "QW", "TR", "dyn", "size"]
    theirs = np.array([numbers[f"se.{name}"] for name in names])
    assert (np.abs(estimate - [numbers[f"b.{name}"] for name in names]) < 0.3 * theirs).all()
    assert_allclose(error, theirs, rtol=0.1)


def test_imputed_items(reference, employers, items):
    """45 items with strata and weight in the model, then scored: within Monte Carlo error of m = 20."""
    design = SurveyDesign(employers["w"].to_numpy(), employers["stratum"].to_numpy())
    filled = impute(items, np.random.default_rng(1), covariates=design_covariates(design))
    ends = np.cumsum([0, *reference.scales.values()])
    each = []
    for imputation in range(filled.m):
        completed = filled.completed(imputation)
        scores = np.column_stack([completed[:, a:b].mean(axis=1) for a, b in itertools.pairwise(ends)])
        terms = np.column_stack([np.ones(len(scores)), scores[:, :3]])
        b, v = least_squares(terms, scores[:, list(reference.scales).index("pf")])
        each.append((np.r_[b, scores.mean(axis=0)], np.r_[v, scores.var(axis=0, ddof=1) / len(scores)]))
    estimate, error = pooled(each)
    expected, theirs = (np.array(FROM_ITEMS[name].split(), dtype=float) for name in ("estimate", "std_error"))
    assert (np.abs(estimate - expected) < 0.3 * theirs).all()
    assert_allclose(error, theirs, rtol=0.1)
