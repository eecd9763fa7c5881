"""Where the search for the parameters of a factor model begins: in the pooled correlations of the items."""

from collections.abc import Sequence

import numpy as np

from inspraak.estimation.arrays import BoolArray, FloatArray
from inspraak.estimation.factor_models import FactorModel, Pattern

SECOND = 0.2  # standardised loading on a factor that is not the item's narrowest
HIGHER = 0.6  # standardised path from a factor of higher order
DRAWN = (0.3, 0.9)  # standardised loadings of starts that are drawn
VECTORS = 4  # place of the first vector in MATRICES
ALIKE = 0.8  # largest correlation of factors
UNIQUE = 0.2  # smallest share of an item's variance that is its own


def starting_values(
    model: FactorModel,
    moments: Sequence[tuple[FloatArray, FloatArray]],
    counts: FloatArray,
    generator: np.random.Generator | None = None,
    thresholds: FloatArray | None = None,
) -> FloatArray:
    """Give starts of the parameters (q,): those that the patterns declare, else from the sample.

    `moments` are mean and covariance of each group, `counts` (g,) its rows. The loadings of a factor start at the
    first principal axis of the items of which it is the narrowest factor, on the scale of the fixed elements.
    With a `generator` their sizes, all other loadings and the correlations of factors are drawn. `thresholds`
    (g, p, c - 1) of ordered answers start where they are.
    """
    share = counts / counts.sum()
    pooled = np.tensordot(share, np.stack([covariance for _, covariance in moments]), axes=1)
    spread = np.sqrt(np.diagonal(pooled))
    correlation = pooled / np.outer(spread, spread)
    standard, own = standard_loadings(model, correlation)
    related = _factor_correlations(model, correlation, own)
    if generator is not None:
        standard, related = _drawn(generator, standard, own, related)
    unit = _factor_units(model, standard * spread[:, np.newaxis])
    loadings = standard * spread[:, np.newaxis] / unit
    paths = HIGHER * _present(model.paths, model)[0] * unit[:, np.newaxis] / unit
    factors = related * np.outer(unit, unit)
    explained = np.einsum("ij,jk,ik->i", loadings, factors, loadings)
    higher = _present(model.paths, model)[0].any(axis=1)
    factors[np.diag_indices_from(factors)] *= np.where(higher, 1 - HIGHER**2, 1.0)
    variance = np.diagonal(pooled)
    residuals = np.diag(np.maximum(variance - explained, UNIQUE * variance))
    means = np.stack([mean for mean, _ in moments])
    zeros, ones = np.zeros((model.groups, model.factors)), np.ones((model.groups, model.items))
    cuts = np.zeros((*ones.shape, 0)) if thresholds is None else thresholds
    return _of_parameters(model, (loadings, paths, factors, residuals, means, zeros, cuts, ones))


def _of_parameters(model: FactorModel, guesses: tuple[FloatArray, ...]) -> FloatArray:
    """Average the guesses over the elements of each parameter; a declared start goes before."""
    elements = model.elements
    guess = np.zeros(elements.matrix.size)
    for place, values in enumerate(guesses):
        mine = elements.matrix == place
        row, column, group = elements.row[mine], elements.column[mine], elements.group[mine]
        if values.ndim == 3:
            guess[mine] = values[group, row, column]
        else:
            guess[mine] = values[row, column] if place < VECTORS else values[group, row]
    guess = np.where(np.isnan(elements.value), guess, elements.value)
    free = elements.free
    total = np.bincount(elements.parameter[free], guess[free], minlength=model.parameters)
    return np.asarray(total / np.bincount(elements.parameter[free], minlength=model.parameters))


def _present(part: Pattern | None, model: FactorModel) -> BoolArray:
    if part is None:
        return np.zeros((model.groups, model.factors, model.factors), dtype=np.bool_)
    return part.present


def standard_loadings(model: FactorModel, correlation: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give loadings (p, f) of standardised items on standardised factors; and those on their narrowest alone."""
    present = model.loadings.present.any(axis=0)
    width = np.where(present.any(axis=0), present.sum(axis=0), present.shape[0] + 1)
    narrowest = np.where(present, width, np.inf).argmin(axis=1)
    first = present & (narrowest[:, np.newaxis] == np.arange(model.factors))
    own = np.zeros(present.shape)
    for factor in np.flatnonzero(first.any(axis=0)):
        items = np.flatnonzero(first[:, factor])
        own[items, factor] = _principal_axis(correlation[np.ix_(items, items)])
    return np.where(first, own, np.where(present, SECOND, 0.0)), own


def _drawn(
    generator: np.random.Generator, standard: FloatArray, own: FloatArray, related: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Draw loadings and correlations of factors; the narrowest factor of an item keeps its sign."""
    sizes = np.sign(own) * generator.uniform(*DRAWN, size=own.shape)
    others = generator.uniform(-DRAWN[0], DRAWN[0], size=own.shape)
    share = float(generator.uniform())
    diagonal = np.eye(len(related), dtype=np.bool_)
    loadings = np.where(own != 0, sizes, np.where(standard != 0, others, 0.0))
    return loadings, np.where(diagonal, related, share * related)


def _principal_axis(block: FloatArray) -> FloatArray:
    if len(block) == 1:
        return np.array([ALIKE])
    reduced = block - np.eye(len(block))
    reduced += np.diag(np.abs(reduced).max(axis=1))
    value, vector = np.linalg.eigh(reduced)
    axis = vector[:, -1] * np.sqrt(max(float(value[-1]), 0.01))
    return np.asarray(np.clip(axis * (1.0 if axis.sum() >= 0 else -1.0), -0.95, 0.95))


def _factor_correlations(model: FactorModel, correlation: FloatArray, own: FloatArray) -> FloatArray:
    """Give correlations (f, f) of factors where the model has them, positive definite."""
    allowed = model.factor_covariances.present.any(axis=0)
    square = np.square(own).sum(axis=0)
    scale = np.where(square > 0, square, 1.0)
    crossed = own.T @ correlation @ own / np.outer(scale, scale)
    guess = np.where(allowed, np.clip(crossed, -ALIKE, ALIKE), 0.0)
    np.fill_diagonal(guess, 1.0)
    lowest = float(np.linalg.eigvalsh(guess)[0])
    if lowest < 0.05:
        guess = (guess - lowest * np.eye(len(guess))) / (1 - lowest) * 0.9 + 0.1 * np.eye(len(guess))
    return guess


def _factor_units(model: FactorModel, loadings: FloatArray) -> FloatArray:
    """Give the standard deviation of each factor, (f,), that its fixed loading, path or variance asks for."""
    fixed = (model.loadings.labels[0] == 0) & (model.loadings.values[0] != 0)
    unit = np.ones(model.factors)
    variance = model.factor_covariances
    for factor in range(model.factors):
        if (variance.labels[:, factor, factor] == 0).any():
            value = float(variance.values[np.argmin(variance.labels[:, factor, factor]), factor, factor])
            unit[factor] = np.sqrt(value) if value > 0 else 1.0
        elif fixed[:, factor].any():
            size = np.where(fixed[:, factor], np.abs(loadings[:, factor]), 0.0)
            marker = int(size.argmax())
            ratio = loadings[marker, factor] / model.loadings.values[0, marker, factor]
            unit[factor] = ratio if ratio != 0 else 1.0
    if model.paths is not None:
        marked = (model.paths.labels[0] == 0) & (model.paths.values[0] != 0)
        for row, column in zip(*np.nonzero(marked)):
            unit[column] = HIGHER * unit[row] / model.paths.values[0, row, column]
    return unit
