"""Test of kind `regression`: does each x go together with each y, with the controls held constant."""

from typing import Any

import numpy as np

from inspraak.estimation.design import simple_design
from inspraak.estimation.generalised import GeneralisedFit, fit_generalised
from inspraak.estimation.pooling import combine
from inspraak.hypotheses.columns import BoolArray, FloatArray, WaveData
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
    one HC3 (R: sandwich::vcovHC); imputations are pooled by Rubin's rules. Outcomes of other models than linear
    enter by their scores and say so in `model`; categories without an order have none. What is missing in every
    imputation is left out. Controls that the wave did not ask are left out, and so are, where the claim says
    `leave_out: auto`, the components of an index x that rest on an item of an outcome.
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
    terms = np.stack([data.column(name, without=left_out) for name in part.x], axis=1)
    y, included = data.column(outcome), data.domain(part.domain)
    names, controls = _controls(data, part)
    # terms in the middle, employers last: so the fit is fastest
    matrix = np.concatenate([terms, _varying(controls, terms, y, included)], axis=1).swapaxes(1, 2)
    weighted = data.study.design is not None
    fit = fit_generalised(
        matrix,
        y.T,
        data.design if weighted else simple_design(data.n),
        family="linear",
        covariance="design" if weighted else "HC3",
        included=included.T,
    )
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
            n=int(fit.n.min()),
            reason=reason,
            **({} if reason else _numbers(data, fit, outcome, position)),
        )
        for position, term in enumerate(part.x)
    ]


def _controls(data: WaveData, part: Regression) -> tuple[list[str], FloatArray]:
    """Give the controls that the wave has and the claim is not about; intercept and their columns (m, c, n),
    categories as dummies.
    """
    own = {*part.x, *part.y}
    names = [name for name in part.controls or () if name not in own and data.has(name)]
    columns = [
        data.dummies(name).swapaxes(1, 2) if data.is_categorical(name) else data.column(name)[:, np.newaxis]
        for name in names
    ]
    return names, np.concatenate([np.ones((data.imputations, 1, data.n)), *columns], axis=1)


def _varying(controls: FloatArray, terms: FloatArray, y: FloatArray, included: BoolArray) -> FloatArray:
    """Drop the controls that vary among the complete cases of no imputation (a domain of one sector, for instance)."""
    missing = np.isnan(controls).any(axis=1) | np.isnan(terms).any(axis=1) | np.isnan(y)
    complete = (included & ~missing)[:, np.newaxis]
    if not complete.any():
        return controls
    high = np.where(complete, controls, -np.inf).max(axis=2)
    low = np.where(complete, controls, np.inf).min(axis=2)
    varies = (high > low).any(axis=0)
    varies[0] = True
    return controls[:, varies]


def _no_estimate(fit: GeneralisedFit, terms: int) -> str:
    """Say why the first `terms` terms of a fit have no estimate with a standard error, "" where they have."""
    if fit.n.min() < max(MINIMUM_N, MINIMUM_PER_TERM * fit.aliased.shape[1]) or fit.df.min() <= 0:
        return TOO_FEW
    if not ((fit.sd_y > 0).all() and (fit.sd_x[:, :terms] > 0).all()):
        return NO_VARIANCE
    # without a p-value the terms fit the outcome exactly, or one employer alone decides a coefficient
    return COLLINEAR if np.isnan(fit.p_values[:, :terms]).any() else ""


def _numbers(data: WaveData, fit: GeneralisedFit, outcome: str, position: int) -> dict[str, Any]:
    """Give the numbers of one term over all imputations: in units of the data, in SD, and per SD of the term."""
    points, errors, df = fit.coefficients[:, position], fit.std_errors[:, position], float(fit.df.min())
    per_sd, ratio = fit.sd_x[:, position], fit.standardisation[:, position]
    own = combine(points, errors**2, df=df)
    standardised = combine(points * ratio, (errors * ratio) ** 2, df=df)
    low, high = own.intervals()
    std_low, std_high = standardised.intervals()
    return {
        "imputations": data.imputations if data.imputations > 1 else 0,
        "estimate": float(own.estimate),
        "std_error": float(own.std_error),
        "df": float(own.df),
        "statistic": float(own.statistic),
        "p_value": float(own.p_value),
        "ci_low": float(low),
        "ci_high": float(high),
        "std_estimate": float(standardised.estimate),
        "std_std_error": float(standardised.std_error),
        "std_ci_low": float(std_low),
        "std_ci_high": float(std_high),
        "natural_estimate": float((points * per_sd).mean()),
        "natural_unit": data.unit_of(outcome),
        "fmi": float(own.missing_information),
    }
