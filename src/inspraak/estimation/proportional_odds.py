"""Is one slope enough for all thresholds of an ordered outcome: the test of proportional odds."""

import numpy as np

from inspraak.estimation.arrays import BoolArray, FloatArray
from inspraak.estimation.coefficients import WaldTest
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.generalised import fit_generalised
from inspraak.estimation.influence import pulls
from inspraak.estimation.pooling import combine_wald
from inspraak.estimation.sandwich import Covariance, covariance_of_totals

FEWEST = 10
"""Rows on either side of a threshold, or the logit at it says nothing."""
MOST_CUTS = 6
"""Thresholds compared: of a longer scale these many, spread over it."""


def proportional_odds(
    columns: FloatArray,
    y: FloatArray,
    design: SurveyDesign,
    *,
    terms: int,
    included: BoolArray,
    covariance: Covariance = "design",
) -> WaldTest | None:
    """Test that the slopes of the first `terms` columns are alike at all thresholds, over m data sets.

    `columns` (m, k, n) with the intercept last, `y` (m, n), without gaps in the rows `included` (m, n). At each
    threshold with 10 rows on either side in every data set (six at most) a logit says whether y lies above it. The
    slopes of all of them have one joint covariance, from the pulls of the rows on each: that of the design, `HC0` or
    `HC1`. Null: the slopes of a term are equal. F test with D1 over data sets. None with fewer than two thresholds
    whose logits converge. Raises ValueError for another covariance.

    Source: Brant (1990), Biometrics 46, 1171-1178, with the sandwich in place of the model's variance.
    """
    if covariance not in ("design", "HC0", "HC1"):
        raise ValueError(f"covariance is {covariance!r}; expected 'design', 'HC0' or 'HC1'")
    found, moves, df = [], [], np.inf
    for cut in _cuts(y, included):
        above = np.where(included, y > cut, 0.0)
        fit = fit_generalised(
            columns.swapaxes(1, 2), above.T, design, family="logit", covariance=covariance,
            included=included.T, variances_of=range(terms),
        )  # fmt: skip
        if not fit.converged.all() or fit.aliased[:, :terms].any():
            continue
        found.append(fit.coefficients[:, :terms])
        moves.append(pulls(fit, columns, above, design, included=included, terms=range(terms)))
        df = min(df, float(fit.df.min()))
    if len(found) < 2 or df <= 0:
        return None
    slopes, joint = np.concatenate(found, axis=1), np.concatenate(moves, axis=1)
    matrices = covariance_of_totals(
        covariance,
        joint,
        design,
        rows=np.arange(design.n),
        used=included,
        rank=columns.shape[1],
        clusters=None,
    )
    first = np.tile(np.eye(terms), (len(found) - 1, 1))
    against = np.concatenate([-first, np.eye(first.shape[0])], axis=1)
    return combine_wald(slopes @ against.T, against @ matrices @ against.T, df=df)


def _cuts(y: FloatArray, included: BoolArray) -> FloatArray:
    """Give the values of y above which, and up to which, there are enough rows in every data set."""
    values = np.unique(y[included])[:-1]
    higher = (y[:, np.newaxis] > values[:, np.newaxis]) & included[:, np.newaxis]
    above = higher.sum(axis=2)
    apart = np.minimum(above, included.sum(axis=1)[:, np.newaxis] - above).min(axis=0)
    cuts = values[apart >= FEWEST]
    kept = np.linspace(0, cuts.size - 1, min(MOST_CUTS, cuts.size)).round().astype(np.int64)
    return np.asarray(cuts[kept])
