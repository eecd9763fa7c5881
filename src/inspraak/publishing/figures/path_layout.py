"""Where the scales and questions of a path diagram stand."""

from collections.abc import Mapping
from dataclasses import dataclass

from inspraak.publishing.figures.lettering import line_height
from inspraak.publishing.figures.solutions import Loading, Solution, factor_colour
from inspraak.publishing.figures.style import Page
from inspraak.publishing.figures.wrapping import clip
from inspraak.study.study import Study

CURVES = 4
"""Up to so many scales, their correlations are curves; of more they stand in a small matrix."""
MATRIX = 9
"""Of more scales than this the correlations are left to the tables."""
LANE = 0.36
"""Room for the curves over each distance between scales, in inches."""
ELLIPSE, ARROW = 1.02, 0.72
"""Widths of an ellipse and of the room for arrows, in inches."""
LEAST_ELLIPSE = 0.46
WIDE_BOX = 2.5
"""A box wider than this (inches) has two lines at most, any other four."""
BOX_GAP, BLOCK_GAP, COLUMN_GAP = 0.06, 0.16, 0.24
CELL_HIGH = 0.2
"""Height of a row of the matrix, in inches."""


@dataclass(frozen=True)
class Box:
    """A question: its lines, the top and height of its box (inches from the top of the content), its loading."""

    lines: list[str]
    y: float
    height: float
    loading: Loading


@dataclass(frozen=True)
class Block:
    """A scale: its colour, the lines of its name, the middle and half height of its ellipse, its questions."""

    factor: str
    colour: str
    lines: list[str]
    left: float
    middle: float
    half: float
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Diagram:
    """What is drawn: the blocks, the width of a column, and the height of all of it (inches)."""

    blocks: tuple[Block, ...]
    column: float
    height: float
    matrix: bool


def curved(solution: Solution) -> bool:
    """Tell whether the correlations of the scales are drawn as curves."""
    return bool(solution.correlations) and len(solution.factors) <= CURVES


def lay_out(solution: Solution, study: Study, layout: Page, language: str) -> Diagram:
    """Place the scales below each other, in two columns where there are many and the page is wide."""
    factors = list(solution.factors)
    across = 2 if len(factors) > CURVES and not layout.narrow else 1
    lane = LANE * (len(factors) - 1) if curved(solution) else 0.0
    column = (layout.inner - COLUMN_GAP * (across - 1)) / across
    blocks, heights = list[Block](), [0.0] * across
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
    return Diagram(tuple(blocks), column - lane, height, matrix)


def _block(
    items: Mapping[str, Loading],
    study: Study,
    named: tuple[str, str],
    left: float,
    y: float,
    width: float,
    layout: Page,
    language: str,
) -> tuple[Block, float]:
    """Place one scale with its questions from `y` on; gives it and where it ends (inches)."""
    factor, label = named
    short = clip(label, ELLIPSE * 0.92, layout.small, lines=4)
    lines = short if len(short) <= 2 else clip(label, ELLIPSE * 0.8, layout.small, lines=4)
    half = max(LEAST_ELLIPSE, len(lines) * line_height(layout.small) + 0.2) / 2
    room = width - ELLIPSE - ARROW
    boxes, bottom = list[Box](), y
    for item, loading in items.items():
        lines_of_box = 2 if room > WIDE_BOX else 4
        wrapped = clip(study.short_label(item, language), room - 0.12, layout.small, lines=lines_of_box)
        height = len(wrapped) * line_height(layout.small) + 0.08
        boxes.append(Box(wrapped, bottom, height, loading))
        bottom += height + BOX_GAP
    bottom = max(bottom - BOX_GAP, y + 2 * half)
    taken = boxes[-1].y + boxes[-1].height - y
    lower = (bottom - y - taken) / 2
    boxes = [Box(box.lines, box.y + lower, box.height, box.loading) for box in boxes]
    colour = factor_colour(study, factor)
    return Block(factor, colour, lines, left, (y + bottom) / 2, half, tuple(boxes)), bottom
