"""Factor models in arrays: which elements of their matrices are free, fixed or equal.

Items are p, factors f (of any order), groups g. With loadings L, paths B among factors, factor (co)variances P,
residual (co)variances T, intercepts v and factor means a, the model of a group is

    covariance  L (I - B)^-1 P (I - B)^-T L' + T        mean  v + L (I - B)^-1 a

Of ordered answers these are the moments of the continuous responses behind them, which thresholds cut into
categories. Source: Bollen (1989), Structural Equations with Latent Variables, chapters 7 to 9.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray

Matrix = Literal[
    "loadings",
    "paths",
    "factor_covariances",
    "residual_covariances",
    "intercepts",
    "factor_means",
    "thresholds",
    "scales",
]
MATRICES: tuple[Matrix, ...] = get_args(Matrix)
SYMMETRIC: tuple[Matrix, Matrix] = ("factor_covariances", "residual_covariances")
FIXED = 0


@dataclass(frozen=True, eq=False)
class Pattern:
    """One matrix of a model in every group: `labels` and `values`, (g, rows, columns) or (g, rows).

    A label of 0 says that the element is fixed at its value. Elements with the same positive label, of one
    matrix and group or of several, are one free parameter; its value is a start, NaN where none is given.
    """

    labels: IntArray
    values: FloatArray

    def __post_init__(self) -> None:
        """Check that the arrays fit each other and that fixed values are numbers."""
        if self.labels.shape != self.values.shape:
            raise ValueError(f"labels have shape {self.labels.shape}, values {self.values.shape}")
        if (self.labels < 0).any():
            raise ValueError("labels hold negative numbers; expected 0 (fixed) or more")
        if np.isnan(self.values[self.labels == FIXED]).any():
            raise ValueError("a fixed element has no value")

    @property
    def present(self) -> BoolArray:
        """Whether each element is free, or fixed at another value than 0."""
        return np.asarray((self.labels != FIXED) | (self.values != 0))

    def fixed_at(self, places: ArrayLike, values: ArrayLike) -> "Pattern":
        """Give the pattern with some elements (a mask of its shape, or broadcast to it) fixed at values."""
        mask = np.broadcast_to(np.asarray(places, dtype=np.bool_), self.labels.shape)
        return Pattern(np.where(mask, FIXED, self.labels), np.where(mask, values, self.values))

    def labelled(self, places: ArrayLike, labels: ArrayLike) -> "Pattern":
        """Give the pattern with some elements free under these labels; one label makes them equal."""
        mask = np.broadcast_to(np.asarray(places, dtype=np.bool_), self.labels.shape)
        return Pattern(
            np.where(mask, labels, self.labels).astype(np.int64), np.where(mask, np.nan, self.values)
        )


def pattern(labels: ArrayLike, values: ArrayLike = 0.0) -> Pattern:
    """Give a pattern of labels; `values` are broadcast to them, and those of free elements 0 become NaN."""
    codes = np.array(labels, dtype=np.int64)
    numbers = np.array(np.broadcast_to(np.asarray(values, dtype=np.float64), codes.shape))
    return Pattern(codes, np.where((codes != FIXED) & (numbers == 0), np.nan, numbers))


@dataclass(frozen=True, eq=False)
class Elements:
    """Elements of a model's matrices side by side, (m,) each.

    `matrix` is a place in `MATRICES`, `parameter` the number of the free parameter or -1 where fixed, `value`
    the fixed value or start. Symmetric matrices give their lower triangle; vectors have column 0.
    """

    matrix: IntArray
    group: IntArray
    row: IntArray
    column: IntArray
    parameter: IntArray
    value: FloatArray

    def take(self, keep: IntArray | BoolArray) -> "Elements":
        """Give some of the elements."""
        return Elements(
            self.matrix[keep],
            self.group[keep],
            self.row[keep],
            self.column[keep],
            self.parameter[keep],
            self.value[keep],
        )

    def of(self, *names: Matrix) -> BoolArray:
        """Say which elements belong to one of these matrices."""
        return np.asarray(np.isin(self.matrix, [MATRICES.index(name) for name in names]))

    @property
    def on_diagonal(self) -> BoolArray:
        """Say which elements are variances."""
        return np.asarray(self.of(*SYMMETRIC) & (self.row == self.column))

    @property
    def free(self) -> BoolArray:
        """Say which elements are estimated."""
        return np.asarray(self.parameter >= 0)


@dataclass(frozen=True, eq=False)
class FactorModel:
    """A factor model of p items and f factors in g groups; see the patterns.

    Shapes: `loadings` (g, p, f), `paths` (g, f, f) of the factor in the column on that in the row,
    `factor_covariances` (g, f, f), `residual_covariances` (g, p, p), `intercepts` (g, p), `factor_means` (g, f).
    Without `intercepts` the means are not modelled: they are those of the sample.

    `thresholds` (g, p, c - 1), fixed at infinity beyond an item's own, make it a model of ordered answers. Their
    `scales` (g, p), one over the standard deviations of the responses, stand in for the residual variances (the
    delta parameterisation, in which these are fixed at 0 as placeholders); without scales the residual
    variances are elements of the model (theta). Source: Muthén & Asparouhov (2002), Mplus Web Notes 4.

    Raises ValueError for shapes that do not fit, covariances that are not symmetric, and means of factors
    without intercepts.
    """

    loadings: Pattern
    factor_covariances: Pattern
    residual_covariances: Pattern
    paths: Pattern | None = None
    intercepts: Pattern | None = None
    factor_means: Pattern | None = None
    thresholds: Pattern | None = None
    scales: Pattern | None = None

    def __post_init__(self) -> None:
        """Check the shapes."""
        if self.loadings.labels.ndim != 3:
            raise ValueError(f"loadings have {self.loadings.labels.ndim} dimensions; expected 3")
        g, p, f = self.loadings.labels.shape
        shapes: dict[str, tuple[int, ...]] = {
            "paths": (g, f, f),
            "factor_covariances": (g, f, f),
            "residual_covariances": (g, p, p),
            "intercepts": (g, p),
            "factor_means": (g, f),
            "scales": (g, p),
        }
        if self.thresholds is not None:
            shapes["thresholds"] = (g, p, self.thresholds.labels.shape[-1])
        for name, shape in shapes.items():
            part: Pattern | None = getattr(self, name)
            if part is not None and part.labels.shape != shape:
                raise ValueError(f"{name} have shape {part.labels.shape}; expected {shape}")
        for name, part in (("factor_", self.factor_covariances), ("residual_", self.residual_covariances)):
            for array in (part.labels, part.values):
                if not np.array_equal(array, array.swapaxes(1, 2), equal_nan=array.dtype == np.float64):
                    raise ValueError(f"{name}covariances are not symmetric")
        if self.factor_means is not None and self.intercepts is None:
            raise ValueError("factor means need intercepts")
        if self.scales is not None and self.thresholds is None:
            raise ValueError("scales need thresholds")

    @property
    def groups(self) -> int:
        """Number of groups."""
        return int(self.loadings.labels.shape[0])

    @property
    def items(self) -> int:
        """Number of items."""
        return int(self.loadings.labels.shape[1])

    @property
    def factors(self) -> int:
        """Number of factors of any order."""
        return int(self.loadings.labels.shape[2])

    @property
    def has_means(self) -> bool:
        """Whether the means of the items are part of the model."""
        return self.intercepts is not None

    @property
    def parameters(self) -> int:
        """Number of free parameters."""
        return int(self.elements.parameter.max(initial=-1)) + 1

    @property
    def moments(self) -> int:
        """Number of variances, covariances and, where they are modelled, means of the items.

        Of ordered answers: of thresholds and correlations.
        """
        p = self.items
        if self.thresholds is not None:
            return int(self.elements.of("thresholds").sum()) + self.groups * (p * (p - 1) // 2)
        return self.groups * (p * (p + 1) // 2 + (p if self.has_means else 0))

    @property
    def new_label(self) -> int:
        """A label that no parameter has yet."""
        return 1 + max(int(part.labels.max(initial=0)) for part in self._patterns)

    @property
    def degrees_of_freedom(self) -> int:
        """Moments less parameters."""
        return self.moments - self.parameters

    @cached_property
    def elements(self) -> Elements:
        """Every element of every matrix; parameters are numbered in the order of their labels."""
        parts = [_elements_of(name, getattr(self, name)) for name in MATRICES]
        matrix, group, row, column, label = (
            np.concatenate([part[place] for part in parts]) for place in range(5)
        )
        value = np.concatenate([part[5] for part in parts])
        order = np.unique(label[label != FIXED])
        parameter = np.where(label == FIXED, -1, np.searchsorted(order, label))
        return Elements(matrix, group, row, column, parameter.astype(np.int64), value)

    def with_means(self) -> "FactorModel":
        """Give the model with free intercepts in every group, if it has no means yet."""
        if self.has_means:
            return self
        labels = self.new_label + np.arange(self.groups * self.items).reshape(self.groups, self.items)
        zero = pattern(np.zeros((self.groups, self.factors)))
        return replace(self, intercepts=pattern(labels), factor_means=zero)

    @property
    def _patterns(self) -> list[Pattern]:
        parts = [getattr(self, name) for name in MATRICES]
        return [part for part in parts if part is not None]


def _elements_of(
    name: Matrix, part: Pattern | None
) -> tuple[IntArray, IntArray, IntArray, IntArray, IntArray, FloatArray]:
    """Give matrix, group, row, column, label and value of the elements of one pattern."""
    if part is None:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing, nothing, nothing, nothing, nothing, np.zeros(0)
    shape = (*part.labels.shape[:2], -1)
    labels, values = part.labels.reshape(shape), part.values.reshape(shape)
    group, row, column = np.indices(labels.shape).reshape(3, -1).astype(np.int64)
    keep = row >= column if name in SYMMETRIC else ~np.isinf(values.ravel())
    place = np.full(int(keep.sum()), MATRICES.index(name), dtype=np.int64)
    return place, group[keep], row[keep], column[keep], labels.ravel()[keep], values.ravel()[keep]
