"""Confirmatory factor analysis by maximum likelihood, also with missing answers and under a survey design.

Sources: Jöreskog (1969), Psychometrika 34, 183-202; Bollen (1989); Arbuckle (1996) for missing answers; Yuan &
Bentler (2000) for robust standard errors and tests. R: lavaan::cfa, estimators "ML" and "MLR" (likelihood
"normal": the divisor is n), `missing = "fiml"`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.factor_fit import Estimator, FactorFit, Status
from inspraak.estimation.factor_identification import SINGULAR, unidentified_parameters, weakest_direction
from inspraak.estimation.factor_models import FactorModel
from inspraak.estimation.factor_moments import MomentMap
from inspraak.estimation.factor_optimum import Optimum, maximise
from inspraak.estimation.factor_samples import Missing, Samples, factor_samples
from inspraak.estimation.factor_saturated import FreeMoments, faulty_items, moment_sample
from inspraak.estimation.factor_solution import Task, solution
from inspraak.estimation.factor_starts import starting_values

JITTER = 0.1  # of the starts, where the rank of a model is counted


def fit_factor_model(
    items: ArrayLike,
    model: FactorModel,
    *,
    groups: ArrayLike | None = None,
    estimator: Estimator = "ML",
    design: SurveyDesign | None = None,
    missing: Missing = "fiml",
    starts: Sequence[ArrayLike] = (),
    random_starts: int = 0,
    generator: np.random.Generator | None = None,
) -> FactorFit:
    """Fit a factor model by the normal likelihood.

    `items` (n, p) in any unit, NaN = no answer; `groups` (n,) integer or text codes, in sorted order those of
    the model. `fiml` takes every answer there is (missing at random; the model gets free intercepts if it has no
    means), `listwise` complete rows only. `ML` has standard errors from the expected information of complete
    answers and from the observed information of gaps; `MLR` the sandwich and Yuan and Bentler's test. `design`
    weighs the rows (a pseudo-likelihood, weights of mean one) and then gives the sandwich for both: variance of
    the scores' total between units within strata. `starts` (q,) each, and `random_starts` of the `generator`, are
    tried beside the built-in one; the best solution counts.

    What is not a solution to be used is told by the status; see `FactorFit`. Raises ValueError for shapes that
    do not fit and for unknown names.
    """
    samples = factor_samples(items, groups=groups, design=design, missing=missing)
    return fit_to_rows(
        FreeMoments(samples),
        model,
        estimator=estimator,
        starts=starts,
        random_starts=random_starts,
        generator=generator,
    )


def fit_to_rows(
    rows: FreeMoments,
    model: FactorModel,
    *,
    estimator: Estimator = "ML",
    starts: Sequence[ArrayLike] = (),
    random_starts: int = 0,
    generator: np.random.Generator | None = None,
) -> FactorFit:
    """Fit a factor model to rows that several models meet; else as `fit_factor_model`."""
    if estimator not in get_args(Estimator):
        raise ValueError(f"estimator is {estimator!r}; expected one of {get_args(Estimator)}")
    samples = rows.samples
    if len(samples.groups) != model.groups or samples.groups[0].items != model.items:
        found = f"{len(samples.groups)} groups of {samples.groups[0].items} items"
        raise ValueError(f"the data have {found}; the model {model.groups} of {model.items}")
    if model.thresholds is not None:
        raise ValueError("the model has thresholds: it is one of ordered answers")
    if not samples.is_complete:
        model = model.with_means()
    failed = _failure(model, estimator, samples, "too few rows")
    if samples.n < model.parameters or any(sample.n <= model.items for sample in samples.groups):
        return failed
    for group, moments in enumerate(rows.groups):
        if moments is None:
            status, items_at_fault = faulty_items(samples.groups[group])
            faulty = failed.faulty.copy()
            faulty[group] = items_at_fault
            return replace(failed, status=status, faulty=faulty)
    known = [moments for moments in rows.groups if moments is not None]
    task = Task(failed.map, samples, known, estimator)
    begin = [starting_values(model, task.moments, task.counts), *_checked(starts, model.parameters)]
    if random_starts:
        if generator is None:
            raise ValueError("random starts need a generator")
        begin += [starting_values(model, task.moments, task.counts, generator) for _ in range(random_starts)]
    return _fit(task, failed, begin)


def _fit(task: Task, failed: FactorFit, starts: list[FloatArray]) -> FactorFit:
    """Search for the solution of a model from each start, and describe the best that was found."""
    unidentified = unidentified_parameters(task.map, starts[0], task.spreads, jitter=JITTER)
    if unidentified.any():
        return replace(failed, status="not identified", unidentified=unidentified)
    ends = [_search(task, start) for start in starts]
    values = np.array([end.value if end.converged else -np.inf for end in ends])
    best, failed = ends[int(values.argmax())], replace(failed, search_values=values)
    point = task.objective().point(best.parameters, "observed") if best.converged else None
    if point is None:
        return replace(failed, status="not converged")
    lowest, weakest = weakest_direction(point.evaluation("observed").information)
    unidentified = unidentified_parameters(task.map, best.parameters, task.spreads)
    if abs(lowest) < SINGULAR:
        unidentified = unidentified | weakest
    if unidentified.any():
        return replace(failed, status="not identified", unidentified=unidentified)
    if lowest < 0:
        return replace(failed, status="not converged")  # a saddle, no maximum
    return solution(task, failed, point)


def _search(task: Task, start: FloatArray) -> Optimum:
    """Maximise the likelihood; with gaps, first that of the free moments as if they were complete."""
    if not task.samples.is_complete:
        whole = tuple(map(moment_sample, task.saturated, task.counts.tolist()))
        first = maximise(task.objective(whole), start)
        start = first.parameters if np.isfinite(first.value) else start
    return maximise(task.objective(), start)


def _checked(starts: Sequence[ArrayLike], parameters: int) -> list[FloatArray]:
    """Give starts as vectors (q,). Raises ValueError for others."""
    vectors = [np.asarray(start, dtype=np.float64) for start in starts]
    for vector in vectors:
        if vector.shape != (parameters,) or not np.isfinite(vector).all():
            raise ValueError(f"a start has shape {vector.shape}; expected ({parameters},) finite numbers")
    return vectors


def _failure(model: FactorModel, estimator: Estimator, samples: Samples, status: Status) -> FactorFit:
    """Give a fit without numbers."""
    q = model.parameters
    return FactorFit(
        model=model,
        status=status,
        map=MomentMap(model),
        systems=[],
        group_n=np.array([sample.n for sample in samples.groups], dtype=np.int64),
        parameters=np.full(q, np.nan),
        covariance=np.full((q, q), np.nan),
        improper=np.zeros(model.elements.matrix.size, dtype=np.bool_),
        unidentified=np.zeros(q, dtype=np.bool_),
        faulty=np.zeros((model.groups, model.items), dtype=np.bool_),
        fit=None,
        estimator=estimator,
        samples=samples,
        point=None,
        saturated=(),
        search_values=np.zeros(0),
    )
