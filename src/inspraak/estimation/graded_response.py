"""The graded response model of ordered answers to the items of one scale.

P(answer >= category k) = logistic(a (theta - b_k)), theta standard normal among the employers (Samejima 1969,
Psychometrika Monograph 17). Marginal maximum likelihood over equally spaced points (Bock & Aitkin 1981,
Psychometrika 46, 443-459), by Newton's method with the exact observed information (Louis 1982). R: ltm::grm,
mirt::mirt(itemtype = "graded"). Items are p, categories c of the item that has most, points t, patterns of answers u.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray
from inspraak.estimation.item_curves import ItemCurves, item_curves
from inspraak.estimation.polychoric import ordered_answers

Status = Literal["converged", "not converged", "steep", "unvaried"]
POINTS = np.linspace(-6.0, 6.0, 121)
PRIOR = np.exp(-(POINTS**2) / 2) / np.exp(-(POINTS**2) / 2).sum()
START = 1.6  # slope at which the search begins
STEEPEST = 25.0  # slope beyond which an item decides the scale alone, as a Heywood case does
ITERATIONS = 100
HALVINGS = 30
CONVERGED = 1e-13  # gain in log likelihood that another step would bring, per row
ROWS = 128  # patterns whose scores at all points are in work at a time


@dataclass(frozen=True, eq=False)
class GradedResponse:
    """A fitted scale of p items: `slopes` (p,) and `difficulties` (p, c - 1), NaN beyond an item's own.

    Slopes are per SD of theta, difficulties in SDs. `scores` (n,) are means of theta given the answers
    (expected a posteriori), NaN without an answer, `score_errors` their standard deviations. `reliability` is the
    share of the variance of theta that the scores carry. `categories` are the answers that each item was given.
    Where `status` is not `converged`, do not use the numbers: `steep`: a slope grows without end; `unvaried`: an
    item has one answer.
    """

    slopes: FloatArray
    difficulties: FloatArray
    slope_errors: FloatArray
    difficulty_errors: FloatArray
    log_likelihood: float
    n: int
    scores: FloatArray
    score_errors: FloatArray
    reliability: float
    status: Status
    iterations: int
    categories: tuple[FloatArray, ...]

    @property
    def intercepts(self) -> FloatArray:
        """Slopes times difficulties, (p, c - 1), NaN beyond an item's own."""
        return np.asarray(self.slopes[:, np.newaxis] * self.difficulties)

    def information(self, theta: ArrayLike) -> FloatArray:
        """Give the information of all items together at each value of theta, shaped as `theta`."""
        at = np.atleast_1d(np.asarray(theta, dtype=np.float64))
        curves = item_curves(self.slopes, self.intercepts, at)
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = np.where(curves.chance > 0, curves.by_theta(self.slopes) ** 2 / curves.chance, 0.0)
        return np.asarray(terms.sum(axis=(0, 1)).reshape(np.shape(theta)))


@dataclass(frozen=True, eq=False)
class _Patterns:
    """Different rows of answers, (u, p), -1 = no answer; how often each stands there, and which row has which."""

    codes: IntArray
    counts: FloatArray
    of_row: IntArray
    categories: tuple[FloatArray, ...]

    @property
    def sizes(self) -> IntArray:
        """Number of categories of each item, (p,)."""
        return np.array([len(chosen) for chosen in self.categories], dtype=np.int64)

    @property
    def answered(self) -> BoolArray:
        """Whether each row has an answer, (n,)."""
        return np.asarray((self.codes >= 0).any(axis=1))[self.of_row]


def fit_graded_response(values: ArrayLike, *, equal_slopes: bool = False) -> GradedResponse:
    """Fit the model to the answers of one scale.

    `values` (n, p) codes in any unit, NaN = no answer: such an item tells nothing of its row. Items must point the
    same way. With `equal_slopes` all items have one slope (R: ltm::grm(constrained = TRUE)); the two slopes of a
    scale of two items can hardly be told apart. Raises ValueError for fewer than two items.
    """
    answers = ordered_answers(values)
    if answers.p < 2:
        raise ValueError(f"a scale needs two items or more, found {answers.p}")
    data = _patterns(answers.codes, answers.categories)
    if (data.sizes < 2).any() or data.counts.sum() == 0:
        return _nothing(data)
    slopes, intercepts = _start(data)
    every = np.eye(answers.p + int((data.sizes - 1).sum()))
    tied = np.column_stack([every[:, : answers.p].sum(axis=1), every[:, answers.p :]])
    return _maximise(data, slopes, intercepts, tied if equal_slopes else every)


