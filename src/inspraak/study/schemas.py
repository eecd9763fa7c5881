"""JSON Schemas of config.yaml and of the study files, made from the same models that check them."""

import ast
import inspect
import json
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import TypeAdapter

from inspraak.study.claims import Header
from inspraak.study.configuration import Configuration
from inspraak.study.declarations import Declared, Name
from inspraak.study.factor_models import DeclaredModel
from inspraak.study.indices import MODELS, Index
from inspraak.study.kinds import KINDS
from inspraak.study.scales import Scale
from inspraak.study.study import Survey

DEFAULTS = ("controls", "smallest_effect")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """Give the schema of each file by its stem; every key is described, unknown keys are refused."""
    return {
        "config": _schema(Configuration, "config.yaml"),
        "study": _survey(),
        "scales": _schema(dict[Name, Scale], "scales.yaml"),
        "indices": _indices(),
        "hypotheses": _claims(),
    }


def _schema(shape: Any, title: str) -> dict[str, Any]:
    return {"$schema": DIALECT, **_model_schema(shape), "title": title}


def _model_schema(shape: Any) -> dict[str, Any]:
    """Give the JSON Schema of a declared type; what follows each field in the source describes it."""
    schema: dict[str, Any] = TypeAdapter(shape).json_schema(ref_template="#/$defs/{model}")
    models = {model.__name__: model for model in _subclasses(Declared)}
    for found in (schema, *schema.get("$defs", {}).values()):
        model = models.get(found.get("title", ""))
        if model is None:  # a mapping of models has no fields of its own
            continue
        for name, text in _field_docstrings(model).items():
            key = model.model_fields[name].alias or name
            described = {"description": text} | found["properties"][key]
            found["properties"][key] = dict(sorted(described.items()))  # as pydantic orders them
    return schema


def _subclasses(base: type[Declared]) -> list[type[Declared]]:
    return [model for child in base.__subclasses__() for model in (child, *_subclasses(child))]


def _field_docstrings(model: type[Declared]) -> dict[str, str]:
    """Give the text under each field of a model and of the models that it extends.

    Read only here: pydantic can do it too (`use_attribute_docstrings`), but then in every job, at a third of a second.
    """
    found: dict[str, str] = {}
    for part in reversed(model.__mro__):
        module = inspect.getmodule(part)
        if issubclass(part, Declared) and module is not None:
            found |= _docstrings_of(module).get(part.__name__, {})
    return found


@cache
def _docstrings_of(module: ModuleType) -> dict[str, dict[str, str]]:
    """Give the texts under the fields of every class of a module."""
    classes = [node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.ClassDef)]
    return {
        node.name: {
            field.target.id: inspect.cleandoc(text.value.value)
            for field, text in pairwise(node.body)
            if isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
            and isinstance(text.value.value, str)
        }
        for node in classes
    }


def _survey() -> dict[str, Any]:
    schema = _schema(Survey, "study.yaml")
    schema["properties"]["employer"]["anyOf"].append(
        {"type": "string"}
    )  # the item alone, without a crosswalk
    return schema


def _indices() -> dict[str, Any]:
    """Give the schema of indices.yaml: indices by name, and the measurement models under a key of their own."""
    schema = _schema(dict[Name, Index], "indices.yaml")
    models = _model_schema(dict[Name, DeclaredModel])
    schema["$defs"] = dict(sorted((schema["$defs"] | models.pop("$defs")).items()))
    ((pattern, index),) = schema.pop("patternProperties").items()
    return {
        **schema,
        "properties": {MODELS: {"description": "Measurement models by name.", **models}},
        "propertyNames": {"pattern": pattern},
        "additionalProperties": index,
    }


