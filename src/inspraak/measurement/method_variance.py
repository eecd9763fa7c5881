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
from inspraak.measurement.model_items import ModelItems, gather_items
from inspraak.study.factor_models import MeasurementModel
from inspraak.study.study import Study

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
METHOD = (
    "wave", "model", "step", "n", "status", "reason", "chi2", "df", "p_value", "cfi", "rmsea", "variance_share",
    "p_difference",
)  # fmt: skip
CORRELATIONS = ("model", "x", "y", "correlation_marker", "correlation_method")
MARKERS = ""
"""Name of the factor of the markers, which no factor of a study can have."""
NOT_FITTED = "not fitted"


@dataclass(frozen=True, eq=False)
class MethodVariance:
    """Rows of method.csv, and the latent correlations of each pair of factors (x before y) without method.

    `correlations`: `correlation_marker` of the marker model that is chosen, `correlation_method` beside a factor of
    method; NaN where that model may not be used.
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
        found = _assess(study, model, responses, study.factors_of(model, wave))
        rows += [{"wave": wave, "model": model.name, **row} for row in found.rows()]
        pairs += [{"model": model.name, **row} for row in found.pairs()]
    numbers = dict.fromkeys(METHOD[6:], float)
    return MethodVariance(
        pd.DataFrame(rows, columns=list(METHOD)).astype({"n": np.int64, **numbers}),
        pd.DataFrame(pairs, columns=list(CORRELATIONS)).astype(dict.fromkeys(CORRELATIONS[3:], float)),
    )


@dataclass(frozen=True, eq=False)
class _Assessed:
    """What was found of one model: None where no factor of two items, or no two markers, are left."""

    items: ModelItems
    n: int  # employers that answered one of the declared items
    own: BoolArray  # (p,) no markers
    factors: tuple[str, ...]
    method: MethodFactor | None
    marker: MarkerModels | None

    def rows(self) -> Iterator[dict[str, Any]]:
        """Give the rows of the table."""
        if self.method is None:
            yield self._not_fitted("method_factor", "no factor of two items")
            return
        without, names = self.method.without, self._names(own=True)
        harman = {"step": "harman", "n": without.n, "status": "converged", "reason": ""}
        if np.isnan(self.method.harman):
            harman |= {"status": without.status, "reason": _why(without, names)}
        yield harman | {"variance_share": self.method.harman}
        if self.marker is not None:
            yield from self._marker_rows(self.marker)
        elif self.items.model.markers:
            yield self._not_fitted("marker", "fewer than two markers")
        row = _row("method_factor", self.method.fit, names, self.method.difference)
        yield row | {"variance_share": method_share(self.method.fit)}

    def _not_fitted(self, step: str, reason: str) -> dict[str, Any]:
        return {"step": step, "n": self.n, "status": NOT_FITTED, "reason": reason}

    def _marker_rows(self, marker: MarkerModels) -> Iterator[dict[str, Any]]:
        for step, fit in marker.fits.items():
            row = _row(step, fit, self._names(own=False), marker.difference(step))
            acts = step not in ("marker", "baseline")
            yield row | {"variance_share": method_share(fit) if acts else np.nan}

    def pairs(self) -> Iterator[dict[str, Any]]:
        """Give the latent correlations of each pair of factors."""
        size = len(self.factors)
        marker = method = np.full((size, size), np.nan)
        if self.marker is not None and self.marker.chosen is not None:
            marker = factor_correlations(self.marker.fits[self.marker.chosen], size)
        if self.method is not None:
            method = factor_correlations(self.method.fit, size)
        for first, second in combinations(range(size), 2):
            yield {
                "x": self.factors[first],
                "y": self.factors[second],
                "correlation_marker": marker[first, second],
                "correlation_method": method[first, second],
            }

    def _names(self, *, own: bool) -> list[str]:
        return [item for item, mine in zip(self.items.items, self.own) if mine or not own]


def _row(step: str, fit: FactorFit, items: list[str], difference: Chi2Test | None) -> dict[str, Any]:
    row: dict[str, Any] = {"step": step, "n": fit.n, "status": fit.status, "reason": _why(fit, items)}
    if fit.fit is None:
        return row
    test, close = fit.fit.test, fit.fit.standard
    row |= {"chi2": test.chi_square, "df": test.df, "p_value": test.p_value}
    row |= {"cfi": close.cfi, "rmsea": close.rmsea}
    return row | ({} if difference is None else {"p_difference": difference.p_value})


def _why(fit: FactorFit, items: list[str]) -> str:
    """Name the items at fault, if some are."""
    return ", ".join(items[place] for place in np.flatnonzero(fit.faulty[0]))


def _assess(
    study: Study,
    model: MeasurementModel,
    responses: pd.DataFrame,
    factors: dict[str, tuple[str, ...]],
) -> _Assessed:
    markers = tuple(item for item in model.markers if item in responses)
    items = gather_items(study, model, responses, factors | ({MARKERS: markers} if markers else {}))
    substance = np.array([name != MARKERS for name in items.factors], dtype=np.bool_)
    members = items.members[:, substance]
    own = np.asarray(members.any(axis=1))
    names = tuple(name for name in items.factors if name != MARKERS)
    if model.structure == "one_factor" and names:
        members, names = own[:, np.newaxis], (model.name,)
    values = _in_ranges(study, items)
    missing: Missing = "listwise" if model.missing == "listwise" else "fiml"
    pairs = items.residual_pairs
    method = marker = None
    if names:
        # markers follow on all other items: the places of the pairs stay
        method = method_factor(values[:, own], members[own], residual_pairs=pairs, missing=missing)
    if names and not own.all():
        marker = marker_models(values, members, ~own, residual_pairs=pairs, missing=missing)
    declared = [item for items_ in factors.values() for item in items_]
    answered = int(responses[declared].notna().any(axis=1).sum())
    return _Assessed(items, answered, own, names, method, marker)


def _in_ranges(study: Study, items: ModelItems) -> FloatArray:
    """Give the answers in parts of the range of their codes, or of the answers where these are numbers."""
    ranges = []
    for item, column in zip(items.items, items.values.T):
        codes = study.scale_of(item).codes if item in study.codebook else None
        ranges.append(max(codes) - min(codes) if codes else np.nanmax(column) - np.nanmin(column))
    return np.asarray(items.values / np.array(ranges))
