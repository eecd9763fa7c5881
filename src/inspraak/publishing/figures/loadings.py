"""How strongly each question belongs to its scale, with its interval, in every wave."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from inspraak.publishing.figures.drawing import Drawing, Ruler, Sheet
from inspraak.publishing.figures.legends import Key, new_sheet
from inspraak.publishing.figures.lettering import line_height
from inspraak.publishing.figures.signs import dot
from inspraak.publishing.figures.solutions import Solution, factor_colour, solutions
from inspraak.publishing.figures.style import EARLIER, INK, SOFT, Page, page, styled
from inspraak.publishing.figures.wrapping import clip
from inspraak.publishing.language import format_number, words
from inspraak.publishing.measurement_limits import CLEAR
from inspraak.study.study import Study

MOST_ROWS = 30
"""Questions in one figure; further factors go on in a next part."""
MOST_WAVES = 4
DODGE = 0.085
"""Distance of the points of two waves in a row, in inches."""
HEAD_GAP = 0.1
LABEL = 3.1
"""Room for the questions in the wide layout, in inches."""
INSET = 0.14
"""How far the scale stays from the edges of the plot, so that its labels fit."""
MARKERS = ("s", "^", "D")
"""Markers of the waves before the latest, most recent first."""


@dataclass(frozen=True)
class _Row:
    """A question: its lines, their top, the middle of its points and half their height (inches, from the content)."""

    item: str
    lines: list[str]
    y: float
    level: float
    half: float


@dataclass(frozen=True)
class _Block:
    """A factor: the lines of its name and their top, its questions between `top` and `bottom` (inches)."""

    factor: str
    lines: list[str]
    y: float
    top: float
    bottom: float
    rows: tuple[_Row, ...]


def loading_parts(tables: Mapping[str, pd.DataFrame], study: Study, model: str) -> list[list[str]]:
    """Give the factors of a model with a usable solution in some wave, in parts of one figure each."""
    found = solutions(tables, study, model)
    factors = {name: len(items) for solution in found.values() for name, items in solution.factors.items()}
    parts: list[list[str]] = []
    room = 0
    for name, count in factors.items():
        if count > room:
            parts.append([])
            room = MOST_ROWS
        parts[-1].append(name)
        room -= count
    return parts


@styled
def draw_loadings(
    tables: Mapping[str, pd.DataFrame],
    study: Study,
    model: str,
    factors: Sequence[str],
    *,
    language: str,
    narrow: bool = False,
    part: int = 1,
) -> Drawing:
    """Draw the standardised loadings of the declared structure of a model, a block per factor, a point per wave.

    The latest wave is a coloured dot, the waves before it are grey marks of other forms; at most four waves. `part`
    numbers the figures of a model.
    """
    text, layout = words(language)["figures"]["loadings"], page(narrow=narrow)
    found = dict(list(solutions(tables, study, model).items())[-MOST_WAVES:])
    latest = list(found)[-1]
    blocks = _blocks(study, model, factors, found, layout, language)
    height = blocks[-1].bottom + line_height(layout.small) + 0.02
    keys = [Key(wave, line=_looks(wave, list(found), INK)) for wave in reversed(found)]
    note = text["note"].format(clear=format_number(CLEAR, decimals=2, language=language))
    sheet = new_sheet(layout, height, keys, [note], study, language)
    _draw(sheet, blocks, found, study, language)
    title = _title(found[latest], factors, study, model, latest, language)
    alternative = f"{title}. {' '.join(_in_words(found, factors, study, model, language))}"
    name = f"loadings_{model}" + (f"-{part}" if part > 1 else "")
    return Drawing(name, sheet.figure, title, alternative, "", "loadings")


def _blocks(
    study: Study,
    model: str,
    factors: Sequence[str],
    found: Mapping[str, Solution],
    layout: Page,
    language: str,
) -> list[_Block]:
    """Place the factors below each other, and the questions of each below its name."""
    room, least, y = layout.inner if layout.narrow else LABEL, len(found) * DODGE + 0.1, 0.0
    blocks = []
    for factor in factors:
        label = study.short_label(factor, language)
        lines = clip(label, layout.inner, layout.text, lines=2, bold=True)
        top = bottom = y + len(lines) * line_height(layout.text) + 0.05
        rows = []
        of_waves = (solution.factors.get(factor, {}) for solution in found.values())
        for item in dict.fromkeys(item for items in of_waves for item in items):
            wrapped = clip(study.short_label(item, language), room, layout.small, lines=2)
            words_high = len(wrapped) * line_height(layout.small)
            height = words_high + least + 0.06 if layout.narrow else max(words_high + 0.06, least)
            under = bottom + words_high + least / 2 if layout.narrow else bottom + height / 2
            text = bottom if layout.narrow else bottom + (height - words_high) / 2
            rows.append(_Row(item, wrapped, text, under, least / 2))
            bottom += height
        blocks.append(_Block(factor, lines, y, top, bottom, tuple(rows)))
        y = bottom + HEAD_GAP
    return blocks


def _looks(wave: str, waves: Sequence[str], colour: str) -> dict[str, Any]:
    """Give the looks of the points of a wave: the latest a filled dot, others grey marks of their own form."""
    back = len(waves) - 1 - list(waves).index(wave)
    if back == 0:
        return dot(colour) | {"markersize": 5.0}
    grey, marker = EARLIER[(back - 1) % len(EARLIER)][0], MARKERS[(back - 1) % len(MARKERS)]
    return dot(grey, hollow=True) | {"marker": marker, "markersize": 3.8, "markeredgewidth": 1.0}


def _scale(sheet: Sheet, found: Mapping[str, Solution]) -> Ruler:
    ends = [
        end
        for solution in found.values()
        for items in solution.factors.values()
        for one in items.values()
        for end in (one.estimate, one.low, one.high)
        if math.isfinite(end)
    ]
    layout = sheet.page
    left = layout.margin + (0.0 if layout.narrow else LABEL + 0.1) + INSET
    low = math.floor(min(0.0, *ends) * 5) / 5
    return Ruler(low, max(1.0, *ends), left, layout.margin + layout.inner - INSET)


def _draw(
    sheet: Sheet, blocks: Sequence[_Block], found: Mapping[str, Solution], study: Study, language: str
) -> None:
    """Draw the blocks over one scale: names, lines of the scale, points and intervals."""
    layout, across = sheet.page, _scale(sheet, found)
    parts = 2 if layout.narrow else 5
    ticks = [tick / parts for tick in range(math.ceil(across.low * parts), parts + 1)]
    labels = [format_number(tick, decimals=1, language=language) for tick in ticks]
    for block in blocks:
        top, bottom = sheet.top + block.top, sheet.top + block.bottom
        sheet.text(layout.margin, sheet.top + block.y, block.lines, size=layout.text, bold=True)
        for row in block.rows:
            sheet.text(layout.margin, sheet.top + row.y, row.lines)
        spans = [(top, bottom)]
        if layout.narrow:  # there the questions stand above their points, in the way of longer lines
            spans = [
                (sheet.top + row.level - row.half, sheet.top + row.level + row.half) for row in block.rows
            ]
        for span in spans:
            last = block is blocks[-1] and span is spans[-1]
            sheet.ticks(across, ticks, labels if last else [], top=span[0], bottom=span[1])
        clear = [((across(CLEAR), start), (across(CLEAR), end)) for start, end in spans]
        sheet.lines(clear, color=SOFT, linewidth=1.0, linestyle=(0, (4, 2)))
        for wave in found:
            _draw_points(sheet, block, found, wave, across, study)


def _draw_points(
    sheet: Sheet, block: _Block, found: Mapping[str, Solution], wave: str, across: Ruler, study: Study
) -> None:
    """Draw the loadings of a factor in one wave; the waves of a question stand one below the other."""
    waves, items = list(found), found[wave].factors.get(block.factor, {})
    looks = _looks(wave, waves, factor_colour(study, block.factor))
    shift = sheet.top + (waves.index(wave) - (len(waves) - 1) / 2) * DODGE
    placed = [(items[row.item], row.level + shift) for row in block.rows if row.item in items]
    ends = [
        ((across(max(one.low, across.low)), y), (across(min(one.high, across.high)), y))
        for one, y in placed
        if math.isfinite(one.low) and math.isfinite(one.high)
    ]
    sheet.lines(ends, color=looks["markeredgecolor"], linewidth=1.5 if wave == waves[-1] else 0.9)
    if placed:
        sheet.curve([across(one.estimate) for one, _ in placed], [y for _, y in placed], **looks)


def _title(
    solution: Solution, factors: Sequence[str], study: Study, model: str, wave: str, language: str
) -> str:
    """Say how many of the questions clearly belong to their scale in the latest wave."""
    text = words(language)["figures"]["loadings"]
    shown = [one for name in factors for one in solution.factors.get(name, {}).values()]
    clear = sum(abs(one.estimate) >= CLEAR for one in shown)
    label = study.models[model].label[language]
    key = "title_all" if clear == len(shown) else "title"
    return str(text[key].format(model=label, clear=clear, count=len(shown), wave=wave))


def _in_words(
    found: Mapping[str, Solution], factors: Sequence[str], study: Study, model: str, language: str
) -> Iterator[str]:
    """Say the loadings of the latest wave, factor by factor."""
    latest = list(found.values())[-1]
    for name in factors:
        said = [
            f"‘{study.short_label(item, language)}’ {format_number(one.estimate, decimals=2, language=language)}"
            for item, one in latest.factors.get(name, {}).items()
        ]
        if said:
            yield f"{study.short_label(name, language)}: {', '.join(said)}."
