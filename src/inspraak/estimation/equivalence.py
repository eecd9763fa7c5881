"""Is an effect too small to matter, or not worse than a margin: two one-sided tests, and non-inferiority."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray
from inspraak.estimation.distributions import t_p_value, t_quantile
from inspraak.estimation.pooling import PooledEstimates


@dataclass(frozen=True, eq=False)
class Equivalence:
    """Effects (...,) against bounds `low` and `high` (...,), in the unit of the effect.

    `p_low` is that of the test that the effect lies above `low`, `p_high` that it lies below `high`; both must reject.
    NaN where the effect has no standard error.
    """

    null_hypothesis: ClassVar[str] = "the effect lies at a bound of what is too small to matter, or beyond"

    effect: PooledEstimates
    low: FloatArray
    high: FloatArray

    @property
    def statistics(self) -> tuple[FloatArray, FloatArray]:
        """The t statistics of the distances from the lower and from the upper bound."""
        error = np.where(self.effect.std_error > 0, self.effect.std_error, np.nan)
        return (self.effect.estimate - self.low) / error, (self.effect.estimate - self.high) / error

    @property
    def p_low(self) -> FloatArray:
        """P that the effect lies at the lower bound or below it."""
        return upper_tail(self.statistics[0], self.effect.df)

    @property
    def p_high(self) -> FloatArray:
        """P that the effect lies at the upper bound or above it."""
        return upper_tail(-self.statistics[1], self.effect.df)

    @property
    def p_value(self) -> FloatArray:
        """The larger of both."""
        return np.maximum(self.p_low, self.p_high)

    def equivalent(self, alpha: float = 0.05) -> BoolArray:
        """Whether the effect is too small to matter: the 1 - 2 alpha interval lies within the bounds."""
        return np.asarray(self.p_value < alpha)


@dataclass(frozen=True, eq=False)
class NonInferiority:
    """Effects (...,) against a `margin` (...,) by which they may fall short; `sign` -1 where less is better.

    `bound` is the one-sided confidence bound on the worse side, at 1 - alpha.
    """

    null_hypothesis: ClassVar[str] = "the effect is worse by the margin or more"

    effect: PooledEstimates
    margin: FloatArray
    sign: int

    @property
    def statistic(self) -> FloatArray:
        """The t statistic of the distance from the margin."""
        error = np.where(self.effect.std_error > 0, self.effect.std_error, np.nan)
        return (self.sign * self.effect.estimate + self.margin) / error

    @property
    def p_value(self) -> FloatArray:
        """One-sided p."""
        return upper_tail(self.statistic, self.effect.df)

    def bound(self, alpha: float = 0.05) -> FloatArray:
        """Give the one-sided bound on the worse side: the effect is not inferior where it keeps within the margin."""
        half = t_quantile(1 - alpha, self.effect.df) * self.effect.std_error
        return self.effect.estimate - self.sign * half


def two_one_sided_tests(effect: PooledEstimates, low: ArrayLike, high: ArrayLike) -> Equivalence:
    """Test by two one-sided t tests whether effects lie between `low` and `high`, in the effect's unit.

    Any pooled effect: a coefficient, a difference (`group_difference`), a correlation on Fisher's scale
    (`correlation_on_fishers_scale`, with bounds on it too). Source: Schuirmann (1987), Journal of Pharmacokinetics and
    Biopharmaceutics 15, 657-680; Lakens (2017), Social Psychological and Personality Science 8, 355-362. R:
    TOSTER::tsum_TOST. Raises ValueError where a lower bound is not below the upper one.
    """
    below, above = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    if not (below < above).all():
        raise ValueError(
            f"bounds are {below.tolist()} and {above.tolist()}; expected the first below the second"
        )
    return Equivalence(effect, below, above)


def non_inferiority_test(effect: PooledEstimates, margin: ArrayLike, *, sign: int = 1) -> NonInferiority:
    """Test whether effects are no worse than `margin`, 0 or more, in the effect's unit; `sign` -1 where less is better.

    Source: as `two_one_sided_tests`, one test of the two. Raises ValueError for a negative margin or another sign.
    """
    allowed = np.asarray(margin, dtype=np.float64)
    if not (allowed >= 0).all() or sign not in (1, -1):
        raise ValueError(f"margin is {allowed.tolist()}, sign {sign}; expected 0 or more, and 1 or -1")
    return NonInferiority(effect, allowed, sign)


def chance_of_equivalence(
    std_error: ArrayLike, df: ArrayLike, bound: ArrayLike, *, alpha: float = 0.05
) -> FloatArray:
    """Give the chance that equivalence within plus or minus `bound` is found where the true effect is zero.

    By a central t with `df` degrees of freedom for the estimate over its error: the share of samples in which the
    1 - 2 alpha interval lies within the bounds. Source: Phillips (1990), Journal of Pharmacokinetics and
    Biopharmaceutics 18, 137-144, without the spread of the error itself; exact for infinite `df`.
    """
    room = np.asarray(bound, dtype=np.float64) / np.asarray(std_error, dtype=np.float64)
    room = room - t_quantile(1 - alpha, df)
    return np.where(np.isnan(room), np.nan, np.where(room > 0, 1 - t_p_value(room, df), 0.0))


def upper_tail(statistic: ArrayLike, df: ArrayLike) -> FloatArray:
    """Give the one-sided p-value of large values of a t statistic (R: pt(t, df, lower.tail = FALSE))."""
    t = np.asarray(statistic, dtype=np.float64)
    half = t_p_value(t, df) / 2
    return np.where(t > 0, half, 1 - half)
