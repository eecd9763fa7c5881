"""The restricted likelihood of a model with one random intercept, as a function of one ratio of variances.

The ratio is the variance between groups over that within. Mean and level of variance are profiled out, so one
dimension is left, and no search stops at a wrong place.
"""

from dataclasses import dataclass

import numpy as np

from inspraak.estimation.arrays import FloatArray, IntArray

GRID: FloatArray = np.concatenate([[0.0], np.exp(np.linspace(-20, 20, 161))])
"""Ratios that are tried first; the search goes on beside the best."""
HALVINGS = 60


@dataclass(frozen=True, eq=False)
class AtRatio:
    """The model at one ratio, with V the covariance of the rows over the variance within.

    `moments` ((k + 1), (k + 1)) is [X y]' V^-1 [X y], `first` and `second` its derivatives in the ratio; `residual`
    (k + 1,) is (-b, 1) with b the generalised least squares coefficients, `inverse` (k, k) that of X' V^-1 X.
    """

    moments: FloatArray
    first: FloatArray
    second: FloatArray
    residual: FloatArray
    inverse: FloatArray

    @property
    def squares(self) -> float:
        """Give the generalised sum of squared residuals."""
        return float(self.residual @ self.moments @ self.residual)

    @property
    def squares_first(self) -> float:
        """Give the derivative of the sum of squares in the ratio."""
        return float(self.residual @ self.first @ self.residual)

    @property
    def squares_second(self) -> float:
        """Give the second derivative of the sum of squares in the ratio."""
        across = (self.first @ self.residual)[:-1]
        return float(self.residual @ self.second @ self.residual - 2 * across @ self.inverse @ across)


@dataclass(frozen=True, eq=False)
class RestrictedLikelihood:
    """Moments of n rows in J groups: `cross` (k + 1, k + 1) of [X y], their `sums` (J, k + 1), the `size` (J,)."""

    cross: FloatArray
    sums: FloatArray
    size: FloatArray

    @classmethod
    def of(cls, x: FloatArray, y: FloatArray, groups: IntArray) -> "RestrictedLikelihood":
        """Take `x` (n, k), `y` (n,) and `groups` (n,), codes from 0, none without a row."""
        columns = np.column_stack([x, y])
        sums = np.zeros((int(groups.max()) + 1, columns.shape[1]))
        np.add.at(sums, groups, columns)
        return cls(columns.T @ columns, sums, np.bincount(groups).astype(np.float64))

    @property
    def df(self) -> float:
        """Give the rows less the coefficients."""
        return float(self.size.sum()) - (len(self.cross) - 1)

    def at(self, ratio: float) -> AtRatio:
        """Evaluate the model at one ratio, 0 or more."""
        spread = 1 + ratio * self.size
        moments = self.cross - (self.sums.T * (ratio / spread)) @ self.sums
        first = -(self.sums.T / spread**2) @ self.sums
        second = 2 * (self.sums.T * (self.size / spread**3)) @ self.sums
        inverse: FloatArray = np.asarray(np.linalg.inv(moments[:-1, :-1]), dtype=np.float64)
        residual = np.append(-inverse @ moments[:-1, -1], 1.0)
        return AtRatio(moments, first, second, residual, inverse)

    def deviance(self, ratios: FloatArray) -> FloatArray:
        """Give -2 times the profiled restricted log-likelihood at `ratios` (r,)."""
        spread = 1 + ratios[:, np.newaxis] * self.size
        shrunk = self.sums.T * (ratios[:, np.newaxis] / spread)[:, np.newaxis]
        moments = self.cross - shrunk @ self.sums
        inner = moments[:, :-1, :-1]
        across = moments[:, :-1, -1]
        fitted = np.linalg.solve(inner, across[:, :, np.newaxis])[:, :, 0]
        squares = moments[:, -1, -1] - (across * fitted).sum(axis=1)
        level = self.df * (1 + np.log(2 * np.pi * squares / self.df))
        return np.asarray(level + np.log(spread).sum(axis=1) + np.linalg.slogdet(inner)[1])

    def slope(self, ratio: float) -> float:
        """Give the derivative of the deviance in the ratio."""
        at = self.at(ratio)
        return float(
            (self.size / (1 + ratio * self.size)).sum()
            + (at.inverse * at.first[:-1, :-1]).sum()
            + self.df * at.squares_first / at.squares
        )

    def curvature(self, ratio: float) -> FloatArray:
        """Give the second derivatives of the deviance in (variance within, ratio), (2, 2), at the profiled variance."""
        at = self.at(ratio)
        variance = at.squares / self.df
        step = at.inverse @ at.first[:-1, :-1]
        bends = (
            at.squares_second / variance
            - np.square(self.size / (1 + ratio * self.size)).sum()
            + (at.inverse * at.second[:-1, :-1]).sum()
            - (step * step.T).sum()
        )
        across = -at.squares_first / variance**2
        return np.array([[self.df / variance**2, across], [across, bends]])

    def best_ratio(self) -> float:
        """Find the ratio of the highest restricted likelihood.

        0 where none above is better, infinite where the likelihood rises to the end. The best of GRID, then by
        halving the place beside it where the slope turns.
        """
        best = int(np.argmin(self.deviance(GRID)))
        if best == GRID.size - 1:
            return float("inf")
        if best <= 1 and self.slope(0.0) >= 0:
            return 0.0
        first = best - 1 if best and self.slope(float(GRID[best])) > 0 else best
        low, high = float(GRID[first]), float(GRID[first + 1])
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            low, high = (low, middle) if self.slope(middle) > 0 else (middle, high)
        return (low + high) / 2
