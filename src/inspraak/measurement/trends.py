"""Compare the means of successive waves: what changed, by how much, and whether it can be compared."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.estimation.distributions import t_p_value, t_quantile
from inspraak.estimation.trends import independent_changes
from inspraak.measurement.returning import Answers, changes_of_returning
from inspraak.study.comparability import why_not_comparable
from inspraak.study.study import Study
from inspraak.survey.weighting import weight_name

INDEPENDENT, SHARED = "independent samples", "shared employers"
"""How the error of a change is made: as if the samples were drawn apart, or with the employers that are in both."""
GROUP = ["measure", "group_by", "group"]


def compare_waves(
    study: Study,
    waves: Sequence[str],
    descriptives: pd.DataFrame,
    answers: Mapping[str, Answers] | None = None,
) -> pd.DataFrame:
    """Give the change of every mean between successive waves, for all employers and by group: rows of trends.csv.

    `descriptives` are those of `waves`, which stand in order. Means are of indices, ordered codes and numbers, by the
    study's own weight. A measure that a wave lacks is compared between the waves before and after it. `errors` says
    how the standard error is made: where the `answers` of both waves share employers of the group it counts their
    covariance (see `changes_of_returning`) and `n_overlap` says how many they are; else the samples count as drawn
    apart, and without `answers` n_overlap is unknown. The standard deviation that `standardised` divides by is
    std_error sqrt(n / design_effect) of each wave (Kish 1965, 8.2).
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
    apart = known.assign(**numbers, errors=INDEPENDENT).reset_index(drop=True)
    if answers is None:
        return apart.assign(n_overlap=np.nan)
    compared: dict[tuple[str, str], list[str]] = {}
    for measure, *two in pairs[["measure", "from_wave", "to_wave"]].itertuples(index=False):
        compared.setdefault((two[0], two[1]), []).append(measure)
    return _with_overlap(apart, changes_of_returning(study, answers, compared))


def _with_overlap(trends: pd.DataFrame, returning: pd.DataFrame) -> pd.DataFrame:
    """Put the errors of changes among returning employers in the rows of which there are some."""
    keys = [*GROUP, "from_wave", "to_wave"]
    found = trends[keys].merge(returning, on=keys, how="left", validate="one_to_one")
    overlap = found["n_overlap"].fillna(0)
    shared = ((overlap > 0) & found["std_error"].notna()).to_numpy()
    error, df = (found[name].where(shared, trends[name]).to_numpy() for name in ("std_error", "df"))
    half = t_quantile(0.975, df) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = t_p_value(trends["estimate"] / error, df)
    changed = {
        "std_error": error,
        "df": df,
        "p_value": np.where(shared, p_value, trends["p_value"]),
        "ci_low": np.where(shared, trends["estimate"] - half, trends["ci_low"]),
        "ci_high": np.where(shared, trends["estimate"] + half, trends["ci_high"]),
        "errors": np.where(shared, SHARED, INDEPENDENT),
    }
    return trends.assign(**changed, n_overlap=overlap.to_numpy())


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
