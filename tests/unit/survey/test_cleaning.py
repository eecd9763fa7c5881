"""Cleaning: each rule by hand, and every row and answer accounted for whatever is delivered."""

from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspraak.errors import UserError
from inspraak.study.scales import REASONS

HEADER = "resp_id,a_sbi,a_size,gate,routed,q1,q2,q3,share,kind,n_ideas,absence"
GOOD = "G,20,1,4,4,4,3,1,2,5,10"


def csv(*rows: str) -> str:
    return "\n".join([HEADER, *rows]) + "\n"


def removed(cleaned) -> dict[str, int]:
    rows = cleaned.sample[cleaned.sample["step"] == "removed"]
    return {reason: n for reason, n in zip(rows["reason"], rows["n"]) if n}


def kept(cleaned) -> list[str]:
    return cleaned.responses["resp_id"].tolist()


@pytest.fixture
def cleaning(texts: dict[str, str], make_study: Callable) -> Callable:
    """A function that makes the study with rules for rows (lines of study.yaml)."""

    def make(*lines: str):
        return make_study({"study.yaml": texts["study.yaml"] + "\n".join(lines) + "\n"})

    return make


def test_answers_are_handed_on_with_variables_stratum_and_employer(cleaning, clean) -> None:
    cleaned = clean(cleaning(), csv(f"e1,{GOOD}", "e2,H,60,0,,1,2,,0,1,0,0"))
    row = cleaned.responses.iloc[1]
    assert (row["employer"], row["sector"], row["size2"], row["stratum"]) == (
        "e2",
        "logistics",
        "50+",
        "logistics",
    )
    assert cleaned.responses["q1"].tolist() == [4, 1]
    assert cleaned.reasons.loc[1, ["q1", "q3", "routed"]].tolist() == ["", "no_answer", "not_asked"]
    assert cleaned.sample["n"].sum() == 4


def test_routing_undoes_answers_that_were_not_asked(cleaning, clean) -> None:
    # asked; not asked though answered; not asked since the gate is not known
    rows = ["e1,G,20,1,4,4,4,3,1,2,5,10", "e2,G,20,0,4,4,4,3,1,2,5,10", "e3,G,20,-8,4,4,4,3,1,2,5,10"]
    cleaned = clean(cleaning(), csv(*rows))
    assert cleaned.reasons["routed"].tolist() == ["", "not_asked", "not_asked"]
    assert cleaned.responses["routed"].notna().tolist() == [True, False, False]
    missing = cleaned.missing.set_index("item").loc["routed"]
    assert (missing["n_asked"], missing["n_answered"], missing["n_not_asked"]) == (1, 1, 2)


def test_routing_goes_on_through_a_question_that_was_routed_itself(make_study, clean, texts) -> None:
    study = make_study(
        {"codebook.csv": texts["codebook.csv"] + "later,work,EENS5,,routed >= 3,own,Later,Later\n"}
    )
    text = csv("e1,G,20,1,4,4,4,3,1,2,5,10", "e2,G,20,0,4,4,4,3,1,2,5,10", "e3,G,20,1,2,4,4,3,1,2,5,10")
    cleaned = clean(study, text.replace("absence\n", "absence,later\n").replace("5,10\n", "5,10,5\n"))
    assert cleaned.reasons["later"].tolist() == ["", "not_asked", "not_asked"]


def test_empty_answers_after_the_last_one_are_break_off(cleaning, clean) -> None:
    rows = ["e1,G,20,1,4,4,,3,1,,,", "e2,G,20,0,,,,,,,,", "e3,G,20,1,4,4,4,3,1,2,5,10"]
    assert not (clean(cleaning(), csv(*rows)).reasons == "break_off").any(axis=None)
    cleaned = clean(cleaning("cleaning: {break_off: 0.01}"), csv(*rows))
    said = cleaned.reasons.set_index(cleaned.responses["resp_id"])
    assert said.loc["e1", ["q2", "kind", "n_ideas", "absence"]].tolist() == ["no_answer"] + ["break_off"] * 3
    assert said.loc["e2", ["routed", "q1", "absence"]].tolist() == ["not_asked", "break_off", "break_off"]


