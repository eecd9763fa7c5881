"""The path diagram of a measurement model: scales as ellipses, questions as boxes, loadings on the arrows."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from inspraak.publishing.figures.drawing import Drawing, Point, Sheet
from inspraak.publishing.figures.legends import Key, new_sheet
from inspraak.publishing.figures.lettering import line_height, text_width
from inspraak.publishing.figures.path_layout import (
    ARROW,
    CELL_HIGH,
    ELLIPSE,
    LANE,
    Block,
    Diagram,
    curved,
    lay_out,
)
from inspraak.publishing.figures.solutions import Loading, Solution, solutions
from inspraak.publishing.figures.style import GRID, INK, SOFT, page, styled, tint
from inspraak.publishing.figures.wrapping import clip
from inspraak.publishing.language import format_list, format_number, words
from inspraak.publishing.measurement_limits import CLEAR
from inspraak.study.study import Study

CELL = 0.38
"""Width of a column of the matrix, in inches."""
NAMES = 2.0
"""Room for the names of the scales beside their matrix in the wide layout, in inches."""
HEAD = 0.075
"""Length of the head of an arrow, in inches."""
CORNERS = 24
RIM = 0.06
"""How far apart curves leave an ellipse, in inches."""


@styled
def draw_paths(
    tables: Mapping[str, pd.DataFrame], study: Study, model: str, *, language: str, narrow: bool = False
) -> Drawing:
    """Draw the declared structure of a model in the latest wave with a usable solution, loadings standardised.

    The correlations of up to four scales are curves at the left, those of up to nine a matrix below. A loading below
    0.50 has a dashed arrow.
    """
    text, layout = words(language)["figures"]["paths"], page(narrow=narrow)
    wave, solution = list(solutions(tables, study, model).items())[-1]
    diagram = lay_out(solution, study, layout, language)
    weak = any(abs(one.estimate) < CLEAR for items in solution.factors.values() for one in items.values())
    limit = format_number(CLEAR, decimals=2, language=language)
    keys = [Key(text["arrow"], line={"color": INK, "linewidth": 1.6})]
    keys += [Key(text["weak"].format(limit=limit), line=_dashed())] if weak else []
    keys += [Key(text["curve"], line={"color": SOFT, "linewidth": 1.1})] if curved(solution) else []
    notes = [text["note"]]
    notes += (
        [text["above"].format(loadings=_above(solution, study, model, language))] if solution.above else []
    )
    sheet = new_sheet(layout, diagram.height, keys, notes, study, language)
    for block in diagram.blocks:
        _draw_block(sheet, block, diagram, language)
    if diagram.matrix:
        _draw_matrix(sheet, solution, study, diagram, language)
    elif curved(solution):
        _draw_curves(sheet, solution, diagram, language)
    title = text["title"].format(model=study.models[model].label[language], wave=wave)
    alternative = f"{title}. {' '.join(_in_words(solution, study, model, language))}"
    return Drawing(f"paths_{model}", sheet.figure, title, alternative, "", "paths")


def _dashed() -> dict[str, Any]:
    return {"color": INK, "linewidth": 1.0, "linestyle": (0, (3, 2))}


def _ellipse(x: float, y: float, wide: float, high: float) -> list[Point]:
    turns = [2 * math.pi * step / (2 * CORNERS) for step in range(2 * CORNERS)]
    return [(x + wide * math.cos(turn), y + high * math.sin(turn)) for turn in turns]


def _draw_block(sheet: Sheet, block: Block, diagram: Diagram, language: str) -> None:
    """Draw a scale, its questions, and an arrow with its loading to each."""
    middle, centre = sheet.top + block.middle, block.left + ELLIPSE / 2
    box_left = block.left + ELLIPSE + ARROW
    room = diagram.column - ELLIPSE - ARROW
    for box in block.boxes:
        y = sheet.top + box.y + box.height / 2
        _draw_arrow(sheet, (block.left + ELLIPSE, middle), (box_left, y), box.loading)
    rims = [(box_left, sheet.top + box.y, room, box.height) for box in block.boxes]
    sheet.boxes(rims, facecolor="white", edgecolor=SOFT, linewidth=0.8)
    oval = _ellipse(centre, middle, ELLIPSE / 2, block.half)
    sheet.area(oval, facecolor=tint(block.colour, 0.16), edgecolor=block.colour, linewidth=1.3)
    sheet.text(centre, middle, block.lines, across=0.5, down=0.5)
    for box in block.boxes:
        y = sheet.top + box.y + box.height / 2
        sheet.text(box_left + 0.06, y, box.lines, down=0.5)
        value = format_number(box.loading.estimate, decimals=2, language=language)
        share = 0.62
        at = (block.left + ELLIPSE + share * ARROW, middle + share * (y - middle))
        wide = text_width(value, sheet.page.small) + 0.04
        high = line_height(sheet.page.small) - 0.02
        sheet.boxes([(at[0] - wide / 2, at[1] - high / 2, wide, high)], facecolor="white", linewidth=0)
        sheet.text(*at, value, across=0.5, down=0.5)


def _draw_arrow(sheet: Sheet, start: Point, end: Point, loading: Loading) -> None:
    """Draw an arrow, thicker for a stronger loading and dashed for a weak one."""
    strength = min(abs(loading.estimate), 1.0)
    looks = _dashed() if strength < CLEAR else {"color": INK, "linewidth": 0.6 + 1.4 * strength}
    draw_arrow(sheet, start, end, **looks)


def draw_arrow(sheet: Sheet, start: Point, end: Point, *, color: str, **looks: Any) -> None:
    """Draw an arrow from one place to another; looks are those of a matplotlib LineCollection."""
    length = math.dist(start, end)
    along = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
    neck = (end[0] - HEAD * along[0], end[1] - HEAD * along[1])
    sheet.lines([(start, neck)], color=color, **looks)
    wing = (HEAD * 0.42 * along[1], -HEAD * 0.42 * along[0])
    corners = [end, (neck[0] + wing[0], neck[1] + wing[1]), (neck[0] - wing[0], neck[1] - wing[1])]
    sheet.area(corners, facecolor=color, linewidth=0)


def _draw_curves(sheet: Sheet, solution: Solution, diagram: Diagram, language: str) -> None:
    """Draw the correlation of each pair of scales as a curve at the left, farther out the farther they are apart."""
    places = {block.factor: place for place, block in enumerate(diagram.blocks)}
    for first, second in itertools.combinations(diagram.blocks, 2):
        value = solution.correlations.get((first.factor, second.factor))
        if value is None:
            continue
        apart = places[second.factor] - places[first.factor]
        left, out = first.left, LANE * apart - 0.1
        top, bottom = sheet.top + first.middle + RIM * apart, sheet.top + second.middle - RIM * apart
        turns = [math.pi * step / CORNERS for step in range(CORNERS + 1)]
        ends = [_rim(block, RIM * apart) for block in (first, second)]
        xs = [left + ends[turn > math.pi / 2] * abs(math.cos(turn)) - out * math.sin(turn) for turn in turns]
        ys = [(top + bottom) / 2 - (bottom - top) / 2 * math.cos(turn) for turn in turns]
        sheet.curve(xs, ys, color=SOFT, linewidth=1.1)
        written = format_number(value, decimals=2, language=language)
        wide, high = text_width(written, sheet.page.small) + 0.03, line_height(sheet.page.small) - 0.02
        at = (max(left - out, sheet.page.margin + wide / 2), (top + bottom) / 2)
        sheet.boxes([(at[0] - wide / 2, at[1] - high / 2, wide, high)], facecolor="white", linewidth=0)
        sheet.text(*at, written, across=0.5, down=0.5)


def _rim(block: Block, away: float) -> float:
    """Give how far the rim of an ellipse lies from its left end, so much above or below its middle (inches)."""
    return ELLIPSE / 2 * (1 - math.sqrt(max(0.0, 1 - (away / block.half) ** 2)))


def _draw_matrix(sheet: Sheet, solution: Solution, study: Study, diagram: Diagram, language: str) -> None:
    """Write the correlations of the scales as half a matrix below them; rows and columns have their numbers."""
    factors, layout = list(solution.factors), sheet.page
    top = sheet.top + diagram.height - len(factors) * CELL_HIGH
    names = 0.0 if layout.narrow else NAMES
    left = layout.margin + 0.2 + names
    heading = words(language)["figures"]["paths"]["matrix"]
    sheet.text(layout.margin, top - 0.05, heading, size=layout.text, bold=True, down=1.0)
    for row, factor in enumerate(factors):
        y = top + (row + 0.5) * CELL_HIGH
        sheet.text(left - names - 0.06, y, str(row + 1), bold=True, across=1.0, down=0.5)
        if names:
            label = clip(study.short_label(factor, language), names - 0.1, layout.small, lines=1)
            sheet.text(left - names, y, label, down=0.5)
        sheet.text(left + (row + 0.5) * CELL, y, str(row + 1), bold=True, colour=SOFT, across=0.5, down=0.5)
        for column, other in enumerate(factors[:row]):
            value = solution.correlations.get((factor, other))
            if value is not None:
                written = format_number(value, decimals=2, language=language)
                sheet.text(left + (column + 0.5) * CELL, y, written, across=0.5, down=0.5)
        end = left + (row + 1) * CELL
        sheet.lines([((left, y + CELL_HIGH / 2), (end, y + CELL_HIGH / 2))], color=GRID, linewidth=0.6)


def _above(solution: Solution, study: Study, model: str, language: str) -> str:
    parts = [
        f"{study.short_label(name, language)} {format_number(one.estimate, decimals=2, language=language)}"
        for name, one in solution.above.items()
    ]
    return format_list(parts, language=language)


def _in_words(solution: Solution, study: Study, model: str, language: str) -> Iterator[str]:
    """Say the loadings of every scale, and the correlations of the scales."""
    text = words(language)["figures"]["paths"]
    for factor, items in solution.factors.items():
        said = [
            f"‘{study.short_label(item, language)}’ {format_number(one.estimate, decimals=2, language=language)}"
            for item, one in items.items()
        ]
        yield f"{study.short_label(factor, language)}: {', '.join(said)}."
    pairs = [
        text["pair"].format(
            first=study.short_label(first, language),
            second=study.short_label(second, language),
            value=format_number(solution.correlations[first, second], decimals=2, language=language),
        )
        for first, second in itertools.combinations(solution.factors, 2)
        if (first, second) in solution.correlations
    ]
    if pairs:
        yield text["pairs"].format(pairs="; ".join(pairs))
    if solution.above:
        yield text["above"].format(loadings=_above(solution, study, model, language))


def drawn_models(tables: Mapping[str, pd.DataFrame], study: Study) -> Sequence[str]:
    """Name the models that have a usable solution in some wave, in the order of the study."""
    return [name for name in study.models if solutions(tables, study, name)]
