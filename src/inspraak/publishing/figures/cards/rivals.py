"""The figures of measurement: how well a model fits beside its rivals; conclusions before and after a correction."""

import math
from collections.abc import Iterator, Sequence

from inspraak.publishing.figures.cards.dots import DASHED, Dot, Entry, Write, axis_around, draw_dots
from inspraak.publishing.figures.cards.facts import Facts, Row
from inspraak.publishing.figures.cards.looks import BEFORE, BESIDE, LOOKS
from inspraak.publishing.figures.drawing import Drawing
from inspraak.publishing.figures.legends import Key
from inspraak.publishing.figures.style import INK
from inspraak.publishing.language import format_list, words
from inspraak.study.fit_limits import FAIR_FIT
from inspraak.study.kinds import Measurement

FIT = (0.02, 0.05, 0.10, 0.20)
STEPS = (0.1, 0.2, 0.5, 1.0)
MOST = 10
TRUE = ("True", "1", "1.0")


def draw_measurement(facts: Facts) -> list[Drawing]:
    """Draw each part: the fit of a model and its rivals, or the conclusions with the way of answering held constant."""
    drawings = []
    for label in (label for label, part in facts.claim.parts.items() if isinstance(part, Measurement)):
        drawings += [*_fits(facts, label), *_conclusions(facts, label)]
    return drawings


def _fits(facts: Facts, part: str) -> Iterator[Drawing]:
    """Draw the comparative fit index of each structure, best 1, with the limit of an acceptable fit."""
    rows = [row for row in facts.rows("rivals") if row["part"] == part and math.isfinite(row["cfi"])]
    if not rows:
        return
    text = facts.text["fits"]
    names = words(facts.language)["report"]["measurement"]["rivals"]["structures"]
    entries = []
    for row in sorted(rows, key=lambda row: str(row["declared"]) not in TRUE):
        declared = str(row["declared"]) in TRUE
        look = LOOKS[facts.verdict] if declared else BESIDE
        dot = Dot(row["cfi"], math.nan, math.nan, facts.number(row["cfi"]), look, declared)
        entries.append(Entry(names.get(row["structure"], row["structure"]), (dot,)))
    dots = [dot for entry in entries for dot in entry.dots]
    axis = axis_around(dots, steps=FIT, write=Write(facts, 2), null=1.0, mark=FAIR_FIT[0], ends=(0.0, 1.0))
    keys = [Key(text["fair"], line={"color": INK, "linewidth": 1.0, "linestyle": DASHED})]
    title = text["title"].format(factors=_factors(facts, part), wave=facts.when)
    yield draw_dots(facts, entries, axis, title=title, keys=keys, notes=[text["note"]], name=part)


def _factors(facts: Facts, part: str) -> str:
    """Name the factors of a part by their labels, or as they are declared."""
    declared = facts.claim.parts[part]
    assert isinstance(declared, Measurement)
    if declared.model is None:
        return ""
    labels = declared.model.labels
    named = [
        labels[name][facts.language] if name in labels else facts.label(name)
        for name in declared.model.factors
    ]
    return format_list([f"‘{name}’" for name in named], language=facts.language)


def _conclusions(facts: Facts, part: str) -> Iterator[Drawing]:
    """Draw the estimates of other claims before and after the correction, those that change most first."""
    rows = [row for row in facts.rows("survival") if row["part"] == part and math.isfinite(row["after"])]
    if not rows:
        return
    text = facts.text["survival"]
    chosen = sorted(rows, key=lambda row: -abs(row["after"] - row["before"]))[:MOST]
    entries = [Entry(_named(facts, row), tuple(_dots(facts, row))) for row in rows if row in chosen]
    dots = [dot for entry in entries for dot in entry.dots]
    axis = axis_around(dots, steps=STEPS, write=Write(facts, 1))
    keys = [Key(text["before"], line=BEFORE.line), Key(text["after"], line=LOOKS[facts.verdict].line)]
    notes = [text["note"], *_left_out(facts, rows)]
    yield draw_dots(
        facts, entries, axis, title=text["title"].format(wave=facts.when), keys=keys, notes=notes, name=part
    )


def _left_out(facts: Facts, rows: Sequence[Row]) -> list[str]:
    if len(rows) <= MOST:
        return []
    return [facts.text["survival"]["left_out"].format(shown=MOST, count=len(rows))]


def _named(facts: Facts, row: Row) -> str:
    return f"{row['claim']} {facts.label(str(row['outcome']))}"


def _dots(facts: Facts, row: Row) -> Iterator[Dot]:
    for when, look, strong in (("before", BEFORE, False), ("after", LOOKS[facts.verdict], True)):
        value, low, high = (row[name] for name in (when, f"{when}_low", f"{when}_high"))
        said = f"{facts.text['survival'][when]} {facts.interval(value, low, high)}"
        yield Dot(value, low, high, facts.number(value), look, strong, said)
