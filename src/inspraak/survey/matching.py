"""Recognise an employer over the waves, by its identifier or through a declared crosswalk."""

from collections.abc import Iterable, Mapping
from itertools import combinations

import pandas as pd

from inspraak.errors import Problem, UserError, near_match
from inspraak.study.study import Study
from inspraak.study.tables import read_crosswalk
from inspraak.survey.harmonising import as_text


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


def unlike_identifiers(employers: Mapping[str, Iterable[str]]) -> list[str]:
    """Tell of identifiers that two waves have with other leading zeros: there they are two employers.

    `employers` are those of each wave. A spreadsheet that takes identifiers for numbers drops their zeros.
    """
    told: list[str] = []
    by_wave = {wave: {name.lstrip("0"): name for name in names} for wave, names in employers.items()}
    for (first, one), (second, other) in combinations(by_wave.items(), 2):
        unlike = [key for key in one.keys() & other.keys() if key and one[key] != other[key]]
        if unlike:
            key = min(unlike)
            more = f" (and {len(unlike) - 1} more)" if len(unlike) > 1 else ""
            told.append(
                f"waves {first} and {second}: '{one[key]}' and '{other[key]}'{more} count as two employers; if they "
                "are one, write the identifiers alike or declare a crosswalk"
            )
    return told


def _through_crosswalk(
    study: Study, wave: str, file: str, identifiers: pd.Series, rows: pd.Series
) -> pd.Series:
    every = read_crosswalk(study.folder, file, study.waves)
    table = {identifier: employer for (of, identifier), employer in every.items() if of == wave}
    problems: list[Problem] = []
    for identifier in dict.fromkeys(identifiers[identifiers != ""]):
        if identifier not in table:
            named = [str(row) for row in rows[identifiers == identifier]]
            path, _, row = named[0].rpartition(", ")
            more = f" (and {len(named) - 1} more)" if len(named) > 1 else ""
            expected = f"an identifier that {file} has in wave {wave}"
            problems.append(
                Problem(path, f"{row}{more}", f"'{identifier}'", expected, near_match(identifier, table))
            )
    if problems:
        raise UserError(problems)
    return identifiers.map(lambda identifier: table.get(identifier, ""))