KEYS: dict[str, str] = {
    "kind": "The kind of test.",
    "x": "What goes together with the outcome: an item, variable or index (or several).",
    "y": "The outcome, or several: the claim then needs each of them.",
    "model": "How the outcome is modelled; for a measurement, the factors.",
    "compare": "Two groups of employers: the mean of the high one less that of the low one.",
    "coefficients": "A sum of standardised slopes: each column and the number its slope is multiplied by.",
    "difference_in_differences": "Two conditions: is the difference by the one larger where the other holds.",
    "group": "A variable with categories, or an item with codes.",
    "category": "One category against the rest; by default each.",
    "by": "What slopes may differ by: variables with categories or items with codes.",
    "moderator": "What the association may depend on.",
    "low": "Percentile of the moderator at which the lower slope is taken.",
    "high": "Percentile of the moderator at which the higher slope is taken.",
    "non_inferiority": "How much smaller a slope may be and still count as no smaller.",
    "mediators": "What x and the outcome go together by way of.",
    "order": "Mediators beside each other (parallel) or one after the other (serial).",
    "expectation": "What was expected.",
    "fulfilment": "What came of it.",
    "conditions": "What the outcome is claimed to need.",
    "baseline": "What is there before x is added.",
    "lag": "0: change in the same waves; 1: change in y one wave later.",
    "method_variance": "Claims that are tested again with a marker held constant.",
    "items": "The items.",
    "outcomes": "What is compared between the classes.",
    "classes": "The largest number of classes that is tried.",
    "reason": "Why no question carries the claim.",
}
"""What the keys of the kinds of test mean."""


def _claims() -> dict[str, Any]:
    """Give the schema of hypotheses.yaml: a header, and the keys of one kind or of several parts."""
    parts = [_model_schema(kind) for kind in KINDS.values()]
    definitions: dict[str, Any] = {}
    for part in parts:
        definitions |= part.pop("$defs", {})
        part["properties"] = {key: _described(key, value) for key, value in part["properties"].items()}
    header = _model_schema(Header)
    definitions |= header.pop("$defs", {})
    shared = {name: field for name, field in header["properties"].items() if name != "name"}
    required = [name for name in header["required"] if name != "name"]
    every = {key: _meaning(value) for part in parts for key, value in part["properties"].items()}
    common = {key: parts[0]["properties"][key] for key in DEFAULTS}
    claims = [
        {**part, "properties": {**shared, **part["properties"]}, "required": [*required, *part["required"]]}
        for part in parts
    ]
    return {
        "$schema": DIALECT,
        "title": "hypotheses.yaml",
        "type": "object",
        "properties": {
            "defaults": _closed("What holds for every claim that does not say otherwise.", common)
        },
        "additionalProperties": {"anyOf": [*claims, _several(shared, every, required)]},
        "$defs": definitions,
    }


def _several(shared: dict[str, Any], every: dict[str, Any], required: list[str]) -> dict[str, Any]:
    """Give the schema of a claim of several parts, each with the keys of its kind."""
    part = _closed("One test, with the keys of its kind.", every)
    listed = {"type": "object", "minProperties": 1, "additionalProperties": part}
    parts = {**listed, "description": "The tests by name."}
    text = "Keys beside parts hold for every part that does not say otherwise."
    closed = _closed(text, {**every, **shared, "parts": parts})
    return {**closed, "title": "Claim of several parts", "required": [*required, "parts"]}


def _closed(description: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "properties": properties,
        "additionalProperties": False,
    }


def _described(key: str, field: dict[str, Any]) -> dict[str, Any]:
    """Add what a key means, and that one column may stand for a list of one."""
    one_or_more = key in ("x", "y") and field.get("type") == "array" and "minItems" not in field
    several = {"type": "array", "items": field.get("items"), "minItems": 1}
    shape = {"title": field["title"], "anyOf": [field["items"], several]} if one_or_more else field
    return {**shape, "description": field.get("description", KEYS.get(key))}


def _meaning(field: dict[str, Any]) -> dict[str, Any]:
    return {"description": field["description"]}


def write_schemas(folder: Path) -> None:
    """Write every schema as `<stem>.schema.json`."""
    for stem, schema in schemas().items():
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        (folder / f"{stem}.schema.json").write_text(text, encoding="utf-8")
