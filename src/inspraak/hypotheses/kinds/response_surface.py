"""Test of kind `response_surface`: is y higher where what is expected goes beyond what is fulfilled."""

from typing import Any

import numpy as np

from inspraak.estimation.pooling import PooledEstimates
from inspraak.estimation.response_surface import fit_response_surface
from inspraak.hypotheses.columns import BoolArray, FloatArray, WaveData
from inspraak.hypotheses.modelling import numbers_of
from inspraak.hypotheses.result import COLLINEAR, OUTSIDE_MODEL, Estimate
from inspraak.hypotheses.samples import on_own_scale, sample_of
from inspraak.hypotheses.testability import not_asked
from inspraak.study.kinds import ResponseSurface
from inspraak.study.parts import Part

FEATURES = ("a1", "a2", "a3", "a4", "a5")
DECIDES = "a3"
SECOND_DEGREE = 3  # columns beyond x and z: their squares and product


def test_response_surface(data: WaveData, label: str, part: Part) -> list[Estimate]:
    """Give the features of the surface of y over expectation and fulfilment, both on 0-100 of their own scale.

    What decides is a3, the slope along the line of incongruence at the middle of the scale: how y changes as what is
    expected goes up and fulfilment goes down. With a moderator the features hold at its mean, and how each changes
    per SD of it stands beside them. Slopes are standardised by the SD of expectation, curvatures by its square.
    """
    assert isinstance(part, ResponseSurface)
    terms = _terms(part)
    reason = not_asked(data, part)
    pair = (
        {name: on_own_scale(data, name, top=100.0) for name in (part.expectation, part.fulfilment)}
        if not reason
        else {}
    )
    if not reason and any(values is None for values in pair.values()):
        reason = OUTSIDE_MODEL
    if reason:
        return [Estimate(label, part.kind, part.y, terms[DECIDES], reason=reason)]
    columns = {name: values for name, values in pair.items() if values is not None}
    if part.moderator:
        columns[part.moderator] = data.column(part.moderator)
    more = SECOND_DEGREE * (2 if part.moderator else 1)
    sample = sample_of(data, label, part, part.y, columns, more=more)
    shared = sample.shared
    if sample.reason:
        return [Estimate(**shared, term=terms[DECIDES], reason=sample.reason)]
    surface = fit_response_surface(
        columns[part.expectation],
        columns[part.fulfilment],
        sample.outcome,
        data.test_design,
        midpoint=50.0,
        controls=sample.held,
        moderator=columns[part.moderator] if part.moderator else None,
        included=sample.used,
        covariance=data.covariance,
    )
    if np.isnan(surface.features.p_value).any():
        return [Estimate(**shared, term=terms[DECIDES], reason=COLLINEAR)]
    sd = _deviation(columns[part.expectation], sample.used, data.test_design.weights)
    unit = data.unit_of(part.y)
    rows = _features(surface.features, sd, surface.sd_y, unit)
    found = [
        Estimate(**shared, term=terms[name], decides=name == DECIDES, **row) for name, row in rows.items()
    ]
    if part.moderator:
        sd_m = _deviation(columns[part.moderator], sample.used, data.test_design.weights)
        rows = _features(surface.feature_changes, sd, surface.sd_y / sd_m, unit, times=sd_m)
        found += [
            Estimate(**shared, term=f"{terms[name]} : {part.moderator}", decides=False, **row)
            for name, row in rows.items()
        ]
    return sorted(found, key=lambda row: not row.decides)


def _terms(part: ResponseSurface) -> dict[str, str]:
    return {name: f"{name} of {part.expectation}, {part.fulfilment}" for name in FEATURES}


def _deviation(values: FloatArray, used: BoolArray, weights: FloatArray) -> float:
    """Give the weighted SD over the rows used, averaged over data sets."""
    weight = np.where(used, weights, 0.0)
    total = weight.sum(axis=1)
    filled = np.where(used, values, 0.0)
    mean = (weight * filled).sum(axis=1) / total
    square = (weight * np.square(filled - mean[:, np.newaxis])).sum(axis=1) / total
    n = used.sum(axis=1)
    return float(np.sqrt(square * n / (n - 1)).mean())


def _features(
    features: PooledEstimates, sd: float, sd_y: float, unit: str, *, times: float = 1.0
) -> dict[str, dict[str, Any]]:
    """Give the numbers of a1 to a5 by name; slopes per SD, curvatures per squared SD."""
    power = np.array([sd, sd**2, sd, sd**2, sd**2])
    natural, standardised = (features.times(power * factor) for factor in (times, 1 / sd_y))
    return dict(zip(FEATURES, numbers_of(features, standardised, natural, unit)))
