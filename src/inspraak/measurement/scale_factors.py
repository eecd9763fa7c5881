"""How much of a scale one factor explains: omega of numbers and of ordered answers, and average variance extracted."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.estimation.correlation import correlate
from inspraak.estimation.design import simple_design
from inspraak.estimation.discriminant import average_variance_extracted, categorical_omega
from inspraak.estimation.exploratory_factors import HIERARCHICAL_FROM, mcdonald_omega
from inspraak.estimation.factor_analysis import fit_factor_model
from inspraak.estimation.factor_declaration import confirmatory_model
from inspraak.estimation.factor_reliability import factor_reliability
from inspraak.estimation.ordinal_factor_analysis import fit_ordinal_model
from inspraak.estimation.ordinal_factor_declaration import ordinal_model
from inspraak.estimation.ordinal_factor_samples import ordinal_samples
from inspraak.measurement.model_fits import ModelFits
from inspraak.measurement.model_items import item_values
from inspraak.study.factor_models import MOST_ANSWERS
from inspraak.study.study import Study

FloatArray = npt.NDArray[np.float64]
SMALLEST = 3
"""Items that one factor needs to be told from their correlations."""


def omega_of(parts: FloatArray) -> tuple[dict[str, float], str]:
    """Give omega with its interval, omega hierarchical from six items on and AVE of a scale; and why one is missing.

    `parts` (n, k) are the usable components on 0-100, NaN = missing, k >= 3. Omega is that of one factor by
    full-information maximum likelihood, AVE the mean squared standardised loading on it.
    """
    k = parts.shape[1]
    fit = fit_factor_model(
        parts, confirmatory_model(np.ones((k, 1), dtype=bool), identification="standardised")
    )
    if not fit.usable:
        return {}, fit.status
    reliability = factor_reliability(fit)
    low, high = reliability.interval()
    found = {
        "omega": float(reliability.omega[0, 0]),
        "omega_low": float(low[0, 0]),
        "omega_high": float(high[0, 0]),
        "ave": float(reliability.average_variance[0, 0]),
    }
    if k < HIERARCHICAL_FROM:
        return found, ""
    correlations = correlate(parts, simple_design(len(parts))).estimate
    if np.isnan(correlations).any():
        return found, "never together"
    whole = mcdonald_omega(correlations)
    if not whole.proper:
        return found, "improper: group factors"
    return found | {"omega_hierarchical": whole.hierarchical}, ""


def categorical_omega_of(study: Study, items: Iterable[str], responses: pd.DataFrame) -> float:
    """Give omega of a scale whose items are all ordered codes, seven at most; NaN where it has none.

    From one factor fitted to the polychoric correlations of three items or more.
    """
    names = list(items)
    if len(names) < SMALLEST or not all(_few_codes(study, name) for name in names):
        return float("nan")
    samples = ordinal_samples(item_values(study, responses, names))
    answers = samples.groups[0]
    if answers.polychoric is None or answers.fault is not None:
        return float("nan")
    categories = [len(chosen) for chosen in answers.categories]
    model = ordinal_model(np.ones((len(names), 1), dtype=bool), categories, identification="standardised")
    fit = fit_ordinal_model(samples, model)
    if not fit.usable:
        return float("nan")
    loadings = fit.matrix("loadings", standardised=True)[0, :, 0]
    return categorical_omega(loadings, answers.polychoric.thresholds, answers.polychoric.correlation)


def _few_codes(study: Study, name: str) -> bool:
    codes = study.scale_of(name).codes if name in study.codebook else None
    return codes is not None and len(codes) <= MOST_ANSWERS


def variance_of_factors(fits: Iterable[ModelFits]) -> dict[str, float]:
    """Give the average variance extracted of each factor of the declared structures that may be used.

    Mean squared standardised loading of its items; of a factor of several models, that of the first.
    """
    found: dict[str, float] = {}
    for fit in fits:
        solution = fit.declared
        if solution is None or not solution.usable or fit.model.structure == "one_factor":
            continue
        loadings = solution.matrix("loadings", standardised=True)[0]
        for place, factor in enumerate(fit.items.factors):
            own = loadings[fit.items.members[:, place], place]
            found.setdefault(factor, average_variance_extracted(own))
    return found
