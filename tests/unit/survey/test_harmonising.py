"""Delivered files of a wave in the words of the codebook: columns, rows of the wave, and every problem at once."""

import pandas as pd
import pytest

from inspraak.errors import UserError
from inspraak.survey.harmonising import as_text, harmonise_wave, matches

HEADER = "resp_id,a_sbi,a_size,gate,routed,q1,q2,q3,share,kind,n_ideas,absence"
ROW = "G,20,1,4,4,4,3,1,2,5,10"


@pytest.fixture
def harmonise(make_study, texts, tmp_path):
    """A function that delivers files for a wave as declared and brings them to the codebook."""

    def run(wave: str, files: dict[str, str], **more: str):
        study_yaml = texts["study.yaml"].replace("{files: [{path: answers.csv}]}", wave)
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return harmonise_wave(make_study({"study.yaml": study_yaml, **more}), "2020", tmp_path)

    return run


def test_columns_are_renamed_and_rows_named(harmonise) -> None:
    text = f"note,Number of workers,{HEADER.replace('a_size', 'X')}\nx,1,e1,{ROW}\ny,2,e2,{ROW}\n"
    found = harmonise('{files: [{path: a.csv}], rename: {X: a_size, "share": share}}', {"a.csv": text})
    assert found.values["a_size"].tolist() == [20, 20]
    assert list(found.values) == HEADER.split(",")
    assert found.rows.tolist() == ["a.csv, row 2", "a.csv, row 3"]
    assert (found.delivered, found.removed) == (2, {"not_employer": 0})


def test_a_column_is_found_by_its_beginning(harmonise) -> None:
    text = f"{HEADER.replace('q1', 'Q1. We agree on this')}\ne1,{ROW}\n"
    found = harmonise('{files: [{path: a.csv}], rename: {"Q1.*": q1}}', {"a.csv": text})
    assert found.values["q1"].tolist() == [4]


def test_rows_of_the_wave_and_totals(harmonise, texts) -> None:
    rows = [f"{wave},{name},{ROW}" for wave, name in ((1, "e1"), (2, "e2"), (2, "TOTAL"), (3, "e3"))]
    text = "\n".join([f"jaar,{HEADER}", *rows, ""])
    declared = "{files: [{path: a.csv}], where: {jaar: [2, 3]}}"
    study_yaml = texts["study.yaml"].replace("{files: [{path: answers.csv}]}", declared)
    totals = study_yaml + "cleaning: {not_employers: {resp_id: [TOT*]}}\n"
    found = harmonise(declared, {"a.csv": text}, **{"study.yaml": totals})
    assert found.values["resp_id"].tolist() == ["e2", "e3"]
    assert (found.delivered, found.removed) == (3, {"not_employer": 1})


def test_files_of_a_wave_are_put_together(harmonise) -> None:
    files = {
        "a.csv": f"{HEADER}\ne1,{ROW}\n",
        "b.csv": f"{HEADER.replace(',', ';')}\ne2;{ROW.replace(',', ';')}\n",
    }
    found = harmonise("{files: [{path: a.csv}, {path: b.csv}]}", files)
    assert found.values["resp_id"].tolist() == ["e1", "e2"]
    assert found.rows.tolist() == ["a.csv, row 2", "b.csv, row 2"]
    assert found.values.index.tolist() == [0, 1]


def test_an_item_on_another_scale_is_converted_and_one_not_asked_is_absent(harmonise, texts) -> None:
    scales = texts["scales.yaml"] + (
        "OLD: {codes: {1: {nl: x, en: x}, 2: {nl: y, en: y}}, convert: {to: EENS5, table: {1: 2, 2: 5}}}\n"
    )
    text = f"{HEADER.replace(',q2', '')}\ne1,G,20,1,4,2,3,1,2,5,10\n"
    wave = "{files: [{path: a.csv}], scales: {q1: OLD}, not_asked: [q2]}"
    found = harmonise(wave, {"a.csv": text}, **{"scales.yaml": scales})
    assert found.values["q1"].tolist() == [5]
    assert "q2" not in found.values


def test_every_problem_of_every_file_is_told(harmonise) -> None:
    files = {
        "a.csv": f"{HEADER}\ne1,{ROW}\ne2,G,20,1,9,4,4,3,1,2,many,10\n",
        "b.csv": f"{HEADER.replace('q3', 'q33')}\ne3,{ROW}\n",
    }
    with pytest.raises(UserError) as error:
        harmonise("{files: [{path: a.csv}, {path: b.csv}]}", files)
    told = [(problem.file, problem.found) for problem in error.value.problems]
    assert ("a.csv", "'9'") in told
    assert ("a.csv", "'many'") in told
    assert any(file == "b.csv" and "q3" in found for file, found in told)


def test_a_wave_without_rows_is_refused(harmonise) -> None:
    with pytest.raises(UserError):
        harmonise("{files: [{path: a.csv}]}", {"a.csv": f"{HEADER}\n"})


def test_matching_is_on_text_and_on_beginnings() -> None:
    cells = pd.Series(["TOTAL 1", "total", 3.0, None, "3"], dtype=object)
    assert matches(cells, ["TOT*"]).tolist() == [True, False, False, False, False]
    assert matches(cells, [3]).tolist() == [False, False, True, False, True]
    assert matches(cells, []).tolist() == [False] * 5


def test_cells_as_text() -> None:
    cells = [None, float("nan"), 3.0, 3, 0.1, 1234567890123456.0, " a "]
    assert [as_text(cell) for cell in cells] == ["", "", "3", "3", "0.1", "1234567890123456", "a"]
