"""Stationary point and principal axes of a surface of the second degree, with errors by the delta method."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.distributions import t_p_value, t_quantile

STEP = 1e-30  # of the complex step, whose error is of the order of its square


@dataclass(frozen=True, eq=False)
class PrincipalAxes:
    """Where a surface is flat, and the two lines through that point along which it bends most and least.

    Each array is (6,): `x0`, `z0`, the stationary point as distances from the midpoint; `first_slope` and
    `first_intercept` of the line z = intercept + slope x along which the surface bends upward most; `second_slope` and
    `second_intercept` of the line at right angles. The line of congruence has slope 1 and intercept 0. NaN where the
    surface has no such point, or lines parallel to an axis. The errors come from the coefficients by the delta method
    and are large where the surface is nearly flat; `df` is that of the coefficient that has fewest.
    """

    names = ("x0", "z0", "first_slope", "first_intercept", "second_slope", "second_intercept")

    estimate: FloatArray
    std_error: FloatArray
    df: float

    @property
    def p_value(self) -> FloatArray:
        """Two-sided p-values that each number is zero, (6,)."""
        return t_p_value(self.estimate / self.std_error, self.df)

    def intervals(self, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Give the lower and upper bounds of the t intervals, each (6,)."""
        half = t_quantile((1 + level) / 2, self.df) * self.std_error
        return self.estimate - half, self.estimate + half


def principal_axes(coefficients: FloatArray, covariance: FloatArray, df: float) -> PrincipalAxes:
    """Give them from the coefficients (5,) of x, z, x squared, x z and z squared, and their covariance (5, 5).

    Source: Edwards & Parry (1993), Academy of Management Journal 36, 1577-1613, equations 5 to 9; derivatives by a
    complex step (Squire & Trapp 1998, SIAM Review 40, 110-112), exact to rounding.
    """
    estimate = _geometry(coefficients.astype(np.complex128)).real
    steps = coefficients + 1j * STEP * np.eye(5)
    slopes = np.array([_geometry(moved).imag / STEP for moved in steps]).T
    with np.errstate(invalid="ignore"):
        error = np.sqrt(np.einsum("ij,jk,ik->i", slopes, covariance, slopes))
    known = np.isfinite(estimate)
    return PrincipalAxes(np.where(known, estimate, np.nan), np.where(known, error, np.nan), df)


def _geometry(b: NDArray[np.complex128]) -> FloatArray:
    """Give the six numbers of `PrincipalAxes` of complex coefficients."""
    b1, b2, b3, b4, b5 = b
    with np.errstate(divide="ignore", invalid="ignore"):
        bend = 4 * b3 * b5 - b4**2
        x0, z0 = (b2 * b4 - 2 * b1 * b5) / bend, (b1 * b4 - 2 * b2 * b3) / bend
        spread = np.sqrt((b3 - b5) ** 2 + b4**2)
        first, second = (b5 - b3 + spread) / b4, (b5 - b3 - spread) / b4
        return np.array([x0, z0, first, z0 - first * x0, second, z0 - second * x0])
