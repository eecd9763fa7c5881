"""Check what study.yaml says about rows: variables, groups, scope, cleaning, design, and the tables it names."""

from collections.abc import Iterator

from inspraak.errors import Problem, UserError, near_match
from inspraak.study.columns import column_of, not_numbers, not_values, unknown
from inspraak.study.documents import Known, is_there
from inspraak.study.loading import Documents
from inspraak.study.messages import Keys
from inspraak.study.study import Study
from inspraak.study.tables import read_recodes, wrong_tables
from inspraak.study.variables import OPERATIONS, WAVE_YEAR, Variable

ITEM, COLUMN = "an item of codebook.csv", "an item or a variable"


def wrong_variables(study: Study, documents: Documents) -> Iterator[Problem]:
    """List what is wrong with the computed columns and with the groups."""
    document = documents.survey
    known = documents.codebook.names() | Known((WAVE_YEAR,))
    for name in documents.section("variables").words:
        variable, keys = study.variables.get(name), ("variables", name)
        if variable is not None:
            expected = "an item, or a variable above this one"
            yield from unknown(document, keys, variable.names, known, expected)
            yield from _sources(study, documents, keys, variable)
            yield from _labels(study, documents, keys, variable)
        known = known | Known((name,))
    for group in study.groups:
        yield from unknown(document, ("groups",), [group], documents.columns, COLUMN)
        column = column_of(study, group)
        if column is not None and column.kind not in ("codes", "categories"):
            expected = "a variable with categories or an item with codes"
            yield document.problem(("groups",), f"'{group}'", expected)


def _sources(study: Study, documents: Documents, keys: Keys, variable: Variable) -> Iterator[Problem]:
    """Check that the sources can be computed with, and have the values that are recoded or counted."""
    document = documents.survey
    if variable.bands is not None or variable.operation in OPERATIONS:
        yield from not_numbers(study, document, (*keys, variable.operation), variable.names)
    recoded = {"codes": variable.codes or {}, "equals": variable.equals or ()}
    for key, values in recoded.items():
        if variable.source is not None:
            yield from not_values(study, document, (*keys, key), variable.source, values)
    if variable.count is not None:
        for code in variable.count.equals:
            wrong = [
                list(not_values(study, document, (*keys, "count", "equals"), name, [code]))
                for name in variable.count.of
            ]
            if wrong and all(wrong):
                yield wrong[0][0]
    source = study.variables.get(variable.source or "")
    if variable.as_ == "number" and source is not None and source.categorical:
        yield from not_numbers(study, document, (*keys, "as"), [str(variable.source)])


def _labels(study: Study, documents: Documents, keys: Keys, variable: Variable) -> Iterator[Problem]:
    document = documents.survey
    listed = ", ".join(variable.categories)
    if variable.as_ != "text" and variable.table is None:
        for label in variable.labels:
            if label not in variable.categories:
                near = near_match(label, variable.categories)
                place = document.place((*keys, "labels", label))
                yield Problem(document.path.name, place, f"'{label}'", f"a category: {listed}", near)
        for category in variable.categories if variable.labels else ():
            if category not in variable.labels:
                near = near_match(category, variable.labels)
                place = document.place((*keys, "labels"))
                expected = "a label for every category, or for none"
                yield Problem(document.path.name, place, f"no label for '{category}'", expected, near)
    if variable.table is None or not is_there(study.folder / variable.table):
        return
    try:
        values = read_recodes(study.folder, variable.table)
    except UserError:
        return
    if variable.source is not None:
        for problem in not_values(study, document, (*keys, "table"), variable.source, values):
            yield Problem(variable.table, "column code", problem.found, problem.expected, problem.near)
    for value in dict.fromkeys(values.values()):
        if variable.labels and value not in variable.labels:
            near = near_match(value, variable.labels)
            expected = f"a category with a label under {'.'.join(map(str, keys))}.labels: {listed}"
            yield Problem(variable.table, "column value", f"'{value}'", expected, near)
        elif not variable.labels and not _is_number(value):
            expected = "a number (or `labels` with the variable in study.yaml, for categories)"
            yield Problem(variable.table, "column value", f"'{value}'", expected)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def wrong_rows(study: Study, documents: Documents) -> Iterator[Problem]:
    """List what is wrong with scope, cleaning, employer and design."""
    document, items, columns = documents.survey, documents.codebook.names(), documents.columns
    for name, limits in study.survey.scope.items():
        keys = ("scope", name)
        yield from unknown(document, keys, [name], columns, COLUMN)
        if limits.at_least is not None or limits.at_most is not None:
            yield from not_numbers(study, document, keys, [name])
        yield from not_values(study, document, (*keys, "in"), name, limits.in_ or ())
        yield from not_values(study, document, (*keys, "not_in"), name, limits.not_in or ())
    yield from _cleaning(study, documents, items)
    if study.survey.employer is not None:
        yield from unknown(document, ("employer",), [study.survey.employer.item], items, ITEM)
    yield from _design(study, documents, items)


