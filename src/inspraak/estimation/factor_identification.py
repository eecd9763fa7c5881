"""Whether a sample can tell the parameters of a factor model apart.

A model is locally identified where the derivative of its moments to its parameters has full column rank
(Rothenberg 1971, Econometrica 39, 577-591; Bekker, Merckens & Wansbeek 1994).
"""

import numpy as np

from inspraak.estimation.arrays import BoolArray, FloatArray
from inspraak.estimation.factor_moments import MomentMap

RANK = 1e-6  # smallest over largest singular value of a derivative of full rank
SINGULAR = (
    1e-10  # smallest eigenvalue of an information matrix, scaled to a diagonal of one, that is not singular
)
INVOLVED = 0.05  # part of a parameter in a direction that changes no moment


def unidentified_parameters(
    maps: MomentMap, parameters: FloatArray, spreads: list[FloatArray], *, jitter: float = 0.0
) -> BoolArray:
    """Mark the parameters (q,) that can be moved without changing a moment.

    `spreads` (p,) of each group are the items' standard deviations, which set the units. With `jitter` every
    parameter is moved by up to that part of itself first, since at special values (such as equal loadings) a
    model may seem less, or more, identified than it is elsewhere.
    """
    rows = []
    for group, jacobian in enumerate(maps.jacobians(maps.systems(moved(parameters, jitter)))):
        spread = spreads[group]
        row, column = np.tril_indices(spread.size)
        unit = np.concatenate([spread, spread[row] * spread[column]])
        keep = slice(None) if maps.model.has_means else slice(spread.size, None)
        rows.append((jacobian / unit[:, np.newaxis])[keep])
    return dependent_columns(np.concatenate(rows))


def dependent_columns(jacobian: FloatArray) -> BoolArray:
    """Mark the columns (q,) of a derivative (moments, q) that take part in a combination that is zero."""
    length = np.sqrt(np.square(jacobian).sum(axis=0))
    scaled = jacobian / np.where(length > 0, length, 1.0)
    if len(scaled) < scaled.shape[1]:
        scaled = np.concatenate([scaled, np.zeros((scaled.shape[1] - len(scaled), scaled.shape[1]))])
    _, singular, directions = np.linalg.svd(scaled, full_matrices=False)
    empty = directions[singular < RANK * singular[0]]
    return np.asarray((np.abs(empty) > INVOLVED).any(axis=0))


def moved(parameters: FloatArray, jitter: float) -> FloatArray:
    """Move every parameter by up to a part of itself, the same way each time."""
    return np.asarray(parameters * (1 + jitter * np.sin(1.0 + np.arange(parameters.size))))


def weakest_direction(information: FloatArray) -> tuple[float, BoolArray]:
    """Give the smallest eigenvalue of an information matrix scaled to a diagonal of one, and who is part of it.

    Negative at a saddle of the likelihood. The parameters (q,) of that direction are marked.
    """
    diagonal = np.abs(np.diagonal(information))
    scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    value, vector = np.linalg.eigh(information * scale * scale[:, np.newaxis])
    return float(value[0]), np.asarray(np.abs(vector[:, 0]) > INVOLVED)
