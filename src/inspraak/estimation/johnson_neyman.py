"""Where along a moderator a slope differs from zero."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.combinations import CombinedTerms
from inspraak.estimation.distributions import t_quantile

HALVINGS = 100  # of an arc of at most pi, after which no digit is left to find


@dataclass(frozen=True)
class SignificantRegion:
    """Values of the moderator, between `low` and `high` (infinite where the region is open), with one `sign` of slope.

    `share` is the weighted share of units whose moderator lies there, 0 to 1.
    """

    low: float
    high: float
    sign: int
    share: float


@dataclass(frozen=True)
class JohnsonNeyman:
    """The bounds of the moderator where the slope begins to differ from zero, in the unit of the moderator.

    `significant` says which side of the bounds differs from zero: `outside` them, `inside`, or `nowhere`, then without
    bounds. `low` is NaN where only one bound is finite. A bound lies beyond the data where the observed moderator
    (`lowest` to `highest`) does not reach it. `regions` are those that differ from zero, from low to high, also beyond
    the data: there the share is 0.
    """

    null_hypothesis: ClassVar[str] = "the slope at this value of the moderator is zero"

    level: float
    significant: Literal["outside", "inside", "nowhere"]
    low: float
    high: float
    lowest: float
    highest: float
    regions: tuple[SignificantRegion, ...]

    @property
    def low_within_data(self) -> bool:
        """Whether the lower bound lies in the range of the data."""
        return self.lowest <= self.low <= self.highest

    @property
    def high_within_data(self) -> bool:
        """Whether the upper bound lies in the range of the data."""
        return self.lowest <= self.high <= self.highest

    @property
    def share(self) -> float:
        """Weighted share of units at whose moderator the slope differs from zero, 0 to 1."""
        return float(sum(region.share for region in self.regions))


def johnson_neyman(
    terms: CombinedTerms,
    base: ArrayLike,
    change: ArrayLike,
    values: FloatArray,
    weights: FloatArray,
    *,
    centre: float = 0.0,
    level: float = 0.95,
) -> JohnsonNeyman:
    """Find where the slope (base + v change)' b differs from zero, v the moderator less `centre`.

    `base` and `change` (t,) weigh the coefficients of `terms`; `values` (m, n) are the moderator with `weights` (m, n),
    0 for units that do not count, in every data set. Over several data sets each value of v has its own degrees of
    freedom (Barnard & Rubin), as the simple slopes have. The directions (1, v) form a half circle, on which t squared
    has one maximum and is 0 where the slope is: the bounds are sought on the two arcs between.

    Source: Johnson & Neyman (1936); Bauer & Curran (2005), Multivariate Behavioral Research 40, 373-400, equation 11.
    R: interactions::johnson_neyman (for one data set).
    """
    used = weights > 0
    observed = values[used]
    lowest, highest = (float(observed.min()), float(observed.max())) if observed.size else (np.nan, np.nan)
    scale = float(observed.std()) if observed.size and lowest < highest else 1.0
    pair = np.array([base, change], dtype=np.float64)

    def at(angle: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give slope, and squared t less the squared quantile, in directions on the half circle."""
        found = terms.sums(np.column_stack([np.cos(angle), scale * np.sin(angle)]) @ pair)
        limit = t_quantile((1 + level) / 2, found.df) * found.std_error
        return found.estimate, np.square(found.estimate) - np.square(limit)

    arcs = _arcs(terms, pair * np.array([1.0, scale])[:, np.newaxis])
    if arcs is None or not at(arcs[1:2])[1][0] > 0:
        return JohnsonNeyman(level, "nowhere", np.nan, np.nan, lowest, highest, ())
    nil, largest = arcs
    outer, inner = np.array([nil, nil + np.pi]), np.array([largest, largest])
    for _ in range(HALVINGS):
        middle = (outer + inner) / 2
        beyond = at(middle)[1] > 0
        inner, outer = np.where(beyond, middle, inner), np.where(beyond, outer, middle)
    bounds = np.sort(centre + scale * np.tan((inner + outer) / 2))
    signs = [int(np.sign(at(np.array([np.arctan((v - centre) / scale)]))[0][0])) for v in bounds]
    outside = bool(at(np.array([np.pi / 2]))[1][0] > 0)
    low, high = (float(bound) for bound in bounds)
    ends = [(-np.inf, low, signs[0]), (high, np.inf, signs[1])] if outside else [(low, high, signs[0])]
    regions = tuple(
        SignificantRegion(start, end, sign, _share(values, weights, start, end)) for start, end, sign in ends
    )
    return JohnsonNeyman(level, "outside" if outside else "inside", low, high, lowest, highest, regions)


def _arcs(terms: CombinedTerms, pair: FloatArray) -> FloatArray | None:
    """Give the angles where the slope is zero and, within pi above, where its squared t is largest; None if unknown."""
    slope, covariance = (
        pair @ np.nan_to_num(terms.pooled),
        pair @ np.nan_to_num(terms.total_covariance) @ pair.T,
    )
    unknown = np.isnan(terms.pooled) | np.isnan(np.diag(terms.total_covariance))
    if ((pair != 0).any(axis=0) & unknown).any() or not slope.any() or np.linalg.cond(covariance) > 1e14:
        return None
    steepest = np.linalg.solve(covariance, slope)
    nil = np.arctan2(-slope[0], slope[1])
    largest = np.arctan2(steepest[1], steepest[0])
    return np.array([nil, nil + (largest - nil) % np.pi])


def _share(values: FloatArray, weights: FloatArray, low: float, high: float) -> float:
    """Give the weighted share of units whose value lies between two bounds."""
    return float((weights * ((values >= low) & (values <= high))).sum() / weights.sum())
