"""The sheet with what stands around the content: legend above, notes and the words of a simulation below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inspraak.publishing.figures.drawing import Sheet
from inspraak.publishing.figures.lettering import line_height, text_width
from inspraak.publishing.figures.style import SOFT, Page
from inspraak.publishing.figures.wrapping import wrap
from inspraak.publishing.language import UNKNOWN, words
from inspraak.study.study import Study

EDGE = 0.06
"""White above and below, in inches."""
SAMPLE = 0.26
"""Width of the sample before a word, in inches."""
GAP = 0.07
BETWEEN = 0.2
BETWEEN_LINES = 0.05


@dataclass(frozen=True)
class Key:
    """One entry of a legend: a word with a line, a filled box or a sign before it."""

    label: str
    line: Mapping[str, Any] | None = None
    box: Mapping[str, Any] | None = None
    sign: str = ""

    def before(self, page: Page) -> float:
        """Give the width of what stands before the word, in inches."""
        return (text_width(self.sign, page.text) if self.sign else SAMPLE) + GAP


def new_sheet(
    page: Page, content: float, keys: Sequence[Key], notes: Sequence[str], study: Study, language: str
) -> Sheet:
    """Make a sheet for content of a height in inches, with legend above and notes below.

    A simulated study carries the words for that at the lower edge.
    """
    from matplotlib.figure import Figure

    line = line_height(page.small)
    note = wrap(" ".join(notes), page.inner, page.small) if notes else []
    top = EDGE + legend_height(keys, page) + (0.1 if keys else 0.0)
    below = 0.1 + len(note) * line + (line + 0.04 if study.simulated else 0.0)
    height = top + content + below + EDGE
    sheet = Sheet(Figure(figsize=(page.width, height), facecolor="white"), page, height, top)
    draw_legend(sheet, EDGE, keys)
    sheet.text(page.margin, top + content + 0.1, note, colour=SOFT)
    if study.simulated:
        simulated = words(language)["general"]["simulated"]
        sheet.text(page.margin, height - EDGE, simulated, bold=True, down=1.0)
    return sheet


def legend_height(keys: Sequence[Key], page: Page) -> float:
    """Give the height that a legend takes, in inches; 0 without entries."""
    lines = _flow(keys, page)[1]
    return lines * line_height(page.small) + max(lines - 1, 0) * BETWEEN_LINES


def draw_legend(sheet: Sheet, y: float, keys: Sequence[Key]) -> None:
    """Draw a legend over the width of a sheet, its upper edge `y` inches below that of the sheet."""
    line = line_height(sheet.page.small)
    for key, x, row, label in _flow(keys, sheet.page)[0]:
        top = y + row * (line + BETWEEN_LINES)
        _draw_sample(sheet, key, x, top + line / 2)
        sheet.text(x + key.before(sheet.page), top, label)


def _flow(keys: Sequence[Key], page: Page) -> tuple[list[tuple[Key, float, int, list[str]]], int]:
    """Place entries from left to right in as many lines as they need; a long entry takes several."""
    placed: list[tuple[Key, float, int, list[str]]] = []
    x, row, used = page.margin, 0, 0
    for key in keys:
        label = wrap(key.label, page.inner - key.before(page), page.small)
        width = key.before(page) + max(text_width(line, page.small) for line in label)
        if x > page.margin and x + width > page.margin + page.inner:
            x, row, used = page.margin, row + used, 0
        placed.append((key, x, row, label))
        used = max(used, len(label))
        x += width + BETWEEN
    return placed, row + used


def _draw_sample(sheet: Sheet, key: Key, x: float, y: float) -> None:
    if key.sign:
        sheet.text(x, y, key.sign, size=sheet.page.text, bold=key.sign == UNKNOWN, down=0.5)
    if key.box is not None:
        sheet.boxes([(x, y - 0.055, SAMPLE, 0.11)], **key.box)
    if key.line is not None:
        middle = x + SAMPLE / 2
        alone = key.line.get("linestyle") == ""
        xs = [middle] if alone else [x, middle, x + SAMPLE]
        sheet.curve(xs, [y] * len(xs), **key.line)
