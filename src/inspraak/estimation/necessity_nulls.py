"""What ceilings look like where a condition is not necessary: effect sizes under two null hypotheses.

Both keep the values of condition and outcome and draw anew which of them meet. `permuted_effects` lets them meet at
random. `copula_effects` lets them meet with the rank correlation that they have, by a Gaussian copula: a purely
additive relation leaves a corner empty too, and this null knows it.

Scanned from the top of the outcome, a peer is a record: a condition lower than all before it. There are about ln n
of them, so that the permutations are drawn from record to record, all draws at once, whatever n.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray
from inspraak.estimation.ceilings import Scatter, line_effects, lines_from_sums

Latent = NDArray[
    np.float32
]  # only the order of latent values counts, and half the memory takes half the time
ELEMENTS = 2**17  # numbers drawn at a time: they stay in a core's cache
TRIED = 64  # draws that the latent correlation is set by
STRONGEST = 0.999
PERFECT = 1 - 1e-9


@dataclass(frozen=True, eq=False)
class _Ranked:
    """The values of a scatter in order: classes of equal conditions from low to high, of outcomes from high to low."""

    x: FloatArray  # (v,) distinct conditions, rising
    below: IntArray  # (v + 1,) rows with a lower condition; the last is n
    class_of_rank: IntArray  # (n,)
    y: FloatArray  # (u,) distinct outcomes, falling
    group_end: IntArray  # (u,) rows with an outcome as high or higher
    group_of_place: IntArray  # (n,)

    @property
    def n(self) -> int:
        return int(self.class_of_rank.size)

    @property
    def group_start(self) -> IntArray:
        return np.append(0, self.group_end[:-1])

    @cached_property
    def midranks(self) -> tuple[FloatArray, FloatArray]:
        """Standardised mid-ranks of the conditions by rank, and of the outcomes by place from the top, (n,) each."""
        conditions = (self.below[:-1] + self.below[1:])[self.class_of_rank].astype(np.float64)
        outcomes = -(self.group_start + self.group_end)[self.group_of_place].astype(np.float64)
        return _standardised(conditions), _standardised(outcomes)


def _standardised(values: FloatArray) -> FloatArray:
    centred = values - values.mean()
    return np.asarray(centred / np.sqrt(np.square(centred).sum()))


def _ranked(scatter: Scatter) -> _Ranked:
    x, x_count = np.unique(scatter.x, return_counts=True)
    y, y_count = np.unique(-scatter.y, return_counts=True)
    return _Ranked(
        x,
        np.append(0, np.cumsum(x_count)),
        np.repeat(np.arange(x.size), x_count),
        -y,
        np.cumsum(y_count),
        np.repeat(np.arange(y.size), y_count),
    )


@dataclass(frozen=True, eq=False)
class _Corners:
    """Sums over the peers met so far in each draw, and where its scan stands; (draws,), changed in place."""

    stairs: FloatArray  # area above the staircase
    x: FloatArray  # lowest condition so far
    y: FloatArray  # outcome at which it was met
    sums: FloatArray  # (5, draws) for `lines_from_sums`
    distinct: IntArray

    @classmethod
    def start(cls, draws: int) -> "_Corners":
        ones = np.ones(draws)
        return cls(np.zeros(draws), ones, ones.copy(), np.zeros((5, draws)), np.zeros(draws, dtype=np.int64))

    def meet(self, draw: IntArray, x: FloatArray, y: FloatArray, count: IntArray) -> None:
        """Add one peer, `count` times, in each of these draws, no draw twice."""
        self.stairs[draw] += (self.y[draw] - y) * self.x[draw]
        self.x[draw], self.y[draw] = x, y
        self.sums[:, draw] += count * np.stack([np.ones(x.size), x, y, x * x, x * y])
        self.distinct[draw] += 1

    def effects(self) -> FloatArray:
        """Give the effect sizes (2, draws) of CE-FDH and CR-FDH when all peers have been met."""
        return np.stack(
            [
                self.stairs + self.y * self.x,
                line_effects(lines_from_sums(*self.sums, distinct=self.distinct)),
            ]
        )


def permuted_effects(scatter: Scatter, draws: int, rng: np.random.Generator) -> FloatArray:
    """Give the effect sizes (2, draws) of CE-FDH and CR-FDH where conditions and outcomes meet at random.

    Exact draws of the permutation distribution, ties and all. From one record to the next: with L rows of a lower
    condition among the R that are left, the first of them comes after a negative hypergeometric number of others (a
    binomial with a beta(1, L) share); those that share its outcome are hypergeometric, and so are the doubles of the
    lowest of these. Source: Johnson, Kemp & Kotz (2005), Univariate Discrete Distributions, 6.2.2.
    """
    ranked = _ranked(scatter)
    corners = _Corners.start(draws)
    lowest, scanned = np.full(draws, ranked.x.size), np.zeros(draws, dtype=np.int64)
    running = np.arange(draws)
    while running.size:
        lower, left = ranked.below[lowest[running]], ranked.n - scanned[running]
        passed = _failures_before_success(left - lower, lower, rng)
        group = ranked.group_of_place[scanned[running] + passed]
        alike = ranked.group_end[group] - scanned[running] - passed - 1
        together = 1 + rng.hypergeometric(lower - 1, left - passed - lower, alike)
        rank = _failures_before_success(lower - together, together, rng)
        found = ranked.class_of_rank[rank]
        end = ranked.below[found + 1]
        count = 1 + rng.hypergeometric(end - rank - 1, lower - end, together - 1)
        corners.meet(running, ranked.x[found], ranked.y[group], count)
        lowest[running], scanned[running] = found, ranked.group_end[group]
        running = running[found > 0]
    return corners.effects()


def _failures_before_success(failures: IntArray, successes: IntArray, rng: np.random.Generator) -> IntArray:
    """Draw how many of some failures come before the first of some successes, in random order."""
    share = -np.expm1(-rng.standard_exponential(failures.size) / successes)
    return np.asarray(rng.binomial(failures, share), dtype=np.int64)


def copula_effects(
    scatters: Sequence[Scatter], draws: int, rng: np.random.Generator
) -> tuple[list[FloatArray], FloatArray]:
    """Give effect sizes (2, draws) of each of s scatters of n rows under a Gaussian copula, and rank correlations (s,).

    Each draw takes n pairs from the copula and gives them, by rank, the conditions and outcomes of the scatter, so
    that both margins stay as they are. The latent correlation is 2 sin(pi rho / 6) of Spearman's rho (Kruskal 1958),
    then set so that, ties and all, the draws have that rho on average. All scatters share the latent draws. The
    effect sizes are NaN where a rank correlation is +1 or -1. Raises ValueError for scatters of different lengths.
    """
    ranked = [_ranked(scatter) for scatter in scatters]
    n = ranked[0].n
    if any(one.n != n for one in ranked):
        raise ValueError(f"scatters have {[one.n for one in ranked]} rows; expected as many in each")
    rho = np.array([_spearman(scatter) for scatter in scatters])
    found: list[list[FloatArray]] = [[] for _ in ranked]
    latent = np.full(len(ranked), np.nan)
    for outcomes, noise in _latent_draws(draws, n, rng):
        for place, one in enumerate(ranked):
            if np.isnan(latent[place]):
                latent[place] = _latent_correlation(float(rho[place]), one, outcomes[:TRIED], noise[:TRIED])
            found[place].append(_effects_at(one, _conditions(float(latent[place]), outcomes, noise)))
    effects = [np.concatenate(parts, axis=1) for parts in found]
    return [np.where(abs(r) < PERFECT, part, np.nan) for part, r in zip(effects, rho)], rho


def _latent_draws(draws: int, n: int, rng: np.random.Generator) -> Iterator[tuple[Latent, Latent]]:
    """Give standard normal outcomes from high to low, and noise, (c, n) each, in chunks of draws."""
    chunk = max(1, ELEMENTS // n)
    for start in range(0, draws, chunk):
        size = min(chunk, draws - start)
        # sorted uniforms are partial sums of exponentials over the whole sum
        sums = np.cumsum(rng.standard_exponential((size, n + 1)), axis=1)
        outcomes = -special.ndtri(sums[:, :-1] / sums[:, -1:])
        yield outcomes.astype(np.float32), rng.standard_normal((size, n), dtype=np.float32)


def _conditions(correlation: float, outcomes: Latent, noise: Latent) -> Latent:
    """Give latent conditions that have this correlation with latent outcomes."""
    return np.float32(correlation) * outcomes + np.float32(np.sqrt(1 - correlation**2)) * noise


def _spearman(scatter: Scatter) -> float:
    """Give the rank correlation, mid-ranks for ties."""
    ranks = []
    for values in (scatter.x, scatter.y):
        _, place, count = np.unique(values, return_inverse=True, return_counts=True)
        ranks.append(_standardised((np.cumsum(count) - (count - 1) / 2)[place]))
    return float(np.clip(ranks[0] @ ranks[1], -1.0, 1.0))


def _latent_correlation(rho: float, ranked: _Ranked, outcomes: Latent, noise: Latent) -> float:
    """Give the latent correlation at which the draws have rank correlation `rho` on average."""
    first = float(np.clip(2 * np.sin(np.pi * rho / 6), -STRONGEST, STRONGEST))
    if first == 0:
        return 0.0
    x, y = ranked.midranks
    ranks = _conditions(first, outcomes, noise).argsort(axis=1).argsort(axis=1)
    reached = float((x[ranks] @ y).mean())
    return float(np.clip(first * rho / reached, -STRONGEST, STRONGEST)) if reached * rho > 0 else first


def _effects_at(ranked: _Ranked, latent: Latent) -> FloatArray:
    """Give effect sizes (2, c) where the scatter's conditions, ranked as latent ones (c, n), meet its outcomes."""
    running = np.minimum.accumulate(latent, axis=1)
    record = np.ones(latent.shape, dtype=np.bool_)
    record[:, 1:] = running[:, 1:] < running[:, :-1]
    draw, place = np.nonzero(record)
    ordered = np.sort(latent, axis=1)
    x_class = ranked.class_of_rank[_places_within(ordered, draw, latent[draw, place])]
    draw, group, x_class = _peers_among(draw, ranked.group_of_place[place], x_class)
    count = _doubles(ranked, latent, ordered, draw, group, x_class)
    corners = _Corners.start(len(latent))
    first = np.flatnonzero(np.append(True, draw[1:] != draw[:-1]))
    turn = np.arange(draw.size) - np.repeat(first, np.diff(np.append(first, draw.size)))
    for number in range(int(turn.max()) + 1):
        now = turn == number
        corners.meet(draw[now], ranked.x[x_class[now]], ranked.y[group[now]], count[now])
    return corners.effects()


