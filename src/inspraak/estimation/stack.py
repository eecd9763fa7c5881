"""Models side by side over the same rows, rows last, so that one product serves a block of models.

Models are m, terms k, rows n. A row that a model does not use has weight 0 there. A block holds about as
many numbers as a core's cache, whatever n, so that many small models or one large one take equal care.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_mask, as_matrix
from inspraak.estimation.basis import decompose
from inspraak.estimation.design import SurveyDesign

ELEMENTS = 2**18  # numbers of X in one block
SAFE = 1e-6  # smallest over largest eigenvalue of the scaled Gram matrix: above it no pivot is in doubt
NARROW = 1e-4  # variance over mean square below which their difference loses digits
CONSTANT = 1e-12  # SD over mean below which a column is constant


@dataclass(frozen=True, eq=False)
class Regressions:
    """The checked inputs of m regressions: `terms` (n, k) shared or (m, n, k), `outcomes` (n, m)."""

    terms: FloatArray
    outcomes: FloatArray
    design: SurveyDesign
    included: BoolArray  # (n, 1) or (n, m)

    @property
    def m(self) -> int:
        """Number of models."""
        return int(self.outcomes.shape[1])

    @property
    def k(self) -> int:
        """Number of terms."""
        return int(self.terms.shape[-1])

    @cached_property
    def rows(self) -> IntArray:
        """Rows that some model may use, (r,)."""
        return np.flatnonzero(self.included.any(axis=1) & (self.design.weights > 0))

    def stacks(self, models: IntArray | None = None, *, centred: bool = False) -> Iterator["Stack"]:
        """Give the models (default all) that have a complete row and an identified term, in blocks.

        Models whose terms are redundant, or nearly, stand alone and in the coordinates of their `basis`.
        `centred` takes the weighted mean from each term, for models with an intercept of their own.
        """
        chosen = np.arange(self.m) if models is None else models
        size = max(1, ELEMENTS // max(1, self.k * self.rows.size))
        shared = _by_rows(self.terms[np.newaxis], self.rows) if self.terms.ndim == 2 else None
        for start in range(0, chosen.size, size):
            yield from self._block(chosen[start : start + size], shared, centred=centred)

    def _block(self, models: IntArray, shared: FloatArray | None, *, centred: bool) -> Iterator["Stack"]:
        terms = _by_rows(self.terms[_run(models)], self.rows) if shared is None else shared
        included = self.included if self.included.shape[1] == 1 else self.included[:, _run(models)]
        targets = self.outcomes[:, _run(models)][self.rows].T
        used = ~np.isnan(targets) & included[self.rows].T
        weights = self._weights(used)
        with np.errstate(over="ignore", invalid="ignore"):
            gram = weighted_gram(terms, weights)
        if not np.isfinite(gram).all():
            # a gap, if only in a row of weight 0
            terms, complete = _without_gaps(terms)
            used &= complete
            weights = self._weights(used)
            gram = weighted_gram(terms, weights)
        targets, n = np.where(used, targets, 0.0), used.sum(axis=1)
        terms = np.broadcast_to(terms, (models.size, *terms.shape[1:]))
        mean, sd_x = _moments(terms, weights, n, gram)
        outcome = targets[:, np.newaxis]
        sd_y = _moments(outcome, weights, n, weighted_gram(outcome, weights))[1][:, 0]
        if centred:
            terms = (terms - mean[:, :, np.newaxis]) * (sd_x > 0)[:, :, np.newaxis]
            gram = weighted_gram(terms, weights)
        stack = Stack(models, self.rows, terms, targets, weights, used, gram, mean, sd_x, sd_y)
        safe = _well_conditioned(gram)
        if safe.all():
            yield stack
            return
        if safe.any():
            yield stack.take(safe)
        for place in np.flatnonzero(~safe & (n > 0)):
            spanned = stack.take(np.array([place])).spanned()
            if spanned.rank:
                yield spanned

    def _weights(self, used: BoolArray) -> FloatArray:
        """Give the weights of the rows that each model uses, mean one, 0 elsewhere, (b, r)."""
        weights = self.design.weights[self.rows] * used
        total, n = weights.sum(axis=1), used.sum(axis=1)
        weights *= np.divide(n, total, out=np.zeros(len(used)), where=total > 0)[:, np.newaxis]
        return weights


@dataclass(frozen=True, eq=False)
class Stack:
    """A block of b models over r rows: `terms` (b, p, r), 0 where a model misses one of them.

    `rows` (r,) of the design, in rising order, `targets`, `weights` and `used` (b, r); weights have mean 1 over
    the rows that a model uses. `gram` (b, p, p), `mean` and `sd_x` (b, k), `sd_y` (b,). The p columns are
    the k terms, or span them: then `to_terms` (k, p) turns their coefficients into those of the terms (of
    least norm), `loadings` (p, k) the columns into the terms, and `identified` (k,) says which coefficients
    do not hang on that choice.
    """

    models: IntArray
    rows: IntArray
    terms: FloatArray
    targets: FloatArray
    weights: FloatArray
    used: BoolArray
    gram: FloatArray
    mean: FloatArray
    sd_x: FloatArray
    sd_y: FloatArray
    to_terms: FloatArray | None = None
    loadings: FloatArray | None = None
    identified: BoolArray | None = None

    @property
    def rank(self) -> int:
        """Number of independent columns."""
        return int(self.terms.shape[1])

    @property
    def n(self) -> IntArray:
        """Rows that each model uses, (b,)."""
        return np.asarray(self.used.sum(axis=1), dtype=np.int64)

    def take(self, keep: IntArray | BoolArray) -> "Stack":
        """Give some of the models."""
        names = ("models", "terms", "targets", "weights", "used", "gram", "mean", "sd_x", "sd_y")
        return replace(self, **{name: getattr(self, name)[keep] for name in names})

    def original(self) -> FloatArray:
        """Give the terms themselves, (b, k, r)."""
        return self.terms if self.loadings is None else self.loadings.T @ self.terms

    def predictor(self, coefficients: FloatArray) -> FloatArray:
        """Give the linear predictor (b, r) of coefficients (b, p) of the columns."""
        return np.asarray((coefficients[:, np.newaxis] @ self.terms)[:, 0])

    def totals(self, scores: FloatArray) -> FloatArray:
        """Give the sum over rows (b, p) of the columns times scores (b, r)."""
        return np.asarray((self.terms @ scores[:, :, np.newaxis])[:, :, 0])

    def of_terms(self, coefficients: FloatArray) -> FloatArray:
        """Turn coefficients of the columns (b, p) into those of the terms (b, k)."""
        return coefficients if self.to_terms is None else coefficients @ self.to_terms.T

    def covariance_of_terms(self, covariance: FloatArray) -> FloatArray:
        """Turn a covariance (b, p, p) of coefficients of the columns into that of the terms (b, k, k)."""
        return covariance if self.to_terms is None else self.to_terms @ covariance @ self.to_terms.T

    def spanned(self) -> "Stack":
        """Give the one model of this stack in the coordinates of its basis, orthonormal under the weights."""
        used = self.used[0]
        terms, weights = self.terms[0][:, used].T, self.weights[0][used]
        basis = decompose(terms, weights)
        columns = np.zeros((1, basis.rank, used.size))
        columns[0][:, used] = (basis.span / np.sqrt(weights)[:, np.newaxis]).T
        loadings = basis.span.T @ (np.sqrt(weights)[:, np.newaxis] * terms)
        length = np.sqrt(np.square(loadings).sum(axis=0))
        scale = np.where(length > 0, length, 1.0)
        to_terms = np.linalg.pinv(loadings / scale) / scale[:, np.newaxis]
        return replace(
            self,
            terms=columns,
            gram=np.eye(basis.rank)[np.newaxis],
            to_terms=to_terms,
            loadings=loadings,
            identified=basis.identified,
        )


def check_regressions(
    X: ArrayLike, Y: ArrayLike, design: SurveyDesign, included: ArrayLike | None
) -> Regressions:
    """Give the checked inputs of m regressions.

    `X` (n, k) or (m, n, k), NaN = missing; `Y` (n, m), or (n,) for one outcome, with three dimensions of X
    shared by its m models; `included` (n,) or (n, m) booleans. Infinite values of X are found later, block
    by block. Raises ValueError for wrong shapes and infinite outcomes.
    """
    outcomes = as_matrix(Y, rows=design.n, name="Y")
    terms = np.asarray(X, dtype=np.float64)
    if terms.ndim == 1:
        terms = terms[:, np.newaxis]
    if terms.ndim == 3 and outcomes.shape[1] == 1:
        outcomes = np.broadcast_to(outcomes, (design.n, terms.shape[0]))
    m = outcomes.shape[1]
    if terms.ndim not in (2, 3) or terms.shape[-2] != design.n or (terms.ndim == 3 and terms.shape[0] != m):
        raise ValueError(
            f"X has shape {np.shape(X)}; expected ({design.n}, terms) or ({m}, {design.n}, terms)"
        )
    mask = np.ones((design.n, 1), dtype=np.bool_)
    if included is not None:
        mask = as_mask(included, rows=design.n, name="included")
    if mask.shape[1] not in (1, m):
        raise ValueError(f"included has {mask.shape[1]} columns; expected 1 or {m}")
    return Regressions(terms, outcomes, design, mask)


def check_terms(terms: Sequence[int] | None, k: int) -> IntArray:
    """Give the indices of the terms that are wanted, all k by default. Raises ValueError for other indices."""
    wanted = np.arange(k) if terms is None else np.asarray(terms, dtype=np.int64)
    if wanted.ndim != 1 or not ((wanted >= 0) & (wanted < k)).all() or np.unique(wanted).size < wanted.size:
        raise ValueError(f"terms are {terms}; expected different ones from 0 to {k - 1}")
    return wanted


def weighted_gram(terms: FloatArray, weights: FloatArray) -> FloatArray:
    """Give Z W Z' (b, p, p) of columns (b, p, r) under weights (b, r), not negative."""
    root = terms * np.sqrt(weights)[:, np.newaxis]
    return np.asarray(root @ root.swapaxes(1, 2))


