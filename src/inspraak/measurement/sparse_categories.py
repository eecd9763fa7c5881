"""Join categories that too few chose with their neighbour, so that ordered answers can be compared over groups."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def join_sparse(
    values: FloatArray, groups: npt.NDArray[np.int64] | None = None, *, fewest: int = 1
) -> tuple[FloatArray, tuple[tuple[tuple[float, float], ...], ...]]:
    """Join each category that fewer than `fewest` rows of some group chose with the smaller of its neighbours.

    `values` (n, p) ordered codes, NaN = no answer; `groups` (n,) codes 0, 1, ... without gaps. Gives the values, in
    which joined categories have the code of the lower one, and for each item the pairs of codes joined (higher, lower),
    in order. An item of which one category is left does not vary any more.
    """
    codes = np.zeros(len(values), dtype=np.int64) if groups is None else groups
    joined, pairs = np.array(values, dtype=np.float64), []
    for place in range(values.shape[1]):
        joined[:, place], found = _join_item(joined[:, place], codes, fewest)
        pairs.append(tuple(found))
    return joined, tuple(pairs)


def _join_item(
    column: FloatArray, groups: npt.NDArray[np.int64], fewest: int
) -> tuple[FloatArray, list[tuple[float, float]]]:
    known = ~np.isnan(column)
    chosen, place = np.unique(column[known], return_inverse=True)
    counts = np.zeros((int(groups.max(initial=0)) + 1, chosen.size), dtype=np.int64)
    np.add.at(counts, (groups[known], place.ravel()), 1)
    pairs: list[tuple[float, float]] = []
    column = column.copy()
    while chosen.size > 1 and counts.min(axis=0).min() < fewest:
        least = int(counts.min(axis=0).argmin())
        neighbours = [other for other in (least - 1, least + 1) if 0 <= other < chosen.size]
        other = min(neighbours, key=lambda at: (int(counts[:, at].sum()), at))
        low, high = sorted((least, other))
        pairs.append((float(chosen[high]), float(chosen[low])))
        column[column == chosen[high]] = chosen[low]
        counts[:, low] += counts[:, high]
        counts, chosen = np.delete(counts, high, axis=1), np.delete(chosen, high)
    return column, pairs
