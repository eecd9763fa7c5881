"""How far each row pulls the coefficients of fitted regressions, and which rows pull most.

Models are m, terms t, rows n. Nothing of one row is meant to be shown: see `shares_beyond` and `leave_out`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.families import Logit, family_of
from inspraak.estimation.generalised import GeneralisedFit
from inspraak.estimation.ordinal import OrdinalFit
from inspraak.estimation.stack import check_terms

SHARE = 0.01
FEWEST = 5
"""What is left out: 1 % of the rows, and never fewer than 5."""
_logistic = Logit().mean


def pulls(
    fit: GeneralisedFit | OrdinalFit,
    columns: FloatArray,
    y: FloatArray,
    design: SurveyDesign,
    *,
    included: BoolArray,
    terms: Sequence[int] | None = None,
) -> FloatArray:
    """Give how far each row pulls the coefficients of `terms` (indices, default all), (m, t, n).

    `columns` (m, k, n) and `y` (m, n) are those of the fit, without gaps in the rows `included` (m, n), which are all
    that it used; the others pull 0. A pull is the row's weighted score times the inverse information: to first order
    the change of the coefficient if the row were not there, with the sign turned (the sum of their squares is HC0).
    NaN where a model has not converged. Raises ValueError for terms that the fit has not.

    Source: Pregibon (1981), Annals of Statistics 9, 705-724; under weights: Li & Valliant (2011), Survey Methodology
    37, 13-23. R: sandwich::estfun(fit) %*% sandwich::bread(fit) / n.
    """
    wanted = check_terms(terms, fit.coefficients.shape[1])
    weights = design.weights * included
    weights = weights * (included.sum(axis=1) / weights.sum(axis=1))[:, np.newaxis]
    if isinstance(fit, OrdinalFit):
        scores = _ordinal_scores(fit, columns, y)
    else:
        family = family_of(fit.family, fit.theta if fit.family == "negative_binomial" else None)
        eta = (fit.solution[:, np.newaxis] @ columns)[:, 0]
        scores = columns * family.working(eta, y)[0][:, np.newaxis]
    scores = np.where(included[:, np.newaxis], scores, 0.0) * weights[:, np.newaxis]
    return np.asarray(np.nan_to_num(fit.inverse_information[:, wanted]) @ scores) + np.where(
        fit.converged, 0.0, np.nan
    ).reshape(-1, 1, 1)


def _ordinal_scores(fit: OrdinalFit, columns: FloatArray, y: FloatArray) -> FloatArray:
    """Give derivatives of each row's log-probability to slopes and thresholds, (m, k + J - 1, n)."""
    k = columns.shape[1]
    eta = (np.nan_to_num(fit.parameters[:, np.newaxis, :k]) @ columns)[:, 0]
    cuts = np.where(np.isnan(fit.thresholds), np.inf, fit.thresholds)
    level = (y[:, np.newaxis] > fit.levels[:, :-1, np.newaxis]).sum(axis=1)
    end = np.full((len(cuts), 1), np.inf)
    whole = np.concatenate([-end, cuts, end], axis=1)
    below, above = (
        _logistic(np.take_along_axis(whole, level + step, axis=1) - eta) for step in (1, 0)
    )  # up to the threshold above the level, and below it
    probability = np.maximum(below - above, np.finfo(np.float64).tiny)
    place = np.arange(cuts.shape[1])[:, np.newaxis]
    up = (level[:, np.newaxis] == place) * (below * (1 - below) / probability)[:, np.newaxis]
    down = (level[:, np.newaxis] == place + 1) * (above * (1 - above) / probability)[:, np.newaxis]
    return np.concatenate([columns * (below + above - 1)[:, np.newaxis], up - down], axis=1)


def shares_beyond(pull: ArrayLike, errors: ArrayLike, included: BoolArray) -> FloatArray:
    """Give the share of rows whose DFBETAS is beyond 2 / sqrt(n), mean over data sets, (t,).

    `pull` (m, t, n), `errors` (m, t) the standard errors, `included` (m, n). Source: Belsley, Kuh & Welsch (1980),
    Regression Diagnostics, 2.1.
    """
    n = included.sum(axis=1)[:, np.newaxis]
    scaled = np.abs(np.asarray(pull)) / np.asarray(errors)[:, :, np.newaxis]
    return np.asarray(((scaled > (2 / np.sqrt(n))[:, :, np.newaxis]).sum(axis=2) / n).mean(axis=0))


def leave_out(pull: ArrayLike, included: BoolArray) -> BoolArray:
    """Mark the rows that pull each term most, in either direction, on average over data sets, (t, n).

    `pull` (m, t, n), `included` (m, n). One in a hundred of the rows that any data set uses, and at least 5.
    """
    size = np.abs(np.asarray(pull)).mean(axis=0)
    number = max(FEWEST, int(np.ceil(SHARE * included.any(axis=0).sum())))
    marked = np.zeros(size.shape, dtype=np.bool_)
    np.put_along_axis(marked, np.argsort(-size, axis=1, kind="stable")[:, :number], True, axis=1)
    return marked
