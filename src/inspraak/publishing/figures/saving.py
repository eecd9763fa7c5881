"""Write figures to files that are the same, byte for byte, in every run."""

import json
import re
import struct
import zlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from io import StringIO
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.publishing.figures.drawing import Drawing
from inspraak.publishing.figures.gallery import draw_all
from inspraak.publishing.figures.lettering import BASE, Words, letters_in_svg, line_height, new_lettering
from inspraak.publishing.figures.style import INK, WIDE, styled
from inspraak.publishing.figures.wrapping import wrap
from inspraak.study.configuration import DISCLOSURE, Disclosure
from inspraak.study.study import Study

DPI = 150
PIXELS = 1080
"""Width of a picture, of small figures too: these are shown as large."""
TITLE = 11.0
"""Size of the title above the picture in the PNG, in points; the SVG leaves titles to the page it stands in."""
_TAG = re.compile(r"<[a-z][^>]*>")
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_STEPS = re.compile(r"\s*([MLQCz])\s*")
_BOX = re.compile(r"M([\d.]+) ([\d.]+)L([\d.]+) \2L\3 ([\d.]+)L\1 \4(?:L\1 \2)?z")
_PLACES = re.compile(r"<g>\n((?:<use [^>]*/>\n)+)</g>")
_LOOKS = re.compile(r' style="[^"]*"')
_NAME = re.compile(r"\bm[0-9a-f]{10}\b")


@styled
def save_all(
    tables: Mapping[str, pd.DataFrame],
    study: Study,
    folder: Path,
    *,
    language: str,
    limits: Disclosure = DISCLOSURE,
) -> dict[str, dict[str, str]]:
    """Draw every figure of a study wide and narrow, write them with their captions, and give the captions.

    Tables as for `draw_all`; `limits` are those of disclosure control, which texts name. Beside the figures comes
    captions_<language>.json: title, alternative, theme, kind and claim of each figure by its name, in the order of the
    report.
    """
    folder.mkdir(parents=True, exist_ok=True)
    captions: dict[str, dict[str, str]] = {}
    for narrow in (False, True):
        for drawing in draw_all(tables, study, language=language, narrow=narrow, limits=limits):
            save_drawing(drawing, folder, language=language, narrow=narrow)
            captions[drawing.name] = {
                "title": drawing.title,
                "alternative": drawing.alternative,
                "theme": drawing.theme,
                "kind": drawing.kind,
                "claim": drawing.claim,
            }
    text = json.dumps(captions, ensure_ascii=False, indent=2) + "\n"
    (folder / f"captions_{language}.json").write_text(text, encoding="utf-8")
    return captions


def save_languages(
    tables: Mapping[str, pd.DataFrame],
    study: Study,
    folder: Path,
    *,
    languages: Sequence[str],
    limits: Disclosure = DISCLOSURE,
) -> None:
    """Draw every figure in every language, each language after the first in a process of its own."""
    first, *others = languages
    with ProcessPoolExecutor(max_workers=len(languages), mp_context=get_context("spawn")) as pool:
        jobs = [
            pool.submit(save_all, tables, study, folder, language=language, limits=limits)
            for language in others
        ]
        save_all(tables, study, folder, language=first, limits=limits)
        for job in jobs:
            job.result()


@styled
def save_drawing(drawing: Drawing, folder: Path, *, language: str, narrow: bool) -> None:
    """Write a drawing as <name>_<language>.svg and .png, or, narrow, as <name>_<language>_narrow.svg."""
    stem = f"{drawing.name}_{language}" + ("_narrow" if narrow else "")
    (folder / f"{stem}.svg").write_text(_svg(drawing), encoding="utf-8")
    if not narrow:
        (folder / f"{stem}.png").write_bytes(_png(drawing))


