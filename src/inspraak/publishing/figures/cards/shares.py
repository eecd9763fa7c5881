"""The figures of what is a share: variance that a form or a predictor explains, answers that are given."""

import math
from collections.abc import Sequence
from dataclasses import replace

from inspraak.publishing.figures.cards.dots import Axis, Dot, Entry, Write, axis_around, draw_dots
from inspraak.publishing.figures.cards.facts import Facts
from inspraak.publishing.figures.cards.looks import BESIDE, LOOKS, Look
from inspraak.publishing.figures.drawing import Drawing
from inspraak.publishing.language import format_interval

FORMS = ("additive", "weakest_link", "product", "geometric_mean", "all_above")
"""Forms that a contest is between, in the order of the figure."""
OF_VARIANCE = (0.01, 0.02, 0.05, 0.10, 0.20)
OF_ANSWERS = (0.05, 0.10, 0.20, 0.25)
MOST = 12


def draw_forms(facts: Facts) -> Drawing | None:
    """Draw how much of the outcome each form explains in employers that it was not fitted to; None without any."""
    rows = [row for row in facts.rows("forms") if row["form"] in FORMS and math.isfinite(row["r2_out"])]
    if not rows:
        return None
    text, names = facts.text["forms"], facts.text["form_names"]
    entries = []
    for row in sorted(rows, key=lambda row: FORMS.index(row["form"])):
        best = str(row["best"]) == "True"
        written = _percent(facts, row["r2_out"])
        dot = Dot(row["r2_out"], math.nan, math.nan, written, LOOKS[facts.verdict] if best else BESIDE, best)
        entries.append(Entry(names[row["form"]], (dot,)))
    axis = _axis(facts, entries, OF_VARIANCE)
    title = text["title"].format(outcome=facts.label(str(rows[0]["outcome"])), wave=facts.when)
    return draw_dots(facts, entries, axis, title=title, notes=[text["note"].format(units=facts.units)])


def draw_dominance(facts: Facts) -> Drawing | None:
    """Draw what each predictor adds to the explained variance, with its interval; None without any."""
    rows = [row for row in facts.rows("dominance") if math.isfinite(row["corrected"])][:MOST]
    if not rows:
        return None
    text, outcomes = facts.text["dominance"], list(dict.fromkeys(str(row["outcome"]) for row in rows))
    predictors = list(dict.fromkeys(str(row["predictor"]) for row in rows))
    alone = len(predictors) == 1
    entries, before = [], ""
    for row in rows:
        outcome, predictor = facts.label(str(row["outcome"])), facts.label(str(row["predictor"]))
        dot = _share(facts, (row["corrected"], row["ci_low"], row["ci_high"]), LOOKS[facts.verdict])
        heading = outcome if len(outcomes) > 1 and not alone and outcome != before else ""
        entries.append(Entry(outcome if alone else predictor, (dot,), heading))
        before = outcome
    what = facts.label(predictors[0]) if alone else facts.label(outcomes[0]) if len(outcomes) == 1 else ""
    title = text["alone" if alone else "title" if what else "plain"].format(what=what, wave=facts.when)
    return draw_dots(
        facts,
        entries,
        _axis(facts, entries, OF_VARIANCE),
        title=title,
        notes=[text["note"].format(units=facts.units)],
    )


def draw_ranks(facts: Facts, part: str) -> Drawing | None:
    """Draw the shares of answers with simultaneous intervals, the most given first, and the ranks they may have."""
    rows = [row for row in facts.rows("ranks") if row["part"] == part and math.isfinite(row["share"])]
    if not rows:
        return None
    text, entries = facts.text["ranks"], []
    for row in sorted(rows, key=lambda row: -row["share"])[:MOST]:
        first, last = (facts.number(row[key], 0) for key in ("rank_low", "rank_high"))
        rank = first if first == last else f"{first}\N{EN DASH}{last}"
        share = _percent(facts, row["share"], 0)
        said = text["said"].format(
            share=share, interval=_interval(facts, row["ci_low"], row["ci_high"]), rank=rank
        )
        look = replace(LOOKS[facts.verdict] if facts.claim.parts[part].necessary else BESIDE, size=4.2)
        written = f"{share}  {rank}"
        dot = Dot(row["share"], row["ci_low"], row["ci_high"], written, look, said=said)
        entries.append(Entry(facts.label(str(row["item"])), (dot,)))
    title = text["title"].format(wave=facts.when)
    return draw_dots(
        facts,
        entries,
        _axis(facts, entries, OF_ANSWERS),
        title=title,
        notes=[text["note"].format(units=facts.units)],
        name=part,
    )


def _share(facts: Facts, numbers: tuple[float, float, float], look: Look) -> Dot:
    value, low, high = numbers
    written = _percent(facts, value)
    return Dot(value, low, high, written, look, said=f"{written} ({_interval(facts, low, high, 1)})")


def _percent(facts: Facts, share: float, decimals: int = 1) -> str:
    return f"{facts.number(100 * share, decimals)}%"


def _interval(facts: Facts, low: float, high: float, decimals: int = 0) -> str:
    return format_interval(100 * low, 100 * high, decimals=decimals, language=facts.language)


def _axis(facts: Facts, entries: Sequence[Entry], steps: Sequence[float]) -> Axis:
    dots = [dot for entry in entries for dot in entry.dots]
    return axis_around(dots, steps=steps, write=Write(facts, 0, 100, "%"))
