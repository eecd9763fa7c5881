"""One scale of several compared over groups, beside as few of the others as identify it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_matrix
from inspraak.estimation.factor_invariance import Invariance, Method, compare_groups

IDENTIFIED = 4
"""From this number of items on a scale stands alone."""
MOST_BESIDE = 3
"""Scales that stand beside one of fewer items at most."""
UNPROPER = ("improper", "not converged", "not identified")
"""Statuses of a fit that more scales beside the one that is tested may mend."""


@dataclass(frozen=True, eq=False)
class ScaleComparison:
    """The levels of a scale, the scales `beside` it (places), and the `columns` of the items in the models."""

    invariance: Invariance
    beside: tuple[int, ...]
    columns: IntArray


def compare_scale(
    items: ArrayLike,
    loadings: ArrayLike,
    scale: int,
    *,
    groups: ArrayLike,
    method: Method,
    residual_pairs: Iterable[tuple[int, int]] = (),
) -> ScaleComparison | None:
    """Test the levels of one scale (a column of `loadings`); None where nothing identifies it.

    Four items or more stand alone. Two or three stand beside the scale whose items correlate with them most (sum of
    squares), which is free in every group; where that gives no proper solution, beside two, then three, and four
    items beside one first. Else as `compare_groups`.
    """
    values = as_matrix(items, rows=np.shape(items)[0], name="items")
    member = np.asarray(loadings, dtype=np.bool_)
    pairs, fewest = tuple(residual_pairs), int(member[:, scale].sum() < IDENTIFIED)
    order = _by_correlation(values, member, scale)
    found = None
    for count in range(fewest, min(len(order), MOST_BESIDE) + 1):
        chosen = [scale, *order[:count]]
        columns = np.flatnonzero(member[:, chosen].any(axis=1))
        place = {int(column): number for number, column in enumerate(columns)}
        invariance = compare_groups(
            values[:, columns],
            member[columns][:, chosen],
            member[columns, scale],
            groups=groups,
            method=method,
            residual_pairs=[(place[a], place[b]) for a, b in pairs if a in place and b in place],
        )
        found = ScaleComparison(invariance, tuple(order[:count]), columns)
        if invariance.why not in UNPROPER:
            break
    return found


def _by_correlation(values: FloatArray, member: BoolArray, scale: int) -> list[int]:
    """Give the other scales, that with most squared correlation with this one first; pairwise over missing answers."""
    known = ~np.isnan(values)
    filled = np.where(known, values - np.nanmean(values, axis=0), 0.0)
    answered = known.astype(np.float64)
    squares = np.square(filled)
    with np.errstate(divide="ignore", invalid="ignore"):
        square = np.square(filled.T @ filled) / ((squares.T @ answered) * (answered.T @ squares))
    shared = [float(np.nansum(square[np.ix_(member[:, scale], own)])) for own in member.T]
    others = [place for place in range(member.shape[1]) if place != scale]
    return sorted(others, key=lambda place: -shared[place])
