"""How indices go together in the latest wave: a map of their correlations."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from inspraak.publishing.figures.drawing import Drawing, Sheet
from inspraak.publishing.figures.legends import Key, new_sheet
from inspraak.publishing.figures.lettering import line_height, text_width
from inspraak.publishing.figures.reading import NOTHING, SHARED, Cell, Pairs, indices_of, pairs
from inspraak.publishing.figures.signs import sign_keys, write_sign
from inspraak.publishing.figures.style import INK, SOFT, Page, ink_on, page, styled
from inspraak.publishing.figures.wrapping import wrap
from inspraak.publishing.language import format_number, words
from inspraak.study.study import Study

FEWEST = 3
"""Indices that a map needs."""
MOST = 45
"""Indices in the map of all themes; with more of them the maps of the themes must do."""
BOUNDS = (-1.0, -0.7, -0.5, -0.3, -0.1, 0.1, 0.3, 0.5, 0.7, 1.0)
COLOURS = (
    "#7a3300", "#b5621e", "#dba06a", "#f3dcc4", "#f0f0f0", "#cfe1f0", "#8ab9dd", "#3a82bd", "#0a4a80",
)  # fmt: skip
"""Orange: negative, blue: positive, equally light where equally strong; a minus sign parts them in grey."""
NEGATIVE = -0.1
MINUS = 6.0
"""Size of the minus signs of a map without numbers, in points."""
LARGEST = 0.5
"""Longest side of a cell, in inches."""
MOST_LINES = 3
"""Lines of a label beside its row; longer labels go to a numbered list."""
NUMBER = 0.24
"""Room for the number of a row, in inches."""
TOLD = 10
"""Pairs that the alternative text names."""


@dataclass(frozen=True)
class _Map:
    """How a map is laid out: names and labels of the rows, a numbered list above, sizes in inches.

    `numbers` is the size of the numbers in the cells, in points; 0 where there is no room for them.
    """

    layout: Page
    names: tuple[str, ...]
    labels: tuple[list[str], ...]
    listing: tuple[list[str], ...]
    cell: float
    row: float
    label: float
    numbers: float

    @property
    def named(self) -> bool:
        """Tell whether the rows carry labels or at least numbers."""
        return bool(self.listing) or any(self.labels)

    def down(self, place: float) -> float:
        """Give the upper edge of a row, from the top of the content; a list makes the first, empty row needless."""
        return self.above + (place - bool(self.listing)) * self.row

    @property
    def above(self) -> float:
        """Give the height of the list."""
        lines = sum(len(label) for label in self.listing)
        return lines * line_height(self.layout.small) + (0.12 if self.listing else 0.0)


def mapped(correlations: pd.DataFrame, study: Study, theme: str = "") -> list[str]:
    """Give the indices (of a theme, or all) that have a published correlation in the latest wave."""
    names = indices_of(study, theme) if theme else list(study.indices)
    present = {name for pair in pairs(correlations, names, study)[0] for name in pair}
    return [name for name in names if name in present]


@styled
def draw_correlations(
    correlations: pd.DataFrame, study: Study, *, language: str, narrow: bool = False, theme: str = ""
) -> Drawing:
    """Draw the lower triangle of the correlations of the indices (of a theme, or all), in the latest wave.

    Numbers stand in the cells where there is room; a map of too many indices shows shades alone.
    """
    text = words(language)["figures"]["correlations"]
    names = mapped(correlations, study, theme)
    cells, wave = pairs(correlations, names, study)
    found = {
        (row, column): cells.get((row, column), NOTHING)
        for place, row in enumerate(names)
        for column in names[:place]
    }
    plan = _plan(names, study, found, page(narrow=narrow), language, whole=not theme)
    keys = _keys(found, language) + sign_keys((cell.sign for cell in found.values()), language=language)
    cause = words(language)["general"]["no_cause"]
    notes = [text["note" if plan.numbers else "note_shades"], f"{cause[0].upper()}{cause[1:]}."]
    content = plan.down(len(names)) + line_height(plan.layout.small) + 0.03
    sheet = new_sheet(plan.layout, content, keys, notes, study, language)
    _list_names(sheet, plan)
    _draw_cells(sheet, plan, found, language)
    if plan.named:
        _name_rows(sheet, plan)
    if not theme:
        _part_themes(sheet, plan, study, language)
    title, alternative = _in_words(found, wave, study, theme, language)
    name = f"correlations_{theme}" if theme else "correlations"
    return Drawing(name, sheet.figure, title, alternative, theme, "correlations")


def _plan(
    names: Sequence[str], study: Study, found: Pairs, layout: Page, language: str, *, whole: bool
) -> _Map:
    """Choose labels beside the rows if numbers fit then, else a numbered list, else shades alone."""
    size, columns = layout.small, max(len(names) - 1, 1)
    full = [study.label(name, language) for name in names]
    widest = max(text_width(label, size) for label in full) + NUMBER + 0.1
    listing = tuple(wrap(label, layout.inner - NUMBER, size) for label in full)

    def filled(label: float, *, named: bool, listed: bool, numbers: float) -> _Map:
        cell = min((layout.inner - label) / columns, LARGEST)
        lines = tuple(wrap(text, label - NUMBER - 0.08, size) if named else [] for text in full)
        tallest = max(1 if named or listed else 0, *(len(parts) for parts in lines)) * line_height(size)
        row = max(min(cell, 0.3) if numbers else cell, tallest + 0.02 if tallest else 0.0)
        return _Map(layout, tuple(names), lines, listing if listed else (), cell, row, label, numbers)

    for points in (size, size - 1.0):
        needed = _widest(found, points, language)
        room = min(1.45 if layout.narrow else 2.4, widest)
        beside = filled(room, named=True, listed=False, numbers=points)
        if beside.cell >= needed and max(len(lines) for lines in beside.labels) <= MOST_LINES:
            return beside
        if (layout.inner - NUMBER) / columns >= needed:
            return filled(NUMBER, named=False, listed=True, numbers=points)
    if not layout.narrow:
        return filled(min(3.1, widest), named=True, listed=False, numbers=0.0)
    return filled(1.1 if whole else NUMBER, named=False, listed=not whole, numbers=0.0)


def _widest(found: Pairs, size: float, language: str) -> float:
    """Give the width that a cell needs for its number, in inches."""
    return max(text_width(_number(cell, language), size) for cell in found.values()) + 0.03


def _number(cell: Cell, language: str) -> str:
    """Write a correlation, with an asterisk where it is partly built in."""
    number = format_number(cell.estimate, decimals=2, language=language)
    return f"{number}*" if cell.flag == SHARED else number


def _keys(found: Pairs, language: str) -> list[Key]:
    """Explain the shades that are used, from the lowest to the highest."""
    form = words(language)["figures"]["correlations"]["range"]
    used = {_shade(cell.estimate) for cell in found.values() if cell.known}
    keys = []
    for place, (low, high) in enumerate(itertools.pairwise(BOUNDS)):
        if place in used:
            ends = [format_number(end, decimals=1, language=language) for end in (low, high)]
            box = {"facecolor": COLOURS[place], "edgecolor": SOFT, "linewidth": 0.4}
            keys.append(Key(form.format(low=ends[0], high=ends[1]), box=box))
    if any(cell.flag == SHARED for cell in found.values()):
        keys.append(Key(words(language)["figures"]["correlations"]["shared"], sign="*"))
    return keys


def _shade(value: float) -> int:
    return sum(value >= bound for bound in BOUNDS[1:-1])


def _draw_cells(sheet: Sheet, plan: _Map, found: Pairs, language: str) -> None:
    """Fill the lower triangle, with numbers or (shades alone) a minus sign where negative."""
    left, top = plan.layout.margin + plan.label, sheet.top
    white = 0.012 if plan.numbers else 0.004
    shades: dict[int, list[tuple[float, float, float, float]]] = {}
    for (row, column), cell in found.items():
        x, y = left + plan.names.index(column) * plan.cell, top + plan.down(plan.names.index(row))
        middle = (x + plan.cell / 2, y + plan.row / 2)
        if not cell.known:
            write_sign(sheet, *middle, cell.sign, across=0.5, down=0.5)
            continue
        shade = _shade(cell.estimate)
        shades.setdefault(shade, []).append((x, y, plan.cell - white, plan.row - white))
        alone = ("\N{MINUS SIGN}" if cell.estimate < NEGATIVE else "") + ("*" if cell.flag == SHARED else "")
        written = _number(cell, language) if plan.numbers else alone
        size = plan.numbers or MINUS
        sheet.text(*middle, written, size=size, colour=ink_on(COLOURS[shade]), across=0.5, down=0.5)
    for shade, boxes in sorted(shades.items()):
        sheet.boxes(boxes, facecolor=COLOURS[shade], linewidth=0)


def _list_names(sheet: Sheet, plan: _Map) -> None:
    """Write the numbered list above the map, if there is one."""
    y = sheet.top
    for place, label in enumerate(plan.listing, 1):
        sheet.text(plan.layout.margin + NUMBER - 0.06, y, str(place), colour=SOFT, across=1.0)
        sheet.text(plan.layout.margin + NUMBER, y, label)
        y += len(label) * line_height(plan.layout.small)


def _name_rows(sheet: Sheet, plan: _Map) -> None:
    """Write numbers and labels beside the rows, and the numbers of the columns below them."""
    left, top, count = plan.layout.margin, sheet.top, len(plan.names)
    for place, label in list(enumerate(plan.labels))[bool(plan.listing) :]:
        middle = top + plan.down(place + 0.5)
        sheet.text(left + NUMBER - 0.06, middle, str(place + 1), colour=SOFT, across=1.0, down=0.5)
        sheet.text(left + NUMBER, middle, label, down=0.5)
    step = 1 if plan.cell > text_width("88", plan.layout.small) else 5
    for place in range(step, count, step):
        across = left + plan.label + (place - 0.5) * plan.cell
        sheet.text(across, top + plan.down(count) + 0.02, str(place), colour=SOFT, across=0.5)


def _part_themes(sheet: Sheet, plan: _Map, study: Study, language: str) -> None:
    """Part the themes by lines, and write their names beside their rows where no index is named."""
    first, left, top = 0, plan.layout.margin + plan.label, sheet.top
    bottom = top + plan.down(len(plan.names))
    for theme, inside in itertools.groupby(plan.names, key=lambda name: study.indices[name].theme):
        last = first + len(list(inside))
        if not plan.named:
            lines = wrap(study.themes[theme][language], plan.label - 0.08, plan.layout.small)
            sheet.text(plan.layout.margin, top + plan.down((first + last) / 2), lines, down=0.5)
        if last < len(plan.names):
            x, y = left + last * plan.cell, top + plan.down(last)
            sheet.lines([((left, y), (x, y)), ((x, y), (x, bottom))], color=INK, linewidth=0.8)
        first = last


def _in_words(found: Pairs, wave: str, study: Study, theme: str, language: str) -> tuple[str, str]:
    """Give the title, which names the strongest pair, and the alternative text, which names ten.

    Pairs that share items are passed over: how strongly these go together is partly built in.
    """
    text = words(language)["figures"]["correlations"]
    about = study.themes[theme][language] if theme else text["all"]
    known = [pair for pair, cell in found.items() if cell.known and cell.flag != SHARED]
    if not known:
        title = text["title_plain"].format(about=about, wave=wave)
        return title, f"{title}."
    told: list[Mapping[str, str]] = [
        {
            "x": study.label(column, language),
            "y": study.label(row, language),
            "value": format_number(found[row, column].estimate, decimals=2, language=language),
        }
        for row, column in sorted(known, key=lambda pair: -abs(found[pair].estimate))[:TOLD]
    ]
    title = text["title"].format(about=about, wave=wave, **told[0])
    listed = "; ".join(text["alternative_pair"].format(**pair) for pair in told)
    return title, f"{title}. {text['alternative'].format(pairs=listed)}"
