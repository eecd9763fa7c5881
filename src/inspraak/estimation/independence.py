"""Whether two categorical answers are related, under the design: Pearson's chi-square corrected, and Wald's test."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray, IntArray, as_matrix
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.distributions import f_p_value

Correction = Literal["second_order", "first_order", "wald", "adjusted_wald"]
Tested = tuple[float, float, float, float]


@dataclass(frozen=True)
class Independence:
    """A test of independence: F with `df1` and `df2`; Pearson's chi-square with `df1` where `df2` is infinite.

    `n` counts the rows that answered both. Everything else is NaN where an answer does not vary, or where the
    variance leaves nothing to test.
    """

    null_hypothesis: ClassVar[str] = "the two answers are independent in the population"

    statistic: float
    df1: float
    df2: float
    p_value: float
    n: int


@dataclass(frozen=True, eq=False)
class _Crossed:
    """The m rows that answered both, one indicator per category of each answer."""

    rows: IntArray  # (m,)
    first: FloatArray  # (m, r)
    second: FloatArray  # (m, c)
    weights: FloatArray  # (m,) weights over their sum

    @property
    def freedom(self) -> int:
        """Number of cells that can differ from independence, (r - 1) (c - 1)."""
        return int(self.first.shape[1] - 1) * int(self.second.shape[1] - 1)

    def products(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Multiply every column of one with every column of the other, (m, columns)."""
        return np.asarray((first[:, :, np.newaxis] * second[:, np.newaxis]).reshape(self.rows.size, -1))


def rao_scott(
    first: ArrayLike, second: ArrayLike, design: SurveyDesign, *, correction: Correction = "second_order"
) -> Independence:
    """Test whether two categorical answers are independent.

    `first` and `second` (n,) codes as numbers, NaN = no answer; rows without both stay in the design. `second_order`
    divides Pearson's statistic by the trace of the design effects and takes F with Satterthwaite's degrees of
    freedom. `first_order` gives Pearson's statistic itself (n times that of the weighted shares; R multiplies by all
    rows of the design), and its p after division by the mean design effect. `wald` weighs observed less expected
    totals by their covariance, over their number; `adjusted_wald` takes off the degrees of freedom that they cost.

    Source: Rao & Scott (1984), Annals of Statistics 12, 46-60; Thomas & Rao (1987), JASA 82, 630-636; Koch, Freeman
    & Freeman (1975), International Statistical Review 43, 59-78. R: svychisq(statistic = "F", "Chisq", "Wald",
    "adjWald"). Raises ValueError for wrong shapes.
    """
    answers = np.hstack([as_matrix(part, rows=design.n, name="answers") for part in (first, second)])
    if answers.shape[1] != 2:
        raise ValueError(f"answers have {answers.shape[1]} columns; expected one of each")
    rows = np.flatnonzero(~np.isnan(answers).any(axis=1) & (design.weights > 0))
    one, other = ((answers[rows, side, np.newaxis] == np.unique(answers[rows, side])) for side in (0, 1))
    if min(one.shape[1], other.shape[1]) < 2:
        return Independence(np.nan, np.nan, np.nan, np.nan, rows.size)
    weights = design.weights[rows] / design.weights[rows].sum()
    table = _Crossed(rows, one.astype(np.float64), other.astype(np.float64), weights)
    try:
        tested = (_pearson if correction.endswith("order") else _wald)(table, design, correction)
    except np.linalg.LinAlgError:
        tested = (np.nan,) * 4
    return Independence(*tested, n=rows.size)


def _covariance(scores: FloatArray, table: _Crossed, design: SurveyDesign) -> tuple[FloatArray, int]:
    """Give the covariance of totals of scores (m, k), and the units less strata of the whole design."""
    whole = np.zeros((design.n, scores.shape[1]))
    whole[table.rows] = scores * table.weights[:, np.newaxis]
    df = design.degrees_of_freedom(np.ones((design.n, 1), dtype=np.bool_))
    return design.covariance_of_totals(whole), int(df[0])


def _pearson(table: _Crossed, design: SurveyDesign, correction: Correction) -> Tested:
    """Correct Pearson's statistic by the eigenvalues of the design effects matrix, through its traces."""
    cells = table.products(table.first, table.second)
    shares = table.weights @ cells
    expected = np.outer(table.weights @ table.first, table.weights @ table.second).ravel()
    statistic = table.rows.size * float((np.square(shares - expected) / expected).sum())
    covariance, df = _covariance(cells - shares, table, design)
    r, c = table.first.shape[1], table.second.shape[1]
    contrasts = np.kron(np.eye(r)[:, 1:] - 1 / r, np.eye(c)[:, 1:] - 1 / c)
    scaled = contrasts * np.divide(1.0, shares, out=np.zeros_like(shares), where=shares > 0)[:, np.newaxis]
    random = contrasts.T @ scaled / table.rows.size
    effects = np.linalg.solve(random, scaled.T @ covariance @ scaled)
    trace, squares = float(np.trace(effects)), float(np.trace(effects @ effects))
    if not trace > 0:
        return (np.nan,) * 4
    if correction == "first_order":
        k = table.freedom
        return statistic, k, np.inf, f_p_value(statistic / trace, k, np.inf)
    freedom = trace**2 / squares
    return statistic / trace, freedom, freedom * df, f_p_value(statistic / trace, freedom, freedom * df)


def _wald(table: _Crossed, design: SurveyDesign, correction: Correction) -> Tested:
    """Weigh the totals of the products of both answers' distances to their shares, observed less expected."""
    distances = (part[:, 1:] - table.weights @ part[:, 1:] for part in (table.first, table.second))
    products = table.products(*distances)
    apart = table.weights @ products
    covariance, df = _covariance(products, table, design)
    k = table.freedom
    statistic = float(apart @ np.linalg.solve(covariance, apart)) / k
    if correction == "adjusted_wald":
        statistic, df = statistic * (df - k + 1) / df, df - k + 1
    return statistic, k, df, f_p_value(statistic, k, df)
