"""Estimates below each other as dots with intervals: names at the left, values at the right, the scale below."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inspraak.publishing.figures.cards.facts import Facts
from inspraak.publishing.figures.cards.looks import Look
from inspraak.publishing.figures.drawing import Drawing, Ruler, Sheet
from inspraak.publishing.figures.legends import Key, new_sheet
from inspraak.publishing.figures.lettering import line_height, text_width
from inspraak.publishing.figures.style import INK, NARROW, PALE, SOFT
from inspraak.publishing.figures.wrapping import clip

LABEL = 1.32
"""Widest column of names, in inches."""
LINES = 3
"""A name has at most so many lines."""
STEP = 0.155
"""Distance between the dots of one row, in inches."""
BETWEEN = 0.07
EDGE = 0.03
"""How far the scale goes on beyond what is drawn, as a share of it."""
INDENT = 0.1
DASHED = (0, (3, 2))
KIND = "claim"
"""What the captions call the figures of this folder."""


@dataclass(frozen=True)
class Dot:
    """One estimate with its interval (NaN: none), what stands beside it, how it is marked, and how it is said."""

    value: float
    low: float
    high: float
    text: str
    look: Look
    strong: bool = True
    said: str = ""


@dataclass(frozen=True)
class Entry:
    """What is named once: dots below each other; `heading` opens a group of entries."""

    label: str
    dots: tuple[Dot, ...]
    heading: str = ""


@dataclass(frozen=True)
class Axis:
    """The scale: its ends and ticks with their labels, a band behind the data, lines at `null` and (dashed) `mark`."""

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    band: tuple[float, float] | None = None
    null: float | None = 0.0
    mark: float | None = None


@dataclass(frozen=True)
class _Placed:
    """An entry with the lines of its name, its top and the middle of its first dot (inches)."""

    entry: Entry
    lines: list[str]
    top: float
    first: float


def axis_around(
    dots: Iterable[Dot], *, steps: Sequence[float], write: "Write", band: float | None = None, null: float = 0.0,
    ends: tuple[float, float] = (-math.inf, math.inf), mark: float | None = None,
) -> Axis:  # fmt: skip
    """Choose a scale around dots, their intervals, a band of plus or minus `band`, and `null`.

    The first of `steps` that needs five ticks at most is taken; the scale stays within `ends`.
    """
    found = [value for dot in dots for value in (dot.value, dot.low, dot.high) if math.isfinite(value)]
    found += [null] if band is None else [null, -band, band]
    found += [] if mark is None else [mark]
    lowest, highest = max(min(found), ends[0]), min(max(found), ends[1])
    step = next((step for step in steps if (highest - lowest) / step <= 5), steps[-1])
    spare = EDGE * ((highest - lowest) or step)
    low, high = lowest - spare, max(highest + spare, lowest + step)
    places = range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
    ticks = tuple((place * step, write(place * step)) for place in places)
    return Axis(low, high, ticks, None if band is None else (-band, band), null, mark)


class Write:
    """Write the numbers of a scale with one number of decimals, and a sign behind them."""

    def __init__(self, facts: Facts, decimals: int, times: float = 1.0, sign: str = "") -> None:
        self.facts, self.decimals, self.times, self.sign = facts, decimals, times, sign

    def __call__(self, value: float) -> str:
        """Write one number."""
        return self.facts.number(value * self.times, self.decimals) + self.sign


def draw_dots(
    facts: Facts, entries: Sequence[Entry], axis: Axis, *, title: str, keys: Sequence[Key] = (),
    notes: Sequence[str] = (), name: str = "",
) -> Drawing:  # fmt: skip
    """Draw entries below each other on one scale; every one is said in the alternative text too."""
    page = NARROW
    inset = INDENT if any(entry.heading for entry in entries) else 0.0
    widest = max(text_width(entry.label, page.small) for entry in entries) + inset
    label = min(LABEL, widest)
    placed, height = _place(entries, label - inset)
    value = max(text_width(dot.text, page.small, bold=dot.strong) for entry in entries for dot in entry.dots)
    below = line_height(page.small) + 0.04
    sheet = new_sheet(page, height + below, keys, notes, facts.study, facts.language)
    right = page.margin + page.inner
    across = Ruler(axis.low, axis.high, page.margin + label + 0.14, right - value - 0.12)
    _draw_scale(sheet, axis, across, sheet.top + height)
    for one in placed:
        if one.entry.heading:
            heading = clip(one.entry.heading, page.inner, page.small, lines=1, bold=True)
            sheet.text(page.margin, sheet.top + one.top - line_height(page.small) - 0.02, heading, bold=True)
        sheet.text(page.margin + inset, sheet.top + one.top, one.lines)
    dots = [
        (dot, sheet.top + one.first + step * STEP)
        for one in placed
        for step, dot in enumerate(one.entry.dots)
    ]
    mark_dots(sheet, across, dots)
    for dot, y in dots:
        sheet.text(
            right, y, dot.text, bold=dot.strong, colour=INK if dot.strong else SOFT, across=1.0, down=0.5
        )
    said = "; ".join(map(_said, entries))
    return Drawing(
        card_name(facts, name), sheet.figure, title, f"{title}: {said}.", "", KIND, facts.claim.name
    )


def card_name(facts: Facts, name: str = "") -> str:
    """Give the beginning of the files' names of a figure of a claim."""
    return "_".join(part for part in ("claim", facts.claim.name, facts.kind, name) if part)


