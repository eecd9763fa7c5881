"""How well the questions of a score measure one thing: which coefficient counts, and what it says in words."""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from inspraak.publishing.language import UNKNOWN, format_interval, format_list, format_number, in_sentence
from inspraak.publishing.measurement_limits import GOOD, SUFFICIENT, limits
from inspraak.publishing.published import Published, Row
from inspraak.study.factor_models import WAVE
from inspraak.study.fit_limits import SIMILAR

NAME = re.compile(r"[A-Za-z]\w*")
USABLE = "converged"
"""Status of a solution of which the numbers may be used."""
FORMATIVE, SINGLE, UNJUDGED = "formative", "single", "unjudged"


@dataclass(frozen=True)
class Coefficient:
    """The coefficient of reliability that counts: its name in the catalogue, its value and 95 % interval."""

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Trust:
    """Whether a score may be trusted (its grade, and the word for it), and what stands beside that."""

    grade: str
    word: str
    beside: tuple[str, ...] = ()


def coefficient(row: Row) -> Coefficient | None:
    """Choose what counts: Spearman-Brown for two questions, else omega where it is known, else alpha.

    Omega lets questions weigh unequally, alpha takes them to weigh the same (McNeish 2018); of two questions only
    the correlation is known (Eisinga, Grotenhuis & Pelzer 2013). None where none is known.
    """
    names = ("spearman_brown",) if row.get("n_items") == 2 else ("omega", "alpha")
    for name in names:
        value = row.get(name, math.nan)
        if math.isfinite(value):
            return Coefficient(
                name, value, row.get(f"{name}_low", math.nan), row.get(f"{name}_high", math.nan)
            )
    return None


def overlap(row: Row) -> Coefficient | None:
    """Give the mean correlation between the parts of a score; None where it is not known."""
    value = row.get("overlap", math.nan)
    return Coefficient("overlap", value, math.nan, math.nan) if math.isfinite(value) else None


def grade(published: Published, row: Row) -> str:
    """Grade a row of the reliability table: good, sufficient, weak, formative, single (one question) or unjudged."""
    found, index = coefficient(row), published.study.indices.get(row["index"])
    if row.get("n_items") == 1:
        return SINGLE
    if (index.type if index is not None else row["type"]) == FORMATIVE:
        return FORMATIVE
    if found is None:
        return UNJUDGED
    return "good" if found.value >= GOOD else "sufficient" if found.value >= SUFFICIENT else "weak"


def trust(published: Published, row: Row) -> Trust:
    """Say in words whether a score may be trusted, with the coefficient, its interval and base, or why it has none."""
    text, language = published.words["report"]["measurement"], published.language
    graded, found, parts = grade(published, row), coefficient(row), overlap(row)
    beside = []
    if graded == FORMATIVE:
        if parts is not None:
            shown = format_number(parts.value, decimals=2, language=language)
            beside.append(f"{text['coefficients'][parts.name]} {shown}")
    elif found is not None:
        value = format_number(found.value, decimals=2, language=language)
        interval = format_interval(found.low, found.high, language=language)
        named = f"{text['coefficients'][found.name]} {value}"
        beside.append(named if interval == UNKNOWN else f"{named} ({interval})")
        beside.append(f"n = {format_number(row['n'], language=language)}")
    elif row.get("note") and graded == UNJUDGED:
        beside.append(reason(published, row["note"]))
    return Trust(graded, text["grades"][graded], tuple(beside))


def reason(published: Published, note: str) -> str:
    """Say a reason of the tables (`no variance: a, b; too few rows`) in words, with the questions that it names."""
    return " ".join(dict.fromkeys(_reason(published, one.strip()) for one in note.split(";") if one.strip()))


def _reason(published: Published, note: str) -> str:
    catalogue = published.words["report"]["measurement"]["reasons"]
    key, _, about = note.partition(":")
    slug = re.sub(r"\W+", "_", key.strip().casefold())
    known = {**published.study.codebook, **published.study.indices, **published.study.variables}
    questions = [published.short_label(name) for name in NAME.findall(about) if name in known]
    named = format_list([f"‘{question}’" for question in questions], language=published.language)
    if slug in catalogue:
        return str(catalogue[slug].format(questions=named, units=published.units)).replace(" ()", "")
    return str(catalogue["other"].format(reason=note))


def status_reason(published: Published, row: Row) -> str:
    """Say why a solution may not be used, or what of a usable one cannot be tested; "" where all is well."""
    why = row.get("reason", "")
    return reason(published, why if row["status"] == USABLE else f"{row['status']}: {why}")


def weak_scores(published: Published, rows: Iterable[Row], wave: str) -> str:
    """Name the scores of a wave that are measured weakly, in one sentence; "" where none is."""
    weak = [f"‘{published.label(row['index'])}’" for row in rows if grade(published, row) == "weak"]
    text = published.words["report"]["measurement"]["weak"]
    return str(text.format(wave=wave, scores=format_list(weak, language=published.language))) if weak else ""


def why_counted(published: Published, rows: Iterable[Row]) -> tuple[str, ...]:
    """Say of each coefficient that counts for some score why it does."""
    text = published.words["report"]["measurement"]["why"]
    used = {found.name for row in rows if (found := coefficient(row)) is not None}
    return tuple(text[name] for name in text if name in used)


def similar_pairs(published: Published, rows: Iterable[Row]) -> Iterator[str]:
    """Name the pairs of scores that look much alike, or say that there are none; nothing where no pair is known."""
    text, language = published.words["report"]["measurement"], published.language
    known = [row for row in rows if math.isfinite(row["htmt"])]
    alike = [
        text["pair"].format(
            first=published.short_label(row["x"]),
            second=published.short_label(row["y"]),
            value=format_number(row["htmt"], decimals=2, language=language),
        )
        for row in sorted(known, key=lambda row: -row["htmt"])
        if row["htmt"] >= SIMILAR
    ]
    limit = limits(language)["similar"]
    if alike:
        yield str(text["similar"].format(pairs=format_list(alike, language=language), limit=limit))
    elif known:
        yield str(text["distinct"].format(limit=limit))


def group_words(published: Published, grouping: str) -> str:
    """Name a grouping at the head of a column."""
    text = published.words["report"]["measurement"]
    if grouping == WAVE:
        return str(text["over"])
    return str(text["between"].format(group=in_sentence(published.short_label(grouping))))
