"""How stable latent classes are: are the same employers together when the survey is drawn again from itself."""

from dataclasses import dataclass

import numpy as np

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.design import effective_n
from inspraak.estimation.latent_class_em import expectation
from inspraak.estimation.latent_class_patterns import Patterns
from inspraak.estimation.latent_class_starts import best_of, random_starts
from inspraak.estimation.latent_classes import LatentClasses
from inspraak.estimation.resampling import resampled_weights

OTHERS = 5  # random starts in each resample, beside the classes that were found
STAGES = ((4, 0.34),)
TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Stability:
    """The adjusted Rand index of each of `draws` resamples with the classes found: 1 the same, 0 as by chance."""

    drawn: FloatArray

    @property
    def mean(self) -> float:
        """Mean index."""
        return float(self.drawn.mean())


def class_stability(model: LatentClasses, rng: np.random.Generator, *, draws: int = 99) -> Stability:
    """Fit as many classes to resamples of the employers, and compare where each puts all employers.

    Employers are resampled as the design drew them (`resampling.resampled_weights`); each model classifies the whole
    sample by its likeliest class, and the index compares that with the classes found. One class is always stable.

    Source: Hubert & Arabie (1985), Journal of Classification 2, 193-218; the bootstrap: Dolnicar & Leisch (2010),
    Marketing Letters 21, 83-101.
    """
    rows = model.answers.rows
    found = model.modal[rows.rows]
    indices = [np.empty(0)]
    for weights in resampled_weights(model.answers.design, draws, rng):
        member = _members(model, np.maximum(weights[:, rows.rows], 0.0), rng)
        indices.append(adjusted_rand(_crossed(found, member, model.classes)))
    return Stability(np.concatenate(indices))


def adjusted_rand(tables: FloatArray) -> FloatArray:
    """Give the adjusted Rand index of two partitions from their crossed counts, (d, a, b); gives (d,)."""

    def pairs(counts: FloatArray) -> FloatArray:
        return counts * (counts - 1) / 2

    both = pairs(tables).sum(axis=(1, 2))
    one, other = pairs(tables.sum(axis=2)).sum(axis=1), pairs(tables.sum(axis=1)).sum(axis=1)
    expected = one * other / pairs(tables.sum(axis=(1, 2)))
    most = (one + other) / 2
    return np.where(most > expected, (both - expected) / np.where(most > expected, most - expected, 1.0), 1.0)


def _members(model: LatentClasses, weights: FloatArray, rng: np.random.Generator) -> IntArray:
    """Fit each of d resamples by their weights (d, r), and give the likeliest class of all rows, (d, r)."""
    rows, patterns = model.answers.rows, model.answers.rows.patterns
    d, k, p = len(weights), model.classes, patterns.weights.shape[1]
    scale = np.array([effective_n(row) / row.sum() for row in weights])
    place = rows.pattern + p * np.arange(d)[:, np.newaxis]
    total = np.bincount(place.ravel(), weights=(weights * scale[:, np.newaxis]).ravel(), minlength=d * p)
    drawn = Patterns(patterns.indicator, total.reshape(d, p).astype(np.float64), patterns.sizes)
    known = np.broadcast_to(
        np.column_stack([model.shares, model.probabilities]), (d, 1, k, 1 + model.probabilities.shape[1])
    )
    begun = np.concatenate([known, random_starts(drawn, k, OTHERS, rng)], axis=1)
    best = best_of(begun, drawn, stages=STAGES, tolerance=TOLERANCE)
    whole = Patterns(patterns.indicator, np.ones((d, p)), patterns.sizes)
    joint, _ = expectation(best.values[:, np.newaxis], whole)
    return np.asarray(joint[:, 0].argmax(axis=1)[:, rows.pattern], dtype=np.int64)


def _crossed(found: IntArray, member: IntArray, classes: int) -> FloatArray:
    """Cross the classes found (r,) with those of d resamples (d, r), (d, k, k)."""
    d = len(member)
    cell = (np.arange(d)[:, np.newaxis] * classes + found) * classes + member
    counts = np.bincount(cell.ravel(), minlength=d * classes**2)
    return counts.reshape(d, classes, classes).astype(np.float64)
