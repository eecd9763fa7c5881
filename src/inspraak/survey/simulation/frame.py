"""Facts that put an employer in its stratum: which item defines which variable, what fits a category."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspraak.errors import Problem, UserError
from inspraak.study.declarations import read_csv
from inspraak.study.study import Study
from inspraak.study.variables import Variable, band_names
from inspraak.survey.simulation.population import Strata

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Definition:
    """How one item decides the category of one stratum variable: its recode, or None for the item itself."""

    item: str
    variable: str
    recode: Variable | None
    table: Mapping[str, str]

    def category(self, value: float | str) -> str | None:
        """Give the category of an answer (a code or a text); None where it has none."""
        text = value if isinstance(value, str) else f"{value:g}"
        if self.recode is None or self.recode.as_ is not None:
            return text
        if self.recode.prefixes is not None:
            fitting = [str(prefix) for prefix in self.recode.prefixes if text.startswith(str(prefix))]
            by_text = {str(prefix): category for prefix, category in self.recode.prefixes.items()}
            return by_text[max(fitting, key=len)] if fitting else None
        if self.recode.equals is not None:
            return str(int(text in [_text(code) for code in self.recode.equals]))
        return self.table.get(text)

    def bounds(self, categories: npt.NDArray[np.str_], highest: float) -> tuple[Numbers, Numbers]:
        """Give the lowest value and the first too high of the band of each employer."""
        lows = self.recode.bands or () if self.recode is not None else ()
        low = dict(zip(band_names(lows), lows))
        high = dict(zip(band_names(lows), (*lows[1:], highest + 1)))
        return (
            np.array([low[category] for category in categories], dtype=np.float64),
            np.array([high[category] for category in categories], dtype=np.float64),
        )


def definitions(study: Study, strata: Strata) -> dict[str, Definition]:
    """Give the item behind each stratum variable.

    Raises `UserError` where a stratum variable is computed from several columns, or two share an item:
    then no answer can be drawn back from the stratum.
    """
    found: dict[str, Definition] = {}
    for name in strata.variables:
        item, recode = _source(study, name)
        if item is None or item in found:
            expected = "strata that are each recoded from an item of their own, in a simulated study"
            raise UserError(Problem("study.yaml", "design.strata", f"'{name}'", expected))
        found[item] = Definition(item, name, recode, _table(study, recode))
    return found


def _source(study: Study, name: str) -> tuple[str | None, Variable | None]:
    recode: Variable | None = None
    while name in study.variables:
        variable = study.variables[name]
        if variable.source is None or (recode is not None and variable.as_ is None):
            return None, None
        recode = recode if recode is not None and variable.as_ is not None else variable
        name = variable.source
    return (name if name in study.codebook else None), recode


def _table(study: Study, recode: Variable | None) -> dict[str, str]:
    if recode is None:
        return {}
    if recode.table is not None:
        rows = read_csv(study.folder / recode.table, ("code", "value"))
        return {cells["code"]: cells["value"] for _, cells in rows}
    return {_text(code): _text(value) for code, value in (recode.codes or {}).items()}


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"
