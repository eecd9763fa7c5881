"""Index scores: exact small cases by hand, and what must hold for any answers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inspraak.measurement.scoring import score_indices, weighted_median
from inspraak.measurement.scoring_without import score_without

NAN = float("nan")
RULES = ("mean", "sum", "min", "product", "geometric_mean", "all_above_median")
HEAD = "label: {nl: A, en: A}, theme: work, type: formative"


def index(name: str, items: str, **keys: object) -> str:
    more = "".join(f", {key}: {value}" for key, value in keys.items())
    return f"{name}: {{{HEAD}, items: [{items}]{more}}}\n"


def score(answers, name: str = "A") -> list[float]:
    study, responses, reasons = answers
    return score_indices(study, "2020", responses, reasons)[name].to_numpy().tolist()


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # components on 0-100: (0, 100, 50), (75, 75, 75), (100, 100, 0), (25, -, 100); q3 is reversed
        ("mean", [50, 75, 200 / 3, 62.5]),
        ("sum", [50, 75, 200 / 3, 125 / 3]),
        ("min", [0, 75, 0, 25]),
        ("product", [0, 42.1875, 0, 12.5]),
        ("geometric_mean", [0, 75, 0, 50]),
        # medians of the employers that answered: 25 of (0, 25, 75, 100), 100 of three, 50 of (0, 50, 75, 100)
        ("all_above_median", [0, 0, 0, NAN]),
    ],
)
def test_rules_by_hand(make_study, make_answers, rule: str, expected: list[float]) -> None:
    study = make_study({"indices.yaml": index("A", "q1, q2, q3", rule=rule)})
    columns = {"q1": [1, 4, 5, 2], "q2": [5, 4, 5, NAN], "q3": [3, 2, 5, 1]}
    assert score(make_answers(study, columns)) == pytest.approx(expected, nan_ok=True)


def test_all_above_median_takes_medians_over_all_who_have_the_component(make_study, make_answers) -> None:
    # q1 alone: 0, 25, 50, 75, 100. Weighted by 1, 1, 1, 1, 4 the median is 75; who lacks q2 still counts in it.
    study = make_study({"indices.yaml": index("A", "q1, q2", rule="all_above_median", minimum_share=1)})
    columns = {"q1": [1, 2, 3, 4, 5], "q2": [1, 2, 1, 5, NAN]}
    weighted = make_answers(study, columns, weight=[1, 1, 1, 1, 4])
    assert score(weighted) == pytest.approx([0, 0, 0, 0, NAN], nan_ok=True)
    # without weights the median of q1 is 50, and of q2 (0, 0, 25, 100) it is 0
    assert score(make_answers(study, columns)) == pytest.approx([0, 0, 0, 100, NAN], nan_ok=True)


def test_a_component_that_nobody_answered_makes_no_score_of_all_above_median(
    make_study, make_answers
) -> None:
    study = make_study({"indices.yaml": index("A", "q1, q2", rule="all_above_median")})
    assert np.isnan(score(make_answers(study, {"q1": [1, 5, 3], "q2": [NAN, NAN, NAN]}))).all()


def test_scales_count_as_declared_and_numbers_by_their_bounds(make_study, make_answers) -> None:
    study = make_study(
        {"indices.yaml": index("A", "share") + index("B", "absence") + index("C", "log_ideas")}
    )
    answers = make_answers(
        study, {"share": [0, 1, 2], "absence": [0, 12.5, 100], "n_ideas": [0, np.e - 1, 1e5]}
    )
    assert score(answers) == [0, 60, 100]
    assert score(answers, "B") == [0, 12.5, 100]
    assert score(answers, "C") == pytest.approx([0, 20, 100])  # cut at the end of the range


def test_minimum_share_is_of_what_was_asked(make_study, make_answers) -> None:
    study = make_study({"indices.yaml": index("A", "q1, q2, routed", minimum_share=0.6)})
    columns = {"q1": [5, 5, 5, NAN], "q2": [1, NAN, NAN, NAN], "routed": [NAN, NAN, NAN, NAN]}
    said = ["not_asked", "no_answer", "not_asked", "not_asked"]
    # 2 of 2 asked; 1 of 3; 1 of 2; 0 of 2
    answers = make_answers(study, columns, reasons={"routed": said})
    assert score(answers) == pytest.approx([50, NAN, NAN, NAN], nan_ok=True)
    half = make_study({"indices.yaml": index("A", "q1, q2, routed", minimum_share=0.5)})
    answers = make_answers(half, columns, reasons={"routed": said})
    assert score(answers) == pytest.approx([50, NAN, 100, NAN], nan_ok=True)


def test_not_applicable_counts_as_not_asked_and_dont_know_as_asked(make_study, make_answers) -> None:
    study = make_study({"indices.yaml": index("A", "q1, q2", minimum_share=1)})
    columns = {"q1": [5, 5], "q2": [NAN, NAN]}
    answers = make_answers(study, columns, reasons={"q2": ["not_applicable", "dont_know"]})
    assert score(answers) == pytest.approx([100, NAN], nan_ok=True)


def test_a_declared_share_that_is_just_met_is_enough(make_study, make_answers) -> None:
    items = [f"i{number}" for number in range(20)]
    lines = [f"{item},work,EENS5,,,own,{item},{item}" for item in items]
    study = make_study({"indices.yaml": index("A", ", ".join(items), minimum_share=0.55)}, codebook=lines)
    columns = {item: [5, 5 if number < 10 else NAN] for number, item in enumerate(items[:11])}
    assert score(make_answers(study, columns)) == pytest.approx([100, NAN], nan_ok=True)


def test_an_index_in_an_index_was_asked_where_one_of_its_items_was(make_study, make_answers) -> None:
    texts = index("P", "routed") + index("A", "q1, P", minimum_share=1)
    study = make_study({"indices.yaml": texts})
    columns = {"q1": [5, 5, 5], "routed": [NAN, NAN, 1]}
    answers = make_answers(study, columns, reasons={"routed": ["not_asked", "no_answer", ""]})
    assert score(answers) == pytest.approx([100, NAN, 50], nan_ok=True)


def test_a_variable_was_asked_where_its_items_were(make_study, make_answers) -> None:
    study = make_study({"indices.yaml": index("A", "q1, log_ideas", minimum_share=1)})
    answers = make_answers(
        study,
        {"q1": [5, 5], "n_ideas": [NAN, NAN]},
        reasons={"n_ideas": ["not_asked", "no_answer"]},
    )
    # nobody has the variable, so that it counts for nobody
    assert score(answers) == [100, 100]
    answers = make_answers(
        study,
        {"q1": [5, 5, 5], "n_ideas": [NAN, NAN, 0]},
        reasons={"n_ideas": ["not_asked", "no_answer", ""]},
    )
    assert score(answers) == pytest.approx([100, NAN, 50], nan_ok=True)


def test_items_that_the_wave_did_not_ask_count_for_nobody(make_study, make_answers, texts) -> None:
    wave = texts["study.yaml"].replace("answers.csv}]", "answers.csv}], not_asked: [q2]")
    study = make_study({"study.yaml": wave, "indices.yaml": index("A", "q1, q2")})
    answers = make_answers(study, {"q1": [1, 5]})
    assert "q2" not in answers.responses
    assert score(answers) == [0, 100]


def test_indices_stand_in_the_order_of_the_file_whatever_they_are_built_from(
    make_study, make_answers
) -> None:
    study = make_study({"indices.yaml": index("Z", "Y, q3") + index("Y", "q1, q2")})
    study_, responses, reasons = make_answers(study, {"q1": [1], "q2": [3], "q3": [1]})
    table = score_indices(study_, "2020", responses, reasons)
    assert list(table) == ["employer", "Z", "Y"]
    assert table.loc[0, "Y"] == 25
    assert table.loc[0, "Z"] == 62.5


def test_leaving_out_follows_variables_and_indices(make_study, make_answers) -> None:
    texts = index("P", "q2, log_ideas") + index("A", "q1, P") + index("B", "log_ideas")
    study = make_study({"indices.yaml": texts})
    answers = make_answers(study, {"q1": [5, 3], "q2": [1, 3], "n_ideas": [0, 100]})
    _, responses, reasons = answers

    def without(name: str, *items: str) -> list[float]:
        return score_without(
            study, "2020", responses, reasons, index=name, left_out=frozenset(items)
        ).tolist()

    assert without("A", "n_ideas") == [50, 50]  # q1 with q2 alone
    assert without("P", "n_ideas") == [0, 50]
    assert without("A", "q2", "n_ideas") == [100, 50]  # nothing is left of P
    assert np.isnan(without("B", "n_ideas")).all()
    assert without("A") == pytest.approx(score(answers))


codes = arrays(float, (8, 3), elements=st.sampled_from([1.0, 2, 3, 4, 5, NAN]))
weights = arrays(float, 8, elements=st.sampled_from([0.1, 0.3, 1.0, 2.5]))


@pytest.fixture
def every_rule(make_study):
    return make_study({"indices.yaml": "".join(index(f"I{rule}", "q1, q2, q3", rule=rule) for rule in RULES)})


@given(values=codes, weight=weights, order=st.permutations(range(8)))
def test_scores_lie_in_bounds_and_hang_on_no_order_of_rows(
    every_rule, make_answers, values: np.ndarray, weight: np.ndarray, order: list[int]
) -> None:
    def scores(rows: list[int], factor: float) -> np.ndarray:
        columns = {f"q{number + 1}": values[rows, number] for number in range(3)}
        study, responses, reasons = make_answers(every_rule, columns, weight=weight[rows] * factor)
        return score_indices(study, "2020", responses, reasons).drop(columns="employer").to_numpy()

    found = scores(list(range(8)), 1.0)
    known = found[~np.isnan(found)]
    assert ((known >= 0) & (known <= 100 + 1e-9)).all()
    answered = (~np.isnan(values)).sum(axis=1)
    assert (np.isnan(found[:, 0]) == (answered < 2)).all()
    np.testing.assert_allclose(scores(order, 3.7), found[order], atol=1e-9)
    by_rule = dict(zip(RULES, found.T))
    enough = ~np.isnan(by_rule["mean"])
    for lower, upper in (
        ("min", "geometric_mean"),
        ("product", "geometric_mean"),
        ("geometric_mean", "mean"),
        ("sum", "mean"),
    ):
        assert (by_rule[lower][enough] <= by_rule[upper][enough] + 1e-9).all()


@given(values=codes)
def test_turning_every_answer_turns_the_mean(every_rule, make_answers, values: np.ndarray) -> None:
    columns = {f"q{number + 1}": values[:, number] for number in range(3)}
    turned = {name: 6 - column for name, column in columns.items()}
    there, back = (score(make_answers(every_rule, each), "Imean") for each in (columns, turned))
    np.testing.assert_allclose(np.array(there) + np.array(back), np.where(np.isnan(there), NAN, 100))


@given(
    values=arrays(float, 9, elements=st.sampled_from([0.0, 25, 50, 75, 100, NAN])),
    repeats=st.lists(st.integers(1, 5), min_size=9, max_size=9),
)
def test_a_weight_counts_as_so_many_equal_rows(values: np.ndarray, repeats: list[int]) -> None:
    median = weighted_median(values, np.array(repeats, dtype=float))
    rows = np.repeat(values, repeats)
    assert median == pytest.approx(weighted_median(rows, np.ones(len(rows))), nan_ok=True)
    known = rows[~np.isnan(rows)]
    if known.size:
        assert median == np.quantile(known, 0.5, method="inverted_cdf")


def test_the_weighted_median_is_reached_at_exactly_one_half() -> None:
    tenths = np.full(10, 0.1)
    assert weighted_median(np.arange(10.0), tenths) == 4
    assert weighted_median(np.arange(10.0)[::-1], tenths) == 4
    # 0.3 is half of 0.3 + 0.1 + 0.2, and 0.30000000000000004 in floating point
    assert weighted_median(np.arange(3.0), np.array([0.3, 0.1, 0.2])) == 0
    assert np.isnan(weighted_median(np.array([NAN]), np.ones(1)))


def test_data_sets_below_each_other_are_scored_each_by_itself(every_rule, make_answers) -> None:
    """The weighted median of `all_above_median` is that of the data set, and so is who was asked."""
    rng = np.random.default_rng(1)
    waves = []
    for low in (1, 3):
        columns = {f"q{number}": rng.integers(low, 6, 12).astype(float) for number in (1, 2, 3)}
        columns["q2"][3] = NAN
        waves.append(make_answers(every_rule, columns, weight=rng.uniform(1, 3, 12)))
    reasons = waves[0].reasons.assign(q2=["not_applicable" if row == 3 else "" for row in range(12)])
    stacked = pd.concat([wave.responses for wave in waves], ignore_index=True)
    found = score_indices(every_rule, "2020", stacked, reasons)
    single = [score_indices(every_rule, "2020", wave.responses, reasons) for wave in waves]
    pd.testing.assert_frame_equal(found, pd.concat(single, ignore_index=True))
    assert found["Iall_above_median"].nunique() == 2