def test_break_off_is_a_share_of_the_substantive_items_that_were_asked(cleaning, clean) -> None:
    rows = [
        "e1,G,20,0,,1,1,1,,,,",  # not asked: routed; gate and three of eight: 4 / 8
        "e2,G,20,1,1,1,1,,,,,",  # asked all nine: 4 / 9
        "e3,G,20,0,,-8,-9,-7,,,,",  # a don't know is a response
        "e4,G,20,0,,1,1,,,,,",  # 3 / 8
    ]
    cleaned = clean(cleaning("cleaning: {break_off: 0.5}"), csv(*rows))
    assert kept(cleaned) == ["e1", "e3"]
    assert removed(cleaned) == {"break_off": 2}


def test_each_row_gets_the_first_reason_that_fits(cleaning, clean) -> None:
    study = cleaning(
        "scope: {a_size: {at_least: 10}}",
        "cleaning:",
        '  not_employers: {resp_id: ["TOTAL*"]}',
        "  duplicates: first",
        "  break_off: 0.5",
        "  attention: {share: 1}",
        "  straight_lining: {batteries: {f: [q1, q2, q3]}, minimum_items: 3}",
        "  impossible: 2",
    )
    rows = [
        "TOTAL 2020,G,1,0,,,,,,,,",
        "e1,G,20,1,4,1,2,3,1,2,5,10",
        "e1,G,5,1,4,1,1,1,0,2,-5,200",
        "e2,G,,1,4,1,1,1,0,2,-5,200",
        "e3,G,5,1,4,1,1,1,0,2,-5,200",
        "e4,X,20,1,4,1,1,1,0,2,-5,200",
        "e5,G,20,1,,,,,0,,-5,200",
        "e6,G,20,1,4,1,1,1,0,2,-5,200",
        "e7,G,20,1,4,1,1,1,1,2,-5,200",
        "e8,G,20,1,4,1,1,2,1,2,-5,200",
        "e9,G,20,1,4,1,1,2,1,2,-5,20",
    ]
    cleaned = clean(study, csv(*rows))
    reasons = (
        "not_employer", "duplicate", "scope_unknown", "out_of_scope", "no_stratum", "break_off",
        "failed_attention", "straight_lining", "impossible_values",
    )  # fmt: skip
    assert removed(cleaned) == dict.fromkeys(reasons, 1)
    assert kept(cleaned) == ["e1", "e9"]
    assert cleaned.reasons["n_ideas"].tolist() == ["", "impossible"]
    assert cleaned.responses["n_ideas"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("rule", "sizes"),
    [("first", [20]), ("last", [40]), ("most_complete", [30])],
)
def test_one_of_the_rows_of_an_employer_is_kept(cleaning, clean, rule: str, sizes: list[int]) -> None:
    rows = ["e1,G,20,1,4,4,4,,1,2,5,10", "e1,G,30,1,4,4,4,3,1,2,5,10", "e1,G,40,1,4,4,4,3,1,2,5,"]
    cleaned = clean(cleaning(f"cleaning: {{duplicates: {rule}}}"), csv(*rows))
    assert cleaned.responses["a_size"].tolist() == sizes
    assert removed(cleaned) == {"duplicate": 2}


def test_equal_rows_count_once_and_other_answers_of_an_employer_are_refused(cleaning, clean) -> None:
    cleaned = clean(cleaning(), csv(f"e1,{GOOD}", f"e1,{GOOD}", f"e2,{GOOD}"))
    assert kept(cleaned) == ["e1", "e2"]
    assert removed(cleaned) == {"duplicate": 1}
    with pytest.raises(UserError) as error:
        clean(cleaning(), csv(f"e1,{GOOD}", "e1,G,21,1,4,4,4,3,1,2,5,10"))
    assert "row 2" in str(error.value)
    assert "row 3" in str(error.value)


def test_rows_without_an_identifier_are_employers_of_their_own(cleaning, clean) -> None:
    cleaned = clean(cleaning(), csv(f",{GOOD}", f",{GOOD}"))
    assert cleaned.responses["employer"].nunique() == 2


def test_identifiers_of_sixteen_digits_stay_apart(cleaning, clean) -> None:
    cleaned = clean(cleaning(), csv(f"1234567890123456,{GOOD}", f"1234567890123457,{GOOD}"))
    assert cleaned.responses["employer"].tolist() == ["1234567890123456", "1234567890123457"]


