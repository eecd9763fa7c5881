"""The columns that predict missing answers: items, categories as dummies, covariates, gaps and products."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray

TOLERANCE = 1e-7  # of a column's length: what others leave over below this is no column of its own


@dataclass(frozen=True, eq=False)
class Item:
    """One column of answers.

    `columns` (q,) are its places among the prediction columns: one, or the categories less one. `coded`
    (n, q) its answers there, in SDs around the mean, 0 where there is none. `answered` and `missing` are
    rows; all other rows are structural gaps. `predictors` (k,) are the columns that predict it.
    """

    columns: IntArray
    coded: FloatArray
    answered: IntArray
    missing: IntArray
    predictors: IntArray


@dataclass(frozen=True, eq=False)
class Product:
    """A column that is the product of factors: each a sum of prediction columns and something fixed.

    `column` is its place, `coefficients` (P, f), `fixed` (n, f). `items` are those that its factors use.
    """

    column: int
    coefficients: FloatArray
    fixed: FloatArray
    items: frozenset[int]

    def value(self, columns: FloatArray, rows: IntArray | slice) -> FloatArray:
        """Give the product for prediction columns (b, r, P) that stand for these `rows`, (b, r)."""
        return np.asarray((columns @ self.coefficients + self.fixed[rows]).prod(axis=2))


@dataclass(frozen=True, eq=False)
class PredictionColumns:
    """How p items become P prediction columns; `start` (n, P) holds all that is known, 0 elsewhere."""

    start: FloatArray
    items: tuple[Item, ...]
    products: tuple[Product, ...]


def prediction_columns(
    values: FloatArray,
    structural: BoolArray,
    covariates: FloatArray,
    unordered: BoolArray,
    products: Sequence[FloatArray],
    allowed: BoolArray,
) -> PredictionColumns:
    """Lay out the prediction columns: constant, covariates and gaps first, then items, then products.

    Shapes and meaning as in imputation.impute. Covariates and indicators of structural gaps that others
    determine are left out, and so are, per item, those that do not vary among the rows that answered it. An
    item is not predicted by products that it is part of.
    """
    n, p = values.shape
    fixed = _independent(np.column_stack([np.ones(n), _scaled(covariates), structural.astype(np.float64)]))
    coded = [_coded(values[:, item], bool(unordered[item])) for item in range(p)]
    ends = fixed.shape[1] + np.cumsum([0, *(block.shape[1] for block in coded)])
    places = [np.arange(ends[item], ends[item + 1]) for item in range(p)]
    width = int(ends[-1]) + len(products)
    start = np.zeros((n, width))
    start[:, : ends[-1]] = np.hstack([fixed, *coded])
    made = tuple(
        _product(factors, values, covariates, unordered, places, int(ends[-1]) + place, width)
        for place, factors in enumerate(products)
    )
    answered = ~np.isnan(values)
    items = tuple(
        Item(
            columns=places[item],
            coded=coded[item],
            answered=np.flatnonzero(answered[:, item]),
            missing=np.flatnonzero(~answered[:, item] & ~structural[:, item]),
            predictors=_predictors(item, fixed, answered[:, item], places, allowed[item], made),
        )
        for item in range(p)
    )
    return PredictionColumns(start, items, made)


def _scaled(columns: FloatArray) -> FloatArray:
    spread = columns.std(axis=0)
    return np.asarray((columns - columns.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def _independent(columns: FloatArray) -> FloatArray:
    """Leave out columns that earlier ones determine (Gram-Schmidt, twice for the sake of rounding)."""
    kept: list[int] = []
    basis = np.zeros((columns.shape[0], 0))
    for place in range(columns.shape[1]):
        column = columns[:, place]
        left = column - basis @ (basis.T @ column)
        left -= basis @ (basis.T @ left)
        length = np.sqrt(left @ left)
        if length > TOLERANCE * np.sqrt(column @ column):
            kept.append(place)
            basis = np.column_stack([basis, left / length])
    return columns[:, kept]


def _coded(answers: FloatArray, unordered: bool) -> FloatArray:
    """Give an item's columns (n, q) in SDs around the mean of its answers, gaps at 0, the neutral value."""
    known = ~np.isnan(answers)
    columns = answers[:, np.newaxis]
    if unordered:
        columns = (columns == np.unique(answers[known])[1:]).astype(np.float64)
    centre, spread = columns[known].mean(axis=0), columns[known].std(axis=0)
    coded = np.zeros(columns.shape)
    coded[known] = (columns[known] - centre) / np.where(spread > 0, spread, 1.0)
    return coded


def _product(
    factors: FloatArray,
    values: FloatArray,
    covariates: FloatArray,
    unordered: BoolArray,
    places: list[IntArray],
    column: int,
    width: int,
) -> Product:
    """Turn coefficients of raw items and covariates (f, p + c) into those of prediction columns."""
    p = values.shape[1]
    used = np.flatnonzero((factors[:, :p] != 0).any(axis=0))
    if unordered[used].any():
        raise ValueError("a product uses an unordered item; use indicators of its categories as covariates")
    coefficients = np.zeros((width, len(factors)))
    for item in used.tolist():
        coefficients[places[item][0]] = factors[:, item] * np.nanstd(values[:, item])
    fixed = (covariates - covariates.mean(axis=0)) @ factors[:, p:].T
    return Product(column, coefficients, fixed, frozenset(used.tolist()))


def _predictors(
    item: int,
    fixed: FloatArray,
    answered: BoolArray,
    places: list[IntArray],
    allowed: BoolArray,
    products: tuple[Product, ...],
) -> IntArray:
    """Give the places of the columns that predict an item, the constant first."""
    varies = (
        np.ptp(fixed[answered], axis=0) > 0 if answered.any() else np.zeros(fixed.shape[1], dtype=np.bool_)
    )
    varies[0] = True
    others = [place for other, place in enumerate(places) if allowed[other] and other != item]
    last = [product.column for product in products if item not in product.items]
    return np.concatenate([np.flatnonzero(varies), *others, np.array(last, dtype=np.int64)])
