"""The legend of what stands in figures beside or in place of a number, only for what is used."""

from collections.abc import Iterable, Mapping
from typing import Any

from inspraak.publishing.figures.drawing import Sheet
from inspraak.publishing.figures.legends import Key
from inspraak.publishing.figures.reading import SMALL, Cell
from inspraak.publishing.language import CONFIDENTIAL, UNKNOWN, limit_words, words
from inspraak.study.configuration import Disclosure

MARKS = ("▲", "△", "▼", "▽")


def dot(colour: str, *, hollow: bool = False) -> dict[str, Any]:
    """Give the looks of a point; hollow where few employers stand behind it."""
    return {
        "marker": "o",
        "markersize": 5.5,
        "markeredgewidth": 1.4,
        "markeredgecolor": colour,
        "markerfacecolor": "white" if hollow else colour,
        "linestyle": "",
    }


def interval_dot(colour: str) -> dict[str, Any]:
    """Give the looks of a point with its interval, as the sample in a legend."""
    return dot(colour) | {"linestyle": "-", "color": colour, "linewidth": 1.6, "markevery": [1]}


def small_keys(
    cells: Iterable[Cell], colour: str, *, units: str, limits: Disclosure, language: str
) -> list[Key]:
    """Explain hollow points and brackets, if there are any."""
    if not any(cell.flag == SMALL and cell.known for cell in cells):
        return []
    label = words(language)["figures"]["small"].format(units=units, **limit_words(limits, language=language))
    return [Key(label, line=dot(colour, hollow=True))]


def write_sign(sheet: Sheet, x: float, y: float, sign: str, **place: Any) -> None:
    """Write the sign in place of a number, the point for unknown large enough to be seen; `place` as for a text."""
    large = sign == UNKNOWN
    sheet.text(x, y, sign, size=sheet.page.small + (4 if large else 0), bold=large, **place)


def sign_keys(signs: Iterable[str], *, language: str) -> list[Key]:
    """Explain the signs for confidential and unknown that are among `signs`."""
    used = set(signs)
    explained: Mapping[str, str] = words(language)["figures"]["signs"]
    return [Key(explained[sign], sign=sign) for sign in (CONFIDENTIAL, UNKNOWN) if sign in used]


def mark_keys(marks: Iterable[str], *, language: str) -> list[Key]:
    """Explain the triangles that are among `marks`."""
    used = set(marks)
    explained: Mapping[str, str] = words(language)["figures"]["marks"]
    return [Key(explained[mark], sign=mark) for mark in MARKS if mark in used]
