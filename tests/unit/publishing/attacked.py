"""Employers by group and weight, what is published of a measure of them, and what an attacker knows from it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.publishing.crossed import ANSWERED, GROUPING, WEIGHT
from inspraak.publishing.disclosure import NUMBERS, Controlled, control_descriptives
from inspraak.study.configuration import Disclosure

LIMITS = Disclosure()
Mask = npt.NDArray[np.bool_]


def row(group: str, n: int, **more: object) -> dict[str, object]:
    """One row of the descriptives before disclosure control: of a group of the sectors, or of everyone."""
    plain = {
        "wave": "2020", "measure": "q1", "statistic": "mean", "category": "", "group_by": "sector" if group else "",
        "group": group, "weight": "none", "estimate": 3.0, "std_error": 0.1, "largest_share": np.nan,
        "magnitude": np.nan,
    }  # fmt: skip
    numbers = dict.fromkeys([name for name in NUMBERS if name not in ("n", "estimate", "std_error")], 1.0)
    return {**plain, **numbers, "n": n, **more}


def control(
    rows: Sequence[Mapping[str, object]],
    classes: pd.DataFrame | None = None,
    *,
    rests_on: Mapping[str, frozenset[str]] | None = None,
    **limits: float,
) -> Controlled:
    """Control some rows; without `classes` every measure is divided by one grouping only."""
    table = pd.DataFrame(rows)
    crossings = {"2020": by_one_grouping(table) if classes is None else classes}
    return control_descriptives(table, crossings, limits=Disclosure(**limits), rests_on=rests_on or {})


def by_one_grouping(table: pd.DataFrame) -> pd.DataFrame:
    """Give a class of employers for each group, and one for those of no group."""
    one = table[table["weight"] == table["weight"].iloc[0]].drop_duplicates(["measure", "group_by", "group"])
    counts = one.pivot_table(index=["group_by", "group"], columns="measure", values="n", aggfunc="first")
    counts = counts.fillna(0).astype(int)
    everyone = counts.loc[("", "")]
    groups = counts.drop(index=("", "")).droplevel(0)
    counts = pd.concat([groups, (everyone - groups.sum()).to_frame("").T])
    classes = counts.add_prefix(ANSWERED).rename_axis(f"{GROUPING}sector").reset_index()
    weights = [name for name in table["weight"].unique() if name != "none"]
    return classes.assign(**{f"{WEIGHT}{name}": np.arange(len(classes)) + 1.5 for name in weights})


@dataclass(frozen=True)
class Employers:
    """Employers who answered one measure: their group in each grouping ("" for none) and their weights."""

    groups: Mapping[str, npt.NDArray[np.object_]]
    weights: Mapping[str, npt.NDArray[np.float64]]

    @property
    def n(self) -> int:
        """How many there are."""
        return len(next(iter(self.weights.values())))

    def members(self, grouping: str, group: str | None) -> Mask:
        """Mark those of a group; of everyone (""), or of all groups (None)."""
        if not grouping:
            return np.ones(self.n, dtype=bool)
        of = self.groups[grouping]
        return np.asarray(of != "" if group is None else of == group, dtype=bool)

    def rows(self) -> list[dict[str, object]]:
        """What is estimated of them: by every weight, for everyone and for every group."""
        cells = [("", "")]
        cells += [(by, str(group)) for by, of in self.groups.items() for group in np.unique(of[of != ""])]
        return [
            row(group, int(self.members(by, group).sum()), group_by=by, weight=weight)
            for weight, (by, group) in product(self.weights, cells)
        ]

    def classes(self) -> pd.DataFrame:
        """Count them by group and weight, as `cross_classify` does."""
        columns: dict[str, object] = {f"{GROUPING}{name}": of for name, of in self.groups.items()}
        columns |= {f"{WEIGHT}{name}": of for name, of in self.weights.items() if name != "none"}
        frame = pd.DataFrame(columns)
        names = list(frame)
        return frame.assign(**{f"{ANSWERED}q1": 1}).groupby(names, as_index=False).sum()

    def equations(self, table: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Everything that a controlled table tells: totals of the answers of some employers, one per row.

        A difference from the rest tells, with the mean of its group, the total of the rest.
        """
        shown = table[table["flag"] != "suppressed"]
        names = shown[["weight", "group_by", "group", "difference_from_rest"]]
        found: list[npt.NDArray[np.float64]] = []
        for weight, by, group, difference in names.itertuples(index=False):
            inside = self.members(by, group)
            found.append(self.weights[weight] * inside)
            if by and np.isfinite(difference):
                found.append(self.weights[weight] * (self.members(by, None) & ~inside))
        return np.array(found).reshape(-1, self.n)

    def few(self, minimum: int = 10) -> Iterator[tuple[str, Mask]]:
        """Give every set of few employers that someone could look for, by name.

        Each employer, each group, those of no group, what two groups share or differ by, and each cell of the
        crossing, alone or two of them together.
        """
        named = [(f"{by}={group or '-'}", of == group) for by, of in self.groups.items() for group in {*of}]
        sets = list(named)
        for (one, first), (other, second) in combinations(named, 2):
            sets += [(f"{one} and {other}", first & second), (f"{one} less {other}", first & ~second)]
            sets += [
                (f"{other} less {one}", second & ~first),
                (f"neither {one} nor {other}", ~first & ~second),
            ]
        cell = pd.Series(list(zip(*self.groups.values())))
        crossing = [(f"cell {name}", (cell == name).to_numpy()) for name in cell.unique()]
        sets += crossing
        sets += [
            (f"{one} + {other}", first | second)
            for (one, first), (other, second) in combinations(crossing, 2)
        ]
        sets += [(f"employer {place}", np.arange(self.n) == place) for place in range(self.n)]
        return ((name, inside) for name, inside in sets if 0 < inside.sum() < minimum)

    def told(self, table: pd.DataFrame) -> list[str]:
        """Name the sets of few employers whose total (by any weight) follows from a controlled table."""
        equations = self.equations(table)
        if not len(equations):
            return []
        scale = np.abs(equations).max(axis=0)
        known = np.linalg.svd(equations / scale, full_matrices=False)
        basis = known[2][known[1] > 1e-9 * known[1][0]]
        found = []
        for name, inside in self.few():
            for weight in self.weights.values():
                wanted = inside * weight / scale
                wanted = wanted / np.linalg.norm(wanted)
                if np.linalg.norm(wanted - basis.T @ (basis @ wanted)) < 1e-7:
                    found.append(name)
        return found
