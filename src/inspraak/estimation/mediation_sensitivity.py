"""How strongly something unmeasured must drive both a mediator and the outcome before an indirect effect is nil."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class ConfoundingOfMediators:
    """Sensitivity of the indirect effect by way of each of k mediators to a common cause of mediator and outcome.

    `rho` (k,) is the correlation between the errors of the mediator and of the outcome (x, controls and the other
    mediators held constant) at which the slope of y on the mediator, and with it the indirect effect, is nil: their
    partial correlation, averaged over data sets on Fisher's scale. Of rho no more than its distance from 0 counts: the
    nearer, the weaker the confounder that would do. `ratio` (k, m) is the SD of the error of y, the mediator left out,
    over that of the mediator; `partial` (k, m) the partial correlation, `slope_on_x` (k, m) that of the mediator.

    Source: Imai, Keele & Yamamoto (2010), Statistical Science 25, 51-71, theorem 4 and equation 14; R:
    mediation::medsens. Other mediators are held constant as if nothing confounded them.
    """

    ratio: FloatArray
    partial: FloatArray
    slope_on_x: FloatArray

    @property
    def rho(self) -> FloatArray:
        """Correlation of errors at which the indirect effect is nil, (k,), -1 to 1."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.tanh(np.arctanh(self.partial).mean(axis=1)))

    @property
    def explained(self) -> FloatArray:
        """Shares of the unexplained variances of mediator and outcome that such a cause explains, multiplied, (k,)."""
        return np.asarray(np.square(self.rho))

    def indirect_at(self, rho: ArrayLike) -> FloatArray:
        """Give the indirect effects (k, r) if the errors correlated by each of `rho` (r,), averaged over data sets.

        Without another mediator in between, at the mean of a moderator. NaN for 1 and beyond.
        """
        supposed = np.atleast_1d(np.asarray(rho, dtype=np.float64))
        supposed = np.where(np.abs(supposed) < 1, supposed, np.nan)[:, np.newaxis]
        known = self.partial[:, np.newaxis]
        slope = known - supposed * np.sqrt((1 - known**2) / (1 - supposed**2))
        effects = self.slope_on_x[:, np.newaxis] * self.ratio[:, np.newaxis] * slope
        return np.asarray(effects.mean(axis=2))


def confounding_of_mediators(
    left: FloatArray, slope_on_x: FloatArray, mediators: int
) -> ConfoundingOfMediators:
    """Judge from `left` (q, q, m): cross-products of mediators, their products with w, and y, x and controls taken out.

    `slope_on_x` (k, m), the slopes of the mediators. NaN where they are singular.
    """
    matrices = np.moveaxis(left, 2, 0)
    k, m = mediators, len(matrices)
    ratio, partial = np.full((k, m), np.nan), np.full((k, m), np.nan)
    for j in range(k):
        pair = [j, matrices.shape[1] - 1]
        others = [place for place in range(matrices.shape[1]) if place not in pair]
        own = matrices[:, pair][:, :, pair]
        if others:
            across = matrices[:, pair][:, :, others]
            among = np.linalg.pinv(matrices[:, others][:, :, others], hermitian=True)
            own = own - across @ among @ across.swapaxes(1, 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio[j] = np.sqrt(own[:, 1, 1] / own[:, 0, 0])
            partial[j] = np.clip(own[:, 0, 1] / np.sqrt(own[:, 0, 0] * own[:, 1, 1]), -1, 1)
    return ConfoundingOfMediators(ratio, partial, slope_on_x)
