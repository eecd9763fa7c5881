"""Check the measurement models: their factors, items and groupings are declared, and can be used as they use them."""

from collections.abc import Iterable, Iterator, Mapping

from inspraak.errors import Problem, near_match
from inspraak.study.columns import WORDS, column_of, not_numbers, unknown
from inspraak.study.documents import Known
from inspraak.study.factor_models import MISSING, WAVE, DeclaredModel, MeasurementModel
from inspraak.study.indices import MODELS
from inspraak.study.loading import Documents
from inspraak.study.messages import Keys
from inspraak.study.study import Study

ITEM = "an item or a variable"
SECOND_ORDER = 3
"""Factors that a factor of second order needs at least: with two its loadings cannot be told apart."""


def wrong_models(study: Study, documents: Documents) -> Iterator[Problem]:
    """List what is wrong with the measurement models."""
    for name, model in (study.declared_models or {}).items():
        keys = (MODELS, name)
        yield from _name(documents, keys, name)
        if isinstance(model.factors, Mapping):
            yield from _factors(study, documents, keys, model.factors)
        else:
            yield from _indices(study, documents, keys, model.factors)
        yield from _labels(documents, keys, model)
        yield from _shared_items(study, documents, keys, model)
        yield from _structures(documents, keys, model)
        yield from _estimator(study, documents, keys, model)
        yield from _items_named(study, documents, keys, model)
        yield from _groupings(study, documents, keys, model)


def _name(documents: Documents, keys: Keys, name: str) -> Iterator[Problem]:
    if name in (documents.columns | documents.index_names).words:
        expected = "a name that no item, variable or index has"
        yield documents.indices.problem(keys, f"'{name}'", expected)


def _indices(study: Study, documents: Documents, keys: Keys, names: Iterable[str]) -> Iterator[Problem]:
    """Check factors that are indices: reflective, of items, of two at least."""
    document, place, known = documents.indices, (*keys, "factors"), documents.index_names
    for name in names:
        yield from unknown(
            document, place, [name], known, "an index (or factors by name, each with its items)"
        )
        index = study.indices.get(name)
        if index is None:
            continue
        if index.type == "formative":
            listed = ", ".join(index.items)
            expected = f"a reflective index, or a factor of its items by another name: {{...: [{listed}]}}"
            yield document.problem(place, f"'{name}', a formative index", expected)
        elif any(item in study.indices for item in index.items):
            yield document.problem(place, f"'{name}', which is made of other indices", "an index of items")
        elif len(index.items) < 2:
            yield document.problem(place, f"'{name}', an index of one item", "an index of two items at least")


def _factors(
    study: Study, documents: Documents, keys: Keys, factors: Mapping[str, tuple[str, ...]]
) -> Iterator[Problem]:
    """Check factors that have a name and items of their own."""
    document, taken = documents.indices, (documents.columns | documents.index_names).words
    for name, items in factors.items():
        place = (*keys, "factors", name)
        if name in taken:
            expected = "a name that no item, variable or index has"
            yield document.problem(place, f"'{name}'", expected)
        yield from unknown(document, place, items, documents.columns, ITEM)
        yield from not_numbers(study, document, place, items)


def _labels(documents: Documents, keys: Keys, model: DeclaredModel) -> Iterator[Problem]:
    factors = model.factors if isinstance(model.factors, Mapping) else {}
    for name in model.labels:
        if name not in factors:
            near = near_match(name, factors)
            place = documents.indices.place((*keys, "labels", name))
            expected = "a factor of this model that is no index"
            yield Problem(documents.indices.path.name, place, f"'{name}'", expected, near)


def _shared_items(study: Study, documents: Documents, keys: Keys, model: DeclaredModel) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for factor, items in model.items_of(study.indices).items():
        for item in items:
            if item in first:
                found = f"'{item}' in {first[item]} and in {factor}"
                place = (*keys, "factors")
                yield documents.indices.problem(place, found, "each item in one factor of a model")
            first.setdefault(item, factor)


