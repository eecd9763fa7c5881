"""Which published numbers may be compared: the verdicts on scales, carried to the indices that rest on them."""

import pandas as pd

from inspraak.study.factor_models import WAVE
from inspraak.study.study import Study

FROM_WORST = ("no", "partial", "not testable", "yes")
"""Verdicts on a scale over a grouping, the worst first."""


def index_verdicts(study: Study, invariance: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Give the verdict of each index over each grouping that was judged, from rows of invariance.csv.

    A scale has its own, the worst of those of several models. Any other index has the worst of the scales of which it
    holds all items; one that holds no whole scale has none.
    """
    own: dict[tuple[str, str], str] = {}
    for scale, grouping, verdict in invariance[["index", "grouping", "comparable"]].itertuples(index=False):
        own[scale, grouping] = _worst([verdict, own.get((scale, grouping), verdict)])
    items = {
        scale: frozenset(item for part in items for item in study.rests_on(part))
        for model in study.models.values()
        for scale, items in model.factors.items()
    }
    found = dict(own)
    for index in study.indices:
        held = study.rests_on(index)
        for grouping in dict.fromkeys(grouping for _, grouping in own):
            verdicts = [own[scale, by] for scale, by in own if by == grouping and items[scale] <= held]
            if verdicts and (index, grouping) not in found:
                found[index, grouping] = _worst(verdicts)
    return found


def mark_groups(study: Study, descriptives: pd.DataFrame, invariance: pd.DataFrame) -> pd.DataFrame:
    """Add `comparable` to rows of descriptives.csv: may the groups be compared; "" where that is not known."""
    verdicts = index_verdicts(study, invariance)
    pairs = zip(descriptives["measure"], descriptives["group_by"])
    return descriptives.assign(comparable=[verdicts.get(pair, "") for pair in pairs])


def mark_waves(study: Study, trends: pd.DataFrame, invariance: pd.DataFrame) -> pd.DataFrame:
    """Add `invariance` to rows of trends.csv: may the waves be compared; "" where that is not known."""
    verdicts = index_verdicts(study, invariance)
    return trends.assign(invariance=[verdicts.get((measure, WAVE), "") for measure in trends["measure"]])


def _worst(verdicts: list[str]) -> str:
    return min(verdicts, key=FROM_WORST.index)
