"""Cycles of chained equations for a batch of imputations: regression, draw, match, next item.

Most answers were given, so that most of the prediction columns is the same in every imputation: that part is kept
once, and each imputation holds its own cells and products. The Gram matrix of all columns is kept for every
imputation. What an item's regression needs, the Gram matrix over the rows that answered it, is the whole less that of
the few rows that did not; after the item is imputed only the columns that changed are renewed. So an item costs its
missing rows times the number of columns, and one product with what all imputations share.

Source: van Buuren & Groothuis-Oudshoorn (2011), Journal of Statistical Software 45(3); the draw of the
regression is Rubin (1987), Multiple Imputation for Nonresponse in Surveys, 5.3 (R: `mice::mice.impute.pmm`,
type 1 matching). Imputations in the batch are b, prediction columns P.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.donors import nearest_donors, nearest_vectors
from inspraak.estimation.imputation_work import Work
from inspraak.estimation.imputed_columns import ImputedColumns
from inspraak.estimation.prediction_columns import Item, PredictionColumns

FLOOR = 1e-10  # per row, added to squared lengths: keeps columns of zeros apart


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
        work: Mapping[int, Work],
        streams: Sequence[np.random.Generator],
        *,
        donors: int,
        ridge: float,
    ) -> None:
        """Fill the gaps with answers drawn at random, one stream of random numbers for each imputation.

        `work` is that of the layout (imputation_work.works).
        """
        self._layout, self._work, self._streams = layout, work, streams
        self._donors, self._ridge = donors, ridge
        self._targets = [place for place, item in enumerate(layout.items) if item.missing.size]
        self.donor: dict[int, IntArray] = {}
        for place in self._targets:
            item = layout.items[place]
            uniform = np.stack([stream.random(item.missing.size) for stream in streams])
            self.donor[place] = item.answered[(uniform * item.answered.size).astype(np.int64)]
        self._filled = ImputedColumns(layout, self.donor, len(streams))
        widest = max((one.kept.size for one in work.values()), default=0)
        # memory that is asked for anew costs more than the sums in it
        self._room = tuple(np.empty(len(streams) * widest * widest) for _ in range(2))
        self.gram = np.empty((len(streams), layout.width, layout.width))
        for number in range(len(streams)):
            columns = self._filled.columns_of(number)
            self.gram[number] = columns.T @ columns

    @property
    def columns(self) -> FloatArray:
        """All prediction columns as they stand, (b, n, P)."""
        return np.stack([self._filled.columns_of(number) for number in range(len(self._streams))])

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
        item, work = self._layout.items[place], self._work[place]
        block = self._filled.block(work.missing)
        kept = block.take(work.kept, axis=2)
        middle, drawn, root = self._regress(item, self._gram_of_answers(work, kept), draws)
        offered = self._filled.predict(item, middle).take(item.answered, axis=2)
        wanted = np.matmul(kept[:, :, : item.predictors.size], drawn)
        if item.columns.size == 1:
            chosen = nearest_donors(offered[:, 0], wanted[..., 0], draws.uniform, donors=self._donors)
        else:
            whiten = np.linalg.inv(root).transpose(0, 2, 1) * np.sqrt(item.answered.size)
            offered, wanted = np.matmul(offered.transpose(0, 2, 1), whiten), np.matmul(wanted, whiten)
            chosen = nearest_vectors(offered, wanted, draws.uniform, draws.ties, donors=self._donors)
        self.donor[place] = item.answered[chosen]
        self._renew(item, work, block)

    def _gram_of_answers(self, work: Work, missing: FloatArray) -> FloatArray:
        """Give the Gram matrix (b, k + q, k + q) of predictors and item over the rows that answered it.

        `missing` (b, t, k + q) are its missing rows. The next item writes over what is given.
        """
        rows = missing if work.rest is None else self._filled.block(work.rest)
        b, k = len(rows), work.kept.size
        part, whole = (room[: b * k * k].reshape(b, -1) for room in self._room)
        square = part.reshape(b, k, k)
        np.matmul(rows.transpose(0, 2, 1), rows, out=square)
        if work.subtract:
            np.take(self.gram.reshape(b, -1), work.pairs, axis=1, out=whole, mode="clip")
            np.subtract(whole, part, out=part)
        return square

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
        # the transposes lie as LAPACK wants them, so that nothing is copied
        factors = [_cholesky(square.T) for square in gram]
        root = np.tril(np.stack([factor[k:, k:] for factor in factors]))
        sides = np.zeros((len(gram), k + q, 2 * q))
        sides[:, :k, :q] = np.stack([factor[k:, :k].T for factor in factors])
        noise = np.matmul(draws.normal, np.matmul(np.linalg.inv(draws.lower), root.transpose(0, 2, 1)))
        sides[:, :k, q:] = sides[:, :k, :q] + noise
        pairs = zip(factors, sides)
        both = np.stack([lapack.dtrtrs(factor, side, lower=1, trans=1)[0][:k] for factor, side in pairs])
        return both[..., :q], both[..., q:], root

    def _renew(self, item: Item, work: Work, block: FloatArray) -> None:
        """Write the new answers, the products that they are part of, and what they change in the Gram matrix."""
        old = block.take(work.changed, axis=2)
        self._filled.renew(item, work, block, self.donor[item.place])
        change = block.take(work.changed, axis=2) - old
        # G' - G = (old + change)' (old + change) - old' old, of which one side is always among the changed
        renewed = self.gram[:, work.changed] + np.matmul(change.transpose(0, 2, 1), block)
        renewed[:, :, work.changed] += np.matmul(old.transpose(0, 2, 1), change)
        self.gram[:, work.changed] = renewed
        self.gram[:, :, work.changed] = renewed.transpose(0, 2, 1)


def _cholesky(square: FloatArray) -> FloatArray:
    """Give the Cholesky factor of a matrix in its lower triangle; what stands above it is not defined."""
    factor, failed = lapack.dpotrf(square, lower=1, clean=0, overwrite_a=1)
    if failed:
        raise np.linalg.LinAlgError("the products of the predictors are not positive definite")
    return np.asarray(factor)
