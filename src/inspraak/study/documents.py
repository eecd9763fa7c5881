"""The files of a study as they are read, before anything is asked of them: data, and the line of each key."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from inspraak.errors import Problem, UserError, near_match


@dataclass(frozen=True)
class Known:
    """The names that a file declares, right or wrong; `complete` is False where the file could not be read."""

    words: tuple[str, ...]
    complete: bool = True

    def lacks(self, name: object) -> bool:
        """Tell whether the name is certainly not declared."""
        return self.complete and str(name) not in self.words

    def __or__(self, other: "Known") -> "Known":
        return Known((*self.words, *other.words), self.complete and other.complete)


@dataclass(frozen=True)
class Document:
    """A file as read: its path, its data, and the line on which each key stands.

    `columns` are the names of a table's columns where they differ from the keys of the data.
    """

    path: Path
    data: Any
    lines: Mapping[tuple[str, ...], int]
    columns: Mapping[str, str] | None = None

    def place(self, keys: Iterable[object]) -> str:
        """Describe where `keys` lead: 'line 12, waves.2018.files' (the nearest known line)."""
        parts = tuple(str(key) for key in keys)
        for length in range(len(parts), -1, -1):
            if parts[:length] in self.lines:
                shown = self._shown(parts)
                return f"line {self.lines[parts[:length]]}" + (f", {shown}" if shown else "")
        return self._shown(parts)

    def _shown(self, parts: tuple[str, ...]) -> str:
        dotted = ".".join(parts)
        if self.columns is None or not parts:
            return dotted
        column = self.columns.get(".".join(parts[1:]), parts[1] if len(parts) > 1 else "item")
        return f"column {column} (item {parts[0]})"

    def problem(
        self, keys: Iterable[object], found: str, expected: str, *, words: Iterable[object] | None = None
    ) -> Problem:
        """Make the problem of the value at `keys`; `words` are what it might have been meant to be."""
        near = near_match(found.strip("'"), words) if words is not None else None
        return Problem(self.path.name, self.place(keys), found, expected, near)

    def names(self, *keys: str) -> Known:
        """Give the keys of the mapping at `keys`, those with a mistake below them or without a value too."""
        data = self.data
        for key in keys:
            data = data.get(key) if isinstance(data, Mapping) else data
        if not isinstance(data, Mapping):
            return Known((), complete=data is None and isinstance(self.data, Mapping))
        return Known(tuple(dict.fromkeys([*map(str, data), *self._below.get(keys, ())])))

    @cached_property
    def _below(self) -> dict[tuple[str, ...], list[str]]:
        """The keys that have a line, by the keys above them."""
        below: dict[tuple[str, ...], list[str]] = {}
        for parts in self.lines:
            if parts:
                below.setdefault(parts[:-1], []).append(parts[-1])
        return below


def unreadable(path: Path) -> Document:
    """Stand for a file that could not be read: nothing is known of what it declares."""
    return Document(path, None, {})


def is_there(path: Path) -> bool:
    """Tell whether there is such a file or folder; a name that no file can have is not there."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def read_text(path: Path) -> str:
    """Read a UTF-8 text (with or without byte-order mark); raises `UserError` where that is not possible."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        siblings = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        near = near_match(path.name, siblings)
        raise UserError(Problem(str(path), "", "no such file", "a file here", near)) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        found = f"the byte 0x{error.object[error.start]:02X}, which is not UTF-8"
        problem = Problem(path.name, f"line {line}", found, "a text saved as UTF-8")
        raise UserError(problem) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "an error"
        raise UserError(Problem(str(path), "", reason, "a file that can be read")) from error


@dataclass(frozen=True)
class Table:
    """A small declared CSV as read: line number and cells by column of each row that fits the header."""

    rows: tuple[tuple[int, dict[str, str]], ...]
    problems: tuple[Problem, ...]
    misfits: tuple[tuple[int, str], ...]
    """Line and first cell of the rows that do not fit."""


def read_table(path: Path, columns: tuple[str, ...]) -> Table:
    """Read a small declared CSV (comma, UTF-8) as far as that goes; blank lines are left out.

    Raises `UserError` where it is no such text, or a column of `columns` is missing or there twice.
    """
    lines = _records(path)
    header = lines[0][1] if lines else []
    _check_header(path, lines, columns)
    width = max((place for place, name in enumerate(header, start=1) if name), default=0)
    rows: list[tuple[int, dict[str, str]]] = []
    problems: list[Problem] = []
    misfits: list[tuple[int, str]] = []
    for line, row in lines[1:]:
        used = max((place for place, cell in enumerate(row, start=1) if cell), default=0)
        if len(row) < width or used > width:
            found = f"{len(row)} cell{'s' * (len(row) != 1)}"
            expected = f"{width} cells as in the header (a text with a comma between quotation marks)"
            problems.append(Problem(path.name, f"line {line}", found, expected))
            misfits.append((line, row[0]))
        else:
            rows.append((line, dict(zip(header[:width], row))))
    return Table(tuple(rows), tuple(problems), tuple(misfits))


def read_csv(path: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Read a small declared CSV (comma, UTF-8): line number and cells by column, without blank lines.

    Raises `UserError` where a column of `columns` is missing or a row has more or fewer cells than the header.
    """
    table = read_table(path, columns)
    if table.problems:
        raise UserError(table.problems)
    return list(table.rows)


def _records(path: Path) -> list[tuple[int, list[str]]]:
    """Give the rows with anything in them, each with the line on which it begins."""
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    records, line = [], 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                records.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        found, expected = "a quotation mark that is opened and never closed", "a closing quotation mark"
        if "expected after" in str(error):
            found, expected = "text after a closing quotation mark", "a comma there, or the mark doubled"
        elif "NUL" in str(error):
            found, expected = "bytes that are no text", "a text saved as UTF-8"
        raise UserError(Problem(path.name, f"line {line}", found, expected)) from error
    return records


def _check_header(path: Path, lines: list[tuple[int, list[str]]], columns: tuple[str, ...]) -> None:
    listed = f"the columns {', '.join(columns)}"
    if not lines:
        raise UserError(Problem(path.name, "", "nothing", listed))
    line, header = lines[0]
    for sign, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        parts = {part.strip(' "') for part in ",".join(header).split(sign)}
        if len(parts & set(columns)) > max(1, len(set(header) & set(columns))):
            expected = "commas (saved as CSV UTF-8, comma-separated)"
            raise UserError(Problem(path.name, f"line {line}", f"{name} between the cells", expected))
    problems = [
        Problem(path.name, f"line {line}", f"no column '{name}'", listed, near_match(name, header))
        for name in columns
        if name not in header
    ]
    problems += [
        Problem(path.name, f"line {line}", f"the column '{name}' a second time", "each column once")
        for name in dict.fromkeys(header)
        if name and header.count(name) > 1
    ]
    if problems:
        raise UserError(problems)
