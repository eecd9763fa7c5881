"""The path diagram of a measurement model: scales as ellipses, questions as boxes, loadings on the arrows."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from inspraak.publishing.figures.drawing import Drawing, Point, Sheet
from inspraak.publishing.figures.legends import Key, new_sheet
from inspraak.publishing.figures.lettering import line_height, text_width
from inspraak.publishing.figures.solutions import (
    Loading,
    Solution,
    factor_colour,
    solutions,
)
from inspraak.publishing.figures.style import GRID, INK, SOFT, Page, page, styled, tint
from inspraak.publishing.figures.wrapping import clip
from inspraak.publishing.language import format_list, format_number, words
from inspraak.study.study import Study

CURVES = 4
"""Up to so many scales, their correlations are curves; of more they stand in a small matrix."""
MATRIX = 9
"""Of more scales than this the correlations are left to the tables."""
WEAK = 0.50
"""A question that loads less belongs weakly to its scale: its arrow is dashed."""
LANE = 0.36
"""Room for the curves over each distance between scales, in inches."""
ELLIPSE, ARROW = 1.02, 0.72
WIDE_BOX = 2.5
"""A box wider than this (inches) has two lines at most, any other four."""
BOX_GAP, BLOCK_GAP, COLUMN_GAP = 0.06, 0.16, 0.24
LEAST_ELLIPSE = 0.46
CELL, CELL_HIGH = 0.38, 0.2
NAMES = 2.0
"""Room for the names of the scales beside their matrix in the wide layout, in inches."""
HEAD = 0.075
"""Length of the head of an arrow, in inches."""
CORNERS = 24
RIM = 0.06
"""How far apart curves leave an ellipse, in inches."""


@dataclass(frozen=True)
class _Box:
    """A question: its lines, the top and height of its box (inches from the top of the content), its loading."""

    lines: list[str]
    y: float
    height: float
    loading: Loading


@dataclass(frozen=True)
class _Block:
    """A scale: its colour, the lines of its name, the middle and half height of its ellipse, its questions."""

    factor: str
    colour: str
    lines: list[str]
    left: float
    middle: float
    half: float
    boxes: tuple[_Box, ...]


@dataclass(frozen=True)
class _Diagram:
    """What is drawn: the blocks, the width of a column, and the height of all of it (inches)."""

    blocks: tuple[_Block, ...]
    column: float
    height: float
    matrix: bool


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
    diagram = _diagram(solution, study, model, layout, language)
    weak = any(abs(one.estimate) < WEAK for items in solution.factors.values() for one in items.values())
    limit = format_number(WEAK, decimals=2, language=language)
    keys = [Key(text["arrow"], line={"color": INK, "linewidth": 1.6})]
    keys += [Key(text["weak"].format(limit=limit), line=_dashed())] if weak else []
    keys += [Key(text["curve"], line={"color": SOFT, "linewidth": 1.1})] if _curved(solution) else []
    notes = [text["note"]]
    notes += (
        [text["above"].format(loadings=_above(solution, study, model, language))] if solution.above else []
    )
    sheet = new_sheet(layout, diagram.height, keys, notes, study, language)
    for block in diagram.blocks:
        _draw_block(sheet, block, diagram, language)
    if diagram.matrix:
        _draw_matrix(sheet, solution, study, diagram, language)
    elif _curved(solution):
        _draw_curves(sheet, solution, diagram, language)
    title = text["title"].format(model=study.models[model].label[language], wave=wave)
    alternative = f"{title}. {' '.join(_in_words(solution, study, model, language))}"
    return Drawing(f"paths_{model}", sheet.figure, title, alternative, "", "paths")


def _curved(solution: Solution) -> bool:
    return bool(solution.correlations) and len(solution.factors) <= CURVES


def _dashed() -> dict[str, object]:
    return {"color": INK, "linewidth": 1.0, "linestyle": (0, (3, 2))}


def _diagram(solution: Solution, study: Study, model: str, layout: Page, language: str) -> _Diagram:
    """Place the scales below each other, in two columns where there are many and the page is wide."""
    factors = list(solution.factors)
    across = 2 if len(factors) > CURVES and not layout.narrow else 1
    lane = LANE * (len(factors) - 1) if _curved(solution) else 0.0
    column = (layout.inner - COLUMN_GAP * (across - 1)) / across
    blocks, heights = list[_Block](), [0.0] * across
    numbered = len(factors) > CURVES
    for place, factor in enumerate(factors, 1):
        side = heights.index(min(heights))
        left = layout.margin + side * (column + COLUMN_GAP) + lane
        label = study.short_label(factor, language)
        label = f"{place} {label}" if numbered else label
        block, bottom = _block(
            solution.factors[factor],
            study,
            (factor, label),
            left,
            heights[side],
            column - lane,
            layout,
            language,
        )
        blocks.append(block)
        heights[side] = bottom + BLOCK_GAP
    height = max(heights) - BLOCK_GAP
    matrix = CURVES < len(factors) <= MATRIX and bool(solution.correlations)
    height += (len(factors) + 1) * CELL_HIGH + 0.2 if matrix else 0.0
    return _Diagram(tuple(blocks), column - lane, height, matrix)


def _block(
    items: Mapping[str, Loading],
    study: Study,
    named: tuple[str, str],
    left: float,
    y: float,
    width: float,
    layout: Page,
    language: str,
) -> tuple[_Block, float]:
    """Place one scale with its questions from `y` on; gives it and where it ends (inches)."""
    factor, label = named
    short = clip(label, ELLIPSE * 0.92, layout.small, lines=4)
    lines = short if len(short) <= 2 else clip(label, ELLIPSE * 0.8, layout.small, lines=4)
    half = max(LEAST_ELLIPSE, len(lines) * line_height(layout.small) + 0.2) / 2
    room = width - ELLIPSE - ARROW
    boxes, bottom = list[_Box](), y
    for item, loading in items.items():
        lines_of_box = 2 if room > WIDE_BOX else 4
        wrapped = clip(study.short_label(item, language), room - 0.12, layout.small, lines=lines_of_box)
        height = len(wrapped) * line_height(layout.small) + 0.08
        boxes.append(_Box(wrapped, bottom, height, loading))
        bottom += height + BOX_GAP
    bottom = max(bottom - BOX_GAP, y + 2 * half)
    taken = boxes[-1].y + boxes[-1].height - y
    lower = (bottom - y - taken) / 2
    boxes = [_Box(box.lines, box.y + lower, box.height, box.loading) for box in boxes]
    colour = factor_colour(study, factor)
    return _Block(factor, colour, lines, left, (y + bottom) / 2, half, tuple(boxes)), bottom


def _ellipse(x: float, y: float, wide: float, high: float) -> list[Point]:
    turns = [2 * math.pi * step / (2 * CORNERS) for step in range(2 * CORNERS)]
    return [(x + wide * math.cos(turn), y + high * math.sin(turn)) for turn in turns]


def _draw_block(sheet: Sheet, block: _Block, diagram: _Diagram, language: str) -> None:
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
    looks = _dashed() if strength < WEAK else {"color": INK, "linewidth": 0.6 + 1.4 * strength}
    length = math.dist(start, end)
    along = ((end[0] - start[0]) / length, (end[1] - start[1]) / length)
    neck = (end[0] - HEAD * along[0], end[1] - HEAD * along[1])
    sheet.lines([(start, neck)], **looks)
    wing = (HEAD * 0.42 * along[1], -HEAD * 0.42 * along[0])
    corners = [end, (neck[0] + wing[0], neck[1] + wing[1]), (neck[0] - wing[0], neck[1] - wing[1])]
    sheet.area(corners, facecolor=INK, linewidth=0)


def _draw_curves(sheet: Sheet, solution: Solution, diagram: _Diagram, language: str) -> None:
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


def _rim(block: _Block, away: float) -> float:
    """Give how far the rim of an ellipse lies from its left end, so much above or below its middle (inches)."""
    return ELLIPSE / 2 * (1 - math.sqrt(max(0.0, 1 - (away / block.half) ** 2)))


def _draw_matrix(sheet: Sheet, solution: Solution, study: Study, diagram: _Diagram, language: str) -> None:
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
