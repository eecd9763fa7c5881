"""Sheets of the workbook on who is in the figures: the sample, the weights and the missing answers."""

import math
from collections.abc import Iterable, Mapping

from inspraak.publishing.published import Published, Row
from inspraak.publishing.report_frame import stratum_label
from inspraak.publishing.report_sample import INVITED, RESPONDED, STEPS, by_stratum
from inspraak.publishing.workbook_cells import (
    Cell,
    Column,
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

ANSWERS = ("n_asked", "n_answered")
REASONS = (
    "dont_know", "refused", "not_applicable", "no_answer", "break_off", "suppressed", "impossible",
)  # fmt: skip
"""Why an answer is missing, in the order of the columns; only reasons that occur have a column."""

FIRST, SECOND = 52, 12


def sample_sheet(published: Published) -> Sheet:
    """Make the sheet of the sample: every delivered row, the response per stratum, the weights."""
    text = published.words["workbook"]
    return Sheet(
        key="sample",
        label=text["sheets"]["sample"],
        title=text["sample"]["title"],
        about=text["sample"]["about"].format(units=published.units),
        tables=(_flow(published), _response(published), _weights(published)),
    )


def missing_sheet(published: Published) -> Sheet:
    """Make the sheet of missing answers: one row per question and wave, the latest wave first."""
    text = published.words["workbook"]
    reasons = [
        reason
        for reason in REASONS
        if any((finite(row.get(f"n_{reason}")) or 0) > 0 for row in published.rows("missing"))
    ]
    named = (text["missing"][key] for key in ("asked", "answered", "share"))
    columns = (
        Column(text["columns"]["question"], 60),
        Column(text["columns"]["wave"], SECOND),
        *numbers(named),
        *numbers(capital(published.words["missing"][reason]) for reason in reasons),
    )
    rows = tuple(
        _gap(published, row, reasons)
        for rows in reversed(published.by_wave("missing").values())
        for row in rows
        if _substantive(published, row)
    )
    title = text["missing"]["table"]
    table = Table(title, columns, rows, (text["missing"]["note"].format(units=published.units),))
    return Sheet("missing", text["sheets"]["missing"], text["missing"]["title"], title, (table,))


def _flow(published: Published) -> Table:
    """Every delivered row: invited and response where known, then what was removed and why, and what is left."""
    text, words = published.words["workbook"]["sample"], published.words["report"]["sample"]
    by_wave = published.by_wave("sample")
    counts: dict[tuple[str, str], dict[str, float]] = {}
    for wave, rows in by_wave.items():
        for row in rows:
            strata = row["step"] in INVITED | RESPONDED
            found = counts.setdefault((row["step"], "" if strata else row["reason"]), {})
            found[wave] = found.get(wave, 0) + row["n"]
    told = [key for key, found in counts.items() if not key[1] or any(found.values())]
    ordered = sorted(told, key=lambda key: STEPS.index(key[0]) if key[0] in STEPS else STEPS.index("removed"))
    rows_of_table = [
        (
            _step(words, step, reason),
            *(count(counts[step, reason].get(wave, 0 if reason else math.nan)) for wave in by_wave),
        )
        for step, reason in ordered
    ]
    columns = (
        Column(text["step"], FIRST),
        *numbers(wave_name(published, wave) for wave in by_wave),
    )
    title = text["flow"].format(units=published.units)
    return Table(title, columns, tuple(rows_of_table), (text["flow_note"],))


def _step(words: Mapping[str, Mapping[str, str]], step: str, reason: str) -> str:
    said = words["steps"].get(step, step)
    return f"{said}: {words['reasons'].get(reason, reason)}" if reason else said


def _response(published: Published) -> Table:
    text, words = published.words["workbook"], published.words["report"]["sample"]
    rows: list[tuple[Cell, ...]] = []
    for wave, found in reversed(published.by_wave("sample").items()):
        invited, responded = by_stratum(found, INVITED), by_stratum(found, RESPONDED)
        for stratum, asked in (dict.fromkeys(responded, math.nan) | invited).items():
            came = responded.get(stratum, math.nan)
            share = number(came / asked if asked > 0 else math.nan, share_style(asked))
            label = stratum_label(published, stratum)
            rows.append((label, wave_name(published, wave), count(asked), count(came), share))
    headers = (words["steps"]["invited"], words["steps"]["response"], text["sample"]["response_share"])
    columns = (
        Column(text["sample"]["stratum"], FIRST),
        Column(text["columns"]["wave"], SECOND),
        *numbers(headers),
    )
    return Table(text["sample"]["response"], columns, tuple(rows))


def _weights(published: Published) -> Table:
    text, names = published.words["workbook"], published.words["weights"]
    words = text["sample"]["weights"]
    keys = ("n", "effective_n", "design_effect", "cv")
    rows = tuple(
        (
            names[row["weight"]].format(units=published.units) if row["weight"] in names else row["weight"],
            wave_name(published, row["wave"]),
            *(number(row.get(key), "count" if key.endswith("n") else "two") for key in keys),
        )
        for row in published.rows("weights")
    )
    columns = (
        Column(text["contents"]["weight"], FIRST),
        Column(text["columns"]["wave"], SECOND),
        *numbers(words[key] for key in keys),
    )
    return Table(words["table"], columns, rows, tuple(words["notes"]))


def _substantive(published: Published, row: Row) -> bool:
    item = published.study.codebook.get(row["item"])
    return item is not None and item.substantive and row["n_asked"] > 0


def _gap(published: Published, row: Row, reasons: Iterable[str]) -> tuple[Cell, ...]:
    asked, answered = (row[column] for column in ANSWERS)
    return (
        published.label(row["item"]),
        wave_name(published, row["wave"]),
        count(asked),
        count(answered),
        number(answered / asked, share_style(asked), nil=True),
        *(count(row.get(f"n_{reason}")) for reason in reasons),
    )
