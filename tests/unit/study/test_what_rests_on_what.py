"""What items a column is computed from, and a study without some of them."""

import pytest

INDICES = """
P: {label: {nl: P, en: P}, theme: work, type: formative, items: [q2, log_ideas]}
A: {label: {nl: A, en: A}, theme: work, type: formative, items: [q1, P]}
B: {label: {nl: B, en: B}, theme: work, type: formative, items: [C]}
C: {label: {nl: C, en: C}, theme: work, type: formative, items: [log_ideas]}
"""


@pytest.fixture
def study(make_study):
    return make_study({"indices.yaml": INDICES})


@pytest.mark.parametrize(
    ("name", "items"),
    [
        ("q1", {"q1"}),
        ("log_ideas", {"n_ideas"}),
        ("sector", {"a_sbi"}),
        ("P", {"q2", "n_ideas"}),
        ("A", {"q1", "q2", "n_ideas"}),
        ("B", {"n_ideas"}),
        ("wave_year", set()),
        ("unheard", set()),
    ],
)
def test_columns_rest_on_items_through_variables_and_indices(study, name: str, items: set[str]) -> None:
    assert study.rests_on(name) == items


def test_leaving_items_out_drops_components_and_indices_left_empty(study) -> None:
    thinned = study.without(frozenset({"n_ideas"}))
    assert {name: index.items for name, index in thinned.indices.items()} == {"P": ("q2",), "A": ("q1", "P")}
    thinner = study.without(frozenset({"n_ideas", "q2"}))
    assert {name: index.items for name, index in thinner.indices.items()} == {"A": ("q1",)}
    assert study.indices["P"].items == ("q2", "log_ideas")
    assert study.without(frozenset()).indices == study.indices


def test_leaving_nothing_out_that_is_there_changes_nothing(study) -> None:
    assert study.without(frozenset({"share"})).indices == study.indices
