"""The two models around a factor model: all moments free, and all items unrelated.

The free moments of complete answers are those of the sample, with divisor n; with gaps they are of maximum
likelihood (Savalei 2010). The unrelated items each have their own mean and variance.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from inspraak.estimation.arrays import BoolArray, FloatArray
from inspraak.estimation.factor_likelihood import Curvature, MomentLikelihood, moment_likelihood
from inspraak.estimation.factor_optimum import Evaluation, maximise
from inspraak.estimation.factor_samples import Sample, Samples

Fault = Literal["no variance", "redundant items", "never together"]

SHRINK = (1.0, 0.9, 0.5, 0.0)  # factors of the pairwise correlations until they are positive definite
CONSTANT = 1e-12  # variance over the square of the mean of an item that does not vary
SINGULAR = 1e-10  # smallest eigenvalue of a correlation matrix of items that are not redundant


@dataclass(frozen=True, eq=False)
class Moments:
    """Mean (p,) and covariance (p, p) of the items of a group, and the likelihood there."""

    mean: FloatArray
    covariance: FloatArray
    likelihood: MomentLikelihood


@dataclass(frozen=True, eq=False)
class FreeMoments:
    """The used rows of all groups with their free moments, found once for all models that meet these rows."""

    samples: Samples

    @cached_property
    def groups(self) -> tuple[Moments | None, ...]:
        """The moments of each group; None where there are none."""
        return tuple(map(saturated_moments, self.samples.groups))


@dataclass(frozen=True, eq=False)
class _Likelihood:
    sample: Sample

    def evaluate(self, parameters: FloatArray, curvature: Curvature) -> Evaluation | None:
        mean, covariance = unpack(parameters, self.sample.items)
        found = moment_likelihood(self.sample, mean, covariance, curvature=curvature)
        return None if found is None else Evaluation(found.log_likelihood, found.gradient, found.information)


def saturated_moments(sample: Sample) -> Moments | None:
    """Give the moments of highest likelihood; None where there are none.

    That is where the items of the sample are redundant, an item does not vary, there are too few rows, or no
    row answered two of the items.
    """
    if unvaried(sample).any() or (sample.pair_counts() == 0).any():
        return None
    mean, covariance = pairwise_moments(sample)
    if not _is_regular(covariance):
        return None
    if not sample.is_complete:
        end = maximise(_Likelihood(sample), pack(mean, covariance))
        if not end.converged:
            return None
        mean, covariance = unpack(end.parameters, sample.items)
        if not _is_regular(covariance):
            return None
    found = moment_likelihood(sample, mean, covariance)
    return None if found is None else Moments(mean, covariance, found)


def unrelated_moments(sample: Sample) -> Moments | None:
    """Give the moments of highest likelihood under items that are not related; None where an item is fixed."""
    if unvaried(sample).any():
        return None
    mean, variance = sample.available_moments()
    found = moment_likelihood(sample, mean, np.diag(variance))
    return None if found is None else Moments(mean, np.diag(variance), found)


def faulty_items(sample: Sample) -> tuple[Fault, BoolArray]:
    """Say why a sample has no free moments, and which items (p,) are at fault."""
    still = unvaried(sample)
    if still.any():
        return "no variance", still
    apart = sample.pair_counts() == 0
    if apart.any():
        return "never together", np.asarray(apart.any(axis=0))
    covariance = pairwise_moments(sample)[1]
    scale = np.sqrt(np.diagonal(covariance))
    vector = np.linalg.eigh(covariance / np.outer(scale, scale))[1][:, 0]
    return "redundant items", np.asarray(np.abs(vector) > 0.1)


def unvaried(sample: Sample) -> BoolArray:
    """Mark items (p,) that nobody answered, or all the same."""
    mean, variance = sample.available_moments()
    return ~(variance > CONSTANT * np.square(mean))


def moment_sample(moments: Moments, total: float) -> Sample:
    """Give a sample of complete answers that has these moments, and as many rows as `total`, but no rows."""
    p = len(moments.mean)
    nothing = np.zeros(0, dtype=np.int64)
    return Sample(
        rows=nothing,
        values=np.zeros((0, p)),
        centre=moments.mean,
        weights=np.zeros(0),
        pattern=nothing,
        answered=np.ones((1, p), dtype=np.bool_),
        count=np.array([total]),
        mean=np.zeros((1, p)),
        repeated=np.zeros(1, dtype=np.int64),
        scatter=total * moments.covariance[np.newaxis],
    )


def pairwise_moments(sample: Sample) -> tuple[FloatArray, FloatArray]:
    """Give means and covariances over the answers there are, made positive definite; exact without gaps.

    Every item must vary, and each two have an answer together.
    """
    mean, variance = sample.available_moments()
    filled = sample.answered * (sample.mean + sample.centre - mean)
    sums = (filled * sample.count[:, np.newaxis]).T @ filled + sample.scatter.sum(axis=0)
    if sample.is_complete:
        return mean, sums / sample.total
    counts = sample.pair_counts()
    scale = np.sqrt(variance)
    correlation = np.clip(sums / counts / np.outer(scale, scale), -1.0, 1.0)
    for factor in SHRINK:
        shrunk = np.where(np.eye(sample.items, dtype=np.bool_), 1.0, factor * correlation)
        if np.linalg.eigvalsh(shrunk)[0] > 0.01:
            break
    return mean, shrunk * np.outer(scale, scale)


def pack(mean: FloatArray, covariance: FloatArray) -> FloatArray:
    """Give means and the lower triangle of covariances as one vector, (s,)."""
    return np.concatenate([mean, covariance[np.tril_indices(len(mean))]])


def unpack(moments: FloatArray, p: int) -> tuple[FloatArray, FloatArray]:
    """Turn a vector of moments (s,) into means (p,) and covariances (p, p)."""
    covariance = np.zeros((p, p))
    covariance[np.tril_indices(p)] = moments[p:]
    return moments[:p], covariance + np.tril(covariance, -1).T


def _is_regular(covariance: FloatArray) -> bool:
    scale = np.sqrt(np.diagonal(covariance))
    return bool(np.linalg.eigvalsh(covariance / np.outer(scale, scale))[0] > SINGULAR)
