"""Equations of the declared truth: standardised in a reference draw, then evaluated employer by employer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspraak.errors import Problem, UserError
from inspraak.randomness import stream
from inspraak.survey.simulation.equations import Equation, Term

Numbers = npt.NDArray[np.float64]
Categories = Mapping[str, npt.NDArray[np.str_]]
"""Stratum variable and the category of each employer."""
State = Mapping[str, Numbers]
"""Name of a latent, fact or item and its value for each employer."""

MOST_EXPLAINED = 0.98
"""More explained variance than this leaves no room for an item's or latent's own noise."""


@dataclass(frozen=True)
class Fit:
    """What the reference draw fixes of one equation.

    `centres` and `scales` standardise its terms, `centre` is the mean of their sum, `noise` the SD of the
    noise that makes the total variance 1.
    """

    centres: tuple[float, ...]
    scales: tuple[float, ...]
    centre: float
    noise: float


@dataclass(frozen=True)
class Surroundings:
    """What an equation may look at: strata, what was drawn before it, and the wave before."""

    groups: Categories
    state: State
    before: State
    size: int


def term_values(term: Term, around: Surroundings) -> Numbers:
    """Give a term before standardising, one value per employer."""
    source = around.before if term.lag else around.state
    parts = [source[name] if name in source else np.zeros(around.size) for name in term.of]
    if term.form == "product":
        return np.asarray(np.prod(parts, axis=0))
    if term.form == "min":
        return np.asarray(np.min(parts, axis=0))
    if term.form == "sum":
        return np.asarray(np.sum(parts, axis=0))
    if term.equals is not None:
        return np.isin(parts[0], term.equals).astype(np.float64)
    return np.log(np.maximum(parts[0], 1.0)) if term.log else parts[0]


def slopes(term: Term, groups: Categories, size: int) -> Numbers:
    """Give the slope of a term for each employer."""
    values = np.full(size, term.slope)
    for variable, by in term.by.items():
        for category, slope in by.items():
            values[groups[variable] == category] = slope
    return values


def moments(terms: tuple[Term, ...], around: Surroundings) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Give the mean and SD of each term in the reference draw; a comparison keeps its own unit."""
    raw = [term_values(term, around) for term in terms]
    spread = [1.0 if term.equals is not None else float(np.std(values)) for term, values in zip(terms, raw)]
    return tuple(float(np.mean(values)) for values in raw), tuple(value or 1.0 for value in spread)


def total(
    terms: tuple[Term, ...], centres: tuple[float, ...], scales: tuple[float, ...], around: Surroundings
) -> Numbers:
    """Add up slope times standardised term, one sum per employer."""
    result = np.zeros(around.size)
    for term, centre, scale in zip(terms, centres, scales):
        values = (term_values(term, around) - centre) / scale
        result += slopes(term, around.groups, around.size) * values
    return result


def shifted(shifts: Mapping[str, Mapping[str, float]], groups: Categories, size: int) -> Numbers:
    """Add up the shifts of the categories that each employer is in."""
    result = np.zeros(size)
    for variable, by in shifts.items():
        for category, shift in by.items():
            result += shift * (groups[variable] == category)
    return result


def trend(equation: Equation, wave: str, groups: Categories, size: int) -> Numbers:
    """Give what a wave adds to the mean, one value per employer."""
    by_category = {
        variable: {category: waves.get(wave, 0.0) for category, waves in by.items()}
        for variable, by in equation.trend_by.items()
    }
    return equation.trend.get(wave, 0.0) + shifted(by_category, groups, size)


def calibrate(name: str, equation: Equation, around: Surroundings) -> Fit:
    """Fix the moments of an equation in the reference draw.

    Raises `UserError` where the declared slopes explain more than `MOST_EXPLAINED` of a variance of 1.
    """
    centres, scales = moments(equation.terms, around)
    explained = total(equation.terms, centres, scales, around) + shifted(
        equation.shifts, around.groups, around.size
    )
    share = float(np.var(explained))
    if share > MOST_EXPLAINED:
        found = f"slopes that explain {share:.2f} of the variance"
        raise UserError(Problem("truth.yaml", name, found, f"{MOST_EXPLAINED:g} at most"))
    return Fit(centres, scales, float(np.mean(explained)), float(np.sqrt(1 - share)))


def explained(equation: Equation, fit: Fit, around: Surroundings) -> Numbers:
    """Give an equation without its noise: mean 0 in the reference draw."""
    terms = total(equation.terms, fit.centres, fit.scales, around)
    return terms + shifted(equation.shifts, around.groups, around.size) - fit.centre


def noises(
    seed: int, names: tuple[str, ...], *, size: int, waves: int, stability: float
) -> Iterator[Numbers]:
    """Give standard normal noise wave after wave; successive waves of one employer correlate `stability`."""
    draws = stream(seed, *names).standard_normal((waves, size))
    current = draws[0]
    yield current
    for draw in draws[1:]:
        current = stability * current + np.sqrt(1 - stability**2) * draw
        yield current
