"""Pearson and partial correlations of many columns at once, pairwise over missing answers.

Without weights (all weights equal) the tests are the classical ones: t with n - 2 - k degrees of freedom,
k the number of controls. With weights the coefficient is the weighted one and its uncertainty comes from
Fisher's z with variance 1 / (m - 3 - k), where m = (sum w)^2 / sum w^2 is Kish's effective number of the rows
that both columns share. Intervals are Fisher's z in both cases, with m = n where weights are equal.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_matrix
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.distributions import normal_p_value, normal_quantile, t_p_value

CHUNK = 256  # pairs handled at a time: bounds the memory of pair masks
SMALLEST_SHARE = 1e-10  # of a column's sum of squares: what controls leave over below this is rounding


@dataclass(frozen=True, eq=False)
class Correlations:
    """Correlations of p columns; every array is (p, p), symmetric.

    `n` counts the rows that answered both (and all controls), `effective_n` is Kish's number for them.
    `estimate` is NaN where a column does not vary or fewer than three rows are shared. p-values and
    intervals are NaN on the diagonal and where their degrees of freedom are zero or less.
    """

    null_hypothesis: ClassVar[str] = "the correlation is zero"

    estimate: FloatArray
    n: IntArray
    effective_n: FloatArray
    p_value: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    controls: int

    def row(self, first: int, second: int) -> dict[str, float]:
        """Give one pair as a tidy row."""
        names = ("n", "effective_n", "estimate", "ci_low", "ci_high", "p_value")
        return {name: getattr(self, name)[first, second].item() for name in names}


def correlate(values: ArrayLike, design: SurveyDesign, *, level: float = 0.95) -> Correlations:
    """Give weighted Pearson correlations of every pair of columns.

    `values` (n, p), NaN = no answer; a pair uses the rows that answered both. Strata and clusters play no
    part. Source: Fisher (1921), Metron 1, 3-32; R: cor(use = "pairwise"), cor.test, and
    wCorr::weightedCorr(method = "Pearson") with weights. Raises ValueError for wrong shapes.
    """
    matrix = as_matrix(values, rows=design.n, name="values")
    answered = ~np.isnan(matrix) & (design.weights > 0)[:, np.newaxis]
    mask = answered.astype(np.float64)
    weights = design.weights[:, np.newaxis]
    filled = _centred(matrix, answered, design.weights)
    weighted = weights * mask
    with np.errstate(divide="ignore", invalid="ignore"):
        total = mask.T @ weighted
        means = (weighted * filled).T @ mask / total  # [a, b]: mean of a over the rows that answered a and b
        products = (weights * filled).T @ filled / total
        squares = (weighted * filled**2).T @ mask / total
        variance = squares - means**2
        varies = variance > SMALLEST_SHARE * squares
        estimate = (products - means * means.T) / np.sqrt(variance * variance.T)
        effective = total**2 / (weighted**2).T.dot(mask)
    estimate = np.where(varies & varies.T, estimate, np.nan)
    n = np.rint(mask.T @ mask).astype(np.int64)
    return _tested(estimate, n, effective, 0, design.is_weighted, level)


def correlate_partially(
    values: ArrayLike, controls: ArrayLike, design: SurveyDesign, *, level: float = 0.95
) -> Correlations:
    """Give weighted correlations of every pair of columns with `controls` held constant.

    `values` (n, p) and `controls` (n, k), NaN = no answer; a pair uses the rows that answered both and all
    controls. An intercept is added. Controls that others determine are counted once (`controls` in the
    result is the number of independent ones among all rows). NaN where the controls determine a column.

    Source: correlation of residuals of weighted least squares; R: ppcor::pcor.test, whose p-value is taken
    from the normal, here from t with n - 2 - k. Raises ValueError for wrong shapes.
    """
    matrix = as_matrix(values, rows=design.n, name="values")
    held = as_matrix(controls, rows=design.n, name="controls")
    rows = ~np.isnan(held).any(axis=1) & (design.weights > 0)
    matrix, held, weights = matrix[rows], held[rows], design.weights[rows]
    answered = ~np.isnan(matrix)
    basis, rank = _orthonormal(held, weights)
    filled = _centred(matrix, answered, weights)
    estimate = np.full((matrix.shape[1],) * 2, np.nan)
    n, effective = np.zeros(estimate.shape, dtype=np.int64), np.zeros(estimate.shape)
    first, second = np.triu_indices(matrix.shape[1])
    for start in range(0, first.size, CHUNK):
        a, b = first[start : start + CHUNK], second[start : start + CHUNK]
        shared = (answered[:, a] & answered[:, b]).astype(np.float64)
        pairs = _residual_correlations(filled[:, a], filled[:, b], weights[:, np.newaxis] * shared, basis)
        estimate[a, b] = estimate[b, a] = pairs
        n[a, b] = n[b, a] = np.rint(shared.sum(axis=0)).astype(np.int64)
        with np.errstate(divide="ignore", invalid="ignore"):
            effective[a, b] = effective[b, a] = (weights @ shared) ** 2 / (weights**2 @ shared)
    return _tested(estimate, n, effective, rank - 1, design.is_weighted, level)


def _centred(matrix: FloatArray, answered: BoolArray, weights: FloatArray) -> FloatArray:
    """Centre columns at their own weighted mean, gaps at 0: large means would cost digits."""
    filled = np.where(answered, matrix, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = weights @ filled / (weights @ answered)
    return np.where(answered, filled - means, 0.0)


def _orthonormal(controls: FloatArray, weights: FloatArray) -> tuple[FloatArray, int]:
    """Give a weighted orthonormal basis of intercept and controls (rows, rank), and its rank."""
    root = np.sqrt(weights)[:, np.newaxis]
    matrix = root * np.column_stack([np.ones(weights.size), controls])
    length = np.sqrt(np.einsum("ij,ij->j", matrix, matrix))
    left, singular, _ = np.linalg.svd(matrix / np.where(length > 0, length, 1.0), full_matrices=False)
    rank = int((singular > 1e-7 * singular.max(initial=0.0)).sum())
    return np.asarray(left[:, :rank] / root), rank


def _residual_correlations(
    first: FloatArray, second: FloatArray, weights: FloatArray, basis: FloatArray
) -> FloatArray:
    """Correlate what the basis leaves over of each pair of columns (rows, pairs), under pair weights."""
    rows, rank = basis.shape
    outer = (basis[:, :, np.newaxis] * basis[:, np.newaxis, :]).reshape(rows, rank * rank)
    inverse = np.linalg.pinv((weights.T @ outer).reshape(-1, rank, rank), rcond=1e-10, hermitian=True)
    on_first, on_second = (weights * first).T @ basis, (weights * second).T @ basis
    projected = np.einsum("pij,pj->pi", inverse, on_second)
    second_squares = np.einsum("ij,ij,ij->j", weights, second, second)
    first_squares = np.einsum("ij,ij,ij->j", weights, first, first)
    cross = np.einsum("ij,ij,ij->j", weights, first, second) - np.einsum("pi,pi->p", on_first, projected)
    left_second = second_squares - np.einsum("pi,pi->p", on_second, projected)
    left_first = first_squares - np.einsum("pi,pij,pj->p", on_first, inverse, on_first)
    varies = (left_first > SMALLEST_SHARE * first_squares) & (left_second > SMALLEST_SHARE * second_squares)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(varies, cross / np.sqrt(left_first * left_second), np.nan)


def _tested(
    estimate: FloatArray, n: IntArray, effective: FloatArray, controls: int, weighted: bool, level: float
) -> Correlations:
    """Add p-values and intervals; see the head of this module."""
    estimate = np.where(n > 2 + controls, np.clip(estimate, -1.0, 1.0), np.nan)
    tested = np.where(np.eye(len(estimate), dtype=np.bool_), np.nan, estimate)
    freedom = (effective if weighted else n) - 3.0 - controls
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(np.where(freedom > 0, freedom, np.nan))
        z = np.arctanh(tested)
        if weighted:
            p_value = normal_p_value(z * root)
        else:
            df = n - 2.0 - controls
            p_value = t_p_value(tested * np.sqrt(df / (1 - tested**2)), df)
    half = normal_quantile((1 + level) / 2) / root
    low, high = np.tanh(z - half), np.tanh(z + half)
    return Correlations(estimate, n, effective, p_value, low, high, controls)