def _svg(drawing: Drawing) -> str:
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    buffer = StringIO()
    metadata = {"Date": None, "Creator": None, "Title": drawing.title}
    with matplotlib.rc_context({"svg.hashsalt": drawing.name}):
        # savefig would draw all artists twice, the first time for nothing
        canvas: Any = FigureCanvasSVG(drawing.figure)
        canvas.print_svg(buffer, metadata=metadata)
    words = [line for artist in drawing.figure.artists for line in getattr(artist, "words", ())]
    rest, end = compact(buffer.getvalue()).rsplit("</g>\n</svg>", 1)
    return f"{rest}{letters_in_svg(words, drawing.figure.get_figheight())}</g>\n</svg>{end}"


def compact(svg: str) -> str:
    """Shorten an SVG of matplotlib without a visible change: two decimals, no blanks, short names of letters.

    The names are unique within the file only: the file is shown as an image, not pasted into a page.
    """
    svg = re.sub(r"\s*(<!--.*?-->|<metadata>.*?</metadata>)", "", svg, flags=re.DOTALL)
    svg = _TAG.sub(lambda tag: _short_tag(tag.group()), re.sub(r"\n\s+", "\n", svg))
    svg = _PLACES.sub(lambda places: _one_look(places.group(1)), svg)
    names: dict[str, str] = {}
    return _NAME.sub(lambda name: names.setdefault(name.group(), f"m{len(names)}"), svg)


def _short_tag(tag: str) -> str:
    if tag.startswith("<path"):
        tag = _STEPS.sub(r"\1", tag.replace(" \n", " ")).replace(" -", "-")
    if "transform" in tag:
        return tag
    tag = _NUMBER.sub(lambda number: f"{float(number.group()):.2f}".rstrip("0").rstrip("."), tag)
    return _BOX.sub(r"M\1 \2H\3V\4H\1z", tag)


def _one_look(places: str) -> str:
    """Say the look of letters once, on their group, where all of them share it."""
    looks = set(_LOOKS.findall(places))
    if len(looks) != 1:
        return f"<g>\n{places}</g>"
    return f"<g{looks.pop()}>\n{_LOOKS.sub('', places)}</g>"


def _png(drawing: Drawing) -> bytes:
    """Draw the picture with its title above it, so that it can stand alone in a presentation."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = drawing.figure
    width, height = figure.get_size_inches()
    lines = wrap(drawing.title, width - 2 * WIDE.margin, TITLE, bold=True)
    above = len(lines) * line_height(TITLE) + 0.12
    bases = [
        height + above - 0.08 - BASE * TITLE / 72 - place * line_height(TITLE) for place in range(len(lines))
    ]
    title = new_lettering(
        [Words(WIDE.margin, base, line, TITLE, True, INK) for base, line in zip(bases, lines)]
    )
    title.set_transform(figure.dpi_scale_trans)
    figure.add_artist(title)
    figure.set_size_inches(width, height + above)
    figure.set_dpi(PIXELS / width)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    title.remove()
    figure.set_size_inches(width, height)
    return png_of(np.asarray(canvas.buffer_rgba()))


def png_of(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Write an opaque picture, (rows, columns, 4), as a PNG with nothing but its pixels and their size.

    Rows are left as they are (filter 0 of the PNG specification, section 9): of flat drawings that is as small as
    filtered rows, in less than half of the time.
    """
    rows, columns = pixels.shape[:2]
    lines = np.zeros((rows, 1 + 3 * columns), dtype=np.uint8)
    inside = np.ndarray((rows, columns, 3), np.uint8, lines.data, 1, (1 + 3 * columns, 3, 1))
    for colour in range(3):
        inside[:, :, colour] = pixels[:, :, colour]
    metre = round(DPI / 0.0254)
    parts = {
        b"IHDR": struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0),
        b"pHYs": struct.pack(">IIB", metre, metre, 1),
        b"IDAT": zlib.compress(lines.tobytes(), 1),
        b"IEND": b"",
    }
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts.items()
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
