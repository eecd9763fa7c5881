"""Differences between two groups, and correlations, as effects over imputed data sets."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.correlation import Correlations, correlate, correlate_partially
from inspraak.estimation.design import SurveyDesign, simple_design
from inspraak.estimation.imputed_regression import ImputedRegression, imputed_regression
from inspraak.estimation.pooling import PooledEstimates, combine
from inspraak.estimation.sandwich import Covariance
from inspraak.estimation.terms import imputed, imputed_block, imputed_terms

Errors = Literal["design", "welch", "pooled", "binomial"]
FITTED: dict[Errors, Covariance] = {
    "design": "design", "welch": "HC2", "pooled": "classical", "binomial": "HC0",
}  # fmt: skip
"""Of y on the group, the variance of the slope is that of Welch (HC2), of Student, or of two shares (HC0)."""


@dataclass(frozen=True, eq=False)
class GroupDifference:
    """The mean of a group less that of the others, in units of y.

    `sd` is the SD of y: over all rows used, weighted, with errors by the `design` (R: svyvar), else pooled within both
    groups. `n` (2,) counts the others and the group, in the data set that uses fewest rows.
    """

    difference: PooledEstimates
    sd: float
    n: tuple[int, int]

    @property
    def cohen_d(self) -> float:
        """Difference in SDs."""
        return float(self.difference.estimate) / self.sd

    @property
    def hedges_g(self) -> float:
        """Difference in SDs without the bias of small samples (Hedges 1981, J. of Educational Statistics 6, eq. 6e)."""
        df = sum(self.n) - 2
        factor = np.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / np.sqrt(df / 2)
        return self.cohen_d * float(factor)


def group_difference(
    y: ArrayLike,
    group: ArrayLike,
    design: SurveyDesign,
    *,
    errors: Errors = "design",
    included: ArrayLike | None = None,
) -> GroupDifference:
    """Compare y (m, n) or (n,) between units in a `group` (1) and others (0), (m, n) or (n,); NaN = missing.

    `errors` `design` weighs and takes the stratified sandwich, on units - strata - 1 degrees of freedom (R: svyglm of y
    on the group); the others count each row of positive weight once: `welch` (R: t.test), `pooled`
    (t.test(var.equal = TRUE)), and `binomial` for y of 0 and 1, referred to the normal (unpooled: Lakens 2017).
    Raises ValueError for wrong shapes, other codes of a group, and another kind of errors.
    """
    if errors not in get_args(Errors):
        raise ValueError(f"errors are {errors!r}; expected one of {get_args(Errors)}")
    used = design.weights > 0
    if included is not None:
        used = used & np.asarray(included, dtype=np.bool_)
    chosen = design if errors == "design" else simple_design(design.n)
    model = imputed_regression({"group": group}, y, chosen, included=used, covariance=FITTED[errors])
    inside = model.rows.complete
    member = model.columns[:, 0]
    if not np.isin(member, (0, 1)).all():
        raise ValueError("group holds values other than 0, 1 and NaN")
    fit = model.regress(model.columns)
    counts = np.array([(inside & (member == code)).sum(axis=1) for code in (0, 1)])
    spread = _variances(model, member)
    df: ArrayLike = float(fit.df.min())
    if errors == "binomial":
        df = np.inf
    elif errors == "welch":
        df = float(_welch_df(spread, counts).mean())
    sd = model.sd_y
    if errors != "design":
        with np.errstate(invalid="ignore", divide="ignore"):
            within = ((counts - 1) * spread).sum(axis=0) / (counts.sum(axis=0) - 2)
        sd = float(np.sqrt(within).mean())
    fewest = int(counts.sum(axis=0).argmin())
    return GroupDifference(
        combine(fit.coefficients[:, 0], fit.covariance[:, 0, 0], df=df),
        sd,
        (int(counts[0, fewest]), int(counts[1, fewest])),
    )


def _variances(model: ImputedRegression, member: FloatArray) -> FloatArray:
    """Give the variance of y in the others and in the group, (2, m)."""
    found = np.full((2, len(model.y)), np.nan)
    for code in (0, 1):
        for place, (y, inside, codes) in enumerate(zip(model.y, model.rows.complete, member)):
            own = y[inside & (codes == code)]
            found[code, place] = own.var(ddof=1) if own.size > 1 else np.nan
    return found


def _welch_df(variances: FloatArray, counts: FloatArray) -> FloatArray:
    """Give the degrees of freedom of Welch (1947), Biometrika 34, 28-35, (m,)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = variances / counts
        return np.asarray(share.sum(axis=0) ** 2 / (share**2 / (counts - 1)).sum(axis=0))


def correlation_on_fishers_scale(
    x: ArrayLike,
    y: ArrayLike,
    design: SurveyDesign,
    *,
    controls: ArrayLike | None = None,
    included: ArrayLike | None = None,
) -> PooledEstimates:
    """Give the (partial) correlation of x and y, each (m, n) or (n,), as atanh(r), pooled over data sets, ().

    With variance 1 / (n - 3 - k), k the number of `controls` (m, c, n) or (c, n), and with unequal weights Kish's
    effective n, as in `correlation`; referred to the normal. tanh of the estimate and of the bounds are correlations.
    Source: Fisher (1921), Metron 1, 3-32. R: cor.test. Raises ValueError for wrong shapes.
    """
    pair = np.stack(np.broadcast_arrays(imputed(x, design, name="x"), imputed(y, design, name="y")), axis=1)
    held = imputed_block(controls, design, name="controls")
    rows = imputed_terms(pair, held, design=design, included=included)
    points, variances = np.empty(len(rows.complete)), np.empty(len(rows.complete))
    for place, complete in enumerate(rows.complete):
        values = np.where(complete, rows.blocks[0][place], np.nan).T
        found: Correlations = (
            correlate_partially(values, rows.blocks[1][place].T, design)
            if held.shape[1]
            else correlate(values, design)
        )
        n = float((found.effective_n if design.is_weighted else found.n)[0, 1]) - 3 - found.controls
        with np.errstate(divide="ignore"):
            points[place] = np.arctanh(found.estimate[0, 1])
        variances[place] = 1 / n if n > 0 else np.nan
    return combine(points, variances)
