"""The dispersion of negative binomial models, found together with their coefficients."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray
from inspraak.estimation.families import NegativeBinomial
from inspraak.estimation.newton import Optimum, maximise
from inspraak.estimation.stack import Stack, weighted_gram

TINY = 1e-12


@dataclass(frozen=True, eq=False)
class _CountObjective:
    """Likelihood of coefficients and log theta; the last parameter is log theta.

    Expected information between coefficients and theta is zero (Lawless 1987, Canadian Journal of
    Statistics 15, 209-225), so that each is stepped by itself.
    """

    stack: Stack

    @property
    def n(self) -> IntArray:
        return self.stack.n

    def evaluate(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        stack, theta = self.stack, np.exp(parameters[:, -1:])
        eta = stack.predictor(parameters[:, :-1])
        family = NegativeBinomial(theta)
        score, information = family.working(eta, stack.targets)
        slope, bend = _theta_derivatives(theta, family.mean(eta), stack)
        gradient = np.column_stack([stack.totals(stack.weights * score), slope])
        whole = np.zeros((*parameters.shape, parameters.shape[1]))
        whole[:, :-1, :-1] = weighted_gram(stack.terms, stack.weights * information)
        # the floor keeps a step below one in log theta, uphill where the likelihood is not concave
        whole[:, -1, -1] = np.maximum(np.maximum(-bend, np.abs(slope)), TINY)
        return gradient, whole

    def change(self, direction: FloatArray) -> FloatArray:
        move = np.abs(self.stack.predictor(direction[:, :-1]) * self.stack.used).max(axis=1)
        return np.asarray(np.maximum(move, np.abs(direction[:, -1])))

    def recedes(self, direction: FloatArray) -> BoolArray:
        return np.zeros(len(direction), dtype=np.bool_)

    def take(self, keep: BoolArray) -> "_CountObjective":
        return _CountObjective(self.stack.take(keep))


def _theta_derivatives(theta: FloatArray, mean: FloatArray, stack: Stack) -> tuple[FloatArray, FloatArray]:
    """Give the first and second derivative (b,) of the log-likelihood to log theta."""
    y, weights, whole = stack.targets, stack.weights, mean + theta
    first = special.digamma(y + theta) - special.digamma(theta) + np.log(theta / whole) + (mean - y) / whole
    second = special.polygamma(1, y + theta) - special.polygamma(1, theta)
    second += 1 / theta - 2 / whole + (y + theta) / whole**2
    slope = theta[:, 0] * (weights * first).sum(axis=1)
    return slope, slope + theta[:, 0] ** 2 * (weights * second).sum(axis=1)


def fit_dispersion(stack: Stack, poisson: Optimum) -> tuple[NegativeBinomial, Optimum, FloatArray]:
    """Give theta and coefficients of b models from their Poisson fits, and the standard error of theta (b,).

    Where sum w ((y - mu)^2 - y) is not above zero at the Poisson fit, no theta is likelier than an infinite
    one: theta is infinite and the Poisson fit stands (Cameron & Trivedi 1998, Regression Analysis of Count
    Data, 3.4). R: MASS::glm.nb; its standard error of theta, too, takes the coefficients as known.
    """
    b = len(poisson.parameters)
    end = Optimum(
        poisson.parameters.copy(),
        poisson.information.copy(),
        poisson.direction,
        poisson.status.copy(),
        poisson.iterations.copy(),
    )
    theta, error = np.full((b, 1), np.inf), np.full(b, np.nan)
    flat = NegativeBinomial(theta)
    mean, y, weights = flat.mean(stack.predictor(poisson.parameters)), stack.targets, stack.weights
    excess = (weights * (np.square(y - mean) - y)).sum(axis=1)
    spread = excess > TINY * (weights * np.square(mean)).sum(axis=1)
    chosen = np.flatnonzero(spread & (poisson.status == "converged"))
    if not chosen.size:
        return flat, end, error
    part = stack.take(chosen)
    moment = np.log((weights * np.square(mean)).sum(axis=1)[chosen] / excess[chosen])
    joint = maximise(_CountObjective(part), np.column_stack([poisson.parameters[chosen], moment]))
    theta[chosen] = np.exp(joint.parameters[:, -1:])
    end.parameters[chosen], end.status[chosen] = joint.parameters[:, :-1], joint.status
    end.iterations[chosen] += joint.iterations
    family = NegativeBinomial(theta[chosen])
    eta = part.predictor(joint.parameters[:, :-1])
    end.information[chosen] = weighted_gram(part.terms, part.weights * family.working(eta, part.targets)[1])
    slope, bend = _theta_derivatives(family.theta, family.mean(eta), part)
    with np.errstate(divide="ignore", invalid="ignore"):
        error[chosen] = family.theta[:, 0] / np.sqrt(slope - bend)
    return NegativeBinomial(theta), end, error
