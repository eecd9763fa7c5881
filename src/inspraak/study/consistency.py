"""Check the files of a study against each other: every name that one uses is declared in another."""

from collections.abc import Iterable, Iterator

from inspraak.errors import Problem, near_match
from inspraak.study.codebook import RESERVED, unknown_scales
from inspraak.study.declarations import Document
from inspraak.study.indices import scoring_order
from inspraak.study.kinds import Part
from inspraak.study.study import Documents, Study
from inspraak.study.variables import WAVE_YEAR
from inspraak.study.waves import year_of


def inconsistencies(study: Study, documents: Documents) -> list[Problem]:
    """List every contradiction between the files of a study."""
    problems = unknown_scales(study.folder / "codebook.csv", study.codebook, set(study.scales))
    if problems:
        return problems
    checks = (_codebook, _names, _waves, _scales, _variables, _rows, _files, _indices, _claims)
    return [problem for check in checks for problem in check(study, documents)]


def _unknown(
    document: Document, keys: tuple[object, ...], names: Iterable[str], known: Iterable[str], what: str
) -> Iterator[Problem]:
    known = set(known)
    for name in names:
        if name not in known:
            near = near_match(name, known)
            yield Problem(document.path.name, document.place(keys), f"'{name}'", what, near)


def _columns(study: Study) -> set[str]:
    return {*study.codebook, *study.variables, WAVE_YEAR}


def _codebook(study: Study, documents: Documents) -> Iterator[Problem]:
    constructs = {*study.themes, *RESERVED}
    for item in study.codebook.values():
        if item.construct not in constructs:
            expected = f"a theme of study.yaml, or {', '.join(RESERVED)}"
            near = near_match(item.construct, constructs)
            yield Problem(
                "codebook.csv", f"item {item.name}, construct", f"'{item.construct}'", expected, near
            )
        for name in item.asked_if.names if item.asked_if is not None else ():
            if name not in study.codebook:
                near = near_match(name, study.codebook)
                yield Problem("codebook.csv", f"item {item.name}, asked_if", f"'{name}'", "an item", near)
        scale = study.scales[item.scale]
        if item.reversed and scale.bounds is None:
            expected = "a scale with ordered codes or with a lowest and highest number"
            yield Problem("codebook.csv", f"item {item.name}, reversed", "yes", expected)


def _names(study: Study, documents: Documents) -> Iterator[Problem]:
    for name in study.variables:
        if name in study.codebook or name == WAVE_YEAR:
            yield documents.survey.problem(("variables", name), f"'{name}'", "a name that no item has")
    for name in study.indices:
        if name in study.codebook or name in study.variables:
            yield documents.indices.problem((name,), f"'{name}'", "a name that no item or variable has")


def _waves(study: Study, documents: Documents) -> Iterator[Problem]:
    needs_year = any(WAVE_YEAR in variable.names for variable in study.variables.values())
    for name, wave in study.waves.items():
        keys = ("waves", name)
        for key, names in (
            ("rename", wave.rename.values()),
            ("not_asked", wave.not_asked),
            ("scales", wave.scales),
        ):
            yield from _unknown(
                documents.survey, (*keys, key), names, study.codebook, "an item of codebook.csv"
            )
        twice = [item for item in wave.rename.values() if list(wave.rename.values()).count(item) > 1]
        for item in dict.fromkeys(twice):
            yield documents.survey.problem(
                (*keys, "rename"), f"two columns for '{item}'", "one column for each item"
            )
        for item, scale in wave.scales.items():
            if scale not in study.scales:
                yield from _unknown(
                    documents.survey, (*keys, "scales", item), [scale], study.scales, "a scale of scales.yaml"
                )
            elif item in study.codebook:
                own, convert = study.codebook[item].scale, study.scales[scale].convert
                if scale != own and (convert is None or convert.to != own):
                    expected = f"a scale of scales.yaml that converts to {own}"
                    yield documents.survey.problem((*keys, "scales", item), f"'{scale}'", expected)
        if needs_year and year_of(name, wave) is None:
            yield documents.survey.problem(keys, "no key 'year'", "the year, since a variable uses wave_year")


