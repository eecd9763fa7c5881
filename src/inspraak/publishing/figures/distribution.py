"""How the scores of each index of a theme are spread over the scale 0-100, one line per wave."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from inspraak.publishing.figures.drawing import Drawing, Point, Ruler, Sheet
from inspraak.publishing.figures.legends import Key, new_sheet
from inspraak.publishing.figures.lettering import line_height
from inspraak.publishing.figures.reading import indices_of, plain, waves_in
from inspraak.publishing.figures.style import SOFT, Page, page, styled, theme_colour, tint, wave_lines
from inspraak.publishing.figures.wrapping import wrap
from inspraak.publishing.language import format_list, format_number, unit_word, words
from inspraak.study.study import Study

CURVE = 0.62
"""Height of the highest curve, in inches."""
COLUMNS = 3
BETWEEN = 0.3
INSET = 0.1
"""How far the scale stays from the edges of a panel, so that its labels fit."""
TICKS = (0, 25, 50, 75, 100)

Curves = Mapping[tuple[str, str], tuple[list[float], list[float]]]
"""Scores and densities by index and wave."""


@dataclass(frozen=True)
class _Panel:
    """Where the panel of an index stands: its left edge, the top of its label and its base line (inches).

    `remark` says below the label what is not drawn.
    """

    index: str
    label: list[str]
    remark: list[str]
    left: float
    y: float
    base: float


@styled
def draw_distribution(
    densities: pd.DataFrame, study: Study, theme: str, *, language: str, narrow: bool = False
) -> Drawing:
    """Draw the densities of the indices of a theme as small multiples, with the waves as lines.

    `densities` has wave, index, x (0-100) and density, only where enough employers answered; an index without
    one in the latest wave says so. All panels share one vertical scale.
    """
    text = words(language)["figures"]["distribution"]
    names = indices_of(study, theme)
    curves, waves = _curves(densities, names, study)
    shown = [name for name in names if set(study.indices[name].waves or waves) & set(waves)]
    layout, looks = page(narrow=narrow), wave_lines(waves, theme_colour(study, theme))
    across = 1 if narrow else math.ceil(len(shown) / math.ceil(len(shown) / COLUMNS))
    width = (layout.inner - BETWEEN * (across - 1)) / across
    labels = {name: wrap(study.label(name, language), width, layout.text, bold=True) for name in shown}
    remark = wrap(text["unknown"].format(wave=waves[-1]), width, layout.small)
    remarks = {name: [] if (name, waves[-1]) in curves else remark for name in shown}
    panels, height = _grid(labels, remarks, layout, across, width)
    keys = [Key(wave, line=looks[wave]) for wave in reversed(waves)]
    units = unit_word(study.unit, language=language)
    sheet = new_sheet(layout, height, keys, [text["note"].format(units=units)], study, language)
    for panel in panels:
        _draw_panel(sheet, panel, width, curves, looks)
    title = text["title"].format(
        theme=study.themes[theme][language], waves=format_list(waves, language=language)
    )
    alternative = f"{title}. {_in_words(shown, waves, curves, study, language)}"
    return Drawing(f"distribution_{theme}", sheet.figure, title, alternative, theme, "distribution")


def _curves(densities: pd.DataFrame, names: Sequence[str], study: Study) -> tuple[Curves, list[str]]:
    """Give the curves of some indices by index and wave, and the waves that have one, in order."""
    rows = plain(densities[densities["index"].isin(list(names))], "wave", "index").sort_values("x")
    curves = {
        (str(index), str(wave)): (curve["x"].tolist(), curve["density"].tolist())
        for (index, wave), curve in rows.groupby(["index", "wave"])
    }
    return curves, waves_in((wave for _, wave in curves), study)


def _grid(
    labels: Mapping[str, list[str]],
    remarks: Mapping[str, list[str]],
    layout: Page,
    across: int,
    width: float,
) -> tuple[list[_Panel], float]:
    """Place the panels row by row; gives them (from the top of the content) and the height of all, in inches."""
    y, panels = 0.0, list[_Panel]()
    heights = {
        name: len(label) * line_height(layout.text) + len(remarks[name]) * line_height(layout.small)
        for name, label in labels.items()
    }
    for start in range(0, len(labels), across):
        row = list(labels)[start : start + across]
        base = y + max(heights[name] for name in row) + 0.06 + CURVE
        for column, name in enumerate(row):
            left = layout.margin + column * (width + BETWEEN)
            top = base - CURVE - 0.06 - heights[name]
            panels.append(_Panel(name, labels[name], remarks[name], left, top, base))
        y = base + line_height(layout.small) + 0.2
    return panels, y - 0.16


def _draw_panel(
    sheet: Sheet, panel: _Panel, width: float, curves: Curves, looks: Mapping[str, dict[str, Any]]
) -> None:
    """Draw the curves of one index, the earliest wave first."""
    highest = max(max(density) for _, density in curves.values())
    base = sheet.top + panel.base
    across = Ruler(0, 100, panel.left + INSET, panel.left + width - INSET)
    down = Ruler(0, highest, base, base - CURVE)
    sheet.text(panel.left, sheet.top + panel.y, panel.label, size=sheet.page.text, bold=True)
    below = sheet.top + panel.y + len(panel.label) * line_height(sheet.page.text)
    sheet.text(panel.left, below, panel.remark, colour=SOFT)
    sheet.ticks(across, TICKS, [str(tick) for tick in TICKS], top=base - CURVE, bottom=base)
    sheet.lines([((across(0), base), (across(100), base))], color=SOFT, linewidth=0.8)
    latest = list(looks)[-1]
    lines: dict[str, list[Point]] = {}
    for wave in (wave for wave in looks if (panel.index, wave) in curves):
        scores, density = curves[panel.index, wave]
        lines[wave] = [(across(score), down(value)) for score, value in zip(scores, density)]
    if latest in lines:
        outline = [(lines[latest][0][0], base), *lines[latest], (lines[latest][-1][0], base)]
        sheet.area(outline, color=tint(looks[latest]["color"], 0.16), linewidth=0)
    for wave, points in lines.items():
        sheet.curve(*zip(*points), **looks[wave])


def _in_words(shown: Sequence[str], waves: Sequence[str], curves: Curves, study: Study, language: str) -> str:
    """Say for each index where its latest curve is highest."""
    text = words(language)["figures"]["distribution"]
    sentences = []
    for name in shown:
        drawn = [wave for wave in waves if (name, wave) in curves]
        label = study.label(name, language)
        if not drawn:
            sentences.append(text["alternative_unknown"].format(index=label))
            continue
        scores, density = curves[name, drawn[-1]]
        peak = format_number(scores[density.index(max(density))], language=language)
        sentences.append(text["alternative"].format(index=label, wave=drawn[-1], peak=peak))
    return " ".join(sentences)
