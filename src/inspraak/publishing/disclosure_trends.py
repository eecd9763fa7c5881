"""Disclosure control of changes between waves: they go with the cells of both waves."""

import numpy as np
import pandas as pd

from inspraak.publishing.disclosure import CELL, Controlled, suppressed_cells
from inspraak.study.configuration import Disclosure

DIVISION = ["measure", "from_wave", "to_wave"]


def control_trends(trends: pd.DataFrame, descriptives: pd.DataFrame, *, limits: Disclosure) -> Controlled:
    """Empty the changes of which one of both waves is not shown in the `descriptives`, which are controlled already.

    `n_overlap` is empty too where fewer than `minimum_n` employers returned, and then in the whole division. A change
    beside the mean of one wave would tell that of the other. Changes that rest on a small group in one of
    both waves are flagged; of a suppressed change it is not told either whether it is plausible.
    """
    means = descriptives[descriptives["statistic"] == "mean"]
    flags = means.set_index([*CELL, "weight"])["flag"]
    found = [
        flags.reindex(pd.MultiIndex.from_frame(trends[[wave, *CELL[1:], "weight"]])).to_numpy()
        for wave in ("from_wave", "to_wave")
    ]
    hidden, small = (
        pd.Series(np.logical_or(*(np.isin(flag, word) for flag in found)), index=trends.index, dtype=bool)
        for word in ("suppressed", "small")
    )
    numbers = trends.select_dtypes("number").columns
    table = trends.astype(dict.fromkeys(numbers, float))
    few = _few_returned(table, limits) & ~hidden & table["n_overlap"].notna()
    table[numbers] = table[numbers].mask(hidden)
    table["n_overlap"] = table["n_overlap"].mask(few)
    table["plausibility"] = table["plausibility"].mask(hidden, "")
    table["implausible_wave"] = table["implausible_wave"].mask(hidden, "")
    table["flag"] = np.select([hidden, small], ["suppressed", "small"], "")
    named = ["measure", "from_wave", "to_wave", "group_by", "weight", "group"]
    suppressed = [
        suppressed_cells("trends", trends.loc[hidden, named], "secondary"),
        suppressed_cells("trends", trends.loc[few, named], "primary", "n_overlap"),
    ]
    return Controlled(table, pd.concat(suppressed, ignore_index=True))


def _few_returned(trends: pd.DataFrame, limits: Disclosure) -> "pd.Series[bool]":
    """Mark the divisions of which one group, or what is left of everyone, is of 1 to `minimum_n` - 1 returning ones.

    Those who changed group between the waves are in none.
    """
    overlap = trends["n_overlap"]
    small = (overlap > 0) & (overlap < limits.minimum_n)
    division = [*DIVISION, "group_by"]
    whole = trends[trends["group_by"] == ""].set_index(DIVISION)["n_overlap"]
    everyone = whole.reindex(pd.MultiIndex.from_frame(trends[DIVISION])).to_numpy()
    left = everyone - overlap.groupby([trends[name] for name in division]).transform("sum")
    small |= (left > 0) & (left < limits.minimum_n)
    marked: pd.Series[bool] = small.groupby([trends[name] for name in division]).transform("any")
    return marked
