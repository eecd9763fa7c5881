"""The imputation of the questions with the most gaps: answers given beside those filled in, and the chains."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from inspraak.publishing.figures.drawing import Drawing, Ruler, Sheet
from inspraak.publishing.figures.imputation import imputed_most
from inspraak.publishing.figures.legends import Key, new_sheet
from inspraak.publishing.figures.lettering import line_height
from inspraak.publishing.figures.style import GRID, INK, SOFT, THEME_COLOURS, Page, page, styled, tint
from inspraak.publishing.figures.wrapping import wrap
from inspraak.publishing.language import format_number, format_share, words
from inspraak.study.study import Study

MOST = 6
"""Questions that are shown."""
HEIGHT = 0.8
"""Height of a panel, in inches."""
BESIDE, BETWEEN = 0.35, 0.18
INSET = 0.3
"""Left of a panel, for the labels of its scale."""
BAR, CAP = 0.62, 0.5
"""Width of a bar, and of the mark of a mean, as parts of the room of a category."""
GIVEN, FILLED = THEME_COLOURS[0], THEME_COLOURS[1]


@dataclass(frozen=True)
class _Panel:
    """The two panels of a question: its label, the tops of label and panels, and where each begins and ends."""

    label: list[str]
    y: float
    shares: float
    chains: float
    left: tuple[float, float]
    right: tuple[float, float]


def chained(
    imputation: pd.DataFrame, traces: pd.DataFrame, distributions: pd.DataFrame, study: Study
) -> dict[str, float]:
    """Give the questions that are drawn and how many answers of each were filled in, the most first.

    Of the latest wave those with chains and a distribution.
    """
    rows = imputed_most(imputation, study)
    known = [set(zip(table["wave"], table["item"])) for table in (traces, distributions)]
    items = {
        str(item): float(n)
        for wave, item, n in zip(rows["wave"], rows["item"], rows["n_imputed"])
        if all((wave, item) in cells for cells in known)
    }
    return dict(list(items.items())[:MOST])


@styled
def draw_chains(
    imputation: pd.DataFrame,
    traces: pd.DataFrame,
    distributions: pd.DataFrame,
    study: Study,
    *,
    language: str,
    narrow: bool = False,
) -> Drawing:
    """Draw for each question the shares of its answers, given and filled in, and its chains, cycle by cycle.

    `imputation` is the published table; `traces` has wave, item, imputation, cycle and mean (in SD of the answers
    given, from their mean), `distributions` wave, item, category, observed, imputed, low and high. Both hold only what
    disclosure control lets pass.
    """
    text, layout = words(language)["figures"]["chains"], page(narrow=narrow)
    wave = str(imputed_most(imputation, study)["wave"].iloc[0])
    items = chained(imputation, traces, distributions, study)
    labels = {
        item: text["row"].format(
            label=study.short_label(item, language), n=format_number(n, language=language)
        )
        for item, n in items.items()
    }
    panels, height = _placed(labels, layout)
    keys = [
        Key(text["given"], box={"facecolor": tint(GIVEN, 0.35), "edgecolor": GIVEN, "linewidth": 0.8}),
        Key(text["filled"], line={"color": FILLED, "linewidth": 1.6}),
    ]
    note = text["note"].format(**text["below" if narrow else "beside"])
    sheet = new_sheet(layout, height, keys, [note], study, language)
    of_wave = (table[table["wave"] == wave] for table in (traces, distributions))
    chains, shares = ({str(item): part for item, part in table.groupby("item")} for table in of_wave)
    for item, panel in panels.items():
        sheet.text(layout.margin, sheet.top + panel.y, panel.label, bold=True)
        _draw_shares(sheet, panel, shares[item], language)
        _draw_chains(sheet, panel, chains[item], text, language)
    title = text["title"].format(wave=wave)
    said = _in_words(chains, list(items), study, language)
    return Drawing("chains", sheet.figure, title, f"{title}. {said}", "", "chains")


def _placed(labels: Mapping[str, str], layout: Page) -> tuple[dict[str, _Panel], float]:
    """Place the questions below each other, their panels side by side or, narrow, one below the other."""
    width = layout.inner if layout.narrow else (layout.inner - BESIDE) / 2
    below, line = line_height(layout.small) + 0.06, line_height(layout.small)
    y, panels = 0.0, dict[str, _Panel]()
    for item, label in labels.items():
        lines = wrap(label, layout.inner, layout.small, bold=True)
        first = y + len(lines) * line + 0.09
        second = first + HEIGHT + below + BETWEEN / 2 if layout.narrow else first
        left = (layout.margin + INSET, layout.margin + width)
        start = layout.margin if layout.narrow else layout.margin + width + BESIDE
        panels[item] = _Panel(lines, y, first, second, left, (start + INSET, start + width))
        y = second + HEIGHT + below + BETWEEN
    return panels, y - BETWEEN


def _draw_shares(sheet: Sheet, panel: _Panel, rows: pd.DataFrame, language: str) -> None:
    """Draw the shares of the answers given as bars, those filled in as lines from the lowest to the highest."""
    top, base = sheet.top + panel.shares, sheet.top + panel.shares + HEIGHT
    highest = max(rows[["observed", "high"]].to_numpy().max(), 0.01)
    down, room = Ruler(0, highest, base, top), (panel.left[1] - panel.left[0]) / len(rows)
    tick = math.floor(10 * highest) / 10 or highest
    sheet.lines([((panel.left[0], down(tick)), (panel.left[1], down(tick)))], color=GRID, linewidth=0.8)
    said = format_share(tick, n=0, language=language)
    sheet.text(panel.left[0] - 0.04, down(tick), said, colour=INK, across=1.0, down=0.5)
    bars, ranges, means = [], [], []
    for place, row in enumerate(rows.to_dict("records")):
        middle = panel.left[0] + (place + 0.5) * room
        share = down(row["observed"])
        bars.append((middle - BAR * room / 2, share, BAR * room, base - share))
        ranges.append(((middle, down(row["low"])), (middle, down(row["high"]))))
        mean = down(row["imputed"])
        means.append(((middle - CAP * room / 2, mean), (middle + CAP * room / 2, mean)))
        sheet.text(middle, base + 0.02, str(row["category"]), colour=SOFT, across=0.5)
    sheet.boxes(bars, facecolor=tint(GIVEN, 0.35), edgecolor=GIVEN, linewidth=0.8)
    sheet.lines(ranges, color=FILLED, linewidth=1.2)
    sheet.lines(means, color=FILLED, linewidth=2.2)
    sheet.lines([((panel.left[0], base), (panel.left[1], base))], color=SOFT, linewidth=0.8)


def _draw_chains(
    sheet: Sheet, panel: _Panel, rows: pd.DataFrame, text: Mapping[str, str], language: str
) -> None:
    """Draw the mean of the answers filled in from cycle to cycle, a line for each imputation."""
    top, base = sheet.top + panel.chains, sheet.top + panel.chains + HEIGHT
    end = max(0.5, math.ceil(2 * float(rows["mean"].abs().max())) / 2)
    cycles = sorted(rows["cycle"].unique())
    down = Ruler(-end, end, base, top)
    across = Ruler(cycles[0], max(cycles[-1], cycles[0] + 1), *panel.right)
    for tick in (-end, 0.0, end):
        sheet.lines(
            [((panel.right[0], down(tick)), (panel.right[1], down(tick)))],
            color=GRID if tick else SOFT,
            linewidth=0.8,
        )
        said = format_number(tick, decimals=1 if tick else 0, language=language)
        sheet.text(panel.right[0] - 0.04, down(tick), said, colour=INK, across=1.0, down=0.5)
    lines = rows.sort_values(["imputation", "cycle"]).groupby("imputation")
    for _, one in lines:
        points = [(across(cycle), down(mean)) for cycle, mean in zip(one["cycle"], one["mean"])]
        sheet.curve(*zip(*points), color=FILLED, linewidth=0.7, alpha=0.7)
    sheet.text(panel.right[0], base + 0.02, text["cycles"].format(cycle=cycles[0]), colour=SOFT)
    sheet.text(panel.right[1], base + 0.02, str(cycles[-1]), colour=SOFT, across=1.0)


def _in_words(chains: Mapping[str, pd.DataFrame], items: Sequence[str], study: Study, language: str) -> str:
    """Say between which values the chains of each question end."""
    text = words(language)["figures"]["chains"]["alternative"]
    sentences = []
    for item in items:
        rows = chains[item]
        last = rows.loc[rows["cycle"] == rows["cycle"].max(), "mean"]
        low, high = (
            format_number(float(end), decimals=1, language=language) for end in (last.min(), last.max())
        )
        sentences.append(text.format(label=study.short_label(item, language), low=low, high=high))
    return " ".join(sentences)
