"""Sheets of the workbook on claims and relations: verdicts in short, the numbers behind them, correlations."""

import math
from collections.abc import Iterable, Mapping

from inspraak.publishing.published import Published, Row
from inspraak.publishing.report_claims import VERDICTS, Summary, cards, summaries
from inspraak.publishing.terms import outcome_words, term_words
from inspraak.publishing.workbook_cells import (
    Cell,
    Column,
    Sheet,
    Style,
    Table,
    Toned,
    capital,
    count,
    finite,
    note_lines,
    number,
    numbers,
    wave_name,
)
from inspraak.study.kinds import NOT_IN_SD

OPTIONAL: Mapping[str, Style] = {
    "same_sign_share": "share",
    "significant_share": "share",
    "robustness_value": "two",
    "e_value": "two",
}
"""Columns of verdicts.csv that stand beside the estimates where a claim of the study has them."""
NAME, WORDING, WAVE, VERDICT = 17, 48, 11, 17
"""Widths of the columns that tables of claims begin with."""


def summary_sheet(published: Published) -> Sheet:
    """Make the sheet in short: verdicts counted, then each claim in one sentence, the latest wave first."""
    text, found = published.words["workbook"], summaries(published)
    rows = tuple(
        (
            result.claim,
            result.wording,
            wave_name(published, result.wave),
            _verdict(published, result.verdict),
            result.sentence,
            result.certainty or text["summary"]["not_tested"],
        )
        for summary in found
        for results in summary.groups.values()
        for result in results
    )
    columns = (
        *_first(published),
        Column(text["columns"]["sentence"], 60),
        Column(text["columns"]["certainty"], 40),
    )
    remark = published.words["sentences"]["remark"].format(units=published.units)
    said = Table(text["summary"]["table"], columns, rows, (text["no_cause"], *note_lines(remark)))
    sheet = text["sheets"]["summary"]
    title, about = text["summary"]["title"], text["summary"]["about"]
    return Sheet("summary", sheet, title, about, (_counted(published, found), said))


def _counted(published: Published, found: Iterable[Summary]) -> Table:
    text = published.words["workbook"]
    rows = tuple(
        (
            _verdict(published, verdict),
            published.words["verdict_meanings"][verdict],
            wave_name(published, summary.wave),
            count(summary.counts[verdict]),
        )
        for summary in found
        for verdict in VERDICTS
    )
    columns = (
        Column(text["columns"]["verdict"], NAME),
        Column(text["columns"]["meaning"], WORDING),
        Column(text["columns"]["wave"], WAVE),
        *numbers([text["columns"]["claims"]]),
    )
    return Table(text["summary"]["counts"], columns, rows)


def claims_sheet(published: Published) -> Sheet:
    """Make the sheet of claims: every estimate with its interval, and how each claim was tested."""
    text = published.words["workbook"]
    verdicts = {(row["hypothesis"], row["wave"]): row for row in published.rows("verdicts")}
    wording = {name: claim.wording[published.language] for name, claim in published.study.claims.items()}
    options = [
        column
        for column in OPTIONAL
        if any(finite(row.get(column)) is not None for row in published.rows("verdicts"))
    ]
    rows = tuple(
        _estimate(published, row, wording[row["hypothesis"]], verdicts, options)
        for rows in reversed(published.by_wave("estimates").values())
        for row in rows
        if math.isfinite(row["estimate"]) or math.isfinite(row["std_estimate"])
    )
    named = (text["columns"][key] for key in ("association", "low", "high", "natural"))
    last = ("p", "p_adjusted", "n", "detectable", *options)
    columns = (
        *_first(published),
        Column(text["columns"]["term"], 28),
        Column(text["columns"]["outcome"], 28),
        *numbers(named),
        Column(text["columns"]["natural_unit"], 14),
        *numbers(text["columns"][key] for key in last),
    )
    notes = (text["no_cause"], *note_lines(text["claims"]["note"].format(units=published.units)))
    table = Table(text["claims"]["table"], columns, rows, notes)
    sheet = text["sheets"]["claims"]
    return Sheet("claims", sheet, text["claims"]["title"], text["claims"]["about"], (table,))


