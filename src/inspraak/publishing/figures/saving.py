"""Write figures to files that are the same, byte for byte, in every run."""

import json
import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pandas as pd

from inspraak.publishing.figures.drawing import Drawing
from inspraak.publishing.figures.gallery import draw_all
from inspraak.publishing.figures.style import INK, WIDE, line_height, styled
from inspraak.publishing.figures.wrapping import wrap
from inspraak.study.study import Study

DPI = 150
TITLE = 11.0
"""Size of the title above the picture in the PNG, in points; the SVG leaves titles to the page it stands in."""
_TAG = re.compile(r"<[a-z][^>]*>")
_USE = re.compile(r'(<use xlink:href="#[^"]+") transform="translate\((-?[\d.]+) (-?[\d.]+)\)"/>')
_NUMBER = re.compile(r"scale\([^)]*\)|-?\d+\.\d{3,}")


def save_all(
    tables: Mapping[str, pd.DataFrame], study: Study, folder: Path, *, language: str
) -> dict[str, dict[str, str]]:
    """Draw every figure of a study wide and narrow, write them with their captions, and give the captions.

    Tables as for `draw_all`. Beside the figures comes captions_<language>.json: title, alternative, theme and
    kind of each figure by its name, in the order of the report.
    """
    folder.mkdir(parents=True, exist_ok=True)
    captions: dict[str, dict[str, str]] = {}
    for narrow in (False, True):
        for drawing in draw_all(tables, study, language=language, narrow=narrow):
            save_drawing(drawing, folder, language=language, narrow=narrow)
            captions[drawing.name] = {
                "title": drawing.title,
                "alternative": drawing.alternative,
                "theme": drawing.theme,
                "kind": drawing.kind,
            }
    text = json.dumps(captions, ensure_ascii=False, indent=2) + "\n"
    (folder / f"captions_{language}.json").write_text(text, encoding="utf-8")
    return captions


@styled
def save_drawing(drawing: Drawing, folder: Path, *, language: str, narrow: bool) -> None:
    """Write a drawing as <name>_<language>.svg and .png, or, narrow, as <name>_<language>_narrow.svg."""
    stem = f"{drawing.name}_{language}" + ("_narrow" if narrow else "")
    (folder / f"{stem}.svg").write_text(_svg(drawing), encoding="utf-8")
    if not narrow:
        (folder / f"{stem}.png").write_bytes(_png(drawing))


def _svg(drawing: Drawing) -> str:
    import matplotlib

    buffer = BytesIO()
    metadata = {"Date": None, "Creator": None, "Title": drawing.title}
    with matplotlib.rc_context({"svg.hashsalt": drawing.name}):
        drawing.figure.savefig(buffer, format="svg", metadata=metadata)
    return compact(buffer.getvalue().decode("utf-8"))


def compact(svg: str) -> str:
    """Shorten an SVG of matplotlib without a visible change: no comments, two decimals, short references."""
    svg = re.sub(r"\s*<!--.*?-->", "", svg, flags=re.DOTALL)
    return _TAG.sub(lambda tag: _compact_tag(tag.group()), re.sub(r"\n\s+", "\n", svg))


def _compact_tag(tag: str) -> str:
    def shorter(match: re.Match[str]) -> str:
        number = match.group()
        return number if number.startswith("scale") else f"{float(number):.2f}".rstrip("0").rstrip(".")

    def place(match: re.Match[str]) -> str:
        across, down = (f' {name}="{value}"' if float(value) else "" for name, value in zip("xy", match.groups()[1:]))
        return f"{match.group(1)}{across}{down}/>"

    return _USE.sub(place, _NUMBER.sub(shorter, tag)).replace("DejaVuSans", "d")


def _png(drawing: Drawing) -> bytes:
    """Draw the picture with its title above it, so that it can stand alone in a presentation."""
    from matplotlib.transforms import Bbox

    figure = drawing.figure
    width, height = figure.get_size_inches()
    lines = wrap(drawing.title, width - 2 * WIDE.margin, TITLE, bold=True)
    above = len(lines) * line_height(TITLE) + 0.12
    title = figure.text(
        WIDE.margin, height + above - 0.08, "\n".join(lines), transform=figure.dpi_scale_trans,
        fontsize=TITLE, weight="bold", color=INK, va="top", linespacing=1.25,
    )  # fmt: skip
    buffer = BytesIO()
    box = Bbox([[0, 0], [width, height + above]])
    figure.savefig(buffer, format="png", dpi=DPI, bbox_inches=box, metadata={"Software": None})
    title.remove()
    return buffer.getvalue()
