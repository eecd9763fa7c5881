"""The standardised solution of a factor model, with standard errors by the delta method.

Loadings and paths in standard deviations of item per standard deviation of factor, covariances as correlations,
variances as shares of the whole variance of their item or factor, means and thresholds in standard deviations.
R: lavaan::standardizedSolution (std.all).
"""

from dataclasses import dataclass

import numpy as np

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.factor_moments import CONSTANT, DIRECTED, THRESHOLD, UNDIRECTED, MomentMap, System


@dataclass(frozen=True, eq=False)
class Standardised:
    """Standardised elements of a model and their standard errors, (m,) each, in the order of its elements.

    NaN where the variance that an element is divided by is not positive.
    """

    values: FloatArray
    std_errors: FloatArray


def standardise(
    maps: MomentMap, systems: list[System], parameters: FloatArray, covariance: FloatArray
) -> Standardised:
    """Standardise every element at the parameters (q,) with covariance (q, q)."""
    elements = maps.model.elements
    raw = maps.values(parameters)
    slopes = maps.value_slopes(systems)
    values, errors = np.full(raw.size, np.nan), np.full(raw.size, np.nan)
    for group, system in enumerate(systems):
        mine = np.flatnonzero(elements.group == group)
        ratio, shift = _ratios(maps, group, system, mine)
        # an element that is fixed at 0 stays there, whatever its variances
        nothing = (raw[mine] == 0) & ~slopes[mine].any(axis=1)
        ratio, shift = np.where(nothing, 0.0, ratio), np.where(nothing[:, np.newaxis], 0.0, shift)
        values[mine] = raw[mine] * ratio
        gradient = ratio[:, np.newaxis] * (slopes[mine] + raw[mine, np.newaxis] * shift)
        square = np.einsum("ij,jk,ik->i", gradient, covariance, gradient, optimize=True)
        errors[mine] = np.sqrt(np.maximum(square, 0.0))
    return Standardised(values, errors)


def _ratios(maps: MomentMap, group: int, system: System, mine: IntArray) -> tuple[FloatArray, FloatArray]:
    """Give the standardised over the raw value of the elements `mine` (m,), and the slopes of its log, (m, q)."""
    kind, row, column = (array[mine] for array in (maps.places.kind, maps.places.row, maps.places.column))
    variance, own = np.diagonal(system.whole_covariance), np.diagonal(system.undirected)
    slopes, own_slopes = maps.variance_slopes(group, system), maps.own_variance_slopes(group, system)
    undirected, same = kind == UNDIRECTED, row == column
    shifted = (kind == CONSTANT) | (kind == THRESHOLD)
    kinds = [kind == DIRECTED, undirected & same, undirected & ~same, shifted]
    column = np.where(shifted, 0, column)  # steps of thresholds are no variables
    with np.errstate(divide="ignore", invalid="ignore"):
        scale, own_scale = np.sqrt(variance), np.sqrt(own)
        logs, own_logs = slopes / variance[:, np.newaxis] / 2, own_slopes / own[:, np.newaxis] / 2
        ratio = [
            scale[column] / scale[row],
            1 / variance[row],
            1 / (own_scale[row] * own_scale[column]),
            1 / scale[row],
        ]
        shift = [logs[column] - logs[row], -2 * logs[row], -own_logs[row] - own_logs[column], -logs[row]]
    return np.select(kinds, ratio, 1.0), np.select([part[:, np.newaxis] for part in kinds], shift)
