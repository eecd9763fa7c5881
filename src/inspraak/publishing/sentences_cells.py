"""Sentences of multinomial models: how often a sort of answer, or two high scores together, is found."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from inspraak.publishing.language import format_interval, format_number, format_share, words
from inspraak.publishing.sentences_kinds import Named
from inspraak.publishing.terms import CELL
from inspraak.study.conditions import parse_condition
from inspraak.study.study import Study

Row = Mapping[str, Any]


def cells(
    verdict: str,
    rows: Sequence[Row],
    estimates: Sequence[Row],
    *,
    study: Study,
    named: Named,
    units: str,
    language: str,
) -> str:
    """Say of each row that decides how the share of its cell or category differs between low and high x.

    `estimates` are all rows of the claim: among them the shares where x is low and where it is high.
    """
    return " ".join(_said(verdict, row, estimates, study, named, units, language) for row in rows)


def _said(
    verdict: str,
    row: Row,
    estimates: Sequence[Row],
    study: Study,
    named: Named,
    units: str,
    language: str,
) -> str:
    catalogue = words(language)["sentences"]["cells"]
    x = str(row["term"]).split(" p")[0]
    labels = {"x": named(x), "units": units, **_shares(row, estimates, x, language)}
    found = CELL.match(str(row["outcome"]))
    if found is None:
        condition = parse_condition(str(row["outcome"])).comparisons[0]
        answer = study.category_label(condition.name, str(condition.value), language)
        sort, labels = "category", labels | {"a": answer, "y": named(condition.name)}
    else:
        first, second = found["first"], found["second"]
        sort = "both" if found["one"] == found["other"] else "without"
        if found["one"] == "low":
            first, second = second, first
        labels |= {"a": named(first), "b": named(second)}
    numbers = "per_sd" if found is None else "difference"
    template = catalogue[sort][verdict]
    if not isinstance(template, str):
        template = template["more" if row["std_estimate"] > 0 else "less"]
    return str(template.format(**labels, numbers=_numbers(row, numbers, language)))


def _shares(row: Row, estimates: Sequence[Row], x: str, language: str) -> dict[str, str]:
    """Write the shares of the same cell where x is low and where it is high."""
    same = {
        str(other["term"]): other["estimate"]
        for other in estimates
        if (other["part"], other["outcome"]) == (row["part"], row["outcome"])
    }
    return {
        key: format_share(same.get(f"{x} p{level}", math.nan), n=row["n"], language=language)
        for key, level in (("low", 10), ("high", 90))
    }


def _numbers(row: Row, key: str, language: str) -> str:
    low, high = (row[end] for end in ("natural_ci_low", "natural_ci_high"))
    value = format_number(row["natural_estimate"], decimals=1, language=language)
    interval = format_interval(low, high, decimals=1, language=language)
    return str(words(language)["sentences"]["cells"][key].format(value=value, interval=interval))
