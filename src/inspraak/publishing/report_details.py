"""What some kinds of test tell beside their estimates, as small tables behind the fold of a claim."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from inspraak.publishing.language import format_interval, format_number, format_p
from inspraak.publishing.published import Published, Row

Write = Callable[[Published, Row, str], str]
ENDS = {name: (f"{name}_low", f"{name}_high") for name in ("alone", "before", "after")}
"""Columns that hold the interval of a column, where these are not ci_low and ci_high."""


@dataclass(frozen=True)
class DetailCell:
    """A number as written, with its interval below it or ""."""

    text: str
    beside: str = ""


@dataclass(frozen=True)
class DetailTable:
    """One small table of a claim in one wave: caption, heads of its columns, and rows that begin with a name."""

    wave: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, tuple[DetailCell, ...]], ...]


def _label(published: Published, row: Row, column: str) -> str:
    return published.short_label(str(row[column]))


def _form(published: Published, row: Row, column: str) -> str:
    names: Mapping[str, str] = published.words["report"]["claims"]["details"]["forms"]["names"]
    return names.get(str(row[column]), str(row[column]))


def _ceiling(published: Published, row: Row, column: str) -> str:
    names: Mapping[str, str] = published.words["report"]["claims"]["details"]["necessity"]["names"]
    return f"{published.short_label(str(row['condition']))}, {names[str(row[column])]}"


def _arrow(published: Published, row: Row, column: str) -> str:
    return f"{published.short_label(str(row['start']))} \N{RIGHTWARDS ARROW} {published.short_label(str(row[column]))}"


def _structure(published: Published, row: Row, column: str) -> str:
    names: Mapping[str, str] = published.words["report"]["measurement"]["rivals"]["structures"]
    return names.get(str(row[column]), str(row[column]))


def _claim(published: Published, row: Row, column: str) -> str:
    return f"{row[column]} {published.short_label(str(row['outcome']))}"


def _group(published: Published, row: Row, column: str) -> str:
    return published.group_label(str(row["group_by"]), str(row[column]))


def _number(decimals: int, times: float = 1.0, sign: str = "") -> Write:
    def written(published: Published, row: Row, column: str) -> str:
        text = format_number(times * row[column], decimals=decimals, language=published.language)
        return text + sign if math.isfinite(row[column]) else text

    return written


def _p(published: Published, row: Row, column: str) -> str:
    return format_p(row[column], language=published.language).removeprefix("p = ").removeprefix("p ")


def _ranks(published: Published, row: Row, column: str) -> str:
    first, last = (format_number(row[end], language=published.language) for end in ("rank_low", "rank_high"))
    return first if first == last else f"{first}\N{EN DASH}{last}"


PERCENT = _number(1, 100, "%")
N = _number(0)
TABLES: Mapping[str, tuple[tuple[str, Write], Mapping[str, Write]]] = {
    "forms": (
        ("form", _form),
        {"r2_out": PERCENT, "r2": PERCENT, "delta_bic": _number(1), "n": N},
    ),
    "dominance": (
        ("predictor", _label),
        {"corrected": PERCENT, "share": _number(0, 100, "%"), "alone": PERCENT, "n": N},
    ),
    "necessity": (
        ("ceiling", _ceiling),
        {"effect_size": _number(2), "p_permutation": _p, "p_copula": _p, "n": N},
    ),
    "ranks": (("item", _label), {"share": PERCENT, "rank": _ranks, "n": N}),
    "mediation_paths": (("end", _arrow), {"estimate": _number(2), "n": N}),
    "slopes": (("group", _group), {"estimate": _number(2), "alone": _number(2), "n": N}),
    "rivals": (
        ("structure", _structure),
        {"cfi": _number(2), "rmsea": _number(3), "p_difference": _p, "n": N},
    ),
    "survival": (("claim", _claim), {"before": _number(2), "after": _number(2), "n": N}),
}
"""For each table what names a row, and the columns that are shown, each with how it is written."""
WITH_INTERVAL = {
    "dominance": ("corrected",), "ranks": ("share",), "mediation_paths": ("estimate",), "slopes": ("estimate", "alone"),
    "survival": ("before", "after"),
}  # fmt: skip
"""Columns with their interval below them."""


OF_OUTCOMES = ("forms", "dominance", "mediation_paths", "slopes")
"""Tables whose rows are named by their outcome too, where a claim has several."""


def details(published: Published) -> dict[str, tuple[DetailTable, ...]]:
    """Give the small tables of each claim, in the latest wave that has numbers for them."""
    found: dict[str, list[DetailTable]] = {}
    for name in TABLES:
        by_claim: dict[str, dict[str, list[Row]]] = {}
        for wave, rows in published.by_wave(name).items():
            for row in rows:
                by_claim.setdefault(row["hypothesis"], {}).setdefault(wave, []).append(row)
        for claim, waves in by_claim.items():
            wave, rows = list(waves.items())[-1]
            found.setdefault(claim, []).append(_table(published, name, wave, rows))
    return {claim: tuple(tables) for claim, tables in found.items()}


def _table(published: Published, name: str, wave: str, rows: Sequence[Row]) -> DetailTable:
    text = published.words["report"]["claims"]["details"][name]
    (key, write), columns = TABLES[name]
    several = name in OF_OUTCOMES and len({row.get("outcome") for row in rows}) > 1
    head = (text["head"][key], *(text["head"][column] for column in columns))
    written = tuple(
        (
            write(published, row, key) + (f" ({_label(published, row, 'outcome')})" if several else ""),
            tuple(_cell(published, name, row, column, form) for column, form in columns.items()),
        )
        for row in rows
    )
    return DetailTable(wave, text["caption"], head, written)


def _cell(published: Published, name: str, row: Row, column: str, write: Write) -> DetailCell:
    if column not in WITH_INTERVAL.get(name, ()):
        return DetailCell(write(published, row, column))
    low, high = (row[end] for end in ENDS.get(column, ("ci_low", "ci_high")))
    times, decimals = (100, 1) if name in ("dominance", "ranks") else (1, 2)
    interval = format_interval(times * low, times * high, decimals=decimals, language=published.language)
    return DetailCell(write(published, row, column), interval)
