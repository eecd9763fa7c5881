"""Which comparisons of a figure do not hold, read from the published tables, and the signs that say so."""

from collections.abc import Collection, Iterable, Mapping, Set
from dataclasses import dataclass, field

import pandas as pd

from inspraak.publishing.comparison_marks import MARKS, SIGNS
from inspraak.publishing.figures.legends import Key
from inspraak.publishing.figures.reading import plain
from inspraak.publishing.language import words

Steps = Set[tuple[str, str, str]]
"""Measure, wave and a later wave."""
NOT_EQUAL = "no"


@dataclass(frozen=True)
class Comparisons:
    """What does not compare over waves: the changes that are `parted`, and the verdict on the invariance of scores."""

    parted: Steps = frozenset()
    verdicts: Mapping[str, str] = field(default_factory=dict)

    def verdict(self, measure: str) -> str:
        """Give the verdict on a measure: that none compare where a change of it is parted."""
        if any(measure == name for name, _, _ in self.parted):
            return NOT_EQUAL
        return self.verdicts.get(measure, "")


EVERYTHING = Comparisons()
"""Where all is taken to compare."""


def over_waves(trends: pd.DataFrame | None, measures: Collection[str]) -> Comparisons:
    """Read which changes of measures of all employers do not compare: asked or scaled otherwise, or not invariant."""
    if trends is None:
        return EVERYTHING
    columns = ("from_wave", "to_wave", "group_by", "comparable", "invariance")
    rows = plain(trends[trends["measure"].isin(list(measures))], *columns)
    rows = rows[rows["group_by"] == ""]
    judged = rows["invariance"] if "invariance" in rows else pd.Series("", index=rows.index)
    apart = rows[(rows["comparable"] == "False") | (judged == NOT_EQUAL)]
    parted = frozenset(zip(apart["measure"], apart["from_wave"], apart["to_wave"]))
    return Comparisons(parted, dict(zip(rows["measure"], judged)))


def marked(label: str, verdict: str) -> str:
    """Write the sign of a verdict behind a label; the label alone where all compares or nothing was judged."""
    return f"{label} {SIGNS[verdict]}" if verdict in SIGNS else label


def in_words(verdicts: Iterable[str], *, language: str) -> list[str]:
    """Say the verdicts that are not simply that all compares, as sentences."""
    explained = words(language)["marks"]
    said = [explained[MARKS[verdict]] for verdict in verdicts if verdict in SIGNS]
    return [f"{text[:1].upper()}{text[1:]}." for text in said]


def comparison_keys(verdicts: Iterable[str], *, language: str) -> list[Key]:
    """Explain the signs of the verdicts that are used."""
    used, explained = set(verdicts), words(language)["marks"]
    return [Key(explained[MARKS[verdict]], sign=sign) for verdict, sign in SIGNS.items() if verdict in used]
