"""The survey design and the variance of totals under it.

Source: Taylor linearisation with variance between sampling units within strata, Binder (1983),
International Statistical Review 51, 279-292; Lumley (2010), Complex Surveys, chapter 2. The R functions
that give the same numbers are `survey::svydesign(nest = TRUE)`, `svyrecvar` and `degf`.
"""

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeVar, get_args

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, CodeArray, FloatArray, IntArray, as_codes, as_matrix

Lonely = Literal["certainty", "adjust", "average"]
SHORT = 20  # rows in a cluster, on average, up to which they are summed one by one
Values = TypeVar("Values", FloatArray, BoolArray)


class LonelyStratumWarning(UserWarning):
    """A stratum holds one sampling unit, so that its variance follows a declared rule."""


def effective_n(weights: ArrayLike) -> float:
    """Give Kish's effective number of units, (sum w)^2 / sum w^2 (Kish 1965, Survey Sampling, 11.7).

    `weights` (n,), not negative; without a positive weight the result is 0.
    """
    weight = np.asarray(weights, dtype=np.float64)
    squares = float(np.square(weight).sum())
    return float(weight.sum()) ** 2 / squares if squares > 0 else 0.0


@dataclass(frozen=True, eq=False)
class Layout:
    """Rows numbered by sampling unit, units ordered by stratum: n rows, u units, h strata."""

    unit: IntArray  # (n,) number of each row's unit
    order: IntArray  # (n,) rows in order of their units
    stratum_of_unit: IntArray  # (u,)
    stratum_size: IntArray  # (h,) sampling units in each stratum of the whole sample
    scale: FloatArray  # (h,) (1 - n_h / N_h) n_h / (n_h - 1)
    lonely: BoolArray  # (h,) one unit, and not the whole stratum


