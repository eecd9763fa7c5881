"""Solvers behind calibration: the adjustment of each cell of a cross-classification that meets its margins."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from inspraak.estimation.arrays import FloatArray, IntArray

HALVINGS = 40  # of a Newton step before the search gives up


@dataclass(frozen=True, eq=False)
class Cells:
    """The k cells that occur: their weight, and in which category of each margin they fall.

    `totals` (k,) sums of base weights, `of_row` (n,) each row's cell, `categories` one (k,) per margin,
    `populations` one (c,) per margin, all with the same sum as `totals`.
    """

    totals: FloatArray
    of_row: IntArray
    categories: tuple[IntArray, ...]
    populations: tuple[FloatArray, ...]

    def deviation(self, weights: FloatArray) -> float:
        """Give the largest relative distance of a category's total under cell weights (k,) to its population."""
        return max(
            float(np.abs(np.bincount(codes, weights, minlength=known.size) / known - 1).max())
            for codes, known in zip(self.categories, self.populations)
        )

    def indicators(self) -> FloatArray:
        """Give an indicator of each category of each margin, (k, q)."""
        columns = [
            codes[:, np.newaxis] == np.arange(known.size)
            for codes, known in zip(self.categories, self.populations)
        ]
        return np.hstack(columns).astype(np.float64)


@dataclass(frozen=True)
class _Link:
    """An adjustment as a function of the linear predictor, with its slope and its integral."""

    value: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]
    integral: Callable[[FloatArray], FloatArray]


def fit_proportionally(cells: Cells, *, tolerance: float, iterations: int) -> tuple[FloatArray, int]:
    """Scale the cells to one margin after the other until all hold; gives adjustments (k,) and sweeps.

    Cells without weight get adjustment 1.
    """
    weights, sweep = cells.totals.copy(), 0
    while cells.deviation(weights) > tolerance and sweep < iterations:
        for codes, known in zip(cells.categories, cells.populations):
            weights *= (known / np.bincount(codes, weights, minlength=known.size))[codes]
        sweep += 1
    return np.divide(weights, cells.totals, out=np.ones_like(weights), where=cells.totals > 0), sweep


def solve_by_newton(
    cells: Cells,
    link: Literal["linear", "logit"],
    low: float,
    high: float,
    *,
    tolerance: float,
    iterations: int,
) -> tuple[FloatArray, int]:
    """Give adjustments F(x'b) (k,) between `low` and `high` that meet the margins, and the steps taken.

    b minimises the convex sum of d G(x'b) - t'b with G' = F (Deville & Särndal 1992, 2.5), by Newton's method
    with step halving; redundant categories are left to the pseudo-inverse. The best point met is given back.
    """
    function = _logit(low, high) if link == "logit" else _truncated(low, high)
    x, known = cells.indicators(), np.concatenate(cells.populations)
    b, step = np.zeros(known.size), 0
    best, best_deviation = np.ones(cells.totals.size), cells.deviation(cells.totals)
    while best_deviation > tolerance and step < iterations:
        step += 1
        predictor = x @ b
        gradient = known - x.T @ (cells.totals * function.value(predictor))
        root = np.sqrt(cells.totals * function.slope(predictor))[:, np.newaxis]
        # columns at length one, so that small categories count as much as large ones
        length = np.sqrt(np.square(root * x).sum(axis=0))
        scale = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0)
        hessian = (root * x * scale).T @ (root * x * scale)
        direction = scale * np.linalg.lstsq(hessian, scale * gradient, rcond=1e-12)[0]
        moved = _line_search(cells, function, x, known, b, direction)
        if moved is None:
            break
        b = moved
        deviation = cells.deviation(cells.totals * function.value(x @ b))
        if deviation < best_deviation:
            best, best_deviation = function.value(x @ b), deviation
    return best, step


def _line_search(
    cells: Cells, function: _Link, x: FloatArray, known: FloatArray, b: FloatArray, direction: FloatArray
) -> FloatArray | None:
    """Halve the step until the objective or the distance to the margins falls; None where it never does."""

    def objective(point: FloatArray) -> float:
        return float(cells.totals @ function.integral(x @ point) - known @ point)

    def distance(point: FloatArray) -> float:
        return float(np.abs(x.T @ (cells.totals * function.value(x @ point)) / known - 1).max())

    start, off = objective(b), distance(b)
    for halving in range(HALVINGS):
        point = b + 0.5**halving * direction
        if distance(point) < off or objective(point) < start - 1e-12 * abs(start):
            return np.asarray(point)
    return None


def _truncated(low: float, high: float) -> _Link:
    """Give F(u) = 1 + u, cut at the bounds (Deville & Särndal 1992, case 7)."""

    def integral(u: FloatArray) -> FloatArray:
        inside = np.clip(u, low - 1, high - 1)
        return np.asarray(inside + inside**2 / 2 + (1 + inside) * (u - inside))

    return _Link(
        value=lambda u: np.clip(1 + u, low, high),
        slope=lambda u: ((u > low - 1) & (u < high - 1)).astype(np.float64),
        integral=integral,
    )


def _logit(low: float, high: float) -> _Link:
    """Give the logit function between the bounds with F(0) = F'(0) = 1 (Deville & Särndal 1992, case 6)."""
    rate = (high - low) / ((1 - low) * (high - 1))
    shift = np.log((1 - low) / (high - 1))

    def share(u: FloatArray) -> FloatArray:
        return np.asarray(1 / (1 + np.exp(-np.clip(rate * u + shift, -700, 700))))

    return _Link(
        value=lambda u: low + (high - low) * share(u),
        slope=lambda u: (high - low) * rate * share(u) * (1 - share(u)),
        integral=lambda u: low * u + (high - low) / rate * np.logaddexp(0, rate * u + shift),
    )
