"""Scenarios of indirect effects, their intervals resampled: by the design, and over multiple imputations."""

from collections.abc import Callable

import numpy as np

from calibration.coverage import SEED, FloatArray, Intervals, Scenario
from calibration.population import Population, design_of_samples, draw_population
from inspraak.estimation.design import simple_design
from inspraak.estimation.imputation import impute
from inspraak.estimation.mediation import mediate
from inspraak.estimation.predictor_choice import design_covariates
from inspraak.estimation.resampled_effects import ResampledEffects
from inspraak.randomness import stream

IMPUTATIONS, RESAMPLES, POOLED_RESAMPLES = 10, 500, 200
Told = tuple[FloatArray, FloatArray, FloatArray]
"""Estimates, lower and upper bounds, each (estimands,)."""


def resampled() -> Scenario:
    """From x by way of y to an outcome of both, b changing the slopes on x; effects at b = 0 and 1, and the index."""
    population, design = draw_population(), design_of_samples(draw_population())
    outcome = _outcome(population)

    def one(rng: np.random.Generator) -> Told:
        rows = population.sample(rng)
        x, y, b, large = (population[name][rows] for name in ("x", "y", "b", "large"))
        found = mediate(
            x, [y], outcome[rows], design,
            controls=[large], moderator=b, at=[0, 1], rng=rng, draws=RESAMPLES,
        )  # fmt: skip
        return _told(found.indirect, found.moderation, found.direct)

    x, y, b, large = (population[name] for name in ("x", "y", "b", "large"))
    census = mediate(
        x, [y], outcome, simple_design(len(x)),
        controls=[large], moderator=b, at=[0, 1], rng=np.random.default_rng(0), draws=2, covariance="HC1",
    )  # fmt: skip
    names = ("indirect, b = 0", "indirect, b = 1", "index of moderation", "direct, b = 0", "direct, b = 1")
    return Scenario(
        "mediation, resampled by design",
        names,
        _told(census.indirect, census.moderation, census.direct)[0],
        _one_by_one(one),
    )


def pooled() -> Scenario:
    """About a fifth of x, y and the outcome missing, more often for large employers and where b is 1."""
    population, design = draw_population(), design_of_samples(draw_population())
    answers = np.column_stack([population["x"], population["y"], _outcome(population)])
    chance = 0.1 + 0.15 * population["b"] + 0.1 * population["large"]
    strata = design_covariates(design)

    def one(rng: np.random.Generator) -> Told:
        rows = population.sample(rng)
        b, values = population["b"][rows], answers[rows].copy()
        values[rng.random(values.shape) < chance[rows, np.newaxis]] = np.nan
        filled = impute(values, rng, imputations=IMPUTATIONS, covariates=np.column_stack([strata, b]))
        x, y, outcome = np.stack([filled.completed(number) for number in range(IMPUTATIONS)]).transpose(
            2, 0, 1
        )
        found = mediate(x, y[:, np.newaxis], outcome, design, controls=[b], rng=rng, draws=POOLED_RESAMPLES)
        return _told(found.indirect, found.direct, found.total)

    x, y, outcome = answers.T
    census = mediate(
        x, [y], outcome, simple_design(len(x)),
        controls=[population["b"]], rng=np.random.default_rng(0), draws=2, covariance="HC1",
    )  # fmt: skip
    title = f"mediation, resampled in {IMPUTATIONS} imputations"
    return Scenario(
        title,
        ("indirect", "direct", "total"),
        _told(census.indirect, census.direct, census.total)[0],
        _one_by_one(one),
    )


def _outcome(population: Population) -> FloatArray:
    """Give an outcome of x and y whose spread grows with y."""
    noise = stream(SEED, "calibration", "mediation").normal(size=population["x"].size)
    return 0.3 * population["y"] + 0.2 * population["x"] + np.exp(0.15 * population["y"]) * noise


def _told(*effects: ResampledEffects) -> Told:
    """Give estimates and interval bounds of effects side by side."""
    bounds = [effect.intervals() for effect in effects]
    return (
        np.concatenate([effect.estimate.ravel() for effect in effects]),
        np.concatenate([low.ravel() for low, _ in bounds]),
        np.concatenate([high.ravel() for _, high in bounds]),
    )


def _one_by_one(
    one: Callable[[np.random.Generator], Told],
) -> Callable[[np.random.Generator, int], Intervals]:
    """Give the draw of r samples that takes them one by one."""

    def draw(rng: np.random.Generator, r: int) -> Intervals:
        return Intervals(*(np.stack(part) for part in zip(*(one(rng) for _ in range(r)))))

    return draw
