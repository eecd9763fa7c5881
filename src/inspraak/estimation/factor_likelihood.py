"""The normal likelihood of one group as a function of the mean and covariance of its items.

Moments are taken as one vector of p means and p (p + 1) / 2 covariances, the lower triangle in the order of
`numpy.tril_indices`. Sources: Arbuckle (1996); Savalei (2010), Psychological Methods 15, 352-367, for the
observed information with missing answers; Magnus & Neudecker (1999), chapter 15.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray
from inspraak.estimation.factor_samples import Sample

Curvature = Literal["expected", "observed"]

PATTERNS = 2**11  # patterns in work at a time
LOG_2_PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, eq=False)
class MomentLikelihood:
    """Log-likelihood of one group at a mean and covariance.

    `mean_slope` (p,) is its gradient to the mean, `slope` (p, p) minus twice that to the covariance taken as a
    matrix of free elements, `information` (s, s) minus its second derivative to the s moments, or what that is
    expected to be under the model.
    """

    log_likelihood: float
    mean_slope: FloatArray
    slope: FloatArray
    information: FloatArray

    @property
    def gradient(self) -> FloatArray:
        """Gradient to the vector of moments, (s,)."""
        lower = np.tril_indices(len(self.slope))
        return np.concatenate([self.mean_slope, -self.slope[lower] * half_of_diagonal(len(self.slope))])


def moment_likelihood(
    sample: Sample, mean: FloatArray, covariance: FloatArray, *, curvature: Curvature = "observed"
) -> MomentLikelihood | None:
    """Evaluate the likelihood of a sample; None where the covariance is not positive definite.

    `mean` (p,) and `covariance` (p, p) of the items in their own unit.
    """
    total: _Sums | None = None
    for start in range(0, len(sample.count), PATTERNS):
        part = _sums(sample, slice(start, start + PATTERNS), mean, covariance, curvature)
        if part is None:
            return None
        total = part if total is None else total.plus(part)
    if total is None:
        raise ValueError("the sample has no rows")
    information = _information(total.products, total.crossed, total.precision)
    return MomentLikelihood(total.value, total.mean_slope, total.slope, information)


def case_scores(sample: Sample, mean: FloatArray, covariance: FloatArray) -> FloatArray:
    """Give the gradient of each row's log-likelihood to the moments, unweighted, (r, s), in the order of `rows`.

    Raises ValueError where the covariance is not positive definite.
    """
    p = sample.items
    row, column = np.tril_indices(p)
    result = np.empty((sample.n, p + row.size))
    for start in range(0, len(sample.count), PATTERNS):
        patterns = slice(start, start + PATTERNS)
        inverse = inverse_covariances(covariance, sample.answered[patterns])
        if inverse is None:
            raise ValueError("the covariance is not positive definite")
        weight = inverse[0]
        rows = slice(*np.searchsorted(sample.pattern, (start, start + PATTERNS)).tolist())
        pattern = sample.pattern[rows]
        shift = np.where(sample.answered[pattern], mean - sample.centre, 0.0)
        difference = sample.values[rows] - shift
        pattern = pattern - start
        pull = pulled(weight, pattern, difference)
        result[rows, :p] = pull
        result[rows, p:] = pull[:, row] * pull[:, column] - weight[:, row, column][pattern]
    result[:, p:] *= half_of_diagonal(p)
    return result


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums over patterns; see `_information` for the last three."""

    value: float
    mean_slope: FloatArray
    slope: FloatArray
    precision: FloatArray
    products: FloatArray
    crossed: FloatArray

    def plus(self, other: "_Sums") -> "_Sums":
        return _Sums(
            self.value + other.value,
            self.mean_slope + other.mean_slope,
            self.slope + other.slope,
            self.precision + other.precision,
            self.products + other.products,
            self.crossed + other.crossed,
        )


