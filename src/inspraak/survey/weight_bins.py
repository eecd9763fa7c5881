"""How weights are spread, in bins that hold no single unit."""

import numpy as np
import numpy.typing as npt
import pandas as pd

PER_DOUBLING = 4
"""Edges of bins per doubling of the weight."""
FEWEST = 10
"""A bin holds at least this many units."""


def weight_bins(weights: npt.NDArray[np.float64]) -> pd.DataFrame:
    """Give the share of positive weights (n,) in bins of the weight over its mean: low, high, n, share.

    The edges stand on a fixed grid, so that they are no unit's weight. Neighbouring bins of the grid are joined until
    each holds ten units, and at both ends what was joined goes on to a power of two, so that the smallest and the
    largest weight are not told. Fewer than ten weights have no bins.
    """
    positive = weights[weights > 0]
    if positive.size < FEWEST:
        return pd.DataFrame({"low": [], "high": [], "n": [], "share": []})
    # rounded, so that a weight at an edge falls on one side whatever the last digit of the mean is
    places = np.floor(np.round(np.log2(positive / positive.mean()) * PER_DOUBLING, 9)).astype(np.int64)
    filled, counts = np.unique(places, return_counts=True)
    bins: list[list[int]] = []
    for place, count in zip(filled.tolist(), counts.tolist()):
        if bins and bins[-1][2] < FEWEST:
            bins[-1] = [bins[-1][0], place + 1, bins[-1][2] + count]
        else:
            bins.append([place, place + 1, count])
    if bins[-1][2] < FEWEST:
        low, _, count = bins[-2]
        bins[-2:] = [[low, bins[-1][1], count + bins[-1][2]]]
    first, last = bins[0], bins[-1]
    if first[1] - first[0] > 1:
        first[0] = first[0] // PER_DOUBLING * PER_DOUBLING
    if last[1] - last[0] > 1:
        last[1] = -(-last[1] // PER_DOUBLING) * PER_DOUBLING
    low, high, n = np.array(bins).T
    edges = {name: 2.0 ** (end / PER_DOUBLING) for name, end in (("low", low), ("high", high))}
    return pd.DataFrame({**edges, "n": n, "share": n / n.sum()})
