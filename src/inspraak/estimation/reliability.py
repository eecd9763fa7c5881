"""Reliability of scales: Cronbach's alpha, item statistics, Spearman-Brown, floor and ceiling.

Items come turned (a high score means the same in every item) and unweighted: reliability describes the
answers, not the population.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray, IntArray, as_matrix
from inspraak.estimation.distributions import f_quantile, normal_quantile

Missing = Literal["pairwise", "listwise"]


@dataclass(frozen=True, eq=False)
class Alpha:
    """Cronbach's alpha of one scale of k items.

    `alpha_if_dropped` (k,) is the alpha of the other items (NaN below two), `item_rest` (k,) the correlation
    of each item with the sum of the others. `n` counts the rows that answered two items or more,
    `n_complete` those that answered all, `n_interval` the rows that the interval counts with: the
    smallest number that any two items share.
    """

    alpha: float
    ci_low: float
    ci_high: float
    alpha_if_dropped: FloatArray
    item_rest: FloatArray
    n_items: int
    n: int
    n_complete: int
    n_interval: int

    def row(self) -> dict[str, float]:
        """Give the scale as a tidy row."""
        return {
            "n_items": self.n_items,
            "n": self.n,
            "alpha": self.alpha,
            "alpha_low": self.ci_low,
            "alpha_high": self.ci_high,
        }


@dataclass(frozen=True)
class SpearmanBrown:
    """Reliability of a scale of two items, from their correlation over `n` rows that answered both."""

    reliability: float
    ci_low: float
    ci_high: float
    correlation: float
    n: int


@dataclass(frozen=True, eq=False)
class FloorCeiling:
    """Shares (0 to 1) of the `n` rows with a score that lie at the lowest and highest possible; all (p,)."""

    floor: FloatArray
    ceiling: FloatArray
    n: IntArray


def cronbach_alpha(items: ArrayLike, *, missing: Missing = "pairwise", level: float = 0.95) -> Alpha:
    """Give Cronbach's alpha with Feldt's interval, alpha if an item is dropped, and item-rest correlations.

    `items` (n, k), k >= 2, on any scale, NaN = no answer. `pairwise` takes each covariance over the rows
    that answered both items, `listwise` all of them over the rows that answered every item. alpha =
    k / (k - 1) (1 - sum of variances / sum of covariances); its interval is 1 - (1 - alpha) F at (n - 1) and
    (n - 1)(k - 1) degrees of freedom. Where a pair of items shares fewer than two rows, or nothing varies,
    the result is NaN.

    Source: Cronbach (1951), Psychometrika 16, 297-334; Feldt, Woodruff & Salih (1987), Applied
    Psychological Measurement 11, 93-103; R: psych::alpha, psych::alpha.ci (there with all rows as n).
    Raises ValueError for fewer than two items.
    """
    matrix = as_matrix(items, rows=np.shape(items)[0], name="items")
    k = matrix.shape[1]
    if k < 2:
        raise ValueError(f"alpha needs two items or more, found {k}")
    answered = ~np.isnan(matrix)
    complete = answered.all(axis=1)
    if missing == "listwise":
        matrix, answered = matrix[complete], answered[complete]
    covariance, shared = _pairwise_covariance(matrix)
    alpha = _alpha(covariance)
    smallest = int(shared.min())
    df = smallest - 1
    upper, lower = (f_quantile(p, df, df * (k - 1)) for p in ((1 + level) / 2, (1 - level) / 2))
    dropped = [_alpha(np.delete(np.delete(covariance, i, 0), i, 1)) for i in range(k)]
    return Alpha(
        alpha=alpha,
        ci_low=1 - (1 - alpha) * upper,
        ci_high=1 - (1 - alpha) * lower,
        alpha_if_dropped=np.array(dropped),
        item_rest=_item_rest(covariance),
        n_items=k,
        n=int((answered.sum(axis=1) >= 2).sum()),
        n_complete=int(complete.sum()),
        n_interval=smallest,
    )


def spearman_brown(items: ArrayLike, *, level: float = 0.95) -> SpearmanBrown:
    """Give the reliability of two items, 2 r / (1 + r), with the interval of r by Fisher's z carried over.

    `items` (n, 2), NaN = no answer; rows that answered both count. NaN where an item does not vary or, for
    the interval, with fewer than four rows. Source: Spearman (1910) and Brown (1910), British Journal of
    Psychology 3, 271-322; Eisinga, Te Grotenhuis & Pelzer (2013), International Journal of Public Health
    58, 637-642; R: psych::alpha()$total$std.alpha of two items. Raises ValueError unless there are two.
    """
    matrix = as_matrix(items, rows=np.shape(items)[0], name="items")
    if matrix.shape[1] != 2:
        raise ValueError(f"Spearman-Brown needs two items, found {matrix.shape[1]}")
    both = matrix[~np.isnan(matrix).any(axis=1)]
    n = len(both)
    r = float("nan")
    if n > 2 and (np.ptp(both, axis=0) > 0).all():
        covariance, _ = _pairwise_covariance(both)
        r = float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))
    with np.errstate(divide="ignore"):
        z = np.arctanh(np.clip(r, -1.0, 1.0))
    half = normal_quantile((1 + level) / 2) / np.sqrt(n - 3) if n > 3 else float("nan")
    ends = np.array([r, np.tanh(z - half), np.tanh(z + half)])
    with np.errstate(divide="ignore"):
        reliability, low, high = (2 * ends / (1 + ends)).tolist()
    return SpearmanBrown(reliability, low, high, r, n)


def floor_and_ceiling(
    scores: ArrayLike, lowest: ArrayLike, highest: ArrayLike, *, weights: ArrayLike | None = None
) -> FloorCeiling:
    """Give the shares of scores at the lowest and at the highest possible, of those with a score.

    `scores` (n, p), NaN = no score; `lowest` and `highest` one number or (p,), in the unit of the scores;
    `weights` (n,) default to 1. A column without a score is NaN. A difference of 1e-9 of the range counts as
    rounding. Source: Terwee et al. (2007), Journal of Clinical Epidemiology 60, 34-42. Raises ValueError
    for wrong shapes.
    """
    matrix = as_matrix(scores, rows=np.shape(scores)[0], name="scores")
    rows, p = matrix.shape
    low, high = (np.broadcast_to(np.asarray(end, dtype=np.float64), (p,)) for end in (lowest, highest))
    weight = as_matrix(np.ones(rows) if weights is None else weights, rows=rows, name="weights")
    scored = ~np.isnan(matrix) & (weight > 0)
    slack = 1e-9 * np.abs(high - low)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = weight * scored / (weight * scored).sum(axis=0)
    floor = np.sum(share * (matrix <= low + slack), axis=0)
    ceiling = np.sum(share * (matrix >= high - slack), axis=0)
    return FloorCeiling(floor, ceiling, scored.sum(axis=0, dtype=np.int64))


def _pairwise_covariance(matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give covariances over shared rows, and the number of those; R: cov(use = "pairwise.complete.obs")."""
    answered = ~np.isnan(matrix)
    mask = answered.astype(np.float64)
    filled = np.where(answered, matrix, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = filled.sum(axis=0) / mask.sum(axis=0)
        centred = np.where(answered, filled - means, 0.0)
        shared = mask.T @ mask
        sums = centred.T @ mask
        covariance = (centred.T @ centred - sums * sums.T / shared) / (shared - 1)
    return np.where(shared > 1, covariance, np.nan), shared


def _alpha(covariance: FloatArray) -> float:
    k, total = len(covariance), float(covariance.sum())
    if k < 2 or not total > 0:
        return float("nan")
    return k / (k - 1) * (1 - float(np.trace(covariance)) / total)


def _item_rest(covariance: FloatArray) -> FloatArray:
    """Correlate each item with the sum of the others (R: psych::alpha()$item.stats$r.drop)."""
    variance = np.diag(covariance)
    with_rest = covariance.sum(axis=0) - variance
    rest = covariance.sum() - 2 * with_rest - variance
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((variance > 0) & (rest > 0), with_rest / np.sqrt(variance * rest), np.nan)
