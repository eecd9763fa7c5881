"""What predicts a missing answer: the design, and the items that go together with it."""

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, as_codes, as_mask, as_matrix
from inspraak.estimation.correlation import correlate
from inspraak.estimation.design import SurveyDesign, simple_design


def design_covariates(design: SurveyDesign) -> FloatArray:
    """Give an indicator of each stratum but the first, and the log of the weights, (n, strata).

    Raises ValueError for a weight of 0, which has no log: such rows take no part in any estimate.
    """
    if (design.weights == 0).any():
        raise ValueError("weights hold zeros; leave out these rows before imputing")
    stratum = as_codes(design.strata, rows=design.n, name="strata")
    indicators = stratum[:, np.newaxis] == np.arange(1, int(stratum.max(initial=0)) + 1)
    return np.column_stack([indicators.astype(np.float64), np.log(design.weights)])


def choose_predictors(
    values: ArrayLike,
    *,
    unordered: ArrayLike | None = None,
    minimum_correlation: float = 0.1,
    minimum_usable: float = 0.0,
    most: int | None = None,
) -> BoolArray:
    """Choose the items that may predict each item, (p, p): rows are predicted, columns predict.

    An item predicts another where it correlates by `minimum_correlation` or more (absolute, pairwise over
    missing answers) with its answers or with whether it was answered, and where it was answered by
    `minimum_usable` (share) of the rows that did not answer the other. `most` keeps the strongest (equals:
    the first columns). Of an unordered item (`unordered` (p,) booleans) the category counts that correlates
    most. `values` (n, p), NaN = no answer. An item without gaps gets no predictors.

    Source: van Buuren, Boshuizen & Knook (1999), Statistics in Medicine 18, 681-694; R: mice::quickpred
    (mincor, minpuc). Raises ValueError for wrong shapes.
    """
    matrix = as_matrix(values, rows=np.shape(values)[0], name="values")
    n, p = matrix.shape
    names = np.zeros(p, dtype=np.bool_)
    if unordered is not None:
        names = as_mask(unordered, rows=p, name="unordered")[:, 0]
    blocks = [_indicators(matrix[:, item]) if names[item] else matrix[:, [item]] for item in range(p)]
    owner = np.repeat(np.arange(p), [block.shape[1] for block in blocks])
    answered = ~np.isnan(matrix)
    columns = np.hstack([*blocks, answered.astype(np.float64)])
    strength = np.nan_to_num(np.abs(correlate(columns, simple_design(n)).estimate))
    first = np.searchsorted(owner, np.arange(p))
    of_columns = np.maximum.reduceat(strength[:, : owner.size], first, axis=1)
    strongest = np.maximum(
        np.maximum.reduceat(of_columns[: owner.size], first, axis=0), of_columns[owner.size :]
    )
    gaps = (~answered).T.astype(np.float64)
    empty = gaps.sum(axis=1, keepdims=True)
    usable = gaps @ answered / np.maximum(empty, 1)
    chosen = (strongest >= minimum_correlation) & (usable >= minimum_usable)
    chosen &= ~np.eye(p, dtype=np.bool_) & (empty > 0)
    if most is not None:
        rank = np.argsort(np.argsort(np.where(chosen, -strongest, 1.0), axis=1, kind="stable"), axis=1)
        chosen &= rank < most
    return np.asarray(chosen)


def _indicators(answers: FloatArray) -> FloatArray:
    known = ~np.isnan(answers)
    indicators = (answers[:, np.newaxis] == np.unique(answers[known])).astype(np.float64)
    return np.where(known[:, np.newaxis], indicators, np.nan)
