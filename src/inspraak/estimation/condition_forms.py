"""Forms in which several conditions may join: sum, weakest link, product, mean, threshold; and looser models."""

from typing import Literal, get_args

import numpy as np

from inspraak.estimation.arrays import FloatArray

FormName = Literal[
    "none",
    "additive",
    "weakest_link",
    "product",
    "geometric_mean",
    "threshold_count",
    "all_above",
    "separate",
    "pairwise",
    "full",
]
FORMS: tuple[FormName, ...] = get_args(FormName)
SINGLE: tuple[FormName, ...] = FORMS[1:7]
"""Forms of one column, so that they have the same degrees of freedom."""
CONJUNCTIVE: tuple[FormName, ...] = ("weakest_link", "product", "geometric_mean", "all_above")
"""Forms in which a condition that lacks cannot be made good by the others."""


def columns_of_forms(conditions: FloatArray, *, threshold: float = 0.5) -> dict[FormName, FloatArray]:
    """Give the columns (m, t, n) of every form of k conditions (m, k, n) in 0..1.

    `additive` is their mean, `weakest_link` their minimum, `threshold_count` the share of them at `threshold` or more,
    `all_above` 1 where all are. `separate` has one column for each, `pairwise` their products in pairs too, `full` the
    products of any number of them: column i of those conditions whose bits stand in i + 1. `none` has no column. Raises
    ValueError for values outside 0..1.
    """
    if (conditions < 0).any() or (conditions > 1).any():
        raise ValueError("conditions hold values outside 0..1")
    k = conditions.shape[1]
    reached = (conditions >= threshold).astype(np.float64)
    product = conditions.prod(axis=1)
    single = {
        "additive": conditions.mean(axis=1),
        "weakest_link": conditions.min(axis=1),
        "product": product,
        "geometric_mean": product ** (1 / k),
        "threshold_count": reached.mean(axis=1),
        "all_above": reached.min(axis=1),
    }
    sizes = [bin(members).count("1") for members in range(1, 2**k)]
    products = {
        members: conditions[:, [place for place in range(k) if members >> place & 1]].prod(axis=1)
        for members in range(1, 2**k)
    }

    def up_to(size: int) -> FloatArray:
        chosen = [products[members] for members, many in zip(products, sizes) if many <= size]
        return np.stack(chosen, axis=1)

    columns: dict[FormName, FloatArray] = {"none": conditions[:, :0]}
    columns |= {name: single[name][:, np.newaxis] for name in SINGLE}
    return columns | {"separate": up_to(1), "pairwise": up_to(2), "full": up_to(k)}
