"""Read a study folder as far as it is right, and list everything that is wrong with it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from inspraak.errors import Problem, UserError
from inspraak.study.claims import parse_claims
from inspraak.study.codebook import parse_codebook, read_codebook
from inspraak.study.declarations import Document, parse_partly
from inspraak.study.documents import Known, unreadable
from inspraak.study.factor_models import parse_models
from inspraak.study.indices import MODELS, parse_indices
from inspraak.study.problems import Gathered
from inspraak.study.scales import parse_scales
from inspraak.study.study import Study, Survey
from inspraak.study.yaml_documents import read_yaml_partly

SECTIONS = frozenset({"waves", "themes", "variables", "scope"})
"""Keys of study.yaml under which one wrong entry leaves the others as they are."""
INSTEAD = {
    "title": {"nl": "-", "en": "-"},
    "unit": "establishment",
    "waves": {"0": {"files": [{"path": "0"}]}},
    "themes": {"none": {"nl": "-", "en": "-"}},
}
"""What stands in for the required keys of study.yaml where they are wrong, so that the others can be checked."""
Words = TypeVar("Words")


@dataclass(frozen=True)
class Documents:
    """The files of a study as read, for messages that name lines."""

    survey: Document
    codebook: Document
    scales: Document
    indices: Document
    claims: Document

    def section(self, name: str) -> Known:
        """Give the names under one key of study.yaml; where the key may be there with a typo, nothing is known."""
        names = self.survey.names(name)
        others = set(self.survey.names().words) - set(Survey.model_fields)
        return Known((), complete=False) if not names.words and (others or name in INSTEAD) else names

    @property
    def index_names(self) -> Known:
        """Indices, right or wrong."""
        names = self.indices.names()
        return Known(tuple(name for name in names.words if name != MODELS), names.complete)

    @property
    def columns(self) -> Known:
        """Items and variables, right or wrong."""
        return self.codebook.names() | self.section("variables")


@dataclass(frozen=True)
class Reading:
    """What is right of a study, every problem, and the waves whose own declaration is right."""

    study: Study
    problems: tuple[Problem, ...]
    sound_waves: tuple[str, ...]

    def readable(self, wave: str) -> Study:
        """Give the study with only the items of a wave whose scale is rightly declared, to read its files by."""
        overridden, scales = self.study.waves[wave].scales, self.study.scales
        items = {
            name: item
            for name, item in self.study.codebook.items()
            if item.scale in scales and overridden.get(name, item.scale) in scales
        }
        return replace(self.study, codebook=items)


def read_study(folder: Path) -> Reading:
    """Read and check a study folder; raises `UserError` only where there is none."""
    from inspraak.study.consistency import inconsistencies, unsound_waves

    if not folder.is_dir():
        raise UserError(Problem(str(folder), "", "no such folder", "a study folder"))
    gathered = Gathered()
    documents = Documents(
        survey=_read(folder / "study.yaml", read_yaml_partly, gathered),
        codebook=_read(folder / "codebook.csv", read_codebook, gathered),
        scales=_read(folder / "scales.yaml", read_yaml_partly, gathered),
        indices=_read(folder / "indices.yaml", read_yaml_partly, gathered),
        claims=_read(folder / "hypotheses.yaml", read_yaml_partly, gathered),
    )
    study = Study(
        name=folder.resolve().name,
        folder=folder,
        survey=_parsed(_survey, documents.survey, gathered) or _nothing(),
        codebook=_parsed(parse_codebook, documents.codebook, gathered) or {},
        scales=_parsed(parse_scales, documents.scales, gathered) or {},
        indices=_parsed(parse_indices, documents.indices, gathered) or {},
        claims=_parsed(parse_claims, documents.claims, gathered) or {},
        declared_models=_parsed(parse_models, documents.indices, gathered),
    )
    gathered.add(inconsistencies(study, documents))
    unsound = unsound_waves(study, documents)
    sound = tuple(wave for wave in study.waves if wave not in unsound)
    return Reading(study, tuple(dict.fromkeys(gathered.problems)), sound)


def _read(path: Path, read: Callable[[Path], tuple[Document, list[Problem]]], gathered: Gathered) -> Document:
    with gathered.noting():
        document, problems = read(path)
        gathered.add(problems)
        return document
    return unreadable(path)


def _parsed(
    check: Callable[[Document], tuple[Words | None, list[Problem]]], document: Document, gathered: Gathered
) -> Words | None:
    """Check a document that could be read; one that could not be has its message already."""
    if not document.lines:
        return None
    words, problems = check(document)
    gathered.add(problems)
    return words


def _survey(document: Document) -> tuple[Survey | None, list[Problem]]:
    survey, problems = parse_partly(Survey, document, document.data, sections=SECTIONS, instead=INSTEAD)
    if survey is None:
        return None, problems
    declared = {key: document.names(key).words for key in ("waves", "themes")}
    kept = {
        key: {name: entry for name, entry in getattr(survey, key).items() if name in names}
        for key, names in declared.items()
    }
    return survey.model_copy(update=kept), problems


def _nothing() -> Survey:
    values: dict[str, Any] = {"waves": {}, "themes": {}, "unit": "establishment"}
    return Survey.model_construct(**values)
