"""Newton's method for many concave likelihoods at once; models that have converged drop out."""

from dataclasses import dataclass
from typing import Literal, Protocol, Self

import numpy as np

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray

Status = Literal["converged", "separated", "not converged", "empty"]

LIMIT = 60  # iterations
PRECISION = 1e-8  # root mean square change of the linear predictor at which a model has converged
MOVING = 1e-4  # a predictor that changes more than this anywhere has not converged
RUNNING = 0.1  # a predictor that still changes more than this at iteration LATE may run off
LATE = 12


class Objective(Protocol):
    """Log-likelihoods of b models with p parameters."""

    @property
    def n(self) -> IntArray:
        """Rows of each model, (b,)."""

    def evaluate(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give gradients (b, p) and information matrices (b, p, p)."""

    def change(self, direction: FloatArray) -> FloatArray:
        """Give the largest change of a row's linear predictor along a direction (b, p), (b,)."""

    def recedes(self, direction: FloatArray) -> BoolArray:
        """Say for which models no row's likelihood ever falls along a direction (b, p), (b,)."""

    def take(self, keep: BoolArray) -> Self:
        """Give some of the models."""


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where b models ended: `parameters` (b, p), `information` (b, p, p), `direction` (b, p) the last step."""

    parameters: FloatArray
    information: FloatArray
    direction: FloatArray
    status: IntArray  # (b,) of Status, as numpy text
    iterations: IntArray


def maximise(objective: Objective, start: FloatArray) -> Optimum:
    """Maximise b likelihoods by Newton's method (or scoring) from `start` (b, p).

    A step is halved while the slope at its end is steeper downhill than it was uphill at its start. A model
    has converged where the step is below `PRECISION`; it is `separated` where the step keeps its size and
    no row's likelihood falls along it, so that there is no maximum (Albert & Anderson 1984, Biometrika 71,
    1-10).
    """
    b, p = start.shape
    end = Optimum(
        start.copy(),
        np.zeros((b, p, p)),
        np.zeros((b, p)),
        np.full(b, "not converged", dtype="<U13"),
        np.full(b, LIMIT),
    )
    place, open_ = np.arange(b), np.ones(b, dtype=np.bool_)
    base, step, reach, promised = start, np.zeros((b, p)), np.ones(b), np.zeros(b)
    at = start
    for iteration in range(1, LIMIT + 1):
        gradient, information = objective.evaluate(at)
        held = (gradient * step).sum(axis=1) >= -promised  # False for NaN too
        newton = solve(information, gradient)
        rise = (gradient * newton).sum(axis=1)
        reach = np.where(held, 1.0, reach / 2)
        base = np.where(held[:, np.newaxis], at, base)
        step, promised = np.where(held[:, np.newaxis], newton, step), np.where(held, rise, promised)
        at = base + reach[:, np.newaxis] * step
        converged, separated = _verdicts(objective, step, rise, held & open_, iteration)
        ended = converged | separated
        if ended.any():
            where = place[ended]
            end.parameters[where], end.information[where] = at[ended], information[ended]
            end.direction[where], end.iterations[where] = step[ended], iteration
            end.status[where] = np.where(converged[ended], "converged", "separated")
            open_ = open_ & ~ended
            if not open_.any():
                break
            if 2 * open_.sum() <= open_.size:
                objective, place = objective.take(open_), place[open_]
                at, base, step = at[open_], base[open_], step[open_]
                reach, promised, open_ = reach[open_], promised[open_], open_[open_]
    return end


def _verdicts(
    objective: Objective, step: FloatArray, rise: FloatArray, held: BoolArray, iteration: int
) -> tuple[BoolArray, BoolArray]:
    """Say which models have converged, and which are separated."""
    small = held & (rise <= PRECISION**2 * objective.n)
    nothing = np.zeros_like(small)
    if not small.any() and iteration < LATE:
        return nothing, nothing
    change = objective.change(step)
    running = held & (change > RUNNING) & (small | (iteration >= LATE))
    separated = running & objective.recedes(step) if running.any() else nothing
    return small & (change <= MOVING), separated


def solve(matrices: FloatArray, vectors: FloatArray) -> FloatArray:
    """Solve b symmetric systems (b, p, p) for vectors (b, p), scaled to a diagonal of one.

    Where a matrix is singular, by least squares.
    """
    diagonal = np.diagonal(matrices, axis1=1, axis2=2)
    scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    scaled, right = matrices * scale[:, :, np.newaxis] * scale[:, np.newaxis], vectors * scale
    try:
        solution = np.linalg.solve(scaled, right[:, :, np.newaxis])[:, :, 0]
    except np.linalg.LinAlgError:
        finite = np.where(np.isfinite(scaled), scaled, 0.0)
        solution = (np.linalg.pinv(finite, hermitian=True) @ right[:, :, np.newaxis])[:, :, 0]
    return np.asarray(solution * scale)


def inverse(matrices: FloatArray) -> FloatArray:
    """Invert b information matrices (b, p, p), scaled to a diagonal of one; NaN where one is singular."""
    diagonal = np.diagonal(matrices, axis1=1, axis2=2)
    scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    outer = scale[:, :, np.newaxis] * scale[:, np.newaxis]
    try:
        return np.asarray(np.linalg.inv(matrices * outer) * outer)
    except np.linalg.LinAlgError:
        if len(matrices) == 1:
            return np.full(matrices.shape, np.nan)
        return np.concatenate([inverse(matrix[np.newaxis]) for matrix in matrices])
