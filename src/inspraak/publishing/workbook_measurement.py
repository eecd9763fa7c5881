"""The sheet of the workbook on measurement: whether scores may be trusted and compared, and the numbers behind that."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from inspraak.publishing.comparison_marks import remarks
from inspraak.publishing.measurement_numbers import Field, numbers, text
from inspraak.publishing.published import Published, Row
from inspraak.publishing.report_measurement import Measurement, Score, measurement
from inspraak.publishing.workbook_cells import (
    Cell,
    Column,
    Number,
    Sheet,
    Style,
    Table,
    capital,
    finite,
    note_lines,
    number,
    share_style,
)
from inspraak.study.factor_models import WAVE

STYLES: dict[str, Style] = {"count": "count", "two": "two", "three": "three", "p": "p"}
FIRST, TEXT = 46, 24
"""Widths of the first and of every other column of words."""


def measurement_sheet(published: Published) -> Sheet:
    """Make the sheet on measurement: at a glance first, then every table of numbers, the latest wave first."""
    words, made = published.words["workbook"]["measurement"], measurement(published)
    tables = [_glance(published, made), *_models(published, made), *_numbers(published)]
    return Sheet("measurement", published.words["workbook"]["sheets"]["measurement"], words["title"], words["about"],
                 tuple(tables))  # fmt: skip


def _glance(published: Published, made: Measurement) -> Table:
    """Give each score with its verdicts in words, and the coefficient that counts as numbers."""
    words, page = published.words["workbook"], published.words["report"]["measurement"]
    columns = (
        Column(words["columns"]["score"], FIRST),
        Column(page["trust"], TEXT),
        Column(words["measurement"]["coefficient"], 17),
        *(
            Column(words[group][key], 12, number=True)
            for group, key in (
                ("measurement", "value"), ("columns", "low"), ("columns", "high"), ("columns", "n"),
            )
        ),
        *(Column(column, 20) for column in made.columns),
    )  # fmt: skip
    rows = tuple(_score(published, score) for score in (*made.scores, *made.others))
    said = [remark for grouping in (WAVE, *published.study.groups) for remark in remarks(
        published, [score.index for score in (*made.scores, *made.others)], grouping
    )]  # fmt: skip
    notes = note_lines(made.note, *made.remarks, *made.hints, *said)
    return Table(page["glance"].format(wave=made.wave), columns, rows, notes)


def _score(published: Published, score: Score) -> tuple[Cell, ...]:
    """Give the row of a score; without a coefficient it has no number, as a base alone tells nothing."""
    page, found = published.words["report"]["measurement"], score.coefficient
    none = published.words["comparable"]["not needed"]
    cells: list[Cell] = [none] * 5
    if found is not None:
        ends = (
            number(end, "two") if finite(end) is not None else none
            for end in (found.value, found.low, found.high)
        )
        cells = [page["coefficients"][found.name], *ends, number(score.n, "count")]
    return score.label, capital(score.trust.word), *cells, *(made.word for made in score.compared)


def _models(published: Published, made: Measurement) -> Iterator[Table]:
    """Say in words how each model fits, and what stands behind the verdicts."""
    words = published.words["workbook"]["measurement"]
    columns = (Column(words["about_what"], FIRST), Column(words["said"], 100))
    rows: list[tuple[Cell, ...]] = [(model.label, " ".join(model.sentences)) for model in made.models]
    rows += [(words["scorings"], " ".join(made.scorings))] if made.scorings else []
    yield Table(words["models"], columns, tuple(rows))
    because = tuple((reason.score, f"{capital(reason.over)}: {reason.why}") for reason in made.reasons)
    yield Table(words["reasons"], columns, because)


def _numbers(published: Published) -> Iterator[Table]:
    """Give every table of numbers; the rows of all waves stand in one table, the latest wave first."""
    titles = published.words["report"]["measurement"]["numbers"]
    for _, group in groupby(numbers(published), key=lambda table: table.name):
        tables = list(group)
        fields = {field.key: field for table in tables for field in table.fields}.values()
        columns = [
            column for place, field in enumerate(fields) for column in _columns(published, field, place)
        ]
        rows = [(table.wave, _line(published, fields, row)) for table in tables for row in table.rows]
        if tables[0].wave:
            columns.insert(1, Column(capital(published.words["general"]["wave"]), 10))
            for wave, cells in rows:
                cells.insert(1, wave)
        lines = tuple(tuple(cells) for _, cells in rows)
        yield Table(titles[tables[0].name]["title_all"], tuple(columns), lines, note_lines(tables[0].note))


def _line(published: Published, fields: Iterable[Field], row: Row) -> list[Cell]:
    """Give the cells of a row; a base without a number beside it tells nothing and is left out."""
    cells = [cell for field in fields for cell in _cells(published, field, row)]
    if sum(isinstance(cell, Number) for cell in cells) > 1:
        return cells
    none = published.words["comparable"]["not needed"]
    return [none if isinstance(cell, Number) else cell for cell in cells]


def _columns(published: Published, field: Field, place: int) -> Iterator[Column]:
    heads, words = published.words["report"]["measurement"]["numbers"]["columns"], published.words["workbook"]
    if field.style == "interval":
        for end in ("from", "to"):
            yield Column(f"{heads[field.key]}: {words['measurement'][end]}", 13, number=True)
    else:
        is_number = field.style != "words"
        yield Column(heads[field.key], 12 if is_number else FIRST if place == 0 else TEXT, number=is_number)


def _cells(published: Published, field: Field, row: Row) -> Iterator[Cell]:
    none = published.words["comparable"]["not needed"]
    if field.style == "words":
        yield text(published, field, row) or none
        return
    columns = (
        [f"{field.column}_{end}" for end in ("low", "high")] if field.style == "interval" else [field.column]
    )
    for column in columns:
        value = finite(row.get(column))
        style = share_style(row.get("n")) if field.style == "share" else STYLES.get(field.style, "two")
        yield none if value is None else number(value, style, nil=field.style == "share")
