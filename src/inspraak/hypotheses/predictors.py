"""What an outcome is regressed on: the terms that a claim is about, and what it holds constant."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inspraak.hypotheses.columns import BoolArray, FloatArray, IntArray, WaveData
from inspraak.study.conditions import Condition


@dataclass(frozen=True, eq=False)
class Predictors:
    """What outcomes are regressed on: the terms that a claim is about, controls, and an intercept, last.

    `columns` (m, k, n); `names` (k,) says of which column of the wave each is. `complete` (m, n) marks the rows that
    are in the domain and miss nothing; the others hold 0.
    """

    terms: tuple[str, ...]
    controls: tuple[str, ...]
    columns: FloatArray
    names: tuple[str, ...]
    complete: BoolArray

    @property
    def held(self) -> FloatArray:
        """The columns of the controls, (m, c, n), without the intercept."""
        return self.columns[:, len(self.terms) : -1]


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
    complete = data.domain(domain) & ~np.isnan(columns).any(axis=1)
    np.copyto(columns, 0.0, where=~complete[:, np.newaxis])
    varies = _varying(columns, complete)
    varies[: len(terms)] = varies[-1] = True
    labels = [name for name, kept in zip((*labels, ""), varies) if kept]
    if not varies.all():
        columns = columns[:, varies]
    return Predictors(tuple(terms), tuple(names), columns, tuple(labels), complete)


def fewest_apart(columns: FloatArray, used: BoolArray) -> IntArray:
    """Count the fewest used employers that are not at the lowest, or not at the highest value of each column, (k,).

    `columns` (m, k, n), `used` (m, n); the imputation with the fewest counts. Of a yes or no it is the rarer answer:
    what an estimate says of so few is nearly their own.
    """
    rows = used[:, np.newaxis]
    ends = (columns.min(axis=2, where=rows, initial=np.inf), columns.max(axis=2, where=rows, initial=-np.inf))
    counts = [(rows & (columns != end[:, :, np.newaxis])).sum(axis=2) for end in ends]
    return np.asarray(np.minimum(*counts).min(axis=0), dtype=np.int64)


def _varying(columns: FloatArray, complete: BoolArray) -> BoolArray:
    """Tell which columns vary among the complete rows of some imputation, (k,)."""
    rows = complete[:, np.newaxis]
    highest = columns.max(axis=2, where=rows, initial=-np.inf)
    lowest = columns.min(axis=2, where=rows, initial=np.inf)
    return np.asarray((highest > lowest).any(axis=0))
