"""Trimming of calibrated weights by a declared rule."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.calibration import Bounds, Calibration, Margin, Method, calibrate, finished

SETTLED = 1e-9  # relative: a weight this little above the cap counts as at the cap


def calibrate_and_trim(
    weights: ArrayLike,
    margins: Sequence[Margin],
    *,
    times_median: float,
    method: Method = "raking",
    bounds: Bounds | None = None,
    tolerance: float = 1e-12,
    rounds: int = 500,
) -> Calibration:
    """Calibrate, then cap the weights at `times_median` times their median and calibrate again, until stable.

    The cap is fixed by the calibrated weights before trimming (median over rows of positive weight). What is
    cut off is shared among the rows below the cap in proportion to their weights; the next calibration may
    lift rows over the cap again, so that the two are repeated until no weight is above it. `trimmed` counts
    the rows at the cap in the end. Where that takes more than `rounds` rounds, margins and cap cannot hold
    together: the result meets the cap, `converged` is False and `failing_margin` names the margin most off.

    Everything else as `calibration.calibrate`. Source: Potter (1990), Proceedings of the Section on Survey
    Research Methods, ASA, 225-230; R: survey::trimWeights(strict = TRUE) alternated with calibrate. Raises
    ValueError for a `times_median` of 1 or less.
    """
    if not times_median > 1:
        raise ValueError(f"times_median is {times_median}; expected a number above 1")
    first = calibrate(weights, margins, method=method, bounds=bounds, tolerance=tolerance)
    cap = times_median * float(np.median(first.weights[first.weights > 0]))
    current, steps = first, first.iterations
    for _ in range(rounds):
        if not current.converged or current.weights.max() <= cap * (1 + SETTLED):
            break
        current = calibrate(
            _capped(current.weights, cap), margins, method=method, bounds=bounds, tolerance=tolerance
        )
        steps += current.iterations
    base, over = first.base_weights, current.weights > cap * (1 + SETTLED)
    if not over.any():
        trimmed = _at_cap(current.weights, cap)
        return replace(current, base_weights=base, iterations=steps, trimmed=trimmed, cap=cap)
    cut = _capped(current.weights, cap)
    return finished(
        method, base, cut, margins, steps=steps, tolerance=tolerance, trimmed=_at_cap(cut, cap), cap=cap
    )


def _at_cap(weights: FloatArray, cap: float) -> int:
    return int((weights >= cap * (1 - 1e-6)).sum())


def _capped(weights: FloatArray, cap: float) -> FloatArray:
    """Cut weights at the cap and share the excess among the rows below it, again while that lifts rows over it."""
    capped = weights.copy()
    total = weights.sum()
    while capped.max() > cap * (1 + SETTLED):
        capped = np.minimum(capped, cap)
        free = (capped > 0) & (capped < cap)
        excess = total - capped.sum()
        if not free.any():
            break
        capped[free] *= 1 + excess / capped[free].sum()
    return np.minimum(capped, cap)
