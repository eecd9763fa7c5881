"""JSON Schemas of config.yaml and of the study files, made from the same models that check them."""

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from inspraak.study.claims import Header
from inspraak.study.configuration import Configuration
from inspraak.study.declarations import Name
from inspraak.study.indices import Index
from inspraak.study.kinds import KINDS
from inspraak.study.scales import Scale
from inspraak.study.study import Survey

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """Give the schema of each file by its stem; every key is described, unknown keys are refused."""
    return {
        "config": _schema(Configuration, "config.yaml"),
        "study": _schema(Survey, "study.yaml"),
        "scales": _schema(dict[Name, Scale], "scales.yaml"),
        "indices": _schema(dict[Name, Index], "indices.yaml"),
        "hypotheses": _claims(),
    }


def _schema(shape: Any, title: str) -> dict[str, Any]:
    return {"$schema": DIALECT, **TypeAdapter(shape).json_schema(by_alias=True), "title": title}


def _claims() -> dict[str, Any]:
    """Give the schema of hypotheses.yaml: a header, and the keys of one kind or of several parts."""
    parts = [TypeAdapter(kind).json_schema(ref_template="#/$defs/{model}") for kind in KINDS.values()]
    definitions: dict[str, Any] = {}
    for part in parts:
        definitions |= part.pop("$defs", {})
    header = TypeAdapter(Header).json_schema(ref_template="#/$defs/{model}")
    definitions |= header.pop("$defs", {})
    shared = {name: field for name, field in header["properties"].items() if name != "name"}
    alone = [_with_header(part, shared, header["required"]) for part in parts]
    several = {
        "type": "object",
        "title": "Claim of several parts",
        "description": "Keys beside parts hold for every part that does not say otherwise.",
        "properties": {**shared, "parts": {"type": "object", "additionalProperties": {"type": "object"}}},
        "required": [*(name for name in header["required"] if name != "name"), "parts"],
    }
    defaults = {"type": "object", "description": "What holds for every claim that does not say otherwise."}
    return {
        "$schema": DIALECT,
        "title": "hypotheses.yaml",
        "type": "object",
        "properties": {"defaults": defaults},
        "additionalProperties": {"anyOf": [*alone, several]},
        "$defs": definitions,
    }


def _with_header(part: dict[str, Any], shared: dict[str, Any], required: list[str]) -> dict[str, Any]:
    needed = [*(name for name in required if name != "name"), *part.get("required", [])]
    return {**part, "properties": {**shared, **part["properties"]}, "required": needed}


def write_schemas(folder: Path) -> None:
    """Write every schema as `<stem>.schema.json`."""
    for stem, schema in schemas().items():
        text = json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        (folder / f"{stem}.schema.json").write_text(text, encoding="utf-8")
