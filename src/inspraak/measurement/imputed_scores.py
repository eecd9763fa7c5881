"""Means of indices and their correlations over all imputations, pooled by Rubin's rules."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.estimation.correlation import Correlations, correlate
from inspraak.estimation.description import describe_means, difference_from_rest
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.distributions import t_p_value, t_quantile
from inspraak.estimation.pooling import PooledEstimates, combine

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


def imputed_values(scores: pd.DataFrame, imputed: pd.DataFrame | None) -> dict[str, FloatArray]:
    """Give the indices (m, n) in which an imputed answer counts, by name; none without imputations.

    `scores` has n rows, `imputed` m n: every imputation below the one before.
    """
    if imputed is None or not len(scores):
        return {}
    found = {}
    for name in scores.columns:
        if name == "employer":
            continue
        values = imputed[name].to_numpy(dtype=float).reshape(-1, len(scores))
        given = np.broadcast_to(scores[name].to_numpy(dtype=float), values.shape)
        if len(values) > 1 and not np.array_equal(values, given, equal_nan=True):
            found[str(name)] = values
    return found


@dataclass(frozen=True, eq=False)
class PooledMeans:
    """Pooled means of q indices in g domains, and pooled differences in d of them; `design_effect` (q, g) and
    `cohens_d` (q, d) are means over the imputations.
    """

    means: PooledEstimates
    differences: PooledEstimates
    design_effect: FloatArray
    cohens_d: FloatArray


def pool_means(
    values: FloatArray, members: BoolArray, groups: BoolArray, universe: BoolArray, design: SurveyDesign
) -> PooledMeans:
    """Pool means in the domains `members` (n, g), and of each of `groups` (n, d) the difference from the rest.

    `values` (m, n, q), NaN = not asked. Degrees of freedom of Barnard & Rubin, from those of the design.
    """
    m, n, q = values.shape
    stacked = values.transpose(1, 0, 2).reshape(n, m * q)
    found = describe_means(stacked, members, design)
    shape = (m, q, members.shape[1])
    means = _pooled(found.estimate.reshape(shape), found.std_error.reshape(shape), found.df.reshape(shape))
    apart = difference_from_rest(stacked, groups, design, universe=universe)
    shape = (m, q, groups.shape[1])
    differences = _pooled(
        apart.estimate.reshape(shape), apart.std_error.reshape(shape), apart.df.reshape(shape)
    )
    effect = found.design_effect.reshape(m, q, -1).mean(axis=0)
    return PooledMeans(means, differences, effect, apart.cohens_d.reshape(shape).mean(axis=0))


def _pooled(estimates: FloatArray, errors: FloatArray, df: npt.NDArray[np.int64]) -> PooledEstimates:
    return combine(estimates, np.square(errors), df=df.min(axis=0))


@dataclass(frozen=True, eq=False)
class PooledCorrelations:
    """Pooled correlations of p columns; every array is (p, p). `std_error` is theirs by the delta method."""

    estimate: FloatArray
    std_error: FloatArray
    df: FloatArray
    p_value: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    fmi: FloatArray


def pool_correlations(values: FloatArray, design: SurveyDesign, *, level: float = 0.95) -> PooledCorrelations:
    """Pool the correlations of every pair of indices in each data set; `values` (m, n, p), NaN = not asked."""
    return pool_each([correlate(one, design) for one in values], weighted=design.is_weighted, level=level)


def pool_each(each: Sequence[Correlations], *, weighted: bool, level: float = 0.95) -> PooledCorrelations:
    """Pool the correlations of m data sets on Fisher's z, whose variance is 1 / (effective n - 3 - controls).

    Without weights n is the effective number. NaN on the diagonal and where too few employers are shared. Source:
    van Buuren (2018), Flexible Imputation of Missing Data, 5.2; R: miceadds::micombine.cor.
    """
    r = np.stack([one.estimate for one in each])
    r[:, np.arange(r.shape[1]), np.arange(r.shape[1])] = np.nan
    freedom = np.stack([(one.effective_n if weighted else one.n) - 3.0 - one.controls for one in each])
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.arctanh(r)
        variance = np.where(freedom > 0, 1 / freedom, np.nan)
    pooled = combine(z, variance)
    half = t_quantile((1 + level) / 2, pooled.df) * pooled.std_error
    p_value = t_p_value(pooled.estimate / pooled.std_error, pooled.df)
    estimate = np.tanh(pooled.estimate)
    return PooledCorrelations(
        estimate=estimate,
        std_error=(1 - np.square(estimate)) * pooled.std_error,
        df=pooled.df,
        p_value=p_value,
        ci_low=np.tanh(pooled.estimate - half),
        ci_high=np.tanh(pooled.estimate + half),
        fmi=pooled.missing_information,
    )
