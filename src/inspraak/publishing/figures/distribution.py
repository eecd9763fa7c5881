"""How the scores of each index of a theme are spread over the scale 0-100, one line per wave."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from inspraak.publishing.figures.drawing import Drawing, Key, Sheet, new_sheet, score_axis
from inspraak.publishing.figures.reading import indices_of, plain, waves_in
from inspraak.publishing.figures.style import (
    INK,
    SOFT,
    Page,
    line_height,
    page,
    styled,
    theme_colour,
    tint,
    wave_lines,
)  # fmt: skip
from inspraak.publishing.figures.wrapping import wrap
from inspraak.publishing.language import UNKNOWN, format_list, format_number, unit_word, words
from inspraak.study.study import Study

CURVE = 0.62
"""Height of the highest curve, in inches."""
COLUMNS = 3
BETWEEN = 0.3
TICKS = (0, 25, 50, 75, 100)

Curves = Mapping[tuple[str, str], pd.DataFrame]


@dataclass(frozen=True)
class _Panel:
    """Where the panel of an index stands: its column, the top of its label and its base line (inches)."""

    index: str
    label: str
    column: int
    y: float
    base: float


@styled
def draw_distribution(
    densities: pd.DataFrame, study: Study, theme: str, *, language: str, narrow: bool = False
) -> Drawing:
    """Draw the densities of the indices of a theme as small multiples, with the waves as lines.

    `densities` has wave, index, x (0-100) and density, only where enough employers answered; an index without
    any gets the sign for unknown. All panels share one vertical scale.
    """
    text = words(language)["figures"]["distribution"]
    names = indices_of(study, theme)
    rows = plain(densities[densities["index"].isin(names)], "wave", "index")
    waves = waves_in(rows["wave"], study)
    curves = {
        (str(index), str(wave)): curve.sort_values("x")
        for (index, wave), curve in rows.groupby(["index", "wave"])
    }
    shown = [name for name in names if set(study.indices[name].waves or waves) & set(waves)]
    layout, looks = page(narrow=narrow), wave_lines(waves, theme_colour(study, theme))
    across = 1 if narrow else min(COLUMNS, len(shown))
    width = (layout.inner - BETWEEN * (across - 1)) / across
    panels, height = _grid([(name, study.label(name, language)) for name in shown], layout, across, width)
    keys = [Key(wave, line=looks[wave]) for wave in reversed(waves)]
    if any((name, wave) not in curves for name in shown for wave in waves[-1:]):
        keys.append(Key(text["unknown"], sign=UNKNOWN))
    units = unit_word(study.unit, language=language)
    sheet = new_sheet(layout, height, keys, [text["note"].format(units=units)], study, language)
    for column in range(across):
        inside = [panel for panel in panels if panel.column == column]
        _draw_column(sheet, inside, curves, looks, width=width, height=height)
    title = text["title"].format(
        theme=study.themes[theme][language], waves=format_list(waves, language=language)
    )
    alternative = f"{title}. {_in_words(shown, waves, curves, study, language)}"
    return Drawing(f"distribution_{theme}", sheet.figure, title, alternative, theme, "distribution")


def _grid(
    labelled: Sequence[tuple[str, str]], layout: Page, across: int, width: float
) -> tuple[list[_Panel], float]:
    """Place the panels row by row; gives them and the height of all, in inches."""
    line, y = line_height(layout.text), 0.0
    panels: list[_Panel] = []
    for start in range(0, len(labelled), across):
        row = [
            (name, wrap(label, width, layout.text, bold=True))
            for name, label in labelled[start : start + across]
        ]
        base = y + max(len(lines) for _, lines in row) * line + 0.06 + CURVE
        for column, (name, lines) in enumerate(row):
            top = base - CURVE - 0.06 - len(lines) * line
            panels.append(_Panel(name, "\n".join(lines), column, top, base))
        y = base + line_height(layout.small) + 0.2
    return panels, y - 0.1


def _draw_column(
    sheet: Sheet,
    panels: Sequence[_Panel],
    curves: Curves,
    looks: Mapping[str, Mapping[str, object]],
    *,
    width: float,
    height: float,
) -> None:
    """Draw one column of panels in one pair of axes, whose vertical unit is the inch (down)."""
    layout = sheet.page
    left = layout.margin + panels[0].column * (width + BETWEEN)
    inset = 0.1
    axes = sheet.axes(left + inset, sheet.top, width - 2 * inset, height)
    axes.set_ylim(height, 0)
    highest = max((float(curve["density"].max()) for curve in curves.values()), default=1.0)
    latest = list(looks)[-1] if looks else ""
    labels = {float(tick): str(tick) for tick in TICKS}
    for panel in panels:
        sheet.text(left, sheet.top + panel.y, panel.label, weight="bold")
        score_axis(
            axes,
            0,
            100,
            ticks=TICKS,
            top=panel.base - CURVE,
            bottom=panel.base,
            labels=labels,
            size=layout.small,
        )
        axes.hlines(panel.base, 0, 100, color=SOFT, linewidth=0.8)
        for wave, line in looks.items():
            if (panel.index, wave) not in curves:
                continue
            curve = curves[panel.index, wave]
            level = panel.base - curve["density"] / highest * CURVE
            if wave == latest:
                axes.fill_between(
                    curve["x"], panel.base, level, color=tint(str(line["color"]), 0.16), linewidth=0
                )
            axes.plot(curve["x"], level, **line)
        if (panel.index, latest) not in curves:
            axes.text(50, panel.base - 0.08, UNKNOWN, ha="center", fontsize=layout.text + 4, color=INK)


def _in_words(shown: Sequence[str], waves: Sequence[str], curves: Curves, study: Study, language: str) -> str:
    """Say for each index where its latest curve is highest."""
    text = words(language)["figures"]["distribution"]
    sentences = []
    for name in shown:
        drawn = [wave for wave in waves if (name, wave) in curves]
        label = study.label(name, language)
        if not drawn:
            sentences.append(text["alternative_unknown"].format(index=label))
            continue
        curve = curves[name, drawn[-1]]
        peak = format_number(float(curve.loc[curve["density"].idxmax(), "x"]), language=language)
        sentences.append(text["alternative"].format(index=label, wave=drawn[-1], peak=peak))
    return " ".join(sentences)
