"""Test of kind `mediation`: does x go together with y by way of the mediators."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from inspraak.estimation.mediation import Mediation as Paths
from inspraak.estimation.mediation import mediate
from inspraak.estimation.resampled_effects import ResampledEffects
from inspraak.hypotheses.columns import BoolArray, FloatArray, WaveData
from inspraak.hypotheses.result import COLLINEAR, NO_VARIANCE, Detail, Estimate
from inspraak.hypotheses.samples import sample_of
from inspraak.hypotheses.testability import not_asked
from inspraak.study.kinds import Mediation
from inspraak.study.parts import Part


def test_mediation(data: WaveData, label: str, part: Part) -> list[Estimate | Detail]:
    """Give the indirect effect for each outcome, and beside it each way, the direct and total effect, and the rival.

    What decides is the sum of the indirect effects over all ways; with a moderator, the change of that of each way
    per unit of it. Intervals and p come from the percentile bootstrap over imputations (`estimation.mediation`). The
    rival is the order turned: x by way of the outcome to each mediator. A cross-section fits both alike. The table
    `mediation_paths` has the slope on each arrow, in standard deviations, at the mean of a moderator.
    """
    assert isinstance(part, Mediation)
    reason = not_asked(data, part)
    if reason:
        return [Estimate(label, part.kind, outcome, _via(part), reason=reason) for outcome in part.y]
    return [estimate for outcome in part.y for estimate in _of_outcome(data, label, part, outcome)]


def _of_outcome(data: WaveData, label: str, part: Mediation, outcome: str) -> list[Estimate | Detail]:
    names = [part.x, *part.mediators, *([part.moderator] if part.moderator else [])]
    terms = {name: data.column(name) for name in names}
    sample = sample_of(data, label, part, outcome, terms, more=1)
    shared, constant = (
        sample.shared,
        _constant(np.stack([*terms.values(), sample.outcome], axis=1), sample.used),
    )
    if sample.reason or constant:
        return [Estimate(**shared, term=_via(part), reason=sample.reason or NO_VARIANCE)]
    found = mediate(
        terms[part.x],
        np.stack([terms[name] for name in part.mediators], axis=1),
        sample.outcome,
        data.test_design,
        rng=data.stream(part, outcome),
        controls=sample.held,
        order=part.order,
        moderator=terms[part.moderator] if part.moderator else None,
        included=sample.used,
        covariance=data.covariance,
        draws=-(-data.repetitions.draws // data.imputations),
    )
    if np.isnan(found.total_indirect.estimate).any():
        return [Estimate(**shared, term=_via(part), reason=COLLINEAR)]
    shared["imputations"] = data.imputations if data.imputations > 1 else 0
    about = {"outcome": outcome, "n": shared["n"], "imputations": shared["imputations"]}
    return [
        *(Estimate(**(shared | numbers)) for numbers in _rows(data, part, outcome, found)),
        *(Detail(label, "mediation_paths", about | arrow) for arrow in _arrows(part, outcome, found)),
        *(Detail(label, "sensitivity", about | row) for row in _sensitivity(part, found)),
    ]


def _constant(columns: FloatArray, used: BoolArray) -> bool:
    """Tell whether one of the columns (m, k, n) has one value among the rows used, in some imputation."""
    rows = used[:, np.newaxis]
    lowest = columns.min(axis=2, where=rows, initial=np.inf)
    return bool((columns.max(axis=2, where=rows, initial=-np.inf) <= lowest).any())


def _rows(data: WaveData, part: Mediation, outcome: str, found: Paths) -> Iterable[dict[str, Any]]:
    """Give the effects in the order in which they are read: what decides first."""
    middle = len(found.at) // 2 if part.moderator else 0
    to_y = {"outcome": outcome, "natural_unit": data.unit_of(outcome)}
    scale = (found.sd_x, found.sd_y)
    ways = [_way(part, way) for way in found.ways]
    if part.moderator:
        for place, way in enumerate(ways):
            term = way.replace(part.x, f"{part.x}:{part.moderator}", 1)
            yield to_y | {"term": term, **_numbers(found.moderation, (place,), scale)}
    whole = to_y | {"term": _via(part), **_numbers(found.total_indirect, (middle,), scale)}
    yield whole | {"decides": not part.moderator}
    for place, way in enumerate(ways if len(ways) > 1 else []):
        yield to_y | {"term": way, "decides": False, **_numbers(found.indirect, (place, middle), scale)}
    beside = f"{part.x} beside {', '.join(part.mediators)}"
    for term, effect in ((beside, found.direct), (part.x, found.total)):
        yield to_y | {"term": term, "decides": False, **_numbers(effect, (middle,), scale)}
    for place, mediator in enumerate(part.mediators):
        numbers = _numbers(found.reverse, (place, middle), (found.sd_x, float(found.sd_mediators[place])))
        turned = {"outcome": mediator, "natural_unit": data.unit_of(mediator), "decides": False}
        yield turned | {"term": f"{part.x} via {outcome}", **numbers}


def _arrows(part: Mediation, outcome: str, found: Paths) -> Iterable[dict[str, object]]:
    """Give the standardised slope on every arrow of the path diagram but the direct one."""
    sd = dict(zip(part.mediators, map(float, found.sd_mediators))) | {part.x: found.sd_x, outcome: found.sd_y}
    arrows = [
        *((part.x, name, found.slopes_on_x, (place,)) for place, name in enumerate(part.mediators)),
        *(
            (first, second, found.slopes_between, (place, later))
            for later, second in enumerate(part.mediators)
            for place, first in enumerate(part.mediators[:later])
        ),
        *((name, outcome, found.slopes_on_mediators, (place,)) for place, name in enumerate(part.mediators)),
    ]
    for start, end, slopes, at in arrows:
        ratio = sd[start] / sd[end]
        low, high = (float(bound[at]) * ratio for bound in slopes.intervals())
        if np.isfinite(slopes.estimate[at]):
            estimate = float(slopes.estimate[at]) * ratio
            yield {"start": start, "end": end, "estimate": estimate, "ci_low": low, "ci_high": high}


def _sensitivity(part: Mediation, found: Paths) -> Iterable[dict[str, object]]:
    """Give, per mediator, the correlation of errors at which its indirect effect is nil."""
    rho, explained = found.confounding.rho, found.confounding.explained
    for place, name in enumerate(part.mediators):
        if np.isfinite(rho[place]):
            yield {"mediator": name, "rho": float(rho[place]), "explained": float(explained[place])}


def _via(part: Mediation) -> str:
    """Write all ways together: `x via a, b`, or `x via a then b` where they follow each other."""
    return f"{part.x} via {(' then ' if part.order == 'serial' else ', ').join(part.mediators)}"


def _way(part: Mediation, way: tuple[int, ...]) -> str:
    """Write one way: `x via a`, `x via a then b`."""
    return f"{part.x} via {' then '.join(part.mediators[mediator] for mediator in way)}"


def _numbers(effects: ResampledEffects, place: tuple[int, ...], scale: tuple[float, float]) -> dict[str, Any]:
    """Give one effect in its own unit, per SD of x, and in SD of the outcome; `scale` are both SDs."""
    low, high = (float(end[place]) for end in effects.intervals())
    estimate, error = float(effects.estimate[place]), float(effects.std_error[place])
    sd_x, sd_y = scale
    ratio = sd_x / sd_y
    return {
        "estimate": estimate, "std_error": error, "ci_low": low, "ci_high": high, "df": np.inf,
        "statistic": estimate / error if error > 0 else np.nan, "p_value": float(effects.p_value[place]),
        "std_estimate": estimate * ratio, "std_std_error": error * ratio, "std_ci_low": low * ratio,
        "std_ci_high": high * ratio, "natural_estimate": estimate * sd_x, "natural_ci_low": low * sd_x,
        "natural_ci_high": high * sd_x,
    }  # fmt: skip
