"""Weights that reproduce known totals of the population: raking, and linear or logit calibration.

Source: Deming & Stephan (1940), Annals of Mathematical Statistics 11, 427-444 (raking); Deville & Särndal
(1992), JASA 87, 376-382 (calibration, cases 1, 2, 6 and 7). R: `survey::rake` and `survey::calibrate`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.adjustment import Cells, fit_proportionally, solve_by_newton
from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.design import effective_n

Method = Literal["raking", "linear", "logit"]
Bounds = tuple[float, float]

SAME_TOTAL = 1e-9  # relative: margins whose totals differ by more contradict each other


@dataclass(frozen=True, eq=False)
class Margin:
    """One classification of the units whose counts in the population are known.

    `categories` (n,) integers: the place of each row's category in `population` (c,), positive counts.
    Raises ValueError for other shapes, for places outside `population` and for counts that are not positive.
    """

    categories: IntArray
    population: FloatArray

    def __post_init__(self) -> None:
        """Check the parts."""
        categories = np.asarray(self.categories)
        population = np.asarray(self.population, dtype=np.float64)
        if categories.ndim != 1 or population.ndim != 1 or categories.dtype.kind not in "iu":
            raise ValueError("a margin needs a vector of integers and a vector of counts")
        if not (np.isfinite(population) & (population > 0)).all():
            raise ValueError("population counts of a margin are missing, infinite, zero or negative")
        if categories.size and not 0 <= categories.min() <= categories.max() < population.size:
            raise ValueError(f"categories of a margin lie outside 0 .. {population.size - 1}")
        object.__setattr__(self, "categories", categories.astype(np.int64))
        object.__setattr__(self, "population", population)

    def totals(self, weights: FloatArray) -> FloatArray:
        """Give the sum of weights in each category, (c,)."""
        totals = np.bincount(self.categories, weights, minlength=self.population.size)
        return np.asarray(totals, dtype=np.float64)


@dataclass(frozen=True)
class MarginProblem:
    """Why margins cannot be met: `margin` is the place of the margin, `category` of its category.

    `empty`: no unit with a weight stands for this category. `total`: the margin counts another population
    than the first margin does; `found` and `expected` are the two totals, and `category` is None.
    """

    kind: Literal["empty", "total"]
    margin: int
    category: int | None
    found: float
    expected: float


@dataclass(frozen=True)
class WeightSpread:
    """How unequal weights are, over the n rows of positive weight.

    `cv` is the SD (divisor n) over the mean; `design_effect` is Kish's 1 + cv^2 = n sum w^2 / (sum w)^2
    (Kish 1965, 11.7), `effective_n` is n over it; `p01` and `p99` are percentiles.
    """

    n: int
    sum: float
    p01: float
    p99: float
    cv: float
    design_effect: float
    effective_n: float


@dataclass(frozen=True, eq=False)
class MarginCheck:
    """Totals of one margin's categories (c,): under the base weights, the calibrated ones, and known."""

    before: FloatArray
    after: FloatArray
    population: FloatArray


@dataclass(frozen=True, eq=False)
class Calibration:
    """Calibrated `weights` (n,) that stay close to `base_weights` (n,), and how well they meet the margins.

    `deviation` is the largest relative distance of a category's total to its population; `converged` says
    whether it is within the tolerance, and `failing_margin` names the margin (its place) where it is not.
    `trimmed` counts the rows at the cap of a trimming rule, `cap` is that cap; 0 and infinite without one.
    """

    method: Method
    base_weights: FloatArray
    weights: FloatArray
    margins: tuple[Margin, ...]
    converged: bool
    iterations: int
    deviation: float
    failing_margin: int | None
    trimmed: int = 0
    cap: float = float("inf")

    @property
    def adjustment(self) -> FloatArray:
        """Calibrated over base weight, the base weights scaled to the population, (n,); 1 for weight 0."""
        scaled = self.base_weights * (self.margins[0].population.sum() / self.base_weights.sum())
        ratio = np.divide(self.weights, scaled, out=np.ones_like(scaled), where=scaled > 0)
        return np.asarray(ratio, dtype=np.float64)

    @property
    def auxiliary(self) -> FloatArray:
        """The calibration variables: an indicator of each category of each margin, (n, q)."""
        columns = [
            margin.categories[:, np.newaxis] == np.arange(margin.population.size) for margin in self.margins
        ]
        return np.asarray(np.hstack(columns), dtype=np.float64)

    @property
    def negative(self) -> int:
        """Number of negative weights, which linear calibration without bounds can give."""
        return int((self.weights < 0).sum())

    def checks(self) -> tuple[MarginCheck, ...]:
        """Give, for each margin, what its categories sum to before and after, and their population."""
        return tuple(
            MarginCheck(margin.totals(self.base_weights), margin.totals(self.weights), margin.population)
            for margin in self.margins
        )

    def spread(self) -> tuple[WeightSpread, WeightSpread]:
        """Give the spread of the base and of the calibrated weights."""
        return weight_spread(self.base_weights), weight_spread(self.weights)


