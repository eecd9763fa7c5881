"""Test of kind `association`: the partial correlation of two columns."""

from typing import Any

import numpy as np

from inspraak.estimation.correlation import correlate_partially
from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.modelling import MINIMUM_N, MINIMUM_OF_EACH, MINIMUM_PER_TERM
from inspraak.hypotheses.predictors import Predictors, fewest_apart, predictors_of
from inspraak.hypotheses.result import NO_VARIANCE, TOO_FEW, TOO_FEW_APART, Estimate
from inspraak.hypotheses.testability import not_asked
from inspraak.measurement.imputed_scores import PooledCorrelations, pool_each
from inspraak.study.kinds import Association
from inspraak.study.parts import Part


def test_association(data: WaveData, label: str, part: Part) -> list[Estimate]:
    """Correlate x and y with the controls held constant, pooled over imputations on Fisher's z.

    With a design the correlation is weighted and its z has variance 1 / (m - 3 - k), where m is Kish's effective number
    and k the number of columns held constant; strata play no part (`estimation.correlation`). The
    statistic is z over its error. A correlation is in SD of y per SD of x as it is.
    """
    assert isinstance(part, Association)
    reason = not_asked(data, part)
    if reason:
        return [Estimate(label, part.kind, part.y, part.x, reason=reason)]
    pair = {name: data.column(name) for name in (part.x, part.y)}
    predictors = predictors_of(data, pair, part.controls or (), domain=part.domain, without=tuple(pair))
    shared: dict[str, Any] = {
        "part": label, "kind": part.kind, "outcome": part.y, "term": part.x,
        "controls": ", ".join(predictors.controls), "n": int(predictors.complete.sum(axis=1).min()),
    }  # fmt: skip
    fewest = int(fewest_apart(predictors.columns[:, :2], predictors.complete).min())
    shared["n_fewest"] = float(fewest)
    if shared["n"] < max(MINIMUM_N, MINIMUM_PER_TERM * len(predictors.names)):
        return [Estimate(**shared, reason=TOO_FEW)]
    if 0 < fewest < MINIMUM_OF_EACH:
        return [Estimate(**shared, reason=TOO_FEW_APART)]
    found = _pooled(data, predictors)
    if np.isnan(found.estimate[0, 1]):
        return [Estimate(**shared, reason=NO_VARIANCE)]
    return [Estimate(**shared, **_numbers(found, imputations=data.imputations))]


def _pooled(data: WaveData, predictors: Predictors) -> PooledCorrelations:
    """Give the correlations (2, 2) of the first two columns, the others held constant."""
    design = data.test_design
    each = [
        correlate_partially(np.where(rows, columns[:2], np.nan).T, columns[2:-1].T, design)
        for columns, rows in zip(predictors.columns, predictors.complete)
    ]
    return pool_each(each, weighted=design.is_weighted)


def _numbers(found: PooledCorrelations, *, imputations: int) -> dict[str, Any]:
    r, error, low, high, df, p_value, fmi = (
        float(getattr(found, name)[0, 1])
        for name in ("estimate", "std_error", "ci_low", "ci_high", "df", "p_value", "fmi")
    )
    standardised = {"std_estimate": r, "std_std_error": error, "std_ci_low": low, "std_ci_high": high}
    return standardised | {
        "estimate": r, "std_error": error, "ci_low": low, "ci_high": high, "df": df, "p_value": p_value,
        "fmi": fmi, "statistic": float(np.arctanh(r)) * (1 - r**2) / error,
        "imputations": imputations if imputations > 1 else 0,
    }  # fmt: skip
