"""What predictors add to a baseline: R2 with a test and a bootstrap interval, and which of them adds it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.coefficients import WaldTest
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.dominance import (
    Dominance,
    conditional_dominance,
    dominance,
    explained_by_subsets,
    relative_weights,
)
from inspraak.estimation.imputed_regression import ImputedRegression, imputed_regression
from inspraak.estimation.pooling import combine_wald
from inspraak.estimation.resampled_effects import ResampledEffects, resampled_effects
from inspraak.estimation.resampled_grams import CrossProducts, take_out
from inspraak.estimation.resampling import resampled_weights
from inspraak.estimation.sandwich import Covariance
from inspraak.estimation.terms import imputed_block


@dataclass(frozen=True, eq=False)
class Increment:
    """What k predictors add to a baseline, over m imputations; numbers of R2 are weighted, and means over them.

    `test` is that all their coefficients are zero. `added` is R2 less that of the baseline, `f_squared` Cohen's, the
    added R2 over what all leave unexplained. R2 never falls, whatever is added: `added_corrected` and
    `general_corrected` (k,), the general dominance of each predictor, are without the bias that the bootstrap finds,
    with intervals. `slopes` (k,) are the coefficients, pooled. Everything is NaN where the outcome does not vary.
    """

    n: int
    imputations: int
    r_squared_baseline: float
    r_squared: float
    adjusted_baseline: float
    adjusted: float
    f_squared: float
    test: WaldTest
    added: float
    added_corrected: ResampledEffects
    general_corrected: ResampledEffects
    dominance: Dominance
    relative_weights: FloatArray
    slopes: FloatArray


@dataclass(frozen=True, eq=False)
class _Left:
    """Sums of squares and products in b resamples: those of y, and of predictors and y after the baseline."""

    total: FloatArray  # (b,)
    products: FloatArray  # (k + 1, k + 1, b)

    @property
    def baseline(self) -> FloatArray:
        """R2 of the baseline, (b,)."""
        total = np.where(self.total > 0, self.total, np.nan)
        return np.asarray(1 - self.products[-1, -1] / total)

    def explained(self) -> FloatArray:
        """R2 beyond the baseline of every subset, (2^k, b)."""
        return explained_by_subsets(self.products, self.total)


def add_to_baseline(
    x: ArrayLike,
    y: ArrayLike,
    design: SurveyDesign,
    rng: np.random.Generator,
    *,
    baseline: ArrayLike | None = None,
    included: ArrayLike | None = None,
    covariance: Covariance = "design",
    draws: int = 2_000,
) -> Increment:
    """Tell what k predictors add to the R2 of a baseline in linear regression, and each of them.

    `x` (m, k, n) or (k, n), k at most 12; `y` (m, n) or (n,); `baseline` (m, c, n) or (c, n), to which an intercept is
    added, default the intercept alone; NaN = missing. A data set uses the rows where all columns are there, the weight
    is positive and `included` ((n,) or (m, n) booleans) holds: the same for all models. `covariance` (as in
    `generalised.fit_generalised`) is that of `test`, pooled by `pooling.combine_wald`; `classical` gives the F test of
    the change in R2.

    `draws` resamples in all of sampling units within strata (`resampling.resampled_weights`) are spread over the data
    sets and pooled (`resampled_effects`). Their mean lies above the estimate by as much as the estimate above the
    truth: the estimate is corrected by that distance, the draws by twice it (Efron & Tibshirani 1993, An Introduction
    to the Bootstrap, 10.6). With six predictors, n = 400 and .05 (.01) added, percentile intervals then hold the truth
    in 95 % (99 %) of 250 samples, without it in 84 % (53 %).

    R: anova(lm, lm), lmtest::waldtest, domir::domir. Raises ValueError for wrong shapes, no predictor, more than 12,
    and data sets without a row.
    """
    block = imputed_block(x, design, name="x")
    if not block.shape[1]:
        raise ValueError("no predictor; expected one at least")
    regression = imputed_regression(
        {f"x[{place}]": block[:, place] for place in range(block.shape[1])},
        y,
        design,
        controls=baseline,
        included=included,
        covariance=covariance,
    )
    if not regression.rows.n:
        raise ValueError("no row has all predictors, the baseline and the outcome")
    return _increment(regression, rng, draws)


def _increment(regression: ImputedRegression, rng: np.random.Generator, draws: int) -> Increment:
    m, weights = len(regression.y), regression.design.weights[np.newaxis]
    points = [_left(regression, place, weights) for place in range(m)]
    total = np.concatenate([one.total for one in points])
    products = np.concatenate([one.products for one in points], axis=2)
    left = _Left(total, products)
    explained = left.explained()
    test, ranks, slopes = _test(regression)
    draws_added, draws_general = _resampled(regression, rng, draws)
    added, first = explained[-1], left.baseline
    n = regression.rows.complete.sum(axis=1)
    return Increment(
        n=regression.rows.n,
        imputations=m,
        r_squared_baseline=float(first.mean()),
        r_squared=float((first + added).mean()),
        adjusted_baseline=float(_adjusted(first, n, ranks[0]).mean()),
        adjusted=float(_adjusted(first + added, n, ranks[1]).mean()),
        f_squared=float((added / (1 - first - added)).mean()),
        test=test,
        added=float(added.mean()),
        added_corrected=_corrected(added, draws_added),
        general_corrected=_corrected(conditional_dominance(explained).mean(axis=1), draws_general),
        dominance=dominance(explained),
        relative_weights=relative_weights(left.products, left.total).mean(axis=1),
        slopes=slopes,
    )


def _left(regression: ImputedRegression, place: int, weights: FloatArray) -> _Left:
    """Take intercept and baseline out of the columns of one data set, under weights (b, n)."""
    columns = regression.for_products(place, regression.columns[place])
    gram = next(CrossProducts(columns[np.newaxis]).under(weights))
    total = gram[-1, -1] - np.square(gram[0, -1]) / gram[0, 0]
    return _Left(np.asarray(total), take_out(gram, regression.held.shape[1])[1])


def _test(regression: ImputedRegression) -> tuple[WaldTest, tuple[FloatArray, FloatArray], FloatArray]:
    """Test that the predictors add nothing; give ranks (m,) of the models without and with them, and slopes (k,)."""
    baseline = regression.regress(regression.columns[:, :0])
    whole = regression.regress(regression.columns)
    k = regression.columns.shape[1]
    ranks = (baseline.rank.astype(np.float64), whole.rank.astype(np.float64))
    test = combine_wald(whole.coefficients[:, :k], whole.covariance[:, :k, :k], df=float(whole.df.min()))
    return test, ranks, whole.coefficients[:, :k].mean(axis=0)


def _resampled(
    regression: ImputedRegression, rng: np.random.Generator, draws: int
) -> tuple[FloatArray, FloatArray]:
    """Give the added R2 (m, d) and the general dominance (k, m, d) in d resamples of each data set."""
    m, k = regression.columns.shape[:2]
    each = -(-draws // m)
    added, general = np.full((m, each), np.nan), np.full((k, m, each), np.nan)
    for place in range(m):
        done = 0
        for weights in resampled_weights(regression.design, each, rng):
            explained = _left(regression, place, weights).explained()
            here = slice(done, done + len(weights))
            added[place, here] = explained[-1]
            general[:, place, here] = conditional_dominance(explained).mean(axis=1)
            done += len(weights)
    return added, general


def _corrected(points: FloatArray, draws: FloatArray) -> ResampledEffects:
    """Take the bias off estimates (..., m) and draws (..., m, d), that of the mean over data sets."""
    bias = (draws.mean(axis=-1) - points).mean(axis=-1)[..., np.newaxis]
    return resampled_effects(points - bias, draws - 2 * bias[..., np.newaxis])


def _adjusted(r_squared: FloatArray, n: FloatArray, rank: FloatArray) -> FloatArray:
    """Give adjusted R2 of models of this rank, the intercept counted."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1 - (1 - r_squared) * (n - 1) / np.where(n > rank, n - rank, np.nan))
