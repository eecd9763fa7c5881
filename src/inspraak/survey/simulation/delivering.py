"""From filled-in questionnaires to the files that a wave declares: columns, codes, labels, totals."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.randomness import stream
from inspraak.study.codebook import Item
from inspraak.study.scales import Scale
from inspraak.study.waves import File, year_of
from inspraak.survey.simulation.gaps import Sheet, scale_asked
from inspraak.survey.simulation.model import Model
from inspraak.survey.simulation.truth import Delivery, Mess


@dataclass(frozen=True)
class Column:
    """What a file that keeps labels says of one column: the question, and the code's labels and reasons."""

    wording: str
    scale: Scale


@dataclass(frozen=True)
class DeliveredFile:
    """One file before it is written: how, its rows, its columns' labels, and the lines above the header.

    Cells are numbers, texts, or missing (NaN or None). `year` is the year of the wave, for the dates that
    some formats hold.
    """

    file: File
    frame: pd.DataFrame
    columns: Mapping[str, Column]
    titles: tuple[str, ...]
    year: int


def deliver_wave(model: Model, wave: str, sheet: Sheet, *, seed: int) -> dict[str, DeliveredFile]:
    """Give the files of one wave by path; rows are spread over the files in the order of the sheet."""
    study, declared = model.study, model.study.waves[wave]
    delivery = model.truth.delivery.get(wave, Delivery())
    names = {item: column for column, item in declared.rename.items()}
    cells: dict[str, pd.Series] = {}
    columns: dict[str, Column] = {}
    filled = _filled(model, wave, sheet, seed)
    for name, item in study.asked(wave).items():
        column = _header(names.get(name, name), item)
        scale = scale_asked(model, wave, name)
        cells[column] = (
            filled[name] if name in filled else _cells(scale, sheet, name, name in delivery.labels)
        )
        columns[column] = Column(item.wording["nl"], scale)
    rows = pd.DataFrame(cells)
    totals = _totals(model, wave, rows, names)
    for column, value in declared.where.items():
        rows[column] = value[0] if isinstance(value, tuple) else value
        totals[column] = rows[column].iloc[0]
    parts = np.array_split(np.arange(len(rows)), len(declared.files))
    result: dict[str, DeliveredFile] = {}
    for position, (file, part) in enumerate(zip(declared.files, parts)):
        last = position == len(declared.files) - 1
        frame = pd.concat([rows.iloc[part], totals if last else totals.iloc[:0]], ignore_index=True)
        year = year_of(wave, declared) or 2000
        result[file.path] = DeliveredFile(file, frame, columns, _titles(model, file, delivery), year)
    return result


def merged(first: DeliveredFile, second: DeliveredFile) -> DeliveredFile:
    """Put the rows of two waves in the one file that both declare."""
    frame = pd.concat([first.frame, second.frame], ignore_index=True)
    return DeliveredFile(first.file, frame, {**second.columns, **first.columns}, first.titles, second.year)


def _header(name: str, item: Item) -> str:
    """Give the name of a column; one that is declared by its beginning goes on with the question."""
    return f"{name[:-1]} {item.wording['nl']}" if name.endswith("*") else name


def _titles(model: Model, file: File, delivery: Delivery) -> tuple[str, ...]:
    lines = delivery.titles or (model.study.title["nl"],)
    return (*lines, *[""] * file.header)[: file.header - 1]


def _cells(scale: Scale, sheet: Sheet, name: str, labelled: bool) -> pd.Series:
    """Give the cells of an item: answers, or the code of the reason where the scale has one, or nothing."""
    codes = {reason: code for code, reason in reversed(scale.missing.items())}
    values, reasons = pd.Series(sheet.cells[name]), pd.Series(sheet.reasons[name], dtype=object)
    if scale.text:
        return (
            values.astype(object)
            .where(reasons == "", reasons.map(lambda reason: codes.get(reason)))
            .astype(object)
        )
    said = values.astype(np.float64)
    missing = reasons.map(lambda reason: codes.get(reason, np.nan))
    if labelled and scale.codes is not None:
        texts = said.map({code: label["nl"] for code, label in scale.codes.items()}).astype(object)
        return texts.where(reasons == "", missing)
    if any(isinstance(code, str) for code in codes.values()):
        return said.astype(object).where(reasons == "", missing)
    return said.where(reasons == "", missing.astype(np.float64))


def _filled(model: Model, wave: str, sheet: Sheet, seed: int) -> dict[str, pd.Series]:
    """Give what the agency fills in itself."""
    year = year_of(wave, model.study.waves[wave])
    # Entries of one employer share what is filled in, so that duplicates stay duplicates.
    days = stream(seed, model.study.name, "simulation", "dates", wave).integers(
        0, 70, int(sheet.employer.max()) + 1
    )
    start = date(year or 2000, 3, 1)
    values: dict[str, pd.Series] = {}
    for name, answer in model.truth.answers.items():
        if answer.fill is None or name not in sheet.cells:
            continue
        if answer.fill == "employer":
            values[name] = pd.Series(identifiers(model, sheet.employer, seed=seed), dtype=object)
        elif answer.fill == "stratum":
            values[name] = pd.Series([model.strata.names[row] for row in sheet.stratum], dtype=object)
        elif answer.fill == "weight":
            values[name] = pd.Series(np.round(_weights(model, sheet), 6))
        elif answer.fill == "date":
            texts = [(start + timedelta(days=int(days[row]))).isoformat() for row in sheet.employer]
            values[name] = pd.Series(texts, dtype=object)
        else:
            said: str | int | None = year if answer.fill == "year" else wave
            values[name] = pd.Series([said] * len(sheet.employer))
    return values


def _weights(model: Model, sheet: Sheet) -> npt.NDArray[np.float64]:
    """Give N_h / n_h, n_h counting each employer that can be analysed once."""
    first = ~pd.Series(sheet.employer).duplicated().to_numpy() & (sheet.role == "")
    counts = np.bincount(sheet.stratum[first], minlength=len(model.strata.sizes))
    return np.asarray((model.strata.sizes / np.maximum(counts, 1))[sheet.stratum])


def identifiers(model: Model, employers: npt.NDArray[np.int64], *, seed: int) -> list[str]:
    """Number employers in no telling order; the same employer has the same identifier in every wave.

    Numbers are a permutation of 0 to 10^digits - 1: times a number without common divisors, plus a start.
    """
    form = model.truth.identifier
    size = 10**form.digits
    generator = stream(seed, model.study.name, "simulation", "identifiers")
    start = int(generator.integers(0, size))
    factor = int(generator.integers(size // 20, size // 10)) * 10 + 1
    return [f"{form.prefix}{(int(row) * factor + start) % size:0{form.digits}d}" for row in employers]


def _totals(model: Model, wave: str, rows: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Make the total rows: the marker of a row that is no employer, and sums of the numbers asked."""
    count = model.truth.mess.get(wave, Mess()).total_rows
    if not count:
        return rows.iloc[:0].copy()
    study = model.study
    total: dict[str, object] = {}
    for name, item in study.asked(wave).items():
        column = _header(names.get(name, name), item)
        scale = scale_asked(model, wave, name)
        markers = study.cleaning.not_employers.get(name, ())
        if markers:
            total[column] = str(markers[0]).rstrip("*") if isinstance(markers[0], str) else markers[0]
        elif scale.number is not None:
            said = pd.to_numeric(rows[column], errors="coerce")
            total[column] = float(np.round(said[said >= 0].sum(), 6))
        else:
            total[column] = None if scale.text else np.nan
    return pd.DataFrame([total] * count, columns=rows.columns)
