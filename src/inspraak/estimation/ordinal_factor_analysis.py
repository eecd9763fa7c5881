"""Confirmatory factor analysis of ordered answers by diagonally weighted least squares (WLSMV).

Thresholds and polychoric correlations s of the groups are fitted by those of the model, sigma: the sum of
(s - sigma)^2 over their sampling variances is least. Standard errors and the test take their whole covariance
into account; the test is adjusted in mean and variance. As in Mplus and lavaan the divisor of sampling variances
is the rows of a group less one, of standard errors all rows less the groups.

Sources: Muthén, du Toit & Spisic (1997), Robust inference using weighted least squares; Asparouhov & Muthén (2010),
Simple second order chi-square correction; Muthén (1984), Psychometrika 49, 115-132. R: lavaan::cfa(ordered,
estimator = "WLSMV").
"""

from dataclasses import dataclass, replace

import numpy as np

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.factor_fit import FactorSolution, Status, improper_elements
from inspraak.estimation.factor_identification import dependent_columns, moved
from inspraak.estimation.factor_indices import Chi2Test, FitIndices
from inspraak.estimation.factor_likelihood import Curvature
from inspraak.estimation.factor_models import FactorModel
from inspraak.estimation.factor_optimum import Evaluation, maximise
from inspraak.estimation.ordinal_factor_map import OrdinalMap
from inspraak.estimation.ordinal_factor_samples import OrdinalSamples
from inspraak.estimation.ordinal_factor_starts import ordinal_starts
from inspraak.estimation.polychoric_covariance import OrdinalStatistics

JITTER = 0.1  # of the starts, where the rank of a model is counted


@dataclass(frozen=True, eq=False)
class OrdinalFit(FactorSolution):
    """A factor model fitted to thresholds and polychoric correlations.

    `jacobians` of each group are the derivatives (s, q) of its moments at the solution.
    """

    samples: OrdinalSamples
    jacobians: list[FloatArray]


def fit_ordinal_model(samples: OrdinalSamples, model: FactorModel) -> OrdinalFit:
    """Fit a factor model of ordered answers; see `ordinal_model` for common ones.

    Raises ValueError for a model without thresholds and for other numbers of groups or items.
    """
    if model.thresholds is None:
        raise ValueError("the model has no thresholds: it is not one of ordered answers")
    if (len(samples.groups), samples.items) != (model.groups, model.items):
        found = f"{len(samples.groups)} groups of {samples.items} items"
        raise ValueError(f"the data have {found}; the model {model.groups} of {model.items}")
    failed = _failure(model, samples, "too few rows")
    if failed.n < model.parameters or (samples.group_n <= model.items).any():
        return failed
    faults = [sample.fault for sample in samples if sample.fault is not None]
    if faults:
        faulty = np.stack([sample.faulty & (sample.fault == faults[0]) for sample in samples])
        return replace(failed, status=faults[0], faulty=faulty)
    unlike = samples.unlike((~np.isinf(model.thresholds.values)).sum(axis=2) + 1)
    if unlike.any():
        return replace(failed, status="categories differ", faulty=unlike)
    known = [sample.statistics for sample in samples if sample.statistics is not None]
    correlations = [sample.polychoric for sample in samples if sample.polychoric is not None]
    return _fit(LeastSquares(OrdinalMap(model), known), ordinal_starts(model, correlations), failed)


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """Minus half the weighted sum of squares between sample and model, as a function of the parameters."""

    map: OrdinalMap
    statistics: list[OrdinalStatistics]

    @property
    def weights(self) -> list[FloatArray]:
        """One over the sampling variances of the moments of each group, these with rows - 1 for divisor, (s,)."""
        return [(part.rows - 1) / part.rows / np.diagonal(part.covariance) for part in self.statistics]

    def evaluate(self, parameters: FloatArray, curvature: Curvature) -> Evaluation | None:
        """Evaluate value, gradient and (Gauss-Newton) information; None where a response has no variance."""
        try:
            systems = self.map.systems(parameters)
        except np.linalg.LinAlgError:
            return None
        if any((np.diagonal(system.covariance) <= 0).any() for system in systems):
            return None
        value, q = 0.0, parameters.size
        gradient, information = np.zeros(q), np.zeros((q, q))
        moments = self.map.moments(parameters, systems)
        jacobians = self.map.moment_jacobians(parameters, systems)
        for sample, weight, implied, jacobian in zip(self.statistics, self.weights, moments, jacobians):
            residual, weighted = sample.values - implied, jacobian * weight[:, np.newaxis]
            value -= 0.5 * float(weight @ np.square(residual))
            gradient += weighted.T @ residual
            information += weighted.T @ jacobian
        return Evaluation(value, gradient, information)


