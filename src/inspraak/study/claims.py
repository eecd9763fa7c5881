"""Claims: what the study declares, each with its test or tests, direction, family and source."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, SerializeAsAny

from inspraak.errors import Problem, UserError, near_match
from inspraak.study.declarations import Declared, Document, Name, Names, Text, parse, parse_partly
from inspraak.study.kinds import DIRECTED, IN_EXPLAINED, KINDS
from inspraak.study.messages import Keys, shown
from inspraak.study.parts import Part
from inspraak.study.problems import Gathered
from inspraak.study.waves import WaveNames

Family = Literal["confirmatory", "exploratory", "none"]


class Source(Declared):
    """Where a claim comes from."""

    file: str
    """The text that makes the claim."""
    phrase: str
    """Its own words."""


class Header(Declared):
    """What a claim says of itself, whatever its test."""

    name: Name
    """Its name, such as H1."""
    wording: Text
    """The claim in one plain sentence."""
    family: Family
    """Family for multiplicity: confirmatory (Holm), exploratory (Benjamini-Hochberg), none."""
    source: Source | None = None
    """The text that makes the claim, and its words."""
    waves: WaveNames | None = None
    """Where it is tested; every wave by default."""


class Claim(Header):
    """One claim of the study, tested by one part or by several."""

    parts: dict[str, SerializeAsAny[Part]] = Field(min_length=1)
    """The tests; a claim of one kind has one part without a name."""

    @property
    def kind(self) -> str:
        """Give the kinds of the parts, joined by a plus sign."""
        return "+".join(dict.fromkeys(part.kind for part in self.parts.values()))

    @property
    def smallest_effect(self) -> float:
        """Give the smallest effect of interest of the first part."""
        return next(iter(self.parts.values())).smallest_effect


class Defaults(Declared):
    """What holds for every claim that does not say otherwise."""

    controls: Names = ()
    """Columns that are held constant."""
    smallest_effect: float = Field(default=0.10, gt=0)
    """Smallest effect of interest, in SD of y per SD of x."""


HEADER = (*(key for key in Header.model_fields if key != "name"), "parts")
DEFAULTS = "defaults"


def parse_claims(document: Document) -> tuple[dict[str, Claim], list[Problem]]:
    """Check hypotheses.yaml and fill in the defaults: the claims that are right, and every problem.

    A claim whose only mistake is a required key without a value, told when the file was read, adds no problem.
    """
    if not isinstance(document.data, Mapping):
        return {}, parse_partly(dict[str, Any], document, document.data)[1]
    defaults, problems = _defaults(document)
    claims: dict[str, Claim] = {}
    for name, body in document.data.items():
        if name == DEFAULTS:
            continue
        try:
            claims[str(name)] = _claim(str(name), body, defaults, document)
        except UserError as error:
            problems.extend(error.problems)
    return claims, problems


def _defaults(document: Document) -> tuple[dict[str, Any], list[Problem]]:
    if DEFAULTS not in document.data:
        return {}, []
    try:
        declared = parse(Defaults, document, document.data[DEFAULTS], (DEFAULTS,))
    except UserError as error:
        return {}, list(error.problems)
    return {key: getattr(declared, key) for key in declared.model_fields_set}, []


def _claim(name: str, body: Any, defaults: dict[str, Any], document: Document) -> Claim:
    if not isinstance(body, dict):
        raise UserError(document.problem((name,), shown(body), "the keys of a claim: kind, family, wording"))
    gathered = Gathered()
    header: Header | None = None
    parts: dict[str, Part] = {}
    with gathered.noting():
        said = {key: value for key, value in body.items() if key in Header.model_fields and key != "name"}
        header = parse(Header, document, said | {"name": name}, (name,))
    for label, keys, content in _bodies(name, body, document, gathered):
        with gathered.noting():
            parts[label] = _part(document, keys, _defaults_of(content, defaults) | content)
    if parts and not any(part.necessary for part in parts.values()):
        gathered.add([document.problem((name,), "no necessary part", "at least one part that decides")])
    gathered.refuse()
    if header is None or not parts:
        raise UserError([])
    return Claim(**dict(header), parts=parts)


def _defaults_of(body: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """Give the defaults that are meant for a kind of test."""
    if body.get("kind") not in IN_EXPLAINED:
        return defaults
    return {key: value for key, value in defaults.items() if key != "smallest_effect"}


def _bodies(
    name: str, body: dict[str, Any], document: Document, gathered: Gathered
) -> list[tuple[str, Keys, dict[str, Any]]]:
    """Give label, place and content of every part of a claim; a claim of one kind is one part without a label."""
    shared = {str(key): value for key, value in body.items() if key not in HEADER}
    if "parts" not in body:
        return [("", (name,), shared)]
    parts = body["parts"]
    if not isinstance(parts, dict) or not parts:
        gathered.add([document.problem((name, "parts"), shown(parts), "a name and a test for each part")])
        return []
    bodies: list[tuple[str, Keys, dict[str, Any]]] = []
    for label, content in parts.items():
        keys = (name, "parts", str(label))
        if isinstance(content, dict):
            own = {str(key): value for key, value in content.items()}
            bodies.append((str(label), keys, shared | own))
        else:
            gathered.add([document.problem(keys, shown(content), "the keys of a test: kind, x, y")])
    return bodies


def _part(document: Document, keys: Keys, body: dict[str, Any]) -> Part:
    kind = body.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        found = "no key 'kind'" if kind is None else shown(kind)
        raise UserError(document.problem((*keys, "kind"), found, f"one of {', '.join(KINDS)}", words=KINDS))
    gathered = Gathered()
    if kind in DIRECTED and body.get("sign") is None:
        gathered.add([document.problem(keys, "no key 'sign'", "the direction that is claimed, '+' or '-'")])
    fields = KINDS[kind].model_fields
    header = Header.model_fields if len(keys) == 1 else {}
    words = sorted({*fields, *header} - {"name"})
    for key in [key for key in body if key not in fields]:
        found, expected = f"the key '{key}'", f"one of {', '.join(words)} (for kind {kind})"
        place = document.place((*keys, key))
        gathered.add([Problem(document.path.name, place, found, expected, near_match(key, words))])
    for key in [key for key, value in body.items() if value is None]:
        gathered.add(
            [document.problem((*keys, key), "nothing", "a value, or no such key ([] for no columns)")]
        )
    part: Part | None = None
    with gathered.noting():
        known = {key: value for key, value in body.items() if key in fields and value is not None}
        part = parse(KINDS[kind], document, known, keys)
    gathered.refuse()
    if part is None:
        raise UserError([])
    return part
