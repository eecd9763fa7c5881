"""Legends that run from left to right and break into lines where the page ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inspraak.publishing.figures.style import Page, line_height
from inspraak.publishing.figures.wrapping import text_width, wrap

if TYPE_CHECKING:
    from inspraak.publishing.figures.drawing import Sheet

SAMPLE = 0.3
"""Width of the sample before a word, in inches."""
GAP = 0.07
BETWEEN_LINES = 0.05


@dataclass(frozen=True)
class Key:
    """One entry of a legend: a word with a line, a filled box or a sign before it."""

    label: str
    line: Mapping[str, Any] | None = None
    box: Mapping[str, Any] | None = None
    sign: str = ""


def legend_height(keys: Sequence[Key], page: Page) -> float:
    """Give the height that a legend takes, in inches; 0 without entries."""
    _, lines = _flow(keys, page)
    return lines * (line_height(page.small) + BETWEEN_LINES)


def draw_legend(sheet: "Sheet", y: float, keys: Sequence[Key]) -> None:
    """Draw a legend over the width of a sheet, its upper edge `y` inches below that of the sheet."""
    line = line_height(sheet.page.small)
    for key, x, row, label in _flow(keys, sheet.page)[0]:
        _draw_key(sheet, key, x, y + row * (line + BETWEEN_LINES) + line / 2, label)


def _flow(keys: Sequence[Key], page: Page) -> tuple[list[tuple[Key, float, int, str]], int]:
    """Place legend entries from left to right in as many lines as they need; a long entry takes several."""
    placed: list[tuple[Key, float, int, str]] = []
    x, row, used = page.margin, 0, 1
    for key in keys:
        sample = SAMPLE if not key.sign else text_width(key.sign, page.text) + GAP
        lines = wrap(key.label, page.inner - sample - GAP, page.small)
        width = sample + GAP + max(text_width(line, page.small) for line in lines)
        if x > page.margin and x + width > page.margin + page.inner:
            x, row, used = page.margin, row + used, 1
        placed.append((key, x, row, "\n".join(lines)))
        used = max(used, len(lines))
        x += width + 0.2
    return placed, row + used if keys else 0


def _draw_key(sheet: "Sheet", key: Key, x: float, y: float, label: str) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    figure, level = sheet.figure, sheet.height - y
    inches = figure.dpi_scale_trans
    end = x + SAMPLE
    if key.sign:
        sheet.text(x, y, key.sign, va="center_baseline")
        end = x + text_width(key.sign, sheet.page.text) + GAP
    if key.box is not None:
        figure.add_artist(Rectangle((x, level - 0.055), SAMPLE - 0.04, 0.11, transform=inches, **key.box))
    if key.line is not None:
        looks = dict(key.line)
        middle = x + SAMPLE / 2 - 0.02
        spread = [middle] if looks.get("linestyle") == "" else [x, middle, x + SAMPLE - 0.04]
        figure.add_artist(Line2D(spread, [level] * len(spread), transform=inches, **looks))
    first = y - line_height(sheet.page.small) / 2
    sheet.text(end + GAP * (0.3 if key.sign else 1), first + 0.012, label, size=sheet.page.small)
