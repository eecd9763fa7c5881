"""How often intervals hold the truth: what a scenario is, and how its replications are judged."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from inspraak.randomness import stream

FloatArray = NDArray[np.float64]
SEED = 2018
BLOCK = 100
"""Replications that one stream of random numbers serves; the unit that processes share out."""
LOWEST, HIGHEST = 0.93, 0.97
"""What the coverage of nominal 95 % intervals must lie between."""
MOST_BIAS = 0.25
"""Of a standard deviation of the estimate: costs less than a point of coverage (Cochran 1977, 1.8)."""


@dataclass(frozen=True, eq=False)
class Intervals:
    """Estimates and 95 % intervals of k estimands in r samples, each (r, k)."""

    estimate: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, eq=False)
class Scenario:
    """A method on trial: the names of its k estimands, their true values, and a draw of r samples.

    `note` says why coverage may be missed; it stands below the table where it is.
    """

    title: str
    estimands: tuple[str, ...]
    truth: FloatArray
    draw: Callable[[np.random.Generator, int], Intervals]
    note: str = ""


@dataclass(frozen=True)
class Coverage:
    """The outcome for one estimand.

    `rate` of the intervals hold the truth, `low` and `high` bound it with 95 % confidence. `bias` is that of
    the estimate in its standard deviations, `failed` counts the samples without an interval: these do not
    hold the truth.
    """

    title: str
    estimand: str
    replications: int
    rate: float
    low: float
    high: float
    bias: float
    failed: int
    note: str = ""

    @property
    def missed(self) -> bool:
        """Whether the interval of the rate lies wholly outside the bounds."""
        return self.high < LOWEST or self.low > HIGHEST

    @property
    def biased(self) -> bool:
        """Whether the bias is surely beyond its bound, by 1.96 Monte Carlo errors."""
        return bool(abs(self.bias) - 1.96 / np.sqrt(self.replications) > MOST_BIAS)


def draw_block(name: str, scenario: Scenario, block: int, size: int = BLOCK) -> Intervals:
    """Draw a block of replications from its own stream, whatever process does it."""
    return scenario.draw(stream(SEED, "calibration", name, str(block)), size)


def judge(scenario: Scenario, blocks: list[Intervals]) -> list[Coverage]:
    """Count how often the intervals hold the truth, estimand by estimand."""
    estimate, low, high = (
        np.concatenate([getattr(block, part) for block in blocks]) for part in ("estimate", "low", "high")
    )
    held = (low <= scenario.truth) & (scenario.truth <= high)  # False for NaN
    result = []
    for place, estimand in enumerate(scenario.estimands):
        hits, total = int(held[:, place].sum()), len(held)
        column = estimate[:, place]
        failed = int((~np.isfinite(low[:, place]) | ~np.isfinite(high[:, place])).sum())
        bias = (np.nanmean(column) - scenario.truth[place]) / np.nanstd(column)
        bounds = rate_interval(hits, total)
        result.append(
            Coverage(
                scenario.title, estimand, total, hits / total, *bounds, float(bias), failed, scenario.note
            )
        )
    return result


def rate_interval(hits: int, total: int) -> tuple[float, float]:
    """Give the exact 95 % interval of a rate (Clopper & Pearson 1934, Biometrika 26, 404-413)."""
    low = special.betaincinv(hits, total - hits + 1, 0.025) if hits else 0.0
    high = special.betaincinv(hits + 1, total - hits, 0.975) if hits < total else 1.0
    return float(low), float(high)
