"""Conditions on answers, as written in asked_if and domain: `b_orgver = 1 or b_techorg >= 1`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

if TYPE_CHECKING:  # reading a condition takes no frames: who only plans a run does not wait for pandas
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    BoolArray = npt.NDArray[np.bool_]
_TOKEN = re.compile(r"\s*(?:(<=|>=|!=|=|<|>|\(|\))|'([^']*)'|([A-Za-z_][A-Za-z0-9_+-]*)|(-?\d+(?:\.\d+)?))")
_SIGNS = {"=", "!=", "<", "<=", ">", ">="}
_MOST_TOKENS = 400


@dataclass(frozen=True)
class Comparison:
    """One comparison of a column with a number or a category."""

    name: str
    sign: str
    value: float | str


@dataclass(frozen=True)
class Condition:
    """A condition in words (`text`) and as a tree of comparisons joined by and, or, not."""

    text: str
    tree: Any

    @property
    def names(self) -> tuple[str, ...]:
        """The items, variables and indices that the condition speaks of, in order, each once."""
        return tuple(dict.fromkeys(comparison.name for comparison in self.comparisons))

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        """The comparisons of which the condition is made, in order."""
        return tuple(_comparisons(self.tree))

    @property
    def opposite(self) -> "Condition":
        """The condition that is known to hold where this one is known not to."""
        return Condition(f"not ({self.text})", ("not", self.tree))

    def holds(self, columns: "Mapping[str, pd.Series]") -> "BoolArray":
        """Give True where the condition is known to hold, row by row.

        A comparison with a missing answer is unknown, and unknown follows Kleene's three-valued logic:
        `unknown or true` holds, `unknown and true` does not.
        """
        return _evaluate(self.tree, columns)[0]


def parse_condition(text: str) -> Condition:
    """Read a condition; raises ValueError that says what is expected where it cannot be read."""
    tokens = _tokens(text)
    if len(tokens) > _MOST_TOKENS:
        raise ValueError(f"a shorter condition (at most {_MOST_TOKENS} words and signs)")
    tree, rest = _either(tokens, text)
    if rest:
        example = "a condition such as `b_orgver = 1 or size4 = '10-19'`"
        raise ValueError(f"{example}, but '{rest[0][1]}' stands where it should end")
    return Condition(text, tree)


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens, position = [], 0
    text = text.strip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise ValueError(f"a condition such as `b_orgver = 1`, but '{text[position:]}' cannot be read")
        sign, quoted, word, number = match.groups()
        kind = "sign" if sign else "number" if number else "quoted" if quoted is not None else "word"
        tokens.append((kind, sign or number or (quoted if quoted is not None else word)))
        position = match.end()
    return tokens


def _either(tokens: list[tuple[str, str]], text: str) -> tuple[Any, list[tuple[str, str]]]:
    left, rest = _both(tokens, text)
    while rest and rest[0] == ("word", "or"):
        right, rest = _both(rest[1:], text)
        left = ("or", left, right)
    return left, rest


def _both(tokens: list[tuple[str, str]], text: str) -> tuple[Any, list[tuple[str, str]]]:
    left, rest = _single(tokens, text)
    while rest and rest[0] == ("word", "and"):
        right, rest = _single(rest[1:], text)
        left = ("and", left, right)
    return left, rest


def _single(tokens: list[tuple[str, str]], text: str) -> tuple[Any, list[tuple[str, str]]]:
    if tokens and tokens[0] == ("word", "not"):
        inner, rest = _single(tokens[1:], text)
        return ("not", inner), rest
    if tokens and tokens[0] == ("sign", "("):
        inner, rest = _either(tokens[1:], text)
        if not rest or rest[0] != ("sign", ")"):
            raise ValueError(f"a closing bracket in `{text}`")
        return inner, rest[1:]
    if len(tokens) < 3 or tokens[0][0] != "word" or tokens[1][1] not in _SIGNS or tokens[2][0] == "sign":
        raise ValueError(f"`name = value` with one of = != < <= > >= in `{text}`")
    kind, value = tokens[2]
    compared = float(value) if kind == "number" else value
    return Comparison(tokens[0][1], tokens[1][1], compared), tokens[3:]


def _comparisons(tree: Any) -> list[Comparison]:
    if isinstance(tree, Comparison):
        return [tree]
    return [comparison for part in tree[1:] for comparison in _comparisons(part)]


def _evaluate(tree: Any, columns: "Mapping[str, pd.Series]") -> "tuple[BoolArray, BoolArray]":
    """Give two arrays: known to hold, known not to hold."""
    if isinstance(tree, Comparison):
        return _compare(tree, columns[tree.name])
    if tree[0] == "not":
        true, false = _evaluate(tree[1], columns)
        return false, true
    (left, not_left), (right, not_right) = (_evaluate(part, columns) for part in tree[1:])
    if tree[0] == "and":
        return left & right, not_left | not_right
    return left | right, not_left & not_right


def _compare(comparison: Comparison, column: "pd.Series") -> "tuple[BoolArray, BoolArray]":
    from pandas.api.types import is_numeric_dtype

    known = column.notna().to_numpy(dtype=bool)
    value: Any = comparison.value
    numeric = is_numeric_dtype(column)
    if not numeric and not isinstance(value, str):
        value = f"{value:g}"
    if numeric and isinstance(value, str):
        return known & False, known
    operations = {"=": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
    filled = column.where(column.notna(), 0.0 if numeric else "")
    outcome = getattr(filled, operations[comparison.sign])(value).to_numpy(dtype=bool)
    return known & outcome, known & ~outcome


ConditionText = Annotated[
    Condition,
    BeforeValidator(lambda value: parse_condition(value) if isinstance(value, str) else value),
    PlainSerializer(lambda condition: condition.text, return_type=str),
    WithJsonSchema({"type": "string"}),
]
"""A condition as a user writes it in a study file."""
