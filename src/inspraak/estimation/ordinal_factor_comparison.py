"""Tests between factor models of ordered answers: what restrictions cost, and what freeing an element would bring.

Sources: Satorra (2000), in Heijmans, Pollock & Satorra (eds), Innovations in Multivariate Statistical Analysis,
233-247, adjusted in mean and variance (Asparouhov & Muthén 2010). R: lavaan::lavTestLRT(method = "satorra.2000",
A.method = "delta"); Satorra (1989), Psychometrika 54, 131-151, for score tests that hold under any weights.
"""

import numpy as np

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.factor_comparison import HIDDEN, ScoreTests, standardising_units
from inspraak.estimation.factor_indices import Chi2Test
from inspraak.estimation.factor_models import Elements
from inspraak.estimation.ordinal_factor_analysis import OrdinalFit, adjusted_test, bread_and_middle
from inspraak.estimation.ordinal_factor_map import OrdinalMap


def nested_ordinal_test(restricted: OrdinalFit, general: OrdinalFit) -> Chi2Test:
    """Test the restrictions that lead from a general model to a restricted one on the same samples.

    The null hypothesis is that the restrictions hold. The models need not share their parameters: what the
    restricted model leaves out is found from the derivatives of both models' moments, each at its own solution.

    Raises ValueError for models without a solution, of other samples, and in the wrong order.
    """
    if restricted.fit is None or general.fit is None:
        raise ValueError("a model has no solution")
    if restricted.samples is not general.samples:
        raise ValueError("the models were fitted to different samples")
    df = restricted.fit.test.df - general.fit.test.df
    if df <= 0:
        counts = (restricted.fit.test.df, general.fit.test.df)
        raise ValueError(
            f"the restricted model has {counts[0]} degrees of freedom, the general one {counts[1]}"
        )
    difference = restricted.fit.test.chi_square - general.fit.test.chi_square
    statistics = [sample.statistics for sample in general.samples if sample.statistics is not None]
    bread, middle = bread_and_middle(list(zip(statistics, general.jacobians)))
    left = _restrictions(general, restricted, df) @ bread
    inner = left.T @ np.linalg.solve(left @ np.linalg.inv(bread) @ left.T, left)
    share = inner @ middle
    return adjusted_test(difference, df, float(np.trace(share)), float((share * share.T).sum()))


def _restrictions(general: OrdinalFit, restricted: OrdinalFit, df: int) -> FloatArray:
    """Give the directions (df, q) in which the parameters of the general model may not move."""
    wide, narrow = np.concatenate(general.jacobians), np.concatenate(restricted.jacobians)
    reached = np.linalg.lstsq(wide, narrow, rcond=None)[0]
    left, _, _ = np.linalg.svd(reached, full_matrices=True)
    return np.asarray(left[:, left.shape[1] - df :].T)


def ordinal_score_tests(fit: OrdinalFit, elements: Elements) -> ScoreTests:
    """Test elements that are fixed, or equal to others, each by itself (modification indices).

    The score's own variance stands in the test, so that it is chi-square whatever the weights; lavaan's
    `mi` takes the weights for that variance, and is larger or smaller. Raises ValueError without a solution.
    """
    if fit.fit is None:
        raise ValueError(f"the model has no solution: {fit.status}")
    maps, m = OrdinalMap(fit.model), elements.matrix.size
    scores, own, variance, change = np.zeros(m), np.zeros(m), np.zeros(m), np.full(m, np.nan)
    statistics = [sample.statistics for sample in fit.samples if sample.statistics is not None]
    bread, _ = bread_and_middle(list(zip(statistics, fit.jacobians)))
    implied = maps.moments(fit.parameters, fit.systems)
    jacobians, weights = [], [1 / np.diagonal(part.covariance) for part in statistics]
    for group, system in enumerate(fit.systems):
        mine = elements.group == group
        jacobian = np.zeros((weights[group].size, m))
        jacobian[:, mine] = maps.element_jacobian(fit.parameters, system, group, elements.take(mine))
        jacobians.append(jacobian)
        weighted = weights[group][:, np.newaxis] * jacobian
        scores += weighted.T @ (statistics[group].values - implied[group])
        own += (weighted * jacobian).sum(axis=0)
    crossed = sum(
        other.T @ (weight[:, np.newaxis] * jacobian)
        for other, weight, jacobian in zip(fit.jacobians, weights, jacobians)
    )
    left = own - np.einsum("qm,qk,km->m", crossed, bread, crossed, optimize=True)
    for part, other, weight, jacobian in zip(statistics, fit.jacobians, weights, jacobians):
        pulled = weight[:, np.newaxis] * (jacobian - other @ bread @ crossed)
        variance += np.einsum("sm,st,tm->m", pulled, part.covariance, pulled, optimize=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        identified = left > HIDDEN * own
        change = np.where(identified, scores / left, np.nan)
        chi_square = np.where(identified, np.square(scores) / variance, np.nan)
    return ScoreTests(elements, chi_square, change, change * standardising_units(fit, elements))
