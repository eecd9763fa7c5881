"""The figure of a moderation: how strongly x goes together with the outcome where the moderator is low and high."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from inspraak.publishing.figures.cards.dots import KIND, Write, axis_around, card_name
from inspraak.publishing.figures.cards.dots import Dot as Slope
from inspraak.publishing.figures.cards.facts import Facts
from inspraak.publishing.figures.cards.looks import BESIDE, LOOKS, Look
from inspraak.publishing.figures.cards.panels import Panel, draw_levels, draw_panel, lay_out, widest
from inspraak.publishing.figures.drawing import Drawing, Ruler, Sheet
from inspraak.publishing.figures.legends import new_sheet
from inspraak.publishing.figures.lettering import line_height
from inspraak.publishing.figures.style import NARROW, PALE, SOFT, tint
from inspraak.study.kinds import Moderation

STEPS = (0.1, 0.2, 0.5, 1.0)
ACROSS = 3
MOST = 6
HEIGHT = 1.05
BELOW = line_height(NARROW.small) + 0.05
NUMBER = 0.12
"""Room for a number above the highest interval, in inches."""
EDGE = 0.2
"""How far the first and the last slope stay from the sides of a panel, so that their numbers fit (inches)."""


@dataclass(frozen=True)
class _Slopes:
    """The slopes of x on one outcome, each with its place: the value of the moderator, or a percentile of it."""

    part: str
    x: str
    outcome: str
    moderator: str
    slopes: tuple[tuple[float, Slope], ...]


def draw_slopes(facts: Facts) -> Drawing | None:
    """Draw the slope of x at each level of the moderator with its interval; None without any."""
    found = _found(facts)[:MOST]
    if not found:
        return None
    text = facts.text["slopes"]
    moderators = list(dict.fromkeys(facts.label(one.moderator) for one in found))
    several = len(moderators) > 1
    labels = [text["moderator"].format(m=facts.label(one.moderator)) if several else "" for one in found]
    axis = axis_around(
        (slope for one in found for _, slope in one.slopes), steps=STEPS, write=Write(facts, 1),
        band=facts.claim.smallest_effect,
    )  # fmt: skip
    left = widest([label for _, label in axis.ticks]) + 0.07
    across = 2 if len(found) == 4 else ACROSS
    names = [facts.label(one.outcome) for one in found]
    panels, height = lay_out(names, labels, height=HEIGHT, across=across, left=left, below=BELOW)
    notes = [text["note"].format(smallest=facts.number(facts.claim.smallest_effect))]
    sheet = new_sheet(NARROW, height, [], notes, facts.study, facts.language)
    for one, panel in zip(found, panels):
        up = Ruler(axis.low, axis.high, panel.bottom, panel.top + NUMBER)
        _draw(sheet, panel, up, one, facts, axis.ticks, left)
    xs = list(dict.fromkeys(facts.label(one.x) for one in found))
    form = "plain" if len(xs) > 1 else "several" if several else "title"
    title = text[form].format(x=xs[0], m=moderators[0], wave=facts.when)
    alternative = f"{title}: {'; '.join(_said(facts, one) for one in found)}."
    return Drawing(card_name(facts), sheet.figure, title, alternative, "", KIND, facts.claim.name)


def _found(facts: Facts) -> list[_Slopes]:
    """Give the slopes of each outcome of each part: those of the table of simple slopes, or both ends."""
    made = []
    for label, part in facts.claim.parts.items():
        if not isinstance(part, Moderation):
            continue
        look = LOOKS[facts.verdict] if part.necessary else BESIDE
        for outcome in part.y:
            slopes = _along(facts, label, outcome, look)
            if slopes:
                made.append(_Slopes(label, part.x, outcome, part.moderator, tuple(slopes)))
                continue
            for level in (part.low, part.high):
                term = f"{part.x} | {part.moderator} p{level:g}"
                for row in facts.rows("estimates"):
                    same = row["part"] == label and row["outcome"] == outcome and row["term"] == term
                    if same and math.isfinite(row["std_estimate"]):
                        numbers = (row["std_estimate"], row["std_ci_low"], row["std_ci_high"])
                        said = facts.interval(*numbers)
                        slopes.append((level, Slope(*numbers, facts.number(numbers[0]), look, said=said)))
            if len(slopes) > 1:
                made.append(_Slopes(label, part.x, outcome, part.moderator, tuple(slopes)))
    return made


def _along(facts: Facts, part: str, outcome: str, look: Look) -> list[tuple[float, Slope]]:
    """Give the slopes at all values of the moderator that the table of simple slopes holds, in order."""
    rows = [
        row
        for row in facts.rows("simple_slopes")
        if row["part"] == part and row["outcome"] == outcome and math.isfinite(row["estimate"])
    ]
    made: dict[float, Slope] = {}
    for row in sorted(rows, key=lambda row: row["level"]):
        numbers = (row["estimate"], row["ci_low"], row["ci_high"])
        slope = Slope(*numbers, facts.number(numbers[0]), look, said=facts.interval(*numbers))
        made[float(row["value"])] = slope  # several percentiles of few answers are one value
    return list(made.items()) if len(made) > 1 else []


def _draw(
    sheet: Sheet, panel: Panel, up: Ruler, one: _Slopes, facts: Facts, ticks: Sequence[tuple[float, str]], left: float
) -> None:  # fmt: skip
    """Draw one panel: the band of what is too small, the slopes with their intervals, and a line through them."""
    right = panel.left + panel.width
    across = Ruler(one.slopes[0][0], one.slopes[-1][0], panel.left + EDGE, right - EDGE)
    reach = facts.claim.smallest_effect
    top, bottom = (sheet.top + up(side) for side in (reach, -reach))
    sheet.boxes([(panel.left, top, panel.width, bottom - top)], facecolor=PALE, linewidth=0)
    draw_panel(sheet, panel, left=left, below=BELOW)
    draw_levels(sheet, panel, up, ticks)
    zero = sheet.top + up(0.0)
    sheet.lines([((panel.left, zero), (right, zero))], color=SOFT, linewidth=1.0)
    look = one.slopes[0][1].look
    xs = [across(place) for place, _ in one.slopes]
    lows, highs, values = (
        [sheet.top + up(getattr(slope, end)) for _, slope in one.slopes] for end in ("low", "high", "value")
    )
    sheet.area([*zip(xs, lows), *zip(xs[::-1], highs[::-1])], facecolor=tint(look.colour, 0.18), linewidth=0)
    sheet.curve(xs, values, color=look.colour, linewidth=1.6)
    sheet.lines([((x, low), (x, high)) for x, low, high in zip(xs, lows, highs)][:: max(1, len(xs) - 1)],
                color=look.colour, linewidth=1.2)  # fmt: skip
    sheet.curve([xs[0], xs[-1]], [values[0], values[-1]], **look.line)
    text = facts.text["slopes"]
    for word, end in (("low", 0), ("high", -1)):
        slope = one.slopes[end][1]
        sheet.text(xs[end], highs[end] - 0.02, slope.text, bold=True, across=0.5, down=1.0)
        sheet.text(xs[end], sheet.top + panel.bottom + 0.02, text[word], colour=SOFT, across=0.5)


def _said(facts: Facts, one: _Slopes) -> str:
    text = facts.text["slopes"]
    (_, low), (_, high) = one.slopes[0], one.slopes[-1]
    return str(
        text["said"].format(
            outcome=facts.label(one.outcome), m=facts.label(one.moderator), low=low.said, high=high.said
        )
    )
