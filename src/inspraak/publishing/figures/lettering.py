"""Text as outlines of letters, measured and drawn by the same numbers.

Matplotlib lays out and draws each text anew for each file, which takes most of the time of figures that are full
of words. Here each letter is outlined once: an SVG refers to it wherever it stands, a PNG fills its outline.
"""

import functools
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from matplotlib.artist import Artist

Vertices = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint8]

FAMILY = "DejaVu Sans"
LEADING = 1.25
"""Distance between base lines, as a multiple of the size."""
BASE = 0.97
"""Distance of the first base line from the top of a text, as a multiple of the size."""


@dataclass(frozen=True)
class Words:
    """One line of text: its left end and base line in inches (upwards), size in points, colour as #rrggbb."""

    x: float
    y: float
    text: str
    size: float
    bold: bool
    colour: str


def line_height(size: float) -> float:
    """Give the height of one line of text of `size` points, in inches."""
    return size * LEADING / 72


@functools.cache
def _font(bold: bool) -> Any:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties(family=[FAMILY], weight="bold" if bold else "normal")))
    font.set_size(100, 72)
    return font


@functools.cache
def _letter(character: str, bold: bool) -> tuple[Vertices, Codes, float, int]:
    """Give outline (vertices, codes) and advance of a letter at a size of one point, and its number in the font."""
    from matplotlib.ft2font import LoadFlags

    font = _font(bold)
    advance = font.load_char(ord(character), flags=LoadFlags.NO_HINTING).linearHoriAdvance / 65536 / 100
    vertices, codes = font.get_path()
    return vertices / 100, codes, float(advance), int(font.get_char_index(ord(character)))


@functools.cache
def _kerning(left: str, right: str, bold: bool) -> float:
    from matplotlib.ft2font import Kerning

    pair = (_letter(left, bold)[3], _letter(right, bold)[3])
    return float(_font(bold).get_kerning(*pair, Kerning.UNFITTED)) / 64 / 100


def _places(text: str, bold: bool) -> Iterator[tuple[str, float]]:
    """Give the letters of a text with their left ends at a size of one point, then an empty letter at its end."""
    x, before = 0.0, ""
    for character in text:
        x += _kerning(before, character, bold) if before else 0.0
        yield character, x
        x += _letter(character, bold)[2]
        before = character
    yield "", x


@functools.lru_cache(maxsize=4096)
def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Give the width of one line of text of `size` points, in inches."""
    return [x for _, x in _places(text, bold)][-1] * size / 72


def new_lettering(words: Sequence[Words]) -> "Artist":
    """Make the artist that draws all `words` of a figure; more may be added to the list until it is drawn."""
    from matplotlib.artist import Artist

    class Lettering(Artist):
        def __init__(self) -> None:
            super().__init__()
            self.words = words

        def draw(self, renderer: Any) -> None:
            from matplotlib.backends.backend_agg import RendererAgg

            drawn = _filled if isinstance(renderer, RendererAgg) else _referred
            drawn(renderer, self.words, self.get_transform())

    artist = Lettering()
    artist.set_zorder(10)
    return artist


def _filled(renderer: Any, words: Sequence[Words], inches: Any) -> None:
    """Fill the outlines of each line of text as one path."""
    from matplotlib.colors import to_rgba
    from matplotlib.path import Path

    context = renderer.new_gc()
    context.set_linewidth(0)
    for line in words:
        scale, parts, codes = line.size / 72, list[Vertices](), list[Codes]()
        for character, x in _places(line.text, line.bold):
            if character.strip():
                vertices, kinds, _, _ = _letter(character, line.bold)
                parts.append((vertices + np.array((x, 0.0))) * scale + np.array((line.x, line.y)))
                codes.append(kinds)
        if parts:
            path = Path(np.concatenate(parts), np.concatenate(codes))
            renderer.draw_path(context, path, inches, to_rgba(line.colour))
    context.restore()


def _referred(renderer: Any, words: Sequence[Words], inches: Any) -> None:
    """Draw each letter (of a size and colour) as one marker at all of its places."""
    from matplotlib.colors import to_rgba
    from matplotlib.path import Path
    from matplotlib.transforms import Affine2D

    places: dict[tuple[str, float, bool, str], list[tuple[float, float]]] = defaultdict(list)
    for line in words:
        for character, x in _places(line.text, line.bold):
            if character.strip():
                key = (line.colour, line.size, line.bold, character)
                places[key].append((line.x + x * line.size / 72, line.y))
    context = renderer.new_gc()
    context.set_linewidth(0)
    for (colour, size, bold, character), points in places.items():
        vertices, codes, _, _ = _letter(character, bold)
        outline = Path(vertices, codes)
        scale = Affine2D().scale(size / 72) + inches
        renderer.draw_markers(context, outline, scale, Path(points), inches, to_rgba(colour))
    context.restore()
