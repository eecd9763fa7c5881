"""Test of kind `trend`: the change of a mean from each wave to the next."""

from itertools import pairwise
from typing import Any

import numpy as np

from inspraak.estimation.panel import estimate_trends
from inspraak.estimation.pooling import combine
from inspraak.estimation.trends import pooled_deviations
from inspraak.hypotheses.columns import BoolArray, FloatArray
from inspraak.hypotheses.modelling import MINIMUM_N, MINIMUM_OF_EACH, numbers_of
from inspraak.hypotheses.over_waves import Panel, WavesData
from inspraak.hypotheses.predictors import fewest_apart
from inspraak.hypotheses.result import NO_RESULT, NO_VARIANCE, ONE_WAVE, TOO_FEW, TOO_FEW_APART, Estimate
from inspraak.study.kinds import Trend
from inspraak.study.parts import Part


def test_trend(data: WavesData, label: str, part: Part) -> list[Estimate]:
    """Give the later mean less the earlier one, for each outcome and each two successive waves that have it.

    Nothing is held constant. Employers in both waves count together in the error, as in `estimation.panel`; without any
    the samples count as drawn apart. `std_estimate` is in pooled standard deviations of the employers of both waves.
    Every step decides: what rises from wave to wave rises each time. A step between waves that do not compare is not
    tested. `n` counts employers, those in both waves once; `n_fewest` is that of the smaller wave, if that is fewer.
    """
    assert isinstance(part, Trend)
    found: list[Estimate] = []
    asked = part.domain.names if part.domain is not None else ()
    for outcome in part.y:
        waves = data.having((outcome, *asked))
        if len(waves) < 2:
            found.append(Estimate(label, part.kind, outcome, reason=ONE_WAVE))
        found += [_change(data, label, part, outcome, pair) for pair in pairwise(waves)]
    return found


def _change(data: WavesData, label: str, part: Part, outcome: str, pair: tuple[str, str]) -> Estimate:
    shared: dict[str, Any] = {
        "part": label, "kind": part.kind, "outcome": outcome, "term": " to ".join(pair),
    }  # fmt: skip
    reason = data.why_not_comparable(outcome, pair)
    if reason:
        return Estimate(**shared, reason=reason)
    both = data.panel(pair)
    values = np.where(both.domain(part.domain), both.column(outcome), np.nan)
    used = ~np.isnan(values) & (both.design.weights > 0)
    sizes = np.stack([(used & (both.order == wave)).sum(axis=1) for wave in (0, 1)])
    apart = int(fewest_apart(values[:, np.newaxis], used)[0])
    shared["n"] = min(np.unique(both.employers[row]).size for row in used)
    shared["n_fewest"] = float(min(apart, sizes.min()))
    reason = _untestable(shared["n"], int(sizes.min()), apart)
    if reason:
        return Estimate(**shared, reason=reason)
    numbers = _numbers(both, values, used, unit=both.waves[0].unit_of(outcome))
    return Estimate(**shared, **numbers, reason=NO_RESULT if np.isnan(numbers["p_value"]) else "")


def _untestable(n: int, smaller: int, apart: int) -> str:
    if n < MINIMUM_N or smaller < MINIMUM_OF_EACH:
        return TOO_FEW
    if not apart:
        return NO_VARIANCE
    return TOO_FEW_APART if apart < MINIMUM_OF_EACH else ""


def _numbers(both: Panel, values: FloatArray, used: BoolArray, *, unit: str) -> dict[str, Any]:
    """Give the change of the mean of `values` (m, n) between two waves, pooled over the imputations."""
    everyone = np.ones((both.design.n, 1), dtype=np.bool_)
    later = both.order == 1
    found = estimate_trends(values.T, everyone, later, both.employers, both.design).changes
    deviation = pooled_deviations(*_spread(both, values, used))[:, np.newaxis]
    variance, df = np.square(found.std_error), float(found.df.min())
    own = combine(found.estimate, variance, df=df)
    standardised = combine(found.estimate / deviation, variance / np.square(deviation), df=df)
    return numbers_of(own, standardised, own, unit)[0]


def _spread(both: Panel, values: FloatArray, used: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Give the number of employers and their weighted SD in each wave, (2, m) both (R: survey::svyvar)."""
    member = np.stack([used & (both.order == wave) for wave in (0, 1)])
    n = member.sum(axis=2).astype(np.float64)
    weights = np.where(member, both.design.weights, 0.0)
    weights /= weights.sum(axis=2, keepdims=True)
    filled = np.where(used, values, 0.0)
    distance = filled - (weights * filled).sum(axis=2, keepdims=True)
    return n, np.sqrt((weights * np.square(distance)).sum(axis=2) * n / (n - 1))
