"""Whole columns that can hardly be what was declared, although each of their cells could be."""

import pandas as pd

from inspraak.study.scales import Scale
from inspraak.survey.decoding import Decoded, Wrong

FEWEST = 20
"""Rows (or answers) from which on a whole column is judged."""


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
