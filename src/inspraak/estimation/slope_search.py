"""Where the likelihood of random slopes is highest, and how far it falls where their SD is another one.

Variables are expected on a scale on which their SDs are about one: starts and steps are of that size.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.slope_likelihood import SlopeLikelihood

STEP = 1e-4  # of numerical derivatives
STARTS: FloatArray = np.array([[0.1, 0.0, 0.1], [0.5, 0.0, 0.5], [0.2, 0.2, 0.02], [0.2, -0.2, 0.02]])
"""Factors (a, b, c) from which the search sets out: small and large, and correlations near one."""
WIDEST = 64.0  # an SD of slopes beyond this many SDs of the outcome has no end
SAME = 1e-5  # of a bound
LIMIT = 60  # steps of a search
SETTLED = 1e-10  # a promised fall of the deviance below which a search has ended
NO_BETTER = 1e-8  # a fall of the deviance for which slopes are not said to differ
FLAT = 1e-6  # of the largest curvature: less is taken for this
SHORTENINGS: FloatArray = 0.5 ** np.arange(1.0, 13.0)


@dataclass(frozen=True, eq=False)
class Highest:
    """The variances at which the mean deviance is least: the factor (3,) of D, the log SD within groups."""

    factor: FloatArray
    log_sigma: float
    deviance: float

    @property
    def spread(self) -> float:
        """SD of the slopes between groups."""
        return float(np.exp(self.log_sigma) * np.hypot(self.factor[1], self.factor[2]))

    @property
    def turn(self) -> float:
        """The angle whose sine is the correlation of intercepts and slopes where a is positive."""
        return float(np.arctan2(self.factor[1], abs(self.factor[2])))


def highest(likelihood: SlopeLikelihood) -> Highest:
    """Search from several starts, and along the edge without differences between slopes."""
    whole = [_descend(lambda factor: likelihood.profiled(factor)[0], start) for start in STARTS]
    flat = [_descend(lambda a: likelihood.profiled(_flat(a))[0], start) for start in STARTS[:2, :1]]
    a, level = min(flat, key=lambda one: one[1])
    factor, least = min(whole, key=lambda one: one[1])
    if level <= least + NO_BETTER:
        factor = _flat(a[np.newaxis])[0]
    factor = factor * np.array([1.0, 1.0, np.sign(factor[2]) or 1.0])
    factor[:2] *= np.sign(factor[0]) or 1.0
    deviance, log_sigma = likelihood.profiled(factor[np.newaxis])
    return Highest(factor, float(log_sigma[0]), float(deviance[0]))


@dataclass
class Profile:
    """The least mean deviance at each SD of slopes; a search sets out from where the last ended, and from `best`."""

    likelihood: SlopeLikelihood
    best: Highest

    def __post_init__(self) -> None:
        """Start at the best place, and beside it, since the edge of a correlation is a saddle."""
        level = np.array([self.best.log_sigma, max(self.best.factor[0], 0.05)])
        turns = (0.0, self.best.turn) if abs(self.best.turn) > SAME else (0.5, -0.5, 0.0)
        self._starts = [np.append(level, turn) for turn in turns]

    def rise(self, spread: float) -> float:
        """Give how far the least mean deviance with this SD of slopes lies above the least of all."""

        def deviance(free: FloatArray) -> FloatArray:
            log_sigma, a, turn = free.T
            length = spread * np.exp(-log_sigma)
            factor = np.column_stack([a, length * np.sin(turn), length * np.cos(turn)])
            return np.asarray(self.likelihood.deviances(factor, log_sigma).mean(axis=1))

        at, value = min((_descend(deviance, start) for start in self._starts), key=lambda found: found[1])
        self._starts = [at, self._starts[-1]]
        return max(value - self.best.deviance, 0.0)


def ends_of_spread(likelihood: SlopeLikelihood, best: Highest, allowed: float) -> tuple[float, float]:
    """Give the SDs of slopes below and above the best one at which the deviance has risen by `allowed`.

    The lower end is 0 where it has not risen so far there, the upper one infinite where it never does.
    """

    def beyond(profile: Profile, spread: float) -> float:
        if spread == best.spread:
            return -float(np.sqrt(allowed))
        return float(np.sqrt(profile.rise(spread)) - np.sqrt(allowed))  # nearly straight in the SD

    low, down, up = 0.0, Profile(likelihood, best), Profile(likelihood, best)
    if best.spread > SAME and beyond(Profile(likelihood, best), 0.0) > 0:
        low = float(optimize.brentq(lambda spread: beyond(down, spread), best.spread, 0.0, xtol=SAME))
    high = max(2 * best.spread, 0.1)
    while beyond(up, high) < 0:
        high *= 2
        if high > WIDEST:
            return low, float("inf")
    return low, float(optimize.brentq(lambda spread: beyond(up, spread), best.spread, high, xtol=SAME))


def derivatives(
    function: Callable[[FloatArray], FloatArray], at: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Give numerical gradient (d, ...) and Hessian (d, d, ...) at a point (d,) of a function of points (b, d)."""
    d = at.size
    steps = STEP * np.eye(d)
    pairs = [(i, j) for i in range(d) for j in range(i + 1, d)]
    across = [
        at + i_sign * steps[i] + j_sign * steps[j]
        for i, j in pairs
        for i_sign in (1, -1)
        for j_sign in (1, -1)
    ]
    values = function(np.array([at, *(at + steps), *(at - steps), *across]))
    middle, up, down = values[0], values[1 : d + 1], values[d + 1 : 2 * d + 1]
    hessian = np.zeros((d, d, *values.shape[1:]))
    for place in range(d):
        hessian[place, place] = (up[place] - 2 * middle + down[place]) / STEP**2
    for place, (i, j) in enumerate(pairs):
        both, first, second, none = values[2 * d + 1 + 4 * place : 2 * d + 5 + 4 * place]
        hessian[i, j] = hessian[j, i] = (both - first - second + none) / (4 * STEP**2)
    return np.asarray((up - down) / (2 * STEP)), hessian


def _flat(a: FloatArray) -> FloatArray:
    """Give factors (b, 3) without differences between slopes, from values of a (b, 1)."""
    return np.column_stack([a, np.zeros((len(a), 2))])


def _descend(function: Callable[[FloatArray], FloatArray], start: FloatArray) -> tuple[FloatArray, float]:
    """Minimise a smooth function of points (b, d) from `start` (d,): where, and the value there.

    Newton's method with numerical derivatives; a direction that bends the wrong way is gone downhill, no step is longer
    than one, and one that does not go down is shortened (Nocedal & Wright 2006, Numerical Optimization, 3.4).
    """
    at, value = start, float(function(start[np.newaxis])[0])
    for _ in range(LIMIT):
        slope, bend = derivatives(function, at)
        values, vectors = np.linalg.eigh(bend)
        sizes = np.maximum(np.abs(values), max(FLAT * float(np.abs(values).max()), FLAT))
        along = vectors.T @ slope
        if float((np.square(along) / sizes).sum()) < SETTLED:
            break
        step = -vectors @ (along / sizes)
        step = step / max(float(np.linalg.norm(step)), 1.0)
        tried, found = at + step, float(function((at + step)[np.newaxis])[0])
        if not found < value:
            shorter = at + SHORTENINGS[:, np.newaxis] * step
            values_there = np.nan_to_num(function(shorter), nan=np.inf)
            best = int(np.argmin(values_there))
            tried, found = shorter[best], float(values_there[best])
        if not found < value:
            break
        at, value = tried, found
    return at, value
