"""From free parameters to the moments of the items, with first and second derivatives.

Items and factors are taken as t = p + f variables in one system (McArdle & McDonald 1984, British Journal of
Mathematical and Statistical Psychology 37, 234-251): loadings and paths are directed elements A (t, t),
residual and factor (co)variances undirected elements S (t, t), intercepts and factor means m (t,). With
E = (I - A)^-1 the variables have covariance C = E S E' and mean E m; those of the items are their first p rows.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.factor_models import MATRICES, SYMMETRIC, Elements, FactorModel, Matrix, Pattern

DIRECTED, UNDIRECTED, CONSTANT, THRESHOLD, SCALE = range(5)
KIND = np.array(  # of each of MATRICES
    [DIRECTED, DIRECTED, UNDIRECTED, UNDIRECTED, CONSTANT, CONSTANT, THRESHOLD, SCALE]
)
ROW_IS_FACTOR = np.array([False, True, True, False, False, True, False, False])
COLUMN_IS_FACTOR = np.array([True, True, True, False, False, False, False, False])


@dataclass(frozen=True, eq=False)
class Places:
    """Elements by their place in the system of items and factors, (m,) each: kind, row and column.

    Thresholds and scales stand outside it; their row is the item.
    """

    kind: IntArray
    row: IntArray
    column: IntArray

    @cached_property
    def directed(self) -> IntArray:
        """Which elements are directed."""
        return np.flatnonzero(self.kind == DIRECTED)

    @cached_property
    def undirected(self) -> IntArray:
        """Which elements are (co)variances."""
        return np.flatnonzero(self.kind == UNDIRECTED)

    @cached_property
    def constant(self) -> IntArray:
        """Which elements are intercepts or means."""
        return np.flatnonzero(self.kind == CONSTANT)


def places_of(elements: Elements, items: int) -> Places:
    """Give the places of elements of a model of so many items."""
    matrix = elements.matrix
    row = elements.row + items * ROW_IS_FACTOR[matrix]
    column = elements.column + items * COLUMN_IS_FACTOR[matrix]
    return Places(KIND[matrix], row.astype(np.int64), column.astype(np.int64))


@dataclass(frozen=True, eq=False)
class System:
    """The matrices of one group at given parameters; `effect` is (I - A)^-1. Shapes (t, t) and (t,)."""

    items: int
    directed: FloatArray
    undirected: FloatArray
    constant: FloatArray
    effect: FloatArray

    @cached_property
    def whole_covariance(self) -> FloatArray:
        """Covariance of items and factors, (t, t)."""
        return np.asarray(self.effect @ self.undirected @ self.effect.T)

    @cached_property
    def whole_mean(self) -> FloatArray:
        """Mean of items and factors, (t,)."""
        return np.asarray(self.effect @ self.constant)

    @property
    def covariance(self) -> FloatArray:
        """Covariance of the items, (p, p)."""
        return self.whole_covariance[: self.items, : self.items]

    @property
    def mean(self) -> FloatArray:
        """Mean of the items, (p,)."""
        return self.whole_mean[: self.items]

    def jacobian(self, places: Places) -> FloatArray:
        """Give the derivative of mean and covariance (lower triangle) of the items to m elements.

        (p + p (p + 1) / 2, m), the covariance in the order of `numpy.tril_indices`.
        """
        p = self.items
        outward, covariance = self.effect[:p], self.whole_covariance
        lower = np.tril_indices(p)
        result = np.zeros((p + lower[0].size, places.kind.size))
        if (part := places.directed).size:
            k, j = places.row[part], places.column[part]
            left, right = outward[:, k], covariance[:p, j]
            result[:p, part] = left * self.whole_mean[j]
            result[p:, part] = left[lower[0]] * right[lower[1]] + left[lower[1]] * right[lower[0]]
        if (part := places.undirected).size:
            k, j = places.row[part], places.column[part]
            left, right = outward[:, k], outward[:, j]
            half = np.where(k == j, 0.5, 1.0)
            result[p:, part] = half * (left[lower[0]] * right[lower[1]] + left[lower[1]] * right[lower[0]])
        if (part := places.constant).size:
            result[:p, part] = outward[:, places.row[part]]
        return result

    def curvature(self, places: Places, slope: FloatArray, mean_slope: FloatArray) -> FloatArray:
        """Give the second derivatives (m, m) of tr(slope covariance) / 2 - mean_slope' mean to m elements.

        `slope` (p, p), symmetric, and `mean_slope` (p,) are held fixed.
        """
        p = self.items
        outward, covariance, effect = self.effect[:p], self.whole_covariance, self.effect
        inner, pull = outward.T @ slope @ outward, outward.T @ mean_slope
        to_directed = outward.T @ slope @ covariance[:p] - np.outer(pull, self.whole_mean)
        result = np.zeros((places.kind.size, places.kind.size))
        a, s, m = places.directed, places.undirected, places.constant
        i, j = places.row[a][:, np.newaxis], places.column[a][:, np.newaxis]
        result[np.ix_(a, a)] = (
            effect[j.T, i] * to_directed[i.T, j]
            + inner[i, i.T] * covariance[j.T, j]
            + effect[j, i.T] * to_directed[i, j.T]
        )
        k, n = places.row[s], places.column[s]
        half = np.where(k == n, 0.5, 1.0)
        crossed = half * (effect[j, k] * inner[i, n] + inner[i, k] * effect[j, n])
        result[np.ix_(a, s)], result[np.ix_(s, a)] = crossed, crossed.T
        shifted = -effect[j, places.row[m]] * pull[i]
        result[np.ix_(a, m)], result[np.ix_(m, a)] = shifted, shifted.T
        return result

    def variance_jacobian(self, places: Places) -> FloatArray:
        """Give the derivative of the variances of items and factors to m elements, (t, m)."""
        result = np.zeros((len(self.effect), places.kind.size))
        a, s = places.directed, places.undirected
        result[:, a] = 2 * self.effect[:, places.row[a]] * self.whole_covariance[:, places.column[a]]
        k, j = places.row[s], places.column[s]
        result[:, s] = np.where(k == j, 1.0, 2.0) * self.effect[:, k] * self.effect[:, j]
        return result


@dataclass(frozen=True, eq=False)
class MomentMap:
    """The way from the parameters (q,) of a model to the moments of each group."""

    model: FactorModel

    @cached_property
    def places(self) -> Places:
        """Places of all elements of the model."""
        return places_of(self.model.elements, self.model.items)

    @cached_property
    def free(self) -> tuple[Elements, ...]:
        """The free elements of each group."""
        elements = self.model.elements
        return tuple(
            elements.take(elements.free & (elements.group == group)) for group in range(self.model.groups)
        )

    @cached_property
    def free_places(self) -> tuple[Places, ...]:
        """Places of the free elements of each group."""
        return tuple(places_of(part, self.model.items) for part in self.free)

    def values(self, parameters: FloatArray) -> FloatArray:
        """Give the value of every element, (m,)."""
        return self.declared_values(parameters)

    def declared_values(self, parameters: FloatArray) -> FloatArray:
        """Give the parameters of free elements and the values of fixed ones, (m,)."""
        elements = self.model.elements
        if not parameters.size:
            return elements.value
        return np.where(elements.free, parameters[elements.parameter], elements.value)

    def systems(self, parameters: FloatArray) -> list[System]:
        """Give the matrices of every group at the parameters (q,)."""
        values, places = self.declared_values(parameters), self.places
        g, p, t = self.model.groups, self.model.items, self.model.items + self.model.factors
        group, row, column = self.model.elements.group, places.row, places.column
        square, vector = np.zeros((2, g, t, t)), np.zeros((g, t))
        a, s, m = places.directed, places.undirected, places.constant
        square[0, group[a], row[a], column[a]] = values[a]
        square[1, group[s], row[s], column[s]] = square[1, group[s], column[s], row[s]] = values[s]
        vector[group[m], row[m]] = values[m]
        effect = np.linalg.inv(np.eye(t) - square[0])
        return [System(p, square[0, k], square[1, k], vector[k], effect[k]) for k in range(g)]

    def collapse(self, group: int, columns: FloatArray) -> FloatArray:
        """Add up columns (rows, m) of the free elements of a group by parameter, (rows, q)."""
        result = np.zeros((columns.shape[0], self.model.parameters))
        np.add.at(result.T, self.free[group].parameter, columns.T)
        return result

    def jacobians(self, systems: list[System]) -> list[FloatArray]:
        """Give the derivative of the moments of each group to the parameters, (p + p (p + 1) / 2, q)."""
        return [
            self.collapse(group, system.jacobian(self.free_places[group]))
            for group, system in enumerate(systems)
        ]

    def value_slopes(self, systems: list[System]) -> FloatArray:
        """Give the derivative of the value of every element to the parameters, (m, q)."""
        elements = self.model.elements
        slopes = np.zeros((elements.matrix.size, self.model.parameters))
        slopes[np.flatnonzero(elements.free), elements.parameter[elements.free]] = 1.0
        return slopes

    def variance_slopes(self, group: int, system: System) -> FloatArray:
        """Give the derivative of the variances of items and factors to the parameters, (t, q)."""
        return self.collapse(group, system.variance_jacobian(self.free_places[group]))

    def own_variance_slopes(self, group: int, system: System) -> FloatArray:
        """Give the derivative of the diagonal of S, (t, q)."""
        places = self.free_places[group]
        columns = np.zeros((len(system.effect), places.kind.size))
        single = np.flatnonzero((places.kind == UNDIRECTED) & (places.row == places.column))
        columns[places.row[single], single] = 1.0
        return self.collapse(group, columns)


def element_matrix(model: FactorModel, values: FloatArray, name: Matrix) -> FloatArray:
    """Give numbers of every element (m,) in the shape of one matrix of the model; NaN for thresholds there are not."""
    part: Pattern | None = getattr(model, name)
    if part is None:
        raise ValueError(f"the model has no {name}")
    elements = model.elements
    keep = elements.matrix == MATRICES.index(name)
    group, row, column = elements.group[keep], elements.row[keep], elements.column[keep]
    result = np.full(part.labels.shape, np.nan)
    if result.ndim == 2:
        result[group, row] = values[keep]
        return result
    result[group, row, column] = values[keep]
    if name in SYMMETRIC:
        result[group, column, row] = values[keep]
    return result
