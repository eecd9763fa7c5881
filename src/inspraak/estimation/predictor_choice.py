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

    An item predicts another where its `predictor_strength` is `minimum_correlation` or more, and where it was
    answered by `minimum_usable` (share) of the rows that did not answer the other. `most` keeps the strongest
    (equals: the first columns). `values` (n, p), NaN = no answer. An item without gaps gets no predictors.

    Source: van Buuren, Boshuizen & Knook (1999), Statistics in Medicine 18, 681-694; R: mice::quickpred
    (mincor, minpuc). Raises ValueError for wrong shapes.
    """
    matrix = as_matrix(values, rows=np.shape(values)[0], name="values")
    strongest = predictor_strength(matrix, unordered=unordered)
    answered = ~np.isnan(matrix)
    gaps = (~answered).T.astype(np.float64)
    empty = gaps.sum(axis=1, keepdims=True)
    usable = gaps @ answered / np.maximum(empty, 1)
    chosen = (strongest >= minimum_correlation) & (usable >= minimum_usable)
    chosen &= ~np.eye(matrix.shape[1], dtype=np.bool_) & (empty > 0)
    if most is not None:
        rank = np.argsort(np.argsort(np.where(chosen, -strongest, 1.0), axis=1, kind="stable"), axis=1)
        chosen &= rank < most
    return np.asarray(chosen)


def predictor_strength(
    values: ArrayLike, *, unordered: ArrayLike | None = None, others: ArrayLike | None = None
) -> FloatArray:
    """Give how strongly each column goes with each item, (p, p + q): 0 to 1, the items first, then the others.

    The larger of its absolute correlations (pairwise over missing answers) with the answers of the item and
    with whether the item was answered; 0 where neither is defined. `values` (n, p), `others` (n, q), NaN = no
    answer. Of an unordered item (`unordered` (p,) booleans) the category counts that correlates most. Raises
    ValueError for wrong shapes.
    """
    matrix = as_matrix(values, rows=np.shape(values)[0], name="values")
    n, p = matrix.shape
    names = np.zeros(p, dtype=np.bool_)
    if unordered is not None:
        names = as_mask(unordered, rows=p, name="unordered")[:, 0]
    more = np.zeros((n, 0)) if others is None else as_matrix(others, rows=n, name="others")
    blocks = [_indicators(matrix[:, item]) if names[item] else matrix[:, [item]] for item in range(p)]
    widths = [*(block.shape[1] for block in blocks), *([1] * more.shape[1])]
    first = np.cumsum([0, *widths[:-1]])
    columns = np.hstack([*blocks, more, (~np.isnan(matrix)).astype(np.float64)])
    strength = np.nan_to_num(np.abs(correlate(columns, simple_design(n)).estimate))
    predicting = np.maximum.reduceat(strength[:, : sum(widths)], first, axis=1)
    of_answers = np.maximum.reduceat(predicting[: sum(widths)], first, axis=0)[:p]
    return np.asarray(np.maximum(of_answers, predicting[sum(widths) :]))


def choose_in_order(
    strength: ArrayLike, turn: ArrayLike, budget: ArrayLike, *, widths: ArrayLike | None = None
) -> BoolArray:
    """Choose predictors for every item by turns, until its budget is spent, (p, q).

    `turn` (p, q) integers: 0 comes first, then 1 and so on, negative never; within a turn the strongest comes
    first (`strength` (p, q); equals: the first columns). `budget` (p,) is the number of columns that an item may
    be predicted by, `widths` (q,) what each predictor takes of it (default 1). One that no longer fits is passed
    over for the next. Raises ValueError for shapes that differ.
    """
    turns, strong = np.asarray(turn, dtype=np.int64), np.asarray(strength, dtype=np.float64)
    limit = np.asarray(budget, dtype=np.int64)
    cost = np.ones(turns.shape[-1], np.int64) if widths is None else np.asarray(widths, dtype=np.int64)
    if strong.shape != turns.shape or limit.shape != turns.shape[:1] or cost.shape != turns.shape[1:]:
        raise ValueError(
            f"strength {strong.shape}, turn {turns.shape}, budget {limit.shape} and widths {cost.shape} do not fit"
        )
    chosen = np.zeros(turns.shape, dtype=np.bool_)
    for item in range(len(turns)):
        left = int(limit[item])
        for place in np.lexsort((-strong[item], turns[item])):
            if turns[item, place] >= 0 and cost[place] <= left:
                chosen[item, place] = True
                left -= int(cost[place])
    return chosen


def _indicators(answers: FloatArray) -> FloatArray:
    known = ~np.isnan(answers)
    indicators = (answers[:, np.newaxis] == np.unique(answers[known])).astype(np.float64)
    return np.where(known[:, np.newaxis], indicators, np.nan)
