"""How strongly something unmeasured must go together with x and y before the estimates of a claim are nothing."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from inspraak.estimation.e_values import e_values, e_values_of_differences, mediational_e_value

OF_SLOPES = ("regression", "joint")
"""Kinds whose estimate is an adjusted association of x with y."""
RATIO = "rate ratio"


def weakest_e_value(estimates: pd.DataFrame, kinds: Sequence[str]) -> float:
    """Give the smallest E-value of the deciding estimates of a claim, each of its kind; NaN where none has one.

    Of a count that of its rate ratio per SD of x; of every other slope that of the ratio exp(.91 d), d in SD of y per
    SD of x (VanderWeele & Ding 2017, Annals of Internal Medicine 167, 268-274); of an indirect effect the mediational
    one (Smith & VanderWeele 2019, Epidemiology 30, 835-837). A claim of other kinds beside these has the E-value of
    these alone.
    """
    known = estimates.assign(kind=list(kinds))[estimates["std_estimate"].notna()]
    slopes = known[known["kind"].isin(OF_SLOPES)]
    unit = slopes.get("natural_unit", pd.Series("", index=slopes.index))
    counted = (unit == RATIO).to_numpy(dtype=bool)
    ratio, low, high = (
        slopes.reindex(columns=[f"natural_{name}"]).to_numpy(dtype=float)[counted, 0]
        for name in ("estimate", "ci_low", "ci_high")
    )
    others = slopes[~counted]
    size, error = (others[name].to_numpy(dtype=float) for name in ("std_estimate", "std_std_error"))
    indirect = known.loc[known["kind"] == "mediation", "std_estimate"].to_numpy(dtype=float)
    found = np.concatenate(
        [
            e_values(ratio, low, high).point,
            e_values_of_differences(size, error).point,
            mediational_e_value(indirect),
        ]
    )
    return float(found.min()) if found.size else float("nan")