@dataclass(frozen=True, eq=False)
class SurveyDesign:
    """How the sample was drawn: one row per responding unit, rows in any order.

    `weights` (n,) design weights, not negative, on any scale (a row of weight 0 stays in its stratum and
    counts nowhere else). `strata` (n,) codes, integers or texts. `clusters` (n,) codes of primary sampling
    units, counted within strata; without them every row is a unit. `population` (n,) number of sampling
    units in the row's stratum in the population, for the finite population correction 1 - n_h / N_h.
    `lonely` is the rule for a stratum with one unit: `certainty` adds nothing, `adjust` squares the unit's
    score uncentred (linearised scores have grand mean 0), `average` gives the stratum the mean variance of
    the others (R: options(survey.lonely.psu)). A `LonelyStratumWarning` says how many there are.

    Raises ValueError for wrong shapes, missing or negative weights, missing strata, and a population that
    varies within a stratum or is smaller than its sample.
    """

    weights: FloatArray
    strata: CodeArray
    clusters: CodeArray | None = None
    population: FloatArray | None = None
    lonely: Lonely = "adjust"

    def __post_init__(self) -> None:
        """Check the parts, and warn of strata with one unit."""
        weights = np.asarray(self.weights, dtype=np.float64)
        if weights.ndim != 1:
            raise ValueError(f"weights have shape {weights.shape}; expected one dimension")
        if not np.isfinite(weights).all() or (weights < 0).any():
            raise ValueError("weights hold missing, infinite or negative values")
        if self.lonely not in get_args(Lonely):
            raise ValueError(f"lonely is {self.lonely!r}; expected one of {get_args(Lonely)}")
        object.__setattr__(self, "weights", weights)
        count = int(self.layout.lonely.sum())
        if count:
            message = f"strata with one sampling unit: {count}; rule: {self.lonely}"
            warnings.warn(message, LonelyStratumWarning, stacklevel=3)

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.weights.shape[0])

    @property
    def order(self) -> IntArray:
        """Rows in order of stratum and unit; scores in this order need no sorting in a variance."""
        return self.layout.order

    @property
    def lonely_strata(self) -> int:
        """Number of strata with one sampling unit, to which the rule `lonely` applies."""
        return int(self.layout.lonely.sum())

    @cached_property
    def is_weighted(self) -> bool:
        """Whether the weights differ between rows."""
        return self.n > 0 and bool((self.weights != self.weights[0]).any())

    @cached_property
    def is_simple(self) -> bool:
        """Whether every row counts once: equal weights, one stratum, no clusters, no correction."""
        one_stratum = self.layout.stratum_size.size <= 1
        return not self.is_weighted and one_stratum and self.clusters is None and self.population is None

    @cached_property
    def layout(self) -> Layout:
        """Rows by sampling unit and units by stratum."""
        stratum = as_codes(self.strata, rows=self.n, name="strata")
        if self.clusters is None:
            order = np.argsort(stratum, kind="stable").astype(np.int64)
            unit = np.empty_like(order)
            unit[order] = np.arange(self.n)
            stratum_of_unit = stratum[order]
        else:
            cluster = as_codes(self.clusters, rows=self.n, name="clusters")
            width = int(cluster.max(initial=0)) + 1
            codes, inverse = np.unique(stratum * width + cluster, return_inverse=True)
            unit, stratum_of_unit = inverse.astype(np.int64), (codes // width).astype(np.int64)
            order = np.argsort(unit, kind="stable").astype(np.int64)
        size = np.bincount(stratum_of_unit).astype(np.int64)
        remaining = self._remaining_share(stratum, size)
        scale = np.where(size > 1, remaining * size / np.maximum(size - 1, 1), 0.0)
        lonely = (size == 1) & (remaining > 1e-7)
        if self.lonely == "adjust":
            scale = np.where(lonely, remaining, scale)
        return Layout(unit, order, stratum_of_unit, size, scale, lonely)

    def _remaining_share(self, stratum: IntArray, size: IntArray) -> FloatArray:
        """Give 1 - n_h / N_h per stratum, 1 without a population."""
        if self.population is None:
            return np.ones(size.size)
        rows = as_matrix(self.population, rows=self.n, name="population")[:, 0]
        population = np.empty(size.size)
        population[stratum] = rows
        if not np.array_equal(population[stratum], rows):
            raise ValueError("population varies within a stratum or is missing")
        if (population < size).any():
            raise ValueError("population of a stratum is smaller than its sample")
        return 1 - size / population

    def degrees_of_freedom(self, present: BoolArray, *, rows: IntArray | None = None) -> IntArray:
        """Count units less strata that have a unit in the domain (R: degf(subset(design, ...))).

        `present` (n, k) or, with `rows` (r,), (r, k): which rows are in each of k domains. Gives (k,).
        """
        present, unit = self._sorted(present, rows)
        if not unit.size:
            return np.zeros(present.shape[1], dtype=np.int64)
        if self.clusters is not None:
            first = _starts(unit)
            present, unit = _sums(present, first, axis=0) > 0, unit[first]
        first = _starts(self.layout.stratum_of_unit[unit])
        strata = np.logical_or.reduceat(present, first, axis=0)
        return np.asarray(present.sum(axis=0) - strata.sum(axis=0), dtype=np.int64)

    def variance_of_totals(
        self, scores: FloatArray, *, rows: IntArray | None = None, present: BoolArray | None = None
    ) -> FloatArray:
        """Give the variance of the total of each of k columns of scores, (k,).

        sum_h (1 - n_h / N_h) n_h / (n_h - 1) sum_i (z_hi - mean_h)^2, where z_hi is the sum of scores in
        unit i of stratum h, and units without a row count as 0.

        `scores` (n, k): weight times linearised value, 0 for units outside the domain. With `rows` (r,), the
        scores are (r, k) and all other rows are 0, which is faster for small domains. `present`, shaped
        as the scores, says which rows are in each domain; only the rule `average` uses it (default: all).
        """
        spread, absent, average = self._deviations(scores, rows, present)
        return np.asarray(
            (np.einsum("ij,ij->j", spread, spread) + np.einsum("ij,ij->j", absent, absent)) * average
        )

    def covariance_of_totals(self, scores: FloatArray, *, rows: IntArray | None = None) -> FloatArray:
        """Give the covariance matrix (k, k) of the totals of k columns of scores; see variance_of_totals."""
        spread, absent, average = self._deviations(scores, rows, None)
        return np.asarray((spread.T @ spread + absent.T @ absent) * average[0])

    def covariances_of_totals(
        self, scores: FloatArray, *, rows: IntArray, present: BoolArray | None = None
    ) -> FloatArray:
        """Give the covariance matrices (b, k, k) of the totals of b sets of k scores; see variance_of_totals.

        `scores` (b, k, r), of `rows` (r,), each once; `present` (r, b) says which rows are in the domain of each set.
        """
        unit = self.layout.unit[rows]
        if (unit[1:] < unit[:-1]).any():
            order = self._order_of(rows)
            scores, unit, rows = np.take(scores, order, axis=2), unit[order], rows[order]
            present = None if present is None else present[order]
        if not unit.size:
            return np.zeros((*scores.shape[:2], scores.shape[1]))
        average = self._average_factor(rows, present, scores.shape[0], unit)
        spread, absent = self._centred(scores, unit, axis=2)
        inner = spread @ spread.swapaxes(1, 2) + absent @ absent.swapaxes(1, 2)
        return np.asarray(inner * average[:, np.newaxis, np.newaxis])

    def _sorted(self, values: Values, rows: IntArray | None) -> tuple[Values, IntArray]:
        unit = self.layout.unit if rows is None else self.layout.unit[rows]
        if values.ndim != 2 or values.shape[0] != unit.size:
            raise ValueError(f"values have shape {values.shape}; expected ({unit.size}, columns)")
        if (unit[1:] < unit[:-1]).any():
            order = self._order_of(rows)
            return values[order], unit[order]
        return values, unit

    def _order_of(self, rows: IntArray | None) -> IntArray:
        """Give the places of some rows (each once) by stratum and unit."""
        if rows is None:
            return self.order
        place = np.full(self.n, -1, dtype=np.int64)
        place[rows] = np.arange(rows.size)
        order = place[self.order]
        return order[order >= 0]

    def _deviations(
        self, scores: FloatArray, rows: IntArray | None, present: BoolArray | None
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Give scaled deviations of the units with a row, those of the units without, and a factor (k,).

        The deviations are centred before they are squared, so that no digits are lost where the strata
        differ much more than the units within them.
        """
        totals, unit = self._sorted(scores, rows)
        width = totals.shape[1]
        if not unit.size:
            return np.zeros((0, width)), np.zeros((0, width)), np.ones(width)
        average = self._average_factor(rows, present, width, unit)
        return *self._centred(totals, unit, axis=0), average

    def _centred(
        self, totals: FloatArray, unit: IntArray, *, axis: Literal[0, 2]
    ) -> tuple[FloatArray, FloatArray]:
        """Give scaled deviations of the units with a row and of those without; `axis` runs over `unit`."""
        if self.clusters is not None:
            first = _starts(unit)
            totals, unit = _sums(totals, first, axis=axis), unit[first]
        layout, shape = self.layout, (-1, 1) if axis == 0 else (-1,)
        stratum = layout.stratum_of_unit[unit]
        first = _starts(stratum)
        met, count = stratum[first], np.diff(np.append(first, stratum.size))
        size, scale = layout.stratum_size[met], layout.scale[met]
        means = np.add.reduceat(totals, first, axis=axis) / size.reshape(shape)
        if self.lonely == "adjust":
            np.copyto(means, 0.0, where=layout.lonely[met].reshape(shape))
        spread = np.repeat(means, count, axis=axis)
        np.subtract(totals, spread, out=spread)
        spread *= np.sqrt(np.repeat(scale, count)).reshape(shape)
        means *= np.sqrt(scale * (size - count)).reshape(shape)
        return spread, means

    def _average_factor(
        self, rows: IntArray | None, present: BoolArray | None, width: int, unit: IntArray
    ) -> FloatArray:
        """Give strata / strata with a variance, per column, for the rule `average`; 1 for other rules."""
        layout = self.layout
        if self.lonely != "average" or not layout.lonely.any():
            return np.ones(width)
        everywhere = np.ones((unit.size, width), dtype=np.bool_)
        inside = everywhere if present is None else self._sorted(present, rows)[0]
        stratum = layout.stratum_of_unit[unit]
        first = _starts(stratum)
        strata = np.logical_or.reduceat(inside, first, axis=0)
        known = strata & ~layout.lonely[stratum[first]][:, np.newaxis]
        with np.errstate(divide="ignore", invalid="ignore"):
            factor = strata.sum(axis=0) / known.sum(axis=0)
        return np.where(known.any(axis=0), factor, np.nan)


def _starts(codes: IntArray) -> IntArray:
    """Give where each run of equal codes begins."""
    return np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))


def _sums(values: FloatArray | BoolArray, first: IntArray, *, axis: Literal[0, 2]) -> FloatArray:
    """Sum stretches of `values` that begin at `first` along an axis; faster than reduceat where they are short."""
    n = values.shape[axis]
    if first.size * SHORT < n:
        return np.asarray(np.add.reduceat(values, first, axis=axis, dtype=np.float64))
    stretch = np.repeat(np.arange(first.size), np.diff(np.append(first, n)))
    if axis == 0:
        width = values.shape[1]
        cell = stretch[:, np.newaxis] * width + np.arange(width)
        shape: tuple[int, ...] = (first.size, width)
    else:
        sets = np.arange(values.shape[0] * values.shape[1])
        cell = sets[:, np.newaxis] * first.size + stretch
        shape = (*values.shape[:2], first.size)
    sums = np.bincount(cell.ravel(), weights=values.ravel(), minlength=int(np.prod(shape)))
    return np.asarray(sums.reshape(shape), dtype=np.float64)


def simple_design(n: int) -> SurveyDesign:
    """Give the design of `n` rows that each count once: no strata, weight 1."""
    return SurveyDesign(weights=np.ones(n), strata=np.zeros(n, dtype=np.int64))
