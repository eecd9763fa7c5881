"""The sentence of a moderation claim: where one thing is higher, are two others more strongly associated."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from inspraak.publishing.language import format_list, format_number, words

Row = Mapping[str, Any]
Named = Callable[[str], str]


def moderation(
    verdict: str, known: Sequence[Row], estimates: Sequence[Row], *, named: Named, language: str
) -> str:
    """Say of each x and moderator what the verdict says, with the slopes where the moderator is low and high.

    `known` are the rows that decide, `estimates` all rows of the claim; `named` gives the name of a column.
    """
    said: dict[str, list[str]] = {}
    for row in known:
        x, moderator = _moderated(str(row["term"]))
        template = _template(verdict, row, language)
        text = template.replace("{x}", named(x)).replace("{m}", named(moderator))
        said.setdefault(text, []).append(_outcome(row, estimates, named, language))
    return " ".join(
        text.replace("{y}", format_list(outcomes, language=language)) for text, outcomes in said.items()
    )


def _moderated(term: str) -> tuple[str, str]:
    """Give x and the moderator of an interaction `x:m`, or of a difference of slopes `x | m p90 vs x | m p10`."""
    if " | " not in term:
        x, _, moderator = term.partition(":")
        return x, moderator
    x, _, held = term.split(" vs ")[0].partition(" | ")
    return x, held.rpartition(" p")[0]


def _template(verdict: str, row: Row, language: str) -> str:
    catalogue = words(language)["sentences"]["moderation"]
    margin = row.get("null_value")
    if isinstance(margin, float) and margin < 0:
        return str(catalogue["not_weaker"][verdict])
    if verdict in ("supported", "contradicted"):
        return str(catalogue[verdict]["stronger" if row["std_estimate"] > 0 else "weaker"])
    return str(catalogue[verdict])


def _outcome(row: Row, estimates: Sequence[Row], named: Named, language: str) -> str:
    """Name an outcome, with the slopes of x at both ends of the moderator where these are known."""
    x, moderator = _moderated(str(row["term"]))
    slopes = [
        float(other["std_estimate"])
        for other in estimates
        if (other["part"], other["outcome"]) == (row["part"], row["outcome"])
        and str(other["term"]).startswith(f"{x} | {moderator} p")
        and " vs " not in str(other["term"])
    ]
    name = named(str(row["outcome"]))
    if len(slopes) != 2 or not all(map(math.isfinite, slopes)):
        return name
    low, high = (format_number(slope, decimals=2, language=language) for slope in slopes)
    return str(words(language)["sentences"]["moderation"]["outcome"].format(y=name, low=low, high=high))
