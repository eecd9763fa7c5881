"""The empty corner of a scatter: ceilings over an outcome, their effect sizes and bottlenecks.

A condition x that is necessary for a high outcome y leaves the upper left corner empty. Scopes are scaled to 0..1 on
both sides. CE-FDH is the staircase of the highest outcome met so far, CR-FDH the least-squares line through its
corners, the peers; peers that several rows share count as often.

Source: Dul (2016), Organizational Research Methods 19, 10-52. R: NCA::nca_analysis.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from inspraak.estimation.arrays import FloatArray, IntArray

CeilingName = Literal["ce_fdh", "cr_fdh"]
CEILINGS: tuple[CeilingName, ...] = get_args(CeilingName)
ABOVE = 1e-9  # of the scope: a row lies above a line where it does by more than rounding


@dataclass(frozen=True, eq=False)
class Scatter:
    """A condition and an outcome of n rows, both (n,), scaled so that the scope is 0..1 on either side."""

    x: FloatArray
    y: FloatArray


@dataclass(frozen=True, eq=False)
class Peers:
    """The corners of the CE-FDH staircase from left to right; `count` is how many rows lie on each."""

    x: FloatArray
    y: FloatArray
    count: IntArray


@dataclass(frozen=True, eq=False)
class Lines:
    """Least-squares lines through peers; NaN where there are fewer than two different ones."""

    slope: FloatArray
    intercept: FloatArray


def peers_of(scatter: Scatter) -> Peers:
    """Give the rows that no other row beats by a lower or equal condition with a higher or equal outcome."""
    order = np.lexsort((-scatter.y, scatter.x))
    x, y = scatter.x[order], scatter.y[order]
    before = np.append(-np.inf, np.maximum.accumulate(y)[:-1])
    corner = y > before
    px, py = x[corner], y[corner]
    count = ((x[:, np.newaxis] == px) & (y[:, np.newaxis] == py)).sum(axis=0)
    return Peers(px, py, count.astype(np.int64))


def staircase_effect(peers: Peers) -> float:
    """Give the effect size of CE-FDH: the share of the scope above the staircase."""
    left = np.append(0.0, peers.x)
    heights = 1 - np.append(0.0, peers.y)
    return float((np.diff(np.append(left, 1.0)) * heights).sum())


def line_through(peers: Peers) -> Lines:
    """Give the CR-FDH line of one set of peers, as arrays without dimensions."""
    w = peers.count.astype(np.float64)
    sums = [w, w * peers.x, w * peers.y, w * peers.x**2, w * peers.x * peers.y]
    return lines_from_sums(*(np.asarray(part.sum()) for part in sums), distinct=np.asarray(peers.x.size))


def lines_from_sums(
    w: FloatArray, x: FloatArray, y: FloatArray, xx: FloatArray, xy: FloatArray, *, distinct: IntArray
) -> Lines:
    """Give lines from sums over their peers of the counts, and of x, y, x squared and xy times the counts.

    All of one shape; `distinct` is the number of different peers.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(distinct > 1, (w * xy - x * y) / (w * xx - x * x), np.nan)
        return Lines(slope, (y - slope * x) / w)


def line_effects(lines: Lines) -> FloatArray:
    """Give the effect sizes of lines: the share of the scope above each, 0 where there is none."""
    some = ~np.isnan(lines.slope)
    slope, intercept = np.where(some, lines.slope, 1.0), np.where(some, lines.intercept, 1.0)
    low, high = np.clip(-intercept / slope, 0.0, 1.0), np.clip((1 - intercept) / slope, 0.0, 1.0)
    heights = 2 - 2 * intercept - slope * (low + high)
    return np.where(some, low + heights * (high - low) / 2, 0.0)


def accuracy(scatter: Scatter, lines: Lines) -> float:
    """Give the share of rows on or below a line; 1 where there is none."""
    above = scatter.y > lines.intercept + lines.slope * scatter.x + ABOVE
    return 1.0 - float(above.mean())


def required_conditions(peers: Peers, lines: Lines, levels: FloatArray) -> FloatArray:
    """Give the least condition that each outcome level (l,) in 0..1 asks for, (2, l): by CE-FDH, by CR-FDH.

    0 where a level asks for nothing; above 1 where the line asks for more than the scope holds; NaN where no row
    reaches the level (CE-FDH) or there is no line.
    """
    place = np.searchsorted(peers.y, levels - ABOVE)
    reached = np.append(peers.x, np.nan)[place]
    by_line = (levels - lines.intercept) / lines.slope
    # a staircase asks for nothing up to its first corner: nobody has less of the condition
    stairs = np.where(place == 0, 0.0, reached)
    return np.stack([stairs, np.where(by_line < ABOVE, 0.0, by_line)])


def inefficiencies(peers: Peers, lines: Lines) -> FloatArray:
    """Give which share of the condition, and of the outcome, no ceiling bounds: (2, 2), CE-FDH first.

    Source: Dul (2016), condition and outcome inefficiency. 1 where there is no line.
    """
    stairs = (1 - peers.x[-1] if peers.y[-1] >= 1 else 0.0, max(peers.y[0], 0.0) if peers.x[0] <= 0 else 0.0)
    if np.isnan(lines.slope):
        return np.array([stairs, (1.0, 1.0)])
    full = 1 - (1 - lines.intercept) / lines.slope
    return np.array([stairs, (np.clip(full, 0.0, 1.0), np.clip(lines.intercept, 0.0, 1.0))])
