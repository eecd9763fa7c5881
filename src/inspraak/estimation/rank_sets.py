"""Shares in order, and how sure the order is: simultaneous intervals, and sets of the ranks that they may have.

Ranks are 1 for the largest share. A rank set holds all ranks that the data leave open, so that with the declared
probability the true ranks of all items lie in their sets together.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.distributions import t_p_value
from inspraak.estimation.pooling import combine
from inspraak.estimation.shares import describe_shares, share_intervals
from inspraak.estimation.terms import imputed_block

BARELY = 1e-12  # variance of a difference over those of its parts, below which it is rounding


@dataclass(frozen=True, eq=False)
class RankSets:
    """The ranks that p estimates may have: `rank_low` to `rank_high`, (p,).

    `rank` (p,) is that of the estimate, ties sharing the best. `larger` (p, p): [j, k] is true where j is shown to be
    larger than k. An unknown estimate (NaN) has rank 0 and the set 0 to 0, and counts with nobody.
    """

    null_hypothesis: ClassVar[str] = "the one is no larger than the other"

    rank: IntArray
    rank_low: IntArray
    rank_high: IntArray
    larger: BoolArray


@dataclass(frozen=True, eq=False)
class RankedShares:
    """Shares (0 to 1) of p items with simultaneous intervals, and their rank sets; every array is (p,) or (p, p).

    `n` (p,) counts the rows with an answer, in the imputation that has fewest. `interval` names how each interval is
    made (`shares.describe_shares`); a share of 0 or 1 has none. `df` is the number of degrees of freedom that all items
    are given, the least of them.
    """

    share: FloatArray
    std_error: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    interval: NDArray[np.object_]
    covariance: FloatArray
    df: float
    n: IntArray
    ranks: RankSets


def rank_shares(
    answers: ArrayLike,
    design: SurveyDesign,
    rng: np.random.Generator,
    *,
    included: ArrayLike | None = None,
    level: float = 0.95,
    draws: int = 10_000,
) -> RankedShares:
    """Give the shares of p items with intervals that hold together, and the ranks that they may have.

    `answers` (m, p, n) of m imputations, or (p, n), of 0, 1 and NaN; an item counts the rows that answered it and are
    `included` ((n,) or (m, n) booleans), and all rows stay in the design. The covariance of the shares is design-based
    and pooled by Rubin's rules. Critical values are quantiles of `draws` of a multivariate t.

    Source: intervals by the largest of all t statistics, Hothorn, Bretz & Westfall (2008), Biometrical Journal 50,
    346-363, by the level that each interval of `shares` then has alone; ranks as `rank_sets`. Raises ValueError for
    wrong shapes and for values other than 0 and 1.
    """
    values = imputed_block(answers, design, name="answers")
    m, p, rows = values.shape
    domains = np.atleast_2d(np.ones(rows, dtype=np.bool_) if included is None else np.asarray(included))
    if domains.dtype != np.bool_ or domains.shape not in ((1, rows), (m, rows)):
        raise ValueError(f"included has shape {domains.shape}; expected booleans ({rows},) or ({m}, {rows})")
    shares, within = np.empty((m, p)), np.empty((m, p, p))
    df, counts = np.full((m, p), np.nan), np.zeros((m, p), dtype=np.int64)
    for place, domain in enumerate(np.broadcast_to(domains, (m, rows))):
        found = describe_shares(values[place].T, domain, design)
        shares[place], df[place], counts[place] = found.estimate[:, 0], found.df[:, 0], found.n[:, 0]
        within[place] = _covariance(values[place].T, domain, shares[place], design)
    pooled = combine(shares, np.diagonal(within, axis1=1, axis2=2), df=df.min(axis=0))
    share, covariance = shares.mean(axis=0), within.mean(axis=0)
    if m > 1:
        deviation = shares - share
        covariance = covariance + (1 + 1 / m) * deviation.T @ deviation / (m - 1)
    freedom = float(np.nanmin(pooled.df)) if (pooled.df > 0).any() else float("nan")
    noise = _multivariate_t(covariance, freedom, draws, rng)
    error = np.sqrt(np.diagonal(covariance))
    n = counts.min(axis=0)
    each = _simultaneous_level(share, error, noise, freedom, level)
    low, high, interval = share_intervals(share, error, n=n, df=freedom, level=each)
    ranks = _rank_sets(share, covariance, noise, level)
    return RankedShares(share, error, low, high, interval, covariance, freedom, n, ranks)


def rank_sets(
    estimates: ArrayLike,
    covariance: ArrayLike,
    rng: np.random.Generator,
    *,
    df: float = np.inf,
    level: float = 0.95,
    draws: int = 10_000,
) -> RankSets:
    """Give the ranks that p estimates (p,) with this covariance (p, p) may have, all together at `level`.

    Every ordered pair is tested, one-sided, in steps: the critical value is that of the largest standardised difference
    among the pairs not yet rejected, until none is rejected. The rank of an item lies between one plus the number
    shown to be larger, and p less the number shown to be smaller. Two items whose difference has no variance are not
    told apart.

    Source: Mogstad, Romano, Shaikh & Wilhelm (2024), Review of Economic Studies 91, 476-518, algorithm 3.2 with a
    parametric bootstrap. R: csranks::csranks(x, Sigma, simul = TRUE, stepdown = TRUE). Raises ValueError for wrong
    shapes.
    """
    points, matrix = np.asarray(estimates, dtype=np.float64), np.asarray(covariance, dtype=np.float64)
    if points.ndim != 1 or matrix.shape != (points.size, points.size):
        raise ValueError(
            f"estimates have shape {points.shape}, covariance {matrix.shape}; expected (p,), (p, p)"
        )
    return _rank_sets(points, matrix, _multivariate_t(matrix, df, draws, rng), level)


def _covariance(
    answers: FloatArray, domain: BoolArray, shares: FloatArray, design: SurveyDesign
) -> FloatArray:
    """Give the design-based covariance (p, p) of shares (p,), NaN for items without a share."""
    counted = ~np.isnan(answers) & domain[:, np.newaxis]
    weights = design.weights[:, np.newaxis] * counted
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = weights * np.where(counted, answers - shares, 0.0) / weights.sum(axis=0)
    unknown = np.isnan(shares)
    covariance = design.covariance_of_totals(np.where(unknown, 0.0, scores))
    return np.where(unknown | unknown[:, np.newaxis], np.nan, covariance)


def _multivariate_t(covariance: FloatArray, df: float, draws: int, rng: np.random.Generator) -> FloatArray:
    """Draw from a multivariate t around zero, (draws, p); an unknown or impossible variance draws zeros."""
    known = np.isfinite(covariance)
    value, vector = np.linalg.eigh(np.where(known, covariance, 0.0))
    # a fixed sign of the vectors, so that the draws do not hang on the linear algebra library
    vector = vector * np.where(vector[np.abs(vector).argmax(axis=0), np.arange(value.size)] < 0, -1.0, 1.0)
    noise = rng.standard_normal((draws, value.size)) @ (vector * np.sqrt(np.maximum(value, 0.0))).T
    if np.isfinite(df) and df > 0:
        noise *= np.sqrt(df / rng.chisquare(df, draws))[:, np.newaxis]
    return np.asarray(noise)


def _simultaneous_level(
    share: FloatArray, error: FloatArray, noise: FloatArray, df: float, level: float
) -> float:
    """Give the level that each interval alone must have for all of them to hold at `level`."""
    varies = (error > 0) & (share > 0) & (share < 1)
    if not varies.any():
        return level
    critical = np.quantile(np.abs(noise[:, varies] / error[varies]).max(axis=1), level)
    return 1 - float(t_p_value(critical, df))


def _rank_sets(points: FloatArray, covariance: FloatArray, noise: FloatArray, level: float) -> RankSets:
    """Test all ordered pairs in steps; see `rank_sets`."""
    variance = np.diagonal(covariance)
    sums = variance[:, np.newaxis] + variance
    of_difference = sums - 2 * covariance
    testable = (of_difference > BARELY * sums) & np.isfinite(points) & np.isfinite(points)[:, np.newaxis]
    np.fill_diagonal(testable, False)
    error = np.sqrt(np.where(testable, of_difference, 1.0))
    statistic = np.where(testable, (points[:, np.newaxis] - points) / error, -np.inf)
    open_pairs, larger = testable.copy(), np.zeros(testable.shape, dtype=np.bool_)
    while open_pairs.any():
        rejected = open_pairs & (statistic > _critical(noise, error, open_pairs, level))
        if not rejected.any():
            break
        larger |= rejected
        open_pairs &= ~rejected
    known = np.isfinite(points)
    rank = 1 + (points > points[:, np.newaxis]).sum(axis=1)
    low, high = 1 + larger.sum(axis=0), int(known.sum()) - larger.sum(axis=1)
    return RankSets(
        rank=np.where(known, rank, 0),
        rank_low=np.where(known, low, 0),
        rank_high=np.where(known, high, 0),
        larger=larger,
    )


def _critical(noise: FloatArray, error: FloatArray, pairs: BoolArray, level: float) -> float:
    """Give the quantile of the largest standardised difference among these ordered pairs."""
    largest = np.full(len(noise), -np.inf)
    for item in np.flatnonzero(pairs.any(axis=1)):
        others = pairs[item]
        differences = (noise[:, [item]] - noise[:, others]) / error[item, others]
        np.maximum(largest, differences.max(axis=1), out=largest)
    return float(np.quantile(largest, level))
