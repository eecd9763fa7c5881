"""From the parameters of a factor model of ordered answers to thresholds and correlations of standard responses.

The response behind item i has mean m, variance V and thresholds t; what ordered answers tell of it is (t - m) / sqrt(V)
and its correlations. Source: Muthén (1984), Psychometrika 49, 115-132; Muthén & Asparouhov (2002), Mplus Web Notes 4.
"""

from dataclasses import dataclass, replace

import numpy as np

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.factor_models import MATRICES, Elements
from inspraak.estimation.factor_moments import SCALE, MomentMap, Places, System, places_of

RESIDUALS, THRESHOLDS, SCALES = (
    MATRICES.index(name) for name in ("residual_covariances", "thresholds", "scales")
)


@dataclass(frozen=True, eq=False)
class OrdinalMap(MomentMap):
    """The way from the parameters (q,) of a model of ordered answers to its moments.

    The moments of a group are its t thresholds, item by item, and the p (p - 1) / 2 correlations, the lower
    triangle column by column. With scales (delta) the residual variances of its systems are what is left of the
    variances of the responses.
    """

    def systems(self, parameters: FloatArray) -> list[System]:
        """Give the matrices of every group at the parameters (q,)."""
        plain = super().systems(parameters)
        if self.model.scales is None:
            return plain
        scales = self._of(SCALES, self.declared_values(parameters))
        whole = []
        for system, scale in zip(plain, scales):
            left = np.zeros(len(system.effect))
            left[: system.items] = 1 / np.square(scale) - np.diagonal(system.covariance)
            whole.append(replace(system, undirected=system.undirected + np.diag(left)))
        return whole

    def values(self, parameters: FloatArray) -> FloatArray:
        """Give the value of every element, (m,), residual variances of responses with a scale among them."""
        values = self.declared_values(parameters)
        if self.model.scales is None:
            return values
        values = values.copy()
        elements = self.model.elements
        for group, system in enumerate(self.systems(parameters)):
            mine = (elements.matrix == RESIDUALS) & elements.on_diagonal & (elements.group == group)
            values[mine] = np.diagonal(system.undirected)[elements.row[mine]]
        return values

    def moments(self, parameters: FloatArray, systems: list[System]) -> list[FloatArray]:
        """Give the moments of each group."""
        values = self.declared_values(parameters)
        parts = []
        for group, system in enumerate(systems):
            item, thresholds = self._thresholds_of(group).row, values[self._threshold_places(group)]
            scale, (row, column) = self._scale(system), pairs(system.items)
            cut = scale[item] * (thresholds - system.mean[item])
            parts.append(np.concatenate([cut, scale[row] * scale[column] * system.covariance[row, column]]))
        return parts

    def moment_jacobians(self, parameters: FloatArray, systems: list[System]) -> list[FloatArray]:
        """Give the derivative of the moments of each group to the parameters, (s, q)."""
        return [
            self.collapse(group, self.element_jacobian(parameters, system, group, self.free[group]))
            for group, system in enumerate(systems)
        ]

    def element_jacobian(
        self, parameters: FloatArray, system: System, group: int, elements: Elements
    ) -> FloatArray:
        """Give the derivative of the moments of a group to m of its elements, free or not, (s, m)."""
        p, places = system.items, places_of(elements, system.items)
        inner = system.jacobian(places)
        of_mean, of_covariance = inner[:p], inner[p:]
        scale, logs = self._scale(system), self._log_scale_slopes(system, places, of_covariance)
        mine = self._thresholds_of(group)
        item = mine.row
        cut = scale[item] * (
            self.declared_values(parameters)[self._threshold_places(group)] - system.mean[item]
        )
        same = (mine.row[:, np.newaxis] == elements.row) & (mine.column[:, np.newaxis] == elements.column)
        own = same & (elements.matrix == THRESHOLDS)
        upper = scale[item, np.newaxis] * (own - of_mean[item]) + cut[:, np.newaxis] * logs[item]
        row, column = pairs(p)
        both = (scale[row] * scale[column])[:, np.newaxis]
        correlation = both * system.covariance[row, column][:, np.newaxis]
        lower = both * of_covariance[_triangle(p)[row, column]] + correlation * (logs[row] + logs[column])
        return np.concatenate([upper, lower])

    def value_slopes(self, systems: list[System]) -> FloatArray:
        """Give the derivative of the value of every element to the parameters, (m, q)."""
        slopes = super().value_slopes(systems)
        if self.model.scales is not None:
            elements = self.model.elements
            for group, system in enumerate(systems):
                mine = (elements.matrix == RESIDUALS) & elements.on_diagonal & (elements.group == group)
                slopes[mine] = self.own_variance_slopes(group, system)[elements.row[mine]]
        return slopes

    def variance_slopes(self, group: int, system: System) -> FloatArray:
        """Give the derivative of the variances of responses and factors to the parameters, (t, q)."""
        slopes = super().variance_slopes(group, system)
        if self.model.scales is not None:
            slopes[: system.items] = self._response_variance_slopes(group, system)
        return slopes

    def own_variance_slopes(self, group: int, system: System) -> FloatArray:
        """Give the derivative of residual variances and of those of factors, (t, q)."""
        slopes = super().own_variance_slopes(group, system)
        if self.model.scales is not None:
            explained = super().variance_slopes(group, system)[: system.items]
            slopes[: system.items] = self._response_variance_slopes(group, system) - explained
        return slopes

    def _response_variance_slopes(self, group: int, system: System) -> FloatArray:
        places = self.free_places[group]
        columns = np.zeros((system.items, places.kind.size))
        part = np.flatnonzero(places.kind == SCALE)
        columns[places.row[part], part] = -2 * np.diagonal(system.covariance)[places.row[part]] ** 1.5
        return self.collapse(group, columns)

    def _scale(self, system: System) -> FloatArray:
        """Give one over the standard deviations of the responses, (p,); NaN for a variance that is not positive."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(1 / np.sqrt(np.diagonal(system.covariance)))

    def _log_scale_slopes(self, system: System, places: Places, of_covariance: FloatArray) -> FloatArray:
        """Give the derivative of the logs of the scales to m elements, (p, m)."""
        if self.model.scales is None:
            variance = np.diagonal(system.covariance)[:, np.newaxis]
            own = np.arange(system.items)
            return np.asarray(-of_covariance[_triangle(system.items)[own, own]] / variance / 2)
        slopes = np.zeros((system.items, places.kind.size))
        part = np.flatnonzero(places.kind == SCALE)
        slopes[places.row[part], part] = 1 / self._scale(system)[places.row[part]]
        return slopes

    def _threshold_places(self, group: int) -> IntArray:
        """Give the places of the thresholds of a group among all elements, (t,)."""
        elements = self.model.elements
        return np.flatnonzero((elements.matrix == THRESHOLDS) & (elements.group == group))

    def _thresholds_of(self, group: int) -> Elements:
        """Give the thresholds of a group, item by item."""
        return self.model.elements.take(self._threshold_places(group))

    def _of(self, matrix: int, values: FloatArray) -> FloatArray:
        """Give the values of one matrix of vectors, (g, p)."""
        return np.asarray(values[self.model.elements.matrix == matrix].reshape(self.model.groups, -1))


def pairs(p: int) -> tuple[IntArray, IntArray]:
    """Give the larger and smaller place of each two of p items, the lower triangle column by column."""
    smaller, larger = np.triu_indices(p, 1)
    return larger.astype(np.int64), smaller.astype(np.int64)


def _triangle(p: int) -> IntArray:
    """Give the place of each element in a lower triangle with its diagonal, row by row, (p, p)."""
    row, column = np.tril_indices(p)
    place = np.zeros((p, p), dtype=np.int64)
    place[row, column] = place[column, row] = np.arange(row.size)
    return place
