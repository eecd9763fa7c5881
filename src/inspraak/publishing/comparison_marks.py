"""Which comparisons of a score hold, over waves and between groups, and how that is marked and said."""

from collections.abc import Iterable, Iterator, Mapping

from inspraak.publishing.language import format_list, in_sentence
from inspraak.publishing.published import Published
from inspraak.study.factor_models import WAVE

SIGNS: Mapping[str, str] = {"no": "≠", "partial": "~", "not testable": "?"}
"""Sign of each verdict on a comparison that does not wholly hold, the worst first."""
MARKS: Mapping[str, str] = {"no": "not_equal", "partial": "partly_equal", "not testable": "untested"}
"""Name of the mark of each verdict, in the catalogue and in the page."""


def verdict(published: Published, index: str, grouping: str) -> str:
    """Give the verdict on a score over a grouping: yes, partial, no or not testable; "" where nothing was judged.

    Waves of which two asked or scaled otherwise do not compare, whatever the tests of invariance say.
    """
    if grouping == WAVE and index in published.asked_otherwise:
        return "no"
    return published.comparable.get((index, grouping), "")


def mark(published: Published, index: str, grouping: str) -> str:
    """Name the mark of a score that does not wholly compare over a grouping; "" where it does or was not judged."""
    return MARKS.get(verdict(published, index, grouping), "")


def sign(name: str) -> str:
    """Give the sign of a mark by its name; "" for no mark."""
    return next((SIGNS[verdict] for verdict, mark in MARKS.items() if mark == name), "")


def remarks(published: Published, indices: Iterable[str], grouping: str) -> tuple[str, ...]:
    """Give one sentence per verdict of these scores over a grouping, the worst first; none for what compares."""
    return tuple(_remarks(published, list(indices), grouping))


def _remarks(published: Published, indices: list[str], grouping: str) -> Iterator[str]:
    text = published.words["report"]["comparability"]["over" if grouping == WAVE else "between"]
    group = "" if grouping == WAVE else in_sentence(published.short_label(grouping))
    for verdict, said in SIGNS.items():
        labels = [
            f"‘{published.label(index)}’"
            for index in indices
            if published.comparable.get((index, grouping)) == verdict
        ]
        if labels:
            scores = format_list(labels, language=published.language)
            yield str(text[MARKS[verdict]].format(scores=scores, group=group, sign=said))