def _sums(
    sample: Sample, part: slice, mean: FloatArray, covariance: FloatArray, curvature: Curvature
) -> _Sums | None:
    """Sum over some patterns; None where the covariance is not positive definite."""
    answered, count = sample.answered[part], sample.count[part]
    inverse = inverse_covariances(covariance, answered)
    if inverse is None:
        return None
    weight, log_determinant = inverse
    row, column = np.tril_indices(len(covariance))
    difference = np.where(answered, sample.mean[part] - (mean - sample.centre), 0.0)
    pull = np.einsum("jab,jb->ja", weight, difference)
    weighted = pull * count[:, np.newaxis]
    within, spread = _spread(sample, part, weight)
    spread += pull[:, :, np.newaxis] * weighted[:, np.newaxis]
    scaled = weight * count[:, np.newaxis, np.newaxis]
    precision = scaled.sum(axis=0)
    distance = float((weighted * difference).sum()) + within
    value = -0.5 * (float(count @ (answered.sum(axis=1) * LOG_2_PI + log_determinant)) + distance)
    halves = weight[:, row, column]
    if curvature == "expected":
        products, crossed = 0.5 * (halves.T @ scaled[:, row, column]), np.zeros((len(covariance), row.size))
    else:
        products, crossed = (spread - 0.5 * scaled)[:, row, column].T @ halves, weighted.T @ halves
    return _Sums(value, weighted.sum(axis=0), precision - spread.sum(axis=0), precision, products, crossed)


def pulled(weight: FloatArray, pattern: IntArray, difference: FloatArray) -> FloatArray:
    """Multiply each row's difference (r, p) by the inverse covariance of its pattern."""
    if len(weight) == 1:
        return np.asarray(difference @ weight[0])
    return np.asarray(np.einsum("rab,rb->ra", weight[pattern], difference))


@lru_cache(maxsize=32)
def half_of_diagonal(p: int) -> FloatArray:
    """Give 1/2 for variances and 1 for covariances of a lower triangle, (p (p + 1) / 2,)."""
    row, column = np.tril_indices(p)
    return np.where(row == column, 0.5, 1.0)


@lru_cache(maxsize=16)
def _crossings(p: int) -> tuple[IntArray, IntArray]:
    """Give the places of [bc, ad] and [bd, ac] for each two elements ab and cd of a lower triangle, flattened."""
    row, column = np.tril_indices(p)
    place = np.zeros((p, p), dtype=np.int64)
    place[row, column] = place[column, row] = np.arange(row.size)
    a, b = row[:, np.newaxis], column[:, np.newaxis]
    return place[b, row] * row.size + place[a, column], place[b, column] * row.size + place[a, row]


def inverse_covariances(covariance: FloatArray, answered: BoolArray) -> tuple[FloatArray, FloatArray] | None:
    """Invert the covariance of the answered items of each pattern, 0 elsewhere; and give its log determinant."""
    both = answered[:, :, np.newaxis] & answered[:, np.newaxis]
    p = len(covariance)
    padded = np.where(both, covariance, np.eye(p))
    try:
        root = np.linalg.cholesky(padded)
        inverse = np.linalg.inv(padded)  # may still be singular to the last digit
    except np.linalg.LinAlgError:
        return None
    log_determinant = 2 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
    inverse += inverse.swapaxes(1, 2)
    inverse *= 0.5 * both
    return inverse, log_determinant


def _spread(sample: Sample, part: slice, weight: FloatArray) -> tuple[float, FloatArray]:
    """Give the sum of tr(W scatter) over patterns, and W scatter W of each of them."""
    spread = np.zeros_like(weight)
    repeated = sample.repeated
    chosen = np.flatnonzero((repeated >= part.start) & (repeated < part.stop))
    if not chosen.size:
        return 0.0, spread
    place = repeated[chosen] - part.start
    left = weight[place] @ sample.scatter[chosen]
    spread[place] = left @ weight[place]
    return float(np.trace(left, axis1=1, axis2=2).sum()), spread


def _information(products: FloatArray, crossed: FloatArray, precision: FloatArray) -> FloatArray:
    """Put the information of the moments together.

    `products` is the sum over patterns of U (x) W over lower triangles, with W the inverse covariance and U =
    W T W - n W / 2 (T the scatter about the mean), or n W / 2; `crossed` that of n W d (x) W.
    """
    p = len(precision)
    size = len(products)
    row, column = np.tril_indices(p)
    half = half_of_diagonal(p)
    flat = (products + products.T).ravel()
    first, second = _crossings(p)
    result = np.empty((p + size, p + size))
    result[:p, :p] = precision
    result[p:, p:] = half * half[:, np.newaxis] * (flat[first] + flat[second])
    place = np.zeros((p, p), dtype=np.int64)
    place[row, column] = place[column, row] = np.arange(size)
    pulled = half * (crossed[column, place[:, row]] + crossed[row, place[:, column]])
    result[:p, p:], result[p:, :p] = pulled, pulled.T
    return result
