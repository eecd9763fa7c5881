"""What the measurement models of one wave show: fit, loadings, and what freeing an element would bring."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from inspraak.estimation.factor_comparison import ScoreTests, fixed_elements, score_tests
from inspraak.estimation.factor_fit import FactorFit
from inspraak.estimation.factor_indices import Approximation, FitIndices
from inspraak.estimation.factor_models import MATRICES
from inspraak.estimation.ordinal_factor_comparison import ordinal_score_tests
from inspraak.measurement.model_fits import ModelFits, Solution
from inspraak.study.factor_models import Structure

FIT = (
    "wave", "model", "structure", "declared", "estimator", "missing", "weight", "n", "parameters", "status", "reason",
    "chi2", "df", "p_value", "cfi", "tli", "rmsea", "rmsea_low", "rmsea_high", "srmr", "delta_cfi", "starts",
    "starts_agreeing", "note",
)  # fmt: skip
LOADINGS = (
    "wave", "model", "structure", "factor", "item", "estimator", "n", "status", "estimate", "std_error", "ci_low",
    "ci_high", "p_value", "standardised", "standardised_low", "standardised_high",
)  # fmt: skip
MODIFICATION = (
    "wave", "model", "kind", "first", "second", "n", "index", "change", "standardised_change",
)  # fmt: skip
CRITICAL = 3.84
"""Chi-square on one degree of freedom at p = .05: smaller modification indices are not told."""
LARGEST = 10
"""Modification indices of a model that are told."""
SAME_OPTIMUM = 1e-4
"""Log-likelihoods that differ by less are those of one solution."""
NOT_FITTED = "not fitted"


def fit_table(wave: str, fits: Iterable[ModelFits]) -> pd.DataFrame:
    """Give one row per model and structure: how well it fits, or why its numbers may not be used.

    `chi2`, CFI, TLI and RMSEA are the robust ones where the estimator has them. `delta_cfi` is that of a rival less
    that of the declared structure. `starts_agreeing` of `starts` searches ended at the best solution.
    """
    rows = [row for fit in fits for row in _fit_rows(wave, fit)]
    return pd.DataFrame(rows, columns=list(FIT))


def _fit_rows(wave: str, fits: ModelFits) -> Iterator[dict[str, Any]]:
    model = fits.model
    shared = {
        "wave": wave,
        "model": model.name,
        "estimator": model.estimator,
        "missing": model.missing,
        "weight": model.weights,
        "note": fits.note,
    }
    for structure in (model.structure, *model.rivals):
        row: dict[str, Any] = {**shared, "structure": structure}
        row["declared"] = str(structure == model.structure)
        solution = fits.solutions.get(structure)
        if solution is None:
            yield row | {"n": np.nan, "status": NOT_FITTED, "reason": "no factor of two items"}
            continue
        row |= {"n": solution.n, "parameters": solution.model.parameters, "status": solution.status}
        row |= {"reason": why(fits, structure), **_searches(solution)}
        yield row | (_indices(solution.fit, _cfi(fits.declared)) if solution.fit is not None else {})


def _indices(fit: FitIndices, declared_cfi: float) -> dict[str, float]:
    test, close = fit.scaled_test or fit.test, approximation(fit)
    return {
        "chi2": test.chi_square if test.df else np.nan,
        "df": test.df,
        "p_value": test.p_value,
        **{name: getattr(close, name) for name in ("cfi", "tli", "rmsea", "rmsea_low", "rmsea_high")},
        "srmr": fit.srmr,
        "delta_cfi": close.cfi - declared_cfi,
    }


def approximation(fit: FitIndices) -> Approximation:
    """Give the fit indices to report: robust ones where the estimator has them, else scaled, else standard."""
    return fit.robust or fit.scaled or fit.standard


def _cfi(solution: Solution | None) -> float:
    """Give the CFI that rivals are compared with; NaN where it may not be used."""
    if solution is None or not solution.usable or solution.fit is None:
        return float("nan")
    return approximation(solution.fit).cfi


def _searches(solution: Solution) -> dict[str, int]:
    """Count the searches, and those that ended at the best solution."""
    if not isinstance(solution, FactorFit) or not solution.search_values.size:
        return {}
    values = solution.search_values
    return {"starts": values.size, "starts_agreeing": int((values > values.max() - SAME_OPTIMUM).sum())}


def why(fits: ModelFits, structure: Structure) -> str:
    """Say in words why a solution may not be used, or cannot be tested; "" where nothing is wrong."""
    return why_not(fits.solutions[structure], fits.items.items, fits.items.factor_names(structure))


def why_not(solution: Solution, items: Sequence[str], factors: Sequence[str]) -> str:
    """Say in words why a solution of these items and factors may not be used; "" where nothing is wrong."""
    model = solution.model
    if solution.status == "converged":
        return "just identified" if model.degrees_of_freedom == 0 else ""
    if solution.status == "improper":
        return _improper(solution, items, factors)
    if solution.status == "too few rows":
        return f"{solution.n} rows, {model.parameters} parameters"
    if solution.status == "not identified":
        return "one factor of two items" if len(items) == 2 else "some parameters cannot be told apart"
    return ", ".join(item for item, faulty in zip(items, solution.faulty[0]) if faulty)


def _improper(solution: Solution, items: Sequence[str], factors: Sequence[str]) -> str:
    """Name variances below zero and correlations beyond one."""
    elements = solution.model.elements.take(solution.improper)
    found: dict[str, list[str]] = {}
    for matrix, row, column in zip(elements.matrix, elements.row, elements.column):
        names = factors if MATRICES[matrix] in ("factor_covariances", "paths") else items
        if row == column:
            found.setdefault("negative variance", []).append(names[row])
        else:
            found.setdefault("correlation beyond one", []).append(f"{names[column]} with {names[row]}")
    return "; ".join(f"{what}: {', '.join(names)}" for what, names in found.items())


def loading_table(wave: str, fits: Iterable[ModelFits]) -> pd.DataFrame:
    """Give one row per loading of each solution: of items on factors, and of factors on one of second order.

    Factors have variance 1 (of one below a factor of second order: its residual variance). An improper solution is
    shown with its status.
    """
    rows = [row for fit in fits for structure in fit.solutions for row in _loading_rows(wave, fit, structure)]
    return pd.DataFrame(rows, columns=list(LOADINGS))


def _loading_rows(wave: str, fits: ModelFits, structure: Structure) -> Iterator[dict[str, Any]]:
    solution = fits.solutions[structure]
    if not solution.systems:
        return
    elements, estimates = solution.model.elements, solution.estimates
    low, high = estimates.interval()
    standard_low, standard_high = estimates.standardised_interval()
    factors = fits.items.factor_names(structure)
    columns = {
        "estimate": estimates.values,
        "std_error": estimates.std_errors,
        "ci_low": low,
        "ci_high": high,
        "p_value": estimates.p_values,
        "standardised": estimates.standardised.values,
        "standardised_low": standard_low,
        "standardised_high": standard_high,
    }
    present = elements.of("loadings", "paths") & (elements.free | (elements.value != 0))
    for place in np.flatnonzero(present):
        names = factors if MATRICES[elements.matrix[place]] == "paths" else fits.items.items
        yield {
            "wave": wave,
            "model": fits.model.name,
            "structure": structure,
            "factor": factors[elements.column[place]],
            "item": names[elements.row[place]],
            "estimator": fits.model.estimator,
            "n": solution.n,
            "status": solution.status,
            **{name: values[place] for name, values in columns.items()},
        }


def modification_table(wave: str, fits: Iterable[ModelFits]) -> pd.DataFrame:
    """Give what freeing a fixed loading or residual correlation would bring, of declared structures that may be used.

    The ten largest indices (chi-square on one degree of freedom) of each model above 3.84, the largest first.
    """
    rows = [row for fit in fits for row in _modification_rows(wave, fit)]
    return pd.DataFrame(rows, columns=list(MODIFICATION))


def _modification_rows(wave: str, fits: ModelFits) -> Iterator[dict[str, Any]]:
    solution = fits.declared
    if solution is None or not solution.usable or solution.model.degrees_of_freedom == 0:
        return
    tests = _score_tests(solution)
    index = np.nan_to_num(tests.chi_square, nan=0.0)
    largest = [place for place in np.argsort(-index, kind="stable")[:LARGEST] if index[place] > CRITICAL]
    items, factors = fits.items.items, fits.items.factor_names(fits.model.structure)
    for place in largest:
        row, column = int(tests.elements.row[place]), int(tests.elements.column[place])
        is_loading = MATRICES[tests.elements.matrix[place]] == "loadings"
        yield {
            "wave": wave,
            "model": fits.model.name,
            "kind": "loading" if is_loading else "residual",
            "first": factors[column] if is_loading else items[column],
            "second": items[row],
            "n": solution.n,
            "index": tests.chi_square[place],
            "change": tests.change[place],
            "standardised_change": tests.standardised_change[place],
        }


def _score_tests(solution: Solution) -> ScoreTests:
    elements = fixed_elements(solution.model, "loadings", "residual_covariances")
    if isinstance(solution, FactorFit):
        return score_tests(solution, elements)
    return ordinal_score_tests(solution, elements)
