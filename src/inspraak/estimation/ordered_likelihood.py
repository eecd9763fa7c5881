"""The likelihood of proportional-odds models: its slopes, its curvature and each row's share in them.

With F the logistic distribution, u and l the thresholds above and below a row's level less its linear
predictor, a row has probability F(u) - F(l) = F(u) F(-l) (1 - exp(l - u)), which keeps its digits in
both tails. The log-likelihood is concave (Pratt 1981, Journal of the American Statistical Association 76).
"""

from dataclasses import dataclass

import numpy as np

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray
from inspraak.estimation.families import FLAT, Logit
from inspraak.estimation.stack import Stack, weighted_gram

_logistic = Logit().mean


@dataclass(frozen=True, eq=False)
class _Slopes:
    """What each row's log-probability does, (b, r): see `OrderedLikelihood`."""

    below: FloatArray  # F(u)
    above: FloatArray  # F(l)
    up: FloatArray  # derivative to the threshold above
    down: FloatArray  # minus the derivative to the threshold below


@dataclass(frozen=True, eq=False)
class OrderedLikelihood:
    """Log-likelihood of b models with p slopes and J - 1 thresholds, parameters in this order.

    `level` (b, r) numbers the levels from 0; `member` (b, J, r) is 1 for the rows of a level.
    """

    stack: Stack
    level: IntArray
    member: FloatArray

    @classmethod
    def of(cls, stack: Stack, levels: FloatArray) -> "OrderedLikelihood":
        """Give the likelihood of a stack whose outcomes take `levels` (b, J)."""
        numbered = [np.searchsorted(values[:-1], y) for values, y in zip(levels, stack.targets)]
        level = np.array(numbered, dtype=np.int64)
        member = level[:, np.newaxis] == np.arange(levels.shape[1])[:, np.newaxis]
        return cls(stack, level, (member & stack.used[:, np.newaxis]).astype(np.float64))

    @property
    def n(self) -> IntArray:
        """Rows of each model, (b,)."""
        return self.stack.n

    def take(self, keep: BoolArray) -> "OrderedLikelihood":
        """Give some of the models."""
        return OrderedLikelihood(self.stack.take(keep), self.level[keep], self.member[keep])

    def start(self) -> FloatArray:
        """Give slopes of zero and the thresholds of the marginal shares, (b, p + J - 1)."""
        share = np.cumsum(self._by_level(np.ones_like(self.stack.weights)), axis=1)
        share = share[:, :-1] / share[:, -1:]
        return np.column_stack([np.zeros((len(share), self.stack.rank)), np.log(share / (1 - share))])

    def log_likelihood(self, parameters: FloatArray) -> FloatArray:
        """Give the log-likelihood (b,), weights of mean one."""
        upper, lower = self._thresholds(parameters)
        eta = self.stack.predictor(parameters[:, : self.stack.rank])
        gap = np.take_along_axis(self._gaps(parameters), self.level, axis=1)
        probability = _logistic(upper - eta) * _logistic(eta - lower) * gap
        return np.asarray(
            (self.stack.weights * np.log(np.where(self.stack.used, probability, 1))).sum(axis=1)
        )

    def scores(self, parameters: FloatArray) -> FloatArray:
        """Give each row's weighted derivatives to the parameters, (b, p + J - 1, r)."""
        slopes, weights = self._slopes(parameters), self.stack.weights[:, np.newaxis]
        along = (slopes.below + slopes.above - 1)[:, np.newaxis]
        cuts = (
            self.member[:, :-1] * slopes.up[:, np.newaxis] - self.member[:, 1:] * slopes.down[:, np.newaxis]
        )
        return np.concatenate([self.stack.terms * (weights * along), weights * cuts], axis=1)

    def evaluate(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give gradients and observed information; NaN where thresholds are out of order."""
        slopes, stack, p = self._slopes(parameters), self.stack, self.stack.rank
        up, down, below, above = slopes.up, slopes.down, slopes.below, slopes.above
        upper, lower = self._by_level(up), self._by_level(down)
        gradient = np.concatenate(
            [stack.totals(stack.weights * (below + above - 1)), upper[:, :-1] - lower[:, 1:]], axis=1
        )
        rise, fall = below * (1 - below), above * (1 - above)
        information = np.zeros((*parameters.shape, parameters.shape[1]))
        information[:, :p, :p] = weighted_gram(stack.terms, stack.weights * (rise + fall))
        touch = self.member[:, :-1] * rise[:, np.newaxis] + self.member[:, 1:] * fall[:, np.newaxis]
        across = -(stack.terms @ (touch * stack.weights[:, np.newaxis]).swapaxes(1, 2))
        information[:, :p, p:], information[:, p:, :p] = across, across.swapaxes(1, 2)
        own = self._by_level(up**2 - up * (1 - 2 * below))[:, :-1]
        own += self._by_level(down**2 + down * (1 - 2 * above))[:, 1:]
        cut = np.arange(p, parameters.shape[1])
        information[:, cut, cut] = own
        beside = -self._by_level(up * down)[:, 1:-1]
        information[:, cut[:-1], cut[1:]] = information[:, cut[1:], cut[:-1]] = beside
        return gradient, information

    def change(self, direction: FloatArray) -> FloatArray:
        """Give the largest change of a row's distance to a threshold, (b,)."""
        upper, lower = self._moves(direction)
        return np.asarray(np.maximum(np.abs(upper), np.abs(lower)).max(axis=1))

    def recedes(self, direction: FloatArray) -> BoolArray:
        """Say for which models no threshold comes closer to any row it bounds."""
        upper, lower = self._moves(direction)
        largest = np.maximum(self.change(direction), np.finfo(np.float64).tiny)[:, np.newaxis]
        return np.asarray(((upper >= -FLAT * largest) & (lower <= FLAT * largest)).all(axis=1))

    def _by_level(self, values: FloatArray) -> FloatArray:
        """Give weighted sums over the rows of each level, (b, J)."""
        return np.asarray((self.member @ (self.stack.weights * values)[:, :, np.newaxis])[:, :, 0])

    def _thresholds(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give the thresholds above and below each row's level, infinite at the ends, (b, r)."""
        cuts = parameters[:, self.stack.rank :]
        end = np.full((len(cuts), 1), np.inf)
        whole = np.concatenate([-end, cuts, end], axis=1)
        upper, lower = (np.take_along_axis(whole, self.level + above, axis=1) for above in (1, 0))
        return upper, lower

    def _gaps(self, parameters: FloatArray) -> FloatArray:
        """Give 1 - exp(-(distance between the thresholds of a level)), (b, J); NaN where not positive."""
        distance = np.diff(parameters[:, self.stack.rank :], axis=1)
        inner = -np.expm1(-np.where(distance > 0, distance, np.nan))
        end = np.ones((len(inner), 1))
        return np.concatenate([end, inner, end], axis=1)

    def _slopes(self, parameters: FloatArray) -> _Slopes:
        upper, lower = self._thresholds(parameters)
        eta = self.stack.predictor(parameters[:, : self.stack.rank])
        gap = np.take_along_axis(self._gaps(parameters), self.level, axis=1)
        below, above = _logistic(upper - eta), _logistic(lower - eta)
        up = _logistic(eta - upper) / (_logistic(eta - lower) * gap)
        return _Slopes(below, above, up, above / (below * gap))

    def _moves(self, direction: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give the change of each row's distance to its thresholds, 0 where it has none or is not used."""
        p, last = self.stack.rank, self.member.shape[1] - 1
        none = np.zeros((len(direction), 1))
        whole = np.concatenate([none, direction[:, p:], none], axis=1)
        eta = self.stack.predictor(direction[:, :p])
        upper, lower = (np.take_along_axis(whole, self.level + above, axis=1) - eta for above in (1, 0))
        used = self.stack.used
        return np.where(used & (self.level < last), upper, 0), np.where(used & (self.level > 0), lower, 0)
