"""Each operation on items by hand, with missing parts."""

import numpy as np
import pytest

from inspraak.errors import UserError
from inspraak.survey.deriving import derive_variables

NAN = float("nan")


@pytest.fixture
def derived(make_study, make_answers, texts):
    """A function that computes variable `v`, declared as in study.yaml, over columns of answers."""

    def run(
        declared: str, columns: dict[str, list[object]], files: dict[str, str] | None = None
    ) -> list[object]:
        study_yaml = texts["study.yaml"].replace("groups:", f"  v: {declared}\ngroups:")
        study = make_study({"study.yaml": study_yaml, **(files or {})})
        answers = make_answers(study, columns)
        values = answers.responses[list(study.asked("2020"))]
        column = derive_variables(study, "2020", values)["v"]
        return column.astype(object).where(column.notna(), None).tolist()

    return run


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("{from: a_size, as: number}", [2, 8, None]),
        ("{from: a_size, as: text}", ["2", "8", None]),
        ("{sum: [a_size, n_ideas]}", [2, 10, None]),
        ("{mean: [a_size, n_ideas]}", [1, 5, None]),
        ("{product: [a_size, n_ideas]}", [0, 16, None]),
        ("{ratio: [a_size, n_ideas]}", [None, 4, None]),
        ("{difference: [a_size, n_ideas]}", [2, 6, None]),
        ("{log: n_ideas}", [None, np.log(2), np.log(3)]),
        ("{log1p: n_ideas}", [0, np.log(3), np.log(4)]),
        ("{count: {of: [a_size, n_ideas], equals: [2, 0]}}", [2, 1, None]),
        ("{difference: [wave_year, a_size]}", [2018, 2012, None]),
        ("{from: n_ideas, equals: [2, 3]}", [0, 1, 1]),
        ("{from: n_ideas, codes: {0: none, 2: some, 3: some}}", ["none", "some", "some"]),
        ("{from: n_ideas, codes: {0: 1, 2: 10, 3: 100}}", [1, 10, 100]),
        ("{from: a_size, codes: {2: small, 8: large}}", ["small", "large", None]),
        ("{from: a_size, codes: {2: 1, 8: 2}}", [1, 2, None]),
    ],
)
def test_operations_by_hand(derived, declared: str, expected: list[object]) -> None:
    found = derived(declared, {"a_size": [2, 8, NAN], "n_ideas": [0, 2, 3]})
    assert found == pytest.approx(expected) if not isinstance(expected[0], str) else found == expected


def test_bands_start_at_their_lower_bound(derived) -> None:
    sizes = [9, 9.5, 10, 49, 49.9, 50, 1e5, NAN]
    expected = [None, None, "10-49", "10-49", "10-49", "50+", "50+", None]
    assert derived("{from: a_size, bands: [10, 50]}", {"a_size": sizes}) == expected


def test_the_longest_prefix_wins(derived) -> None:
    declared = "{from: a_sbi, prefixes: {H: other, H5: water, H52: storage}}"
    cells = {"a_sbi": ["H521", "H50", "H49", "G45", None]}
    assert derived(declared, cells) == ["storage", "water", "other", None, None]


def test_a_table_recodes_as_a_file_says(derived) -> None:
    declared = "{from: kind, table: kinds.csv, labels: {a: {nl: a, en: a}, b: {nl: b, en: b}}}"
    files = {"kinds.csv": "code,value\n1,a\n2,b\n3,b\n"}
    assert derived(declared, {"kind": [1, 2, 3, NAN]}, files) == ["a", "b", "b", None]


def test_a_value_without_a_code_is_refused(derived) -> None:
    with pytest.raises(UserError, match="'3'"):
        derived("{from: n_ideas, codes: {0: 1, 2: 10}}", {"n_ideas": [0, 2, 3]})


def test_a_log_contrast_is_the_ratio_of_geometric_means(derived) -> None:
    declared = "{log_contrast: {of: [a_size, n_ideas], against: [absence], zero: 0.5}}"
    found = derived(declared, {"a_size": [4, 0, 4], "n_ideas": [9, 9, NAN], "absence": [6, 3, 3]})
    root = np.sqrt(2 / 3)
    assert found[:2] == pytest.approx([0, root * np.log(np.sqrt(0.5 * 9) / 3)])
    assert found[2] is None


def test_a_variable_of_a_variable(derived) -> None:
    assert derived("{log: log_size}", {"a_size": [np.e, np.e**2, 1]}) == pytest.approx([0, np.log(2), None])
