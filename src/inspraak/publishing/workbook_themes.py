"""Sheets of the workbook per theme: scores by wave and by group, and the answers to its questions."""

import math
from collections.abc import Iterable, Mapping

from inspraak.publishing.comparison_marks import remarks, verdict
from inspraak.publishing.language import format_number
from inspraak.publishing.published import Published, Row
from inspraak.publishing.report_cells import SYMBOLS, difference_mark
from inspraak.publishing.report_trends import not_comparable
from inspraak.publishing.workbook_cells import (
    Cell,
    Column,
    Number,
    Sheet,
    Style,
    Table,
    capital,
    interval,
    numbers,
    published_number,
    share_style,
)
from inspraak.study.factor_models import WAVE

STRONG = ("higher_strong", "lower_strong")
FIRST, SECOND, THIRD = 46, 10, 34
"""Widths of the three columns of text that every table of a theme begins with."""
COMPARED = 18
"""Width of the column that says whether a score compares."""


def theme_sheets(published: Published) -> tuple[Sheet, ...]:
    """Make one sheet per theme with a published figure, in the order of the study; by one weight throughout."""
    text = published.words["workbook"]
    more = "_employee" if published.by_employees else ""
    made: list[Sheet] = []
    for name, label in published.study.themes.items():
        theme = label[published.language]
        indices = [index for index, body in published.study.indices.items() if body.theme == name]
        tables = (
            _by_wave(published, theme, indices),
            *(_by_group(published, theme, indices, group_by) for group_by in published.study.groups),
            *_answers(published, name, theme),
            _amounts(published, name, theme),
        )
        notes = (text["weighted"].format(weight=capital(published.weight_words)), text["legend_marks"])
        title, about = (text["theme"][f"{key}{more}"].format(theme=theme) for key in ("title", "about"))
        tab = text["theme"]["tab_employee"].format(theme=theme) if more else theme
        made.append(Sheet(f"theme-{name}{more}", tab, title, about, tables, notes))
    return tuple(sheet for sheet in made if sheet.filled)


def _by_wave(published: Published, theme: str, indices: list[str]) -> Table:
    text = published.words["workbook"]
    rows: list[tuple[Cell, ...]] = []
    judged = _comparable(published, indices, WAVE)
    for index in indices:
        higher = published.study.indices[index].higher
        meaning = higher[published.language] if higher is not None else text["theme"]["no_higher"]
        for wave in published.waves:
            row = published.everyone.get((wave, index, "mean", ""))
            if row is not None:
                rows.append((published.label(index), wave, meaning, *_mean(row), *judged.get(index, ())))
    columns = (
        *_texts(published, text["columns"]["score"], text["columns"]["higher"]),
        *_mean_columns(published),
        *_comparable_column(published, judged),
    )
    notes = (text["scale"], *not_comparable(published, indices), *remarks(published, indices, WAVE))
    return Table(text["theme"]["means"].format(theme=theme), columns, tuple(rows), notes)


def _comparable(published: Published, indices: Iterable[str], grouping: str) -> dict[str, tuple[Cell]]:
    """Give a cell for each score that says whether it compares over a grouping; none where none was judged."""
    words = published.words["comparable"]
    found = {index: verdict(published, index, grouping) for index in indices}
    return (
        {index: (words[said or "not judged"],) for index, said in found.items()}
        if any(found.values())
        else {}
    )


def _comparable_column(published: Published, judged: Mapping[str, tuple[Cell]]) -> tuple[Column, ...]:
    return (Column(published.words["workbook"]["columns"]["comparable"], COMPARED),) if judged else ()


def _by_group(published: Published, theme: str, indices: list[str], group_by: str) -> Table:
    """Every group of one grouping, the latest wave first, each compared with the rest."""
    text = published.words["workbook"]
    grouping = published.short_label(group_by)
    groups = published.groups(group_by)
    rows: list[tuple[Cell, ...]] = []
    notes: list[str] = [text["scale"], *remarks(published, indices, group_by)]
    judged = _comparable(published, indices, group_by)
    for wave in reversed(published.waves):
        strong = compared = 0
        for index in indices:
            for group in groups:
                row = published.cells.get((group_by, group), {}).get((wave, index, "mean", ""))
                if row is None:
                    continue
                mark = difference_mark(row)
                compared += math.isfinite(row["p_value"])
                strong += mark in STRONG
                label = capital(published.group_label(group_by, group))
                cells = (*_mean(row), *_compared(published, row), *judged.get(index, ()))
                rows.append((published.label(index), wave, label, *cells))
        if compared:
            counts = (format_number(count, language=published.language) for count in (strong, compared))
            notes.append(
                text["theme"]["found"].format(wave=wave, **dict(zip(("strong", "compared"), counts)))
            )
    headers = (text["columns"][key] for key in ("mark", "difference", "p"))
    columns = (
        *_texts(published, text["columns"]["score"], capital(grouping)),
        *_mean_columns(published),
        *numbers(headers),
        *_comparable_column(published, judged),
    )
    title = text["theme"]["by_group"].format(theme=theme, group=grouping.lower())
    return Table(title, columns, tuple(rows), tuple(notes))


def _answers(published: Published, theme: str, label: str) -> Iterable[Table]:
    """One table per answer scale: a row per question and wave, a column per answer."""
    scales: dict[str, list[str]] = {}
    for name in _questions(published, theme):
        if published.study.scale_of(name).codes is not None:
            scales.setdefault(published.study.codebook[name].scale, []).append(name)
    for scale, names in scales.items():
        yield _battery(published, label, scale, names)


