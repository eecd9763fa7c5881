"""Verdicts on scales beside the numbers that rest on them, and comparisons of few employers hidden."""

import numpy as np
import pandas as pd
import pytest

from inspraak.publishing.comparability import mark_groups, mark_waves
from inspraak.publishing.disclosure_invariance import control_invariance
from inspraak.study.configuration import Disclosure
from inspraak.study.index_invariance import index_verdicts

INDICES = """
A: {label: {nl: A, en: A}, theme: work, type: reflective, items: [q1, q2]}
B: {label: {nl: B, en: B}, theme: work, type: reflective, items: [q3, routed]}
BOTH: {label: {nl: C, en: C}, theme: work, type: formative, items: [A, B]}
PART: {label: {nl: D, en: D}, theme: work, type: formative, items: [q1, share]}
"""


@pytest.fixture
def study(make_study):
    return make_study({"indices.yaml": INDICES})


def invariance(*rows):
    return pd.DataFrame(rows, columns=["index", "grouping", "comparable"])


@pytest.mark.parametrize(
    ("first", "second", "worst"),
    [
        ("yes", "not testable", "not testable"),
        ("not testable", "partial", "partial"),
        ("partial", "no", "no"),
        ("yes", "yes", "yes"),
    ],
)
def test_an_index_of_scales_has_the_worst_verdict(study, first, second, worst) -> None:
    found = index_verdicts(study, invariance(("A", "sector", first), ("B", "sector", second)))
    assert found["A", "sector"] == first
    assert found["BOTH", "sector"] == worst
    assert ("PART", "sector") not in found


def test_groups_are_marked_by_their_own_grouping_and_changes_by_the_waves(study) -> None:
    table = invariance(("A", "sector", "no"), ("A", "wave", "partial"), ("A", "wave", "yes"))
    rows = pd.DataFrame(
        [("A", "sector"), ("A", "size2"), ("A", ""), ("PART", "sector"), ("q1", "sector")],
        columns=["measure", "group_by"],
    )
    assert mark_groups(study, rows, table)["comparable"].tolist() == ["no", "", "", "", ""]
    assert mark_waves(study, rows, table)["invariance"].tolist() == ["partial"] * 3 + ["", ""]


def test_a_comparison_of_few_employers_tells_nothing() -> None:
    table = pd.DataFrame(
        {
            "model": "m", "index": ["A", "B", "C"], "grouping": "wave", "level": "scalar", "n": [90.0, 90.0, np.nan],
            "smallest_n": [9.0, 10.0, np.nan], "cfi": [0.9, 0.9, np.nan], "holds": ["True", "True", ""],
            "released": "q1", "comparable": ["partial", "partial", "not testable"], "status": "converged",
            "reason": "",
        }
    )  # fmt: skip
    controlled = control_invariance(table, limits=Disclosure())
    assert controlled.suppressed["cell"].tolist() == ["m|A|wave|scalar"]
    first, second, third = controlled.table.to_dict("records")
    assert np.isnan([first["n"], first["smallest_n"], first["cfi"]]).all()
    assert (first["comparable"], first["holds"], first["released"]) == ("not testable", "", "")
    assert second == table.iloc[1].to_dict()
    assert third["reason"] == ""
