"""The maximum of one smooth likelihood: Fisher scoring far away, Newton's method nearby, damped where it overshoots.

Source: Nocedal & Wright (2006), Numerical Optimization, chapters 4 and 10 (the damping of Levenberg and Marquardt).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.factor_likelihood import Curvature

LIMIT = 200  # evaluations
PRECISION = 1e-15  # of the rise that one more step promises: its root is the distance in standard errors
NOISE = 1e-9  # a promised rise that arithmetic no longer resolves
POLISHING = 8  # steps below it
NEAR = 1.0  # promised rise below which the observed information is tried
POOR, GOOD = 0.25, 0.75  # of the promised rise: below and above which damping grows and shrinks
LEAST, MOST = 1e-3, 1e12  # damping, of information scaled to a diagonal of one


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A log-likelihood, its gradient (q,) and an information matrix (q, q) at some parameters."""

    value: float
    gradient: FloatArray
    information: FloatArray


class Objective(Protocol):
    """A log-likelihood of q parameters."""

    def evaluate(self, parameters: FloatArray, curvature: Curvature) -> Evaluation | None:
        """Evaluate it; None where it does not exist."""


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where a search ended."""

    parameters: FloatArray
    value: float
    converged: bool
    evaluations: int


def maximise(objective: Objective, start: FloatArray) -> Optimum:
    """Maximise from `start` (q,), where the likelihood must exist.

    Converged is where the undamped step promises a rise below `PRECISION`, or stays below `NOISE`, where
    rounding hides whether the value still rises. A start without a likelihood has not converged, and has
    value -inf.
    """
    at, damping, polished = start, 0.0, 0
    here = objective.evaluate(at, "expected")
    if here is None or not np.isfinite(here.value):
        return Optimum(start, -np.inf, converged=False, evaluations=1)
    curvature: Curvature = "expected"
    for count in range(2, LIMIT + 1):
        newton = _step(here, 0.0)
        rise = np.inf if newton is None else float(here.gradient @ newton)
        if rise <= PRECISION or (rise <= NOISE and polished == POLISHING):
            return Optimum(at, here.value, converged=True, evaluations=count)
        if newton is None and curvature == "observed":
            curvature = "expected"
            here = objective.evaluate(at, curvature) or here
            continue
        polished += rise <= NOISE
        step = newton if newton is not None and (damping == 0 or rise <= NOISE) else _step(here, damping)
        curvature = "observed" if rise < NEAR else "expected"
        found = None if step is None else objective.evaluate(at + step, curvature)
        gain = _gain(here, found, step)
        if found is not None and step is not None and (gain > 1e-4 or rise <= NOISE):
            at, here = at + step, found
        damping = _damping(damping, gain)
        if damping > MOST:
            break
    return Optimum(at, here.value, converged=False, evaluations=count)


def _gain(here: Evaluation, found: Evaluation | None, step: FloatArray | None) -> float:
    """Give the rise over what the quadratic approximation promised; -inf where there is no likelihood."""
    if found is None or step is None or not np.isfinite(found.value):
        return -np.inf
    promised = float(here.gradient @ step - 0.5 * step @ here.information @ step)
    rounding = 8 * float(np.finfo(np.float64).eps) * abs(here.value)
    return (found.value - here.value + rounding) / (promised + rounding)


def _damping(damping: float, gain: float) -> float:
    """Give the damping of the next step."""
    if gain < POOR:
        return max(4 * damping, LEAST)
    if gain > GOOD:
        return damping / 5 if damping > LEAST else 0.0
    return damping


def _step(here: Evaluation, damping: float) -> FloatArray | None:
    """Solve for the step; None where the damped information is not positive definite."""
    diagonal = np.abs(np.diagonal(here.information))
    scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    scaled = here.information * scale * scale[:, np.newaxis] + damping * np.eye(scale.size)
    try:
        np.linalg.cholesky(scaled)
        solved = np.linalg.solve(scaled, scale * here.gradient)  # may still be singular to the last digit
    except np.linalg.LinAlgError:
        return None
    return np.asarray(scale * solved)
