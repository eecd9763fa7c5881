"""Strata of the population, how many employers each gives to a wave, and who of them answers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspraak.errors import Problem, UserError
from inspraak.study.declarations import read_csv
from inspraak.study.study import Study
from inspraak.survey.simulation.truth import Sample

Whole = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Strata:
    """Strata of the population: `variables`, categories (strata x variables) and sizes N_h.

    A study without a design has one stratum without variables and with a size of 1.
    """

    variables: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    sizes: Numbers

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the strata: their categories joined by a bar."""
        return tuple("|".join(categories) for categories in self.categories)

    def groups(self, stratum: Whole) -> dict[str, npt.NDArray[np.str_]]:
        """Give the category of each employer for each stratum variable."""
        return {
            variable: np.array([categories[column] for categories in self.categories])[stratum]
            for column, variable in enumerate(self.variables)
        }

    def factors(self, by: Mapping[str, Mapping[str, float]]) -> Numbers:
        """Multiply, stratum by stratum, the factors of its categories (1 where none is named)."""
        return np.array(
            [
                np.prod([by.get(name, {}).get(category, 1.0) for name, category in zip(self.variables, row)])
                for row in self.categories
            ]
        )


def read_strata(study: Study) -> Strata:
    """Read the strata from the population file of the design.

    Raises `UserError` where a count is no number, or where the design has strata but no population.
    """
    design = study.design
    if design is None or not design.strata:
        return Strata((), ((),), np.ones(1))
    if design.population is None:
        expected = "design: population, since a simulated study draws its employers from it"
        raise UserError(Problem("study.yaml", "design", "strata without a population", expected))
    categories, sizes = _counts(study, design.population, design.strata, "population")
    return Strata(tuple(design.strata), categories, sizes)


def _counts(
    study: Study, file: str, strata: tuple[str, ...], column: str
) -> tuple[tuple[tuple[str, ...], ...], Numbers]:
    rows = read_csv(study.folder / file, (*strata, column))
    problems = [
        Problem(file, f"line {line}, {column}", f"'{cells[column]}'", "a number of 0 or more")
        for line, cells in rows
        if not cells[column].replace(".", "", 1).isdigit()
    ]
    if problems:
        raise UserError(problems)
    kept = [cells for _, cells in rows if float(cells[column]) > 0]
    return (
        tuple(tuple(cells[name] for name in strata) for cells in kept),
        np.array([float(cells[column]) for cells in kept]),
    )


def invited(study: Study, wave: str, strata: Strata) -> Whole | None:
    """Read how many employers of each stratum were asked in a wave; None where the study does not say."""
    file = study.waves[wave].invited
    if file is None or not strata.variables:
        return None
    categories, counts = _counts(study, file, strata.variables, "invited")
    known = dict(zip(categories, counts))
    return np.array([int(known.get(row, 0)) for row in strata.categories], dtype=np.int64)


def allocate(sample: Sample, strata: Strata, size: int, *, asked: Whole | None) -> Whole:
    """Divide `size` employers over the strata (power allocation, Bankier 1988), or as those asked are.

    Every stratum first gets `sample.minimum`, the rest is divided, and no stratum gets more than were asked
    there. The parts are whole numbers by largest remainder and add up to `size`. Raises `UserError` where
    that cannot be.
    """
    most = np.full(len(strata.sizes), size) if asked is None else asked
    if asked is None:
        shares = strata.sizes**sample.power * strata.factors(sample.oversampling)
    else:
        shares = asked * strata.factors(sample.relative_response)
    least = np.minimum(np.full(len(strata.sizes), sample.minimum), most)
    if least.sum() > size or most.sum() < size:
        found = f"{size} employers in {len(strata.sizes)} strata"
        expected = f"between {least.sum()} and {most.sum()}, by minimum and by those invited"
        raise UserError(Problem("truth.yaml", "sample", found, expected))
    parts = least.copy()
    while parts.sum() < size:
        open_ = parts < most
        ideal = np.where(open_, shares, 0.0)
        wanted = ideal / ideal.sum() * (size - parts.sum())
        step = np.minimum(np.floor(wanted).astype(np.int64), most - parts)
        if not step.any():
            # Whole parts are handed out: what is left goes to the largest remainders, one each.
            left = int(size - parts.sum())
            order = np.argsort(-np.where(open_, wanted, -1.0), kind="stable")[:left]
            step[order] = np.minimum(1, (most - parts)[order])
        parts = parts + step
    return np.asarray(parts, dtype=np.int64)


def choose(candidates: Whole, log_odds: Numbers, count: int, generator: np.random.Generator) -> Whole:
    """Choose `count` candidates without replacement, likelier at higher log odds (Gumbel top-k)."""
    keys = log_odds + generator.gumbel(size=len(candidates))
    return candidates[np.argsort(-keys, kind="stable")[:count]]
