"""Figures as they stand in the page: data URIs of a wide and a narrow drawing, with title and alternative."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from inspraak.errors import Problem, UserError

_SIZE = re.compile(r"<svg\b[^>]*?\bviewBox=[\"'](?P<box>[^\"']+)[\"']", re.DOTALL)
_PROLOGUE = re.compile(r"<\?xml[^>]*\?>|<!DOCTYPE[^>]*>|<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)


@dataclass(frozen=True)
class Image:
    """One drawing as a data URI, with its width and height in pixels (0 where it does not say)."""

    uri: str
    width: int
    height: int


@dataclass(frozen=True)
class Figure:
    """A figure of the report: its place (theme or section), texts, and the drawings for wide and narrow pages."""

    name: str
    theme: str
    kind: str
    title: str
    alternative: str
    wide: Image
    narrow: Image | None


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
            )
        )
    return tuple(figures)


def _image(path: Path) -> Image:
    drawing = re.sub(r">\s+<", "><", _PROLOGUE.sub("", path.read_text("utf-8"))).strip()
    found = _SIZE.search(drawing)
    box = re.split(r"[\s,]+", found["box"].strip()) if found else []
    width, height = (round(float(side)) for side in box[2:]) if len(box) == 4 else (0, 0)
    return Image(f"data:image/svg+xml;base64,{base64.b64encode(drawing.encode()).decode()}", width, height)
