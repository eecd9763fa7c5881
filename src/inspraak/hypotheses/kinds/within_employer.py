"""Test of kind `within_employer`: what changes together in the same employer, or what comes after it."""

from typing import Any

import numpy as np

from inspraak.estimation.within_employer import PanelSlopes, lagged_slopes, within_slopes
from inspraak.hypotheses.columns import BoolArray, FloatArray, IntArray
from inspraak.hypotheses.modelling import MINIMUM_N, MINIMUM_OF_EACH, MINIMUM_PER_TERM, numbers_of
from inspraak.hypotheses.over_waves import Panel, WavesData
from inspraak.hypotheses.result import (
    COLLINEAR,
    NO_VARIANCE,
    ONE_WAVE,
    TOO_FEW_APART,
    TOO_FEW_RETURNING,
    Estimate,
)
from inspraak.study.kinds import WithinEmployer
from inspraak.study.parts import Part

FIXED_EFFECTS, LAGGED = "fixed_effects", "lagged"


def test_within_employer(data: WavesData, label: str, part: Part) -> list[Estimate]:
    """Give the slope of each outcome on x in employers that come back, one estimate per outcome.

    Without a lag: change on change, with fixed effects of employers and waves (`estimation.within_employer`), over the
    waves that have x and the outcome; they must compare. With lag 1: the outcome on x in the wave before, its own
    earlier value held constant. Errors are by strata with employers as sampling units, or by employers where the study
    has no design. Controls that some wave lacks, or that do not change, are left out. `n` counts employers in the
    imputation with the fewest, `n_fewest` those that are ever off the lowest, or the highest, value of x or outcome.
    """
    assert isinstance(part, WithinEmployer)
    return [_slope(data, label, part, outcome) for outcome in part.y]


def _slope(data: WavesData, label: str, part: WithinEmployer, outcome: str) -> Estimate:
    shared: dict[str, Any] = {
        "part": label, "kind": part.kind, "outcome": outcome, "term": part.x,
        "model": LAGGED if part.lag else FIXED_EFFECTS,
    }  # fmt: skip
    pair = (part.x, outcome)
    waves = data.having((*pair, *(part.domain.names if part.domain is not None else ())))
    if len(waves) < 2:
        return Estimate(**shared, reason=ONE_WAVE)
    reasons = [] if part.lag else [data.why_not_comparable(name, waves) for name in pair]
    if any(reasons):
        return Estimate(**shared, reason="; ".join(dict.fromkeys(reason for reason in reasons if reason)))
    panel = data.panel(waves)
    names = [name for name in part.controls or () if name not in pair and panel.has(name)]
    columns = np.concatenate(
        [np.stack([panel.column(name) for name in pair], axis=1), panel.controls(names)], axis=1
    )
    inside = panel.domain(part.domain)
    used = _used(panel, columns, inside, lag=part.lag)
    varies = _varies(columns, used, panel.employers if not part.lag else np.zeros_like(panel.employers))
    n = min(np.unique(panel.employers[row]).size for row in used)
    apart = _fewest_apart(columns[:, :2], used, panel.employers) if n else 0
    shared |= {"controls": ", ".join(names), "n": n, "n_fewest": float(apart)}
    terms = int(varies[2:].sum()) + len(waves) + part.lag
    if n < max(MINIMUM_N, MINIMUM_PER_TERM * terms):
        return Estimate(**shared, reason=TOO_FEW_RETURNING)
    if not varies[:2].all() or apart < MINIMUM_OF_EACH:
        return Estimate(**shared, reason=TOO_FEW_APART if varies[:2].all() else NO_VARIANCE)
    held = columns[:, 2:][:, varies[2:]]
    found = _fitted(panel, columns[:, :2], held, inside, part.lag, weighted=data.study.design is not None)
    if np.isnan(found.slope.p_value).any():
        return Estimate(**shared, reason=COLLINEAR)
    unit = panel.waves[0].unit_of(outcome)
    return Estimate(**shared, **numbers_of(found.slope, found.standardised, found.per_sd, unit)[0])


def _fitted(
    panel: Panel, pair: FloatArray, held: FloatArray, inside: BoolArray, lag: int, *, weighted: bool
) -> PanelSlopes:
    engine = lagged_slopes if lag else within_slopes
    return engine(
        pair[:, :1],
        pair[:, 1],
        panel.employers,
        panel.order,
        panel.design,
        controls=held,
        included=inside,
        covariance="design" if weighted else "cluster",
    )


def _used(panel: Panel, columns: FloatArray, inside: BoolArray, *, lag: int) -> BoolArray:
    """Mark the rows (m, n) that the slope rests on.

    They miss nothing, and their employer has such a row in another wave (lag 0) or an outcome in the next (lag 1).
    """
    complete = inside & ~np.isnan(columns).any(axis=1) & (panel.design.weights > 0)
    m, units, waves = len(complete), panel.employers.max() + 1, len(panel.waves)
    there = np.zeros((m, units, waves + 1), dtype=np.bool_)
    data_set, row = np.nonzero(~np.isnan(columns[:, 1]) if lag else complete)
    there[data_set, panel.employers[row], panel.order[row]] = True
    if lag:
        return np.asarray(complete & there[:, panel.employers, panel.order + 1])
    return np.asarray(complete & (there.sum(axis=2) > 1)[:, panel.employers])


def _varies(columns: FloatArray, used: BoolArray, groups: IntArray) -> BoolArray:
    """Tell which columns (m, k, n) vary within a group of used rows, in every imputation, (k,)."""
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(groups[order], prepend=-1))
    rows = used[:, np.newaxis]
    low = np.minimum.reduceat(np.where(rows, columns, np.inf)[:, :, order], starts, axis=2)
    high = np.maximum.reduceat(np.where(rows, columns, -np.inf)[:, :, order], starts, axis=2)
    return np.asarray((high > low).any(axis=2).all(axis=0))


def _fewest_apart(columns: FloatArray, used: BoolArray, employers: IntArray) -> int:
    """Count the fewest employers with a used row off the lowest, or off the highest, value of a column (m, k, n)."""
    found = []
    for values, rows in zip(columns, used):
        for column in values:
            for end in (column[rows].min(), column[rows].max()):
                found.append(np.unique(employers[rows & (column != end)]).size)
    return min(found)
