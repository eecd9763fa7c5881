"""Reading YAML as people write it, and saying in plain words where it is no YAML."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from inspraak.errors import Problem, UserError
from inspraak.study.documents import Document, read_text

MOST_VALUES = 200_000
OTHER_BLANK = re.compile(r" *[^\S \t\r\n]")
Lines = dict[tuple[str, ...], int]


class _Loader(yaml.SafeLoader):
    """YAML 1.2's core scalars: `yes`, `no`, dates and octal-looking codes stay what the user typed."""


class _FastLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same in C where PyYAML has it, ten times faster; its words for what is no YAML are other ones."""


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
_FastLoader.yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers

QUOTES = "quotation marks around a text that begins so"
CLOSED = "the bracket closed, and a comma between two entries"
# What the parser says, what that means for who wrote it, and whether it counts where the part began.
SAID: tuple[tuple[str, str, str, bool], ...] = (
    (r"character '\\t'", "a tab", "spaces before a key, no tabs", False),
    (r"character '(.+)' that cannot start", "a text that begins with {}", QUOTES, False),
    (r"undefined alias '(.+)'|undefined alias \"(.+)\"", "a text that begins with *", QUOTES, False),
    (r"alphabetic or numeric character", "a text that begins with * or &", QUOTES, False),
    (r"constructor for the tag|tag handle|tag URI", "a text that begins with !", QUOTES, False),
    (
        r"mapping values are not allowed",
        "a colon where no key can stand",
        "quotation marks around a text with a colon, or braces as in {{nl: ..., en: ...}}",
        False,
    ),
    (r"could not find expected ':'", "a line without a colon", "a key, a colon, a space and a value", True),
    (r"expected ',' or '[}}\]]'", "a bracket that is not closed, or no comma", CLOSED, True),
    (r"unexpected end of stream", "a quotation mark that is not closed", "a closing quotation mark", True),
    (r"expected <block end>", "a line that is not in line with the others", "keys of one level below another", False),
    (r"sequence entries are not allowed", "a dash where no list can stand", "a list below its key", False),
    (r"expected '<document start>'", "text after the end", "one mapping of keys in the whole file", False),
    (r"found another document", "a line --- and a second document", "one document in a file", False),
    (r"unknown escape character", "a backslash in double quotation marks", "single quotation marks around it", False),
    (r"special characters are not allowed", "a sign that no text has", "a text saved as UTF-8", False),
    (r"unhashable key", "a list or braces as a key", "a text as a key", False),
    (r"for merging", "something else than keys after <<:", "a mapping that was given a name with &", False),
)  # fmt: skip


def read_yaml(path: Path) -> Document:
    """Read one YAML file; raises `UserError` where it is missing, not YAML, or says a key twice or without value."""
    document, problems = read_yaml_partly(path)
    if problems:
        raise UserError(problems)
    return document


def read_yaml_partly(path: Path) -> tuple[Document, list[Problem]]:
    """Read one YAML file without the keys that have no value; list those, and the keys that are said twice.

    Raises `UserError` where the file is missing or not YAML.
    """
    text = read_text(path)
    try:
        return _read(path, text, _FastLoader)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError):
        pass  # read again for the words of the other loader
    try:
        return _read(path, text, _Loader)
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise UserError(_in_plain_words(path, text, error)) from error
    except RecursionError as error:
        found, expected = "brackets in brackets without end", "fewer levels, and no name inside itself"
        raise UserError(Problem(path.name, "", found, expected)) from error


def _read(path: Path, text: str, loader_class: type[Any]) -> tuple[Document, list[Problem]]:
    lines: Lines = {(): 1}
    loader = loader_class(text)
    node = loader.get_single_node()
    problems = list(_walk(path, node, (), lines)) if node is not None else []
    data = loader.construct_document(node) if node is not None else None
    return Document(path, data, lines), problems


def _walk(path: Path, node: yaml.Node, keys: tuple[str, ...], lines: Lines) -> Iterable[Problem]:
    """Note the line of every key below `node`; list each key said twice, and each without value (taken out)."""
    if len(lines) > MOST_VALUES:
        raise ValueError(f"more than {MOST_VALUES:,} values")
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in tuple(node.value):
            name = str(key.value)
            place = f"line {key.start_mark.line + 1}"
            if name in seen:
                yield Problem(path.name, place, f"the key '{name}' a second time", "each key once")
            seen.add(name)
            lines[(*keys, name)] = key.start_mark.line + 1
            if isinstance(value, yaml.ScalarNode) and value.value == "" and not value.style:
                yield Problem(path.name, place, f"no value for '{name}'", "a value, or no such key")
                node.value.remove((key, value))
            yield from _walk(path, value, (*keys, name), lines)
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            lines[(*keys, str(position))] = value.start_mark.line + 1
            yield from _walk(path, value, (*keys, str(position)), lines)


def _in_plain_words(path: Path, text: str, error: Exception) -> Problem:
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error).splitlines()[0]
    ended, began = (getattr(error, name, None) for name in ("problem_mark", "context_mark"))
    line = ended.line + 1 if ended is not None else _line_at(text, getattr(error, "position", None))
    if line and OTHER_BLANK.match("\n".join(text.splitlines()[line - 1 : line])):
        return Problem(path.name, f"line {line}", "a blank that is no space", "spaces before a key")
    shown, expected = said, "valid YAML"
    for pattern, found, wanted, where_it_began in SAID:
        match = re.search(pattern, said)
        if match is not None:
            line = began.line + 1 if where_it_began and began is not None else line
            shown, expected = found.format(*(group for group in match.groups() if group)), wanted.format()
            break
    return Problem(path.name, f"line {line}" if line else "", shown, expected)


def _line_at(text: str, position: int | None) -> int | None:
    return None if position is None else text[:position].count("\n") + 1
