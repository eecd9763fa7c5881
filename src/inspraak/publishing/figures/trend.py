"""The mean of each index of a theme in every wave, with its interval."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from inspraak.publishing.figures.drawing import Drawing, Ruler, Sheet
from inspraak.publishing.figures.legends import Key, new_sheet
from inspraak.publishing.figures.lettering import line_height, text_width
from inspraak.publishing.figures.reading import (
    NOTHING,
    SMALL,
    Cell,
    Cells,
    indices_of,
    means,
    measured,
    score_range,
    waves_in,
    weight_words,
)  # fmt: skip
from inspraak.publishing.figures.signs import dot, interval_dot, sign_keys, small_keys
from inspraak.publishing.figures.style import (
    GRID,
    SOFT,
    Page,
    page,
    styled,
    theme_colour,
    tint,
)  # fmt: skip
from inspraak.publishing.figures.wrapping import wrap
from inspraak.publishing.language import format_list, unit_word, words
from inspraak.study.study import Study
from inspraak.study.waves import year_of

PANEL = 1.15
"""Height of a panel, in inches."""
ROW_GAP = 0.16
BETWEEN = 0.22
SCALE = 0.26
"""Room for the labels of the vertical scale."""


@dataclass(frozen=True)
class _Facets:
    """What all panels share: waves and their places in a panel, scores drawn, colour, sizes in inches."""

    layout: Page
    waves: tuple[str, ...]
    places: tuple[float, ...]
    low: float
    high: float
    colour: str
    width: float
    across: int


@styled
def draw_trend(
    descriptives: pd.DataFrame, study: Study, theme: str, *, language: str, narrow: bool = False
) -> Drawing:
    """Draw the means (0-100) of the indices of a theme over the waves, a panel per index, on one scale.

    A wave without a number gets its sign; points of waves that follow each other are joined.
    """
    text = words(language)["figures"]
    cells = means(descriptives, indices_of(study, theme))
    shown = measured(indices_of(study, theme), cells)
    facets = _facets(shown, cells, study, theme_colour(study, theme), page(narrow=narrow))
    rows = _rows(shown, facets, study, language)
    height = sum(_row_height(row, facets.layout) for row in rows) + (len(rows) - 1) * ROW_GAP
    used = [cells.get((name, wave, ""), NOTHING) for name in shown for wave in facets.waves]
    units = unit_word(study.unit, language=language)
    keys = [Key(text["mean"], line=interval_dot(facets.colour))]
    keys += small_keys(used, facets.colour, units=units, language=language)
    keys += sign_keys((cell.sign for cell in used), language=language)
    notes = [text["trend"]["note"].format(weight=weight_words(descriptives, study, language))]
    notes += [text["shortened"]] if (facets.low, facets.high) != (0, 100) else []
    sheet = new_sheet(facets.layout, height, keys, notes, study, language)
    y = sheet.top
    for row in rows:
        _draw_row(sheet, y, row, cells, facets, language)
        y += _row_height(row, facets.layout) + ROW_GAP
    waves = format_list(facets.waves, language=language)
    title = text["trend"]["title"].format(theme=study.themes[theme][language], waves=waves)
    alternative = f"{title}. {_in_words(shown, facets.waves, cells, study, language)}"
    return Drawing(f"trend_{theme}", sheet.figure, title, alternative, theme, "trend")


def _facets(shown: Sequence[str], cells: Cells, study: Study, colour: str, layout: Page) -> _Facets:
    waves = waves_in((wave for _, wave, _ in cells), study)
    across = min(2 if layout.narrow else 4, len(shown))
    width = (layout.inner - SCALE - BETWEEN * (across - 1)) / across
    low, high = score_range(cell for key, cell in cells.items() if key[0] in shown)
    places = _places(waves, study, width, layout)
    return _Facets(layout, tuple(waves), places, low, high, colour, width, across)


def _places(waves: Sequence[str], study: Study, width: float, layout: Page) -> tuple[float, ...]:
    """Place the waves by their years; evenly where a year is unknown or their labels would touch."""
    label = max(text_width(wave, layout.small) for wave in waves) + 0.06
    room = width - label
    years = [year_of(wave, study.waves[wave]) for wave in waves]
    known = [year for year in years if year is not None]
    if len(waves) == 1:
        return (width / 2,)
    span = max(known) - min(known) if len(known) == len(waves) else 0
    spaced = [label / 2 + (year - known[0]) / span * room for year in known] if span else []
    if spaced and min(after - before for before, after in itertools.pairwise(spaced)) >= label:
        return tuple(spaced)
    return tuple(label / 2 + room * place / (len(waves) - 1) for place in range(len(waves)))


def _rows(shown: Sequence[str], facets: _Facets, study: Study, language: str) -> list[dict[str, list[str]]]:
    """Give the rows of panels: the lines of the label of each index."""
    labels = {
        name: wrap(study.label(name, language), facets.width, facets.layout.text, bold=True) for name in shown
    }
    starts = range(0, len(shown), facets.across)
    return [{name: labels[name] for name in shown[start : start + facets.across]} for start in starts]


def _title_height(row: Mapping[str, Sequence[str]], layout: Page) -> float:
    return max(len(lines) for lines in row.values()) * line_height(layout.text) + 0.1


def _row_height(row: Mapping[str, Sequence[str]], layout: Page) -> float:
    return _title_height(row, layout) + PANEL + line_height(layout.small) + 0.06


def _draw_row(
    sheet: Sheet, y: float, row: Mapping[str, Sequence[str]], cells: Cells, facets: _Facets, language: str
) -> None:
    """Draw a row of panels, with the labels of the scale at its left."""
    left = facets.layout.margin + SCALE
    top = y + _title_height(row, facets.layout)
    down = Ruler(facets.low, facets.high, top + PANEL, top)
    step = 10 if facets.high - facets.low <= 50 else 20
    ticks = [tick for tick in range(0, 101, step) if facets.low <= tick <= facets.high]
    for tick in ticks:
        sheet.text(left - 0.05, down(tick), str(tick), colour=SOFT, across=1.0, down=0.5)
    for column, (name, lines) in enumerate(row.items()):
        start = left + column * (facets.width + BETWEEN)
        ends = [((start, down(tick)), (start + facets.width, down(tick))) for tick in ticks]
        sheet.lines(ends, color=GRID, linewidth=0.7)
        sheet.text(start, top - 0.1, lines, size=facets.layout.text, bold=True, down=1.0)
        for wave, place in zip(facets.waves, facets.places):
            sheet.text(start + place, top + PANEL + 0.03, wave, colour=SOFT, across=0.5)
        inside = [cells.get((name, wave, ""), NOTHING) for wave in facets.waves]
        _draw_panel(sheet, start, down, inside, facets)
        _write_panel(sheet, start, down, inside, facets, language)


def _draw_panel(sheet: Sheet, start: float, down: Ruler, cells: Sequence[Cell], facets: _Facets) -> None:
    """Draw the points of one index and their intervals; neighbours are joined."""
    known = [(start + place, cell) for place, cell in zip(facets.places, cells) if cell.known]
    steps = [
        ((start + here, down(cell.estimate)), (start + there, down(after.estimate)))
        for (here, cell), (there, after) in itertools.pairwise(zip(facets.places, cells))
        if cell.known and after.known
    ]
    sheet.lines(steps, color=tint(facets.colour, 0.55), linewidth=1.0)
    ends = [((x, down(cell.low)), (x, down(cell.high))) for x, cell in known if cell.interval]
    sheet.lines(ends, color=facets.colour, linewidth=1.6)
    for hollow in (False, True):
        points = [(x, down(cell.estimate)) for x, cell in known if (cell.flag == SMALL) == hollow]
        if points:
            sheet.curve(*zip(*points), **dot(facets.colour, hollow=hollow))


def _write_panel(
    sheet: Sheet, start: float, down: Ruler, cells: Sequence[Cell], facets: _Facets, language: str
) -> None:
    """Write the values above the intervals, and the signs of waves without a number."""
    for place, cell in zip(facets.places, cells):
        if cell.known:
            top = down(cell.high if cell.interval else cell.estimate) - 0.05
            value = cell.value(decimals=0, language=language)
            sheet.text(start + place, top, value, across=0.5, down=1.0)
        else:
            sheet.text(start + place, down(facets.low) - 0.04, cell.sign, across=0.5, down=1.0, colour=SOFT)


def _in_words(shown: Sequence[str], waves: Sequence[str], cells: Cells, study: Study, language: str) -> str:
    """Say the mean of every index in every wave."""
    text = words(language)["figures"]["trend"]
    sentences = []
    for name in shown:
        values = [
            text["alternative_value"].format(
                value=cells.get((name, wave, ""), NOTHING).in_words(language=language), wave=wave
            )
            for wave in waves
        ]
        sentences.append(f"{study.label(name, language)}: {format_list(values, language=language)}.")
    return " ".join(sentences)
