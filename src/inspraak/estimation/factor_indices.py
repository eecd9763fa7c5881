"""How well a factor model fits: chi-square, CFI, TLI, RMSEA, SRMR, AIC and BIC.

Sources: Bentler (1990), Psychological Bulletin 107, 238-246 (CFI); Tucker & Lewis (1973), Psychometrika 38, 1-10;
Steiger (1998), Structural Equation Modeling 5, 411-419 (RMSEA of several groups); Browne & Cudeck (1993) for its
interval and the test of close fit; Bentler (1995) for SRMR; Brosseau-Liard & Savalei (2014), Multivariate
Behavioral Research 49, 460-470, and Li & Bentler (2006) for the robust versions. R: lavaan::fitMeasures.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from inspraak.estimation.arrays import FloatArray

CLOSE = 0.05  # RMSEA of the null hypothesis of close fit
LEVEL = 0.90  # of the interval of RMSEA


@dataclass(frozen=True)
class Chi2Test:
    """A chi-square statistic; the null hypothesis is that the model, or its restriction, holds exactly.

    `scaling` is the number by which the plain statistic was divided, 1 for plain maximum likelihood; `shift` was
    added after that.
    """

    chi_square: float
    df: int
    scaling: float = 1.0
    shift: float = 0.0

    @property
    def p_value(self) -> float:
        """Upper-tail probability; NaN without degrees of freedom."""
        return chi_square_p_value(self.chi_square, self.df)


@dataclass(frozen=True)
class Approximation:
    """Indices of approximate fit. `close_fit_p` tests that RMSEA is 0.05 or less in the population."""

    cfi: float
    tli: float
    rmsea: float
    rmsea_low: float
    rmsea_high: float
    close_fit_p: float


@dataclass(frozen=True)
class FitIndices:
    """The fit of one model over `n` rows in `groups` groups.

    `test` and `baseline` are the likelihood ratios against the free moments, of the model and of unrelated
    items; `scaled_test` and `scaled_baseline` their robust versions (Yuan-Bentler), None for plain maximum
    likelihood. Of `standard`, `scaled` (from the scaled statistics as such) and `robust` (what the population
    value is, whatever the distribution), report the last where there is one. Everything but the likelihood,
    AIC, BIC and SRMR is NaN without degrees of freedom. Of ordered answers (least squares) the scaled test is
    adjusted in mean and variance; there is no likelihood (NaN) and no robust version.
    """

    n: int
    groups: int
    parameters: int
    log_likelihood: float
    saturated_log_likelihood: float
    test: Chi2Test
    baseline: Chi2Test
    scaled_test: Chi2Test | None
    scaled_baseline: Chi2Test | None
    srmr: float

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return -2 * self.log_likelihood + 2 * self.parameters

    @property
    def bic(self) -> float:
        """Schwarz's criterion, with the number of rows."""
        return -2 * self.log_likelihood + float(np.log(self.n)) * self.parameters

    @property
    def standard(self) -> Approximation:
        """Indices from the likelihood ratios."""
        return approximation(self.test, self.baseline, n=self.n, groups=self.groups)

    @property
    def scaled(self) -> Approximation | None:
        """Indices from the scaled statistics."""
        if self.scaled_test is None or self.scaled_baseline is None:
            return None
        return approximation(self.scaled_test, self.scaled_baseline, n=self.n, groups=self.groups)

    @property
    def robust(self) -> Approximation | None:
        """Indices from the likelihood ratios, each less its own expectation."""
        if self.scaled_test is None or self.scaled_baseline is None or np.isnan(self.log_likelihood):
            return None
        scalings = (self.scaled_test.scaling, self.scaled_baseline.scaling)
        return approximation(self.test, self.baseline, n=self.n, groups=self.groups, scalings=scalings)


def approximation(
    test: Chi2Test,
    baseline: Chi2Test,
    *,
    n: int,
    groups: int,
    scalings: tuple[float, float] = (1.0, 1.0),
) -> Approximation:
    """Give the indices of approximate fit of a model against its baseline.

    `scalings` are the expectations of the two statistics per degree of freedom where the models hold.
    """
    df, base_df = test.df, baseline.df
    if df <= 0 or not np.isfinite(test.chi_square):
        return Approximation(*[float("nan")] * 6)
    excess = test.chi_square - scalings[0] * df
    base_excess = baseline.chi_square - scalings[1] * base_df
    largest = max(base_excess, excess, 0.0)
    cfi = 1 - max(excess, 0.0) / largest if largest > 0 else 1.0
    tli = 1 - excess / df * base_df / base_excess if base_excess != 0 else float("nan")
    unit = scalings[0] * groups / (n * df)
    scaled = test.chi_square / scalings[0]
    ends = (noncentrality(scaled, df, (1 + side * LEVEL) / 2) for side in (1, -1))
    low, high = (float(np.sqrt(unit * end)) for end in ends)
    close = CLOSE**2 / unit
    p_close = float(1 - special.chndtr(scaled, df, close))
    rmsea = float(np.sqrt(max(excess, 0.0) * groups / (n * df)))
    return Approximation(cfi, tli, rmsea, low, high, p_close)


def noncentrality(chi_square: float, df: int, probability: float) -> float:
    """Give the noncentrality under which a chi-square lies below `chi_square` with `probability`; 0 at least."""
    if not np.isfinite(chi_square) or special.gammainc(df / 2, max(chi_square, 0.0) / 2) < probability:
        return 0.0
    return float(special.chndtrinc(chi_square, df, probability))


def chi_square_p_value(chi_square: float, df: int) -> float:
    """Give the upper tail of chi-square (R: pchisq(x, df, lower.tail = FALSE))."""
    if df <= 0 or not np.isfinite(chi_square):
        return float("nan")
    return float(special.gammaincc(df / 2, max(chi_square, 0.0) / 2))


def standardised_residual(
    sample: tuple[FloatArray, FloatArray], model: tuple[FloatArray, FloatArray], *, means: bool
) -> float:
    """Give SRMR of one group from (mean, covariance) of the sample and of the model.

    The root mean square of residual covariances over the sample's standard deviations, variances and, with
    `means`, means among them.
    """
    spread = np.sqrt(np.diagonal(sample[1]))
    residual = (sample[1] - model[1]) / np.outer(spread, spread)
    parts = np.square(residual[np.tril_indices(len(spread))])
    if means:
        parts = np.append(parts, np.square((sample[0] - model[0]) / spread))
    return float(np.sqrt(parts.mean()))
