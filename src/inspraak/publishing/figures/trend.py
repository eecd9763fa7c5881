"""The mean of each index of a theme in every wave, with its interval."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inspraak.publishing.figures.comparing import EVERYTHING, Comparisons, comparison_keys, in_words, marked
from inspraak.publishing.figures.drawing import Drawing, Ruler, Sheet
from inspraak.publishing.figures.legends import Key, new_sheet
from inspraak.publishing.figures.lettering import line_height, text_width
from inspraak.publishing.figures.reading import (
    NOTHING,
    SMALL,
    Cell,
    Cells,
    Descriptives,
    indices_of,
    measured,
    waves_in,
)  # fmt: skip
from inspraak.publishing.figures.signs import dot, interval_dot, sign_keys, small_keys, write_sign
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
from inspraak.study.configuration import DISCLOSURE, Disclosure
from inspraak.study.study import Study
from inspraak.study.waves import year_of

PANEL = 1.2
"""Height of a panel, in inches."""
ROW_GAP = 0.16
BETWEEN = 0.16
SCALE = 0.26
"""Room for the labels of the vertical scale, at the left of each panel."""
MOST_ACROSS = 4
ROOM = 0.07
"""Room beside the name of a wave."""


@dataclass(frozen=True)
class _Facets:
    """What all panels share: waves, their label lines and places in a panel, points of the scale drawn, sizes."""

    layout: Page
    waves: Mapping[str, list[str]]
    places: tuple[float, ...]
    span: int
    colour: str
    width: float
    across: int
    compared: Comparisons

    def cells(self, index: str, cells: Cells) -> list[Cell]:
        """Give the cells of an index in all waves."""
        return [cells.get((index, wave, ""), NOTHING) for wave in self.waves]

    def steps(self, index: str, cells: Cells) -> list[tuple[str, str]]:
        """Give the waves that follow each other and both have a number of an index."""
        known = [cell.known for cell in self.cells(index, cells)]
        pairs = itertools.pairwise(zip(self.waves, known))
        return [(wave, after) for (wave, here), (after, there) in pairs if here and there]

    def apart(self, index: str, cells: Cells) -> list[tuple[str, str]]:
        """Give the steps of an index that do not compare."""
        return [step for step in self.steps(index, cells) if (index, *step) in self.compared.parted]

    def title(self, row: Mapping[str, Sequence[str]]) -> float:
        """Give the height above the panels of a row, in inches."""
        return max(len(lines) for lines in row.values()) * line_height(self.layout.text) + 0.12

    def height(self, row: Mapping[str, Sequence[str]]) -> float:
        """Give the height of a row of panels, in inches."""
        below = max(len(lines) for lines in self.waves.values()) * line_height(self.layout.small)
        return self.title(row) + PANEL + below + 0.05


@styled
def draw_trend(
    descriptives: Descriptives,
    study: Study,
    theme: str,
    *,
    language: str,
    narrow: bool = False,
    compared: Comparisons = EVERYTHING,
    limits: Disclosure = DISCLOSURE,
) -> Drawing:
    """Draw the means (0-100) of the indices of a theme over the waves, a panel per index.

    Every panel shows as many points of the scale, each where its index is, so that changes can be compared.
    A wave without a number gets its sign; points of waves that follow each other are joined,
    but for changes that do not compare; a sign behind the name of an index says what of it does not.
    """
    text = words(language)["figures"]
    cells = descriptives.means(indices_of(study, theme))
    shown = measured(indices_of(study, theme), cells)
    facets = _facets(shown, cells, study, theme_colour(study, theme), page(narrow=narrow), compared)
    rows = _rows(shown, facets, study, language)
    used = [cell for name in shown for cell in facets.cells(name, cells)]
    units = unit_word(study.unit, language=language)
    keys = [Key(text["mean"], line=interval_dot(facets.colour))]
    keys += small_keys(used, facets.colour, units=units, limits=limits, language=language)
    keys += sign_keys((cell.sign for cell in used), language=language)
    keys += comparison_keys(map(compared.verdict, shown), language=language)
    notes = [text["trend"]["note"].format(weight=descriptives.weight_words(study, language))]
    notes += [text["trend"]["window"].format(span=facets.span)] if facets.span < 100 else []
    notes += [text["trend"]["apart"]] if any(facets.apart(name, cells) for name in shown) else []
    height = sum(facets.height(row) for row in rows) + (len(rows) - 1) * ROW_GAP
    sheet = new_sheet(facets.layout, height, keys, notes, study, language)
    y = sheet.top
    for row in rows:
        _draw_row(sheet, y, row, cells, facets, language)
        y += facets.height(row) + ROW_GAP
    waves = format_list(list(facets.waves), language=language)
    title = text["trend"]["title"].format(theme=study.themes[theme][language], waves=waves)
    alternative = f"{title}. {_in_words(shown, facets, cells, study, language)}"
    return Drawing(f"trend_{theme}", sheet.figure, title, alternative, theme, "trend")


def _facets(
    shown: Sequence[str], cells: Cells, study: Study, colour: str, layout: Page, compared: Comparisons
) -> _Facets:
    """Choose the number of columns: as many as leave room for the names of the waves, in rows of like length."""
    waves = waves_in((wave for _, wave, _ in cells), study)
    needed = SCALE + len(waves) * (max(text_width(wave, layout.small) for wave in waves) + ROOM)
    fitting = int((layout.inner + BETWEEN) // (needed + BETWEEN))
    most = max(1, min(2 if layout.narrow else MOST_ACROSS, fitting, len(shown)))
    across = math.ceil(len(shown) / math.ceil(len(shown) / most))
    width = (layout.inner - BETWEEN * (across - 1)) / across - SCALE
    room = width / len(waves)
    labels = {wave: wrap(wave, room - 0.04, layout.small) for wave in waves}
    ranges = [_ends(name, cells) for name in shown]
    widest = max(high - low for low, high in ranges)
    span = min(100, max(20, math.ceil((widest + 10) / 10) * 10))
    places = _places(waves, study, width, layout)
    return _Facets(layout, labels, places, span, colour, width, across, compared)


def _ends(index: str, cells: Cells) -> tuple[float, float]:
    """Give the lowest and highest published number of an index, its intervals included."""
    found = [cell for key, cell in cells.items() if key[0] == index]
    ends = [end for cell in found for end in (cell.low, cell.estimate, cell.high) if math.isfinite(end)]
    return (min(ends), max(ends)) if ends else (50.0, 50.0)


def _window(index: str, cells: Cells, span: int) -> tuple[int, int]:
    """Give the part of the scale 0-100 that the panel of an index shows: tens around the middle of its numbers."""
    middle = sum(_ends(index, cells)) / 2
    low = min(max(round((middle - span / 2) / 10) * 10, 0), 100 - span)
    return low, low + span


def _places(waves: Sequence[str], study: Study, width: float, layout: Page) -> tuple[float, ...]:
    """Place the waves by their years; evenly where a year is unknown or their labels would touch."""
    label = max(text_width(wave, layout.small) for wave in waves) + ROOM
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
        name: wrap(
            marked(study.label(name, language), facets.compared.verdict(name)),
            facets.width + SCALE,
            facets.layout.text,
            bold=True,
        )
        for name in shown
    }
    starts = range(0, len(shown), facets.across)
    return [{name: labels[name] for name in shown[start : start + facets.across]} for start in starts]


def _draw_row(
    sheet: Sheet, y: float, row: Mapping[str, Sequence[str]], cells: Cells, facets: _Facets, language: str
) -> None:
    """Draw a row of panels, each with the labels of its scale."""
    top = y + facets.title(row)
    for column, (name, lines) in enumerate(row.items()):
        left = facets.layout.margin + column * (facets.width + SCALE + BETWEEN)
        start = left + SCALE
        low, high = _window(name, cells, facets.span)
        down = Ruler(low, high, top + PANEL, top)
        step = 10 if facets.span <= 50 else 20
        ticks = [tick for tick in range(0, 101, step) if low <= tick <= high]
        ends = [((start, down(tick)), (start + facets.width, down(tick))) for tick in ticks]
        sheet.lines(ends, color=GRID, linewidth=0.7)
        for tick in ticks:
            sheet.text(start - 0.05, down(tick), str(tick), colour=SOFT, across=1.0, down=0.5)
        sheet.text(left, top - 0.12, lines, size=facets.layout.text, bold=True, down=1.0)
        for label, place in zip(facets.waves.values(), facets.places):
            sheet.text(start + place, top + PANEL + 0.03, label, colour=SOFT, across=0.5)
        _draw_panel(sheet, start, down, name, cells, facets)
        _write_panel(sheet, start, down, facets.cells(name, cells), facets, language)


def _draw_panel(sheet: Sheet, start: float, down: Ruler, index: str, cells: Cells, facets: _Facets) -> None:
    """Draw the points of one index and their intervals; neighbours that compare are joined."""
    places = zip(facets.waves, facets.places, facets.cells(index, cells))
    points = {wave: (start + place, cell) for wave, place, cell in places if cell.known}
    ends_of = {wave: (x, down(cell.estimate)) for wave, (x, cell) in points.items()}
    apart = facets.apart(index, cells)
    steps = [
        (ends_of[wave], ends_of[after])
        for wave, after in facets.steps(index, cells)
        if (wave, after) not in apart
    ]
    known = list(points.values())
    sheet.lines(steps, color=tint(facets.colour, 0.55), linewidth=1.0)
    ends = [((x, down(cell.low)), (x, down(cell.high))) for x, cell in known if cell.interval]
    sheet.lines(ends, color=facets.colour, linewidth=1.6)
    for hollow in (False, True):
        dots = [(x, down(cell.estimate)) for x, cell in known if (cell.flag == SMALL) == hollow]
        if dots:
            sheet.curve(*zip(*dots), **dot(facets.colour, hollow=hollow))


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
            write_sign(sheet, start + place, down(down.low) - 0.03, cell.sign, across=0.5, down=1.0)


def _in_words(shown: Sequence[str], facets: _Facets, cells: Cells, study: Study, language: str) -> str:
    """Say the mean of every index in every wave."""
    text = words(language)["figures"]["trend"]
    sentences = []
    for name in shown:
        values = [
            text["alternative_value"].format(
                value=cells.get((name, wave, ""), NOTHING).in_words(language=language), wave=wave
            )
            for wave in facets.waves
        ]
        sentences.append(f"{study.label(name, language)}: {format_list(values, language=language)}.")
        sentences += [
            text["alternative_apart"].format(wave=wave, after=after)
            for wave, after in facets.apart(name, cells)
        ]
        sentences += in_words([facets.compared.verdicts.get(name, "")], language=language)
    return " ".join(sentences)
