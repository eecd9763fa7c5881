"""Scenarios of regression coefficients: each family with the stratified sandwich, and HC3 without a design."""

from collections.abc import Callable

import numpy as np

from calibration.coverage import Intervals, Scenario
from calibration.population import design_of_samples, draw_population
from inspraak.estimation.coefficients import Coefficients
from inspraak.estimation.design import simple_design
from inspraak.estimation.families import FamilyName
from inspraak.estimation.generalised import fit_generalised
from inspraak.estimation.ordinal import fit_ordinal

TERMS = ("x", "b", "large")
FEW = 120
"""Employers in the samples without a design."""


def with_design(family: FamilyName, outcome: str) -> Callable[[], Scenario]:
    """Give the scenario of one family: the truth is the fit to the whole population."""

    def scenario() -> Scenario:
        population, design = draw_population(), design_of_samples(draw_population())
        terms = np.stack([np.ones_like(population["x"]), *(population[name] for name in TERMS)])

        def draw(rng: np.random.Generator, r: int) -> Intervals:
            rows = population.samples(rng, r)
            matrix = terms[:, rows].transpose(1, 2, 0)
            y = population[outcome][rows].T
            return _without_first(_intervals(fit_generalised(matrix, y, design, family=family)))

        census = fit_generalised(
            terms.T, population[outcome], simple_design(terms.shape[1]), family=family, covariance="HC1"
        )
        title = f"{family.replace('_', ' ')} regression, stratified sandwich"
        return Scenario(title, TERMS, census.coefficients[0, 1:], draw)

    return scenario


def ordered() -> Scenario:
    """Ordered logit with the stratified sandwich."""
    population, design = draw_population(), design_of_samples(draw_population())
    terms = np.stack([population[name] for name in TERMS])

    def draw(rng: np.random.Generator, r: int) -> Intervals:
        rows = population.samples(rng, r)
        return _intervals(fit_ordinal(terms[:, rows].transpose(1, 2, 0), population["level"][rows].T, design))

    census = fit_ordinal(terms.T, population["level"], simple_design(terms.shape[1]), covariance="HC1")
    return Scenario("ordered logit, stratified sandwich", TERMS, census.coefficients[0], draw)


def without_design() -> Scenario:
    """Linear regression of 120 employers with HC3; the spread of the errors grows with x, which is skewed."""
    truth = np.array([0.5, 0.3])

    def draw(rng: np.random.Generator, r: int) -> Intervals:
        x = rng.gamma(2.0, 1.0, (r, FEW))
        b = (rng.random((r, FEW)) < 0.3).astype(np.float64)
        y = 1 + truth[0] * x + truth[1] * b + (0.3 + 0.4 * x) * rng.normal(size=(r, FEW))
        matrix = np.stack([np.ones_like(x), x, b], axis=2)
        fit = fit_generalised(matrix, y.T, simple_design(FEW), family="linear", covariance="HC3")
        return _without_first(_intervals(fit))

    return Scenario(f"linear regression, HC3, n = {FEW}", ("x", "b"), truth, draw)


def _intervals(fit: Coefficients) -> Intervals:
    return Intervals(fit.coefficients, *fit.intervals())


def _without_first(found: Intervals) -> Intervals:
    """Leave out the intercept."""
    return Intervals(found.estimate[:, 1:], found.low[:, 1:], found.high[:, 1:])
