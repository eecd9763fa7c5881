"""Files of SPSS, Stata and Parquet."""

import math
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest

from inspraak.errors import Problem, UserError
from inspraak.survey.delivered import Delivered, MissingRange
from inspraak.survey.reading import read_file


def cells(delivered: Delivered) -> dict[str, list[object]]:
    return {str(name): delivered.frame[name].tolist() for name in delivered.frame}


def problem(path: Path, **options: object) -> Problem:
    with pytest.raises(UserError) as caught:
        read_file(path, **options)  # type: ignore[arg-type]
    return caught.value.problems[0]


@pytest.mark.parametrize("ending", ["sav", "zsav"])
def test_spss_keeps_codes_labels_and_user_missing_values(tmp_path: Path, ending: str) -> None:
    frame = pd.DataFrame(
        {
            "b_1": [1.0, 2.5, -9, np.nan],
            "naam": [" Café ", "België\u00a0", "", "NVT"],
            "dag": [date(2018, 1, 2), None, date(1850, 12, 31), date(2020, 2, 29)],
            "moment": [datetime(2018, 1, 2, 3, 4, 5), None, datetime(2018, 1, 2), datetime(2018, 1, 2, 23)],
            "tijd": [time(1, 2, 3), None, time(0, 0), time(23, 59, 59)],
        }
    )
    path = tmp_path / f"answers.{ending}"
    pyreadstat.write_sav(
        frame,
        path,
        compress=ending == "zsav",
        variable_value_labels={"b_1": {1.0: " ja ", 2.5: "soms", -9.0: "weigert"}, "naam": {"NVT": "n.v.t."}},
        missing_ranges={"b_1": [-9, {"lo": 90, "hi": 99}], "naam": ["NVT"]},
    )
    delivered = read_file(path)
    assert delivered.frame.index.tolist() == [1, 2, 3, 4]
    assert delivered.first_row == 1
    assert all(dtype.kind == "O" for dtype in delivered.frame.dtypes)
    assert cells(delivered) == {
        "b_1": [1.0, 2.5, -9.0, None],
        "naam": ["Café", "België", None, "NVT"],
        "dag": ["2018-01-02", None, "1850-12-31", "2020-02-29"],
        "moment": ["2018-01-02T03:04:05", None, "2018-01-02", "2018-01-02T23:00:00"],
        "tijd": ["01:02:03", None, "00:00:00", "23:59:59"],
    }
    assert delivered.labels == {
        "b_1": {1.0: "ja", 2.5: "soms", -9.0: "weigert"},
        "naam": {"NVT": "n.v.t."},
    }
    assert set(delivered.user_missing) == {"b_1", "naam"}
    assert set(delivered.user_missing["b_1"]) == {MissingRange(-9.0, -9.0), MissingRange(90.0, 99.0)}
    assert delivered.user_missing["naam"] == (MissingRange("NVT", "NVT"),)


def test_a_code_in_a_column_of_dates_stays_a_code(tmp_path: Path) -> None:
    path = tmp_path / "answers.sav"
    frame = pd.DataFrame({"dag": [13_734_230_400.0, 99.0, 98.0, 1e15, -1.0]})
    pyreadstat.write_sav(
        frame,
        path,
        variable_format={"dag": "DATE11"},
        missing_ranges={"dag": [99]},
        variable_value_labels={"dag": {98.0: "weet niet"}},
    )
    assert cells(read_file(path))["dag"] == ["2018-01-02", 99.0, 98.0, 1e15, "1582-10-13T23:59:59"]


def test_missing_ranges_with_open_ends() -> None:
    below = MissingRange(-math.inf, -1.0)
    assert -9.0 in below
    assert 0.0 not in below
    assert "-9" not in below
    assert None not in below
    assert "NVT" in MissingRange("NVT", "NVT")
    assert 5.0 not in MissingRange("NVT", "NVT")


def test_open_ends_come_through(tmp_path: Path) -> None:
    path = tmp_path / "answers.sav"
    lowest = -1.7976931348623157e308
    pyreadstat.write_sav(
        pd.DataFrame({"a": [1.0, -5.0]}), path, missing_ranges={"a": [{"lo": lowest, "hi": -1}]}
    )
    assert read_file(path).user_missing["a"] == (MissingRange(-math.inf, -1.0),)


