"""Text as outlines of letters, measured and drawn by the same numbers.

Matplotlib lays out and draws each text anew for each file, which takes most of the time of figures that are full
of words. Here each letter is outlined once: an SVG refers to it wherever it stands, a PNG fills its outline.
"""

import functools
import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from matplotlib.artist import Artist

Vertices = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint8]

FAMILY = "DejaVu Sans"
WORDS_BEGIN = '<g class="words"'
"""How a group of letters begins in an SVG: they are marks as points are, and an audit must tell these apart."""
LEADING = 1.25
"""Distance between base lines, as a multiple of the size."""
_STEPS = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "z"}
"""Steps of path data of an SVG by matplotlib's codes."""
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


@functools.lru_cache(maxsize=4096)
def _places(text: str, bold: bool) -> tuple[tuple[str, float], ...]:
    """Give the letters of a text with their left ends at a size of one point, then an empty letter at its end."""
    places, x, before = [], 0.0, ""
    for character in text:
        x += _kerning(before, character, bold) if before else 0.0
        places.append((character, x))
        x += _letter(character, bold)[2]
        before = character
    return (*places, ("", x))


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Give the width of one line of text of `size` points, in inches."""
    return _places(text, bold)[-1][1] * size / 72


def new_lettering(words: Sequence[Words]) -> "Artist":
    """Make the artist that draws all `words` of a figure; more may be added to the list until it is drawn.

    It draws them in a PNG only; an SVG gets them from `letters_in_svg`, in a small part of the time.
    """
    artist: Artist = _lettering()(words)
    artist.set_zorder(10)
    return artist


@functools.cache
def _lettering() -> Any:
    """Give the class of these artists, made when matplotlib is there, and once: that takes long."""
    from matplotlib.artist import Artist
    from matplotlib.backends.backend_agg import RendererAgg

    class Lettering(Artist):
        def __init__(self, words: Sequence[Words]) -> None:
            super().__init__()
            self.words = words

        def draw(self, renderer: Any) -> None:
            if isinstance(renderer, RendererAgg):
                _filled(renderer, self.words, self.get_transform())

    return Lettering


def _filled(renderer: Any, words: Sequence[Words], inches: Any) -> None:
    """Fill the outlines of each line of text as one path."""
    from matplotlib.colors import to_rgba
    from matplotlib.path import Path

    context = renderer.new_gc()
    context.set_linewidth(0)
    for line in words:
        letters = [
            (_letter(character, line.bold), x)
            for character, x in _places(line.text, line.bold)
            if character.strip()
        ]
        if letters:
            vertices = np.concatenate([letter[0] for letter, _ in letters])
            vertices[:, 0] += np.repeat([x for _, x in letters], [len(letter[0]) for letter, _ in letters])
            path = Path(
                vertices * (line.size / 72) + (line.x, line.y),
                np.concatenate([letter[1] for letter, _ in letters]),
            )
            renderer.draw_path(context, path, inches, to_rgba(line.colour))
    context.restore()


def letters_in_svg(words: Sequence[Words], height: float) -> str:
    """Give all words of a figure of a height in inches as SVG: a letter of a size is outlined once, then referred to.

    Places are in points and rounded to hundredths. Equal letters stand together: so they compress best, in a PDF too.
    """
    names: dict[tuple[str, bool, float], str] = {}
    places: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for line in words:
        y = _short(72 * (height - line.y))
        for character, x in _places(line.text, line.bold):
            if character.strip():
                name = names.setdefault((character, line.bold, line.size), f"l{len(names)}")
                left = _short(72 * line.x + x * line.size)
                places[line.colour][name].append(f'<use xlink:href="#{name}" x="{left}" y="{y}"/>\n')
    outlines = [f'<path id="{name}" d="{_outline(*letter)}"/>\n' for letter, name in names.items()]
    groups = [
        f'{WORDS_BEGIN} style="fill: {colour}">\n{"".join(itertools.chain(*letters.values()))}</g>\n'
        for colour, letters in places.items()
    ]
    return f"<defs>\n{''.join(outlines)}</defs>\n{''.join(groups)}"


@functools.cache
def _outline(character: str, bold: bool, size: float) -> str:
    """Give the outline of a letter as path data of an SVG: points downwards, rounded to hundredths."""
    from matplotlib.path import Path

    vertices, codes, _, _ = _letter(character, bold)
    steps: list[str] = []
    for corners, code in Path(vertices * (size, -size), codes).iter_segments(curves=True, simplify=False):
        steps.append(_STEPS[int(code)])
        if code != Path.CLOSEPOLY:
            steps.append(" ".join(map(_short, corners)))
    return "".join(steps).replace(" -", "-")


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
