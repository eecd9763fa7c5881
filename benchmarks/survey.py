"""A simulated employer survey of any size, for the engines: answers with gaps, a weighted design, groups."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspraak.estimation.design import SurveyDesign
from inspraak.randomness import stream

SECTORS, SIZES, ITEMS, FACTORS = 6, 4, 60, 8
UNORDERED = (0, 20, 40)
"""Items whose four codes are mere names."""
ROUTED = (10, 11, 12, 30, 31, 32)
"""Items that three in ten employers were not asked, for the first and for the last three together."""
MISSING = 0.08
"""Share of the answers that are missing at random."""


@dataclass(frozen=True, eq=False)
class Survey:
    """`answers` (n, 60) codes 1 to 5, NaN = missing; `whole` the same without gaps; `groups` (n, 10)."""

    design: SurveyDesign
    answers: NDArray[np.float64]
    whole: NDArray[np.float64]
    groups: NDArray[np.bool_]
    covariates: NDArray[np.float64]
    rng: np.random.Generator

    @property
    def unordered(self) -> NDArray[np.bool_]:
        """Which items have codes that are mere names, (60,)."""
        return np.isin(np.arange(ITEMS), UNORDERED)

    @property
    def structural(self) -> NDArray[np.bool_]:
        """Which answers were not asked for, (n, 60); these are no missing answers."""
        asked = self.covariates[:, :2] > np.quantile(self.covariates[:, :2], 0.3, axis=0)
        gaps = np.zeros(self.answers.shape, dtype=np.bool_)
        for place, item in enumerate(ROUTED):
            gaps[:, item] = ~asked[:, place // 3]
        return gaps


def draw_survey(n: int, *names: str) -> Survey:
    """Draw a stratified survey of n employers: 6 sectors x 4 sizes, large employers drawn more often."""
    rng = stream(493, "benchmark", str(n), *names)
    sector = rng.integers(0, SECTORS, n)
    size = rng.choice(SIZES, n, p=[0.3, 0.3, 0.25, 0.15])
    weights = np.array([90.0, 40.0, 14.0, 5.0])[size] * (1 + 0.2 * sector)
    groups = np.column_stack(
        [sector[:, np.newaxis] == np.arange(SECTORS), size[:, np.newaxis] == np.arange(SIZES)]
    )
    factors = rng.normal(size=(n, FACTORS)) + 0.2 * size[:, np.newaxis]
    covariates = np.column_stack([rng.normal(size=(n, 3)), size, sector])
    whole = np.empty((n, ITEMS))
    for item in range(ITEMS):
        latent = 0.7 * factors[:, item % FACTORS] + 0.2 * covariates[:, 0] + 0.7 * rng.normal(size=n)
        cuts = [-1.0, 0.0, 1.0] if item in UNORDERED else [-1.2, -0.4, 0.4, 1.2]
        whole[:, item] = np.digitize(latent, cuts) + 1.0
    answers = whole.copy()
    answers[rng.random(whole.shape) < MISSING] = np.nan
    return Survey(SurveyDesign(weights, sector * SIZES + size), answers, whole, groups, covariates, rng)
