"""Which comparisons of a figure do not hold, read from the published tables."""

from collections.abc import Collection, Set

import pandas as pd

from inspraak.publishing.figures.reading import plain

Steps = Set[tuple[str, str, str]]
"""Measure, wave and a later wave."""
NONE: Steps = frozenset()


def parted(trends: pd.DataFrame | None, measures: Collection[str]) -> Steps:
    """Give the changes of measures of all employers that do not compare: waves that asked or scaled otherwise."""
    if trends is None:
        return NONE
    rows = plain(
        trends[trends["measure"].isin(list(measures))], "from_wave", "to_wave", "group_by", "comparable"
    )
    apart = rows[(rows["group_by"] == "") & (rows["comparable"] == "False")]
    return frozenset(zip(apart["measure"], apart["from_wave"], apart["to_wave"]))
