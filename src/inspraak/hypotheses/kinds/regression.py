"""Test of kind `regression`: does each x go together with each y, with the controls held constant."""

import numpy as np

from inspraak.estimation.design import simple_design
from inspraak.estimation.regression import LinearFit, fit_linear
from inspraak.hypotheses.columns import FloatArray, WaveData
from inspraak.hypotheses.result import COLLINEAR, NO_VARIANCE, NOT_ASKED, TOO_FEW, Estimate
from inspraak.study.indices import items_of
from inspraak.study.kinds import Part, Regression

MINIMUM_PER_TERM = 5
"""A model needs at least this many complete employers for each of its terms, and 30 in all."""
MINIMUM_N = 30


def test_regression(data: WaveData, label: str, part: Part) -> list[Estimate]:
    """Fit one linear model per outcome with all x and the controls; give one estimate per x and outcome.

    With a design the variance is the stratified sandwich of weighted least squares (R: survey::svyglm), without
    one HC3 (R: sandwich::vcovHC). Outcomes of other models than linear enter by their scores and say so in
    `model`. Complete cases only. Controls that the wave did not ask are left out.
    """
    assert isinstance(part, Regression)
    absent = [name for name in (*part.x, *part.y) if not data.has(name)]
    conditions = part.domain.names if part.domain is not None else ()
    absent += [name for name in conditions if not data.has(name)]
    if absent:
        return [
            Estimate(label, part.kind, outcome, term, reason=f"{NOT_ASKED}: {', '.join(absent)}")
            for outcome in part.y
            for term in part.x
        ]
    left_out = _left_out(data, part)
    terms = np.column_stack([data.column(name, without=left_out) for name in part.x])
    controls = _controls(data, part)
    included = data.domain(part.domain)
    return [
        estimate
        for outcome in part.y
        for estimate in _fit(data, label, part, outcome, terms, controls, included)
    ]


def _left_out(data: WaveData, part: Regression) -> frozenset[str]:
    """Give the items of the outcomes, where the claim leaves them out of the index."""
    if part.leave_out != "auto":
        return frozenset()
    return frozenset().union(*(items_of(outcome, data.study.indices) for outcome in part.y))


def _controls(data: WaveData, part: Regression) -> FloatArray:
    """Give intercept and controls; categories as dummies, and nothing that the claim itself is about."""
    own = {*part.x, *part.y}
    columns = [np.ones((len(data.responses), 1))]
    for name in part.controls or ():
        if name in own or not data.has(name):
            continue
        columns.append(data.dummies(name) if data.is_categorical(name) else data.column(name)[:, np.newaxis])
    return np.column_stack(columns)


def _fit(
    data: WaveData,
    label: str,
    part: Regression,
    outcome: str,
    terms: FloatArray,
    controls: FloatArray,
    included: np.ndarray,
) -> list[Estimate]:
    y = data.column(outcome)
    weighted = data.study.design is not None
    matrix = np.column_stack([terms, _used(controls, terms, y, included)])
    design = data.design if weighted else simple_design(len(y))
    fit = fit_linear(matrix, y, design, covariance="design" if weighted else "HC3", included=included)
    n = int(fit.n[0])
    reason = ""
    if n < max(MINIMUM_N, MINIMUM_PER_TERM * matrix.shape[1]):
        reason = TOO_FEW
    elif not fit.sd_y[0] > 0 or not (fit.sd_x[0, : terms.shape[1]] > 0).all():
        reason = NO_VARIANCE
    elif fit.aliased[0, : terms.shape[1]].any():
        reason = COLLINEAR
    if reason:
        return [
            Estimate(label, part.kind, outcome, term, model="linear", n=n, reason=reason) for term in part.x
        ]
    return [_estimate(data, label, part, outcome, position, fit) for position in range(len(part.x))]


def _used(controls: FloatArray, terms: FloatArray, y: FloatArray, included: np.ndarray) -> FloatArray:
    """Drop the controls that do not vary among the complete cases (a domain of one sector, for instance)."""
    complete = included & ~np.isnan(np.column_stack([controls, terms, y])).any(axis=1)
    if not complete.any():
        return controls
    varies = np.ptp(controls[complete], axis=0) > 0
    varies[0] = True
    return controls[:, varies]


def _estimate(
    data: WaveData, label: str, part: Regression, outcome: str, position: int, fit: LinearFit
) -> Estimate:
    row = fit.row(0, position)
    sd_x = float(fit.sd_x[0, position])
    declared = "" if part.model == "linear" else f" (scores; declared {part.model})"
    return Estimate(
        part=label,
        kind=part.kind,
        outcome=outcome,
        term=part.x[position],
        model=f"linear{declared}",
        n=int(row["n"]),
        estimate=row["estimate"],
        std_error=row["std_error"],
        df=row["df"],
        statistic=row["statistic"],
        p_value=row["p_value"],
        ci_low=row["ci_low"],
        ci_high=row["ci_high"],
        std_estimate=row["std_estimate"],
        std_std_error=float(fit.standardised_std_errors[0, position]),
        std_ci_low=row["std_ci_low"],
        std_ci_high=row["std_ci_high"],
        natural_estimate=row["estimate"] * sd_x,
        natural_unit=data.unit_of(outcome),
    )
