"""Why a wave cannot carry a test, before anything is estimated."""

from itertools import product

import numpy as np

from inspraak.hypotheses.columns import BoolArray, FloatArray, WaveData
from inspraak.hypotheses.modelling import MINIMUM_OF_EACH
from inspraak.hypotheses.result import NOT_ASKED, TOO_FEW
from inspraak.study.parts import Part


def not_asked(data: WaveData, part: Part) -> str:
    """Name what the part speaks of and the wave lacks, "" where it has everything; controls may be missing."""
    named = dict.fromkeys(name for names in part.columns.values() for name in names)
    absent = [name for name in named if not data.has(name)]
    return f"{NOT_ASKED}: {', '.join(absent)}" if absent else ""


def few_in_a_group(sides: list[FloatArray], used: BoolArray) -> str:
    """Say so where a group has fewer than ten employers in some imputation, "" where none has.

    `sides` are arrays (m, n) of 0 and 1, whose combinations make the groups; `used` (m, n) marks who counts.
    """
    for values in product((0.0, 1.0), repeat=len(sides)):
        group = used.copy()
        for side, value in zip(sides, values):
            group &= side == value
        if group.sum(axis=1).min() < MINIMUM_OF_EACH:
            return TOO_FEW
    return ""


def sides_of(high: BoolArray, low: BoolArray) -> FloatArray:
    """Give 1 where an employer is in the first group, 0 in the second, NaN in neither or in both; (m, n) each."""
    return np.where(high & ~low, 1.0, np.where(low & ~high, 0.0, np.nan))