def tests_sheet(published: Published) -> Sheet:
    """Make the sheet on how each claim was tested, and which text makes it."""
    text = published.words["workbook"]
    families, none = text["tests"]["families"], text["tests"]["none"]
    rows = tuple(
        (
            card.name,
            card.wording,
            families[published.study.claims[card.name].family],
            " ".join(card.notes) or text["summary"]["not_tested"],
            card.phrase or none,
            card.file or none,
        )
        for card in cards(published)
    )
    widths = {"claim": 11, "wording": 56, "family": 18, "test": 60, "phrase": 44, "file": 11}
    columns = tuple(Column(text["columns"][key], width) for key, width in widths.items())
    table = Table(text["tests"]["table"], columns, rows)
    sheet = text["sheets"]["tests"]
    return Sheet("tests", sheet, text["tests"]["title"], text["tests"]["about"], (table,))


def relations_sheet(published: Published) -> Sheet:
    """Make the sheet of correlations between scores: the latest wave first, the strongest first."""
    text = published.words["workbook"]
    rows = tuple(
        _pair(published, row)
        for rows in reversed(published.by_wave("correlations").values())
        for row in sorted(rows, key=_strength)
    )
    columns = (
        Column(text["columns"]["first"], 40),
        Column(text["columns"]["second"], 40),
        Column(text["columns"]["wave"], WAVE),
        *numbers(
            text["columns"][key] for key in ("correlation", "low", "high", "p_adjusted", "n", "shared_items")
        ),
    )
    notes = (text["no_cause"], *note_lines(text["relations"]["note"].format(units=published.units)))
    table = Table(text["relations"]["table"], columns, rows, notes)
    sheet = text["sheets"]["relations"]
    return Sheet("relations", sheet, text["relations"]["title"], text["relations"]["about"], (table,))


def _first(published: Published) -> tuple[Column, ...]:
    text = published.words["workbook"]["columns"]
    widths = {"claim": NAME, "wording": WORDING, "wave": WAVE, "verdict": VERDICT}
    return tuple(Column(text[key], width) for key, width in widths.items())


def _verdict(published: Published, verdict: str) -> Toned:
    return Toned(capital(published.words["verdicts"][verdict]), verdict)


def _estimate(
    published: Published,
    row: Row,
    wording: str,
    verdicts: Mapping[tuple[str, str], Row],
    options: Iterable[str],
) -> tuple[Cell, ...]:
    text = published.words["workbook"]
    verdict = verdicts.get((row["hypothesis"], row["wave"]), {})
    units = published.words["report"]["claims"]["natural_units"]
    natural = number(row.get("natural_estimate"), "two")
    unit = row["natural_unit"] if not isinstance(natural, str) else ""
    judged = verdict.get("verdict", "")
    return (
        row["hypothesis"],
        wording,
        wave_name(published, row["wave"]),
        _verdict(published, judged) if judged else text["summary"]["not_tested"],
        capital(term_words(published.study, row["term"], language=published.language)),
        capital(outcome_words(published.study, row["outcome"], language=published.language)),
        *(
            number(row.get(column), "two") if row["kind"] not in NOT_IN_SD else text["claims"]["no_unit"]
            for column in ("std_estimate", "std_ci_low", "std_ci_high")
        ),
        natural,
        units.get(unit, unit) or text["claims"]["no_unit"],
        number(row.get("p_value"), "p"),
        number(verdict.get("p_adjusted"), "p"),
        count(row.get("n")),
        number(verdict.get("detectable_effect"), "two"),
        *(number(verdict.get(column), OPTIONAL[column]) for column in options),
    )


def _pair(published: Published, row: Row) -> tuple[Cell, ...]:
    return (
        published.label(row["x"]),
        published.label(row["y"]),
        wave_name(published, row["wave"]),
        *(number(row.get(column), "two") for column in ("estimate", "ci_low", "ci_high")),
        number(row.get("p_adjusted"), "p"),
        count(row.get("n")),
        count(row.get("shared_items")),
    )


def _strength(row: Row) -> tuple[bool, float]:
    """Order pairs: the strongest first; pairs that share questions, and so are alike by construction, last."""
    estimate, shared = finite(row["estimate"]), finite(row.get("shared_items"))
    return bool(shared), math.inf if estimate is None else -abs(estimate)
