"""How the number of a sentence is written: size in words, value with interval, and the value in its own unit."""

import math
from collections.abc import Mapping
from typing import Any

from inspraak.publishing.language import format_interval, format_number, words

SIZES = ((0.10, "very_weak"), (0.20, "weak"), (0.30, "moderate"), (math.inf, "strong"))
"""Upper bounds, in standard deviations, of the words for the size of an association."""
RATIO = "rate ratio"
"""The natural unit of an estimate of a count."""
UNNAMED = "units"
HUNDREDTHS = ("points", "percentage points")

Row = Mapping[str, Any]


def size_word(estimate: float, *, language: str) -> str:
    """Give the word for the size of a standardised association: very weak, weak, moderate or strong."""
    key = next(key for bound, key in SIZES if abs(estimate) < bound)
    return str(words(language)["sizes"][key])


def said_numbers(row: Row, *, language: str) -> str:
    """Say how strong an association is, in SD with its interval, and in its own unit; a count as a rate ratio."""
    if _is_ratio(row):
        return plain_numbers(row, language=language)
    size, said = size_word(row["std_estimate"], language=language), _natural(row, language=language)
    template = words(language)["sentences"]["numbers"]
    return str(template.format(size=size, natural=said, **_written(row, language=language)))


def plain_with_unit(row: Row, *, language: str) -> str:
    """Give the estimate with its interval, and in its own unit where that has a name."""
    return plain_numbers(row, language=language) + _natural(row, language=language)


def _natural(row: Row, *, language: str) -> str:
    natural = in_own_unit(row, language=language)
    return str(words(language)["sentences"]["natural"].format(**natural)) if natural is not None else ""


def in_own_unit(row: Mapping[Any, Any], *, language: str) -> dict[str, str] | None:
    """Give the `value` of an estimate per standard deviation in its own `unit`; None where there is none to name.

    One decimal for points out of a hundred, two for all others. Without a name are numbers of any other thing.
    """
    unit, value = str(row.get("natural_unit")), known_number(row.get("natural_estimate"))
    names = words(language)["report"]["claims"]["natural_units"]
    if value is None or unit not in names or unit == UNNAMED:
        return None
    decimals = 1 if unit in HUNDREDTHS else 2
    return {"value": format_number(value, decimals=decimals, language=language), "unit": str(names[unit])}


def _is_ratio(row: Row) -> bool:
    """Tell whether an estimate is a ratio of counts: these are skewed, so in standard deviations it looks small."""
    return row.get("natural_unit") == RATIO and known_number(row.get("natural_estimate")) is not None


def plain_numbers(row: Row, *, language: str) -> str:
    """Give the estimate in SD with its 95 % interval; a count as a rate ratio."""
    if _is_ratio(row):
        low, high = row.get("natural_ci_low", math.nan), row.get("natural_ci_high", math.nan)
        value = format_number(row["natural_estimate"], decimals=2, language=language)
        interval = format_interval(low, high, language=language)
        return str(words(language)["sentences"]["ratio"].format(value=value, interval=interval))
    return str(words(language)["sentences"]["plain_numbers"].format(**_written(row, language=language)))


def _written(row: Row, *, language: str) -> dict[str, str]:
    interval = format_interval(row["std_ci_low"], row["std_ci_high"], language=language)
    return {
        "value": format_number(row["std_estimate"], decimals=2, language=language),
        "interval": interval,
    }


def known_number(value: object) -> float | None:
    """Give a finite number as a float; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None
