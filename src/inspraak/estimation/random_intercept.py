"""Linear regression with a random intercept per group, by restricted maximum likelihood."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_triangular
from scipy.special import chdtrc

from inspraak.estimation.arrays import FloatArray, IntArray, as_codes, as_matrix
from inspraak.estimation.restricted_likelihood import RestrictedLikelihood

SINGULAR = 1e-10  # a column, or a rest within groups, that is less than this share of its length is nothing


@dataclass(frozen=True, eq=False)
class RandomIntercept:
    """One regression of k terms with J groups; coefficients in units of the outcome per unit of the term.

    `covariance` (k, k) takes the ratio of the variances as known; `df` (k,) are Satterthwaite's, n - k where
    `variance_between` is 0. `group_effects` (J,) are the best linear unbiased predictions of the intercepts less their
    mean, of the `groups` (J,) (codes as given), each with `group_std_errors` given the coefficients.
    `log_likelihood` is the restricted one. `statistic` is twice its rise over that without random intercept,
    `p_value` from half chi-square 0, half chi-square 1, as a variance cannot lie below 0.
    """

    null_hypothesis: ClassVar[str] = "the intercept is the same in all groups"

    coefficients: FloatArray
    covariance: FloatArray
    df: FloatArray
    variance_between: float
    variance_within: float
    log_likelihood: float
    statistic: float
    p_value: float
    group_effects: FloatArray
    group_std_errors: FloatArray
    groups: FloatArray | IntArray
    n: int

    @property
    def std_errors(self) -> FloatArray:
        """Give the standard errors of the coefficients, (k,)."""
        return np.sqrt(np.diagonal(self.covariance))

    @property
    def icc(self) -> float:
        """Give the share of the residual variance that lies between groups."""
        return self.variance_between / (self.variance_between + self.variance_within)


def fit_random_intercept(terms: ArrayLike, outcome: ArrayLike, groups: ArrayLike) -> RandomIntercept:
    """Fit y = X b + u_group + e, with u and e normal and independent, unweighted.

    `terms` (n, k), with an intercept where one is meant; `outcome` (n,); NaN = missing, a row with one is left out.
    `groups` (n,) codes. The likelihood is profiled over all but the ratio of the variances, and that is searched in
    one dimension, 0 included.

    Source: Searle, Casella & McCulloch (1992), Variance Components, 6.6; test: Stram & Lee (1994), Biometrics 50,
    1171-1177; degrees of freedom: Fai & Cornelius (1996), Journal of Statistical Computation and Simulation 54,
    363-378. R: lme4::lmer(y ~ x + (1 | group)), lmerTest. Raises ValueError for wrong shapes, missing groups, terms
    that depend on each other, and where the data cannot part the variances: fewer than two groups, no group of two
    rows, no spread within groups.
    """
    y = as_matrix(outcome, rows=np.shape(outcome)[0], name="outcome")[:, 0]
    x = as_matrix(terms, rows=y.size, name="terms")
    codes = as_codes(groups, rows=y.size, name="groups")
    kept = ~(np.isnan(x).any(axis=1) | np.isnan(y))
    present, code = np.unique(codes[kept], return_inverse=True)
    names = np.unique(np.asarray(groups))[present]
    x, y = x[kept], y[kept]
    _check(x, y, code)
    basis, triangle = np.linalg.qr(x)
    flat = basis.T @ y
    likelihood = RestrictedLikelihood.of(basis, y - basis @ flat, code)
    ratio = likelihood.best_ratio()
    if not np.isfinite(ratio):
        raise ValueError("the outcome has no spread within groups beyond the terms")
    at = likelihood.at(ratio)
    within = at.squares / likelihood.df
    back = solve_triangular(triangle, np.eye(x.shape[1]))
    deviance = likelihood.deviance(np.array([0.0, ratio]))
    rise = max(float(deviance[0] - deviance[1]), 0.0) if ratio > 0 else 0.0
    scale = 2 * np.log(np.abs(np.diagonal(triangle))).sum()
    spread = ratio / (1 + ratio * likelihood.size)
    return RandomIntercept(
        coefficients=back @ (flat - at.residual[:-1]),
        covariance=within * back @ at.inverse @ back.T,
        df=_satterthwaite(likelihood, ratio, back),
        variance_between=ratio * within,
        variance_within=within,
        log_likelihood=float(-(deviance[1] + scale) / 2),
        statistic=rise,
        p_value=float(chdtrc(1, rise)) / 2 if rise > 0 else 1.0,
        group_effects=spread * (likelihood.sums @ at.residual),
        group_std_errors=np.sqrt(within * spread),
        groups=names,
        n=y.size,
    )


def _check(x: FloatArray, y: FloatArray, code: IntArray) -> None:
    """Refuse rows from which the two variances and the coefficients cannot be told."""
    size = np.bincount(code)
    if size.size < 2 or size.max() < 2:
        raise ValueError(
            f"{size.size} groups, the largest of {size.max(initial=0)} rows; expected two of each"
        )
    if y.size <= x.shape[1]:
        raise ValueError(f"{y.size} complete rows for {x.shape[1]} terms")
    lengths = np.linalg.norm(x, axis=0)
    singular = np.linalg.svd(x / np.where(lengths > 0, lengths, 1.0), compute_uv=False)
    if singular.min(initial=1.0) < SINGULAR * np.sqrt(y.size):
        raise ValueError("terms depend on each other")
    columns = np.column_stack([x, y])
    means = np.zeros((size.size, columns.shape[1]))
    np.add.at(means, code, columns)
    inner = columns - (means / size[:, np.newaxis])[code]
    rest = inner[:, -1] - inner[:, :-1] @ np.linalg.lstsq(inner[:, :-1], inner[:, -1], rcond=None)[0]
    if np.linalg.norm(rest) <= SINGULAR * np.linalg.norm(y):
        raise ValueError("the outcome has no spread within groups beyond the terms")


def _satterthwaite(likelihood: RestrictedLikelihood, ratio: float, back: FloatArray) -> FloatArray:
    """Give 2 V^2 / var(V) for the variance V of each coefficient, with var(V) by the delta method.

    The covariance of (variance within, ratio) is twice the inverse of the curvature of the deviance. A ratio of 0 lies
    on the edge, where there is none: V then moves with the variance within alone.
    """
    if ratio == 0:
        return np.full(len(back), likelihood.df)
    at = likelihood.at(ratio)
    within = at.squares / likelihood.df
    unscaled = np.diagonal(back @ at.inverse @ back.T)
    moved = -np.diagonal(back @ at.inverse @ at.first[:-1, :-1] @ at.inverse @ back.T)
    gradient = np.vstack([unscaled, within * moved])
    spread = 2 * np.linalg.inv(likelihood.curvature(ratio))
    return np.asarray(2 * (within * unscaled) ** 2 / (gradient * (spread @ gradient)).sum(axis=0))
