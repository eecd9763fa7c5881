"""Change between two waves that share employers: designs of both together, trends, and change within employers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inspraak.estimation.arrays import FloatArray, IntArray, as_codes, as_mask, as_matrix
from inspraak.estimation.calibrated_design import CalibratedDesign
from inspraak.estimation.description import Differences, describe_means, difference_from_rest
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.distributions import f_p_value, t_p_value, t_quantile


@dataclass(frozen=True, eq=False)
class Trends:
    """The later wave less the earlier for p columns in g domains; every array is (p, g), in the unit of the column.

    `changes` holds estimate, test and interval, its group being the later wave. `n_overlap` counts the employers that
    answered in both waves and were in the domain both times.
    """

    null_hypothesis: ClassVar[str] = "the means of both waves are equal"

    changes: Differences
    n_overlap: IntArray


@dataclass(frozen=True, eq=False)
class PairedChanges:
    """The change within units of p columns; every array is (p,), in the unit of the column.

    `n` counts the units that answered both times. `standardised` is the change over the standard deviation of
    changes. NaN with fewer than two units; test and interval are NaN too where all changes are the same.
    """

    null_hypothesis: ClassVar[str] = "the mean change within units is zero"

    estimate: FloatArray
    std_error: FloatArray
    df: IntArray
    statistic: FloatArray
    p_value: FloatArray
    ci_low: FloatArray
    ci_high: FloatArray
    standardised: FloatArray
    n: IntArray


@dataclass(frozen=True, eq=False)
class Turnover:
    """Who changed from yes to no (`lost`) and from no to yes (`gained`), of `n` units; every array is (p,).

    `statistic` is chi-square with one degree of freedom; NaN, as its p, where nobody changed.
    """

    null_hypothesis: ClassVar[str] = "as many units change from yes to no as from no to yes"

    lost: IntArray
    gained: IntArray
    n: IntArray
    statistic: FloatArray
    p_value: FloatArray


def panel_design(
    waves: Sequence[SurveyDesign], employers: Sequence[ArrayLike], strata: Sequence[ArrayLike]
) -> SurveyDesign:
    """Give the design of the rows of several waves one below the other, with employers as sampling units.

    `employers` and `strata` hold one vector of codes per wave, as long as its design; a code means the same in every
    wave. An employer stays in the stratum of the first wave it is in, so that its answers count together. The rule for
    strata with one unit is that of the first wave. Calibrated weights keep their residual variance, each wave by its
    own margins. Neither finite populations (a stratum has another size each wave) nor clusters above employers are
    kept: without the first the variance is a little too large. Raises ValueError for other lengths.
    """
    units = as_codes(
        np.concatenate([np.asarray(one) for one in employers]), rows=_rows(waves), name="employers"
    )
    layers = as_codes(np.concatenate([np.asarray(one) for one in strata]), rows=_rows(waves), name="strata")
    first = np.unique(units, return_index=True)[1]
    parts: dict[str, Any] = {
        "weights": np.concatenate([wave.weights for wave in waves]),
        "strata": layers[first][units],
        "clusters": units,
        "lonely": waves[0].lonely,
    }
    if not any(isinstance(wave, CalibratedDesign) for wave in waves):
        return SurveyDesign(**parts)
    base = [wave.base_weights if isinstance(wave, CalibratedDesign) else wave.weights for wave in waves]
    margins = [
        wave.auxiliary if isinstance(wave, CalibratedDesign) else np.empty((wave.n, 0)) for wave in waves
    ]
    auxiliary = np.zeros((_rows(waves), sum(margin.shape[1] for margin in margins)))
    row = column = 0
    for margin in margins:
        auxiliary[row : row + margin.shape[0], column : column + margin.shape[1]] = margin
        row, column = row + margin.shape[0], column + margin.shape[1]
    return CalibratedDesign(**parts, base_weights=np.concatenate(base), auxiliary=auxiliary)


def _rows(waves: Sequence[SurveyDesign]) -> int:
    return sum(wave.n for wave in waves)


def estimate_trends(
    values: ArrayLike,
    domains: ArrayLike,
    later: ArrayLike,
    employers: ArrayLike,
    design: SurveyDesign,
    *,
    level: float = 0.95,
) -> Trends:
    """Give the change of every mean in every domain between two waves, with the panel overlap in its variance.

    All rows of `design` (as from `panel_design`) belong to one of two waves: `later` (n,) booleans. `values` (n, p),
    NaN = no answer; `domains` (n, g) booleans, which may overlap; `employers` (n,) codes.

    Source: Kish (1965), Survey Sampling, 12.4; the variance as `difference_from_rest`. R: svyglm(y ~ factor(wave)) and
    svyttest(y ~ wave) with svydesign(ids = ~employer). Raises ValueError for wrong shapes.
    """
    matrix = as_matrix(values, rows=design.n, name="values")
    inside = as_mask(domains, rows=design.n, name="domains")
    second = as_mask(later, rows=design.n, name="later")
    changes = difference_from_rest(matrix, inside & second, design, universe=inside, level=level)
    units = as_codes(employers, rows=design.n, name="employers")
    answered = ~np.isnan(matrix) & (design.weights > 0)[:, np.newaxis]
    overlap = np.zeros(changes.estimate.shape, dtype=np.int64)
    for g, member in enumerate(inside.T):
        met = [
            _met(units, answered & (member & wave)[:, np.newaxis]) for wave in (second[:, 0], ~second[:, 0])
        ]
        overlap[:, g] = (met[0] & met[1]).sum(axis=0)
    return Trends(changes, overlap)


def _met(units: IntArray, there: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which units (u,) have a row that is there (n, p), in each column (u, p)."""
    met = np.zeros((int(units.max(initial=-1)) + 1, there.shape[1]), dtype=np.bool_)
    row, column = np.nonzero(there)
    met[units[row], column] = True
    return met


