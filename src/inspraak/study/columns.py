"""What a column of a wave holds, as far as the study declares it, and what may be asked of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from inspraak.errors import Problem, near_match
from inspraak.study.conditions import Comparison, Condition
from inspraak.study.declarations import Document
from inspraak.study.documents import Known
from inspraak.study.messages import Keys
from inspraak.study.study import Study
from inspraak.study.variables import WAVE_YEAR

Kind = Literal["number", "codes", "categories", "text"]
WORDS: dict[Kind, str] = {
    "number": "a number",
    "codes": "codes",
    "categories": "categories",
    "text": "a text",
}
LISTED = 12


@dataclass(frozen=True)
class Column:
    """What an item, variable or index holds; `values` are all that it can hold (None: anything)."""

    kind: Kind
    values: tuple[str, ...] | None = None

    @property
    def counts(self) -> bool:
        """Tell whether one can compute with it."""
        return self.kind in ("number", "codes")

    def listed(self) -> str:
        """List the values for a message, shortened where there are many."""
        values = list(self.values or ())
        return ", ".join(values if len(values) <= LISTED else [*values[: LISTED - 1], "...", values[-1]])


def as_typed(value: str | float) -> str:
    """Give a declared value as text, whole numbers without a point."""
    return f"{value:.15g}" if isinstance(value, int | float) else str(value).strip()


def column_of(study: Study, name: str) -> Column | None:
    """Describe a column; None where it is not declared, or not rightly."""
    if name == WAVE_YEAR or name in study.indices:
        return Column("number")
    if name in study.variables:
        variable = study.variables[name]
        if variable.categorical:
            return Column("categories", variable.categories or None)
        if variable.equals is not None:
            return Column("number", ("0", "1"))
        if variable.codes is not None:
            return Column("number", tuple(as_typed(value) for value in variable.codes.values()))
        return Column("number")
    if name not in study.codebook or study.codebook[name].scale not in study.scales:
        return None
    scale = study.scale_of(name)
    if scale.codes is not None:
        return Column("codes", tuple(as_typed(code) for code in scale.codes))
    return Column("text" if scale.text else "number")


def present_columns(study: Study, wave: str) -> set[str]:
    """Give the items that a wave asked, and the variables that can be computed from them."""
    present = {*study.asked(wave), WAVE_YEAR}
    for name, variable in study.variables.items():
        if present.issuperset(variable.names):
            present.add(name)
    return present


def unknown(
    document: Document, keys: Keys, names: Iterable[str], known: Known, what: str
) -> Iterator[Problem]:
    """List the names that no file declares."""
    for name in names:
        if known.lacks(name):
            near = near_match(name, known.words)
            yield Problem(document.path.name, document.place(keys), f"'{name}'", what, near)


def not_numbers(study: Study, document: Document, keys: Keys, names: Iterable[str]) -> Iterator[Problem]:
    """List the columns with which one cannot compute."""
    for name in names:
        column = column_of(study, name)
        if column is not None and (not column.counts or is_nominal(study, name)):
            held = WORDS[column.kind] if not column.counts else "codes without an order"
            yield document.problem(keys, f"'{name}', which holds {held}", "a column of numbers or codes")


def is_nominal(study: Study, name: str) -> bool:
    """Tell whether an item has codes without an order."""
    if name not in study.codebook or study.codebook[name].scale not in study.scales:
        return False
    scale = study.scale_of(name)
    return scale.codes is not None and not scale.ordered


def not_values(
    study: Study, document: Document, keys: Keys, name: str, values: Iterable[str | float]
) -> Iterator[Problem]:
    """List the values that a column never has; a text that ends in * stands for those that begin so."""
    column = column_of(study, name)
    if column is None or column.values is None:
        return
    for value in values:
        text = as_typed(value)
        fits = text in column.values
        if text.endswith("*"):
            fits = any(known.startswith(text[:-1]) for known in column.values)
        if not fits:
            what = "a code" if column.kind == "codes" else "a value"
            near = _near(study, name, text, column.values)
            expected = f"{what} of {name}: {column.listed()}"
            yield Problem(document.path.name, document.place(keys), f"'{text}'", expected, near)


def wrong_condition(
    study: Study, document: Document, keys: Keys, condition: Condition | None, known: Known, what: str
) -> Iterator[Problem]:
    """List the names in a condition that are not declared, and the values that can never be met."""
    for comparison in condition.comparisons if condition is not None else ():
        yield from unknown(document, keys, [comparison.name], known, what)
        yield from _wrong_comparison(study, document, keys, comparison)


def _wrong_comparison(
    study: Study, document: Document, keys: Keys, comparison: Comparison
) -> Iterator[Problem]:
    name, value = comparison.name, comparison.value
    column = column_of(study, name)
    if column is None:
        return
    if not column.counts and comparison.sign not in ("=", "!="):
        found = f"'{name} {comparison.sign}', and {name} holds {WORDS[column.kind]}"
        yield document.problem(keys, found, "= or !=")
    elif column.counts and isinstance(value, str):
        near = _near(study, name, value, column.values or ())
        codes = f" ({column.listed()})" if column.values else ""
        place = document.place(keys)
        expected = f"a number{codes} to compare {name} with"
        yield Problem(document.path.name, place, f"'{value}'", expected, near)
    elif comparison.sign in ("=", "!="):
        yield from not_values(study, document, keys, name, [value])


def _near(study: Study, name: str, text: str, values: Iterable[str]) -> str | None:
    """Give the value that was probably meant, by itself or by its label."""
    scale = study.scales.get(study.codebook[name].scale) if name in study.codebook else None
    for code, label in (scale.codes or {}).items() if scale is not None else ():
        if text.casefold() in (label.nl.casefold(), label.en.casefold()):
            return as_typed(code)
    return near_match(text, values) if not text.lstrip("-").isdigit() else None
