"""Quantiles with their intervals, for many columns, domains and levels at once.

By default a quantile is the smallest answer at which the weighted distribution function reaches its level, and
nothing is interpolated. Columns are p, domains are g, levels are q, results (p, g, q). Every column is sorted once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray, IntArray, as_mask
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.distributions import t_quantile
from inspraak.estimation.quantile_intervals import DomainSample, Interval
from inspraak.estimation.sorted_answers import Rule, sort_columns

QUARTILES = (0.25, 0.5, 0.75)


@dataclass(frozen=True, eq=False)
class Quantiles:
    """Quantiles of p columns in g domains at q levels, in the unit of the column; arrays are (p, g, q).

    `df` and `n` (rows that answered, unweighted) are (p, g). `estimate` is NaN without an answer, the rest with fewer
    than two. An end of the interval is NaN where the level that it stands for lies below 0 or above 1, and where no
    answer lies above the quantile; without both ends there is no `std_error`. `beside` counts the other rows at or
    beyond the quantile, on the side where they are fewer; `beside_interval` does so for the ends of the interval (0
    where an end is NaN): a quantile is some row's answer, or lies between those of two.
    """

    estimate: FloatArray
    std_error: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    beside: IntArray
    beside_interval: IntArray
    df: IntArray
    n: IntArray


def describe_quantiles(
    values: ArrayLike,
    domains: ArrayLike,
    design: SurveyDesign,
    *,
    levels: Sequence[float] = QUARTILES,
    level: float = 0.95,
    rule: Rule = "math",
    interval: Interval = "mean",
) -> Quantiles:
    """Give design-based quantiles with intervals, for every column in every domain.

    `values` (n, p) numbers on any scale, NaN = no answer; `domains` (n, g) booleans, which may overlap; `levels`
    between 0 and 1. `rule`: `math`, the inverse of the distribution function; `school`, the middle of two answers where
    the function meets the level exactly; `hf7`, a straight line between answers (rows with equal answers count in their
    order). The interval goes `level` wide, with t on the units less strata of the domain, around the distribution
    function at the quantile and back through the rule; `interval` is that of the function: `mean` (Wald), `xlogit`
    (logit scale) or `beta` (Korn & Graubard). `score` runs between the answers at which a test that the function equals
    the level just rejects. The standard error is the interval's width over 2 t. Rows of weight 0 do not count.

    Source: Woodruff (1952), JASA 47, 635-646; Francisco & Fuller (1991), Annals of Statistics 19, 454-469; Hyndman &
    Fan (1996), American Statistician 50, 361-365, types 1, 2 and 7. R: svyquantile(qrule = rule, interval.type =
    interval); its `score` carries the ends through the unweighted share of the rows below them, here they stay what the
    test gives. Raises ValueError for wrong shapes, levels, rules and intervals.
    """
    if not all(0 < one < 1 for one in levels):
        raise ValueError(f"levels are {tuple(levels)}; expected numbers between 0 and 1")
    for name, one, known in (("rule", rule, get_args(Rule)), ("interval", interval, get_args(Interval))):
        if one not in known:
            raise ValueError(f"{name} is {one!r}; expected one of {', '.join(known)}")
    columns = sort_columns(values, design)
    inside = as_mask(domains, rows=design.n, name="domains")
    shape = (columns.row.shape[0], inside.shape[1], len(levels))
    wanted = np.broadcast_to(np.array(levels, dtype=np.float64), (shape[0], shape[2]))
    estimate, error, low, high = (np.full(shape, np.nan) for _ in range(4))
    beside, beside_interval = (np.zeros(shape, dtype=np.int64) for _ in range(2))
    n, df = (np.zeros(shape[:2], dtype=np.int64) for _ in range(2))
    for g in range(shape[1]):
        rows = design.order[inside[design.order, g]]
        if not rows.size:
            continue
        sample = DomainSample(columns.among(inside[:, g]), columns.answers[rows], rows, design)
        n[:, g], df[:, g] = sample.domain.n, sample.df
        found = sample.domain.quantile(wanted, rule)
        if interval == "score":
            ends = sample.test_ends(wanted, level)
        else:
            ends = sample.share_ends(found, rule, interval, level)
        low[:, g], high[:, g], beside_interval[:, g] = ends
        estimate[:, g], beside[:, g] = found.answer, sample.domain.beside_located(found)
        error[:, g] = (high[:, g] - low[:, g]) / (2 * t_quantile((1 + level) / 2, df[:, g])[:, np.newaxis])
    return Quantiles(estimate, error, low, high, beside, beside_interval, df, n)
