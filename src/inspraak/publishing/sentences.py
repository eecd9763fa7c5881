"""One plain sentence for each result of a claim: what goes together with what, never why."""

import math
import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd

from inspraak.publishing.language import LANGUAGES, closed, format_list, unit_word, words
from inspraak.publishing.sentence_numbers import plain_numbers, plain_with_unit, said_numbers
from inspraak.publishing.sentences_cells import cells
from inspraak.publishing.sentences_kinds import SENTENCES
from inspraak.publishing.sentences_measurement import measurement
from inspraak.publishing.sentences_moderation import moderation
from inspraak.publishing.sentences_types import typology
from inspraak.publishing.sentences_waves import trend, within_employer
from inspraak.study.claims import Claim
from inspraak.study.study import Study

ASSOCIATIONS = frozenset({"association", "regression", "joint"})
DIFFERENCES = frozenset({"contrast", "group_difference"})
CELLS = "multinomial"
"""The model whose results are said as shares, whatever the kind of test."""
MOST_PIECES = 3
Row = Mapping[str, Any]


def sentence(claim: Claim, verdict: Row, estimates: Sequence[Row], *, study: Study, language: str) -> str:
    """Say the result of one claim in one wave in one plain sentence.

    `verdict` is the claim's row of verdicts.csv; `estimates` its rows of estimates.csv in the same wave (any
    number, also none). Estimates are in standard deviations (`std_estimate`), and in a verdict with a direction in
    their own unit too; rows without one, and parts that do not decide, are not mentioned. A reason beside a verdict
    follows as a sentence of its own.
    """
    if verdict["verdict"] == "not testable":
        return reason_sentence(claim, verdict.get("reason"), unit=study.unit, language=language)
    known = _known(claim, estimates)
    by_kind: dict[str, list[Row]] = {}
    for row in known:
        kind = claim.parts[row["part"]].kind
        kind = "association" if kind in ASSOCIATIONS else kind
        by_kind.setdefault(CELLS if row.get("model") == CELLS else kind, []).append(row)
    pieces = [
        _of_kind(claim, kind, verdict["verdict"], rows, estimates, study=study, language=language)
        for kind, rows in by_kind.items()
    ]
    said = " ".join(dict.fromkeys(pieces)) or _other(verdict["verdict"], (), language=language)
    reason = verdict.get("reason")
    if not isinstance(reason, str) or not reason:
        return said
    return f"{said} {reason_sentence(claim, reason, unit=study.unit, language=language)}"


def _of_kind(
    claim: Claim,
    kind: str,
    verdict: str,
    rows: Sequence[Row],
    estimates: Sequence[Row],
    *,
    study: Study,
    language: str,
) -> str:
    """Say what the rows of one kind of test show; `estimates` are all rows of the claim."""
    if kind == "association":
        return _association(claim, verdict, rows, study=study, language=language)
    if kind == CELLS:
        named, units = partial(_name, study, language), unit_word(study.unit, language=language)
        return cells(verdict, rows, estimates, study=study, named=named, units=units, language=language)
    if kind == "moderation":
        named = partial(_name, study, language)
        return _capital(moderation(verdict, rows, estimates, named=named, language=language))
    if kind == "measurement":
        return measurement(verdict, rows, named=partial(_name, study, language), language=language)
    if kind == "typology":
        return typology(
            verdict,
            rows,
            estimates,
            named=partial(_name, study, language),
            numbers=partial(plain_with_unit, language=language),
            units=unit_word(study.unit, language=language),
            language=language,
        )
    if kind == "trend":
        numbers = partial(plain_with_unit, language=language)
        return trend(verdict, rows, named=partial(_name, study, language), numbers=numbers, language=language)
    if kind == "within_employer":
        directed = verdict in ("supported", "contradicted")
        return within_employer(
            verdict,
            rows,
            named=partial(_name, study, language),
            numbers=partial(said_numbers if directed else plain_numbers, language=language),
            units=unit_word(study.unit, language=language),
            language=language,
        )
    if kind in SENTENCES:
        return SENTENCES[kind](verdict, rows, named=partial(_name, study, language), language=language)
    if kind in DIFFERENCES:
        return _difference(verdict, rows, study=study, language=language)
    return _other(verdict, rows, language=language)


def _name(study: Study, language: str, name: str) -> str:
    return phrase(study, name, 0, language=language)


def reason_sentence(claim: Claim, reason: object, *, unit: str, language: str) -> str:
    """Say why a claim is not testable; a claim declared untestable says its own reason.

    `reason` is the reason of verdicts.csv: one or more, parted by semicolons; what stands after a colon in one
    (names of items) is left out, and equal ones are said once.
    """
    for part in claim.parts.values():
        if part.kind == "untested":
            text = getattr(part, "reason", None)
            if text is not None:
                return closed(str(text[language]))
    reasons = str(reason).split(";") if isinstance(reason, str) and reason else [""]
    said = [_reason(one.strip(), unit=unit, language=language) for one in reasons]
    return " ".join(dict.fromkeys(said))


