"""Totals and ratios of totals, for many columns and domains at once.

Domains keep the whole design, as in `description`. Columns are p, domains are g, results (p, g).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_mask, as_matrix
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.distributions import t_quantile


@dataclass(frozen=True, eq=False)
class Totals:
    """Totals or ratios of p columns in g domains; every array is (p, g).

    `n` counts the rows that answered (unweighted, with a positive weight). `estimate` is NaN without an answer,
    `std_error` with fewer than two; the interval is NaN where there are no degrees of freedom.
    """

    estimate: FloatArray
    std_error: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    df: IntArray
    n: IntArray


def describe_totals(
    values: ArrayLike, domains: ArrayLike, design: SurveyDesign, *, level: float = 0.95
) -> Totals:
    """Give weighted totals with t intervals, for every column in every domain.

    `values` (n, p) numbers on any scale, NaN = no answer, which adds nothing: the total is that of those who would have
    answered. `domains` (n, g) booleans, which may overlap. A column of ones gives the size of each domain.

    Source: Binder (1983), section 2. R: svytotal(na.rm = TRUE), svyby, confint(df = degf(subset(...))). Raises
    ValueError for wrong shapes.
    """
    matrix = as_matrix(values, rows=design.n, name="values")
    answered = _answered(matrix, design)
    scores = design.weights[:, np.newaxis] * np.where(answered, matrix, 0.0)
    inside = as_mask(domains, rows=design.n, name="domains")
    totals = np.column_stack([scores[member].sum(axis=0) for member in inside.T])
    return _described(totals, [scores] * inside.shape[1], answered, inside, design, level)


def describe_ratios(
    numerators: ArrayLike,
    denominators: ArrayLike,
    domains: ArrayLike,
    design: SurveyDesign,
    *,
    level: float = 0.95,
) -> Totals:
    """Give ratios of two weighted totals with t intervals, for every pair of columns in every domain.

    `numerators` and `denominators` (n, p), NaN = no answer; only rows that answered both count. `domains` (n, g)
    booleans, which may overlap. NaN where the total of the denominator is 0.

    Source: Särndal, Swensson & Wretman (1992), Model Assisted Survey Sampling, 5.6. R: svyratio(na.rm = TRUE), svyby.
    Raises ValueError for wrong shapes.
    """
    upper = as_matrix(numerators, rows=design.n, name="numerators")
    lower = as_matrix(denominators, rows=design.n, name="denominators")
    if upper.shape != lower.shape:
        raise ValueError(
            f"numerators have shape {upper.shape}, denominators {lower.shape}; expected the same"
        )
    answered = _answered(upper + lower, design)
    upper, lower = np.where(answered, upper, 0.0), np.where(answered, lower, 0.0)
    inside = as_mask(domains, rows=design.n, name="domains")
    weights = design.weights[:, np.newaxis]
    ratios, scores = [], []
    for member in inside.T:
        parts, whole = ((weights * part)[member].sum(axis=0) for part in (upper, lower))
        ratio = np.divide(parts, whole, out=np.full(parts.shape, np.nan), where=whole != 0)
        ratios.append(ratio)
        scores.append(weights * (upper - ratio * lower) / np.where(whole != 0, whole, np.nan))
    return _described(np.column_stack(ratios), scores, answered, inside, design, level)


def _answered(matrix: FloatArray, design: SurveyDesign) -> BoolArray:
    return np.asarray(~np.isnan(matrix) & (design.weights > 0)[:, np.newaxis])


def _described(
    estimate: FloatArray,
    scores: list[FloatArray],
    answered: BoolArray,
    inside: BoolArray,
    design: SurveyDesign,
    level: float,
) -> Totals:
    """Add standard errors and intervals, from the scores (n, p) of each domain."""
    n, df = (np.zeros(estimate.shape, dtype=np.int64) for _ in range(2))
    variance = np.full(estimate.shape, np.nan)
    for g, (member, score) in enumerate(zip(inside.T, scores)):
        rows = design.order[member[design.order]]
        present = answered[rows]
        n[:, g], df[:, g] = present.sum(axis=0), design.degrees_of_freedom(present, rows=rows)
        variance[:, g] = design.variance_of_totals(score[rows], rows=rows, present=present)
    error = np.where(n > 1, np.sqrt(variance), np.nan)
    half = t_quantile((1 + level) / 2, df) * error
    estimate = np.where(n > 0, estimate, np.nan)
    return Totals(estimate, error, estimate - half, estimate + half, df, n)
