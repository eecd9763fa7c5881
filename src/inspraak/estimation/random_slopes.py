"""Do slopes differ between groups: linear regression with a random intercept and slope per group, over imputations."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from inspraak.estimation.arrays import FloatArray, IntArray, as_codes
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.distributions import t_p_value, t_quantile
from inspraak.estimation.group_slopes import own_slopes, predicted_slopes
from inspraak.estimation.pooling import PooledEstimates
from inspraak.estimation.slope_likelihood import SlopeLikelihood
from inspraak.estimation.slope_search import Highest, Profile, derivatives, ends_of_spread, highest
from inspraak.estimation.terms import imputed, imputed_block, imputed_terms

VARIANCES = 4  # parameters: the variance within groups, those of intercept and slope, and their covariance
INDEPENDENT = 1e-9  # a column of which earlier ones leave less than this share is none of its own


@dataclass(frozen=True, eq=False)
class RandomSlopes:
    """One regression with J groups over m data sets; slopes in units of the outcome per unit of x.

    `spread` is the SD tau of the slopes between groups, `spread_low` to `spread_high` its 95 % profile interval and
    `spread_bound` the upper end of its 90 % interval, infinite where the likelihood never falls so far. `correlation`
    is that of intercepts and slopes, NaN where either does not differ. `slope` is the mean slope, `predicted` (J,) are
    those of the groups drawn towards it as far as they are uncertain (empirical best linear unbiased predictions),
    `own` (J,) the slopes of each group alone. `statistic` is twice the rise of the log-likelihood over that of equal
    slopes, with `p_value` from half chi-square 1, half chi-square 2. `sd_x` and `sd_y` are weighted, for standardising.
    """

    null_hypothesis: ClassVar[str] = "the slope is the same in all groups"

    n: int
    imputations: int
    groups: FloatArray | IntArray
    group_n: IntArray
    spread: float
    spread_low: float
    spread_high: float
    spread_bound: float
    intercept_spread: float
    correlation: float
    variance_within: float
    log_likelihood: float
    statistic: float
    p_value: float
    slope: PooledEstimates
    predicted: PooledEstimates
    own: PooledEstimates
    sd_x: float
    sd_y: float
    profile: "SpreadProfile"


@dataclass(frozen=True, eq=False)
class SpreadProfile:
    """How the mean deviance of m data sets rises with the SD of slopes, on the scale of the search.

    `increase` is the relative increase in variance by what is missing, `unit` one unit of the search in units of the
    outcome per unit of x.
    """

    likelihood: SlopeLikelihood
    best: Highest
    increase: float
    unit: float

    @property
    def df(self) -> float:
        """Denominator degrees of freedom of a rise: infinite without imputations."""
        m = len(self.likelihood.cross)
        if m == 1 or self.increase == 0:
            return float("inf")
        return VARIANCES * (m - 1) * (1 + 1 / self.increase) ** 2

    def interval(self, level: float) -> tuple[float, float]:
        """Give the interval of the SD of slopes at a level."""
        allowed = float(t_quantile((1 + level) / 2, self.df)) ** 2 * (1 + self.increase)
        low, high = ends_of_spread(self.likelihood, self.best, allowed)
        return low * self.unit, high * self.unit

    def rise(self, spread: float) -> float:
        """Give the likelihood ratio statistic of an SD of slopes, less what imputation adds."""
        return Profile(self.likelihood, self.best).rise(spread / self.unit) / (1 + self.increase)

    def p_value(self, spread: float) -> float:
        """Give the two-sided p of the hypothesis that the SD of slopes is `spread`, which is above 0."""
        return float(t_p_value(np.sqrt(self.rise(spread)), self.df))


def fit_random_slopes(
    x: ArrayLike,
    y: ArrayLike,
    groups: ArrayLike,
    design: SurveyDesign,
    *,
    controls: ArrayLike | None = None,
    included: ArrayLike | None = None,
) -> RandomSlopes:
    """Fit y = (b0 + u0_g) + (b1 + u1_g) x + controls + e by restricted maximum likelihood; u and e normal.

    `x` and `y` (m, n) or (n,); `groups` (n,) codes, the same in all data sets; `controls` (m, c, n) or (c, n), to which
    an intercept is added, those that earlier columns determine left out; NaN = missing. A data set uses the rows where
    all columns are there, the weight is positive and `included` ((n,) or (m, n) booleans) holds. x is centred at its
    weighted mean, which is where `correlation` and intercepts hold.

    The likelihood is unweighted: weights of a design that is held constant by the controls tell nothing of slopes, and
    weighted likelihoods of variances are biased in small groups (Pfeffermann et al. 1998, JRSS B 60, 23-40).

    Over imputations the mean deviance is searched, and its rise is divided by 1 + r, r the relative increase in
    variance by what is missing, as of the likelihood ratio (Chan & Meng 2022, Statistica Sinica 32, 1489-1514; here by
    one Newton step from the common optimum in each data set). Intervals are of the restricted profile likelihood.

    Source: Bates et al. (2015), Journal of Statistical Software 67(1), 3; test on the edge: Stram & Lee (1994),
    Biometrics 50, 1171-1177. R: lme4::lmer(y ~ x + controls + (1 + x | group)); its profile() takes the ML deviance of
    a REML fit, ours the REML one. Raises ValueError for wrong shapes, missing groups, fewer than two groups, and where
    x or y does not vary.
    """
    terms = imputed_terms(
        imputed(x, design, name="x")[:, np.newaxis],
        imputed(y, design, name="y")[:, np.newaxis],
        imputed_block(controls, design, name="controls"),
        design=design,
        included=included,
    )
    codes = as_codes(groups, rows=design.n, name="groups")
    present, code = np.unique(codes[terms.complete.any(axis=0)], return_inverse=True)
    if present.size < 2:
        raise ValueError(f"{present.size} groups; expected two at least")
    everywhere = np.zeros(design.n, dtype=np.int64)
    everywhere[terms.complete.any(axis=0)] = code
    x_block, y_block, held = terms.blocks
    sd_x, sd_y = (terms.deviation(block[:, 0], design) for block in (x_block, y_block))
    if not (sd_x > 0 and sd_y > 0):
        raise ValueError("x or y does not vary")
    used = terms.complete.astype(np.float64)
    centred = (x_block[:, 0] - terms.means(x_block[:, 0], design)[:, np.newaxis]) / sd_x * used
    scaled = y_block[:, 0] / sd_y
    columns = _independent(np.concatenate([used[:, np.newaxis], centred[:, np.newaxis], held], axis=1))
    likelihood = SlopeLikelihood.of(columns, centred, scaled, everywhere, used)
    return _result(likelihood, np.unique(np.asarray(groups))[present], sd_x, sd_y)


def _result(
    likelihood: SlopeLikelihood, groups: FloatArray | IntArray, sd_x: float, sd_y: float
) -> RandomSlopes:
    best = highest(likelihood)
    unit = sd_y / sd_x
    profile = SpreadProfile(likelihood, best, _increase(likelihood, best), unit)
    low, high = profile.interval(0.95)
    statistic = profile.rise(0.0) if best.spread > 0 else 0.0
    a, b, c = best.factor
    steep = float(np.hypot(b, c))
    slope, predicted = predicted_slopes(likelihood, best)
    counts = likelihood.inner[:, :, 0]
    return RandomSlopes(
        n=int(counts.sum(axis=1).min()),
        imputations=len(counts),
        groups=groups,
        group_n=counts.min(axis=0).astype(np.int64),
        spread=best.spread * unit,
        spread_low=low,
        spread_high=high,
        spread_bound=profile.interval(0.90)[1],
        intercept_spread=float(a * np.exp(best.log_sigma)) * sd_y,
        correlation=float(b / steep) if a > 0 and steep > 0 else float("nan"),
        variance_within=float(np.exp(2 * best.log_sigma)) * sd_y**2,
        # of the columns as given: the restricted likelihood changes with their units
        log_likelihood=-best.deviance / 2 - float(likelihood.df.mean()) * np.log(sd_y) - np.log(sd_x),
        statistic=statistic,
        p_value=float(chdtrc(1, statistic) + chdtrc(2, statistic)) / 2 if statistic > 0 else 1.0,
        slope=slope.times(unit),
        predicted=predicted.times(unit),
        own=own_slopes(likelihood).times(unit),
        sd_x=sd_x,
        sd_y=sd_y,
        profile=profile,
    )


def _increase(likelihood: SlopeLikelihood, best: Highest) -> float:
    """Give the relative increase in variance by what is missing: how far each data set's optimum lies beside `best`."""
    m = len(likelihood.cross)
    if m == 1:
        return 0.0
    at = np.append(best.log_sigma, best.factor)
    slopes, bends = derivatives(lambda points: likelihood.deviances(points[:, 1:], points[:, 0]), at)
    values, vectors = np.linalg.eigh(bends.mean(axis=2))
    apart = values > 1e-6 * values.max()
    along = vectors[:, apart].T @ slopes
    gains = (np.square(along) / values[apart, np.newaxis]).sum(axis=0) / 2
    return float((m + 1) / (VARIANCES * (m - 1)) * gains.mean())


def _independent(columns: FloatArray) -> FloatArray:
    """Give the columns (m, k, n) that earlier ones do not determine in some data set, the first two always."""
    kept = [0, 1]
    for place in range(2, columns.shape[1]):
        basis, _ = np.linalg.qr(columns[:, kept].swapaxes(1, 2))
        one = columns[:, place]
        rest = one - (basis @ (basis.swapaxes(1, 2) @ one[..., np.newaxis]))[..., 0]
        if (np.square(rest).sum(axis=1) > INDEPENDENT * np.square(one).sum(axis=1)).all():
            kept.append(place)
    return columns[:, kept]
