"""The answers to one question side by side: their order, colours and shares around the middle."""

from dataclasses import dataclass

from inspraak.publishing.figures.reading import NOTHING, SUPPRESSED, Shares
from inspraak.publishing.figures.style import INK, tint
from inspraak.study.scales import Scale

MIDDLE = "#dedede"
DARKEST_GREY, LIGHTEST_GREY = 0.82, 0.4
"""Tints of ink for the answers left of the middle, from the outside in."""
LIGHTEST_TINT = 0.4
"""Tint of the theme's colour for the first answer right of the middle; the last has the colour itself."""


@dataclass(frozen=True)
class Answers:
    """The codes of one scale from left to right with their colours; `left` of them lie left of the middle."""

    codes: tuple[str, ...]
    colours: tuple[str, ...]
    left: int
    middle: bool


def answers_of(scale: Scale, colour: str) -> Answers:
    """Put the codes of an ordered scale from left to right, the positive ones at the right, with colours."""
    codes = [f"{code:g}" for code in scale.codes or {}]
    positive = [codes.index(f"{code:g}") for code in scale.positive]
    if positive and sum(positive) / len(positive) < (len(codes) - 1) / 2:
        codes.reverse()
    half, middle = len(codes) // 2, len(codes) % 2 == 1

    def between(first: float, last: float, place: int) -> float:
        return first + (last - first) * (place / (half - 1) if half > 1 else 0.5)

    greys = [tint(INK, between(DARKEST_GREY, LIGHTEST_GREY, place)) for place in range(half)]
    tints = [tint(colour, between(LIGHTEST_TINT, 1.0, place)) for place in range(half)]
    return Answers(tuple(codes), (*greys, *([MIDDLE] if middle else []), *tints), half, middle)


def bar_of(item: str, answers: Answers, cells: Shares) -> tuple[float, list[float]]:
    """Give where the bar of a question begins (0 is the middle) and its parts; none where one is suppressed."""
    found = [cells.get((item, code), NOTHING) for code in answers.codes]
    if any(cell.flag == SUPPRESSED for cell in found):
        return 0.0, []
    parts = [cell.estimate if cell.known else 0.0 for cell in found]
    half = parts[answers.left] / 2 if answers.middle else 0.0
    return -sum(parts[: answers.left]) - half, parts