def _run(models: IntArray) -> slice | IntArray:
    """Give consecutive models as a slice, which copies nothing."""
    last = int(models[-1])
    return slice(int(models[0]), last + 1) if last - int(models[0]) + 1 == models.size else models


def _by_rows(terms: FloatArray, rows: IntArray) -> FloatArray:
    """Give (b, k, r) from (b, n, k), contiguous along the rows; may be a view."""
    across = terms.swapaxes(1, 2)
    if rows.size == terms.shape[1] and (rows == np.arange(rows.size)).all():
        return np.ascontiguousarray(across)
    if across.flags.c_contiguous:
        return np.asarray(np.take(across, rows, axis=2))
    return np.ascontiguousarray(np.take(terms, rows, axis=1).swapaxes(1, 2))


def _without_gaps(terms: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Put 0 in rows with a missing term, and give which rows have none, (b, r)."""
    with np.errstate(over="ignore", invalid="ignore"):
        complete = np.asarray(np.isfinite(terms.sum(axis=1)), dtype=np.bool_)
    if complete.all():
        return terms, complete
    complete = np.asarray(~np.isnan(terms).any(axis=1), dtype=np.bool_)
    if np.isinf(terms).any():
        raise ValueError("X holds infinite values")
    return np.where(complete[:, np.newaxis], terms, 0.0), complete


def _moments(
    columns: FloatArray, weights: FloatArray, n: IntArray, gram: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give weighted means and SDs (b, k): sqrt(sum w (x - mean)^2 / sum w * n / (n - 1)) (R: svyvar).

    From the sums of squares in `gram`; columns that vary little around a mean far from 0 are centred first.
    """
    share = (weights / np.maximum(n, 1)[:, np.newaxis])[:, :, np.newaxis]
    mean = (columns @ share)[:, :, 0]
    squares = np.diagonal(gram, axis1=1, axis2=2) / np.maximum(n, 1)[:, np.newaxis]
    variance = squares - np.square(mean)
    narrow = (variance < NARROW * squares).any(axis=0)
    centred = columns[:, narrow] - mean[:, narrow, np.newaxis]
    centred *= centred
    variance[:, narrow] = (centred @ share)[:, :, 0]
    freedom = np.where(n > 1, n / np.maximum(n - 1, 1), np.nan)[:, np.newaxis]
    return mean, np.where(variance > np.square(CONSTANT * mean), np.sqrt(variance * freedom), 0.0 * freedom)


def _well_conditioned(gram: FloatArray) -> BoolArray:
    """Say which Gram matrices (b, p, p) are far from singular, their columns at length one."""
    diagonal = np.diagonal(gram, axis1=1, axis2=2)
    scale = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    values = np.linalg.eigvalsh(gram / (scale[:, :, np.newaxis] * scale[:, np.newaxis]))
    return np.asarray((diagonal > 0).all(axis=1) & (values[:, 0] > SAFE * values[:, -1]))
