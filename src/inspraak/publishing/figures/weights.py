"""How the weights of each wave are spread, in bins that hold no single unit."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from inspraak.publishing.figures.drawing import Drawing, Ruler, Sheet
from inspraak.publishing.figures.legends import new_sheet
from inspraak.publishing.figures.lettering import line_height
from inspraak.publishing.figures.reading import waves_in
from inspraak.publishing.figures.style import SOFT, THEME_COLOURS, page, styled, tint
from inspraak.publishing.language import (
    format_list,
    format_number,
    format_share,
    limit_words,
    unit_word,
    words,
)
from inspraak.study.configuration import DISCLOSURE, Disclosure
from inspraak.study.study import Study

HEIGHT = 0.62
"""Height of the highest bin, in inches."""
BETWEEN = 0.2
INSET = 0.15
"""How far the scale stays from the edges, so that its labels fit."""

Bins = Mapping[tuple[str, str], Sequence[tuple[float, float, float]]]
"""Low and high end (in doublings of the mean weight) and share of each bin, by weight and wave."""


@dataclass(frozen=True)
class _Panel:
    """One weight in one wave, and the top of its label in inches from that of the content."""

    weight: str
    wave: str
    y: float


@styled
def draw_weights(
    bins: pd.DataFrame,
    study: Study,
    *,
    language: str,
    narrow: bool = False,
    limits: Disclosure = DISCLOSURE,
) -> Drawing:
    """Draw the bins of every weight and wave below each other, on one scale of the weight over its mean.

    `bins` has wave, weight, low, high, n (`minimum_n` units at least) and share; equal areas are equal shares.
    """
    text, layout = words(language)["figures"]["weights"], page(narrow=narrow)
    found = _bins(bins)
    waves = waves_in((wave for _, wave in found), study)
    weights = list(dict.fromkeys(weight for weight, _ in found))
    step = line_height(layout.text) + 0.06 + HEIGHT + line_height(layout.small) + BETWEEN
    keys = [(weight, wave) for weight in weights for wave in reversed(waves) if (weight, wave) in found]
    panels = [_Panel(weight, wave, place * step) for place, (weight, wave) in enumerate(keys)]
    units = unit_word(study.unit, language=language)
    note = text["note"].format(units=units, **limit_words(limits, language=language))
    sheet = new_sheet(layout, len(panels) * step - BETWEEN, [], [note], study, language)
    for panel in panels:
        _draw_panel(sheet, panel, found, study, language)
    title = text["title"].format(waves=format_list(waves, language=language))
    alternative = f"{title}. {_in_words(keys, found, study, language)}"
    return Drawing("weights", sheet.figure, title, alternative, "", "weights")


def _bins(table: pd.DataFrame) -> Bins:
    found: dict[tuple[str, str], list[tuple[float, float, float]]] = {}
    for row in table.to_dict("records"):
        ends = (math.log2(row["low"]), math.log2(row["high"]))
        found.setdefault((str(row["weight"]), str(row["wave"])), []).append((*ends, float(row["share"])))
    return found


def _label(weight: str, wave: str, study: Study, language: str) -> str:
    units = unit_word(study.unit, language=language)
    return f"{wave}, {words(language)['weights'][weight].format(units=units)}"


def _draw_panel(sheet: Sheet, panel: _Panel, found: Bins, study: Study, language: str) -> None:
    every = [one for bins in found.values() for one in bins]
    low, high = math.floor(min(one[0] for one in every)), math.ceil(max(one[1] for one in every))
    highest = max(share / (end - start) for start, end, share in every)
    margin = sheet.page.margin + INSET
    across = Ruler(low, high, margin, sheet.page.width - margin)
    top = sheet.top + panel.y
    base = top + line_height(sheet.page.text) + 0.06 + HEIGHT
    label = _label(panel.weight, panel.wave, study, language)
    sheet.text(sheet.page.margin, top, label, size=sheet.page.text, bold=True)
    ticks = [tick for tick in range(low, high + 1) if not sheet.page.narrow or tick % 2 == 0]
    labels = [_times(tick, language) for tick in ticks]
    sheet.ticks(across, ticks, labels, top=base - HEIGHT, bottom=base)
    colour = THEME_COLOURS[0 if panel.weight != "employee" else 1]
    boxes = []
    for start, end, share in found[panel.weight, panel.wave]:
        height = HEIGHT * share / (end - start) / highest
        boxes.append((across(start), base - height, across(end) - across(start), height))
    sheet.boxes(boxes, facecolor=tint(colour, 0.35), edgecolor=colour, linewidth=0.8)
    sheet.lines([((across(low), base), (across(high), base))], color=SOFT, linewidth=0.8)


def _times(doublings: int, language: str) -> str:
    """Write a power of two: `1/4`, `1`, `8`."""
    size = format_number(2 ** abs(doublings), language=language)
    return size if doublings >= 0 else f"1/{size}"


def _in_words(keys: Sequence[tuple[str, str]], found: Bins, study: Study, language: str) -> str:
    """Say for each weight and wave which part lies wholly between half and double the mean."""
    text = words(language)["figures"]["weights"]["alternative"]
    sentences = []
    for weight, wave in keys:
        share = sum(share for start, end, share in found[weight, wave] if start >= -1 and end <= 1)
        shown = format_share(share, n=0, language=language)
        sentences.append(text.format(label=_label(weight, wave, study, language), share=shown))
    return " ".join(sentences)
