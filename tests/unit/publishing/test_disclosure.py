"""What is not published: by size, by sameness, by dominance, and so that nothing is found by subtraction."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspraak.publishing.disclosure import (
    CELL,
    NUMBERS,
    control_descriptives,
    control_estimates,
    control_reliability,
    control_rows,
)

LIMITS = {"minimum_n": 10, "flag_n": 30}


def row(group: str, n: int, **more: object) -> dict[str, object]:
    plain = {
        "wave": "2020", "measure": "q1", "statistic": "mean", "category": "", "group_by": "sector" if group else "",
        "group": group, "weight": "none", "estimate": 3.0, "std_error": 0.1, "largest_share": np.nan,
    }  # fmt: skip
    numbers = dict.fromkeys([name for name in NUMBERS if name not in ("n", "estimate", "std_error")], 1.0)
    return {**plain, **numbers, "n": n, **more}


def flags(rows: list[dict[str, object]], **limits: int) -> dict[str, str]:
    table = control_descriptives(pd.DataFrame(rows), **{**LIMITS, **limits}).table
    return dict(
        zip(table["group"] + table["weight"].replace({"none": "", "establishment": "+"}), table["flag"])
    )


def test_sizes_by_hand() -> None:
    rows = [row("", 79), row("a", 30), row("b", 29), row("c", 20)]
    assert flags(rows) == {"": "", "a": "", "b": "small", "c": "small"}
    assert flags(rows, minimum_n=21, flag_n=25) == {"": "", "a": "", "b": "suppressed", "c": "suppressed"}


def test_a_lone_small_group_takes_the_next_smallest_with_it() -> None:
    rows = [row("", 120), row("a", 50), row("b", 9), row("c", 30), row("d", 31)]
    controlled = control_descriptives(pd.DataFrame(rows), **LIMITS)
    table = controlled.table.set_index("group")
    assert table.index[table["flag"] == "suppressed"].tolist() == ["b", "c"]
    assert table.loc[["b", "c"], list(NUMBERS)].isna().all(axis=None)
    assert table.loc[["", "a", "d"], list(NUMBERS)].notna().all(axis=None)
    assert controlled.suppressed.to_dict("records") == [
        {"file": "tables/descriptives.csv", "cell": "2020|q1|mean||sector|none|b", "rule": "primary"},
        {"file": "tables/descriptives.csv", "cell": "2020|q1|mean||sector|none|c", "rule": "secondary"},
    ]


def test_what_is_lost_together_is_not_small_either() -> None:
    # b and c are seven employers together, with d eighteen
    rows = [row("", 95), row("a", 55), row("b", 3), row("c", 4), row("d", 11), row("e", 22)]
    assert flags(rows) == {"": "", "a": "", **dict.fromkeys("bcd", "suppressed"), "e": "small"}


def test_few_employers_of_no_group_count_as_a_lost_group() -> None:
    rows = [row("", 104), row("a", 60), row("b", 40)]
    assert flags(rows) == {"": "", "a": "", "b": "suppressed"}
    assert flags([row("", 130), *rows[1:]]) == {"": "", "a": "", "b": ""}


def test_statistics_and_categories_of_a_measure_go_together() -> None:
    rows = []
    for group, n, agree in (("", 100, 0.4), ("a", 29, 0.0), ("b", 31, 0.0), ("c", 40, 0.9)):
        rows.append(row(group, n))
        for category, share in (("0", 1 - agree), ("1", agree)):
            rows.append(row(group, n, statistic="share", category=category, estimate=share))
        rows.append(row(group, n, measure="q2"))
    table = control_descriptives(pd.DataFrame(rows), **LIMITS).table
    hidden = table[table["flag"] == "suppressed"]
    assert len(hidden) == 6
    assert set(zip(hidden["measure"], hidden["group"])) == {("q1", "a"), ("q1", "b")}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"statistic": "share", "estimate": 0.0}, "suppressed"),
        ({"statistic": "share", "estimate": 1 - 1e-16}, "suppressed"),
        ({"statistic": "share", "estimate": 1 / 29}, "small"),
        ({"std_error": 0.0}, "suppressed"),
        ({"largest_share": 0.51}, "suppressed"),
        ({"largest_share": 0.5}, "small"),
    ],
)
def test_primary_rules_of_small_groups(more: dict[str, object], expected: str) -> None:
    rows = [row("", 300), row("a", 29, **more), row("b", 131), row("c", 140)]
    assert flags(rows)["a"] == expected
    assert flags(rows)["b"] == ("suppressed" if expected == "suppressed" else "")


def test_a_certain_share_of_thirty_is_shown_and_a_dominated_one_never() -> None:
    certain = {"statistic": "share", "estimate": 0.0}
    assert set(flags([row("", 60), row("a", 30, **certain), row("b", 30)]).values()) == {""}
    assert flags([row("", 600), row("a", 300, largest_share=0.6), row("b", 300)])["a"] == "suppressed"


def test_a_measure_that_lost_a_group_is_shown_with_its_weight_only() -> None:
    rows = [
        row(group, n, weight=weight, measure=measure)
        for group, n in (("", 108), ("a", 8), ("b", 40), ("c", 60))
        for weight in ("establishment", "none")
        for measure in ("q1", "q2")
        if not (measure == "q2" and group == "a")
    ]
    for one in rows:
        if one["measure"] == "q2" and one["group"] == "":
            one["n"] = 100
    table = control_descriptives(pd.DataFrame(rows), **LIMITS).table
    shown = table[table["flag"] != "suppressed"].groupby(["measure", "weight"])["group"].agg(list).to_dict()
    assert shown == {
        ("q1", "establishment"): ["", "c"],
        ("q2", "establishment"): ["", "b", "c"],
        ("q2", "none"): ["", "b", "c"],
    }


def test_one_employer_with_half_of_the_workers_takes_its_division_by_employees_only() -> None:
    rows = [
        row(
            group,
            n,
            weight=weight,
            group_by=by,
            largest_share=0.6 if (weight, group) == ("employee", "a") else 0.1,
        )
        for by, group, n in (
            ("", "", 120),
            ("sector", "a", 60),
            ("sector", "b", 60),
            ("size", "c", 50),
            ("size", "d", 70),
        )
        for weight in ("establishment", "employee", "none")
    ]
    controlled = control_descriptives(pd.DataFrame(rows), **LIMITS)
    hidden = controlled.table[controlled.table["flag"] == "suppressed"]
    assert list(zip(hidden["weight"], hidden["group"])) == [("employee", "a"), ("employee", "b")]
    assert controlled.suppressed["rule"].tolist() == ["primary", "secondary"]


counts = st.lists(st.sampled_from([1, 2, 3, 12, 45]), min_size=12, max_size=12)
weights = st.lists(st.sampled_from([1.0, 1.5, 4.0]), min_size=12, max_size=12)


@settings(max_examples=40)
@given(counts=counts, weights=weights, by_group=st.booleans(), designed=st.booleans())
def test_no_lost_group_can_be_found_from_what_is_shown(
    counts: list[int], weights: list[float], by_group: bool, designed: bool
) -> None:
    """Everything but the answers is known: each shown mean is one equation in the totals of 3 x 4 cells."""
    size, weight = np.array(counts), np.array(weights)
    first, second = (np.array(code) for code in zip(*product(range(3), range(4))))
    if by_group:
        weight = weight[second]
    everyone = np.ones(12, dtype=bool)
    groups = {("", ""): everyone}
    groups |= {("sector", str(code)): first == code for code in range(3)}
    groups |= {("size", str(code)): second == code for code in range(4)}
    by_weight = {"none": np.ones(12)}
    if designed:
        by_weight |= {"establishment": weight, "employee": weight * np.array([1, 3, 20, 80] * 3)}
    rows = [
        row(group, int(size[inside].sum()), group_by=division, weight=name)
        for name in by_weight
        for (division, group), inside in groups.items()
    ]
    table = control_descriptives(pd.DataFrame(rows), **LIMITS).table
    lines = {
        (name, *cell): each * inside for name, each in by_weight.items() for cell, inside in groups.items()
    }
    keys = list(zip(table["weight"], table["group_by"], table["group"]))
    shown = [lines[key] for key, flag in zip(keys, table["flag"]) if flag != "suppressed"]
    small = [key for key in lines if size[groups[key[1:]]].sum() < LIMITS["minimum_n"]]
    assert not {*small} & {key for key, flag in zip(keys, table["flag"]) if flag != "suppressed"}
    known = np.linalg.matrix_rank(np.array(shown)) if shown else 0
    for key in small:
        assert np.linalg.matrix_rank(np.array([*shown, lines[key]])) > known, key


@given(counts=counts)
def test_groups_are_lost_together_or_not_at_all(counts: list[int]) -> None:
    rows = [row("", sum(counts)), *(row(str(number), n) for number, n in enumerate(counts))]
    controlled = control_descriptives(pd.DataFrame(rows), **LIMITS)
    hidden = controlled.table["flag"] == "suppressed"
    lost = pd.DataFrame(rows).loc[hidden & (controlled.table["group"] != ""), "n"]
    assert len(lost) == 0 or (len(lost) > 1 and (lost.sum() >= 10 or len(lost) == len(counts)))
    assert len(controlled.suppressed) == hidden.sum()
    assert (controlled.suppressed["rule"] == "primary").sum() == sum(n < 10 for n in [*counts, sum(counts)])
    assert controlled.table[CELL].equals(pd.DataFrame(rows)[CELL])


def test_rows_of_few_employers_leave_the_table() -> None:
    table = pd.DataFrame({"wave": "2020", "x": ["a", "b", "c"], "y": "z", "n": [10, 9, 0], "estimate": 0.5})
    controlled = control_rows("correlations", table, keys=("wave", "x", "y"), minimum_n=10)
    assert controlled.table["x"].tolist() == ["a"]
    assert controlled.suppressed["cell"].tolist() == ["2020|b|z"]


def test_a_floor_of_nobody_needs_thirty_employers() -> None:
    table = pd.DataFrame(
        {
            "wave": "2020",
            "index": list("abcd"),
            "n": [9, 29, 29, 30],
            "floor": [0.1, 0.1, 0, 0],
            "ceiling": 0.2,
        }
    )
    controlled = control_reliability(table, **LIMITS)
    assert controlled.table["index"].tolist() == ["b", "c", "d"]
    assert controlled.table["floor"].isna().tolist() == [False, True, False]
    assert controlled.table["ceiling"].isna().tolist() == [False, True, False]
    assert controlled.suppressed["cell"].tolist() == ["2020|a", "2020|c"]


def test_estimates_of_few_employers_keep_their_reason_only() -> None:
    names = {"hypothesis": "H1", "wave": "2020", "part": "", "outcome": "y", "reason": "too few employers"}
    table = pd.DataFrame(
        [{**names, "term": "a", "n": 9, "estimate": 0.2}, {**names, "term": "b", "n": 10, "estimate": 1}]
    )
    controlled = control_estimates(table, minimum_n=10)
    assert controlled.table["n"].isna().tolist() == [True, False]
    assert controlled.table["estimate"].tolist()[1] == 1
    assert controlled.table.loc[0, "estimate"] != controlled.table.loc[0, "estimate"]
    assert controlled.table["reason"].tolist() == ["too few employers"] * 2
    assert controlled.suppressed["cell"].tolist() == ["H1|2020||y|a"]
    assert table["n"].tolist() == [9, 10]
