"""Read what a figure shows from the published tables: no number is computed here."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from inspraak.publishing.language import CONFIDENTIAL, UNKNOWN, format_number, unit_word, words
from inspraak.study.study import Study

WEIGHTS = ("establishment", "none")
"""Which weight a figure shows: the first of these that the table holds."""
SUPPRESSED = "suppressed"
SMALL = "small"
SHARED = "shared"
"""Flag of a correlation that is partly built in, since both indices rest on some of the same items."""
SIGNIFICANT = 0.05
NOTABLE = 0.20
"""Cohen's d from which a difference that is significant gets a filled triangle."""


@dataclass(frozen=True)
class Cell:
    """One published estimate; numbers are NaN where the table holds none."""

    estimate: float
    low: float
    high: float
    n: float
    flag: str
    difference: float = math.nan
    p_value: float = math.nan
    cohens_d: float = math.nan

    @property
    def known(self) -> bool:
        """Tell whether there is a number to draw."""
        return math.isfinite(self.estimate)

    @property
    def interval(self) -> bool:
        """Tell whether there is an interval to draw."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def sign(self) -> str:
        """Give the sign in place of a number: confidential or unknown; "" where there is a number."""
        if self.known:
            return ""
        return CONFIDENTIAL if self.flag == SUPPRESSED else UNKNOWN

    @property
    def mark(self) -> str:
        """Give the triangle for a difference from the rest (up: higher, filled: not small), or ""."""
        if not (self.known and self.p_value < SIGNIFICANT):
            return ""
        filled = abs(self.cohens_d) >= NOTABLE
        if self.difference > 0:
            return "▲" if filled else "△"
        return "▼" if filled else "▽"

    def value(self, *, decimals: int, language: str) -> str:
        """Write the estimate, in brackets where few employers stand behind it, or the sign in its place."""
        if not self.known:
            return self.sign
        number = format_number(self.estimate, decimals=decimals, language=language)
        return f"({number})" if self.flag == SMALL else number

    def in_words(self, *, language: str) -> str:
        """Write the estimate with one decimal, or say that it is confidential or unknown."""
        if self.known:
            return format_number(self.estimate, decimals=1, language=language)
        return str(words(language)["figures"]["spoken"][self.sign])


NAMED = ("wave", "category", "group")
NUMBERS = ("estimate", "ci_low", "ci_high", "n", "difference_from_rest", "p_value", "cohens_d")
FIELDS = ("estimate", "low", "high", "n", "difference", "p_value", "cohens_d")
"""What a cell calls the columns of `NUMBERS`."""
NOTHING = Cell(math.nan, math.nan, math.nan, math.nan, "")
"""What stands for an estimate that the table does not hold."""


Cells = dict[tuple[str, str, str], Cell]
"""Cells by measure, wave and group ("" for all employers)."""
Pairs = dict[tuple[str, str], Cell]
"""Cells by pair of indices."""
Shares = dict[tuple[str, str], Cell]
"""Cells by item and category."""


def plain(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Give the table with text in the columns that name its cells: empty where missing, 1 and not 1.0."""
    return frame.assign(**{column: _texts(frame[column]) for column in columns if column in frame})


def _texts(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """Give a column as text; each of its few values is made into text once."""
    places, values = column.factorize()
    texts = np.array([*map(_text, values), ""], dtype=object)
    return pd.Series(texts[places], index=column.index)


def _text(value: object) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value).removesuffix(".0")


class _Row(NamedTuple):
    """One published descriptive of a measure: what names it, and its cell."""

    wave: str
    category: str
    group: str
    cell: Cell


