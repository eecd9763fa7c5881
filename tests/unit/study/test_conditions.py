"""Conditions in words: what they say, of missing answers too, and what cannot be read."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspraak.study.conditions import parse_condition

NAN = float("nan")


def holds(text: str, **columns: list[object]) -> list[bool]:
    return parse_condition(text).holds({name: pd.Series(cells) for name, cells in columns.items()}).tolist()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1", [True, False, False, False]),
        ("a != 1", [False, True, True, False]),
        ("a >= 2", [False, True, True, False]),
        ("a < 2", [True, False, False, False]),
        ("not a = 1", [False, True, True, False]),
        ("a = 1 or a = 3 and b = 1", [True, False, True, False]),
        ("(a = 1 or a = 3) and b = 1", [False, False, True, False]),
        ("a = 9 or b = 1", [False, False, True, True]),
        ("a >= -1", [True, True, True, False]),
    ],
)
def test_conditions_by_hand(text: str, expected: list[bool]) -> None:
    assert holds(text, a=[1, 2, 3, NAN], b=[0, NAN, 1, 1]) == expected


def test_categories_are_compared_as_text() -> None:
    cells = ["trade", "10-19", None]
    assert holds("a = trade", a=cells) == [True, False, False]
    assert holds("a = '10-19'", a=cells) == [False, True, False]
    assert holds("a != trade", a=cells) == [False, True, False]


def test_names_stand_once_in_order() -> None:
    assert parse_condition("b = 1 and (a = 2 or b >= 3)").names == ("b", "a")
    assert parse_condition("b = 1").text == "b = 1"


@pytest.mark.parametrize(
    "text", ["", "a", "a =", "a = 1 b = 2", "(a = 1", "a == ", "= 1", "a = 1 or", "a ~ 2"]
)
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_condition(text)


answers = st.lists(st.tuples(*[st.sampled_from([0.0, 1.0, NAN])] * 2), min_size=1, max_size=8)


@given(answers)
def test_unknown_is_neither_true_nor_false(rows: list[tuple[float, float]]) -> None:
    a, b = (list(column) for column in zip(*rows))
    either = np.array(holds("a = 1 or not a = 1", a=a, b=b))
    assert (either == ~np.isnan(a)).all()
    both = np.array(holds("a = 1 and b = 1", a=a, b=b))
    turned = np.array(holds("not (a = 1 and b = 1)", a=a, b=b))
    assert not (both & turned).any()
    assert (turned == np.array(holds("not a = 1 or not b = 1", a=a, b=b))).all()  # De Morgan
