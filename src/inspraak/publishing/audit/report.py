"""The reports: their cells are published cells, their filter holds no more, and nothing else is carried along."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from inspraak.errors import Problem
from inspraak.publishing.audit.drawings import Drawn, drawn
from inspraak.publishing.audit.page import Cell, Page
from inspraak.publishing.audit.results import Results
from inspraak.publishing.language import LANGUAGES, words

SCRIPTS = frozenset({"cells", "filter-words"})
"""The data that the filter reads."""
BASE = re.compile(r"^n\s=\s([\d.,]+)$")
NUMBER = re.compile(r"[-−]?\d[\d.,]*")
IMAGE = re.compile(r'data:([^," ]*),([^" ]*)')
VECTOR = "image/svg+xml"


def audit_reports(results: Results) -> Iterator[Problem]:
    """Audit every HTML file of the folder."""
    drawings = {drawn(path.read_text("utf-8")) for path in results.files("figures/*.svg")}
    for path in results.files("*.html"):
        text = path.read_text("utf-8")
        language = path.stem.rpartition("_")[2]
        if language not in LANGUAGES:
            yield Problem(results.name(path), "", f"a page in '{language}'", " or ".join(LANGUAGES))
            continue
        yield from _images(results, path, text, drawings)
        page = Page()
        page.feed(IMAGE.sub("", text))
        page.close()
        for line, found in page.surplus:
            yield Problem(results.name(path), f"line {line}", found, "none: the page holds what it shows")
        yield from _cells(results, path, page, language)
        yield from _scripts(results, path, page, language)


def _images(results: Results, path: Path, text: str, drawings: set[Drawn]) -> Iterator[Problem]:
    """Every picture in the page is one of the drawings below figures/."""
    for place, image in enumerate(IMAGE.finditer(text), 1):
        kind, data = image[1].partition(";")[0], image[2]
        if kind != VECTOR:
            yield Problem(results.name(path), f"picture {place}", f"a picture of type '{kind}'", VECTOR)
        elif drawn(unquote(data).replace("'", '"')) not in drawings:
            expected = "a drawing of the folder figures/"
            yield Problem(results.name(path), f"picture {place}", "another drawing", expected)


def _cells(results: Results, path: Path, page: Page, language: str) -> Iterator[Problem]:
    """A number beside a base is published with that base, and no base is too small."""
    minimum, named = results.limits.minimum_n, _bases(language)
    columns: frozenset[int] = frozenset()
    for row in page.rows:
        if row and all(cell.heading for cell in row):
            columns = frozenset(place for place, cell in enumerate(row) if cell.text.strip() in named)
            continue
        counts = bool(row) and row[0].text.strip() in named
        for place, cell in enumerate(row[1:], 1):
            counted = counts or place in columns
            n = _number(cell.text, language) if counted else _base(cell.beside, language)
            if n is None:
                continue
            where = f"line {cell.line}, {row[0].text.strip()[:60]}"
            if n < minimum:
                yield Problem(results.name(path), where, f"n = {n:g}", f"{minimum} employers or more")
            elif not counted:
                found = next(_unpublished(results, n, cell, language), None)
                if found is not None:
                    expected = "a number that the tables publish with this base"
                    yield Problem(results.name(path), where, f"{found} beside n = {n:g}", expected)


def _bases(language: str) -> frozenset[str]:
    """Give the names of columns and rows that hold unweighted bases."""
    text: Mapping[str, Mapping[str, str]] = words(language)["report"]
    return frozenset({text["relations"]["base"], text["methods"]["n"], text["themes"]["base"]})


def _base(beside: list[str], language: str) -> float | None:
    """Give the base that stands beside a number, None where there is none."""
    return next((_number(found[1], language) for line in beside if (found := BASE.match(line))), None)


def _number(text: str, language: str) -> float | None:
    """Read the first number of a text as the language writes it; None where there is none."""
    found = NUMBER.search(text)
    return None if found is None else _read(found[0], language)[0]


def _read(written: str, language: str) -> tuple[float, int]:
    """Give a number and its decimals."""
    thousands, point = (".", ",") if language == "nl" else (",", ".")
    whole, _, decimals = written.rstrip(".,").replace("−", "-").replace(thousands, "").partition(point)
    return float(f"{whole}.{decimals or 0}"), len(decimals)


def _unpublished(results: Results, n: float, cell: Cell, language: str) -> Iterator[str]:
    """Give the numbers of a cell that the tables do not publish with base n, at the decimals that are written."""
    for text in (cell.value, *(line for line in cell.beside if not BASE.match(line))):
        for found in NUMBER.finditer(text):
            value, decimals = _read(found[0], language)
            scale = 100 if text[found.end() :].lstrip().startswith("%") else 1
            if not results.numbers.holds(n, value / scale, 0.5000001 * 10.0**-decimals / scale):
                yield found[0]


def _scripts(results: Results, path: Path, page: Page, language: str) -> Iterator[Problem]:
    """The filter holds for each group at most the cells that are published of it, each with its base."""
    for name, text in page.scripts:
        if name and name not in SCRIPTS:
            yield Problem(results.name(path), f"script '{name}'", "data beside those of the filter", "none")
        elif name == "cells":
            try:
                groups = {
                    (by, group): list(map(str, cells))
                    for by, of in json.loads(text).items()
                    for group, cells in of.items()
                }
            except (ValueError, AttributeError, TypeError) as error:
                found = f"what cannot be read ({error})"
                yield Problem(
                    results.name(path), "script 'cells'", found, "JSON: cells by grouping and group"
                )
                continue
            for group, cells in groups.items():
                for found, expected in _group(results, group, cells, language):
                    yield Problem(results.name(path), f"filter, {' '.join(group)}", found, expected)


def _group(
    results: Results, group: tuple[str, str], cells: list[str], language: str
) -> Iterator[tuple[str, str]]:
    """Compare what the filter holds of a group with the cells that the descriptives show of it."""
    table, minimum = results.table("descriptives"), results.limits.minimum_n
    rows = table[(table["group_by"] == group[0]) & (table["group"] == group[1]) & table["estimate"].notna()]
    kept = "establishment" if (rows["weight"] == "establishment").any() else "none"
    is_share = rows.loc[rows["weight"] == kept, "statistic"] == "share"
    published = {"share": int(is_share.sum()), "mean": int((~is_share).sum())}
    bases = frozenset(np.unique(rows["n"].to_numpy(dtype=float)).tolist())
    counts = dict.fromkeys(published, 0)
    for text in cells:
        value, *beside = text.split("\t")
        if not NUMBER.search(value):
            continue
        n, share = _base(beside, language), "%" in value
        if n is None and not share:
            n = _number(value, language)
        else:
            counts["share" if share else "mean"] += 1
        if n is not None and n < minimum:
            yield f"n = {n:g}", f"{minimum} employers or more"
        elif n is not None and n not in bases:
            yield f"n = {n:g}", "the base of a published cell of the group"
    for statistic, count in counts.items():
        if count > published[statistic]:
            yield f"{count} cells that show a {statistic}", f"the {published[statistic]} that are published"
