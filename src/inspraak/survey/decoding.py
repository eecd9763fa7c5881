"""Turn the delivered cells of one item into codes or numbers, and say why an answer is missing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from inspraak.errors import near_match
from inspraak.study.messages import shown
from inspraak.study.scales import Scale
from inspraak.survey.reading import MissingRange, numbers

MOST_WRONG = 10
"""Different wrong cells of one item that are told one by one."""


_NEGATION = re.compile(r"\b(?:niet|geen|not|no)\s+|\b(?:on|un|dis|in)(?=\w{3})")
"""What turns a label into its opposite, in Dutch and English."""


@dataclass(frozen=True)
class Wrong:
    """What the scale does not know: what it says, in how many rows (none: in the file's labels), first where."""

    found: str
    rows: int
    first_row: int
    expected: str
    near: str | None = None

    @property
    def place(self) -> str:
        """Say where it stands in the file."""
        if not self.rows:
            return "value labels"
        more = f" (and {self.rows - 1} more row{'s' * (self.rows > 2)})" if self.rows > 1 else ""
        return f"row {self.first_row}{more}"


@dataclass(frozen=True)
class Decoded:
    """One item: values (float, or text; missing NaN or None), reasons ("" where answered), wrong cells."""

    values: pd.Series
    reasons: pd.Series
    wrong: tuple[Wrong, ...]


def decode(
    cells: pd.Series,
    scale: Scale,
    *,
    decimal: str = ".",
    thousands: str | None = None,
    labels: Mapping[object, str] | None = None,
    user_missing: Sequence[MissingRange] = (),
) -> Decoded:
    """Decode a column of cells (None, text or float) by its scale, and convert it where the scale says so.

    An empty cell is `no_answer`; a code under `missing` gets its reason; a code that the file itself declares
    missing (SPSS) but the scale does not know is `no_answer` too. Labels may stand for codes, in Dutch or English.
    """
    codes, uniques = pd.factorize(cells.astype(object), use_na_sentinel=True)
    distinct = pd.Series(list(uniques), dtype=object)
    values, reasons, expected = _decode_distinct(
        distinct, scale, decimal, thousands, labels or {}, user_missing
    )
    wrong = _wrong_cells(cells, codes, distinct, expected, scale, decimal)
    wrong += _wrong_labels(labels or {}, scale)
    empty = len(distinct)
    positions = np.where(codes < 0, empty, codes)
    blank = None if scale.text else np.nan
    all_values = pd.concat([values, pd.Series([blank], dtype=values.dtype)], ignore_index=True)
    all_reasons = pd.concat([reasons, pd.Series(["no_answer"], dtype=object)], ignore_index=True)
    return Decoded(
        values=pd.Series(all_values.to_numpy()[positions], index=cells.index, dtype=values.dtype),
        reasons=pd.Series(all_reasons.to_numpy()[positions], index=cells.index, dtype=object),
        wrong=wrong,
    )


def _wrong_labels(labels: Mapping[object, str], scale: Scale) -> tuple[Wrong, ...]:
    """Refuse a file that itself gives a label of the scale to another code: its answers are numbered otherwise."""
    by_label, known = _codes_by_label(scale), scale.codes or {}
    wrong = []
    for code, label in labels.items():
        meant = by_label.get(_folded(label))
        if meant is not None and isinstance(code, float) and code in known and code != meant:
            found = f"{code:g} for {shown(label)}"
            expected = f"{meant:g}, or another scale for the wave (`scales`) that converts"
            wrong.append(Wrong(found, 0, 0, expected))
    return tuple(wrong)


def _in_rows(rows: pd.Index, found: str, expected: str, near: str | None = None) -> Wrong:
    return Wrong(found, len(rows), int(rows[0]), expected, near)


def _decode_distinct(
    distinct: pd.Series,
    scale: Scale,
    decimal: str,
    thousands: str | None,
    labels: Mapping[object, str],
    user_missing: Sequence[MissingRange],
) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Give value, reason and (for cells that cannot be read) what was expected, for each distinct cell."""
    figures, texts = numbers(distinct, decimal=decimal, thousands=thousands)
    reasons = _missing_reasons(distinct, figures, scale, user_missing)
    expected = pd.Series("", index=distinct.index, dtype=object)
    if scale.text:
        return distinct.map(_text).where(reasons == "", None), reasons, expected
    values = figures.astype(float)
    if scale.codes is not None:
        values, unknown = _codes(distinct, values, scale, labels)
        expected[unknown & (reasons == "")] = "a code or label"
    else:
        expected[texts & (reasons == "")] = "a number"
    values = values.where(reasons == "", np.nan)
    return _converted(values, scale), reasons, expected


def _text(cell: object) -> str:
    return number_text(cell) if isinstance(cell, int | float) else str(cell)


def _folded(text: str) -> str:
    """Give a text without what does not matter in a label: capitals, and how its words are spaced (also unbroken)."""
    return " ".join(text.split()).casefold()


def number_text(number: float) -> str:
    """Write a number as text: whole ones (identifiers of sixteen digits too) in full, without a point."""
    return f"{number:.0f}" if float(number).is_integer() else f"{number:.15g}"


def _missing_reasons(
    distinct: pd.Series, figures: pd.Series, scale: Scale, user_missing: Sequence[MissingRange]
) -> pd.Series:
    """Give the reason of each distinct cell that stands for a missing answer, "" for the rest."""
    reasons = pd.Series("", index=distinct.index, dtype=object)
    for span in user_missing:
        reasons[distinct.map(span.__contains__).to_numpy(dtype=bool)] = "no_answer"
    folded = distinct.map(lambda cell: _folded(_text(cell)))
    for code, reason in scale.missing.items():
        if isinstance(code, str):
            reasons[(folded == _folded(code)).to_numpy(dtype=bool)] = reason
        else:
            reasons[(figures == code).to_numpy(dtype=bool)] = reason
    return reasons


def _codes(
    distinct: pd.Series, figures: pd.Series, scale: Scale, labels: Mapping[object, str]
) -> tuple[pd.Series, pd.Series]:
    """Give the code of each distinct cell (through its own text or the file's label where need be) and the unknown."""
    known = scale.codes or {}
    by_label = _codes_by_label(scale)
    values = figures.where(figures.isin(list(known)), np.nan)
    for position in values.index[values.isna()]:
        cell = distinct[position]
        for said in (cell, labels.get(cell)):
            code = by_label.get(_folded(str(said)))
            if code is not None:
                values[position] = code
                break
    return values, values.isna()


def _codes_by_label(scale: Scale) -> dict[str, float]:
    """Give the code of each label, in both languages, without the labels of several codes."""
    codes: dict[str, set[float]] = {}
    for code, text in (scale.codes or {}).items():
        for label in (text.nl, text.en):
            codes.setdefault(_folded(label), set()).add(code)
    return {label: min(several) for label, several in codes.items() if len(several) == 1}


def _converted(values: pd.Series, scale: Scale) -> pd.Series:
    if scale.convert is None:
        return values
    if scale.convert.table is not None:
        return values.map(scale.convert.table).astype(float)
    return values * scale.convert.multiply + scale.convert.add


def _wrong_cells(
    cells: pd.Series,
    codes: np.ndarray,
    distinct: pd.Series,
    expected: pd.Series,
    scale: Scale,
    decimal: str,
) -> tuple[Wrong, ...]:
    wrong: list[Wrong] = []
    words = [text[language] for text in (scale.codes or {}).values() for language in ("nl", "en")]
    words += [code for code in scale.missing if isinstance(code, str)]
    positions = list(expected.index[expected != ""])
    hints = {position: _other_decimal(_text(distinct[position]), decimal) for position in positions}
    if scale.codes is None and len(positions) > 1 and all(hints.values()):
        rows = cells.index[np.isin(codes, positions)]
        found = f"{shown(_text(distinct[positions[0]]))} and {len(positions) - 1} other cells like it"
        # one cell with the other decimal sign says what the sign is in all; `decimal` comes before `thousands`
        sign = min(hint for hint in hints.values() if hint)
        return (_in_rows(rows, found, _wish(expected[positions[0]], scale), sign),)
    for position in positions[:MOST_WRONG]:
        cell = _text(distinct[position])
        near = hints[position] if scale.codes is None else _near_label(cell, words)
        rows = cells.index[codes == position]
        wrong.append(_in_rows(rows, shown(cell), _wish(expected[position], scale), near))
    if len(positions) > MOST_WRONG:
        rows = cells.index[np.isin(codes, positions[MOST_WRONG:])]
        found = f"{len(positions) - MOST_WRONG} other cells that are no better"
        wrong.append(_in_rows(rows, found, _wish(expected[positions[-1]], scale)))
    return tuple(wrong)


def _near_label(cell: str, words: list[str]) -> str | None:
    """Give the label that a cell was meant to be; never one that differs by a negation alone."""
    near = near_match(cell, words)
    if near is None or _NEGATION.sub("", near.casefold()) == _NEGATION.sub("", cell.casefold()):
        return None if near is None or near.casefold() != cell.casefold() else near
    return near


def _other_decimal(cell: str, decimal: str) -> str | None:
    """Tell whether a cell is a number with thousands apart (0,118 is none), or with the other decimal sign."""
    other = "," if decimal == "." else "."
    if re.fullmatch(rf"[1-9]\d{{0,2}}(?:{re.escape(other)}\d{{3}})+(?:{re.escape(decimal)}\d+)?", cell):
        return f'thousands: "{other}"'
    is_text = numbers(pd.Series([cell], dtype=object), decimal=other)[1]
    return None if bool(is_text.iloc[0]) else f'decimal: "{other}"'


def _wish(what: str, scale: Scale) -> str:
    """Say what a cell may hold: the codes (shortened when there are many) and the missing codes."""
    known = [f"{code:g}" for code in scale.codes or ()]
    listed = ", ".join(known if len(known) <= 12 else [*known[:10], "...", known[-1]])
    missing = ", ".join(_text(code) for code in scale.missing)
    inside = "; ".join(part for part in (listed, f"missing: {missing}" if missing else "") if part)
    return f"{what} ({inside})" if inside else what
