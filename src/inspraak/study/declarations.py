"""Read the declared words of a study (YAML, CSV) and say what is wrong with them, line by line."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter, ValidationError

from inspraak.errors import Problem, UserError, near_match

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
"""Name of an item, variable, index or claim: a letter, then letters, digits and underscores."""


class Declared(BaseModel):
    """Base of everything that a user declares: frozen, and an unknown key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Text(Declared):
    """A text for people, in Dutch and English."""

    nl: Annotated[str, StringConstraints(min_length=1)]
    """The Dutch text."""
    en: Annotated[str, StringConstraints(min_length=1)]
    """The English text."""

    def __getitem__(self, language: str) -> str:
        """Give the text in `language` ("nl" or "en")."""
        return {"nl": self.nl, "en": self.en}[language]


@dataclass(frozen=True)
class Document:
    """A YAML file as read: its path, its data, and the line on which each key stands."""

    path: Path
    data: Any
    lines: Mapping[tuple[str, ...], int]

    def place(self, keys: Iterable[object]) -> str:
        """Describe where `keys` lead: 'line 12, waves.2018.files' (the nearest known line)."""
        parts = tuple(str(key) for key in keys)
        for length in range(len(parts), -1, -1):
            if parts[:length] in self.lines:
                dotted = ".".join(parts)
                return f"line {self.lines[parts[:length]]}" + (f", {dotted}" if dotted else "")
        return ".".join(parts)

    def problem(
        self, keys: Iterable[object], found: str, expected: str, *, words: Iterable[object] | None = None
    ) -> Problem:
        """Make the problem of the value at `keys`; `words` are what it might have been meant to be."""
        near = near_match(found.strip("'"), words) if words is not None else None
        return Problem(self.path.name, self.place(keys), found, expected, near)


class _Loader(yaml.SafeLoader):
    """YAML 1.2's core scalars: `yes`, `no`, dates and octal-looking codes stay what the user typed."""


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|)$"), ["~", "n", ""])
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789")
)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"),
    list("-+0123456789."),
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])


def read_yaml(path: Path) -> Document:
    """Read one YAML file; raises `UserError` where it is missing, not YAML, or says a key twice."""
    text = read_text(path)
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        lines: dict[tuple[str, ...], int] = {(): 1}
        problems = list(_walk(path, node, (), lines)) if node is not None else []
        data = loader.construct_document(node) if node is not None else {}
    except (yaml.YAMLError, ValueError, TypeError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark is not None else ""
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise UserError(Problem(path.name, place, what, "valid YAML")) from error
    if problems:
        raise UserError(problems)
    return Document(path, data, lines)


def _walk(
    path: Path, node: yaml.Node, keys: tuple[str, ...], lines: dict[tuple[str, ...], int]
) -> Iterable[Problem]:
    """Note the line of every key below `node` and yield a problem for each key said twice."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            line = key.start_mark.line + 1
            if name in seen:
                yield Problem(path.name, f"line {line}", f"the key '{name}' a second time", "each key once")
            seen.add(name)
            lines[(*keys, name)] = line
            yield from _walk(path, value, (*keys, name), lines)
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            lines[(*keys, str(position))] = value.start_mark.line + 1
            yield from _walk(path, value, (*keys, str(position)), lines)


def read_text(path: Path) -> str:
    """Read a UTF-8 text (with or without byte-order mark); raises `UserError` where that is not possible."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        siblings = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        near = near_match(path.name, siblings)
        raise UserError(Problem(str(path), "", "no such file", "a file here", near)) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problem = Problem(path.name, f"line {line}", "bytes that are no UTF-8", "a text saved as UTF-8")
        raise UserError(problem) from error
    except OSError as error:
        raise UserError(
            Problem(str(path), "", error.strerror or "an error", "a file that can be read")
        ) from error


def read_csv(path: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Read a small declared CSV (comma, UTF-8): line number and cells by column, without blank lines.

    Raises `UserError` where a column of `columns` is missing or a row has more or fewer cells than the header.
    """
    reader = csv.reader(read_text(path).splitlines())
    rows = [(reader.line_num, [cell.strip() for cell in row]) for row in reader]
    header = rows[0][1] if rows else []
    missing = [column for column in columns if column not in header]
    problems = [
        Problem(
            path.name,
            "line 1",
            f"no column '{name}'",
            f"the columns {', '.join(columns)}",
            near_match(name, header),
        )
        for name in missing
    ]
    problems += [
        Problem(path.name, f"line {line}", f"{len(row)} cells", f"{len(header)} cells as in the header")
        for line, row in rows[1:]
        if any(row) and len(row) != len(header)
    ]
    if problems:
        raise UserError(problems)
    return [(line, dict(zip(header, row))) for line, row in rows[1:] if any(row)]


Shape = TypeVar("Shape")


def parse(shape: type[Shape], document: Document, data: object, keys: tuple[object, ...] = ()) -> Shape:
    """Check `data`, found at `keys` of the document, against a type; one `UserError` lists every problem."""
    try:
        return TypeAdapter(shape).validate_python(data)
    except ValidationError as error:
        raise UserError([_problem(shape, document, keys, dict(item)) for item in error.errors()]) from error


def _problem(shape: object, document: Document, keys: tuple[object, ...], error: dict[str, Any]) -> Problem:
    """Turn one pydantic error into found, expected and near match."""
    steps = tuple(part for part in error["loc"] if part != "[key]")
    location, kind, found = (*keys, *steps), error["type"], _shown(error.get("input"))
    if kind == "extra_forbidden":
        words = sorted(_fields_at(shape, steps[:-1]))
        key, expected = str(steps[-1]), f"one of {', '.join(words)}"
        place, near = document.place(location), near_match(key, words)
        return Problem(document.path.name, place, f"the key '{key}'", expected, near)
    if kind == "missing":
        return document.problem(location[:-1], f"no key '{steps[-1]}'", "that key, it is required")
    if kind in ("literal_error", "enum", "union_tag_invalid"):
        listed = error["ctx"].get("expected", error["ctx"].get("expected_tags", ""))
        words = [word.strip(" '") for word in listed.replace(" or ", ", ").split(",")]
        return document.problem(location, found, f"one of {', '.join(words)}", words=words)
    if kind == "value_error":
        return document.problem(location, found, str(error["ctx"]["error"]))
    if kind == "string_pattern_mismatch":
        return document.problem(location, found, "a letter, then letters, digits and underscores")
    message = error["msg"].removeprefix("Input should be ").removeprefix("Value error, ")
    return document.problem(location, found, message[:1].lower() + message[1:])


def _fields_at(shape: object, steps: tuple[object, ...]) -> set[str]:
    """Give the keys that are known where `steps` lead inside the type (union members are merged)."""
    models = _models(shape)
    for step in steps:
        inner: set[type[BaseModel]] = set()
        for candidate in models:
            field = candidate.model_fields.get(str(step))
            inner |= _models(field.annotation) if field is not None else set()
        models = inner or models
    return {name for candidate in models for name in candidate.model_fields}


def _models(annotation: object) -> set[type[BaseModel]]:
    """Give every model that an annotation speaks of, inside containers and unions too."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return set().union(*(_models(part) for part in get_args(annotation))) if get_args(annotation) else set()


def _shown(value: object) -> str:
    """Show a value shortly, as a user would type it."""
    text = f"'{value}'" if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."
