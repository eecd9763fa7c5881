"""The figure of a typology: how each class answers each question, as bars of the shares of its answers."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from inspraak.publishing.figures.cards.dots import KIND, card_name
from inspraak.publishing.figures.cards.facts import Facts, Row
from inspraak.publishing.figures.drawing import Drawing, Sheet
from inspraak.publishing.figures.legends import new_sheet
from inspraak.publishing.figures.lettering import line_height, text_width
from inspraak.publishing.figures.style import NARROW, PALE, SOFT, tint
from inspraak.publishing.figures.wrapping import clip

COLOUR = "#0b3f63"
"""The shade of the highest answer; lower ones are lighter, so that they differ in grey too."""
PALEST = 0.12
LABEL = 1.42
BAR = 0.15
GAP = 0.07
BETWEEN = 0.08
"""Distance of the columns of the classes, in inches."""
LINE = line_height(NARROW.small)
HEAD = 2 * LINE + 0.06
LINES = 2
ITEM, OUTCOME = "item", "outcome"


@dataclass(frozen=True)
class _Profiles:
    """The classes with their shares, and by measure and class the probabilities of the answers, or the mean."""

    shares: Mapping[float, float]
    answers: Mapping[str, Mapping[float, Sequence[float]]]
    means: Mapping[str, Mapping[float, float]]


def draw_profiles(facts: Facts) -> Drawing | None:
    """Draw the answers of each class, a column for each class, then the means of its outcomes; None without any."""
    found = _found(facts.rows("class_profiles"))
    if not found.answers or len(found.shares) < 2:
        return None
    text = facts.text["profiles"]
    names = {
        name: clip(facts.label(name), LABEL - 0.08, NARROW.small, lines=LINES)
        for name in (*found.answers, *found.means)
    }
    heights = {name: max(BAR, len(lines) * LINE) + GAP for name, lines in names.items()}
    height = HEAD + sum(heights.values()) + LINE + 0.04
    sheet = new_sheet(NARROW, height, [], [text["note"]], facts.study, facts.language)
    columns = dict(zip(found.shares, _columns(len(found.shares))))
    for number, (left, wide) in columns.items():
        share = f"{facts.number(100 * found.shares[number], 0)}%"
        sheet.text(
            left + wide / 2,
            sheet.top,
            text["class"].format(number=facts.number(number, 0)),
            bold=True,
            across=0.5,
        )
        sheet.text(left + wide / 2, sheet.top + LINE, share, across=0.5)
    y = sheet.top + HEAD
    middles = {}
    for name, lines in names.items():
        middles[name] = y + (heights[name] - GAP) / 2
        sheet.text(NARROW.margin, middles[name], lines, down=0.5)
        y += heights[name]
    _draw_rows(sheet, facts, found, middles, columns)
    _draw_key(sheet, facts, y + 0.02)
    title = text["title"].format(count=facts.number(len(found.shares), 0), wave=facts.when)
    alternative = f"{title}. {_said(facts, found)}"
    return Drawing(card_name(facts), sheet.figure, title, alternative, "", KIND, facts.claim.name)


def _draw_rows(
    sheet: Sheet, facts: Facts, found: _Profiles, middles: Mapping[str, float],
    columns: Mapping[float, tuple[float, float]],
) -> None:  # fmt: skip
    """Draw the bars at their heights, one artist for each shade, and write the means."""
    boxes: dict[str, list[tuple[float, float, float, float]]] = {}
    for name, middle in middles.items():
        for number, (left, wide) in columns.items():
            if name in found.answers:
                for colour, box in _bar(found.answers[name].get(number, ()), left, middle - BAR / 2, wide):
                    boxes.setdefault(colour, []).append(box)
            else:
                mean = facts.number(found.means[name].get(number, math.nan), 1)
                sheet.text(left + wide / 2, middle, mean, across=0.5, down=0.5)
    for colour, alike in boxes.items():
        sheet.boxes(alike, facecolor=colour, linewidth=0)


def _found(rows: Sequence[Row]) -> _Profiles:
    shares: dict[float, float] = {}
    answers: dict[str, dict[float, list[float]]] = {}
    means: dict[str, dict[float, float]] = {}
    for row in rows:
        number, measure = float(row["class"]), str(row["measure"])
        shares.setdefault(number, row["share"])
        if row["role"] == ITEM:
            answers.setdefault(measure, {}).setdefault(number, []).append(row["probability"])
        elif row["role"] == OUTCOME and math.isfinite(row["mean"]):
            means.setdefault(measure, {})[number] = row["mean"]
    return _Profiles(shares, answers, means)


def _columns(count: int) -> list[tuple[float, float]]:
    """Give left edge and width of the column of each class, in inches."""
    wide = (NARROW.inner - LABEL - BETWEEN * (count - 1)) / count
    return [(NARROW.margin + LABEL + place * (wide + BETWEEN), wide) for place in range(count)]


def _bar(
    probabilities: Sequence[float], left: float, top: float, wide: float
) -> Iterator[tuple[str, tuple[float, float, float, float]]]:
    """Give the pieces of one bar with their colours, the lowest answer first; what is not shown stays grey."""
    if not all(map(math.isfinite, probabilities)):
        yield PALE, (left, top, wide, BAR)
        return
    last = max(1, len(probabilities) - 1)
    for place, probability in enumerate(probabilities):
        colour = tint(COLOUR, PALEST + (1 - PALEST) * place / last)
        yield colour, (left, top, probability * wide, BAR)
        left += probability * wide


def _draw_key(sheet: Sheet, facts: Facts, y: float) -> None:
    """Say what the shades mean, below the columns."""
    text = facts.text["profiles"]
    x, shades = NARROW.margin, 4
    sheet.text(x, y, text["lowest"], colour=SOFT)
    x += text_width(text["lowest"], NARROW.small) + 0.08
    for place in range(shades):
        colour = tint(COLOUR, PALEST + (1 - PALEST) * place / (shades - 1))
        sheet.boxes([(x + 0.2 * place, y + 0.02, 0.2, LINE - 0.04)], facecolor=colour, linewidth=0)
    sheet.text(x + 0.2 * shades + 0.08, y, text["highest"], colour=SOFT)


def _said(facts: Facts, found: _Profiles) -> str:
    """Say for each class how large it is, how often it gives the highest answer, and its outcomes."""
    text, said = facts.text["profiles"], []
    for number, share in found.shares.items():
        pieces = [
            f"{facts.label(name)} {facts.number(100 * of_class[number][-1], 0)}%"
            for name, of_class in found.answers.items()
            if of_class.get(number)
        ]
        means = [f"{facts.label(name)} {facts.number(of_class[number], 1)}" for name, of_class in found.means.items()
                 if number in of_class]  # fmt: skip
        numbers = {"number": facts.number(number, 0), "share": facts.number(100 * share, 0)}
        said.append(text["said"].format(**numbers, answers=", ".join(pieces)))
        said += [text["means"].format(means=", ".join(means))] if means else []
    return " ".join(said)
