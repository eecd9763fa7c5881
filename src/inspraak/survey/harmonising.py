"""Bring the delivered files of one wave to the codebook: rows, names, codes, reasons for missing answers."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.errors import Problem, UserError, near_match
from inspraak.study.problems import Gathered
from inspraak.study.scales import Scale
from inspraak.study.study import Study
from inspraak.study.waves import File, Wave
from inspraak.survey.decoding import Decoded, decode, number_text
from inspraak.survey.plausibility import implausible, thousands_read_as_decimals
from inspraak.survey.reading import Delivered, read_file

log = logging.getLogger(__name__)
MOST_SHOWN = 8
"""Names or cells that a message lists."""


@dataclass(frozen=True)
class Harmonised:
    """The rows of one wave in the codebook's words.

    `values`: one column per item asked (float codes and numbers, or text; missing is NaN or None).
    `reasons`: the same shape, "" where there is an answer and else the reason it is missing.
    `rows`: for each row the file and the row in it, for messages to the user.
    `removed`: rows taken out before decoding, by reason. `delivered`: number of rows that were delivered.
    """

    values: pd.DataFrame
    reasons: pd.DataFrame
    rows: pd.Series
    removed: dict[str, int]
    delivered: int


def harmonise_wave(study: Study, wave: str, raw: Path) -> Harmonised:
    """Read every file of a wave and decode it; raises one `UserError` that lists every problem found."""
    parts: list[Harmonised] = []
    problems: list[Problem] = []
    for file in study.waves[wave].files:
        try:
            parts.append(_harmonise_file(study, wave, file, raw))
        except UserError as error:
            problems.extend(error.problems)
    if problems:
        raise UserError(problems)
    removed = {reason: sum(part.removed[reason] for part in parts) for reason in parts[0].removed}
    values, reasons, rows = (
        pd.concat([getattr(part, name) for part in parts], ignore_index=True)
        for name in ("values", "reasons", "rows")
    )
    if values.empty:
        names = ", ".join(file.path for file in study.waves[wave].files)
        raise UserError(Problem(names, f"wave {wave}", "no rows of employers", "at least one"))
    return Harmonised(values, reasons, rows, removed, sum(part.delivered for part in parts))


def _harmonise_file(study: Study, wave: str, file: File, raw: Path) -> Harmonised:
    declared = study.waves[wave]
    delivered = read_file(
        raw / file.path,
        format=file.format,
        delimiter=file.delimiter,
        decimal=file.decimal,
        thousands=file.thousands,
        encoding=file.encoding,
        sheet=file.sheet,
        header=file.header,
        sha256=file.sha256,
    )
    gathered = Gathered()
    columns = _columns_of_items(study, wave, file, delivered, gathered)
    with gathered.noting():
        frame = delivered.frame[_rows_of_wave(wave, declared, file, delivered.frame)]
        totals = _not_employers(study, frame, columns)
        kept = frame[~totals]
        decoded = _decode_items(study, wave, file, delivered, kept, columns)
    gathered.refuse()
    return Harmonised(
        values=pd.DataFrame({item: part.values for item, part in decoded.items()}, index=kept.index),
        reasons=pd.DataFrame({item: part.reasons for item, part in decoded.items()}, index=kept.index),
        rows=pd.Series([f"{file.path}, row {row}" for row in kept.index], index=kept.index, dtype=object),
        removed={"not_employer": int(totals.sum())},
        delivered=len(frame),
    )


def _columns_of_items(
    study: Study, wave: str, file: File, delivered: Delivered, gathered: Gathered
) -> dict[str, str]:
    """Find the column of every item that the wave asked; note every item without one, or with that of another."""
    declared, headers = study.waves[wave], list(delivered.frame.columns)
    columns: dict[str, str] = {}
    problems: list[Problem] = []
    renamed = {item: " ".join(column.split()) for column, item in declared.rename.items()}
    for item in study.asked(wave):
        wanted = renamed.get(item, item)
        begins = wanted[:-1] if wanted.endswith("*") else None
        found = [header for header in headers if header == wanted or (begins and header.startswith(begins))]
        others = [other for other, column in columns.items() if found == [column]]
        if len(found) == 1 and not others:
            columns[item] = found[0]
            continue
        problems.append(_no_column(wave, file, item, wanted, headers, found, others))
    if problems and not columns:
        listed = ", ".join(f"'{header}'" for header in headers[:MOST_SHOWN]) + (
            ", ..." * (len(headers) > MOST_SHOWN)
        )
        expected = (
            f"{', '.join(renamed.get(item, item) for item in list(study.asked(wave))[:MOST_SHOWN])}, ..."
        )
        expected += " (`header` is the row of the names, `rename` says which column is which item)"
        problems = [Problem(file.path, f"wave {wave}, header", f"only other columns: {listed}", expected)]
    gathered.add(problems)
    unused = [header for header in headers if header not in columns.values() and header not in declared.where]
    log.info("%s: %d of %d columns used", file.path, len(columns), len(headers))
    if unused:
        log.info("%s: not used: %s", file.path, ", ".join(unused))
    return columns


def _no_column(
    wave: str, file: File, item: str, wanted: str, headers: list[str], found: list[str], others: list[str]
) -> Problem:
    """Say why an item has no column of its own."""
    place, near = f"wave {wave}, header", None
    expected = f"one column for item {item} (or rename it, or list it under not_asked)"
    if others:
        what = f"column '{found[0]}' for item {others[0]} and for item {item}"
        expected = "another column for each item (`rename`, or not_asked)"
    elif found:
        what = f"{len(found)} columns that begin with '{wanted[:-1]}'"
    elif wanted.endswith("*"):
        length = len(wanted) - 1
        what = f"no column that begins with '{wanted[:-1]}'"
        near = near_match(wanted[:-1], {header[:length] for header in headers})
        near = f"{near}*" if near is not None else None
    else:
        what, near = f"no column '{wanted}'", near_match(wanted, headers)
    return Problem(file.path, place, what, expected, near)


def _rows_of_wave(wave: str, declared: Wave, file: File, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Mark the rows that `where` gives to the wave; raises `UserError` where a column is not there, or no row fits."""
    chosen = np.ones(len(frame), dtype=bool)
    problems: list[Problem] = []
    for key, wanted in declared.where.items():
        column = " ".join(key.split())
        if column not in frame:
            near = near_match(column, frame.columns)
            expected = "the column that `where` names"
            problems.append(
                Problem(file.path, f"wave {wave}, header", f"no column '{column}'", expected, near)
            )
            continue
        values = wanted if isinstance(wanted, tuple) else (wanted,)
        rows = matches(frame[column], values)
        if not rows.any():
            there = list(dict.fromkeys(frame[column].map(as_text)))
            listed = ", ".join(f"'{cell}'" for cell in there[:MOST_SHOWN]) + (
                ", ..." * (len(there) > MOST_SHOWN)
            )
            expected = f"a row with {' or '.join(as_text(value) for value in values)}, as `where` says"
            problems.append(Problem(file.path, f"wave {wave}, column '{column}'", f"only {listed}", expected))
        chosen &= rows
    if problems:
        raise UserError(problems)
    return chosen


