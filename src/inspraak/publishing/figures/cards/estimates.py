"""The figure of associations, differences and changes: the estimates that decide, in the waves that have them."""

import math
from collections.abc import Sequence

from inspraak.publishing.figures.cards.dots import Dot, Entry, Write, axis_around, draw_dots
from inspraak.publishing.figures.cards.facts import Facts, Row
from inspraak.publishing.figures.cards.looks import BEFORE, BESIDE, LOOKS, Look
from inspraak.publishing.figures.drawing import Drawing

MOST_IN_WAVES = 4
"""Of more estimates than this only the latest wave is shown."""
MOST = 12
EARLIER = 2
"""Waves before the latest that are shown."""
STEPS = (0.1, 0.2, 0.5, 1.0)
LONG = 50
"""What estimates are of stands below the figure, not in its title, where it has more characters than this."""
FARTHEST = 2.0
"""Standard deviations that are drawn at most."""


def draw_estimates(facts: Facts) -> Drawing | None:
    """Draw the standardised estimates that decide, with the band of what is too small to matter; None without any."""
    rows = deciding(facts)
    if not rows:
        return None
    about, ordered = _labelled(facts, rows[:MOST])
    before = facts.earlier()[:EARLIER] if len(rows) <= MOST_IN_WAVES else []
    entries = [Entry(label, tuple(_dots(facts, row, before)), heading) for row, heading, label in ordered]
    smallest = facts.claim.smallest_effect
    dots = [dot for entry in entries for dot in entry.dots]
    axis = axis_around(dots, steps=STEPS, write=Write(facts, 1), band=smallest, ends=(-FARTHEST, FARTHEST))
    text = facts.text["estimates"]
    long = len(about) > LONG
    notes = [text["compared"].format(what=about)] if long else []
    notes.append(text["note"].format(smallest=facts.number(smallest)))
    if len(rows) > MOST:
        notes.append(text["left_out"].format(count=len(rows) - MOST))
    titles = text["titles"].get(facts.kind, text) if about and not long else text
    title = titles["about" if about and not long else "plain"].format(
        what=about, wave=facts.when, units=facts.units
    )
    return draw_dots(facts, entries, axis, title=title, notes=notes)


def deciding(facts: Facts) -> list[Row]:
    """Give the rows with a standardised estimate on which the verdict rests; without any, those of other parts."""
    known = [row for row in facts.rows("estimates") if _known(row) and str(row.get("decides")) != "False"]
    return [row for row in known if facts.decides(row)] or known


def _known(row: Row) -> bool:
    return math.isfinite(row.get("std_estimate", math.nan))


def _labelled(facts: Facts, rows: Sequence[Row]) -> tuple[str, list[tuple[Row, str, str]]]:
    """Say what all rows share (for the title), and give each row its heading and its name without that."""
    terms, outcomes = (list(dict.fromkeys(str(row[key]) for row in rows)) for key in ("term", "outcome"))
    if len(terms) == 1:
        return facts.term(terms[0]), [(row, "", facts.label(str(row["outcome"]))) for row in rows]
    if len(outcomes) == 1:
        return facts.label(outcomes[0]), [(row, "", facts.term(str(row["term"]))) for row in rows]
    groups, key, other = (
        (outcomes, "outcome", "term") if len(outcomes) <= len(terms) else (terms, "term", "outcome")
    )
    words = {"term": facts.term, "outcome": facts.label}
    labelled = []
    for group in groups:
        inside = [row for row in rows if str(row[key]) == group]
        headings = [words[key](group), *[""] * len(inside)]
        labelled += [(row, heading, words[other](str(row[other]))) for row, heading in zip(inside, headings)]
    return "", labelled


def _dots(facts: Facts, row: Row, before: Sequence[str]) -> list[Dot]:
    """Give the dot of an estimate, below it those of the same estimate in earlier waves."""
    same = [
        found
        for wave in before
        for found in facts.rows("estimates", wave)
        if _known(found) and all(found.get(key) == row.get(key) for key in ("part", "outcome", "term"))
    ]
    latest = _dot(facts, row, LOOKS[facts.verdict] if facts.decides(row) else BESIDE, named=bool(same))
    return [latest, *(_dot(facts, found, BEFORE, named=True, strong=False) for found in same)]


def _dot(facts: Facts, row: Row, look: Look, *, named: bool, strong: bool = True) -> Dot:
    value, low, high = (row[key] for key in ("std_estimate", "std_ci_low", "std_ci_high"))
    wave = f"{row['wave']}  " if named else ""
    said = wave + facts.interval(value, low, high)
    return Dot(value, low, high, wave + facts.number(value), look, strong, said)
