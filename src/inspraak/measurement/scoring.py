"""Turn answers into index scores on 0-100, by the rule that each index declares."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.study.indices import Index, scoring_order
from inspraak.study.scales import STRUCTURAL
from inspraak.study.study import Study

if TYPE_CHECKING:
    from inspraak.estimation.scale_scores import ScaleScoring

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Routing:
    """Which questions did not concern which of the n employers, looked up once for each item."""

    reasons: pd.DataFrame
    known: dict[str, BoolArray] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return len(self.reasons)

    def passed_over(self, item: str) -> BoolArray:
        """Tell of whom an item is structurally missing, (n,)."""
        if item not in self.known:
            self.known[item] = self.reasons[item].isin(STRUCTURAL).to_numpy(dtype=bool)
        return self.known[item]

    def asked(self, study: Study, name: str) -> BoolArray:
        """Tell of whom a component was asked, (n,)."""
        if name in study.indices:
            parts = [self.asked(study, part) for part in study.indices[name].items]
            return np.asarray(np.any(parts, axis=0))
        items = [item for item in study.rests_on(name) if item in self.reasons]
        if name in study.codebook and not items:
            return np.zeros(self.n, dtype=bool)
        none = np.zeros((1, self.n), dtype=bool)
        return ~np.asarray(np.any([*none, *(self.passed_over(item) for item in items)], axis=0))


def score_indices(
    study: Study,
    wave: str,
    responses: pd.DataFrame,
    reasons: pd.DataFrame,
    *,
    scales: Mapping[str, "ScaleScoring"] | None = None,
) -> pd.DataFrame:
    """Score every index that the wave measures: `employer` and one float column (0-100, NaN) per index.

    A component counts as asked unless it is structurally missing (routing, not applicable): a variable where one
    of its items is, an index where all of its components are. The score is missing where fewer than
    `minimum_share` of the components asked of the employer are answered; components that the wave did not ask at
    all count for nobody. `responses` may hold m data sets of the same employers below each other (m n rows, n
    `reasons`): each is scored by itself. The rules, over the answered components on 0-100: `mean`; `min`;
    `geometric_mean`; `product` of all components, those without an answer counting as the geometric mean of the
    others; `sum`, as a percentage of the highest sum possible, a component without an answer counting as nothing;
    and `all_above_median`, 100 where every component is above its weighted median over the employers that have it
    and else 0, missing where a component is. An index of `scales` (of `calibrate_scales`) is scored as these say.
    """
    measured = study.measured(wave)
    scores: dict[str, pd.Series] = {}
    weights = responses["weight"].to_numpy(dtype=float)
    routing = _Routing(reasons)
    for name in scoring_order(study.indices):
        if name in measured:
            names = present_components(study, measured[name], responses, scores)
            parts, asked = _gather(study, names, responses, routing, scores)
            scale = (scales or {}).get(name)
            rule = None if scale is None else scale.score
            score = _score(measured[name], parts, asked, weights, len(reasons), rule)
            scores[name] = pd.Series(score, index=responses.index)
    frame = pd.DataFrame({name: scores[name] for name in measured}, index=responses.index)
    return pd.concat([responses["employer"], frame], axis=1)


def components(
    study: Study,
    index: Index,
    responses: pd.DataFrame,
    reasons: pd.DataFrame,
    scores: Mapping[str, pd.Series],
) -> tuple[FloatArray, BoolArray]:
    """Give the components that the wave has on 0-100 (n, k; NaN where missing) and whether each was asked (n, k).

    `scores` holds the indices that this one is built from. Both have m n rows for m data sets, as `responses` has.
    """
    names = present_components(study, index, responses, scores)
    return _gather(study, names, responses, _Routing(reasons), scores)


def present_components(
    study: Study, index: Index, responses: pd.DataFrame, scores: Mapping[str, pd.Series]
) -> list[str]:
    """Name the components of an index that the wave has."""
    return [
        name
        for name in index.items
        if name in scores or (name in responses and (name in study.codebook or responses[name].notna().any()))
    ]


def _gather(
    study: Study,
    names: list[str],
    responses: pd.DataFrame,
    routing: _Routing,
    scores: Mapping[str, pd.Series],
) -> tuple[FloatArray, BoolArray]:
    """Give components on 0-100, and whether each was asked."""
    times = len(responses) // max(routing.n, 1)
    columns = [
        scores[name].to_numpy(dtype=float) if name in scores else _rescaled(study, name, responses[name])
        for name in names
    ]
    asked = [np.tile(routing.asked(study, name), times) for name in names]
    none = np.empty((len(responses), 0))
    return np.column_stack([none, *columns]), np.column_stack([none.astype(bool), *asked])


def _rescaled(study: Study, name: str, column: pd.Series) -> FloatArray:
    """Give an item or variable as a percentage of its range, reversed items turned; missing stays NaN.

    Variables are cut at the ends of their declared range.
    """
    if name in study.variables:
        low, high = study.variables[name].range or (0.0, 1.0)
        share = (column.to_numpy(dtype=float) - low) / (high - low)
        return np.asarray(100 * np.clip(share, 0, 1), dtype=float)
    scale = study.scale_of(name)
    low, high = scale.bounds or (0.0, 1.0)
    values = column.map(scale.code_values) if scale.codes is not None else column
    fraction = np.asarray((values.to_numpy(dtype=float) - low) / (high - low), dtype=float)
    return 100 * (1 - fraction if study.codebook[name].reversed else fraction)


def _score(
    index: Index,
    parts: FloatArray,
    asked: BoolArray,
    weights: FloatArray,
    n: int,
    rule: Callable[[FloatArray], FloatArray] | None = None,
) -> FloatArray:
    """Score the rows that answered enough by a rule, by default that of the index."""
    if index.rule == "all_above_median":
        sets = (slice(first, first + n) for first in range(0, len(parts), n))
        parts = np.concatenate([_above_median(parts[rows], weights[rows]) for rows in sets])
    answered = (~np.isnan(parts)).sum(axis=1)
    # a quotient of two counts equals a declared share such as 0.07 exactly, a product need not
    enough = (answered > 0) & (answered / np.maximum(asked.sum(axis=1), 1) >= index.minimum_share)
    score = np.full(len(parts), np.nan)
    if enough.any():
        score[enough] = (rule or _RULES[index.rule])(parts[enough])
    return score


def _above_median(parts: FloatArray, weights: FloatArray) -> FloatArray:
    """Give 100 where a component is above its weighted median and else 0; missing stays NaN."""
    above = [np.where(column > weighted_median(column, weights), 100.0, 0.0) for column in parts.T]
    return np.where(np.isnan(parts), np.nan, np.column_stack([*above, np.empty((len(parts), 0))]))


def _geometric_mean(parts: FloatArray) -> FloatArray:
    """Geometric mean of the answered components, as a share of one."""
    answered = (~np.isnan(parts)).sum(axis=1)
    return np.asarray(np.nanprod(parts / 100, axis=1) ** (1 / answered))


_RULES: dict[str, Callable[[FloatArray], FloatArray]] = {
    "mean": lambda parts: np.asarray(np.nanmean(parts, axis=1)),
    "sum": lambda parts: np.asarray(np.nansum(parts, axis=1) / parts.shape[1]),
    "min": lambda parts: np.asarray(np.nanmin(parts, axis=1)),
    "product": lambda parts: 100 * _geometric_mean(parts) ** parts.shape[1],
    "geometric_mean": lambda parts: 100 * _geometric_mean(parts),
    "all_above_median": lambda parts: np.asarray(parts.min(axis=1)),
}
"""What becomes of the components (n, k) of the employers that answered enough of them, one at least each."""


def weighted_median(values: FloatArray, weights: FloatArray) -> float:
    """Give the smallest value at which the weighted empirical distribution reaches one half.

    `values` (n,), NaN = missing and left out; `weights` (n,) positive. NaN where every value is missing.
    """
    known = ~np.isnan(values)
    if not known.any():
        return float("nan")
    order = np.argsort(values[known], kind="stable")
    cumulative = np.cumsum(weights[known][order])
    # the slack lets a half that is reached exactly count as reached whatever the order of summing
    return float(values[known][order][np.searchsorted(cumulative, (0.5 - 1e-12) * cumulative[-1])])
