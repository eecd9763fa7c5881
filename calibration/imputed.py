"""Scenarios of estimates pooled over multiple imputations of answers that are missing at random."""

import numpy as np

from calibration.coverage import FloatArray, Intervals, Scenario
from calibration.population import design_of_samples, draw_population
from inspraak.estimation.description import describe_means
from inspraak.estimation.design import simple_design
from inspraak.estimation.generalised import fit_generalised
from inspraak.estimation.imputation import impute
from inspraak.estimation.pooling import pool
from inspraak.estimation.predictor_choice import design_covariates

IMPUTATIONS = 10
ITEMS = ("y", "x", "level")


def pooled() -> Scenario:
    """About a fifth of y, x and an ordinal item missing, more often for large employers and where b is 1.

    Strata, weights and b predict. Mean of y, and slopes of x, b and the ordinal item.
    """
    population, design = draw_population(), design_of_samples(draw_population())
    answers = np.column_stack([population[name] for name in ITEMS])
    chance = 0.1 + 0.15 * population["b"] + 0.1 * population["large"]
    strata = design_covariates(design)
    whole = np.ones((design.n, 1), dtype=np.bool_)

    def one(rng: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray]:
        rows = population.sample(rng)
        b, values = population["b"][rows], answers[rows].copy()
        values[rng.random(values.shape) < chance[rows, np.newaxis]] = np.nan
        filled = impute(values, rng, imputations=IMPUTATIONS, covariates=np.column_stack([strata, b]))
        sets = np.stack([filled.completed(number) for number in range(IMPUTATIONS)])
        y = sets[:, :, 0].T
        means = describe_means(y, whole, design)
        terms = np.stack(
            [np.ones_like(y.T), sets[:, :, 1], np.tile(b, (IMPUTATIONS, 1)), sets[:, :, 2]], axis=2
        )
        fit = fit_generalised(terms, y, design, family="linear")
        estimates = np.column_stack([means.estimate, fit.coefficients[:, 1:]])
        variances = np.square(np.column_stack([means.std_error, fit.std_errors[:, 1:]]))
        found = pool(estimates, variances, df=np.array([means.df[0, 0], *(fit.df[0],) * 3]))
        return found.estimate, *found.intervals()

    def draw(rng: np.random.Generator, r: int) -> Intervals:
        return Intervals(*(np.stack(part) for part in zip(*(one(rng) for _ in range(r)))))

    terms = np.column_stack(
        [np.ones_like(population["x"]), population["x"], population["b"], population["level"]]
    )
    census = fit_generalised(
        terms, population["y"], simple_design(len(terms)), family="linear", covariance="HC1"
    )
    truth = np.array([population["y"].mean(), *census.coefficients[0, 1:]])
    estimands = ("mean of y", "slope of x", "slope of b", "slope of level")
    return Scenario(f"pooled over {IMPUTATIONS} imputations", estimands, truth, draw)
