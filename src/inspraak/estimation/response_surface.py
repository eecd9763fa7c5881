"""Response surfaces: how y goes together with two things on one scale, and with the distance between them."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.coefficients import WaldTest
from inspraak.estimation.combinations import CombinedTerms
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.imputed_regression import ImputedRegression, imputed_regression
from inspraak.estimation.pooling import PooledEstimates
from inspraak.estimation.sandwich import Covariance
from inspraak.estimation.surface_axes import PrincipalAxes, principal_axes

FEATURES = np.array(
    [[1, 1, 0, 0, 0], [0, 0, 1, 1, 1], [1, -1, 0, 0, 0], [0, 0, 1, -1, 1], [0, 0, 1, 0, -1]], dtype=np.float64
)
"""How a1 to a5 are made of the coefficients of x, z, x squared, x z and z squared."""
APART = 0.5  # SD between two standardised values from which they disagree
Line = Literal["congruence", "incongruence"]


@dataclass(frozen=True, eq=False)
class ResponseSurface:
    """A surface of the second degree in x and z (expectation and fulfilment, say), in units of y per unit of them.

    `terms` are the coefficients of x, z, x squared, x z and z squared, both taken from the `midpoint`, and with a
    moderator, taken from `centre`, those of the moderator and of its product with each of the five. `coefficients` (5,)
    and `features` (5,) hold at the mean of the moderator. a1 and a2 are slope and curvature along the line of
    congruence, x = z, at the midpoint; a3 and a4 those along the line of incongruence, x = -z; a5 the difference of the
    squares, 0 where the ridge runs parallel to the line of congruence. `quadratic` tests the three terms of the second
    degree, `axes` are the stationary point and the principal axes, at the pooled coefficients.

    `n` are the rows of the data set that uses fewest. `below`, `close` and `above` are the weighted shares of units
    whose standardised x lies half an SD or more below z, closer, or above: without both ends there is little to learn
    from the line of incongruence. `level` is y at the midpoint where all that is held constant is at its weighted mean.
    `sd_y` is the weighted SD of y. SDs, shares and the level are averaged over data sets.
    """

    null_hypothesis: ClassVar[str] = "the slope or curvature along this line is zero"

    terms: CombinedTerms
    midpoint: float
    centre: float
    n: int
    quadratic: WaldTest
    axes: PrincipalAxes
    below: float
    close: float
    above: float
    level: float
    sd_y: float

    @property
    def coefficients(self) -> PooledEstimates:
        """Coefficients of x, z, x squared, x z and z squared, (5,)."""
        return self._sums(np.eye(5))

    @property
    def features(self) -> PooledEstimates:
        """The features a1 to a5, (5,)."""
        return self._sums(FEATURES)

    @property
    def moderated(self) -> bool:
        """Whether the surface has a moderator."""
        return bool(self.terms.coefficients.shape[1] > 5)

    @property
    def moderation(self) -> WaldTest:
        """Test that no coefficient of the surface changes with the moderator. Raises ValueError without one."""
        self._needs_moderator()
        return self.terms.joint(range(6, 11))

    @property
    def feature_changes(self) -> PooledEstimates:
        """Change of a1 to a5 per unit of the moderator, (5,). Raises ValueError without one."""
        self._needs_moderator()
        return self.terms.sums(np.concatenate([np.zeros((5, 6)), FEATURES], axis=1))

    def features_at(self, moderator: float) -> PooledEstimates:
        """Give a1 to a5 at a value of the moderator, (5,). Raises ValueError without one."""
        self._needs_moderator()
        distance = moderator - self.centre
        return self.terms.sums(np.concatenate([FEATURES, np.zeros((5, 1)), distance * FEATURES], axis=1))

    def slope_along(self, line: Line, at: ArrayLike) -> PooledEstimates:
        """Give the slope along a line at distances (v,) of x from the midpoint: a1 + 2 a2 x or a3 + 2 a4 x.

        Raises ValueError for another line.
        """
        if line not in ("congruence", "incongruence"):
            raise ValueError(f"line is {line!r}; expected 'congruence' or 'incongruence'")
        slope, curvature = FEATURES[:2] if line == "congruence" else FEATURES[2:4]
        return self._sums(
            slope + 2 * np.atleast_1d(np.asarray(at, dtype=np.float64))[:, np.newaxis] * curvature
        )

    def heights(self, x: ArrayLike, z: ArrayLike) -> FloatArray:
        """Give y at x and z in their own unit, less that at the midpoint, shaped as they broadcast."""
        across, along = np.asarray(x, float) - self.midpoint, np.asarray(z, float) - self.midpoint
        b = self.terms.pooled
        return np.asarray(
            b[0] * across + b[1] * along + b[2] * across**2 + b[3] * across * along + b[4] * along**2
        )

    def _sums(self, weights: FloatArray) -> PooledEstimates:
        width = self.terms.coefficients.shape[1]
        return self.terms.sums(np.pad(weights, ((0, 0), (0, width - 5))))

    def _needs_moderator(self) -> None:
        if not self.moderated:
            raise ValueError("the surface has no moderator")


def fit_response_surface(
    x: ArrayLike,
    z: ArrayLike,
    y: ArrayLike,
    design: SurveyDesign,
    *,
    midpoint: float,
    controls: ArrayLike | None = None,
    moderator: ArrayLike | None = None,
    included: ArrayLike | None = None,
    covariance: Covariance = "design",
) -> ResponseSurface:
    """Regress y on x, z, their squares and their product, in every imputed data set.

    `x`, `z`, `y` and `moderator` (m, n) or (n,); x and z have one scale, whose `midpoint` is taken from both.
    `controls` (m, c, n) or (c, n); an intercept is added. NaN = missing; `included` and `covariance` as in
    `imputed_regression.imputed_regression`.

    Source: Edwards & Parry (1993), Academy of Management Journal 36, 1577-1613; Shanock et al. (2010), Journal of
    Business and Psychology 25, 543-554; a5: Humberg, Nestler & Back (2019), Social Psychological and Personality
    Science 10, 409-419. R: lm or survey::svyglm of y on x + z + I(x^2) + I(x * z) + I(z^2); RSA::RSA. Raises
    ValueError for wrong shapes.
    """
    named: dict[str, ArrayLike] = {"x": x, "z": z}
    if moderator is not None:
        named["moderator"] = moderator
    model = imputed_regression(named, y, design, controls=controls, included=included, covariance=covariance)
    inside = model.rows.complete
    across, along = ((model.columns[:, place] - midpoint) * inside for place in (0, 1))
    surface = np.stack([across, along, across**2, across * along, along**2], axis=1)
    centre, used = np.nan, surface
    if moderator is not None:
        centre = float(model.means[2])
        distance = ((model.columns[:, 2] - centre) * inside)[:, np.newaxis]
        used = np.concatenate([surface, distance, surface * distance], axis=1)
    terms = model.fit(used)
    below, close, above = _discrepancies(model)
    return ResponseSurface(
        terms=terms,
        midpoint=midpoint,
        centre=centre,
        n=model.rows.n,
        quadratic=terms.joint((2, 3, 4)),
        axes=principal_axes(terms.pooled[:5], terms.total_covariance[:5, :5], float(terms.each.df[:5].min())),
        below=below,
        close=close,
        above=above,
        level=_level(model, terms, used),
        sd_y=model.sd_y,
    )


def _level(model: ImputedRegression, terms: CombinedTerms, used: FloatArray) -> float:
    """Give y where all terms (m, t, n) are 0 and what is held constant is at its mean: residuals have mean zero."""
    share = model.weights / model.weights.sum(axis=1, keepdims=True)
    means = np.einsum("mtn,mn->mt", used, share)
    return float(((share * model.y).sum(axis=1) - (terms.coefficients * means).sum(axis=1)).mean())


def _discrepancies(model: ImputedRegression) -> tuple[float, float, float]:
    """Give the weighted shares of units whose standardised x lies below z, close, above (Shanock et al. 2010)."""
    means, deviations = model.means[:2], model.deviations[:2]
    with np.errstate(divide="ignore", invalid="ignore"):
        standard = (model.columns[:, :2] - means[:, np.newaxis]) / deviations[:, np.newaxis]
        distance = standard[:, 0] - standard[:, 1]
        weights = model.weights / model.weights.sum(axis=1, keepdims=True)
    below, above = (
        float((weights * side).sum(axis=1).mean()) for side in (distance <= -APART, distance >= APART)
    )
    return below, 1 - below - above, above
