"""Random samples for the properties of the estimators."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from inspraak.estimation.design import SurveyDesign


@dataclass(frozen=True)
class Sample:
    """Answers of n units on a scale of 0..100, with gaps; weights, strata, groups that overlap, and clusters."""

    values: np.ndarray
    weights: np.ndarray
    strata: np.ndarray
    groups: np.ndarray
    clusters: np.ndarray

    @property
    def n(self) -> int:
        return len(self.weights)

    def design(self, *, scale: float = 1.0, clustered: bool = False) -> SurveyDesign:
        clusters = self.clusters if clustered else None
        return SurveyDesign(self.weights * scale, self.strata, clusters, lonely="certainty")

    def in_order(self, order: np.ndarray) -> "Sample":
        return Sample(*(getattr(self, name)[order] for name in self.__dataclass_fields__))


def draw(seed: int, *, n: int = 120, columns: int = 4, missing: float = 0.1) -> Sample:
    rng = np.random.default_rng(seed)
    common = rng.normal(size=(n, 1))
    values = np.clip(50 + 15 * common + 15 * rng.normal(size=(n, columns)), 0, 100)
    values[rng.random(values.shape) < missing] = np.nan
    sector = rng.integers(0, 3, n)
    groups = np.column_stack([sector == 0, sector == 1, rng.random(n) < 0.6])
    # at least two units in each stratum, so that no rule for lonely strata comes in
    strata = np.where(np.arange(n) < 8, np.arange(n) % 4, rng.integers(0, 4, n))
    return Sample(values, rng.uniform(0.5, 4, n), strata, groups, rng.integers(0, 15, n))


@pytest.fixture(scope="session")
def sample() -> Callable[..., Sample]:
    """A function that draws a sample from a seed."""
    return draw
