"""Several waves together: their rows one below the other, who comes back, and what may be compared."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from inspraak.estimation.design import SurveyDesign
from inspraak.hypotheses.columns import BoolArray, FloatArray, IntArray, WaveData
from inspraak.hypotheses.result import NOT_INVARIANT
from inspraak.measurement.wave_designs import design_of_waves
from inspraak.study.comparability import why_not_comparable
from inspraak.study.conditions import Condition
from inspraak.study.factor_models import WAVE
from inspraak.study.index_invariance import index_verdicts
from inspraak.study.study import Study


@dataclass(frozen=True)
class Panel:
    """The n rows of several waves, one below the other, in the order of the waves; columns are (m, n), NaN = missing.

    m is that of the wave with most imputations; a wave of which nothing was imputed is the same in each.
    """

    waves: tuple[WaveData, ...]

    @cached_property
    def imputations(self) -> int:
        """Number m of data sets."""
        return max(wave.imputations for wave in self.waves)

    @cached_property
    def design(self) -> SurveyDesign:
        """The design that tests take, with employers (or the clusters that were drawn) as sampling units."""
        return design_of_waves([(wave.test_design, wave.responses) for wave in self.waves])

    @cached_property
    def employers(self) -> IntArray:
        """The number of each row's employer, the same in every wave, (n,)."""
        names = pd.concat([wave.responses["employer"] for wave in self.waves]).astype(str)
        return np.unique(names.to_numpy(dtype=object), return_inverse=True)[1].astype(np.int64)

    @cached_property
    def order(self) -> IntArray:
        """The place of each row's wave, (n,)."""
        return np.repeat(np.arange(len(self.waves)), [wave.n for wave in self.waves])

    def has(self, name: str) -> bool:
        """Tell whether every wave has the column."""
        return all(wave.has(name) for wave in self.waves)

    def column(self, name: str) -> FloatArray:
        """Give a column as of `WaveData.column`, (m, n)."""
        return self._joined([wave.column(name) for wave in self.waves])

    def domain(self, condition: Condition | None) -> BoolArray:
        """Mark the rows for which a condition holds, (m, n)."""
        return self._joined([wave.domain(condition) for wave in self.waves]).astype(np.bool_)

    def controls(self, names: Sequence[str]) -> FloatArray:
        """Give the columns of controls, (m, c, n); categories as dummies, the first of all waves left out."""
        columns = [column for name in names for column in self._control(name)]
        return np.stack(columns, axis=1) if columns else np.empty((self.imputations, 0, len(self.order)))

    def _control(self, name: str) -> list[FloatArray]:
        if not self.waves[0].is_categorical(name):
            return [self.column(name)]
        found = [wave.categories(name) for wave in self.waves]
        occurring = sorted(set().union(*found))
        return [
            self._joined([sides.get(text, 0.0 * next(iter(sides.values()))) for sides in found])
            for text in occurring[1:]
        ]

    def _joined(self, parts: Sequence[FloatArray | BoolArray]) -> FloatArray:
        m = self.imputations
        return np.concatenate([np.broadcast_to(part, (m, part.shape[1])) for part in parts], axis=1)


@dataclass(frozen=True)
class WavesData:
    """All waves of a study, in order, as the tests that compare waves need them.

    `invariance` holds the rows of invariance.csv: may an index be compared over waves.
    """

    study: Study
    waves: Mapping[str, WaveData]
    invariance: pd.DataFrame

    def only(self, waves: Collection[str] | None) -> "WavesData":
        """Give these waves alone; all of them for None."""
        kept = {name: data for name, data in self.waves.items() if waves is None or name in waves}
        return WavesData(self.study, kept, self.invariance)

    def having(self, names: Collection[str]) -> list[str]:
        """Name the waves that have all these columns."""
        return [wave for wave, data in self.waves.items() if all(data.has(name) for name in names)]

    def panel(self, waves: Sequence[str]) -> Panel:
        """Put these waves one below the other."""
        return Panel(tuple(self.waves[wave] for wave in waves))

    def why_not_comparable(self, name: str, waves: Sequence[str]) -> str:
        """Say why a column cannot be compared between each two successive waves of these, "" where it can.

        Either the waves did not ask alike, or the scale was found not to mean the same in each.
        """
        reasons = [why_not_comparable(self.study, name, *pair) for pair in pairwise(waves)]
        if self._verdicts.get((name, WAVE)) == "no":
            reasons.append(NOT_INVARIANT)
        return "; ".join(dict.fromkeys(reason for reason in reasons if reason))

    @cached_property
    def _verdicts(self) -> dict[tuple[str, str], str]:
        return index_verdicts(self.study, self.invariance)