def graded_scores(fit: GradedResponse, values: ArrayLike) -> FloatArray:
    """Give the mean of theta given the answers of each row, (n,), NaN without an answer.

    `values` (n, p) may be other rows than those of the fit, in the same unit; an answer that nobody gave there counts
    as the nearest one that somebody gave.
    """
    rows = np.asarray(values, dtype=np.float64)
    nearest = [np.abs(column[:, np.newaxis] - own) for column, own in zip(rows.T, fit.categories)]
    codes = np.column_stack([distance.argmin(axis=1) for distance in nearest])
    data = _patterns(np.where(np.isnan(rows), -1, codes), fit.categories)
    _, posterior = _expect(data, item_curves(fit.slopes, fit.intercepts, POINTS))
    return np.where(data.answered, (posterior @ POINTS)[data.of_row], np.nan)


def expected_answers(fit: GradedResponse, theta: ArrayLike) -> FloatArray:
    """Give the answer expected to each item, (n, p) in the unit of the categories, at each theta (n,).

    Their sum is the test characteristic curve (Lord 1980, Applications of Item Response Theory, 4.6).
    """
    at = np.asarray(theta, dtype=np.float64)
    chance = item_curves(fit.slopes, fit.intercepts, at).chance
    expected = [own @ chance[item, : own.size] for item, own in enumerate(fit.categories)]
    return np.where(np.isnan(at)[:, np.newaxis], np.nan, np.column_stack(expected))


def _patterns(codes: IntArray, categories: tuple[FloatArray, ...]) -> _Patterns:
    """Gather equal rows of answers."""
    unique, of_row, counts = np.unique(codes, axis=0, return_inverse=True, return_counts=True)
    often = np.where((unique >= 0).any(axis=1), counts, 0).astype(np.float64)
    return _Patterns(unique, often, np.asarray(of_row, dtype=np.int64).ravel(), categories)


def _start(data: _Patterns) -> tuple[FloatArray, FloatArray]:
    steps = int(data.sizes.max()) - 1
    intercepts = np.full((len(data.sizes), steps), np.nan)
    for item, size in enumerate(data.sizes):
        shares = np.bincount(data.codes[:, item] + 1, weights=data.counts, minlength=size + 1)[1:]
        below = np.clip(shares.cumsum()[:-1] / shares.sum(), 0.005, 0.995)
        intercepts[item, : size - 1] = START * special.logit(below) + 1e-6 * np.arange(size - 1)
    return np.full(len(data.sizes), START), intercepts


def _maximise(data: _Patterns, slopes: FloatArray, intercepts: FloatArray, tie: FloatArray) -> GradedResponse:
    """Climb by Newton's steps until another one would bring nothing; `tie` (r, q) gives r parameters from q free."""
    value, posterior = _expect(data, item_curves(slopes, intercepts, POINTS))
    status: Status = "not converged"
    steps = 0
    while True:
        gradient, information = _derivatives(data, item_curves(slopes, intercepts, POINTS), posterior)
        gradient, information = tie.T @ gradient, tie.T @ information @ tie
        step = np.asarray(np.linalg.solve(_positive(information), gradient), dtype=np.float64)
        if np.abs(slopes).max() > STEEPEST:
            status = "steep"
        elif float(gradient @ step) / 2 < CONVERGED * data.counts.sum():
            status = "converged"
        if status != "not converged" or steps == ITERATIONS:
            covariance = tie @ np.linalg.pinv(information) @ tie.T
            return _result(data, slopes, intercepts, covariance, value, posterior, status, steps)
        slopes, intercepts, value, posterior = _climb(data, slopes, intercepts, tie @ step, value, posterior)
        steps += 1


def _climb(
    data: _Patterns,
    slopes: FloatArray,
    intercepts: FloatArray,
    step: FloatArray,
    value: float,
    posterior: FloatArray,
) -> tuple[FloatArray, FloatArray, float, FloatArray]:
    """Take a step, halved until the likelihood does not fall and the categories keep their order."""
    for _ in range(HALVINGS):
        there = _moved(slopes, intercepts, step)
        rises = np.diff(there[1], axis=1)
        if (rises[~np.isnan(rises)] > 0).all():
            higher, found = _expect(data, item_curves(*there, POINTS))
            if higher >= value - 1e-12 * abs(value):
                return *there, higher, found
        step = np.asarray(step / 2, dtype=np.float64)
    return slopes, intercepts, value, posterior


def _moved(slopes: FloatArray, intercepts: FloatArray, step: FloatArray) -> tuple[FloatArray, FloatArray]:
    p = len(slopes)
    there = intercepts.copy()
    there[~np.isnan(there)] += step[p:]
    return slopes + step[:p], there


def _positive(information: FloatArray) -> FloatArray:
    """Give the information with its eigenvalues made positive, so that a step far from the top climbs too."""
    values, vectors = np.linalg.eigh(information)
    return np.asarray((vectors * np.maximum(np.abs(values), 1e-8 * np.abs(values).max())) @ vectors.T)


