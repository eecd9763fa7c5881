"""Several outcomes of one x tested together: is any of its slopes another than zero."""

from collections.abc import Sequence

import numpy as np

from inspraak.estimation.influence import pulls
from inspraak.estimation.pooling import combine_wald
from inspraak.hypotheses.columns import FloatArray, WaveData
from inspraak.hypotheses.modelling import FittedModel
from inspraak.hypotheses.result import Estimate


def all_outcomes(
    data: WaveData, part: str, kind: str, x: str, models: Sequence[FittedModel]
) -> list[Estimate]:
    """Give Wald's test that the slope of x is zero for every outcome, beside the test of each; none where one fails.

    The models are seemingly unrelated: how two slopes vary together follows from how far each employer pulls both,
    under the design, and each keeps the variance of its own model. Over imputations by D1 (`pooling.combine_wald`). It
    decides nothing: one outcome may carry it, where a joint claim needs all.

    Source: Zellner (1962), JASA 57, 348-368; with stacked scores: Weesie (1999), Stata Technical Bulletin 52, 34-47
    (Stata: suest). The first term of each model is x.
    """
    if len(models) < 2 or any(model.rows is None for model in models):
        return []
    points = np.stack([one.slopes.coefficients[:, 0] for one in models if one.slopes is not None], axis=1)
    errors = np.stack(
        [np.sqrt(one.slopes.covariance[:, 0, 0]) for one in models if one.slopes is not None], axis=1
    )
    related = _correlations(data, models)
    df = min(one.slopes.df for one in models if one.slopes is not None)
    test = combine_wald(points, related * errors[:, :, np.newaxis] * errors[:, np.newaxis], df=df)
    if np.isnan(test.p_value):
        return []
    return [
        Estimate(
            part=part,
            kind=kind,
            term=x,
            model=models[0].model,
            controls=", ".join(models[0].controls),
            n=min(one.n for one in models),
            imputations=data.imputations if data.imputations > 1 else 0,
            statistic=test.statistic,
            df=test.df2,
            p_value=test.p_value,
            decides=False,
        )
    ]


def _correlations(data: WaveData, models: Sequence[FittedModel]) -> FloatArray:
    """Give how the slopes of x on k outcomes vary together in each data set, (m, k, k), 1 on the diagonal."""
    design, parts = data.test_design, []
    for one in models:
        assert one.rows is not None
        used = one.rows.used & (design.weights > 0)
        pull = pulls(one.rows.fit, one.rows.columns, one.rows.values, design, included=used, terms=[0])
        parts.append(pull[:, 0])
    covariances = np.stack([design.covariance_of_totals(pull.T) for pull in np.stack(parts, axis=1)])
    spread = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
    return np.asarray(covariances / (spread[:, :, np.newaxis] * spread[:, np.newaxis]))
