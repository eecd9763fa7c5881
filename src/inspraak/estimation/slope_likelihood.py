"""The restricted likelihood of a model with a random intercept and a random slope per group, from moments.

With D the covariance of intercept and slope over the variance within groups, D = L L', L lower triangular with entries
(a, 0), (b, c): no search leaves the admissible D, and a variance of nil or a correlation of one is reached by a smooth
way. The likelihood is even in c, and in (a, b) together. It needs the rest that the terms leave of the groups' columns
alone: -2 log-likelihood is df log(2 pi s^2) + r / s^2 + log det(I + L'Z'P Z L) + log det X'X, with P the projection
off X and r what L'Z'P leaves of y'P y (Searle, Casella & McCulloch 1992, Variance Components, 6.6 and appendix M.4).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inspraak.estimation.arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class SlopeLikelihood:
    """Moments of m data sets with J groups, and the mean of their deviances as a function of the variances.

    `cross` (m, k + 1, k + 1) is [X y]'[X y]; `inner` (m, J, 3) holds the count, the sum and the sum of squares of x in
    each group, `outer` (m, J, 2, k + 1) its [1 x]'[X y]. With `restricted` the coefficients are integrated out (REML),
    else they are profiled out (ML). One data set is m = 1.
    """

    cross: FloatArray
    inner: FloatArray
    outer: FloatArray
    restricted: bool = True

    @classmethod
    def of(
        cls, terms: FloatArray, x: FloatArray, y: FloatArray, groups: IntArray, used: FloatArray
    ) -> "SlopeLikelihood":
        """Take `terms` (m, k, n), `x` (m, n), `y` (m, n), `groups` (n,) codes from 0, and `used` (m, n), 0 or 1."""
        columns = np.concatenate([terms, y[:, np.newaxis]], axis=1) * used[:, np.newaxis]
        both = np.stack([used, x * used], axis=1)
        member = (groups[:, np.newaxis] == np.arange(int(groups.max()) + 1)).astype(np.float64)
        outer = np.einsum("mzn,nj,mkn->mjzk", both, member, columns, optimize=True)
        inner = np.stack([used, x * used, np.square(x) * used], axis=2).swapaxes(1, 2) @ member
        return cls(columns @ columns.swapaxes(1, 2), inner.swapaxes(1, 2), outer)

    @property
    def df(self) -> FloatArray:
        """Rows (m,), less the coefficients where these are integrated out."""
        k = self.cross.shape[1] - 1
        return np.asarray(self.inner[:, :, 0].sum(axis=1) - (k if self.restricted else 0))

    @cached_property
    def _projected(self) -> tuple[FloatArray, FloatArray]:
        """What the terms leave of [Z y]'[Z y], (m, 2 J + 1, 2 J + 1), Z intercepts, then slopes; log det X'X (m,)."""
        m, groups, _, _ = self.outer.shape
        terms, y = self.cross[:, :-1, :-1], self.cross[:, :-1, -1:]
        outer = self.outer.swapaxes(1, 2).reshape(m, 2 * groups, -1)
        right = np.concatenate([outer[..., :-1].swapaxes(1, 2), y], axis=2)  # (m, k, 2 J + 1)
        whole = np.zeros((m, 2 * groups + 1, 2 * groups + 1))
        place = np.arange(groups)
        for (row, column), part in zip(((0, 0), (0, groups), (groups, groups)), range(3)):
            whole[:, place + row, place + column] = self.inner[:, :, part]
            whole[:, place + column, place + row] = self.inner[:, :, part]
        whole[:, :-1, -1] = whole[:, -1, :-1] = outer[..., -1]
        whole[:, -1, -1] = self.cross[:, -1, -1]
        left = whole - right.swapaxes(1, 2) @ np.linalg.solve(terms, right)
        return left, np.asarray(np.linalg.slogdet(terms)[1])

    def _parts(self, factor: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give generalised sums of squared residuals and log-determinants at factors (b, 3), (b, m) each."""
        left, terms = self._projected
        groups = self.inner.shape[1]
        a, b, c = factor.T[:, :, np.newaxis, np.newaxis, np.newaxis]
        one, two, y = slice(0, groups), slice(groups, 2 * groups), 2 * groups
        levels, mixed, slopes = left[:, one, one], left[:, one, two], left[:, two, two]
        work = np.empty((len(factor), *left.shape))
        work[:, :, one, one] = a * a * levels + a * b * (mixed + mixed.swapaxes(1, 2)) + b * b * slopes
        work[:, :, two, one] = c * (a * mixed.swapaxes(1, 2) + b * slopes)
        work[:, :, two, two] = c * c * slopes
        work[:, :, y, one] = a[..., 0] * left[:, y, one] + b[..., 0] * left[:, y, two]
        work[:, :, y, two] = c[..., 0] * left[:, y, two]
        work[:, :, y, y] = left[:, y, y]
        diagonal = np.arange(2 * groups)
        work[:, :, diagonal, diagonal] += 1.0
        root = np.diagonal(np.linalg.cholesky(work), axis1=2, axis2=3)  # reads the lower triangle alone
        if self.restricted:
            return np.square(root[..., -1]), 2 * np.log(root[..., :-1]).sum(axis=2) + terms
        return np.square(root[..., -1]), self._log_det(factor)

    def _log_det(self, factor: FloatArray) -> FloatArray:
        """Give log det V at factors (b, 3), (b, m)."""
        a, b, c = factor.T[:, :, np.newaxis, np.newaxis]
        count, total, squares = (self.inner[np.newaxis, :, :, part] for part in range(3))
        first = 1 + a * a * count + 2 * a * b * total + b * b * squares
        between = c * (a * total + b * squares)
        return np.asarray(
            (np.log(first) + np.log(1 + c * c * squares - between * between / first)).sum(axis=2)
        )

    def deviances(self, factor: FloatArray, log_sigma: FloatArray) -> FloatArray:
        """Give -2 log-likelihood of each data set at factors (b, 3) and log SDs within groups (b,), (b, m)."""
        squares, log_det = self._parts(factor)
        level = self.df * (np.log(2 * np.pi) + 2 * log_sigma[:, np.newaxis])
        return np.asarray(level + squares * np.exp(-2 * log_sigma)[:, np.newaxis] + log_det)

    def profiled(self, factor: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give the mean deviance at factors (b, 3) at the best SD within groups, and the log of that SD, (b,) each."""
        squares, log_det = self._parts(factor)
        df = self.df.mean()
        variance = squares.mean(axis=1) / df
        return np.asarray(df * (1 + np.log(2 * np.pi * variance)) + log_det.mean(axis=1)), np.log(
            variance
        ) / 2

    def coefficients(self, factor: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give generalised least squares coefficients (m, k) at one factor (3,), and the inverse of X'V^-1 X."""
        shrink = self.shrinkage(factor)
        moments = self.cross - np.einsum("mjyk,mjyz,mjzl->mkl", self.outer, shrink, self.outer, optimize=True)
        inverse = np.linalg.inv(moments[:, :-1, :-1])
        return np.einsum("mkl,ml->mk", inverse, moments[:, :-1, -1]), np.asarray(inverse, dtype=np.float64)

    def shrinkage(self, factor: FloatArray) -> FloatArray:
        """Give L (I + L'Z'Z L)^-1 L' of each group, (m, J, 2, 2): what turns Z'residuals into effects."""
        lower = np.array([[factor[0], 0.0], [factor[1], factor[2]]])
        inner = self.inner[..., [[0, 1], [1, 2]]]
        middle = np.linalg.inv(np.eye(2) + lower.T @ inner @ lower)
        return np.asarray(lower @ middle @ lower.T)