def _expect(data: _Patterns, curves: ItemCurves) -> tuple[float, FloatArray]:
    """Give the log likelihood, and how theta is distributed given each pattern, (u, t)."""
    logs = np.pad(np.log(np.maximum(curves.chance, 1e-300)), ((0, 0), (0, 1), (0, 0)))  # last: no answer
    joint = np.zeros((len(data.codes), POINTS.size))
    for item, own in enumerate(logs):
        joint += own[data.codes[:, item]]
    highest = joint.max(axis=1, keepdims=True)
    weight = np.exp(joint - highest) * PRIOR
    total = weight.sum(axis=1, keepdims=True)
    return float(data.counts @ (np.log(total) + highest)[:, 0]), weight / total


def _derivatives(data: _Patterns, curves: ItemCurves, posterior: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the gradient of the log likelihood and the observed information, slopes first, then intercepts.

    The information is that of the complete data less what is lost by not seeing theta: the variance, given the
    answers, of the complete-data scores (Louis 1982, Journal of the Royal Statistical Society B 44, 226-233).
    """
    scores, curvature = curves.scores(), curves.curvature()
    r = scores.shape[-1]
    weight = posterior * data.counts[:, np.newaxis]
    gradient, within = np.zeros(r), np.zeros((r, r))
    for item in range(len(data.sizes)):
        expected = np.zeros((scores.shape[1], POINTS.size))
        known = data.codes[:, item] >= 0
        np.add.at(expected, data.codes[known, item], weight[known])
        gradient += np.einsum("ct,ctr->r", expected, scores[item])
        within += np.einsum("ct,ctrs->rs", expected, curvature[item])
    seen, unseen = np.zeros((r, r)), np.zeros((r, r))
    padded = np.pad(scores, ((0, 0), (0, 1), (0, 0), (0, 0)))  # last: no answer
    for start in range(0, len(data.codes), ROWS):
        codes, mine = data.codes[start : start + ROWS], posterior[start : start + ROWS]
        counts = data.counts[start : start + ROWS]
        every = np.zeros((len(codes), POINTS.size, r))
        for item, own in enumerate(padded):
            every += own[codes[:, item]]
        mean = np.einsum("ut,utr->ur", mine, every)
        unseen += (mean * counts[:, np.newaxis]).T @ mean
        flat = every.reshape(-1, r)
        seen += (flat * (mine * counts[:, np.newaxis]).reshape(-1, 1)).T @ flat
    return gradient, -within - (seen - unseen)


def _result(
    data: _Patterns,
    slopes: FloatArray,
    intercepts: FloatArray,
    covariance: FloatArray,
    value: float,
    posterior: FloatArray,
    status: Status,
    iterations: int,
) -> GradedResponse:
    """Turn intercepts into difficulties, c / a, with delta-method errors; score the rows."""
    p, own = len(slopes), ~np.isnan(intercepts)
    item, step = np.nonzero(own)
    turn = np.zeros_like(covariance)
    turn[:p, :p] = np.eye(p)
    place = p + np.arange(item.size)
    turn[place, place] = 1 / slopes[item]
    turn[place, item] = -intercepts[own] / slopes[item] ** 2
    with np.errstate(invalid="ignore"):
        errors = np.sqrt(np.diag(turn @ covariance @ turn.T))
    difficulty_errors = np.full(intercepts.shape, np.nan)
    difficulty_errors[item, step] = errors[p:]
    mean = posterior @ POINTS
    deviation = np.sqrt(np.maximum(posterior @ POINTS**2 - mean**2, 0.0))
    share = data.counts / data.counts.sum()
    spread = float(share @ mean**2 - (share @ mean) ** 2)
    return GradedResponse(
        slopes=slopes,
        difficulties=intercepts / slopes[:, np.newaxis],
        slope_errors=errors[:p],
        difficulty_errors=difficulty_errors,
        log_likelihood=value,
        n=int(data.counts.sum()),
        scores=np.where(data.answered, mean[data.of_row], np.nan),
        score_errors=np.where(data.answered, deviation[data.of_row], np.nan),
        reliability=spread / (spread + float(share @ deviation**2)),
        status=status,
        iterations=iterations,
        categories=data.categories,
    )


def _nothing(data: _Patterns) -> GradedResponse:
    p, steps = len(data.sizes), max(int(data.sizes.max(initial=1)) - 1, 1)
    nothing, rows = np.full(p, np.nan), np.full(len(data.of_row), np.nan)
    table = np.full((p, steps), np.nan)
    n = int(data.counts.sum())
    return GradedResponse(
        nothing, table, nothing, table, np.nan, n, rows, rows, np.nan, "unvaried", 0, data.categories
    )