def _battery(published: Published, theme: str, scale: str, names: list[str]) -> Table:
    text = published.words["workbook"]
    declared = published.study.scales[scale]
    answers = {f"{code:g}": label[published.language] for code, label in (declared.codes or {}).items()}
    unsure = {"dont_know": published.words["general"]["dont_know_apart"]}
    asked = {key[:2] for key in published.everyone if key[1] in names and key[2] == "share"}
    if not any((wave, name, "share", "dont_know") in published.everyone for wave, name in asked):
        unsure = {}
    columns = [capital(answer) for answer in (*answers.values(), *unsure.values())]
    together = [answers[f"{code:g}"] for code in declared.positive]
    columns += [text["theme"]["positive"]] if len(together) > 1 else []
    columns += [text["columns"]["low"], text["columns"]["high"]] if together else []
    rows = [
        _shares(published, name, wave, [*answers, *unsure], positive=len(together))
        for name in names
        for wave in published.waves
        if (wave, name) in asked
    ]
    ends = list(answers.values())
    key = "answers_from" if declared.ordered and len(ends) > 1 else "answers"
    title = text["theme"][key].format(theme=theme, first=ends[0], last=ends[-1])
    note = "answers_note_employee" if published.by_employees else "answers_note"
    notes = [text["theme"][note].format(unit=published.unit, units=published.units)]
    if together:
        note = text["theme"]["positive_note" if len(together) > 1 else "positive_one"]
        notes.append(note.format(answers="; ".join(f"‘{one}’" for one in together)))
    if unsure:
        notes.append(text["theme"]["unsure_note"])
    first = _texts(published, text["columns"]["question"], text["columns"]["part_of"])
    return Table(title, (*first, *numbers([*columns, text["columns"]["n"]])), tuple(rows), tuple(notes))


def _shares(
    published: Published, name: str, wave: str, answers: Iterable[str], *, positive: int
) -> tuple[Cell, ...]:
    """A question in one wave: the share of every answer and of the positive ones together, with interval and n."""
    found = {answer: published.everyone.get((wave, name, "share", answer)) for answer in answers}
    base = next((row for answer, row in found.items() if row is not None and answer != "dont_know"), None)
    cells: list[Cell] = [published_number(row, "estimate", _style(row), nil=True) for row in found.values()]
    if positive:
        short = published.everyone.get((wave, name, "share", "positive"))
        style = _style(short)
        cells += [published_number(short, "estimate", style, nil=True)] if positive > 1 else []
        cells += interval(short, style)
    head = (published.label(name), wave, _part_of(published, name))
    return (*head, *cells, published_number(base, "n", "count"))


def _amounts(published: Published, theme: str, label: str) -> Table:
    """Questions that ask for a number: means with their interval, and quantiles where they are published."""
    text = published.words["workbook"]
    names = [name for name in _questions(published, theme) if published.study.scale_of(name).codes is None]
    levels = sorted(
        {key[3] for key in published.everyone if key[1] in names and key[2] == "quantile"}, key=float
    )
    rows: list[tuple[Cell, ...]] = []
    for name in names:
        for wave in published.waves:
            row = published.everyone.get((wave, name, "mean", ""))
            if row is not None:
                found = [published.everyone.get((wave, name, "quantile", level)) for level in levels]
                quantiles = (published_number(one, "estimate", "one", nil=True) for one in found)
                head = (published.label(name), wave, _part_of(published, name))
                rows.append((*head, *_mean(row), *quantiles))
    columns = (
        *_texts(published, text["columns"]["question"], text["columns"]["part_of"]),
        *_mean_columns(published),
        *numbers(_quantile(published, level) for level in levels),
    )
    notes = (text["theme"]["quantiles_note"].format(units=published.units),) if levels else ()
    return Table(text["theme"]["amounts"].format(theme=label), columns, tuple(rows), notes)


def _quantile(published: Published, level: str) -> str:
    text = published.words["workbook"]["theme"]
    if float(level) == 0.5:
        return str(text["median"])
    percent = format_number(100 * float(level), language=published.language)
    return str(text["quantile"].format(level=percent))


def _questions(published: Published, theme: str) -> list[str]:
    study = published.study
    return [
        name
        for name, item in study.codebook.items()
        if item.construct == theme and not study.scale_of(name).text
    ]


def _part_of(published: Published, name: str) -> str:
    """Which scores a question counts in, and how it was put."""
    text, item = published.words["workbook"]["theme"], published.study.codebook[name]
    parts = [
        body.label[published.language] for body in published.study.indices.values() if name in body.items
    ]
    if not parts:
        parts = [text["no_score"]]
    elif item.reversed:
        parts.append(text["reversed"])
    return "; ".join([*parts, text["routed"]] if item.asked_if is not None else parts)


def _texts(published: Published, first: str, third: str) -> tuple[Column, ...]:
    wave = published.words["workbook"]["columns"]["wave"]
    return Column(first, FIRST), Column(wave, SECOND), Column(third, THIRD)


def _mean_columns(published: Published) -> tuple[Column, ...]:
    text = published.words["workbook"]["columns"]
    return numbers(text[key] for key in ("mean", "low", "high", "n"))


def _mean(row: Row) -> tuple[Cell, ...]:
    mean = published_number(row, "estimate", "one", nil=True)
    return (mean, *interval(row, "one"), published_number(row, "n", "count"))


def _compared(published: Published, row: Row) -> tuple[Cell, ...]:
    """Mark, difference and p of a group against the rest."""
    p = published_number(row, "p_value", "p")
    mark = SYMBOLS.get(difference_mark(row), published.words["workbook"]["theme"]["no_mark"])
    shown = mark if isinstance(p, Number) else p
    return shown, published_number(row, "difference_from_rest", "one"), p


def _style(row: Row | None) -> Style:
    return share_style(row["n"] if row is not None else None)
