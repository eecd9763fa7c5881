"""Test every declared claim on one wave, each part by the engine of its kind."""

from collections.abc import Callable, Sequence

import pandas as pd

from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.kinds.association import test_association
from inspraak.hypotheses.kinds.contrast import test_contrast
from inspraak.hypotheses.kinds.form_contest import test_form_contest
from inspraak.hypotheses.kinds.group_difference import test_group_difference
from inspraak.hypotheses.kinds.heterogeneity import test_heterogeneity
from inspraak.hypotheses.kinds.incremental import test_incremental
from inspraak.hypotheses.kinds.joint import test_joint
from inspraak.hypotheses.kinds.mediation import test_mediation
from inspraak.hypotheses.kinds.moderation import test_moderation
from inspraak.hypotheses.kinds.necessity import test_necessity
from inspraak.hypotheses.kinds.regression import test_regression
from inspraak.hypotheses.kinds.response_surface import test_response_surface
from inspraak.hypotheses.kinds.shares_ranking import test_shares_ranking
from inspraak.hypotheses.result import (
    DECLARED,
    DETAILS,
    KIND_NOT_AVAILABLE,
    Detail,
    Estimate,
    estimate_table,
)
from inspraak.study.claims import Claim
from inspraak.study.kinds import OVER_WAVES
from inspraak.study.parts import Part
from inspraak.study.study import Study

Test = Callable[[WaveData, str, Part], Sequence[Estimate | Detail]]
TESTS: dict[str, Test] = {
    "association": test_association,
    "regression": test_regression,
    "joint": test_joint,
    "contrast": test_contrast,
    "group_difference": test_group_difference,
    "heterogeneity": test_heterogeneity,
    "moderation": test_moderation,
    "mediation": test_mediation,
    "response_surface": test_response_surface,
    "form_contest": test_form_contest,
    "necessity": test_necessity,
    "incremental": test_incremental,
    "shares_ranking": test_shares_ranking,
}
"""The kinds that can be tested in one wave, and how; a new kind is one module and one line here."""
FIRST = ("hypothesis", "wave")


def test_claims(data: WaveData) -> dict[str, pd.DataFrame]:
    """Give `estimates`, one row per claim, part, outcome and term of one wave, and the tables of `result.DETAILS`.

    A part without an estimate says its reason. Parts that compare waves have no rows: see `testing_over_waves`.
    """
    rows: list[dict[str, object]] = []
    beside: dict[str, list[dict[str, object]]] = {name: [] for name in DETAILS}
    for claim in data.study.claims.values():
        if claim.waves is not None and data.wave not in claim.waves:
            continue
        about = {"hypothesis": claim.name, "wave": data.wave}
        for label, part in claim.parts.items():
            for found in _test_part(data, claim, label, part):
                if isinstance(found, Detail):
                    beside[found.table].append({**about, "part": label, **found.values})
                else:
                    rows.append({**about, **found.row()})
    details = {
        name: pd.DataFrame(beside[name], columns=[*FIRST, "part", *columns])
        for name, columns in DETAILS.items()
    }
    return {"estimates": estimate_table(rows), **details}


def unavailable(study: Study) -> dict[str, list[str]]:
    """Give the claims that ask for a kind of test that there is not yet, by kind; a part of a claim as H4.name."""
    found: dict[str, list[str]] = {}
    for claim in study.claims.values():
        for label, part in claim.parts.items():
            if part.kind not in {*TESTS, *OVER_WAVES, "untested"}:
                found.setdefault(part.kind, []).append(f"{claim.name}.{label}" if label else claim.name)
    return found


def _test_part(data: WaveData, claim: Claim, label: str, part: Part) -> Sequence[Estimate | Detail]:
    if part.kind in OVER_WAVES:
        return []
    if part.kind == "untested":
        return [Estimate(label, part.kind, reason=DECLARED)]
    test = TESTS.get(part.kind)
    if test is None:
        return [Estimate(label, part.kind, reason=f"{KIND_NOT_AVAILABLE}: {part.kind}")]
    return test(data, label, part)
