"""Coefficients of many models with their variances: tests, intervals and tidy rows, whatever the model."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray
from inspraak.estimation.distributions import f_p_value, t_p_value, t_quantile
from inspraak.estimation.sandwich import Covariance


@dataclass(frozen=True)
class WaldTest:
    """F test that several coefficients of one model are all zero; NaN where their variance is singular."""

    null_hypothesis: ClassVar[str] = "the coefficients of these terms are all zero"

    statistic: float
    df1: int
    df2: float
    p_value: float


@dataclass(frozen=True, eq=False)
class Coefficients:
    """Coefficients of m models with k terms, and their variance.

    `covariance_kind` says how the variance was taken, `df` (m,) the degrees of freedom of its t tests, `n`
    (m,) the complete cases analysed, `rank` (m,) the number of independent parameters among them.
    `aliased` (m, k) marks terms that are not identified; they are NaN everywhere. Variances are NaN where
    `df` is zero or less. `sd_x` (m, k) and `sd_y` (m,) are weighted SDs over the rows of the model.
    """

    null_hypothesis: ClassVar[str] = "the coefficient is zero"

    covariance_kind: Covariance
    coefficients: FloatArray
    covariance: FloatArray  # (m, k, k)
    df: IntArray
    n: IntArray
    rank: IntArray
    aliased: BoolArray
    sd_x: FloatArray
    sd_y: FloatArray

    @property
    def std_errors(self) -> FloatArray:
        """Standard errors of the coefficients, (m, k)."""
        return np.asarray(np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2)))

    @property
    def statistics(self) -> FloatArray:
        """The t statistics, (m, k); NaN where the standard error is zero."""
        errors = self.std_errors
        statistics = np.full(errors.shape, np.nan)
        np.divide(self.coefficients, errors, out=statistics, where=errors > 0)
        return statistics

    @property
    def p_values(self) -> FloatArray:
        """Two-sided p-values from t, (m, k)."""
        return t_p_value(self.statistics, self.df[:, np.newaxis])

    def intervals(self, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Give the lower and upper bounds of the t intervals, each (m, k)."""
        half = t_quantile((1 + level) / 2, self.df[:, np.newaxis]) * self.std_errors
        return self.coefficients - half, self.coefficients + half

    @property
    def standardisation(self) -> FloatArray:
        """SD of the term over SD of the outcome, (m, k); NaN for a term or outcome that does not vary."""
        varies = (self.sd_x > 0) & (self.sd_y > 0)[:, np.newaxis]
        ratio = np.full(varies.shape, np.nan)
        np.divide(self.sd_x, self.sd_y[:, np.newaxis], out=ratio, where=varies)
        return ratio

    @property
    def standardised(self) -> FloatArray:
        """Coefficients in SDs of the outcome per SD of the term, (m, k)."""
        return self.coefficients * self.standardisation

    @property
    def standardised_std_errors(self) -> FloatArray:
        """Standard errors of the standardised coefficients, SDs taken as known, (m, k)."""
        return self.std_errors * self.standardisation

    def aliased_terms(self, model: int) -> tuple[int, ...]:
        """Give the indices of the terms that this model does not identify."""
        return tuple(np.flatnonzero(self.aliased[model]).tolist())

    def wald(self, terms: ArrayLike, model: int = 0) -> WaldTest:
        """Test that the coefficients of `terms` (indices) are all zero, F = b' V^-1 b / q on q and df.

        Source: Korn & Graubard (1990), The American Statistician 44, 270-276; R: survey::regTermTest.
        """
        index = np.atleast_1d(np.asarray(terms, dtype=np.intp))
        b, v = self.coefficients[model, index], self.covariance[model][np.ix_(index, index)]
        return wald_test(b, v, int(self.df[model]))

    def row(self, model: int, term: int, level: float = 0.95) -> dict[str, float]:
        """Give one coefficient as a tidy row."""
        low, high = self.intervals(level)
        ratio = self.standardisation[model, term].item()
        values = (self.coefficients, self.std_errors, self.statistics, self.p_values, low, high)
        names = ("estimate", "std_error", "statistic", "p_value", "ci_low", "ci_high")
        row = {name: value[model, term].item() for name, value in zip(names, values)}
        standardised = {f"std_{name}": row[name] * ratio for name in ("estimate", "ci_low", "ci_high")}
        return {"n": self.n[model].item(), "df": self.df[model].item(), **row, **standardised}


def wald_test(b: FloatArray, v: FloatArray, df: float) -> WaldTest:
    """Test that q coefficients b with covariance v (q, q) are all zero; NaN where v is singular or unknown."""
    error = np.sqrt(np.diag(v))
    statistic = float("nan")
    if (error > 0).all():
        correlation = v / np.outer(error, error)
        if np.linalg.cond(correlation) < 1e12:
            t = b / error
            statistic = float(t @ np.linalg.solve(correlation, t)) / b.size
    return WaldTest(statistic, b.size, df, f_p_value(statistic, b.size, df))
