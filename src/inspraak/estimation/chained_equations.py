"""Cycles of chained equations for a batch of imputations: regression, draw, match, next item.

The Gram matrix of all prediction columns is kept for every imputation. What an item's regression needs, the
Gram matrix over the rows that answered it, is the whole less that of the few rows that did not; after the
item is imputed only the columns that changed are renewed. So an item costs its missing rows times the
squared number of columns, not all rows.

Source: van Buuren & Groothuis-Oudshoorn (2011), Journal of Statistical Software 45(3); the draw of the
regression is Rubin (1987), Multiple Imputation for Nonresponse in Surveys, 5.3 (R: `mice::mice.impute.pmm`,
type 1 matching). Imputations in the batch are b, prediction columns P.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.donors import nearest_donors, nearest_vectors
from inspraak.estimation.prediction_columns import Item, PredictionColumns

FLOOR = 1e-10  # per row, added to squared lengths: keeps columns of zeros apart
MOST = 0.6  # share of the columns from which on taking them out costs more than it saves


@dataclass(frozen=True, eq=False)
class _Draws:
    """The random numbers of one item in one cycle."""

    normal: FloatArray  # (b, k, q)
    lower: FloatArray  # (b, q, q) of a Wishart matrix, by Bartlett's decomposition
    uniform: FloatArray  # (b, t)
    ties: FloatArray  # (b, o), or (b, 0) for an item with one column


class Chains:
    """A batch of imputations in progress: `donor` of each item (b, t) is the row that each answer came from."""

    def __init__(
        self,
        layout: PredictionColumns,
        streams: Sequence[np.random.Generator],
        *,
        donors: int,
        ridge: float,
    ) -> None:
        """Fill the gaps with answers drawn at random, one stream of random numbers for each imputation."""
        self._layout, self._streams = layout, streams
        self._donors, self._ridge = donors, ridge
        self._targets = [place for place, item in enumerate(layout.items) if item.missing.size]
        self.columns = np.repeat(layout.start[np.newaxis], len(streams), axis=0)
        self.donor: dict[int, IntArray] = {}
        for place in self._targets:
            item = layout.items[place]
            uniform = np.stack([stream.random(item.missing.size) for stream in streams])
            self.donor[place] = item.answered[(uniform * item.answered.size).astype(np.int64)]
            for column, coded in zip(item.columns, item.coded.T):
                self.columns[:, item.missing, column] = coded[self.donor[place]]
        for product in layout.products:
            self.columns[:, :, product.column] = product.value(self.columns, slice(None))
        self.gram = np.matmul(self.columns.transpose(0, 2, 1), self.columns)

    def cycle(self) -> None:
        """Impute every item with gaps once, in the order of the columns."""
        drawn = self._draw()
        for place in self._targets:
            self._impute(place, drawn[place])

    def _draw(self) -> dict[int, _Draws]:
        """Draw the random numbers of a cycle, stream by stream, so that the batch plays no part."""
        per_stream = [self._draw_from(stream) for stream in self._streams]
        return {
            place: _Draws(*(np.stack(parts) for parts in zip(*(draws[place] for draws in per_stream))))
            for place in self._targets
        }

    def _draw_from(self, stream: np.random.Generator) -> dict[int, tuple[FloatArray, ...]]:
        items = [self._layout.items[place] for place in self._targets]
        sizes = [(item.predictors.size, item.columns.size) for item in items]
        normal = stream.standard_normal(sum(k * q + q * (q - 1) // 2 for k, q in sizes))
        uniform = stream.random(sum(item.missing.size for item in items))
        freedom = [max(item.answered.size - k, q) - i for item, (k, q) in zip(items, sizes) for i in range(q)]
        root = np.sqrt(stream.chisquare(freedom))
        draws: dict[int, tuple[FloatArray, ...]] = {}
        a, u, c = 0, 0, 0
        for place, item, (k, q) in zip(self._targets, items, sizes):
            lower = np.diag(root[c : c + q])
            ties = stream.random(item.answered.size if q > 1 else 0)
            chosen, coefficients = uniform[u : u + item.missing.size], normal[a : a + k * q].reshape(k, q)
            a, u, c = a + k * q, u + item.missing.size, c + q
            if q > 1:
                below = q * (q - 1) // 2
                lower[np.tril_indices(q, -1)] = normal[a : a + below]
                a += below
            draws[place] = (coefficients, lower, chosen, ties)
        return draws

    def _impute(self, place: int, draws: _Draws) -> None:
        item = self._layout.items[place]
        before = self.columns[:, item.missing]
        gram = self._gram_of_answers(item, before)
        middle, drawn, root = self._regress(item, gram, draws)
        wide = np.zeros((len(self._streams), self.columns.shape[2], item.columns.size))
        wide[:, item.predictors] = middle
        offered = np.matmul(self.columns, wide)[:, item.answered]
        wide[:, item.predictors] = drawn
        wanted = np.matmul(before, wide)
        if item.columns.size == 1:
            chosen = nearest_donors(offered[..., 0], wanted[..., 0], draws.uniform, donors=self._donors)
        else:
            whiten = np.linalg.inv(root).transpose(0, 2, 1) * np.sqrt(item.answered.size)
            offered, wanted = np.matmul(offered, whiten), np.matmul(wanted, whiten)
            chosen = nearest_vectors(offered, wanted, draws.uniform, draws.ties, donors=self._donors)
        self.donor[place] = item.answered[chosen]
        self._renew(place, item, before)

    def _gram_of_answers(self, item: Item, missing: FloatArray) -> FloatArray:
        """Give the Gram matrix (b, k + q, k + q) of predictors and item over the rows that answered it."""
        n, width = self.columns.shape[1:]
        kept = np.concatenate([item.predictors, item.columns])
        structural = n - item.answered.size - item.missing.size
        subtract = n - item.answered.size <= item.answered.size
        if not subtract:
            rows = self.columns[:, item.answered]
        elif structural:
            outside = np.ones(n, dtype=np.bool_)
            outside[item.answered] = False
            rows = self.columns[:, outside]
        else:
            rows = missing
        early = kept.size < MOST * width
        if early:
            rows = rows.take(kept, axis=2)
        part = np.matmul(rows.transpose(0, 2, 1), rows)
        if subtract:
            whole = self.gram.take(kept, axis=1).take(kept, axis=2) if early else self.gram
            part = whole - part
        return np.asarray(part if early else part.take(kept, axis=1).take(kept, axis=2))

    def _regress(
        self, item: Item, gram: FloatArray, draws: _Draws
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Give estimated and drawn coefficients (b, k, q), and the root (b, q, q) of the residual squares.

        One Cholesky factor of predictors and item together holds all three: the factor of the predictors,
        the solved right-hand sides below it, and the residual squares in the corner.
        """
        k, q = draws.normal.shape[1:]
        place = np.arange(k + q)
        gram[:, place, place] *= np.where(place < k, 1 + self._ridge, 1.0)
        gram[:, place, place] += FLOOR * item.answered.size
        factor = np.asarray(np.linalg.cholesky(gram), dtype=np.float64)
        solved, root = factor[:, k:, :k].transpose(0, 2, 1), factor[:, k:, k:]
        noise = np.matmul(draws.normal, np.matmul(np.linalg.inv(draws.lower), root.transpose(0, 2, 1)))
        sides = np.concatenate([solved, solved + noise], axis=2)
        both = np.stack([lapack.dtrtrs(one[:k, :k].T, side)[0] for one, side in zip(factor, sides)])
        return both[..., :q], both[..., q:], root

    def _renew(self, place: int, item: Item, before: FloatArray) -> None:
        """Write the new answers, the products that they are part of, and what they change in the Gram matrix."""
        after = before.copy()
        for column, coded in zip(item.columns, item.coded.T):
            after[:, :, column] = coded[self.donor[place]]
        touched = [product for product in self._layout.products if place in product.items]
        for product in touched:
            after[:, :, product.column] = product.value(after, item.missing)
        changed = np.array([*item.columns, *(product.column for product in touched)])
        for column in changed:
            self.columns[:, item.missing, column] = after[:, :, column]
        renewed = self.gram[:, :, changed]
        renewed += np.matmul(after.transpose(0, 2, 1), after[:, :, changed])
        renewed -= np.matmul(before.transpose(0, 2, 1), before[:, :, changed])
        self.gram[:, :, changed] = renewed
        self.gram[:, changed] = renewed.transpose(0, 2, 1)
