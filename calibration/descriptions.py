"""Scenarios of means, shares and differences, with the weights of the design and with calibrated weights."""

import numpy as np

from calibration.coverage import FloatArray, Intervals, Scenario
from calibration.population import design_of_samples, draw_population
from inspraak.estimation.calibrated_design import calibrated
from inspraak.estimation.calibration import Margin, calibrate
from inspraak.estimation.description import (
    Differences,
    Means,
    describe_means,
    difference_from_rest,
)
from inspraak.estimation.quantiles import describe_quantiles
from inspraak.estimation.shares import describe_shares

MEANS = ("x", "y", "skewed")
SHARES = ("yes", "rare")
LEVELS = (0.25, 0.5, 0.75)
FEW = {"scarce": ("scarce", True), "minor": ("minor", True), "minor, region": ("minor", False)}
"""Properties of 2 and 8 %, of all employers or of a region: ten, forty and twelve cases in a sample."""


def means_and_shares() -> Scenario:
    """Of all employers, and of a region, whose employers are spread over the strata."""
    population, design = draw_population(), design_of_samples(draw_population())
    inside = population["region"] == 1
    names = (*MEANS, *SHARES)

    def draw(rng: np.random.Generator, r: int) -> Intervals:
        rows = population.samples(rng, r)
        parts = []
        for everyone in (True, False):
            for chosen, describe in ((MEANS, describe_means), (SHARES, describe_shares)):
                # a column for each sample: outside the region there is no answer
                values = [
                    np.where(everyone | inside[rows], population[name][rows], np.nan).T for name in chosen
                ]
                whole = np.ones((design.n, 1), dtype=np.bool_)
                found = describe(np.hstack(values), whole, design)
                parts.append(_as_intervals(found, r))
        return _beside(parts)

    truth = [population[name][rows].mean() for rows in (slice(None), inside) for name in names]
    estimands = [f"{name}{where}" for where in ("", ", region") for name in names]
    title = "means and shares, design-based"
    return Scenario(title, tuple(estimands), np.array(truth), draw)


def shares_of_few() -> Scenario:
    """Shares that few cases speak for, alike in all strata."""
    population, design = draw_population(), design_of_samples(draw_population())
    inside = population["region"] == 1

    def draw(rng: np.random.Generator, r: int) -> Intervals:
        rows = population.samples(rng, r)
        values = [
            np.where(everyone | inside[rows], population[name][rows], np.nan).T
            for name, everyone in FEW.values()
        ]
        whole = np.ones((design.n, 1), dtype=np.bool_)
        return _as_intervals(describe_shares(np.hstack(values), whole, design), r)

    truth = [population[name][everyone | inside].mean() for name, everyone in FEW.values()]
    return Scenario("shares of few, design-based", tuple(FEW), np.array(truth), draw)


def quartiles() -> Scenario:
    """Woodruff's intervals of the quartiles, of all employers."""
    population, design = draw_population(), design_of_samples(draw_population())

    def draw(rng: np.random.Generator, r: int) -> Intervals:
        rows = population.samples(rng, r)
        values = np.hstack([population[name][rows].T for name in MEANS])
        found = describe_quantiles(values, np.ones((design.n, 1), dtype=np.bool_), design, levels=LEVELS)
        parts = (found.estimate, found.ci_low, found.ci_high)
        shape = len(MEANS), r, len(LEVELS)
        return Intervals(*(part.reshape(shape).transpose(1, 0, 2).reshape(r, -1) for part in parts))

    truth = [
        np.quantile(population[name], level, method="inverted_cdf") for name in MEANS for level in LEVELS
    ]
    estimands = tuple(f"{name}, {level:.0%}" for name in MEANS for level in LEVELS)
    return Scenario("quartiles, Woodruff", estimands, np.array(truth), draw)


def differences() -> Scenario:
    """A sector, which is a union of strata, and a region against the rest."""
    population, design = draw_population(), design_of_samples(draw_population())
    groups = np.column_stack([population["sector"] == 1, population["region"] == 1])

    def draw(rng: np.random.Generator, r: int) -> Intervals:
        found = []
        for rows in population.samples(rng, r):
            values = np.column_stack([population[name][rows] for name in MEANS])
            found.append(difference_from_rest(values, groups[rows], design))
        return _stacked(found)

    truth = [
        population[name][group].mean() - population[name][~group].mean()
        for name in MEANS
        for group in groups.T
    ]
    estimands = tuple(f"{name}, {group}" for name in MEANS for group in ("sector", "region"))
    return Scenario("group less rest", estimands, np.array(truth), draw)


def raked() -> Scenario:
    """Means with weights that are raked to region and a 0/1 property, neither of which is a stratum."""
    population, design = draw_population(), design_of_samples(draw_population())
    codes = {name: population[name].astype(np.int64) for name in ("region", "b")}
    counts = {name: np.bincount(code).astype(np.float64) for name, code in codes.items()}
    names = (*MEANS, "yes")

    def draw(rng: np.random.Generator, r: int) -> Intervals:
        found = []
        for rows in population.samples(rng, r):
            margins = [Margin(codes[name][rows], counts[name]) for name in codes]
            weighted = calibrated(design, calibrate(design.weights, margins))
            values = np.column_stack([population[name][rows] for name in names])
            whole = np.ones((design.n, 1), dtype=np.bool_)
            found.append(describe_means(values, whole, weighted))
        return _stacked(found)

    truth = np.array([population[name].mean() for name in names])
    return Scenario("means, raked weights", names, truth, draw)


def _as_intervals(found: Means, r: int) -> Intervals:
    """Turn columns name by name, sample by sample (names x r, 1) into (r, names)."""
    parts = (found.estimate, found.ci_low, found.ci_high)
    return Intervals(*(part.reshape(-1, r).T for part in parts))


def _stacked(found: list[Means] | list[Differences]) -> Intervals:
    """Turn the results of each sample, (p, g), into rows (r, p g)."""

    def rows(name: str) -> FloatArray:
        return np.stack([getattr(one, name).ravel() for one in found])

    return Intervals(rows("estimate"), rows("ci_low"), rows("ci_high"))


def _beside(parts: list[Intervals]) -> Intervals:
    names = ("estimate", "low", "high")
    return Intervals(*(np.hstack([getattr(part, name) for part in parts]) for name in names))
