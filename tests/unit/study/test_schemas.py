"""The JSON Schemas: those that are handed out are the ones of the models, and they describe every key."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from inspraak.study.schemas import schemas, write_schemas
from inspraak.study.yaml_documents import read_yaml

FOLDER = Path(__file__).parents[3] / "workflow" / "schemas"
STUDIES = Path(__file__).parents[3] / "studies"
STEMS = sorted(schemas())


def objects(schema: Any, place: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object with declared keys inside a schema."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield place, schema
        for key, value in schema.items():
            yield from objects(value, f"{place}/{key}")
    elif isinstance(schema, list):
        for position, value in enumerate(schema):
            yield from objects(value, f"{place}/{position}")


def test_the_schemas_that_are_handed_out_are_current(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    made = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    handed_out = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.schema.json")}
    assert sorted(made) == sorted(handed_out)
    assert [name for name in made if made[name] != handed_out[name]] == []


@pytest.mark.parametrize("stem", STEMS)
def test_every_key_is_described(stem: str) -> None:
    schema = schemas()[stem]
    undescribed = []
    for place, found in objects(schema):
        for key, value in found["properties"].items():
            target = value
            if not target.get("description") and "$ref" in target:
                target = schema["$defs"][target["$ref"].rpartition("/")[2]]
            if not target.get("description"):
                undescribed.append(f"{place}: {key}")
    assert undescribed == []


@pytest.mark.parametrize("stem", STEMS)
def test_unknown_keys_are_refused(stem: str) -> None:
    open_ = [
        place
        for place, found in objects(schemas()[stem])
        if "additionalProperties" not in found and not place.endswith("/discriminator")
    ]
    assert open_ == []


def test_schemas_are_plain_json() -> None:
    text = json.dumps(schemas())
    assert json.loads(text) == schemas()


@pytest.mark.parametrize(
    "study", sorted(path.name for path in STUDIES.iterdir() if (path / "study.yaml").exists())
)
def test_the_studies_fit_the_schemas(study: str) -> None:
    for stem in ("study", "scales", "indices", "hypotheses"):
        data = json.loads(json.dumps(read_yaml(STUDIES / study / f"{stem}.yaml").data))
        wrong = jsonschema.Draft202012Validator(schemas()[stem]).iter_errors(data)
        assert [f"{stem}: {list(error.absolute_path)}" for error in wrong] == []


def test_a_wrong_key_does_not_fit() -> None:
    validator = jsonschema.Draft202012Validator(schemas()["hypotheses"])
    claim = {
        "kind": "association",
        "family": "none",
        "sign": "+",
        "x": "a",
        "y": "b",
        "wording": {"nl": "a", "en": "a"},
    }
    assert validator.is_valid({"H1": claim, "defaults": {"controls": ["a"]}})
    assert not validator.is_valid({"H1": {**claim, "moderater": "c"}})
    assert not validator.is_valid({"H1": claim, "defaults": {"control": ["a"]}})
    header = {key: claim[key] for key in ("family", "wording")}
    parts = {"parts": {"main": {"kind": "trend", "y": "a"}}}
    assert validator.is_valid({"H1": {**header, **parts}})
    assert not validator.is_valid({"H1": {**header, **parts, "moderater": "c"}})
    assert not validator.is_valid({"H1": {**header, "parts": {"main": {"kind": "trend", "why": "a"}}}})
