"""Figures as they stand in the page: data URIs of a wide and a narrow drawing, with title and alternative."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markupsafe import Markup

from inspraak.errors import Problem, UserError

_SIZE = re.compile(r"<svg\b[^>]*?\bviewBox=[\"'](?P<box>[^\"']+)[\"']", re.DOTALL)
_SURPLUS = re.compile(
    r"<\?xml[^>]*\?>|<!DOCTYPE[^>]*>|<!--.*?-->|<metadata>.*?</metadata>|<title>.*?</title>",
    re.DOTALL,
)
_NAMESPACE = re.compile(r' xmlns:xlink="[^"]*"')
_REFERENCE = re.compile(r"#([A-Za-z][\w.-]*)")
_GROUP = re.compile(r'<g id="([^"]*)"')
_STYLE = re.compile(r' style="[^"]*"')
_BLANK_IN_STYLE = re.compile(r"(?<=[:;])\s+")
_PATH = re.compile(r' (d|points)="([^"]*)"')
_BESIDE_STEP = re.compile(r",(?=[A-Za-z])|(?<=[A-Za-z]),")


@dataclass(frozen=True)
class Image:
    """One drawing (SVG), with its width and height in pixels (0 where it does not say)."""

    drawing: str
    width: int
    height: int

    @cached_property
    def uri(self) -> Markup:
        """The drawing as a data URI."""
        return _data_uri(compact(self.drawing))


@dataclass(frozen=True)
class Figure:
    """A figure of the report: its place (theme, section, claim), texts, and drawings for wide and narrow pages."""

    name: str
    theme: str
    kind: str
    title: str
    alternative: str
    wide: Image
    narrow: Image | None
    claim: str = ""


def read_figures(folder: Path, *, language: str) -> tuple[Figure, ...]:
    """Read the figures of a language in the order of captions_<language>.json; none where there are no captions.

    Raises UserError for a caption whose drawing <name>_<language>.svg is not there. The narrow drawing
    <name>_<language>_narrow.svg may be absent.
    """
    captions_file = folder / f"captions_{language}.json"
    if not captions_file.is_file():
        return ()
    captions: Mapping[str, Mapping[str, str]] = json.loads(captions_file.read_text("utf-8"))
    figures: list[Figure] = []
    for name, caption in captions.items():
        wide, narrow = folder / f"{name}_{language}.svg", folder / f"{name}_{language}_narrow.svg"
        if not wide.is_file():
            raise UserError(
                Problem(captions_file.name, name, "no drawing", f"the file {wide.name} beside it")
            )
        figures.append(
            Figure(
                name=name,
                theme=caption.get("theme") or "",
                kind=caption.get("kind") or "",
                title=caption["title"],
                alternative=caption["alternative"],
                wide=_image(wide),
                narrow=_image(narrow) if narrow.is_file() else None,
                claim=caption.get("claim") or "",
            )
        )
    return tuple(figures)


def _image(path: Path) -> Image:
    drawing = path.read_text("utf-8")
    found = _SIZE.search(drawing)
    box = re.split(r"[\s,]+", found["box"].strip()) if found else []
    width, height = (round(float(side)) for side in box[2:]) if len(box) == 4 else (0, 0)
    return Image(drawing, width, height)


def compact(drawing: str) -> str:
    """Write an SVG drawing shorter without changing the picture.

    Leaves out prologue, comments, metadata, title (the page has its own alternative) and names of groups that
    nothing refers to; path data lose white space (SVG 1.1, section 8.3.9: separators are optional).
    """
    shorter = re.sub(r">\s+<", "><", _SURPLUS.sub("", drawing)).strip()
    plain = _NAMESPACE.sub("", shorter.replace("xlink:href=", "href="))
    shorter = shorter if "xlink:" in plain else plain
    used = set(_REFERENCE.findall(shorter))
    shorter = _GROUP.sub(lambda group: group[0] if group[1] in used else "<g", shorter)
    shorter = _STYLE.sub(lambda style: _BLANK_IN_STYLE.sub("", style[0]), shorter)
    return _PATH.sub(lambda path: f' {path[1]}="{_path_data(path[2])}"', shorter)


def _path_data(data: str) -> str:
    joined = ",".join(data.replace(",", " ").split())
    return _BESIDE_STEP.sub("", joined.replace(",-", "-"))


def _data_uri(drawing: str) -> Markup:
    """Percent-encode what a URL, an attribute between double quotes, or a srcset would not take as it is."""
    quotes = {'"': "%22", "'": "%27"} if "'" in drawing else {'"': "'"}
    for sign, written in ({sign: f"%{ord(sign):02X}" for sign in "%#& \t\r\n"} | quotes).items():
        drawing = drawing.replace(sign, written)
    return Markup("data:image/svg+xml," + drawing)
