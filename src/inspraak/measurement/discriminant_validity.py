"""Whether the scales of one wave measure different things: heterotrait-monotrait ratios and latent correlations."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.estimation.correlation import correlate
from inspraak.estimation.design import simple_design
from inspraak.estimation.discriminant import heterotrait_monotrait
from inspraak.estimation.resampled_correlation import resampled_correlations
from inspraak.measurement.model_fits import ModelFits
from inspraak.randomness import stream
from inspraak.study.study import Study

FloatArray = npt.NDArray[np.float64]
DISCRIMINANT = (
    "wave", "model", "x", "y", "correlations", "n", "htmt", "htmt_low", "htmt_high", "correlation",
    "correlation_low", "correlation_high", "correlation_before", "correlation_marker", "correlation_method",
)  # fmt: skip
WITHOUT_METHOD = DISCRIMINANT[-3:]
LEVEL = 0.95
ENOUGH = 0.95
"""Share of the resamples that must have a ratio for an interval of it."""


def discriminant_table(
    study: Study, wave: str, fits: Sequence[ModelFits], *, seed: int, resamples: int
) -> pd.DataFrame:
    """Give one row per pair of factors of a model, and of scales that are in no model together (`model` empty).

    HTMT rests on Pearson correlations (`correlations`), pairwise over missing answers; its interval is the middle 95 %
    of `resamples` resamples of the employers. `n` is the smallest number that answered one item of each. The
    latent correlation is that of the declared structure, where that solution may be used, with its own interval.
    The columns of `WITHOUT_METHOD` are left to `with_method`.
    """
    factors = _factors(fits)
    if len(factors) < 2:
        return pd.DataFrame(columns=list(DISCRIMINANT))
    values = np.column_stack(list(factors.values()))
    ends = np.cumsum([0, *(columns.shape[1] for columns in factors.values())]).tolist()
    places = [list(range(first, last)) for first, last in pairwise(ends)]
    found = correlate(values, simple_design(len(values)))
    ratio, drawn = trait_ratios(values, places, resamples=resamples, rng=stream(seed, "htmt", wave))
    low, high = _interval(drawn)
    names, rows = list(factors), []
    for model, x, y in _pairs(study, fits, names):
        first, second = names.index(x), names.index(y)
        shared = found.n[np.ix_(places[first], places[second])]
        row: dict[str, Any] = {"wave": wave, "model": model, "x": x, "y": y, "correlations": "pearson"}
        row |= {"n": int(shared.min()), "htmt": ratio[first, second]}
        row |= {"htmt_low": low[first, second], "htmt_high": high[first, second]}
        rows.append(row | _latent(fits, model, x, y))
    return pd.DataFrame(rows, columns=list(DISCRIMINANT)).astype(dict.fromkeys(DISCRIMINANT[6:], float))


def trait_ratios(
    values: FloatArray, places: Sequence[Sequence[int]], *, resamples: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Give the heterotrait-monotrait ratios of scales, (f, f), and those of resamples of the employers, (r, f, f).

    `values` (n, p), NaN = missing; `places` are the columns of each scale. NaN where the items of a scale do not go
    together at all; of a resample infinite.
    """
    design = simple_design(len(values))
    ratio = heterotrait_monotrait(correlate(values, design).estimate, places)
    ratio[np.isinf(ratio)] = np.nan
    return ratio, heterotrait_monotrait(resampled_correlations(values, design, resamples, rng), places)


def with_method(table: pd.DataFrame, correlations: pd.DataFrame) -> pd.DataFrame:
    """Give the table with the latent correlations of the models of method variance (see `MethodVariance`)."""
    found = table.drop(columns=list(WITHOUT_METHOD)).merge(correlations, on=["model", "x", "y"], how="left")
    return found[list(DISCRIMINANT)].astype(dict.fromkeys(WITHOUT_METHOD, float))


def _factors(fits: Sequence[ModelFits]) -> dict[str, FloatArray]:
    """Give the answers to the items of each factor of any model, those of a name that comes back once."""
    found: dict[str, FloatArray] = {}
    for fit in fits:
        for place, factor in enumerate(fit.items.factors):
            found.setdefault(factor, fit.items.values[:, fit.items.members[:, place]])
    return found


def _pairs(study: Study, fits: Sequence[ModelFits], names: list[str]) -> Iterator[tuple[str, str, str]]:
    """Give model, x and y of each pair of factors of one model, then of the scales of different models."""
    together: set[frozenset[str]] = set()
    for fit in fits:
        own = list(fit.items.factors)
        for place, x in enumerate(own):
            for y in own[place + 1 :]:
                together.add(frozenset((x, y)))
                yield fit.model.name, x, y
    scales = [name for name in names if name in study.indices]
    for place, x in enumerate(scales):
        for y in scales[place + 1 :]:
            if frozenset((x, y)) not in together and not study.rests_on(x) & study.rests_on(y):
                yield "", x, y


def _interval(ratios: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give the ends of the middle 95 % over the first axis; NaN where too few have a ratio."""
    known = np.isfinite(ratios)
    enough = known.mean(axis=0) >= ENOUGH if len(ratios) else np.zeros(ratios.shape[1:], dtype=bool)
    filled = np.where(known, ratios, np.inf)  # a ratio that does not exist counts as a large one
    if not len(ratios):
        return np.full(ratios.shape[1:], np.nan), np.full(ratios.shape[1:], np.nan)
    low, high = np.quantile(filled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0, method="lower")
    return np.where(enough, low, np.nan), np.where(enough & np.isfinite(high), high, np.nan)


def _latent(fits: Sequence[ModelFits], model: str, x: str, y: str) -> dict[str, float]:
    """Give the correlation of two factors in the solution of the declared structure, with its interval."""
    for fit in fits:
        solution = fit.declared
        if fit.model.name != model or solution is None or not solution.usable:
            continue
        if fit.model.structure != "correlated":
            return {}
        names = list(fit.items.factors)
        row, column = sorted((names.index(x), names.index(y)), reverse=True)
        elements, estimates = solution.model.elements, solution.estimates
        mine = elements.of("factor_covariances") & (elements.row == row) & (elements.column == column)
        low, high = estimates.standardised_interval()
        ends = zip(
            ("correlation", "correlation_low", "correlation_high"), (estimates.standardised.values, low, high)
        )
        return {name: float(values[mine][0]) for name, values in ends}
    return {}
