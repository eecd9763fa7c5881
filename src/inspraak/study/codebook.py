"""The codebook: one row per question, with its scale, routing and wording."""

from pathlib import Path
from typing import Literal, get_args

from pydantic import ConfigDict, field_validator
from pydantic.dataclasses import dataclass

from inspraak.errors import Problem, UserError
from inspraak.study.conditions import ConditionText
from inspraak.study.declarations import Document, Name, Text, parse
from inspraak.study.documents import read_table

COLUMNS = ("item", "construct", "scale", "reversed", "asked_if", "source", "wording_nl", "wording_en")
LABELS = ("label_nl", "label_en")
"""Columns that a codebook may have besides: a short name of the item."""
SHOWN = {
    "name": "item",
    "wording.nl": "wording_nl",
    "wording.en": "wording_en",
    "label.nl": "label_nl",
    "label.en": "label_en",
}
"""Columns whose name is not that of the key they fill."""
Reserved = Literal["paradata", "frame", "quality_control"]
RESERVED: tuple[str, ...] = get_args(Reserved)
"""Constructs that are no subject of the survey: not counted for break-offs, not in tables of answers."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid"), kw_only=True)
class Item:
    """One question, or one part of a battery."""

    name: Name
    """Name of the item, as used in every study file."""
    construct: str
    """Theme of study.yaml that the item belongs to, or paradata, frame, quality_control."""
    scale: str
    """Name of its scale in scales.yaml."""
    reversed: bool = False
    """True where a high code means little of the construct."""
    asked_if: ConditionText | None = None
    """Whom the question was put to; empty: everybody."""
    source: str = ""
    """Where the wording comes from."""
    wording: Text
    """The question as asked."""
    label: Text | None = None
    """Short name for people, for claims about this one item; its wording by default."""

    @field_validator("reversed", mode="before")
    @classmethod
    def _yes(cls, value: object) -> object:
        if str(value).casefold() in ("", "no", "false", "0"):
            return False
        if str(value).casefold() in ("yes", "true", "1", "r"):
            return True
        raise ValueError("yes, or nothing")

    @property
    def substantive(self) -> bool:
        """Tell whether the item is a subject of the survey (not paradata, frame or quality control)."""
        return self.construct not in RESERVED


def read_codebook(path: Path) -> tuple[Document, list[Problem]]:
    """Read codebook.csv: item and cells of each row, and every row of another width or with an item that was before.

    Raises `UserError` where it is no such table.
    """
    table = read_table(path, COLUMNS)
    problems = list(table.problems)
    items: dict[str, dict[str, object]] = {}
    lines: dict[tuple[str, ...], int] = {}
    for line, cells in table.rows:
        name = cells["item"]
        if name in items:
            first = lines[(name,)]
            found = f"the item '{name}' again (first in line {first})"
            problems.append(Problem(path.name, f"line {line}, column item", found, "each item once"))
            continue
        lines[(name,)] = line
        data: dict[str, object] = {key: cells[key] for key in COLUMNS[1:6]}
        wording = {"nl": cells["wording_nl"], "en": cells["wording_en"]}
        short = {column.removeprefix("label_"): cells.get(column, "") for column in LABELS}
        data |= {"label": short if any(short.values()) else None}
        items[name] = data | {"name": name, "wording": wording, "asked_if": cells["asked_if"] or None}
    for line, name in table.misfits:
        lines.setdefault((name,), line)
    if not lines:
        raise UserError(Problem(path.name, "", "no items", "one row per question"))
    return Document(path, items, lines, SHOWN), problems


def parse_codebook(document: Document) -> tuple[dict[str, Item], list[Problem]]:
    """Check every row of codebook.csv: the items that are right, and every problem."""
    items: dict[str, Item] = {}
    problems: list[Problem] = []
    for name, data in document.data.items():
        try:
            items[name] = parse(Item, document, data, (name,))
        except UserError as error:
            problems.extend(error.problems)
    return items, problems


def routing_order(items: dict[str, Item]) -> list[str]:
    """Order the items so that each comes after those that decide whether it is asked; ValueError for a circle."""
    order: list[str] = []
    open_: list[str] = []

    def visit(name: str) -> None:
        if name in open_:
            raise ValueError(" -> ".join([*open_[open_.index(name) :], name]))
        if name in order or name not in items:
            return
        open_.append(name)
        condition = items[name].asked_if
        for gate in condition.names if condition is not None else ():
            visit(gate)
        open_.pop()
        order.append(name)

    for name in items:
        visit(name)
    return order
