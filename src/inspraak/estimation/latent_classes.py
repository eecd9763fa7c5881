"""Latent class analysis: types of employers behind their answers to questions with a few answers each.

A class has its own probability of every answer; within a class the answers are independent. An item without an answer
is left out of the product over items, which is right where answers are missing at random.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.latent_class_em import expectation
from inspraak.estimation.latent_class_patterns import AnsweredRows, answered_rows, first_answers
from inspraak.estimation.latent_class_starts import best_of, finish, random_starts

STARTS = 100
UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class ClassAnswers:
    """Answers to j items of n employers as a latent class model takes them.

    `values` (j lists) are the answers of each item that occur, in order; `rows` those with an answer and a weight.
    """

    values: tuple[FloatArray, ...]
    rows: AnsweredRows
    n_given: int
    design: SurveyDesign

    @property
    def sizes(self) -> IntArray:
        """Number of answers of each item, (j,)."""
        return self.rows.sizes

    @property
    def cells(self) -> float:
        """Number of different rows of answers that could be given."""
        return float(np.prod(self.sizes.astype(np.float64)))

    def parameters(self, classes: int) -> int:
        """Count the shares and probabilities of a model that are free."""
        return classes - 1 + classes * int((self.sizes - 1).sum())


@dataclass(frozen=True, eq=False)
class LatentClasses:
    """A fitted model of k classes, in order of their mean level: the lowest class answers lowest.

    `shares` (k,) and `probabilities` (k, l), answers of item after item. `log_likelihood` is that of answers whose
    weights add up to `effective_n`, Kish's; n counts employers. `posterior` (n_given, k) is NaN for who has no answer
    or no weight. Of `starts` random ones `carried` were run to their end; `found` of these reached the top given.
    """

    answers: ClassAnswers
    classes: int
    shares: FloatArray
    probabilities: FloatArray
    log_likelihood: float
    posterior: FloatArray
    starts: int
    carried: int
    found: int
    converged: bool

    @property
    def n(self) -> int:
        """Number of employers."""
        return self.answers.rows.n

    @property
    def effective_n(self) -> float:
        """Kish's effective number of employers, which the likelihood counts."""
        return self.answers.rows.effective_n

    @property
    def parameters(self) -> int:
        """Number of free parameters."""
        return self.answers.parameters(self.classes)

    @property
    def degrees_of_freedom(self) -> float:
        """Different rows of answers less one and the parameters; below zero a model is not identified."""
        return self.answers.cells - 1 - self.parameters

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return -2 * self.log_likelihood + 2 * self.parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion, by the effective number of employers (Lumley & Scott 2015)."""
        return -2 * self.log_likelihood + self.parameters * float(np.log(self.effective_n))

    @property
    def adjusted_bic(self) -> float:
        """BIC with (n + 2) / 24 for n (Sclove 1987)."""
        return -2 * self.log_likelihood + self.parameters * float(np.log((self.effective_n + 2) / 24))

    @cached_property
    def modal(self) -> IntArray:
        """The likeliest class of each employer, (n_given,), -1 where unknown."""
        modal = np.full(self.answers.n_given, UNKNOWN, dtype=np.int64)
        rows = self.answers.rows.rows
        modal[rows] = self.posterior[rows].argmax(axis=1)
        return modal

    @property
    def counts(self) -> IntArray:
        """Employers whose likeliest class each is, unweighted, (k,)."""
        return np.bincount(self.modal[self.modal >= 0], minlength=self.classes).astype(np.int64)

    @property
    def entropy(self) -> float:
        """Relative entropy: 1 where everybody's class is certain, 0 where nothing tells it; of one class 1."""
        if self.classes == 1:
            return 1.0
        rows = self.answers.rows
        p = self.posterior[rows.rows]
        terms = -(p * np.log(np.maximum(p, np.finfo(float).tiny))).sum(axis=1)
        return 1 - float(rows.weights @ terms) / (rows.effective_n * float(np.log(self.classes)))

    @property
    def bivariate_residuals(self) -> FloatArray:
        """Pearson's chi-square of the table of each pair of items, per degree of freedom, (j, j); NaN on the diagonal.

        Near 1 where the classes account for what two items share. Pairs that both have an answer count.
        """
        patterns = self.answers.rows.patterns
        observed = (patterns.indicator[0] * patterns.weights[0]) @ patterns.answers[0]
        expected = np.einsum("k,ka,kb->ab", self.shares, self.probabilities, self.probabilities)
        first, sizes = patterns.first, patterns.sizes

        def by_pair(table: FloatArray) -> FloatArray:
            return np.add.reduceat(np.add.reduceat(table, first, axis=0), first, axis=1)

        pairs = np.repeat(np.repeat(by_pair(observed), sizes, axis=0), sizes, axis=1)
        df = np.outer(sizes - 1, sizes - 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            distance = np.where(pairs > 0, np.square(observed - pairs * expected) / (pairs * expected), 0.0)
            residuals = by_pair(distance) / df
        np.fill_diagonal(residuals, np.nan)
        return np.where(df > 0, residuals, np.nan)


def class_answers(
    items: ArrayLike, design: SurveyDesign, *, included: ArrayLike | None = None
) -> ClassAnswers:
    """Take the answers (n, j) to j items with a few answers each, NaN where missing, of who is `included` (n,).

    Whoever has an answer to any item counts, with the weight of the design. Raises ValueError for another shape, and
    for fewer than two items.
    """
    given = np.asarray(items, dtype=np.float64)
    if given.ndim != 2 or given.shape[0] != design.n or given.shape[1] < 2:
        raise ValueError(f"items have shape {given.shape}; expected ({design.n}, two items or more)")
    inside = np.ones(design.n, dtype=np.bool_) if included is None else np.asarray(included, dtype=np.bool_)
    used = inside & (design.weights > 0)
    codes, values = np.full(given.shape, UNKNOWN, dtype=np.int64), []
    for item, column in enumerate(given.T):
        known = ~np.isnan(column) & used
        occurring, codes[known, item] = np.unique(column[known], return_inverse=True)
        values.append(occurring)
    rows = answered_rows(codes, np.where(used, design.weights, 0.0))
    return ClassAnswers(tuple(values), rows, design.n, design)


def fit_classes(
    answers: ClassAnswers, classes: int, rng: np.random.Generator, *, starts: int = STARTS
) -> LatentClasses:
    """Fit a model of `classes` latent classes by maximum likelihood, from `starts` random starts.

    Weights make it a pseudo-likelihood: the point that a census would be fitted at is estimated. Classes come in order
    of the mean level of their answers: of each item the place of its answer among those that occur, from 0 to 1.

    Source: Goodman (1974), Biometrika 61, 215-231; weights: Patterson, Dayton & Graubard (2002), Journal of the
    American Statistical Association 97, 721-741. R: poLCA::poLCA(nrep = starts), without weights. Raises ValueError
    for fewer than one class, and where an item has fewer than two answers that occur.
    """
    if classes < 1:
        raise ValueError(f"classes is {classes}; expected one at least")
    if (answers.sizes < 2).any():
        raise ValueError("an item has fewer than two answers that occur")
    patterns = answers.rows.patterns
    best = best_of(random_starts(patterns, classes, starts if classes > 1 else 1, rng), patterns)
    values, likelihood, converged = finish(best.values[0], patterns)
    values = values[np.argsort(mean_levels(values[:, 1:], answers.sizes), kind="stable")]
    joint, _ = expectation(values[np.newaxis, np.newaxis], patterns)
    posterior = np.full((answers.n_given, classes), np.nan)
    of_pattern = joint[0, 0] / joint[0, 0].sum(axis=0)
    posterior[answers.rows.rows] = of_pattern[:, answers.rows.pattern].T
    return LatentClasses(
        answers=answers,
        classes=classes,
        shares=values[:, 0],
        probabilities=values[:, 1:],
        log_likelihood=likelihood,
        posterior=posterior,
        starts=starts if classes > 1 else 1,
        carried=best.carried,
        found=int(best.found[0]),
        converged=converged,
    )


def mean_levels(probabilities: FloatArray, sizes: IntArray) -> FloatArray:
    """Give how high each class answers on average, 0 to 1, (k,), from the probabilities (k, l) of its answers."""
    place = np.arange(int(sizes.sum())) - np.repeat(first_answers(sizes), sizes)
    level = place / np.repeat(np.maximum(sizes - 1, 1), sizes) / sizes.size
    return np.asarray(probabilities @ level)
