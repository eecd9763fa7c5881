"""The codebook: one row per question, with its scale, routing and wording."""

from pathlib import Path
from typing import Literal, get_args

from pydantic import ConfigDict, field_validator
from pydantic.dataclasses import dataclass

from inspraak.errors import Problem, UserError, near_match
from inspraak.study.conditions import ConditionText
from inspraak.study.declarations import Document, Name, Text, parse, read_csv

COLUMNS = ("item", "construct", "scale", "reversed", "asked_if", "source", "wording_nl", "wording_en")
Reserved = Literal["paradata", "frame", "quality_control"]
RESERVED: tuple[str, ...] = get_args(Reserved)
"""Constructs that are no subject of the survey: not counted for break-offs, not in tables of answers."""


@dataclass(frozen=True, config=ConfigDict(extra="forbid", use_attribute_docstrings=True), kw_only=True)
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


def read_codebook(path: Path) -> dict[str, Item]:
    """Read codebook.csv; raises `UserError` with every row that is wrong and every item that stands twice."""
    items: dict[str, Item] = {}
    problems: list[Problem] = []
    for line, cells in read_csv(path, COLUMNS):
        document = Document(path, None, {(): line})
        wording = {"nl": cells["wording_nl"], "en": cells["wording_en"]}
        data: dict[str, object] = {key: cells[key] for key in COLUMNS[1:6]}
        data |= {"name": cells["item"], "wording": wording, "asked_if": cells["asked_if"] or None}
        try:
            item = parse(Item, document, data)
        except UserError as error:
            problems.extend(error.problems)
            continue
        if item.name in items:
            problems.append(
                Problem(path.name, f"line {line}", f"the item '{item.name}' again", "each item once")
            )
        items[item.name] = item
    if problems:
        raise UserError(problems)
    if not items:
        raise UserError(Problem(path.name, "", "no items", "one row per question"))
    return items


def unknown_scales(path: Path, items: dict[str, Item], scales: set[str]) -> list[Problem]:
    """List the items whose scale is not declared in scales.yaml."""
    return [
        Problem(
            path.name,
            f"item {item.name}, scale",
            f"'{item.scale}'",
            "a scale of scales.yaml",
            near_match(item.scale, scales),
        )
        for item in items.values()
        if item.scale not in scales
    ]