def paired_changes(
    before: ArrayLike, after: ArrayLike, design: SurveyDesign | None = None, *, level: float = 0.95
) -> PairedChanges:
    """Give the mean change within units with its paired t test, for every column.

    `before` and `after` (n, p), one row per unit, NaN = no answer; a unit counts where both are there. Without a
    `design` every unit counts once and t has n - 1 degrees of freedom; with one the mean change is design-based.

    Source: Cohen (1988), Statistical Power Analysis, 2.3.5. R: t.test(after, before, paired = TRUE), or svymean of the
    change. Raises ValueError for shapes that differ.
    """
    first = np.asarray(before, dtype=np.float64)
    n_rows = first.shape[0] if first.ndim else 0
    first, second = (as_matrix(part, rows=n_rows, name="answers") for part in (before, after))
    if first.shape != second.shape:
        raise ValueError(f"before has shape {first.shape}, after {second.shape}; expected the same")
    change = second - first
    weights = np.ones(n_rows) if design is None else design.weights
    known = ~np.isnan(change) & (weights > 0)[:, np.newaxis]
    n = known.sum(axis=0, dtype=np.int64)
    deviation = _deviation(change, known, weights, n)
    if design is None:
        total = np.where(known, change, 0.0).sum(axis=0)
        estimate = np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)
        error, df = deviation / np.sqrt(np.maximum(n, 1)), n - 1
    else:
        found = describe_means(change, np.ones(n_rows, dtype=np.bool_), design)
        estimate, error, df = found.estimate[:, 0], found.std_error[:, 0], found.df[:, 0]
    varies = (n > 1) & (deviation > 1e-11 * np.abs(estimate)) & (error > 0)
    statistic = np.divide(estimate, error, out=np.full(n.shape, np.nan), where=varies)
    half = np.where(varies, t_quantile((1 + level) / 2, df) * error, np.nan)
    size = np.divide(estimate, deviation, out=np.full(n.shape, np.nan), where=varies)
    p_value = t_p_value(statistic, df)
    return PairedChanges(estimate, error, df, statistic, p_value, estimate - half, estimate + half, size, n)


def _deviation(values: FloatArray, known: NDArray[np.bool_], weights: FloatArray, n: IntArray) -> FloatArray:
    """Give the weighted standard deviation of each column, times sqrt(n / (n - 1)); NaN with fewer than two values."""
    weighed = weights[:, np.newaxis] * known
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = weighed / weighed.sum(axis=0)
        filled = np.where(known, values, 0.0)
        distance = np.where(known, filled - (shares * filled).sum(axis=0), 0.0)
        square = (shares * np.square(distance)).sum(axis=0) * n / (n - 1)
    return np.where(n > 1, np.sqrt(square), np.nan)


def mcnemar(before: ArrayLike, after: ArrayLike, *, corrected: bool = True) -> Turnover:
    """Test whether as many units changed from yes to no as from no to yes, for every column.

    `before` and `after` (n, p) of 0, 1 and NaN, one row per unit; a unit counts where both are there, each once.
    `corrected` takes 1 off the distance, as the counts are whole numbers.

    Source: McNemar (1947), Psychometrika 12, 153-157; Edwards (1948), Psychometrika 13, 185-187. R: mcnemar.test.
    Raises ValueError for other values and for shapes that differ.
    """
    first, second = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    if first.shape != second.shape:
        raise ValueError(f"before has shape {first.shape}, after {second.shape}; expected the same")
    first, second = (part[:, np.newaxis] if part.ndim == 1 else part for part in (first, second))
    for part in (first, second):
        if not (np.isnan(part) | (part == 0) | (part == 1)).all():
            raise ValueError("answers hold values other than 0, 1 and NaN")
    lost = ((first == 1) & (second == 0)).sum(axis=0, dtype=np.int64)
    gained = ((first == 0) & (second == 1)).sum(axis=0, dtype=np.int64)
    distance = np.abs(lost - gained) - np.where(corrected & (lost != gained), 1, 0)
    changed = lost + gained
    statistic = np.divide(np.square(distance), changed, out=np.full(lost.shape, np.nan), where=changed > 0)
    p_values = [f_p_value(float(one), 1, np.inf) if one == one else np.nan for one in statistic]
    n = (~np.isnan(first) & ~np.isnan(second)).sum(axis=0, dtype=np.int64)
    return Turnover(lost, gained, n, statistic, np.array(p_values, dtype=np.float64))
