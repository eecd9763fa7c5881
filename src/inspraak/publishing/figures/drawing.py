"""What a figure function gives, and the sheet that it draws on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inspraak.publishing.figures.legends import Key, draw_legend, legend_height
from inspraak.publishing.figures.style import GRID, INK, SOFT, Page, line_height
from inspraak.publishing.figures.wrapping import wrap
from inspraak.publishing.language import words
from inspraak.study.study import Study

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EDGE = 0.06
"""White above and below, in inches."""


@dataclass(frozen=True)
class Drawing:
    """One figure in one layout and language.

    `name` is the beginning of its files' names, `title` says the finding or what is shown, `alternative` is
    the text for who cannot see it, `theme` a theme of the study or "" (several), `kind` the sort of figure.
    """

    name: str
    figure: "Figure"
    title: str
    alternative: str
    theme: str
    kind: str


@dataclass(frozen=True)
class Sheet:
    """A figure measured in inches from its upper left corner; `top` is where the content begins."""

    figure: "Figure"
    page: Page
    height: float
    top: float

    def text(self, x: float, y: float, text: str, *, size: float | None = None, **looks: Any) -> None:
        """Write text with its upper left corner (unless `ha`, `va` say otherwise) at x, y."""
        looks = {"ha": "left", "va": "top", "color": INK, "linespacing": 1.25, **looks}
        size = self.page.text if size is None else size
        self.figure.text(
            x, self.height - y, text, fontsize=size, transform=self.figure.dpi_scale_trans, **looks
        )

    def axes(self, x: float, y: float, width: float, height: float) -> "Axes":
        """Make axes without frame or ticks, their upper left corner at x, y."""
        total = self.page.width
        across, down = x / total, 1 - (y + height) / self.height
        axes = self.figure.add_axes((across, down, width / total, height / self.height))
        axes.set_frame_on(False)
        axes.tick_params(length=0, labelsize=self.page.small, labelcolor=SOFT, pad=3)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_axisbelow(True)
        return axes


def new_sheet(
    page: Page, content: float, keys: Sequence[Key], notes: Sequence[str], study: Study, language: str
) -> Sheet:
    """Make a sheet for content of a height in inches, with legend above and notes below.

    A simulated study carries the words for that at the lower edge.
    """
    from matplotlib.figure import Figure

    line = line_height(page.small)
    note_lines = wrap(" ".join(notes), page.inner, page.small) if notes else []
    top = EDGE + legend_height(keys, page) + (0.08 if keys else 0.0)
    footer = 0.1 + len(note_lines) * line + (line + 0.04 if study.simulated else 0.0) + EDGE
    height = top + content + footer
    sheet = Sheet(Figure(figsize=(page.width, height), facecolor="white"), page, height, top)
    draw_legend(sheet, EDGE, keys)
    y = top + content + 0.1
    if note_lines:
        sheet.text(page.margin, y, "\n".join(note_lines), size=page.small, color=SOFT)
    if study.simulated:
        simulated = words(language)["general"]["simulated"]
        y += len(note_lines) * line + 0.04
        sheet.text(page.margin, y, simulated, size=page.small, weight="bold")
    return sheet


def score_axis(
    axes: "Axes",
    low: float,
    high: float,
    *,
    ticks: Sequence[float],
    top: float,
    bottom: float,
    labels: Mapping[float, str] | None = None,
    size: float = 8.0,
) -> None:
    """Draw a horizontal scale between two levels: a light line at each tick, with a label below where given."""
    axes.set_xlim(low, high)
    axes.vlines(ticks, top, bottom, color=GRID, linewidth=0.7, zorder=0)
    for place, label in (labels or {}).items():
        axes.annotate(
            label, (place, bottom), (0, -3), textcoords="offset points",
            ha="center", va="top", fontsize=size, color=SOFT, annotation_clip=False,
        )  # fmt: skip
