"""A results folder as the audit sees it: its files, its tables, and the numbers that these publish."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from inspraak.errors import Problem, near_match
from inspraak.publishing.audit.contract import rule_of
from inspraak.publishing.tables import TABLES
from inspraak.study.configuration import Disclosure

EXACT = 1e-9
"""Numbers that differ relatively by less are the same number."""


@dataclass(frozen=True)
class Results:
    """A results folder: `tables` as published (text "" and numbers NaN where empty), `unread` what is wrong with files.

    `processed` is the folder of the data that it was made from, None where that does not lie beside it.
    """

    folder: Path
    limits: Disclosure
    tables: Mapping[str, pd.DataFrame]
    unread: tuple[Problem, ...] = ()
    processed: Path | None = None
    numbers: "Numbers" = field(init=False)

    def __post_init__(self) -> None:
        """Gather the numbers of the tables."""
        object.__setattr__(self, "numbers", Numbers.of(self.tables))

    def files(self, pattern: str) -> list[Path]:
        """Give the files that match a pattern below the folder, in order."""
        return sorted(path for path in self.folder.rglob(pattern) if path.is_file())

    def name(self, path: Path) -> str:
        """Name a file as the user knows it."""
        return str(path)

    def table(self, name: str) -> pd.DataFrame:
        """Give a table, empty where the folder has none (or none that can be read)."""
        empty = pd.DataFrame({column: [] for column in TABLES[name].columns})
        return self.tables.get(name, empty)

    def file_of(self, table: str) -> str:
        """Name the file of a table as the user knows it."""
        return self.name(self.folder / "tables" / f"{table}.csv")

    @cached_property
    def texts(self) -> frozenset[str]:
        """Every text that a table holds: names of waves, measures and groups, sentences."""
        columns = [(frame, column) for name, frame in self.tables.items() for column in TABLES[name].text]
        return frozenset(text for frame, column in columns for text in frame[column].unique())


def read_results(folder: Path, *, limits: Disclosure) -> Results:
    """Read every table below `folder`/tables; files and columns that are not declared are noted, not read."""
    tables: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    for path in sorted((folder / "tables").glob("*.csv")):
        found = _read(path)
        if isinstance(found, pd.DataFrame):
            tables[path.stem] = found
        else:
            problems.append(found)
    processed = folder.resolve().parent.parent / "data" / "processed" / folder.resolve().name
    return Results(folder, limits, tables, tuple(problems), processed if processed.is_dir() else None)


def _read(path: Path) -> pd.DataFrame | Problem:
    if path.stem not in TABLES:
        expected = "a table that publishing/tables.py declares"
        return Problem(str(path), "", f"the table '{path.stem}'", expected, near_match(path.stem, TABLES))
    table, rule = TABLES[path.stem], rule_of(path.stem)
    kinds = dict.fromkeys(table.text, str) | dict.fromkeys(table.numbers, float)
    empty = {column: [""] for column in table.numbers}
    try:
        frame = pd.read_csv(path, dtype=kinds, keep_default_na=False, na_values=empty, index_col=False)
    except (ValueError, UnicodeDecodeError) as error:
        expected = "CSV: UTF-8, comma separated, numbers where numbers are declared"
        return Problem(str(path), "", f"what cannot be read ({error})", expected)
    unknown = [name for name in frame if name not in table.columns]
    if unknown:
        near = near_match(unknown[0], table.columns)
        return Problem(str(path), f"column {unknown[0]}", "a column that is not declared", "none", near)
    missing = [name for name in (*rule.keys, *rule.bases) if name not in frame]
    if missing:
        return Problem(str(path), f"column {missing[0]}", "no such column", "what names and counts its rows")
    absent = {name: "" if name in table.text else np.nan for name in table.columns if name not in frame}
    return frame.assign(**absent)[list(table.columns)]


@dataclass(frozen=True)
class Numbers:
    """Which numbers are published with which unweighted base."""

    by_base: Mapping[float, list[float]]

    @classmethod
    def of(cls, tables: Mapping[str, pd.DataFrame]) -> "Numbers":
        """Gather the numbers of every row that has a base, and those of a verdict with the bases of its claim."""
        bases, values = [np.empty(0)], [np.empty(0)]
        for base, numbers in _based(tables):
            known = np.isfinite(numbers) & np.isfinite(base)[:, np.newaxis]
            bases.append(np.broadcast_to(base[:, np.newaxis], numbers.shape)[known])
            values.append(numbers[known])
        n, value = np.concatenate(bases), np.concatenate(values)
        order = np.lexsort((value, n))
        n, value = n[order], value[order]
        ends, starts = np.unique(n, return_index=True)
        parts = np.split(value, starts[1:])
        return cls({float(end): part.tolist() for end, part in zip(ends, parts)})

    def holds(self, n: float, value: float, within: float = 0.0) -> bool:
        """Tell whether a number is published with a base, up to rounding by `within`."""
        values = self.by_base.get(n, [])
        slack = within + EXACT * max(1.0, abs(value))
        place = bisect_left(values, value - slack)
        return place < len(values) and values[place] <= value + slack


def _based(tables: Mapping[str, pd.DataFrame]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for name, frame in tables.items():
        for base in rule_of(name).counted:
            yield frame[base].to_numpy(dtype=float), frame[list(TABLES[name].numbers)].to_numpy(dtype=float)
    if "descriptives" in tables:
        yield _doubts(tables["descriptives"])
    if "verdicts" in tables and "estimates" in tables:
        claim = ["hypothesis", "wave"]
        joined = tables["estimates"][[*claim, "n"]].merge(tables["verdicts"], on=claim)
        yield (
            joined["n"].to_numpy(dtype=float),
            joined[list(TABLES["verdicts"].numbers)].to_numpy(dtype=float),
        )


def _doubts(descriptives: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Give the shares that did not know, with the base of the answers that a workbook shows them beside."""
    question = ["wave", "measure", "group_by", "group", "weight"]
    shares = descriptives[descriptives["statistic"] == "share"]
    unknown = shares["category"] == "dont_know"
    answered = shares.loc[~unknown, [*question, "n"]].drop_duplicates()
    beside = shares.loc[unknown, [*question, "estimate"]].merge(answered, on=question)
    return beside["n"].to_numpy(dtype=float), beside[["estimate"]].to_numpy(dtype=float)
