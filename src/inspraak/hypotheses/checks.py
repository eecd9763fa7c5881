"""Checks of the regressions behind a claim: does what the model supposes hold, and does it hang on a few employers."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from inspraak.estimation.influence import leave_out, pulls, shares_beyond
from inspraak.estimation.pooling import combine
from inspraak.estimation.proportional_odds import proportional_odds
from inspraak.estimation.sandwich import Covariance
from inspraak.hypotheses.columns import BoolArray, FloatArray, WaveData
from inspraak.hypotheses.modelling import FittedModel, ModelRows, fit_rows
from inspraak.hypotheses.predictors import Predictors
from inspraak.hypotheses.result import Detail

LEVEL = 0.05
LARGEST_VIF = 5.0
MOST_INFLUENTIAL = 0.10
"""Of the employers; about one in twenty is beyond 2 / sqrt(n) where nothing is the matter."""
LARGEST_DISPERSION = 2.0
FINE, DOUBTFUL = "fine", "doubtful"


def check_model(data: WaveData, part: str, fitted: FittedModel, predictors: Predictors) -> Iterator[Detail]:
    """Give one row of the table `checks` per term and check of a fitted model, none where nothing was fitted.

    `proportional_odds` (of an ordered logit; Brant 1990, see `estimation.proportional_odds`); `curvature`, the square
    of the term added (Ramsey 1969: p below .05 is doubtful); `without_most_influential`, the estimate without the 1 %
    of employers (5 at least) that pull it most: doubtful where its sign turns or its p passes .05, either way;
    `influence`, the share of employers with a DFBETAS beyond 2 / sqrt(n), doubtful above .10; `collinearity`, the
    variance inflation of the term, doubtful above 5; `dispersion` of a Poisson, Pearson's chi-square over its degrees
    of freedom, doubtful above 2. All are over the imputations, with the variance of the model. Variances need no check:
    they are robust; nor has the shape of residuals, at the numbers of employers that a model asks for.
    """
    rows = fitted.rows
    if rows is None:
        return
    about = {"outcome": fitted.outcome, "model": fitted.model, "imputations": _imputations(data)}
    used = rows.used & (data.test_design.weights > 0)
    terms = range(len(fitted.terms))
    pull = pulls(rows.fit, rows.columns, rows.values, data.test_design, included=used, terms=terms)
    beyond = shares_beyond(pull, rows.fit.std_errors[:, : len(terms)], used)
    marked, inflation = leave_out(pull, used), _inflation(predictors.columns, used, data.test_design.weights)
    for place in terms:
        found = [
            *_curvature(data, rows, place),
            *_without(data, fitted, rows, place, marked[place]),
            _against("influence", float(beyond[place]), MOST_INFLUENTIAL),
            _against("collinearity", float(inflation[place]), LARGEST_VIF),
        ]
        if rows.model == "ordered_logit":
            found += _odds(data, predictors, rows, used, place)
        if rows.model == "poisson":
            found.append(_against("dispersion", float(rows.dispersion.mean()), LARGEST_DISPERSION))
        for row in found:
            yield Detail(part, "checks", {"n": fitted.n, **about, "x": fitted.terms[place], **row})


def _imputations(data: WaveData) -> int:
    return data.imputations if data.imputations > 1 else 0


def _against(check: str, value: float, largest: float) -> dict[str, Any]:
    """Give a check of a number that should not be large."""
    return {"check": check, "value": value, "verdict": DOUBTFUL if value > largest else FINE}


def _curvature(data: WaveData, rows: ModelRows, place: int) -> Iterator[Mapping[str, Any]]:
    """Test the square of a term, from its mean; a yes or no has none."""
    x = rows.columns[:, place]
    if all(np.unique(values[used]).size < 3 for values, used in zip(x, rows.used)):
        return
    centred = x - (x.sum(axis=1, where=rows.used) / rows.used.sum(axis=1))[:, np.newaxis]
    square = np.where(rows.used, np.square(centred), 0.0)[:, np.newaxis]
    fit = fit_rows(
        data, np.concatenate([square, rows.columns], axis=1), rows.values, rows.used, rows.model, 1
    )
    if not fit.converged.all() or fit.df.min() <= 0:
        return
    one = combine(fit.coefficients[:, 0], fit.covariance[:, 0, 0], df=float(fit.df.min()))
    p = float(one.p_value)
    if np.isfinite(p):
        yield {
            "check": "curvature", "statistic": float(one.statistic), "df": float(one.df), "p_value": p,
            "value": float(one.estimate), "verdict": DOUBTFUL if p < LEVEL else FINE,
        }  # fmt: skip


def _without(
    data: WaveData, fitted: FittedModel, rows: ModelRows, place: int, marked: BoolArray
) -> Iterator[Mapping[str, Any]]:
    """Fit the model again without the employers marked (n,)."""
    assert fitted.slopes is not None
    whole, kept = fitted.slopes.coefficient, rows.used & ~marked
    columns = np.where(kept[:, np.newaxis], rows.columns, 0.0)
    fit = fit_rows(data, columns, rows.values, kept, rows.model, place + 1)
    if not fit.converged.all() or fit.df.min() <= 0:
        return
    one = combine(fit.coefficients[:, place], fit.covariance[:, place, place], df=float(fit.df.min()))
    before, p = float(whole.p_value[place]), float(one.p_value)
    if not np.isfinite(p):
        return
    turned = float(one.estimate) * float(whole.estimate[place]) < 0 and min(before, p) < LEVEL
    doubtful = turned or (before < LEVEL) != (p < LEVEL)
    yield {
        "check": "without_most_influential", "n": int(kept.sum(axis=1).min()), "statistic": float(one.statistic),
        "df": float(one.df), "p_value": p, "value": float(one.estimate), "verdict": DOUBTFUL if doubtful else FINE,
    }  # fmt: skip


def _odds(
    data: WaveData, predictors: Predictors, rows: ModelRows, used: BoolArray, place: int
) -> Iterator[Mapping[str, Any]]:
    """Test whether a term has one slope at all thresholds; its column goes first."""
    order = [place, *(other for other in range(predictors.columns.shape[1]) if other != place)]
    kind: Covariance = "HC1" if data.study.design is None else "design"
    columns = predictors.columns[:, order]
    found = proportional_odds(columns, rows.values, data.test_design, terms=1, included=used, covariance=kind)
    if found is not None and np.isfinite(found.p_value):
        yield {
            "check": "proportional_odds", "statistic": found.statistic, "df": float(found.df1),
            "p_value": found.p_value, "verdict": DOUBTFUL if found.p_value < LEVEL else FINE,
        }  # fmt: skip


def _inflation(columns: FloatArray, used: BoolArray, weights: FloatArray) -> FloatArray:
    """Give the variance inflation of each column but the intercept, last, weighted, mean over data sets, (k - 1,).

    1 / (1 - R2) of the column on the others, infinite where they give it exactly. R: car::vif of a linear model.
    """
    share = used * weights
    share = share / share.sum(axis=1)[:, np.newaxis]
    Z = columns[:, :-1]
    centred = Z - (Z @ share[:, :, np.newaxis])
    gram = (centred * share[:, np.newaxis]) @ centred.swapaxes(1, 2)
    scale = np.sqrt(np.diagonal(gram, axis1=1, axis2=2))
    scale = np.where(scale > 0, scale, 1.0)
    correlation = gram / (scale[:, :, np.newaxis] * scale[:, np.newaxis])
    inverse = np.diagonal(np.linalg.pinv(correlation, hermitian=True), axis1=1, axis2=2)
    return np.asarray(inverse.mean(axis=0))
