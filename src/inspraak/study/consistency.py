"""Check the files of a study against each other: every name that one uses is declared in another."""

from collections.abc import Iterator

from inspraak.errors import Problem
from inspraak.study.codebook import RESERVED, routing_order
from inspraak.study.columns import present_columns, unknown, wrong_condition
from inspraak.study.consistency_claims import wrong_claims, wrong_indices
from inspraak.study.consistency_models import wrong_models
from inspraak.study.consistency_rows import wrong_files, wrong_rows, wrong_variables
from inspraak.study.documents import Known
from inspraak.study.loading import Documents
from inspraak.study.scales import Scale
from inspraak.study.study import Study
from inspraak.study.tables import margin_variables
from inspraak.study.variables import WAVE_YEAR
from inspraak.study.waves import Wave, year_of

TAKEN = (
    "employer", "stratum", "weight", "base_weight", "employee_weight", "employee_base_weight", "row", WAVE_YEAR,
    "cluster", "stratum_population", "lonely_strata",
)  # fmt: skip
"""Columns that every wave has of itself."""


def inconsistencies(study: Study, documents: Documents) -> list[Problem]:
    """List every contradiction between the files of a study, as far as these can be read."""
    checks = (
        _codebook, _names, _waves, _scales, wrong_variables, wrong_rows, wrong_files, wrong_indices, wrong_models,
        wrong_claims,
    )  # fmt: skip
    return [problem for check in checks for problem in check(study, documents)]


def unsound_waves(study: Study, documents: Documents) -> frozenset[str]:
    """Give the waves whose declaration contradicts the other files."""
    return frozenset(name for name in study.waves if any(_wave(study, documents, name)))


def _codebook(study: Study, documents: Documents) -> Iterator[Problem]:
    document = documents.codebook
    constructs = documents.section("themes") | Known(RESERVED)
    for name, item in study.codebook.items():
        expected = f"a theme of study.yaml, or {', '.join(RESERVED)}"
        yield from unknown(document, (name, "construct"), [item.construct], constructs, expected)
        scales = documents.scales.names()
        yield from unknown(document, (name, "scale"), [item.scale], scales, "a scale of scales.yaml")
        yield from wrong_condition(
            study, document, (name, "asked_if"), item.asked_if, document.names(), "an item of codebook.csv"
        )
        scale = study.scales.get(item.scale)
        if scale is not None and scale.convert is not None:
            expected = f"{scale.convert.to}, since {item.scale} is for waves that asked otherwise (`scales`)"
            yield document.problem((name, "scale"), f"'{item.scale}'", expected)
        if scale is not None and item.reversed and scale.bounds is None:
            expected = "a scale with ordered codes or with a lowest and highest number"
            yield document.problem((name, "reversed"), f"'yes' with scale {item.scale}", expected)
    try:
        routing_order(study.codebook)
    except ValueError as circle:
        first = str(circle).split(" ")[0]
        yield document.problem(
            (first, "asked_if"), f"a circle {circle}", "questions that decide about later ones"
        )


def _names(study: Study, documents: Documents) -> Iterator[Problem]:
    items, variables = documents.codebook.names(), documents.section("variables")
    indices = documents.index_names
    for name in items.words:
        if name in TAKEN:
            yield documents.codebook.problem((name,), f"'{name}'", f"another name than {', '.join(TAKEN)}")
    for name in variables.words:
        if name in items.words or name in TAKEN:
            expected = f"a name that no item has, and none of {', '.join(TAKEN)}"
            yield documents.survey.problem(("variables", name), f"'{name}'", expected)
    for name in indices.words:
        if name in items.words or name in variables.words or name in TAKEN:
            expected = f"a name that no item or variable has, and none of {', '.join(TAKEN)}"
            yield documents.indices.problem((name,), f"'{name}'", expected)
    for name in documents.section("themes").words:
        if name in RESERVED:
            expected = f"another name than {', '.join(RESERVED)}, which are no subjects"
            yield documents.survey.problem(("themes", name), f"'{name}'", expected)


def _waves(study: Study, documents: Documents) -> Iterator[Problem]:
    for name in study.waves:
        yield from _wave(study, documents, name)


