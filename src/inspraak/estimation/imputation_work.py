"""What is the same for one item with gaps in every cycle of every imputation: its rows, columns and products."""

from dataclasses import dataclass

import numpy as np

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.prediction_columns import Item, PredictionColumns


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows (r) and columns (k) of the prediction columns: `base` (r, k), with 0 where imputations differ.

    Imputed cell `cells` (t,) stands at `place` (t,) of the block laid flat; product `made` (q,) in its column `at`.
    """

    rows: IntArray
    base: FloatArray
    cells: IntArray
    place: IntArray
    made: IntArray
    at: IntArray


@dataclass(frozen=True, eq=False)
class Work:
    """What one item with gaps needs in every cycle.

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


def works(layout: PredictionColumns) -> dict[int, Work]:
    """Give the work of every item with gaps, by its place."""
    return {place: _work(layout, item) for place, item in enumerate(layout.items) if item.missing.size}


def _work(layout: PredictionColumns, item: Item) -> Work:
    n, width = layout.start.shape
    kept = np.concatenate([item.predictors, item.columns])
    rest, subtract = None, 2 * item.answered.size >= n
    if not subtract:
        rest = _block(layout, item.answered, kept)
    elif item.answered.size + item.missing.size < n:
        outside = np.ones(n, dtype=np.bool_)
        outside[item.answered] = False
        rest = _block(layout, np.flatnonzero(outside), kept)
    touched = [number for number, product in enumerate(layout.products) if item.place in product.items]
    factors = np.unique([factor for number in touched for factor in layout.products[number].factors])
    parts = np.full((len(touched), max((len(p.factors) for p in layout.products), default=0)), factors.size)
    for row, number in enumerate(touched):
        own = np.searchsorted(factors, layout.products[number].factors)
        parts[row, : own.size] = own
    products = np.array(touched, dtype=np.int64)
    return Work(
        kept=kept,
        pairs=(kept[:, np.newaxis] * layout.width + kept).ravel(),
        missing=_block(layout, item.missing, np.arange(layout.width)),
        rest=rest,
        subtract=subtract,
        changed=np.concatenate([item.columns, width + products]),
        products=products,
        factors=factors.astype(np.int64),
        parts=parts,
    )


def _block(layout: PredictionColumns, rows: IntArray, columns: IntArray) -> Block:
    n, width = layout.start.shape
    of_row, of_column = np.full(n, -1), np.full(layout.width, -1)
    of_row[rows], of_column[columns] = np.arange(rows.size), np.arange(columns.size)
    row, column = of_row[layout.cells[0]], of_column[layout.cells[1]]
    cells = np.flatnonzero((row >= 0) & (column >= 0))
    base = np.zeros((rows.size, columns.size))
    shared = np.flatnonzero(columns < width)
    base[:, shared] = layout.start[np.ix_(rows, columns[shared])]
    at = np.flatnonzero(columns >= width)
    return Block(rows, base, cells, row[cells] * columns.size + column[cells], columns[at] - width, at)
