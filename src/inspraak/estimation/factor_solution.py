"""What is said of a factor model at its solution: covariance of the parameters, tests and indices of fit."""

from dataclasses import dataclass, replace

import numpy as np

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.factor_fit import Estimator, FactorFit, improper_elements
from inspraak.estimation.factor_indices import Chi2Test, FitIndices, standardised_residual
from inspraak.estimation.factor_models import FactorModel
from inspraak.estimation.factor_moments import MomentMap
from inspraak.estimation.factor_objective import ModelObjective, ModelPoint
from inspraak.estimation.factor_robust import (
    parameter_scores,
    sandwich,
    saturated_trace,
    score_products,
    unrelated_trace,
)
from inspraak.estimation.factor_samples import Sample, Samples
from inspraak.estimation.factor_saturated import Moments, unrelated_moments


@dataclass(frozen=True, eq=False)
class Task:
    """A model that meets samples which have free moments."""

    map: MomentMap
    samples: Samples
    saturated: list[Moments]
    estimator: Estimator

    @property
    def model(self) -> FactorModel:
        """The model."""
        return self.map.model

    @property
    def means(self) -> list[FloatArray]:
        """Means of the samples, that a model without means takes for its own."""
        return [moments.mean for moments in self.saturated]

    @property
    def moments(self) -> list[tuple[FloatArray, FloatArray]]:
        """Mean and covariance of the items in each group."""
        return [(part.mean, part.covariance) for part in self.saturated]

    @property
    def spreads(self) -> list[FloatArray]:
        """Standard deviations of the items in each group."""
        return [np.sqrt(np.diagonal(moments.covariance)) for moments in self.saturated]

    @property
    def counts(self) -> FloatArray:
        """Sum of the weights of each group, (g,)."""
        return np.array([sample.total for sample in self.samples.groups])

    def objective(self, samples: tuple[Sample, ...] | None = None) -> ModelObjective:
        """Give the likelihood of the model, for its own samples or for others."""
        return ModelObjective(self.map, self.samples.groups if samples is None else samples, self.means)


def solution(task: Task, failed: FactorFit, point: ModelPoint) -> FactorFit:
    """Describe a model at its solution, the `point` with observed information."""
    improper = improper_elements(task.model, task.map.values(point.parameters))
    information = point.evaluation("observed").information
    robust = task.estimator == "MLR" or task.samples.design is not None
    middle = _middle(task, point) if robust else None
    return replace(
        failed,
        status="improper" if improper.any() else "converged",
        systems=point.systems,
        parameters=point.parameters,
        covariance=_covariance(task, point, information, middle),
        improper=improper,
        fit=_fit_indices(task, point, _trace(information, middle)),
        point=point,
        saturated=tuple(task.saturated),
    )


def scaling_factor(task: Task, point: ModelPoint) -> float:
    """Give Yuan and Bentler's scaling of a model's likelihood ratio at a point with observed information.

    (tr(B1 A1^-1) - tr(B0 A0^-1)) / df, of the free moments and of the model; NaN without degrees of freedom.
    """
    df = task.model.degrees_of_freedom
    whole = saturated_trace(task.saturated, task.samples, means=task.model.has_means)
    own = _trace(point.evaluation("observed").information, _middle(task, point))
    return (whole - own) / df if df > 0 else float("nan")


def _middle(task: Task, point: ModelPoint) -> FloatArray:
    return score_products(parameter_scores(point, task.samples, task.means), task.samples)


def _trace(information: FloatArray, middle: FloatArray | None) -> float:
    return float("nan") if middle is None else float(np.trace(np.linalg.solve(information, middle)))


def _covariance(
    task: Task, point: ModelPoint, information: FloatArray, middle: FloatArray | None
) -> FloatArray:
    """Give the covariance of the parameters, (q, q)."""
    if middle is not None:
        return sandwich(information, middle)
    if task.samples.is_complete:
        expected = task.objective().point(point.parameters, "expected")
        information = (expected or point).evaluation("expected").information
    return np.asarray(np.linalg.inv(information))


def _fit_indices(task: Task, point: ModelPoint, trace: float) -> FitIndices:
    """Compare with the free moments and with unrelated items; `trace` is tr(B A^-1) of the model."""
    model, samples, means = task.model, task.samples, task.model.has_means
    free = sum(moments.likelihood.log_likelihood for moments in task.saturated)
    unrelated = [moments for moments in map(unrelated_moments, samples.groups) if moments is not None]
    alone = sum(moments.likelihood.log_likelihood for moments in unrelated)
    df, base_df = model.degrees_of_freedom, model.groups * model.items * (model.items - 1) // 2
    test, base = Chi2Test(2 * (free - point.value), df), Chi2Test(2 * (free - alone), base_df)
    scaled = scaled_base = None
    if task.estimator == "MLR":
        whole = saturated_trace(task.saturated, samples, means=means)
        scaled = _scaled(test, whole - trace)
        scaled_base = _scaled(base, whole - unrelated_trace(unrelated, samples, means=means))
    return FitIndices(
        n=samples.n,
        groups=model.groups,
        parameters=model.parameters,
        log_likelihood=point.value,
        saturated_log_likelihood=free,
        test=test,
        baseline=base,
        scaled_test=scaled,
        scaled_baseline=scaled_base,
        srmr=_srmr(task, point),
    )


def _scaled(test: Chi2Test, expectation: float) -> Chi2Test:
    """Divide a statistic by what its expectation is per degree of freedom."""
    scaling = expectation / test.df if test.df > 0 else float("nan")
    return Chi2Test(test.chi_square / scaling, test.df, scaling)


def _srmr(task: Task, point: ModelPoint) -> float:
    """Average SRMR over the groups by their rows."""
    each = [
        standardised_residual(
            (moments.mean, moments.covariance), (system.mean, system.covariance), means=task.model.has_means
        )
        for moments, system in zip(task.saturated, point.systems)
    ]
    return float(np.average(each, weights=task.counts))
