"""The figures: every drawing is declared, and marks no more points than there are published cells of its kind."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from inspraak.errors import Problem, near_match
from inspraak.publishing.audit.results import Results
from inspraak.publishing.figures.lettering import WORDS_BEGIN
from inspraak.publishing.tables import TABLES

LEGEND = 8
"""Points that explain the others."""
SHAPES = 100
"""Lines and boxes beside those of cells: scales, frames, legends."""
BINS = 40
"""Boxes of the figure of weights, for each weight in each wave."""
CURVE = 110
"""Corners of the longest line: a density on the whole scale 0-100, closed below."""
POINTS = frozenset({"use", "circle", "ellipse", "rect", "polygon", "polyline", "line", "image", "text"})
"""Elements that can stand for one employer each."""
_ELEMENT = re.compile(rf"<(?P<tag>path|{'|'.join(sorted(POINTS))})\b(?P<more>[^>]*)>")
_GROUP = re.compile(r"<g\b[^>]*>|</g>")
_DEFINED = re.compile(r"<defs>.*?</defs>", re.DOTALL)
_PATH = re.compile(r"""\bd=(["'])(.*?)\1""", re.DOTALL)
_CORNER = re.compile("[LHVCQSTA]")


@dataclass(frozen=True)
class Drawn:
    """What an SVG draws beside its words: points, shapes (parts of paths), corners of the longest line."""

    points: int
    shapes: int
    corners: int


def _means(results: Results, *, grouped: bool) -> int:
    table = results.table("descriptives")
    measures = set(results.table("reliability")["index"])
    cells = table[(table["statistic"] == "mean") & table["measure"].isin(measures)]
    cells = cells[(cells["group_by"] != "") == grouped]
    return len(cells.drop_duplicates(["wave", "measure", "group_by", "group"]))


def _shares(results: Results) -> int:
    table = results.table("descriptives")
    cells = table[(table["statistic"] == "share") & (table["group_by"] == "")]
    return len(cells.drop_duplicates(["measure", "category"]))


OF_CLAIMS = tuple(name for name, table in TABLES.items() if "hypothesis" in table.text and name != "verdicts")
"""Tables whose cells the figures of single claims show."""


def _of_a_claim(results: Results) -> int:
    """Give the most cells that the tables publish of one claim."""
    names = pd.concat([results.table(name)["hypothesis"] for name in OF_CLAIMS])
    return int(names.value_counts().max()) if len(names) else 0


def _chains(results: Results) -> int:
    """A line for every imputation of an item, and its shares."""
    return int(results.table("imputation")["imputations"].sum())


@dataclass(frozen=True)
class Kind:
    """A kind of figure: how many published cells it can show, and whether it marks each by a point."""

    cells: Callable[[Results], int]
    points: bool = True


KINDS: Mapping[str, Kind] = {
    "claim": Kind(_of_a_claim),
    "groups": Kind(lambda results: _means(results, grouped=True)),
    "trend": Kind(lambda results: _means(results, grouped=False)),
    "loadings": Kind(lambda results: len(results.table("loadings"))),
    "paths": Kind(lambda results: len(results.table("loadings")), points=False),
    "imputation": Kind(lambda results: len(results.table("imputation"))),
    "chains": Kind(_chains, points=False),
    "correlations": Kind(lambda results: len(results.table("correlations")), points=False),
    "distribution": Kind(lambda results: _means(results, grouped=False), points=False),
    "items": Kind(lambda results: _shares(results), points=False),
    "weights": Kind(lambda results: BINS * len(results.table("weights")), points=False),
}
"""Every kind of figure: a new kind is a line here."""


def audit_drawings(results: Results) -> Iterator[Problem]:
    """Audit every SVG below figures/, and that every PNG is the picture of one and holds nothing beside it."""
    kinds, problems = _kinds(results)
    yield from problems
    cells = {name: kind.cells(results) for name, kind in KINDS.items()}
    for path in results.files("figures/*.svg"):
        kind = kinds.get(re.sub("_narrow$", "", path.stem), "")
        if kind not in KINDS:
            expected = f"a figure of captions_<language>.json, of a kind among {', '.join(KINDS)}"
            yield Problem(
                results.name(path), "", f"a drawing of kind '{kind}'", expected, near_match(kind, KINDS)
            )
            continue
        yield from _too_much(results.name(path), kind, drawn(path.read_text("utf-8")), cells[kind])
    for path in results.files("figures/*.png"):
        if not path.with_suffix(".svg").is_file():
            yield Problem(results.name(path), "", "a picture", f"the drawing {path.stem}.svg beside it")
        yield from _picture(results, path)


def _too_much(file: str, kind: str, found: Drawn, cells: int) -> Iterator[Problem]:
    points = cells if KINDS[kind].points else 0
    if found.points > points + LEGEND:
        expected = f"at most {points}, one for each published cell that a figure of kind '{kind}' can show"
        yield Problem(file, "", f"{found.points} points", expected)
    if found.shapes > 3 * cells + SHAPES:
        yield Problem(file, "", f"{found.shapes} lines and boxes", f"at most {3 * cells + SHAPES}")
    if found.corners > CURVE:
        expected = f"at most {CURVE}: a curve has the 101 places of the scale"
        yield Problem(file, "", f"a line of {found.corners} corners", expected)


def _kinds(results: Results) -> tuple[dict[str, str], list[Problem]]:
    """Give the kind of each figure by its file's name without `_narrow`, and what is wrong with the captions."""
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for path in results.files("figures/captions_*.json"):
        language = path.stem.removeprefix("captions_")
        try:
            captions = json.loads(path.read_text("utf-8"))
            found |= {f"{name}_{language}": str(caption["kind"]) for name, caption in captions.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            expected = "the kind, title and alternative of each figure"
            problems.append(Problem(results.name(path), "", f"what cannot be read ({error})", expected))
    return found, problems


def drawn(svg: str) -> Drawn:
    """Count what an SVG draws, letters and what is only defined left out."""
    left = _DEFINED.sub("", _without_words(svg))
    points, shapes, corners = 0, 0, 0
    for found in _ELEMENT.finditer(left):
        if found["tag"] in POINTS:
            points += 1
            continue
        data = _PATH.search(found["more"])
        parts = data[2].split("M")[1:] if data is not None else []
        shapes += len(parts)
        corners = max([corners, *(1 + len(_CORNER.findall(part)) for part in parts)])
    return Drawn(points, shapes, corners)


def _without_words(svg: str) -> str:
    """Leave out the groups of letters, with the groups inside them."""
    while (start := svg.find(WORDS_BEGIN)) >= 0:
        depth, end = 0, len(svg)
        for found in _GROUP.finditer(svg, start):
            depth += -1 if found[0] == "</g>" else 1
            if depth == 0:
                end = found.end()
                break
        svg = svg[:start] + svg[end:]
    return svg


def _picture(results: Results, path: Path) -> Iterator[Problem]:
    """A PNG holds its picture alone: no texts, no file behind its end."""
    data, place = path.read_bytes(), 8
    while place + 8 <= len(data):
        length, kind = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
        if kind not in (b"IHDR", b"IDAT", b"PLTE", b"tRNS", b"pHYs", b"gAMA", b"sRGB", b"sBIT", b"IEND"):
            found = f"a part '{kind.decode('latin-1')}'"
            yield Problem(results.name(path), "", found, "the picture alone")
        place += 12 + length
        if kind == b"IEND" and place != len(data):
            yield Problem(results.name(path), "", f"{len(data) - place} bytes behind the picture", "none")
            return
