"""What a wave is described by: columns of measures, and the groups of employers that they are described for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.study.study import Study


@dataclass(frozen=True)
class Columns:
    """Columns of one statistic: `values` (n, p) with NaN, and for each the measure and category it is of."""

    values: npt.NDArray[np.float64]
    measures: tuple[str, ...]
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Domains:
    """All employers and every group: `members` (n, g), and for each what it is a group of and its name."""

    members: npt.NDArray[np.bool_]
    grouped_by: tuple[str, ...]
    groups: tuple[str, ...]

    def cells(
        self, statistic: str, measures: Sequence[str], categories: Sequence[str], weight: str
    ) -> pd.DataFrame:
        """Name the rows of a statistic: every domain of the first column, then of the next."""
        p, g = len(measures), len(self.groups)
        return pd.DataFrame(
            {
                "measure": np.repeat(np.array(measures, dtype=object), g),
                "statistic": statistic,
                "category": np.repeat(np.array(categories, dtype=object), g),
                "group_by": np.tile(np.array(self.grouped_by, dtype=object), p),
                "group": np.tile(np.array(self.groups, dtype=object), p),
                "weight": weight,
            }
        )


def group_domains(study: Study, responses: pd.DataFrame) -> Domains:
    """Give all employers and each category of each group of the study."""
    members, grouped_by, groups = [np.ones(len(responses), dtype=bool)], [""], [""]
    for group in study.groups:
        if group in study.variables:
            categories: dict[str, object] = {name: name for name in study.variables[group].categories}
        elif group in responses:
            categories = {f"{code:g}": code for code in study.scale_of(group).codes or {}}
        else:
            continue
        for name, value in categories.items():
            members.append((responses[group] == value).to_numpy(dtype=bool))
            grouped_by.append(group)
            groups.append(name)
    return Domains(np.column_stack(members), tuple(grouped_by), tuple(groups))
