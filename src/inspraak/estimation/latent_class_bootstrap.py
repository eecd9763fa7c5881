"""Is one class more than chance: the bootstrap test of the likelihood ratio of latent class models."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.latent_class_patterns import Patterns, first_answers, patterns_of
from inspraak.estimation.latent_class_starts import best_of, random_starts, split_starts
from inspraak.estimation.latent_classes import LatentClasses

SPLITS, OTHERS = 10, 10
"""Starts of the larger model in each sample: a class of the smaller one split, and at random."""
STAGES = ((3, 0.5), (6, 0.2))
TOLERANCE = 1e-6  # a gain is good to a few hundredths
ELEMENTS = 2**22  # of the answers of one block of samples


@dataclass(frozen=True, eq=False)
class ClassLikelihoodRatio:
    """Twice the gain in log-likelihood of a class more, and those of `draws` samples without that class."""

    null_hypothesis: ClassVar[str] = "the smaller number of classes is enough"

    classes: int
    statistic: float
    drawn: FloatArray

    @property
    def p_value(self) -> float:
        """(1 + samples with a gain as large) / (1 + samples)."""
        return float((1 + (self.drawn >= self.statistic).sum()) / (1 + self.drawn.size))


def compare_class_numbers(
    fewer: LatentClasses, more: LatentClasses, rng: np.random.Generator, *, draws: int = 99
) -> ClassLikelihoodRatio:
    """Test whether `more` classes fit better than one less, which `fewer` has, by chance alone.

    Samples are drawn from the smaller model: as many employers, with the weights and the missing answers they have.
    Both models are fitted to each. A top of the larger model that is missed makes p too small, so each class of the
    smaller one is split in turn, beside random starts.

    Source: McLachlan (1987), Applied Statistics 36, 318-324; Nylund, Asparouhov & Muthen (2007), Structural Equation
    Modeling 14, 535-569. Raises ValueError where the models are of other answers or not one class apart.
    """
    if fewer.answers is not more.answers or more.classes != fewer.classes + 1:
        raise ValueError("expected two models of the same answers, one class apart")
    null = np.column_stack([fewer.shares, fewer.probabilities])
    gains = [_gains(null, patterns, rng) for patterns in _samples(fewer, rng, draws)]
    statistic = 2 * (more.log_likelihood - fewer.log_likelihood)
    return ClassLikelihoodRatio(more.classes, statistic, np.concatenate([np.empty(0), *gains]))


def _gains(null: FloatArray, patterns: Patterns, rng: np.random.Generator) -> FloatArray:
    """Fit both models to d samples and give twice the gain of the larger, (d,)."""
    d, k = len(patterns.weights), len(null)
    known = np.broadcast_to(null, (d, 1, *null.shape))
    smaller = best_of(
        np.concatenate([known, random_starts(patterns, k, 1, rng)], axis=1),
        patterns,
        stages=(),
        tolerance=TOLERANCE,
    )
    begun = [split_starts(null, patterns, SPLITS, rng), random_starts(patterns, k + 1, OTHERS, rng)]
    larger = best_of(np.concatenate(begun, axis=1), patterns, stages=STAGES, tolerance=TOLERANCE)
    return 2 * np.maximum(larger.log_likelihood - smaller.log_likelihood, 0.0)


def _samples(model: LatentClasses, rng: np.random.Generator, draws: int) -> Iterator[Patterns]:
    """Draw samples from a model, in blocks that fit in memory."""
    rows = model.answers.rows
    block = int(np.clip(ELEMENTS // max(rows.codes.size, 1), 1, max(draws, 1)))
    for start in range(0, draws, block):
        codes = drawn_answers(model, min(block, draws - start), rng)
        yield patterns_of(codes, rows.weights[np.newaxis], rows.sizes)


def drawn_answers(model: LatentClasses, draws: int, rng: np.random.Generator) -> IntArray:
    """Draw answers of the model's rows, (draws, r, j): codes 0, 1, ..., -1 where a row has no answer."""
    rows = model.answers.rows
    inner = np.cumsum(model.shares)[:-1]
    member = np.searchsorted(inner, rng.random((draws, rows.n)))
    codes = np.empty((draws, *rows.codes.shape), dtype=np.int64)
    for item, (first, size) in enumerate(zip(first_answers(rows.sizes), rows.sizes)):
        bounds = np.cumsum(model.probabilities[:, first : first + size], axis=1)[:, :-1]
        chance = rng.random((draws, rows.n))
        codes[:, :, item] = sum((chance > bound[member]).astype(np.int64) for bound in bounds.T)
    return np.where(rows.codes < 0, -1, codes)
