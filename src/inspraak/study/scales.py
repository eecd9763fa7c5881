"""Answer scales: codes with labels, bounded numbers or free text, and the codes for a missing answer."""

import math
from collections.abc import Mapping
from typing import Literal, get_args

from pydantic import Field, model_validator

from inspraak.errors import Problem
from inspraak.study.declarations import Declared, Document, Name, Text, parse_partly

Reason = Literal[
    "dont_know", "refused", "not_applicable", "not_asked", "break_off", "suppressed", "no_answer"
]
REASONS: tuple[str, ...] = (*get_args(Reason), "impossible")
"""Why an answer is missing, as delivered; `impossible` is given by cleaning only."""
STRUCTURAL = frozenset({"not_applicable", "not_asked"})
"""Reasons that are no nonresponse: the question did not concern this employer."""


class Number(Declared):
    """Bounds of a number; what lies outside is impossible and set to missing."""

    at_least: float | None = None
    """Lowest possible value."""
    at_most: float | None = None
    """Highest possible value."""
    percent: bool = False
    """True where the number is a percentage from 0 to 100."""

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest possible value; infinite where nothing is declared."""
        low = -math.inf if self.at_least is None else self.at_least
        high = math.inf if self.at_most is None else self.at_most
        return (max(low, 0.0), min(high, 100.0)) if self.percent else (low, high)

    @model_validator(mode="after")
    def _possible(self) -> "Number":
        low, high = self.limits
        if low >= high:
            raise ValueError("at_least below at_most")
        if self.percent and high <= 1:
            raise ValueError("percentages from 0 to 100 (a scale of shares from 0 to 1 has `convert`)")
        return self


class Conversion(Declared):
    """How codes of a scale of one wave become codes of the codebook's scale."""

    to: str
    """Name of the scale that the codebook gives the item."""
    table: dict[float, float] | None = None
    """New code of each old code."""
    multiply: float = 1.0
    """Without a table: new = old * multiply + add."""
    add: float = 0.0
    """Without a table: see multiply."""


class Scale(Declared):
    """One answer scale: exactly one of codes, number, text."""

    codes: dict[float, Text] | None = Field(default=None, min_length=1)
    """Code and its label, lowest first for ordered scales."""
    number: Number | None = None
    """Bounds, for numbers."""
    text: Literal[True] | None = None
    """True for identifiers, dates and open answers; never published."""
    ordered: bool = True
    """False for a list of categories without an order."""
    values: dict[float, float] | None = None
    """What a code counts for in means and indices; by default the code itself."""
    positive: tuple[float, ...] = ()
    """Codes whose share is the short answer, such as "agrees"."""
    missing: dict[int | float | str, Reason] = Field(default_factory=dict)
    """Codes (numbers or text such as "n<10") that stand for a missing answer, and why."""
    convert: Conversion | None = None
    """Where a wave asked on this scale: how it becomes the codebook's scale."""

    @model_validator(mode="after")
    def _whole(self) -> "Scale":
        if sum(part is not None for part in (self.codes, self.number, self.text)) != 1:
            raise ValueError("exactly one of codes, number, text")
        known = set(self.codes or ())
        for word, codes in (("values", self.values or {}), ("positive", self.positive)):
            unknown = [code for code in codes if code not in known]
            if unknown:
                raise ValueError(f"only codes of this scale under {word} ({unknown[0]:g} is none)")
        if self.values is not None and set(self.values) != known:
            raise ValueError("a value for every code, or no values at all")
        both = [code for code in self.missing if _as_number(code) in known]
        labels = {
            text[language].casefold() for text in (self.codes or {}).values() for language in ("nl", "en")
        }
        both += [code for code in self.missing if str(code).casefold() in labels]
        if both:
            raise ValueError(f"a code under codes or under missing, not both ({both[0]})")
        _check_conversion(self)
        return self

    @property
    def code_values(self) -> Mapping[float, float]:
        """What each code counts for in means and indices."""
        return self.values if self.values is not None else {code: code for code in self.codes or ()}

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Lowest and highest value that a mean or index can be built on; None where there are none."""
        if self.codes is not None and self.ordered:
            low, high = min(self.code_values.values()), max(self.code_values.values())
            return (low, high) if low < high else None
        if self.number is not None and self.number.percent:
            return 0.0, 100.0
        if self.number is not None and self.number.at_least is not None and self.number.at_most is not None:
            return self.number.at_least, self.number.at_most
        return None


def _as_number(code: int | float | str) -> float | None:
    try:
        return float(code)
    except ValueError:
        return None


def _check_conversion(scale: Scale) -> None:
    """Refuse a conversion that does not give each code of the scale exactly one new one."""
    convert, codes = scale.convert, set(scale.codes or ())
    if convert is None:
        return
    if scale.text:
        raise ValueError("no convert for a scale of texts")
    if convert.table is None:
        if convert.multiply == 0:
            raise ValueError("multiply other than 0")
        return
    if convert.multiply != 1 or convert.add != 0:
        raise ValueError("a table, or multiply and add, not both")
    for code in convert.table:
        if code not in codes:
            what = "is a missing code, which is not converted" if _is_missing(scale, code) else "is no code"
            raise ValueError(f"a table of the codes of this scale ({code:g} {what})")
    for code in codes:
        if code not in convert.table:
            raise ValueError(f"a new code for each code of this scale ({code:g} has none)")


def _is_missing(scale: Scale, code: float) -> bool:
    return any(_as_number(declared) == code for declared in scale.missing)


def parse_scales(document: Document) -> tuple[dict[str, Scale], list[Problem]]:
    """Check scales.yaml: the scales that are right, and every problem."""
    scales, problems = parse_partly(dict[Name, Scale], document, document.data)
    return scales or {}, problems
