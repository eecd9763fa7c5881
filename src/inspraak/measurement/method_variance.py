"""How much of what scales have in common may come from the way of asking, in the measurement models of one wave."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.estimation.factor_fit import FactorFit
from inspraak.estimation.factor_indices import Chi2Test
from inspraak.estimation.factor_samples import Missing
from inspraak.estimation.method_variance import (
    MarkerModels,
    MethodFactor,
    factor_correlations,
    marker_models,
    method_factor,
    method_share,
)
from inspraak.measurement.model_items import gather_items, item_values
from inspraak.measurement.model_tables import why_not
from inspraak.study.factor_models import MeasurementModel
from inspraak.study.study import Study

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
METHOD = (
    "wave", "model", "step", "n", "status", "reason", "chi2", "df", "p_value", "cfi", "rmsea", "variance_share",
    "p_difference",
)  # fmt: skip
CORRELATIONS = ("model", "x", "y", "correlation_before", "correlation_marker", "correlation_method")
MARKERS = ""
"""Name of the factor of the markers, which no factor of a study can have."""
NOT_FITTED = "not fitted"


@dataclass(frozen=True, eq=False)
class MethodVariance:
    """Rows of method.csv, and the latent correlations of each pair of factors (x before y) without method.

    `correlations`: `correlation_before` of the factors alone, `correlation_marker` of the marker model that is chosen,
    `correlation_method` beside a factor of method; NaN where that model may not be used.
    """

    table: pd.DataFrame
    correlations: pd.DataFrame


def assess_method_variance(study: Study, wave: str, responses: pd.DataFrame) -> MethodVariance:
    """Try each measurement model of a wave with a factor of method, and with its markers where it has some.

    Answers count as continuous, in parts of the range of their answer scale, and are fitted by maximum likelihood
    (whatever the estimator of the model), every employer counting once. `p_difference` tests each step against the one
    before: the restricted model against the marker model that is chosen, the factor of method against none.
    `variance_share` is the part of the variance of the items that the markers or the factor of method explain; of
    `harman` that of the first principal component, which proves nothing.
    """
    rows: list[dict[str, Any]] = []
    pairs: list[dict[str, Any]] = []
    for model in study.models.values():
        if wave not in model.waves:
            continue
        found = _assess(_gather(study, wave, model, responses))
        shown = found.rows(has_markers=bool(model.markers))
        rows += [{"wave": wave, "model": model.name, **row} for row in shown]
        pairs += [{"model": model.name, **row} for row in found.pairs()]
    numbers = dict.fromkeys(METHOD[6:], float)
    return MethodVariance(
        pd.DataFrame(rows, columns=list(METHOD)).astype({"n": np.int64, **numbers}),
        pd.DataFrame(pairs, columns=list(CORRELATIONS)).astype(dict.fromkeys(CORRELATIONS[3:], float)),
    )


@dataclass(frozen=True, eq=False)
class _Answers:
    """The answers to the items of one model and then to its markers, each in parts of its range, (n, p).

    `members` (p, f) says which belongs to which of the `factors`, markers to none; `n` counts the employers that
    answered one of the declared items.
    """

    values: FloatArray
    items: tuple[str, ...]
    members: BoolArray
    factors: tuple[str, ...]
    pairs: tuple[tuple[int, int], ...]
    missing: Missing
    n: int

    @property
    def own(self) -> BoolArray:
        """Whether each item is no marker, (p,)."""
        return np.asarray(self.members.any(axis=1))


def _gather(study: Study, wave: str, model: MeasurementModel, responses: pd.DataFrame) -> _Answers:
    factors = study.factors_of(model, wave)
    markers = tuple(item for item in model.markers if item in responses)
    found = gather_items(study, model, responses, {**factors, MARKERS: markers})
    kept = tuple(item for item in markers if item not in found.left_out)
    names = tuple(name for name in found.factors if name != MARKERS)
    items = tuple(item for name in names for item in found.factors[name])
    values = item_values(study, responses, (*items, *kept))
    if model.missing == "complete":
        values = np.where(np.isnan(values).any(axis=1, keepdims=True), np.nan, values)
    members = np.zeros((len(items) + len(kept), len(names)), dtype=np.bool_)
    members[: len(items)] = found.members[: len(items), : len(names)]
    if model.structure == "one_factor" and names:
        members, names = np.asarray(members.any(axis=1, keepdims=True)), (model.name,)
    declared = [item for own in factors.values() for item in own]
    return _Answers(
        values / _ranges(study, (*items, *kept), values),
        (*items, *kept),
        members,
        names,
        found.residual_pairs,
        "listwise" if model.missing == "listwise" else "fiml",
        int(responses[declared].notna().any(axis=1).sum()),
    )


def _ranges(study: Study, items: tuple[str, ...], values: FloatArray) -> FloatArray:
    """Give the range of the codes of each item, or of the answers where these are numbers, (p,)."""
    codes = [study.scale_of(item).codes if item in study.codebook else None for item in items]
    return np.array(
        [
            max(own) - min(own) if own else np.nanmax(column) - np.nanmin(column)
            for own, column in zip(codes, values.T)
        ]
    )


@dataclass(frozen=True, eq=False)
class _Assessed:
    """What was found of one model: nothing where no factor of two items, or no marker, is left."""

    answers: _Answers
    method: MethodFactor | None
    marker: MarkerModels | None

    def rows(self, *, has_markers: bool) -> Iterator[dict[str, Any]]:
        """Give the rows of the table."""
        if self.method is None:
            yield self._not_fitted("method_factor", "no factor of two items")
            return
        without = self.method.without
        harman = {"step": "harman", "n": without.n, "status": "converged", "reason": ""}
        if np.isnan(self.method.harman):
            harman |= {"status": without.status, "reason": self._why(without)}
        yield harman | {"variance_share": self.method.harman}
        if self.marker is not None:
            for step, fit in self.marker.fits.items():
                share = method_share(fit) if step not in ("marker", "baseline") else np.nan
                yield self._row(step, fit, self.marker.difference(step)) | {"variance_share": share}
        elif has_markers:
            yield self._not_fitted("marker", "no marker that varies")
        row = self._row("method_factor", self.method.fit, self.method.difference)
        yield row | {"variance_share": method_share(self.method.fit)}

    def pairs(self) -> Iterator[dict[str, Any]]:
        """Give the latent correlations of each pair of factors."""
        factors = self.answers.factors
        size = len(factors)
        before = marker = method = np.full((size, size), np.nan)
        if self.marker is not None and self.marker.chosen is not None:
            marker = factor_correlations(self.marker.fits[self.marker.chosen], size)
        if self.method is not None:
            before = factor_correlations(self.method.without, size)
            method = factor_correlations(self.method.fit, size)
        for first, second in combinations(range(size), 2):
            yield {
                "x": factors[first],
                "y": factors[second],
                "correlation_before": before[first, second],
                "correlation_marker": marker[first, second],
                "correlation_method": method[first, second],
            }

    def _not_fitted(self, step: str, reason: str) -> dict[str, Any]:
        return {"step": step, "n": self.answers.n, "status": NOT_FITTED, "reason": reason}

    def _row(self, step: str, fit: FactorFit, difference: Chi2Test | None) -> dict[str, Any]:
        row: dict[str, Any] = {"step": step, "n": fit.n, "status": fit.status, "reason": self._why(fit)}
        if fit.fit is None:
            return row
        test, close = fit.fit.test, fit.fit.standard
        row |= {"chi2": test.chi_square, "df": test.df, "p_value": test.p_value}
        row |= {"cfi": close.cfi, "rmsea": close.rmsea}
        return row | ({} if difference is None else {"p_difference": difference.p_value})

    def _why(self, fit: FactorFit) -> str:
        return why_not(fit, self.answers.items, (*self.answers.factors, "method"))


def _assess(answers: _Answers) -> _Assessed:
    if not answers.factors:
        return _Assessed(answers, None, None)
    own, members, pairs = answers.own, answers.members, answers.pairs
    method = method_factor(
        answers.values[:, own], members[own], residual_pairs=pairs, missing=answers.missing
    )
    marker = None
    if not own.all():
        marker = marker_models(answers.values, members, ~own, residual_pairs=pairs, missing=answers.missing)
    return _Assessed(answers, method, marker)
