"""Effects whose intervals come from bootstrap draws in m imputed data sets."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np
from scipy import special

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.distributions import normal_quantile

Interval = Literal["percentile", "bias_corrected"]


@dataclass(frozen=True, eq=False)
class ResampledEffects:
    """Effects shaped (...,): point estimates, and what they are in each bootstrap sample of each data set.

    `points` (..., m) hold the estimates in the imputed data sets, `draws` (..., m d) those in d resamples of each,
    stretched (see `stretched_draws`) and in rising order, NaN last; `failed` (...,) counts the draws that gave
    none, because a resample lacked the variation that the effect needs.
    """

    null_hypothesis: ClassVar[str] = "the effect is zero"

    points: FloatArray
    draws: FloatArray
    failed: IntArray

    @property
    def estimate(self) -> FloatArray:
        """Mean of the estimates over the data sets."""
        return np.asarray(self.points.mean(axis=-1))

    @property
    def std_error(self) -> FloatArray:
        """Root of Rubin's total variance: the draws' standard deviation."""
        known = ~np.isnan(self.draws)
        n = known.sum(axis=-1)
        values = np.where(known, self.draws, 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = values.sum(axis=-1) / n
            squares = np.square(values - mean[..., np.newaxis]).sum(axis=-1, where=known)
            return np.where(n > 1, np.sqrt(squares / (n - 1)), np.nan)

    @property
    def p_value(self) -> FloatArray:
        """Two-sided p: twice the smaller share of draws on either side of zero, by (count + 1) / (draws + 1).

        The smallest level at which the percentile interval leaves zero out. Efron & Tibshirani (1993), An Introduction
        to the Bootstrap, 16.4; Davison & Hinkley (1997), Bootstrap Methods and their Application, 4.2.
        """
        n = (~np.isnan(self.draws)).sum(axis=-1)
        fewer = np.minimum((self.draws <= 0).sum(axis=-1), (self.draws >= 0).sum(axis=-1))
        return np.where(np.isnan(self.estimate) | (n == 0), np.nan, np.minimum(1, 2 * (fewer + 1) / (n + 1)))

    def intervals(
        self, level: float = 0.95, *, kind: Interval = "percentile"
    ) -> tuple[FloatArray, FloatArray]:
        """Give lower and upper bounds, each (...,).

        `percentile`: quantiles of the draws (R: boot::boot.ci(type = "perc")). `bias_corrected`: their levels are moved
        by twice the normal quantile of the share of draws below the estimate (Efron 1981, Canadian Journal of
        Statistics 9, 139-172; Efron & Tibshirani 1993, 14.3, without acceleration). Both take the quantile by linear
        interpolation. NaN where no draw is known. Raises ValueError for another kind.
        """
        if kind not in get_args(Interval):
            raise ValueError(f"kind is {kind!r}; expected one of {get_args(Interval)}")
        shape = self.points.shape[:-1]
        low, high = np.full(shape, np.nan), np.full(shape, np.nan)
        for place in np.ndindex(shape):
            draws = self.draws[place]
            known = draws[~np.isnan(draws)]
            estimate = float(self.points[place].mean())
            if known.size and not np.isnan(estimate):
                low[place], high[place] = np.quantile(known, _levels(known, estimate, level, kind))
        return low, high


def _levels(draws: FloatArray, estimate: float, level: float, kind: Interval) -> tuple[float, float]:
    """Give the shares of the draws at which the bounds of an interval lie."""
    tail = (1 - level) / 2
    if kind == "percentile":
        return tail, 1 - tail
    below = ((draws < estimate).sum() + (draws <= estimate).sum()) / (2 * draws.size)
    shift = 2 * normal_quantile(float(np.clip(below, 0.5 / draws.size, 1 - 0.5 / draws.size)))
    quantile = normal_quantile(1 - tail)
    return float(special.ndtr(shift - quantile)), float(special.ndtr(shift + quantile))


def resampled_effects(points: FloatArray, draws: FloatArray) -> ResampledEffects:
    """Join the draws of m data sets: `points` (..., m), `draws` (..., m, d), NaN where a resample gave none.

    See `stretched_draws`.
    """
    stretched = stretched_draws(points, draws)
    joined = np.sort(stretched.reshape(*draws.shape[:-2], -1), axis=-1)
    return ResampledEffects(points, joined, np.isnan(joined).sum(axis=-1))


def stretched_draws(points: FloatArray, draws: FloatArray) -> FloatArray:
    """Give draws (..., m, d) of m data sets with estimates `points` (..., m) the variance of Rubin's rules when pooled.

    Imputation comes first, resampling second, and the draws of all data sets are pooled: "MI Boot (pooled sample)" of
    Schomaker & Heumann (2018), Statistics in Medicine 37, 2252-2266. Pooled draws vary by the mean variance within
    data sets plus (m - 1) / m times that between; Rubin's total variance has (m + 1) / m there. So the distances of
    the data sets' estimates from their mean are stretched by the root of (m + 1) / (m - 1), each draw with its data
    set, and the draws have Rubin's variance at any m. As Rubin's rules they hold where the imputation model is
    congenial with the analysis (Bartlett & Hughes 2020, Statistical Methods in Medical Research 29, 3533-3546).
    """
    m = points.shape[-1]
    if m == 1:
        return draws
    distance = points - points.mean(axis=-1, keepdims=True)
    return np.asarray(draws + (distance * (np.sqrt((m + 1) / (m - 1)) - 1))[..., np.newaxis])