def test_stata_keeps_extended_missing_values_as_texts(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "b_1": pd.Series([1, "a", "z", 3], dtype=object),
            "letter": ["a", "b ", "", "é"],
            "dag": [date(2018, 1, 2), None, date(1959, 12, 31), date(2020, 2, 29)],
            "moment": [datetime(2018, 1, 2, 3, 4, 5), None, datetime(2018, 1, 2), datetime(1950, 1, 1, 1)],
            "x": [0.5, None, 1e10, -1.0],
        }
    )
    path = tmp_path / "answers.dta"
    pyreadstat.write_dta(
        frame,
        path,
        variable_value_labels={"b_1": {1: "ja", 3: "nee", "a": "weigert", "z": "weet niet"}},
        missing_user_values={"b_1": ["a", "z"]},
    )
    delivered = read_file(path)
    assert cells(delivered) == {
        "b_1": [1.0, ".a", ".z", 3.0],
        "letter": ["a", "b", None, "é"],
        "dag": ["2018-01-02", None, "1959-12-31", "2020-02-29"],
        "moment": ["2018-01-02T03:04:05", None, "2018-01-02", "1950-01-01T01:00:00"],
        "x": [0.5, None, 1e10, -1.0],
    }
    assert delivered.labels == {"b_1": {1.0: "ja", 3.0: "nee", ".a": "weigert", ".z": "weet niet"}}
    assert set(delivered.user_missing["b_1"]) == {MissingRange(".a", ".a"), MissingRange(".z", ".z")}


def test_stata_as_pandas_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "answers.dta"
    frame = pd.DataFrame(
        {"maand": pd.to_datetime(["2018-03-01", "1959-12-01"]), "klasse": ["a", "b"], "n": [1, 2]}
    )
    kwartaal = frame["maand"]
    frame = frame.assign(kwartaal=kwartaal, week=kwartaal, klasse=frame["klasse"].astype("category"))
    frame.to_stata(
        path, write_index=False, convert_dates={"maand": "tm", "kwartaal": "tq", "week": "tw"}, version=118
    )
    delivered = read_file(path)
    assert cells(delivered)["maand"] == ["2018-03", "1959-12"]
    assert cells(delivered)["kwartaal"] == ["2018-Q1", "1959-Q4"]
    assert cells(delivered)["week"] == ["2018-W09", "1959-W48"]
    assert cells(delivered)["n"] == [1.0, 2.0]
    assert list(delivered.labels["klasse"].values()) == ["a", "b"]


def test_spss_portable(tmp_path: Path) -> None:
    path = tmp_path / "answers.por"
    pyreadstat.write_por(pd.DataFrame({"A": [1.0, np.nan], "NAAM": ["x", ""]}), path)
    assert cells(read_file(path)) == {"A": [1.0, None], "NAAM": ["x", None]}


def test_an_old_encoding_that_the_file_does_not_name(tmp_path: Path) -> None:
    path = tmp_path / "answers.dta"
    pyreadstat.write_dta(pd.DataFrame({"naam": ["Cafe!", "x"]}), path, version=8)
    path.write_bytes(path.read_bytes().replace(b"Cafe!", b"Caf\x8e!"))
    assert cells(read_file(path, encoding="macroman"))["naam"] == ["Café!", "x"]
    assert problem(path, encoding="macromann").near == "macroman"


def test_parquet(tmp_path: Path) -> None:
    path = tmp_path / "answers.parquet"
    table = pa.table(
        {
            "id": pa.array([2**60, 5]),
            "naam": pa.array([" Café\u00a0", ""]).dictionary_encode(),
            "x": pa.array([0.5, math.nan]),
            "geld": pa.array([Decimal("1.50"), None]),
            "ja": pa.array([True, None]),
            "dag": pa.array([date(2018, 1, 2), None]),
            "moment": pa.array(["2018-01-02T03:04:05.123456789", None]).cast(pa.timestamp("ns")),
            "niets": pa.nulls(2),
        }
    )
    pq.write_table(table, path)
    delivered = read_file(path)
    assert cells(delivered) == {
        "id": [str(2**60), 5.0],
        "naam": ["Café", None],
        "x": [0.5, None],
        "geld": [1.5, None],
        "ja": [1.0, None],
        "dag": ["2018-01-02", None],
        "moment": ["2018-01-02T03:04:05.123456", None],
        "niets": [None, None],
    }
    assert delivered.frame.index.tolist() == [1, 2]


def test_parquet_that_is_no_table_of_answers(tmp_path: Path) -> None:
    path = tmp_path / "answers.parquet"
    pq.write_table(pa.table({"a": [[1, 2], [3]]}), path)
    assert "lists or bytes in column 'a'" in problem(path).found
    pq.write_table(pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]), path)
    assert "'a' 2 times" in problem(path).found
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), path)
    assert problem(path).found == "no cases"


def test_a_reader_that_dies_is_a_damaged_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "answers.sav"
    pyreadstat.write_sav(pd.DataFrame({"a": [1.0]}), path)
    script = tmp_path / "native.py"
    script.write_text("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    monkeypatch.setattr("inspraak.survey.statistical_files.__file__", str(tmp_path / "statistical_files.py"))
    assert "cannot be read" in problem(path).found


def test_a_large_spss_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "answers.sav"
    random = np.random.default_rng(1)
    frame = pd.DataFrame(
        random.integers(1, 6, (12_000, 30)).astype(float), columns=[f"v{n}" for n in range(30)]
    )
    pyreadstat.write_sav(frame, path)
    read = read_file(path).frame
    assert read.shape == (12_000, 30)
    assert (read.to_numpy(dtype=float) == frame.to_numpy()).all()
