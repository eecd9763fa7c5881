"""Sheets of the workbook that explain: contents, reliability of the scores, marks and methods."""

from collections.abc import Iterable

from inspraak.publishing.comparison_marks import MARKS, sign
from inspraak.publishing.language import CONFIDENTIAL, NIL, UNKNOWN, format_list
from inspraak.publishing.published import Published
from inspraak.publishing.report_cells import SYMBOLS
from inspraak.publishing.report_frame import frame_warnings
from inspraak.publishing.report_methods import methods
from inspraak.publishing.report_trends import trend_warnings
from inspraak.publishing.workbook_cells import (
    Cell,
    Column,
    Link,
    Sheet,
    Table,
    capital,
    count,
    numbers,
)


def contents_sheet(published: Published, sheets: Iterable[Sheet]) -> Sheet:
    """Make the first sheet: warnings, what the study is, and a line with a link for each other sheet."""
    text, study = published.words["workbook"], published.study
    rows = tuple((Link(sheet.label, sheet.key), sheet.about, count(len(sheet.filled))) for sheet in sheets)
    columns = (
        Column(text["columns"]["sheet"], 38),
        Column(text["columns"]["about"], 84),
        *numbers([text["columns"]["tables"]]),
    )
    title = study.title[published.language]
    tables = (_warnings(published), Table(text["contents"]["table"], columns, rows), _about(published))
    return Sheet("contents", text["sheets"]["contents"], title, "", tables)


def _warnings(published: Published) -> Table:
    """Give the warnings that the report opens with: samples far from their population, and trends that break."""
    text = published.words["workbook"]
    rows = [(text["contents"]["sample"], warning) for warning in frame_warnings(published)]
    rows += [(text["contents"]["trends"], warning) for warning in trend_warnings(published)]
    columns = (Column(text["columns"]["subject"], 34), Column(text["columns"]["warning"], 84))
    return Table(text["contents"]["warnings"], columns, tuple(rows))


def _about(published: Published) -> Table:
    """What the figures are about, where they come from and how to read them."""
    text, study = published.words["workbook"], published.study
    words = text["contents"]
    waves = format_list(published.waves, language=published.language)
    general = published.words["general"]
    simulated = [(general["simulated"], general["simulated_long"])] if study.simulated else []
    rows: list[tuple[Cell, ...]] = [
        *simulated,
        (words["waves"], words["waves_text"].format(waves=waves, units=published.units)),
        (words["weight"], words["weight_text"].format(weight=published.weight_words)),
        (words["relations"], text["no_cause"]),
        (words["numbers"], words["numbers_text"]),
    ]
    if study.source is not None:
        rows.append((words["source"], study.source[published.language]))
    columns = (Column(text["columns"]["subject"], 34), Column(text["columns"]["explanation"], 84))
    return Table(words["about"], columns, tuple(rows))


def notes_sheet(published: Published) -> Sheet:
    """Make the last sheet: the marks, and how it was done."""
    text = published.words["workbook"]
    marks = tuple((sign, capital(meaning)) for sign, meaning in legend(published))
    subject = (Column(text["columns"]["subject"], 34), Column(text["columns"]["explanation"], 110))
    tables = (
        Table(text["notes"]["marks"], (Column(text["columns"]["mark"], 34), subject[1]), marks),
        Table(text["notes"]["methods"], subject, tuple(_explained(published))),
    )
    return Sheet("notes", text["sheets"]["notes"], text["notes"]["title"], text["notes"]["about"], tables)


def legend(published: Published) -> tuple[tuple[str, str], ...]:
    """Give every mark with its meaning."""
    words = published.words["marks"]
    signs = {"nil": NIL, "unknown": UNKNOWN, "confidential": CONFIDENTIAL, "small_meaning": words["small"]}
    marks = {**SYMBOLS, **signs, **{name: sign(name) for name in MARKS.values()}}
    return tuple((sign, words[name].format(**published.named)) for name, sign in marks.items())


def _explained(published: Published) -> Iterable[tuple[Cell, ...]]:
    """Everything that the section on methods says, as subject and explanation."""
    general, words = published.words["general"], published.words["report"]["methods"]
    said = methods(published)
    named = published.named
    if published.study.simulated:
        yield general["simulated"], general["simulated_long"]
    yield words["who"], f"{words['unit'].format(**named)} {said.design}"
    for sentence in said.calibration:
        yield words["weight"], sentence
    for sentence in said.scores:
        yield words["scores"], sentence
    for sentence in said.imputation:
        yield words["missing"], sentence
    for key in ("interval", "difference", "standardised"):
        yield words["reading"], words[key]
    for verdict, rule in words["verdict_rules"].items():
        subject = (
            f"{published.words['workbook']['columns']['verdict']}: {published.words['verdicts'][verdict]}"
        )
        yield subject, capital(rule.format(**named))
    yield words["verdicts"], f"{words['verdicts_text']} {words['correction']}"
    for key in (name for name in words if name.startswith("limit_")):
        yield words["limits"], words[key].format(**named)
    suppressed = words["disclosure_count"].format(count=said.suppressed)
    yield words["disclosure"], f"{words['disclosure_text'].format(**named)} {suppressed}"
