"""Employers over waves: by their identifier, through a crosswalk, or each row its own."""

import pandas as pd
import pytest

from inspraak.errors import UserError
from inspraak.survey.matching import recognise_employers, unlike_identifiers

CROSSWALK = "wave,identifier,employer\n2020,a,first\n2020,b,first\n2020,7,second\n"


def recognised(study, identifiers: list[object]) -> list[str]:
    values = pd.DataFrame({"resp_id": pd.Series(identifiers, dtype=object)})
    rows = pd.Series([f"answers.csv, row {number + 2}" for number in range(len(values))])
    return recognise_employers(study, "2020", values, rows).tolist()


def test_identifiers_are_employers_and_rows_without_one_stand_alone(make_study) -> None:
    assert recognised(make_study(), ["a", None, "a", "b", None]) == [
        "a",
        "2020-row-1",
        "a",
        "b",
        "2020-row-4",
    ]


def test_numbers_are_written_in_full(make_study) -> None:
    found = recognised(make_study(), [7.0, 1234567890123456.0, 1234567890123457.0])
    assert found == ["7", "1234567890123456", "1234567890123457"]


def test_without_a_declared_employer_every_row_stands_alone(make_study, texts) -> None:
    study = make_study({"study.yaml": texts["study.yaml"].replace("employer: resp_id\n", "")})
    assert len(set(recognised(study, ["a", "a"]))) == 2


def test_a_crosswalk_joins_identifiers(make_study, texts) -> None:
    declared = "employer: {item: resp_id, crosswalk: crosswalk.csv}\n"
    study_yaml = texts["study.yaml"].replace("employer: resp_id\n", declared)
    study = make_study({"study.yaml": study_yaml, "crosswalk.csv": CROSSWALK})
    assert recognised(study, ["a", "b", 7.0, None]) == ["first", "first", "second", "2020-row-3"]
    with pytest.raises(UserError) as error:
        recognised(study, ["a", "c", "c"])
    assert len(error.value.problems) == 1
    assert "row 3" in error.value.problems[0].place


def test_identifiers_that_differ_in_leading_zeros_are_told() -> None:
    waves = {"2018": ["00086", "00120", "7"], "2022": ["86", "120", "7"], "2024": ["00086", "9"]}
    first, last = unlike_identifiers(waves)
    assert first.startswith("waves 2018 and 2022: '00120' and '120' (and 1 more) count as two employers")
    assert last.startswith("waves 2022 and 2024: '86' and '00086' count as two employers")


def test_identifiers_that_are_alike_are_not_told() -> None:
    assert unlike_identifiers({"2018": ["086", "1"], "2022": ["086", "2"]}) == []
