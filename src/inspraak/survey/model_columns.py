"""The columns of the imputation model: items, what is known of every employer, and what claims are about.

Items are p, known columns c, rows n. A column of a claim (an index, a variable) enters as a linear function of these.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from inspraak.estimation.predictor_choice import design_covariates
from inspraak.study.study import Study
from inspraak.survey.imputable import BoolArray, Candidate, FloatArray
from inspraak.survey.weighting import survey_design, weight_names

MOST_CATEGORIES = 50
RIDGE = 1e-8  # of the squared length of a column: keeps copies apart


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of every employer: `columns` (n, c), and the places of those of a design and of each name."""

    columns: FloatArray
    of_design: tuple[int, ...]
    places: dict[str, tuple[int, ...]]


def known_columns(
    study: Study, responses: pd.DataFrame, names: Iterable[str], imputed: frozenset[str]
) -> Known:
    """Give strata, logs of the weights, and those of `names` that rest on no item of the model.

    Categories become indicators, without one; more than MOST_CATEGORIES are left out. A number that is missing has
    the mean, and an indicator says so.
    """
    designs = [survey_design(responses, weight=weight) for weight in weight_names(study)]
    strata = [np.empty((len(responses), 0))]
    for place, design in enumerate(designs):
        columns = design_covariates(design)
        strata.append(columns if place == 0 else columns[:, -1:])
    parts = [np.hstack(strata)]
    places: dict[str, tuple[int, ...]] = {}
    width = parts[0].shape[1]
    for name in names:
        if name not in responses or study.rests_on(name) & imputed or responses[name].isna().all():
            continue
        columns = _indicators(study, name, responses[name])
        if columns.shape[1] > MOST_CATEGORIES:
            continue
        places[name] = tuple(range(width, width + columns.shape[1]))
        width += columns.shape[1]
        parts.append(columns)
    return Known(np.hstack(parts), tuple(range(parts[0].shape[1])), places)


def _indicators(study: Study, name: str, column: pd.Series) -> FloatArray:
    coded = name in study.codebook and study.scale_of(name).codes is not None
    if pd.api.types.is_numeric_dtype(column) and not (coded and not study.scale_of(name).ordered):
        values = column.to_numpy(dtype=float)
        missing = np.isnan(values)
        number = np.where(missing, values[~missing].mean(), values)[:, np.newaxis]
        return np.hstack([number, missing[:, np.newaxis].astype(float)]) if missing.any() else number
    codes = pd.factorize(column, sort=True)[0]
    # the first category has no column; what is missing (-1) is a category of its own
    return np.asarray(codes[:, np.newaxis] == np.setdiff1d(codes, [0]), dtype=float)


@dataclass(frozen=True, eq=False)
class ModelColumns:
    """Items and known columns side by side, and the claims' columns as linear functions of them."""

    study: Study
    responses: pd.DataFrame
    items: Sequence[Candidate]
    known: Known

    @property
    def p(self) -> int:
        """Number of items."""
        return len(self.items)

    @cached_property
    def place(self) -> dict[str, int]:
        """The place of each item."""
        return {item.name: place for place, item in enumerate(self.items)}

    @cached_property
    def unordered(self) -> BoolArray:
        """Whether the codes of an item are mere names, (p,)."""
        return np.array([item.unordered for item in self.items], dtype=bool)

    @cached_property
    def centred(self) -> FloatArray:
        """Items and known columns less their means, (n, p + c); gaps at the mean."""
        values = np.column_stack([*(item.values for item in self.items), self.known.columns])
        return np.asarray(np.nan_to_num(values - np.nanmean(values, axis=0)))

    def parts(self, name: str) -> list[int]:
        """Give the places of the items that a column rests on."""
        return sorted(self.place[item] for item in self.study.rests_on(name) if item in self.place)

    def single(self, name: str) -> list[int]:
        """Give the places of a column that needs no function: known ones, or the one item that it rests on.

        The items themselves too where one of them is unordered, so that no linear function can tell.
        """
        if name in self.known.places:
            return [self.p + place for place in self.known.places[name]]
        parts = self.parts(name)
        return parts if len(parts) == 1 or self.unordered[parts].any() else []

    def linear(self, name: str) -> FloatArray | None:
        """Give a column as coefficients of items and known columns (p + c); None where none of them tells it.

        An index is the mean of its components, whatever its rule; a variable is its best linear approximation
        (least squares) in the items that it rests on.
        """
        if name in self.study.indices:
            return self._index(name)
        found = np.zeros(self.p + self.known.columns.shape[1])
        if name in self.known.places:
            if len(self.known.places[name]) > 1:
                return None
            found[self.p + self.known.places[name][0]] = 1.0
            return found
        if name in self.place:
            if self.unordered[self.place[name]]:
                return None
            found[self.place[name]] = 1.0
            return found
        return self._variable(name, found)

    def _index(self, name: str) -> FloatArray | None:
        columns = [self._component(part) for part in self.study.indices[name].items]
        found = [column for column in columns if column is not None]
        return np.asarray(np.mean(found, axis=0)) if found else None

    def _component(self, name: str) -> FloatArray | None:
        """Give one component of an index on 0-100."""
        column = self.linear(name)
        if column is None or name in self.study.indices:
            return column
        if name in self.study.variables:
            low, high = self.study.variables[name].range or (0.0, 1.0)
            return 100 * column / (high - low)
        low, high = self.study.scale_of(name).bounds or (0.0, 1.0)
        item = self.items[self.place[name]] if name in self.place else None
        span = float(np.ptp(item.modelled)) if item is not None and item.logarithm else high - low
        return 100 * column / span * (-1 if self.study.codebook[name].reversed else 1)

    def _variable(self, name: str, found: FloatArray) -> FloatArray | None:
        parts = [place for place in self.parts(name) if not self.unordered[place]]
        column = self.responses.get(name)
        if column is None or not parts or not pd.api.types.is_numeric_dtype(column):
            return None
        values = column.to_numpy(dtype=float)
        seen = ~np.isnan(values)
        if not seen.any():
            return None
        terms = self.centred[np.ix_(seen, parts)]
        terms = terms - terms.mean(axis=0)
        gram = terms.T @ terms
        gram[np.diag_indices(len(parts))] += RIDGE * (np.diag(gram) + 1)
        found[parts] = np.linalg.solve(gram, terms.T @ (values[seen] - values[seen].mean()))
        return found if found.any() else None
