"""How far the respondents are from the population before weighting, and what follows from it."""

import logging
from collections.abc import Hashable, Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd

from inspraak.errors import Problem, UserError

log = logging.getLogger(__name__)
GAP = "gap"
"""Flag of a category whose share of the respondents is too far from its share of the population."""


def judge_frame(
    margins: pd.DataFrame, *, publish: Literal["strict", "warn"], largest_gap: float
) -> pd.DataFrame:
    """Add `flag` to the margins of the waves: `gap` for a category whose share of the respondents is more than
    `largest_gap` from its share of the population, `empty` for a stratum without respondents.

    Only margins of establishments are judged: employers are who was asked, and those of employees differ from
    them by size. `warn` writes each gap in the log; `strict` raises `UserError` with all of them.
    """
    stratum = margins["margin"] == "stratum"
    distance = (margins["response_share"] - margins["population_share"]).astype(float).abs()
    far = (distance > largest_gap) & (margins["weight"] == "establishment") & ~stratum
    flagged = margins.assign(flag=np.select([far, stratum], [GAP, "empty"], ""))
    rows = flagged[far].to_dict("records")
    if publish == "strict" and rows:
        limit = f"{100 * largest_gap:g} percentage points (frame.largest_gap in config.yaml)"
        raise UserError(
            Problem(
                f"wave {row['wave']}",
                f"margin {row['margin']}, category '{row['category']}'",
                _found(row),
                f"a difference of at most {limit}, or publish: warn",
            )
            for row in rows
        )
    for row in rows:
        log.warning(
            "wave %s, margin %s, category '%s': %s", row["wave"], row["margin"], row["category"], _found(row)
        )
    return flagged


def _found(row: Mapping[Hashable, Any]) -> str:
    shares = (100 * row[name] for name in ("response_share", "population_share"))
    return "{:.1f} % of the respondents and {:.1f} % of the population".format(*shares)
