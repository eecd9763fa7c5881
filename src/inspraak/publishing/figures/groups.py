"""The mean of each index of a theme per group of employers, in the latest wave, beside all employers."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inspraak.publishing.figures.comparing import comparison_keys, in_words, marked
from inspraak.publishing.figures.drawing import Drawing, Ruler, Sheet
from inspraak.publishing.figures.legends import Key, new_sheet
from inspraak.publishing.figures.lettering import line_height, text_width
from inspraak.publishing.figures.reading import (
    NOTHING,
    SMALL,
    Cell,
    Cells,
    Descriptives,
    categories_of,
    indices_of,
    measured,
    score_range,
    waves_in,
)  # fmt: skip
from inspraak.publishing.figures.signs import dot, interval_dot, mark_keys, sign_keys, small_keys, write_sign
from inspraak.publishing.figures.style import SOFT, Page, page, styled, theme_colour
from inspraak.publishing.figures.wrapping import wrap
from inspraak.publishing.language import format_number, in_sentence, unit_word, words
from inspraak.study.configuration import DISCLOSURE, Disclosure
from inspraak.study.study import Study

BETWEEN = 0.3
BLOCK_GAP = 0.2
ROW = 0.19
"""Height of a group with a label of one line, in inches."""
MOST_ROWS = 45
"""Groups of all blocks together in one figure; more indices go on in a next part."""
LABEL = 1.25
"""Room for the names of the groups, at most."""
MARK = 0.14
TOTAL = {"color": SOFT, "linewidth": 1.2, "linestyle": (0, (4, 2))}


@dataclass(frozen=True)
class _Blocks:
    """What all blocks share: the cells of one wave, the groups with their label lines, scores and sizes drawn."""

    layout: Page
    wave: str
    groups: Mapping[str, list[str]]
    cells: Cells
    totals: Cells
    low: float
    high: float
    colour: str
    width: float
    label: float
    value: float
    count: float

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

    @property
    def ticks(self) -> list[int]:
        """Give the scores that get a line."""
        step = 10 if self.high - self.low <= 40 else 20
        return [tick for tick in range(0, 101, step) if self.low <= tick <= self.high]


@dataclass(frozen=True)
class _Block:
    """Where the block of an index stands: left edge, top of its title and of its rows (inches)."""

    index: str
    title: list[str]
    left: float
    y: float
    top: float


def group_parts(descriptives: Descriptives, study: Study, theme: str, group_by: str) -> list[list[str]]:
    """Give the indices of a theme that have a mean in some group in the latest wave, in parts of one figure each."""
    cells = _latest(descriptives.means(indices_of(study, theme), group_by), study)
    names = measured(indices_of(study, theme), cells)
    groups = len({group for _, _, group in cells})
    parts = math.ceil(len(names) / max(2, MOST_ROWS // groups)) if names else 0
    size = math.ceil(len(names) / parts) if parts else 1
    return [names[start : start + size] for start in range(0, len(names), size)]


def _latest(cells: Cells, study: Study) -> Cells:
    """Keep the cells of the latest wave."""
    wave = waves_in((wave for _, wave, _ in cells), study)[-1:]
    return {key: cell for key, cell in cells.items() if [key[1]] == wave}


@styled
def draw_groups(
    descriptives: Descriptives,
    study: Study,
    theme: str,
    group_by: str,
    indices: Sequence[str],
    *,
    language: str,
    narrow: bool = False,
    part: int = 1,
    limits: Disclosure = DISCLOSURE,
) -> Drawing:
    """Draw the means (0-100) of some indices of a theme per group in the latest wave, a block per index.

    A dashed line is the mean of all employers; few employers: hollow point, value in brackets; suppressed: `x`.
    Triangles mark what differs from the rest, as published. `part` numbers the figures of a theme and group.
    """
    text = words(language)["figures"]
    blocks = _blocks(descriptives, study, theme, group_by, indices, language, page(narrow=narrow))
    verdicts = descriptives.comparable(indices, group_by)
    labels = {name: marked(study.label(name, language), verdicts.get(name, "")) for name in indices}
    grid, height = _grid(labels, blocks)
    used = [blocks.cell(name, group) for name in indices for group in blocks.groups]
    notes = [text["groups"]["note"].format(weight=descriptives.weight_words(study, language))]
    notes += [text["groups"]["marks"]] if any(cell.mark for cell in used) else []
    notes += [text["shortened"]] if (blocks.low, blocks.high) != (0, 100) else []
    keys = _keys(used, blocks, study, limits, language)
    keys += comparison_keys(verdicts.values(), language=language)
    sheet = new_sheet(blocks.layout, height, keys, notes, study, language)
    for block in grid:
        _draw_block(sheet, block, blocks)
        _write_block(sheet, block, blocks, language)
    title = _title(used, blocks, study, theme, group_by, language)
    alternative = f"{title}. {_in_words(indices, blocks, verdicts, study, group_by, language)}"
    name = f"groups_{group_by}_{theme}" + (f"_{part}" if part > 1 else "")
    return Drawing(name, sheet.figure, title, alternative, theme, "groups")


def _title(
    used: Sequence[Cell], blocks: _Blocks, study: Study, theme: str, group_by: str, language: str
) -> str:
    """Say how many of the means that are known differ clearly from the rest."""
    text = words(language)["figures"]["groups"]
    marked = sum(cell.mark in ("▲", "▼") for cell in used)
    known = sum(cell.known for cell in used)
    return str(text["title_one" if marked == 1 else "title"]).format(
        theme=study.themes[theme][language], group=in_sentence(study.short_label(group_by, language)), wave=blocks.wave,
        marked=format_number(marked, language=language), n=format_number(known, language=language),
    )  # fmt: skip


def _blocks(
    descriptives: Descriptives,
    study: Study,
    theme: str,
    group_by: str,
    indices: Sequence[str],
    language: str,
    layout: Page,
) -> _Blocks:
    cells = _latest(descriptives.means(indices, group_by), study)
    totals = _latest(descriptives.means(indices), study)
    wave = next(wave for _, wave, _ in cells)
    categories = categories_of(study, group_by, (group for _, _, group in cells))
    labels = {group: study.category_label(group_by, group, language) for group in categories}
    groups = {group: wrap(label, LABEL, layout.small) for group, label in labels.items()}
    low, high = score_range([*cells.values(), *totals.values()])
    counts = [format_number(cell.n, language=language) for cell in cells.values()]

    def widest(texts: Sequence[str]) -> float:
        return max(text_width(line, layout.small) for line in texts)

    return _Blocks(
        layout, wave, groups, cells, totals, low, high, theme_colour(study, theme),
        width=layout.inner if layout.narrow else (layout.inner - BETWEEN) / 2,
        label=widest([line for lines in groups.values() for line in lines]) + 0.1,
        value=widest([cell.value(decimals=0, language=language) for cell in cells.values()]) + MARK,
        count=widest([*counts, "n"]) + 0.08,
    )  # fmt: skip


def _keys(
    used: Sequence[Cell], blocks: _Blocks, study: Study, limits: Disclosure, language: str
) -> list[Key]:
    text = words(language)["figures"]
    units = unit_word(study.unit, language=language)
    return [
        Key(text["mean"], line=interval_dot(blocks.colour)),
        *small_keys(used, blocks.colour, units=units, limits=limits, language=language),
        Key(text["groups"]["total"].format(units=units), line=TOTAL),
        *mark_keys((cell.mark for cell in used), language=language),
        *sign_keys((cell.sign for cell in used), language=language),
    ]


def _grid(labels: Mapping[str, str], blocks: _Blocks) -> tuple[list[_Block], float]:
    """Place the blocks row by row, in two columns or (narrow) one; gives them and the height of all (inches)."""
    layout, y = blocks.layout, 0.0
    across = 1 if layout.narrow else 2
    line, grid = line_height(layout.text), list[_Block]()
    room = blocks.width - blocks.count
    titles = {name: wrap(label, room, layout.text, bold=True) for name, label in labels.items()}
    for start in range(0, len(titles), across):
        row = list(titles)[start : start + across]
        top = y + max(len(titles[name]) for name in row) * line + 0.05
        for column, name in enumerate(row):
            left = layout.margin + column * (blocks.width + BETWEEN)
            grid.append(_Block(name, titles[name], left, top - 0.05 - len(titles[name]) * line, top))
        y = top + blocks.body + line_height(layout.small) + BLOCK_GAP
    return grid, y - BLOCK_GAP + 0.03


def _draw_block(sheet: Sheet, block: _Block, blocks: _Blocks) -> None:
    """Draw scale, total, points and intervals of one index."""
    left = block.left + blocks.label
    right = block.left + blocks.width - blocks.value - blocks.count - 0.1
    across = Ruler(blocks.low, blocks.high, left, right - 0.1)
    top = sheet.top + block.top
    bottom = top + blocks.body
    sheet.ticks(across, blocks.ticks, [str(tick) for tick in blocks.ticks], top=top, bottom=bottom)
    total = blocks.total(block.index)
    if total.known:
        sheet.lines([((across(total.estimate), top), (across(total.estimate), bottom))], **TOTAL)
    known: list[tuple[float, Cell]] = []
    y = top
    for group in blocks.groups:
        known.append((y + blocks.row(group) / 2, blocks.cell(block.index, group)))
        y += blocks.row(group)
    known = [(level, cell) for level, cell in known if cell.known]
    ends = [((across(cell.low), y), (across(cell.high), y)) for y, cell in known if cell.interval]
    sheet.lines(ends, color=blocks.colour, linewidth=1.6)
    for hollow in (False, True):
        points = [(across(cell.estimate), y) for y, cell in known if (cell.flag == SMALL) == hollow]
        if points:
            sheet.curve(*zip(*points), **dot(blocks.colour, hollow=hollow))


def _write_block(sheet: Sheet, block: _Block, blocks: _Blocks, language: str) -> None:
    """Write the title, and per group its name, value, mark and base."""
    right = block.left + blocks.width
    value = right - blocks.count - MARK
    y = sheet.top + block.top
    sheet.text(block.left, sheet.top + block.y, block.title, size=blocks.layout.text, bold=True)
    sheet.text(right, y - 0.03, "n", colour=SOFT, across=1.0, down=1.0)
    for group, lines in blocks.groups.items():
        cell, middle = blocks.cell(block.index, group), y + blocks.row(group) / 2
        sheet.text(block.left, middle, lines, down=0.5)
        if not cell.known:
            write_sign(sheet, value, middle, cell.sign, across=1.0, down=0.5)
        else:
            sheet.text(value, middle, cell.value(decimals=0, language=language), across=1.0, down=0.5)
            sheet.text(value + 0.02, middle, cell.mark, down=0.5)
            count = format_number(cell.n, language=language)
            sheet.text(right, middle, count, colour=SOFT, across=1.0, down=0.5)
        y += blocks.row(group)


def _in_words(
    shown: Sequence[str],
    blocks: _Blocks,
    verdicts: Mapping[str, str],
    study: Study,
    group_by: str,
    language: str,
) -> str:
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
        label = study.label(name, language)
        sentences.append(text["alternative"].format(index=label, total=total, values=", ".join(values)))
        sentences += in_words([verdicts.get(name, "")], language=language)
    return " ".join(sentences)
