"""Sentences of claims about the questions themselves: are factors different things, do conclusions stand."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from inspraak.publishing.language import format_list, words
from inspraak.publishing.terms import GIVEN_MARKERS

RIVALS = ("one_factor", "uncorrelated", "second_order")
Row = Mapping[str, Any]
Named = Callable[[str], str]


def measurement(verdict: str, rows: Sequence[Row], *, named: Named, language: str) -> str:
    """Say of the factors of each part whether they are different things; of claims tested again whether they stand."""
    catalogue = words(language)["sentences"]
    terms = [str(row["term"]) for row in rows]
    again = [term.removesuffix(GIVEN_MARKERS) for term in terms if term.endswith(GIVEN_MARKERS)]
    if again:
        return str(catalogue["method"][verdict].format(claims=format_list(again, language=language)))
    by_part: dict[str, list[str]] = {}
    for row, term in zip(rows, terms):
        by_part.setdefault(str(row["part"]), []).append(term)
    said = []
    for found in by_part.values():
        factors, rival = _factors(found)
        template = catalogue["measurement"][verdict]
        template = template if isinstance(template, str) else template[rival]
        said.append(str(template.format(x=format_list([named(name) for name in factors], language=language))))
    return " ".join(said)


def _factors(terms: Sequence[str]) -> tuple[list[str], str]:
    """Give the factors that the terms of one part name, and the rival; one scale where none is named."""
    rival, names = "one_factor", dict[str, None]()
    for term in terms:
        first, _, second = (
            term.partition(" apart from ") if " apart from " in term else term.partition(" vs ")
        )
        if second in RIVALS:
            rival, second = second, ""
        names |= dict.fromkeys(name for name in (*first.split(", "), second) if name)
    return list(names), rival
