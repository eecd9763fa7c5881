"""What a user declares, typed: the base of every declared word, and how data become words or problems."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from inspraak.errors import Problem, UserError
from inspraak.study.documents import Document, read_csv, read_text
from inspraak.study.messages import Keys, problems_of
from inspraak.study.yaml_documents import read_yaml

__all__ = [
    "Cell", "Declared", "Document", "Name", "Names", "Text", "parse", "parse_partly", "read_csv", "read_text",
    "read_yaml",
]  # fmt: skip

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
"""Name of an item, variable, index or claim: a letter, then letters, digits and underscores."""


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise ValueError(f"each name once ('{twice[0]}' stands there twice)")
    return names


Names = Annotated[tuple[Name, ...], AfterValidator(_each_once)]
"""Several names, none of them twice."""


def _no_truth_value(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError(f"a number or a text ('{str(value).lower()}' between quotation marks)")
    return value


Cell = Annotated[str | int | float, BeforeValidator(_no_truth_value)]
"""What a cell of a delivered file says."""


class Declared(BaseModel):
    """Base of everything that a user declares: frozen, and an unknown key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth(cls, value: Any, info: ValidationInfo) -> Any:
        """Refuse `true` for a number: it would count as 1."""
        if isinstance(value, bool) and not _takes_truth(cls.model_fields[str(info.field_name)].annotation):
            raise ValueError("another value than true or false")
        return value


def _takes_truth(annotation: object) -> bool:
    return annotation is bool or annotation is True or annotation is Any or any(
        _takes_truth(part) for part in get_args(annotation)
    )  # fmt: skip


class Text(Declared):
    """A text for people, in Dutch and English."""

    nl: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    """The Dutch text."""
    en: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    """The English text."""

    def __getitem__(self, language: str) -> str:
        """Give the text in `language` ("nl" or "en")."""
        return {"nl": self.nl, "en": self.en}[language]


Shape = TypeVar("Shape")


def parse(shape: type[Shape], document: Document, data: object, keys: Keys = ()) -> Shape:
    """Check `data`, found at `keys` of the document, against a type; one `UserError` lists every problem."""
    try:
        return TypeAdapter(shape).validate_python(data)
    except ValidationError as error:
        raise UserError(problems_of(shape, document, keys, data, error)) from error


def parse_partly(
    shape: type[Shape],
    document: Document,
    data: object,
    *,
    sections: frozenset[str] = frozenset(),
    instead: Mapping[str, object] | None = None,
) -> tuple[Shape | None, list[Problem]]:
    """Check a whole document and keep what is right of it; None where nothing can be kept.

    An entry with a mistake is left out: a key of the document, or below one of `sections` a key of that.
    `instead` stands in for keys that are required and wrong.
    """
    if not isinstance(data, Mapping):
        found = "an empty file" if data is None else "a list" if isinstance(data, list) else "a text"
        expected = "keys, each with a value ({} where there are none)"
        return None, [Problem(document.path.name, "", found, expected)]
    adapter = TypeAdapter(shape)
    try:
        return adapter.validate_python(data), []
    except ValidationError as error:
        problems = problems_of(shape, document, (), data, error)
        left = _without(data, {item["loc"] for item in error.errors()}, sections)
    try:
        return adapter.validate_python({**(instead or {}), **left}), problems
    except ValidationError:
        return None, problems


def _without(data: Mapping[Any, Any], wrong: set[Keys], sections: frozenset[str]) -> dict[Any, Any]:
    """Leave out the entries in which something is wrong."""
    tops = {str(location[0]) for location in wrong if location}
    left: dict[Any, Any] = {}
    for key, value in data.items():
        if str(key) not in tops:
            left[key] = value
        elif key in sections and isinstance(value, Mapping):
            bad = {str(location[1]) for location in wrong if len(location) > 1 and str(location[0]) == key}
            if bad:
                left[key] = {name: entry for name, entry in value.items() if str(name) not in bad}
    return left
