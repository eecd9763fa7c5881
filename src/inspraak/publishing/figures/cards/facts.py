"""What the figure of one claim may show: its published rows in the latest wave in which it can be tested."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from inspraak.publishing.figures.reading import plain
from inspraak.publishing.language import format_interval, format_number, unit_word, words
from inspraak.publishing.tables import TABLES
from inspraak.publishing.terms import outcome_words, term_words
from inspraak.study.claims import Claim
from inspraak.study.study import Study

Row = Mapping[str, Any]
UNTESTED = "not testable"
ALL_WAVES = "all"
"""Stands as the wave of what several waves tell together."""


@dataclass(frozen=True)
class Facts:
    """One kind of test of a claim: its verdict in a wave, and its rows of every table and wave."""

    study: Study
    claim: Claim
    kind: str
    wave: str
    verdict: str
    language: str
    tables: Mapping[str, Sequence[Row]]

    @property
    def text(self) -> Mapping[str, Any]:
        """The words of these figures."""
        found: Mapping[str, Any] = words(self.language)["figures"]["cards"]
        return found

    @property
    def units(self) -> str:
        """The plural word for what a row is, such as vestigingen."""
        return unit_word(self.study.unit, language=self.language)

    @property
    def when(self) -> str:
        """The wave, as people call it."""
        return (
            self.wave if self.wave in self.study.waves else str(words(self.language)["general"]["all_waves"])
        )

    @property
    def numbered(self) -> bool:
        """Whether the wave has numbers of this kind of test."""
        others = (row for name, rows in self.tables.items() if name != "estimates" for row in rows)
        beside = any(row["wave"] == self.wave for row in others)
        return beside or any(
            math.isfinite(row.get("std_estimate", math.nan)) for row in self.rows("estimates")
        )

    def rows(self, table: str, wave: str | None = None) -> list[Row]:
        """Give the rows of a table in a wave, by default the one that is shown."""
        return [row for row in self.tables.get(table, ()) if row["wave"] == (wave or self.wave)]

    def earlier(self) -> list[str]:
        """Give the waves before the one that is shown, the latest first."""
        waves = list(self.study.waves)
        return waves[: waves.index(self.wave)][::-1] if self.wave in waves else []

    def decides(self, row: Row) -> bool:
        """Tell whether the verdict rests on a row: its part is necessary, and it is no check beside it."""
        return str(row.get("decides")) != "False" and self.claim.parts[row["part"]].necessary

    def label(self, name: str) -> str:
        """Give the short name for people of a column, or of an outcome as estimates.csv writes it."""
        return outcome_words(self.study, name, language=self.language)

    def term(self, term: str) -> str:
        """Put the term of an estimate into words."""
        return term_words(self.study, term, language=self.language)

    def number(self, value: float, decimals: int = 2) -> str:
        """Write a number."""
        return format_number(value, decimals=decimals, language=self.language)

    def interval(self, value: float, low: float, high: float, decimals: int = 2) -> str:
        """Write a number with its interval between brackets."""
        ends = format_interval(low, high, decimals=decimals, language=self.language)
        return f"{self.number(value, decimals)} ({ends})"


class ClaimTables:
    """Published tables by claim, each row read once for all figures."""

    def __init__(self, tables: Mapping[str, pd.DataFrame], study: Study) -> None:
        self.study = study
        self._rows = {
            name: _by_claim(table, TABLES[name].text if name in TABLES else ())
            for name, table in tables.items()
            if "hypothesis" in table and len(table)
        }

    def facts(self, claim: Claim, kind: str, *, language: str) -> Iterator[Facts]:
        """Give what there is of one kind of test in each wave in which the claim is tested, the latest first."""
        parts = {label for label, part in claim.parts.items() if part.kind == kind}
        rows = {name: found.get(claim.name, ()) for name, found in self._rows.items()}
        verdicts = {row["wave"]: row["verdict"] for row in rows.pop("verdicts", ())}
        rows = {name: [row for row in found if row.get("part", "") in parts] for name, found in rows.items()}
        for wave in (ALL_WAVES, *reversed(self.study.waves)):
            if verdicts.get(wave, UNTESTED) != UNTESTED:
                yield Facts(self.study, claim, kind, wave, verdicts[wave], language, rows)


def _by_claim(table: pd.DataFrame, text: Sequence[str]) -> dict[str, list[Row]]:
    frame = plain(table, *text)
    if "part" not in frame:
        frame = frame.assign(part="")
    found: dict[str, list[Row]] = {}
    for row in frame.to_dict("records"):
        found.setdefault(str(row["hypothesis"]), []).append({str(name): value for name, value in row.items()})
    return found
