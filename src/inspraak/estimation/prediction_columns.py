"""The columns that predict missing answers: items, categories as dummies, covariates, gaps and products."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray

TOLERANCE = 1e-7  # of a column's length: what others leave over below this is no column of its own
RARE = 0.05  # share of the rows below which structural gaps have no indicator, only the neutral value


@dataclass(frozen=True, eq=False)
class Item:
    """One column of answers, the `place`-th.

    `columns` (q,) are its places among the prediction columns: one, or the categories less one. `coded`
    (n, q) its answers there, in SDs around the mean, 0 where there is none. `answered` and `missing` are
    rows; all other rows are structural gaps. `predictors` (k,) are the columns that predict it. Its imputed
    cells start at `first_cell` among those of all items, column by column.
    """

    place: int
    columns: IntArray
    coded: FloatArray
    answered: IntArray
    missing: IntArray
    predictors: IntArray
    first_cell: int


@dataclass(frozen=True, eq=False)
class Product:
    """A column that is the product of factors; `items` are those that its factors use."""

    column: int
    factors: tuple[int, ...]
    items: frozenset[int]


@dataclass(frozen=True, eq=False)
class PredictionColumns:
    """How p items become P prediction columns: B base columns, and after them the products.

    `start` (n, B) holds all that is known of the base columns, 0 elsewhere. A factor is a sum of base columns and
    something fixed: `factors` (B, F), `fixed` (n, F).
    """

    start: FloatArray
    items: tuple[Item, ...]
    products: tuple[Product, ...]
    factors: FloatArray
    fixed: FloatArray

    @property
    def width(self) -> int:
        """The number P of columns."""
        return int(self.start.shape[1]) + len(self.products)

    @cached_property
    def cells(self) -> tuple[IntArray, IntArray]:
        """Row and column of every imputed cell, row by row."""
        row, column = self._cells_by_item
        return row[self._order], column[self._order]

    def cells_of(self, item: Item) -> IntArray:
        """Give the places among `cells` of those of one item, column by column."""
        past = item.first_cell + item.columns.size * item.missing.size
        return self._places[item.first_cell : past]

    @cached_property
    def _cells_by_item(self) -> tuple[IntArray, IntArray]:
        none = np.zeros(0, dtype=np.int64)
        rows = [np.tile(item.missing, item.columns.size) for item in self.items]
        columns = [np.repeat(item.columns, item.missing.size) for item in self.items]
        return np.concatenate([none, *rows]), np.concatenate([none, *columns])

    @cached_property
    def _order(self) -> IntArray:
        return np.argsort(self._cells_by_item[0], kind="stable")

    @cached_property
    def _places(self) -> IntArray:
        return np.argsort(self._order)


def prediction_columns(
    values: FloatArray,
    structural: BoolArray,
    covariates: FloatArray,
    unordered: BoolArray,
    products: Sequence[FloatArray],
    allowed: BoolArray,
) -> PredictionColumns:
    """Lay out the prediction columns: constant, covariates and gaps first, then items, then products.

    Shapes and meaning as in imputation.impute; `allowed` (p, p + c + f). Covariates and indicators of structural
    gaps that others determine are left out, and so are, per item, those that do not vary among the rows that
    answered it. An indicator predicts where an item with those gaps may; gaps of few rows have none. An item is not
    predicted by products that it is part of.
    """
    p = values.shape[1]
    fixed, permitted = _fixed(structural, covariates, allowed)
    coded = [_coded(values[:, item], bool(unordered[item])) for item in range(p)]
    ends = fixed.shape[1] + np.cumsum([0, *(block.shape[1] for block in coded)])
    places = [np.arange(ends[item], ends[item + 1]) for item in range(p)]
    start = np.hstack([fixed, *coded])
    factors, added, made = _products(products, values, covariates, unordered, places, start.shape[1])
    answered = ~np.isnan(values)
    missing = [np.flatnonzero(~answered[:, item] & ~structural[:, item]) for item in range(p)]
    first_cell = np.cumsum([0, *(rows.size * block.shape[1] for rows, block in zip(missing, coded))])
    items = tuple(
        Item(
            place=item,
            columns=places[item],
            coded=coded[item],
            answered=np.flatnonzero(answered[:, item]),
            missing=missing[item],
            predictors=_predictors(
                item, fixed, permitted[item], answered[:, item], places, allowed[item], made
            ),
            first_cell=int(first_cell[item]),
        )
        for item in range(p)
    )
    return PredictionColumns(start, items, made, factors, added)


def _fixed(structural: BoolArray, covariates: FloatArray, allowed: BoolArray) -> tuple[FloatArray, BoolArray]:
    """Give constant, covariates and patterns of structural gaps (n, r), and where each may predict (p, r)."""
    n, p = structural.shape
    patterns, owner = np.unique(structural, axis=1, return_inverse=True)
    owners = owner.ravel()[:, np.newaxis] == np.arange(patterns.shape[1])
    # in the order of the items that first have them
    order = np.argsort(owners.argmax(axis=0), kind="stable")
    order = order[patterns[:, order].mean(axis=0) >= RARE]
    owners = owners[:, order]
    columns = np.column_stack([np.ones(n), _scaled(covariates), patterns[:, order].astype(np.float64)])
    of_patterns = allowed[:, :p].astype(np.float64) @ owners > 0
    permitted = np.hstack(
        [np.ones((p, 1), dtype=np.bool_), allowed[:, p : p + covariates.shape[1]], of_patterns]
    )
    kept = _independent(columns)
    return columns[:, kept], permitted[:, kept]


def _scaled(columns: FloatArray) -> FloatArray:
    spread = columns.std(axis=0)
    return np.asarray((columns - columns.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def _independent(columns: FloatArray) -> list[int]:
    """Give the places of columns that earlier ones do not determine (Gram-Schmidt, twice for rounding)."""
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
    return kept


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


def _products(
    products: Sequence[FloatArray],
    values: FloatArray,
    covariates: FloatArray,
    unordered: BoolArray,
    places: list[IntArray],
    width: int,
) -> tuple[FloatArray, FloatArray, tuple[Product, ...]]:
    """Turn coefficients of raw items and covariates (f, p + c) into factors of base columns, each factor once."""
    p = values.shape[1]
    rows = np.concatenate([np.zeros((0, p + covariates.shape[1])), *products])
    distinct, which = np.unique(rows, axis=0, return_inverse=True)
    used = distinct[:, :p] != 0
    if unordered[used.any(axis=0)].any():
        raise ValueError("a product uses an unordered item; use indicators of its categories as covariates")
    factors = np.zeros((width, len(distinct)))
    for item in np.flatnonzero(used.any(axis=0)):
        factors[places[item][0]] = distinct[:, item] * np.nanstd(values[:, item])
    added = (covariates - covariates.mean(axis=0)) @ distinct[:, p:].T
    ends = np.cumsum([0, *(len(product) for product in products)])
    made = tuple(
        Product(
            column=width + number,
            factors=tuple(which.ravel()[first:past].tolist()),
            items=frozenset(np.flatnonzero(used[which.ravel()[first:past]].any(axis=0)).tolist()),
        )
        for number, (first, past) in enumerate(pairwise(ends.tolist()))
    )
    return factors, added, made


def _predictors(
    item: int,
    fixed: FloatArray,
    permitted: BoolArray,
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
    may = allowed[allowed.size - len(products) :]
    last = [product.column for product, one in zip(products, may) if one and item not in product.items]
    return np.concatenate([np.flatnonzero(varies & permitted), *others, np.array(last, dtype=np.int64)])
