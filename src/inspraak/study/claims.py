"""Claims: what the study declares, each with its test or tests, direction, family and source."""

from typing import Any, Literal

from pydantic import Field, SerializeAsAny

from inspraak.errors import Problem, UserError
from inspraak.study.declarations import Declared, Document, Name, Text, parse
from inspraak.study.kinds import DIRECTED, KINDS, Part

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
    waves: tuple[str, ...] | None = None
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


HEADER = (*(key for key in Header.model_fields if key != "name"), "parts")


def parse_claims(document: Document) -> dict[str, Claim]:
    """Check hypotheses.yaml and fill in the defaults; raises `UserError` with every problem of every claim."""
    data = document.data if isinstance(document.data, dict) else {}
    defaults: dict[str, Any] = data.get("defaults") or {}
    claims: dict[str, Claim] = {}
    problems: list[Problem] = []
    for name, body in data.items():
        if name == "defaults":
            continue
        try:
            claims[str(name)] = _claim(str(name), body, defaults, document)
        except UserError as error:
            problems.extend(error.problems)
    for key in set(defaults) - {"controls", "smallest_effect"}:
        problems.append(
            document.problem(("defaults", key), f"the key '{key}'", "controls or smallest_effect")
        )
    if problems:
        raise UserError(problems)
    return claims


def _claim(name: str, body: Any, defaults: dict[str, Any], document: Document) -> Claim:
    if not isinstance(body, dict):
        raise UserError(document.problem((name,), str(body), "the keys of a claim"))
    header = {key: body[key] for key in HEADER if key in body and key != "parts"}
    rest = {key: value for key, value in body.items() if key not in HEADER}
    claim = parse(Header, document, header | {"name": name}, (name,))
    if "parts" not in body:
        return Claim(**dict(claim), parts={"": _part(document, (name,), defaults | rest)})
    if not isinstance(body["parts"], dict) or not body["parts"]:
        raise UserError(
            document.problem((name, "parts"), str(body["parts"]), "a name and a test for each part")
        )
    parts: dict[str, Part] = {}
    problems: list[Problem] = []
    for part, content in body["parts"].items():
        try:
            inner = content if isinstance(content, dict) else {}
            parts[str(part)] = _part(document, (name, "parts", part), defaults | rest | inner)
        except UserError as error:
            problems.extend(error.problems)
    if problems:
        raise UserError(problems)
    return Claim(**dict(claim), parts=parts)


def _part(document: Document, keys: tuple[object, ...], body: dict[str, Any]) -> Part:
    kind = body.get("kind")
    if kind not in KINDS:
        found = "no key 'kind'" if kind is None else f"'{kind}'"
        raise UserError(document.problem((*keys, "kind"), found, f"one of {', '.join(KINDS)}", words=KINDS))
    if kind in DIRECTED and body.get("sign") is None:
        raise UserError(document.problem(keys, "no key 'sign'", "the direction that is claimed, '+' or '-'"))
    return parse(KINDS[kind], document, body, keys)
