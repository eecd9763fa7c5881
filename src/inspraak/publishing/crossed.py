"""The classes of employers that answered a measure, as the columns of the system of its published totals."""

from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
GROUPING, WEIGHT, ANSWERED = "group:", "weight:", "n:"
"""How the columns of the classes begin, as `measurement.crossings` writes them."""
Total = tuple[str, str, str | None]
"""A published total: weight, grouping and group ("" for everyone; None: all that are in a group of the grouping)."""


class Crossed:
    """The employers of one wave by class, from `measurement.crossings`.

    A cell is what all groupings together make. Where a cell holds so many different weights that no combination of
    totals leaves fewer than `minimum_n` of its employers, as many of its classes stand for it as its weights have
    dimensions; elsewhere every class counts.
    """

    def __init__(self, classes: pd.DataFrame, *, minimum_n: int) -> None:
        names = [str(name) for name in classes]
        groupings = [name for name in names if name.startswith(GROUPING)]
        weights = [name for name in names if name.startswith(WEIGHT)]
        ordered = classes.sort_values([*groupings, *weights], kind="stable", ignore_index=True)
        self.minimum_n = minimum_n
        self.groups = {name.removeprefix(GROUPING): ordered[name].to_numpy() for name in groupings}
        self.weights = {name.removeprefix(WEIGHT): ordered[name].to_numpy(dtype=float) for name in weights}
        self.weights["none"] = np.ones(len(ordered))
        layers = [*groupings, *weights[:1]]
        self.cell = np.asarray(ordered.groupby(groupings, sort=False).ngroup(), dtype=np.int64)
        self.layer = np.asarray(ordered.groupby(layers, sort=False).ngroup(), dtype=np.int64)
        self.counts = {
            name.removeprefix(ANSWERED): ordered[name].to_numpy(dtype=np.int64)
            for name in names
            if name.startswith(ANSWERED)
        }

    def of(self, measure: str) -> tuple[IntArray, IntArray]:
        """Give the classes of a measure, large cells first, and how many employers each stands for."""
        counts = self.counts[measure]
        rich = self._rich(counts)
        standing = rich[self.cell] & self._standing
        chosen = np.flatnonzero(standing | (~rich[self.cell] & (counts > 0)))
        size = np.bincount(self.cell, counts, minlength=rich.size)[self.cell[chosen]]
        chosen = chosen[np.argsort(-size, kind="stable")]
        return chosen, np.where(standing[chosen], self.minimum_n, counts[chosen])

    def row(self, total: Total, classes: IntArray) -> FloatArray:
        """Give a published total as a sum over classes."""
        weight, grouping, group = total
        values: FloatArray = self.weights[weight][classes]
        if not grouping:
            return values
        of = self.groups[grouping][classes]
        return np.where(of != "" if group is None else of == group, values, 0.0)

    def _rich(self, counts: IntArray) -> BoolArray:
        """Tell for which cells every combination that is not zero leaves `minimum_n` employers or more.

        With one weight a combination leaves all or none; with two it can leave out one pair of weights, with three
        all pairs on a line: one first weight, or one second weight for each first. And of three classes whose weights
        are independent it leaves one at least.
        """
        first = np.unique(self.layer, return_index=True)[1]
        start = np.unique(self.cell, return_index=True)[1]
        of_layer = np.searchsorted(first, start)
        n = np.add.reduceat(counts, start)
        most = np.maximum.reduceat(counts, first)
        widest = np.maximum.reduceat(np.add.reduceat(counts, first), of_layer)
        off_line = n - np.maximum(widest, np.add.reduceat(most, of_layer))
        triples, of_cell = self._triples
        apart = np.bincount(of_cell, counts[triples].min(axis=1), minlength=n.size)
        two, three = self._dimensions == 2, self._dimensions == 3
        left = np.select(
            [two, three], [n - np.maximum.reduceat(most, of_layer), np.maximum(off_line, apart)], n
        )
        return np.asarray(left >= self.minimum_n)

    @cached_property
    def _vectors(self) -> FloatArray:
        return np.column_stack(list(self.weights.values()))

    @cached_property
    def _bases(self) -> list[IntArray]:
        """Give for each cell as many classes as its weights have dimensions, that span them."""
        starts = np.unique(self.cell, return_index=True)[1]
        bounds = [*starts.tolist(), self.cell.size]
        return [first + _spanning(self._vectors[first:last]) for first, last in pairwise(bounds)]

    @cached_property
    def _triples(self) -> tuple[IntArray, IntArray]:
        """Give classes of a cell by three (t, 3), each once, where their weights are independent; and the cell."""
        starts = np.unique(self.cell, return_index=True)[1]
        found = [np.empty((0, 3), dtype=np.int64)]
        for first, last in pairwise([*starts.tolist(), self.cell.size]):
            third = (last - first) // 3
            found.append(first + np.arange(3 * third).reshape(3, third).T)
        triples = np.concatenate(found)
        if self._vectors.shape[1] != 3:
            return triples[:0], self.cell[:0]
        scaled = self._vectors / np.abs(self._vectors).max(axis=0)
        triples = triples[np.abs(np.linalg.det(scaled[triples])) > 1e-9]
        return triples, self.cell[triples[:, 0]]

    @cached_property
    def _dimensions(self) -> IntArray:
        return np.array([basis.size for basis in self._bases], dtype=np.int64)

    @cached_property
    def _standing(self) -> BoolArray:
        standing = np.zeros(self.cell.size, dtype=bool)
        standing[np.concatenate(self._bases)] = True
        return standing


def _spanning(vectors: FloatArray) -> IntArray:
    """Give the places of rows (k, q) that are independent, as many as there can be: the longest that is left."""
    rest = vectors / np.abs(vectors).max(axis=0).clip(min=np.finfo(float).tiny)
    chosen: list[int] = []
    for _ in range(vectors.shape[1]):
        length = np.einsum("ij,ij->i", rest, rest)
        place = int(np.argmax(length))
        if length[place] < 1e-18:
            break
        chosen.append(place)
        unit = rest[place] / np.sqrt(length[place])
        rest = rest - np.outer(rest @ unit, unit)
    return np.array(sorted(chosen), dtype=np.int64)
