"""The figure of a mediation: x, the mediators and the outcome from left to right, numbers on the arrows."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inspraak.publishing.figures.cards.dots import KIND, card_name
from inspraak.publishing.figures.cards.facts import Facts, Row
from inspraak.publishing.figures.cards.looks import LOOKS
from inspraak.publishing.figures.drawing import Drawing, Point, Sheet
from inspraak.publishing.figures.legends import new_sheet
from inspraak.publishing.figures.lettering import line_height, text_width
from inspraak.publishing.figures.paths import draw_arrow
from inspraak.publishing.figures.style import INK, NARROW, SOFT
from inspraak.publishing.figures.wrapping import clip
from inspraak.study.kinds import Mediation

MOST = 3
"""Diagrams in one figure: one for each outcome."""
BOX = 0.9
LINE = line_height(NARROW.small)
LINES = 3
MEDIATORS = 4
GAP = 0.1
AWAY = 0.11
"""How far the number of an arrow stands from its middle, in inches."""
BELOW = 0.3
"""Room for the direct arrow below the mediators."""
BETWEEN = 0.2


@dataclass(frozen=True)
class _Ways:
    """A diagram: x by way of the mediators to one outcome, in standard deviations; arrows by (start, end)."""

    x: str
    mediators: tuple[str, ...]
    outcome: str
    serial: bool
    indirect: Row
    direct: Row
    arrows: Mapping[tuple[str, str], Row]


@dataclass(frozen=True)
class _Box:
    """Where a name stands: its lines, left edge, middle and height (inches from the top of the content)."""

    lines: list[str]
    left: float
    middle: float
    height: float


def draw_ways(facts: Facts) -> Drawing | None:
    """Draw the ways from x to each outcome, with the indirect and the direct effect below; None without any."""
    found = _found(facts)[:MOST]
    if not found:
        return None
    text, tops, y = facts.text["ways"], list[float](), 0.0
    layouts = []
    for one in found:
        boxes, height = _boxes(facts, one)
        layouts.append((boxes, height))
        tops.append(y)
        y += height + 2 * LINE + BETWEEN
    sheet = new_sheet(NARROW, y - BETWEEN, [], [text["note"]], facts.study, facts.language)
    for one, (boxes, height), top in zip(found, layouts, tops):
        _draw(sheet, facts, one, boxes, top, height)
    title = text["title"].format(x=facts.label(found[0].x), wave=facts.when)
    alternative = f"{title}: {' '.join(_said(facts, one) for one in found)}"
    return Drawing(card_name(facts), sheet.figure, title, alternative, "", KIND, facts.claim.name)


def _found(facts: Facts) -> list[_Ways]:
    made = []
    for label, part in facts.claim.parts.items():
        if not isinstance(part, Mediation):
            continue
        for outcome in part.y:
            rows = [
                row for row in facts.rows("estimates") if row["part"] == label and row["outcome"] == outcome
            ]
            by_term = {str(row["term"]): row for row in rows if math.isfinite(row["std_estimate"])}
            indirect = by_term.get(f"{part.x} via {_joined(part)}")
            direct = by_term.get(f"{part.x} beside {', '.join(part.mediators)}")
            if indirect is None or direct is None:
                continue
            arrows = {
                (str(row["start"]), str(row["end"])): row
                for row in facts.rows("mediation_paths")
                if row["part"] == label and row["outcome"] == outcome and math.isfinite(row["estimate"])
            }
            mediators = part.mediators[:MEDIATORS]
            made.append(_Ways(part.x, mediators, outcome, part.order == "serial", indirect, direct, arrows))
    return made


def _joined(part: Mediation) -> str:
    return (" then " if part.order == "serial" else ", ").join(part.mediators)


def _boxes(facts: Facts, one: _Ways) -> tuple[dict[str, _Box], float]:
    """Place x and the outcome at the sides, the mediators below each other in the middle; gives the height too."""
    middle = NARROW.margin + (NARROW.inner - BOX) / 2
    boxes, y = dict[str, _Box](), 0.0
    for name in one.mediators:
        lines = clip(facts.label(name), BOX - 0.05, NARROW.small, lines=LINES)
        height = len(lines) * LINE + 0.08
        boxes[name] = _Box(lines, middle, y + height / 2, height)
        y += height + (0.22 if one.serial else GAP)
    y -= 0.22 if one.serial else GAP
    sides = {}
    for name, left in ((one.x, NARROW.margin), (one.outcome, NARROW.margin + NARROW.inner - BOX)):
        lines = clip(facts.label(name), BOX - 0.05, NARROW.small, lines=LINES)
        sides[name] = (lines, left, len(lines) * LINE + 0.08)
    tallest = max(height for *_, height in sides.values())
    centre = max(y / 2, tallest / 2)
    lower = centre - y / 2
    boxes = {name: _Box(box.lines, box.left, box.middle + lower, box.height) for name, box in boxes.items()}
    boxes |= {name: _Box(lines, left, centre, height) for name, (lines, left, height) in sides.items()}
    return boxes, max(y, tallest) + BELOW


def _draw(
    sheet: Sheet, facts: Facts, one: _Ways, boxes: Mapping[str, _Box], top: float, height: float
) -> None:  # fmt: skip
    """Draw the arrows with their numbers, the boxes, and what goes by way of the mediators and past them."""
    shift = sheet.top + top
    colour = LOOKS[facts.verdict].colour
    for name in one.mediators:
        lower = boxes[name].middle > boxes[one.x].middle + 1e-6
        for start, end, share in ((one.x, name, 0.68), (name, one.outcome, 0.32)):
            ends = (
                (boxes[start].left + BOX, shift + boxes[start].middle),
                (boxes[end].left, shift + boxes[end].middle),
            )
            _arrow(
                sheet,
                *ends,
                _written(facts, one.arrows.get((start, end))),
                lower=lower,
                colour=colour,
                share=share,
            )
    for start, end in itertools.pairwise(one.mediators) if one.serial else ():
        x, first, second = boxes[start].left + BOX / 2, boxes[start], boxes[end]
        top, bottom = first.middle + first.height / 2, second.middle - second.height / 2
        draw_arrow(sheet, (x, shift + top), (x, shift + bottom), color=colour, linewidth=1.4)
        written = _written(facts, one.arrows.get((start, end)))
        sheet.text(x + 0.06, shift + (top + bottom) / 2, written, down=0.5)
    _direct(sheet, facts, one, boxes, shift, height)
    frames = [(box.left, shift + box.middle - box.height / 2, BOX, box.height) for box in boxes.values()]
    sheet.boxes(frames, facecolor="white", edgecolor=SOFT, linewidth=0.9)
    for box in boxes.values():
        sheet.text(box.left + BOX / 2, shift + box.middle, box.lines, across=0.5, down=0.5)
    text, below = facts.text["ways"], shift + height + 0.02
    sheet.text(NARROW.margin, below, text["indirect"].format(value=_interval(facts, one.indirect)), bold=True)
    sheet.text(NARROW.margin, below + LINE, text["direct"].format(value=_interval(facts, one.direct)))


def _arrow(
    sheet: Sheet, start: Point, end: Point, written: str, *, lower: bool, colour: str, share: float
) -> None:
    """Draw an arrow with its number above it or, for a lower one, below it; `share` of it left of the middle."""
    draw_arrow(sheet, start, end, color=colour, linewidth=1.4)
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    slant = abs(end[1] - start[1]) > 0.02
    sheet.text(x, y + (AWAY if lower else -AWAY), written, across=share if slant else 0.5, down=0.5)


def _direct(
    sheet: Sheet, facts: Facts, one: _Ways, boxes: Mapping[str, _Box], shift: float, height: float
) -> None:  # fmt: skip
    """Draw the direct way as an arrow below the mediators, thinner, with its number."""
    first, second = boxes[one.x], boxes[one.outcome]
    y = shift + height - 0.12
    left, right = first.left + BOX / 2, second.left + BOX / 2
    sheet.lines(
        [((left, shift + first.middle), (left, y)), ((left, y), (right, y))], color=SOFT, linewidth=1.0
    )
    draw_arrow(
        sheet, (right, y), (right, shift + second.middle + second.height / 2), color=SOFT, linewidth=1.0
    )
    written = facts.number(one.direct["std_estimate"])
    wide, high = text_width(written, NARROW.small) + 0.05, LINE - 0.01
    sheet.boxes([((left + right - wide) / 2, y - high / 2, wide, high)], facecolor="white", linewidth=0)
    sheet.text((left + right) / 2, y, written, colour=INK, across=0.5, down=0.5)


def _written(facts: Facts, row: Row | None) -> str:
    return "" if row is None else facts.number(row["estimate"])


def _interval(facts: Facts, row: Row) -> str:
    return facts.interval(row["std_estimate"], row["std_ci_low"], row["std_ci_high"])


def _said(facts: Facts, one: _Ways) -> str:
    """Say the ways to one outcome, and the numbers on the arrows."""
    text = facts.text["ways"]
    arrows = "; ".join(
        text["arrow"].format(
            start=facts.label(start), end=facts.label(end), value=facts.number(row["estimate"])
        )
        for (start, end), row in one.arrows.items()
    )
    numbers = {
        "outcome": facts.label(one.outcome), "indirect": _interval(facts, one.indirect),
        "direct": _interval(facts, one.direct), "m": _listed(facts, one.mediators),
    }  # fmt: skip
    return str(text["said"].format(**numbers)) + (f" {arrows}." if arrows else "")


def _listed(facts: Facts, names: Sequence[str]) -> str:
    return ", ".join(facts.label(name) for name in names)
