"""Correlate the indices of one wave with each other."""

import pandas as pd

from inspraak.estimation.correlation import correlate
from inspraak.estimation.multiplicity import holm
from inspraak.study.study import Study
from inspraak.survey.weighting import survey_design


def correlate_indices(study: Study, wave: str, responses: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Give one row per pair of indices, in the order of indices.yaml; p adjusted by Holm over the pairs.

    Pairs that share an item say so in `shared_items`: part of their correlation is built in.
    """
    names = [name for name in scores.columns if name != "employer"]
    found = correlate(scores[names].to_numpy(dtype=float), survey_design(responses))
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
                    "estimate": found.estimate[first, second],
                    "ci_low": found.ci_low[first, second],
                    "ci_high": found.ci_high[first, second],
                    "p_value": found.p_value[first, second],
                    "shared_items": len(shared),
                }
            )
    columns = ["wave", "x", "y", "n", "estimate", "ci_low", "ci_high", "p_value", "shared_items"]
    table = pd.DataFrame(rows, columns=columns)
    table.insert(8, "p_adjusted", holm(table["p_value"].to_numpy(dtype=float)) if len(table) else 0.0)
    return table
