"""Common factor models of ordered answers: thresholds, identification, and equality over groups.

Source: Wu & Estabrook (2016), Psychometrika 81, 1014-1045, for what each equality sets free; Millsap & Yun-Tein
(2004), Multivariate Behavioral Research 39, 479-515, for items with two answers. R: semTools::measEq.syntax
(ID.cat = "Wu.Estabrook.2016"), lavaan::cfa(ordered).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, IntArray
from inspraak.estimation.factor_declaration import Equal, Identification, Place, confirmatory_model
from inspraak.estimation.factor_models import FIXED, FactorModel, pattern

Parameterisation = Literal["delta", "theta"]
OrdinalEqual = Literal["thresholds", "loadings", "intercepts", "residuals"]
CONTINUOUS: tuple[Equal, Equal] = ("loadings", "intercepts")


def ordinal_model(
    loadings: ArrayLike,
    categories: ArrayLike,
    *,
    groups: int = 1,
    identification: Identification = "marker",
    parameterisation: Parameterisation = "delta",
    correlated: ArrayLike = True,
    higher: ArrayLike | None = None,
    residual_pairs: Iterable[tuple[int, int]] = (),
    equal: Collection[OrdinalEqual] = (),
    released: Mapping[OrdinalEqual, Iterable[Place]] | None = None,
) -> FactorModel:
    """Give the model in which ordered answers load on their factors and on no other.

    `categories` (p,) numbers of answers of each item; the rest as in `confirmatory_model`. In the first group every
    response has variance 1 (delta) or residual variance 1 (theta) and intercept 0. `equal` thresholds set intercepts
    and scales, or residual variances, of the other groups free; equal loadings the variances of their
    factors, where these were fixed; equal intercepts, then 0 everywhere, the means of their factors; equal
    residuals fix the residual variances (theta only). The scale of an item with two answers is free only where
    its thresholds, loading and intercept are all equal. `released` thresholds: (item, step).

    Raises ValueError as `confirmatory_model`, for fewer than two categories, and for residuals under delta.
    """
    counts = np.asarray(categories, dtype=np.int64)
    names = {*equal, *(released or {})}
    unknown = sorted(names - set(get_args(OrdinalEqual)))
    if unknown:
        raise ValueError(f"equal holds {unknown}; expected some of {get_args(OrdinalEqual)}")
    if parameterisation not in get_args(Parameterisation):
        raise ValueError(
            f"parameterisation is {parameterisation!r}; expected one of {get_args(Parameterisation)}"
        )
    if (counts < 2).any() or counts.shape != np.shape(loadings)[:1]:
        raise ValueError(f"categories are {counts.tolist()}; expected two or more for each item")
    if "residuals" in names and parameterisation == "delta":
        raise ValueError("residual variances are no elements of the delta parameterisation")
    own: dict[str, list[Place]] = {name: list(places) for name, places in (released or {}).items()}
    base = confirmatory_model(
        loadings,
        groups=groups,
        identification=identification,
        correlated=correlated,
        higher=higher,
        residual_pairs=residual_pairs,
        means=groups > 1,
        equal=[name for name in CONTINUOUS if name in equal],
        released={"loadings": own.get("loadings", [])},
    )
    with_cuts = _with_thresholds(base, counts, "thresholds" in equal, own.get("thresholds", []))
    return _with_scales(with_cuts, counts, parameterisation, set(equal), own)


def _with_thresholds(base: FactorModel, counts: IntArray, shared: bool, released: list[Place]) -> FactorModel:
    """Give the model with free thresholds, the same in all groups where `shared` and not released."""
    step = np.arange(int(counts.max()) - 1)
    there = step < counts[:, np.newaxis] - 1
    apart = np.full(there.shape, not shared)
    for place in released:
        apart[place] = True
    labels = np.zeros((base.groups, *there.shape), dtype=np.int64)
    last = base.new_label
    for group in range(base.groups):
        new = there & (apart | (group == 0))
        labels[group] = np.where(there, labels[0], FIXED)
        labels[group][new] = last + np.arange(int(new.sum()))
        last += int(new.sum())
    return replace(base, thresholds=pattern(labels, np.where(there, 0.0, np.inf)))


def _with_scales(
    model: FactorModel,
    counts: IntArray,
    parameterisation: Parameterisation,
    equal: set[OrdinalEqual],
    released: dict[str, list[Place]],
) -> FactorModel:
    """Give the model with intercepts and with scales or residual variances, where they are identified."""
    p, other = model.items, np.arange(model.groups)[:, np.newaxis] > 0
    freed = np.zeros((model.groups, p), dtype=np.bool_)
    if "thresholds" in equal:
        whole = {"thresholds", "loadings", "intercepts"} <= equal
        freed = other & ((counts > 2) | whole)
    if "residuals" in equal:
        freed &= _chosen(released.get("residuals", []), p)
    model = _with_intercepts(model, other & ("thresholds" in equal), equal, released)
    start = model.new_label
    labels = np.where(freed, start + np.arange(freed.size).reshape(freed.shape), FIXED)
    diagonal = np.eye(p, dtype=np.bool_)
    residuals = model.residual_covariances
    if parameterisation == "delta":
        placeholder = residuals.fixed_at(diagonal, 0.0)
        return replace(model, residual_covariances=placeholder, scales=pattern(labels, 1.0))
    ones = residuals.fixed_at(diagonal, 1.0)
    spread = np.where(diagonal, labels[:, np.newaxis], FIXED)
    return replace(model, residual_covariances=ones.labelled(spread != FIXED, spread))


def _with_intercepts(
    model: FactorModel,
    freed: BoolArray,
    equal: set[OrdinalEqual],
    released: dict[str, list[Place]],
) -> FactorModel:
    if model.intercepts is None:
        return model
    if "intercepts" in equal:
        freed = freed & _chosen(released.get("intercepts", []), model.items)
    freed = np.broadcast_to(freed, (model.groups, model.items))
    zero = model.intercepts.fixed_at(True, 0.0)
    new = model.new_label + np.arange(freed.size).reshape(freed.shape)
    return replace(model, intercepts=zero.labelled(freed, new))


def _chosen(places: Iterable[Place], p: int) -> BoolArray:
    """Mark items, (p,)."""
    marked = np.zeros(p, dtype=np.bool_)
    for place in places:
        marked[place if isinstance(place, int) else place[0]] = True
    return marked
