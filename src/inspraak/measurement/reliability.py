"""Assess how well each index of one wave is measured: alpha for reflective ones, floor and ceiling for all."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.estimation.reliability import cronbach_alpha, floor_and_ceiling, spearman_brown
from inspraak.measurement.scoring import components
from inspraak.study.study import Study

COEFFICIENTS = (
    "alpha", "alpha_low", "alpha_high", "spearman_brown", "spearman_brown_low", "spearman_brown_high",
)  # fmt: skip
ENDS = ("floor", "ceiling")


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
            **(_consistency(parts) if index.type == "reflective" else {}),
            "floor": float(ends.floor[0]),
            "ceiling": float(ends.ceiling[0]),
        }
        rows.append(row)
    names = ["wave", "index", "type", "n_items", "n_items_declared", "n", *COEFFICIENTS, *ENDS]
    return pd.DataFrame(rows, columns=names).astype(dict.fromkeys(COEFFICIENTS, float))


def _consistency(parts: npt.NDArray[np.float64]) -> dict[str, float]:
    """Give the coefficients that the number of components (n, k) allows."""
    found: dict[str, float] = {}
    if parts.shape[1] > 1:
        alpha = cronbach_alpha(parts)
        found = {"alpha": alpha.alpha, "alpha_low": alpha.ci_low, "alpha_high": alpha.ci_high}
    if parts.shape[1] == 2:
        pair = spearman_brown(parts)
        numbers = (pair.reliability, pair.ci_low, pair.ci_high)
        found |= dict(zip(COEFFICIENTS[3:], numbers))
    return found
