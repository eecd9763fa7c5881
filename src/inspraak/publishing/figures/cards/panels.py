"""Small plots beside each other: where each stands, its name above it, its frame and scales."""

from collections.abc import Sequence
from dataclasses import dataclass

from inspraak.publishing.figures.drawing import Ruler, Sheet
from inspraak.publishing.figures.lettering import line_height, text_width
from inspraak.publishing.figures.style import GRID, NARROW, SOFT
from inspraak.publishing.figures.wrapping import clip

BETWEEN = 0.16
NAME_LINES = 2
LABEL_LINES = 2
LINE = line_height(NARROW.small)


@dataclass(frozen=True)
class Panel:
    """One small plot: its name, the label of its horizontal scale, and its box (inches from the top of the content)."""

    name: list[str]
    label: list[str]
    left: float
    top: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        """The lower edge of the box."""
        return self.top + self.height


def lay_out(
    names: Sequence[str], labels: Sequence[str], *, height: float, across: int, left: float, below: float
) -> tuple[list[Panel], float]:
    """Place panels in rows of `across`; `left` is kept free for a vertical scale, `below` for a horizontal one.

    Gives them and the height of all of them (inches).
    """
    across = min(across, len(names))
    column = (NARROW.inner - BETWEEN * (across - 1)) / across
    wide = column - left
    panels, y = list[Panel](), 0.0
    for start in range(0, len(names), across):
        row = range(start, min(start + across, len(names)))
        heads = [clip(names[place], column, NARROW.small, lines=NAME_LINES, bold=True) for place in row]
        feet = [
            clip(labels[place], column, NARROW.small, lines=LABEL_LINES) if labels[place] else []
            for place in row
        ]
        above = max(map(len, heads)) * LINE + 0.05
        for place, (head, foot) in enumerate(zip(heads, feet)):
            x = NARROW.margin + place * (column + BETWEEN) + left
            panels.append(Panel(head, foot, x, y + above, wide, height))
        y += above + height + below + max(map(len, feet)) * LINE + 0.1
    return panels, y - 0.1


def draw_panel(sheet: Sheet, panel: Panel, *, left: float, below: float) -> None:
    """Write the name above a panel and the label below it, and draw its frame."""
    top, bottom = sheet.top + panel.top, sheet.top + panel.bottom
    start, end = panel.left, panel.left + panel.width
    sheet.text(start - left, top - 0.05, panel.name, bold=True, down=1.0)
    sheet.text(start - left, bottom + below, panel.label, colour=SOFT)
    sheet.lines(
        [((start, bottom), (end, bottom)), ((start, top), (start, bottom))], color=GRID, linewidth=0.8
    )


def draw_levels(sheet: Sheet, panel: Panel, up: Ruler, levels: Sequence[tuple[float, str]]) -> None:
    """Draw a light line over a panel at each level, its label at the left."""
    start, end = panel.left, panel.left + panel.width
    places = [sheet.top + up(level) for level, _ in levels]
    sheet.lines([((start, place), (end, place)) for place in places], color=GRID, linewidth=0.6)
    for place, (_, label) in zip(places, levels):
        sheet.text(start - 0.05, place, label, colour=SOFT, across=1.0, down=0.5)


def widest(labels: Sequence[str]) -> float:
    """Give the width of the widest of some labels, in inches."""
    return max(text_width(label, NARROW.small) for label in labels)
