"""Prediction columns of a batch of imputations, of which only what was imputed is kept for each.

Imputations in the batch are b, prediction columns P: base columns (constant, covariates, items) and products.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.prediction_columns import Item, PredictionColumns


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows (r) and columns (k) of the prediction columns: `base` (r, k), with 0 where imputations differ.

    Imputed cell `cells` (t,) stands at `row` and `column` (t,) of the block; product `made` (q,) in its column `at`.
    """

    rows: IntArray
    base: FloatArray
    cells: IntArray
    row: IntArray
    column: IntArray
    made: IntArray
    at: IntArray


@dataclass(frozen=True, eq=False)
class Work:
    """What is the same in every cycle for one item with gaps.

    `kept` (k + q,) are its predictors and itself, `pairs` their places in a Gram matrix laid flat. `missing` holds its
    missing rows with all columns; `rest` with `kept` the rows whose Gram matrix is needed, None where these are the
    missing ones; `subtract` says whether it is taken from the whole. `changed` are the columns that change with it:
    itself and `products`, each the product of its row of `parts` (places among `factors`, the last of them 1).
    """

    kept: IntArray
    pairs: IntArray
    missing: Block
    rest: Block | None
    subtract: bool
    changed: IntArray
    products: IntArray
    factors: IntArray
    parts: IntArray


