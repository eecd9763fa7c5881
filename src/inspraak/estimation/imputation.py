"""Multiple imputation of answers by chained equations with predictive mean matching.

Source: van Buuren (2018), Flexible Imputation of Missing Data, chapters 3 and 4; R: `mice::mice`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_mask, as_matrix
from inspraak.estimation.chained_equations import Chains
from inspraak.estimation.imputation_work import Work, works
from inspraak.estimation.prediction_columns import PredictionColumns, prediction_columns

BATCH_BYTES = 128_000_000  # of what a batch holds of its own
STEPS = 25  # most points at which the distributions of an item are compared


@dataclass(frozen=True, eq=False)
class Distribution:
    """How one item is distributed: shares of answers at or below each point of `support` (c,).

    `observed` (c,) among the answers given, `imputed` (m, c) among those imputed, per imputation.
    """

    support: FloatArray
    observed: FloatArray
    imputed: FloatArray


@dataclass(frozen=True, eq=False)
class Imputations:
    """Answers of n rows to p items with their gaps filled m times.

    `values` (n, p) as given, NaN = no answer. The t imputed cells stand at `rows` (t,) and `columns` (t,),
    column by column, with `imputed` (m, t): the answer that a donor gave. `chain_mean` and `chain_sd`
    (cycles, m, p) are those of the imputed cells after each cycle, of an unordered item those of the
    indicator of its commonest category; NaN for an item without imputed cells. A structural gap stays NaN.
    """

    values: FloatArray
    rows: IntArray
    columns: IntArray
    imputed: FloatArray
    chain_mean: FloatArray
    chain_sd: FloatArray

    def __post_init__(self) -> None:
        """Make sure that no answer that was given is among the imputed cells."""
        if not np.isnan(self.values[self.rows, self.columns]).all():
            raise AssertionError("a given answer stands among the imputed cells")

    @property
    def m(self) -> int:
        """Number of imputations."""
        return int(self.imputed.shape[0])

    def completed(self, imputation: int) -> FloatArray:
        """Give the answers (n, p) with the gaps filled by one imputation."""
        filled = self.values.copy()
        filled[self.rows, self.columns] = self.imputed[imputation]
        return filled

    def imputed_answers(self, column: int) -> FloatArray:
        """Give the imputed answers of one item, (m, cells)."""
        first, past = np.searchsorted(self.columns, [column, column + 1])
        return self.imputed[:, first:past]

    def distribution(self, column: int) -> Distribution:
        """Compare given and imputed answers of one item at its values, or at quantiles where these are many.

        The shares of an item without imputed cells are NaN in `imputed`.
        """
        given = self.values[:, column]
        given = np.sort(given[~np.isnan(given)])
        support = np.unique(given)
        if support.size > STEPS:
            support = np.unique(np.quantile(given, np.linspace(0, 1, STEPS), method="inverted_cdf"))
        imputed = np.sort(self.imputed_answers(column), axis=1)
        below = [np.searchsorted(one, support, side="right") for one in imputed]
        cells = imputed.shape[1]
        shares = np.array(below) / cells if cells else np.full((self.m, support.size), np.nan)
        return Distribution(support, np.searchsorted(given, support, side="right") / given.size, shares)


def impute(
    values: ArrayLike,
    rng: np.random.Generator,
    *,
    imputations: int = 20,
    cycles: int = 5,
    unordered: ArrayLike | None = None,
    structural: ArrayLike | None = None,
    covariates: ArrayLike | None = None,
    products: Sequence[ArrayLike] = (),
    predictors: ArrayLike | None = None,
    donors: int = 5,
    ridge: float = 1e-5,
    batch: int | None = None,
) -> Imputations:
    """Fill every gap in `values` (n, p) `imputations` times; NaN = no answer, on any scale.

    Each cycle regresses every item with gaps on the others (Bayesian linear regression, residual variance and
    coefficients drawn), and gives each missing row the answer of one of the `donors` rows whose prediction
    (from the estimated coefficients) is nearest to its own (from the drawn ones). So an imputed answer is
    always one that somebody gave, and given answers are never changed. Items come in the order of the columns.

    - `unordered` (p,) booleans: items whose codes are mere names; they predict as indicators, and are matched
      on the vector of their predicted indicators.
    - `structural` (n, p) booleans: gaps that are no missing answer; they stay NaN, and predict as a neutral
      value with an indicator.
    - `covariates` (n, c), known for all rows: predictor_choice.design_covariates.
    - `products`: each an (f, p + c) matrix of the coefficients that make its f factors out of items and
      covariates (a mean of three items: 1/3 at each). Factors are centred, multiplied, and multiplied again
      whenever a part is imputed; they never predict their own parts. To keep the product of a and b in the
      relation with y, give a b, a y, b y, a a and b b: every equation is linear, and misses what bends.
    - `predictors` (p, p) booleans: which items (columns) may predict which item (row), by default all; or
      (p, p + c + f), with the covariates and the f products after the items, which else predict every item. An
      item needs more answers than predictors: predictor_choice.choose_predictors.
    - `ridge` is added to the squared length of the predictors, relative to it.

    Every imputation has its own stream out of `rng`, so that the results do not depend on `batch`, the number
    handled at a time, and the first of them not on how many there are. Raises ValueError for wrong shapes, for
    an item with gaps and fewer answers than 2, and for an answer in a structural gap.
    """
    matrix = as_matrix(values, rows=np.shape(values)[0], name="values")
    layout, names = _layout(matrix, unordered, structural, covariates, products, predictors)
    streams = rng.spawn(imputations)
    work, size = works(layout), batch or _batch(layout)
    parts = [
        _run(matrix, layout, work, names, streams[first : first + size], cycles, donors, ridge)
        for first in range(0, imputations, size)
    ]
    missing = [item.missing for item in layout.items]
    return Imputations(
        values=matrix.copy(),
        rows=np.concatenate(missing),
        columns=np.repeat(np.arange(len(missing)), [rows.size for rows in missing]),
        imputed=np.concatenate([part[0] for part in parts]),
        chain_mean=np.concatenate([part[1] for part in parts], axis=1),
        chain_sd=np.concatenate([part[2] for part in parts], axis=1),
    )


def _layout(
    matrix: FloatArray,
    unordered: ArrayLike | None,
    structural: ArrayLike | None,
    covariates: ArrayLike | None,
    products: Sequence[ArrayLike],
    predictors: ArrayLike | None,
) -> tuple[PredictionColumns, BoolArray]:
    """Check the parts of the imputation model and lay out its columns; gives also which items are unordered."""
    n, p = matrix.shape
    no = np.zeros(matrix.shape, dtype=np.bool_)
    gaps = no if structural is None else as_mask(structural, rows=n, name="structural")
    names = no[0] if unordered is None else as_mask(unordered, rows=p, name="unordered")[:, 0]
    none = np.zeros((n, 0))
    known = none if covariates is None else as_matrix(covariates, rows=n, name="covariates")
    allowed = np.ones((p, p + known.shape[1] + len(products)), dtype=np.bool_)
    if predictors is not None:
        chosen = as_mask(predictors, rows=p, name="predictors")
        if chosen.shape[1] not in (p, allowed.shape[1]):
            raise ValueError(f"predictors have {chosen.shape[1]} columns, not {p} or {allowed.shape[1]}")
        allowed[:, : chosen.shape[1]] = chosen
    if gaps.shape != (n, p):
        raise ValueError(f"structural does not have {p} columns")
    if np.isnan(known).any():
        raise ValueError("covariates hold missing values")
    if (gaps & ~np.isnan(matrix)).any():
        raise ValueError("values hold an answer in a structural gap")
    answers = (~np.isnan(matrix)).sum(axis=0)
    few = np.flatnonzero((answers < 2) & (np.isnan(matrix) & ~gaps).any(axis=0))
    if few.size:
        raise ValueError(f"items with gaps and fewer than two answers: columns {few.tolist()}")
    factors = [as_matrix(product, rows=len(np.asarray(product)), name="products") for product in products]
    if any(one.shape[1] != p + known.shape[1] for one in factors):
        raise ValueError(
            f"a product has another number of columns than {p} items and {known.shape[1]} covariates"
        )
    return prediction_columns(matrix, gaps, known, names, factors, allowed), names


def _batch(layout: PredictionColumns) -> int:
    """Give how many imputations are handled at a time: what each holds of its own, item after item, is bounded."""
    n, q = len(layout.start), len(layout.products)
    most = max((item.missing.size for item in layout.items), default=0)
    # answers, products, a copy of the missing rows and of their predictors, predictions and their order
    numbers = layout.cells[0].size + n * q + 2 * most * layout.width + 5 * n
    return max(1, int(BATCH_BYTES / (8 * numbers + 1)))


def _run(
    matrix: FloatArray,
    layout: PredictionColumns,
    work: Mapping[int, Work],
    unordered: BoolArray,
    streams: list[np.random.Generator],
    cycles: int,
    donors: int,
    ridge: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give imputed cells (b, t), chain means and chain SDs (cycles, b, p) of one batch."""
    chains = Chains(layout, work, streams, donors=donors, ridge=ridge)
    mean, sd = (np.full((cycles, len(streams), len(layout.items)), np.nan) for _ in range(2))
    for cycle in range(cycles):
        chains.cycle()
        for place, donor in chains.donor.items():
            traced = _commonest(matrix[:, place]) if unordered[place] else matrix[:, place]
            mean[cycle, :, place] = traced[donor].mean(axis=1)
            sd[cycle, :, place] = traced[donor].std(axis=1)
    cells: list[Any] = [matrix[donor, place] for place, donor in chains.donor.items()]
    return np.hstack([np.zeros((len(streams), 0)), *cells]), mean, sd


def _commonest(answers: FloatArray) -> FloatArray:
    """Give the indicator of the commonest category (of several, the lowest)."""
    codes, counts = np.unique(answers[~np.isnan(answers)], return_counts=True)
    return np.asarray(answers == codes[counts.argmax()], dtype=np.float64)
