"""How indices go together in the latest wave: a map of their correlations."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.publishing.figures.drawing import Drawing, Sheet, new_sheet
from inspraak.publishing.figures.legends import Key
from inspraak.publishing.figures.reading import NOTHING, Pairs, indices_of, pairs
from inspraak.publishing.figures.signs import sign_keys
from inspraak.publishing.figures.style import INK, SOFT, Page, line_height, page, styled
from inspraak.publishing.figures.wrapping import text_width, wrap
from inspraak.publishing.language import format_number, words
from inspraak.study.study import Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEWEST = 3
"""Indices that a map needs."""
BOUNDS = (-1.0, -0.7, -0.5, -0.3, -0.1, 0.1, 0.3, 0.5, 0.7, 1.0)
COLOURS = (
    "#7a3300", "#b5621e", "#dba06a", "#f3dcc4", "#f4f4f4", "#cfe1f0", "#8ab9dd", "#3a82bd", "#0a4a80",
)  # fmt: skip
"""Orange: negative, blue: positive, equally light where equally strong; a minus sign parts them in grey."""
LARGEST = 0.5
"""Longest side of a cell, in inches."""
TOLD = 10
"""Pairs that the alternative text names."""


@dataclass(frozen=True)
class _Map:
    """How a map is laid out: names and labels of the rows, a numbered list above, sizes in inches."""

    layout: Page
    names: tuple[str, ...]
    labels: tuple[str, ...]
    listing: tuple[str, ...]
    cell: float
    row: float
    label: float
    numbers: bool


def mapped(correlations: pd.DataFrame, study: Study, theme: str = "") -> list[str]:
    """Give the indices (of a theme, or all) that have a published correlation in the latest wave."""
    cells, _ = pairs(correlations, study)
    names = indices_of(study, theme) if theme else list(study.indices)
    present = {name for pair in cells if set(pair) <= set(names) for name in pair}
    return [name for name in names if name in present]


@styled
def draw_correlations(
    correlations: pd.DataFrame, study: Study, *, language: str, narrow: bool = False, theme: str = ""
) -> Drawing:
    """Draw the lower triangle of the correlations of the indices (of a theme, or all), in the latest wave.

    Numbers stand in the cells where there is room; a map of too many indices shows shades alone.
    """
    text = words(language)["figures"]["correlations"]
    cells, wave = pairs(correlations, study)
    names = mapped(correlations, study, theme)
    plan = _plan(names, study, page(narrow=narrow), language, whole=not theme)
    found = {
        (row, column): cells.get((row, column), NOTHING)
        for place, row in enumerate(names)
        for column in names[:place]
    }
    listing = len(plan.listing) * line_height(plan.layout.small) + (0.12 if plan.listing else 0.0)
    keys = _keys(found, language) + sign_keys((cell.sign for cell in found.values()), language=language)
    cause = words(language)["general"]["no_cause"]
    notes = [text["note" if plan.numbers else "note_shades"], f"{cause[0].upper()}{cause[1:]}."]
    content = listing + plan.row * len(names) + 0.2
    sheet = new_sheet(plan.layout, content, keys, notes, study, language)
    _draw_map(sheet, listing, plan, found, study, language)
    title, alternative = _in_words(found, wave, study, theme, language)
    name = f"correlations_{theme}" if theme else "correlations"
    return Drawing(name, sheet.figure, title, alternative, theme, "correlations")


def _plan(names: Sequence[str], study: Study, layout: Page, language: str, *, whole: bool) -> _Map:
    """Choose labels beside the rows if numbers fit then, else a numbered list, else shades alone."""
    size, count = layout.small, len(names)
    full = tuple(f"{place} {study.label(name, language)}" for place, name in enumerate(names, 1))
    digits = tuple(str(place) for place in range(1, count + 1))
    needed = text_width(format_number(-0.88, decimals=2, language=language), size - 0.5) + 0.01
    beside, slim = (1.3, 0.26) if layout.narrow else (2.2, 0.26)
    listing = tuple(line for label in full for line in wrap(label, layout.inner, size))

    def filled(label: float, labels: Sequence[str], listing: tuple[str, ...], *, numbers: bool) -> _Map:
        cell = min((layout.inner - label) / count, LARGEST)
        lines = [wrap(text, label - 0.06, size) for text in labels]
        tallest = max(len(parts) for parts in lines) * line_height(size) + 0.02
        row = max(min(cell, 0.3) if numbers else cell, tallest if any(labels) else 0.0)
        texts = tuple("\n".join(parts) for parts in lines)
        return _Map(layout, tuple(names), texts, listing, cell, row, label, numbers)

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
    text = words(language)["figures"]["correlations"]
    known = [cell.estimate for cell in found.values() if cell.known]
    keys = []
    for place, ((low, high), colour) in enumerate(zip(itertools.pairwise(BOUNDS), COLOURS)):
        if any(_shade(value) == place for value in known):
            ends = {"low": low, "high": high}
            written = {key: format_number(end, decimals=1, language=language) for key, end in ends.items()}
            box = {"facecolor": colour, "edgecolor": SOFT, "linewidth": 0.4}
            keys.append(Key(text["range"].format(**written), box=box))
    return keys


def _shade(value: float) -> int:
    return sum(value >= bound for bound in BOUNDS[1:-1])


def _draw_map(sheet: Sheet, listing: float, plan: _Map, found: Pairs, study: Study, language: str) -> None:
    """Draw the list of names, the cells, and the names or themes of the rows."""
    layout, count = plan.layout, len(plan.names)
    if plan.listing:
        sheet.text(layout.margin, sheet.top, "\n".join(plan.listing), size=layout.small)
    top = sheet.top + listing
    axes = sheet.axes(layout.margin + plan.label, top, plan.cell * count, plan.row * count)
    _draw_cells(axes, plan, found, language)
    if not any(plan.labels):
        _name_themes(sheet, axes, top, plan, study, language)
        return
    for place, label in enumerate(plan.labels):
        middle = top + (place + 0.5) * plan.row
        sheet.text(layout.margin, middle, label, size=layout.small, va="center")
    readable = plan.cell >= text_width("88", layout.small)
    for place in range(count if readable else 0):
        across = layout.margin + plan.label + (place + 0.5) * plan.cell
        below = top + plan.row * count + 0.03
        sheet.text(across, below, str(place + 1), size=layout.small, ha="center", color=SOFT)


def _draw_cells(axes: "Axes", plan: _Map, found: Pairs, language: str) -> None:
    """Fill the lower triangle, with numbers or (negative, shades alone) minus signs."""
    import seaborn as sns
    from matplotlib.colors import BoundaryNorm, ListedColormap

    names, size = list(plan.names), plan.layout.small
    values = pd.DataFrame(index=names, columns=names, dtype=float)
    written = pd.DataFrame("", index=names, columns=names)
    for (row, column), cell in found.items():
        values.loc[row, column] = cell.estimate
        number = format_number(cell.estimate, decimals=2, language=language)
        small = "\N{MINUS SIGN}" if cell.known and cell.estimate <= BOUNDS[4] else ""
        written.loc[row, column] = (number if plan.numbers else small) if cell.known else cell.sign
    sns.heatmap(
        values, mask=values.isna(), annot=written, fmt="", cbar=False, ax=axes,
        cmap=ListedColormap(list(COLOURS)), norm=BoundaryNorm(list(BOUNDS), len(COLOURS)),
        linewidths=0.6 if plan.numbers else 0.2, linecolor="white", xticklabels=False, yticklabels=False,
        annot_kws={"fontsize": size - 0.5 if plan.numbers else 6.0},
    )  # fmt: skip
    for (row, column), cell in found.items():
        if not cell.known:
            place = (names.index(column) + 0.5, names.index(row) + 0.5)
            axes.text(*place, cell.sign, ha="center", va="center", fontsize=size, color=INK)


def _name_themes(sheet: Sheet, axes: "Axes", top: float, plan: _Map, study: Study, language: str) -> None:
    """Part the rows of the themes by lines and write the names of the themes beside them."""
    layout, first = plan.layout, 0
    for theme, inside in itertools.groupby(plan.names, key=lambda name: study.indices[name].theme):
        last = first + len(list(inside))
        lines = wrap(study.themes[theme][language], plan.label - 0.08, layout.small)
        middle = top + (first + last) / 2 * plan.row
        sheet.text(layout.margin, middle, "\n".join(lines), size=layout.small, va="center")
        axes.hlines(last, 0, min(last, len(plan.names)), color=SOFT, linewidth=0.7)
        axes.vlines(last, last, len(plan.names), color=SOFT, linewidth=0.7)
        first = last


def _in_words(found: Pairs, wave: str, study: Study, theme: str, language: str) -> tuple[str, str]:
    """Give the title, which names the strongest pair, and the alternative text, which names the strongest ten."""
    text = words(language)["figures"]["correlations"]
    about = study.themes[theme][language] if theme else text["all"]
    known = [pair for pair, cell in found.items() if cell.known]
    if not known:
        title = text["title_plain"].format(about=about, wave=wave)
        return title, f"{title}."
    told = [
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
