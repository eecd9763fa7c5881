"""The result of a factor analysis: status, estimates with their standard errors, and what tests need."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray
from inspraak.estimation.distributions import normal_p_value, normal_quantile
from inspraak.estimation.factor_indices import FitIndices
from inspraak.estimation.factor_models import SYMMETRIC, Elements, FactorModel, Matrix
from inspraak.estimation.factor_moments import MomentMap, System, element_matrix
from inspraak.estimation.factor_objective import ModelPoint
from inspraak.estimation.factor_samples import Samples
from inspraak.estimation.factor_saturated import Moments
from inspraak.estimation.factor_standardised import Standardised, standardise

ROUNDING = 1e-10  # eigenvalue of a correlation matrix that is no longer negative

Estimator = Literal["ML", "MLR"]
Status = Literal[
    "converged",
    "improper",
    "not converged",
    "not identified",
    "too few rows",
    "no variance",
    "redundant items",
    "never together",
    "categories differ",
]


@dataclass(frozen=True, eq=False)
class Estimates:
    """Every element of a model, (m,) each, in the order of `elements`; fixed ones have standard error 0.

    `p_values` test that an element is zero (normal distribution), NaN where it is fixed.
    """

    elements: Elements
    values: FloatArray
    std_errors: FloatArray
    standardised: Standardised

    @property
    def p_values(self) -> FloatArray:
        """Two-sided p-values of the null hypothesis that an element is zero."""
        with np.errstate(divide="ignore", invalid="ignore"):
            z = self.values / self.std_errors
        return np.where(self.std_errors > 0, normal_p_value(z), np.nan)

    def interval(self, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Give the ends of the intervals of the unstandardised elements."""
        half = normal_quantile((1 + level) / 2) * self.std_errors
        return self.values - half, self.values + half

    def standardised_interval(self, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Give the ends of the intervals of the standardised elements."""
        half = normal_quantile((1 + level) / 2) * self.standardised.std_errors
        return self.standardised.values - half, self.standardised.values + half


@dataclass(frozen=True, eq=False)
class FactorSolution:
    """A factor model that met a sample.

    `status` is `converged`, or says why the numbers may not be used: `improper`, a negative variance or variables
    that correlate beyond one (`improper` (m,) marks these elements; the numbers are there to be shown, not to
    be used); `not converged`; `not identified`, the sample cannot tell some parameters apart (`unidentified`
    (q,) marks them); `too few rows`, fewer than parameters, or in a group no more than items; `no variance` and
    `redundant items`, an item that does not vary, or that others determine, in a group (`faulty` (g, p)
    marks them); `never together`, items that no row of a group answered both; `categories differ`, an item of
    which the groups, or the model, have other answers. In all but the first two cases the numbers are NaN.

    `parameters` (q,) and their `covariance` (q, q) are free elements; `fit` has the indices of fit, `systems`
    the matrices of each group (empty without a solution), `map` is the way there. `group_n` (g,) counts rows.
    """

    model: FactorModel
    status: Status
    map: MomentMap
    systems: list[System]
    group_n: IntArray
    parameters: FloatArray
    covariance: FloatArray
    improper: BoolArray
    unidentified: BoolArray
    faulty: BoolArray
    fit: FitIndices | None

    @property
    def usable(self) -> bool:
        """Whether the numbers may be used."""
        return self.status == "converged"

    @property
    def n(self) -> int:
        """Number of rows with an answer (with all answers under listwise deletion)."""
        return int(self.group_n.sum())

    @property
    def std_errors(self) -> FloatArray:
        """Standard errors of the parameters, (q,)."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.sqrt(np.diagonal(self.covariance)))

    @cached_property
    def estimates(self) -> Estimates:
        """Every element with its standard error, as it is and standardised."""
        elements = self.model.elements
        if not self.systems:
            nothing = np.full(elements.matrix.size, np.nan)
            return Estimates(elements, nothing, nothing, Standardised(nothing, nothing))
        slopes = self.map.value_slopes(self.systems)
        square = np.einsum("ij,jk,ik->i", slopes, self.covariance, slopes, optimize=True)
        standardised = standardise(self.map, self.systems, self.parameters, self.covariance)
        errors = np.sqrt(np.maximum(square, 0.0))
        return Estimates(elements, self.map.values(self.parameters), errors, standardised)

    def matrix(self, name: Matrix, *, standardised: bool = False) -> FloatArray:
        """Give the estimates of one matrix in its own shape; see `FactorModel`."""
        values = self.estimates.standardised.values if standardised else self.estimates.values
        return element_matrix(self.model, values, name)

    def matrix_errors(self, name: Matrix, *, standardised: bool = False) -> FloatArray:
        """Give the standard errors of one matrix in its own shape."""
        errors = self.estimates.standardised.std_errors if standardised else self.estimates.std_errors
        return element_matrix(self.model, errors, name)


@dataclass(frozen=True, eq=False)
class FactorFit(FactorSolution):
    """A factor model fitted by the normal likelihood.

    `point` is the likelihood at the solution, `saturated` the free moments of each group. `search_values` (k,) are
    the log-likelihoods that each of k starts led to, -inf where it failed.
    """

    estimator: Estimator
    samples: Samples
    point: ModelPoint | None
    saturated: tuple[Moments, ...]
    search_values: FloatArray


def improper_elements(model: FactorModel, values: FloatArray) -> BoolArray:
    """Mark variances below zero, and covariances that no real variables can have, (m,).

    `values` (m,) of the elements. Where the covariances of a matrix are jointly impossible, but each two of
    them possible, all of its covariances in the group are marked.
    """
    elements = model.elements
    marked = elements.on_diagonal & (values < 0)
    for name in SYMMETRIC:
        matrices = element_matrix(model, values, name)
        crossed = elements.of(name) & (elements.row != elements.column)
        variance = np.diagonal(matrices, axis1=1, axis2=2)
        group, row, column = elements.group[crossed], elements.row[crossed], elements.column[crossed]
        bound = np.maximum(variance[group, row] * variance[group, column], 0.0)
        marked[crossed] |= np.square(values[crossed]) > bound
        for place, matrix in enumerate(matrices):
            here = (elements.group == place) & elements.of(name)
            positive = variance[place] > 0
            scale = np.sqrt(variance[place][positive])
            inner = matrix[np.ix_(positive, positive)] / np.outer(scale, scale)
            if scale.size and np.linalg.eigvalsh(inner)[0] < -ROUNDING and not marked[here].any():
                marked |= here & crossed & (values != 0)
    return np.asarray(marked)
