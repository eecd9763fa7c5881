"""Read the usable solutions of a measurement model from the published tables, for the figures of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from inspraak.publishing.figures.reading import plain, waves_in
from inspraak.publishing.figures.style import THEME_COLOURS, theme_colour
from inspraak.study.study import Study

USABLE = "converged"


@dataclass(frozen=True)
class Loading:
    """A standardised loading with its interval (NaN where it has none)."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Solution:
    """The declared structure of a model in one wave: loadings by factor and item, correlations of two factors.

    `above` are the loadings of factors on the factor of second order, where there is one.
    """

    factors: Mapping[str, Mapping[str, Loading]]
    above: Mapping[str, Loading]
    correlations: Mapping[tuple[str, str], float]


def solutions(tables: Mapping[str, pd.DataFrame], study: Study, model: str) -> dict[str, Solution]:
    """Give the solutions of a model of which the numbers may be used, by wave, in the order of the study."""
    table, declared = tables.get("loadings"), study.models[model]
    if table is None:
        return {}
    rows = plain(table[table["model"] == model], "wave", "status")
    rows = rows[(rows["structure"] == declared.structure) & (rows["status"] == USABLE)]
    pairs = tables.get("discriminant")
    between = pairs[pairs["model"] == model] if pairs is not None else None
    return {
        wave: _solution(rows[rows["wave"] == wave], _of_wave(between, wave), list(declared.factors))
        for wave in waves_in(rows["wave"].unique(), study)
    }


def _of_wave(table: pd.DataFrame | None, wave: str) -> pd.DataFrame | None:
    if table is None:
        return None
    rows = plain(table, "wave")
    return rows[rows["wave"] == wave]


def _solution(rows: pd.DataFrame, pairs: pd.DataFrame | None, order: Sequence[str]) -> Solution:
    found: dict[str, dict[str, Loading]] = {}
    numbers = (rows[name].astype(float) for name in ("standardised", "standardised_low", "standardised_high"))
    for factor, item, *ends in zip(rows["factor"], rows["item"], *numbers):
        if math.isfinite(ends[0]):
            found.setdefault(str(factor), {})[str(item)] = Loading(*ends)
    above = next((loadings for loadings in found.values() if set(loadings) <= set(order)), {})
    factors = {name: found[name] for name in [*order, *found] if name in found and found[name] is not above}
    correlations: dict[tuple[str, str], float] = {}
    if pairs is not None:
        for x, y, value in zip(pairs["x"], pairs["y"], pairs["correlation"].astype(float)):
            if x in factors and y in factors and math.isfinite(value):
                correlations[str(x), str(y)] = correlations[str(y), str(x)] = value
    return Solution(factors, above, correlations)


def factor_colour(study: Study, factor: str) -> str:
    """Give the colour of the theme of a score; that of the first theme for any other factor."""
    index = study.indices.get(factor)
    return theme_colour(study, index.theme) if index is not None else THEME_COLOURS[0]
