"""Whether pooled estimates are unbiased and their intervals cover: small simulations with a fixed seed.

Rubin's rules with the degrees of freedom of Barnard & Rubin (1999) are written out here, so that the
imputations alone are on trial.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from inspraak.estimation.chained_equations import Chains, _Draws
from inspraak.estimation.imputation import impute
from inspraak.estimation.imputation_work import works
from inspraak.estimation.prediction_columns import prediction_columns

SAMPLES, N = 100, 400
NAMES = ("mean of y", "mean of ordinal", "share of binary", "share of a name", "slope", "slope of ordinal")


def least_squares(terms, outcome):
    inverse = np.linalg.inv(terms.T @ terms)
    b = inverse @ terms.T @ outcome
    residual = outcome - terms @ b
    return b, np.diag(inverse) * (residual @ residual) / (len(outcome) - terms.shape[1])


def pooled(estimates, variances, df):
    """Pooled estimates and half-widths of their 95 % intervals."""
    m = len(estimates)
    between = (1 + 1 / m) * np.var(estimates, axis=0, ddof=1)
    total = np.mean(variances, axis=0) + between
    share = between / total
    observed = (df + 1) / (df + 3) * df * (1 - share)
    freedom = 1 / (share**2 / (m - 1) + 1 / observed)
    return np.mean(estimates, axis=0), stats.t.ppf(0.975, freedom) * np.sqrt(total)


def population(rng, n):
    z = rng.normal(size=n)
    x = 0.6 * z + 0.8 * rng.normal(size=n)
    ordinal = np.digitize(0.5 * x + 0.8 * rng.normal(size=n), [-1, -0.3, 0.4, 1.2]) + 1.0
    y = 0.4 * x + 0.2 * ordinal + 0.2 * z + 0.8 * rng.normal(size=n)
    binary = (x + y + rng.normal(size=n) > 0).astype(float)
    name = np.argmax(np.outer(y, [0.8, 0, 0]) + np.outer(x, [0, 0.8, 0]) + rng.gumbel(size=(n, 3)), axis=1)
    return np.column_stack([y, x, ordinal, binary, name]), z


def estimates(answers, z):
    y, x, ordinal, binary, name = answers.T
    b, v = least_squares(np.column_stack([np.ones_like(z), x, ordinal, z]), y)
    parts = np.column_stack([y, ordinal, binary, name == 1])
    return np.r_[parts.mean(axis=0), b[1:3]], np.r_[parts.var(axis=0, ddof=1) / z.size, v[1:3]]


@pytest.mark.parametrize("at_random_given", ["nothing", "z"])
def test_pooled_means_and_slopes_are_unbiased_and_cover(at_random_given):
    """A fifth of the answers missing, completely at random or more often where z is high.

    Against the same samples without gaps the bias stays below a quarter of a standard deviation, which costs
    less than a point of coverage (Cochran 1977, Sampling Techniques, 1.8).
    """
    rng = np.random.default_rng(31)
    truth = estimates(*population(rng, 500_000))[0]
    unordered = np.arange(5) == 4
    found, half, whole = (np.empty((SAMPLES, 6)) for _ in range(3))
    for sample in range(SAMPLES):
        answers, z = population(rng, N)
        whole[sample] = estimates(answers, z)[0]
        chance = 0.2 if at_random_given == "nothing" else 1 / (1 + np.exp(1.7 - z[:, np.newaxis]))
        answers[rng.random(answers.shape) < chance] = np.nan
        filled = impute(answers, rng, covariates=z, unordered=unordered)
        each = [estimates(filled.completed(imputation), z) for imputation in range(filled.m)]
        found[sample], half[sample] = pooled(*map(np.array, zip(*each)), df=N - 4)
    bias = (found - whole).mean(axis=0) / found.std(axis=0)
    assert_allclose(bias, 0, atol=0.25, err_msg=str(NAMES))
    coverage = (np.abs(found - truth) < half).mean(axis=0)
    # three Monte Carlo standard errors of a share of .95
    assert (np.abs(coverage - 0.95) < 3 * np.sqrt(0.95 * 0.05 / SAMPLES)).all(), coverage


def test_complete_cases_would_be_biased_here():
    """Where answers are missing more often at high z, a mean of the given answers alone is far too low."""
    rng = np.random.default_rng(35)
    answers, z = population(rng, 5000)
    truth = answers[:, 0].mean()
    answers[rng.random(answers.shape) < 1 / (1 + np.exp(1.7 - z[:, np.newaxis]))] = np.nan
    filled = impute(answers, rng, imputations=3, covariates=z, unordered=np.arange(5) == 4)
    imputed = np.mean([filled.completed(imputation)[:, 0].mean() for imputation in range(3)])
    assert np.nanmean(answers[:, 0]) < truth - 0.09
    assert imputed == pytest.approx(truth, abs=0.03)


def test_a_mean_without_predictors_has_the_variance_of_theory():
    """Half of the answers missing, m = 2000: between imputations Var = s^2 / n_obs + s^2 / n_mis."""
    rng = np.random.default_rng(32)
    values = rng.normal(size=(400, 1))
    values[:200] = np.nan
    filled = impute(values, rng, imputations=2000, cycles=1)
    means = filled.imputed_answers(0).mean(axis=1)
    spread = np.nanvar(values)
    assert means.mean() == pytest.approx(np.nanmean(values), abs=4 * np.sqrt(spread / 100 / 2000))
    # matching on the mean alone makes every donor equal, so that what is left is the draw of 200 answers
    assert means.var() == pytest.approx(spread / 200, rel=0.15)


def test_the_draw_of_the_regression_is_that_of_its_posterior():
    """Coefficients have mean b and variance RSS / (df - 2) (X'X)^-1 over the draws (Rubin 1987, 5.3)."""
    rng = np.random.default_rng(33)
    x = rng.normal(size=(80, 3))
    y = x @ [1.0, -0.5, 0.0] + rng.normal(size=80)
    values = np.column_stack([x, y])
    values[60:, 3] = np.nan
    none = np.zeros(values.shape, dtype=bool)
    made = prediction_columns(values, none, np.zeros((80, 0)), none[0], (), ~none[:4])
    item, streams = made.items[3], np.random.default_rng(1).spawn(4000)
    work = works(made)
    chains = Chains(made, work, streams, donors=5, ridge=0.0)
    normal = np.stack([stream.standard_normal((4, 1)) for stream in streams])
    root = np.sqrt(np.stack([stream.chisquare(56, (1, 1)) for stream in streams]))
    missing = chains.columns[:, item.missing].take(work[3].kept, axis=2)
    gram = chains._gram_of_answers(work[3], missing)
    middle, drawn, _ = chains._regress(item, gram, _Draws(normal, root, normal, normal))
    terms = made.start[:60][:, item.predictors]
    b, v = least_squares(terms, item.coded[:60, 0])
    assert_allclose(middle[0, :, 0], b, rtol=1e-7, atol=1e-9)
    assert_allclose(drawn[..., 0].mean(axis=0), b, atol=4 * np.sqrt(v.max() / 4000))
    assert_allclose(drawn[..., 0].var(axis=0), v * 56 / 54, rtol=0.1)


def test_products_in_the_model_keep_much_of_an_interaction():
    """y = .3 a + .3 b + .3 ab, a quarter of all answers missing.

    Every equation is linear, so that products help and do not do all: of the slope of ab two thirds are left
    without products, and about five sixths with those of each pair and the squares of a and b.
    """
    rng = np.random.default_rng(34)
    pairs = [np.eye(3)[list(pair)] for pair in ((0, 1), (0, 2), (1, 2), (0, 0), (1, 1))]
    slopes = {"full": [], "without": [], "with": []}
    for _ in range(40):
        a, b = rng.multivariate_normal([0, 0], [[1, 0.3], [0.3, 1]], 500).T
        answers = np.column_stack([a, b, 0.3 * a + 0.3 * b + 0.3 * a * b + 0.8 * rng.normal(size=500)])
        gaps = answers.copy()
        gaps[rng.random(gaps.shape) < 0.25] = np.nan
        slopes["full"].append(interaction(answers))
        for name, products in (("without", ()), ("with", pairs)):
            filled = impute(gaps, rng, imputations=5, products=products)
            slopes[name].append(np.mean([interaction(filled.completed(i)) for i in range(5)]))
    full, without, kept = (np.mean(slopes[name]) for name in ("full", "without", "with"))
    assert without < 0.73 * full
    assert kept > 0.78 * full


def interaction(answers):
    a, b, y = answers.T
    return least_squares(np.column_stack([np.ones_like(a), a, b, a * b]), y)[0][3]
