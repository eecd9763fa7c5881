"""How alike the members of a group are: intraclass correlations of many measures at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray, IntArray, as_codes, as_matrix
from inspraak.estimation.restricted_likelihood import RestrictedLikelihood


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
        _reml(matrix[known[:, j], j], group[known[:, j]], float(within[j])) if usable[j] else np.nan
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


def _reml(values: FloatArray, groups: IntArray, within: float) -> float:
    """Give the share that lies between groups at the highest restricted likelihood of a mean alone."""
    if within <= 0:
        return 1.0
    code = np.unique(groups, return_inverse=True)[1]
    about = values - values.mean()
    ratio = RestrictedLikelihood.of(np.ones((about.size, 1)), about, code).best_ratio()
    return ratio / (1 + ratio) if np.isfinite(ratio) else 1.0
