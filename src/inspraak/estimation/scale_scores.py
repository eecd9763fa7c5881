"""How the answers to the items of one scale become its score: their mean, or one of three alternatives.

All of them are in the unit of the items and about the mean of their means, so that figures and trends read alike.
Parameters are estimated from all answers given to the scale, each row counting once: how items go together is taken
to be the same for every row, whatever its weight. They may then score other rows, such as imputed ones.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, FloatArray, as_mask, as_matrix
from inspraak.estimation.factor_analysis import fit_factor_model
from inspraak.estimation.factor_declaration import confirmatory_model
from inspraak.estimation.factor_fit import FactorFit
from inspraak.estimation.factor_fit import Status as FitStatus
from inspraak.estimation.factor_models import FactorModel
from inspraak.estimation.factor_scores import factor_scores
from inspraak.estimation.graded_response import (
    GradedResponse,
    expected_answers,
    fit_graded_response,
    graded_scores,
)

Scoring = Literal["mean", "z_mean", "factor", "graded"]
SCORINGS: tuple[Scoring, ...] = get_args(Scoring)
Status = FitStatus | Literal["one item", "not ordered"]
Rule = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class ScaleScoring:
    """A way to score a scale of k items.

    Where `status` is not `converged` the mean stands in for the scoring: `one item`; `not ordered`, items without
    ordered categories; and those of `FactorSolution`. `faulty` (k,) marks the items at fault, if it was one.
    """

    scoring: Scoring
    status: Status
    faulty: BoolArray
    rule: Rule

    @property
    def usable(self) -> bool:
        """Whether the scores are those of the scoring, not of the mean that stands in for it."""
        return self.status == "converged"

    def score(self, answers: ArrayLike) -> FloatArray:
        """Score rows of answers (n, k), NaN = no answer; (n,), NaN for a row without any."""
        rows = np.asarray(answers, dtype=np.float64)
        return np.where(np.isnan(rows).all(axis=1), np.nan, self.rule(rows))


def fit_scoring(
    answers: ArrayLike,
    scoring: Scoring,
    *,
    limits: tuple[float, float] = (0.0, 100.0),
    ordered: ArrayLike | None = None,
) -> ScaleScoring:
    """Estimate what a scoring needs to know of the items of one scale.

    `answers` (n, k), NaN = no answer, turned the same way, each from the lower to the higher of `limits`, at which
    scores are cut; `ordered` (k,) booleans, which items have a few ordered categories (by default all). With items of
    mean M and standard deviation S, a row's score is

    - `mean`: the mean of its answers;
    - `z_mean`: mean of M + mean of S x mean of its (answer - M) / S;
    - `factor`: the mean answer that a model of one factor expects at its regression factor score. Maximum
      likelihood with missing answers; two items have equal loadings. R: lavaan::lavPredict, method "regression";
    - `graded`: the mean answer that the graded response model expects at its theta (expected a posteriori): the test
      characteristic curve. Two items have equal slopes. R: ltm::grm, factor.scores(method = "EAP").

    Raises ValueError for other shapes and an unknown scoring.
    """
    if scoring not in SCORINGS:
        raise ValueError(f"scoring is {scoring!r}; expected one of {SCORINGS}")
    values = as_matrix(answers, rows=np.shape(answers)[0], name="answers")
    k = values.shape[1]
    fine = np.zeros(k, dtype=np.bool_)
    if scoring == "mean":
        return ScaleScoring(scoring, "converged", fine, _mean)
    if k < 2:
        return ScaleScoring(scoring, "one item", fine, _mean)
    still = _still(values)
    if still.any():
        return ScaleScoring(scoring, "no variance", still, _mean)
    if scoring == "graded" and ordered is not None:
        unordered = ~as_mask(ordered, rows=k, name="ordered")[:, 0]
        if unordered.any():
            return ScaleScoring(scoring, "not ordered", unordered, _mean)
    found = _FITS[scoring](values)
    if not found.usable:
        return replace(found, rule=_mean)
    return replace(found, rule=lambda rows: np.clip(found.rule(rows), *limits))


def _mean(rows: FloatArray) -> FloatArray:
    """Give the mean of the answers in each row."""
    known = ~np.isnan(rows)
    return np.asarray(np.where(known, rows, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1))


def _still(values: FloatArray) -> BoolArray:
    """Mark items that nobody answered, or all the same."""
    known = ~np.isnan(values)
    low, high = np.where(known, values, np.inf).min(axis=0), np.where(known, values, -np.inf).max(axis=0)
    return np.asarray(high <= low)


def _by_z(values: FloatArray) -> ScaleScoring:
    mean, deviation = np.nanmean(values, axis=0), np.nanstd(values, axis=0, ddof=1)

    def rule(rows: FloatArray) -> FloatArray:
        return np.asarray(mean.mean() + deviation.mean() * _mean((rows - mean) / deviation))

    return ScaleScoring("z_mean", "converged", np.zeros(len(mean), dtype=np.bool_), rule)


def _by_factor(values: FloatArray) -> ScaleScoring:
    fit = fit_factor_model(values, _one_factor(values.shape[1]))

    def rule(rows: FloatArray) -> FloatArray:
        return _expected_of_factor(fit, rows)

    return ScaleScoring("factor", fit.status, fit.faulty[0], rule)


def _one_factor(k: int) -> FactorModel:
    """Give a model of one factor; its two loadings are equal where there are no more, or they are not identified."""
    model = confirmatory_model(np.ones((k, 1)), identification="standardised", means=True)
    if k > 2:
        return model
    return replace(model, loadings=model.loadings.labelled(True, model.new_label))


def _expected_of_factor(fit: FactorFit, rows: FloatArray) -> FloatArray:
    intercepts, loadings = fit.matrix("intercepts")[0], fit.matrix("loadings")[0, :, 0]
    return np.asarray(intercepts.mean() + loadings.mean() * factor_scores(fit, rows).values[:, 0])


def _by_graded(values: FloatArray) -> ScaleScoring:
    k = values.shape[1]
    none = np.zeros(k, dtype=np.bool_)
    fit = fit_graded_response(values, equal_slopes=k == 2)

    def rule(rows: FloatArray) -> FloatArray:
        return np.asarray(expected_answers(fit, graded_scores(fit, rows)).mean(axis=1))

    return ScaleScoring("graded", _status(fit), none, rule)


def _status(fit: GradedResponse) -> Status:
    """Name what is wrong with a graded response model as for factor models."""
    if fit.n < fit.slopes.size + np.isfinite(fit.difficulties).sum():
        return "too few rows"
    named: dict[str, Status] = {"steep": "improper", "unvaried": "no variance"}
    return named.get(fit.status, "converged" if fit.status == "converged" else "not converged")


_FITS: dict[Scoring, Callable[[FloatArray], ScaleScoring]] = {
    "z_mean": _by_z,
    "factor": _by_factor,
    "graded": _by_graded,
}
