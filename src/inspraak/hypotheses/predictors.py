"""What an outcome is regressed on: the terms that a claim is about, and what it holds constant."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inspraak.hypotheses.columns import BoolArray, FloatArray, WaveData
from inspraak.study.conditions import Condition


@dataclass(frozen=True, eq=False)
class Predictors:
    """What outcomes are regressed on: the terms that a claim is about, controls, and an intercept, last.

    `columns` (m, k, n), NaN where missing; `names` (k,) says of which column of the wave each is. `included` (m, n)
    marks the rows that count.
    """

    terms: tuple[str, ...]
    controls: tuple[str, ...]
    columns: FloatArray
    names: tuple[str, ...]
    included: BoolArray

    @cached_property
    def complete(self) -> BoolArray:
        """The rows that count and miss no predictor, (m, n)."""
        return self.included & ~np.isnan(self.columns).any(axis=1)


def predictors_of(
    data: WaveData,
    terms: Mapping[str, FloatArray],
    controls: Sequence[str],
    *,
    domain: Condition | None = None,
    without: Collection[str] = (),
) -> Predictors:
    """Gather terms (name: (m, n)) and controls; categories become dummies.

    Controls that the wave lacks, that are named in `without`, or that vary in no imputation (a domain of one sector,
    for instance) are left out; the last stay in `controls`, which says what was held constant.
    """
    names = [name for name in controls if name not in without and data.has(name)]
    blocks = [values[:, np.newaxis] for values in terms.values()]
    labels = list(terms)
    for name in names:
        categorical = data.is_categorical(name)
        blocks.append(data.dummies(name).swapaxes(1, 2) if categorical else data.column(name)[:, np.newaxis])
        labels += [name] * blocks[-1].shape[1]
    columns = np.concatenate([*blocks, np.ones((data.imputations, 1, data.n))], axis=1)
    whole = Predictors(tuple(terms), tuple(names), columns, (*labels, ""), data.domain(domain))
    varies = _varying(columns, whole.complete)
    varies[: len(terms)] = varies[-1] = True
    if varies.all():
        return whole
    kept = tuple(name for name, kept in zip(whole.names, varies) if kept)
    return Predictors(whole.terms, whole.controls, columns[:, varies], kept, whole.included)


def _varying(columns: FloatArray, complete: BoolArray) -> BoolArray:
    """Tell which columns vary among the complete rows of some imputation, (k,)."""
    rows = complete[:, np.newaxis]
    highest = columns.max(axis=2, where=rows, initial=-np.inf)
    lowest = columns.min(axis=2, where=rows, initial=np.inf)
    return np.asarray((highest > lowest).any(axis=0))
