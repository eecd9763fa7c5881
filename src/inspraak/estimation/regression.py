"""Weighted linear regression of many outcomes at once, with design-based and robust variances.

Models are m (one per outcome), terms are k (the columns of X); results are (m, k). A term that X does not
identify is NaN and reported in `aliased`, never a number that hangs on the order of the columns.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, IntArray, as_codes, as_mask, as_matrix
from inspraak.estimation.basis import Basis, decompose
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.distributions import f_p_value, t_p_value, t_quantile
from inspraak.estimation.sandwich import Covariance, covariance_of_coefficients

EXACT = 1e-22  # residual over whole sum of squares: what rounding leaves of an outcome that X fits exactly


@dataclass(frozen=True)
class WaldTest:
    """F test that several coefficients of one model are all zero; NaN where their variance is singular."""

    null_hypothesis: ClassVar[str] = "the coefficients of these terms are all zero"

    statistic: float
    df1: int
    df2: float
    p_value: float


@dataclass(frozen=True, eq=False)
class LinearFit:
    """Coefficients of m models with k terms, in units of the outcome per unit of the term.

    `covariance_kind` says how the variance was taken, `df` (m,) the degrees of freedom of its t tests, `n`
    (m,) the complete cases analysed, `rank` (m,) the number of independent columns of X among them.
    `aliased` (m, k) marks terms that are not identified; they are NaN everywhere. Variances are NaN where
    `df` is zero or less and where the terms fit the outcome exactly. `sd_x` (m, k) and `sd_y` (m,) are
    weighted SDs over the rows of the model.
    """

    null_hypothesis: ClassVar[str] = "the coefficient is zero"

    covariance_kind: Covariance
    coefficients: FloatArray
    covariance: FloatArray  # (m, k, k)
    df: IntArray
    n: IntArray
    rank: IntArray
    aliased: BoolArray
    r_squared: FloatArray
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
        df = int(self.df[model])
        error = np.sqrt(np.diag(v))
        statistic = float("nan")
        if (error > 0).all():
            correlation = v / np.outer(error, error)
            if np.linalg.cond(correlation) < 1e12:
                t = b / error
                statistic = float(t @ np.linalg.solve(correlation, t)) / index.size
        return WaldTest(statistic, index.size, df, f_p_value(statistic, index.size, df))

    def row(self, model: int, term: int, level: float = 0.95) -> dict[str, float]:
        """Give one coefficient as a tidy row."""
        low, high = self.intervals(level)
        ratio = self.standardisation[model, term].item()
        values = (self.coefficients, self.std_errors, self.statistics, self.p_values, low, high)
        names = ("estimate", "std_error", "statistic", "p_value", "ci_low", "ci_high")
        row = {name: value[model, term].item() for name, value in zip(names, values)}
        standardised = {f"std_{name}": row[name] * ratio for name in ("estimate", "ci_low", "ci_high")}
        return {"n": self.n[model].item(), "df": self.df[model].item(), **row, **standardised}


def fit_linear(
    X: ArrayLike,
    Y: ArrayLike,
    design: SurveyDesign,
    *,
    covariance: Covariance = "design",
    clusters: ArrayLike | None = None,
    included: ArrayLike | None = None,
) -> LinearFit:
    """Regress every column of Y on all columns of X, by weighted least squares over complete cases.

    `X` (n, k) holds the intercept too, as a column of ones; `Y` (n, m); NaN = missing. A model uses the
    rows where X and its outcome are complete, the weight is positive and `included` ((n,) or (n, m)
    booleans, default all) holds; models with the same rows share one decomposition.

    `covariance`: `design`, the stratified sandwich with the whole design kept, on units - strata + 1 - rank
    degrees of freedom (R: survey::svyglm); `classical`, `HC0` to `HC3`, on n - rank (sandwich::vcovHC;
    White 1980; MacKinnon & White 1985, Journal of Econometrics 29, 305-325); `cluster` (vcovCL, type HC1;
    Liang & Zeger 1986) and `cluster_HC3` (vcovCL, type HC3; Bell & McCaffrey 2002), on clusters - 1, with
    `clusters` (n,) or else those of the design. All but `design` take nothing but weights from the design.

    Terms are aliased where X loses rank (see `basis`). Raises ValueError for wrong shapes, infinite values
    and a cluster variance without clusters.
    """
    terms, outcomes = as_matrix(X, rows=design.n, name="X"), as_matrix(Y, rows=design.n, name="Y")
    usable = ~np.isnan(outcomes) & (~np.isnan(terms).any(axis=1) & (design.weights > 0))[:, np.newaxis]
    if included is not None:
        usable &= as_mask(included, rows=design.n, name="included")
    chosen = design.clusters if clusters is None else clusters
    codes = None if chosen is None else as_codes(chosen, rows=design.n, name="clusters")
    fit = _empty_fit(outcomes.shape[1], terms.shape[1], covariance)
    for models in _models_by_rows(usable):
        rows = design.order[usable[design.order, models[0]]]
        cluster = None if codes is None else codes[rows]
        _fit_models(fit, models, terms[rows], outcomes[np.ix_(rows, models)], design, rows, cluster)
    return fit


def _fit_models(
    fit: LinearFit,
    models: IntArray,
    terms: FloatArray,
    targets: FloatArray,
    design: SurveyDesign,
    rows: IntArray,
    clusters: IntArray | None,
) -> None:
    """Write the models that share these complete rows into the arrays of a fit that is being made."""
    basis = decompose(terms, design.weights[rows])
    fit.n[models], fit.rank[models], fit.aliased[models] = rows.size, basis.rank, ~basis.identified
    fit.sd_x[models], fit.sd_y[models] = (_weighted_sd(part, basis.weights) for part in (terms, targets))
    fit.coefficients[models] = np.where(basis.identified, (basis.influence.T @ targets).T, np.nan)
    residuals = targets - basis.fitted(targets)
    fit.r_squared[models] = _r_squared(targets, residuals, basis)
    for model, residual in zip(models, residuals.T):
        fit.covariance[model], fit.df[model] = covariance_of_coefficients(
            fit.covariance_kind, basis, residual, design, rows=rows, clusters=clusters
        )
    left, whole = (np.einsum("i,ij,ij->j", basis.weights, part, part) for part in (residuals, targets))
    fit.covariance[models[left <= EXACT * whole]] = np.nan


def _empty_fit(m: int, k: int, covariance: Covariance) -> LinearFit:
    return LinearFit(
        covariance_kind=covariance,
        coefficients=np.full((m, k), np.nan),
        covariance=np.full((m, k, k), np.nan),
        df=np.zeros(m, dtype=np.int64),
        n=np.zeros(m, dtype=np.int64),
        rank=np.zeros(m, dtype=np.int64),
        aliased=np.ones((m, k), dtype=np.bool_),
        r_squared=np.full(m, np.nan),
        sd_x=np.full((m, k), np.nan),
        sd_y=np.full(m, np.nan),
    )


def _models_by_rows(usable: BoolArray) -> list[IntArray]:
    """Group the columns (models) that use the same rows, in order of first appearance."""
    groups: dict[bytes, list[int]] = {}
    for model, column in enumerate(np.packbits(usable, axis=0).T):
        groups.setdefault(column.tobytes(), []).append(model)
    return [np.array(models, dtype=np.int64) for models in groups.values()]


def _weighted_sd(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Give sqrt(sum w (x - mean)^2 / sum w * n / (n - 1)), 0 for a constant (R: svyvar)."""
    n = len(values)
    if n < 2:
        return np.full(values.shape[1], np.nan)
    share = weights / weights.sum()
    squares = share @ np.square(values - share @ values)
    return np.where(np.ptp(values, axis=0) > 0, np.sqrt(squares * n / (n - 1)), 0.0)


def _r_squared(targets: FloatArray, residuals: FloatArray, basis: Basis) -> FloatArray:
    """Give 1 - residual over total sum of squares, the total around the mean if X holds a constant."""
    if not len(targets):
        return np.full(targets.shape[1], np.nan)
    ones = np.ones((len(targets), 1))
    has_constant = np.allclose(basis.fitted(ones), ones, rtol=0, atol=1e-8)
    share = basis.weights / basis.weights.sum()
    centred = targets - share @ targets if has_constant else targets
    total = share @ np.square(centred)
    varies = np.ptp(targets, axis=0) > 0 if has_constant else total > 0
    ratio = np.divide(share @ np.square(residuals), total, out=np.full(total.shape, np.nan), where=varies)
    return np.asarray(1 - ratio)
