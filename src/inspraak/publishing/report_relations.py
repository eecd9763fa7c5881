"""The section of associations: the strongest correlations between indices, and all of them in a fold."""

import math
from dataclasses import dataclass

from inspraak.publishing.language import UNKNOWN, format_interval, format_number, format_p
from inspraak.publishing.published import Published, Row

STRONGEST = 15


@dataclass(frozen=True)
class Pair:
    """A correlation as written; `shared` where both indices hold the same items."""

    first: str
    second: str
    estimate: str
    interval: str
    n: str
    adjusted: str
    shared: bool


@dataclass(frozen=True)
class Relations:
    """Correlations of one wave; the strongest are of indices that share no item."""

    wave: str
    strongest: tuple[Pair, ...]
    every: tuple[Pair, ...]
    latest: bool


def relations(published: Published) -> tuple[Relations, ...]:
    """Make the correlations of each wave, the latest first; pairs in the order of the table."""
    made: list[Relations] = []
    for wave, rows in reversed(published.by_wave("correlations").items()):
        known = sorted(
            (row for row in rows if _known(row) and not _shared(row)), key=lambda row: -abs(row["estimate"])
        )
        strongest = tuple(_pair(published, row) for row in known[:STRONGEST])
        made.append(Relations(wave, strongest, tuple(_pair(published, row) for row in rows), latest=not made))
    return tuple(made)


def _known(row: Row) -> bool:
    return math.isfinite(row["estimate"])


def _shared(row: Row) -> bool:
    return bool(row.get("shared_items", 0) > 0)


def _pair(published: Published, row: Row) -> Pair:
    language = published.language
    interval = format_interval(row["ci_low"], row["ci_high"], language=language)
    return Pair(
        first=published.label(row["x"]),
        second=published.label(row["y"]),
        estimate=format_number(row["estimate"], decimals=2, language=language),
        interval="" if interval == UNKNOWN else interval,
        n=format_number(row["n"], language=language),
        adjusted=format_p(row["p_adjusted"], language=language).removeprefix("p = ").removeprefix("p "),
        shared=_shared(row),
    )