class ImputedColumns:
    """The prediction columns of b imputations: coded answers in the gaps (b, t) and products (b, Q, n)."""

    def __init__(self, layout: PredictionColumns, donor: Mapping[int, IntArray], imputations: int) -> None:
        """Start from the answers of these donors (b, missing rows) of each item."""
        self._layout = layout
        sums = [product.factors[0] for product in layout.products if len(product.factors) == 1]
        self._sums = np.array(sums, dtype=np.int64)
        self._is_sum = np.array([len(product.factors) == 1 for product in layout.products], dtype=np.bool_)
        self._shared = np.hstack([layout.start, layout.fixed[:, self._sums]])
        row = layout.cells[0]
        self._spread = csr_array(
            (np.ones(row.size), (row, np.arange(row.size))), (len(layout.start), row.size)
        )
        self._answers = np.zeros((imputations, row.size))
        for place, rows in donor.items():
            self._write(layout.items[place], layout.items[place].coded[rows])
        values = self._base() @ layout.factors + layout.fixed
        self._made = np.empty((imputations, len(layout.products), len(layout.start)))
        for number, product in enumerate(layout.products):
            self._made[:, number] = values[:, :, product.factors].prod(axis=2)
        self.work = {place: self._work(item) for place, item in enumerate(layout.items) if item.missing.size}

    def all_columns(self) -> FloatArray:
        """Give every prediction column, (b, n, P)."""
        return np.concatenate([self._base(), self._made.transpose(0, 2, 1)], axis=2)

    def block(self, block: Block) -> FloatArray:
        """Give a block as it stands, (b, r, k)."""
        filled = np.repeat(block.base[np.newaxis], len(self._answers), axis=0)
        filled[:, block.row, block.column] = self._answers[:, block.cells]
        if block.made.size:
            filled[:, :, block.at] = self._made[:, block.made[:, np.newaxis], block.rows].transpose(0, 2, 1)
        return np.asarray(filled)

    def predict(self, item: Item, coefficients: FloatArray) -> FloatArray:
        """Give the prediction of every row for coefficients (b, k, q) of an item's predictors, (b, n, q)."""
        layout, (b, _, q) = self._layout, coefficients.shape
        width = layout.start.shape[1]
        wide = np.zeros((b, layout.width, q))
        wide[:, item.predictors] = coefficients
        base, products = wide[:, :width], wide[:, width:]
        sums = products[:, self._is_sum]
        base += layout.factors[:, self._sums] @ sums
        stacked = np.concatenate([base, sums], axis=1).transpose(1, 0, 2).reshape(-1, b * q)
        cells = self._answers[:, :, np.newaxis] * base[:, layout.cells[1]]
        total = self._shared @ stacked + self._spread @ cells.transpose(1, 0, 2).reshape(-1, b * q)
        predicted = total.reshape(-1, b, q).transpose(1, 0, 2)
        used = item.predictors[item.predictors >= width] - width
        used = used[~self._is_sum[used]]
        if used.size:
            own = np.matmul(products[:, used].transpose(0, 2, 1), self._made[:, used])
            predicted = predicted + own.transpose(0, 2, 1)
        return np.asarray(predicted)

    def renew(self, item: Item, work: Work, before: FloatArray, donor: IntArray) -> FloatArray:
        """Write the answers of `donor` (b, r) and the products that they are part of; gives `before` as it then is."""
        layout, rows = self._layout, work.missing.rows
        after = before.copy()
        coded = item.coded[donor]
        after[:, :, item.columns] = coded
        self._write(item, coded)
        if work.products.size:
            width = layout.start.shape[1]
            values = after[:, :, :width] @ layout.factors[:, work.factors]
            values += layout.fixed[np.ix_(rows, work.factors)]
            values = np.concatenate([values, np.ones((*values.shape[:2], 1))], axis=2)
            made = values[:, :, work.parts].prod(axis=3)
            after[:, :, width + work.products] = made
            self._made[:, work.products[:, np.newaxis], rows] = made.transpose(0, 2, 1)
        return np.asarray(after)

    def _base(self) -> FloatArray:
        columns = np.repeat(self._layout.start[np.newaxis], len(self._answers), axis=0)
        row, column = self._layout.cells
        columns[:, row, column] = self._answers
        return columns

    def _write(self, item: Item, coded: FloatArray) -> None:
        """Write coded answers (b, r, q) into the cells of an item."""
        own = slice(item.first_cell, item.first_cell + item.columns.size * item.missing.size)
        self._answers[:, own] = coded.transpose(0, 2, 1).reshape(len(coded), -1)

    def _block(self, rows: IntArray, columns: IntArray) -> Block:
        layout = self._layout
        n, width = layout.start.shape
        of_row, of_column = np.full(n, -1), np.full(layout.width, -1)
        of_row[rows], of_column[columns] = np.arange(rows.size), np.arange(columns.size)
        row, column = of_row[layout.cells[0]], of_column[layout.cells[1]]
        cells = np.flatnonzero((row >= 0) & (column >= 0))
        base = np.zeros((rows.size, columns.size))
        shared = np.flatnonzero(columns < width)
        base[:, shared] = layout.start[np.ix_(rows, columns[shared])]
        at = np.flatnonzero(columns >= width)
        return Block(rows, base, cells, row[cells], column[cells], columns[at] - width, at)

    def _work(self, item: Item) -> Work:
        layout = self._layout
        n, width = layout.start.shape
        kept = np.concatenate([item.predictors, item.columns])
        rest, subtract = None, 2 * item.answered.size >= n
        if not subtract:
            rest = self._block(item.answered, kept)
        elif item.answered.size + item.missing.size < n:
            outside = np.ones(n, dtype=np.bool_)
            outside[item.answered] = False
            rest = self._block(np.flatnonzero(outside), kept)
        touched = [number for number, product in enumerate(layout.products) if item.place in product.items]
        factors = np.unique([factor for number in touched for factor in layout.products[number].factors])
        parts = np.full(
            (len(touched), max((len(p.factors) for p in layout.products), default=0)), factors.size
        )
        for row, number in enumerate(touched):
            own = np.searchsorted(factors, layout.products[number].factors)
            parts[row, : own.size] = own
        products = np.array(touched, dtype=np.int64)
        return Work(
            kept=kept,
            pairs=(kept[:, np.newaxis] * layout.width + kept).ravel(),
            missing=self._block(item.missing, np.arange(layout.width)),
            rest=rest,
            subtract=subtract,
            changed=np.concatenate([item.columns, width + products]),
            products=products,
            factors=factors.astype(np.int64),
            parts=parts,
        )
