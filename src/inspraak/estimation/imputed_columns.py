"""Prediction columns of a batch of imputations, of which only what was imputed is kept for each.

Imputations in the batch are b, prediction columns P: base columns (constant, covariates, items) and products.
"""

from collections.abc import Mapping

import numpy as np
from scipy.sparse import csr_array

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.imputation_work import Block, Work
from inspraak.estimation.prediction_columns import Item, PredictionColumns


class ImputedColumns:
    """The prediction columns of b imputations: coded answers in the gaps (b, t) and products (b, Q, n)."""

    def __init__(self, layout: PredictionColumns, donor: Mapping[int, IntArray], imputations: int) -> None:
        """Start from the answers of these donors (b, missing rows) of each item."""
        self._layout = layout
        sums = [product.factors[0] for product in layout.products if len(product.factors) == 1]
        self._sums = np.array(sums, dtype=np.int64)
        self._is_sum = np.array([len(product.factors) == 1 for product in layout.products], dtype=np.bool_)
        # a column is contiguous, so that a prediction is one product of long rows
        self._shared = np.vstack([layout.start.T, layout.fixed[:, self._sums].T])
        self._imputed = _side_by_side(layout, imputations)
        self._answers = self._imputed.data.reshape(imputations, -1)
        for place, rows in donor.items():
            self._write(layout.items[place], layout.items[place].coded[rows])
        self._made = np.empty((imputations, len(layout.products), len(layout.start)))
        for number in range(imputations if layout.products else 0):
            values = self._base(number) @ layout.factors + layout.fixed
            for place, product in enumerate(layout.products):
                self._made[number, place] = values[:, product.factors].prod(axis=1)

    def columns_of(self, imputation: int) -> FloatArray:
        """Give every prediction column of one imputation, (n, P)."""
        return np.hstack([self._base(imputation), self._made[imputation].T])

    def block(self, block: Block) -> FloatArray:
        """Give a block as it stands, (b, r, k)."""
        filled = np.empty((len(self._answers), *block.base.shape))
        filled[:] = block.base
        for cells, answers in zip(filled.reshape(len(filled), -1), self._answers):
            cells[block.place] = answers[block.cells]
        if block.made.size:
            filled[:, :, block.at] = self._made[:, block.made[:, np.newaxis], block.rows].transpose(0, 2, 1)
        return filled

    def predict(self, item: Item, coefficients: FloatArray) -> FloatArray:
        """Give the prediction of every row for coefficients (b, k, q) of an item's predictors, (b, q, n)."""
        layout, (b, _, q) = self._layout, coefficients.shape
        width, n = layout.start.shape[1], len(layout.start)
        wide = np.zeros((b, q, layout.width))
        wide[:, :, item.predictors] = coefficients.transpose(0, 2, 1)
        base, products = wide[:, :, :width], wide[:, :, width:]
        sums = products[:, :, self._is_sum]
        base += sums @ layout.factors[:, self._sums].T
        predicted = (np.concatenate([base, sums], axis=2).reshape(b * q, -1) @ self._shared).reshape(b, q, n)
        own = self._imputed @ base.transpose(0, 2, 1).reshape(b * width, q)
        predicted += own.reshape(b, n, q).transpose(0, 2, 1)
        used = item.predictors[item.predictors >= width] - width
        used = used[~self._is_sum[used]]
        if used.size:
            predicted += np.matmul(products[:, :, used], self._made[:, used])
        return predicted

    def renew(self, item: Item, work: Work, block: FloatArray, donor: IntArray) -> None:
        """Write the answers of `donor` (b, r) and the products that they are part of, also into `block`.

        `block` (b, r, P) is that of the missing rows of the item.
        """
        layout, rows = self._layout, work.missing.rows
        coded = item.coded[donor]
        block[:, :, item.columns] = coded
        self._write(item, coded)
        if work.products.size:
            width = layout.start.shape[1]
            values = block[:, :, :width] @ layout.factors[:, work.factors]
            values += layout.fixed[np.ix_(rows, work.factors)]
            values = np.concatenate([values, np.ones((*values.shape[:2], 1))], axis=2)
            made = values[:, :, work.parts].prod(axis=3)
            block[:, :, width + work.products] = made
            self._made[:, work.products[:, np.newaxis], rows] = made.transpose(0, 2, 1)

    def _base(self, imputation: int) -> FloatArray:
        columns = self._layout.start.copy()
        row, column = self._layout.cells
        columns[row, column] = self._answers[imputation]
        return columns

    def _write(self, item: Item, coded: FloatArray) -> None:
        """Write coded answers (b, r, q) into the cells of an item."""
        self._answers[:, self._layout.cells_of(item)] = coded.transpose(0, 2, 1).reshape(len(coded), -1)


def _side_by_side(layout: PredictionColumns, imputations: int) -> csr_array:
    """Give the imputed cells, 0 as yet, of all imputations as one sparse matrix, a block (n, B) for each."""
    row, column = layout.cells
    n, width = layout.start.shape
    which = np.arange(imputations)[:, np.newaxis]
    first = np.searchsorted(row, np.arange(n)) + which * row.size
    cells = (np.zeros(imputations * row.size), (column + which * width).ravel())
    shape = (imputations * n, imputations * width)
    return csr_array((*cells, np.append(first.ravel(), imputations * row.size)), shape=shape)
