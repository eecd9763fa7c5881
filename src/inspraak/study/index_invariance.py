"""Whether an index means the same in every group or wave: the verdicts on scales, carried to what rests on them."""

import pandas as pd

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


def _worst(verdicts: list[str]) -> str:
    return min(verdicts, key=FROM_WORST.index)
