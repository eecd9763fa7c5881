"""The likelihood of multinomial logit models: its slopes, its curvature and each row's share in them.

With eta_j = x b_j, and eta = 0 for the first category, a row is in category j with probability exp(eta_j) over the
sum of all of them. The log-likelihood is concave: McFadden (1974), in Zarembka, Frontiers in Econometrics, 105-142.
"""

from dataclasses import dataclass

import numpy as np

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray
from inspraak.estimation.families import FLAT
from inspraak.estimation.stack import Stack


@dataclass(frozen=True, eq=False)
class MultinomialLikelihood:
    """Log-likelihood of b models with p columns and J categories; parameters (J - 1) p, category by category.

    `member` (b, J, r) is 1 for the used rows of a category. The columns hold the intercept.
    """

    stack: Stack
    member: FloatArray

    @classmethod
    def of(cls, stack: Stack, categories: FloatArray) -> "MultinomialLikelihood":
        """Give the likelihood of a stack whose outcomes are one of `categories` (J,)."""
        member = stack.targets[:, np.newaxis] == categories[:, np.newaxis]
        return cls(stack, (member & stack.used[:, np.newaxis]).astype(np.float64))

    @property
    def n(self) -> IntArray:
        """Rows of each model, (b,)."""
        return self.stack.n

    def take(self, keep: BoolArray) -> "MultinomialLikelihood":
        """Give some of the models."""
        return MultinomialLikelihood(self.stack.take(keep), self.member[keep])

    def start(self) -> FloatArray:
        """Give coefficients of zero: every category is as likely as another."""
        return np.zeros((len(self.stack.models), (self.member.shape[1] - 1) * self.stack.rank))

    def log_likelihood(self, parameters: FloatArray) -> FloatArray:
        """Give the log-likelihood (b,), weights of mean one."""
        eta = predictors(self.stack.terms, parameters)
        highest = eta.max(axis=1, keepdims=True)
        whole = np.log(np.exp(eta - highest).sum(axis=1)) + highest[:, 0]
        own = (self.member * eta).sum(axis=1) - self.stack.used * whole
        return np.asarray((self.stack.weights * own).sum(axis=1))

    def scores(self, parameters: FloatArray) -> FloatArray:
        """Give each row's weighted derivatives to the parameters, (b, (J - 1) p, r)."""
        return scores_of(self.stack, self.stack.terms, self.member, parameters)

    def evaluate(self, parameters: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give gradients and information, which is the same observed and expected."""
        stack, p = self.stack, self.stack.rank
        share = probabilities(predictors(stack.terms, parameters))[:, 1:]
        left = (self.member[:, 1:] - share) * stack.weights[:, np.newaxis]
        gradient = (left @ stack.terms.swapaxes(1, 2)).reshape(parameters.shape)
        information = np.empty((*parameters.shape, parameters.shape[1]))
        for one in range(share.shape[1]):
            for other in range(one + 1):
                both = -share[:, one] * share[:, other] + (one == other) * share[:, one]
                weighted = stack.terms * (stack.weights * both)[:, np.newaxis]
                block = weighted @ stack.terms.swapaxes(1, 2)
                rows, columns = slice(one * p, one * p + p), slice(other * p, other * p + p)
                information[:, rows, columns] = block
                information[:, columns, rows] = block.swapaxes(1, 2)
        return gradient, information

    def change(self, direction: FloatArray) -> FloatArray:
        """Give the largest change of a row's log-odds between two categories, (b,)."""
        moves = predictors(self.stack.terms, direction)
        return np.asarray(((moves.max(axis=1) - moves.min(axis=1)) * self.stack.used).max(axis=1))

    def recedes(self, direction: FloatArray) -> BoolArray:
        """Say for which models no row's own category falls behind another."""
        moves = predictors(self.stack.terms, direction)
        largest = np.maximum(self.change(direction), np.finfo(np.float64).tiny)[:, np.newaxis]
        behind = moves.max(axis=1) - (self.member * moves).sum(axis=1)
        return np.asarray(((behind <= FLAT * largest) | ~self.stack.used).all(axis=1))


def predictors(columns: FloatArray, parameters: FloatArray) -> FloatArray:
    """Give linear predictors (b, J, r) of columns (b, p, r) and parameters (b, (J - 1) p); 0 for the first category."""
    b, p, r = columns.shape
    others = parameters.reshape(b, -1, p) @ columns
    return np.concatenate([np.zeros((b, 1, r)), others], axis=1)


def probabilities(eta: FloatArray) -> FloatArray:
    """Give the probabilities (b, J, r) of linear predictors (b, J, r)."""
    raised = np.exp(eta - eta.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def scores_of(stack: Stack, columns: FloatArray, member: FloatArray, parameters: FloatArray) -> FloatArray:
    """Give the weighted derivatives (b, (J - 1) k, r) to the parameters of `columns` (b, k, r)."""
    share = probabilities(predictors(columns, parameters))
    left = (member - share)[:, 1:] * stack.weights[:, np.newaxis]
    whole = left[:, :, np.newaxis] * columns[:, np.newaxis]
    return np.asarray(whole.reshape(len(whole), -1, columns.shape[2]))
