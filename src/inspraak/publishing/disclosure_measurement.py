"""Disclosure control of how indices are measured: models of enough employers, items as the descriptives show them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from inspraak.publishing.disclosure import Controlled, control_rows, suppressed_cells
from inspraak.study.configuration import Disclosure

KEYS: Mapping[str, tuple[str, ...]] = {
    "fit": ("wave", "model", "structure"),
    "loadings": ("wave", "model", "structure", "factor", "item"),
    "modification": ("wave", "model", "kind", "first", "second"),
    "discriminant": ("wave", "model", "x", "y"),
    "scorings": ("wave", "index", "scoring"),
    "method": ("wave", "model", "step"),
}
"""What names a row of the tables that rest on a model."""
ANSWERS = ("mean", "sd", "floor", "ceiling")
"""What the statistics of an item tell of its answers by themselves."""


def control_models(tables: Mapping[str, pd.DataFrame], *, limits: Disclosure) -> dict[str, Controlled]:
    """Leave out what rests on a model of fewer than `minimum_n` employers, from each of the tables that there are."""
    return {
        name: control_rows(name, tables[name], keys=keys, limits=limits)
        for name, keys in KEYS.items()
        if name in tables
    }


def control_item_statistics(
    statistics: pd.DataFrame, descriptives: pd.DataFrame, *, limits: Disclosure
) -> Controlled:
    """Leave out items of fewer than `minimum_n` employers, and what others tell of answers that are hidden elsewhere.

    The unweighted mean and shares of an item are equations on its answers: they are shown only where the
    `descriptives`, which are controlled already, show the unweighted mean of all employers. A floor or ceiling of 0 or
    100 %, and answers that do not vary, need `certain_n` employers.
    """
    keys = ["wave", "index", "item"]
    controlled = control_rows("item_statistics", statistics, keys=keys, limits=limits)
    table = controlled.table.copy()
    primary = tells_of_all(table) & (table["n"] < limits.certain_n)
    shown = shown_to_all(descriptives)
    gone = primary | ~pd.MultiIndex.from_frame(table[["wave", "item"]]).isin(shown)
    table[list(ANSWERS)] = table[list(ANSWERS)].mask(gone)
    rules = np.where(primary, "primary", "secondary")[gone.to_numpy()]
    told = suppressed_cells("item_statistics", table.loc[gone, keys], rules, "answers")
    return Controlled(table, pd.concat([controlled.suppressed, told], ignore_index=True))


def tells_of_all(statistics: pd.DataFrame) -> "pd.Series[bool]":
    """Mark the items to which all or none gave the lowest or highest answer, or all the same."""
    return statistics[["floor", "ceiling"]].isin([0.0, 1.0]).any(axis=1) | (statistics["sd"] == 0)


def shown_to_all(descriptives: pd.DataFrame) -> pd.MultiIndex:
    """Give wave and measure of the unweighted means of all employers that the descriptives show."""
    unweighted = (descriptives["weight"] == "none") & (descriptives["group_by"] == "")
    means = descriptives[unweighted & (descriptives["statistic"] == "mean")]
    return pd.MultiIndex.from_frame(means.loc[means["flag"] != "suppressed", ["wave", "measure"]])
