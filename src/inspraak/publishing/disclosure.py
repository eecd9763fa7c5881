"""Disclosure control: what is not published, by which rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.publishing.crossed import Crossed
from inspraak.publishing.disclosure_cells import Cell, Measure, lose_small
from inspraak.study.configuration import Disclosure

DIFFERENCE = ("difference_from_rest", "p_value", "cohens_d")
NUMBERS = ("n", "estimate", "std_error", "ci_low", "ci_high", "df", "design_effect", *DIFFERENCE, "fmi")
"""What a suppressed cell of the descriptives does not show."""
CELL = ["wave", "measure", "group_by", "group"]
"""All that is told of one measure in one group: published together or not at all."""
PERCENTILE = 0.01
"""The share of the weights that lies beyond each of the two percentiles of weights.csv."""
NAMED = ("wave", "measure", "statistic", "category", "group_by", "weight", "group")
"""What names a row of the descriptives in disclosure.csv."""


@dataclass(frozen=True)
class Controlled:
    """A table that may be published, and the cells that it no longer shows: file, cell, rule."""

    table: pd.DataFrame
    suppressed: pd.DataFrame


def control_descriptives(
    descriptives: pd.DataFrame,
    crossings: Mapping[str, pd.DataFrame],
    *,
    limits: Disclosure,
    rests_on: Mapping[str, frozenset[str]],
) -> Controlled:
    """Empty the estimates that could tell something of few employers; flag those of fewer than `flag_n`.

    n is the unweighted number that answered. Primary: fewer than `minimum_n` employers, one employer with more
    than `dominance` of a magnitude (`largest_share`), and, with fewer than `certain_n`, a share of 0 or 100 % or a
    mean of answers that are all the same. All statistics of the measure in that group go with it. Secondary: see
    `disclosure_cells`, with the classes of employers of each wave (`crossings`) and the items that scores rest on. A
    measure that lost a group is shown with one weight only, that of establishments: totals by several weights together
    would be as many equations for the lost groups. By employees one employer can be more than half of a group where
    it is not by establishments: then no group of that division is shown by employees.
    """
    told = _tells_of_one(descriptives, limits)
    by_employees = descriptives["weight"] == "employee"
    division = [descriptives[name] for name in CELL[:3]]
    dominated = by_employees & (told & by_employees).groupby(division).transform("any")
    kept = _kept_weight(descriptives)
    settled = _settled(descriptives.assign(told=told, dominated=dominated), crossings, limits, rests_on, kept)
    table = descriptives.assign(told=told).merge(settled, on=CELL, how="left")
    primary = table["primary"] | (table["told"] & by_employees)
    gone = table["lost"] | (table["one_weight"] & (table["weight"] != kept)) | dominated
    numbers = [name for name in NUMBERS if name in table]
    differs = table["without_difference"] & ~gone & table[list(DIFFERENCE)].notna().any(axis=1)
    table[numbers] = table[numbers].astype(float).mask(gone)
    table[list(DIFFERENCE)] = table[list(DIFFERENCE)].mask(differs)
    small = np.where(table["n"] < limits.flag_n, "small", "")
    table["flag"] = np.where(gone, "suppressed", small)
    rules = np.where(primary, "primary", "secondary")[gone.to_numpy()]
    suppressed = [
        suppressed_cells("descriptives", table.loc[gone, list(NAMED)], rules),
        suppressed_cells("descriptives", table.loc[differs, list(NAMED)], "secondary", DIFFERENCE[0]),
    ]
    shown = table.drop(columns=["told", *settled.columns.difference(CELL)])
    return Controlled(with_interval_shown(shown), pd.concat(suppressed, ignore_index=True))


def with_interval_shown(table: pd.DataFrame) -> pd.DataFrame:
    """Leave the name of how an interval was made, which tells of few cases, only where the interval is shown."""
    if "interval" not in table:
        return table
    return table.assign(interval=table["interval"].where(table["ci_low"].notna(), ""))


def _tells_of_one(table: pd.DataFrame, limits: Disclosure) -> "pd.Series[bool]":
    """Mark the rows that the primary rules do not let pass."""
    distance = np.minimum(table["estimate"].abs(), (table["estimate"] - 1).abs())
    nobody_or_all = (table["statistic"] == "share") & (distance < 1e-9)
    alike = nobody_or_all | ((table["statistic"] == "mean") & (table["std_error"] == 0))
    dominated = table["largest_share"] > limits.dominance
    return (table["n"] < limits.minimum_n) | (alike & (table["n"] < limits.certain_n)) | dominated


def _kept_weight(table: pd.DataFrame) -> str:
    """Name the weight that a measure is shown with where it is shown with one."""
    weights = table["weight"].unique().tolist()
    return "establishment" if "establishment" in weights else str(weights[0]) if weights else "none"


def _settled(
    table: pd.DataFrame,
    crossings: Mapping[str, pd.DataFrame],
    limits: Disclosure,
    rests_on: Mapping[str, frozenset[str]],
    kept: str,
) -> pd.DataFrame:
    """Give what is not shown of each cell: primary, lost, one_weight, without_difference."""
    shown_by = _shown_by(table)
    waves: dict[str, dict[str, Measure]] = {}
    for (wave, name), cells in _cells(table, kept).items():
        waves.setdefault(wave, {})[name] = Measure(cells, shown_by[wave, name])
    rows: list[tuple[object, ...]] = []
    for wave, measures in waves.items():
        crossed = Crossed(crossings[wave], minimum_n=limits.minimum_n)
        lose_small(measures, rests_on, crossed, limits, weight=kept)
        for name, measure in measures.items():
            for group, cell in measure.cells.items():
                lost, differs = group in measure.lost, group[0] in measure.without_difference
                rows.append((wave, name, *group, cell.primary, lost, measure.one_weight, differs))
    columns = [*CELL, "primary", "lost", "one_weight", "without_difference"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[4:], bool))


def _cells(table: pd.DataFrame, kept: str) -> dict[tuple[str, str], dict[tuple[str, str], Cell]]:
    """Give the cells of each wave and measure by group; magnitudes by the weight that stays."""
    marked = table.assign(primary=table["told"] & (table["weight"] != "employee"))
    shown = (table["weight"] == kept) & (table["statistic"] == "mean")
    marked["magnitude"] = table["magnitude"].where(shown)
    marked["largest"] = (table["magnitude"] * table["largest_share"]).where(shown)
    cells = marked.groupby(CELL, sort=False, as_index=False).agg(
        n=("n", "min"), primary=("primary", "any"), magnitude=("magnitude", "max"), largest=("largest", "max")
    )
    found: dict[tuple[str, str], dict[tuple[str, str], Cell]] = {}
    for wave, measure, grouping, group, n, *rest in cells.itertuples(index=False):
        found.setdefault((wave, measure), {})[grouping, group] = Cell(int(n), *rest)
    return found


def _shown_by(table: pd.DataFrame) -> dict[tuple[str, str], dict[str, frozenset[str]]]:
    """Give for each wave and measure the groupings that each weight is shown for; dominated divisions are not."""
    named = table[["wave", "measure", "weight", "group_by", "dominated"]].drop_duplicates()
    found: dict[tuple[str, str], dict[str, frozenset[str]]] = {}
    for wave, measure, weight, grouping, dominated in named.itertuples(index=False):
        by_weight = found.setdefault((wave, measure), {})
        by_weight[weight] = by_weight.get(weight, frozenset()) | ({grouping} if not dominated else set())
    return found


def control_rows(name: str, table: pd.DataFrame, *, keys: Sequence[str], limits: Disclosure) -> Controlled:
    """Leave out the rows of fewer than `minimum_n` employers; `keys` name a row."""
    small = table["n"] < limits.minimum_n
    suppressed = suppressed_cells(name, table.loc[small & (table["n"] > 0), list(keys)], "primary")
    return Controlled(table[~small].reset_index(drop=True), suppressed)


def coarse(controlled: Controlled, *, limits: Disclosure) -> Controlled:
    """Round the bases of a table down to whole times `minimum_n`.

    Bins of two answers together are a crossing of answers: exact counts would be equations for those that are hidden.
    """
    n = controlled.table["n"] // limits.minimum_n * limits.minimum_n
    return Controlled(controlled.table.assign(n=n), controlled.suppressed)


def control_reliability(reliability: pd.DataFrame, *, limits: Disclosure) -> Controlled:
    """Leave out indices of fewer than `minimum_n` employers; a floor or ceiling of 0 or 100 % needs `certain_n`."""
    keys = ["wave", "index"]
    controlled = control_rows("reliability", reliability, keys=keys, limits=limits)
    table, suppressed = controlled.table.copy(), [controlled.suppressed]
    few = table["n"] < limits.certain_n
    certain = table[["floor", "ceiling"]].isin([0.0, 1.0]).any(axis=1) & few
    for end in ("floor", "ceiling"):
        table[end] = table[end].mask(certain)
        suppressed.append(suppressed_cells("reliability", table.loc[certain, keys], "primary", end))
    return Controlled(table, pd.concat(suppressed, ignore_index=True))


def of_few(estimates: pd.DataFrame, limits: Disclosure) -> "pd.Series[bool]":
    """Mark estimates of too few employers, or with too few on one side of the outcome or the term (`n_fewest`)."""
    few = estimates["n"] < limits.minimum_n
    return few | (estimates["n_fewest"] < limits.minimum_n) if "n_fewest" in estimates else few


def control_estimates(estimates: pd.DataFrame, *, limits: Disclosure) -> Controlled:
    """Empty the numbers of estimates of fewer than `minimum_n` employers, and what these show; their reasons stay."""
    small = of_few(estimates, limits)
    keys = ["hypothesis", "wave", "part", "outcome", "term"]
    suppressed = suppressed_cells("estimates", estimates.loc[small & (estimates["n"] > 0), keys], "primary")
    numbers = estimates.select_dtypes("number").columns
    table = estimates.astype(dict.fromkeys(numbers, float))
    table[numbers] = table[numbers].mask(small)
    if "unmet_condition" in table:
        table["unmet_condition"] = table["unmet_condition"].mask(small, "")
    return Controlled(table, suppressed)


def control_weights(weights: pd.DataFrame, *, limits: Disclosure) -> Controlled:
    """Empty what the employee weights tell of few employers: with the weight of the establishment, their workers.

    Everything that describes them where one employer has more than `dominance` of their sum or fewer than `minimum_n`
    answered; the percentiles too with fewer than `quantile_n` on one side, and otherwise rounded to two digits.
    Weights of establishments are counts of the population and of the response: no answer is in them.
    """
    employees = weights["weight"] == "employee"
    few = (weights["n"] < limits.minimum_n) | (weights["largest_share"] > limits.dominance)
    beyond = weights["n"] * PERCENTILE < limits.quantile_n
    table, suppressed = weights.copy(), []
    for column in ("sum", "p01", "p99", "cv", "design_effect", "effective_n"):
        percentile = column in ("p01", "p99")
        gone = employees & (few | (beyond & percentile))
        rounded = round_fact(table[column]) if percentile else table[column]
        table[column] = table[column].astype(float).mask(employees, rounded).mask(gone)
        suppressed.append(suppressed_cells("weights", table.loc[gone, ["wave", "weight"]], "primary", column))
    return Controlled(table, pd.concat(suppressed, ignore_index=True))


def control_margins(margins: pd.DataFrame, *, limits: Disclosure) -> Controlled:
    """Empty `before` of employee margins (weighted workers) for few employers or a dominant one, and companions.

    Every margin adds up to the same total. All other columns are counts of the population and of the response.
    """
    gone, primary = np.zeros(len(margins), dtype=bool), np.zeros(len(margins), dtype=bool)
    for _, rows in margins[margins["weight"] == "employee"].groupby("wave", sort=False):
        told = (rows["n"] < limits.minimum_n) | (rows["largest_share"] > limits.dominance)
        groups = list(zip(rows["margin"], rows["category"]))
        largest = rows["before"] * rows["largest_share"]
        parts = zip(rows["n"].astype(int), told.tolist(), rows["before"], largest)
        measure = Measure({group: Cell(*part) for group, part in zip(groups, parts)}, {})
        measure.lose([group for group, small in zip(groups, told) if small], limits)
        gone[rows.index] = [group in measure.lost for group in groups]
        primary[rows.index] = told
    table = margins.assign(before=margins["before"].astype(float).mask(gone))
    names = table.loc[gone, ["wave", "weight", "margin", "category"]]
    rules = np.where(primary, "primary", "secondary")[gone]
    return Controlled(table, suppressed_cells("margins", names, rules, "before"))


def round_fact(values: "pd.Series[float]") -> "pd.Series[float]":
    """Round the quantiles of a fact (turnover, workers, absence) to two significant digits; missing stays missing."""
    return values.map(lambda value: float(f"{value:.2g}"), na_action="ignore")


def suppressed_cells(
    name: str, cells: pd.DataFrame, rule: str | npt.NDArray[np.str_], column: str = ""
) -> pd.DataFrame:
    """Give the rows of disclosure.csv of some suppressed cells; `column` where only that one of a row is not shown."""
    more = [column] if column else []
    named = ["|".join(map(str, [*cell, *more])) for cell in cells.itertuples(index=False)]
    table = pd.DataFrame({"file": f"tables/{name}.csv", "cell": named}, dtype=object)
    return table.assign(rule=rule)
