"""Intervals of quantiles: through the interval of a share and back, or by inverting a test at every answer."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.distributions import t_quantile
from inspraak.estimation.shares import share_intervals
from inspraak.estimation.sorted_answers import REACHED, Located, Rule, SortedDomain

Interval = Literal["mean", "xlogit", "beta", "score"]
BLOCK = 4_000_000  # scores that are held at once


@dataclass(frozen=True, eq=False)
class DomainSample:
    """One domain of p columns: sorted, and its answers (r, p) of `rows` (r,) in the order of the design."""

    domain: SortedDomain
    answers: FloatArray
    rows: IntArray
    design: SurveyDesign

    @cached_property
    def present(self) -> BoolArray:
        """Tell which rows answered, (r, p)."""
        return np.isfinite(self.answers)

    @cached_property
    def df(self) -> IntArray:
        """Give the units less strata of each column, (p,)."""
        return self.design.degrees_of_freedom(self.present, rows=self.rows)

    def share_ends(
        self, quantile: Located, rule: Rule, interval: Interval, level: float
    ) -> tuple[FloatArray, FloatArray, IntArray]:
        """Go from the shares reached at each `quantile` (p, q) up and down, and back to answers; with rows beside them.

        An end is NaN where its share lies below 0 or above 1, and where no answer lies above the quantile.
        """
        reached = self.domain.reached(quantile.place)
        error = self.error(quantile.answer, reached)
        n, df = (one[:, np.newaxis] for one in (self.domain.n, self.df))
        if interval == "mean":
            half = t_quantile((1 + level) / 2, df) * error
            share = np.hstack([reached - half, reached + half])
        else:
            few_cases = np.inf if interval == "beta" else 0.0
            share = np.hstack(
                share_intervals(reached, error, n=n, df=df, level=level, few_cases=few_cases)[:2]
            )
        known = np.tile((reached < 1 - REACHED) & (n > 1), 2)
        end = self.domain.quantile(share, rule)
        return self._ends(end, (share >= 0) & (share <= 1) & known)

    def test_ends(self, levels: FloatArray, level: float) -> tuple[FloatArray, FloatArray, IntArray]:
        """Find by halving the answers at which a test of each of `levels` (p, q) just rejects; with rows beside them.

        The test is (F - level) / standard error of F at an answer, against t. NaN where the lowest answer is not
        rejected, or no answer below the highest is: there the data do not bound the interval.
        """
        domain = self.domain
        wanted = np.tile(levels, 2)
        limit = t_quantile((1 + level) / 2, self.df)[:, np.newaxis] * np.repeat([-1.0, 1.0], levels.shape[1])
        last = np.maximum(domain.n - 1, 0)[:, np.newaxis]
        below, above = np.full(wanted.shape, -1), np.broadcast_to(last, wanted.shape)
        while (above - below > 1).any():
            middle = np.clip((below + above) // 2, 0, last)
            reached = domain.reached(middle)
            error = self.error(domain.at(middle), reached)
            beyond = (reached - wanted > limit * error) | (reached > 1 - REACHED)
            below, above = np.where(beyond, below, middle), np.where(beyond, middle, above)
        bounded = (above > 0) & (domain.reached(above) < 1 - REACHED) & (domain.n[:, np.newaxis] > 1)
        return self._ends(Located(domain.at(above), above, above, above), bounded)

    def error(self, answers: FloatArray, reached: FloatArray) -> FloatArray:
        """Give the standard error of the distribution function at `answers`, where it is `reached`, each (p, q).

        As many are taken together as fit in BLOCK. NaN with fewer than two rows.
        """
        weights = self.design.weights[self.rows, np.newaxis] / self.domain.total
        weights = np.where(self.present, weights, 0.0)
        at, share = (np.ascontiguousarray(part.T) for part in (answers, reached))
        variance = np.empty(at.shape)
        step = max(1, BLOCK // self.answers.size) if self.answers.size else 1
        for first in range(0, at.shape[0], step):
            block = slice(first, first + step)
            scores = (self.answers[:, np.newaxis] <= at[block]) - share[block]
            scores *= weights[:, np.newaxis]
            inside = np.tile(self.present, scores.shape[1]) if self.design.lonely == "average" else None
            flat = scores.reshape(self.rows.size, -1)
            found = self.design.variance_of_totals(flat, rows=self.rows, present=inside)
            variance[block] = found.reshape(scores.shape[1:])
        return np.where(self.domain.n[:, np.newaxis] > 1, np.sqrt(variance.T), np.nan)

    def _ends(self, end: Located, known: BoolArray) -> tuple[FloatArray, FloatArray, IntArray]:
        """Part lower from upper ends, NaN where not `known` (p, 2q), with the fewest rows beside either."""
        low, high = np.hsplit(np.where(known, end.answer, np.nan), 2)
        beside = np.hsplit(np.where(known, self.domain.beside_located(end), 0), 2)
        return low, high, np.minimum(*beside)
