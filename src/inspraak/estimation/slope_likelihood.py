"""The restricted likelihood of a model with a random intercept and a random slope per group, from moments.

With D the covariance of intercept and slope over the variance within groups, D = L L', L lower triangular with entries
(a, 0), (b, c): no search leaves the admissible D, and a variance of nil or a correlation of one is reached by a smooth
way. The likelihood is even in c, and in (a, b) together.
"""

from dataclasses import dataclass

import numpy as np

from inspraak.estimation.arrays import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class AtFactor:
    """The model at b factors L in m data sets, with V the covariance of the rows over the variance within.

    `log_det` (b, m) is that of V; `moments` (b, m, k + 1, k + 1) is [X y]' V^-1 [X y].
    """

    log_det: FloatArray
    moments: FloatArray

    @property
    def coefficients(self) -> FloatArray:
        """Generalised least squares coefficients, (b, m, k)."""
        solved = np.linalg.solve(self.moments[..., :-1, :-1], self.moments[..., :-1, -1:])
        return np.asarray(solved[..., 0], dtype=np.float64)

    @property
    def squares(self) -> FloatArray:
        """Generalised sums of squared residuals, (b, m)."""
        across = self.moments[..., :-1, -1]
        return np.asarray(self.moments[..., -1, -1] - (across * self.coefficients).sum(axis=-1))


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

    def whitened(self, factor: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give, for factors (b, 3), what V^-1 takes off the moments, (b, m, 2 J, k + 1), and log det V, (b, m)."""
        a, b, c = factor.T[:, :, np.newaxis, np.newaxis]
        count, total, squares = (self.inner[np.newaxis, :, :, part] for part in range(3))
        first = 1 + a * a * count + 2 * a * b * total + b * b * squares
        between = c * (a * total + b * squares)
        second = 1 + c * c * squares - between * between / first
        low = (a[..., np.newaxis] * self.outer[:, :, 0] + b[..., np.newaxis] * self.outer[:, :, 1]) / np.sqrt(
            first
        )[..., np.newaxis]
        ratio = (between / np.sqrt(first))[..., np.newaxis]
        high = (c[..., np.newaxis] * self.outer[:, :, 1] - ratio * low) / np.sqrt(second)[..., np.newaxis]
        return np.concatenate([low, high], axis=2), (np.log(first) + np.log(second)).sum(axis=2)

    def at(self, factor: FloatArray) -> AtFactor:
        """Evaluate the model at factors (b, 3): a, b and c of each."""
        taken, log_det = self.whitened(factor)
        return AtFactor(log_det, self.cross - taken.swapaxes(2, 3) @ taken)

    def deviances(self, factor: FloatArray, log_sigma: FloatArray) -> FloatArray:
        """Give -2 log-likelihood of each data set at factors (b, 3) and log SDs within groups (b,), (b, m)."""
        at = self.at(factor)
        spread = at.squares * np.exp(-2 * log_sigma)[:, np.newaxis]
        level = self.df * (np.log(2 * np.pi) + 2 * log_sigma[:, np.newaxis])
        return np.asarray(level + spread + self._determinants(at))

    def profiled(self, factor: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give the mean deviance at factors (b, 3) at the best SD within groups, and the log of that SD, (b,) each."""
        at, df = self.at(factor), self.df.mean()
        variance = at.squares.mean(axis=1) / df
        level = df * (1 + np.log(2 * np.pi * variance))
        return np.asarray(level + self._determinants(at).mean(axis=1)), np.log(variance) / 2

    def _determinants(self, at: AtFactor) -> FloatArray:
        if not self.restricted:
            return at.log_det
        return np.asarray(at.log_det + np.linalg.slogdet(at.moments[..., :-1, :-1])[1])
