"""Turn answers into index scores on 0-100, by the rule that each index declares."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.study.indices import Index, items_of, scoring_order
from inspraak.study.scales import STRUCTURAL
from inspraak.study.study import Study

FloatArray = npt.NDArray[np.float64]


def score_indices(study: Study, wave: str, responses: pd.DataFrame, reasons: pd.DataFrame) -> pd.DataFrame:
    """Score every index that the wave measures: `employer` and one float column (0-100, NaN) per index.

    A component counts as asked unless it is structurally missing (routing, not applicable). The score is missing
    where fewer than `minimum_share` of the components asked of the employer are answered; components that the
    wave did not ask at all count for nobody.
    """
    measured = study.measured(wave)
    scores: dict[str, pd.Series] = {}
    weights = responses["weight"].to_numpy(dtype=float)
    for name in scoring_order(study.indices):
        if name in measured:
            parts, asked = components(study, measured[name], responses, reasons, scores)
            scores[name] = pd.Series(_score(measured[name], parts, asked, weights), index=responses.index)
    frame = pd.DataFrame({name: scores[name] for name in measured}, index=responses.index)
    return pd.concat([responses["employer"], frame], axis=1)


def score_without(
    study: Study,
    wave: str,
    responses: pd.DataFrame,
    reasons: pd.DataFrame,
    *,
    index: str,
    left_out: frozenset[str],
) -> FloatArray:
    """Score one index as if the items `left_out` were not part of it, nor of the indices that it is built from.

    (n,) on 0-100; NaN where missing, and throughout where nothing is left of the index.
    """
    kept = {
        name: declared.model_copy(
            update={"items": tuple(item for item in declared.items if item not in left_out)}
        )
        for name, declared in study.indices.items()
    }
    nothing = {name for name, declared in kept.items() if not items_of(name, kept) - set(kept)}
    thinned = {
        name: declared.model_copy(
            update={"items": tuple(item for item in declared.items if item not in nothing)}
        )
        for name, declared in kept.items()
        if name not in nothing
    }
    if index not in thinned:
        return np.full(len(responses), np.nan)
    scores = score_indices(replace(study, indices=thinned), wave, responses, reasons)
    return scores[index].to_numpy(dtype=float)


def components(
    study: Study,
    index: Index,
    responses: pd.DataFrame,
    reasons: pd.DataFrame,
    scores: dict[str, pd.Series],
) -> tuple[FloatArray, npt.NDArray[np.bool_]]:
    """Give the components of an index on 0-100 (n, k; NaN where missing) and whether each was asked (n, k)."""
    columns, asked = [], []
    for name in index.items:
        if name in study.codebook and name in responses:
            columns.append(rescaled(study, name, responses[name]))
            asked.append(~reasons[name].isin(STRUCTURAL).to_numpy())
        elif name in scores:
            columns.append(scores[name].to_numpy(dtype=float))
            asked.append(np.ones(len(responses), dtype=bool))
        elif name in study.variables and responses[name].notna().any():
            low, high = study.variables[name].range or (0.0, 1.0)
            share = (responses[name].to_numpy(dtype=float) - low) / (high - low)
            columns.append(100 * np.clip(share, 0, 1))
            asked.append(np.ones(len(responses), dtype=bool))
    if not columns:
        return np.full((len(responses), 1), np.nan), np.zeros((len(responses), 1), dtype=bool)
    return np.column_stack(columns), np.column_stack(asked)


def rescaled(study: Study, item: str, column: pd.Series) -> FloatArray:
    """Give an item on 0-100: percent of the maximum possible, reversed items turned; missing stays NaN."""
    scale = study.scale_of(item)
    low, high = scale.bounds or (0.0, 1.0)
    values = column.map(scale.code_values) if scale.codes is not None else column
    share = (values.to_numpy(dtype=float) - low) / (high - low)
    return np.asarray(100 * (1 - share if study.codebook[item].reversed else share), dtype=float)


def _score(index: Index, parts: FloatArray, asked: npt.NDArray[np.bool_], weights: FloatArray) -> FloatArray:
    answered = ~np.isnan(parts)
    n_asked = asked.sum(axis=1)
    enough = (answered.sum(axis=1) >= index.minimum_share * n_asked) & answered.any(axis=1)
    score = np.full(len(parts), np.nan)
    if enough.any():
        score[enough] = _RULES[index.rule](parts[enough], weights[enough])
    return score


def _sum(parts: FloatArray, weights: FloatArray) -> FloatArray:
    """Sum of the components as a percentage of the highest sum possible: missing ones count as nothing."""
    return np.asarray(np.nansum(parts, axis=1) / parts.shape[1])


def _product(parts: FloatArray, weights: FloatArray) -> FloatArray:
    return np.asarray(100 * np.nanprod(parts / 100, axis=1))


def _geometric_mean(parts: FloatArray, weights: FloatArray) -> FloatArray:
    n = (~np.isnan(parts)).sum(axis=1)
    return np.asarray(100 * np.nanprod(parts / 100, axis=1) ** (1 / n))


def _all_above_median(parts: FloatArray, weights: FloatArray) -> FloatArray:
    """100 where every component is above its weighted median, else 0; missing where a component is."""
    above = np.column_stack([column > weighted_median(column, weights) for column in parts.T])
    return np.where(np.isnan(parts).any(axis=1), np.nan, np.where(above.all(axis=1), 100.0, 0.0))


_RULES: dict[str, Callable[[FloatArray, FloatArray], FloatArray]] = {
    "mean": lambda parts, weights: np.asarray(np.nanmean(parts, axis=1)),
    "sum": _sum,
    "min": lambda parts, weights: np.asarray(np.nanmin(parts, axis=1)),
    "product": _product,
    "geometric_mean": _geometric_mean,
    "all_above_median": _all_above_median,
}


def weighted_median(values: FloatArray, weights: FloatArray) -> float:
    """Give the smallest value at which the weighted empirical distribution reaches one half; missing left out."""
    known = ~np.isnan(values)
    order = np.argsort(values[known], kind="stable")
    cumulative = np.cumsum(weights[known][order])
    return float(values[known][order][np.searchsorted(cumulative, 0.5 * cumulative[-1])])
