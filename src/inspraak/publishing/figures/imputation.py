"""How far imputed answers lie from those given, for the questions with the most of them."""

import math

import pandas as pd

from inspraak.publishing.figures.drawing import Drawing, Ruler
from inspraak.publishing.figures.legends import new_sheet
from inspraak.publishing.figures.lettering import line_height
from inspraak.publishing.figures.reading import waves_in
from inspraak.publishing.figures.style import GRID, INK, SOFT, THEME_COLOURS, page, styled
from inspraak.publishing.figures.wrapping import wrap
from inspraak.publishing.language import format_number, words
from inspraak.study.study import Study

MOST = 12
"""Questions that are shown."""
STRIP = 0.2
"""Height of the strip with the dot of one question, in inches."""
BETWEEN = 0.1
INSET = 0.15
"""How far the scale stays from the edges, so that its labels fit."""


def imputed_most(imputation: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Give the rows of imputation.csv that are drawn: of the latest wave, the most imputed answers first."""
    told = imputation[imputation["difference"].notna()]
    waves = waves_in(told["wave"].astype(str), study)
    latest = told[told["wave"].astype(str) == waves[-1]] if waves else told
    return latest.sort_values("n_imputed", ascending=False, kind="stable").head(MOST)


@styled
def draw_imputation(
    imputation: pd.DataFrame, study: Study, *, language: str, narrow: bool = False
) -> Drawing:
    """Draw one dot per question: the mean of the imputed answers less that of those given, in SD of the latter.

    `imputation` is the published table, of which only questions with enough answers of both sorts have a difference.
    """
    rows = imputed_most(imputation, study).to_dict("records")
    text, layout = words(language)["figures"]["imputation"], page(narrow=narrow)
    labels = [
        wrap(
            text["row"].format(label=study.short_label(row["item"], language), n=int(row["n_imputed"])),
            layout.inner,
            layout.small,
        )
        for row in rows
    ]
    line = line_height(layout.small)
    heights = [len(label) * line + STRIP + BETWEEN for label in labels]
    sheet = new_sheet(layout, sum(heights) + line, [], [text["note"]], study, language)
    end = max(0.5, math.ceil(2 * max(abs(row["difference"]) for row in rows)) / 2)
    across = Ruler(-end, end, layout.margin + INSET, layout.width - layout.margin - INSET)
    ticks = [-end, -end / 2, 0.0, end / 2, end]
    y = sheet.top
    for row, label, height in zip(rows, labels, heights):
        sheet.text(layout.margin, y, label)
        top, bottom = y + len(label) * line + 0.02, y + len(label) * line + STRIP
        sheet.lines(
            [((across(tick), top), (across(tick), bottom)) for tick in ticks], color=GRID, linewidth=0.7
        )
        sheet.lines([((across(0), top), (across(0), bottom))], color=SOFT, linewidth=0.9)
        place, middle = across(row["difference"]), (top + bottom) / 2
        sheet.lines([((across(0), middle), (place, middle))], color=THEME_COLOURS[0], linewidth=1.2)
        sheet.curve([place], [middle], linestyle="", marker="o", markersize=5, color=THEME_COLOURS[0])
        y += height
    for tick in ticks:
        said = format_number(tick, decimals=2, language=language)
        sheet.text(across(tick), y - BETWEEN + 0.02, said, colour=INK, across=0.5)
    title = text["title"].format(wave=rows[0]["wave"])
    furthest = max(rows, key=lambda row: abs(row["difference"]))
    alternative = text["alternative"].format(
        count=len(rows),
        label=study.short_label(furthest["item"], language),
        difference=format_number(furthest["difference"], decimals=2, language=language),
    )
    return Drawing("imputation", sheet.figure, title, f"{title}. {alternative}", "", "imputation")
