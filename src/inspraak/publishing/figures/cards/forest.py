"""The figure of differences between groups: the slope of each, estimated together with the others and alone."""

import math
from collections.abc import Iterator, Sequence

from inspraak.publishing.figures.cards.dots import DASHED, Dot, Entry, Write, axis_around, draw_dots
from inspraak.publishing.figures.cards.facts import Facts, Row
from inspraak.publishing.figures.cards.looks import BEFORE, LOOKS
from inspraak.publishing.figures.drawing import Drawing
from inspraak.publishing.figures.legends import Key
from inspraak.publishing.figures.reading import categories_of
from inspraak.publishing.figures.style import INK

MOST = 12
"""A division into more groups than this has no figure."""
MOST_FIGURES = 4
STEPS = (0.1, 0.2, 0.5, 1.0)


def draw_forests(facts: Facts) -> list[Drawing]:
    """Draw the slopes of each outcome by each division into a few groups."""
    return list(_forests(facts))[:MOST_FIGURES]


def _forests(facts: Facts) -> Iterator[Drawing]:
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in facts.rows("slopes"):
        if math.isfinite(row["estimate"]):
            found.setdefault((str(row["part"]), str(row["outcome"]), str(row["group_by"])), []).append(row)
    for (part, outcome, group_by), rows in found.items():
        if 1 < len(rows) <= MOST:
            yield _forest(facts, rows, "_".join(name for name in (part, outcome, group_by) if name))


def _forest(facts: Facts, rows: Sequence[Row], name: str) -> Drawing:
    """Draw one division: groups below each other, a dashed line where all groups together are."""
    text, first = facts.text["forest"], rows[0]
    order = categories_of(facts.study, str(first["group_by"]), [str(row["group"]) for row in rows])
    rows = sorted(rows, key=lambda row: order.index(str(row["group"])))
    entries = [Entry(_group(facts, row), tuple(_dots(facts, row))) for row in rows]
    dots = [dot for entry in entries for dot in entry.dots]
    axis = axis_around(
        dots,
        steps=STEPS,
        write=Write(facts, 1),
        band=facts.claim.smallest_effect,
        mark=float(first["overall"]),
    )
    look = LOOKS[facts.verdict]
    keys = [
        Key(text["pooled"], line=look.line),
        Key(text["alone"], line=BEFORE.line),
        Key(text["overall"], line={"color": INK, "linewidth": 1.0, "linestyle": DASHED}),
    ]
    names = {
        "x": facts.label(str(first["x"])), "outcome": facts.label(str(first["outcome"])),
        "group": facts.label(str(first["group_by"])),
    }  # fmt: skip
    title = text["title"].format(**names, wave=facts.when)
    return draw_dots(facts, entries, axis, title=title, keys=keys, notes=[text["note"]], name=name)


def _group(facts: Facts, row: Row) -> str:
    return facts.study.category_label(str(row["group_by"]), str(row["group"]), facts.language)


def _dots(facts: Facts, row: Row) -> Iterator[Dot]:
    value, low, high = (row[key] for key in ("estimate", "ci_low", "ci_high"))
    said = facts.interval(value, low, high)
    yield Dot(value, low, high, facts.number(value), LOOKS[facts.verdict], said=said)
    if math.isfinite(row["alone"]):
        written = facts.text["forest"]["dot_alone"].format(value=facts.number(row["alone"]))
        yield Dot(row["alone"], row["alone_low"], row["alone_high"], written, BEFORE, strong=False)
