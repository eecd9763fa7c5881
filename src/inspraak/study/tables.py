"""The small tables of a study folder: populations, invitations, margins, crosswalks and recodes."""

import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from inspraak.errors import Problem, UserError, near_match
from inspraak.study.columns import column_of
from inspraak.study.documents import Table, is_there, read_table
from inspraak.study.problems import Gathered
from inspraak.study.study import Study

SEPARATOR = "|"
CROSSWALK_COLUMNS = ("wave", "identifier", "employer")
RECODE_COLUMNS = ("code", "value")


def read_counts(study: Study, file: str, count: str) -> dict[str, float]:
    """Read a CSV of counts per stratum, by stratum such as "trade|10-19".

    Raises `UserError` for a count that is no whole number of zero or more, for a category that a stratum variable
    does not have, and for a stratum that stands there twice.
    """
    names = study.design.strata if study.design is not None else ()
    return _counts(study, file, names, count, read_table(study.folder / file, (*names, count)))


def read_margin(
    study: Study, file: str, count: str, *, known: Iterable[str] | None = None
) -> tuple[str, dict[str, float]]:
    """Read a CSV of counts per category of one variable, the first column: its name and the counts.

    Raises `UserError` as `read_counts` does, and where the first column is no variable or item.
    """
    table = read_table(study.folder / file, (count,))
    header = list(table.rows[0][1]) if table.rows else []
    known = [*study.variables, *study.codebook] if known is None else list(known)
    if not header or header[0] not in known:
        found = f"the first column '{header[0]}'" if header else "no rows"
        near = near_match(header[0], known) if header else None
        expected = "the name of a variable or item as the first column, and one row per category"
        raise UserError(Problem(file, "line 1", found, expected, near))
    return header[0], _counts(study, file, (header[0],), count, table)


def _counts(study: Study, file: str, names: tuple[str, ...], count: str, table: Table) -> dict[str, float]:
    counts: dict[str, float] = {}
    gathered = Gathered(list(table.problems))
    for line, cells in table.rows:
        stratum = SEPARATOR.join(cells[name] for name in names)
        place = f"line {line}"
        for name in names:
            column = column_of(study, name)
            values = column.values if column is not None else None
            if values is not None and cells[name] not in values:
                expected = f"a category of {name}: {', '.join(values)}"
                near = near_match(cells[name], values)
                found = f"'{cells[name]}'"
                gathered.add([Problem(file, f"{place}, column {name}", found, expected, near)])
        number = _whole(cells[count])
        if number is None:
            expected = "a whole number of zero or more, without a sign between thousands"
            gathered.add([Problem(file, f"{place}, column {count}", f"'{cells[count]}'", expected)])
        elif stratum in counts:
            gathered.add([Problem(file, place, f"stratum '{stratum}' again", "each stratum once")])
        counts[stratum] = number or 0.0
    if not table.rows and not table.problems:
        gathered.add([Problem(file, "", "no rows", "one row per stratum")])
    gathered.refuse()
    return counts


def _whole(cell: str) -> float | None:
    try:
        number = float(cell)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 and number == int(number) else None


def read_crosswalk(folder: Path, file: str, waves: Iterable[str]) -> dict[tuple[str, str], str]:
    """Read which employer an identifier of a wave stands for, by wave and identifier.

    Raises `UserError` for an unknown wave, an empty cell, and an identifier that stands there twice in one wave.
    """
    table, known = read_table(folder / file, CROSSWALK_COLUMNS), tuple(waves)
    gathered = Gathered(list(table.problems))
    employers: dict[tuple[str, str], str] = {}
    for line, cells in table.rows:
        key = (cells["wave"], cells["identifier"])
        place = f"line {line}"
        empty = [name for name in CROSSWALK_COLUMNS if not cells[name]]
        if empty:
            found = "an empty cell"
            gathered.add([Problem(file, f"{place}, column {empty[0]}", found, "a value in every cell")])
        elif key[0] not in known:
            near = near_match(key[0], known)
            found = f"wave '{key[0]}'"
            gathered.add([Problem(file, f"{place}, column wave", found, "a wave of study.yaml", near)])
        elif key in employers:
            found = f"'{key[1]}' of wave {key[0]} again"
            gathered.add([Problem(file, place, found, "each identifier once in a wave")])
        employers[key] = cells["employer"]
    gathered.refuse()
    return employers


