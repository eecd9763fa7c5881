"""Check indices and claims: every column that they name is there, and can be used as they use it."""

from collections.abc import Iterable, Iterator

from inspraak.errors import Problem
from inspraak.study.claims import DEFAULTS
from inspraak.study.columns import (
    WORDS,
    column_of,
    is_nominal,
    not_numbers,
    not_values,
    present_columns,
    unknown,
    wrong_condition,
)
from inspraak.study.conditions import Condition
from inspraak.study.declarations import Document
from inspraak.study.documents import Known
from inspraak.study.indices import scoring_order
from inspraak.study.kinds import WITHOUT_CONTROLS
from inspraak.study.loading import Documents
from inspraak.study.messages import Keys
from inspraak.study.outcomes import EXPECTED, fits, yes_counts_less
from inspraak.study.parts import Compare, Model, Part
from inspraak.study.study import Study
from inspraak.study.variables import WAVE_YEAR

WHAT = "an item, a variable or an index"
NUMBERS = (
    "x", "y", "moderator", "mediators", "expectation", "fulfilment", "conditions", "baseline", "outcomes",
    "coefficients",
)  # fmt: skip
"""Keys of a claim whose columns are computed with."""
GROUPING = ("group", "by", "items")
"""Keys of a claim whose columns are told apart by their values."""
SEPARATE = frozenset({
    "association", "regression", "joint", "moderation", "mediation", "heterogeneity", "within_employer",
    "incremental",
})  # fmt: skip
"""Kinds in which x may not hold a part of the outcome."""


def wrong_indices(study: Study, documents: Documents) -> Iterator[Problem]:
    """List what is wrong with the indices, and the waves that lack one."""
    document, known = documents.indices, documents.columns | documents.index_names
    themes, waves = documents.section("themes"), documents.section("waves")
    for name, index in study.indices.items():
        yield from unknown(document, (name, "theme"), [index.theme], themes, "a theme of study.yaml")
        yield from unknown(document, (name, "waves"), index.waves or (), waves, "a wave of study.yaml")
        yield from unknown(document, (name, "items"), index.items, known, WHAT)
        for item in index.items:
            found = _unbounded(study, item)
            if found:
                expected = "a column with a lowest and highest value (ordered codes, bounds, or a range)"
                yield document.problem((name, "items"), f"'{item}', {found}", expected)
    try:
        scoring_order(study.indices)
    except ValueError as circle:
        first = str(circle).split(" ")[0]
        yield document.problem(
            (first, "items"), f"a circle {circle}", "indices that rest on items in the end"
        )
        return
    yield from _gaps(study, documents)


def _unbounded(study: Study, name: str) -> str:
    """Say why a component cannot be brought to 0-100; "" where it can, or where it is not known."""
    if name in study.variables:
        variable = study.variables[name]
        if variable.categorical:
            return "which holds categories"
        return "" if variable.range is not None else "which has no range"
    column = column_of(study, name)
    if column is None or name in study.indices or study.scale_of(name).bounds is not None:
        return ""
    scale = study.scale_of(name)
    return "whose codes have no order" if scale.codes is not None and not scale.ordered else (
        f"which holds {WORDS[column.kind]} without a lowest and highest value"
    )  # fmt: skip


def _gaps(study: Study, documents: Documents) -> Iterator[Problem]:
    """List the indices of which a wave has no component at all although they should be measured there."""
    unknown_items = not documents.codebook.names().complete
    for wave in study.waves:
        present = present_columns(study, wave) | _broken(study, documents)
        measured = study.measured(wave)
        for name in scoring_order(study.indices):
            if name not in measured:
                continue
            if unknown_items or present & set(measured[name].items):
                present.add(name)
                continue
            keys = ("waves", wave, "not_asked")
            yield documents.survey.problem(keys, f"no item of index {name}", _way_out(study, name, wave))


def _broken(study: Study, documents: Documents) -> set[str]:
    """Give the columns whose own declaration is wrong: what rests on them is not judged."""
    declared = {*(documents.columns | documents.index_names).words}
    return declared - {*study.codebook, *study.variables, *study.indices}


def _way_out(study: Study, name: str, wave: str) -> str:
    waves = study.indices[name].waves or tuple(study.waves)
    others = ", ".join(f'"{other}"' for other in waves if other != wave)
    components = ", ".join(study.indices[name].items)
    remedy = f", or `waves: [{others}]` with the index in indices.yaml" if others else ""
    return f"at least one of {components} asked in wave {wave}{remedy}"


def wrong_claims(study: Study, documents: Documents) -> Iterator[Problem]:
    """List what is wrong with the columns, conditions and waves of the claims."""
    document = documents.claims
    known = documents.columns | documents.index_names | Known((WAVE_YEAR,))
    defaults = document.data.get(DEFAULTS) if isinstance(document.data, dict) else None
    controls = defaults.get("controls") if isinstance(defaults, dict) else None
    shared = tuple(controls) if isinstance(controls, list) else ()
    yield from unknown(document, (DEFAULTS, "controls"), [str(name) for name in shared], known, WHAT)
    for name, claim in study.claims.items():
        waves = documents.section("waves")
        yield from unknown(document, (name, "waves"), claim.waves or (), waves, "a wave of study.yaml")
        for label, part in claim.parts.items():
            keys: Keys = (name, "parts", label) if label else (name,)
            for key, names in part.columns.items():
                if key not in CONDITIONS:
                    yield from unknown(document, (*keys, key), names, known, WHAT)
            if part.controls != shared:
                yield from unknown(document, (*keys, "controls"), part.controls or (), known, WHAT)
            own, top = part.controls != shared, documents.survey.names()
            yield from _usable(study, document, keys, part, own_controls=own, recognised=top)
            for key, condition in _conditions(part):
                yield from wrong_condition(study, document, (*keys, key), condition, known, WHAT)
            yield from _references(study, documents, keys, part)
            yield from _overlap(study, document, keys, part)


