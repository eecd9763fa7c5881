"""What a figure function gives, and the sheet that it draws on, measured in inches."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from inspraak.publishing.figures.lettering import BASE, Words, line_height, new_lettering, text_width
from inspraak.publishing.figures.style import GRID, INK, SOFT, Page

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Point = tuple[float, float]


@dataclass(frozen=True)
class Drawing:
    """One figure in one layout and language.

    `name` is the beginning of its files' names, `title` says the finding or what is shown, `alternative` is
    the text for who cannot see it, `theme` a theme of the study or "" (several), `kind` the sort of figure, `claim`
    the one claim that it belongs to or "".
    """

    name: str
    figure: "Figure"
    title: str
    alternative: str
    theme: str
    kind: str
    claim: str = ""


@dataclass(frozen=True)
class Ruler:
    """A linear scale: values from `low` to `high` lie between the places `start` and `end`, in inches."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Give the place of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


@dataclass(frozen=True)
class Sheet:
    """A figure whose places are inches from its upper left corner; what is drawn later lies on top.

    `top` is where the content begins, below the legend.
    """

    figure: "Figure"
    page: Page
    height: float
    top: float
    words: list[Words] = field(default_factory=list)

    def __post_init__(self) -> None:
        artist = new_lettering(self.words)
        self.figure.add_artist(artist)
        artist.set_transform(self.figure.dpi_scale_trans)

    def text(
        self, x: float, y: float, lines: str | Sequence[str], *, size: float | None = None, bold: bool = False,
        colour: str = INK, across: float = 0.0, down: float = 0.0,
    ) -> None:  # fmt: skip
        """Write lines; the share `across` of the width lies left of x, the share `down` of the height above y."""
        lines = [lines] if isinstance(lines, str) else lines
        size = self.page.small if size is None else size
        top = self.height - y + down * len(lines) * line_height(size)
        for place, line in enumerate(lines):
            left = x - across * text_width(line, size, bold=bold)
            base = top - place * line_height(size) - BASE * size / 72
            self.words.append(Words(left, base, line, size, bold, colour))

    def lines(self, ends: Sequence[tuple[Point, Point]], **looks: Any) -> None:
        """Draw straight lines; looks are those of a matplotlib LineCollection."""
        from matplotlib.collections import LineCollection

        turned = [[(x, self.height - y) for x, y in pair] for pair in ends]
        self._add(LineCollection(turned, **looks))

    def curve(self, xs: Sequence[float], ys: Sequence[float], **looks: Any) -> None:
        """Draw a line through points, or points alone; looks are those of a matplotlib Line2D."""
        from matplotlib.lines import Line2D

        self._add(Line2D(xs, [self.height - y for y in ys], **looks))

    def area(self, points: Sequence[Point], **looks: Any) -> None:
        """Fill a polygon; looks are those of a matplotlib Polygon."""
        from matplotlib.patches import Polygon

        self._add(Polygon([(x, self.height - y) for x, y in points], closed=True, **looks))

    def boxes(self, boxes: Sequence[tuple[float, float, float, float]], **looks: Any) -> None:
        """Fill boxes (left, top, width, height) of one colour; looks are those of a matplotlib PathPatch."""
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path

        corners = [
            [(x, y), (x + width, y), (x + width, y + height), (x, y + height), (x, y)]
            for x, y, width, height in boxes
        ]
        points = [(x, self.height - y) for box in corners for x, y in box]
        codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(boxes)
        if points:
            self._add(PathPatch(Path(points, codes), **looks))

    def _add(self, artist: Any) -> None:
        artist.set_transform(self.figure.dpi_scale_trans)
        artist.set_zorder(1)
        self.figure.add_artist(artist)

    def ticks(
        self, scale: Ruler, values: Sequence[float], labels: Sequence[str], *, top: float, bottom: float
    ) -> None:
        """Draw a light line at each value of a horizontal scale, from `top` to `bottom`, its label (if any) below."""
        self.lines(
            [((scale(value), top), (scale(value), bottom)) for value in values], color=GRID, linewidth=0.7
        )
        for value, label in zip(values, labels):
            self.text(scale(value), bottom + 0.02, label, colour=SOFT, across=0.5)
