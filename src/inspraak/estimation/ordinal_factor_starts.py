"""Where the search for the parameters of a factor model of ordered answers begins."""

import numpy as np

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.factor_models import FactorModel
from inspraak.estimation.factor_starts import UNIQUE, standard_loadings, starting_values
from inspraak.estimation.polychoric import Polychoric


def ordinal_starts(model: FactorModel, groups: list[Polychoric]) -> FloatArray:
    """Give starts of the parameters (q,) from the polychoric correlations and thresholds of every group.

    Responses have variance 1, or, where the model has residual variances for elements, such that these are 1.
    """
    counts = np.array([float(np.diagonal(found.n).sum()) for found in groups])
    pooled = np.tensordot(counts / counts.sum(), np.stack([found.correlation for found in groups]), axes=1)
    spread = np.ones(model.items)
    if model.scales is None:
        explained = np.square(standard_loadings(model, pooled)[1]).sum(axis=1)
        spread = 1 / np.sqrt(np.maximum(1 - explained, UNIQUE))
    covariance = pooled * np.outer(spread, spread)
    mean = np.zeros(model.items)
    thresholds = np.stack([found.thresholds * spread[:, np.newaxis] for found in groups])
    return starting_values(model, [(mean, covariance)] * len(groups), counts, thresholds=thresholds)
