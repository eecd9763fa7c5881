"""Why a mean changed between two waves: the same employers answered otherwise, or others answered.

Two exact decompositions, with design-based variances by Taylor linearisation. The rows of both waves lie one below
the other, as in the design of `panel.panel_design`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inspraak.estimation.arrays import BoolArray, CodeArray, FloatArray, IntArray, as_codes, as_mask
from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.pooling import PooledEstimates, combine
from inspraak.estimation.terms import imputed, imputed_terms


@dataclass(frozen=True, eq=False)
class TurnoverParts:
    """The change of a mean, and its parts: in employers of both waves, by those who entered, by those who left.

    `parts` (4,): total, panel, entry, exit, in the unit of the values; the last three add up to the first. `entered` is
    the share of the later wave's weight that is new, `left` that of the earlier wave's weight that is gone, means over
    the imputations. `n_panel`, `n_entered` and `n_left` count employers in the imputation with the fewest in both.
    """

    parts: PooledEstimates
    entered: float
    left: float
    n_panel: int
    n_entered: int
    n_left: int


@dataclass(frozen=True, eq=False)
class GroupParts:
    """The change of a mean by g groups: their shares changed (`composition`), their means changed (`rate`).

    `groups` (g,) are their codes; `composition` and `rate` (g,) are the parts of each group, `parts` (3,) total,
    composition and rate, in the unit of the values; the last two add up to the first.
    """

    groups: CodeArray
    parts: PooledEstimates
    composition: PooledEstimates
    rate: PooledEstimates


@dataclass(frozen=True, eq=False)
class _Estimated:
    """Numbers of some rows, and the scores whose total has their variance."""

    value: FloatArray  # ()
    scores: FloatArray  # (n,)

    def __add__(self, other: "_Estimated") -> "_Estimated":
        return _Estimated(self.value + other.value, self.scores + other.scores)

    def __sub__(self, other: "_Estimated") -> "_Estimated":
        return self + other * _constant(-1.0)

    def __mul__(self, other: "_Estimated") -> "_Estimated":
        return _Estimated(self.value * other.value, self.scores * other.value + other.scores * self.value)


def _constant(value: float) -> _Estimated:
    return _Estimated(np.asarray(value), np.zeros(1))


def _mean(values: FloatArray, rows: BoolArray, weights: FloatArray) -> _Estimated:
    """Give the weighted mean of some rows; 0 without a row, so that a part that rests on nobody is nothing."""
    used = weights * rows
    total = used.sum()
    if not total > 0:
        return _Estimated(np.asarray(0.0), np.zeros(rows.size))
    mean = np.asarray(used @ values / total)
    return _Estimated(mean, used * (values - mean) / total)


def decompose_by_turnover(
    values: ArrayLike,
    later: ArrayLike,
    employers: CodeArray,
    design: SurveyDesign,
    *,
    included: ArrayLike | None = None,
) -> TurnoverParts:
    """Part the change of a mean in what employers of both waves changed, and what others brought or took away.

    M2 - M1 = (P2 - P1) + f (F2 - P2) - d (L1 - P1), with P the mean of employers that answered in both waves, F2 of
    those in the later alone (share f of its weight), L1 of those in the earlier alone (share d). `values` (m, n) or
    (n,), NaN = no answer; `later` (n,) booleans; `employers` (n,) codes; rows count where `included` ((n,) or (m, n)
    booleans) holds.

    Source: Foster, Haltiwanger & Krizan (2001), in New Developments in Productivity Analysis, 303-372. Raises
    ValueError for wrong shapes.
    """
    second = as_mask(later, rows=design.n, name="later")[:, 0]
    units = as_codes(employers, rows=design.n, name="employers")
    terms = imputed_terms(
        imputed(values, design, name="values")[:, np.newaxis], design=design, included=included
    )
    found, shares, counts, present = [], [], [], []
    for column, complete in zip(terms.blocks[0][:, 0], terms.complete):
        both = _in_both(units, complete & second, complete & ~second)
        groups = {
            "M1": ~second, "M2": second, "P1": ~second & both, "P2": second & both, "F2": second & ~both,
            "L1": ~second & ~both,
        }  # fmt: skip
        mean = {name: _mean(column, complete & rows, design.weights) for name, rows in groups.items()}
        entered = _mean((~both).astype(np.float64), complete & second, design.weights)
        left = _mean((~both).astype(np.float64), complete & ~second, design.weights)
        panel = mean["P2"] - mean["P1"]
        entry, leaving = entered * (mean["F2"] - mean["P2"]), left * (mean["P1"] - mean["L1"])
        found.append([mean["M2"] - mean["M1"], panel, entry, leaving])
        shares.append((float(entered.value), float(left.value)))
        counts.append(tuple(int((complete & groups[name]).sum()) for name in ("P1", "F2", "L1")))
        present.append(complete)
    panel_size, fresh, gone = min(counts)
    entered_share, left_share = np.mean(shares, axis=0).tolist()
    return TurnoverParts(_pooled(found, present, design), entered_share, left_share, panel_size, fresh, gone)


def decompose_by_groups(
    values: ArrayLike,
    later: ArrayLike,
    groups: CodeArray,
    design: SurveyDesign,
    *,
    included: ArrayLike | None = None,
) -> GroupParts:
    """Part the change of a mean in that of the groups' shares and that of the groups' means.

    Composition is sum (s2 - s1) (m1 + m2) / 2, rate sum (m2 - m1) (s1 + s2) / 2, with s the share of a group in the
    weight and m its mean. A group that one wave lacks has the other's mean there. `groups` (n,) codes; everything else
    as in `decompose_by_turnover`.

    Source: Kitagawa (1955), Journal of the American Statistical Association 50, 1168-1194. Raises ValueError for wrong
    shapes.
    """
    second = as_mask(later, rows=design.n, name="later")[:, 0]
    code = as_codes(groups, rows=design.n, name="groups")
    names = np.unique(np.asarray(groups))
    terms = imputed_terms(
        imputed(values, design, name="values")[:, np.newaxis], design=design, included=included
    )
    half, found, present = _constant(0.5), [], []
    for column, complete in zip(terms.blocks[0][:, 0], terms.complete):
        waves = [complete & ~second, complete & second]
        whole = _mean(column, waves[1], design.weights) - _mean(column, waves[0], design.weights)
        parts: list[list[_Estimated]] = [[], []]
        for group in range(names.size):
            member = code == group
            shares = [_mean(member.astype(np.float64), wave, design.weights) for wave in waves]
            filled = [
                wave & member if (wave & member).any() else other & member
                for wave, other in zip(waves, waves[::-1])
            ]
            means = [_mean(column, rows, design.weights) for rows in filled]
            parts[0].append((shares[1] - shares[0]) * (means[0] + means[1]) * half)
            parts[1].append((means[1] - means[0]) * (shares[0] + shares[1]) * half)
        sums = [sum(part[1:], start=part[0]) for part in parts]
        found.append([whole, *sums, *parts[0], *parts[1]])
        present.append(complete)
    g = names.size
    return GroupParts(
        names,
        _pooled([row[:3] for row in found], present, design),
        _pooled([row[3 : 3 + g] for row in found], present, design),
        _pooled([row[3 + g :] for row in found], present, design),
    )


def _in_both(units: IntArray, here: BoolArray, there: BoolArray) -> BoolArray:
    """Tell which rows are of employers that have a row both here and there."""
    return np.asarray(np.isin(units, np.intersect1d(units[here], units[there])))


def _pooled(found: list[list[_Estimated]], present: list[BoolArray], design: SurveyDesign) -> PooledEstimates:
    """Pool numbers of m data sets with their design-based variances."""
    points = np.array([[float(one.value) for one in row] for row in found])
    variances = np.array(
        [design.variance_of_totals(np.stack([one.scores for one in row], axis=1)) for row in found]
    )
    df = min(int(design.degrees_of_freedom(rows[:, np.newaxis])[0]) for rows in present)
    return combine(points, variances, df=df)
