import math
import string
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from inspraak.publishing.language import (
    LANGUAGES,
    format_interval,
    format_list,
    format_number,
    format_p,
    format_share,
    format_share_interval,
    in_sentence,
    unit_word,
    words,
)
from inspraak.publishing.report import SLUGS
from inspraak.study.kinds import KINDS
from inspraak.study.scales import REASONS
from inspraak.survey.accounts import ROW_REASONS


def leaves(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from leaves(value, f"{path}/{key}")
    elif isinstance(node, tuple):
        for number, value in enumerate(node):
            yield from leaves(value, f"{path}/{number}")
    else:
        yield path, node


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_numbers_are_dutch_in_dutch_and_english_in_english() -> None:
    assert format_number(1234, language="nl") == "1.234"
    assert format_number(1234.56, decimals=1, language="nl") == "1.234,6"
    assert format_number(1234.56, decimals=1, language="en") == "1,234.6"


def test_a_negative_number_has_a_true_minus_and_a_rounded_zero_none() -> None:
    assert format_number(-0.25, decimals=2, language="nl") == "−0,25"
    assert format_number(-0.001, decimals=2, language="nl") == "0,00"
    assert format_number(-0.005, decimals=2, language="nl") == "0,00"
    assert format_number(-0.015, decimals=2, language="nl") == "−0,02"


@pytest.mark.parametrize("value", [math.nan, math.inf, None])
def test_an_unknown_number_is_a_point(value: float) -> None:
    assert format_number(value, language="nl") == "."
    assert format_share(value, n=2000, language="nl") == "."
    assert format_p(value, language="nl") == "."
    assert format_interval(0.1, value, language="nl") == "."


@pytest.mark.parametrize(
    ("n", "language", "expected"),
    [(999, "nl", "12%"), (1000, "nl", "12,3%"), (1000, "en", "12.3%"), (math.nan, "nl", "12%")],
)
def test_shares_have_decimals_from_a_thousand_on(n: float, language: str, expected: str) -> None:
    assert format_share(0.1234, n=n, language=language) == expected


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (0.0001, "p < 0,001"),
        (0.001, "p = 0,001"),
        (0.0321, "p = 0,032"),
        (0.9999, "p > 0,999"),
        (1.0, "p > 0,999"),
    ],
)
def test_p_values(p: float, expected: str) -> None:
    assert format_p(p, language="nl") == expected


def test_intervals() -> None:
    assert format_interval(-0.104, 0.2, language="nl") == "−0,10 tot 0,20"
    assert format_interval(60.12, 64.7, decimals=1, language="en") == "60.1 to 64.7"
    assert format_share_interval(0.12, 0.34, n=100, language="nl") == "12% tot 34%"


def test_lists_and_labels_in_a_sentence() -> None:
    assert format_list(["a", "b", "c"], language="nl") == "a, b en c"
    assert format_list(["a"], language="en") == "a"
    assert format_list([], language="en") == ""
    assert in_sentence("Sector") == "sector"
    assert in_sentence("HR-beleid") == "HR-beleid"


def test_unit_words() -> None:
    assert unit_word("establishment", language="nl") == "vestigingen"
    assert unit_word("firm", count=1, language="nl") == "bedrijf"


def test_a_language_without_a_catalogue_is_refused() -> None:
    with pytest.raises(ValueError, match="'fr'"):
        words("fr")


def test_a_catalogue_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        words("nl")["verdicts"]["supported"] = "waar"  # type: ignore[index]


def test_both_catalogues_have_the_same_keys_and_placeholders() -> None:
    dutch, english = (dict(leaves(words(language))) for language in LANGUAGES)
    assert dutch.keys() == english.keys()
    differing = [key for key in dutch if placeholders(str(dutch[key])) != placeholders(str(english[key]))]
    assert differing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_filled_and_claims_no_cause(language: str) -> None:
    forbidden = {
        "nl": ("leidt tot", "veroorzaakt", "zorgt voor", " effect "),
        "en": ("leads to", "causes", " effect "),
    }
    for key, text in leaves(words(language)):
        assert isinstance(text, str), f"{key} is no text"
        assert text.strip(), f"{key} is empty"
        said = text.casefold().replace("design effect", "")
        found = [word for word in forbidden[language] if word in said]
        assert not found, f"{key} says {found}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_a_word_for_every_declared_thing(language: str) -> None:
    catalogue = words(language)
    assert set(catalogue["verdicts"]) == set(SLUGS)
    assert set(catalogue["missing"]) == set(REASONS)
    assert set(catalogue["report"]["claims"]["kinds"]) == set(KINDS)
    assert set(catalogue["report"]["sample"]["reasons"]) == set(ROW_REASONS)
