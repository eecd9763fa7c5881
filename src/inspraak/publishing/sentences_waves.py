"""Sentences of what is seen over several waves: a mean that moves, and what moves together in the same employers."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from inspraak.publishing.language import format_list, words

Row = Mapping[str, Any]
Named = Callable[[str], str]
Numbers = Callable[[Row], str]


def within_employer(
    verdict: str, rows: Sequence[Row], *, named: Named, numbers: Numbers, units: str, language: str
) -> str:
    """Say of each outcome whether it moves, or comes later, with x in the same employers (`units`)."""
    said = []
    for row in rows:
        found = words(language)["sentences"]["within_employer"][str(row["model"])][verdict]
        template = found if isinstance(found, str) else found[_way(row)]
        labels = {"x": named(str(row["term"])), "y": named(str(row["outcome"])), "units": units}
        said.append(str(template.format(**labels, numbers=numbers(row))))
    return " ".join(said)


def trend(verdict: str, rows: Sequence[Row], *, named: Named, numbers: Numbers, language: str) -> str:
    """Say of each outcome which way it went from wave to wave, with every step."""
    catalogue = words(language)["sentences"]["trend"]
    by_outcome: dict[str, list[Row]] = {}
    for row in rows:
        by_outcome.setdefault(str(row["outcome"]), []).append(row)
    said = []
    for outcome, steps in by_outcome.items():
        found = catalogue[verdict]
        ways = {_way(row) for row in steps}
        template = found if isinstance(found, str) else found[ways.pop() if len(ways) == 1 else "mixed"]
        each = [_step(row, numbers, language) for row in steps]
        said.append(str(template.format(y=named(outcome), steps=format_list(each, language=language))))
    text = " ".join(said)
    return text[:1].upper() + text[1:]


def _step(row: Row, numbers: Numbers, language: str) -> str:
    first, _, second = str(row["term"]).partition(" to ")
    template = words(language)["sentences"]["trend"]["step"]
    return str(template.format(first=first, second=second, numbers=numbers(row)))


def _way(row: Row) -> str:
    return "up" if math.copysign(1, row["std_estimate"]) > 0 else "down"
