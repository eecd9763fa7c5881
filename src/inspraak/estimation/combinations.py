"""Linear combinations of the coefficients of one model in m imputed data sets: sums, slopes, differences."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.coefficients import WaldTest, wald_test
from inspraak.estimation.pooling import PooledEstimates, combine, pool_wald


@dataclass(frozen=True, eq=False)
class CombinedTerms:
    """Coefficients (m, t) of t terms in m data sets with covariances (m, t, t); m is 1 where nothing was imputed.

    `df` are the degrees of freedom had nothing been missing. A combination of an unknown coefficient is NaN.
    """

    coefficients: FloatArray
    covariances: FloatArray
    df: float

    @cached_property
    def each(self) -> PooledEstimates:
        """The coefficients themselves, pooled, (t,)."""
        return self.sums(np.eye(self.coefficients.shape[1]))

    def sums(self, weights: ArrayLike) -> PooledEstimates:
        """Pool sums of the coefficients times `weights` (..., t), each (...,).

        By Rubin's rules for each sum (R: mice::pool of the sums; multcomp::glht for one data set).
        """
        given = np.asarray(weights, dtype=np.float64)
        return self.sums_each(np.broadcast_to(given, (len(self.coefficients), *given.shape)))

    def sums_each(self, weights: FloatArray, scale: FloatArray | None = None) -> PooledEstimates:
        """Pool sums as `sums` does, of `weights` (m, ..., t) that differ between data sets, times `scale` (m, ...)."""
        unknown = np.isnan(self.coefficients) | np.isnan(np.diagonal(self.covariances, axis1=1, axis2=2))
        known = np.where(unknown, 0.0, self.coefficients)
        covariances = np.where(unknown[:, :, np.newaxis] | unknown[:, np.newaxis], 0.0, self.covariances)
        points = np.einsum("m...t,mt->m...", weights, known)
        variances = np.maximum(np.einsum("m...t,mts,m...s->m...", weights, covariances, weights), 0)
        hidden = ((weights != 0).any(axis=0) & unknown.any(axis=0)).any(axis=-1)
        times = np.ones_like(points) if scale is None else scale
        return combine(np.where(hidden, np.nan, points * times), variances * np.square(times), df=self.df)

    def joint(self, terms: Sequence[int]) -> WaldTest:
        """Test that the coefficients of some terms are all zero: F, or D1 over several data sets."""
        chosen = list(terms)
        points, covariances = self.coefficients[:, chosen], self.covariances[:, chosen][:, :, chosen]
        if len(points) == 1:
            return wald_test(points[0], covariances[0], self.df)
        return pool_wald(points, covariances, df=self.df)

    @cached_property
    def pooled(self) -> FloatArray:
        """Mean of the coefficients over data sets, (t,)."""
        return np.asarray(self.coefficients.mean(axis=0))

    @cached_property
    def total_covariance(self) -> FloatArray:
        """Rubin's total covariance (t, t): the mean one plus (1 + 1 / m) times that between data sets."""
        within, m = self.covariances.mean(axis=0), len(self.coefficients)
        if m == 1:
            return np.asarray(within)
        distance = self.coefficients - self.pooled
        return np.asarray(within + (1 + 1 / m) * distance.T @ distance / (m - 1))
