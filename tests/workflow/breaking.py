"""Ways to break a copy of the small study and of the files that it was delivered with."""

import csv
import io
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat

SMALL = Path(__file__).parent / "small"
CSV, SAV = "small2024.csv", "small2020.sav"
HEADER = 2
"""Row of the column names in the delivered text file."""


@dataclass(frozen=True)
class Bench:
    """A copy of the small study, its delivered files and a configuration, to break something in."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, delivered: Path, *, files: Iterable[str] = ()) -> "Bench":
        """Copy the study, and those of the delivered files that are named."""
        bench = cls(folder)
        shutil.copytree(SMALL, bench.study)
        bench.raw.mkdir()
        for name in files:
            shutil.copy(delivered / name, bench.raw / name)
        bench.config.write_text(f"study: {bench.study}\nraw: {bench.raw}\n", encoding="utf-8")
        return bench

    @property
    def study(self) -> Path:
        return self.folder / "small"

    @property
    def raw(self) -> Path:
        return self.folder / "raw"

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    def path(self, name: str) -> Path:
        """Find a file by its name: the configuration, a delivered file, or a file of the study."""
        if name == "config.yaml":
            return self.config
        return self.raw / name if name.startswith("small20") else self.study / name


Edit = Callable[[Bench], None]


@dataclass(frozen=True)
class Mistake:
    """A named way to break something, and what the messages must say: each pattern must fit a line."""

    name: str
    edits: tuple[Edit, ...]
    patterns: tuple[str, ...]
    files: tuple[str, ...] = ()

    def make(self, bench: Bench) -> None:
        """Break it."""
        for edit in self.edits:
            edit(bench)


def mistake(name: str, *parts: Edit | str, files: tuple[str, ...] = ()) -> Mistake:
    """Write a mistake down: edits and patterns, in any order."""
    patterns = tuple(part for part in parts if isinstance(part, str))
    return Mistake(name, tuple(part for part in parts if not isinstance(part, str)), patterns, files)


def swap(file: str, old: str, new: str) -> Edit:
    """Replace a text that stands in a file exactly once."""

    def edit(bench: Bench) -> None:
        text = bench.path(file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        bench.path(file).write_text(text.replace(old, new), encoding="utf-8")

    return edit


def append(file: str, text: str) -> Edit:
    """Add a text at the end of a file."""

    def edit(bench: Bench) -> None:
        with bench.path(file).open("a", encoding="utf-8") as stream:
            stream.write(text)

    return edit


def convert(file: str, change: Callable[[str], str | bytes]) -> Edit:
    """Write a whole file anew, from its text."""

    def edit(bench: Bench) -> None:
        changed = change(bench.path(file).read_text(encoding="utf-8"))
        data = changed.encode("utf-8") if isinstance(changed, str) else changed
        bench.path(file).write_bytes(data)

    return edit


def put(file: str, content: str | bytes) -> Edit:
    """Write a file of its own."""

    def edit(bench: Bench) -> None:
        data = content.encode("utf-8") if isinstance(content, str) else content
        bench.path(file).write_bytes(data)

    return edit


def data(file: str, change: Callable[[bytes], bytes]) -> Edit:
    """Change the bytes of a file."""

    def edit(bench: Bench) -> None:
        path = bench.path(file)
        path.write_bytes(change(path.read_bytes()))

    return edit


def remove(file: str) -> Edit:
    """Take a file away."""
    return lambda bench: bench.path(file).unlink()


def move(file: str, new: str) -> Edit:
    """Give a file another name in its folder."""

    def edit(bench: Bench) -> None:
        bench.path(file).rename(bench.path(file).with_name(new))

    return edit


def item(name: str, column: str, value: str) -> Edit:
    """Change one cell of codebook.csv."""

    def edit(bench: Bench) -> None:
        frame = pd.read_csv(bench.path("codebook.csv"), dtype=str, keep_default_na=False)
        frame.loc[frame["item"] == name, column] = value
        frame.to_csv(bench.path("codebook.csv"), index=False)

    return edit


Rows = list[list[str]]


def rows(change: Callable[[Rows], Rows]) -> Edit:
    """Change the rows of the delivered text file; row 1 is the title, row 2 has the names of the columns."""

    def edit(bench: Bench) -> None:
        text = bench.path(CSV).read_bytes().decode("cp1252")
        changed = change(list(csv.reader(io.StringIO(text, newline=""), delimiter=";")))
        stream = io.StringIO(newline="")
        csv.writer(stream, delimiter=";", lineterminator="\r\n").writerows(changed)
        bench.path(CSV).write_bytes(stream.getvalue().encode("cp1252"))

    return edit


def cell(row: int, column: str, value: str) -> Edit:
    """Change one cell of the delivered text file; rows count from 1 as in a spreadsheet."""

    def change(table: Rows) -> Rows:
        table[row - 1][table[HEADER - 1].index(column)] = value
        return table

    return rows(change)


def column(name: str, change: Callable[[str], str]) -> Edit:
    """Change all cells of a column of the delivered text file."""

    def edit(table: Rows) -> Rows:
        place = table[HEADER - 1].index(name)
        for record in table[HEADER:]:
            record[place] = change(record[place])
        return table

    return rows(edit)


def heading(old: str, new: str) -> Edit:
    """Give a column of the delivered text file another name; `old` is how it begins."""

    def change(table: Rows) -> Rows:
        names = table[HEADER - 1]
        table[HEADER - 1] = [new if name == old or (old.endswith("*") and name.startswith(old[:-1])) else name
                             for name in names]  # fmt: skip
        assert table[HEADER - 1] != names
        return table

    return rows(change)


def sav(change: Callable[[pd.DataFrame, dict[str, Any]], pd.DataFrame]) -> Edit:
    """Change the cases of the delivered SPSS file, and the options with which it is written."""

    def edit(bench: Bench) -> None:
        path = bench.path(SAV)
        frame, about = pyreadstat.read_sav(path, user_missing=True, disable_datetime_conversion=True)
        options: dict[str, Any] = {
            "variable_value_labels": about.variable_value_labels,
            "missing_ranges": about.missing_ranges,
        }
        changed = change(frame, options)
        pyreadstat.write_sav(changed, path, **options)

    return edit
