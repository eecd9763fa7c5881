"""Test of kind `heterogeneity`: does the slope of x differ between groups."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from inspraak.estimation.distributions import normal_quantile
from inspraak.estimation.random_slopes import RandomSlopes, fit_random_slopes
from inspraak.hypotheses.columns import BoolArray, FloatArray, IntArray, WaveData
from inspraak.hypotheses.result import NO_VARIANCE, TOO_FEW_GROUPS, Detail, Estimate
from inspraak.hypotheses.samples import Sample, sample_of
from inspraak.hypotheses.slopes import items_left_out, untestable
from inspraak.hypotheses.testability import not_asked
from inspraak.study.kinds import Heterogeneity
from inspraak.study.parts import Part

SMALLEST_GROUP = 20
"""A group with fewer employers is left out: its slope tells next to nothing."""
FEWEST_GROUPS = 4
"""Fewer slopes have no standard deviation worth the name."""
USUAL = 0.80
"""The share of groups whose slopes lie in the range that is told."""


@dataclass(frozen=True, eq=False)
class _Grouping:
    """The groups of a column that are large enough: `codes` (n,), -1 elsewhere, `labels`, and the rows (m, n) used."""

    by: str
    codes: IntArray
    labels: tuple[str, ...]
    used: BoolArray


def test_heterogeneity(data: WaveData, label: str, part: Part) -> list[Estimate | Detail]:
    """Give the SD of the slopes of x between groups, for each outcome and each column of groups.

    Groups of fewer than 20 employers are left out. The column with most groups decides, the first of those with as
    many: an SD of slopes rests on as many values as there are groups. The null is an SD of the smallest effect of
    interest: p is that of the profile likelihood, 1 where the estimate lies below it, and `std_bound` is the upper end
    of the 90 % interval, by which slopes are alike. The slope of each group stands in the table `slopes`, what is known
    of their differences in `heterogeneity`.
    """
    assert isinstance(part, Heterogeneity)
    left_out = items_left_out(data, part, part.y)
    reason = not_asked(data, part) or untestable(data, left_out, (part.x,))
    if reason:
        term = _term(part, part.by[0])
        return [Estimate(label, part.kind, outcome, term, reason=reason) for outcome in part.y]
    x = data.column(part.x, without=left_out)
    return [row for outcome in part.y for row in _of_outcome(data, label, part, outcome, x)]


def _of_outcome(
    data: WaveData, label: str, part: Heterogeneity, outcome: str, x: FloatArray
) -> Iterator[Estimate | Detail]:
    sample = sample_of(data, label, part, outcome, {part.x: x})
    groupings = [_grouping(data.responses[by], by, sample.used) for by in part.by]
    most = max(groupings, key=lambda one: len(one.labels)).by
    for one in groupings:
        yield from _of_groups(data, part, sample, one, x, decides=one.by == most)


def _term(part: Heterogeneity, by: str) -> str:
    return f"{part.x} by {by}"


def _grouping(given: "pd.Series[Any]", by: str, used: BoolArray) -> _Grouping:
    """Find the groups with enough employers in every data set; a group that is not known is none."""
    names = sorted(str(name) for name in given.dropna().unique())
    codes = pd.Categorical(given.astype("string"), categories=names).codes.astype(np.int64)
    counts = [int((used & (codes == place)).sum(axis=1).min()) for place in range(len(names))]
    kept = [place for place, count in enumerate(counts) if count >= SMALLEST_GROUP]
    number = np.full(len(names) + 1, -1)  # the last is that of -1, not known
    number[kept] = np.arange(len(kept))
    return _Grouping(by, number[codes], tuple(names[place] for place in kept), used & (number[codes] >= 0))


def _of_groups(
    data: WaveData, part: Heterogeneity, sample: Sample, groups: _Grouping, x: FloatArray, *, decides: bool
) -> Iterator[Estimate | Detail]:
    shared: dict[str, Any] = sample.shared | {
        "term": _term(part, groups.by), "model": "random_slopes", "n": int(groups.used.sum(axis=1).min()),
        "null_value": part.smallest_effect, "decides": decides,
    }  # fmt: skip
    reason = sample.reason or (TOO_FEW_GROUPS if len(groups.labels) < FEWEST_GROUPS else "")
    if reason or _constant(x, groups.used) or _constant(sample.outcome, groups.used):
        yield Estimate(**shared, reason=reason or NO_VARIANCE)
        return
    found = fit_random_slopes(
        x, sample.outcome, groups.codes, data.test_design, controls=sample.held, included=groups.used
    )
    shared["imputations"] = data.imputations if data.imputations > 1 else 0
    yield _spread(found, shared, data.unit_of(shared["outcome"]), part.smallest_effect)
    about = {
        "outcome": shared["outcome"], "x": part.x, "group_by": groups.by, "imputations": shared["imputations"],
    }  # fmt: skip
    yield Detail(shared["part"], "heterogeneity", about | _differences(found))
    for row in _slopes(found, groups.labels):
        yield Detail(shared["part"], "slopes", about | row)


def _constant(values: FloatArray, used: BoolArray) -> bool:
    """Tell whether a column (m, n) has one value among the rows used, in some imputation."""
    lowest = values.min(axis=1, where=used, initial=np.inf)
    return bool((values.max(axis=1, where=used, initial=-np.inf) <= lowest).any())


def _spread(found: RandomSlopes, shared: dict[str, Any], unit: str, smallest: float) -> Estimate:
    """Give the SD of slopes, in units of the outcome per unit of x, in SD, and per SD of x."""
    per_sd = found.sd_x / found.sd_y
    values = np.array([found.spread, found.spread_low, found.spread_high, found.spread_bound])
    ended = np.where(np.isfinite(values), values, np.nan)  # NaN: a bound that the likelihood never reaches
    tau, low, high, _ = (float(value) for value in ended)
    in_sd, natural = ended * per_sd, ended * found.sd_x
    above = bool(in_sd[0] > smallest)
    return Estimate(
        **shared,
        estimate=tau,
        ci_low=low,
        ci_high=high,
        statistic=found.profile.rise(smallest / per_sd) if above else 0.0,
        p_value=found.profile.p_value(smallest / per_sd) if above else 1.0,
        std_estimate=float(in_sd[0]),
        std_ci_low=float(in_sd[1]),
        std_ci_high=float(in_sd[2]),
        std_bound=float(in_sd[3]),
        natural_estimate=float(natural[0]),
        natural_ci_low=float(natural[1]),
        natural_ci_high=float(natural[2]),
        natural_unit=unit,
    )


def _differences(found: RandomSlopes) -> dict[str, object]:
    """Give what is known of the differences, in SD of the outcome per SD of x; `usual` holds 80 % of all groups."""
    per_sd = found.sd_x / found.sd_y
    mean, tau = float(found.slope.estimate) * per_sd, found.spread * per_sd
    half = normal_quantile((1 + USUAL) / 2) * tau
    return {
        "groups": len(found.groups), "n": found.n, "slope": mean, "spread": tau,
        "ci_low": found.spread_low * per_sd,
        "ci_high": found.spread_high * per_sd if np.isfinite(found.spread_high) else np.nan,
        "usual_low": mean - half, "usual_high": mean + half, "correlation": found.correlation,
        "chi2": found.statistic, "p_value": found.p_value,
    }  # fmt: skip


def _slopes(found: RandomSlopes, labels: tuple[str, ...]) -> Iterator[dict[str, object]]:
    """Give the slope of each group in SD: drawn towards the mean one (`estimate`), and from its rows alone."""
    per_sd = found.sd_x / found.sd_y
    predicted, own = found.predicted.times(per_sd), found.own.times(per_sd)
    columns = {
        "estimate": predicted.estimate, "ci_low": predicted.intervals()[0], "ci_high": predicted.intervals()[1],
        "alone": own.estimate, "alone_low": own.intervals()[0], "alone_high": own.intervals()[1],
    }  # fmt: skip
    overall = float(found.slope.estimate) * per_sd
    for place, name in enumerate(labels):
        numbers = {key: float(values[place]) for key, values in columns.items()}
        yield {"group": name, "n": int(found.group_n[place]), **numbers, "overall": overall}