def test_parts_that_do_not_add_up_are_missing_and_one_mistake_together(cleaning, clean) -> None:
    study = cleaning(
        "cleaning: {impossible: 2, checks: [{sum: [n_ideas, absence, a_size], equals: 100, tolerance: 1}]}"
    )
    rows = [
        "e1,G,20,1,4,4,4,3,1,2,70,10",
        "e2,G,20,1,4,4,4,3,1,2,70,11",
        "e3,G,20,1,4,4,4,3,1,2,70,12",
        "e4,G,20,1,4,4,4,3,1,2,70,",
        "e5,G,20,1,4,4,4,3,1,2,-70,120",
    ]
    cleaned = clean(study, csv(*rows))
    assert kept(cleaned) == ["e1", "e2", "e3", "e4"]
    assert removed(cleaned) == {"impossible_values": 1}
    parts = cleaned.reasons[["n_ideas", "absence", "a_size"]]
    assert (parts == "impossible").any(axis=1).tolist() == [False, False, True, False]
    assert (parts.iloc[2] == "impossible").all()
    assert cleaned.responses.loc[2, ["n_ideas", "absence", "a_size"]].isna().all()


def test_straight_lining_needs_enough_answers_and_batteries(cleaning, clean) -> None:
    rows = ["e1,G,20,1,3,3,3,3,1,2,5,10", "e2,G,20,1,3,3,3,,1,2,5,10", "e3,G,20,0,,3,3,3,1,2,5,10"]
    one = "batteries: {f: [q1, q2, q3]}, minimum_items: 3"
    assert kept(clean(cleaning(f"cleaning: {{straight_lining: {{{one}}}}}"), csv(*rows))) == ["e2"]
    two = "batteries: {f: [q1, q2, q3], g: [routed, q1]}, minimum_items: 2, batteries_needed: 2"
    assert kept(clean(cleaning(f"cleaning: {{straight_lining: {{{two}}}}}"), csv(*rows))) == ["e3"]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ("{a_size: {at_least: 20}}", ["e2", "e3"]),
        ("{a_size: {at_most: 20}}", ["e1", "e2"]),
        ("{a_sbi: {in: [G]}}", ["e1", "e2"]),
        ("{sector: {not_in: [trade]}}", ["e3"]),
    ],
)
def test_scope(cleaning, clean, limits: str, expected: list[str]) -> None:
    rows = [
        f"e{n},{sbi},{size},1,4,4,4,3,1,2,5,10" for n, sbi, size in ((1, "G", 19), (2, "G", 20), (3, "H", 21))
    ]
    assert kept(clean(cleaning(f"scope: {limits}"), csv(*rows))) == expected


def test_a_wave_without_a_row_left_is_refused(cleaning, clean) -> None:
    with pytest.raises(UserError, match="no row left"):
        clean(cleaning("scope: {a_size: {at_least: 1000}}"), csv(f"e1,{GOOD}"))


def test_invited_and_response_stand_first(make_study, clean, texts) -> None:
    wave = texts["study.yaml"].replace("answers.csv}]", "answers.csv}], invited: invited.csv")
    study = make_study({"study.yaml": wave, "invited.csv": "sector,invited\ntrade,30\nlogistics,20\n"})
    sample = clean(study, csv(f"e1,{GOOD}", f"e2,{GOOD}")).sample
    assert sample.head(4).drop(columns="wave").to_numpy().tolist() == [
        ["invited", "trade", 30], ["response", "trade", 2], ["invited", "logistics", 20], ["response", "logistics", 0],
    ]  # fmt: skip


def test_response_without_or_beyond_the_invited_is_told(make_study, clean, texts, caplog) -> None:
    wave = texts["study.yaml"].replace("answers.csv}]", "answers.csv}], invited: invited.csv")
    study = make_study({"study.yaml": wave, "invited.csv": "sector,invited\ntrade,1\n"})
    logistics = "e3,H,20,1,4,4,4,3,1,2,5,10"
    sample = clean(study, csv(f"e1,{GOOD}", f"e2,{GOOD}", logistics)).sample
    assert sample.head(3).drop(columns="wave").to_numpy().tolist() == [
        ["invited", "trade", 1], ["response", "trade", 2], ["response", "logistics", 1],
    ]  # fmt: skip
    assert "invited.csv: stratum 'trade': 1 invited and 2 analysed in wave 2020" in caplog.text
    assert "invited.csv: stratum 'logistics': no row for it and 1 analysed in wave 2020" in caplog.text


