"""How often a high outcome occurs where a condition is low: what a claim of "only together" can be asked first."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.pooling import PooledEstimates, combine
from inspraak.estimation.quantiles import describe_quantiles
from inspraak.estimation.shares import describe_shares
from inspraak.estimation.terms import imputed, imputed_block, imputed_terms


@dataclass(frozen=True, eq=False)
class Lacking:
    """Shares (0 to 1) of the rows with a high outcome that lack each of k conditions and, last, any of them, (k + 1,).

    `if_unrelated` (k + 1,) are the shares of all rows that lack them: what would be if the outcome had nothing to do
    with the conditions. `n` rows have a high outcome in the imputation with fewest; `fewest` (k + 1,) counts, without
    weights, those among them that lack a condition, or that do not, whichever are fewer. NaN without such a row.
    """

    share: PooledEstimates
    if_unrelated: FloatArray
    n: int
    fewest: IntArray


def lacking_where_high(
    conditions: ArrayLike,
    outcome: ArrayLike,
    design: SurveyDesign,
    *,
    included: ArrayLike | None = None,
    low: float = 0.25,
    high: float = 0.5,
) -> Lacking:
    """Give which share of the rows with a high outcome has a low condition.

    `conditions` (m, k, n) or (k, n), `outcome` (m, n) or (n,), NaN = missing; the rows that have all of them and are
    `included` ((n,) or (m, n) booleans). A condition is low below its weighted quantile `low`, the outcome high above
    its weighted quantile `high`; the quantiles are taken as known. The shares are design-based in the domain of high
    outcomes, and pooled by Rubin's rules. Raises ValueError for wrong shapes.
    """
    block = imputed_block(conditions, design, name="conditions")
    y = imputed(outcome, design, name="outcome")[:, np.newaxis]
    terms = imputed_terms(block, y, design=design, included=included)
    points, variances, overall, fewest = [], [], [], []
    df: list[float] = []
    n: IntArray = np.zeros(len(terms.complete), dtype=np.int64)
    for place, complete in enumerate(terms.complete):
        x, one = terms.blocks[0][place].T, terms.blocks[1][place].T
        limits = describe_quantiles(np.hstack([x, one]), complete, design, levels=(low, high)).estimate[:, 0]
        lacks = x < limits[:-1, 0]
        lacks = np.column_stack([lacks, lacks.any(axis=1)]).astype(np.float64)
        above = complete & (one[:, 0] > limits[-1, 1])
        found = describe_shares(lacks, np.column_stack([above, complete]), design)
        points.append(found.estimate[:, 0])
        variances.append(np.square(found.std_error[:, 0]))
        overall.append(found.estimate[:, 1])
        df.append(float(found.df[:, 0].min()))
        n[place] = int(above.sum())
        counts = lacks[above].sum(axis=0).astype(np.int64)
        fewest.append(np.minimum(counts, n[place] - counts))
    return Lacking(
        combine(np.array(points), np.array(variances), df=min(df)),
        np.mean(overall, axis=0),
        int(n.min()),
        np.min(fewest, axis=0),
    )
