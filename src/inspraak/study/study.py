"""A whole study in its declared words: read, typed, and checked against itself."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from inspraak.errors import UserError
from inspraak.study.claims import Claim
from inspraak.study.codebook import Item
from inspraak.study.declarations import Declared, Name, Names, Text
from inspraak.study.design import Cleaning, Design, Employer, Limits
from inspraak.study.factor_models import DeclaredModel, MeasurementModel, Words, complete_models
from inspraak.study.indices import Index
from inspraak.study.scales import Scale
from inspraak.study.variables import Variable
from inspraak.study.waves import Wave, WaveName


class Survey(Declared):
    """Every key of study.yaml."""

    title: Text
    """Name of the survey."""
    unit: Literal["establishment", "organisation", "firm"]
    """What a row is."""
    source: Text | None = None
    """Who asked, under which licence, where the publisher offers the files."""
    simulated: str | None = None
    """Declared truth, where the answers are drawn and not asked."""
    waves: dict[WaveName, Wave] = Field(min_length=1)
    """The waves, in order."""
    employer: Employer | None = None
    """How an employer is recognised over the waves; without it every row is another employer."""
    design: Design | None = None
    """How the sample was drawn; without it each row counts once."""
    themes: dict[Name, Text] = Field(min_length=1)
    """What items and indices are grouped under, in the order of the report."""
    variables: dict[Name, Variable] = Field(default_factory=dict)
    """Groups and helper variables, in the order of computing."""
    groups: Names = ()
    """Results are shown for each group of these."""
    scope: dict[Name, Limits] = Field(default_factory=dict)
    """Rows outside are out of scope."""
    cleaning: Cleaning = Field(default_factory=Cleaning)
    """Which other rows are not analysed."""

    @field_validator("employer", mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        return {"item": value} if isinstance(value, str) else value

    @field_validator("waves", mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        return {str(name): wave for name, wave in value.items()} if isinstance(value, dict) else value


@dataclass(frozen=True)
class Study:
    """The declared words of one study; `name` is its folder's name.

    `declared_models` are the measurement models as indices.yaml has them, None where it has none.
    """

    name: str
    folder: Path
    survey: Survey
    codebook: dict[str, Item]
    scales: dict[str, Scale]
    indices: dict[str, Index]
    claims: dict[str, Claim]
    declared_models: Mapping[str, DeclaredModel] | None = None

    @property
    def title(self) -> Text:
        """Name of the survey."""
        return self.survey.title

    @property
    def unit(self) -> str:
        """What a row is: establishment, organisation or firm."""
        return self.survey.unit

    @property
    def source(self) -> Text | None:
        """Who asked, and under which licence."""
        return self.survey.source

    @property
    def simulated(self) -> bool:
        """Tell whether the answers are drawn, not asked."""
        return self.survey.simulated is not None

    @property
    def waves(self) -> dict[str, Wave]:
        """The waves, in order."""
        return self.survey.waves

    @property
    def variables(self) -> dict[str, Variable]:
        """Groups and helper variables, in the order of computing."""
        return self.survey.variables

    @property
    def groups(self) -> tuple[str, ...]:
        """What results are broken down by."""
        return self.survey.groups

    @property
    def themes(self) -> dict[str, Text]:
        """Themes in the order of the report."""
        return self.survey.themes

    @property
    def design(self) -> Design | None:
        """How the sample was drawn, if it was."""
        return self.survey.design

    @property
    def cleaning(self) -> Cleaning:
        """Which rows are not analysed."""
        return self.survey.cleaning

    def scale_of(self, item: str) -> Scale:
        """Give the scale of an item as the codebook has it."""
        return self.scales[self.codebook[item].scale]

    def asked(self, wave: str) -> dict[str, Item]:
        """Give the items that a wave asked, in the order of the codebook."""
        absent = set(self.waves[wave].not_asked)
        return {name: item for name, item in self.codebook.items() if name not in absent}

    def measured(self, wave: str) -> dict[str, Index]:
        """Give the indices that are scored in a wave."""
        return {
            name: index for name, index in self.indices.items() if index.waves is None or wave in index.waves
        }

    @cached_property
    def models(self) -> dict[str, MeasurementModel]:
        """Measurement models by name, in order; one of all scales where none is declared."""
        return complete_models(self.declared_models, self._words)

    def completed(self, name: str, declared: DeclaredModel) -> MeasurementModel:
        """Fill in what a measurement model that a claim declares leaves open."""
        return complete_models({name: declared}, self._words)[name]

    @cached_property
    def _words(self) -> Words:
        return Words(self.indices, self.codebook, self.scales, self.groups, tuple(self.waves))

    def factors_of(self, model: MeasurementModel, wave: str) -> dict[str, tuple[str, ...]]:
        """Give the items of each factor of a model that were asked in a wave.

        Factors of which no item was asked, and those of indices that the wave does not measure, are left out.
        """
        asked, measured = self.asked(wave), self.measured(wave)
        present = {
            factor: tuple(item for item in items if self.rests_on(item) <= asked.keys())
            for factor, items in model.factors.items()
            if factor not in self.indices or factor in measured
        }
        return {factor: items for factor, items in present.items() if items}

    def rests_on(self, name: str) -> frozenset[str]:
        """Give the items of the codebook that an item, variable or index is computed from, itself if an item."""
        items: set[str] = set()
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            current = waiting.pop()
            if current in self.codebook:
                items.add(current)
            elif current not in seen:
                seen.add(current)
                waiting += self.indices[current].items if current in self.indices else ()
                waiting += self.variables[current].names if current in self.variables else ()
        return frozenset(items)

    def without(self, items: frozenset[str]) -> "Study":
        """Give the study as if no index had a component that rests on one of `items`; empty indices are gone."""
        kept = {
            name: [part for part in index.items if part in self.indices or not self.rests_on(part) & items]
            for name, index in self.indices.items()
        }
        while empty := {name for name, parts in kept.items() if not parts}:
            kept = {
                name: [part for part in parts if part not in empty]
                for name, parts in kept.items()
                if name not in empty
            }
        indices = {
            name: self.indices[name].model_copy(update={"items": tuple(parts)})
            for name, parts in kept.items()
        }
        return replace(self, indices=indices)

    def label(self, name: str, language: str) -> str:
        """Give the name for people of an index, variable, item (its wording), factor or measurement model.

        A variable without a label is called as the item that it recodes, where the codebook has a short name of
        that item; else by its own name, with spaces for underscores.
        """
        if name in self.indices:
            return self.indices[name].label[language]
        if name in self.variables:
            return self._variable_label(name, language)
        if name in self.codebook:
            return self.codebook[name].wording[language]
        return self._factor_labels[name][language] if name in self._factor_labels else name

    @cached_property
    def _factor_labels(self) -> dict[str, Text]:
        models = self.models.values()
        labels = {name: label for model in models for name, label in model.labels.items()}
        for claim in self.claims.values():
            for part in claim.parts.values():
                labels |= getattr(getattr(part, "model", None), "labels", {})
        return {model.name: model.label for model in models} | labels

    def _variable_label(self, name: str, language: str) -> str:
        """Name a variable: by its label, else by the short name of the item that it recodes, else by its words."""
        variable = self.variables[name]
        if variable.label is not None:
            return variable.label[language]
        source = self.codebook.get(variable.source or "")
        if source is not None and source.label is not None:
            return source.label[language]
        return name.replace("_", " ")

    def short_label(self, name: str, language: str) -> str:
        """Give the name for people as `label` does, an item by its short name where the codebook has one."""
        item = self.codebook.get(name)
        if item is not None and item.label is not None:
            return item.label[language]
        return self.label(name, language).rstrip(".")

    def category_label(self, name: str, category: str, language: str) -> str:
        """Give the name for people of one category of a group, or of one code of an item."""
        if name in self.variables:
            label = self.variables[name].labels.get(category)
            return label[language] if label is not None else category
        codes = self.scale_of(name).codes or {}
        by_text = {f"{code:g}": text for code, text in codes.items()}
        return by_text[category][language] if category in by_text else category


def load_study(folder: Path) -> Study:
    """Read and check a study folder; raises one `UserError` that lists every problem found."""
    from inspraak.study.loading import read_study

    reading = read_study(folder)
    if reading.problems:
        raise UserError(reading.problems)
    return reading.study
