"""Tests between factor models: what a restriction costs, and what freeing an element would bring.

Sources: Sörbom (1989), Psychometrika 54, 371-384 (modification index, expected parameter change); Satorra & Bentler
(2001), Psychometrika 66, 507-514, and (2010), Psychometrika 75, 243-248 (differences of scaled statistics).
R: lavaan::modindices, lavTestScore, lavTestLRT.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.factor_fit import FactorFit, FactorSolution
from inspraak.estimation.factor_indices import Chi2Test
from inspraak.estimation.factor_likelihood import Curvature
from inspraak.estimation.factor_models import Elements, FactorModel, Matrix
from inspraak.estimation.factor_moments import DIRECTED, THRESHOLD, UNDIRECTED, places_of
from inspraak.estimation.factor_objective import ModelPoint
from inspraak.estimation.factor_optimum import maximise
from inspraak.estimation.factor_saturated import Moments, moment_sample
from inspraak.estimation.factor_solution import Task, scaling_factor

Method = Literal["likelihood ratio", "Satorra-Bentler 2001", "Satorra-Bentler 2010"]

HIDDEN = (
    1e-8  # part of the information on an element that the parameters leave, below which it is not identified
)
NESTED = 1e-5  # of an item's variance: moments of models that are the same


@dataclass(frozen=True, eq=False)
class ScoreTests:
    """What freeing each of m elements by itself would do, (m,) each.

    `chi_square` on one degree of freedom tests that the element is what it is now; `change` is the expected
    change of the element, `standardised_change` that of the standardised solution. NaN where the freed element
    would not be identified.
    """

    elements: Elements
    chi_square: FloatArray
    change: FloatArray
    standardised_change: FloatArray


def score_tests(fit: FactorFit, elements: Elements) -> ScoreTests:
    """Test elements that are fixed, or equal to others (modification indices).

    Expected information for complete answers, observed for gaps, as of plain maximum likelihood. Raises
    ValueError for a fit without a solution.
    """
    scores, covariance, information = _conditional(fit, elements)
    left = np.diagonal(covariance)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.where(left > HIDDEN * information, scores / left, np.nan)
    return ScoreTests(elements, scores * change, change, change * standardising_units(fit, elements))


def joint_score_test(fit: FactorFit, elements: Elements) -> Chi2Test:
    """Test elements that are fixed, or equal to others, all at once."""
    scores, covariance, information = _conditional(fit, elements)
    scale = 1 / np.sqrt(np.where(information > 0, information, 1.0))
    scaled = covariance * scale * scale[:, np.newaxis]
    rank = int(np.linalg.matrix_rank(scaled, tol=HIDDEN, hermitian=True))
    inverse = np.linalg.pinv(scaled, rcond=HIDDEN, hermitian=True)
    return Chi2Test(float((scores * scale) @ inverse @ (scores * scale)), rank)


def fixed_elements(model: FactorModel, *names: Matrix) -> Elements:
    """Give the elements of some matrices that are fixed at 0, variances apart."""
    elements = model.elements
    return elements.take(elements.of(*names) & ~elements.free & (elements.value == 0) & ~elements.on_diagonal)


def shared_elements(model: FactorModel) -> Elements:
    """Give the elements that are equal to one of an earlier group."""
    elements = model.elements
    first = np.full(model.parameters, model.groups)
    np.minimum.at(first, elements.parameter[elements.free], elements.group[elements.free])
    free = elements.take(elements.free)
    return free.take(free.group > first[free.parameter])


def nested_test(restricted: FactorFit, general: FactorFit, *, method: Method) -> Chi2Test:
    """Test the restrictions that lead from a general model to a restricted one on the same samples.

    The null hypothesis is that the restrictions hold. `Satorra-Bentler 2001` takes the scaling of the difference
    from those of both models, and may come out negative (then NaN); `2010` takes that of the general model
    at the restricted estimates, for which the restricted model must be a special case of the elements of the
    general one. Raises ValueError for models without a solution, without a scaled test where one is needed, in
    the wrong order, and not nested.
    """
    if method not in get_args(Method):
        raise ValueError(f"method is {method!r}; expected one of {get_args(Method)}")
    if restricted.fit is None or general.fit is None:
        raise ValueError("a model has no solution")
    if restricted.n != general.n or restricted.samples.rows.tolist() != general.samples.rows.tolist():
        raise ValueError("the models were fitted to different rows")
    lower, upper = restricted.fit, general.fit
    df = lower.test.df - upper.test.df
    if df <= 0:
        raise ValueError(
            f"the restricted model has {lower.test.df} degrees of freedom, the general one {upper.test.df}"
        )
    difference = lower.test.chi_square - upper.test.chi_square
    if method == "likelihood ratio":
        return Chi2Test(difference, df)
    if lower.scaled_test is None or upper.scaled_test is None:
        raise ValueError(f"{method} needs models fitted with estimator 'MLR'")
    other = upper.scaled_test.scaling
    if method == "Satorra-Bentler 2010":
        other = _scaling_at(general, restricted)
    upper_part = upper.test.df * other if upper.test.df else 0.0
    scaling = (lower.test.df * lower.scaled_test.scaling - upper_part) / df
    return Chi2Test(difference / scaling if scaling > 0 else float("nan"), df, scaling)


def _scaling_at(general: FactorFit, restricted: FactorFit) -> float:
    """Give the scaling of the general model where it has the moments of the restricted one."""
    task = Task(general.map, general.samples, list(general.saturated), general.estimator)
    alike = [
        moment_sample(Moments(*_moments_of(restricted, group), moments.likelihood), count)
        for group, (moments, count) in enumerate(zip(general.saturated, task.counts.tolist()))
    ]
    end = maximise(task.objective(tuple(alike)), general.parameters)
    point = task.objective().point(end.parameters, "observed")
    if point is None or restricted.point is None or not _same_moments(point, restricted.point):
        raise ValueError("the restricted model is no special case of the general one")
    return scaling_factor(task, point)


def _moments_of(fit: FactorFit, group: int) -> tuple[FloatArray, FloatArray]:
    system = fit.systems[group]
    return (system.mean if fit.model.has_means else fit.saturated[group].mean), system.covariance


def _same_moments(point: ModelPoint, other: ModelPoint) -> bool:
    for mine, theirs in zip(point.systems, other.systems):
        variance = np.diagonal(theirs.covariance)
        unit = np.sqrt(np.outer(variance, variance))
        if (np.abs(mine.covariance - theirs.covariance) > NESTED * unit).any():
            return False
        if (np.abs(mine.mean - theirs.mean) > NESTED * np.sqrt(variance)).any():
            return False
    return True


def _conditional(fit: FactorFit, elements: Elements) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give scores (m,) of elements, their covariance (m, m) given the parameters, and their information (m,)."""
    if fit.point is None:
        raise ValueError(f"the model has no solution: {fit.status}")
    curvature: Curvature = "expected" if fit.samples.is_complete else "observed"
    task = Task(fit.map, fit.samples, list(fit.saturated), fit.estimator)
    point = task.objective().point(fit.parameters, curvature) or fit.point
    m, q = elements.matrix.size, fit.model.parameters
    scores, own, crossed = np.zeros(m), np.zeros((m, m)), np.zeros((m, q))
    for group in range(fit.model.groups):
        mine = np.flatnonzero(elements.group == group)
        freed, free = elements.take(mine), fit.map.free[group]
        both = places_of(_together(freed, free), fit.model.items)
        jacobian = point.jacobian(group, both)
        information = point.information(group, both, curvature, jacobian)
        scores[mine] = jacobian[:, : mine.size].T @ point.likelihoods[group].gradient
        own[np.ix_(mine, mine)] = information[: mine.size, : mine.size]
        crossed[mine] = fit.map.collapse(group, information[: mine.size, mine.size :])
    whole = point.evaluation(curvature).information
    left = own - crossed @ np.linalg.solve(whole, crossed.T)
    return scores, left, np.diagonal(own)


def _together(first: Elements, second: Elements) -> Elements:
    names = ("matrix", "group", "row", "column", "parameter", "value")
    return Elements(*[np.concatenate([getattr(first, name), getattr(second, name)]) for name in names])


def standardising_units(fit: FactorSolution, elements: Elements) -> FloatArray:
    """Give the factor that standardises each element, (m,)."""
    places = places_of(elements, fit.model.items)
    result = np.full(elements.matrix.size, np.nan)
    for group, system in enumerate(fit.systems):
        mine = elements.group == group
        row, kind = places.row[mine], places.kind[mine]
        column = np.where(kind == THRESHOLD, 0, places.column[mine])  # steps are no variables
        with np.errstate(invalid="ignore"):
            scale = np.sqrt(np.diagonal(system.whole_covariance))
            own = np.sqrt(np.diagonal(system.undirected))
        directed, undirected = kind == DIRECTED, kind == UNDIRECTED
        result[mine] = np.select(
            [directed, undirected],
            [scale[column] / scale[row], 1 / (own[row] * own[column])],
            1 / scale[row],
        )
    return result
