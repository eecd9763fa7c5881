"""Which groups of which measures are not shown: small ones, their companions, and what would tell them all the same."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from inspraak.publishing.crossed import Crossed, Total
from inspraak.publishing.differencing import told_by_differencing
from inspraak.study.configuration import Disclosure

Group = tuple[str, str]
"""Grouping and group; ("", "") is everyone."""
EVERYONE = ("", "")


@dataclass(frozen=True)
class Cell:
    """A measure in a group: who answered, and for a magnitude its weighted total and what one employer has of it."""

    n: int
    primary: bool
    magnitude: float = np.nan
    largest: float = np.nan


@dataclass
class Measure:
    """The cells of a measure in one wave, and what of them is not shown.

    `lost` groups; `one_weight`: shown with the weight of the study's estimates alone; `without_difference`: groupings
    whose differences from the rest are not shown; `shown_by`: the groupings that each weight is shown for.
    """

    cells: Mapping[Group, Cell]
    shown_by: Mapping[str, frozenset[str]]
    lost: set[Group] = field(default_factory=set)
    one_weight: bool = False
    without_difference: set[str] = field(default_factory=set)

    def groups(self, grouping: str) -> list[Group]:
        """Give the groups of a grouping, the smallest first."""
        return sorted(
            (group for group in self.cells if group[0] == grouping), key=lambda group: self.cells[group].n
        )

    @property
    def groupings(self) -> list[str]:
        """Give what the measure is divided by."""
        return list(dict.fromkeys(grouping for grouping, _ in self.cells if grouping))

    def lose(self, groups: Iterable[Group], limits: Disclosure) -> None:
        """Lose some groups, with their companions; a measure that lost one is shown with one weight."""
        self.lost.update(groups)
        for grouping in self.groupings:
            self.lost.update(_companions(self, grouping, limits))
        self.one_weight = self.one_weight or bool(self.lost)

    def totals(self, weight: str) -> Iterator[Total]:
        """Give the totals that are shown: of everyone, of groups, and (by their differences) of all groups together."""
        for grouping, group in self.cells:
            if (grouping, group) not in self.lost and grouping in self.shown_by[weight]:
                yield weight, grouping, group
        for grouping in self.groupings:
            shown = grouping in self.shown_by[weight] and not self.lost.issuperset(self.groups(grouping))
            if shown and grouping not in self.without_difference:
                yield weight, grouping, None


def lose_small(
    measures: Mapping[str, Measure],
    rests_on: Mapping[str, frozenset[str]],
    crossed: Crossed,
    limits: Disclosure,
    *,
    weight: str,
) -> None:
    """Settle what is not shown of the measures of one wave: primary cells, companions, and what tells them.

    `rests_on`: the items that the score of an index is a mean or sum of. `weight` is the one that stays where only
    one does. Goes on until nothing of fewer than `minimum_n` employers follows from what is shown.
    """
    for measure in measures.values():
        measure.lose([group for group, cell in measure.cells.items() if cell.primary], limits)
    known: dict[object, bool] = {}
    for _ in range(1 + sum(len(measure.cells) for measure in measures.values())):
        before = sum(len(measure.lost) for measure in measures.values())
        _lose_scores(measures, rests_on, limits)
        for name, measure in measures.items():
            _lose_told(name, measure, crossed, limits, weight, known)
        if before == sum(len(measure.lost) for measure in measures.values()):
            break


def _companions(measure: Measure, grouping: str, limits: Disclosure) -> list[Group]:
    """Give the groups of one division that go with its lost ones, so that nothing small is found by subtraction.

    The groups and the employers of no group add up to everyone. Where groups are lost, the next smallest go with them
    until what is lost are two groups and `minimum_n` employers at least, and no employer has more than `dominance` of
    their magnitude. Fewer than `minimum_n` employers of no group are a lost group: they were never shown; then the
    differences from the rest, which tell the total of all groups, go too.
    """
    groups = measure.groups(grouping)
    everyone = measure.cells.get(EVERYONE)
    ungrouped = 0 if everyone is None else everyone.n - sum(measure.cells[group].n for group in groups)
    few = 0 < ungrouped < limits.minimum_n
    if few:
        measure.without_difference.add(grouping)
    hidden = [measure.cells[group] for group in groups if group in measure.lost]
    companions: list[Group] = []
    for group in groups:
        parts, n = len(hidden) + few, sum(cell.n for cell in hidden) + few * ungrouped
        enough = parts > 1 and n >= limits.minimum_n and not _dominated(hidden, limits)
        if parts == 0 or enough:
            break
        if group not in measure.lost:
            hidden.append(measure.cells[group])
            companions.append(group)
    return companions


def _dominated(hidden: Iterable[Cell], limits: Disclosure) -> bool:
    """Tell whether one employer has too large a part of the magnitude of some cells together."""
    known = [cell for cell in hidden if np.isfinite(cell.largest)]
    total = sum(cell.magnitude for cell in known)
    return bool(known) and max(cell.largest for cell in known) > limits.dominance * total


def _lose_scores(
    measures: Mapping[str, Measure], rests_on: Mapping[str, frozenset[str]], limits: Disclosure
) -> None:
    """Lose the scores that would tell a lost item: with the other items, a mean of items is an equation for it.

    It is one only where (nearly) all who have the score answered the item.
    """
    for index, items in rests_on.items():
        measure = measures.get(index)
        if measure is None:
            continue
        lost = {
            group
            for item in items
            if item in measures
            for group in measures[item].lost & measure.cells.keys()
            if measure.cells[group].n - measures[item].cells[group].n < limits.minimum_n
        }
        if lost - measure.lost:
            measure.lose(lost, limits)


def _lose_told(
    name: str,
    measure: Measure,
    crossed: Crossed,
    limits: Disclosure,
    weight: str,
    known: dict[object, bool],
) -> None:
    """Hide more of a measure until no combination of its totals leaves few employers.

    First its other weights, then the differences from the rest, then the smallest group of those that tell it.
    """
    classes, n = crossed.of(name)
    while classes.size:
        weights = [weight] if measure.one_weight else list(measure.shown_by)
        totals = [total for each in weights for total in measure.totals(each)]
        key = (classes.tobytes(), n.clip(max=limits.minimum_n).tobytes(), tuple(totals))
        if known.get(key):
            return
        rows = np.array([crossed.row(total, classes) for total in totals]).reshape(-1, classes.size)
        told = told_by_differencing(rows, n, minimum_n=limits.minimum_n) if totals else None
        if told is None:
            known[key] = True
            return
        used = [totals[row] for row in told.rows]
        differences = {grouping for _, grouping, group in used if group is None}
        groups = [(grouping, group) for _, grouping, group in used if grouping and group is not None]
        if len(weights) > 1:
            measure.one_weight = True
        elif differences:
            measure.without_difference |= differences
        else:
            measure.lose([min(groups or [EVERYONE], key=lambda group: measure.cells[group].n)], limits)
