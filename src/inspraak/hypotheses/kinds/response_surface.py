"""Test of kind `response_surface`: is y higher where what is expected goes beyond what is fulfilled."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from inspraak.estimation.pooling import PooledEstimates
from inspraak.estimation.response_surface import ResponseSurface as Surface
from inspraak.estimation.response_surface import fit_response_surface
from inspraak.hypotheses.columns import BoolArray, FloatArray, WaveData
from inspraak.hypotheses.modelling import numbers_of
from inspraak.hypotheses.result import COLLINEAR, OUTSIDE_MODEL, Detail, Estimate
from inspraak.hypotheses.samples import on_own_scale, sample_of
from inspraak.hypotheses.testability import not_asked
from inspraak.study.kinds import ResponseSurface
from inspraak.study.parts import Part

FEATURES = ("a1", "a2", "a3", "a4", "a5")
DECIDES = "a3"
BIN, BINS = 10, 10
"""Width and number of the bins on each scale, in points of 100."""
SECOND_DEGREE = 3  # columns beyond x and z: their squares and product


def test_response_surface(data: WaveData, label: str, part: Part) -> list[Estimate | Detail]:
    """Give the features of the surface of y over expectation and fulfilment, both on 0-100 of their own scale.

    What decides is a3, the slope along the line of incongruence at the middle of the scale: how y changes as what is
    expected goes up and fulfilment goes down. With a moderator the features hold at its mean, and how each changes
    per SD of it stands beside them. Slopes are standardised by the SD of expectation, curvatures by its square. The
    table `surfaces` has the surface in bins of ten points where there are employers, all else at its mean.
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
    m = data.imputations
    about: dict[str, Any] = {
        "imputations": m if m > 1 else 0, "outcome": part.y, "expectation": part.expectation,
        "fulfilment": part.fulfilment,
    }  # fmt: skip
    both = np.stack([columns[part.expectation], columns[part.fulfilment]])
    bins = [Detail(label, "surfaces", about | numbers) for numbers in _bins(surface, both, sample.used)]
    return [*sorted(found, key=lambda row: not row.decides), *bins]


def _bins(surface: Surface, both: FloatArray, used: BoolArray) -> Iterable[dict[str, float]]:
    """Give the surface at the middle of each bin of both columns (2, m, n), n the fewest of any data set."""
    places = np.clip(np.nan_to_num(both) // BIN, 0, BINS - 1).astype(np.intp)
    sets = np.arange(len(used))[:, np.newaxis]
    cell = (BINS * sets + places[0]) * BINS + places[1]
    counts = np.bincount(cell[used], minlength=sets.size * BINS**2).reshape(-1, BINS, BINS).min(axis=0)
    for first, second in np.argwhere(counts > 0):
        middles = (float(BIN * (first + 0.5)), float(BIN * (second + 0.5)))
        yield {
            "n": int(counts[first, second]), "expectation_level": middles[0], "fulfilment_level": middles[1],
            "predicted": surface.level + float(surface.heights(*middles)),
        }  # fmt: skip


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
