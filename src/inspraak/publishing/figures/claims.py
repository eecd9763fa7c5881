"""The estimates of the claims with their intervals and verdicts: a forest plot per family."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from inspraak.publishing.figures.drawing import Drawing, Ruler, Sheet
from inspraak.publishing.figures.legends import Key, new_sheet
from inspraak.publishing.figures.lettering import line_height, text_width
from inspraak.publishing.figures.reading import plain
from inspraak.publishing.figures.style import INK, PALE, SOFT, Page, page, styled
from inspraak.publishing.figures.wrapping import wrap
from inspraak.publishing.language import format_interval, format_list, format_number, words
from inspraak.publishing.sentence_numbers import in_own_unit
from inspraak.publishing.terms import term_words
from inspraak.study.kinds import NOT_IN_SD
from inspraak.study.study import Study

MOST_ROWS = 22
"""Estimates in one figure; further claims go on in a next part."""
FARTHEST = 1.0
"""Standard deviations that are drawn at most; an interval that goes on gets an arrow."""
ROW = 0.21
INSET = 0.16
"""How far the scale stays from the left edge of the plot, so that its first label fits."""
LABEL = 2.35
"""Room for the names of an estimate in the wide layout, in inches."""
LOOKS: dict[str, dict[str, Any]] = {
    "supported": {"marker": "o", "color": "#0a4a80", "markerfacecolor": "#0a4a80"},
    "contradicted": {"marker": "D", "color": "#b34a00", "markerfacecolor": "#b34a00"},
    "equivalent to nil": {"marker": "s", "color": INK, "markerfacecolor": "white"},
    "inconclusive": {"marker": "o", "color": "#5f5f5f", "markerfacecolor": "white"},
    "not testable": {"marker": "X", "color": "#5f5f5f", "markerfacecolor": "#5f5f5f"},
}
"""Marker and colour of each verdict; markers differ, so that they can be told apart in grey."""


@dataclass(frozen=True)
class _Estimate:
    """One estimate of a claim, in standard deviations, and its name with the estimate in its own unit."""

    claim: str
    label: str
    estimate: float
    low: float
    high: float
    smallest: float
    verdict: str


@dataclass(frozen=True)
class _Row:
    """Where an estimate stands: its name's lines and their top, its level, and the band behind it (inches)."""

    estimate: _Estimate
    lines: list[str]
    first: bool
    y: float
    level: float
    top: float
    bottom: float


@dataclass(frozen=True)
class _Forest:
    """How a forest is laid out: its rows, the part of the scale drawn, the widths of its columns (inches)."""

    layout: Page
    rows: tuple[_Row, ...]
    low: float
    high: float
    name: float
    label: float
    value: float
    height: float


def claim_parts(estimates: pd.DataFrame, study: Study, family: str) -> list[list[str]]:
    """Give the claims of a family that have a standardised estimate, in order, in parts of one figure each."""
    known = _shown(estimates)
    rows = _latest(known, study)["hypothesis"].value_counts()
    parts: list[list[str]] = [[]]
    filled = 0
    for name, claim in study.claims.items():
        if claim.family != family or name not in rows.index:
            continue
        if parts[-1] and filled + rows[name] > MOST_ROWS:
            parts.append([])
            filled = 0
        parts[-1].append(name)
        filled += int(rows[name])
    return parts if parts[0] else []


@styled
def draw_claims(
    estimates: pd.DataFrame,
    verdicts: pd.DataFrame,
    study: Study,
    claims: Sequence[str],
    *,
    language: str,
    narrow: bool = False,
    part: int = 1,
) -> Drawing:
    """Draw the standardised estimates of some claims of one family, each in its latest wave with an estimate.

    A band shows the smallest effect of interest, the marker the verdict. Claims of the family without any
    estimate are named below the figure. `part` numbers the figures of a family.
    """
    text = words(language)["figures"]["claims"]
    family = study.claims[claims[0]].family
    found = _estimates(estimates, verdicts, study, claims, language)
    forest = _forest(found, page(narrow=narrow), language)
    notes = [text["note"], *_left_out(estimates, study, family, language)]
    sheet = new_sheet(forest.layout, forest.height, _keys(found, language), notes, study, language)
    _draw_forest(sheet, forest, language)
    supported = {row.claim for row in found if row.verdict == "supported"}
    title = text["title"].format(
        family=text["families"][family],
        supported=format_number(len(supported), language=language),
        n=format_number(len(claims), language=language),
    )
    name = f"claims_{family}" + (f"_{part}" if part > 1 else "")
    return Drawing(name, sheet.figure, title, f"{title}. {_in_words(found, language)}", "", "claims")


