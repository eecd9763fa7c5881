"""Quartiles of indices and numbers of one wave, for all employers and by group."""

import numpy as np
import pandas as pd

from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.quantiles import QUARTILES, describe_quantiles
from inspraak.measurement.domains import Columns, Domains
from inspraak.study.study import Study


def describe_quartiles(
    study: Study, means: Columns, domains: Domains, design: SurveyDesign, weight: str
) -> pd.DataFrame:
    """Give the rows of descriptives.csv of quartiles, before disclosure control; `category` is the level.

    Of the columns of `means` those of indices and numbers, as answered: an imputed answer is nobody's quantile. For
    disclosure control: `beside` and `beside_interval` count the employers beside a quantile and its interval.
    """
    kept = [place for place, name in enumerate(means.measures) if _is_number(study, name)]
    found = describe_quantiles(means.values[:, kept], domains.members, design)
    measures = [means.measures[place] for place in kept for _ in QUARTILES]
    levels = [f"{level:g}" for _ in kept for level in QUARTILES]
    names = ("estimate", "std_error", "ci_low", "ci_high", "beside", "beside_interval")
    each = {name: getattr(found, name).swapaxes(1, 2) for name in names}
    for name in ("n", "df"):
        each[name] = np.repeat(getattr(found, name)[:, np.newaxis], len(QUARTILES), axis=1)
    table = domains.cells("quantile", measures, levels, weight)
    return table.assign(**{name: values.ravel() for name, values in each.items()})


def _is_number(study: Study, name: str) -> bool:
    return name not in study.codebook or study.scale_of(name).codes is None
