"""The answers of a wave with their gaps filled, every imputation below the one before."""

import numpy as np
import pandas as pd

from inspraak.study.study import Study
from inspraak.survey.deriving import derive_variables

CELL = ("row", "employer", "item")
"""What names an imputed cell, beside one column per imputation."""


def imputations_in(cells: pd.DataFrame) -> list[str]:
    """Give the columns of the imputed cells that hold an answer each: one per imputation."""
    return [name for name in cells.columns if name not in CELL]


def complete_answers(study: Study, wave: str, responses: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Give the m data sets of a wave below each other, m n rows: answers filled in, variables computed anew.

    `responses` holds n rows, `cells` one row per imputed cell: `row` (its place among the rows), `item`, and the
    answer of each imputation. An answer that was given is never another one: raises AssertionError for a cell that
    has one.
    """
    columns = imputations_in(cells)
    m = len(columns)
    stacked = responses.loc[np.tile(responses.index.to_numpy(), m)].reset_index(drop=True)
    filled: dict[str, np.ndarray] = {}
    for item, of_item in cells.groupby("item", sort=False):
        rows = of_item["row"].to_numpy(dtype=int)
        answers = np.tile(responses[item].to_numpy(dtype=float), (m, 1))
        if not np.isnan(answers[:, rows]).all():
            raise AssertionError(f"a given answer to {item} stands among the imputed cells")
        answers[:, rows] = of_item[columns].to_numpy(dtype=float).T
        filled[str(item)] = answers.ravel()
    changed = frozenset(filled)
    stacked = stacked.assign(**filled)
    again = [name for name in study.variables if name in stacked and study.rests_on(name) & changed]
    return stacked.assign(**derive_variables(study, wave, stacked, only=again)) if again else stacked