def _design(study: Study, documents: Documents, items: Known) -> Iterator[Problem]:
    document, columns, design = documents.survey, documents.columns, study.survey.design
    if design is None:
        return
    yield from unknown(document, ("design", "strata"), design.strata, columns, COLUMN)
    for name in design.strata:
        column = column_of(study, name)
        if column is not None and column.kind == "number" and column.values is None:
            expected = "a variable with categories, or an item with codes"
            yield document.problem(("design", "strata"), f"'{name}', which holds a number", expected)
    if design.employees is not None:
        place = ("design", "employees")
        yield from unknown(document, place, [design.employees], columns, COLUMN)
        column = column_of(study, design.employees)
        if column is not None and column.kind != "number":
            yield document.problem(place, f"'{design.employees}'", "an item or variable that holds a number")
    if design.weight is not None:
        keys = ("design", "weight")
        yield from unknown(document, keys, [design.weight], items, ITEM)
        column = column_of(study, design.weight)
        if column is not None and column.kind != "number":
            yield document.problem(keys, f"'{design.weight}'", "an item that holds a number")
    if design.clusters is not None:
        keys = ("design", "clusters")
        yield from unknown(document, keys, [design.clusters], columns, COLUMN)
        if design.clusters in design.strata:
            expected = "an item or variable that tells units apart within a stratum"
            yield document.problem(keys, f"'{design.clusters}', which makes the strata", expected)


def _cleaning(study: Study, documents: Documents, items: Known) -> Iterator[Problem]:
    document, cleaning, top = documents.survey, study.survey.cleaning, ("cleaning",)
    yield from unknown(document, (*top, "not_employers"), cleaning.not_employers, items, ITEM)
    for name, right in cleaning.attention.items():
        yield from unknown(document, (*top, "attention"), [name], items, ITEM)
        yield from not_values(study, document, (*top, "attention", name), name, [right])
    batteries = cleaning.straight_lining.batteries if cleaning.straight_lining is not None else {}
    for battery, names in batteries.items():
        place: Keys = (*top, "straight_lining", "batteries", battery)
        yield from unknown(document, place, names, items, ITEM)
        yield from not_numbers(study, document, place, names)
    for position, check in enumerate(cleaning.checks):
        place = (*top, "checks", position)
        yield from unknown(document, place, check.sum, items, ITEM)
        yield from not_numbers(study, document, place, check.sum)


def wrong_files(study: Study, documents: Documents) -> Iterator[Problem]:
    """List the files that study.yaml names and that are not in the study folder, and what is wrong in the others."""
    survey, design, employer = study.survey, study.survey.design, study.survey.employer
    named: list[tuple[Keys, str | None]] = [(("simulated",), survey.simulated)]
    named += [(("waves", name, "invited"), wave.invited) for name, wave in study.waves.items()]
    named += [(("variables", name, "table"), variable.table) for name, variable in study.variables.items()]
    if design is not None:
        named += [(("design", "population"), design.population)]
        named += [(("design", "margins", place), path) for place, path in enumerate(design.margins)]
        named += [
            (("design", "employee_margins", place), path)
            for place, path in enumerate(design.employee_margins)
        ]
    if employer is not None:
        named += [(("employer", "crosswalk"), employer.crosswalk)]
    present = Known(tuple(path.name for path in study.folder.iterdir() if path.is_file()))
    for keys, path in named:
        if path is not None:
            yield from unknown(documents.survey, keys, [path], present, "a file in the study folder")
    yield from wrong_tables(study, waves=documents.section("waves").words, columns=documents.columns.words)
