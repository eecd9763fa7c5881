"""Compare the means of successive waves: what changed, by how much, and whether it can be compared."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.estimation.trends import independent_changes
from inspraak.study.comparability import why_not_comparable
from inspraak.study.study import Study
from inspraak.survey.weighting import weight_name

INDEPENDENT = "independent samples"
"""How the error of a change is made: no account is taken of employers that are in both waves."""
GROUP = ["measure", "group_by", "group"]


def compare_waves(study: Study, waves: Sequence[str], descriptives: pd.DataFrame) -> pd.DataFrame:
    """Give the change of every mean between successive waves, for all employers and by group: rows of trends.csv.

    `descriptives` are those of `waves`, which stand in order. Means are of indices, ordered codes and numbers, by the
    study's own weight. A measure that a wave lacks is compared between the waves before and after it. The errors
    are those of independent samples (`errors`): employers that are in both waves and answer alike make a change more
    certain than that, so intervals are as a rule too wide and p too large; `n_overlap` is not counted. The standard
    deviation that `standardised` divides by is std_error sqrt(n / design_effect) of each wave (Kish 1965, 8.2).
    """
    shown = (descriptives["statistic"] == "mean") & (descriptives["weight"] == weight_name(study))
    means = descriptives[shown]
    pairs = _pairs(study, waves, means)
    first, second = (
        pairs.merge(means, left_on=["measure", side], right_on=["measure", "wave"])
        for side in ("from_wave", "to_wave")
    )
    keys = [*GROUP, "from_wave", "to_wave"]
    both = first.merge(second[[*keys, *_NUMBERS]], on=keys, suffixes=("_from", "_to"))
    found = independent_changes(
        *(_both(both, name) for name in ("estimate", "std_error", "df")),
        n=_both(both, "n"),
        deviations=_deviations(both),
    )
    numbers = {name: getattr(found, name) for name in _CHANGES}
    known = both[[*keys, "weight", "comparable", "reason", "n_from", "n_to"]]
    return known.assign(**numbers, errors=INDEPENDENT).reset_index(drop=True)


_NUMBERS = ("n", "estimate", "std_error", "df", "design_effect")
_CHANGES = ("estimate", "std_error", "ci_low", "ci_high", "df", "p_value", "standardised")


def _pairs(study: Study, waves: Sequence[str], means: pd.DataFrame) -> pd.DataFrame:
    """Give every measure with each two successive waves that have it, and why these do not compare, if so."""
    measured = means[["measure", "wave"]].drop_duplicates().groupby("measure", sort=False)["wave"].agg(set)
    rows = []
    for measure, found in measured.items():
        for first, second in pairwise(wave for wave in waves if wave in found):
            reason = why_not_comparable(study, str(measure), first, second)
            rows.append((measure, first, second, not reason, reason))
    columns = ["measure", "from_wave", "to_wave", "comparable", "reason"]
    return pd.DataFrame(rows, columns=columns).astype(
        {"comparable": bool} | dict.fromkeys(columns[:3], object)
    )


def _both(table: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    """Give a number of both waves (2, k)."""
    return np.array([table[f"{name}_{side}"].to_numpy(dtype=float) for side in ("from", "to")])


def _deviations(table: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Give the standard deviation of the units of both waves (2, k); NaN where nothing varies."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return _both(table, "std_error") * np.sqrt(_both(table, "n") / _both(table, "design_effect"))
