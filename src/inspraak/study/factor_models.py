"""Measurement models: which factors stand behind which items, how they hang together, and how that is tested."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from inspraak.errors import Problem
from inspraak.study.codebook import Item
from inspraak.study.declarations import Declared, Document, Name, Names, Text, parse
from inspraak.study.indices import MODELS, Index
from inspraak.study.problems import Gathered
from inspraak.study.scales import Scale
from inspraak.study.waves import WaveNames

Structure = Literal["correlated", "uncorrelated", "one_factor", "second_order"]
Estimator = Literal["WLSMV", "ML", "MLR"]
Missing = Literal["pairwise", "complete", "fiml", "listwise"]
Weights = Literal["none", "establishment", "employee"]
Scales = Annotated[Names, Field(min_length=1)]
Items = Annotated[Names, Field(min_length=2)]
MISSING: Mapping[Estimator, tuple[Missing, Missing]] = {
    "WLSMV": ("pairwise", "complete"),
    "ML": ("fiml", "listwise"),
    "MLR": ("fiml", "listwise"),
}
"""What an estimator may do about missing answers, its default first."""
WAVE = "wave"
"""The grouping by waves, among those that a model is compared over."""
MOST_ANSWERS = 7
"""Items with more answers than this are taken as continuous, unless the model says otherwise."""
ALL_SCALES = Text(nl="Alle schalen", en="All scales")
"""Name for people of the model that a study has where it declares none."""


class DeclaredModel(Declared):
    """One measurement model, as its keys stand in indices.yaml."""

    label: Text
    """Name for people."""
    factors: Scales | Annotated[dict[Name, Items], Field(min_length=1)]
    """Reflective indices, each a factor of its items; or names of factors, each with its items."""
    labels: dict[Name, Text] = Field(default_factory=dict)
    """Names for people of factors that are no indices."""
    structure: Structure = "correlated"
    """How the factors hang together."""
    rivals: tuple[Structure, ...] = ()
    """Structures that are fitted beside it."""
    estimator: Estimator | None = None
    """WLSMV (ordered answers), ML or MLR; by default WLSMV where every item has seven answers at most, else MLR."""
    missing: Missing | None = None
    """pairwise (default) or complete with WLSMV, fiml (default) or listwise with ML and MLR."""
    weights: Weights = "none"
    """Weights of the employers, with ML and MLR only."""
    residual_pairs: tuple[tuple[Name, Name], ...] = ()
    """Pairs of items whose residuals correlate."""
    markers: Names = ()
    """Items that have nothing to do with the subject, to find what the way of asking adds."""
    compare: Names | None = None
    """Groupings over which comparability is tested; by default wave and the groups of the study."""
    waves: WaveNames | None = None
    """Where it is fitted; every wave by default."""

    @field_validator("rivals")
    @classmethod
    def _each_once(cls, value: tuple[Structure, ...]) -> tuple[Structure, ...]:
        twice = [name for name in dict.fromkeys(value) if value.count(name) > 1]
        if twice:
            raise ValueError(f"each structure once ('{twice[0]}' stands there twice)")
        return value

    def items_of(self, indices: Mapping[str, Index]) -> dict[str, tuple[str, ...]]:
        """Give the items of each factor; indices that are not declared have none."""
        if isinstance(self.factors, dict):
            return dict(self.factors)
        return {name: indices[name].items if name in indices else () for name in self.factors}


@dataclass(frozen=True)
class MeasurementModel:
    """A measurement model with everything filled in that its declaration leaves open.

    `factors` are the items of each factor, as declared for all waves. A factor of second order, and the one
    factor of a rival with one, is called by the name of the model.
    """

    name: str
    label: Text
    labels: Mapping[str, Text]
    factors: Mapping[str, tuple[str, ...]]
    structure: Structure
    rivals: tuple[Structure, ...]
    estimator: Estimator
    missing: Missing
    weights: Weights
    residual_pairs: tuple[tuple[str, str], ...]
    markers: tuple[str, ...]
    compare: tuple[str, ...]
    waves: tuple[str, ...]

    @property
    def items(self) -> tuple[str, ...]:
        """Items of all factors, in order."""
        return tuple(item for items in self.factors.values() for item in items)


@dataclass(frozen=True)
class Words:
    """What of a study its models are filled in from."""

    indices: Mapping[str, Index]
    codebook: Mapping[str, Item]
    scales: Mapping[str, Scale]
    groups: tuple[str, ...]
    waves: tuple[str, ...]

    def has_few_answers(self, items: Iterable[str]) -> bool:
        """Tell whether every item has ordered codes, and at most seven of them."""
        scales = [
            self.scales.get(self.codebook[item].scale) if item in self.codebook else None for item in items
        ]
        return all(
            scale is not None and scale.codes is not None and len(scale.codes) <= MOST_ANSWERS
            for scale in scales
        )


def parse_models(document: Document) -> tuple[dict[str, DeclaredModel] | None, list[Problem]]:
    """Check the key `models` of indices.yaml: the models that are right, and every problem; None without the key."""
    if not isinstance(document.data, Mapping) or MODELS not in document.data:
        return None, []
    gathered = Gathered()
    models: dict[str, DeclaredModel] = {}
    with gathered.noting():
        bodies: dict[str, Any] = parse(dict[Name, Any], document, document.data[MODELS], (MODELS,))
        for name, body in bodies.items():
            with gathered.noting():
                models[name] = parse(DeclaredModel, document, body, (MODELS, name))
    return models, gathered.problems


def complete_models(
    declared: Mapping[str, DeclaredModel] | None, words: Words
) -> dict[str, MeasurementModel]:
    """Fill in what the models leave open; without any declaration there is one of all scales, named `scales`."""
    if declared is None:
        scales = tuple(_scales_apart(words))
        declared = {"scales": DeclaredModel(label=ALL_SCALES, factors=scales)} if scales else {}
    return {name: _complete(name, model, words) for name, model in declared.items()}


def _complete(name: str, model: DeclaredModel, words: Words) -> MeasurementModel:
    factors = model.items_of(words.indices)
    items = [item for part in factors.values() for item in part]
    estimator = model.estimator or ("WLSMV" if words.has_few_answers(items) else "MLR")
    waves = (WAVE,) if len(words.waves) > 1 else ()
    return MeasurementModel(
        name=name,
        label=model.label,
        labels=model.labels,
        factors=factors,
        structure=model.structure,
        rivals=model.rivals,
        estimator=estimator,
        missing=model.missing or MISSING[estimator][0],
        weights=model.weights,
        residual_pairs=model.residual_pairs,
        markers=model.markers,
        compare=(*waves, *words.groups) if model.compare is None else model.compare,
        waves=tuple(wave for wave in words.waves if model.waves is None or wave in model.waves),
    )


def _scales_apart(words: Words) -> Iterable[str]:
    """Give the reflective indices of two or more items that share no item with an earlier one."""
    taken: set[str] = set()
    for name, index in words.indices.items():
        built = any(item in words.indices for item in index.items)
        if index.type == "reflective" and len(index.items) > 1 and not built and not taken & {*index.items}:
            taken |= {*index.items}
            yield name
