"""Whole columns that can hardly be what was declared, although each of their cells could be."""

import re

import numpy as np
import pandas as pd

from inspraak.study.scales import Scale
from inspraak.survey.decoding import Decoded, Wrong

FEWEST = 20
"""Rows (or answers) from which on a whole column is judged."""


FEWEST_GROUPED = 3
"""Different cells that look like thousands from which on a column is told of."""
TIMES_LARGER = 5
"""How many times the median of these cells, read as decimals, the largest whole number must be."""


def thousands_read_as_decimals(
    cells: pd.Series, decoded: Decoded, scale: Scale, *, decimal: str
) -> str | None:
    """Say which cells of a column of numbers look like whole thousands but are read as decimals; None if none do.

    With `decimal` "." the cell 1.439 is read as 1.439; where the file groups thousands it means 1439. A column
    looks like that if all of this holds, and each condition keeps out numbers that are what they look like:

    - the cells are text (a number of a spreadsheet or a statistical file is no matter of signs), the scale holds
      numbers other than percentages, and its bounds allow the thousandfold of at least half of these cells;
    - every cell with the sign has one to three digits before it, no 0 in front, and exactly three after it: of
      measured decimals one in ten ends in a 0 that is not written, and many are below 1;
    - at least 3 different cells look so: two could be chance;
    - all other answers are whole numbers below 1000, and there is one: decimals of three digits are hardly ever
      whole (where their noughts are written, 12 is 12.000), and a file that groups has the sign from 1000 on;
    - the largest whole number is at least 5 times the median of these cells as they are read: numbers below 1000
      stand beside thousands, whereas averages such as 3.667 and 4 lie close together.

    Cells under `missing` of the scale are no answers and do not count.
    """
    if scale.number is None or scale.number.percent:
        return None
    texts = [cell for cell in cells[decoded.reasons == ""].unique() if isinstance(cell, str)]
    grouped = [cell for cell in texts if re.fullmatch(rf"[1-9]\d{{0,2}}{re.escape(decimal)}\d{{3}}", cell)]
    others = [cell for cell in texts if cell not in set(grouped)]
    if len(grouped) < FEWEST_GROUPED or not all(re.fullmatch(r"0|[1-9]\d{0,2}", cell) for cell in others):
        return None
    meant = np.array([float(cell.replace(decimal, "")) for cell in grouped])
    low, high = scale.number.limits
    possible = ((meant >= low) & (meant <= high)).mean() >= 0.5
    apart = max(map(float, others), default=0.0) >= TIMES_LARGER * np.median(meant) / 1000
    if not (possible and apart):
        return None
    rows = int(cells.isin(grouped).sum())
    return (
        f"{', '.join(grouped[:FEWEST_GROUPED])} and the like in {rows} rows, beside whole numbers below 1000"
    )


def implausible(decoded: Decoded, delivered: Scale, own: Scale) -> Wrong | None:
    """Say what is implausible in a column, None where nothing is.

    `delivered` is the scale of the wave and `own` that of the codebook. A column without any answer, numbers of
    which none is possible, and shares from 0 to 1 in place of percentages from 0 to 100 (every index would be
    near nought) are refused; columns of texts, and those with fewer than 20 rows or answers, never are.
    """
    if own.text or len(decoded.values) < FEWEST:
        return None
    if (decoded.reasons == "no_answer").all():
        expected = "answers, or the item under `not_asked` of the wave"
        return _throughout(decoded.values.index, "no answer at all", expected)
    answers = decoded.values.dropna()
    if own.number is None or len(answers) < FEWEST:
        return None
    spread = f"only numbers from {answers.min():g} to {answers.max():g}"
    low, high = own.number.limits
    if not answers.between(low, high).any():
        return _throughout(answers.index, spread, f"numbers from {low:g} to {high:g}")
    is_percentage = delivered.number is not None and delivered.number.percent
    if is_percentage and answers.max() <= 1 and not answers.isin([0, 1]).all():
        expected = (
            "percentages from 0 to 100, or in this wave a scale with `convert: {to: ..., multiply: 100}`"
        )
        return _throughout(answers.index, spread, expected)
    return None


def _throughout(rows: pd.Index, found: str, expected: str) -> Wrong:
    return Wrong(found, len(rows), int(rows[0]), expected)
