"""Common factor models from which item belongs to which factor: identification, groups and equality over them."""

from collections.abc import Collection, Iterable, Mapping
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, IntArray
from inspraak.estimation.factor_models import FactorModel, Pattern, pattern

Identification = Literal["marker", "standardised"]
Equal = Literal["loadings", "intercepts", "residuals"]
Place = int | tuple[int, int]
Released = Mapping[Equal, Iterable[Place]]


def confirmatory_model(
    loadings: ArrayLike,
    *,
    groups: int = 1,
    identification: Identification = "marker",
    correlated: ArrayLike = True,
    higher: ArrayLike | None = None,
    residual_pairs: Iterable[tuple[int, int]] = (),
    means: bool = False,
    equal: Collection[Equal] = (),
    released: Released | None = None,
) -> FactorModel:
    """Give the model in which items load on their factors and on no other.

    `loadings` (p, f) booleans; `higher` (f, h) booleans, which factors belong to each of h factors of second
    order, which follow the f in the model. `marker` fixes the first loading of each factor at 1,
    `standardised` its variance (of a factor with a factor above it: its residual variance). `correlated` is one
    boolean for all pairs of factors without a factor above them, or (f + h, f + h) booleans. `residual_pairs` are
    items whose residuals correlate.

    `equal` over groups: `loadings` (of both orders), `intercepts`, `residuals` (variances and covariances), but
    for the elements that are `released`: (item, factor) of loadings, item of intercepts, (item, item) of
    residuals. With equal loadings a standardised factor has variance 1 in the first group only, with equal
    intercepts factors have mean 0 in the first group only. `means` models the means also without that.
    R: lavaan::cfa(std.lv, group.equal, group.partial).

    Raises ValueError for an item without a factor, a factor without items, and unknown names.
    """
    member = np.asarray(loadings, dtype=np.bool_)
    empty = np.zeros((member.shape[-1], 0), dtype=np.bool_)
    above = empty if higher is None else np.asarray(higher, dtype=np.bool_)
    _check(member, above, identification, [*equal, *(released or {})])
    numbers = _Numbers(groups, equal, released or {})
    (p, f), h = member.shape, above.shape[1]
    first_order = np.hstack([member, np.zeros((p, h), dtype=np.bool_)])
    second_order = np.zeros((f + h, f + h), dtype=np.bool_)
    second_order[:f, f:] = above
    marked = identification == "marker"
    loading = _directed(first_order, marked, numbers, "loadings")
    path = _directed(second_order, marked, numbers, "paths") if h else None
    factor = _factor_covariances(second_order, correlated, marked, numbers)
    residual = np.eye(p, dtype=np.bool_)
    for row, column in residual_pairs:
        residual[row, column] = residual[column, row] = True
    residuals = pattern(_mirrored(numbers.take(np.tril(residual), "residuals")))
    if not (means or "intercepts" in equal):
        return FactorModel(loading, factor, residuals, path)
    intercepts = pattern(numbers.take(np.ones(p, dtype=np.bool_), "intercepts"))
    moving = (np.arange(f + h) < f) & ("intercepts" in equal)
    means_of_factors = numbers.take(moving, "means")
    means_of_factors[0] = 0
    return FactorModel(loading, factor, residuals, path, intercepts, pattern(means_of_factors))


class _Numbers:
    """Hands out labels of parameters."""

    def __init__(self, groups: int, equal: Collection[Equal], released: Released) -> None:
        self.groups = groups
        self.equal = {*equal, *(("paths",) if "loadings" in equal else ())}
        self.released: dict[str, list[Place]] = {name: list(places) for name, places in released.items()}
        self.last = 0

    def take(self, free: BoolArray, name: str) -> IntArray:
        """Label the free elements of every group; the same where declared equal, but for those released."""
        labels = np.zeros((self.groups, *free.shape), dtype=np.int64)
        own = np.full(free.shape, name not in self.equal)
        for place in self.released.get(name, []):
            own[place if isinstance(place, int) or name != "residuals" else (max(place), min(place))] = True
        for group in range(self.groups):
            new = free & (own | (group == 0))
            labels[group] = np.where(free, labels[0], 0)
            labels[group][new] = self.last + 1 + np.arange(int(new.sum()))
            self.last += int(new.sum())
        return labels


def _mirrored(lower: IntArray) -> IntArray:
    return np.asarray(lower + np.tril(lower, -1).swapaxes(1, 2))


def _check(member: BoolArray, above: BoolArray, identification: str, equal: Collection[str]) -> None:
    if identification not in get_args(Identification):
        raise ValueError(f"identification is {identification!r}; expected one of {get_args(Identification)}")
    unknown = sorted(set(equal) - set(get_args(Equal)))
    if unknown:
        raise ValueError(f"equal holds {unknown}; expected some of {get_args(Equal)}")
    if member.ndim != 2 or above.ndim != 2 or len(above) != member.shape[1]:
        raise ValueError(
            f"loadings have shape {member.shape}, higher {above.shape}; expected (p, f) and (f, h)"
        )
    if not member.any(axis=1).all() or not member.any(axis=0).all() or not above.any(axis=0).all():
        raise ValueError("an item has no factor, or a factor has no items")


def _directed(member: BoolArray, marked: bool, numbers: _Numbers, name: str) -> Pattern:
    """Give loadings or paths; with `marked` the first of each column is fixed at 1."""
    fixed = np.zeros(member.shape)
    if marked:
        columns = np.flatnonzero(member.any(axis=0))
        fixed[_markers(member)[columns], columns] = 1.0
    return pattern(numbers.take(member & (fixed == 0), name), fixed)


def _markers(member: BoolArray) -> IntArray:
    """Give the first item of each factor that belongs to it alone, or else its first, (f,)."""
    alone = member & (member.sum(axis=1, keepdims=True) == 1)
    return np.asarray(np.where(alone.any(axis=0), alone.argmax(axis=0), member.argmax(axis=0)))


def _factor_covariances(
    second_order: BoolArray, correlated: ArrayLike, marked: bool, numbers: _Numbers
) -> Pattern:
    """Give (co)variances of factors; variances are 1 without markers, in the first group if loadings are equal."""
    size = len(second_order)
    allowed = np.array(np.broadcast_to(np.asarray(correlated, dtype=np.bool_), (size, size)))
    if np.ndim(correlated) == 0:
        below = np.asarray(second_order.any(axis=1))
        allowed &= ~below & ~below[:, np.newaxis]
    diagonal = np.eye(size, dtype=np.bool_)
    labels = numbers.take(np.tril(allowed | allowed.T | diagonal), "factor_covariances")
    values = np.zeros(labels.shape)
    if not marked:
        first = slice(0, 1 if "loadings" in numbers.equal else None)
        labels[first, diagonal], values[first, diagonal] = 0, 1.0
    return pattern(_mirrored(labels), values)