def mark_dots(sheet: Sheet, across: Ruler, dots: Sequence[tuple[Dot, float]]) -> None:
    """Draw dots at their heights with their intervals: one artist for all that look alike."""
    for look in dict.fromkeys(dot.look for dot, _ in dots):
        alike = [(dot, y) for dot, y in dots if dot.look == look]
        ends = [
            ((_inside(across, dot.low), y), (_inside(across, dot.high), y))
            for dot, y in alike
            if math.isfinite(dot.low) and math.isfinite(dot.high)
        ]
        if ends:
            sheet.lines(ends, color=look.colour, linewidth=1.6 if look.size > 4 else 1.0)
        for marker, end, beyond in (("<", across.low, "low"), (">", across.high, "high")):
            far = [
                y for dot, y in alike if (getattr(dot, beyond) - end) * (1 if marker == ">" else -1) > 1e-9
            ]
            if far:
                sheet.curve(
                    [across(end)] * len(far),
                    far,
                    marker=marker,
                    markersize=5,
                    color=look.colour,
                    linestyle="",
                )
        sheet.curve([_inside(across, dot.value) for dot, _ in alike], [y for _, y in alike], **look.line)


def _inside(across: Ruler, value: float) -> float:
    return across(min(max(value, across.low), across.high))


def _place(entries: Sequence[Entry], room: float) -> tuple[list[_Placed], float]:
    """Place the entries below each other; gives them and the height of all (inches)."""
    line, placed, y = line_height(NARROW.small), list[_Placed](), 0.02
    for entry in entries:
        if entry.heading:
            y += line + 0.02 + (0.05 if placed else 0.0)
        lines = clip(entry.label, room, NARROW.small, lines=LINES)
        dots, tall = len(entry.dots) * STEP, len(lines) * line
        high = max(dots, tall)
        middle = y + high / 2
        first = y + STEP / 2 if len(entry.dots) > 1 else middle
        placed.append(_Placed(entry, lines, middle - tall / 2 if len(entry.dots) == 1 else y, first))
        y += high + BETWEEN
    return placed, y - BETWEEN + 0.03


def _draw_scale(sheet: Sheet, axis: Axis, across: Ruler, bottom: float) -> None:
    if axis.band is not None:
        start, end = (_inside(across, side) for side in axis.band)
        sheet.boxes([(start, sheet.top, end - start, bottom - sheet.top)], facecolor=PALE, linewidth=0)
    sheet.ticks(
        across, [value for value, _ in axis.ticks], _apart(across, axis), top=sheet.top, bottom=bottom
    )
    if axis.null is not None and axis.low <= axis.null <= axis.high:
        place = across(axis.null)
        sheet.lines([((place, sheet.top), (place, bottom))], color=SOFT, linewidth=1.0)
    if axis.mark is not None and axis.low <= axis.mark <= axis.high:
        place = across(axis.mark)
        sheet.lines([((place, sheet.top), (place, bottom))], color=INK, linewidth=1.0, linestyle=DASHED)


def _apart(across: Ruler, axis: Axis) -> list[str]:
    """Give the labels of the ticks, counted from the null line as many as stand clear of each other."""
    wide = max(text_width(label, NARROW.small) for _, label in axis.ticks) + 0.08
    places = [across(value) for value, _ in axis.ticks]
    every = math.ceil(wide / (places[1] - places[0])) if len(places) > 1 else 1
    null = next((place for place, (value, _) in enumerate(axis.ticks) if abs(value) < 1e-9), 0)
    return [label if (place - null) % every == 0 else "" for place, (_, label) in enumerate(axis.ticks)]


def _said(entry: Entry) -> str:
    said = ", ".join(dot.said or dot.text for dot in entry.dots)
    return f"{entry.heading}, {entry.label} {said}" if entry.heading else f"{entry.label} {said}"