def _fit(objective: LeastSquares, start: FloatArray, failed: OrdinalFit) -> OrdinalFit:
    """Search for the solution from a start, and describe it."""
    maps = objective.map
    shifted = moved(start, JITTER)
    unidentified = dependent_columns(np.concatenate(maps.moment_jacobians(shifted, maps.systems(shifted))))
    if unidentified.any():
        return replace(failed, status="not identified", unidentified=unidentified)
    end = maximise(objective, start)
    if not end.converged:
        return replace(failed, status="not converged")
    systems = maps.systems(end.parameters)
    jacobians = maps.moment_jacobians(end.parameters, systems)
    unidentified = dependent_columns(np.concatenate(jacobians))
    if unidentified.any():
        return replace(failed, status="not identified", unidentified=unidentified)
    improper = improper_elements(maps.model, maps.values(end.parameters))
    parts = list(zip(objective.statistics, jacobians))
    return replace(
        failed,
        status="improper" if improper.any() else "converged",
        systems=systems,
        parameters=end.parameters,
        covariance=_covariance(parts) * failed.n / (failed.n - maps.model.groups),
        improper=improper,
        fit=_fit_indices(objective, failed, end.parameters, parts),
        jacobians=jacobians,
    )


Parts = list[tuple[OrdinalStatistics, FloatArray]]


def _covariance(parts: Parts) -> FloatArray:
    """Give the covariance of the parameters, (q, q): the sandwich of least squares."""
    bread, middle = bread_and_middle(parts)
    covariance = bread @ middle @ bread
    return np.asarray((covariance + covariance.T) / 2)


def bread_and_middle(parts: Parts) -> tuple[FloatArray, FloatArray]:
    """Give (D' W D)^-1 and D' W G W D of derivatives D, weights W and covariance G of the moments, (q, q) each."""
    inner, middle = np.zeros((2, *2 * parts[0][1].shape[1:]))
    for sample, jacobian in parts:
        weighted = jacobian / np.diagonal(sample.covariance)[:, np.newaxis]
        inner = inner + weighted.T @ jacobian
        middle = middle + weighted.T @ sample.covariance @ weighted
    return np.linalg.inv(inner), middle


def adjusted_test(chi_square: float, df: int, trace: float, square_trace: float) -> Chi2Test:
    """Adjust a statistic so that it has the mean and variance of chi-square where the model holds.

    `trace` and `square_trace` are tr(U G) and tr(U G U G), its mean and half its variance. Source: Asparouhov &
    Muthén (2010).
    """
    if df <= 0:
        return Chi2Test(float("nan"), df, float("nan"), float("nan"))
    factor = float(np.sqrt(df / square_trace))
    shift = df - factor * trace
    return Chi2Test(factor * chi_square + shift, df, 1 / factor, shift)


def _fit_indices(
    objective: LeastSquares, failed: OrdinalFit, parameters: FloatArray, parts: Parts
) -> FitIndices:
    model = failed.model
    systems = objective.map.systems(parameters)
    moments = objective.map.moments(parameters, systems)
    chi_square = base = base_square = 0.0
    residuals, cells = [], model.items * (model.items + 1) // 2  # variances of 1 among them, as lavaan counts
    for sample, implied, weight in zip(objective.statistics, moments, objective.weights):
        residual, cut = sample.values - implied, sample.item.size
        chi_square += float(weight @ np.square(residual))
        residuals.append(float(np.sqrt(np.square(residual[cut:]).sum() / cells)))
        base += float(weight[cut:] @ np.square(sample.values[cut:]))
        scaled = sample.covariance[cut:, cut:] / np.diagonal(sample.covariance)[cut:]
        base_square += float((scaled * scaled.T).sum())
    base_df = model.groups * model.items * (model.items - 1) // 2
    df, nothing = model.degrees_of_freedom, float("nan")
    return FitIndices(
        n=failed.n,
        groups=model.groups,
        parameters=model.parameters,
        log_likelihood=nothing,
        saturated_log_likelihood=nothing,
        test=Chi2Test(chi_square, df),
        baseline=Chi2Test(base, base_df),
        scaled_test=adjusted_test(chi_square, df, *_traces(parts)),
        scaled_baseline=adjusted_test(base, base_df, float(base_df), base_square),
        srmr=float(np.average(residuals, weights=failed.group_n)),
    )


def _traces(parts: Parts) -> tuple[float, float]:
    """Give tr(U G) and tr(U G U G) with U = W - W D (D' W D)^-1 D' W."""
    bread, middle = bread_and_middle(parts)
    count = square = 0.0
    crossed = np.zeros_like(middle)
    for sample, jacobian in parts:
        weight = 1 / np.diagonal(sample.covariance)
        scaled = sample.covariance * weight  # G W
        count += weight.size
        square += float((scaled * scaled.T).sum())
        moved_on = scaled @ jacobian  # G W D
        crossed += moved_on.T @ (weight[:, np.newaxis] * moved_on)
    share = bread @ middle
    trace = count - float(np.trace(share))
    return trace, square - 2 * float(np.trace(bread @ crossed)) + float((share * share.T).sum())


def _failure(model: FactorModel, samples: OrdinalSamples, status: Status) -> OrdinalFit:
    """Give a fit without numbers."""
    q = model.parameters
    return OrdinalFit(
        model=model,
        status=status,
        map=OrdinalMap(model),
        systems=[],
        group_n=samples.group_n,
        parameters=np.full(q, np.nan),
        covariance=np.full((q, q), np.nan),
        improper=np.zeros(model.elements.matrix.size, dtype=np.bool_),
        unidentified=np.zeros(q, dtype=np.bool_),
        faulty=np.zeros((model.groups, model.items), dtype=np.bool_),
        fit=None,
        samples=samples,
        jacobians=[],
    )
