"""Recognise an employer over the waves, by its identifier or through a declared crosswalk."""

import pandas as pd

from inspraak.errors import Problem, UserError, near_match
from inspraak.study.declarations import read_csv
from inspraak.study.study import Study
from inspraak.survey.harmonising import as_text

CROSSWALK_COLUMNS = ("wave", "identifier", "employer")


def recognise_employers(study: Study, wave: str, values: pd.DataFrame, rows: pd.Series) -> pd.Series:
    """Give each row's employer as text, the same for one employer in every wave.

    A row without an identifier, and every row of a study that declares none, is an employer of its own.
    Raises `UserError` for an identifier that the crosswalk does not have in this wave.
    """
    alone = pd.Series([f"{wave}-row-{position}" for position in range(len(values))], index=values.index)
    employer = study.survey.employer
    if employer is None or employer.item not in values:
        return alone
    identifiers = values[employer.item].map(as_text)
    if employer.crosswalk is not None:
        identifiers = _through_crosswalk(study, wave, employer.crosswalk, identifiers, rows)
    return identifiers.where(identifiers != "", alone).astype(object)


def _through_crosswalk(
    study: Study, wave: str, file: str, identifiers: pd.Series, rows: pd.Series
) -> pd.Series:
    table: dict[str, str] = {}
    problems: list[Problem] = []
    for line, cells in read_csv(study.folder / file, CROSSWALK_COLUMNS):
        if cells["wave"] not in study.waves:
            near = near_match(cells["wave"], study.waves)
            problems.append(
                Problem(file, f"line {line}", f"wave '{cells['wave']}'", "a wave of study.yaml", near)
            )
        if cells["wave"] != wave:
            continue
        if cells["identifier"] in table:
            problems.append(
                Problem(file, f"line {line}", f"'{cells['identifier']}' again", "each identifier once")
            )
        table[cells["identifier"]] = cells["employer"]
    for identifier, row_name in zip(identifiers, rows):
        if identifier and identifier not in table:
            where, expected = str(row_name), f"an identifier that {file} has in wave {wave}"
            place, _, row = where.rpartition(", ")
            problems.append(Problem(place, row, f"'{identifier}'", expected, near_match(identifier, table)))
    if problems:
        raise UserError(problems)
    return identifiers.map(lambda identifier: table.get(identifier, ""))