def read_recodes(folder: Path, file: str) -> dict[str, str]:
    """Read a recode table: the value of each code; raises `UserError` for a code that stands there twice."""
    table = read_table(folder / file, RECODE_COLUMNS)
    gathered = Gathered(list(table.problems))
    values: dict[str, str] = {}
    for line, cells in table.rows:
        if not cells["code"] or not cells["value"]:
            gathered.add([Problem(file, f"line {line}", "an empty cell", "a code and a value")])
        elif cells["code"] in values:
            gathered.add(
                [Problem(file, f"line {line}", f"the code '{cells['code']}' again", "each code once")]
            )
        values[cells["code"]] = cells["value"]
    gathered.refuse()
    return values


def margin_variables(study: Study) -> tuple[str, ...]:
    """Name the variables of all margins that can be read; what is wrong with the others is told elsewhere."""
    design = study.design
    files = (*design.margins, *design.employee_margins) if design is not None else ()
    found: dict[str, None] = {}
    for file in dict.fromkeys(files):
        if is_there(study.folder / file):
            try:
                table = read_table(study.folder / file, ())
            except UserError:
                continue
            found |= dict.fromkeys(list(table.rows[0][1])[:1] if table.rows else [])
    return tuple(found)


def _contradictions(
    study: Study, files: Iterable[str], count: str, known: Iterable[str]
) -> Iterator[Problem]:
    """List the margins that count another number of units than the first of them."""
    there = [file for file in files if is_there(study.folder / file)]
    totals = {file: sum(read_margin(study, file, count, known=known)[1].values()) for file in there}
    for file in there[1:]:
        if totals[file] != totals[there[0]]:
            found, expected = f"{totals[file]:.15g} together", f"{totals[there[0]]:.15g}, as in {there[0]}"
            yield Problem(file, f"column {count}", found, f"{expected} (margins of one population)")


def wrong_tables(study: Study, *, waves: Iterable[str], columns: Iterable[str]) -> list[Problem]:
    """List what is wrong with the tables that study.yaml names; `waves` and `columns` are all it declares."""
    survey, design = study.survey, study.survey.design
    columns = tuple(columns)

    def margin(count: str) -> Callable[[str], object]:
        return lambda file: read_margin(study, file, count, known=columns)

    checks: list[tuple[str | None, Callable[[str], object]]] = []
    totals: list[tuple[tuple[str, ...], str]] = []
    if design is not None:
        checks += [(file, margin("population")) for file in design.margins]
        checks += [(file, margin("employees")) for file in design.employee_margins]
        totals = [(design.margins, "population"), (design.employee_margins, "employees")]
        if design.strata and set(design.strata) <= set(columns):
            checks.append((design.population, lambda file: read_counts(study, file, "population")))
            if design.finite_population and design.clusters is not None:
                checks.append((design.population, lambda file: read_counts(study, file, "clusters")))
            invited = [wave.invited for wave in study.waves.values()]
            checks += [(file, lambda file: read_counts(study, file, "invited")) for file in invited]
    if survey.employer is not None:
        checks.append((survey.employer.crosswalk, lambda file: read_crosswalk(study.folder, file, waves)))
    recoded = [variable.table for variable in study.variables.values()]
    checks += [(file, lambda file: read_recodes(study.folder, file)) for file in recoded]
    gathered = Gathered()
    for file, check in checks:
        if file is not None and is_there(study.folder / file):
            with gathered.noting():
                check(file)
    for files, count in totals if not gathered.problems else ():
        gathered.add(_contradictions(study, files, count, columns))
    return list(dict.fromkeys(gathered.problems))
