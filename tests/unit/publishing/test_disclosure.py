"""What is not published: by size, by sameness, by dominance, and so that nothing is found by subtraction."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspraak.publishing.disclosure import (
    CELL,
    NUMBERS,
    coarse,
    control_estimates,
    control_margins,
    control_reliability,
    control_rows,
    control_weights,
    round_fact,
)
from inspraak.publishing.disclosure_trends import control_trends

from .attacked import LIMITS, Employers, control, row


def flags(rows: list[dict[str, object]], **limits: float) -> dict[str, str]:
    table = control(rows, **limits).table
    return dict(
        zip(table["group"] + table["weight"].replace({"none": "", "establishment": "+"}), table["flag"])
    )


def test_sizes_by_hand() -> None:
    rows = [row("", 79), row("a", 30), row("b", 29), row("c", 20)]
    assert flags(rows) == {"": "", "a": "", "b": "small", "c": "small"}
    assert flags(rows, minimum_n=21, flag_n=25) == {"": "", "a": "", "b": "suppressed", "c": "suppressed"}


def test_a_lone_small_group_takes_the_next_smallest_with_it() -> None:
    rows = [row("", 120), row("a", 50), row("b", 9), row("c", 30), row("d", 31)]
    controlled = control(rows)
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
    table = control(rows).table
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
    table = control(rows).table
    shown = table[table["flag"] != "suppressed"].groupby(["measure", "weight"])["group"].agg(list).to_dict()
    assert shown == {
        ("q1", "establishment"): ["", "c"],
        ("q2", "establishment"): ["", "b", "c"],
        ("q2", "none"): ["", "b", "c"],
    }


def test_one_employer_with_half_of_the_workers_takes_its_division_by_employees_only() -> None:
    rng = np.random.default_rng(3)
    groups = {"sector": np.repeat(["a", "b"], 60), "size": np.tile(np.repeat(["c", "d"], [25, 35]), 2)}
    weights = {"establishment": np.ones(120), "employee": rng.uniform(10, 900, 120), "none": np.ones(120)}
    employers = Employers({name: of.astype(object) for name, of in groups.items()}, weights)
    rows = employers.rows()
    for one in rows:
        one["largest_share"] = 0.6 if (one["weight"], one["group"]) == ("employee", "a") else 0.1
    controlled = control(rows, employers.classes())
    hidden = controlled.table[controlled.table["flag"] == "suppressed"]
    assert list(zip(hidden["weight"], hidden["group"])) == [("employee", "a"), ("employee", "b")]
    assert controlled.suppressed["rule"].tolist() == ["primary", "secondary"]


def test_what_is_lost_together_is_not_dominated_either() -> None:
    def of(group: str, n: int, magnitude: float, largest: float) -> dict[str, object]:
        return row(group, n, magnitude=magnitude, largest_share=largest / magnitude)

    rows = [of("", 400, 3300, 600), of("a", 90, 1000, 600), of("b", 100, 100, 5), of("c", 105, 1200, 30)]
    assert flags([*rows, of("d", 105, 1000, 30)]) == {
        "": "", **dict.fromkeys("abc", "suppressed"), "d": "",
    }  # fmt: skip
    assert flags([*rows, of("d", 105, 1000, 30)], dominance=0.6)["a"] == ""


def test_an_index_does_not_tell_a_lost_item() -> None:
    rows = [
        row(group, n + more, measure=measure, std_error=0.0 if (measure, group) == ("q1", "b") else 0.1)
        for measure, more in (("q1", 0), ("q2", 0), ("A", 4), ("B", 4), ("C", 10))
        for group, n in (("", 111), ("a", 30), ("b", 20), ("c", 21), ("d", 40))
    ]
    rests_on = {"A": frozenset({"q1", "q2"}), "B": frozenset({"q2"}), "C": frozenset({"q1", "q2"})}
    table = control(rows, rests_on=rests_on).table
    hidden = table[table["flag"] == "suppressed"].groupby("measure")["group"].agg("".join).to_dict()
    assert hidden == {"q1": "bc", "A": "bc"}  # of C ten employers or more have no q1


counts = st.lists(st.sampled_from([1, 2, 3, 12, 45]), min_size=3, max_size=9)


@given(counts=counts)
def test_groups_are_lost_together_or_not_at_all(counts: list[int]) -> None:
    rows = [row("", sum(counts)), *(row(str(number), n) for number, n in enumerate(counts))]
    controlled = control(rows)
    hidden = controlled.table["flag"] == "suppressed"
    lost = pd.DataFrame(rows).loc[hidden & (controlled.table["group"] != ""), "n"]
    assert len(lost) == 0 or (len(lost) > 1 and (lost.sum() >= 10 or len(lost) == len(counts)))
    assert len(controlled.suppressed) == hidden.sum()
    assert (controlled.suppressed["rule"] == "primary").sum() == sum(n < 10 for n in [*counts, sum(counts)])
    assert controlled.table[CELL].equals(pd.DataFrame(rows)[CELL])


def test_rows_of_few_employers_leave_the_table() -> None:
    table = pd.DataFrame({"wave": "2020", "x": ["a", "b", "c"], "y": "z", "n": [10, 9, 0], "estimate": 0.5})
    controlled = control_rows("correlations", table, keys=("wave", "x", "y"), limits=LIMITS)
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
    controlled = control_reliability(table, limits=LIMITS)
    assert controlled.table["index"].tolist() == ["b", "c", "d"]
    assert controlled.table["floor"].isna().tolist() == [False, True, False]
    assert controlled.table["ceiling"].isna().tolist() == [False, True, False]
    assert controlled.suppressed["cell"].tolist() == [
        "2020|a", "2020|c|floor", "2020|c|ceiling",
    ]  # fmt: skip


def test_a_change_goes_with_the_cell_of_either_wave() -> None:
    cell = {"measure": "A", "group_by": "size", "statistic": "mean", "weight": "establishment"}
    groups = ("10-19", "20-49", "50-249", "250+")
    flags = {"2018": ("suppressed", "", "small", ""), "2022": ("", "suppressed", "", "")}
    descriptives = pd.DataFrame(
        [{**cell, "wave": wave, "group": group, "flag": flag}
         for wave, found in flags.items() for group, flag in zip(groups, found)]
    )  # fmt: skip
    of_all = {
        "measure": "A",
        "group_by": "size",
        "weight": "establishment",
        "from_wave": "2018",
        "to_wave": "2022",
    }
    trends = pd.DataFrame(
        [{**of_all, "group": group, "n_from": 40, "n_overlap": 15, "estimate": 12.5, "p_value": 0.01,
          "plausibility": "break", "implausible_wave": "2022"} for group in groups]
    )  # fmt: skip
    controlled = control_trends(trends, descriptives, limits=LIMITS)
    assert controlled.table["flag"].tolist() == ["suppressed", "suppressed", "small", ""]
    hidden = controlled.table.iloc[:2]
    assert hidden[["n_from", "estimate", "p_value"]].isna().all(axis=None)
    assert set(hidden["plausibility"]) == set(hidden["implausible_wave"]) == {""}
    assert controlled.table.iloc[2:]["estimate"].tolist() == [12.5, 12.5]
    assert controlled.suppressed["cell"].tolist() == [
        "A|2018|2022|size|establishment|10-19", "A|2018|2022|size|establishment|20-49",
    ]  # fmt: skip
    assert control_trends(trends.iloc[:0], descriptives, limits=LIMITS).table.empty


@pytest.mark.parametrize(
    ("returned", "shown"),
    [
        ({"": 40, "a": 15, "b": 25}, {"", "a", "b"}),
        ({"": 40, "a": 31, "b": 9}, {""}),
        ({"": 40, "a": 40, "b": 0}, {"", "a", "b"}),
        ({"": 40, "a": 20, "b": 15}, {""}),  # five of other groups follow by subtraction
        ({"": 9, "a": 0, "b": 9}, set()),
        ({"": 0, "a": 0, "b": 0}, {"", "a", "b"}),
    ],
)
def test_how_many_returned_is_told_of_enough_employers(returned: dict[str, int], shown: set[str]) -> None:
    of_all = {"measure": "A", "from_wave": "2018", "to_wave": "2022", "weight": "none"}
    rows = [
        {**of_all, "group_by": "sector" if group else "", "group": group, "n_overlap": n, "estimate": 1.0,
         "plausibility": "", "implausible_wave": ""}
        for group, n in returned.items()
    ]  # fmt: skip
    columns = ["wave", "measure", "statistic", "group_by", "group", "weight", "flag"]
    nothing_hidden = pd.DataFrame(columns=columns, dtype=object)
    controlled = control_trends(pd.DataFrame(rows), nothing_hidden, limits=LIMITS)
    told = controlled.table.dropna(subset="n_overlap")
    assert set(told["group"]) == shown
    assert controlled.table["estimate"].notna().all()
    hidden = {
        f"A|2018|2022|{'sector' if group else ''}|none|{group}|n_overlap" for group in {*returned} - shown
    }
    assert set(controlled.suppressed["cell"]) == hidden


def test_estimates_of_few_employers_keep_their_reason_only() -> None:
    names = {"hypothesis": "H1", "wave": "2020", "part": "", "outcome": "y", "reason": "too few employers"}
    table = pd.DataFrame(
        [{**names, "term": "a", "n": 9, "estimate": 0.2}, {**names, "term": "b", "n": 10, "estimate": 1}]
    )
    controlled = control_estimates(table, limits=LIMITS)
    assert controlled.table["n"].isna().tolist() == [True, False]
    assert controlled.table["estimate"].tolist()[1] == 1
    assert controlled.table.loc[0, "estimate"] != controlled.table.loc[0, "estimate"]
    assert controlled.table["reason"].tolist() == ["too few employers"] * 2
    assert controlled.suppressed["cell"].tolist() == ["H1|2020||y|a"]
    assert table["n"].tolist() == [9, 10]


def test_an_estimate_of_a_rare_answer_is_hidden_like_one_of_few_employers() -> None:
    names = {"hypothesis": "H1", "wave": "2020", "part": "", "outcome": "y", "reason": "", "n": 400}
    sides = {"a": 9.0, "b": 10.0, "c": np.nan}
    table = pd.DataFrame(
        [{**names, "term": term, "n_fewest": n, "estimate": 1.0} for term, n in sides.items()]
    )
    controlled = control_estimates(table, limits=LIMITS)
    assert controlled.table["estimate"].isna().tolist() == [True, False, False]
    assert controlled.table["n_fewest"].isna().tolist() == [True, False, True]
    assert controlled.suppressed["cell"].tolist() == ["H1|2020||y|a"]


def test_employee_weights_tell_no_single_employer() -> None:
    numbers = ["sum", "p01", "p99", "cv", "design_effect", "effective_n"]
    rows = [
        ("establishment", 9, 0.9),
        ("employee", 999, 0.1),
        ("employee", 1000, 0.5),
        ("employee", 1000, 0.51),
    ]
    table = pd.DataFrame(rows, columns=["weight", "n", "largest_share"]).assign(wave=["1", "2", "3", "4"])
    controlled = control_weights(table.assign(**dict.fromkeys(numbers, 1234.5)), limits=LIMITS)
    shown = controlled.table.set_index("wave")
    assert shown.loc["1", numbers].tolist() == [1234.5] * 6
    assert shown.loc["2", numbers].isna().tolist() == [False, True, True, False, False, False]
    assert shown.loc["3", numbers].tolist() == [1234.5, 1200, 1200, 1234.5, 1234.5, 1234.5]
    assert shown.loc["4", numbers].isna().all()
    assert shown["n"].notna().all()
    assert controlled.suppressed["cell"].tolist()[:3] == [
        "4|employee|sum",
        "2|employee|p01",
        "4|employee|p01",
    ]
    assert len(controlled.suppressed) == 8


def test_workers_before_calibration_are_told_of_groups_only() -> None:
    rows = [
        ("establishment", "size", "s", 3, 0.9), ("establishment", "size", "l", 60, 0.1),
        ("employee", "size", "s", 40, 0.1), ("employee", "size", "m", 30, 0.1), ("employee", "size", "l", 3, 0.4),
        ("employee", "sector", "a", 33, 0.6), ("employee", "sector", "b", 40, 0.1),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["weight", "margin", "category", "n", "largest_share"])
    controlled = control_margins(table.assign(wave="1", before=500.0, after=800.0), limits=LIMITS)
    assert controlled.table["before"].isna().tolist() == [False, False, False, True, True, True, True]
    assert controlled.table["after"].notna().all()
    assert controlled.suppressed.drop(columns="file").to_numpy().tolist() == [
        ["1|employee|size|m|before", "secondary"],
        ["1|employee|size|l|before", "primary"],
        ["1|employee|sector|a|before", "primary"],
        ["1|employee|sector|b|before", "secondary"],
    ]


def test_facts_have_two_digits() -> None:
    assert round_fact(pd.Series([0.0, 12345, 0.04567, 99.6])).tolist() == [0, 12000, 0.046, 100]
    assert round_fact(pd.Series([np.nan])).isna().all()


def test_a_bin_of_few_employers_leaves_the_surface_and_the_others_have_no_exact_base() -> None:
    bins = pd.DataFrame(
        {
            "hypothesis": "H7",
            "wave": "2022",
            "part": "",
            "expectation_level": [5.0, 15.0, 25.0],
            "n": [9, 10, 37],
        }
    )
    keys = ("hypothesis", "wave", "part", "expectation_level")
    controlled = coarse(control_rows("surfaces", bins, keys=keys, limits=LIMITS), limits=LIMITS)
    assert controlled.table["expectation_level"].tolist() == [15.0, 25.0]
    assert controlled.table["n"].tolist() == [10, 30]
    assert controlled.suppressed["cell"].tolist() == ["H7|2022||5.0"]
