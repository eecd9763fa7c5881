"""How alike the members of a group are: intraclass correlations of many measures at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from inspraak.estimation.arrays import FloatArray, IntArray, as_codes, as_matrix


@dataclass(frozen=True, eq=False)
class Intraclass:
    """Intraclass correlations of p measures, all (p,).

    `icc` is the share of the variance that lies between groups by analysis of variance (may be below 0), `icc_reml`
    the same by restricted maximum likelihood (never below 0), `group_mean_reliability` that of the means of groups
    (1 - 1 / F). `n` rows and `groups` groups with a value; NaN without two groups or without variance.
    """

    icc: FloatArray
    icc_reml: FloatArray
    group_mean_reliability: FloatArray
    f_statistic: FloatArray
    mean_square_between: FloatArray
    mean_square_within: FloatArray
    n: IntArray
    groups: IntArray


def intraclass_correlation(values: ArrayLike, groups: ArrayLike) -> Intraclass:
    """Give the intraclass correlations of `values` (n, p), NaN = no value, by `groups` (n,), unweighted.

    One-way random effects: (MSB - MSW) / (MSB + (k0 - 1) MSW) with k0 = (n - sum n_j^2 / n) / (J - 1). Source: Shrout &
    Fleiss (1979), Psychological Bulletin 86, 420-428, ICC(1) and ICC(2); unequal groups: Snedecor & Cochran (1980),
    13.7. R: multilevel::ICC1, lme4::lmer. Raises ValueError for wrong shapes and missing groups.
    """
    matrix = as_matrix(values, rows=np.shape(values)[0], name="values")
    group = as_codes(groups, rows=len(matrix), name="groups")
    known = ~np.isnan(matrix)
    member = (group[:, np.newaxis] == np.arange(int(group.max(initial=-1)) + 1)).astype(np.float64)
    size = member.T @ known  # (J, p)
    n, present = size.sum(axis=0), (size > 0).sum(axis=0)
    filled = np.where(known, matrix, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        overall = filled.sum(axis=0) / n
        means = (member.T @ filled) / size
        between = np.nansum(size * (means - overall) ** 2, axis=0)
        within = np.where(known, (matrix - means[group]) ** 2, 0.0).sum(axis=0)
        msb, msw = between / (present - 1), within / (n - present)
        k0 = (n - (size**2).sum(axis=0) / n) / (present - 1)
        icc = (msb - msw) / (msb + (k0 - 1) * msw)
        reliability = (msb - msw) / msb
        ratio = msb / msw
    usable = (present > 1) & (n > present) & (between + within > 0)
    reml = [
        _reml(means[:, j][size[:, j] > 0], size[:, j][size[:, j] > 0], float(within[j]))
        if usable[j]
        else np.nan
        for j in range(matrix.shape[1])
    ]
    found = {
        "icc": icc,
        "icc_reml": np.array(reml),
        "group_mean_reliability": reliability,
        "f_statistic": ratio,
        "mean_square_between": msb,
        "mean_square_within": msw,
    }
    known_only = {name: np.where(usable, part, np.nan) for name, part in found.items()}
    return Intraclass(**known_only, n=n.astype(np.int64), groups=present.astype(np.int64))


def _reml(means: FloatArray, size: FloatArray, within: float) -> float:
    """Maximise the restricted likelihood over the ratio of the variance between groups to that within.

    Profiled over mean and variance (Searle, Casella & McCulloch 1992, Variance Components, 3.8); one dimension, so
    that no search stops at a wrong place.
    """
    if within <= 0:
        return 1.0
    freedom = size.sum() - 1

    def minus_twice(log_ratio: float) -> float:
        ratio = np.exp(log_ratio)
        precision = size / (1 + ratio * size)
        mean = (precision * means).sum() / precision.sum()
        squares = within + (precision * (means - mean) ** 2).sum()
        spread = np.log1p(ratio * size).sum() + np.log(precision.sum())
        return float(freedom * np.log(squares / freedom) + spread)

    grid = np.linspace(-20, 8, 113)
    best = grid[int(np.argmin([minus_twice(at) for at in grid]))]
    found = optimize.minimize_scalar(
        minus_twice, bounds=(best - 0.5, best + 0.5), method="bounded", options={"xatol": 1e-10}
    )
    if minus_twice(-50.0) <= found.fun:
        return 0.0
    ratio = float(np.exp(found.x))
    return ratio / (1 + ratio)