def _structures(documents: Documents, keys: Keys, model: DeclaredModel) -> Iterator[Problem]:
    count, document = len(model.factors), documents.indices
    if model.structure in model.rivals:
        expected = f"other structures than the model's own ({model.structure})"
        yield document.problem((*keys, "rivals"), f"'{model.structure}'", expected)
    if count == 1 and model.rivals:
        yield document.problem(
            (*keys, "rivals"), f"'{model.rivals[0]}'", "no rivals for a model of one factor"
        )
    for key, structures in (("structure", (model.structure,)), ("rivals", model.rivals)):
        if "second_order" in structures and 1 < count < SECOND_ORDER:
            found = f"'second_order' with {count} factors"
            yield document.problem(
                (*keys, key), found, f"{SECOND_ORDER} factors at least, or another structure"
            )


def _estimator(study: Study, documents: Documents, keys: Keys, model: DeclaredModel) -> Iterator[Problem]:
    """Check that estimator, missing answers, weights and the scales of the items go together."""
    document, items = documents.indices, _items(study, model)
    columns = {item: column_of(study, item) for item in items}
    if None in columns.values():
        return
    numbers = [item for item, column in columns.items() if column is not None and column.kind != "codes"]
    if model.estimator == "WLSMV" and numbers:
        found = f"'WLSMV', and {numbers[0]} holds a number"
        yield document.problem((*keys, "estimator"), found, "ML or MLR, or items with ordered codes only")
    complete = study.models[str(keys[-1])]
    allowed = MISSING[complete.estimator]
    if complete.missing not in allowed:
        expected = f"{' or '.join(allowed)}, with estimator {complete.estimator}"
        yield document.problem((*keys, "missing"), f"'{complete.missing}'", expected)
    expected = _why_no_weights(study, complete)
    if expected:
        yield document.problem((*keys, "weights"), f"'{complete.weights}'", expected)


def _why_no_weights(study: Study, model: MeasurementModel) -> str:
    """Say what is expected instead of the weights of a model; "" where these can be had."""
    if model.weights == "none":
        return ""
    if model.estimator == "WLSMV":
        return "none, or estimator ML or MLR (WLSMV takes no weights)"
    if study.design is None:
        return "none, since study.yaml has no design"
    if model.weights == "employee" and study.design.employees is None:
        return "none or establishment, since study.yaml has no design.employees"
    return ""


def _items_named(study: Study, documents: Documents, keys: Keys, model: DeclaredModel) -> Iterator[Problem]:
    """Check the items that a model names beside those of its factors: residual pairs and markers."""
    document, items = documents.indices, Known(tuple(_items(study, model)))
    for first, second in model.residual_pairs:
        place = (*keys, "residual_pairs")
        yield from unknown(document, place, (first, second), items, "an item of this model")
        if first == second:
            yield document.problem(place, f"'{first}' with itself", "two items")
    place = (*keys, "markers")
    yield from unknown(document, place, model.markers, documents.columns, ITEM)
    yield from not_numbers(study, document, place, model.markers)
    in_scales = dict.fromkeys(items.words, str(keys[-1]))
    in_scales |= {item: name for name in reversed(study.indices) for item in study.indices[name].items}
    for marker in model.markers:
        if marker in in_scales:
            found = f"'{marker}', an item of {in_scales[marker]}"
            yield document.problem(place, found, "an item that is in no scale")


def _groupings(study: Study, documents: Documents, keys: Keys, model: DeclaredModel) -> Iterator[Problem]:
    document, place = documents.indices, (*keys, "compare")
    for name in model.compare or ():
        if name == WAVE:
            continue
        what = f"{WAVE}, or an item or variable with categories"
        yield from unknown(document, place, [name], documents.columns | Known((WAVE,)), what)
        column = column_of(study, name)
        if column is not None and column.kind not in ("codes", "categories"):
            yield document.problem(place, f"'{name}', which holds {WORDS[column.kind]}", what)
    waves = documents.section("waves")
    yield from unknown(document, (*keys, "waves"), model.waves or (), waves, "a wave of study.yaml")


def _items(study: Study, model: DeclaredModel) -> list[str]:
    return [item for items in model.items_of(study.indices).values() for item in items]
