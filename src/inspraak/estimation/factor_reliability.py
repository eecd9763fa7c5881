"""Reliability of scales from a factor model: composite reliability (omega) and average variance extracted.

Sources: McDonald (1999), Test Theory, chapter 6; Raykov (1997), Applied Psychological Measurement 21, 173-184 (delta
method); Fornell & Larcker (1981), Journal of Marketing Research 18, 39-50. R: semTools::compRelSEM, lavaan.
"""

from dataclasses import dataclass

import numpy as np

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.distributions import normal_quantile
from inspraak.estimation.factor_fit import FactorFit
from inspraak.estimation.factor_models import MATRICES


@dataclass(frozen=True, eq=False)
class FactorReliability:
    """Reliability of the sum of each factor's items in each group, (g, f); NaN for factors without items.

    `omega` is the share of the sum's variance that the factor explains, of the variance that the model implies;
    `omega_observed` of the variance in the sample; `omega_standardised` that of standardised items.
    `average_variance` is the mean of squared standardised loadings.
    """

    omega: FloatArray
    std_errors: FloatArray
    omega_observed: FloatArray
    omega_standardised: FloatArray
    average_variance: FloatArray

    def interval(self, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Give the ends of the intervals of omega: on the logit scale, so that they lie between 0 and 1."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            logit = np.log(self.omega / (1 - self.omega))
            half = normal_quantile((1 + level) / 2) * self.std_errors / (self.omega * (1 - self.omega))
            return 1 / (1 + np.exp(half - logit)), 1 / (1 + np.exp(-half - logit))


def factor_reliability(fit: FactorFit) -> FactorReliability:
    """Give the reliability of the items of each factor; an item that loads on several counts for each of them.

    Raises ValueError for a fit without a solution.
    """
    model, systems = fit.model, fit.systems
    if not systems:
        raise ValueError(f"the model has no solution: {fit.status}")
    shape = (model.groups, model.factors)
    omega, errors, observed, even, extracted = (np.full(shape, np.nan) for _ in range(5))
    standard = fit.matrix("loadings", standardised=True)
    for group in range(model.groups):
        covariance = fit.saturated[group].covariance
        spread = np.sqrt(np.diagonal(systems[group].covariance))
        member = model.loadings.present[group]
        for factor in np.flatnonzero(member.any(axis=0)):
            items = member[:, factor]
            explained, slope = _explained(fit, group, int(factor))
            whole, whole_slope = _variance_of_sum(fit, group, items.astype(np.float64))
            share = explained / whole
            omega[group, factor] = share
            gradient = (slope - share * whole_slope) / whole
            errors[group, factor] = np.sqrt(max(float(gradient @ fit.covariance @ gradient), 0.0))
            observed[group, factor] = explained / covariance[np.ix_(items, items)].sum()
            implied = (systems[group].covariance / np.outer(spread, spread))[np.ix_(items, items)].sum()
            even[group, factor] = standard[group, items, factor].sum() ** 2 / implied
            extracted[group, factor] = np.square(standard[group, items, factor]).mean()
    return FactorReliability(omega, errors, observed, even, extracted)


def _explained(fit: FactorFit, group: int, factor: int) -> tuple[float, FloatArray]:
    """Give the variance of the sum of a factor's items that the factor explains, and its slope (q,)."""
    maps, system, free = fit.map, fit.systems[group], fit.map.free[group]
    place = fit.model.items + factor
    loading = float(system.directed[: fit.model.items, place].sum())
    variance = float(system.whole_covariance[place, place])
    mine = (free.matrix == MATRICES.index("loadings")) & (free.column == factor)
    of_loading = maps.collapse(group, mine.astype(np.float64)[np.newaxis])[0]
    of_variance = maps.collapse(group, system.variance_jacobian(maps.free_places[group])[[place]])[0]
    return loading**2 * variance, 2 * loading * variance * of_loading + loading**2 * of_variance


def _variance_of_sum(fit: FactorFit, group: int, weights: FloatArray) -> tuple[float, FloatArray]:
    """Give the model's variance of a weighted sum of items (p,), and its slope (q,)."""
    system = fit.systems[group]
    row, column = np.tril_indices(weights.size)
    twice = np.where(row == column, 1.0, 2.0) * weights[row] * weights[column]
    slope = twice @ fit.map.jacobians(fit.systems)[group][weights.size :]
    return float(weights @ system.covariance @ weights), np.asarray(slope)
