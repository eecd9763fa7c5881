"""Test every declared claim on one wave, each part by the engine of its kind."""

from collections.abc import Callable

import pandas as pd

from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.kinds.association import test_association
from inspraak.hypotheses.kinds.contrast import test_contrast
from inspraak.hypotheses.kinds.group_difference import test_group_difference
from inspraak.hypotheses.kinds.joint import test_joint
from inspraak.hypotheses.kinds.moderation import test_moderation
from inspraak.hypotheses.kinds.regression import test_regression
from inspraak.hypotheses.result import DECLARED, KIND_NOT_AVAILABLE, Estimate
from inspraak.study.claims import Claim
from inspraak.study.kinds import Part
from inspraak.study.study import Study

Test = Callable[[WaveData, str, Part], list[Estimate]]
TESTS: dict[str, Test] = {
    "association": test_association,
    "regression": test_regression,
    "joint": test_joint,
    "contrast": test_contrast,
    "group_difference": test_group_difference,
    "moderation": test_moderation,
}
"""The kinds that can be tested, and how; a new kind is one module and one line here."""


def test_claims(data: WaveData) -> pd.DataFrame:
    """Give one row per claim, part, outcome and term of one wave; a part without an estimate says its reason."""
    rows: list[dict[str, object]] = []
    for claim in data.study.claims.values():
        if claim.waves is not None and data.wave not in claim.waves:
            continue
        for label, part in claim.parts.items():
            for estimate in _test_part(data, claim, label, part):
                rows.append({"hypothesis": claim.name, "wave": data.wave, **estimate.row()})
    names = ["hypothesis", "wave", *Estimate("", "").row()]
    return pd.DataFrame(rows, columns=names)


def unavailable(study: Study) -> dict[str, list[str]]:
    """Give the claims that ask for a kind of test that there is not yet, by kind; a part of a claim as H4.name."""
    found: dict[str, list[str]] = {}
    for claim in study.claims.values():
        for label, part in claim.parts.items():
            if part.kind not in TESTS and part.kind != "untested":
                found.setdefault(part.kind, []).append(f"{claim.name}.{label}" if label else claim.name)
    return found


def _test_part(data: WaveData, claim: Claim, label: str, part: Part) -> list[Estimate]:
    if part.kind == "untested":
        return [Estimate(label, part.kind, reason=DECLARED)]
    test = TESTS.get(part.kind)
    if test is None:
        return [Estimate(label, part.kind, reason=f"{KIND_NOT_AVAILABLE}: {part.kind}")]
    return test(data, label, part)
