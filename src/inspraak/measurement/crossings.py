"""Which employers of a wave no published group or weight tells apart, for disclosure control; without any answer."""

import numpy as np
import pandas as pd

from inspraak.measurement.domains import group_domains
from inspraak.study.study import Study
from inspraak.survey.weighting import CARRIED, weight_names

GROUPING, WEIGHT, ANSWERED = "group:", "weight:", "n:"
"""How the columns of `cross_classify` begin."""
DIGITS = 12
"""Weights that agree in so many digits are one weight."""


def cross_classify(study: Study, responses: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """Give the classes of employers of one wave that are alike in every group and in every weight, one per row.

    Columns: `group:<grouping>` the group ("" for employers of none), `weight:<weight>` the weight of one of them,
    `n:<measure>` how many of the class answered: indices, and items that are no text. Unknown answers count in no
    measure.
    """
    domains = group_domains(study, responses)
    columns: dict[str, object] = {}
    for grouping in dict.fromkeys(name for name in domains.grouped_by if name):
        group = np.full(len(responses), "", dtype=object)
        for inside, name, label in zip(domains.members.T, domains.grouped_by, domains.groups):
            if name == grouping:
                group[inside] = label
        columns[f"{GROUPING}{grouping}"] = group
    for weight in weight_names(study):
        values = responses[CARRIED[weight][0]].to_numpy(dtype=float)
        columns[f"{WEIGHT}{weight}"] = np.array([float(f"{value:.{DIGITS}g}") for value in values])
    classes = pd.DataFrame(columns, index=responses.index)
    if classes.empty:
        classes[f"{GROUPING}none"] = ""
    answered = pd.concat([_scored(scores), _answered(study, responses)], axis=1).add_prefix(ANSWERED)
    table = pd.concat([classes, answered.astype(np.int64)], axis=1)
    return table.groupby(list(classes), sort=True, as_index=False, dropna=False).sum()


def _scored(scores: pd.DataFrame) -> pd.DataFrame:
    return scores[[name for name in scores.columns if name != "employer"]].notna()


def _answered(study: Study, responses: pd.DataFrame) -> pd.DataFrame:
    names = [
        name
        for name, item in study.codebook.items()
        if item.substantive and name in responses and not study.scale_of(name).text
    ]
    return responses[names].notna()