def _scales(study: Study, documents: Documents) -> Iterator[Problem]:
    for name, scale in study.scales.items():
        if scale.convert is None:
            continue
        keys = (name, "convert")
        yield from _unknown(
            documents.scales, (*keys, "to"), [scale.convert.to], study.scales, "a scale of scales.yaml"
        )
        target = study.scales.get(scale.convert.to)
        table = scale.convert.table
        if table is not None and set(table) != set(scale.codes or ()):
            yield documents.scales.problem(
                (*keys, "table"), "other codes", "a new code for each code of the scale"
            )
        if table is not None and target is not None and target.codes is not None:
            for new in table.values():
                if new not in target.codes:
                    yield documents.scales.problem(
                        (*keys, "table"), f"{new:g}", f"a code of {scale.convert.to}"
                    )


def _variables(study: Study, documents: Documents) -> Iterator[Problem]:
    known = {*study.codebook, WAVE_YEAR}
    for name, variable in study.variables.items():
        keys = ("variables", name)
        yield from _unknown(
            documents.survey, keys, variable.names, known, "an item, or a variable above this one"
        )
        known.add(name)
        if variable.labels and variable.categorical:
            yield from _unknown(
                documents.survey, (*keys, "labels"), variable.labels, variable.categories, "a category"
            )
    for group in study.groups:
        categorical = group in study.variables and study.variables[group].categorical
        coded = group in study.codebook and study.scale_of(group).codes is not None
        if not categorical and not coded:
            near = near_match(group, _columns(study))
            place = documents.survey.place(("groups",))
            expected = "a variable with categories or an item with codes"
            yield Problem("study.yaml", place, f"'{group}'", expected, near if near != group else None)


def _rows(study: Study, documents: Documents) -> Iterator[Problem]:
    survey, document, columns = study.survey, documents.survey, _columns(study)
    yield from _unknown(document, ("scope",), survey.scope, columns, "an item or variable")
    cleaning = survey.cleaning
    for key in ("not_employers", "attention"):
        yield from _unknown(document, ("cleaning", key), getattr(cleaning, key), study.codebook, "an item")
    batteries = cleaning.straight_lining.batteries if cleaning.straight_lining is not None else {}
    for battery, items in batteries.items():
        keys = ("cleaning", "straight_lining", "batteries", battery)
        yield from _unknown(document, keys, items, study.codebook, "an item")
    for position, check in enumerate(cleaning.checks):
        yield from _unknown(document, ("cleaning", "checks", position), check.sum, study.codebook, "an item")
    if survey.employer is not None:
        yield from _unknown(document, ("employer",), [survey.employer.item], study.codebook, "an item")
    if survey.design is not None:
        yield from _unknown(
            document, ("design", "strata"), survey.design.strata, columns, "an item or variable"
        )
        weight = [survey.design.weight] if survey.design.weight is not None else []
        yield from _unknown(document, ("design", "weight"), weight, study.codebook, "an item")


def _files(study: Study, documents: Documents) -> Iterator[Problem]:
    survey, design, employer = study.survey, study.survey.design, study.survey.employer
    named: list[tuple[tuple[object, ...], str | None]] = [(("simulated",), survey.simulated)]
    named += [(("waves", name, "invited"), wave.invited) for name, wave in study.waves.items()]
    named += [(("variables", name, "table"), variable.table) for name, variable in study.variables.items()]
    if design is not None:
        named += [(("design", "population"), design.population)]
        named += [(("design", "margins"), path) for path in design.margins]
        named += [(("design", "employee_margins"), path) for path in design.employee_margins]
    if employer is not None:
        named += [(("employer", "crosswalk"), employer.crosswalk)]
    present = {path.name for path in study.folder.iterdir()}
    for keys, path in named:
        if path is not None:
            yield from _unknown(documents.survey, keys, [path], present, "a file in the study folder")