CONDITIONS = ("domain", "compare", "difference_in_differences")


def _conditions(part: Part) -> Iterable[tuple[str, Condition]]:
    for key in CONDITIONS:
        value = getattr(part, key, None)
        if isinstance(value, Compare):
            yield from ((key, value.high), (key, value.low))
        elif isinstance(value, tuple):
            yield from ((key, condition) for condition in value)
        elif isinstance(value, Condition):
            yield key, value


def _usable(
    study: Study, document: Document, keys: Keys, part: Part, *, own_controls: bool, recognised: Known
) -> Iterator[Problem]:
    """Check that columns can be computed with, or told apart, as the kind of test does."""
    for key, names in part.columns.items():
        sorts = key == "y" and getattr(part, "category", None) is not None and part.kind == "regression"
        if key in NUMBERS and not sorts:
            yield from not_numbers(study, document, (*keys, key), names)
            yield from _misfits(study, document, (*keys, key), part, names if key == "y" else ())
        for name in names if key in GROUPING or sorts else ():
            column = column_of(study, name)
            if column is not None and column.kind not in ("codes", "categories") and column.values is None:
                expected = "a variable with categories or an item with codes"
                yield document.problem((*keys, key), f"'{name}', which holds {WORDS[column.kind]}", expected)
    for name in (part.controls or ()) if own_controls else ():
        column = column_of(study, name)
        if column is not None and column.kind == "text":
            expected = "a column of numbers, codes or categories"
            yield document.problem((*keys, "controls"), f"'{name}', which holds a text", expected)
    category = getattr(part, "category", None)
    for name in part.columns.get("group", part.columns.get("y", ())) if category is not None else ():
        yield from not_values(study, document, (*keys, "category"), name, [str(category)])
    if part.kind == "within_employer" and recognised.lacks("employer"):
        expected = "`employer` in study.yaml, so that an employer is recognised in the next wave"
        yield document.problem((*keys, "kind"), "'within_employer'", expected)


def _misfits(
    study: Study, document: Document, keys: Keys, part: Part, outcomes: Iterable[str]
) -> Iterator[Problem]:
    """List the outcomes that the declared model is no model for."""
    model: Model = getattr(part, "model", "linear")
    for name in outcomes:
        column = column_of(study, name)
        usable = column is not None and column.counts and not is_nominal(study, name)
        if usable and not fits(study, name, model):
            yield document.problem(keys, f"'{name}', with model: {model}", EXPECTED[model])
        elif usable and model == "logit" and yes_counts_less(study, name):
            expected = (
                f"`values` in scale {study.codebook[name].scale} by which the positive answer counts more"
            )
            yield document.problem(keys, f"'{name}', whose positive answer counts less", expected)


def _references(study: Study, documents: Documents, keys: Keys, part: Part) -> Iterator[Problem]:
    """Check the names inside factor models and method-variance checks."""
    document, items = documents.claims, documents.codebook.names()
    model, method = getattr(part, "model", None), getattr(part, "method_variance", None)
    for factor, names in getattr(model, "factors", {}).items():
        place = (*keys, "model", "factors", factor)
        yield from unknown(document, place, names, items, "an item of codebook.csv")
        yield from not_numbers(study, document, place, names)
    if method is not None:
        place = (*keys, "method_variance", "marker")
        yield from unknown(document, place, method.marker, items, "an item of codebook.csv")
        yield from not_numbers(study, document, place, method.marker)
        place = (*keys, "method_variance", "claims")
        yield from unknown(document, place, method.claims, document.names(), "a claim of hypotheses.yaml")
        for name in method.claims:
            claim = study.claims.get(name)
            if claim is not None and all(one.kind in WITHOUT_CONTROLS for one in claim.parts.values()):
                yield document.problem(
                    place, f"'{name}', which holds nothing constant", "a claim with controls"
                )


def _of_types(study: Study, document: Document, keys: Keys, part: Part) -> Iterator[Problem]:
    """Refuse an outcome that holds one of the items that types are made of."""
    items = part.columns["items"]
    for outcome in part.columns.get("outcomes", ()):
        for item in items:
            if study.rests_on(outcome) & study.rests_on(item):
                expected = "an outcome without an item that the types are made of"
                yield document.problem((*keys, "outcomes"), f"'{outcome}', which holds '{item}'", expected)
                break


def _overlap(study: Study, document: Document, keys: Keys, part: Part) -> Iterator[Problem]:
    """Refuse an x that is, or holds an item of, the outcome, mediator or moderator of the same claim.

    Types differ by their nature in what they are made of: an outcome of theirs may hold none of the items.
    """
    columns = part.columns
    if part.kind == "typology":
        yield from _of_types(study, document, keys, part)
    if part.kind not in SEPARATE:
        return
    for key in ("mediators", "moderator"):
        for name in columns.get(key, ()):
            if name in columns.get("y", ()):
                yield document.problem((*keys, key), f"'{name}', which is y too", "another column than y")
    others = [(key, name) for key in ("y", "mediators", "moderator") for name in columns.get(key, ())]
    for x in columns.get("x", ()):
        for key, other in others:
            if x == other:
                yield document.problem((*keys, key), f"'{other}', which is x too", "another column than x")
            elif part.leave_out != "auto":
                both = study.rests_on(x) & study.rests_on(other)
                if both:
                    listed = ", ".join(sorted(both))
                    expected = f"an index without {listed} (of {other}), or `leave_out: auto`"
                    yield document.problem((*keys, "x"), f"'{x}'", expected)
