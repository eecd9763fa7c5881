"""The published tables of a study in one language: what every section of the report is made from."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from inspraak.publishing.language import limit_words, unit_word, words
from inspraak.publishing.tables import TABLES
from inspraak.study.configuration import DISCLOSURE, Disclosure
from inspraak.study.factor_models import WAVE
from inspraak.study.study import Study

Row = Mapping[str, Any]
Key = tuple[str, str, str, str]
"""Wave, measure, statistic, category."""


@dataclass(frozen=True)
class Published:
    """A study, its published tables, the language they are shown in and the limits of disclosure control they met.

    `by_employees` shows the descriptives by the employee weight, where they are otherwise by establishment.
    """

    study: Study
    tables: Mapping[str, pd.DataFrame]
    language: str
    by_employees: bool = False
    limits: Disclosure = DISCLOSURE

    @cached_property
    def words(self) -> Mapping[str, Any]:
        """The catalogue of the language."""
        return words(self.language)

    @cached_property
    def units(self) -> str:
        """The plural word for what a row is, such as vestigingen."""
        return unit_word(self.study.unit, language=self.language)

    @cached_property
    def unit(self) -> str:
        """The singular word for what a row is."""
        return unit_word(self.study.unit, count=1, language=self.language)

    @cached_property
    def named(self) -> Mapping[str, str]:
        """What texts of the catalogue name: unit and units, and how few are suppressed or flagged."""
        limits = limit_words(self.limits, language=self.language)
        return {"unit": self.unit, "units": self.units, **limits}

    @cached_property
    def waves(self) -> tuple[str, ...]:
        """Waves of the study, in order."""
        return tuple(self.study.waves)

    @cached_property
    def weight(self) -> str:
        """The weight of the descriptives that are shown: by establishment, or none; by employee where asked for."""
        if self.by_employees:
            return "employee"
        found = (
            set(self.tables["descriptives"]["weight"].unique()) if "descriptives" in self.tables else set()
        )
        return "establishment" if "establishment" in found or (not found and self.study.design) else "none"

    @cached_property
    def weight_words(self) -> str:
        """How the figures are weighted, in words."""
        return str(self.words["weights"][self.weight].format(units=self.units))

    def label(self, name: str) -> str:
        """Give the name for people of an index, variable or item."""
        return self.study.label(name, self.language)

    def short_label(self, name: str) -> str:
        """Give the name for people, an item by its short name where it has one."""
        return self.study.short_label(name, self.language)

    def rows(self, table: str) -> tuple[Row, ...]:
        """Give the rows of a table, words as text ("" where empty); no rows where there is no such table."""
        if table not in self._rows:
            frame = self.tables.get(table)
            self._rows[table] = () if frame is None else _typed(frame, TABLES[table].text)
        return self._rows[table]

    def by_wave(self, table: str) -> dict[str, list[Row]]:
        """Give the rows of a table per wave, in the order of the study; other waves (`all`) come last."""
        found: dict[str, list[Row]] = {wave: [] for wave in self.waves}
        for row in self.rows(table):
            found.setdefault(row["wave"], []).append(row)
        return {wave: rows for wave, rows in found.items() if rows}

    @cached_property
    def cells(self) -> dict[tuple[str, str], dict[Key, Row]]:
        """Descriptives of the shown weight, by grouping and group, then by key; ("", "") holds everyone."""
        found: dict[tuple[str, str], dict[Key, Row]] = {("", ""): {}}
        for row in self._shown:
            key = (row["wave"], row["measure"], row["statistic"], row["category"])
            found.setdefault((row["group_by"], row["group"]), {})[key] = row
        return found

    @cached_property
    def everyone(self) -> dict[Key, Row]:
        """Descriptives of all employers together."""
        return self.cells[("", "")]

    @cached_property
    def bases(self) -> dict[tuple[str, str], dict[Key, float]]:
        """Unweighted base of each measure in each wave, by grouping and group; suppressed cells have none."""
        found: dict[tuple[str, str], dict[Key, float]] = {}
        for group, rows in self.cells.items():
            bases = found.setdefault(group, {})
            for (wave, measure, statistic, category), row in rows.items():
                key = (wave, measure, "base", "")
                answered = statistic in ("mean", "share") and category != "dont_know"
                if answered and math.isfinite(row["n"]):
                    bases[key] = max(row["n"], bases.get(key, 0))
        return found

    @cached_property
    def numbers(self) -> dict[Key, int]:
        """Number the cells of all employers that are shown; by it the filter finds the same cell of a group."""
        keys = [key for key in self.everyone if key[2] == "share" or self._counted(key[1])]
        keys = [key for key in keys if key[2] != "quantile" or self.is_median_of_fact(key)]
        return {key: number for number, key in enumerate([*keys, *self.bases[("", "")]])}

    def is_median_of_fact(self, key: Key) -> bool:
        """Tell whether a cell is the median of a question that asks for a number: the one quantile in the report."""
        return key[1] in self.study.codebook and key[2] == "quantile" and float(key[3]) == 0.5

    def _counted(self, measure: str) -> bool:
        return measure not in self.study.codebook or self.study.scale_of(measure).codes is None

    @cached_property
    def comparable(self) -> dict[tuple[str, str], str]:
        """Verdict on the invariance of each score over waves (`wave`) and each grouping; only what was judged."""
        found = {
            (row["measure"], WAVE): row.get("invariance", "")
            for row in self.rows("trends")
            if not row["group_by"]
        }
        for (group_by, _), rows in self.cells.items():
            for (_, measure, statistic, _), row in rows.items():
                if group_by and statistic == "mean":
                    found[measure, group_by] = row.get("comparable", "")
        return {key: verdict for key, verdict in found.items() if verdict}

    @cached_property
    def asked_otherwise(self) -> frozenset[str]:
        """Measures of which two waves do not compare, since they were not asked or scaled the same."""
        return frozenset(row["measure"] for row in self.rows("trends") if row["comparable"] == "False")

    def groups(self, group_by: str) -> list[str]:
        """Give the groups of a grouping that are published: in the order declared, others after them."""
        found = list(dict.fromkeys(group for by, group in self.cells if by == group_by))
        if group_by in self.study.variables:
            declared = list(self.study.variables[group_by].categories)
        else:
            declared = [f"{code:g}" for code in self.study.scale_of(group_by).codes or ()]
        return [group for group in declared if group in found] + [
            group for group in found if group not in declared
        ]

    def group_label(self, group_by: str, group: str) -> str:
        """Give the name for people of one group."""
        return self.study.category_label(group_by, group, self.language)

    @property
    def _shown(self) -> tuple[Row, ...]:
        """Descriptives of the shown weight; the others, half of the table, are never made into rows."""
        frame = self.tables.get("descriptives")
        if frame is None:
            return ()
        return _typed(frame[frame["weight"] == self.weight], TABLES["descriptives"].text)

    @cached_property
    def _rows(self) -> dict[str, tuple[Row, ...]]:
        return {}


def _typed(frame: pd.DataFrame, text: tuple[str, ...]) -> tuple[Row, ...]:
    columns = [
        [_text(value) if name in text else math.nan if value is None else value for value in values]
        for name, values in ((name, frame[name].to_numpy(dtype=object).tolist()) for name in frame)
    ]
    names = [str(name) for name in frame]
    return tuple(dict(zip(names, values)) for values in zip(*columns))


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, float) and math.isnan(value)) or value is pd.NA:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)
