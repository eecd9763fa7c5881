"""Disclosure control of quantiles: each is some employer's answer, and so are the ends of its interval."""

from collections.abc import Collection

import pandas as pd

from inspraak.publishing.disclosure import (
    NAMED,
    NUMBERS,
    Controlled,
    round_fact,
    suppressed_cells,
    with_interval_shown,
)
from inspraak.study.configuration import Disclosure

INTERVAL = ("ci_low", "ci_high", "std_error")
"""The standard error tells the width of the interval."""


def control_quantiles(descriptives: Controlled, *, facts: Collection[str], limits: Disclosure) -> Controlled:
    """Empty quantiles with fewer than `quantile_n` other employers on a side; round those of facts to two digits.

    `descriptives` have been through `control_descriptives`; `beside` counts the other employers at or beyond the
    quantile, `beside_interval` those at or beyond the ends of its interval. Where these are too few the interval
    goes alone. `facts` are the measures of which an answer can be known outside the survey. No other cell goes with a
    quantile: quantiles of groups do not add up.
    """
    table = descriptives.table
    quantile = (table["statistic"] == "quantile") & (table["flag"] != "suppressed")
    thin = quantile & (table["beside"] < limits.quantile_n)
    open_ended = quantile & ~thin & (table["beside_interval"] < limits.quantile_n)
    open_ended &= table[list(INTERVAL)].notna().any(axis=1)
    fact = quantile & table["measure"].isin(list(facts))
    columns = {name: table[name].mask(fact, round_fact(table[name])) for name in ("estimate", *INTERVAL)}
    columns |= {name: columns[name].mask(open_ended) for name in INTERVAL}
    columns = {name: columns.get(name, table[name]).mask(thin) for name in NUMBERS if name in table}
    suppressed = [
        descriptives.suppressed,
        suppressed_cells("descriptives", table.loc[thin, list(NAMED)], "primary"),
        suppressed_cells("descriptives", table.loc[open_ended, list(NAMED)], "primary", "interval"),
    ]
    shown = table.assign(**columns, flag=table["flag"].mask(thin, "suppressed"))
    return Controlled(with_interval_shown(shown), pd.concat(suppressed, ignore_index=True))
