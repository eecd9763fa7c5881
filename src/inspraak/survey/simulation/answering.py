"""From an item's equation to its answer: codes by cut points, numbers by distribution, texts by share."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtr, ndtri

from inspraak.study.scales import Scale
from inspraak.survey.simulation.equations import Allocation, Answer, Points, Quantity
from inspraak.survey.simulation.frame import Definition
from inspraak.survey.simulation.structure import Categories, Numbers, State

Texts = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Cuts:
    """Codes of an ordinal answer and the cut points between them on its equation."""

    codes: Numbers
    points: Numbers

    def answers(self, liability: Numbers) -> Numbers:
        """Give the code of each employer."""
        return np.asarray(self.codes[np.searchsorted(self.points, liability, side="right")])

    def places(self, liability: Numbers) -> Numbers:
        """Give where each employer stands between the codes, for a scale with other codes.

        Linear between the cut points, which lie halfway two codes; one SD beyond the outer cut points the
        outer codes are reached.
        """
        if len(self.codes) == 1:
            return np.full(len(liability), self.codes[0])
        halfway = (self.codes[:-1] + self.codes[1:]) / 2
        points = np.concatenate([[self.points[0] - 1], self.points, [self.points[-1] + 1]])
        return np.asarray(
            np.interp(liability, points, np.concatenate([self.codes[:1], halfway, self.codes[-1:]]))
        )


@dataclass(frozen=True)
class Cutting:
    """Cut points of an item: the general ones, and those of some categories of a stratum variable."""

    general: Cuts
    variable: str | None
    by: Mapping[str, Cuts]

    def answers(self, liability: Numbers, groups: Categories) -> Numbers:
        """Give the code of each employer, by the cut points of its category."""
        result = self.general.answers(liability)
        for category, cuts in self.by.items():
            rows = groups[str(self.variable)] == category
            result[rows] = cuts.answers(liability[rows])
        return result

    def places(self, liability: Numbers, groups: Categories) -> Numbers:
        """Give where each employer stands between the codes, by the cut points of its category."""
        result = self.general.places(liability)
        for category, cuts in self.by.items():
            rows = groups[str(self.variable)] == category
            result[rows] = cuts.places(liability[rows])
        return result


def cutting(shares: Mapping[float, float], answer: Answer, liability: Numbers, groups: Categories) -> Cutting:
    """Choose the cut points of an item from the reference draw: its general shares, and those by category."""
    variable = next(iter(answer.shares_by), None)
    by = {
        category: cut(own, liability[groups[str(variable)] == category])
        for category, own in answer.shares_by.get(str(variable), {}).items()
    }
    return Cutting(cut(shares, liability), variable, by)


def cut(shares: Mapping[float, float], liability: Numbers) -> Cuts:
    """Choose the cut points that give the declared shares among `liability`, the reference draw."""
    codes = np.array(list(shares), dtype=np.float64)
    cumulative = np.clip(np.cumsum(list(shares.values()))[:-1], 0, 1)
    return Cuts(codes, np.quantile(liability, cumulative))


def on_scale(places: Numbers, scale: Scale) -> tuple[Numbers, Numbers]:
    """Turn places on the codebook's scale into answers on a wave's own scale, and back by its conversion.

    Returns the answers as asked and the same on the codebook's scale. A scale with codes gives the code
    whose converted value is nearest (of two equally near the lower); codes with one converted value share
    the half point on either side of it in equal parts.
    """
    convert = scale.convert
    if convert is None:
        return places, places
    if scale.codes is None:
        asked = (places - convert.add) / convert.multiply
        return asked, asked * convert.multiply + convert.add
    codes = np.array(sorted(scale.codes), dtype=np.float64)
    table = convert.table
    values = np.array([table[code] for code in codes]) if table else codes * convert.multiply + convert.add
    nearest = np.abs(places[:, None] - values[None, :]).argmin(axis=1)
    alike = (values[nearest][:, None] == values[None, :]).sum(axis=1)
    within = np.floor((places - values[nearest] + 0.5) * alike).astype(np.int64)
    chosen = nearest + np.clip(within, 0, alike - 1)
    return codes[chosen], values[chosen]


def number(
    quantity: Quantity, scale: Scale, liability: Numbers, state: State, generator: np.random.Generator
) -> Numbers:
    """Give a number for each employer, rounded and kept within the bounds of its scale."""
    rank = ndtr(liability)
    zero = rank < quantity.zeros
    rank = np.clip((rank - quantity.zeros) / (1 - quantity.zeros), 1e-9, 1 - 1e-9) if zero.any() else rank
    low, high = bounds(scale, quantity)
    factor = state[quantity.times] ** quantity.power if quantity.times is not None else 1.0
    typical = quantity.typical if quantity.typical is not None else 1.0
    if quantity.distribution == "lognormal":
        values = factor * typical * np.exp(quantity.spread * ndtri(rank))
    elif quantity.distribution == "poisson":
        rate = factor * typical * np.exp(quantity.spread * ndtri(rank) - quantity.spread**2 / 2)
        values = generator.poisson(np.minimum(rate, 1e9)).astype(np.float64)
    elif quantity.distribution == "beta":
        values = factor * (low + (high - low) * _beta(quantity, low, high, rank))
    else:
        values = factor * pareto(
            rank, np.full(len(rank), max(low, 1.0)), np.full(len(rank), high), quantity.spread
        )
    values = np.where(zero, 0.0, values)
    if quantity.subtract_from is not None:
        values = quantity.subtract_from - values
    return np.clip(np.round(values, quantity.decimals), low, high)


def bounds(scale: Scale, quantity: Quantity) -> tuple[float, float]:
    """Give the lowest and highest answer: those of the scale, or narrower ones."""
    declared = scale.number
    percent = declared is not None and declared.percent
    low = declared.at_least if declared is not None and declared.at_least is not None else None
    high = declared.at_most if declared is not None and declared.at_most is not None else None
    low = low if low is not None else (0.0 if percent else -np.inf)
    high = high if high is not None else (100.0 if percent else np.inf)
    least = quantity.at_least if quantity.at_least is not None else -np.inf
    most = quantity.at_most if quantity.at_most is not None else np.inf
    return max(low, least), min(high, most)


def _beta(quantity: Quantity, low: float, high: float, rank: Numbers) -> Numbers:
    mean = ((quantity.typical or 0.0) - low) / (high - low)
    size = mean * (1 - mean) / (quantity.spread / (high - low)) ** 2 - 1
    values: Numbers = betaincinv(mean * size, (1 - mean) * size, rank)
    return values


def pareto(rank: Numbers, low: Numbers, high: Numbers, tail: float) -> Numbers:
    """Give the quantiles of a Pareto distribution between `low` and `high` (truncated, index `tail`)."""
    return (low**-tail - rank * (low**-tail - high**-tail)) ** (-1 / tail)


def text(texts: Mapping[str, float], liability: Numbers) -> Texts:
    """Give what is written by each employer, by the declared shares."""
    steps = np.cumsum(list(texts.values()))[:-1]
    return np.array(list(texts), dtype=object)[np.searchsorted(steps, ndtr(liability), side="right")]


def placed(
    definition: Definition,
    options: Mapping[float | str, float],
    categories: npt.NDArray[np.str_],
    liability: Numbers,
) -> npt.NDArray[np.object_]:
    """Give an answer that puts each employer in its category, by the shares of the answers that do."""
    rank = ndtr(liability)
    chosen = np.empty(len(rank), dtype=object)
    for category in np.unique(categories):
        fitting = {value: share for value, share in options.items() if definition.category(value) == category}
        rows = categories == category
        steps = np.cumsum(list(fitting.values())) / sum(fitting.values())
        values = np.array(list(fitting), dtype=object)
        chosen[rows] = values[np.searchsorted(steps[:-1], rank[rows], side="right")]
    return chosen


def part(points: Points, liability: Numbers) -> Numbers:
    """Give the size of one part before it is divided by the sum of all."""
    return points.typical * np.exp(points.spread * liability)


def divide(allocation: Allocation, parts: Mapping[str, Numbers]) -> dict[str, Numbers]:
    """Turn parts into points in whole steps that add up to the total (largest remainder)."""
    sizes = np.column_stack([parts[name] for name in allocation.items])
    steps = allocation.total / allocation.step
    exact = sizes / sizes.sum(axis=1, keepdims=True) * steps
    whole = np.floor(exact)
    left = np.round(steps - whole.sum(axis=1)).astype(np.int64)
    order = np.argsort(np.argsort(-(exact - whole), axis=1, kind="stable"), axis=1, kind="stable")
    points = (whole + (order < left[:, None])) * allocation.step
    return {name: points[:, column] for column, name in enumerate(allocation.items)}
