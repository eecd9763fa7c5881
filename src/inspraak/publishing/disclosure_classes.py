"""Disclosure control of latent classes: no size of a small class, and no answer that all or none of few give."""

import pandas as pd

from inspraak.publishing.disclosure import Controlled, suppressed_cells
from inspraak.study.configuration import Disclosure

NOBODY = 0.005
"""A probability this near 0 or 1 says of a class that none or all of it gave an answer."""
SIZE = ("smallest_class", "smallest_n")
MODEL = ["hypothesis", "wave", "part", "classes"]
ANSWER = ["hypothesis", "wave", "part", "class", "measure", "category"]
PROBABILITY = ("probability", "ci_low", "ci_high")


def control_classes(controlled: Controlled, *, limits: Disclosure) -> Controlled:
    """Empty the size of the smallest class of a model where fewer than `minimum_n` employers are in it."""
    small = controlled.table["smallest_n"] < limits.minimum_n
    return _emptied(controlled, "classes", small, SIZE, MODEL)


def control_class_profiles(controlled: Controlled, *, limits: Disclosure) -> Controlled:
    """Empty probabilities of nearly 0 or 1 in classes of fewer than `certain_n` employers."""
    p = controlled.table["probability"].astype(float)
    certain = ((p < NOBODY) | (p > 1 - NOBODY)) & (controlled.table["n"] < limits.certain_n)
    return _emptied(controlled, "class_profiles", certain, PROBABILITY, ANSWER)


def _emptied(
    controlled: Controlled, name: str, gone: "pd.Series[bool]", columns: tuple[str, ...], keys: list[str]
) -> Controlled:
    table = controlled.table.copy()
    for column in columns:
        table[column] = table[column].astype(float).mask(gone)
    cells = suppressed_cells(name, table.loc[gone, keys], "primary", columns[0])
    return Controlled(table, pd.concat([controlled.suppressed, cells], ignore_index=True))
