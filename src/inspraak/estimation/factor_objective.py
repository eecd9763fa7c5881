"""The likelihood of a factor model over all groups, as a function of its parameters."""

from dataclasses import dataclass

import numpy as np

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.factor_likelihood import Curvature, MomentLikelihood, moment_likelihood
from inspraak.estimation.factor_moments import MomentMap, Places, System
from inspraak.estimation.factor_optimum import Evaluation
from inspraak.estimation.factor_samples import Sample


@dataclass(frozen=True, eq=False)
class ModelPoint:
    """A model at some parameters: the matrices and the likelihood of each group."""

    map: MomentMap
    parameters: FloatArray
    systems: list[System]
    likelihoods: list[MomentLikelihood]

    @property
    def value(self) -> float:
        """Log-likelihood."""
        return sum(part.log_likelihood for part in self.likelihoods)

    def evaluation(self, curvature: Curvature) -> Evaluation:
        """Give gradient and information of the parameters; the likelihoods must be of the same curvature."""
        q = self.map.model.parameters
        gradient, information = np.zeros(q), np.zeros((q, q))
        for group in range(len(self.systems)):
            places, parameter = self.map.free_places[group], self.map.free[group].parameter
            jacobian = self.jacobian(group, places)
            np.add.at(gradient, parameter, jacobian.T @ self.likelihoods[group].gradient)
            part = self.information(group, places, curvature, jacobian)
            np.add.at(information, (parameter[:, np.newaxis], parameter), part)
        return Evaluation(self.value, gradient, information)

    def jacobian(self, group: int, places: Places) -> FloatArray:
        """Give the derivative of the moments of a group to m elements; 0 for means that are not modelled."""
        jacobian = self.systems[group].jacobian(places)
        if not self.map.model.has_means:
            jacobian[: self.map.model.items] = 0.0
        return jacobian

    def information(
        self, group: int, places: Places, curvature: Curvature, jacobian: FloatArray | None = None
    ) -> FloatArray:
        """Give the information (m, m) of m elements of a group, each for itself."""
        likelihood = self.likelihoods[group]
        if jacobian is None:
            jacobian = self.jacobian(group, places)
        result = jacobian.T @ likelihood.information @ jacobian
        if curvature == "observed":
            pull = likelihood.mean_slope if self.map.model.has_means else np.zeros_like(likelihood.mean_slope)
            result = result + self.systems[group].curvature(places, likelihood.slope, pull)
        return np.asarray(result)


@dataclass(frozen=True, eq=False)
class ModelObjective:
    """The likelihood of a model for the samples of its groups; means not modelled are those of `means`."""

    map: MomentMap
    samples: tuple[Sample, ...]
    means: list[FloatArray]

    def point(self, parameters: FloatArray, curvature: Curvature) -> ModelPoint | None:
        """Evaluate the model; None where the covariance of a group is not positive definite."""
        try:
            systems = self.map.systems(parameters)
        except np.linalg.LinAlgError:
            return None
        likelihoods = []
        for system, sample, fixed in zip(systems, self.samples, self.means):
            mean = system.mean if self.map.model.has_means else fixed
            found = moment_likelihood(sample, mean, system.covariance, curvature=curvature)
            if found is None:
                return None
            likelihoods.append(found)
        return ModelPoint(self.map, parameters, systems, likelihoods)

    def evaluate(self, parameters: FloatArray, curvature: Curvature) -> Evaluation | None:
        """Evaluate likelihood, gradient and information."""
        point = self.point(parameters, curvature)
        return None if point is None else point.evaluation(curvature)
