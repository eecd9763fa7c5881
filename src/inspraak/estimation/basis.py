"""The column space of a weighted design matrix, and which of its coefficients it identifies."""

from dataclasses import dataclass

import numpy as np

from inspraak.estimation.arrays import BoolArray, FloatArray

TOLERANCE = 1e-7  # smallest singular value over the largest, columns at length one (as R's lm)


@dataclass(frozen=True, eq=False)
class Basis:
    """What weighted least squares needs of X over the n rows of one model, k terms.

    `influence` (n, k): the coefficients are influence' y; NaN for terms that are not identified. `span`
    (n, rank): orthonormal columns that span sqrt(w) X. `to_terms` (k, rank) turns span' sqrt(w) y into the
    coefficients; NaN for terms that are not identified. `identified` (k,).
    """

    weights: FloatArray
    influence: FloatArray
    span: FloatArray
    to_terms: FloatArray
    identified: BoolArray

    @property
    def rank(self) -> int:
        """Number of independent columns."""
        return int(self.span.shape[1])

    @property
    def leverage(self) -> FloatArray:
        """Diagonal of the weighted hat matrix, (n,)."""
        return np.asarray(np.einsum("ij,ij->i", self.span, self.span))

    def fitted(self, targets: FloatArray) -> FloatArray:
        """Give the fitted values of outcomes (n, m)."""
        root = np.sqrt(self.weights)[:, np.newaxis]
        return np.asarray(self.span @ (self.span.T @ (root * targets)) / root)


def decompose(terms: FloatArray, weights: FloatArray) -> Basis:
    """Decompose X (n, k) without missing values under positive weights (n,).

    By QR of sqrt(w) X with its columns at length one, then the singular values of R. A coefficient is
    identified where no vector of the null space of X touches it: then it is the same whichever redundant
    columns are left out (Searle 1971, Linear Models, 5.4, estimable functions). R's lm gives a number to the
    first columns of a redundant set and NA to the last; here all of them are NaN.
    """
    root = np.sqrt(weights)[:, np.newaxis]
    weighted = root * terms
    length = np.sqrt(np.einsum("ij,ij->j", weighted, weighted))
    scale = np.where(length > 0, length, 1.0)
    q, r = np.linalg.qr(weighted / scale)
    u, singular, vt = np.linalg.svd(r)
    rank = int((singular > TOLERANCE * singular.max(initial=0.0)).sum())
    identified = np.sqrt(np.square(vt[rank:]).sum(axis=0)) < TOLERANCE
    span = q @ u[:, :rank]
    to_terms = vt[:rank].T / singular[:rank] / scale[:, np.newaxis]
    to_terms[~identified] = np.nan
    return Basis(weights, root * (span @ to_terms.T), span, to_terms, identified)
