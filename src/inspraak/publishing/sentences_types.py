"""The sentence of a claim of types: how many there are, how large they are, and what they differ in."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from inspraak.publishing.language import format_list, format_share, words

Row = Mapping[str, Any]
Named = Callable[[str], str]
TYPE = re.compile(r"^class (\d+)$")
PAIR = re.compile(r"^class (\d+) vs class (\d+)$")
PERCENT = 100.0


def typology(
    verdict: str,
    known: Sequence[Row],
    estimates: Sequence[Row],
    *,
    named: Named,
    numbers: Callable[[Row], str],
    units: str,
    language: str,
) -> str:
    """Say how many types there are and how large, then of each outcome where the largest difference lies.

    `known` are the rows that decide, `estimates` all rows of the claim; `numbers` writes a difference.
    """
    said = []
    for part in dict.fromkeys(str(row["part"]) for row in known):
        rows = [row for row in estimates if row["part"] == part]
        said.append(_sizes(rows, units, language))
        outcomes = [row for row in known if row["part"] == part and row["outcome"]]
        text = words(language)["sentences"]["typology"]["differ" if outcomes else "types"][verdict]
        pieces = [_outcome(row, rows, named, numbers, language) for row in outcomes]
        said.append(str(text.format(y=format_list(pieces, language=language), units=units)))
    return " ".join(said)


def _sizes(rows: Sequence[Row], units: str, language: str) -> str:
    """Say how many types there are, and the share of each, from low to high."""
    types = [row for row in rows if TYPE.match(str(row["term"]))]
    shares = [format_share(row["natural_estimate"] / PERCENT, n=row["n"], language=language) for row in types]
    text = words(language)["sentences"]["typology"]["sizes"]
    return str(text.format(k=len(types), shares=format_list(shares, language=language), units=units))


def _outcome(
    row: Row, rows: Sequence[Row], named: Named, numbers: Callable[[Row], str], language: str
) -> str:
    """Name an outcome, with the two types that lie furthest apart in it."""
    pairs = [
        other
        for other in rows
        if other["outcome"] == row["outcome"]
        and PAIR.match(str(other["term"]))
        and math.isfinite(other["std_estimate"])
    ]
    name = named(str(row["outcome"]))
    if not pairs:
        return name
    widest = max(pairs, key=lambda other: abs(other["std_estimate"]))
    found = PAIR.match(str(widest["term"]))
    assert found is not None
    text = words(language)["sentences"]["typology"]["pair"]
    return str(text.format(y=name, first=found[1], second=found[2], numbers=numbers(widest)))
