"""Compute groups and helper variables of a study from its items, one operation each."""

from collections.abc import Callable, Collection

import numpy as np
import pandas as pd

from inspraak.errors import Problem, UserError, near_match
from inspraak.study.problems import Gathered
from inspraak.study.study import Study
from inspraak.study.tables import read_recodes
from inspraak.study.variables import WAVE_YEAR, Variable, band_names
from inspraak.study.waves import year_of
from inspraak.survey.harmonising import as_text

MOST_TOLD = 10
"""Different values of one variable that are told one by one."""
FAILURES = {
    "log": "the logarithm of 0 or less",
    "log1p": "the logarithm of 1 plus -1 or less",
    "ratio": "a division by 0",
}
"""The operations that have no value for some numbers, and why not."""


def derive_variables(
    study: Study, wave: str, values: pd.DataFrame, *, only: Collection[str] | None = None
) -> pd.DataFrame:
    """Give the declared variables of a wave: float columns, or text for categories; missing where a source is.

    With `only` these alone, from `values` that hold the other variables too. A variable of an item that the wave did
    not ask is missing throughout. Raises one `UserError` for all values that a recode table does not know, texts in a
    number, and prefixes of which none ever fits.
    """
    year = year_of(wave, study.waves[wave])
    columns: dict[str, pd.Series] = {name: values[name] for name in values.columns}
    columns[WAVE_YEAR] = pd.Series(np.nan if year is None else float(year), index=values.index)
    derived: dict[str, pd.Series] = {}
    gathered = Gathered()
    for name, variable in study.variables.items():
        if only is not None and name not in only:
            continue
        derived[name] = pd.Series(np.nan, index=values.index, dtype=object if variable.categorical else float)
        if all(source in columns for source in variable.names):
            with gathered.noting():
                derived[name] = _compute(study, name, variable, columns)
        columns[name] = derived[name]
    gathered.refuse()
    return pd.DataFrame(derived, index=values.index)


def without_value(study: Study, responses: pd.DataFrame) -> dict[str, int]:
    """Count the rows in which a variable has no value although all its parts are there, by variable.

    Only variables with an operation that can fail (FAILURES) and with all of their parts among the items and
    variables of `responses` are counted.
    """
    counts: dict[str, int] = {}
    for name, variable in study.variables.items():
        parts = [part for part in variable.names if part != WAVE_YEAR]
        if variable.operation in FAILURES and all(part in responses for part in parts):
            known = responses[parts].notna().all(axis=1)
            counts[name] = int((known & responses[name].isna()).sum())
    return counts


def _compute(study: Study, name: str, variable: Variable, columns: dict[str, pd.Series]) -> pd.Series:
    if variable.source is not None:
        return _RECODES[variable.operation](study, name, variable, columns[variable.source])
    return _arithmetic(variable, columns)


def _as(study: Study, name: str, variable: Variable, column: pd.Series) -> pd.Series:
    if variable.as_ == "text":
        return column.map(as_text).where(column.notna(), None).astype(object)
    figures = pd.to_numeric(column, errors="coerce").astype(float)
    texts = column[figures.isna() & column.notna()].map(as_text)
    if len(texts):
        problems = [
            _unknown(
                name, f"'{text}' in {variable.source} ({n} row{'s' * (n != 1)})", "a number in every row"
            )
            for text, n in texts.value_counts(sort=False).head(MOST_TOLD).items()
        ]
        raise UserError(problems)
    return figures


def _unknown(name: str, found: str, expected: str, near: str | None = None) -> Problem:
    return Problem("study.yaml", f"variables.{name}", found, expected, near)


def _bands(study: Study, name: str, variable: Variable, column: pd.Series) -> pd.Series:
    bounds = variable.bands or ()
    position = np.searchsorted(bounds, column.to_numpy(dtype=float), side="right") - 1
    known = column.notna().to_numpy() & (position >= 0)
    names = np.array([*band_names(bounds), None], dtype=object)
    return pd.Series(names[np.where(known, position, len(names) - 1)], index=column.index)


