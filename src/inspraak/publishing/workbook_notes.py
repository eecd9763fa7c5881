"""Sheets of the workbook that explain: contents, reliability of the scores, marks and methods."""

from collections.abc import Iterable

from inspraak.publishing.language import CONFIDENTIAL, NIL, UNKNOWN, format_list
from inspraak.publishing.published import Published, Row
from inspraak.publishing.report_cells import SYMBOLS
from inspraak.publishing.report_methods import methods
from inspraak.publishing.workbook_cells import (
    Cell,
    Column,
    Link,
    Sheet,
    Table,
    capital,
    count,
    finite,
    number,
    numbers,
    share_style,
    wave_name,
)

ALPHA = ("alpha", "alpha_low", "alpha_high")
COEFFICIENTS = (*ALPHA, "spearman_brown", "spearman_brown_low", "spearman_brown_high", "omega")


def contents_sheet(published: Published, sheets: Iterable[Sheet]) -> Sheet:
    """Make the first sheet: what the study is, and a line with a link for each other sheet."""
    text, study = published.words["workbook"], published.study
    rows = tuple((Link(sheet.label, sheet.key), sheet.about, count(len(sheet.filled))) for sheet in sheets)
    columns = (
        Column(text["columns"]["sheet"], 38),
        Column(text["columns"]["about"], 84),
        *numbers([text["columns"]["tables"]]),
    )
    title = study.title[published.language]
    tables = (Table(text["contents"]["table"], columns, rows), _about(published))
    return Sheet("contents", text["sheets"]["contents"], title, "", tables)


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


def scales_sheet(published: Published) -> Sheet:
    """Make the sheet of the scores' reliability, the latest wave first."""
    text = published.words["workbook"]
    rows = tuple(
        _reliability(published, row)
        for rows in reversed(published.by_wave("reliability").values())
        for row in rows
    )
    keys = (*_coefficients(published), "floor", "ceiling")
    columns = (
        Column(text["columns"]["score"], 46),
        Column(text["columns"]["wave"], 10),
        Column(text["columns"]["type"], 28),
        *numbers((text["scales"]["questions"], text["columns"]["n"])),
        *numbers(text["scales"]["columns"][key] for key in keys),
    )
    table = Table(text["scales"]["table"], columns, rows, tuple(text["scales"]["notes"]))
    return Sheet(
        "scales", text["sheets"]["scales"], text["scales"]["title"], text["scales"]["about"], (table,)
    )


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
    marks = {**SYMBOLS, **signs}
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


def _reliability(published: Published, row: Row) -> tuple[Cell, ...]:
    types = published.words["workbook"]["scales"]["types"]
    index = published.study.indices.get(row["index"])
    formative = index is not None and index.type == "formative"
    none = types["no_alpha"]
    pair = row.get("n_items") == 2
    alpha = (
        none if formative or (column.startswith("spearman") and not pair) else number(row.get(column), "two")
        for column in _coefficients(published)
    )
    style = share_style(row.get("n"))
    return (
        published.label(row["index"]),
        wave_name(published, row["wave"]),
        types["formative" if formative else "reflective"],
        count(row.get("n_items")),
        count(row.get("n")),
        *alpha,
        *(number(row.get(column), style, nil=True) for column in ("floor", "ceiling")),
    )


def _coefficients(published: Published) -> tuple[str, ...]:
    """Alpha and its interval, and what else the study has: Spearman-Brown (two questions), omega."""
    rows = published.rows("reliability")
    return tuple(
        column
        for column in COEFFICIENTS
        if column in ALPHA or any(finite(row.get(column)) is not None for row in rows)
    )
