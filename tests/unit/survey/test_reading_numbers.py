"""Numbers written as text."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspraak.survey.reading import numbers


def one(cell: object, decimal: str = ".", thousands: str | None = None) -> float | str | None:
    """The number of a cell, "text" where it is text, None where it is empty."""
    values, is_text = numbers(pd.Series([cell], dtype=object), decimal=decimal, thousands=thousands)
    if is_text.iloc[0]:
        assert math.isnan(values.iloc[0])
        return "text"
    return None if math.isnan(values.iloc[0]) else float(values.iloc[0])


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("62%", 62),
        ("62 %", 62),
        ("62\u00a0%", 62),
        ("1.234", 1.234),
        ("-3", -3),
        ("+3", 3),
        ("\u22123.5", -3.5),
        ("\u20133", -3),
        ("1e3", 1000),
        ("1.5E\u22122", 0.015),
        (".5", 0.5),
        ("5.", 5),
        ("007", 7),
        (3.25, 3.25),
        (7, 7),
        (None, None),
        (math.nan, None),
        (math.inf, "text"),
        ("1e999", "text"),
        ("1,234", "text"),
        ("1 234", "text"),
        ("n<10", "text"),
        ("-", "text"),
        (".", "text"),
        ("%", "text"),
        ("%62", "text"),
        ("6 2", "text"),
        ("1.2.3", "text"),
        ("--1", "text"),
        ("nan", "text"),
        ("inf", "text"),
        ("1_000", "text"),
        ("0x10", "text"),
        ("€ 5", "text"),
        ("\u0663", "text"),
        ("1e", "text"),
        ("2018-01-02", "text"),
    ],
)
def test_cells_with_a_decimal_point(cell: object, expected: float | str | None) -> None:
    assert one(cell) == expected


@pytest.mark.parametrize(
    ("cell", "decimal", "thousands", "expected"),
    [
        ("1,5", ",", None, 1.5),
        ("62,4 %", ",", None, 62.4),
        ("1.5", ",", None, "text"),
        ("1.234", ",", ".", 1234),
        ("1.234.567,89", ",", ".", 1234567.89),
        ("1234567,89", ",", ".", 1234567.89),
        ("1.23", ",", ".", "text"),
        ("1.2345", ",", ".", "text"),
        ("1234.567", ",", ".", "text"),
        ("12.34.567", ",", ".", "text"),
        (".234", ",", ".", "text"),
        ("-1.234,5", ",", ".", -1234.5),
        ("1,234.5", ".", ",", 1234.5),
        ("1,5", ".", ",", "text"),
        ("1 234,5", ",", " ", 1234.5),
        ("1\u00a0234", ",", " ", 1234),
        ("1\u202f234\u202f567", ",", " ", 1234567),
        ("1'234.5", ".", "'", 1234.5),
        ("1\u2019234", ".", "'", 1234),
        ("1.234,5e2", ",", ".", 123450),
    ],
)
def test_marks_of_other_countries(
    cell: str, decimal: str, thousands: str | None, expected: float | str
) -> None:
    assert one(cell, decimal, thousands) == expected


@pytest.mark.parametrize(("decimal", "thousands"), [(";", None), (".", "."), (".", ""), (",", "10")])
def test_marks_that_cannot_be(decimal: str, thousands: str | None) -> None:
    with pytest.raises(ValueError, match="mark is"):
        numbers(pd.Series(["1"], dtype=object), decimal=decimal, thousands=thousands)


def test_index_and_name_are_those_of_the_column() -> None:
    column = pd.Series(["1", None, "x", "1", 2.0], index=[4, 5, 9, 11, 12], name="b_1", dtype=object)
    values, is_text = numbers(column)
    expected = pd.Series([1, np.nan, np.nan, 1, 2], index=column.index, name="b_1", dtype=float)
    pd.testing.assert_series_equal(values, expected)
    assert is_text.tolist() == [False, False, True, False, False]
    assert is_text.index.equals(column.index)
    assert column.tolist() == ["1", None, "x", "1", 2.0]


def test_columns_without_cells_and_without_content() -> None:
    for cells in ([], [None, None]):
        values, is_text = numbers(pd.Series(cells, dtype=object))
        assert values.dtype == float
        assert len(values) == len(cells)
        assert not is_text.any()


@given(
    number=st.floats(allow_nan=False, allow_infinity=False),
    marks=st.sampled_from([(".", None), (".", ","), (",", None), (",", "."), (",", " "), (".", "'")]),
    percent=st.sampled_from(["", "%", " %", "\u202f%"]),
    minus=st.sampled_from(["-", "\u2212"]),
)
def test_what_is_written_is_read(
    number: float, marks: tuple[str, str | None], percent: str, minus: str
) -> None:
    decimal, thousands = marks
    text = repr(number).replace(".", decimal).replace("-", minus)
    assert one(text + percent, decimal, thousands) == number


@given(
    whole=st.integers(-(10**14), 10**14),
    marks=st.sampled_from([(".", ","), (",", "."), (",", " "), (".", "'")]),
)
def test_whole_numbers_with_thousands(whole: int, marks: tuple[str, str]) -> None:
    decimal, thousands = marks
    assert one(f"{whole:,}".replace(",", thousands), decimal, thousands) == whole


@given(st.text(max_size=8))
def test_any_text_is_a_number_or_text_and_never_an_error(text: str) -> None:
    outcome = one(text, ",", ".")
    assert outcome == "text" or isinstance(outcome, float)
