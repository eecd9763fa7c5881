"""Disclosure control of comparisons over groups: none of few employers, and no verdict that rests on one."""

import pandas as pd

from inspraak.publishing.disclosure import Controlled, suppressed_cells
from inspraak.study.configuration import Disclosure

KEYS = ["model", "index", "grouping", "level"]
WORDS = {"holds": "", "released": "", "comparable": "not testable", "status": "", "reason": "too few rows"}
"""What is left of a comparison that is not shown."""


def control_invariance(invariance: pd.DataFrame, *, limits: Disclosure) -> Controlled:
    """Empty the comparisons of which a group has fewer than `minimum_n` employers: numbers, and what they decide."""
    small = invariance[["n", "smallest_n"]].min(axis=1) < limits.minimum_n
    numbers = invariance.select_dtypes("number").columns
    table = invariance.astype(dict.fromkeys(numbers, float))
    table[numbers] = table[numbers].mask(small)
    table = table.assign(**{name: table[name].mask(small, word) for name, word in WORDS.items()})
    return Controlled(table, suppressed_cells("invariance", invariance.loc[small, KEYS], "primary"))
