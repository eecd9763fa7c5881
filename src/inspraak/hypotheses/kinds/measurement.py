"""Test of kind `measurement`: does a declared factor model hold against a rival, and are its factors apart."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np

from inspraak.estimation.factor_comparison import nested_test
from inspraak.estimation.factor_fit import FactorFit
from inspraak.estimation.factor_indices import Chi2Test
from inspraak.estimation.ordinal_factor_analysis import OrdinalFit
from inspraak.estimation.ordinal_factor_comparison import nested_ordinal_test
from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.modelling import MINIMUM_N
from inspraak.hypotheses.result import (
    MODEL_FITS_BADLY,
    NO_RESULT,
    NOT_ASKED,
    RIVAL_FITS_ALIKE,
    TOO_FEW,
    Detail,
    Estimate,
)
from inspraak.measurement.discriminant_validity import trait_ratios
from inspraak.measurement.model_fits import ModelFits, Solution, fit_structures
from inspraak.measurement.model_tables import approximation
from inspraak.study.declarations import Text
from inspraak.study.factor_models import DeclaredModel, MeasurementModel, Structure
from inspraak.study.fit_limits import FAIR_FIT, LIKE, SIMILAR
from inspraak.study.kinds import Factors, Measurement
from inspraak.study.parts import Part

Found = Iterator[Estimate | Detail]


def test_measurement(data: WaveData, label: str, part: Part) -> list[Estimate | Detail]:
    """Give how much better the declared model fits than its rival, and how far its factors are from one thing.

    Models are fitted to the answers as given, as the measurement models of a wave are (`measurement.model_fits`). Of
    the rival what decides is the scaled chi-square difference test, with the fall of the CFI as its estimate; where
    that is below .01, or the declared model itself fits badly (CFI below .90 or RMSEA above .08), the estimate has an
    `unmet_condition`. Against a rival of one factor, and without a rival, each two factors must be apart too: their
    heterotrait-monotrait ratio is to lie below .85, and p, two-sided, is that of resampled employers. Its estimate is
    the distance to .85, so that a claim is contradicted where all that is claimed to be apart is one.

    Source: Satorra (2000); Satorra & Bentler (2001); Cheung & Rensvold (2002); Henseler, Ringle & Sarstedt (2015).
    """
    assert isinstance(part, Measurement)
    assert part.model is not None
    model = _model(data, part.model)
    absent = [item for item in model.items if not data.has(item)]
    shared: dict[str, Any] = {"part": label, "kind": part.kind, "model": model.estimator}
    whole = ", ".join(model.factors)
    if absent:
        return [Estimate(**shared, term=whole, reason=f"{NOT_ASKED}: {', '.join(absent)}")]
    fits = fit_structures(data.study, data.wave, model, data.responses, seed=data.seed)
    declared = fits.declared
    n = 0 if declared is None else declared.n
    shared["n"] = n
    if n < MINIMUM_N:
        return [Estimate(**shared, term=whole, reason=TOO_FEW)]
    if fits.items.left_out or declared is None or not declared.usable:
        return [Estimate(**shared, term=whole, reason=NO_RESULT)]
    found = [*_against_rival(fits, shared, whole), *_fits(fits, label)]
    if part.model.rival in (None, "one_factor"):
        found += _apart(data, part, fits, shared)
    return found


def _model(data: WaveData, declared: Factors) -> MeasurementModel:
    """Fill the declared model in as one of indices.yaml; its factors are its name."""
    name = ", ".join(declared.factors)
    rivals: tuple[Structure, ...] = () if declared.rival is None else (declared.rival,)
    whole = DeclaredModel(
        label=Text(nl=name, en=name), factors=dict(declared.factors), labels=declared.labels, rivals=rivals
    )
    return data.study.completed(name, whole)


def _against_rival(fits: ModelFits, shared: dict[str, Any], whole: str) -> Found:
    """Give the row of the rival; of a model without one whether it fits, as a condition of what else decides."""
    declared = fits.declared
    assert declared is not None
    for structure in fits.model.rivals:
        rival, term = fits.solutions[structure], f"{whole} vs {structure}"
        test = _difference(rival, declared)
        if test is None or declared.fit is None or rival.fit is None:
            yield Estimate(**shared, term=term, reason=NO_RESULT)
            continue
        fall = approximation(declared.fit).cfi - approximation(rival.fit).cfi
        yield Estimate(
            **shared,
            term=term,
            estimate=fall,
            statistic=test.chi_square,
            df=float(test.df),
            p_value=test.p_value,
            std_estimate=fall,
            natural_estimate=fall,
            natural_unit="CFI",
            unmet_condition=_unmet(declared, fall),
        )


def _unmet(declared: Solution, fall: float) -> str:
    assert declared.fit is not None
    close = approximation(declared.fit)
    if close.cfi < FAIR_FIT[0] or close.rmsea > FAIR_FIT[1]:
        return MODEL_FITS_BADLY
    return RIVAL_FITS_ALIKE if fall < LIKE else ""


def _difference(restricted: Solution, general: Solution) -> Chi2Test | None:
    """Test what the rival leaves out; None where one has no solution or the scaled difference does not exist.

    A rival need not be proper: how badly it fits is what is asked.
    """
    if restricted.fit is None or general.fit is None:
        return None
    if isinstance(restricted, OrdinalFit) and isinstance(general, OrdinalFit):
        return nested_ordinal_test(restricted, general)
    assert isinstance(restricted, FactorFit)
    assert isinstance(general, FactorFit)
    test = nested_test(restricted, general, method="Satorra-Bentler 2001")
    if np.isnan(test.p_value):  # negative scaling: take the one that cannot be
        test = nested_test(restricted, general, method="Satorra-Bentler 2010")
    return None if np.isnan(test.p_value) else test


def _fits(fits: ModelFits, label: str) -> Iterator[Detail]:
    """Give how each structure fits, and what the rival loses."""
    declared = fits.declared
    for structure, solution in fits.solutions.items():
        if solution.fit is None or declared is None or declared.fit is None:
            continue
        test, close = solution.fit.scaled_test or solution.fit.test, approximation(solution.fit)
        lost = None if solution is declared else _difference(solution, declared)
        values = {
            "model": fits.model.name, "structure": structure, "declared": solution is declared,
            "estimator": fits.model.estimator, "n": solution.n, "chi2": test.chi_square, "df": test.df,
            "p_value": test.p_value, "cfi": close.cfi, "rmsea": close.rmsea, "srmr": solution.fit.srmr,
            "delta_cfi": close.cfi - approximation(declared.fit).cfi,
            "chi2_difference": np.nan if lost is None else lost.chi_square,
            "df_difference": np.nan if lost is None else lost.df,
            "p_difference": np.nan if lost is None else lost.p_value,
        }  # fmt: skip
        yield Detail(label, "rivals", values)


def _apart(data: WaveData, part: Measurement, fits: ModelFits, shared: dict[str, Any]) -> Iterator[Estimate]:
    """Give how far below .85 the heterotrait-monotrait ratio of each two factors lies."""
    names, members = list(fits.items.factors), fits.items.members
    places = [np.flatnonzero(members[:, place]).tolist() for place in range(len(names))]
    resamples = data.repetitions.resamples
    rng = data.stream(part, "apart", *fits.items.items)
    ratio, drawn = trait_ratios(fits.items.values, places, resamples=resamples, rng=rng)
    for first, second in combinations(range(len(names)), 2):
        value, resampled = float(ratio[first, second]), drawn[:, first, second]
        term = f"{names[first]} apart from {names[second]}"
        if np.isnan(value):
            yield Estimate(**shared, term=term, reason=NO_RESULT)
            continue
        above = float((~(resampled < SIMILAR)).sum())  # one that does not exist counts as large
        tail = min(above, resampled.size - above)
        low, high = np.quantile(np.nan_to_num(resampled, nan=np.inf), [0.025, 0.975], method="lower")
        ends = {"low": SIMILAR - float(high), "high": SIMILAR - float(low)}
        yield Estimate(
            **shared,
            term=term,
            estimate=SIMILAR - value,
            ci_low=ends["low"],
            ci_high=ends["high"],
            p_value=min(2 * (tail + 1) / (resampled.size + 1), 1.0),
            std_estimate=SIMILAR - value,
            std_ci_low=ends["low"],
            std_ci_high=ends["high"],
            natural_estimate=value,
            natural_ci_low=float(low),
            natural_ci_high=float(high),
            natural_unit="HTMT",
        )
