"""Where a column is low and high: its weighted percentiles among the rows of a model, or its two values."""

from collections.abc import Sequence

import numpy as np

from inspraak.estimation.quantiles import describe_quantiles
from inspraak.hypotheses.columns import BoolArray, FloatArray, WaveData


def low_and_high(
    data: WaveData, column: FloatArray, used: BoolArray, *, low: float, high: float
) -> FloatArray:
    """Give the low and the high value of a column (m, n) among the rows used, (m, 2).

    Of a column of two values these are the ends, of every other the percentiles `low` and `high` (0 to 100).
    """
    values = two_values(column, used)
    if values is not None:
        return np.broadcast_to(values, (len(used), 2))
    return percentiles(data, column, used, levels=(low, high))


def two_values(column: FloatArray, used: BoolArray) -> FloatArray | None:
    """Give the two values (2,) that a column has among the rows used; None where it has fewer or more."""
    values = np.unique(column[used & ~np.isnan(column)])
    return values if values.size == 2 else None


def percentiles(
    data: WaveData, column: FloatArray, used: BoolArray, *, levels: Sequence[float]
) -> FloatArray:
    """Give weighted percentiles (0 to 100) of a column (m, n) among the rows used, (m, q); NaN without a row."""
    known = np.where(used, column, np.nan)
    everyone = np.ones((data.n, 1), dtype=np.bool_)
    shares = tuple(level / 100 for level in levels)
    found = describe_quantiles(known.T, everyone, data.test_design, levels=shares)
    return np.asarray(found.estimate[:, 0])
