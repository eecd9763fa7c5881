"""A population of employers, drawn once, and stratified samples of 493 from it."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from calibration.coverage import SEED, FloatArray
from inspraak.estimation.arrays import IntArray
from inspraak.estimation.design import SurveyDesign
from inspraak.randomness import stream

EMPLOYERS, SAMPLE = 20_000, 493
SIZE_SHARES = np.array([0.45, 0.30, 0.18, 0.07])
SECTOR_SHARES = np.array([0.5, 0.3, 0.2])
ALLOCATION = np.array([0.18, 0.24, 0.26, 0.32])
"""Of the sample over the size classes: large employers are drawn far more often."""


@dataclass(frozen=True, eq=False)
class Population:
    """Twelve strata (three sectors, four sizes) and what employers are and answer; every column (20,000,)."""

    stratum: IntArray
    columns: dict[str, FloatArray]

    def __getitem__(self, name: str) -> FloatArray:
        return self.columns[name]

    @property
    def counts(self) -> IntArray:
        """Employers in each stratum, (12,)."""
        return np.bincount(self.stratum)

    def sample(self, rng: np.random.Generator) -> IntArray:
        """Draw the rows of one sample without replacement; rows of a stratum stand together, (493,)."""
        members = _members(self)
        return np.concatenate(
            [rng.choice(rows, n, replace=False, shuffle=False) for rows, n in zip(members, allocation(self))]
        )

    def samples(self, rng: np.random.Generator, r: int) -> IntArray:
        """Draw r samples, (r, 493)."""
        return np.array([self.sample(rng) for _ in range(r)])


def allocation(population: Population) -> IntArray:
    """Give the employers to be drawn in each stratum, (12,): sectors alike, sizes as `ALLOCATION`."""
    wanted = np.tile(ALLOCATION * SAMPLE / len(SECTOR_SHARES), len(SECTOR_SHARES))
    n = np.floor(np.minimum(wanted, population.counts)).astype(np.int64)
    n[np.argsort(wanted - n)[::-1][: SAMPLE - n.sum()]] += 1
    return n


def design_of_samples(population: Population) -> SurveyDesign:
    """Give the design of every sample: weights N_h / n_h, strata, finite population correction."""
    n, counts = allocation(population), population.counts
    stratum = np.repeat(np.arange(n.size), n)
    return SurveyDesign((counts / n)[stratum], stratum, population=counts[stratum].astype(np.float64))


@cache
def draw_population() -> Population:
    """Draw the population."""
    rng = stream(SEED, "calibration", "population")
    n = EMPLOYERS
    size = rng.choice(SIZE_SHARES.size, n, p=SIZE_SHARES)
    sector = rng.choice(SECTOR_SHARES.size, n, p=SECTOR_SHARES)
    b = (rng.random(n) < 0.3 + 0.1 * size).astype(np.float64)
    x = 0.3 * size - 0.2 * sector + rng.normal(size=n)
    large = (size >= 2).astype(np.float64)
    line = 0.4 * x + 0.3 * b - 0.3 * large
    latent = line + rng.logistic(size=n)
    columns = {
        "x": x,
        "b": b,
        "large": large,
        # the spread grows with x
        "y": 1 + line + 0.4 * sector + np.exp(0.25 * x) * rng.normal(size=n),
        "skewed": rng.gamma(2.0, np.exp(0.2 * size + 0.1 * sector)),
        "yes": (latent > 0.6).astype(np.float64),
        "rare": (rng.random(n) < 0.03 + 0.02 * size).astype(np.float64),
        "share": rng.beta(2 / (1 + np.exp(-line)), 2 / (1 + np.exp(line))),
        "level": np.digitize(latent, [-0.8, 0.4, 1.6]) + 1.0,
        "count": rng.poisson(np.exp(0.3 + 0.5 * line)).astype(np.float64),
        "spread_count": rng.poisson(np.exp(0.3 + 0.5 * line) * rng.gamma(1.5, 1 / 1.5, n)).astype(np.float64),
        "region": rng.choice(3, n, p=[0.5, 0.3, 0.2]).astype(np.float64),
        "sector": sector.astype(np.float64),
        "scarce": (rng.random(n) < 0.02).astype(np.float64),
        "minor": (rng.random(n) < 0.08).astype(np.float64),
    }
    return Population((sector * SIZE_SHARES.size + size).astype(np.int64), columns)


@cache
def _members(population: Population) -> list[IntArray]:
    return [np.flatnonzero(population.stratum == stratum) for stratum in range(population.counts.size)]