def _wave(study: Study, documents: Documents, name: str) -> Iterator[Problem]:
    """List what is wrong with the declaration of one wave."""
    document, items, wave, keys = (
        documents.survey,
        documents.codebook.names(),
        study.waves[name],
        ("waves", name),
    )
    named = {"rename": wave.rename.values(), "not_asked": wave.not_asked, "scales": wave.scales}
    for key, names in named.items():
        yield from unknown(document, (*keys, key), names, items, "an item of codebook.csv")
    renamed = list(wave.rename.values())
    for item in dict.fromkeys(item for item in renamed if renamed.count(item) > 1):
        columns = " and ".join(f"'{column}'" for column, target in wave.rename.items() if target == item)
        yield document.problem((*keys, "rename"), f"{columns} for '{item}'", "one column for each item")
    yield from _wave_scales(study, documents, name)
    needs_year = [key for key, variable in study.variables.items() if WAVE_YEAR in variable.names]
    if needs_year and year_of(name, wave) is None:
        expected = f"the year, since variable {needs_year[0]} uses wave_year"
        yield document.problem(keys, "no key 'year'", expected)
    undesigned = study.design is None and documents.section("design") == Known(())
    if wave.invited is not None and (undesigned or (study.design is not None and not study.design.strata)):
        yield document.problem((*keys, "invited"), f"'{wave.invited}'", "no such key without design.strata")
    yield from _shared_files(study, documents, name, wave)
    if items.complete and len(study.codebook) == len(items.words):
        yield from _needed(study, documents, name)


def _wave_scales(study: Study, documents: Documents, name: str) -> Iterator[Problem]:
    document = documents.survey
    for item, scale in study.waves[name].scales.items():
        keys = ("waves", name, "scales", item)
        yield from unknown(document, keys, [scale], documents.scales.names(), "a scale of scales.yaml")
        if item not in study.codebook or scale not in study.scales:
            continue
        own, convert = study.codebook[item].scale, study.scales[scale].convert
        if convert is not None and documents.scales.names().lacks(convert.to):
            continue
        if scale != own and (convert is None or convert.to != own):
            converting = [
                other
                for other, declared in study.scales.items()
                if declared.convert is not None and declared.convert.to == own
            ]
            listed = f" ({', '.join(converting)})" if converting else ""
            expected = f"a scale of scales.yaml that converts to {own}{listed}"
            yield document.problem(keys, f"'{scale}'", expected)


def _needed(study: Study, documents: Documents, name: str) -> Iterator[Problem]:
    """List the columns that a wave cannot do without and did not ask."""
    survey, present = study.survey, present_columns(study, name)
    needed: dict[str, str] = {}
    if survey.design is not None:
        needed = dict.fromkeys(survey.design.strata, "design.strata")
        single = {key: getattr(survey.design, key) for key in ("clusters", "weight", "employees")}
        needed |= {column: f"design.{key}" for key, column in single.items() if column is not None}
    for variable in margin_variables(study):
        needed.setdefault(variable, "a margin of design")
    needed |= {key: "scope" for key in survey.scope if key in study.variables}
    for column, use in needed.items():
        if column not in present and (column in study.codebook or column in study.variables):
            sources = study.rests_on(column) - {*study.asked(name)}
            found = f"{', '.join(sorted(sources))}, which {use} needs"
            expected = f"only items that {use} can do without"
            yield documents.survey.problem(("waves", name, "not_asked"), found, expected)


def _shared_files(study: Study, documents: Documents, name: str, wave: Wave) -> Iterator[Problem]:
    """Refuse a file that gives the same rows to two waves."""
    for other, declared in study.waves.items():
        if other == name:
            return
        for file in wave.files:
            same = any((file.path, file.sheet) == (each.path, each.sheet) for each in declared.files)
            if same and (not wave.where or not declared.where or wave.where == declared.where):
                expected = f"another file than wave {other} has, or `where` with other rows in each"
                keys = ("waves", name, "files")
                yield documents.survey.problem(keys, f"'{file.path}'", expected)


def _scales(study: Study, documents: Documents) -> Iterator[Problem]:
    document, names = documents.scales, documents.scales.names()
    for name, scale in study.scales.items():
        if scale.convert is None:
            continue
        keys = (name, "convert", "to")
        yield from unknown(document, keys, [scale.convert.to], names, "a scale of scales.yaml")
        target = study.scales.get(scale.convert.to)
        if target is None:
            continue
        if scale.convert.to == name or target.convert is not None:
            yield document.problem(keys, f"'{scale.convert.to}'", "a scale that does not convert itself")
        elif target.text:
            yield document.problem(keys, f"'{scale.convert.to}'", "a scale of codes or numbers")
        else:
            yield from _new_codes(documents, name, scale, target)


def _new_codes(documents: Documents, name: str, scale: Scale, target: Scale) -> Iterator[Problem]:
    convert = scale.convert
    if convert is None or target.codes is None:
        return
    codes = ", ".join(f"{code:g}" for code in target.codes)
    expected = f"a code of {convert.to} ({codes})"
    if convert.table is not None:
        for old, new in convert.table.items():
            if new not in target.codes:
                yield documents.scales.problem(
                    (name, "convert", "table"), f"{new:g} for code {old:g}", expected
                )
    elif scale.codes is None:
        yield documents.scales.problem(
            (name, "convert"), "a number that becomes a code", "a scale of numbers"
        )
    else:
        for old in scale.codes:
            new = old * convert.multiply + convert.add
            if new not in target.codes:
                found = f"{new:g} for code {old:g} (multiply, add)"
                yield documents.scales.problem((name, "convert"), found, expected)
