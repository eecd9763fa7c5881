"""The answers to the questions of a theme as diverging bars, for the latest wave."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inspraak.publishing.figures.answers import Answers, answers_of, bar_of
from inspraak.publishing.figures.drawing import Drawing, Point, Ruler, Sheet
from inspraak.publishing.figures.legends import Key, draw_legend, legend_height, new_sheet
from inspraak.publishing.figures.lettering import line_height, text_width
from inspraak.publishing.figures.reading import NOTHING, SMALL, SUPPRESSED, Cell, Descriptives, Shares
from inspraak.publishing.figures.signs import sign_keys
from inspraak.publishing.figures.style import (
    INK,
    SOFT,
    Page,
    ink_on,
    page,
    styled,
    theme_colour,
)
from inspraak.publishing.figures.wrapping import wrap
from inspraak.publishing.language import (
    CONFIDENTIAL,
    format_number,
    format_share,
    limit_words,
    unit_word,
    words,
)
from inspraak.study.configuration import DISCLOSURE, Disclosure
from inspraak.study.scales import Scale
from inspraak.study.study import Study

BAR = 0.2
"""Height of a bar, in inches."""
FEWEST_CODES = 3
"""Answers to yes-no questions have no middle and are left to the tables."""
MOST_ROWS = 14
"""Questions in one figure; more go on in a next part."""
QUESTION = 2.5
"""Room for the questions in the wide layout, in inches."""
SECTION_GAP = 0.2
INSET = 0.17
"""How far the scale stays from the edges of the plot, so that its labels fit."""
DONT_KNOW = "dont_know"


@dataclass(frozen=True)
class _Sizes:
    """Where the columns of a figure stand, in inches."""

    layout: Page
    plot_left: float
    plot: float
    dont_know: float
    count: float


@dataclass(frozen=True)
class _Row:
    """One question: its lines, the top of these and the level of its bar (inches from the top of its section)."""

    lines: list[str]
    top: float
    bar: float


@dataclass(frozen=True)
class _Section:
    """The questions on one scale: their lines, the levels of their bars, legend and height (inches)."""

    answers: Answers
    keys: tuple[Key, ...]
    heading: list[str]
    rows: dict[str, _Row]
    height: float


def item_parts(descriptives: Descriptives, study: Study, theme: str) -> list[list[str]]:
    """Give the questions of a theme that can be drawn, in order of the codebook, in parts of one figure each.

    These have an ordered scale of at least three codes and published shares in the theme's latest wave.
    """
    items = [
        name for name, item in study.codebook.items() if item.construct == theme and _drawable(study, name)
    ]
    present = {item for item, _ in descriptives.shares(items, study)[0]}
    drawn = [item for item in items if item in present]
    parts = math.ceil(len(drawn) / MOST_ROWS)
    size = math.ceil(len(drawn) / parts) if parts else 1
    return [drawn[start : start + size] for start in range(0, len(drawn), size)]


def _drawable(study: Study, item: str) -> bool:
    scale = study.scale_of(item)
    return scale.codes is not None and scale.ordered and len(scale.codes) >= FEWEST_CODES


@styled
def draw_items(
    descriptives: Descriptives,
    study: Study,
    theme: str,
    items: Sequence[str],
    *,
    language: str,
    narrow: bool = False,
    part: int = 1,
    limits: Disclosure = DISCLOSURE,
) -> Drawing:
    """Draw the shares of the answers to some questions of a theme as bars on both sides of the middle answer.

    Questions are grouped by answer scale. A question of which a share is suppressed gets `x` in place of its
    bar; "don't know" stands beside the bars where it is published. `part` numbers the figures of a theme.
    """
    text = words(language)["figures"]["items"]
    cells, wave = descriptives.shares(items, study)
    sizes = _sizes(cells, page(narrow=narrow), language)
    colour = theme_colour(study, theme)
    scales = list(dict.fromkeys(study.codebook[item].scale for item in items))
    sections = []
    for name in scales:
        inside = [item for item in items if study.codebook[item].scale == name]
        sections.append(_section(inside, cells, study, study.scales[name], colour, sizes, language))
    height = sum(section.height for section in sections) + SECTION_GAP * (len(sections) - 1)
    units = unit_word(study.unit, language=language)
    named = {"units": units, **limit_words(limits, language=language)}
    keys = _keys(sections, cells, named, language)
    notes = [text["note"].format(units=units, weight=descriptives.weight_words(study, language))]
    sheet = new_sheet(sizes.layout, height, keys, notes, study, language)
    y = sheet.top
    for section in sections:
        _draw_section(sheet, y, section, cells, sizes, _reach(sections, cells), language)
        y += section.height + SECTION_GAP
    title = text["title"].format(theme=study.themes[theme][language], wave=wave)
    alternative = f"{title}. {_in_words(sections, cells, study, language)}"
    name = f"items_{theme}" + (f"_{part}" if part > 1 else "")
    return Drawing(name, sheet.figure, title, alternative, theme, "items")


def _keys(sections: Sequence[_Section], cells: Shares, named: Mapping[str, str], language: str) -> list[Key]:
    """Explain the sign in place of a bar and the brackets around a base, if there are any."""
    bars = [bar_of(item, section.answers, cells)[1] for section in sections for item in section.rows]
    keys = sign_keys([CONFIDENTIAL] if not all(bars) else [], language=language)
    if any(cell.flag == SMALL for cell in cells.values()):
        label = words(language)["figures"]["items"]["small"].format(**named)
        keys.append(Key(label, sign="( )"))
    return keys


def _sizes(cells: Shares, layout: Page, language: str) -> _Sizes:
    """Give the columns their widths: the one for "don't know" only where it is published."""
    asked = any(category == DONT_KNOW and cell.known for (_, category), cell in cells.items())
    header = max(text_width(line, layout.small) for line in _dont_know(layout, language))
    dont_know = header + 0.14 if asked else 0.0
    counts = [_count(cell, language) for cell in cells.values()]
    count = max(text_width(text, layout.small) for text in [*counts, "n"]) + 0.12
    left = layout.margin + (0.0 if layout.narrow else QUESTION + 0.12)
    return _Sizes(layout, left, layout.margin + layout.inner - left - dont_know - count, dont_know, count)


def _count(cell: Cell, language: str) -> str:
    if not math.isfinite(cell.n):
        return ""
    number = format_number(cell.n, language=language)
    return f"({number})" if cell.flag == SMALL else number


def _section(
    items: Sequence[str], cells: Shares, study: Study, scale: Scale, colour: str, sizes: _Sizes, language: str
) -> _Section:
    """Place the questions on one scale below each other."""
    layout, answers, line = sizes.layout, answers_of(scale, colour), line_height(sizes.layout.small)
    labels = [study.category_label(items[0], code, language) for code in answers.codes]
    keys = tuple(
        Key(label, box={"facecolor": shade, "edgecolor": "none"})
        for label, shade in zip(labels, answers.colours)
    )
    unsure = any(cells.get((item, DONT_KNOW), NOTHING).known for item in items)
    heading = _dont_know(layout, language) if unsure else []
    room = QUESTION if not layout.narrow else layout.inner
    questions = {item: wrap(study.codebook[item].wording[language], room, layout.small) for item in items}
    y = legend_height(keys, layout) + 0.1 + max(1, len(heading)) * line
    rows: dict[str, _Row] = {}
    for item, lines in questions.items():
        tall = len(lines) * line
        if layout.narrow:
            rows[item] = _Row(lines, y, y + tall + 0.06 + BAR / 2)
            y += tall + 0.06 + BAR + 0.16
        else:
            height = max(tall, BAR)
            rows[item] = _Row(lines, y + (height - tall) / 2, y + height / 2)
            y += height + 0.11
    return _Section(answers, keys, heading, rows, y + line)


def _dont_know(layout: Page, language: str) -> list[str]:
    return wrap(words(language)["missing"][DONT_KNOW], 0.5, layout.small)


def _reach(sections: Sequence[_Section], cells: Shares) -> tuple[float, float]:
    """Give how far the bars of all sections reach to the left and right of the middle, in whole tenths."""
    left, right = 0.3, 0.3
    for section in sections:
        for item in section.rows:
            start, parts = bar_of(item, section.answers, cells)
            left, right = max(left, -start), max(right, start + sum(parts))
    return math.ceil(left * 10 - 1e-9) / 10, math.ceil(right * 10 - 1e-9) / 10


def _draw_section(
    sheet: Sheet, y: float, section: _Section, cells: Shares, sizes: _Sizes, reach: Point, language: str
) -> None:
    """Draw the legend, the questions and the bars of one scale."""
    layout = sizes.layout
    draw_legend(sheet, y, section.keys)
    header = y + legend_height(section.keys, layout) + 0.06
    below = header + max(1, len(section.heading)) * line_height(layout.small)
    sheet.text(layout.margin + layout.inner, below, "n", colour=SOFT, across=1.0, down=1.0)
    right = sizes.plot_left + sizes.plot + sizes.dont_know
    sheet.text(right, below, section.heading, colour=SOFT, across=1.0, down=1.0)
    across = Ruler(-reach[0], reach[1], sizes.plot_left + INSET, sizes.plot_left + sizes.plot - INSET)
    _draw_scale(sheet, across, [y + row.bar for row in section.rows.values()], language)
    for item, row in section.rows.items():
        sheet.text(layout.margin, y + row.top, row.lines)
        _draw_bar(sheet, across, y + row.bar, item, section.answers, cells, language)
        _write_numbers(sheet, y + row.bar, item, section.answers, cells, sizes, language)


def _draw_scale(sheet: Sheet, across: Ruler, levels: Sequence[float], language: str) -> None:
    """Draw the lines of the scale behind all bars, or (narrow) only around each, clear of the questions."""
    ticks = [quarter / 4 for quarter in range(-4, 5) if across.low <= quarter / 4 <= across.high]
    labels = [format_share(abs(tick), n=0, language=language) for tick in ticks]
    first, last = levels[0] - BAR / 2 - 0.04, levels[-1] + BAR / 2 + 0.04
    spans = [(level - BAR / 2 - 0.04, level + BAR / 2 + 0.04) for level in levels]
    for top, bottom in spans if sheet.page.narrow else [(first, last)]:
        sheet.ticks(across, ticks, labels if bottom == last else [], top=top, bottom=bottom)
        sheet.lines([((across(0), top), (across(0), bottom))], color=INK, linewidth=0.9)


def _draw_bar(
    sheet: Sheet, across: Ruler, y: float, item: str, answers: Answers, cells: Shares, language: str
) -> None:
    """Draw the parts of one bar, with their share where it fits; a sign where a part is suppressed."""
    start, parts = bar_of(item, answers, cells)
    if not parts:
        sheet.text(across(0) + 0.06, y, CONFIDENTIAL, down=0.5)
    for shade, share in zip(answers.colours, parts):
        left, width = across(start), across(start + share) - across(start)
        sheet.boxes([(left, y - BAR / 2, width, BAR)], facecolor=shade, edgecolor="white", linewidth=0.6)
        label = format_share(share, n=0, language=language)
        if text_width(label, sheet.page.small) + 0.06 <= width:
            sheet.text(left + width / 2, y, label, colour=ink_on(shade), across=0.5, down=0.5)
        start += share


def _write_numbers(
    sheet: Sheet, y: float, item: str, answers: Answers, cells: Shares, sizes: _Sizes, language: str
) -> None:
    """Write the share of "don't know" and the base beside a bar."""
    layout = sizes.layout
    found = [cells[item, code] for code in answers.codes if (item, code) in cells]
    counts = [count for count in (_count(cell, language) for cell in found) if count]
    if counts and all(cell.flag != SUPPRESSED for cell in found):
        sheet.text(layout.margin + layout.inner, y, counts[0], colour=SOFT, across=1.0, down=0.5)
    unsure = cells.get((item, DONT_KNOW), NOTHING)
    if unsure.known:
        share = format_share(unsure.estimate, n=0, language=language)
        right = sizes.plot_left + sizes.plot + sizes.dont_know
        sheet.text(right, y, share, colour=SOFT, across=1.0, down=0.5)


def _in_words(sections: Sequence[_Section], cells: Shares, study: Study, language: str) -> str:
    """Say the share of every answer to every question."""
    text = words(language)["figures"]
    sentences = []
    for section in sections:
        for item in section.rows:
            values = []
            for code in section.answers.codes:
                cell = cells.get((item, code), NOTHING)
                share = format_share(cell.estimate, n=cell.n, language=language)
                value = share if cell.known else text["spoken"][cell.sign]
                values.append(f"{study.category_label(item, code, language)} {value}")
            sentences.append(f"{study.codebook[item].wording[language]} {', '.join(values)}.")
    return " ".join(sentences)