def _indices(study: Study, documents: Documents) -> Iterator[Problem]:
    document = documents.indices
    try:
        scoring_order(study.indices)
    except ValueError as circle:
        yield Problem("indices.yaml", "", f"a circle {circle}", "indices that rest on items in the end")
        return
    known = {*study.codebook, *study.variables, *study.indices}
    for name, index in study.indices.items():
        yield from _unknown(document, (name, "theme"), [index.theme], study.themes, "a theme of study.yaml")
        yield from _unknown(document, (name, "waves"), index.waves or (), study.waves, "a wave of study.yaml")
        yield from _unknown(document, (name, "items"), index.items, known, "an item, a variable or an index")
        for item in index.items:
            in_codebook = item in study.codebook and study.scale_of(item).bounds is None
            unranged = item in study.variables and study.variables[item].range is None
            if in_codebook or unranged:
                expected = "a column with a lowest and highest value (ordered codes, bounds, or a range)"
                yield Problem("indices.yaml", document.place((name, "items")), f"'{item}'", expected)


def measured_gaps(study: Study) -> Iterator[Problem]:
    """List the indices of which a wave asks no item at all although they should be measured there."""
    for wave in study.waves:
        asked = set(study.asked(wave))
        for name in study.measured(wave):
            if study.rests_on(name) & asked:
                continue
            others = [other for other in study.waves if other != wave]
            expected = f"at least one, or `waves: [{', '.join(others)}]` with the index in indices.yaml"
            yield Problem("study.yaml", f"wave {wave}", f"no item of index {name}", expected)


def _claims(study: Study, documents: Documents) -> Iterator[Problem]:
    yield from measured_gaps(study)
    known = {*_columns(study), *study.indices}
    for name, claim in study.claims.items():
        yield from _unknown(
            documents.claims, (name, "waves"), claim.waves or (), study.waves, "a wave of study.yaml"
        )
        if not any(part.necessary for part in claim.parts.values()):
            yield documents.claims.problem((name,), "no necessary part", "at least one part that decides")
        for label, part in claim.parts.items():
            keys = (name, "parts", label) if label else (name,)
            for key, names in part.columns.items():
                what = "an item, a variable or an index"
                yield from _unknown(documents.claims, (*keys, key), names, known, what)
            yield from _unknown(documents.claims, (*keys, "controls"), part.controls or (), known, "a column")
            yield from _references(study, documents.claims, keys, part)
            yield from _overlap(study, documents.claims, keys, part)
            numbers = (*part.columns.get("x", ()), *part.columns.get("y", ()), *(part.controls or ()))
            for column in dict.fromkeys(numbers):
                if column in study.codebook and study.scale_of(column).text:
                    yield documents.claims.problem(keys, f"the text of '{column}'", "codes or numbers")


def _references(study: Study, document: Document, keys: tuple[object, ...], part: Part) -> Iterator[Problem]:
    """Check the names inside factor models and method-variance checks."""
    model, method = getattr(part, "model", None), getattr(part, "method_variance", None)
    for factor, items in getattr(model, "factors", {}).items():
        yield from _unknown(document, (*keys, "model", "factors", factor), items, study.codebook, "an item")
    if method is not None:
        yield from _unknown(
            document, (*keys, "method_variance", "marker"), method.marker, study.codebook, "an item"
        )
        yield from _unknown(
            document, (*keys, "method_variance", "claims"), method.claims, study.claims, "a claim"
        )


def _overlap(study: Study, document: Document, keys: tuple[object, ...], part: Part) -> Iterator[Problem]:
    """Refuse an x that holds an item of the outcome, mediator or moderator of the same claim."""
    columns = part.columns if part.kind in _SEPARATE else {}
    others = [name for key in ("y", "mediators", "moderator") for name in columns.get(key, ())]
    for x in columns.get("x", ()):
        for other in others:
            shared = study.rests_on(x) & study.rests_on(other)
            listed = ", ".join(sorted(shared))
            if shared and part.leave_out != "auto":
                expected = f"an index without {listed} (of {other}), or `leave_out: auto`"
                yield document.problem((*keys, "x"), f"'{x}'", expected)
            elif shared and x not in study.without(shared).indices:
                expected = f"an index of which something is left without {listed} (of {other})"
                yield document.problem((*keys, "x"), f"'{x}'", expected)


_SEPARATE = frozenset(
    {
        "association",
        "regression",
        "joint",
        "moderation",
        "mediation",
        "heterogeneity",
        "within_employer",
        "incremental",
    }
)
