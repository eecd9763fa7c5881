"""The figure of a response surface: the outcome at each mix of two answers, where enough employers give it."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from inspraak.publishing.figures.cards.dots import KIND, card_name
from inspraak.publishing.figures.cards.facts import Facts, Row
from inspraak.publishing.figures.drawing import Drawing, Ruler, Sheet
from inspraak.publishing.figures.legends import new_sheet
from inspraak.publishing.figures.lettering import line_height, text_width
from inspraak.publishing.figures.style import INK, NARROW, SOFT, tint
from inspraak.publishing.figures.wrapping import clip

COLOUR = "#0b3f63"
"""The darkest shade, of the highest outcome; lower ones are lighter, so that they differ in grey too."""
PALEST = 0.08
SIDE = 1.75
"""Width and height of the plane, in inches."""
SCALE = (0.0, 100.0)
HALF = 5.0
"""Half the width of a bin, in points."""
LINE = line_height(NARROW.small)
SHADES = 5


@dataclass(frozen=True)
class _Cell:
    """A patch of the plane: its sides (points), what is predicted there, and its shade (0 lowest, 1 highest)."""

    sides: tuple[float, float, float, float]
    predicted: float
    shade: float

    @property
    def colour(self) -> str:
        """The colour of the patch."""
        return tint(COLOUR, PALEST + (1 - PALEST) * self.shade)


def draw_surface(facts: Facts) -> Drawing | None:
    """Draw the surface as patches, with the lines of agreement and disagreement; None without any patch."""
    rows = [row for row in facts.rows("surfaces") if math.isfinite(row["predicted"])]
    if not rows:
        return None
    text, cells = facts.text["surface"], _cells(rows)
    x, z, y = (facts.label(str(rows[0][name])) for name in ("expectation", "fulfilment", "outcome"))
    left = text_width(facts.number(100.0, 0), NARROW.small) + 0.24
    foot = clip(x, SIDE, NARROW.small, lines=2)
    height = SIDE + 0.06 + LINE + len(foot) * LINE
    sheet = new_sheet(
        NARROW, height, [], [text["note"].format(units=facts.units)], facts.study, facts.language
    )
    start, top = NARROW.margin + left, sheet.top + 0.06
    across, up = Ruler(*SCALE, start, start + SIDE), Ruler(*SCALE, top + SIDE, top)
    _draw_plane(sheet, cells, across, up, facts)
    sheet.text(start + SIDE / 2, top + SIDE + LINE + 0.03, foot, across=0.5)
    _draw_key(sheet, facts, cells, start + SIDE + 0.2, top, (y, z))
    title = text["title"].format(outcome=y, wave=facts.when)
    alternative = f"{title}. {_said(facts, rows, (x, z))}"
    return Drawing(card_name(facts), sheet.figure, title, alternative, "", KIND, facts.claim.name)


def _cells(rows: Sequence[Row]) -> list[_Cell]:
    """Make patches that meet halfway between bins, since answers lie on few places of the scale."""
    sides = [
        _edges(sorted({row[name] for row in rows})) for name in ("expectation_level", "fulfilment_level")
    ]
    lowest, highest = (end(row["predicted"] for row in rows) for end in (min, max))
    span = highest - lowest or 1.0
    return [
        _Cell(
            (*sides[0][row["expectation_level"]], *sides[1][row["fulfilment_level"]]),
            row["predicted"],
            (row["predicted"] - lowest) / span,
        )
        for row in rows
    ]


def _edges(middles: Sequence[float]) -> dict[float, tuple[float, float]]:
    """Give both edges of each bin: halfway to the next one, and the ends of the scale beside the last."""
    between = [(one + other) / 2 for one, other in itertools.pairwise(middles)]
    first, last = middles[0] - HALF, middles[-1] + HALF
    return dict(zip(middles, zip([first, *between], [*between, last])))


def _draw_plane(sheet: Sheet, cells: Sequence[_Cell], across: Ruler, up: Ruler, facts: Facts) -> None:
    """Draw the patches, one artist for each shade, then the frame, the scales and both lines."""
    for colour in dict.fromkeys(cell.colour for cell in cells):
        boxes = [
            (across(low), up(high), across(right) - across(low), up(bottom) - up(high))
            for low, right, bottom, high in (cell.sides for cell in cells if cell.colour == colour)
        ]
        sheet.boxes(boxes, facecolor=colour, edgecolor="white", linewidth=0.4)
    low, high = SCALE
    corners = [
        (across(low), up(low)),
        (across(high), up(low)),
        (across(high), up(high)),
        (across(low), up(high)),
    ]
    sheet.lines(list(zip(corners, [*corners[1:], corners[0]])), color=SOFT, linewidth=0.7)
    for width, colour in ((3.0, "white"), (1.3, INK)):
        sheet.lines([(corners[0], corners[2])], color=colour, linewidth=width)
        sheet.lines([(corners[3], corners[1])], color=colour, linewidth=width,
                    linestyle="-" if colour == "white" else (0, (3, 2)))  # fmt: skip
    for value, share in ((low, 0.0), (50.0, 0.5), (high, 1.0)):
        label = facts.number(value, 0)
        sheet.text(across(value), up(low) + 0.02, label, colour=SOFT, across=share)
        sheet.text(
            across(low) - 0.05, up(value), label, colour=SOFT, across=1.0, down=share if share != 0.5 else 0.5
        )


def _draw_key(
    sheet: Sheet, facts: Facts, cells: Sequence[_Cell], left: float, top: float, named: tuple[str, str]
) -> None:  # fmt: skip
    """Say at the right what goes upwards, what the shades mean and what both lines are."""
    text, room = facts.text["surface"], NARROW.margin + NARROW.inner - left
    y = top
    lines = clip(text["upwards"].format(z=named[1]), room, NARROW.small, lines=4)
    sheet.text(left, y, lines)
    y += len(lines) * LINE + 0.08
    lines = clip(named[0], room, NARROW.small, lines=3, bold=True)
    sheet.text(left, y, lines, bold=True)
    y += len(lines) * LINE + 0.03
    ends = [facts.number(end(cell.predicted for cell in cells), 1) for end in (min, max)]
    wide = (room - sum(text_width(written, NARROW.small) for written in ends) - 0.12) / SHADES
    x = left + text_width(ends[0], NARROW.small) + 0.06
    for place in range(SHADES):
        colour = tint(COLOUR, PALEST + (1 - PALEST) * place / (SHADES - 1))
        sheet.boxes([(x + place * wide, y + 0.02, wide, LINE - 0.04)], facecolor=colour, linewidth=0)
    sheet.text(left, y, ends[0])
    sheet.text(x + SHADES * wide + 0.06, y, ends[1])
    y += LINE + 0.1
    for key, dashes in (("agree", "-"), ("differ", (0, (3, 2)))):
        lines = clip(text[key], room - 0.3, NARROW.small, lines=3)
        sheet.lines(
            [((left, y + LINE / 2), (left + 0.23, y + LINE / 2))], color=INK, linewidth=1.3, linestyle=dashes
        )
        sheet.text(left + 0.3, y, lines)
        y += len(lines) * LINE + 0.06


def _said(facts: Facts, rows: Sequence[Row], named: tuple[str, str]) -> str:
    """Say the lowest and the highest patch, and how many are shown."""
    text = facts.text["surface"]
    low, high = (end(rows, key=lambda row: row["predicted"]) for end in (min, max))
    return " ".join(
        text[key].format(
            value=facts.number(row["predicted"], 1), x=named[0], z=named[1],
            at_x=facts.number(row["expectation_level"], 0), at_z=facts.number(row["fulfilment_level"], 0),
        )
        for key, row in (("highest", high), ("lowest", low))
    )  # fmt: skip
