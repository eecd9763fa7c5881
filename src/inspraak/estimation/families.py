"""Families of outcomes for generalised linear models: what their mean and likelihood are, row by row.

`eta` is the linear predictor (b, r), `y` the outcome (b, r). Formulas: McCullagh & Nelder (1989),
Generalized Linear Models, chapter 2; Papke & Wooldridge (1996), Journal of Applied Econometrics 11, 619-632
(fractional logit); Hilbe (2011), Negative Binomial Regression, chapter 8 (NB2).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np
from scipy import special

from inspraak.estimation.arrays import BoolArray, FloatArray
from inspraak.estimation.newton import solve
from inspraak.estimation.stack import Stack, weighted_gram

FamilyName = Literal["linear", "logit", "fractional_logit", "poisson", "negative_binomial"]
Unit = Literal["outcome", "probability", "share", "count"]

FLAT = 1e-4  # of the largest change of a predictor: rows that change less than this stand still
LARGEST = 500.0  # of a linear predictor: beyond it exp leaves the range of numbers


class Family(ABC):
    """A mean as a function of the linear predictor, and a likelihood of the outcome around it."""

    unit: ClassVar[Unit]  # of the mean
    free_dispersion: ClassVar[bool] = False  # whether the model-based variance estimates a dispersion

    @abstractmethod
    def wrong_outcomes(self, y: FloatArray) -> str | None:
        """Say what is expected of outcomes where these (without missing values) are not that."""

    @abstractmethod
    def mean(self, eta: FloatArray) -> FloatArray:
        """Give the mean."""

    @abstractmethod
    def curvature(self, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give the first and second derivative of the mean to the linear predictor."""

    @abstractmethod
    def working(self, eta: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give the derivative of the log-likelihood to the linear predictor, and its expected information."""

    @abstractmethod
    def log_likelihood(self, eta: FloatArray, y: FloatArray) -> FloatArray:
        """Give each row's log-likelihood; NaN where the family is a quasi-likelihood."""

    @abstractmethod
    def start(self, stack: Stack) -> FloatArray:
        """Give coefficients (b, p) to begin with."""

    @abstractmethod
    def recedes(self, y: FloatArray, move: FloatArray) -> BoolArray:
        """Say for which rows the likelihood never falls if the predictor goes on by `move`.

        `move` is relative to the largest of the model.
        """

    def take(self, keep: BoolArray) -> "Family":
        """Give the family for some of the models."""
        return self


class Linear(Family):
    """Least squares: a mean of any sign, and a variance to be estimated."""

    unit = "outcome"
    free_dispersion = True

    def wrong_outcomes(self, y: FloatArray) -> str | None:
        """Accept every outcome."""
        return None

    def mean(self, eta: FloatArray) -> FloatArray:
        """Give eta."""
        return eta

    def curvature(self, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give 1 and 0."""
        return np.ones_like(eta), np.zeros_like(eta)

    def working(self, eta: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give y - eta and 1."""
        return y - eta, np.ones_like(eta)

    def log_likelihood(self, eta: FloatArray, y: FloatArray) -> FloatArray:
        """Give NaN: the dispersion is no part of the model."""
        return np.full_like(eta, np.nan)

    def start(self, stack: Stack) -> FloatArray:
        """Give the solution, refined once."""
        first = solve(stack.gram, stack.totals(stack.weights * stack.targets))
        left = stack.targets - stack.predictor(first)
        return first + solve(stack.gram, stack.totals(stack.weights * left))

    def recedes(self, y: FloatArray, move: FloatArray) -> BoolArray:
        """Say never: a squared residual grows without bound."""
        return np.zeros(y.shape, dtype=np.bool_)


class Logit(Family):
    """A share of 0 or 1."""

    unit: ClassVar[Unit] = "probability"

    def wrong_outcomes(self, y: FloatArray) -> str | None:
        """Accept 0 and 1."""
        return None if ((y == 0) | (y == 1)).all() else "0 or 1"

    def mean(self, eta: FloatArray) -> FloatArray:
        """Give 1 / (1 + exp(-eta))."""
        return np.asarray(1 / (1 + np.exp(-np.clip(eta, -LARGEST, LARGEST))))

    def curvature(self, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give p (1 - p) and p (1 - p) (1 - 2p)."""
        mean = self.mean(eta)
        slope = mean * (1 - mean)
        return slope, slope * (1 - 2 * mean)

    def working(self, eta: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give y - p and p (1 - p)."""
        mean = self.mean(eta)
        return y - mean, mean * (1 - mean)

    def log_likelihood(self, eta: FloatArray, y: FloatArray) -> FloatArray:
        """Give y eta - log(1 + exp(eta))."""
        return np.asarray(y * eta - np.maximum(eta, 0) - np.log1p(np.exp(-np.abs(eta))))

    def start(self, stack: Stack) -> FloatArray:
        """Give the first step from p = 1/2, where the information is a quarter of the Gram matrix."""
        return 4 * solve(stack.gram, stack.totals(stack.weights * (stack.targets - 0.5)))

    def recedes(self, y: FloatArray, move: FloatArray) -> BoolArray:
        """Ones may only rise, zeros only fall, what lies between must stand still."""
        return np.asarray(((move >= -FLAT) | (y == 0)) & ((move <= FLAT) | (y == 1)))


class FractionalLogit(Logit):
    """A share anywhere from 0 to 1, by the Bernoulli quasi-likelihood."""

    unit = "share"
    free_dispersion = True

    def wrong_outcomes(self, y: FloatArray) -> str | None:
        """Accept 0 to 1."""
        return None if ((y >= 0) & (y <= 1)).all() else "0 to 1"

    def log_likelihood(self, eta: FloatArray, y: FloatArray) -> FloatArray:
        """Give NaN: a quasi-likelihood."""
        return np.full_like(eta, np.nan)


class Poisson(Family):
    """A count, or any amount from 0 up, with a mean of exp(eta)."""

    unit: ClassVar[Unit] = "count"

    def wrong_outcomes(self, y: FloatArray) -> str | None:
        """Accept 0 and more."""
        return None if (y >= 0).all() else "0 or more"

    def mean(self, eta: FloatArray) -> FloatArray:
        """Give exp(eta)."""
        return np.asarray(np.exp(np.minimum(eta, LARGEST)))

    def curvature(self, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give exp(eta) twice."""
        mean = self.mean(eta)
        return mean, mean

    def working(self, eta: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give y - mu and mu."""
        mean = self.mean(eta)
        return y - mean, mean

    def log_likelihood(self, eta: FloatArray, y: FloatArray) -> FloatArray:
        """Give y eta - mu - log y!."""
        return np.asarray(y * eta - self.mean(eta) - special.gammaln(y + 1))

    def start(self, stack: Stack) -> FloatArray:
        """Give one step from means of y + 0.1."""
        mean = stack.targets + 0.1
        pull = stack.weights * (mean * np.log(mean) - 0.1)
        return solve(weighted_gram(stack.terms, stack.weights * mean), stack.totals(pull))

    def recedes(self, y: FloatArray, move: FloatArray) -> BoolArray:
        """Zeros may only fall, everything else must stand still."""
        return np.asarray((move <= FLAT) & ((move >= -FLAT) | (y == 0)))


@dataclass(frozen=True, eq=False)
class NegativeBinomial(Poisson):
    """A count with variance mu + mu^2 / theta; `theta` (b, 1), infinite for a Poisson."""

    theta: FloatArray

    def wrong_outcomes(self, y: FloatArray) -> str | None:
        """Accept 0, 1, 2, ..."""
        return None if ((y >= 0) & (y == np.round(y))).all() else "whole numbers from 0"

    def working(self, eta: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give (y - mu) / (1 + mu / theta) and mu / (1 + mu / theta)."""
        mean = self.mean(eta)
        spread = 1 + mean / self.theta
        return (y - mean) / spread, mean / spread

    def log_likelihood(self, eta: FloatArray, y: FloatArray) -> FloatArray:
        """Give the log-probability of y; that of a Poisson where theta is infinite."""
        poisson, finite = super().log_likelihood(eta, y), np.isfinite(self.theta)
        theta = np.where(finite, self.theta, 1.0)
        mean = self.mean(eta)
        own = special.gammaln(y + theta) - special.gammaln(theta) - special.gammaln(y + 1)
        own += y * (eta - np.log(theta + mean)) - theta * np.log1p(mean / theta)
        return np.where(finite, own, poisson)

    def take(self, keep: BoolArray) -> "NegativeBinomial":
        """Give the family for some of the models."""
        return NegativeBinomial(self.theta[keep])


def family_of(name: FamilyName, theta: FloatArray | None = None) -> Family:
    """Give the family of a name; `theta` (m,) for a negative binomial. Raises ValueError for another name."""
    if name not in get_args(FamilyName):
        raise ValueError(f"family is {name!r}; expected one of {get_args(FamilyName)}")
    if name == "negative_binomial":
        return NegativeBinomial(np.full((1, 1), np.inf) if theta is None else theta[:, np.newaxis])
    families: dict[str, Family] = {
        "linear": Linear(),
        "logit": Logit(),
        "fractional_logit": FractionalLogit(),
        "poisson": Poisson(),
    }
    return families[name]
