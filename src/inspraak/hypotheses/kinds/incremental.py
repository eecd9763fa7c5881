"""Test of kind `incremental`: what does x tell of y beyond a baseline."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from inspraak.estimation.incremental import Increment, add_to_baseline
from inspraak.hypotheses.columns import BoolArray, FloatArray, WaveData
from inspraak.hypotheses.result import (
    AGAINST_CLAIM,
    COLLINEAR,
    NEARLY_BASELINE,
    NO_GAIN,
    NO_VARIANCE,
    Detail,
    Estimate,
)
from inspraak.hypotheses.samples import sample_of
from inspraak.hypotheses.slopes import items_left_out, untestable
from inspraak.hypotheses.testability import not_asked
from inspraak.study.fit_limits import SIMILAR
from inspraak.study.kinds import Incremental
from inspraak.study.parts import Part


def test_incremental(data: WaveData, label: str, part: Part) -> list[Estimate | Detail]:
    """Give the R2 that all x add to baseline and controls, for each outcome; what each x adds in `dominance`.

    The estimate and its interval are without the bias that the bootstrap finds, the p is that of the Wald test that
    every x has no slope. R2 has no sign: where a slope is not of the sign that is claimed, or nothing is left once
    the bias is off, the estimate has an `unmet_condition`, and so it has where an x correlates with one of the baseline
    by .85 or more: then what is added is a matter of how exactly each is measured.
    """
    assert isinstance(part, Incremental)
    term = " + ".join(part.x) + (f" beyond {', '.join(part.baseline)}" if part.baseline else "")
    left_out = items_left_out(data, part, part.y)
    reason = not_asked(data, part) or untestable(data, left_out, part.x)
    if reason:
        return [Estimate(label, part.kind, outcome, term, reason=reason) for outcome in part.y]
    terms = {name: data.column(name, without=left_out) for name in part.x}
    return [row for outcome in part.y for row in _of_outcome(data, label, part, outcome, term, terms)]


def _of_outcome(
    data: WaveData, label: str, part: Incremental, outcome: str, term: str, terms: Mapping[str, FloatArray]
) -> list[Estimate | Detail]:
    held = tuple(dict.fromkeys((*part.baseline, *(part.controls or ()))))
    sample = sample_of(data, label, part, outcome, terms, held=held, without=part.y)
    shared = sample.shared | {"term": term}
    if sample.reason:
        return [Estimate(**shared, reason=sample.reason)]
    found = add_to_baseline(
        np.stack(list(terms.values()), axis=1),
        sample.outcome,
        data.test_design,
        data.stream(part, outcome),
        baseline=sample.held,
        included=sample.used,
        covariance=data.covariance,
        draws=data.repetitions.draws,
    )
    if np.isnan([found.test.p_value, float(found.added_corrected.estimate)]).any():
        return [Estimate(**shared, reason=COLLINEAR if found.r_squared > 0 else NO_VARIANCE)]
    shared["imputations"] = data.imputations if data.imputations > 1 else 0
    alike = _alike(data, part, terms, sample.used)
    return [_added(found, part, shared, alike), *_dominance(found, part, shared)]


def _alike(data: WaveData, part: Incremental, terms: Mapping[str, FloatArray], used: BoolArray) -> str:
    """Say so where an x is nearly one of the baseline: their correlation, over data sets, is .85 or more."""
    rows = used.all(axis=0)
    for name in part.baseline:
        beside = data.column(name)
        for x in terms.values():
            pairs = zip(*np.broadcast_arrays(x, beside))
            if abs(np.mean([np.corrcoef(one[rows], other[rows])[0, 1] for one, other in pairs])) >= SIMILAR:
                return NEARLY_BASELINE
    return ""


def _added(found: Increment, part: Incremental, shared: dict[str, Any], alike: str) -> Estimate:
    added = float(found.added_corrected.estimate)
    error = float(found.added_corrected.std_error)
    low, high = (float(end) for end in found.added_corrected.intervals())
    against = part.sign is not None and (found.slopes * (-1 if part.sign == "-" else 1) < 0).any()
    return Estimate(
        **shared,
        estimate=added,
        std_error=error,
        df=np.inf,
        ci_low=low,
        ci_high=high,
        statistic=found.test.statistic,
        p_value=found.test.p_value,
        std_estimate=added,
        std_std_error=error,
        std_ci_low=low,
        std_ci_high=high,
        natural_estimate=100 * added,
        natural_ci_low=100 * low,
        natural_ci_high=100 * high,
        natural_unit="percentage points",
        unmet_condition=AGAINST_CLAIM if against else NO_GAIN if added <= 0 else alike,
    )


def _dominance(found: Increment, part: Incremental, shared: dict[str, Any]) -> Iterator[Detail]:
    """Give what each x adds on average over all models of the others, as share of the variance and of the whole."""
    corrected = found.general_corrected
    low, high = corrected.intervals()
    about = {key: shared[key] for key in ("outcome", "n", "imputations")}
    whole = {"r2_baseline": found.r_squared_baseline, "r2": found.r_squared}
    for place, name in enumerate(part.x):
        values = {
            "dominance": found.dominance.general[place], "share": found.dominance.share[place],
            "corrected": corrected.estimate[place], "ci_low": low[place], "ci_high": high[place],
            "alone": found.dominance.conditional[place, 0], "last": found.dominance.conditional[place, -1],
            "relative_weight": found.relative_weights[place],
        }  # fmt: skip
        numbers = {key: float(value) for key, value in (values | whole).items()}
        yield Detail(shared["part"], "dominance", {**about, "predictor": name, **numbers})