def _places_within(ordered: Latent, row: IntArray, values: Latent) -> IntArray:
    """Find each value in its row of `ordered` (c, n), whose rows rise, by bisection."""
    low, high = np.zeros(row.size, dtype=np.int64), np.full(row.size, ordered.shape[1] - 1)
    while (low < high).any():
        middle = (low + high) // 2
        beyond = ordered[row, middle] < values
        low, high = np.where(beyond, middle + 1, low), np.where(beyond, high, middle)
    return low


def _peers_among(draw: IntArray, group: IntArray, x_class: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Keep the records that are peers: the last of their outcome, with a lower condition than the peer before."""
    last: BoolArray = np.append((draw[1:] != draw[:-1]) | (group[1:] != group[:-1]), True)
    draw, group, x_class = draw[last], group[last], x_class[last]
    lower: BoolArray = np.append(True, (draw[1:] != draw[:-1]) | (x_class[1:] < x_class[:-1]))
    return draw[lower], group[lower], x_class[lower]


def _doubles(
    ranked: _Ranked,
    latent: Latent,
    ordered: Latent,
    draw: IntArray,
    group: IntArray,
    x_class: IntArray,
) -> IntArray:
    """Count the rows that share the outcome and the condition of each peer."""
    size = ranked.group_end[group] - ranked.group_start[group]
    first = np.cumsum(size) - size
    within = np.arange(int(size.sum())) - np.repeat(first, size)
    values = latent[np.repeat(draw, size), np.repeat(ranked.group_start[group], size) + within]
    # a peer has the lowest condition of its outcome, so that all up to the highest rank of its class are its doubles
    highest = ordered[draw, ranked.below[x_class + 1] - 1]
    return np.asarray(np.add.reduceat((values <= np.repeat(highest, size)).astype(np.int64), first))