def _shown(estimates: pd.DataFrame) -> pd.DataFrame:
    """Keep the associations in standard deviations that a verdict rests on; all others are in the report's cards."""
    decides = estimates["decides"].astype(str) != "False"
    return estimates[estimates["std_estimate"].notna() & decides & ~estimates["kind"].isin(NOT_IN_SD)]


def _latest(known: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Keep the rows of each claim in the last of its waves; what spans all waves counts as the last."""
    known = plain(known, "hypothesis", "wave", "outcome", "term")
    order = {wave: place for place, wave in enumerate(study.waves)}
    rank = known["wave"].map(lambda wave: order.get(wave, len(order)))
    return known[rank == rank.groupby(known["hypothesis"]).transform("max")]


def _estimates(
    estimates: pd.DataFrame, verdicts: pd.DataFrame, study: Study, claims: Sequence[str], language: str
) -> list[_Estimate]:
    known = _shown(estimates[estimates["hypothesis"].isin(list(claims))])
    judged = {
        (row["hypothesis"], row["wave"]): str(row["verdict"])
        for row in plain(verdicts, "hypothesis", "wave").to_dict("records")
    }
    rows = _latest(known, study).to_dict("records")
    newest = list(study.waves)[-1]
    found = []
    for name in claims:
        for row in (row for row in rows if row["hypothesis"] == name):
            earlier = row["wave"] in study.waves and row["wave"] != newest
            label = _label(row, study, language) + (f" ({row['wave']})" if earlier else "")
            low, estimate, high = (float(row[key]) for key in ("std_ci_low", "std_estimate", "std_ci_high"))
            verdict = judged.get((name, row["wave"]), "inconclusive")
            smallest = study.claims[name].smallest_effect
            natural = in_own_unit(row, language=language)
            if natural is not None:
                label += f" ({natural['value']} {natural['unit']})"
            found.append(_Estimate(name, label, estimate, low, high, smallest, verdict))
    return found


def _label(row: Mapping[Any, Any], study: Study, language: str) -> str:
    """Name an estimate by what goes together in it; parts of a product or path are named one by one."""
    outcome = study.short_label(row["outcome"], language) if row["outcome"] else ""
    term = term_words(study, str(row["term"]), language=language)
    return " \N{EN DASH} ".join(part for part in (term, outcome) if part)


def _left_out(estimates: pd.DataFrame, study: Study, family: str, language: str) -> list[str]:
    """Name the claims of a family that have no estimate to draw."""
    drawn = set(_shown(estimates)["hypothesis"])
    names = [name for name, claim in study.claims.items() if claim.family == family and name not in drawn]
    if not names:
        return []
    listed = format_list(names, language=language)
    return [words(language)["figures"]["claims"]["left_out"].format(claims=listed)]


def _keys(found: Sequence[_Estimate], language: str) -> list[Key]:
    used = {row.verdict for row in found}
    verdicts = words(language)["verdicts"]
    keys = [
        Key(str(verdicts[name]), line=_marker(name) | {"linestyle": ""}) for name in LOOKS if name in used
    ]
    band = {"facecolor": PALE, "edgecolor": "#a6a6a6", "linewidth": 0.4}
    return [*keys, Key(words(language)["figures"]["claims"]["band"], box=band)]


def _marker(verdict: str) -> dict[str, Any]:
    looks = LOOKS[verdict]
    size = 5.0 if looks["marker"] == "D" else 6.0
    return {"markersize": size, "markeredgewidth": 1.4, "markeredgecolor": looks["color"], **looks}


def _forest(found: Sequence[_Estimate], layout: Page, language: str) -> _Forest:
    """Choose the part of the scale and the widths of the columns: names beside the plot, or (narrow) above it."""
    size = layout.small
    name = max(text_width(row.claim, size, bold=True) for row in found) + 0.1
    rows, height = _rows(found, layout.inner - name if layout.narrow else LABEL, layout)
    ends = [end for row in found for end in (row.low, row.high, row.estimate, row.smallest, -row.smallest)]
    known = [end for end in ends if math.isfinite(end)]
    low = max(-FARTHEST, math.floor(min(known) * 10 - 1e-9) / 10)
    high = min(FARTHEST, math.ceil(max(known) * 10 + 1e-9) / 10)
    value = max(text_width(_value(row, layout, language), size) for row in found)
    label = 0.0 if layout.narrow else name + LABEL + 0.12
    return _Forest(layout, tuple(rows), low, high, name, label, value, height + line_height(size) + 0.06)


def _rows(found: Sequence[_Estimate], room: float, layout: Page) -> tuple[list[_Row], float]:
    """Place the estimates below each other, claims a little apart; gives them and the height of all (inches)."""
    rows, y, before = list[_Row](), 0.04, ""
    for estimate in found:
        lines = wrap(estimate.label, room, layout.small)
        tall, first = len(lines) * line_height(layout.small), estimate.claim != before
        y += 0.1 if before and first else 0.0
        before = estimate.claim
        if layout.narrow:
            top, height = y + tall + 0.03, tall + 0.03 + ROW
            rows.append(_Row(estimate, lines, first, y, top + ROW / 2, top, top + ROW))
            y += height + 0.07
        else:
            height = max(tall + 0.05, ROW)
            rows.append(_Row(estimate, lines, first, y + (height - tall) / 2, y + height / 2, y, y + height))
            y += height
    return rows, y


def _draw_forest(sheet: Sheet, forest: _Forest, language: str) -> None:
    """Draw the bands, then the scale, then the estimates with their names and values."""
    layout, top = forest.layout, sheet.top
    right = layout.margin + layout.inner
    across = Ruler(forest.low, forest.high, layout.margin + forest.label + INSET, right - forest.value - 0.24)
    for row in forest.rows:
        reach = row.estimate.smallest
        box = (across(-reach), top + row.top, across(reach) - across(-reach), row.bottom - row.top)
        sheet.boxes([box], facecolor=PALE, linewidth=0)
    _draw_scale(sheet, across, forest, language)
    for row in forest.rows:
        if row.first:
            sheet.text(layout.margin, top + row.y, row.estimate.claim, bold=True)
        sheet.text(layout.margin + forest.name, top + row.y, row.lines)
        _draw_estimate(sheet, across, row.estimate, top + row.level)
        value = _value(row.estimate, layout, language)
        sheet.text(right, top + row.level, value, across=1.0, down=0.5)


def _draw_scale(sheet: Sheet, across: Ruler, forest: _Forest, language: str) -> None:
    """Draw the lines of the scale behind all estimates, or (narrow) around each, clear of the names."""
    tick = across(0.1) - across(0.0)
    step = 1 if tick >= 0.34 else 2 if tick >= 0.17 else 5
    tenths = range(round(across.low * 10), round(across.high * 10) + 1)
    ticks = [place / 10 for place in tenths if place % step == 0]
    labels = [format_number(value, decimals=1, language=language) for value in ticks]
    first, last = sheet.top + forest.rows[0].top, sheet.top + forest.rows[-1].bottom
    spans = [(sheet.top + row.top, sheet.top + row.bottom) for row in forest.rows]
    for top, bottom in spans if forest.layout.narrow else [(first, last)]:
        sheet.ticks(across, ticks, labels if bottom == last else [], top=top, bottom=bottom)
        sheet.lines([((across(0), top), (across(0), bottom))], color=SOFT, linewidth=1.0)


def _value(row: _Estimate, layout: Page, language: str) -> str:
    """Write an estimate, in the wide layout with its interval."""
    value = format_number(row.estimate, decimals=2, language=language)
    if layout.narrow:
        return value
    return f"{value} ({format_interval(row.low, row.high, language=language)})"


def _draw_estimate(sheet: Sheet, across: Ruler, row: _Estimate, y: float) -> None:
    """Draw the interval and the marker of one estimate; an arrow where the interval goes on."""
    looks = _marker(row.verdict)

    def inside(value: float) -> float:
        return across(min(max(value, across.low), across.high))

    if math.isfinite(row.low) and math.isfinite(row.high):
        ends = ((inside(row.low), y), (inside(row.high), y))
        sheet.lines([ends], color=looks["color"], linewidth=1.6)
        if row.low < across.low:
            sheet.curve([across(across.low)], [y], marker="<", markersize=5, color=looks["color"])
        if row.high > across.high:
            sheet.curve([across(across.high)], [y], marker=">", markersize=5, color=looks["color"])
    sheet.curve([inside(row.estimate)], [y], **looks)


def _in_words(found: Sequence[_Estimate], language: str) -> str:
    """Say every estimate with its interval and the verdict of its claim."""
    form = words(language)["figures"]["claims"]["alternative"]
    return " ".join(
        form.format(
            claim=row.claim,
            label=row.label,
            value=format_number(row.estimate, decimals=2, language=language),
            interval=format_interval(row.low, row.high, language=language),
            verdict=words(language)["verdicts"][row.verdict],
        )
        for row in found
    )
