"""The columns that a claim names, as numbers: indices, items as they count, variables, dummies of categories.

Every column has an axis of imputations before that of employers: (m, n), where m is 1 where answers stand as given.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.sandwich import Covariance
from inspraak.measurement.scoring_without import score_without
from inspraak.randomness import stream
from inspraak.study.conditions import Condition
from inspraak.study.configuration import REPETITIONS, Repetitions, Scoring
from inspraak.study.parts import Part
from inspraak.study.study import Study
from inspraak.survey.completing import complete_answers, imputations_in
from inspraak.survey.weighting import survey_design

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class WaveData:
    """One wave as the tests need it: answers, reasons of missing ones, index scores, and the design.

    With `imputed` (cells as of survey.imputing) and `imputed_scores` (m n rows, every imputation below the one before)
    every column is that of each completed data set: variables, indices and conditions are of its own answers.
    `scoring` is how the scores of scales were made. What rests on chance is drawn from `seed`, as often as
    `repetitions` says.
    """

    study: Study
    wave: str
    responses: pd.DataFrame
    reasons: pd.DataFrame
    scores: pd.DataFrame
    imputed: pd.DataFrame | None = None
    imputed_scores: pd.DataFrame | None = None
    scoring: Scoring = "mean"
    seed: int = 1
    repetitions: Repetitions = REPETITIONS["standard"]

    @property
    def n(self) -> int:
        """Number of employers."""
        return len(self.responses)

    @property
    def imputations(self) -> int:
        """Number m of data sets that stand for the wave; 1 where answers stand as given."""
        return 1 if self.imputed is None or self.imputed.empty else len(imputations_in(self.imputed))

    @cached_property
    def _completed(self) -> pd.DataFrame:
        """The answers of every data set below those of the one before, m n rows."""
        if self.imputed is None or self.imputations == 1:
            return self.responses
        return complete_answers(self.study, self.wave, self.responses, self.imputed)

    def _stacked(self, name: str) -> pd.Series:
        """Give a column of every data set, m n values."""
        if name in self.study.indices:
            imputed = self.imputed_scores if self.imputations > 1 else None
            return (self.scores if imputed is None else imputed)[name]
        return self._completed[name]

    @cached_property
    def design(self) -> SurveyDesign:
        """Weights and strata of the rows."""
        return survey_design(self.responses)

    @cached_property
    def test_design(self) -> SurveyDesign:
        """The design that tests take: that of the survey, or equal weights where the study declares none."""
        return self.design if self.study.design is not None else simple_design(self.n)

    @property
    def covariance(self) -> Covariance:
        """The variance of linear coefficients: by the design, or HC3 where the study declares none."""
        return "design" if self.study.design is not None else "HC3"

    def stream(self, part: Part, *names: str) -> np.random.Generator:
        """Give the random numbers of a test: they depend on the seed and on what is tested, not on other claims."""
        columns = [f"{key}={name}" for key, found in part.columns.items() for name in found]
        return stream(self.seed, self.study.name, self.wave, part.kind, *columns, *names)

    def has(self, name: str) -> bool:
        """Tell whether the wave has the column: asked, measured, or computed from what was asked."""
        if name in self.study.indices:
            return name in self.scores
        return name in self.responses and bool(self.responses[name].notna().any())

    def column(self, name: str, *, without: frozenset[str] = frozenset()) -> FloatArray:
        """Give an index (0-100), an item (codes as their scale counts them) or a numeric variable, (m, n).

        NaN is missing. An index is scored without what rests on the items `without`. Raises KeyError where the wave
        lacks the column.
        """
        left_out = without & self.study.rests_on(name) if name in self.study.indices else frozenset[str]()
        if (name, left_out) not in self._columns:
            self._columns[name, left_out] = _fixed(self._column(name, left_out).reshape(-1, self.n))
        return self._columns[name, left_out]

    @cached_property
    def _columns(self) -> dict[tuple[str, frozenset[str]], FloatArray]:
        """Columns that were asked for: claims share their controls."""
        return {}

    def _column(self, name: str, left_out: frozenset[str]) -> FloatArray:
        """Give a column of every data set, m n values."""
        if left_out:
            return score_without(
                self.study,
                self.wave,
                self._completed,
                self.reasons,
                index=name,
                left_out=left_out,
                scoring=self.scoring,
                given=self.responses,
            )
        column = self._stacked(name)
        if name in self.study.codebook and self.study.scale_of(name).codes is not None:
            column = column.map(self.study.scale_of(name).code_values)
        return column.to_numpy(dtype=float)

    def is_categorical(self, name: str) -> bool:
        """Tell whether a column holds categories without an order."""
        if name in self.study.variables:
            return self.study.variables[name].categorical
        return name in self.study.codebook and not self.study.scale_of(name).ordered

    def dummies(self, name: str) -> FloatArray:
        """Give the categories of a column as 0/1 columns, (m, n, c), the first that occurs in any imputation left out.

        NaN where the category is missing.
        """
        if name not in self._dummies:
            column = self._stacked(name)
            occurring = sorted(column.dropna().unique())
            known = column.notna().to_numpy()
            parts = [
                np.where(known, (column == value).to_numpy(dtype=float), np.nan) for value in occurring[1:]
            ]
            columns = np.column_stack([np.empty((len(column), 0)), *parts])
            self._dummies[name] = _fixed(columns.reshape(-1, self.n, columns.shape[1]))
        return self._dummies[name]

    @cached_property
    def _dummies(self) -> dict[str, FloatArray]:
        """Dummies that were asked for."""
        return {}

    def categories(self, name: str) -> dict[str, FloatArray]:
        """Give each category that occurs, as text: 1 for who is in it, 0 for others, NaN where unknown, (m, n)."""
        column = self._stacked(name)
        known = column.notna().to_numpy()
        occurring = sorted(column.dropna().unique())
        texts = [value if isinstance(value, str) else f"{value:g}" for value in occurring]
        return {
            text: np.where(known, (column == value).to_numpy(dtype=float), np.nan).reshape(-1, self.n)
            for text, value in zip(texts, occurring)
        }

    def unit_of(self, name: str) -> str:
        """Name the unit of a column: points (0-100), percentage points, scale points, or units."""
        if name in self.study.indices:
            return "points"
        if name in self.study.codebook:
            scale = self.study.scale_of(name)
            percentages = scale.values is not None and max(scale.values.values()) == 100
            if percentages or (scale.number is not None and scale.number.percent):
                return "percentage points"
            return "units" if scale.number is not None else "scale points"
        return "units"

    def domain(self, condition: Condition | None) -> BoolArray:
        """Mark the rows for which the condition of a claim holds, (m, n); all of them without a condition."""
        if condition is None:
            return np.ones((self.imputations, self.n), dtype=bool)
        return condition.holds({name: self._stacked(name) for name in condition.names}).reshape(-1, self.n)


def _fixed(values: FloatArray) -> FloatArray:
    """Give values that nobody can change, since many share them."""
    values.setflags(write=False)
    return values
