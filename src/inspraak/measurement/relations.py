"""Correlate the indices of one wave with each other."""

import numpy as np
import pandas as pd

from inspraak.estimation.correlation import correlate
from inspraak.estimation.multiplicity import holm
from inspraak.measurement.imputed_scores import imputed_values, pool_correlations
from inspraak.study.study import Study
from inspraak.survey.weighting import survey_design


def correlate_indices(
    study: Study,
    wave: str,
    responses: pd.DataFrame,
    scores: pd.DataFrame,
    imputed_scores: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Give one row per pair of indices, in the order of indices.yaml; p adjusted by Holm over the pairs.

    With `imputed_scores` (m n rows) pairs in which an imputed answer counts are pooled over the imputations, with
    `fmi`; n counts the employers with both scores of their own answers.

    Pairs that share an item say so in `shared_items`: part of their correlation is built in.
    """
    names = [name for name in scores.columns if name != "employer"]
    design = survey_design(responses)
    found = correlate(scores[names].to_numpy(dtype=float), design)
    numbers = {name: getattr(found, name) for name in ("estimate", "ci_low", "ci_high", "p_value")}
    numbers["fmi"] = np.full(found.estimate.shape, np.nan if imputed_scores is None else 0.0)
    imputed = imputed_values(scores, imputed_scores)
    if imputed:
        m = len(next(iter(imputed.values())))
        given = {name: np.tile(scores[name].to_numpy(dtype=float), (m, 1)) for name in names}
        pooled = pool_correlations(
            np.stack([imputed.get(name, given[name]) for name in names], axis=2), design
        )
        touched = np.array([name in imputed for name in names])
        pairs = touched[:, np.newaxis] | touched
        numbers = {name: np.where(pairs, getattr(pooled, name), plain) for name, plain in numbers.items()}
    rows = []
    for first in range(len(names)):
        for second in range(first + 1, len(names)):
            shared = study.rests_on(names[first]) & study.rests_on(names[second])
            rows.append(
                {
                    "wave": wave,
                    "x": names[first],
                    "y": names[second],
                    "n": int(found.n[first, second]),
                    **{name: values[first, second] for name, values in numbers.items()},
                    "shared_items": len(shared),
                }
            )
    columns = ["wave", "x", "y", "n", "estimate", "ci_low", "ci_high", "p_value", "fmi", "shared_items"]
    table = pd.DataFrame(rows, columns=columns)
    table.insert(8, "p_adjusted", holm(table["p_value"].to_numpy(dtype=float)) if len(table) else 0.0)
    return table
