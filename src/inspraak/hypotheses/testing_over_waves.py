"""Test what compares waves: the declared parts of claims that no single wave can carry."""

from collections.abc import Callable, Sequence

import pandas as pd

from inspraak.hypotheses.kinds.trend import test_trend
from inspraak.hypotheses.kinds.within_employer import test_within_employer
from inspraak.hypotheses.over_waves import WavesData
from inspraak.hypotheses.result import ALL_WAVES, Estimate, estimate_table
from inspraak.study.kinds import OVER_WAVES
from inspraak.study.parts import Part

TESTS_OVER_WAVES: dict[str, Callable[[WavesData, str, Part], Sequence[Estimate]]] = {
    "trend": test_trend,
    "within_employer": test_within_employer,
}
"""How the kinds that compare waves are tested."""
assert set(TESTS_OVER_WAVES) == OVER_WAVES


def test_claims_over_waves(data: WavesData) -> pd.DataFrame:
    """Give `estimates`, one row per claim, part, outcome and term, of the parts that compare waves; `wave` is "all"."""
    rows = [
        {"hypothesis": claim.name, "wave": ALL_WAVES, **found.row()}
        for claim in data.study.claims.values()
        for label, part in claim.parts.items()
        if part.kind in OVER_WAVES
        for found in TESTS_OVER_WAVES[part.kind](data.only(claim.waves), label, part)
    ]
    return estimate_table(rows)