class Descriptives:
    """The table of descriptives as figures read it: by one weight, each row made into a cell once for all of them."""

    def __init__(self, table: pd.DataFrame) -> None:
        present = set(table["weight"].unique())
        weight = next((weight for weight in WEIGHTS if weight in present), None)
        self.weight = WEIGHTS[-1] if weight is None else weight
        self.table = table if weight is None else table[table["weight"] == weight]
        self._read: dict[tuple[str, str], dict[str, list[_Row]]] = {}
        self._judged: dict[str, dict[str, str]] = {}

    def means(self, measures: Iterable[str], group_by: str = "") -> Cells:
        """Give the published means as cells by measure, wave and group ("" for all employers)."""
        rows = self._rows("mean", group_by, measures)
        return {(measure, row.wave, row.group): row.cell for measure, row in rows}

    def shares(self, items: Iterable[str], study: Study) -> tuple[Shares, str]:
        """Give the published shares (0-1) of all employers by item and category, and their wave.

        The wave is the latest in which one of the items has a share; without any: no cells and "".
        """
        rows = self._rows("share", "", items)
        wave = "".join(waves_in((row.wave for _, row in rows), study)[-1:])
        return {(item, row.category): row.cell for item, row in rows if row.wave == wave}, wave

    def comparable(self, measures: Iterable[str], group_by: str) -> dict[str, str]:
        """Give the verdict on the invariance of measures over the groups of a grouping; only what was judged."""
        if "comparable" not in self.table:
            return {}
        if group_by not in self._judged:
            rows = self.table[(self.table["group_by"] == group_by) & (self.table["statistic"] == "mean")]
            rows = rows.drop_duplicates("measure")
            self._judged[group_by] = dict(zip(rows["measure"], _texts(rows["comparable"])))
        judged = self._judged[group_by]
        return {measure: judged[measure] for measure in measures if judged.get(measure)}

    def weight_words(self, study: Study, language: str) -> str:
        """Say how the estimates that the figures show are weighted."""
        units = unit_word(study.unit, language=language)
        return str(words(language)["weights"][self.weight]).format(units=units)

    def _rows(self, statistic: str, group_by: str, measures: Iterable[str]) -> list[tuple[str, _Row]]:
        if (statistic, group_by) not in self._read:
            self._read[statistic, group_by] = self._of(statistic, group_by)
        read = self._read[statistic, group_by]
        return [(measure, row) for measure in measures for row in read.get(measure, ())]

    def _of(self, statistic: str, group_by: str) -> dict[str, list[_Row]]:
        """Read every row of a statistic and grouping, by measure."""
        grouping = self.table["group_by"]
        grouped = grouping.isin([group_by]) if group_by else grouping.isin([""]) | grouping.isna()
        chosen = grouped & (self.table["statistic"] == statistic)
        rows = plain(self.table[chosen], "measure", "flag", *NAMED)
        named = (rows[name] if name in rows else [""] * len(rows) for name in NAMED)
        read: dict[str, list[_Row]] = {}
        for measure, *names, cell in zip(rows["measure"], *named, _cells(rows)):
            read.setdefault(measure, []).append(_Row._make([*names, cell]))
        return read


def _cells(rows: pd.DataFrame) -> list[Cell]:
    """Give the rows as cells; columns that the table does not have are unknown."""
    unknown = [math.nan] * len(rows)
    columns = {name: rows[name].astype(float).tolist() if name in rows else unknown for name in NUMBERS}
    flags = rows["flag"].tolist() if "flag" in rows else [""] * len(rows)
    return [
        Cell(**dict(zip(FIELDS, values)), flag=flag) for flag, values in zip(flags, zip(*columns.values()))
    ]


def pairs(correlations: pd.DataFrame, names: Iterable[str], study: Study) -> tuple[Pairs, str]:
    """Give the published correlations of some indices in the latest wave, both ways round, and that wave.

    A pair of indices that rest on some of the same items is flagged as `SHARED`.
    """
    wanted = list(names)
    rows = correlations[correlations["x"].isin(wanted) & correlations["y"].isin(wanted)]
    wave = waves_in(_texts(rows["wave"]).unique(), study)[-1:]
    rows = plain(rows[_texts(rows["wave"]).isin(wave)], "flag")
    shared = (rows["shared_items"] > 0).tolist() if "shared_items" in rows else [False] * len(rows)
    found: Pairs = {}
    for x, y, cell, alike in zip(rows["x"], rows["y"], _cells(rows), shared):
        pair = replace(cell, flag=SHARED) if alike and cell.known else cell
        found[str(x), str(y)] = found[str(y), str(x)] = pair
    return found, "".join(wave)


def indices_of(study: Study, theme: str) -> list[str]:
    """Give the indices of a theme in the order of the study."""
    return [name for name, index in study.indices.items() if index.theme == theme]


def waves_in(found: Iterable[str], study: Study) -> list[str]:
    """Put waves in the order of the study, without doubles; a wave that it does not declare is left out."""
    present = set(found)
    return [wave for wave in study.waves if wave in present]


def measured(measures: Sequence[str], cells: Cells) -> list[str]:
    """Give the measures that have a number or a suppressed number in some wave, in the given order."""
    present = {key[0] for key, cell in cells.items() if cell.known or cell.flag == SUPPRESSED}
    return [measure for measure in measures if measure in present]


def score_range(cells: Iterable[Cell]) -> tuple[float, float]:
    """Give the part of the scale 0-100 to draw: whole tens around all intervals, at least 30 wide."""
    ends = [end for cell in cells for end in (cell.estimate, cell.low, cell.high) if math.isfinite(end)]
    if not ends:
        return 0.0, 100.0
    low = max(0.0, math.floor(min(ends) / 10) * 10.0)
    high = min(100.0, math.ceil(max(ends) / 10) * 10.0)
    while high - low < 30:
        low, high = max(0.0, low - 10), min(100.0, high + 10)
    return low, high


def categories_of(study: Study, group_by: str, found: Iterable[str]) -> list[str]:
    """Put the categories of a group that were found in the declared order, others after them by name."""
    if group_by in study.variables:
        declared = list(study.variables[group_by].categories)
    else:
        declared = [f"{code:g}" for code in study.scale_of(group_by).codes or {}]
    present = set(found)
    return [category for category in declared if category in present] + sorted(present - set(declared))
