"""Measurement invariance: whether a scale measures the same in every group, level by level.

Each level adds an equality over groups to the one before it, and holds where the indices of fit hardly fall.
Where it does not, the item with the largest score test is released, one at a time. Sources: Chen (2007),
Structural Equation Modeling 14, 464-504 (the rule); Byrne, Shavelson & Muthén (1989), Psychological Bulletin 105,
456-466, and Steenkamp & Baumgartner (1998), Journal of Consumer Research 25, 78-90 (partial invariance: two items
of a scale at least stay equal).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import as_matrix
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.factor_analysis import fit_to_rows
from inspraak.estimation.factor_comparison import nested_test, score_tests
from inspraak.estimation.factor_fit import FactorFit, Status
from inspraak.estimation.factor_indices import Approximation, Chi2Test
from inspraak.estimation.factor_invariance_models import Compared, Level
from inspraak.estimation.factor_models import FactorModel
from inspraak.estimation.factor_samples import Missing, factor_samples
from inspraak.estimation.factor_saturated import FreeMoments
from inspraak.estimation.ordinal_factor_analysis import OrdinalFit, fit_ordinal_model
from inspraak.estimation.ordinal_factor_comparison import nested_ordinal_test, ordinal_score_tests
from inspraak.estimation.ordinal_factor_samples import ordinal_samples

InvarianceEstimator = Literal["WLSMV", "ML", "MLR"]
Verdict = Literal["yes", "partial", "no", "not testable"]
Fit = FactorFit | OrdinalFit
Fitting = Callable[[FactorModel], Fit]
KEPT = 2
"""Items of a scale that stay equal at least: with one, nothing would be tested."""
NO_TEST = Chi2Test(float("nan"), 0)
NO_INDICES = Approximation(*[float("nan")] * 6)


@dataclass(frozen=True)
class Tolerance:
    """When a level holds: CFI falls and RMSEA rises, against the level before, by no more than this.

    A larger change counts only where the test of the difference has a p-value below `chance`: of a model with few
    degrees of freedom in small groups RMSEA alone often moves that much where nothing differs. 1 lets the limits
    alone decide. Where the groups apart have a CFI below `least_cfi`, the model is not one to compare.
    """

    cfi_fall: float = 0.010
    rmsea_rise: float = 0.015
    chance: float = 0.05
    least_cfi: float = 0.90


CHEN = Tolerance()


@dataclass(frozen=True, eq=False)
class Method:
    """How models of groups are fitted and judged.

    `WLSMV` takes ordered answers, pairwise over missing ones, of which every group chose the same categories; its
    indices are those of the scaled test (the plain statistic lies far below its degrees of freedom where the model
    holds, so that its CFI is 1 whatever happens). `ML` and `MLR` take numbers, `fiml` or `listwise`; `MLR` has robust
    indices, and a `design` whose clusters are units met more than once takes into account that their rows hang
    together.
    """

    estimator: InvarianceEstimator
    missing: Missing = "fiml"
    design: SurveyDesign | None = None
    tolerance: Tolerance = CHEN


@dataclass(frozen=True, eq=False)
class InvarianceLevel:
    """One level; the null hypothesis is that its equalities, and those of the levels before, hold.

    `status` is that of the fit; without a usable one there are no numbers and `holds` is None. `delta_cfi` and
    `delta_rmsea` are the changes against the level before, NaN at the first, and `difference` tests what the level
    adds (WLSMV: Satorra 2000, MLR: Satorra & Bentler 2001, ML: likelihood ratio). `released` are the items (places)
    that are free at this level, in the order of their release; `faulty` are those that the status is about.
    """

    level: Level
    status: Status
    n: int
    test: Chi2Test
    indices: Approximation
    delta_cfi: float
    delta_rmsea: float
    difference: Chi2Test
    holds: bool | None
    released: tuple[int, ...]
    faulty: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Invariance:
    """The levels that were tested, up to the first that does not hold.

    `verdict` is `yes` where the last level holds, `partial` where it does with items released, `no` where a level
    does not hold, `not testable` where a model has no usable solution, no degrees of freedom, or does not fit the
    groups apart (`why`).
    """

    levels: tuple[InvarianceLevel, ...]

    @property
    def verdict(self) -> Verdict:
        """What the levels come to."""
        last = self.levels[-1]
        if last.holds is None:
            return "not testable"
        if not last.holds:
            return "no"
        return "partial" if last.released else "yes"

    @property
    def why(self) -> str:
        """Why it cannot be tested: the status of the fit, `just identified` or `poor fit`; "" where it can."""
        last = self.levels[-1]
        if last.holds is not None:
            return ""
        if last.status != "converged":
            return last.status
        return "just identified" if np.isnan(last.indices.cfi) else "poor fit"


def compare_groups(
    items: ArrayLike,
    loadings: ArrayLike,
    tested: ArrayLike,
    *,
    groups: ArrayLike,
    method: Method,
    residual_pairs: Iterable[tuple[int, int]] = (),
) -> Invariance:
    """Test level by level whether the `tested` items of a factor measure the same in every group.

    `items` (n, p), NaN = no answer, in any unit (WLSMV: codes); `groups` (n,) integer or text codes; `loadings`
    (p, f) booleans, each item on one factor, all factors correlated; `tested` (p,) booleans. The other items are
    free in every group: they are there to identify a scale of two or three items.

    Released are at most half of the tested items, and two stay. Raises ValueError for shapes that do not fit.
    """
    member, chosen = np.asarray(loadings, dtype=np.bool_), np.asarray(tested, dtype=np.bool_)
    pairs, count = tuple(residual_pairs), len(np.unique(np.asarray(groups)))
    if method.estimator == "WLSMV":
        values = as_matrix(items, rows=np.shape(items)[0], name="items")
        categories = [len(np.unique(column[~np.isnan(column)])) for column in values.T]
        compared = Compared(member, chosen, count, np.maximum(categories, 2), pairs)
        fit: Fitting = partial(fit_ordinal_model, ordinal_samples(values, groups=groups))
        return Invariance(_levels(fit, compared, method.tolerance))
    samples = factor_samples(items, groups=groups, design=method.design, missing=method.missing)
    fit = partial(fit_to_rows, FreeMoments(samples), estimator=method.estimator)
    return Invariance(_levels(fit, Compared(member, chosen, count, None, pairs), method.tolerance))


def _levels(fit: Fitting, compared: Compared, tolerance: Tolerance) -> tuple[InvarianceLevel, ...]:
    """Go through the levels until one does not hold or has no usable solution."""
    k = int(compared.tested.sum())
    most = min(k // 2, k - KEPT)
    released: dict[int, Level] = {}
    steps: list[_Step] = []
    for level in compared.levels:
        before = steps[-1] if steps else None
        step = _step(fit, compared, level, released, before, tolerance)
        while step.level.holds is False and len(released) < most:
            worst = _worst(step.fit, compared, level, released)
            if worst is None:
                break
            released[worst] = level
            step = _step(fit, compared, level, released, before, tolerance)
        steps.append(step)
        if not step.level.holds:
            break
    return tuple(step.level for step in steps)


@dataclass(frozen=True, eq=False)
class _Step:
    level: InvarianceLevel
    fit: Fit


def _step(
    fit: Fitting,
    compared: Compared,
    level: Level,
    released: Mapping[int, Level],
    before: _Step | None,
    tolerance: Tolerance,
) -> _Step:
    """Fit the model of a level and hold it against the level before."""
    found = fit(compared.model(level, released))
    nothing = float("nan")
    step = InvarianceLevel(
        level, found.status, found.n, NO_TEST, NO_INDICES, nothing, nothing, NO_TEST, None, tuple(released)
    )
    if not found.usable or found.fit is None:
        faulty = tuple(np.flatnonzero(found.faulty.any(axis=0)).tolist())
        return _Step(replace(step, faulty=faulty), found)
    indices = found.fit.robust or found.fit.scaled or found.fit.standard
    step = replace(step, test=found.fit.scaled_test or found.fit.test, indices=indices)
    if before is None:
        return _Step(replace(step, holds=True if indices.cfi >= tolerance.least_cfi else None), found)
    earlier = before.level.indices
    fall, rise = earlier.cfi - indices.cfi, indices.rmsea - earlier.rmsea
    difference = _difference(found, before.fit)
    moved = fall > tolerance.cfi_fall or rise > tolerance.rmsea_rise
    holds = not moved or difference.p_value >= tolerance.chance
    return _Step(replace(step, delta_cfi=-fall, delta_rmsea=rise, difference=difference, holds=holds), found)


def _difference(restricted: Fit, general: Fit) -> Chi2Test:
    """Test what a level adds; without a p-value where it adds nothing, or the scaling is negative."""
    if restricted.model.degrees_of_freedom <= general.model.degrees_of_freedom:
        return NO_TEST
    if isinstance(restricted, OrdinalFit) and isinstance(general, OrdinalFit):
        return nested_ordinal_test(restricted, general)
    if isinstance(restricted, FactorFit) and isinstance(general, FactorFit):
        plain = restricted.estimator == "ML"
        return nested_test(
            restricted, general, method="likelihood ratio" if plain else "Satorra-Bentler 2001"
        )
    raise TypeError("the models are of different kinds")


def _worst(found: Fit, compared: Compared, level: Level, released: Mapping[int, Level]) -> int | None:
    """Give the item (place) of which freeing an element would bring most; None where no element can be freed."""
    suspects = compared.suspects(level, found.model, released)
    if isinstance(found, OrdinalFit):
        chi_square = ordinal_score_tests(found, suspects).chi_square
    else:
        chi_square = score_tests(found, suspects).chi_square
    if np.isnan(chi_square).all():
        return None
    return int(suspects.row[np.nanargmax(chi_square)])
