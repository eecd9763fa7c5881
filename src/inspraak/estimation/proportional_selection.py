"""How a slope moves as controls come in, and what unmeasured causes would still make of it: Oster's delta."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.generalised import GeneralisedFit
from inspraak.estimation.imputed_regression import imputed_regression


@dataclass(frozen=True)
class ProportionalSelection:
    """How a slope moves as controls come in, against what unmeasured causes could still explain (Oster).

    `short` and `long` are the slopes of y on x without and with controls, `r2_short` and `r2_long` the shares of the
    variance of y that these regressions explain; `variance_x` and `variance_y` are weighted variances,
    `residual_variance_x` is that of x with the controls held constant. All are means over data sets.

    Source: Oster (2019), Journal of Business & Economic Statistics 37, 187-204, proposition 2 and its corollary;
    Stata: psacalc.
    """

    short: float
    long: float
    r2_short: float
    r2_long: float
    variance_x: float
    variance_y: float
    residual_variance_x: float

    def delta(self, r2_most: float, *, slope: float = 0.0) -> float:
        """Give how strong selection on unmeasured causes must be, against that on the controls, for a true `slope`.

        `r2_most` is the share of y that all causes together explain (1.3 times `r2_long`, up to 1: Oster's advice).
        Above 1 in size: the unmeasured must matter more than the controls.
        """
        numerator, denominator = self._sides(r2_most)
        distance = self.long - slope
        below = float(np.polyval(denominator, distance))
        return float(np.polyval(numerator, distance)) / below if below != 0 else float("nan")

    def slope_at(self, r2_most: float, *, delta: float = 1.0) -> float:
        """Give the slope if selection on unmeasured causes were `delta` times that on the controls.

        Of the real roots the one nearest to `long` that goes on in the direction from short to long; NaN without one.
        """
        numerator, denominator = self._sides(r2_most)
        polynomial = numerator - delta * denominator
        if not np.isfinite(polynomial).all():
            return float("nan")
        roots = np.roots(_trimmed(polynomial))
        real = roots.real[np.abs(roots.imag) < 1e-8 * (1 + np.abs(roots))]
        onward = real[np.sign(real) == np.sign(self.short - self.long)]
        return self.long - float(onward[np.abs(onward).argmin()]) if onward.size else float("nan")

    def _sides(self, r2_most: float) -> tuple[FloatArray, FloatArray]:
        """Give numerator and denominator of delta as polynomials of the distance from `long` to the slope."""
        moved, x, y, left = self.short - self.long, self.variance_x, self.variance_y, self.residual_variance_x
        gained, open_ = self.r2_long - self.r2_short, r2_most - self.r2_long
        cubic = left * x - left**2
        numerator = [cubic, 2 * left * moved * x, gained * y * left + x * left * moved**2, 0.0]
        denominator = [cubic, left * moved * x, open_ * y * (x - left), open_ * y * moved * x]
        return np.array(numerator), np.array(denominator)


def proportional_selection(
    x: ArrayLike,
    y: ArrayLike,
    design: SurveyDesign,
    *,
    controls: ArrayLike,
    included: ArrayLike | None = None,
) -> ProportionalSelection:
    """Regress y on x without and with controls, over the same rows of every imputed data set.

    `x` and `y` (m, n) or (n,), `controls` (m, c, n) or (c, n); an intercept is added; weighted least squares.
    `included` as in `imputed_regression.imputed_regression`. Raises ValueError for wrong shapes.
    """
    long = imputed_regression(
        {"x": x}, y, design, controls=controls, included=included, covariance="classical"
    )
    short = replace(long, held=long.held[:, -1:])
    with_controls, without = long.regress(long.columns), short.regress(long.columns)
    of_x = replace(long, y=long.columns[:, 0]).regress(long.columns[:, :0])
    variance_x, variance_y = np.square(with_controls.sd_x[:, 0]), np.square(with_controls.sd_y)
    with np.errstate(invalid="ignore", divide="ignore"):
        r2_short, r2_long = (1 - _residual(fit) / variance_y for fit in (without, with_controls))
    numbers = (
        without.coefficients[:, 0], with_controls.coefficients[:, 0], r2_short, r2_long,
        variance_x, variance_y, _residual(of_x),
    )  # fmt: skip
    return ProportionalSelection(*(float(values.mean()) for values in numbers))


def _residual(fit: GeneralisedFit) -> FloatArray:
    """Give the variance of the residuals over n - 1, (m,)."""
    return np.asarray(fit.dispersion * (fit.n - fit.rank) / (fit.n - 1))


def _trimmed(polynomial: FloatArray) -> FloatArray:
    """Leave out leading coefficients that are rounding."""
    large = np.abs(polynomial) > 1e-12 * np.abs(polynomial).max()
    return polynomial[int(large.argmax()) :]
