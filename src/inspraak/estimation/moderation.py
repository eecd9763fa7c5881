"""Interactions of two or three terms: simple slopes, where they differ from zero, and whether a curve explains them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.coefficients import WaldTest
from inspraak.estimation.combinations import CombinedTerms
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.families import FamilyName
from inspraak.estimation.imputed_regression import ImputedRegression, imputed_regression
from inspraak.estimation.johnson_neyman import JohnsonNeyman, johnson_neyman
from inspraak.estimation.pooling import PooledEstimates
from inspraak.estimation.sandwich import Covariance
from inspraak.estimation.terms import imputed_block

MOST = 2  # moderators at once


@dataclass(frozen=True, eq=False)
class Curvature:
    """The same model with squares of x and the moderators beside the products.

    `squared` names the columns that have a square (0 is x, then the moderators; those of two values have none),
    `squares` (q,) are their coefficients, `joint` tests that all are zero, `product` is the coefficient of the highest
    product in that model. Where x and a moderator go together, a curve looks like an interaction: Lubinski & Humphreys
    (1990), Psychological Bulletin 107, 385-393; Ganzach (1997), Psychological Methods 2, 235-247.
    """

    null_hypothesis: ClassVar[str] = "x and the moderators have no square in the model"

    squared: tuple[int, ...]
    squares: PooledEstimates
    joint: WaldTest
    product: PooledEstimates

    def takes_the_place(self, of: PooledEstimates, *, alpha: float = 0.05) -> bool:
        """Whether the product, significant alone, no longer is beside the squares, and some square is."""
        smallest = min(self.squares.p_value.tolist(), default=np.nan)
        return bool((of.p_value < alpha).all() and (self.product.p_value >= alpha).all() and smallest < alpha)


@dataclass(frozen=True, eq=False)
class Moderation:
    """The slope of y on x as one or two moderators change, in units of y (or of the link) per unit of x.

    `terms` are the coefficients of x, the moderators, the products of x with each, of the two moderators, and of all
    three, every column taken from its entry in `centres` (x first). `interaction` is that of the highest product.
    `at` holds the values of each moderator for which `slopes` (v,) or (v, v2) are told, and `regions` where along the
    first moderator the slope differs from zero, at each value of the second (none if the first has two values only).
    `n` are the rows of the data set that uses fewest; `deviations` are weighted SDs of x and the moderators, `sd_y`
    that of y, averaged over data sets.
    """

    null_hypothesis: ClassVar[str] = "the slope of x is the same at every value of the moderator"

    terms: CombinedTerms
    centres: FloatArray
    n: int
    deviations: FloatArray
    sd_y: float
    at: tuple[FloatArray, ...]
    slopes: PooledEstimates
    regions: tuple[JohnsonNeyman, ...]
    curvature: Curvature

    @property
    def interaction(self) -> PooledEstimates:
        """The coefficient of the highest product, ()."""
        last = np.zeros(self.terms.coefficients.shape[1])
        last[-1] = 1
        return self.terms.sums(last)

    def slope_at(self, *values: ArrayLike) -> PooledEstimates:
        """Give the slope of x at values of each moderator, in its own unit, shaped as they broadcast."""
        return self.terms.sums(slope_weights(values, self.centres[1:]))

    def slope_difference(self, low: Sequence[float], high: Sequence[float]) -> PooledEstimates:
        """Give the slope at one value of each moderator (`high`) less that at another (`low`), ()."""
        centres = self.centres[1:]
        return self.terms.sums(slope_weights(high, centres) - slope_weights(low, centres))


def slope_weights(values: Sequence[ArrayLike], centres: FloatArray) -> FloatArray:
    """Weigh the terms of a `Moderation` to the slope of x at values (...) of each moderator: (..., t)."""
    if len(values) != centres.size:
        raise ValueError(f"values of {len(values)} moderators; expected {centres.size}")
    distances = np.broadcast_arrays(
        *(np.asarray(value, dtype=np.float64) - centre for value, centre in zip(values, centres))
    )
    one, none = np.ones(distances[0].shape), np.zeros(distances[0].shape)
    first = distances[0]
    if centres.size == 1:
        return np.stack([one, none, first], axis=-1)
    second = distances[1]
    return np.stack([one, none, none, first, second, none, first * second], axis=-1)


def fit_moderation(
    x: ArrayLike,
    moderators: ArrayLike,
    y: ArrayLike,
    design: SurveyDesign,
    *,
    controls: ArrayLike | None = None,
    included: ArrayLike | None = None,
    family: FamilyName = "linear",
    covariance: Covariance = "design",
    at: Sequence[ArrayLike] | None = None,
    centres: ArrayLike | None = None,
    level: float = 0.95,
) -> Moderation:
    """Regress y on x, one or two moderators, their products and controls, in every imputed data set.

    `x` and `y` (m, n) or (n,), `moderators` (m, w, n) or (w, n) with w 1 or 2, `controls` (m, c, n) or (c, n); an
    intercept is added. NaN = missing; `included`, `family` and `covariance` as in
    `imputed_regression.imputed_regression`. `at` are values (v,) of each moderator, default its weighted mean and one
    SD below and above. Columns are taken from `centres` (1 + w,), default their weighted means, averaged over data
    sets, which changes the lower terms only. `level` is that of the Johnson-Neyman regions.

    Source: Aiken & West (1991), Multiple Regression: Testing and Interpreting Interactions; R: lm or survey::svyglm
    with x * w, emmeans::emtrends. Raises ValueError for wrong shapes and for more than two moderators.
    """
    by = imputed_block(moderators, design, name="moderators")
    if not 1 <= by.shape[1] <= MOST:
        raise ValueError(f"moderators are {by.shape[1]}; expected 1 or {MOST}")
    named: dict[str, ArrayLike] = {"x": x, **{f"moderator {w + 1}": by[:, w] for w in range(by.shape[1])}}
    model = imputed_regression(
        named, y, design, controls=controls, included=included, family=family, covariance=covariance
    )
    centre, deviations = model.means if centres is None else np.asarray(centres, float), model.deviations
    if centre.shape != deviations.shape:
        raise ValueError(f"centres have shape {centre.shape}; expected {deviations.shape}")
    distances = (model.columns - centre[:, np.newaxis]) * model.rows.complete[:, np.newaxis]
    varied = _many_valued(distances, model)
    used = np.concatenate([distances, _products(distances)], axis=1)
    terms = model.fit(used)
    shown = _values(at, centre[1:], deviations[1:])
    grid = np.meshgrid(*shown, indexing="ij")
    return Moderation(
        terms=terms,
        centres=centre,
        n=model.rows.n,
        deviations=deviations,
        sd_y=model.sd_y,
        at=shown,
        slopes=terms.sums(slope_weights(grid, centre[1:])),
        regions=_regions(model, terms, centre[1:], shown, level) if 1 in varied else (),
        curvature=_curvature(model, used, distances[:, varied], varied),
    )


def _values(
    at: Sequence[ArrayLike] | None, centres: FloatArray, deviations: FloatArray
) -> tuple[FloatArray, ...]:
    if at is None:
        return tuple(centre + sd * np.array([-1.0, 0.0, 1.0]) for centre, sd in zip(centres, deviations))
    if len(at) != centres.size:
        raise ValueError(f"at holds values of {len(at)} moderators; expected {centres.size}")
    return tuple(np.atleast_1d(np.asarray(values, dtype=np.float64)) for values in at)


def _products(distances: FloatArray) -> FloatArray:
    """Give the products of each two columns, then of all three."""
    width = distances.shape[1]
    found = [
        distances[:, chosen].prod(axis=1)
        for size in range(2, width + 1)
        for chosen in combinations(range(width), size)
    ]
    return np.stack(found, axis=1)


def _many_valued(columns: FloatArray, model: ImputedRegression) -> tuple[int, ...]:
    """Give the columns that take more than two values."""
    inside = (columns[:, place][model.rows.complete] for place in range(columns.shape[1]))
    return tuple(place for place, column in enumerate(inside) if np.unique(column).size > 2)


def _regions(
    model: ImputedRegression,
    terms: CombinedTerms,
    centres: FloatArray,
    at: tuple[FloatArray, ...],
    level: float,
) -> tuple[JohnsonNeyman, ...]:
    """Seek along the first moderator, at each value of the second."""
    moderator, centre, found = model.columns[:, 1], float(centres[0]), []
    for other in at[1] if len(at) > 1 else (None,):
        rest = () if other is None else (other,)
        base, one = (slope_weights((centre + step, *rest), centres) for step in (0.0, 1.0))
        found.append(
            johnson_neyman(terms, base, one - base, moderator, model.weights, centre=centre, level=level)
        )
    return tuple(found)


def _curvature(
    model: ImputedRegression, terms: FloatArray, columns: FloatArray, squared: tuple[int, ...]
) -> Curvature:
    """Fit the model again with the squares of columns (m, q, n)."""
    t, q = terms.shape[1], len(squared)
    found = model.fit(np.concatenate([terms, np.square(columns)], axis=1))
    weights = np.eye(t + q)
    joint = found.joint(range(t, t + q)) if q else WaldTest(np.nan, 0, np.nan, np.nan)
    return Curvature(squared, found.sums(weights[t:]), joint, found.sums(weights[t - 1]))
