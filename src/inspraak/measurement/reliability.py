"""Assess how well each index of one wave is measured: alpha for reflective ones, floor and ceiling for all."""

import numpy as np
import pandas as pd

from inspraak.estimation.reliability import cronbach_alpha, floor_and_ceiling, spearman_brown
from inspraak.measurement.scoring import components
from inspraak.study.study import Study


def assess_scales(
    study: Study, wave: str, responses: pd.DataFrame, reasons: pd.DataFrame, scores: pd.DataFrame
) -> pd.DataFrame:
    """Give one row per index: items used in the wave and declared, n, alpha with interval, floor and ceiling.

    Alpha rests on pairwise covariances (R: psych::alpha); formative indices and single items have none. Scales of
    two items get Spearman-Brown's coefficient too. Floor and ceiling are the shares of scores at 0 and at 100.
    """
    earlier = {name: scores[name] for name in scores.columns if name != "employer"}
    rows = []
    for name, index in study.measured(wave).items():
        parts, _ = components(study, index, responses, reasons, earlier)
        ends = floor_and_ceiling(scores[name].to_numpy(dtype=float), lowest=0.0, highest=100.0)
        row = {
            "wave": wave,
            "index": name,
            "type": index.type,
            "n_items": parts.shape[1],
            "n_items_declared": len(index.items),
            "n": int(scores[name].notna().sum()),
            "alpha": np.nan,
            "alpha_low": np.nan,
            "alpha_high": np.nan,
            "spearman_brown": np.nan,
            "spearman_brown_low": np.nan,
            "spearman_brown_high": np.nan,
            "floor": float(ends.floor[0]),
            "ceiling": float(ends.ceiling[0]),
        }
        if index.type == "reflective" and parts.shape[1] > 1:
            alpha = cronbach_alpha(parts)
            row |= {"alpha": alpha.alpha, "alpha_low": alpha.ci_low, "alpha_high": alpha.ci_high}
        if index.type == "reflective" and parts.shape[1] == 2:
            pair = spearman_brown(parts)
            row |= {
                "spearman_brown": pair.reliability,
                "spearman_brown_low": pair.ci_low,
                "spearman_brown_high": pair.ci_high,
            }
        rows.append(row)
    return pd.DataFrame(rows)
