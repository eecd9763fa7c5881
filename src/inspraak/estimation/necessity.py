"""Necessary condition analysis: does a high outcome occur without the condition, and is that more than chance.

The usual rule (an effect size of .1 or more, permutation p below .05) calls conditions necessary where they merely add
up: of three that reach R2 = .10 together at n = 493, some one in 59 % of 200 samples by CE-FDH. So read it beside the
p-value of the copula null, which keeps the rank correlation: there permutation p is below .05 for 45 % of the
conditions, copula p for 3 to 4 %.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray
from inspraak.estimation.ceilings import (
    CEILINGS,
    CeilingName,
    Peers,
    Scatter,
    accuracy,
    inefficiencies,
    line_effects,
    line_through,
    peers_of,
    required_conditions,
    staircase_effect,
)
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.necessity_nulls import copula_effects, permuted_effects
from inspraak.estimation.terms import imputed, imputed_block, imputed_terms

LEVELS = tuple(range(0, 101, 10))
SMALLEST_N = 3
SAME = 1e-12  # effect sizes that differ by less are equal


@dataclass(frozen=True, eq=False)
class Necessity:
    """Ceilings of k conditions, over m imputations; the first axis is that of `ceilings`, CE-FDH and CR-FDH.

    `effect` (2, k) is the empty share of the scope, `accuracy` (2, k) the share of rows on or below the ceiling,
    `condition_inefficiency` and `outcome_inefficiency` (2, k) the shares of either side that it leaves unbounded:
    means over the imputations, as `rank_correlation` (k,). `permutation_p` (2, k) is that of an effect size this large
    where condition and outcome meet at random, `copula_p` (2, k) that where they have the rank correlation they have:
    medians over the imputations. `required` (2, l, k) is the condition, as percentage of its scope, that outcome
    `levels` (l,), as percentages of theirs, ask for: 0 where they ask for nothing, above 100 where the line leaves the
    scope, NaN where there is none. `lacking` (2, l, k) is the weighted share of rows with less. `n` (k,) is the
    fewest rows of an imputation. A condition or outcome that does not vary, or has fewer than 3 rows, in any
    imputation has NaN throughout.
    """

    null_hypotheses: ClassVar[tuple[str, str]] = (
        "the outcome has nothing to do with the condition",
        "the condition bounds the outcome no more than their rank correlation does",
    )
    ceilings: ClassVar[tuple[CeilingName, ...]] = CEILINGS

    imputations: int
    n: IntArray
    effect: FloatArray
    accuracy: FloatArray
    condition_inefficiency: FloatArray
    outcome_inefficiency: FloatArray
    rank_correlation: FloatArray
    permutation_p: FloatArray
    copula_p: FloatArray
    levels: FloatArray
    required: FloatArray
    lacking: FloatArray


@dataclass(frozen=True, eq=False)
class _Described:
    """One condition in one imputation; the first axis of arrays is that of ceilings."""

    scatter: Scatter
    effect: FloatArray
    accuracy: FloatArray
    condition_inefficiency: FloatArray
    outcome_inefficiency: FloatArray
    required: FloatArray  # (2, l)
    lacking: FloatArray  # (2, l)


def analyse_necessity(
    conditions: ArrayLike,
    outcome: ArrayLike,
    design: SurveyDesign,
    rng: np.random.Generator,
    *,
    included: ArrayLike | None = None,
    scope: ArrayLike | None = None,
    draws: int = 10_000,
    copula_draws: int = 500,
    levels: Sequence[float] = LEVELS,
) -> Necessity:
    """Analyse k conditions of one outcome, each on its own.

    `conditions` (m, k, n) of m imputations, or (k, n); `outcome` (m, n) or (n,); NaN = missing. A condition uses the
    rows that have all conditions and the outcome, a positive weight, and are `included` ((n,) or (m, n) booleans).
    `scope` (k + 1, 2) are the lowest and highest values of each condition and, last, of the outcome; default: as
    observed. `levels` of the outcome in percent of its scope. Beyond `lacking` the weights play no part: a ceiling is
    one of rows. p = (c + 1) / (draws + 1), with c draws at least as large.

    Over imputations p-values are pooled by their median (Eekhout, van de Wiel & Heymans 2017, BMC Medical Research
    Methodology 17, 129), since the same permutation cannot be drawn in all of them by records.

    Source: Dul (2016), Organizational Research Methods 19, 10-52; permutation: Dul, van der Laan & Kuik (2020), same
    journal 23, 385-395. R: NCA::nca_analysis(ceilings = c("ce_fdh", "cr_fdh"), test.rep = draws). The copula null is
    our own. Raises ValueError for wrong shapes, and for values outside the scope.
    """
    block = imputed_block(conditions, design, name="conditions")
    y = imputed(outcome, design, name="outcome")
    terms = imputed_terms(block, y[:, np.newaxis], design=design, included=included)
    k = block.shape[1]
    bounds = None if scope is None else np.asarray(scope, dtype=np.float64)
    if bounds is not None and bounds.shape != (k + 1, 2):
        raise ValueError(f"scope has shape {bounds.shape}; expected ({k + 1}, 2)")
    percent = np.asarray(levels, dtype=np.float64)
    described = [
        _describe(np.concatenate([x, y])[:, rows], design.weights[rows], bounds, percent / 100)
        for x, y, rows in zip(*terms.blocks, terms.complete)
    ]
    known = np.array([all(row[place] is not None for row in described) for place in range(k)])
    columns = [[row[place] for row in described] for place in np.flatnonzero(known)]
    complete = [[part for part in column if part is not None] for column in columns]
    n = terms.complete.sum(axis=1)
    return _pooled(complete, known, n, percent, rng, draws=draws, copula_draws=copula_draws)


def _describe(
    values: FloatArray, weights: FloatArray, bounds: FloatArray | None, levels: FloatArray
) -> list[_Described | None]:
    """Describe each of k conditions, (k + 1, n) with the outcome last; None where there is nothing to describe."""
    k = len(values) - 1
    if values.shape[1] < SMALLEST_N:
        return [None] * k
    low, high = (values.min(axis=1), values.max(axis=1)) if bounds is None else bounds.T
    if (values.min(axis=1) < low).any() or (values.max(axis=1) > high).any():
        raise ValueError("conditions or outcome hold values outside the scope")
    varies = np.ptp(values, axis=1) > 0
    scaled = (values - low[:, np.newaxis]) / np.where(high > low, high - low, 1.0)[:, np.newaxis]
    return [
        _describe_one(Scatter(scaled[place], scaled[-1]), weights, levels)
        if varies[[place, -1]].all()
        else None
        for place in range(k)
    ]


def _describe_one(scatter: Scatter, weights: FloatArray, levels: FloatArray) -> _Described:
    peers: Peers = peers_of(scatter)
    line = line_through(peers)
    required = required_conditions(peers, line, levels)
    order = np.argsort(scatter.x, kind="stable")
    share = np.append(0.0, np.cumsum(weights[order])) / weights.sum()
    # what lies within rounding of the requirement has what is required
    lacking = share[np.searchsorted(scatter.x[order], required - 1e-9)]
    unbounded = inefficiencies(peers, line)
    return _Described(
        scatter=scatter,
        effect=np.array([staircase_effect(peers), float(line_effects(line))]),
        accuracy=np.array([1.0, accuracy(scatter, line)]),
        condition_inefficiency=unbounded[:, 0],
        outcome_inefficiency=unbounded[:, 1],
        required=required,
        lacking=np.where(np.isnan(required), np.nan, lacking),
    )


def _pooled(
    columns: list[list[_Described]],
    known: BoolArray,
    n: IntArray,
    levels: FloatArray,
    rng: np.random.Generator,
    *,
    draws: int,
    copula_draws: int,
) -> Necessity:
    """Pool the conditions that are known, and draw their null distributions."""

    def mean(name: str) -> FloatArray:
        shape = (2, levels.size) if name in ("required", "lacking") else (2,)
        whole = np.full((*shape, known.size), np.nan)
        for k, column in zip(np.flatnonzero(known), columns):
            whole[..., k] = np.mean([getattr(part, name) for part in column], axis=0)
        return whole

    permutation, copula, correlation = _null_p_values(columns, rng, draws=draws, copula_draws=copula_draws)
    p_values = np.full((2, 2, known.size), np.nan)
    rank_correlation = np.full(known.size, np.nan)
    p_values[:, :, known], rank_correlation[known] = np.stack([permutation, copula]), correlation
    return Necessity(
        imputations=n.size,
        n=np.full(known.size, n.min()),
        effect=mean("effect"),
        accuracy=mean("accuracy"),
        condition_inefficiency=mean("condition_inefficiency"),
        outcome_inefficiency=mean("outcome_inefficiency"),
        rank_correlation=rank_correlation,
        permutation_p=p_values[0],
        copula_p=p_values[1],
        levels=levels,
        required=100 * mean("required"),
        lacking=mean("lacking"),
    )


def _null_p_values(
    columns: list[list[_Described]], rng: np.random.Generator, *, draws: int, copula_draws: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give p-values of both nulls, (2, conditions), and rank correlations; pooled over the imputations."""
    parts = [part for column in columns for part in column]
    shape = (len(columns), -1) if parts else (0, 1)
    permutation = [_p_value(part, permuted_effects(part.scatter, draws, rng)) for part in parts]
    copula, rho = np.full((len(parts), 2), np.nan), np.full(len(parts), np.nan)
    # scatters of as many rows share their latent draws
    for size in sorted({part.scatter.x.size for part in parts}):
        places = [place for place, part in enumerate(parts) if part.scatter.x.size == size]
        effects, rho[places] = copula_effects([parts[place].scatter for place in places], copula_draws, rng)
        copula[places] = [_p_value(parts[place], drawn) for place, drawn in zip(places, effects)]
    medians = [
        np.median(np.reshape(p, (*shape, 2)), axis=1).T if parts else np.empty((2, 0))
        for p in (permutation, copula)
    ]
    return medians[0], medians[1], rho.reshape(shape).mean(axis=1)


def _p_value(part: _Described, drawn: FloatArray) -> FloatArray:
    """Give the p-values (2,) of the effect sizes among those drawn under a null, (2, draws)."""
    at_least = (drawn >= part.effect[:, np.newaxis] - SAME).sum(axis=1)
    unknown = np.isnan(drawn).any(axis=1)
    return np.where(unknown, np.nan, (at_least + 1) / (drawn.shape[1] + 1))
