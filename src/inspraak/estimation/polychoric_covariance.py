"""How sure thresholds and polychoric correlations are: their joint asymptotic covariance.

Source: Muthén (1984), Psychometrika 49, 115-132, equations 21-25, with the information taken from sums of
products of scores. A missing answer adds nothing to a score. R: lavaan, `lavInspect(fit, "gamma")`.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from inspraak.estimation.arrays import FloatArray, IntArray
from inspraak.estimation.polychoric import Polychoric, cell_probabilities

ROWS = 2**13  # rows whose scores are in work at a time


@dataclass(frozen=True, eq=False)
class OrdinalStatistics:
    """The t thresholds, item by item, and q correlations of p items, (s,) with s = t + q, and their covariance.

    `covariance` (s, s) is that of the statistics themselves: divided by the number of rows already.
    `item` (t,) says whose threshold each is; correlations stand in the order of `pairs`: (q,) larger and smaller
    place. `rows` counts the rows with any answer.
    """

    values: FloatArray
    covariance: FloatArray
    item: IntArray
    pairs: tuple[IntArray, IntArray]
    rows: int

    @property
    def std_errors(self) -> FloatArray:
        """Standard errors of thresholds and correlations, (s,)."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))


def ordinal_statistics(fit: Polychoric) -> OrdinalStatistics:
    """Give thresholds and correlations with their asymptotic covariance.

    Raises ValueError where a correlation is not estimated, and for weights, of which the covariance would be
    another one.
    """
    if not fit.usable.all():
        raise ValueError("a polychoric correlation is at its boundary or cannot be estimated")
    if fit.answers.weights is not None:
        raise ValueError("the covariance of weighted polychoric correlations is not available")
    larger, smaller = fit.answers.pairs
    own = ~np.isnan(fit.thresholds)
    item, step = np.nonzero(own)
    place = np.full(own.shape, -1)
    place[own] = np.arange(item.size)
    rho = fit.correlation[larger, smaller]
    chance, slope = cell_probabilities(fit.thresholds, rho, (larger, smaller))
    with np.errstate(divide="ignore", invalid="ignore"):
        of_correlation = np.where(chance > 0, slope / chance, 0.0)
    of_thresholds = _threshold_scores(fit.thresholds, fit.answers.most)
    inner = _products(fit, of_thresholds[item, step], item, of_correlation)
    bread = _bread(fit, inner, item, place, chance, of_correlation)
    covariance = bread @ inner @ bread.T
    rows = int((fit.answers.codes >= 0).any(axis=1).sum())
    values = np.concatenate([fit.thresholds[own], rho])
    return OrdinalStatistics(values, (covariance + covariance.T) / 2, item, (larger, smaller), rows)


def _threshold_scores(thresholds: FloatArray, categories: int) -> FloatArray:
    """Give the derivative of the log probability of each answer to each threshold of its item, (p, c - 1, c)."""
    bounds = np.where(np.isnan(thresholds), np.inf, thresholds)
    share = np.diff(special.ndtr(bounds), axis=1, prepend=0.0, append=1.0)
    density = np.where(np.isfinite(bounds), np.exp(-bounds * bounds / 2) / np.sqrt(2 * np.pi), 0.0)
    scores = np.zeros((*thresholds.shape, categories))
    with np.errstate(divide="ignore", invalid="ignore"):
        for step in range(thresholds.shape[1]):
            scores[:, step, step] = density[:, step] / share[:, step]
            scores[:, step, step + 1] = -density[:, step] / share[:, step + 1]
    return np.nan_to_num(scores, nan=0.0, posinf=0.0, neginf=0.0)


def _products(
    fit: Polychoric, by_threshold: FloatArray, item: IntArray, by_correlation: FloatArray
) -> FloatArray:
    """Sum the products of all scores over the rows, (s, s); scores are looked up by the answers given."""
    codes, c = fit.answers.codes, fit.answers.most
    larger, smaller = fit.answers.pairs
    # one more category, of which every score is 0: no answer
    tables = np.pad(by_threshold, ((0, 0), (0, 1)))
    crossed = np.pad(by_correlation, ((0, 0), (0, 1), (0, 1))).reshape(len(by_correlation), -1)
    t, q = len(tables), len(crossed)
    total = np.zeros((t + q, t + q))
    for start in range(0, len(codes), ROWS):
        given = codes[start : start + ROWS].T
        given = np.where(given < 0, c, given)
        scores = np.empty((t + q, given.shape[1]))
        scores[:t] = np.take_along_axis(tables, given[item], axis=1)
        scores[t:] = np.take_along_axis(crossed, given[larger] * (c + 1) + given[smaller], axis=1)
        total += scores @ scores.T
    return total


def _bread(
    fit: Polychoric,
    inner: FloatArray,
    item: IntArray,
    place: IntArray,
    chance: FloatArray,
    of_correlation: FloatArray,
) -> FloatArray:
    """Give the inverse of the matrix of mean derivatives, lower triangular by blocks, (s, s)."""
    t, larger, smaller = item.size, *fit.answers.pairs
    own = item[:, np.newaxis] == item
    of_items = np.zeros((t, t))
    blocks = np.where(own, inner[:t, :t], 0.0)
    for start, past in zip(*_runs(item)):
        of_items[start:past, start:past] = np.linalg.inv(blocks[start:past, start:past])
    own_information = np.diag(inner)[t:]
    crossed = np.zeros((larger.size, t))
    weight = fit.counts * of_correlation
    for side, (mine, other) in enumerate(((larger, smaller), (smaller, larger))):
        moved = _cell_derivatives(fit, mine, other)
        if side == 1:
            moved = moved.swapaxes(2, 3)
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = np.where(chance[:, np.newaxis] > 0, moved / chance[:, np.newaxis], 0.0)
        sums = np.einsum("qij,qkij->qk", weight, relative)
        target = place[mine]
        pair, step = np.nonzero(target >= 0)
        crossed[pair, target[pair, step]] = sums[pair, step]
    bread = np.zeros_like(inner)
    bread[:t, :t] = of_items
    with np.errstate(divide="ignore", invalid="ignore"):  # a pair that too few answered may tell nothing
        bread[t:, t:] = np.diag(1 / own_information)
        bread[t:, :t] = -(crossed @ of_items) / own_information[:, np.newaxis]
    return bread


def _cell_derivatives(fit: Polychoric, mine: IntArray, other: IntArray) -> FloatArray:
    """Give the derivative of each cell (mine along the rows) to each threshold of `mine`, (q, c - 1, c, c)."""
    rho = fit.correlation[mine, other][:, np.newaxis, np.newaxis]
    own, across = fit.thresholds[mine], fit.thresholds[other]
    bound = np.where(np.isnan(across), np.inf, across)[:, np.newaxis]
    at = np.where(np.isnan(own), 0.0, own)[:, :, np.newaxis]
    below = special.ndtr((bound - rho * at) / np.sqrt(1 - rho * rho))
    within = np.diff(below, axis=2, prepend=0.0, append=1.0)
    within *= np.where(np.isnan(own), 0.0, np.exp(-own * own / 2) / np.sqrt(2 * np.pi))[:, :, np.newaxis]
    q, steps = own.shape
    moved = np.zeros((q, steps, steps + 1, within.shape[2]))
    for step in range(steps):
        moved[:, step, step] = within[:, step]
        moved[:, step, step + 1] = -within[:, step]
    return moved


def _runs(codes: IntArray) -> tuple[IntArray, IntArray]:
    """Give where each run of equal codes begins and ends."""
    starts = np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))
    return starts, np.append(starts[1:], codes.size)
