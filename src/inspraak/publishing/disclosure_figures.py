"""Disclosure control of what only figures show: densities of scores, bins of weights, the imputation."""

import pandas as pd

from inspraak.study.configuration import Disclosure

FIFTHS = 5
"""Numbers are shown in so many parts (survey.imputation_account)."""


def control_densities(
    densities: pd.DataFrame, descriptives: pd.DataFrame, *, limits: Disclosure
) -> pd.DataFrame:
    """Keep the densities of indices whose mean of everyone is published, of `flag_n` employers or more.

    A curve has no brackets that could say that few stand behind it.
    """
    everyone = descriptives[(descriptives["group_by"] == "") & (descriptives["statistic"] == "mean")]
    shown = everyone[(everyone["n"] >= limits.flag_n) & everyone["estimate"].notna()]
    known = pd.MultiIndex.from_frame(shown[["wave", "measure"]].astype(str))
    cells = pd.MultiIndex.from_frame(densities[["wave", "index"]].astype(str))
    return densities[cells.isin(known)].reset_index(drop=True)


def control_bins(bins: pd.DataFrame, *, limits: Disclosure) -> pd.DataFrame:
    """Join neighbouring bins of weights (wave, weight, low, high, n, share) until each holds `minimum_n` employers.

    Weights of fewer employers in all have no bins.
    """
    joined: list[dict[str, object]] = []
    for (wave, weight), rows in bins.groupby(["wave", "weight"], sort=False):
        made: list[list[float]] = []
        for low, high, n, share in rows[["low", "high", "n", "share"]].itertuples(index=False):
            if made and made[-1][2] < limits.minimum_n:
                first = made.pop()
                made.append([first[0], high, first[2] + n, first[3] + share])
            else:
                made.append([low, high, n, share])
        if len(made) > 1 and made[-1][2] < limits.minimum_n:
            last, before = made.pop(), made.pop()
            made.append([before[0], last[1], before[2] + last[2], before[3] + last[3]])
        names = ("low", "high", "n", "share")
        kept = [dict(zip(names, one)) for one in made if one[2] >= limits.minimum_n]
        joined += [{**one, "wave": wave, "weight": weight} for one in kept]
    return pd.DataFrame(joined, columns=list(bins.columns))


def control_chains(
    chains: pd.DataFrame, imputation: pd.DataFrame, descriptives: pd.DataFrame, *, limits: Disclosure
) -> pd.DataFrame:
    """Keep the chains or distributions (wave, item, ...) of items that the published tables tell of.

    `imputation` has a difference only with enough answers given and filled in. The answers of everyone must stand
    unweighted in `descriptives` too, or the bars would be one equation more for what is hidden; each fifth of a number
    is of `minimum_n` answers.
    """
    enough = imputation["difference"].notna() & (imputation["n_answered"] >= FIFTHS * limits.minimum_n)
    told = pd.MultiIndex.from_frame(imputation.loc[enough, ["wave", "item"]].astype(str))
    everyone = descriptives[(descriptives["group_by"] == "") & (descriptives["weight"] == "none")]
    shown = everyone[everyone["estimate"].notna() & everyone["statistic"].isin(["mean", "share"])]
    known = pd.MultiIndex.from_frame(shown[["wave", "measure"]].astype(str))
    cells = pd.MultiIndex.from_frame(chains[["wave", "item"]].astype(str))
    return chains[cells.isin(told) & cells.isin(known)].reset_index(drop=True)
