"""The EM algorithm of latent class models: many runs of many data sets as one computation, accelerated.

Source: Dempster, Laird & Rubin (1977), Journal of the Royal Statistical Society B 39, 1-38; Goodman (1974), Biometrika
61, 215-231; acceleration: SQUAREM, Varadhan & Roland (2008), Scandinavian Journal of Statistics 35, 335-353.
"""

import numpy as np

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray
from inspraak.estimation.latent_class_patterns import Patterns

SMALLEST = 1e-12  # a probability; below it an answer does not occur in a class
KEPT = 0.2  # of what EM makes of a probability, when an extrapolation takes it away
CYCLE = 3  # steps of EM in a cycle of extrapolation


def expectation(values: FloatArray, patterns: Patterns) -> tuple[FloatArray, FloatArray]:
    """Give what each pattern weighs in each class, (d, s, k, p), and the log-likelihood, (d, s).

    `values` (d, s, k, 1 + l) holds of every class of s runs in d data sets its share, then its probabilities.
    """
    d, s, k, width = values.shape
    logs = np.log(values)
    joint = (logs[..., 1:].reshape(d, s * k, width - 1) @ patterns.indicator).reshape(d, s, k, -1)
    joint += logs[..., :1]
    peak = joint.max(axis=2)
    joint -= peak[:, :, np.newaxis]
    np.exp(joint, out=joint)
    total = joint.sum(axis=2)
    weights = patterns.weights[:, np.newaxis]
    likelihood = np.einsum("dsp,dop->ds", np.log(total) + peak, weights)
    joint *= (weights / total)[:, :, np.newaxis]
    return joint, likelihood


def step(values: FloatArray, patterns: Patterns) -> tuple[FloatArray, FloatArray]:
    """Take one step of EM; gives the new values and the log-likelihood of the old ones, (d, s)."""
    d, s, k, width = values.shape
    joint, likelihood = expectation(values, patterns)
    stepped = np.empty_like(values)
    stepped[..., 0] = joint.sum(axis=3)
    counts = joint.reshape(d, s * k, -1) @ patterns.answers
    stepped[..., 1:] = counts.reshape(d, s, k, width - 1)
    return normalised(stepped, patterns), likelihood


def normalised(values: FloatArray, patterns: Patterns) -> FloatArray:
    """Let shares add up to one over classes and probabilities over the answers of an item, none below `SMALLEST`."""
    np.maximum(values, SMALLEST, out=values)
    values[..., 0] /= values[..., 0].sum(axis=2, keepdims=True)
    totals = np.add.reduceat(values[..., 1:], patterns.first, axis=3)
    values[..., 1:] /= np.repeat(totals, patterns.sizes, axis=3)
    return values


def iterate(
    values: FloatArray, patterns: Patterns, *, cycles: int, tolerance: float
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Run EM from `values` (d, s, k, 1 + l) until a cycle adds less than `tolerance` times the log-likelihood to it.

    Gives the values, their log-likelihood (d, s) and whether each run converged. Runs that have are set aside, so that
    the work goes where it is needed. A likelihood never falls: an extrapolation that lowers it is not taken.
    """
    found, likelihood = values.copy(), np.full(values.shape[:2], -np.inf)
    converged = np.zeros(values.shape[:2], dtype=np.bool_)
    data, run = np.arange(len(values)), np.tile(np.arange(values.shape[1]), (len(values), 1))
    now, before, part = values, likelihood, patterns
    for _ in range(cycles):
        now, level = _cycle(now, part)
        done = level - before < tolerance * np.abs(level)
        found[data[:, np.newaxis], run], likelihood[data[:, np.newaxis], run] = now, level
        converged[data[:, np.newaxis], run] = done
        before = level
        if done.all():
            break
        kept, chosen = _unfinished(done)
        if kept.size < data.size or chosen.shape[1] < run.shape[1]:
            rows = kept[:, np.newaxis]
            data, run, now, before = data[kept], run[rows, chosen], now[rows, chosen], before[rows, chosen]
            part = patterns if data.size == len(values) else patterns.of(data)
    return found, likelihood, converged


def _unfinished(done: BoolArray) -> tuple[IntArray, IntArray]:
    """Give the data sets with a run that goes on, and as many runs of each as go on in any of them."""
    kept = np.flatnonzero(~done.all(axis=1))
    most = int((~done[kept]).sum(axis=1).max())
    return kept.astype(np.int64), np.argsort(done[kept], axis=1, kind="stable")[:, :most].astype(np.int64)


def _cycle(start: FloatArray, patterns: Patterns) -> tuple[FloatArray, FloatArray]:
    """Take two steps, extrapolate, and a third from there; gives values and a bound of their likelihood from below."""
    first, _ = step(start, patterns)
    second, level = step(first, patterns)
    change, bend = first - start, second - 2 * first + start
    length = np.sqrt(np.square(change).sum(axis=(2, 3)))
    curved = np.sqrt(np.square(bend).sum(axis=(2, 3)))
    stride = np.maximum(length / np.where(curved > 0, curved, np.inf), 1.0)[:, :, np.newaxis, np.newaxis]
    far = start + 2 * stride * change + np.square(stride) * bend
    far = normalised(np.maximum(far, KEPT * second), patterns)
    third, further = step(far, patterns)
    taken = further >= level
    return np.where(taken[:, :, np.newaxis, np.newaxis], third, second), np.where(taken, further, level)
