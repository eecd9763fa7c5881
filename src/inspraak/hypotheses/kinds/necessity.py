"""Test of kind `necessity`: is a high outcome not found without the condition."""

from collections.abc import Iterator

import numpy as np

from inspraak.estimation.necessity import Necessity as Ceilings
from inspraak.estimation.necessity import analyse_necessity
from inspraak.hypotheses.columns import FloatArray, WaveData
from inspraak.hypotheses.modelling import MINIMUM_N
from inspraak.hypotheses.result import NO_VARIANCE, OUTSIDE_MODEL, TOO_FEW, Detail, Estimate
from inspraak.hypotheses.testability import not_asked
from inspraak.study.kinds import Necessity
from inspraak.study.outcomes import answer_range
from inspraak.study.parts import Part

DECIDES = "cr_fdh"
"""The ceiling that decides: the line that bottlenecks are read from."""
LEAST = 2_000
"""Permutations of each of many data sets at least: no p goes below 1 / (LEAST + 1)."""


def test_necessity(data: WaveData, label: str, part: Part) -> list[Estimate | Detail]:
    """Give the effect size of each condition, with the larger of its p-values under two nulls; bottlenecks beside it.

    Scopes are the declared ends of the scales, so that no value of one employer is told. The first null is that
    condition and outcome have nothing to do with each other, the second that they only have the rank correlation
    they have: an additive relation alone often gives an effect size that the first calls significant. The table
    `necessity` has both p-values and both ceilings.
    """
    assert isinstance(part, Necessity)
    conditions = [name for name in part.conditions if data.has(name)]
    reason = not_asked(data, part)
    if reason:
        return [Estimate(label, part.kind, part.y, name, reason=reason) for name in part.conditions]
    bounds = [answer_range(data.study, name) for name in (*conditions, part.y)]
    if any(ends is None for ends in bounds):
        return [Estimate(label, part.kind, part.y, name, reason=OUTSIDE_MODEL) for name in conditions]
    columns = np.stack([data.column(name) for name in conditions], axis=1)
    y, included = data.column(part.y), data.domain(part.domain)
    used = included & ~np.isnan(columns).any(axis=1) & ~np.isnan(y)
    if used.sum(axis=1).min() < MINIMUM_N:
        n = int(used.sum(axis=1).min())
        return [Estimate(label, part.kind, part.y, name, n=n, reason=TOO_FEW) for name in conditions]
    shuffles = data.repetitions.permutations
    found = analyse_necessity(
        columns,
        y,
        data.test_design,
        data.stream(part),
        included=used,
        scope=np.array(bounds, dtype=np.float64),
        draws=max(-(-shuffles // data.imputations), min(shuffles, LEAST)),
        copula_draws=-(-data.repetitions.draws // data.imputations),
    )
    return list(_rows(data, label, part, conditions, found))


def _rows(
    data: WaveData, label: str, part: Necessity, conditions: list[str], found: Ceilings
) -> Iterator[Estimate | Detail]:
    imputations = data.imputations if data.imputations > 1 else 0
    for place, name in enumerate(conditions):
        n = int(found.n[place])
        about: dict[str, object] = {"condition": name, "outcome": part.y, "n": n}
        for ceiling, values in enumerate(found.ceilings):
            effect, p = float(found.effect[ceiling, place]), float(_larger_p(found)[ceiling, place])
            if values == DECIDES:
                yield _estimate(label, part, name, n, imputations, effect, p)
                yield from _bottlenecks(label, about | {"ceiling": values}, found, ceiling, place)
            yield Detail(
                label,
                "necessity",
                {
                    **about, "imputations": imputations, "ceiling": values, "effect_size": effect,
                    "accuracy": float(found.accuracy[ceiling, place]),
                    "p_permutation": float(found.permutation_p[ceiling, place]),
                    "p_copula": float(found.copula_p[ceiling, place]),
                    "rank_correlation": float(found.rank_correlation[place]),
                },
            )  # fmt: skip


def _larger_p(found: Ceilings) -> FloatArray:
    return np.maximum(found.permutation_p, found.copula_p)


def _estimate(
    label: str, part: Necessity, name: str, n: int, imputations: int, effect: float, p: float
) -> Estimate:
    """Give the effect size, which has no standard error: the share of the scope that stays empty."""
    if np.isnan(effect):
        return Estimate(label, part.kind, part.y, name, n=n, reason=NO_VARIANCE)
    return Estimate(
        label,
        part.kind,
        part.y,
        name,
        n=n,
        imputations=imputations,
        estimate=effect,
        std_estimate=effect,
        natural_estimate=effect,
        natural_unit="empty corner",
        p_value=p,
    )


def _bottlenecks(
    label: str, about: dict[str, object], found: Ceilings, ceiling: int, place: int
) -> Iterator[Detail]:
    """Give what each level of the outcome asks of the condition, in percent of both scales."""
    for step, level in enumerate(found.levels):
        numbers = {
            "level": float(level),
            "required": float(found.required[ceiling, step, place]),
            "lacking": float(found.lacking[ceiling, step, place]),
        }
        yield Detail(label, "bottlenecks", about | numbers)
