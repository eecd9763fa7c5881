"""What is wrong with a declared value, in the words of who declared it: found, expected and near match."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from inspraak.errors import Problem, near_match
from inspraak.study.documents import Document

Keys = tuple[object, ...]
LONGEST = 60
PATTERNS = {
    "^[A-Za-z][A-Za-z0-9_]*$": "a letter, then letters, digits and underscores",
    "^[A-Za-z0-9-]+$": "letters, digits and hyphens, no spaces",
    "^[0-9a-f]{64}$": "64 hexadecimal digits",
}
KINDS = {
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller number",
    "finite_number": "a number that is not infinite",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "string_too_short": "a text that is not empty",
    "string_too_long": "a single sign",
    "greater_than": "a number above {gt:g}",
    "greater_than_equal": "a number of at least {ge:g}",
    "less_than": "a number below {lt:g}",
    "less_than_equal": "a number of at most {le:g}",
    "too_short": "at least {min_length}",
    "too_long": "{max_length} values",
}


def problems_of(
    shape: object, document: Document, keys: Keys, data: object, error: ValidationError
) -> list[Problem]:
    """Turn what a type says of `data`, found at `keys` of the document, into one problem per mistake."""
    found: dict[Keys, list[Problem]] = {}
    several_shapes: set[Keys] = set()
    for item in error.errors():
        steps = _followed(data, item["loc"])
        problem = _problem(shape, document, keys, steps, dict(item))
        if problem is None:
            continue
        if item["type"] == "missing":
            steps = (*steps, item["loc"][-1])
        elif len(steps) < sum(step != "[key]" for step in item["loc"]):
            several_shapes.add(steps)
        found.setdefault(steps, []).append(problem)

    def told_below(steps: Keys) -> bool:
        return any(len(other) > len(steps) and other[: len(steps)] == steps for other in found)

    return [
        _joined(problems)
        for steps, problems in found.items()
        if steps not in several_shapes or not told_below(steps)
    ]


def _joined(problems: list[Problem]) -> Problem:
    """Make one problem of those of one value, of which any of several shapes would do."""
    expected = " or ".join(dict.fromkeys(problem.expected for problem in problems))
    return replace(problems[0], expected=expected)


def _followed(data: object, location: Iterable[object]) -> Keys:
    """Give the steps that lead somewhere in the data; a type that allows several shapes adds their names."""
    steps: list[object] = []
    for step in location:
        if isinstance(data, Mapping):
            key = next((key for key in data if str(key) == str(step)), None)
            if key is None:
                continue
            data = data[key]
        elif isinstance(data, list | tuple) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            continue
        steps.append(step)
    return tuple(steps)


def _problem(
    shape: object, document: Document, keys: Keys, steps: Keys, error: dict[str, Any]
) -> Problem | None:
    """Describe one mistake; None for what follows from another one (a key without a value, a wrong entry)."""
    place, kind, found = (*keys, *steps), error["type"], shown(error.get("input"))
    if kind == "too_short" and len(error["input"]) >= error["ctx"]["min_length"]:
        return None
    if kind == "extra_forbidden":
        words = sorted(_fields_at(shape, steps[:-1]))
        key = str(steps[-1])
        near = near_match(key, words)
        expected = f"one of {', '.join(words)}"
        return Problem(document.path.name, document.place(place), f"the key '{key}'", expected, near)
    if kind == "missing":
        name = error["loc"][-1]
        if isinstance(name, int):
            return document.problem(place, f"{name} value{'s' * (name != 1)}", f"{name + 1} values")
        if (*(str(key) for key in place), str(name)) in document.lines:
            return None
        return document.problem(place, f"no key '{name}'", "that key, it is required")
    if kind in ("literal_error", "enum"):
        words = [word.strip(" '").lower() for word in _listed(error["ctx"]["expected"])]
        expected = f"one of {', '.join(words)}" if len(words) > 1 else words[0]
        return document.problem(place, found, expected, words=words)
    return document.problem(place, found, _expected(kind, error), words=None)


def _listed(words: str) -> list[str]:
    return words.replace(" or ", ", ").split(", ")


def _expected(kind: str, error: dict[str, Any]) -> str:
    value, context = error.get("input"), error.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "string_type":
        return "a text" + (" between quotation marks" if isinstance(value, int | float) else "")
    if kind == "string_pattern_mismatch":
        several = f"; or several, as a list: [{value}]" if ", " in str(value) else ""
        pattern = str(context["pattern"])
        return PATTERNS.get(pattern, pattern) + several
    if kind == "tuple_type":
        if str(value).startswith("-"):
            return "a list: a dash, a space and a value"
        return "a list" + (f": [{_typed(value)}]" if isinstance(value, str | int | float) else "")
    if kind in ("dict_type", "model_type", "dataclass_type"):
        named = {"Text": "a text in both languages: {nl: ..., en: ...}", "File": "a file: {path: ...}"}
        return named.get(context.get("class_name", ""), "keys, each with a value")
    if kind in KINDS:
        return KINDS[kind].format(**context)
    message = str(error["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _fields_at(shape: object, steps: Keys) -> set[str]:
    """Give the keys that are known where `steps` lead inside the type (union members are merged)."""
    models = _models(shape)
    for step in steps:
        inner: set[type[BaseModel]] = set()
        for candidate in models:
            fields = {field.alias or name: field for name, field in candidate.model_fields.items()}
            field = fields.get(str(step))
            inner |= _models_in(field) if field is not None else set()
        models = inner or models
    return {field.alias or name for model in models for name, field in model.model_fields.items()}


def _models_in(field: FieldInfo) -> set[type[BaseModel]]:
    return _models(field.annotation)


def _models(annotation: object) -> set[type[BaseModel]]:
    """Give every model that an annotation speaks of, inside containers and unions too."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return set().union(*(_models(part) for part in get_args(annotation))) if get_args(annotation) else set()


def shown(value: object) -> str:
    """Show a value shortly, as a user would type it; signs that nobody sees are spelled out."""
    text = _typed(value, outermost=True)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def _typed(value: object, *, outermost: bool = False) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        visible = value if value.isprintable() else ascii(value)[1:-1]
        return f"'{visible}'" if outermost else visible
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_typed(key)}: {_typed(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_typed(inner) for inner in value) + "]"
    return f"{value:.15g}" if isinstance(value, float) else str(value)
