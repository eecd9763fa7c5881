"""Slopes over waves in the same employers: fixed effects, and the later outcome on what came before.

All rows of several waves lie one below the other, as in the design of `panel.panel_design`, whose sampling units are
the employers. What never changes within an employer, measured or not, cannot make a within slope.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, CodeArray, FloatArray, IntArray, as_codes
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.generalised import GeneralisedFit, fit_generalised
from inspraak.estimation.pooling import PooledEstimates, combine
from inspraak.estimation.sandwich import Covariance
from inspraak.estimation.terms import ImputedTerms, imputed, imputed_block, imputed_terms


@dataclass(frozen=True, eq=False)
class PanelSlopes:
    """Slopes of k predictors over m imputations, all (k,).

    `slope` is in units of the outcome per unit of the predictor, `standardised` in standard deviations over all rows
    used, between employers and within, so that it compares with a cross-section; `per_sd` is in units of the outcome
    per standard deviation of the predictor. `changing` is the share of a
    predictor's variance that lies within employers (NaN in a lagged model): where it is small, little can be learnt.
    `carry_over` is the slope of the outcome on its own earlier value, None in a fixed-effects model. `n` rows and
    `employers` are those of the imputation with the fewest rows.
    """

    null_hypothesis: ClassVar[str] = "the slope is zero"

    n: int
    employers: int
    slope: PooledEstimates
    standardised: PooledEstimates
    per_sd: PooledEstimates
    changing: FloatArray
    carry_over: PooledEstimates | None


@dataclass(frozen=True, eq=False)
class _Panel:
    """Columns of m data sets over the rows of several waves; those of x come first, that of y last."""

    terms: ImputedTerms
    units: IntArray  # (n,) number of each row's employer
    waves: IntArray  # (n,) number of its wave, in order
    k: int
    design: SurveyDesign


def within_slopes(
    x: ArrayLike,
    y: ArrayLike,
    employers: CodeArray,
    waves: CodeArray,
    design: SurveyDesign,
    *,
    controls: ArrayLike | None = None,
    included: ArrayLike | None = None,
    covariance: Covariance = "design",
    wave_effects: bool = True,
) -> PanelSlopes:
    """Give the slope of change in y on change in x in the same employer, by fixed effects of employers and waves.

    `x` (m, k, n) or (k, n), `y` (m, n) or (n,), `controls` (m, c, n) or (c, n) that change over waves; NaN = missing.
    `employers` and `waves` (n,) codes; the waves follow each other in the order of their codes. A data set uses the
    rows where all columns are there, the weight is positive and `included` ((n,) or (m, n) booleans) holds, of
    employers with two such rows or more. Every column is taken from its employer's weighted mean, and the rest
    regressed by least squares, with a dummy per wave (`wave_effects`).

    `covariance` (as in `generalised.fit_generalised`): `design`, by strata with employers as sampling units, or
    `cluster`, by employers alone. It takes the fixed effects as known, as clustering allows (Arellano 1987, Oxford
    Bulletin of Economics and Statistics 49, 431-434). Source: Wooldridge (2010), Econometric Analysis of Cross Section
    and Panel Data, 10.5. R: plm::plm(model = "within", effect = "twoways") and vcovHC(cluster = "group"), of which
    `cluster` is the HC0 times g / (g - 1) (n - 1) / (n - terms). Raises ValueError for wrong shapes, an employer twice
    in one wave, and where no employer has two rows.
    """
    panel = _panel(x, y, controls, employers, waves, design, included)
    complete = panel.terms.complete & _in_several(panel)
    if not complete.any(axis=1).all():
        raise ValueError("no employer has two complete rows")
    columns = np.concatenate(panel.terms.blocks, axis=1)
    if wave_effects:
        dummies = panel.waves == np.unique(panel.waves)[1:, np.newaxis]
        columns = np.insert(
            columns, [panel.k], np.broadcast_to(dummies, (len(columns), *dummies.shape)), axis=1
        )
    weights = design.weights * complete
    inner = (columns - _unit_means(columns, weights, panel.units)) * complete[:, np.newaxis]
    fit = _fitted(inner[:, :-1], inner[:, -1], complete, panel, covariance)
    whole, within = _squares(columns, weights), (weights[:, np.newaxis] * inner**2).sum(axis=2)
    sd = np.sqrt(whole / weights.sum(axis=1, keepdims=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        changing = (within[:, : panel.k] / whole[:, : panel.k]).mean(axis=0)
    return _slopes(fit, panel, complete, (sd[:, : panel.k], sd[:, -1]), changing, carry_over=None)


def lagged_slopes(
    x: ArrayLike,
    y: ArrayLike,
    employers: CodeArray,
    waves: CodeArray,
    design: SurveyDesign,
    *,
    controls: ArrayLike | None = None,
    included: ArrayLike | None = None,
    covariance: Covariance = "design",
) -> PanelSlopes:
    """Give the slope of y in one wave on x in the wave before, in the same employer, with y in the wave before held.

    Everything as in `within_slopes`, but a row counts where the employer has an outcome in the next wave too, with its
    own weight, controls and `included`; with more than two waves there is a dummy for each. Standard deviations are
    those of the earlier predictor and the later outcome. With x and y changed about it is the other half of a
    cross-lagged panel model.

    Source: Finkel (1995), Causal Analysis with Panel Data, 2. R: lm(y2 ~ y1 + x1), svyglm. Raises ValueError as
    `within_slopes`.
    """
    panel = _panel(x, y, controls, employers, waves, design, included)
    following = _next_rows(panel.units, panel.waves)
    outcome = imputed(y, design, name="y")
    later = np.where(following >= 0, outcome[:, following], np.nan)
    complete = panel.terms.complete & ~np.isnan(later)
    if not complete.any(axis=1).all():
        raise ValueError("no employer has two complete rows")
    dummies = panel.waves == np.unique(panel.waves[complete.any(axis=0)])[1:, np.newaxis]
    ones = np.ones((1, design.n))
    added = np.broadcast_to(np.concatenate([dummies, ones]), (len(complete), len(dummies) + 1, design.n))
    blocks = panel.terms.blocks
    columns = np.concatenate([blocks[0], blocks[2], blocks[1], added], axis=1)
    fit = _fitted(columns, np.where(complete, later, 0.0), complete, panel, covariance)
    unknown = np.full(panel.k, np.nan)
    return _slopes(fit, panel, complete, (fit.sd_x[:, : panel.k], fit.sd_y), unknown, carry_over=panel.k)


def _panel(
    x: ArrayLike,
    y: ArrayLike,
    controls: ArrayLike | None,
    employers: CodeArray,
    waves: CodeArray,
    design: SurveyDesign,
    included: ArrayLike | None,
) -> _Panel:
    predictors, held = imputed_block(x, design, name="x"), imputed_block(controls, design, name="controls")
    outcome = imputed(y, design, name="y")[:, np.newaxis]
    terms = imputed_terms(predictors, held, outcome, design=design, included=included)
    units = as_codes(employers, rows=design.n, name="employers")
    order = as_codes(waves, rows=design.n, name="waves")
    if np.unique(units * (order.max(initial=0) + 1) + order).size < design.n:
        raise ValueError("employers occur twice in one wave")
    return _Panel(terms, units, order, predictors.shape[1], design)


def _in_several(panel: _Panel) -> BoolArray:
    """Tell which rows (m, n) belong to an employer with two complete rows at least."""
    counts = np.array(
        [np.bincount(panel.units[row], minlength=panel.units.max() + 1) for row in panel.terms.complete]
    )
    return np.asarray(counts[:, panel.units] > 1)


def _next_rows(units: IntArray, waves: IntArray) -> IntArray:
    """Give the row of the same employer in the next wave, -1 where there is none."""
    width = int(waves.max(initial=0)) + 2  # the last wave has no next
    key = units * width + waves
    order = np.argsort(key)
    place = np.minimum(np.searchsorted(key[order], key + 1), key.size - 1)
    return np.where(key[order][place] == key + 1, order[place], -1)


def _unit_means(columns: FloatArray, weights: FloatArray, units: IntArray) -> FloatArray:
    """Give, in every row, the weighted mean of its employer: (m, c, n) under weights (m, n)."""
    order = np.argsort(units, kind="stable")
    first = np.flatnonzero(np.diff(units[order], prepend=-1))
    total = np.add.reduceat(weights[:, order], first, axis=1)[:, np.newaxis]
    sums = np.add.reduceat((columns * weights[:, np.newaxis])[:, :, order], first, axis=2)
    means = np.divide(sums, total, out=np.zeros_like(sums), where=total > 0)
    return np.asarray(means[:, :, units])


def _squares(columns: FloatArray, weights: FloatArray) -> FloatArray:
    """Give the weighted squares (m, c) of columns around their means."""
    share = weights / weights.sum(axis=1, keepdims=True)
    distance = columns - (columns @ share[:, :, np.newaxis])
    return np.asarray((weights[:, np.newaxis] * distance**2).sum(axis=2))


def _fitted(
    columns: FloatArray, outcome: FloatArray, complete: BoolArray, panel: _Panel, covariance: Covariance
) -> GeneralisedFit:
    """Regress an outcome (m, n) on columns (m, c, n) by least squares, clustered by employer."""
    return fit_generalised(
        columns.swapaxes(1, 2),
        outcome.T,
        panel.design,
        family="linear",
        covariance=covariance,
        clusters=panel.units,
        included=complete.T,
        variances_of=range(panel.k + 1) if columns.shape[1] > panel.k else range(panel.k),
    )


def _slopes(
    fit: GeneralisedFit,
    panel: _Panel,
    complete: BoolArray,
    sd: tuple[FloatArray, FloatArray],
    changing: FloatArray,
    *,
    carry_over: int | None,
) -> PanelSlopes:
    """Pool the first k slopes of a fit; `sd` are standard deviations of predictors (m, k) and of the outcome (m,)."""
    variances = np.diagonal(fit.covariance, axis1=1, axis2=2)
    df, k = float(fit.df.min()), panel.k
    sd_x, ratio = sd[0], sd[0] / sd[1][:, np.newaxis]
    fewest = int(complete.sum(axis=1).argmin())
    own = None
    if carry_over is not None:
        own = combine(fit.coefficients[:, carry_over], variances[:, carry_over], df=df)
    return PanelSlopes(
        n=int(complete[fewest].sum()),
        employers=int(np.unique(panel.units[complete[fewest]]).size),
        slope=combine(fit.coefficients[:, :k], variances[:, :k], df=df),
        standardised=combine(fit.coefficients[:, :k] * ratio, variances[:, :k] * ratio**2, df=df),
        per_sd=combine(fit.coefficients[:, :k] * sd_x, variances[:, :k] * sd_x**2, df=df),
        changing=changing,
        carry_over=own,
    )
