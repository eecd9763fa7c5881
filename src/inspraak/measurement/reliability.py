"""Assess how well each index of one wave is measured: coefficients of reflective ones, floor and ceiling of all."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.estimation.correlation import correlate
from inspraak.estimation.design import simple_design
from inspraak.estimation.discriminant import variance_inflation
from inspraak.estimation.intraclass import intraclass_correlation
from inspraak.estimation.reliability import cronbach_alpha, floor_and_ceiling, spearman_brown
from inspraak.measurement.model_fits import ModelFits
from inspraak.measurement.model_items import unusable
from inspraak.measurement.scale_factors import SMALLEST, categorical_omega_of, omega_of, variance_of_factors
from inspraak.measurement.scoring import components, present_components
from inspraak.study.indices import Index
from inspraak.study.study import Study

FloatArray = npt.NDArray[np.float64]
COEFFICIENTS = (
    "alpha", "alpha_low", "alpha_high", "alpha_listwise", "omega", "omega_low", "omega_high", "omega_hierarchical",
    "omega_categorical", "ave", "icc", "vif", "overlap", "floor", "ceiling", "spearman_brown",
    "spearman_brown_low", "spearman_brown_high",
)  # fmt: skip
RELIABILITY = (
    "wave", "index", "type", "n_items", "n_items_declared", "n", *COEFFICIENTS[:11], "icc_by", *COEFFICIENTS[11:],
    "note",
)  # fmt: skip


def assess_scales(
    study: Study,
    wave: str,
    responses: pd.DataFrame,
    reasons: pd.DataFrame,
    scores: pd.DataFrame,
    fits: Sequence[ModelFits] = (),
) -> pd.DataFrame:
    """Give one row per index: items used in the wave and declared, n, and how well it is measured; unweighted.

    Of reflective indices: alpha with its interval, pairwise (R: psych::alpha) and listwise; omega of one factor by
    full-information maximum likelihood with its interval, from six items on hierarchical too, and of ordered answers;
    the average variance extracted by the factor of the declared model (`fits`) where that may be used, else by that one
    factor; the intraclass correlation of the score by the first grouping of the study; Spearman-Brown of two items. Of
    formative ones: the mean correlation of their components (`overlap`). Of all: the shares of scores at 0 and at 100
    (`floor`, `ceiling`). `vif` is the full-collinearity variance inflation of the scores that share no item with one
    before and are not made of others. `note` says why a number is missing.
    """
    earlier = {name: scores[name] for name in scores.columns if name != "employer"}
    extracted, inflation = variance_of_factors(fits), _inflation(study, wave, scores)
    rows = []
    for name, index in study.measured(wave).items():
        parts, _ = components(study, index, responses, reasons, earlier)
        names = present_components(study, index, responses, earlier)
        ends = floor_and_ceiling(scores[name].to_numpy(dtype=float), lowest=0.0, highest=100.0)
        row: dict[str, Any] = {
            "wave": wave,
            "index": name,
            "type": index.type,
            "n_items": parts.shape[1],
            "n_items_declared": len(index.items),
            "n": int(scores[name].notna().sum()),
            "vif": inflation.get(name, np.nan),
            "floor": float(ends.floor[0]),
            "ceiling": float(ends.ceiling[0]),
            "note": "",
        }
        if index.type == "reflective":
            row |= _consistency(study, index, parts, names, responses)
            row |= _between_groups(study, responses, scores[name])
            row["ave"] = extracted.get(name, row.get("ave", np.nan))
        else:
            row["overlap"] = _overlap(parts)
        rows.append(row)
    table = pd.DataFrame(rows, columns=list(RELIABILITY)).astype(dict.fromkeys(COEFFICIENTS, float))
    return table.replace([np.inf, -np.inf], np.nan)  # of items that go against each other exactly


def _consistency(
    study: Study, index: Index, parts: FloatArray, names: Sequence[str], responses: pd.DataFrame
) -> dict[str, Any]:
    """Give the coefficients that the components (n, k) of a reflective index allow, and why others are missing."""
    if parts.shape[1] < 2:
        return {"note": "one item"}
    alpha, complete = cronbach_alpha(parts), cronbach_alpha(parts, missing="listwise")
    found: dict[str, Any] = {"alpha": alpha.alpha, "alpha_low": alpha.ci_low, "alpha_high": alpha.ci_high}
    found["alpha_listwise"] = complete.alpha
    if parts.shape[1] == 2:
        pair = spearman_brown(parts)
        numbers = (pair.reliability, pair.ci_low, pair.ci_high)
        found |= dict(zip(COEFFICIENTS[-3:], numbers))
    faults = unusable(parts, names)
    notes = [f"{reason}, {name}" if ":" in reason else f"{reason}: {name}" for name, reason in faults.items()]
    kept = [place for place, name in enumerate(names) if name not in faults]
    if len(kept) < SMALLEST:
        notes.append("two items" if len(kept) == 2 else "one item")
        return found | {"note": "; ".join(notes)}
    by_factor, why = omega_of(parts[:, kept])
    found |= by_factor
    found["omega_categorical"] = categorical_omega_of(study, [names[place] for place in kept], responses)
    return found | {"note": "; ".join([*notes, *([why] if why else [])])}


def _between_groups(study: Study, responses: pd.DataFrame, score: "pd.Series[float]") -> dict[str, Any]:
    """Give the intraclass correlation of a score by the first grouping of the study."""
    if not study.groups:
        return {}
    grouping = study.groups[0]
    known = responses[grouping].notna().to_numpy(dtype=bool)
    groups = responses.loc[known, grouping].astype(str).to_numpy(dtype=str)
    if len(np.unique(groups)) < 2:
        return {}
    found = intraclass_correlation(score.to_numpy(dtype=float)[known], groups)
    return {"icc": float(found.icc[0]), "icc_by": grouping}


def _overlap(parts: FloatArray) -> float:
    """Give the mean correlation between components (n, k), of those that vary; NaN without two of them."""
    if parts.shape[1] < 2:
        return float("nan")
    pairs = correlate(parts, simple_design(len(parts))).estimate[np.tril_indices(parts.shape[1], -1)]
    known = pairs[~np.isnan(pairs)]
    return float(known.mean()) if known.size else float("nan")


def _inflation(study: Study, wave: str, scores: pd.DataFrame) -> Mapping[str, float]:
    """Give the variance inflation of each score by the others that share no item with it."""
    names: list[str] = []
    for name, index in study.measured(wave).items():
        built = any(part in study.indices for part in index.items)
        shared = any(study.rests_on(name) & study.rests_on(other) for other in names)
        if not built and not shared and scores[name].nunique() > 1:
            names.append(name)
    if len(names) < 2:
        return {}
    values = scores[names].to_numpy(dtype=float)
    inflation = variance_inflation(correlate(values, simple_design(len(values))).estimate)
    return dict(zip(names, inflation.tolist()))
