"""The mean of each index of a theme in every group of employers, for the latest wave, beside all employers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.publishing.figures.drawing import Drawing, Key, Sheet, new_sheet, score_axis
from inspraak.publishing.figures.reading import (
    NOTHING,
    SMALL,
    Cell,
    Cells,
    categories_of,
    indices_of,
    means,
    measured,
    score_range,
    waves_in,
    weight_words,
)  # fmt: skip
from inspraak.publishing.figures.signs import dot, interval_dot, mark_keys, sign_keys, small_keys
from inspraak.publishing.figures.style import INK, SOFT, Page, line_height, page, styled, theme_colour
from inspraak.publishing.figures.wrapping import text_width, wrap
from inspraak.publishing.language import format_number, unit_word, words
from inspraak.study.study import Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BETWEEN = 0.3
BLOCK_GAP = 0.2
ROW = 0.19
"""Height of a group with a label of one line, in inches."""
LABEL = 1.15
"""Room for the names of the groups, at most."""
TOTAL = {"color": SOFT, "linewidth": 1.2, "linestyle": (0, (4, 2))}


@dataclass(frozen=True)
class _Blocks:
    """What all blocks share: the cells (of one wave), the groups with their label lines, scores and sizes drawn."""

    layout: Page
    wave: str
    groups: dict[str, list[str]]
    cells: Cells
    totals: Cells
    low: float
    high: float
    colour: str
    width: float
    label: float
    value: float
    count: float

    @property
    def plot(self) -> float:
        """Give the width of the plot itself, in inches."""
        return self.width - self.label - self.value - self.count - 0.2

    def cell(self, index: str, group: str) -> Cell:
        """Give the cell of a group."""
        return self.cells.get((index, self.wave, group), NOTHING)

    def total(self, index: str) -> Cell:
        """Give the cell of all employers."""
        return self.totals.get((index, self.wave, ""), NOTHING)

    def row(self, group: str) -> float:
        """Give the height of the row of a group, in inches."""
        return max(ROW, len(self.groups[group]) * line_height(self.layout.small) + 0.05)

    @property
    def body(self) -> float:
        """Give the height of all rows of a block, in inches."""
        return sum(self.row(group) for group in self.groups)


@dataclass(frozen=True)
class _Block:
    """Where the block of an index stands: column, top of its title and of its rows (inches)."""

    index: str
    title: str
    column: int
    y: float
    top: float


@styled
def draw_groups(
    descriptives: pd.DataFrame,
    study: Study,
    theme: str,
    group_by: str,
    *,
    language: str,
    narrow: bool = False,
) -> Drawing:
    """Draw the means (0-100) of the indices of a theme per group in the latest wave, a block per index.

    A dashed line is the mean of all employers; few employers: hollow point, value in brackets; suppressed: `x`.
    Triangles mark what differs from the rest, as published.
    """
    text = words(language)["figures"]
    blocks = _blocks(descriptives, study, theme, group_by, language, page(narrow=narrow))
    shown = measured(indices_of(study, theme), blocks.cells)
    grid, height = _grid([(name, study.label(name, language)) for name in shown], blocks)
    used = [blocks.cell(name, group) for name in shown for group in blocks.groups]
    notes = [text["groups"]["note"].format(weight=weight_words(descriptives, study, language))]
    notes += [text["shortened"]] if (blocks.low, blocks.high) != (0, 100) else []
    sheet = new_sheet(blocks.layout, height, _keys(used, blocks, study, language), notes, study, language)
    for column in sorted({block.column for block in grid}):
        _draw_column(sheet, [block for block in grid if block.column == column], height, blocks, language)
    marked = sum(cell.mark in ("▲", "▼") for cell in used)
    title = text["groups"]["title_one" if marked == 1 else "title"].format(
        theme=study.themes[theme][language], group=study.label(group_by, language), wave=blocks.wave,
        marked=format_number(marked, language=language), n=format_number(len(used), language=language),
    )  # fmt: skip
    alternative = f"{title}. {_in_words(shown, blocks, study, group_by, language)}"
    return Drawing(f"groups_{group_by}_{theme}", sheet.figure, title, alternative, theme, "groups")


def _blocks(
    descriptives: pd.DataFrame, study: Study, theme: str, group_by: str, language: str, layout: Page
) -> _Blocks:
    names = indices_of(study, theme)
    cells, totals = means(descriptives, names, group_by), means(descriptives, names)
    wave = waves_in((wave for _, wave, _ in cells), study)[-1]
    cells = {key: cell for key, cell in cells.items() if key[1] == wave}
    categories = categories_of(study, group_by, (group for _, _, group in cells))
    groups = {
        group: wrap(study.category_label(group_by, group, language), LABEL, layout.small)
        for group in categories
    }
    low, high = score_range([*cells.values(), *(cell for key, cell in totals.items() if key[1] == wave)])
    counts = [format_number(cell.n, language=language) for cell in cells.values()]

    def widest(texts: Sequence[str]) -> float:
        return max(text_width(line, layout.small) for line in texts)

    return _Blocks(
        layout, wave, groups, cells, totals, low, high, theme_colour(study, theme),
        width=layout.inner if layout.narrow else (layout.inner - BETWEEN) / 2,
        label=widest([line for lines in groups.values() for line in lines]) + 0.1,
        value=widest([cell.value(decimals=0, language=language) for cell in cells.values()]) + 0.14,
        count=widest([*counts, "n"]) + 0.08,
    )  # fmt: skip


def _keys(used: Sequence[Cell], blocks: _Blocks, study: Study, language: str) -> list[Key]:
    text = words(language)["figures"]
    units = unit_word(study.unit, language=language)
    return [
        Key(text["mean"], line=interval_dot(blocks.colour)),
        *small_keys(used, blocks.colour, units=units, language=language),
        Key(text["groups"]["total"].format(units=units), line=TOTAL),
        *mark_keys((cell.mark for cell in used), language=language),
        *sign_keys((cell.sign for cell in used), language=language),
    ]


def _grid(labelled: Sequence[tuple[str, str]], blocks: _Blocks) -> tuple[list[_Block], float]:
    """Place the blocks row by row, in two columns or (narrow) one; gives them and the height of all, in inches."""
    layout, y = blocks.layout, 0.0
    across = 1 if layout.narrow else 2
    line, grid = line_height(layout.text), list[_Block]()
    for start in range(0, len(labelled), across):
        row = [
            (name, wrap(label, blocks.width - blocks.count, layout.text, bold=True))
            for name, label in labelled[start : start + across]
        ]
        top = y + max(len(lines) for _, lines in row) * line + 0.05
        for column, (name, lines) in enumerate(row):
            grid.append(_Block(name, "\n".join(lines), column, top - 0.05 - len(lines) * line, top))
        y = top + blocks.body + line_height(layout.small) + BLOCK_GAP
    return grid, y - BLOCK_GAP + 0.03


def _draw_column(
    sheet: Sheet, column: Sequence[_Block], height: float, blocks: _Blocks, language: str
) -> None:
    """Draw one column of blocks in one pair of axes, whose vertical unit is the inch (down)."""
    layout = blocks.layout
    left = layout.margin + column[0].column * (blocks.width + BETWEEN)
    axes = sheet.axes(left + blocks.label, sheet.top, blocks.plot, height)
    axes.set_ylim(height, 0)
    step = 10 if blocks.high - blocks.low <= 40 else 20
    ticks = [tick for tick in range(0, 101, step) if blocks.low <= tick <= blocks.high]
    labels = {float(tick): format_number(tick, language=language) for tick in ticks}
    for block in column:
        bottom = block.top + blocks.body
        score_axis(
            axes,
            blocks.low,
            blocks.high,
            ticks=ticks,
            top=block.top,
            bottom=bottom,
            labels=labels,
            size=layout.small,
        )
        axes.vlines(blocks.total(block.index).estimate, block.top, bottom, zorder=1, **TOTAL)
        sheet.text(left, sheet.top + block.y, block.title, weight="bold")
        sheet.text(
            left + blocks.width,
            sheet.top + block.top - 0.04,
            "n",
            size=layout.small,
            ha="right",
            va="bottom",
            color=SOFT,
        )
        y = block.top
        for group in blocks.groups:
            middle = y + blocks.row(group) / 2
            _draw_point(axes, blocks.cell(block.index, group), middle, blocks)
            _write_row(sheet, left, middle, group, blocks.cell(block.index, group), blocks, language)
            y += blocks.row(group)


def _draw_point(axes: "Axes", cell: Cell, y: float, blocks: _Blocks) -> None:
    if cell.known:
        axes.hlines(y, cell.low, cell.high, color=blocks.colour, linewidth=1.6, zorder=3)
        axes.plot(cell.estimate, y, zorder=4, clip_on=False, **dot(blocks.colour, hollow=cell.flag == SMALL))


def _write_row(
    sheet: Sheet, left: float, y: float, group: str, cell: Cell, blocks: _Blocks, language: str
) -> None:
    """Write the name of a group, its value with its mark, and its base."""
    down, size = sheet.top + y, blocks.layout.small
    sheet.text(left, down, "\n".join(blocks.groups[group]), size=size, va="center")
    value = left + blocks.label + blocks.plot + 0.1 + blocks.value - 0.14
    sheet.text(value, down, cell.value(decimals=0, language=language), size=size, ha="right", va="center")
    if cell.mark:
        sheet.text(value + 0.02, down, cell.mark, size=size, va="center", color=INK)
    if cell.known:
        count = format_number(cell.n, language=language)
        sheet.text(left + blocks.width, down, count, size=size, ha="right", va="center", color=SOFT)


def _in_words(shown: Sequence[str], blocks: _Blocks, study: Study, group_by: str, language: str) -> str:
    """Say the mean of all employers and of every group, for each index."""
    text = words(language)["figures"]["groups"]
    sentences = []
    for name in shown:
        values = [
            text["alternative_value"].format(
                group=study.category_label(group_by, group, language),
                value=blocks.cell(name, group).in_words(language=language),
            )
            for group in blocks.groups
        ]
        total = blocks.total(name).in_words(language=language)
        sentences.append(
            text["alternative"].format(
                index=study.label(name, language), total=total, values=", ".join(values)
            )
        )
    return " ".join(sentences)
