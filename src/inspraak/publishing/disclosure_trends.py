"""Disclosure control of changes between waves: they go with the cells of both waves."""

import numpy as np
import pandas as pd

from inspraak.publishing.disclosure import CELL, Controlled, suppressed_cells


def control_trends(trends: pd.DataFrame, descriptives: pd.DataFrame) -> Controlled:
    """Empty the changes of which one of both waves is not shown in the `descriptives`, which are controlled already.

    A change beside the mean of one wave would tell that of the other. Changes that rest on a small group in one of
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
    table[numbers] = table[numbers].mask(hidden)
    table["plausibility"] = table["plausibility"].mask(hidden, "")
    table["implausible_wave"] = table["implausible_wave"].mask(hidden, "")
    table["flag"] = np.select([hidden, small], ["suppressed", "small"], "")
    named = ["measure", "from_wave", "to_wave", "group_by", "weight", "group"]
    return Controlled(table, suppressed_cells("trends", trends.loc[hidden, named], "secondary"))
