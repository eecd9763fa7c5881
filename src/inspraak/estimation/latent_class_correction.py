"""The error of classification of latent classes: how often the likeliest class is not the right one, and its remedy."""

import numpy as np

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.latent_class_em import expectation
from inspraak.estimation.latent_class_scores import influences
from inspraak.estimation.latent_classes import LatentClasses

WORST = 1e6
"""Condition of the classification table beyond which the classes cannot be told apart."""
STEP = 1e-4
"""Of log odds, to either side, in derivatives of the table."""


def classification_table(model: LatentClasses) -> FloatArray:
    """Give the probability of the likeliest class s (columns) of whoever is in class t (rows), (k, k)."""
    rows = model.answers.rows
    modal = np.eye(model.classes)[model.modal[rows.rows]]
    weighted = model.posterior[rows.rows] * rows.weights[:, np.newaxis]
    return np.asarray(weighted.T @ modal / weighted.sum(axis=0)[:, np.newaxis])


def inverse_table(model: LatentClasses) -> FloatArray:
    """Give the inverse of the table of classification, NaN where the classes cannot be told apart."""
    table = classification_table(model)
    if not np.linalg.cond(table) < WORST:
        return np.full_like(table, np.nan)
    return np.asarray(np.linalg.inv(table))


def corrected_weights(model: LatentClasses) -> FloatArray:
    """Give what each employer with an answer weighs in each class, (r, k), on average that of its own class alone."""
    rows = model.answers.rows
    return np.asarray(inverse_table(model)[model.modal[rows.rows]] * rows.weights[:, np.newaxis])


def influence_of_classes(model: LatentClasses, residuals: FloatArray) -> FloatArray:
    """Give what each employer adds to means by way of the classes, (m, k, r), beside its own outcome.

    `residuals` (m, t, s): over the employers whose likeliest class is s, the weighted distances of their outcome to the
    mean of class t, over the total weight of t. A mean changes by minus these times the change of the inverse table.
    An employer counts in the table, and in the shares and probabilities that it rests on; small changes of those move
    nobody's likeliest class.
    """
    rows, inverse, table = model.answers.rows, inverse_table(model), classification_table(model)
    modal, posterior = model.modal[rows.rows], model.posterior[rows.rows]
    toward = residuals @ inverse  # (m, t, a)
    weighted = posterior * rows.weights[:, np.newaxis]
    share = weighted / weighted.sum(axis=0)  # (r, a)
    # of the table, row a: share (1(W = b) - D_ab); times the inverse's column t
    bent = inverse[modal][:, np.newaxis, :] - (table @ inverse)[np.newaxis]  # (r, a, t)
    own = -np.einsum("mta,ra,rat->mtr", toward, share, bent, optimize=True)
    influence, slopes = influences(model)[0], _slopes_of_table(model)
    moved = -np.einsum("mta,fab,bt->mtf", toward, slopes, inverse, optimize=True)
    return np.asarray(own + moved @ influence.T)


def _slopes_of_table(model: LatentClasses) -> FloatArray:
    """Give the derivatives of the table of classification by the free parameters, (f, k, k)."""
    rows, known = model.answers.rows, influences(model)[1]
    k, width = model.probabilities.shape
    places = np.flatnonzero(known)
    values = np.column_stack([model.shares, model.probabilities])
    moved = np.broadcast_to(values, (2, places.size, *values.shape)).copy()
    inside = places < k * width
    row = np.where(inside, places // width, places - k * width)
    column = np.where(inside, 1 + places % width, 0)
    at = np.arange(places.size)
    for side, sign in enumerate((1.0, -1.0)):
        moved[side, at, row, column] *= np.exp(sign * STEP)
    moved[..., 0] /= moved[..., 0].sum(axis=2, keepdims=True)
    totals = np.add.reduceat(moved[..., 1:], rows.patterns.first, axis=3)
    moved[..., 1:] /= np.repeat(totals, rows.sizes, axis=3)
    tables = [_table_by_pattern(model, part) for part in moved]
    return np.asarray((tables[0] - tables[1]) / (2 * STEP))


def _table_by_pattern(model: LatentClasses, values: FloatArray) -> FloatArray:
    """Give the table of classification, (f, k, k), at other parameters (f, k, 1 + l); likeliest classes as found."""
    rows = model.answers.rows
    of_pattern = np.empty(rows.patterns.weights.shape[1], dtype=np.int64)
    of_pattern[rows.pattern] = model.modal[rows.rows]
    modal = np.eye(model.classes)[of_pattern]
    tables = []
    for part in np.array_split(values, max(values.shape[0] // 16, 1)):
        joint = expectation(part[np.newaxis], rows.patterns)[0][0]
        tables.append(joint @ modal / joint.sum(axis=2)[:, :, np.newaxis])
    return np.concatenate(tables)