def calibrate(
    weights: ArrayLike,
    margins: Sequence[Margin],
    *,
    method: Method = "raking",
    bounds: Bounds | None = None,
    tolerance: float = 1e-12,
    iterations: int = 5000,
) -> Calibration:
    """Adjust weights (n,) so that they sum to the population in every category of every margin.

    `raking`: iterative proportional fitting, adjustments are products of one factor per category.
    `linear`: the generalised regression estimator, adjustments are sums; with `bounds` they are cut there,
    without they may become negative. `logit`: smooth between `bounds`, which it needs. `bounds` (lowest
    below 1, highest above 1) hold for the adjustment, that is the calibrated weight over the base weight
    after the base weights are scaled to the population, so that the scale of `weights` does not matter.

    A row of weight 0 keeps it. Stops when no total is off by more than `tolerance` (relative), or after
    `iterations`; margins that the sample cannot meet are reported, not raised. Raises ValueError for weights
    that are missing or negative, for bounds that do not hold 1 or belong to raking, and for margins with a
    `MarginProblem` (see margin_problems).
    """
    base = _checked_weights(weights, margins)
    _check_bounds(method, bounds)
    problems = margin_problems(base, margins)
    if problems:
        raise ValueError(f"the margins cannot be met: {problems[0]} (and {len(problems) - 1} more)")
    total = float(margins[0].population.sum())
    cells = _cells(base * (total / base.sum()), margins)
    if method == "raking":
        adjustment, steps = fit_proportionally(cells, tolerance=tolerance, iterations=iterations)
    else:
        low, high = (-np.inf, np.inf) if bounds is None else bounds
        adjustment, steps = solve_by_newton(
            cells, method, low, high, tolerance=tolerance, iterations=min(iterations, 200)
        )
    calibrated = base * (total / base.sum()) * adjustment[cells.of_row]
    return finished(method, base, calibrated, margins, steps=steps, tolerance=tolerance)


def finished(
    method: Method,
    base: FloatArray,
    calibrated: FloatArray,
    margins: Sequence[Margin],
    *,
    steps: int,
    tolerance: float,
    trimmed: int = 0,
    cap: float = float("inf"),
) -> Calibration:
    """Give the result for calibrated weights, after measuring how far each margin is off."""
    off = [
        float(np.abs(margin.totals(calibrated) / margin.population - 1).max(initial=0.0))
        for margin in margins
    ]
    worst = int(np.argmax(off))
    converged = bool(off[worst] <= tolerance)
    failing = None if converged else worst
    return Calibration(
        method, base, calibrated, tuple(margins), converged, steps, off[worst], failing, trimmed, cap
    )


def margin_problems(weights: ArrayLike, margins: Sequence[Margin]) -> tuple[MarginProblem, ...]:
    """Give what makes the margins impossible for these weights (n,): contradicting totals, empty categories."""
    positive = np.asarray(weights, dtype=np.float64) > 0
    problems: list[MarginProblem] = []
    for place, margin in enumerate(margins):
        first, total = float(margins[0].population.sum()), float(margin.population.sum())
        if abs(total - first) > SAME_TOTAL * first:
            problems.append(MarginProblem("total", place, None, total, first))
        empty = margin.totals(positive.astype(np.float64)) == 0
        problems += [
            MarginProblem("empty", place, category, 0.0, float(margin.population[category]))
            for category in np.flatnonzero(empty).tolist()
        ]
    return tuple(problems)


def weight_spread(weights: ArrayLike) -> WeightSpread:
    """Give the spread of weights (n,), rows of weight 0 left out; NaN where none is left."""
    weight = np.asarray(weights, dtype=np.float64)
    weight = weight[weight != 0]
    if not weight.size:
        return WeightSpread(0, 0.0, *(float("nan"),) * 4, 0.0)
    low, high = np.quantile(weight, [0.01, 0.99])
    effective = effective_n(weight)
    cv = float(weight.std() / weight.mean())
    effect = weight.size / effective if effective > 0 else float("nan")
    return WeightSpread(weight.size, float(weight.sum()), float(low), float(high), cv, effect, effective)


def _checked_weights(weights: ArrayLike, margins: Sequence[Margin]) -> FloatArray:
    base = np.asarray(weights, dtype=np.float64)
    if base.ndim != 1 or not np.isfinite(base).all() or (base < 0).any() or not (base > 0).any():
        raise ValueError(
            "weights are not one dimension of numbers that are known, not negative and not all 0"
        )
    if not margins:
        raise ValueError("no margins to calibrate to")
    for place, margin in enumerate(margins):
        if margin.categories.size != base.size:
            raise ValueError(f"margin {place} has {margin.categories.size} rows; expected {base.size}")
    return base


def _check_bounds(method: Method, bounds: Bounds | None) -> None:
    if method not in get_args(Method):
        raise ValueError(f"method is {method!r}; expected one of {get_args(Method)}")
    if method == "raking" and bounds is not None:
        raise ValueError("raking takes no bounds; use logit or linear, or trim the weights")
    if method == "logit" and bounds is None:
        raise ValueError("logit calibration needs bounds")
    if bounds is not None and not (bounds[0] < 1 < bounds[1] and np.isfinite(bounds).all()):
        raise ValueError(f"bounds are {bounds}; expected a number below 1 and one above")


def _cells(weights: FloatArray, margins: Sequence[Margin]) -> Cells:
    """Collapse rows that fall in the same categories: they get the same adjustment."""
    codes = np.zeros(weights.size, dtype=np.int64)
    for margin in margins:
        codes = np.unique(codes * margin.population.size + margin.categories, return_inverse=True)[1]
    kept, first, of_row = np.unique(codes, return_index=True, return_inverse=True)
    return Cells(
        totals=np.asarray(np.bincount(of_row, weights, minlength=kept.size), dtype=np.float64),
        of_row=of_row.astype(np.int64),
        categories=tuple(margin.categories[first] for margin in margins),
        populations=tuple(margin.population for margin in margins),
    )
