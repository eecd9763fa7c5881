"""Disclosure control: what is not published, by which rule."""

from dataclasses import dataclass

import pandas as pd

NUMBERS = (
    "n", "estimate", "std_error", "ci_low", "ci_high", "df", "design_effect", "difference_from_rest", "p_value",
    "cohens_d",
)  # fmt: skip


@dataclass(frozen=True)
class Controlled:
    """A table that may be published, and the cells that it no longer shows."""

    table: pd.DataFrame
    suppressed: pd.DataFrame


def control_descriptives(descriptives: pd.DataFrame, *, minimum_n: int, flag_n: int) -> Controlled:
    """Empty the estimates of fewer than `minimum_n` employers and flag those of fewer than `flag_n`.

    n is the unweighted number that answered. Groups of one division add up to the total: where just one of them is
    suppressed, the next smallest goes with it (secondary), so that it cannot be found by subtraction.
    """
    table = descriptives.copy()
    table["flag"] = ""
    table.loc[table["n"] < flag_n, "flag"] = "small"
    primary = table["n"] < minimum_n
    lonely: list[object] = []
    sets = ["wave", "measure", "statistic", "category", "group_by", "weight"]
    for _, cells in table[table["group_by"] != ""].groupby(sets, sort=False):
        lost = primary[cells.index]
        if lost.sum() == 1 and len(cells) > 1:
            lonely.append(cells.loc[~lost, "n"].idxmin())
    gone = primary | table.index.isin(lonely)
    named = ["|".join(map(str, cell)) for cell in table.loc[gone, [*sets, "group"]].itertuples(index=False)]
    suppressed = pd.DataFrame(
        {
            "file": "tables/descriptives.csv",
            "cell": named,
            "rule": primary[gone].map({True: "primary", False: "secondary"}),
        }
    )
    table[list(NUMBERS)] = table[list(NUMBERS)].astype(float).mask(gone)
    table.loc[gone, "flag"] = "suppressed"
    return Controlled(table, suppressed.reset_index(drop=True))
