"""Disclosure control: what is not published, by which rule."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

NUMBERS = (
    "n", "estimate", "std_error", "ci_low", "ci_high", "df", "design_effect", "difference_from_rest", "p_value",
    "cohens_d",
)  # fmt: skip
"""What a suppressed cell of the descriptives does not show."""
CELL = ["wave", "measure", "group_by", "group"]
"""All that is told of one measure in one group: published together or not at all."""
DOMINANT = 0.5
"""No employer may have a larger part than this in a published magnitude."""


@dataclass(frozen=True)
class Controlled:
    """A table that may be published, and the cells that it no longer shows: file, cell, rule."""

    table: pd.DataFrame
    suppressed: pd.DataFrame


def control_descriptives(descriptives: pd.DataFrame, *, minimum_n: int, flag_n: int) -> Controlled:
    """Empty the estimates that could tell something of one employer; flag those of fewer than `flag_n`.

    n is the unweighted number that answered. Primary: fewer than `minimum_n` employers, one employer with more
    than half of a magnitude (`largest_share`), and, with fewer than `flag_n`, a share of 0 or 100 % or a mean of
    answers that are all the same. All statistics of the measure in that group go with it. Secondary: see `_companions`;
    and a measure that lost a group is shown with one weight only (that of establishments), since totals by several
    weights together would be as many equations for the lost groups. By employees one employer can be more than half
    of a group where it is not by establishments: then no group of that division is shown by employees.
    """
    told = _tells_of_one(descriptives, minimum_n, flag_n)
    by_employees = descriptives["weight"] == "employee"
    cells = _cells(descriptives.assign(primary=told & ~by_employees), minimum_n)
    table = descriptives.assign(told=told).merge(
        cells[[*CELL, "primary", "lost", "touched"]], on=CELL, how="left"
    )
    by_employees = table["weight"] == "employee"
    dominated = (table["told"] & by_employees).groupby([table[name] for name in CELL[:3]]).transform("any")
    table["primary"] |= table["told"] & by_employees
    shown = table["weight"].isin(["establishment"]) | (table["weight"].nunique() == 1)
    gone = table["lost"] | (table["touched"] & ~shown) | (dominated & by_employees)
    small = np.where(table["n"] < flag_n, "small", "")
    named = ["wave", "measure", "statistic", "category", "group_by", "weight", "group"]
    rules = np.where(table["primary"], "primary", "secondary")[gone.to_numpy()]
    suppressed = _suppressed("descriptives", table.loc[gone, named], rules)
    numbers = list(NUMBERS)
    table[numbers] = table[numbers].astype(float).mask(gone)
    table["flag"] = np.where(gone, "suppressed", small)
    return Controlled(table.drop(columns=["told", "primary", "lost", "touched"]), suppressed)


def _tells_of_one(table: pd.DataFrame, minimum_n: int, flag_n: int) -> "pd.Series[bool]":
    """Mark the rows that the primary rules do not let pass."""
    distance = np.minimum(table["estimate"].abs(), (table["estimate"] - 1).abs())
    nobody_or_all = (table["statistic"] == "share") & (distance < 1e-9)
    alike = nobody_or_all | ((table["statistic"] == "mean") & (table["std_error"] == 0))
    dominated = table["largest_share"] > DOMINANT
    return (table["n"] < minimum_n) | (alike & (table["n"] < flag_n)) | dominated


def _cells(table: pd.DataFrame, minimum_n: int) -> pd.DataFrame:
    """Give each measure in each group once: is it lost, by a primary rule or as a companion of one that is.

    `touched` marks the measures of a wave that lost a group or more.
    """
    cells = table.groupby(CELL, sort=False, as_index=False).agg(n=("n", "min"), primary=("primary", "any"))
    totals = cells.loc[cells["group_by"] == "", ["wave", "measure", "n"]].rename(columns={"n": "total"})
    cells = cells.merge(totals, on=["wave", "measure"], how="left")
    divisions = cells[cells["group_by"] != ""].groupby(CELL[:3], sort=False)
    companions = [cell for _, groups in divisions for cell in _companions(groups, minimum_n)]
    cells["lost"] = cells["primary"] | cells.index.isin(companions)
    return cells.assign(touched=cells.groupby(["wave", "measure"])["lost"].transform("any"))


def _companions(groups: pd.DataFrame, minimum_n: int) -> list[int]:
    """Give the groups of one division that go with a lost one, so that nothing small is found by subtraction.

    The groups and the employers of no group add up to the total. Where groups are lost, the next smallest go with
    them until what is lost are two groups and `minimum_n` employers at least; fewer than `minimum_n` employers of
    no group count as a lost group: they were never shown.
    """
    ungrouped = int(groups["total"].iloc[0] - groups["n"].sum())
    hidden = [*groups.loc[groups["primary"], "n"], *([ungrouped] if 0 < ungrouped < minimum_n else [])]
    companions: list[int] = []
    for cell, size in groups.loc[~groups["primary"], "n"].sort_values(kind="stable").items():
        if not hidden or (len(hidden) > 1 and sum(hidden) >= minimum_n):
            break
        hidden.append(size)
        companions.append(int(str(cell)))
    return companions


def control_rows(name: str, table: pd.DataFrame, *, keys: Sequence[str], minimum_n: int) -> Controlled:
    """Leave out the rows of fewer than `minimum_n` employers; `keys` name a row."""
    small = table["n"] < minimum_n
    suppressed = _suppressed(name, table.loc[small & (table["n"] > 0), list(keys)], "primary")
    return Controlled(table[~small].reset_index(drop=True), suppressed)


def control_reliability(reliability: pd.DataFrame, *, minimum_n: int, flag_n: int) -> Controlled:
    """Leave out indices of fewer than `minimum_n` employers; a floor or ceiling of 0 or 100 % needs `flag_n`."""
    controlled = control_rows("reliability", reliability, keys=("wave", "index"), minimum_n=minimum_n)
    ends = controlled.table[["floor", "ceiling"]]
    certain = (ends.isin([0.0, 1.0])).any(axis=1) & (controlled.table["n"] < flag_n)
    table = controlled.table.assign(floor=ends["floor"].mask(certain), ceiling=ends["ceiling"].mask(certain))
    more = _suppressed("reliability", table.loc[certain, ["wave", "index"]], "primary")
    return Controlled(table, pd.concat([controlled.suppressed, more], ignore_index=True))


def control_estimates(estimates: pd.DataFrame, *, minimum_n: int) -> Controlled:
    """Empty the numbers of estimates of fewer than `minimum_n` employers; their reasons stay."""
    small = estimates["n"] < minimum_n
    keys = ["hypothesis", "wave", "part", "outcome", "term"]
    suppressed = _suppressed("estimates", estimates.loc[small & (estimates["n"] > 0), keys], "primary")
    numbers = estimates.select_dtypes("number").columns
    table = estimates.astype(dict.fromkeys(numbers, float))
    table[numbers] = table[numbers].mask(small)
    return Controlled(table, suppressed)


def _suppressed(name: str, cells: pd.DataFrame, rule: str | npt.NDArray[np.str_]) -> pd.DataFrame:
    """Give the rows of disclosure.csv of some suppressed cells."""
    named = ["|".join(map(str, cell)) for cell in cells.itertuples(index=False)]
    table = pd.DataFrame({"file": f"tables/{name}.csv", "cell": named}, dtype=object)
    return table.assign(rule=rule)
