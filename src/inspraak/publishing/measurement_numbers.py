"""The numbers behind the section on measurement: reliability, items, fit, pairs of scores, method, comparability."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from inspraak.publishing.language import UNKNOWN, format_interval, format_number, format_p, format_share
from inspraak.publishing.measurement_limits import limits
from inspraak.publishing.published import Published, Row
from inspraak.publishing.report_reliability import group_words, reason, status_reason
from inspraak.study.factor_models import WAVE

Style = Literal["words", "count", "two", "three", "share", "p", "interval"]
DECIMALS = {"count": 0, "two": 2, "three": 3}
OF_WAVES = ("reliability", "item_statistics", "fit", "discriminant", "method")
"""Tables of each wave, in the order of the page; that of comparability is of all waves."""
BRIEF = ("reliability", "fit", "discriminant", "method", "invariance")
"""Tables that the page has; a workbook has all."""


@dataclass(frozen=True)
class Field:
    """One column: the key of its head, the column of the table (of an interval: without its end), how it is written."""

    key: str
    style: Style
    column: str = ""
    words: Callable[[Row], str] | None = None


@dataclass(frozen=True)
class Numbers:
    """One table: of a wave, or of all ("" as wave); `fields` are those with something in some row."""

    name: str
    wave: str
    title: str
    note: str
    fields: tuple[Field, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Written:
    """One table as written for the page; `texts` are the places of columns of words."""

    wave: str
    title: str
    note: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: frozenset[int]


def numbers(published: Published, names: Sequence[str] = (*OF_WAVES, "invariance")) -> Iterator[Numbers]:
    """Give the tables of these names that have a row, the latest wave first."""
    for name in names:
        by_wave = published.by_wave(name) if name in OF_WAVES else {"": list(published.rows(name))}
        for wave, rows in reversed(by_wave.items()):
            if rows:
                yield _table(published, name, wave, rows)


def written(published: Published) -> tuple[Written, ...]:
    """Write the tables that the page has; an interval stands in one column."""
    heads = published.words["report"]["measurement"]["numbers"]["columns"]
    return tuple(
        Written(
            table.wave,
            table.title,
            table.note,
            tuple(heads[field.key] for field in table.fields),
            tuple(tuple(text(published, field, row) for field in table.fields) for row in table.rows),
            frozenset(place for place, field in enumerate(table.fields) if field.style == "words"),
        )
        for table in numbers(published, BRIEF)
    )


def _table(published: Published, name: str, wave: str, rows: list[Row]) -> Numbers:
    words = published.words["report"]["measurement"]["numbers"][name]
    kept = tuple(
        field for field in FIELDS[name](published) if any(text(published, field, row) for row in rows)
    )
    note = words["note"].format(**limits(published.language))
    return Numbers(name, wave, words["title"].format(wave=wave), note, kept, tuple(rows))


def text(published: Published, field: Field, row: Row) -> str:
    """Write a cell; "" where it is not known."""
    language = published.language
    if field.words is not None:
        return field.words(row)
    if field.style == "interval":
        ends = (row.get(f"{field.column}_{end}", math.nan) for end in ("low", "high"))
        shown = format_interval(*ends, language=language)
        return "" if shown == UNKNOWN else shown
    value = row.get(field.column, math.nan)
    if not math.isfinite(value):
        return ""
    if field.style == "share":
        return format_share(value, n=row.get("n", 0), language=language)
    if field.style == "p":
        return format_p(value, language=language).removeprefix("p = ").removeprefix("p ")
    return format_number(value, decimals=DECIMALS[field.style], language=language)


def _words(key: str, write: Callable[[Row], str]) -> Field:
    return Field(key, "words", words=write)


def _number(key: str, style: Style = "two", column: str = "") -> Field:
    return Field(key, style, column or key)


def _with_interval(key: str) -> tuple[Field, Field]:
    return _number(key), Field(f"{key}_interval", "interval", key)


def _status(published: Published) -> Field:
    """Say why a solution is not used, and what was left out or joined."""

    def write(row: Row) -> str:
        said = [status_reason(published, row), reason(published, row.get("note", ""))]
        return " ".join(part for part in said if part)

    return _words("note", write)


def _reliability(published: Published) -> list[Field]:
    return [
        _words("score", lambda row: published.label(row["index"])),
        _number("questions", "count", "n_items"),
        _number("n", "count"),
        *(field for key in ("alpha", "omega", "spearman_brown") for field in _with_interval(key)),
        *map(_number, ("omega_categorical", "omega_hierarchical", "ave", "icc", "vif", "overlap")),
        _number("floor", "share"),
        _number("ceiling", "share"),
        _words("note", lambda row: reason(published, row.get("note", ""))),
    ]


def _items(published: Published) -> list[Field]:
    return [
        _words("score", lambda row: published.label(row["index"])),
        _words("question", lambda row: published.short_label(row["item"])),
        _number("n", "count"),
        *map(_number, ("mean", "sd", "item_rest", "alpha_if_dropped")),
        _number("floor", "share"),
        _number("ceiling", "share"),
    ]


def _fit(published: Published) -> list[Field]:
    structures = published.words["report"]["measurement"]["rivals"]["structures"]
    return [
        _words("model", lambda row: published.label(row["model"])),
        _words("structure", lambda row: structures.get(row["structure"], row["structure"])),
        _words("estimator", lambda row: row["estimator"]),
        _number("n", "count"),
        _number("chi2"),
        _number("df", "count"),
        _number("p", "p", "p_value"),
        *map(_number, ("cfi", "tli")),
        *_with_interval("rmsea"),
        _number("srmr"),
        _status(published),
    ]


def _pairs(published: Published) -> list[Field]:
    return [
        _words("first", lambda row: published.short_label(row["x"])),
        _words("second", lambda row: published.short_label(row["y"])),
        _number("n", "count"),
        *_with_interval("htmt"),
        *_with_interval("correlation"),
        _number("correlation_marker"),
        _number("correlation_method"),
    ]


def _method(published: Published) -> list[Field]:
    steps = published.words["report"]["measurement"]["method"]["steps"]
    return [
        _words("model", lambda row: published.label(row["model"])),
        _words("step", lambda row: steps.get(row["step"], row["step"])),
        _number("n", "count"),
        _number("variance_share", "share"),
        _number("chi2"),
        _number("df", "count"),
        *map(_number, ("cfi", "rmsea")),
        _number("p_difference", "p"),
        _status(published),
    ]


def _invariance(published: Published) -> list[Field]:
    levels, words = published.words["report"]["measurement"]["levels"], published.words["comparable"]
    holds = {"True": words["yes"], "False": words["no"]}
    return [
        _words("score", lambda row: published.label(row["index"])),
        _words("grouping", lambda row: group_words(published, row["grouping"])),
        _words("level", lambda row: levels.get(row["level"], row["level"])),
        _number("n", "count"),
        _number("cfi"),
        _number("delta_cfi", "three"),
        _number("rmsea"),
        _number("delta_rmsea", "three"),
        _words("holds", lambda row: holds.get(row["holds"], "")),
        _words("released", lambda row: "; ".join(map(published.short_label, row["released"].split()))),
        _words("left_out", lambda row: "; ".join(_groups_left_out(published, row))),
        _words("note", lambda row: reason(published, row["reason"])),
    ]


def _groups_left_out(published: Published, row: Row) -> list[str]:
    """Name the groups (or waves) that were too small to take part."""
    names: list[str] = row["left_out"].split()
    if row["grouping"] == WAVE:
        return names
    return [published.group_label(row["grouping"], name) for name in names]


FIELDS: dict[str, Callable[[Published], list[Field]]] = {
    "reliability": _reliability,
    "item_statistics": _items,
    "fit": _fit,
    "discriminant": _pairs,
    "method": _method,
    "invariance": _invariance,
}
"""The columns of each table."""