def _reason(reason: str, *, unit: str, language: str) -> str:
    catalogue = words(language)["reasons"]
    key = re.sub(r"\W+", "_", reason.split(":")[0].strip().casefold())
    if key in catalogue:
        return str(catalogue[key].format(units=unit_word(unit, language=language)))
    return str(catalogue["other"].format(reason=reason or "-"))


def add_sentences(verdicts: pd.DataFrame, estimates: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Give the verdicts with the columns sentence_nl and sentence_en filled; nothing else changes."""
    by_claim: dict[tuple[str, str], list[Row]] = {}
    for row in _rows(estimates):
        by_claim.setdefault((row["hypothesis"], row["wave"]), []).append(row)
    said: dict[str, list[str]] = {language: [] for language in LANGUAGES}
    for verdict in _rows(verdicts):
        claim, rows = (
            study.claims[verdict["hypothesis"]],
            by_claim.get((verdict["hypothesis"], verdict["wave"]), []),
        )
        for language in LANGUAGES:
            said[language].append(sentence(claim, verdict, rows, study=study, language=language))
    return verdicts.assign(**{f"sentence_{language}": texts for language, texts in said.items()})


def _rows(table: pd.DataFrame) -> list[Row]:
    return [{str(column): value for column, value in row.items()} for row in table.to_dict("records")]


def _known(claim: Claim, estimates: Sequence[Row]) -> Sequence[Row]:
    """Give the deciding rows of the parts that decide; of all parts where none of these has an estimate."""
    deciding = [row for row in estimates if str(row.get("decides")) != "False"]
    known = [row for row in deciding if pd.notna(row["std_estimate"])]
    return [row for row in known if claim.parts[row["part"]].necessary] or known


def _association(claim: Claim, verdict: str, rows: Sequence[Row], *, study: Study, language: str) -> str:
    if len(rows) > MOST_PIECES:
        return _many(claim, verdict, rows, language=language)
    catalogue = words(language)["sentences"]
    directed = verdict in ("supported", "contradicted")
    template = catalogue["association"][verdict]
    by_term: dict[str, list[str]] = {}
    for row in rows:
        direction = math.copysign(1, row["std_estimate"]) if directed else 0
        outcome = phrase(study, str(row["outcome"]), direction, language=language)
        numbers = (said_numbers if directed else plain_numbers)(row, language=language)
        by_term.setdefault(str(row["term"]), []).append(f"{outcome} ({numbers})")
    said = [
        template.format(
            x=phrase(study, term, 1 if directed else 0, language=language),
            y=format_list(outcomes, language=language),
        )
        for term, outcomes in by_term.items()
    ]
    return " ".join(_capital(text) for text in said)


def _many(claim: Claim, verdict: str, rows: Sequence[Row], *, language: str) -> str:
    by_size = sorted(rows, key=lambda row: abs(row["std_estimate"]))
    extreme = by_size[-1] if verdict == "equivalent to nil" else by_size[0]
    along = sum((row["std_estimate"] > 0) == (claim.parts[row["part"]].sign != "-") for row in rows)
    return str(
        words(language)["sentences"]["many"][verdict].format(
            total=len(rows),
            along=along,
            against=len(rows) - along,
            numbers=plain_numbers(extreme, language=language),
        )
    )


def _difference(verdict: str, rows: Sequence[Row], *, study: Study, language: str) -> str:
    catalogue = words(language)["sentences"]
    pieces = [
        f"{phrase(study, str(row['outcome']), 0, language=language)} ({plain_numbers(row, language=language)})"
        for row in rows[:MOST_PIECES]
    ]
    template = catalogue["difference"][verdict]
    return str(template.format(y=format_list(pieces, language=language)))


def _other(verdict: str, rows: Sequence[Row], *, language: str) -> str:
    numbers = f" ({plain_numbers(rows[0], language=language)})" if len(rows) == 1 else ""
    return str(words(language)["sentences"]["other"][verdict].format(numbers=numbers))


def phrase(study: Study, name: str, direction: float, *, language: str) -> str:
    """Name a column inside a sentence: as it is (direction 0), more of it (> 0) or less of it (< 0)."""
    catalogue, label = words(language)["sentences"], study.short_label(name, language)
    if direction == 0:
        return str(catalogue["name"].format(label=label))
    keys = ("higher", "lower") if name in study.indices else ("more", "less")
    item = study.codebook.get(name)
    if name in study.variables or (item is not None and item.label is not None):
        keys = ("greater", "smaller")
    return str(catalogue[keys[0] if direction > 0 else keys[1]].format(label=label))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
