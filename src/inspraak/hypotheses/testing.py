"""Test every declared claim on one wave, each part by the engine of its kind."""

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.kinds.association import test_association
from inspraak.hypotheses.kinds.contrast import test_contrast
from inspraak.hypotheses.kinds.form_contest import test_form_contest
from inspraak.hypotheses.kinds.group_difference import test_group_difference
from inspraak.hypotheses.kinds.heterogeneity import test_heterogeneity
from inspraak.hypotheses.kinds.incremental import test_incremental
from inspraak.hypotheses.kinds.joint import test_joint
from inspraak.hypotheses.kinds.measurement import test_measurement
from inspraak.hypotheses.kinds.mediation import test_mediation
from inspraak.hypotheses.kinds.method_variance import test_method_variance
from inspraak.hypotheses.kinds.moderation import test_moderation
from inspraak.hypotheses.kinds.necessity import test_necessity
from inspraak.hypotheses.kinds.regression import test_regression
from inspraak.hypotheses.kinds.response_surface import test_response_surface
from inspraak.hypotheses.kinds.shares_ranking import test_shares_ranking
from inspraak.hypotheses.kinds.typology import test_typology
from inspraak.hypotheses.result import (
    DECLARED,
    DETAILS,
    KIND_NOT_AVAILABLE,
    Detail,
    Estimate,
    estimate_table,
)
from inspraak.study.claims import Claim
from inspraak.study.kinds import OVER_WAVES, Measurement
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
    "measurement": test_measurement,
    "moderation": test_moderation,
    "mediation": test_mediation,
    "response_surface": test_response_surface,
    "form_contest": test_form_contest,
    "necessity": test_necessity,
    "incremental": test_incremental,
    "shares_ranking": test_shares_ranking,
    "typology": test_typology,
}
"""The kinds that can be tested in one wave, and how; a new kind is one module and one line here."""
FIRST = ("hypothesis", "wave")


def test_claims(data: WaveData) -> dict[str, pd.DataFrame]:
    """Give `estimates`, one row per claim, part, outcome and term of one wave, and the tables of `result.DETAILS`.

    A part without an estimate says its reason. Parts that compare waves have no rows: see `testing_over_waves`. Parts
    that test other claims again come after these, and stand in the order of the study all the same.
    """
    claims = [
        claim for claim in data.study.claims.values() if claim.waves is None or data.wave in claim.waves
    ]
    parts = [(claim, label) for claim in claims for label in claim.parts]
    found: dict[tuple[str, str], Sequence[Estimate | Detail]] = {}
    tested: dict[str, list[Estimate]] = {}
    for claim, label in sorted(parts, key=lambda place: _tests_again(place[0].parts[place[1]])):
        part = claim.parts[label]
        rows = _test_part(data, claim, label, part, tested)
        found[claim.name, label] = rows
        tested.setdefault(claim.name, []).extend(row for row in rows if isinstance(row, Estimate))
    return _tables(data, [(claim.name, found[claim.name, label]) for claim, label in parts])


def _tests_again(part: Part) -> bool:
    return isinstance(part, Measurement) and part.method_variance is not None


def _tables(
    data: WaveData, found: Sequence[tuple[str, Sequence[Estimate | Detail]]]
) -> dict[str, pd.DataFrame]:
    """Lay the rows of all claims in their tables."""
    rows: list[dict[str, object]] = []
    beside: dict[str, list[dict[str, object]]] = {name: [] for name in DETAILS}
    for claim, of_part in found:
        about = {"hypothesis": claim, "wave": data.wave}
        for one in of_part:
            if isinstance(one, Detail):
                beside[one.table].append({**about, "part": one.part, **one.values})
            else:
                rows.append({**about, **one.row()})
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


def _test_part(
    data: WaveData, claim: Claim, label: str, part: Part, tested: Mapping[str, Sequence[Estimate]]
) -> Sequence[Estimate | Detail]:
    if part.kind in OVER_WAVES:
        return []
    if part.kind == "untested":
        return [Estimate(label, part.kind, reason=DECLARED)]
    if isinstance(part, Measurement) and part.method_variance is not None:
        return test_method_variance(
            data, label, part, tested, lambda claim, label, part: _test_part(data, claim, label, part, {})
        )
    test = TESTS.get(part.kind)
    if test is None:
        return [Estimate(label, part.kind, reason=f"{KIND_NOT_AVAILABLE}: {part.kind}")]
    return test(data, label, part)
