"""Test of kind `regression`: does each x go together with each y, with the controls held constant."""

from typing import Any

import numpy as np
import numpy.typing as npt

from inspraak.estimation.design import simple_design
from inspraak.estimation.regression import LinearFit, fit_linear
from inspraak.hypotheses.columns import FloatArray, WaveData
from inspraak.hypotheses.result import (
    COLLINEAR,
    KIND_NOT_AVAILABLE,
    NO_VARIANCE,
    NOT_ASKED,
    TOO_FEW,
    Estimate,
)
from inspraak.study.kinds import Part, Regression

MINIMUM_PER_TERM = 5
"""A model needs at least this many complete employers for each of its terms, and 30 in all."""
MINIMUM_N = 30


def test_regression(data: WaveData, label: str, part: Part) -> list[Estimate]:
    """Fit one linear model per outcome with all x and the controls; give one estimate per x and outcome.

    With a design the variance is the stratified sandwich of weighted least squares (R: survey::svyglm), without
    one HC3 (R: sandwich::vcovHC). Outcomes of other models than linear enter by their scores and say so in
    `model`; categories without an order have none. Complete cases only. Controls that the wave did not ask are
    left out, and so are, where the claim says `leave_out: auto`, the components of an index x that rest on an
    item of an outcome.
    """
    assert isinstance(part, Regression)
    reason = _untestable(data, part)
    if reason:
        return [Estimate(label, part.kind, y, x, reason=reason) for y in part.y for x in part.x]
    return [estimate for outcome in part.y for estimate in _fit(data, label, part, outcome)]


def _untestable(data: WaveData, part: Regression) -> str:
    """Say why the wave cannot carry the test, "" where it can."""
    named = (*part.x, *part.y, *(part.domain.names if part.domain is not None else ()))
    absent = [name for name in dict.fromkeys(named) if not data.has(name)]
    if absent:
        return f"{NOT_ASKED}: {', '.join(absent)}"
    nominal = [name for name in (*part.x, *part.y) if data.is_categorical(name)]
    if nominal:
        return f"{KIND_NOT_AVAILABLE}: categories of {', '.join(nominal)}"
    left_out = _left_out(data, part)
    touched = [name for name in part.x if data.study.rests_on(name) & left_out]
    remaining = data.study.without(left_out).indices
    return COLLINEAR if any(name not in remaining for name in touched) else ""


def _left_out(data: WaveData, part: Regression) -> frozenset[str]:
    """Give the items of the outcomes, where the claim leaves them out of the index."""
    if part.leave_out != "auto":
        return frozenset()
    empty: frozenset[str] = frozenset()
    return empty.union(*(data.study.rests_on(name) for name in part.y))


def _fit(data: WaveData, label: str, part: Regression, outcome: str) -> list[Estimate]:
    left_out = _left_out(data, part)
    terms = np.column_stack([data.column(name, without=left_out) for name in part.x])
    y, included = data.column(outcome), data.domain(part.domain)
    names, controls = _controls(data, part)
    matrix = np.column_stack([terms, _varying(controls, terms, y, included)])
    weighted = data.study.design is not None
    design = data.design if weighted else simple_design(len(y))
    fit = fit_linear(matrix, y, design, covariance="design" if weighted else "HC3", included=included)
    reason = _no_estimate(fit, len(part.x))
    declared = "" if part.model == "linear" else f" (scores; declared {part.model})"
    return [
        Estimate(
            part=label,
            kind=part.kind,
            outcome=outcome,
            term=term,
            model=f"linear{declared}",
            controls=", ".join(names),
            n=int(fit.n[0]),
            reason=reason,
            **({} if reason else _numbers(data, fit, outcome, position)),
        )
        for position, term in enumerate(part.x)
    ]


def _controls(data: WaveData, part: Regression) -> tuple[list[str], FloatArray]:
    """Give the controls that the wave has and the claim is not about; intercept and their columns, categories as
    dummies.
    """
    own = {*part.x, *part.y}
    names = [name for name in part.controls or () if name not in own and data.has(name)]
    columns = [data.dummies(name) if data.is_categorical(name) else data.column(name) for name in names]
    return names, np.column_stack([np.ones(len(data.responses)), *columns])


def _varying(
    controls: FloatArray, terms: FloatArray, y: FloatArray, included: npt.NDArray[np.bool_]
) -> FloatArray:
    """Drop the controls that do not vary among the complete cases (a domain of one sector, for instance)."""
    complete = included & ~np.isnan(np.column_stack([controls, terms, y])).any(axis=1)
    if not complete.any():
        return controls
    varies = np.ptp(controls[complete], axis=0) > 0
    varies[0] = True
    return controls[:, varies]


def _no_estimate(fit: LinearFit, terms: int) -> str:
    """Say why the first `terms` terms of a fit have no estimate with a standard error, "" where they have."""
    if fit.n[0] < max(MINIMUM_N, MINIMUM_PER_TERM * fit.aliased.shape[1]) or fit.df[0] <= 0:
        return TOO_FEW
    if not (fit.sd_y[0] > 0 and (fit.sd_x[0, :terms] > 0).all()):
        return NO_VARIANCE
    # without a p-value the terms fit the outcome exactly, or one employer alone decides a coefficient
    return COLLINEAR if np.isnan(fit.p_values[0, :terms]).any() else ""


def _numbers(data: WaveData, fit: LinearFit, outcome: str, position: int) -> dict[str, Any]:
    """Give the numbers of one term, in the units of the data, in standard deviations, and per SD of the term."""
    row = fit.row(0, position)
    return {
        **{name: value for name, value in row.items() if name != "n"},
        "std_std_error": float(fit.standardised_std_errors[0, position]),
        "natural_estimate": row["estimate"] * float(fit.sd_x[0, position]),
        "natural_unit": data.unit_of(outcome),
    }
