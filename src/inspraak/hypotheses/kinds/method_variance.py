"""Test of kind `measurement` with `method_variance`: do conclusions stand with the way of answering held constant."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.result import (
    CHANGES_A_QUARTER,
    NO_CONCLUSION,
    NOT_ASKED,
    Detail,
    Estimate,
)
from inspraak.study.claims import Claim
from inspraak.study.kinds import WITHOUT_CONTROLS, Measurement, MethodVariance
from inspraak.study.parts import Part

LEVEL = 0.05
MOST = 0.25
"""A conclusion stands where its estimate changes by less than this share of itself."""
Rows = Sequence[Estimate | Detail]
Tested = Mapping[str, Sequence[Estimate]]
"""The estimates of each claim in this wave."""
Again = Callable[[Claim, str, Part], Rows]
Key = tuple[str, str, str]


def test_method_variance(
    data: WaveData, label: str, part: Measurement, tested: Tested, again: Again
) -> list[Estimate | Detail]:
    """Test the named claims again with the marker questions held constant; give one row per claim.

    Markers ask for what should go together with nothing, so that what they share with other answers is the way of
    answering (Lindell & Whitney 2001, Journal of Applied Psychology 86, 114-121). The estimate is what is left of the
    claim's own estimate, 1 where nothing changes: of the one that changes most, where several decide. p is the largest
    one of the claim tested again, before it is adjusted. A claim that was decided (every p below .05) stands where
    its signs and its p do, and no estimate changes by a quarter; else there is an `unmet_condition`. Claims that were
    not decided have nothing to lose, and do not decide. The table `survival` has every estimate before and after.
    """
    method = part.method_variance
    assert method is not None
    absent = [name for name in method.marker if not data.has(name)]
    if absent:
        return [Estimate(label, part.kind, reason=f"{NOT_ASKED}: {', '.join(absent)}")]
    found: list[Estimate | Detail] = []
    for name in method.claims:
        found += _of_claim(data, label, method, data.study.claims[name], tested.get(name, ()), again)
    if not any(isinstance(row, Estimate) and row.decides for row in found):
        reason = next(
            (row.reason for row in found if isinstance(row, Estimate) and row.reason), NO_CONCLUSION
        )
        found.append(Estimate(label, part.kind, reason=reason))
    return found


def _of_claim(
    data: WaveData, label: str, method: MethodVariance, claim: Claim, before: Sequence[Estimate], again: Again
) -> Iterator[Estimate | Detail]:
    parts = {
        name: one for name, one in claim.parts.items() if one.kind not in WITHOUT_CONTROLS and one.necessary
    }
    held = {
        name: one.model_copy(
            update={"controls": tuple(dict.fromkeys((*(one.controls or ()), *method.marker)))}
        )
        for name, one in parts.items()
    }
    first = _deciding(row for row in before if row.part in parts)
    second = _deciding(row for name, one in held.items() for row in again(claim, name, one))
    shared: dict[str, Any] = {"part": label, "kind": "measurement", "term": f"{claim.name} given markers"}
    if (
        not first
        or set(first) != set(second)
        or any(row.reason for row in (*first.values(), *second.values()))
    ):
        yield Estimate(**shared, decides=False, reason=NO_CONCLUSION)
        return
    for key, row in first.items():
        yield Detail(label, "survival", _compared(claim, row, second[key]))
    left = np.array([second[key].std_estimate / row.std_estimate for key, row in first.items()])
    worst = float(left[np.argmax(np.abs(left - 1))])
    p = max(row.p_value for row in second.values())
    yield Estimate(
        **shared,
        n=min(row.n for row in second.values()),
        imputations=max(row.imputations for row in second.values()),
        estimate=worst,
        std_estimate=worst,
        natural_estimate=100 * (worst - 1),
        natural_unit="percent",
        p_value=p,
        decides=max(row.p_value for row in first.values()) < LEVEL,
        unmet_condition=CHANGES_A_QUARTER if abs(worst - 1) >= MOST else "",
    )


def _deciding(rows: Iterator[Estimate | Detail]) -> dict[Key, Estimate]:
    return {
        (row.part, row.outcome, row.term): row for row in rows if isinstance(row, Estimate) and row.decides
    }


def _compared(claim: Claim, before: Estimate, after: Estimate) -> dict[str, object]:
    return {
        "claim": claim.name, "claim_part": before.part, "outcome": before.outcome, "term": before.term, "n": after.n,
        "before": before.std_estimate, "before_low": before.std_ci_low, "before_high": before.std_ci_high,
        "after": after.std_estimate, "after_low": after.std_ci_low, "after_high": after.std_ci_high,
        "change": after.std_estimate / before.std_estimate - 1, "p_before": before.p_value, "p_after": after.p_value,
    }  # fmt: skip
