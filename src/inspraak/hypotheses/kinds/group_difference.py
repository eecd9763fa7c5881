"""Test of kind `group_difference`: a group of employers against all others."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from inspraak.estimation.pooling import combine_wald
from inspraak.hypotheses.columns import FloatArray, WaveData
from inspraak.hypotheses.combinations import Combination, combined
from inspraak.hypotheses.modelling import FittedModel, fit_model
from inspraak.hypotheses.predictors import Predictors, predictors_of
from inspraak.hypotheses.result import Estimate
from inspraak.hypotheses.testability import few_in_a_group, not_asked
from inspraak.study.kinds import GroupDifference
from inspraak.study.parts import Part


def test_group_difference(data: WaveData, label: str, part: Part) -> list[Estimate]:
    """Give the mean of a group less that of the rest, for each outcome, as the tables compare groups.

    Nothing is held constant: the claim is about the groups as they are (R: survey::svyttest). Where the claim names no
    category, all groups are shown and what decides is Wald's test that their means are equal; its `std_estimate` is
    the correlation ratio, the SD of the group means in SD of the outcome.
    """
    assert isinstance(part, GroupDifference)
    reason = not_asked(data, part)
    if reason:
        return [Estimate(label, part.kind, outcome, part.group, reason=reason) for outcome in part.y]
    groups = data.categories(part.group)
    if part.category is not None:
        nobody = np.zeros((data.imputations, data.n))
        groups = {part.category: groups.get(part.category, nobody)}
    found: list[Estimate] = []
    for outcome in part.y:
        if part.category is None:
            found.append(_all_equal(data, label, part, outcome, groups))
        for name, side in groups.items():
            found += _against_rest(data, label, part, outcome, name, side)
    return found


def _against_rest(
    data: WaveData, label: str, part: GroupDifference, outcome: str, name: str, side: FloatArray
) -> list[Estimate]:
    predictors = predictors_of(data, {f"{part.group} = '{name}'": side}, (), domain=part.domain)
    model = _fitted(data, outcome, predictors, [side])
    ones = np.ones(data.imputations)
    only = Combination(predictors.terms[0], ones[:, np.newaxis], ones, decides=part.category is not None)
    return combined(model, [only], part=label, kind=part.kind)


def _all_equal(
    data: WaveData, label: str, part: GroupDifference, outcome: str, groups: Mapping[str, FloatArray]
) -> Estimate:
    """Test that the means of all groups are equal."""
    predictors = predictors_of(data, dict(list(groups.items())[1:]), (), domain=part.domain)
    model = _fitted(data, outcome, predictors, [])
    shared: dict[str, Any] = {
        "part": label, "kind": part.kind, "outcome": outcome, "term": part.group, "model": "linear", "n": model.n,
        "n_fewest": min(model.fewest),
    }  # fmt: skip
    if model.slopes is None:
        return Estimate(**shared, reason=model.reason)
    test = combine_wald(model.slopes.coefficients, model.slopes.covariance, df=model.slopes.df)
    used = predictors.complete & ~np.isnan(data.column(outcome))
    weights = np.where(used, data.test_design.weights, 0.0)
    fitted = np.einsum("mk,mkn->mn", model.slopes.coefficients, predictors.columns[:, :-1])
    total = weights.sum(axis=1, keepdims=True)
    centred = fitted - (weights * fitted).sum(axis=1, keepdims=True) / total
    spread = np.sqrt((weights * np.square(centred)).sum(axis=1) / total[:, 0])
    return Estimate(
        **shared,
        imputations=data.imputations if data.imputations > 1 else 0,
        statistic=test.statistic,
        df=test.df2,
        p_value=test.p_value,
        std_estimate=float(np.mean(spread / model.slopes.sd_y)),
    )


def _fitted(data: WaveData, outcome: str, predictors: Predictors, sides: list[FloatArray]) -> FittedModel:
    used = predictors.complete & ~np.isnan(data.column(outcome))
    reason = few_in_a_group(sides, used)
    if reason:
        return FittedModel.without(outcome, predictors, n=int(used.sum(axis=1).min()), reason=reason)
    return fit_model(data, outcome, "linear", predictors)
