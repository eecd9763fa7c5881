"""Scores of latent class models: how much each employer weighs in every share and probability.

The curve of the likelihood is the observed one: Louis (1982), Journal of the Royal Statistical Society B 44, 226-233.
"""

import numpy as np

from inspraak.estimation.arrays import BoolArray, FloatArray
from inspraak.estimation.latent_classes import LatentClasses

BOUNDARY = 1e-5
"""A probability this near 0 is taken as known: there the likelihood has no top to measure the curve of."""


def influences(model: LatentClasses) -> tuple[FloatArray, BoolArray]:
    """Give what each employer with an answer adds to the free parameters, (r, f), and which these are, (k l + k,).

    The parameters are log odds of the answers of each class against its likeliest one, and of the shares against the
    largest. The variance of the total of the influences under the design is the sandwich (Binder 1983, International
    Statistical Review 51, 279-292). All are NaN where the curve is not that of a top.
    """
    scores, weights, known = ClassScores(model), model.answers.rows.weights, free_parameters(model)
    mean = scores.mean()
    curve = (scores.complete() - scores.spread() + (mean.T * weights) @ mean)[np.ix_(known, known)]
    own = mean[:, known] * weights[:, np.newaxis]
    if np.linalg.eigvalsh(curve).min(initial=1.0) <= 0:
        return np.full_like(own, np.nan), known
    return np.asarray(np.linalg.solve(curve, own.T).T), known


def free_parameters(model: LatentClasses) -> BoolArray:
    """Mark the log odds that are estimated: all but the likeliest answer of an item, none near the boundary."""
    free = model.probabilities > BOUNDARY
    for first, size in zip(model.answers.rows.patterns.first, model.answers.sizes):
        likeliest = model.probabilities[:, first : first + size].argmax(axis=1)
        free[np.arange(model.classes), first + likeliest] = False
    shares = np.ones(model.classes, dtype=np.bool_)
    shares[model.shares.argmax()] = False
    return np.concatenate([free.ravel(), shares])


class ClassScores:
    """Scores of the complete data by the log odds of k classes' answers, then of the k shares."""

    def __init__(self, model: LatentClasses) -> None:
        rows = model.answers.rows
        self.model, self.k, self.l = model, model.classes, model.probabilities.shape[1]
        self.weights, self.posterior = rows.weights, model.posterior[rows.rows]
        self.given = rows.patterns.answers[0][rows.pattern]  # (r, l)
        sizes = rows.sizes
        self.same = np.repeat(np.repeat(np.eye(sizes.size), sizes, axis=0), sizes, axis=1)  # (l, l)
        self.asked = self.given @ self.same  # (r, l) 1 where the item has an answer

    def of(self, place: int) -> FloatArray:
        """Scores of a class's own log odds, (r, l)."""
        return np.asarray(self.given - self.asked * self.model.probabilities[place])

    def shares(self) -> FloatArray:
        """Scores of the log shares of being in each class, (k, k)."""
        return np.asarray(np.eye(self.k) - self.model.shares)

    def mean(self) -> FloatArray:
        """Scores of the data, (r, k l + k)."""
        parts = [self.posterior[:, [place]] * self.of(place) for place in range(self.k)]
        return np.concatenate([*parts, self.posterior - self.model.shares], axis=1)

    def complete(self) -> FloatArray:
        """Information, had the classes been known."""
        size = self.k * self.l
        whole = np.zeros((size + self.k, size + self.k))
        for place, theta in enumerate(self.model.probabilities):
            block = slice(place * self.l, (place + 1) * self.l)
            told = (self.weights * self.posterior[:, place]) @ self.asked
            whole[block, block] = told * (np.diag(theta) - np.outer(theta, theta) * self.same)
        pi = self.model.shares
        whole[size:, size:] = self.weights.sum() * (np.diag(pi) - np.outer(pi, pi))
        return whole

    def spread(self) -> FloatArray:
        """Squared scores of the complete data, averaged over the classes that employers may be in."""
        size, shares = self.k * self.l, self.shares()
        whole = np.zeros((size + self.k, size + self.k))
        for place in range(self.k):
            block = slice(place * self.l, (place + 1) * self.l)
            own, weight = self.of(place), self.weights * self.posterior[:, place]
            whole[block, block] = (own.T * weight) @ own
            whole[block, size:] = np.outer(weight @ own, shares[place])
            whole[size:, block] = whole[block, size:].T
            whole[size:, size:] += weight.sum() * np.outer(shares[place], shares[place])
        return whole
