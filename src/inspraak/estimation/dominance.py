"""How much of an outcome's variance each of k predictors explains: dominance analysis and relative weights.

All of it rests on cross-products (k + 1, k + 1, b) of the predictors and, last, the outcome, in b data sets or
resamples, after a baseline has been taken out of them.
"""

from dataclasses import dataclass

import numpy as np

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.resampled_grams import REDUNDANT

MOST = 12
"""Predictors whose 2^k subsets are still worth their time."""
LARGER = 1e-12  # of R2: a smaller difference is rounding


@dataclass(frozen=True, eq=False)
class Dominance:
    """Which of k predictors explains more, by the R2 of all 2^k models of them (beyond a baseline).

    `general` (k,) is the mean increment of R2 over the sizes of the model that a predictor joins: they add up to the
    R2 of all (Shapley values). `conditional` (k, k) holds the increments by size, [:, 0] alone and [:, -1] last, the
    squared semipartial correlation. `complete` (k, k): [a, b] is the share of the models with neither in which a adds
    more than b, 1 = complete dominance; NaN on the diagonal.
    """

    general: FloatArray
    conditional: FloatArray
    complete: FloatArray

    @property
    def share(self) -> FloatArray:
        """The general dominance as share of the whole, (k,); NaN where nothing is explained."""
        whole = self.general.sum()
        return self.general / whole if whole > LARGER else np.full(self.general.shape, np.nan)


def explained_by_subsets(products: FloatArray, total: FloatArray) -> FloatArray:
    """Give R2 of every subset of k predictors, (2^k, b): bit i of the index says whether predictor i is in.

    `products` (k + 1, k + 1, b), `total` (b,) the sum of squares that R2 is a share of. Each predictor is left out of
    half of the models and taken out of the others, one after another. One that is redundant adds nothing. Raises
    ValueError for more than 12 predictors.
    """
    k = products.shape[0] - 1
    if k > MOST:
        raise ValueError(f"{k} predictors; expected {MOST} at most")
    left = products[np.newaxis]
    for i in range(k):
        pivot = left[:, 0, 0]
        there = pivot > REDUNDANT * products[i, i]
        ratio = left[:, 0, 1:] / np.where(there, pivot, np.inf)[:, np.newaxis]
        without = left[:, 1:, 1:]
        left = np.concatenate([without, without - left[:, 1:, :1] * ratio[:, np.newaxis]])
    unexplained = left[:, 0, 0]
    return np.asarray((products[-1, -1] - unexplained) / np.where(total > 0, total, np.nan))


def conditional_dominance(explained: FloatArray) -> FloatArray:
    """Give the mean increment of R2 by predictor and size of the model that it joins, (k, k, b).

    `explained` (2^k, b). The mean over sizes is the general dominance. Source: Azen & Budescu (2003), Psychological
    Methods 8, 129-148.
    """
    subsets, sizes, k = _subsets(explained)
    found = np.empty((k, k, explained.shape[1]))
    for predictor in range(k):
        without = subsets[(subsets >> predictor & 1) == 0]
        increment = explained[without | 1 << predictor] - explained[without]
        for size in range(k):
            found[predictor, size] = increment[sizes[without] == size].mean(axis=0)
    return found


def dominance(explained: FloatArray) -> Dominance:
    """Give the dominance analysis of R2 (2^k, b), their mean over the b data sets.

    Source: Budescu (1993), Psychological Bulletin 114, 542-551; Azen & Budescu (2003). R: domir::domir. The general
    one is that of Lindeman, Merenda & Gold (1980).
    """
    mean = explained.mean(axis=1, keepdims=True)
    subsets, _, k = _subsets(mean)
    conditional = conditional_dominance(mean)[:, :, 0]
    complete = np.full((k, k), np.nan)
    for a in range(k):
        for b in range(k):
            if a != b:
                neither = subsets[(subsets >> a & 1) + (subsets >> b & 1) == 0]
                gain = mean[neither | 1 << a] - mean[neither | 1 << b]
                complete[a, b] = (gain > LARGER).mean() if not np.isnan(gain).any() else np.nan
    return Dominance(conditional.mean(axis=1), conditional, complete)


def relative_weights(products: FloatArray, total: FloatArray) -> FloatArray:
    """Give Johnson's relative weights (k, b), which add up to R2.

    With C the predictors' correlations, L its symmetric root and r their correlations with the outcome: L^2 (L^-1 r)^2.
    `products` and `total` as in `explained_by_subsets`. Where a predictor has no variance, all are NaN.

    Source: Johnson (2000), Multivariate Behavioral Research 35, 1-19. R: rwa, yhat.
    """
    matrices = np.moveaxis(products, 2, 0)
    scale = np.sqrt(np.maximum(np.diagonal(matrices, axis1=1, axis2=2), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        correlations = matrices / (scale[:, :, np.newaxis] * scale[:, np.newaxis])
        remaining = np.square(scale[:, -1]) / np.where(total > 0, total, np.nan)
    usable = np.isfinite(correlations).all(axis=(1, 2))
    weights = np.full(scale[:, :-1].shape, np.nan)
    value, vector = np.linalg.eigh(correlations[usable][:, :-1, :-1])
    root = np.sqrt(np.maximum(value, 0.0))
    inverse = np.divide(1.0, root, out=np.zeros_like(root), where=value > REDUNDANT)
    to_root = (vector * root[:, np.newaxis]) @ vector.swapaxes(1, 2)
    from_root = (vector * inverse[:, np.newaxis]) @ vector.swapaxes(1, 2)
    slopes = from_root @ correlations[usable][:, :-1, -1:]
    weights[usable] = (np.square(to_root) @ np.square(slopes))[:, :, 0] * remaining[usable, np.newaxis]
    return np.asarray(weights.T)


def _subsets(explained: FloatArray) -> tuple[IntArray, IntArray, int]:
    """Give the numbers of all subsets, how many predictors each holds, and how many there are."""
    k = int(explained.shape[0]).bit_length() - 1
    subsets = np.arange(2**k)
    return subsets, (subsets[:, np.newaxis] >> np.arange(k) & 1).sum(axis=1), k