def _not_employers(study: Study, frame: pd.DataFrame, columns: dict[str, str]) -> npt.NDArray[np.bool_]:
    """Mark rows that are totals or benchmarks, before anything in them is taken for an answer."""
    totals = np.zeros(len(frame), dtype=bool)
    for item, values in study.cleaning.not_employers.items():
        if item in columns:
            totals |= matches(frame[columns[item]], values)
    return totals


def matches(cells: pd.Series, wanted: Iterable[str | int | float]) -> npt.NDArray[np.bool_]:
    """Mark the cells that say one of the wanted values; a wanted text that ends in * matches by its beginning."""
    texts = cells.map(as_text)
    found = np.zeros(len(cells), dtype=bool)
    for value in wanted:
        text = as_text(value)
        begins = text.endswith("*")
        hits = texts.str.startswith(text[:-1]) if begins else texts == text
        found |= hits.to_numpy(dtype=bool)
    return found


def as_text(cell: object) -> str:
    """Give a cell as text, whole numbers without a point; an empty cell is ""."""
    if cell is None or (isinstance(cell, float) and np.isnan(cell)):
        return ""
    return number_text(cell) if isinstance(cell, int | float) else str(cell).strip()


def _decode_items(
    study: Study, wave: str, file: File, delivered: Delivered, frame: pd.DataFrame, columns: dict[str, str]
) -> dict[str, Decoded]:
    """Decode every item; raises one `UserError` with every cell that cannot be."""
    decoded: dict[str, Decoded] = {}
    problems: list[Problem] = []
    for item, column in columns.items():
        own = study.codebook[item].scale
        name = study.waves[wave].scales.get(item, own)
        scale = study.scales[name]
        result = decode(
            frame[column],
            scale,
            decimal=file.decimal,
            thousands=file.thousands,
            labels=delivered.labels.get(column, {}),
            user_missing=delivered.user_missing.get(column, ()),
        )
        _warn_of_thousands(file, item, column, frame[column], result, scale)
        strange = implausible(result, scale, study.scales[own]) if not result.wrong else None
        for wrong in result.wrong if strange is None else (strange,):
            place = f"{wrong.place}, column '{column}' (item {item})"
            expected = f"{wrong.expected}, by scale {name}"
            problems.append(Problem(file.path, place, wrong.found, expected, wrong.near))
        decoded[item] = result
    if problems:
        raise UserError(problems)
    return decoded


def _warn_of_thousands(
    file: File, item: str, column: str, cells: pd.Series, decoded: Decoded, scale: Scale
) -> None:
    """Tell in the log of a column whose cells look like thousands, where the file is not said to group any."""
    found = None
    if file.thousands is None:
        found = thousands_read_as_decimals(cells, decoded, scale, decimal=file.decimal)
    if found is not None:
        other = "," if file.decimal == "." else "."
        log.warning(
            "%s: column '%s' (item %s): %s: read as numbers with three decimals; if these are thousands, "
            "decimal: \"%s\", thousands: \"%s\" with the file in study.yaml says so",
            file.path, column, item, found, other, file.decimal,
        )  # fmt: skip
