"""No text of the results names an employer of the data that they were made from."""

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pandas as pd

from inspraak.errors import Problem
from inspraak.publishing.audit.results import Results

TEXTS = (".csv", ".html", ".json", ".svg", ".yaml", ".yml", ".txt", ".log", ".jsonld")
SHORTEST = 4
"""Names of fewer signs, and numbers of fewer digits, are words and counts like any other: nothing follows from them."""
SHORTEST_NUMBER = 6
_PICTURE = re.compile(r'data:image/svg\+xml,[^" ]*')
_SHAPE = re.compile(r'\b(d|x|y|style|transform)="[^"]*"')
_INLINE = re.compile(r"<t[ >][^<]*|<v>[^<]*[A-Za-z][^<]*")
_WORD = re.compile(rf"\w{{{SHORTEST},}}")


def audit_identifiers(results: Results) -> Iterator[Problem]:
    """Look for the identifiers of employers in every text; only where the processed data lie beside the results.

    What the study itself declares (its sources, its wordings) names no employer of the data.
    """
    if results.processed is None:
        return
    names = Names.of(identifiers(results))
    for path in results.files("*"):
        for place, text in _texts(results, path):
            found = names.found(text)
            if found:
                more = f" and {len(found) - 1} more" if len(found) > 1 else ""
                said = f"the identifier of an employer ({_masked(found[0])}){more}"
                yield Problem(results.name(path), place, said, "none")


def identifiers(results: Results) -> list[str]:
    """Give what tells the employers of the processed data apart, as far as it can be told from other words."""
    if results.processed is None:
        return []
    found: set[str] = set()
    for path in sorted(results.processed.glob("wave/*/responses.parquet")):
        frame = pd.read_parquet(path)
        for name in frame.select_dtypes(["object", "string"]):
            known = frame[name].dropna().astype(str)
            distinct = known.unique()
            if name == "employer" or 2 * len(distinct) > max(len(known), results.limits.minimum_n):
                found.update(distinct)
    telling = sorted(filter(_telling, found))
    declared = Names.of(telling).found(_declared(results))
    return [name for name in telling if name not in declared]


def _telling(name: str) -> bool:
    plain = re.sub(r"[\W_]", "", name)
    if re.fullmatch(r"[\d\W]*", name):
        return len(plain) >= SHORTEST_NUMBER and not re.fullmatch(r"\d{4}-\d\d-\d\d.*", name)
    return len(plain) >= SHORTEST


def _declared(results: Results) -> str:
    """Give the texts of the study's own files, where these lie beside the results; the crosswalk is none of them."""
    folder = results.folder.resolve().parent.parent / "studies" / results.folder.resolve().name
    names = ("study.yaml", "codebook.csv", "scales.yaml", "indices.yaml", "hypotheses.yaml")
    return "\n".join((folder / name).read_text("utf-8") for name in names if (folder / name).is_file())


def _texts(results: Results, path: Path) -> Iterator[tuple[str, str]]:
    """Give the texts of a file, with their place in it; pictures inside a page are files of figures/."""
    inside = path.relative_to(results.folder)
    if inside.parent.as_posix() == "tables" and path.stem in results.tables:
        frame = results.tables[path.stem]
        for column in frame.select_dtypes(["object", "string"]):
            yield f"column {column}", "\n".join(map(str, frame[column].unique()))
    elif path.suffix in TEXTS:
        text = path.read_text("utf-8", errors="replace")
        yield "", unquote(_PICTURE.sub("", text)) if path.suffix == ".html" else _SHAPE.sub("", text)
    elif path.suffix == ".xlsx" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for part in archive.namelist():
                text = archive.read(part).decode("utf-8", errors="replace")
                yield part, text if "/sheet" not in part else "\n".join(_INLINE.findall(text))


@dataclass(frozen=True)
class Names:
    """What to look for: names that are one word, and names of several with the words that they are of."""

    words: frozenset[str]
    parted: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, names: Iterable[str]) -> "Names":
        """Part names by their words."""
        parts = {name: frozenset(_WORD.findall(name)) for name in names}
        whole = frozenset(name for name, words in parts.items() if words == {name})
        return cls(whole, {name: words for name, words in parts.items() if name not in whole})

    def found(self, text: str) -> list[str]:
        """Give the names that stand in a text as words of their own."""
        words = set(_WORD.findall(text))
        near = [name for name, parts in self.parted.items() if words.issuperset(parts) and name in text]
        whole = [name for name in near if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]
        return sorted([*self.words.intersection(words), *whole])


def _masked(name: str) -> str:
    """Show the beginning of a name alone: a message is read by others than who may know it."""
    return f"{name[:2]}{'*' * (len(name) - 2)}"
