"""Indices: which items make a score, by which rule, and what a high score means."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from inspraak.errors import Problem
from inspraak.study.declarations import Declared, Document, Name, Names, Text, parse_partly
from inspraak.study.waves import WaveNames

MODELS = "models"
"""The key of indices.yaml that holds measurement models and no index."""
Rule = Literal["mean", "sum", "min", "product", "geometric_mean", "all_above_median"]


class Index(Declared):
    """One index on 0-100."""

    label: Text
    """Name for people."""
    theme: str
    """Theme of study.yaml under which it is reported."""
    type: Literal["reflective", "formative"]
    """Reflective: items mirror one thing (alpha is given); formative: items make it up (no alpha)."""
    items: Names = Field(min_length=1)
    """Items, variables with a range, or other indices."""
    rule: Rule = "mean"
    """How components on 0-100 become the score."""
    minimum_share: float = Field(default=0.5, gt=0, le=1)
    """Share of the components asked of an employer that must be answered."""
    waves: WaveNames | None = None
    """Where it is measured; every wave by default."""
    higher: Text | None = None
    """What a high score means."""


def parse_indices(document: Document) -> tuple[dict[str, Index], list[Problem]]:
    """Check indices.yaml but for its models: the indices that are right, and every problem."""
    data = document.data
    if isinstance(data, Mapping):
        data = {name: index for name, index in data.items() if name != MODELS}
    indices, problems = parse_partly(dict[Name, Index], document, data)
    return indices or {}, problems


def scoring_order(indices: dict[str, Index]) -> list[str]:
    """Order the indices so that each comes after those it is built from; raises ValueError for a circle."""
    order: list[str] = []
    open_: list[str] = []

    def visit(name: str) -> None:
        if name in open_:
            raise ValueError(" -> ".join([*open_[open_.index(name) :], name]))
        if name in order:
            return
        open_.append(name)
        for item in indices[name].items:
            if item in indices:
                visit(item)
        open_.pop()
        order.append(name)

    for name in indices:
        visit(name)
    return order
