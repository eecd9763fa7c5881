"""The measurement of one wave: every table on how its scales are measured, from one set of fitted models."""

import pandas as pd

from inspraak.measurement.discriminant_validity import discriminant_table, with_method
from inspraak.measurement.item_statistics import item_statistics
from inspraak.measurement.method_variance import assess_method_variance
from inspraak.measurement.model_fits import fit_models
from inspraak.measurement.model_tables import fit_table, loading_table, modification_table
from inspraak.measurement.relations import correlate_indices
from inspraak.measurement.reliability import assess_scales
from inspraak.measurement.scorings import compare_scorings
from inspraak.study.configuration import Scoring
from inspraak.study.study import Study


def assess_wave(
    study: Study,
    wave: str,
    responses: pd.DataFrame,
    reasons: pd.DataFrame,
    scores: pd.DataFrame,
    imputed_scores: pd.DataFrame | None = None,
    *,
    seed: int,
    resamples: int,
    scoring: Scoring = "mean",
) -> dict[str, pd.DataFrame]:
    """Give the tables of measurement by name: rows of the published tables of those names, before disclosure control.

    `responses`, `reasons` and `scores` have a row per employer, `imputed_scores` m times as many (None: nothing was
    imputed), made by `scoring`. Draws (starts of searches, `resamples` of the employers) come from `seed`.
    """
    fits = fit_models(study, wave, responses, seed=seed)
    method = assess_method_variance(study, wave, responses)
    apart = discriminant_table(study, wave, fits, seed=seed, resamples=resamples)
    return {
        "reliability": assess_scales(study, wave, responses, reasons, scores, fits),
        "item_statistics": item_statistics(study, wave, responses, reasons, scores),
        "fit": fit_table(wave, fits),
        "loadings": loading_table(wave, fits),
        "modification": modification_table(wave, fits),
        "discriminant": with_method(apart, method.correlations),
        "scorings": compare_scorings(study, wave, responses, reasons, scoring=scoring),
        "method": method.table,
        "correlations": correlate_indices(study, wave, responses, scores, imputed_scores),
    }
