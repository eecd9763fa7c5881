"""Alternatives to the mean as the score of a scale: what they are made of in a wave, and how alike they rank."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.measurement.scoring import components, present_components, score_indices
from inspraak.study.configuration import Scoring
from inspraak.study.indices import Index, scoring_order
from inspraak.study.study import Study

if TYPE_CHECKING:
    from inspraak.estimation.scale_scores import ScaleScoring

FloatArray = npt.NDArray[np.float64]
COLUMNS = ("wave", "index", "scoring", "chosen", "n", "rank_correlation", "note")
MOST_ANSWERS = 11
"""Items with more answers than this are numbers to the graded response model."""


def is_scale(index: Index) -> bool:
    """Tell whether the items of an index mirror one thing and make its score by their mean, or another scoring."""
    return index.type == "reflective" and index.rule == "mean"


def calibrate_scales(
    study: Study, wave: str, responses: pd.DataFrame, reasons: pd.DataFrame, *, scoring: Scoring
) -> dict[str, "ScaleScoring"]:
    """Estimate, from the answers of a wave as given, how a scoring makes the score of each scale that it measures.

    `responses` (n rows) without imputed answers. Scales are reflective indices with the rule `mean`; others keep their
    rule. Where a scoring cannot be used for a scale the mean stands in, and its status says why: the items that are
    at fault are those of `scale_components`. Nothing is to be estimated for `mean`: no scale is given.
    """
    if scoring == "mean":
        return {}
    # the estimators load slowly: a wave scored by the mean goes without
    from inspraak.estimation.scale_scores import fit_scoring

    measured = study.measured(wave)
    found: dict[str, ScaleScoring] = {}
    for name in scoring_order(study.indices):
        if name in measured and is_scale(measured[name]):
            names, parts = scale_components(study, wave, responses, reasons, index=name, scales=found)
            ordered = [_has_few_answers(study, part) for part in names]
            found[name] = fit_scoring(parts, scoring, ordered=ordered)
    return found


def _has_few_answers(study: Study, name: str) -> bool:
    codes = study.scale_of(name).codes if name in study.codebook else None
    return codes is not None and len(codes) <= MOST_ANSWERS


def scale_components(
    study: Study,
    wave: str,
    responses: pd.DataFrame,
    reasons: pd.DataFrame,
    *,
    index: str,
    scales: Mapping[str, "ScaleScoring"] | None = None,
) -> tuple[list[str], FloatArray]:
    """Give the names of the components that the wave has of an index, and their values on 0-100, (n, k) with NaN."""
    parts = [part for part in study.indices[index].items if part in study.indices]
    scores: dict[str, pd.Series] = {}
    if parts:
        earlier = score_indices(_alone(study, parts), wave, responses, reasons, scales=scales)
        scores = {str(name): earlier[name] for name in earlier if name != "employer"}
    values, _ = components(study, study.indices[index], responses, reasons, scores)
    return present_components(study, study.indices[index], responses, scores), values


def compare_scorings(
    study: Study, wave: str, responses: pd.DataFrame, reasons: pd.DataFrame, *, scoring: Scoring
) -> pd.DataFrame:
    """Give one row per scale and scoring: the rank correlation (Spearman) of its scores with those of the mean.

    n counts the employers with a score, each counting once; `chosen` marks the `scoring` of the run. `note` says why
    the mean stands in for a scoring; there is no correlation then, nor where all scores of one kind are the same.
    Scales are as of `calibrate_scales`.
    """
    scales = [name for name, index in study.measured(wave).items() if is_scale(index)]
    alone = _alone(study, scales)
    items = {name: scale_components(alone, wave, responses, reasons, index=name)[0] for name in scales}
    rows, by_mean = [], pd.DataFrame()
    for each in get_args(Scoring):
        fitted = calibrate_scales(alone, wave, responses, reasons, scoring=each)
        scores = score_indices(alone, wave, responses, reasons, scales=fitted)
        by_mean = scores if each == "mean" else by_mean
        for name in scales:
            note = _why_not(fitted[name], items[name]) if name in fitted else ""
            alike = np.nan if note else _rank_correlation(by_mean[name], scores[name])
            rows.append((wave, name, each, each == scoring, int(scores[name].count()), alike, note))
    rows.sort(key=lambda row: scales.index(row[1]))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"rank_correlation": float})


def _rank_correlation(first: pd.Series, second: pd.Series) -> float:
    """Give Spearman's correlation of two scores that are missing alike; NaN where one is the same for all."""
    if first.nunique() < 2 or second.nunique() < 2:
        return float("nan")
    return float(first.rank().corr(second.rank()))


def _why_not(scale: "ScaleScoring", items: list[str]) -> str:
    """Say why the mean stands in for a scoring, with the items at fault if these are some; "" where it does not."""
    if scale.usable:
        return ""
    faulty = [item for item, at_fault in zip(items, scale.faulty) if at_fault]
    return f"{scale.status}: {', '.join(faulty)}" if 0 < len(faulty) < len(items) else scale.status


def _alone(study: Study, names: Iterable[str]) -> Study:
    """Give the study with no other indices than some and those that these are built from."""
    kept = set().union(*(built_from(study, name) for name in names))
    return replace(study, indices={name: index for name, index in study.indices.items() if name in kept})


def built_from(study: Study, index: str) -> set[str]:
    """Give an index and the indices that it is built from."""
    parts = [name for name in study.indices[index].items if name in study.indices]
    return {index}.union(*(built_from(study, name) for name in parts))