def _prefixes(study: Study, name: str, variable: Variable, column: pd.Series) -> pd.Series:
    table = {as_text(prefix): category for prefix, category in (variable.prefixes or {}).items()}
    longest = sorted(table, key=len, reverse=True)

    def category(cell: object) -> str | None:
        text = as_text(cell)
        return next((table[prefix] for prefix in longest if text.startswith(prefix)), None) if text else None

    categories = column.map(category, na_action=None).astype(object)
    if categories.isna().all() and column.notna().any():
        there = list(dict.fromkeys(column.dropna().map(as_text)))[:MOST_TOLD]
        found = f"no value of {variable.source} that begins so (it has {', '.join(map(repr, there))}, ...)"
        raise UserError(_unknown(name, found, f"one of {', '.join(table)} at the beginning"))
    return categories


def _codes(study: Study, name: str, variable: Variable, column: pd.Series) -> pd.Series:
    return _recoded(
        name, variable, column, {as_text(code): value for code, value in (variable.codes or {}).items()}
    )


def _table(study: Study, name: str, variable: Variable, column: pd.Series) -> pd.Series:
    values: dict[str, str | int | float] = {**read_recodes(study.folder, str(variable.table))}
    return _recoded(name, variable, column, values)


def _recoded(
    name: str, variable: Variable, column: pd.Series, table: dict[str, str | int | float]
) -> pd.Series:
    texts = column.map(as_text)
    unknown = sorted(set(texts[texts != ""]) - set(table))
    if unknown:
        expected = f"one for each value of {variable.source}"
        raise UserError(
            [
                _unknown(name, f"no value for '{text}'", expected, near_match(text, table))
                for text in unknown[:MOST_TOLD]
            ]
        )
    if variable.categorical:
        categories = [str(table[text]) if text else None for text in texts]
        return pd.Series(categories, index=column.index, dtype=object)
    return pd.Series([table.get(text) for text in texts], index=column.index, dtype=float)


def _equals(study: Study, name: str, variable: Variable, column: pd.Series) -> pd.Series:
    wanted = {as_text(value) for value in variable.equals or ()}
    chosen = [cell for cell in column.dropna().unique() if as_text(cell) in wanted]
    return column.isin(chosen).astype(float).where(column.notna(), np.nan)


_RECODES: dict[str, Callable[[Study, str, Variable, pd.Series], pd.Series]] = {
    "as": _as,
    "bands": _bands,
    "prefixes": _prefixes,
    "codes": _codes,
    "table": _table,
    "equals": _equals,
}


def _arithmetic(variable: Variable, columns: dict[str, pd.Series]) -> pd.Series:
    """Compute sums, ratios, logarithms and counts; the result is missing where a part is."""
    frame = pd.DataFrame({name: columns[name].astype(float) for name in variable.names})
    known = frame.notna().all(axis=1)
    if variable.count is not None:
        result = frame.isin(list(variable.count.equals)).sum(axis=1).astype(float)
    elif variable.log_contrast is not None:
        result = _log_contrast(variable, frame)
    elif variable.ratio is not None or variable.difference is not None:
        first, second = (frame[name] for name in (variable.ratio or variable.difference or ()))
        result = first / second.where(second != 0) if variable.ratio is not None else first - second
    elif variable.log is not None:
        result = np.log(frame[variable.log].where(frame[variable.log] > 0))
    elif variable.log1p is not None:
        result = np.log1p(frame[variable.log1p].where(frame[variable.log1p] > -1))
    else:
        result = getattr(frame, {"sum": "sum", "mean": "mean", "product": "prod"}[variable.operation])(axis=1)
    return result.where(known, np.nan).astype(float)


def _log_contrast(variable: Variable, frame: pd.DataFrame) -> pd.Series:
    """Isometric log-ratio coordinate sqrt(rs / (r + s)) ln(g(of) / g(against)); zeros become `zero`."""
    assert variable.log_contrast is not None
    of, against = list(variable.log_contrast.of), list(variable.log_contrast.against)
    logs = np.log(frame.where(frame > 0, variable.log_contrast.zero))
    scale = np.sqrt(len(of) * len(against) / (len(of) + len(against)))
    contrast: pd.Series = scale * (logs[of].mean(axis=1) - logs[against].mean(axis=1))
    return contrast
