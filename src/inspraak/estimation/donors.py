"""Predictive mean matching: for every missing answer, one of the answers whose prediction is nearest.

Source: Little (1988), Journal of Business & Economic Statistics 6, 287-296; van Buuren (2018), Flexible
Imputation of Missing Data, 3.4; R: `mice:::matchindex`. Imputations are b, donors o, recipients t.
"""

import numpy as np
from scipy.spatial import cKDTree

from inspraak.estimation.arrays import FloatArray, IntArray

FINEST = 40  # bits of a prediction that are compared: 1e-12 of the range
LEAF = 24  # donors that are compared one by one
TIE = 1e-6  # in SDs of the residual: how far a random coordinate moves predictions that are the same


def nearest_donors(offered: FloatArray, wanted: FloatArray, uniform: FloatArray, *, donors: int) -> IntArray:
    """Give one of the nearest `donors` answers for every recipient, as its place among the donors, (b, t).

    `offered` (b, o) predictions of the donors, `wanted` (b, t) of the recipients; `uniform` (b, t) random
    numbers in [0, 1) choose among the nearest. Predictions that are equal are chosen among at random too.
    Works on sorted integers, so that a whole batch takes one search: no recipient meets another imputation.
    """
    b, o = offered.shape
    places = o.bit_length()
    bits = min(FINEST, 61 - places - b.bit_length() - 2)
    low = np.minimum(offered.min(axis=1), wanted.min(axis=1))[:, np.newaxis]
    span = np.maximum(offered.max(axis=1), wanted.max(axis=1))[:, np.newaxis] - low
    scale = np.divide(2.0**bits, span, out=np.zeros_like(span), where=span > 0)
    apart = np.arange(1, b + 1)[:, np.newaxis] << (bits + 2)  # farther than any two within an imputation
    keys = (((offered - low) * scale).astype(np.int64) + apart) << places
    keys += np.arange(o)
    keys.sort(axis=1)
    sorted_keys = keys.ravel()
    value = sorted_keys >> places
    target = (((wanted - low) * scale).astype(np.int64) + apart).ravel()
    k = min(donors, o)
    pick = uniform.ravel() * k
    slot = np.minimum(pick.astype(np.int64), k - 1)
    chosen = _window(value, target, k) + slot
    if (value[1:] == value[:-1]).any():
        first, past = (np.searchsorted(value, value[chosen], side=side) for side in ("left", "right"))
        chosen = np.minimum(first + ((pick - slot) * (past - first)).astype(np.int64), past - 1)
    found = (sorted_keys[chosen] & ((1 << places) - 1)).reshape(wanted.shape)
    return np.asarray(found, dtype=np.int64)


def _window(value: IntArray, target: IntArray, k: int) -> IntArray:
    """Give where the `k` values nearest to each target begin in a sorted vector."""
    far = np.int64(1) << 61
    padded = np.concatenate([np.full(k, -far), value, np.full(k, far)])
    right = np.searchsorted(value, target) + k + np.arange(k)[:, np.newaxis]
    # the window moves right while what it loses there is farther than what it gains
    moves = (target - padded[right - k] > padded[right] - target).sum(axis=0)
    return np.asarray(right[0] - 2 * k + moves, dtype=np.int64)


def nearest_vectors(
    offered: FloatArray, wanted: FloatArray, uniform: FloatArray, ties: FloatArray, *, donors: int
) -> IntArray:
    """Give one of the nearest `donors` answers where predictions are vectors, (b, t).

    `offered` (b, o, q) and `wanted` (b, t, q), in units in which distances count alike; `uniform` (b, t) as
    in nearest_donors; `ties` (b, o) random numbers in [0, 1) that choose among equal predictions.
    """
    k = min(donors, offered.shape[1])
    found = np.empty(wanted.shape[:2], dtype=np.int64)
    for place, (offers, wants) in enumerate(zip(offered, wanted)):
        pick = uniform[place] * k
        slot = np.minimum(pick.astype(np.int64), k - 1)
        points = np.column_stack([offers, TIE * ties[place]])
        # a tree that is quick to grow: it serves few questions
        tree = cKDTree(points, leafsize=LEAF, balanced_tree=False, compact_nodes=False)
        near = tree.query(np.column_stack([wants, TIE * (pick - slot)]), k=np.arange(1, k + 1))[1]
        found[place] = np.asarray(near)[np.arange(slot.size), slot]
    return found
