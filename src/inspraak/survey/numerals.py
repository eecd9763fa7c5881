"""Numbers written as text: what a column of cells says in the way that its file writes numbers."""

import math
import re

import numpy as np
import pandas as pd

MINUS = "\u2212\u2010\u2011\u2013\ufe63\uff0d"
SPACES = " \u00a0\u2009\u202f\u2007"
APOSTROPHES = "'\u2019"


def numbers(
    column: pd.Series, *, decimal: str = ".", thousands: str | None = None
) -> tuple[pd.Series, pd.Series]:
    """Give the numbers of a column and a mask of the cells that are text.

    `column` holds None, str or float cells. `decimal` is "." or ","; `thousands` a mark between groups of
    three digits (a space stands for no-break and thin spaces too), None for no mark. The values are float64;
    an empty cell is NaN, a cell of text is NaN and True in the mask, infinite numbers count as text. A percent
    sign is dropped ("62%" is 62), the typographic minus is a minus. Nothing is guessed: "1.234" with decimal
    "." is 1.234, and "1.23" with thousands "." is text. Raises ValueError where both marks are the same.
    """
    pattern = _number_pattern(decimal, thousands)
    plain = (
        dict.fromkeys(map(ord, MINUS), "-")
        | dict.fromkeys(map(ord, _variants(thousands)))
        | {ord(decimal): "."}
    )
    codes, cells = pd.factorize(column.to_numpy(dtype=object), use_na_sentinel=True)
    parsed = [_parse(cell, pattern, plain) for cell in cells]
    values = np.array([math.nan if number is None else number for number in parsed] + [math.nan])
    is_text = np.array([number is None for number in parsed] + [False])
    return (
        pd.Series(values[codes], index=column.index, name=column.name),
        pd.Series(is_text[codes], index=column.index, name=column.name),
    )


def _number_pattern(decimal: str, thousands: str | None) -> re.Pattern[str]:
    if decimal not in {".", ","}:
        raise ValueError(f"the decimal mark is '.' or ',', not {decimal!r}")
    if thousands is not None and (len(thousands) != 1 or thousands == decimal or thousands.isalnum()):
        raise ValueError(f"the thousands mark is one sign other than the decimal mark, not {thousands!r}")
    whole = "[0-9]+"
    if thousands:
        whole = f"(?:[0-9]{{1,3}}(?:[{re.escape(_variants(thousands))}][0-9]{{3}})+|[0-9]+)"
    mark = re.escape(decimal)
    number = f"(?:{whole}(?:{mark}[0-9]*)?|{mark}[0-9]+)"
    return re.compile(f"([+{MINUS}-]?{number}(?:[eE][+{MINUS}-]?[0-9]+)?)[{SPACES}]*%?")


def _variants(thousands: str | None) -> str:
    return next((family for family in (SPACES, APOSTROPHES) if (thousands or "x") in family), thousands or "")


def _parse(cell: str | float, pattern: re.Pattern[str], plain: dict[int, str | None]) -> float | None:
    if isinstance(cell, str):
        found = pattern.fullmatch(cell)
        if found is None:
            return None
        cell = found[1].translate(plain)
    number = float(cell)
    return number if math.isfinite(number) else None
