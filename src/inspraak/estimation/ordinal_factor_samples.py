"""Ordered answers of groups as thresholds and polychoric correlations, ready for factor models."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_codes, as_matrix
from inspraak.estimation.ordinal_factor_map import pairs
from inspraak.estimation.polychoric import Polychoric, ordered_answers, polychoric
from inspraak.estimation.polychoric_covariance import OrdinalStatistics, ordinal_statistics

OrdinalFault = Literal["no variance", "redundant items", "never together"]
FAULTS: dict[str, OrdinalFault] = {  # by the status of a polychoric correlation
    "empty": "never together",
    "boundary": "redundant items",
}


@dataclass(frozen=True, eq=False)
class OrdinalSample:
    """One group of `n` rows with any answer, and the `categories` of each item that were chosen.

    Its polychoric correlations, and their joint covariance with the thresholds; where they do not exist, `fault`
    says why, and `faulty` (p,) marks the items.
    """

    n: int
    categories: tuple[FloatArray, ...]
    faulty: BoolArray
    fault: OrdinalFault | None = None
    polychoric: Polychoric | None = None
    statistics: OrdinalStatistics | None = None


@dataclass(frozen=True, eq=False)
class OrdinalSamples:
    """The answers of every group."""

    groups: tuple[OrdinalSample, ...]

    def __iter__(self) -> Iterator[OrdinalSample]:
        return iter(self.groups)

    @property
    def items(self) -> int:
        """Number of items."""
        return len(self.groups[0].categories)

    @property
    def group_n(self) -> IntArray:
        """Rows of each group, (g,)."""
        return np.array([sample.n for sample in self.groups], dtype=np.int64)

    def unlike(self, counts: IntArray) -> BoolArray:
        """Mark items (g, p) whose answers are not those of the first group, or not `counts` (g, p) in number."""
        first = self.groups[0].categories
        marked = [
            [not np.array_equal(mine, theirs) for mine, theirs in zip(sample.categories, first)]
            for sample in self
        ]
        found = [[len(mine) for mine in sample.categories] for sample in self]
        return np.asarray(np.array(marked) | (np.array(found) != counts))


def ordinal_samples(items: ArrayLike, *, groups: ArrayLike | None = None) -> OrdinalSamples:
    """Estimate the thresholds and polychoric correlations of every group, pairwise over missing answers.

    `items` (n, p) codes in any unit, NaN = no answer; `groups` (n,) codes, groups in their sorted order. Raises
    ValueError for wrong shapes and infinite values.
    """
    matrix = as_matrix(items, rows=np.shape(items)[0], name="items")
    codes = np.zeros(len(matrix), dtype=np.int64)
    if groups is not None:
        codes = as_codes(groups, rows=len(matrix), name="groups")
    return OrdinalSamples(
        tuple(_sample(matrix[codes == group]) for group in range(int(codes.max(initial=0)) + 1))
    )


def _sample(values: FloatArray) -> OrdinalSample:
    answers = ordered_answers(values)
    n = int((answers.codes >= 0).any(axis=1).sum())
    still = np.array([len(chosen) < 2 for chosen in answers.categories])
    if still.any():
        return OrdinalSample(n, answers.categories, still, fault="no variance")
    found = polychoric(values)
    row, column = pairs(values.shape[1])
    for status, fault in FAULTS.items():
        bad = found.status[row, column] == status
        if bad.any():
            faulty = np.zeros(values.shape[1], dtype=np.bool_)
            faulty[row[bad]] = faulty[column[bad]] = True
            return OrdinalSample(n, answers.categories, faulty, fault, found)
    statistics = ordinal_statistics(found)
    faulty = np.zeros(values.shape[1], dtype=np.bool_)
    silent = ~np.isfinite(np.diagonal(statistics.covariance))[statistics.item.size :]
    if silent.any():  # answered together by so few that every correlation is as likely
        faulty[row[silent]] = faulty[column[silent]] = True
        return OrdinalSample(n, answers.categories, faulty, "never together", found)
    return OrdinalSample(n, answers.categories, faulty, None, found, statistics)
