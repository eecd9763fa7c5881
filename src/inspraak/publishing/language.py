"""Numbers and words for people, in Dutch or English; all wording lives in one catalogue per language."""

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import yaml
from babel.numbers import format_decimal

from inspraak.study.configuration import Disclosure

LANGUAGES = ("nl", "en")
UNKNOWN = "."
NIL = "-"
CONFIDENTIAL = "x"
SHARE_DECIMALS_FROM = 1000
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same catalogues ten times faster, where PyYAML has its part in C."""


@cache
def words(language: str) -> Mapping[str, Any]:
    """Give the catalogue of a language: a nested, read-only mapping from keys to wording.

    Both catalogues hold the same keys and the same placeholders (`{n}`), which `str.format` fills.
    Raises ValueError for a language without a catalogue.
    """
    if language not in LANGUAGES:
        raise ValueError(f"no catalogue for language {language!r}; there is one for {', '.join(LANGUAGES)}")
    text = files("inspraak.publishing").joinpath("catalogues", f"{language}.yaml").read_text("utf-8")
    catalogue: Mapping[str, Any] = _frozen(yaml.load(text, Loader=_LOADER))
    return catalogue


def _frozen(node: Any) -> Any:
    if isinstance(node, dict):
        return MappingProxyType({str(key): _frozen(value) for key, value in node.items()})
    return tuple(_frozen(value) for value in node) if isinstance(node, list) else node


def format_number(value: float, *, decimals: int = 0, language: str) -> str:
    """Write a number: `1.234,5` in Dutch, `1,234.5` in English, with a true minus sign.

    `decimals` are always written; a value that rounds to zero has no sign. NaN and None give the mark of
    an unknown number.
    """
    if not _known(value):
        return UNKNOWN
    return _written(_rounded(value, decimals), decimals, language=language)


def format_share(value: float, *, n: float, language: str) -> str:
    """Write a share (0-1) as a percentage: `12%` below n = 1,000, from there on `12,3%`.

    `n` is the unweighted base. NaN and None give the mark of an unknown number.
    """
    if not _known(value):
        return UNKNOWN
    decimals = 1 if _known(n) and n >= SHARE_DECIMALS_FROM else 0
    return _written(_rounded(value, decimals + 2), decimals, "%", language=language)


def _rounded(value: float, decimals: int) -> Decimal:
    """Round half to even; a value that rounds to zero has no sign."""
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals))
    return rounded if rounded else abs(rounded)


@cache
def _written(rounded: Decimal, decimals: int, unit: str = "", *, language: str) -> str:
    """Write a rounded number. Kept: a few thousand numbers fill the cells of a report, and each costs much."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "") + unit
    written: str = format_decimal(rounded, pattern, locale=language)
    return written.replace("-", "\N{MINUS SIGN}")


def format_p(p: float, *, language: str) -> str:
    """Write a p-value with its letter: `p = 0,032`, `p < 0,001`, `p > 0,999`; NaN gives the unknown mark."""
    if not _known(p):
        return UNKNOWN
    if p < 0.001:
        return f"p < {format_number(0.001, decimals=3, language=language)}"
    if p > 0.999:
        return f"p > {format_number(0.999, decimals=3, language=language)}"
    return f"p = {format_number(p, decimals=3, language=language)}"


def format_interval(low: float, high: float, *, decimals: int = 2, language: str) -> str:
    """Write an interval: `0,12 tot 0,34` in Dutch, `0.12 to 0.34` in English; the mark at NaN."""
    if not (_known(low) and _known(high)):
        return UNKNOWN
    ends = (format_number(end, decimals=decimals, language=language) for end in (low, high))
    return f" {words(language)['general']['to']} ".join(ends)


def format_share_interval(low: float, high: float, *, n: float, language: str) -> str:
    """Write an interval of shares (0-1): `12% tot 34%`; decimals as `format_share`."""
    if not (_known(low) and _known(high)):
        return UNKNOWN
    ends = (format_share(end, n=n, language=language) for end in (low, high))
    return f" {words(language)['general']['to']} ".join(ends)


def format_list(parts: Sequence[str], *, language: str) -> str:
    """Write a list in a sentence: `a`, `a en b`, `a, b en c`; an empty list gives an empty text."""
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {words(language)['general']['and']} {parts[-1]}"


def closed(text: str) -> str:
    """End a sentence with a full stop where it has no end of its own."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def in_sentence(label: str) -> str:
    """Write a label as inside a sentence: without its capital, unless it is an abbreviation."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def unit_word(unit: str, *, count: float = 2, language: str) -> str:
    """Give the word for the study's unit (establishment, organisation, firm), singular where `count` is 1."""
    forms = words(language)["units"][unit]
    return str(forms["singular" if count == 1 else "plural"])


def limit_words(limits: Disclosure, *, language: str) -> dict[str, str]:
    """Give the limits of disclosure control that texts name, as written, by their names in config.yaml."""
    named = {"minimum_n": limits.minimum_n, "flag_n": limits.flag_n}
    return {name: format_number(limit, language=language) for name, limit in named.items()}


def _known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)
