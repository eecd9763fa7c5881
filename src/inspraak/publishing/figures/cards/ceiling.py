"""The figure of a necessary condition: how much of it goes with each level of the outcome at least."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from inspraak.publishing.figures.cards.dots import KIND, card_name
from inspraak.publishing.figures.cards.facts import Facts
from inspraak.publishing.figures.cards.looks import BESIDE, LOOKS, Look
from inspraak.publishing.figures.cards.panels import Panel, draw_levels, draw_panel, lay_out, widest
from inspraak.publishing.figures.drawing import Drawing, Ruler, Sheet
from inspraak.publishing.figures.legends import Key, new_sheet
from inspraak.publishing.figures.lettering import line_height
from inspraak.publishing.figures.style import NARROW, SOFT, tint
from inspraak.publishing.language import format_p

LEVELS = (0.0, 50.0, 100.0)
ACROSS = 3
HEIGHT = 1.0
LINE = line_height(NARROW.small)
BELOW = LINE + 0.05
SAID = 2 * LINE + 0.04
"""Room below a panel for the effect size and for both p."""


@dataclass(frozen=True)
class _Ceiling:
    """The line of one condition: level of the outcome and what it asks; and its effect size with both p, written."""

    condition: str
    outcome: str
    line: tuple[tuple[float, float], ...]
    effect: str
    permutation: str
    copula: str
    look: Look

    @property
    def empty(self) -> bool:
        """Whether some level of the outcome asks for something."""
        return any(required > 0 for _, required in self.line)


def draw_ceiling(facts: Facts) -> Drawing | None:
    """Draw the ceiling line of each condition, the corner above it shaded; no employer is a point.

    None where no condition has an empty corner.
    """
    found = _found(facts)
    if not any(one.empty for one in found):
        return None
    text = facts.text["ceiling"]
    ticks = [(level, facts.number(level, 0)) for level in LEVELS]
    left = widest([label for _, label in ticks]) + 0.07
    names = [facts.label(one.condition) for one in found]
    panels, height = lay_out(
        names, [""] * len(found), height=HEIGHT, across=ACROSS, left=left, below=BELOW + SAID
    )
    keys = [Key(text["corner"], box={"facecolor": tint(found[0].look.colour, 0.22), "linewidth": 0})]
    outcome = facts.label(found[0].outcome)
    notes = [text["note"].format(outcome=outcome)]
    sheet = new_sheet(NARROW, height, keys, notes, facts.study, facts.language)
    for one, panel in zip(found, panels):
        _draw(sheet, panel, one, facts, ticks, left)
    title = text["title"].format(outcome=outcome, wave=facts.when)
    alternative = f"{title}: {' '.join(_said(facts, one) for one in found)}"
    return Drawing(card_name(facts), sheet.figure, title, alternative, "", KIND, facts.claim.name)


def _found(facts: Facts) -> list[_Ceiling]:
    """Give the conditions that have a line, with what stands below it."""
    lines: dict[tuple[str, str, str], list[tuple[float, float]]] = {}
    for row in facts.rows("bottlenecks"):
        if math.isfinite(row["level"]):
            lines.setdefault(_key(row), []).append((row["level"], row["required"]))
    made = []
    for key, line in lines.items():
        both = [
            row for row in facts.rows("necessity") if _key(row) == key and math.isfinite(row["effect_size"])
        ]
        if not both:
            continue
        part, condition, outcome = key
        look = LOOKS[facts.verdict] if facts.claim.parts[part].necessary else BESIDE
        known = tuple(sorted((level, required) for level, required in line if math.isfinite(required)))
        effects = sorted(row["effect_size"] for row in both)
        effect = facts.number(effects[0])
        if facts.number(effects[-1]) != effect:
            effect += f"\N{EN DASH}{facts.number(effects[-1])}"
        chance, alike = (_p(facts, max(row[name] for row in both)) for name in ("p_permutation", "p_copula"))
        made.append(_Ceiling(condition, outcome, known, effect, chance, alike, look))
    return made


def _p(facts: Facts, p: float) -> str:
    return format_p(p, language=facts.language).removeprefix("p ").removeprefix("= ")


def _key(row: Mapping[str, object]) -> tuple[str, str, str]:
    return str(row["part"]), str(row["condition"]), str(row["outcome"])


def _draw(
    sheet: Sheet, panel: Panel, one: _Ceiling, facts: Facts, ticks: list[tuple[float, str]], left: float
) -> None:  # fmt: skip
    end, low = panel.left + panel.width, sheet.top + panel.bottom
    across, up = Ruler(0.0, 100.0, panel.left, end), Ruler(0.0, 100.0, panel.bottom, panel.top)
    text = facts.text["ceiling"]
    draw_levels(sheet, panel, up, ticks)
    points = [(across(min(required, 100.0)), sheet.top + up(level)) for level, required in one.line]
    if one.empty:
        corner = [(panel.left, points[0][1]), *points, (panel.left, points[-1][1])]
        sheet.area(corner, facecolor=tint(one.look.colour, 0.22), linewidth=0)
        sheet.curve([x for x, _ in points], [y for _, y in points], color=one.look.colour, linewidth=1.8)
    draw_panel(sheet, panel, left=left, below=BELOW)
    for value, label, share in ((0.0, ticks[0][1], 0.5), (100.0, ticks[-1][1], 1.0)):
        sheet.text(across(value), low + 0.02, label, colour=SOFT, across=share)
    said = [
        text["effect"].format(value=one.effect),
        text["p"].format(first=one.permutation, second=one.copula),
    ]
    sheet.text(panel.left - left, low + BELOW + 0.02, said)


def _said(facts: Facts, one: _Ceiling) -> str:
    text = facts.text["ceiling"]
    asked = [
        text["level"].format(level=facts.number(level, 0), required=facts.number(required, 0))
        for level, required in one.line
        if required > 0
    ]
    return str(
        text["said" if asked else "said_none"].format(
            condition=facts.label(one.condition), levels="; ".join(asked), effect=one.effect,
            permutation=one.permutation, copula=one.copula,
        )
    )  # fmt: skip
