"""Disclosure control of slopes along a moderator: percentiles, and shares of employers inside a region."""

from collections.abc import Collection

import pandas as pd

from inspraak.publishing.disclosure import Controlled, control_rows, round_fact, suppressed_cells
from inspraak.study.configuration import Disclosure

KEYS = ("hypothesis", "wave", "part", "outcome")


def control_simple_slopes(slopes: pd.DataFrame, *, facts: Collection[str], limits: Disclosure) -> Controlled:
    """Leave out percentiles with fewer than `quantile_n` employers beyond them, and tables of few employers.

    The value of a percentile is some employer's answer; of facts it is rounded to two significant digits.
    """
    keys = (*KEYS, "level")
    controlled = control_rows("simple_slopes", slopes, keys=keys, limits=limits)
    table = controlled.table
    level = table["level"].astype(float)
    beyond = table["n"] * level.where(level <= 50, 100 - level) / 100
    few = beyond < limits.quantile_n
    gone = suppressed_cells("simple_slopes", table.loc[few, list(keys)], "primary")
    fact = table["moderator"].isin(list(facts))
    value = table["value"].astype(float)
    shown = table.assign(value=value.mask(fact, round_fact(value)))[~few].reset_index(drop=True)
    return Controlled(shown, pd.concat([controlled.suppressed, gone], ignore_index=True))


def control_regions(regions: pd.DataFrame, *, limits: Disclosure) -> Controlled:
    """Empty the share of a region with fewer than `minimum_n` employers inside or outside, unless there are none."""
    keys = (*KEYS, "from", "to")
    controlled = control_rows("regions", regions, keys=keys, limits=limits)
    table = controlled.table
    inside, outside = table["n_inside"], table["n"] - table["n_inside"]
    few = inside.between(1, limits.minimum_n - 1) | outside.between(1, limits.minimum_n - 1)
    gone = suppressed_cells("regions", table.loc[few, list(keys)], "primary", "share")
    shown = table.assign(share=table["share"].astype(float).mask(few))
    return Controlled(shown, pd.concat([controlled.suppressed, gone], ignore_index=True))
