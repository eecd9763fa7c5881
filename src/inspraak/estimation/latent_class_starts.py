"""Where the search for latent classes begins, and which of many starts it goes on with.

Likelihoods of latent class models have many tops. So a model is fitted from many random starts: all take some steps,
the better ones go on, and the best of those run until they stand still.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray
from inspraak.estimation.latent_class_em import iterate, normalised
from inspraak.estimation.latent_class_patterns import Patterns

STAGES = ((6, 0.5), (12, 0.2))
"""Cycles of all runs that are left, and which part of the starts goes on after these."""
FEWEST = 2  # starts that go on in any stage
MOST_CYCLES, TOLERANCE = 1_000, 1e-10
FINISH = 1e-13  # tolerance of the best run
SAME = 1e-3  # log-likelihoods that differ by less belong to the same top
ELEMENTS = 2**20  # of the largest array of one block of runs
PERTURBED = 0.5  # SD of the log probabilities of a split class


@dataclass(frozen=True, eq=False)
class BestRuns:
    """The best run of each of d data sets: `values` (d, k, 1 + l) and `log_likelihood` (d,).

    `carried` runs of each were carried to their end, of which `found` (d,) reached the best one's top.
    """

    values: FloatArray
    log_likelihood: FloatArray
    converged: BoolArray
    carried: int
    found: IntArray


def random_starts(patterns: Patterns, classes: int, starts: int, rng: np.random.Generator) -> FloatArray:
    """Draw shares and probabilities at random for each of d data sets, (d, starts, classes, 1 + l)."""
    shape = (len(patterns.weights), starts, classes, 1 + int(patterns.sizes.sum()))
    return normalised(rng.random(shape), patterns)


def split_starts(values: FloatArray, patterns: Patterns, starts: int, rng: np.random.Generator) -> FloatArray:
    """Start with one class more than in `values` (k, 1 + l): each class in turn falls into two that differ a little.

    Gives (d, starts, k + 1, 1 + l).
    """
    k, d = len(values), len(patterns.weights)
    split = np.arange(starts) % k
    origin = np.concatenate([np.tile(np.arange(k), (starts, 1)), split[:, np.newaxis]], axis=1)
    begun = values[origin]
    halves = origin == split[:, np.newaxis]
    begun[..., 0] *= np.where(halves, 0.5, 1.0)
    noise = PERTURBED * rng.standard_normal((d, *begun.shape))
    noise[..., 0] = 0.0
    return normalised(begun * np.exp(noise * halves[:, :, np.newaxis]), patterns)


def best_of(
    values: FloatArray,
    patterns: Patterns,
    *,
    stages: Sequence[tuple[int, float]] = STAGES,
    tolerance: float = TOLERANCE,
) -> BestRuns:
    """Run EM from s starts for each of d data sets, (d, s, k, 1 + l), and give the best."""
    starts = values.shape[1]
    for cycles, part in stages:
        keep = max(round(starts * part), FEWEST)
        if keep >= values.shape[1]:
            continue
        values, likelihood, _ = _in_blocks(values, patterns, cycles, tolerance)
        order = np.argsort(-likelihood, axis=1, kind="stable")[:, :keep]
        values = np.take_along_axis(values, order[:, :, np.newaxis, np.newaxis], axis=1)
    values, likelihood, converged = _in_blocks(values, patterns, MOST_CYCLES, tolerance)
    data, best = np.arange(len(values)), likelihood.argmax(axis=1)
    found = (likelihood >= likelihood.max(axis=1, keepdims=True) - SAME).sum(axis=1)
    return BestRuns(
        values=values[data, best],
        log_likelihood=likelihood[data, best],
        converged=converged[data, best],
        carried=values.shape[1],
        found=found.astype(np.int64),
    )


def finish(values: FloatArray, patterns: Patterns) -> tuple[FloatArray, float, bool]:
    """Run one data set's best run, (k, 1 + l), on until its likelihood stands still to the last digits."""
    run, likelihood, converged = iterate(
        values[np.newaxis, np.newaxis], patterns, cycles=MOST_CYCLES, tolerance=FINISH
    )
    return run[0, 0], float(likelihood[0, 0]), bool(converged[0, 0])


def _in_blocks(
    values: FloatArray, patterns: Patterns, cycles: int, tolerance: float
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Run EM in blocks of data sets, or of the runs of one, whose arrays stay small enough to be fast."""
    d, s, k, _ = values.shape
    one = k * patterns.weights.shape[1]
    runs = int(np.clip(ELEMENTS // one, 1, s))
    together = int(np.clip(ELEMENTS // (one * s), 1, d))
    parts = [
        [
            iterate(
                values[at : at + together, run : run + runs],
                patterns.of(np.arange(at, min(at + together, d))) if together < d else patterns,
                cycles=cycles,
                tolerance=tolerance,
            )
            for run in range(0, s, runs)
        ]
        for at in range(0, d, together)
    ]
    joined = [[np.concatenate(column, axis=1) for column in zip(*row)] for row in parts]
    found, likelihood, converged = (np.concatenate(column) for column in zip(*joined))
    return found, likelihood, converged
