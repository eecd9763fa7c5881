"""The employers that a linear model of one outcome rests on, for kinds with an engine of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from inspraak.hypotheses.columns import BoolArray, FloatArray, WaveData
from inspraak.hypotheses.modelling import MINIMUM_N, MINIMUM_PER_TERM
from inspraak.hypotheses.predictors import predictors_of
from inspraak.hypotheses.result import TOO_FEW
from inspraak.study.outcomes import answer_range
from inspraak.study.parts import Part


@dataclass(frozen=True, eq=False)
class Sample:
    """What a linear model of one outcome uses of a wave.

    `outcome` (m, n); `held` (m, c, n) are the columns of the controls; `used` (m, n) marks the rows that miss nothing.
    `shared` holds what every estimate of the model says alike, as keywords of `Estimate`; `reason` why there is none.
    """

    outcome: FloatArray
    held: FloatArray
    used: BoolArray
    shared: dict[str, Any]
    reason: str


def sample_of(
    data: WaveData,
    label: str,
    part: Part,
    outcome: str,
    terms: Mapping[str, FloatArray],
    *,
    held: Sequence[str] | None = None,
    without: Sequence[str] = (),
    more: int = 0,
) -> Sample:
    """Find the rows in the domain with an outcome, all terms (name: (m, n)) and the columns `held` constant.

    By default the controls of the part are held constant. Terms, outcome and columns in `without` never are. There are
    too few employers below 30, or below 5 for each column of the model, which has `more` columns beyond those gathered.
    """
    controls = (part.controls or ()) if held is None else held
    predictors = predictors_of(data, terms, controls, domain=part.domain, without=(*terms, outcome, *without))
    values = data.column(outcome)
    used = predictors.complete & ~np.isnan(values)
    n = int(used.sum(axis=1).min())
    shared = {
        "part": label, "kind": part.kind, "outcome": outcome, "model": "linear", "n": n,
        "controls": ", ".join(predictors.controls),
    }  # fmt: skip
    columns = len(predictors.names) + more
    few = n < max(MINIMUM_N, MINIMUM_PER_TERM * columns)
    return Sample(values, predictors.held, used, shared, TOO_FEW if few else "")


def on_own_scale(data: WaveData, name: str, *, top: float) -> FloatArray | None:
    """Give a column (m, n) from 0 to `top` between the declared ends of its scale; None where these are unknown."""
    bounds = answer_range(data.study, name)
    if bounds is None:
        return None
    low, high = bounds
    return np.asarray(top * (data.column(name) - low) / (high - low))