def cell(*values: str) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *values])


rows = st.tuples(
    cell("e1", "e2", "e3", "TOTAL"), cell("G", "H", "X"), cell("5", "20", "60", "-1", "-8"), cell("0", "1", "-8"),
    *[cell("1", "4", "-7", "-8", "-9")] * 4, cell("0", "2"), cell("1", "3"), cell("0", "7", "1e6"), cell("0", "101"),
)  # fmt: skip


@settings(max_examples=20)
@given(delivered=st.lists(rows, min_size=1, max_size=12))
def test_every_row_and_every_answer_is_accounted_for(
    cleaning_study, clean, delivered: list[tuple[str, ...]]
) -> None:
    good = f"sure,{GOOD}"
    cleaned = clean(cleaning_study, csv(good, *(",".join(row) for row in delivered)))
    n = cleaned.sample.groupby("step")["n"].sum()
    assert n["delivered"] == 1 + sum(any(row) for row in delivered)  # an empty line is no row
    assert n["removed"] + n["analysed"] == n["delivered"]
    assert n["analysed"] == len(cleaned.responses) == len(cleaned.reasons)
    assert cleaned.responses["employer"].is_unique
    items = cleaned.reasons.columns
    answered = cleaned.responses[items].notna()
    assert (answered == (cleaned.reasons == "")).all(axis=None)
    counts = cleaned.missing.set_index("item")
    computed = cleaned.responses[counts.index].notna().sum()
    assert set(counts.index) == {*items, "log_size", "log_ideas"}
    assert (counts["n_answered"] == computed).all()
    reasons = [*(f"n_{reason}" for reason in REASONS), "n_not_computable"]
    assert (counts[reasons].sum(axis=1) + counts["n_answered"] == n["analysed"]).all()
    assert (counts["n_asked"] + counts["n_not_asked"] == n["analysed"]).all()


@pytest.fixture
def cleaning_study(cleaning):
    return cleaning(
        "scope: {a_size: {at_least: 10}}",
        "cleaning: {not_employers: {resp_id: [TOTAL]}, duplicates: most_complete, break_off: 0.4,",
        "  straight_lining: {batteries: {f: [q1, q2, q3]}, minimum_items: 3}, impossible: 2}",
    )


def test_the_account_stands_in_one_order(cleaning, clean) -> None:
    first, second = (clean(cleaning(), csv(f"{name},{GOOD}")).sample for name in ("e1", "e2"))
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize(
    ("declared", "no_value", "no_part", "said"),
    [
        ("{log: n_ideas}", 2, 1, "(the logarithm of 0 or less): they fall out of whatever uses it; log1p: n_ideas"),
        ("{ratio: [a_size, n_ideas]}", 2, 1, "(a division by 0): they fall out of whatever uses it\n"),
        ("{log1p: n_ideas}", 0, 1, ""),
        ("{sum: [a_size, n_ideas]}", None, None, ""),
    ],
)  # fmt: skip
def test_values_that_arithmetic_has_not_are_counted_and_told(
    make_study, clean, texts, caplog, declared: str, no_value: int | None, no_part: int | None, said: str
) -> None:
    study = make_study({"study.yaml": texts["study.yaml"].replace("groups:", f"  v: {declared}\ngroups:")})
    ideas = {"e1": "0", "e2": "0", "e3": "-8", "e4": "5"}
    rows = [f"{name},G,20,1,4,4,4,3,1,2,{number},10" for name, number in ideas.items()]
    missing = clean(study, csv(*rows, "e5,X,20,1,4,4,4,3,1,2,0,10")).missing.set_index("item")
    if no_value is None:
        assert "v" not in missing.index
    else:
        counts = missing.loc["v", ["n_asked", "n_answered", "n_no_answer", "n_not_computable"]]
        assert counts.tolist() == [4, 4 - no_value - no_part, no_part, no_value]
    expected = f"study.yaml: variables.v: wave 2020: no value for {no_value} of 4 employers {said}"
    assert expected in caplog.text if no_value else "no value" not in caplog.text
