"""A survey design whose weights were calibrated: variances of residuals instead of values."""

import warnings
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_matrix
from inspraak.estimation.basis import Basis, decompose
from inspraak.estimation.calibration import Calibration
from inspraak.estimation.design import LonelyStratumWarning, SurveyDesign


@dataclass(frozen=True, eq=False)
class CalibratedDesign(SurveyDesign):
    """A `SurveyDesign` with calibrated `weights`; use it wherever a design is asked for.

    `base_weights` (n,) are the weights before calibration, `auxiliary` (n, q) the calibration variables. In
    every variance the linearised scores are replaced by their residuals: score g d u becomes g d (u - x'b),
    where d is the base weight, g the adjustment, and b the regression of u on x weighted by d. What the
    calibration variables explain adds no variance, and rows outside a domain have residuals too.

    Source: Deville & Särndal (1992), JASA 87, 376-382, equation 3.4; Särndal, Swensson & Wretman (1989),
    Biometrika 76, 527-537 (g-weighted residuals); R: survey::calibrate. Raises ValueError for wrong shapes,
    for missing values, and for a weight without a base weight.
    """

    base_weights: FloatArray = field(kw_only=True)
    auxiliary: FloatArray = field(kw_only=True)

    def __post_init__(self) -> None:
        """Check the parts."""
        super().__post_init__()
        base = as_matrix(self.base_weights, rows=self.n, name="base_weights")[:, 0]
        auxiliary = as_matrix(self.auxiliary, rows=self.n, name="auxiliary")
        if np.isnan(base).any() or np.isnan(auxiliary).any() or (base < 0).any():
            raise ValueError("base_weights or auxiliary hold missing values, or a base weight is negative")
        if (self.weights[base == 0] > 0).any():
            raise ValueError("a row has a weight, but no base weight")
        object.__setattr__(self, "base_weights", base)
        object.__setattr__(self, "auxiliary", auxiliary)

    @cached_property
    def is_simple(self) -> bool:
        """Never: the calibration is part of the variance, even with equal weights."""
        return False

    @cached_property
    def _positive(self) -> IntArray:
        return np.flatnonzero(self.base_weights > 0)

    @cached_property
    def _basis(self) -> Basis:
        rows = self._positive
        return decompose(self.auxiliary[rows], self.base_weights[rows])

    @cached_property
    def independent_auxiliary(self) -> FloatArray:
        """Columns that span the calibration variables, orthonormal under the base weights, (n, rank)."""
        rows = self._positive
        columns = np.zeros((self.n, self._basis.rank))
        columns[rows] = self._basis.span / np.sqrt(self.base_weights[rows])[:, np.newaxis]
        return columns

    def variance_of_totals(
        self, scores: FloatArray, *, rows: IntArray | None = None, present: BoolArray | None = None
    ) -> FloatArray:
        """Give the variance of the calibrated total of each of k columns of scores, (k,).

        Arguments as in SurveyDesign. `present` is not used: residuals reach every stratum, so that the rule
        `average` counts them all.
        """
        return super().variance_of_totals(self._residuals(scores, rows))

    def covariance_of_totals(self, scores: FloatArray, *, rows: IntArray | None = None) -> FloatArray:
        """Give the covariance matrix (k, k) of the calibrated totals of k columns of scores."""
        return super().covariance_of_totals(self._residuals(scores, rows))

    def covariances_of_totals(
        self, scores: FloatArray, *, rows: IntArray, present: BoolArray | None = None
    ) -> FloatArray:
        """Give the covariance matrices (b, k, k) of the calibrated totals of b sets of k scores.

        Arguments as in SurveyDesign; `present` is not used, as in variance_of_totals.
        """
        sets, width, _ = scores.shape
        whole = self._residuals(scores.reshape(sets * width, rows.size).T, rows)[self.order]
        return super().covariances_of_totals(whole.T.reshape(sets, width, self.n), rows=self.order)

    def _residuals(self, scores: FloatArray, rows: IntArray | None) -> FloatArray:
        """Give the g-weighted residuals of weighted scores, on all n rows, (n, k)."""
        expected = self.n if rows is None else rows.size
        if scores.ndim != 2 or scores.shape[0] != expected:
            raise ValueError(f"values have shape {scores.shape}; expected ({expected}, columns)")
        whole = scores
        if rows is not None:
            whole = np.zeros((self.n, scores.shape[1]))
            whole[rows] = scores
        kept = self._positive
        factor = self.weights[kept] / np.sqrt(self.base_weights[kept])
        per_factor = np.divide(1.0, factor, out=np.zeros_like(factor), where=factor > 0)[:, np.newaxis]
        span = self._basis.span
        explained = span @ (span.T @ (whole[kept] * per_factor))
        residuals = whole.copy()
        residuals[kept] -= factor[:, np.newaxis] * explained
        return residuals


def calibrated(design: SurveyDesign, calibration: Calibration) -> CalibratedDesign:
    """Give `design` with the weights of a calibration of its own weights.

    Raises ValueError where the calibration started from other weights or gave negative ones.
    """
    if not np.array_equal(design.weights, calibration.base_weights):
        raise ValueError("the calibration started from other weights than those of the design")
    with warnings.catch_warnings():
        # the design itself has warned of these strata already
        warnings.simplefilter("ignore", LonelyStratumWarning)
        return CalibratedDesign(
            calibration.weights,
            design.strata,
            design.clusters,
            design.population,
            design.lonely,
            base_weights=design.weights,
            auxiliary=calibration.auxiliary,
        )
