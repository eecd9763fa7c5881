"""How indices go together in the latest wave: a map of their correlations."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from inspraak.publishing.figures.drawing import Drawing, Sheet
from inspraak.publishing.figures.legends import Key, new_sheet
from inspraak.publishing.figures.lettering import line_height, text_width
from inspraak.publishing.figures.reading import NOTHING, Pairs, indices_of, pairs
from inspraak.publishing.figures.signs import sign_keys
from inspraak.publishing.figures.style import SOFT, Page, ink_on, page, styled
from inspraak.publishing.figures.wrapping import wrap
from inspraak.publishing.language import format_number, words
from inspraak.study.study import Study

FEWEST = 3
"""Indices that a map needs."""
BOUNDS = (-1.0, -0.7, -0.5, -0.3, -0.1, 0.1, 0.3, 0.5, 0.7, 1.0)
COLOURS = (
    "#7a3300", "#b5621e", "#dba06a", "#f3dcc4", "#f0f0f0", "#cfe1f0", "#8ab9dd", "#3a82bd", "#0a4a80",
)  # fmt: skip
"""Orange: negative, blue: positive, equally light where equally strong; a minus sign parts them in grey."""
NEGATIVE = -0.1
LARGEST = 0.5
"""Longest side of a cell, in inches."""
TOLD = 10
"""Pairs that the alternative text names."""


@dataclass(frozen=True)
class _Map:
    """How a map is laid out: names and labels of the rows, a numbered list above, sizes in inches."""

    layout: Page
    names: tuple[str, ...]
    labels: tuple[list[str], ...]
    listing: tuple[str, ...]
    cell: float
    row: float
    label: float
    numbers: bool

    @property
    def above(self) -> float:
        """Give the height of the list."""
        return len(self.listing) * line_height(self.layout.small) + 0.12 if self.listing else 0.0


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
    plan = _plan(names, study, page(narrow=narrow), language, whole=not theme)
    keys = _keys(found, language) + sign_keys((cell.sign for cell in found.values()), language=language)
    cause = words(language)["general"]["no_cause"]
    notes = [text["note" if plan.numbers else "note_shades"], f"{cause[0].upper()}{cause[1:]}."]
    content = plan.above + plan.row * len(names) + line_height(plan.layout.small) + 0.03
    sheet = new_sheet(plan.layout, content, keys, notes, study, language)
    sheet.text(plan.layout.margin, sheet.top, plan.listing)
    _draw_cells(sheet, plan, found, language)
    if any(label for label in plan.labels):
        _name_rows(sheet, plan)
    else:
        _name_themes(sheet, plan, study, language)
    title, alternative = _in_words(found, wave, study, theme, language)
    name = f"correlations_{theme}" if theme else "correlations"
    return Drawing(name, sheet.figure, title, alternative, theme, "correlations")


def _plan(names: Sequence[str], study: Study, layout: Page, language: str, *, whole: bool) -> _Map:
    """Choose labels beside the rows if numbers fit then, else a numbered list, else shades alone."""
    size, count = layout.small, len(names)
    full = tuple(f"{place} {study.label(name, language)}" for place, name in enumerate(names, 1))
    digits = tuple(str(place) for place in range(1, count + 1))
    needed = text_width(format_number(-0.88, decimals=2, language=language), size) + 0.02
    beside, slim = (1.3, 0.26) if layout.narrow else (2.2, 0.26)
    listing = tuple(line for label in full for line in wrap(label, layout.inner, size))

    def filled(label: float, labels: Sequence[str], listing: tuple[str, ...], *, numbers: bool) -> _Map:
        cell = min((layout.inner - label) / count, LARGEST)
        lines = tuple(wrap(text, label - 0.06, size) if text else [] for text in labels)
        tallest = max(len(parts) for parts in lines) * line_height(size) + 0.02
        row = max(min(cell, 0.3) if numbers else cell, tallest if any(lines) else 0.0)
        return _Map(layout, tuple(names), lines, listing, cell, row, label, numbers)

    if (layout.inner - beside) / count >= needed:
        return filled(beside, full, (), numbers=True)
    if (layout.inner - slim) / count >= needed:
        return filled(slim, digits, listing, numbers=True)
    if not layout.narrow:
        return filled(2.7, full, (), numbers=False)
    if whole:
        return filled(1.1, [""] * count, (), numbers=False)
    return filled(slim, digits, listing, numbers=False)


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
    return keys


def _shade(value: float) -> int:
    return sum(value >= bound for bound in BOUNDS[1:-1])


def _draw_cells(sheet: Sheet, plan: _Map, found: Pairs, language: str) -> None:
    """Fill the lower triangle, with numbers or (shades alone) a minus sign where negative."""
    left, top = plan.layout.margin + plan.label, sheet.top + plan.above
    white = 0.012 if plan.numbers else 0.004
    shades: dict[int, list[tuple[float, float, float, float]]] = {}
    for (row, column), cell in found.items():
        x, y = left + plan.names.index(column) * plan.cell, top + plan.names.index(row) * plan.row
        middle = (x + plan.cell / 2, y + plan.row / 2)
        if not cell.known:
            sheet.text(*middle, cell.sign, across=0.5, down=0.5)
            continue
        shade = _shade(cell.estimate)
        shades.setdefault(shade, []).append((x, y, plan.cell - white, plan.row - white))
        number = format_number(cell.estimate, decimals=2, language=language)
        written = number if plan.numbers else "\N{MINUS SIGN}" if cell.estimate < NEGATIVE else ""
        size = plan.layout.small if plan.numbers else 6.0
        sheet.text(*middle, written, size=size, colour=ink_on(COLOURS[shade]), across=0.5, down=0.5)
    for shade, boxes in sorted(shades.items()):
        sheet.boxes(boxes, facecolor=COLOURS[shade], linewidth=0)


def _name_rows(sheet: Sheet, plan: _Map) -> None:
    """Write the labels beside the rows, and the numbers of the columns below them."""
    left, top = plan.layout.margin, sheet.top + plan.above
    for place, label in enumerate(plan.labels):
        sheet.text(left, top + (place + 0.5) * plan.row, label, down=0.5)
    if plan.cell < text_width("88", plan.layout.small):
        return
    bottom = top + len(plan.names) * plan.row + 0.02
    for place in range(len(plan.names) - 1):
        across = left + plan.label + (place + 0.5) * plan.cell
        sheet.text(across, bottom, str(place + 1), colour=SOFT, across=0.5)


def _name_themes(sheet: Sheet, plan: _Map, study: Study, language: str) -> None:
    """Write the names of the themes beside their rows, and part them by lines."""
    first, left, top = 0, plan.layout.margin + plan.label, sheet.top + plan.above
    bottom = top + len(plan.names) * plan.row
    for theme, inside in itertools.groupby(plan.names, key=lambda name: study.indices[name].theme):
        last = first + len(list(inside))
        lines = wrap(study.themes[theme][language], plan.label - 0.08, plan.layout.small)
        sheet.text(plan.layout.margin, top + (first + last) / 2 * plan.row, lines, down=0.5)
        x, y = left + last * plan.cell, top + last * plan.row
        sheet.lines([((left, y), (x, y)), ((x, y), (x, bottom))], color=SOFT, linewidth=0.7)
        first = last


def _in_words(found: Pairs, wave: str, study: Study, theme: str, language: str) -> tuple[str, str]:
    """Give the title, which names the strongest pair, and the alternative text, which names ten."""
    text = words(language)["figures"]["correlations"]
    about = study.themes[theme][language] if theme else text["all"]
    known = [pair for pair, cell in found.items() if cell.known]
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
