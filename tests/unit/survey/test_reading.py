"""What holds for delivered files of every format: finding, checking and telling them apart."""

import hashlib
import os
from pathlib import Path

import pandas as pd
import pytest

from inspraak.errors import Problem, UserError
from inspraak.survey.reading import Delivered, read_file

DATA = os.environ.get("INSPRAAK_DATA")
needs_data = pytest.mark.skipif(
    not DATA, reason="INSPRAAK_DATA is not set: the real survey files are not here"
)
PLAIN = b"id;name;score\n1;Alpha;3\n2;Beta;4\n"


def write(folder: Path, name: str, data: bytes = PLAIN) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def problem(path: Path, **options: object) -> Problem:
    with pytest.raises(UserError) as caught:
        read_file(path, **options)  # type: ignore[arg-type]
    assert caught.value.problems[0].file == str(path)
    return caught.value.problems[0]


def test_a_delivered_file_keeps_every_column_in_order_and_counts_rows_as_the_user_does(
    tmp_path: Path,
) -> None:
    delivered = read_file(write(tmp_path, "answers.csv"))
    assert isinstance(delivered, Delivered)
    assert list(delivered.frame.columns) == ["id", "name", "score"]
    assert list(delivered.frame.index) == [2, 3]
    assert delivered.first_row == 2
    assert all(dtype.kind == "O" for dtype in delivered.frame.dtypes)
    assert delivered.frame.loc[3].tolist() == ["2", "Beta", "4"]
    assert delivered.labels == {}
    assert delivered.user_missing == {}


def test_a_missing_file_names_the_nearest_in_its_folder(tmp_path: Path) -> None:
    write(tmp_path, "wsi2018.csv")
    found = problem(tmp_path / "wsi_2018.csv")
    assert found.found == "no such file"
    assert found.near == "wsi2018.csv"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    assert "no folder" in problem(tmp_path / "nowhere" / "a.csv").found


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert problem(tmp_path).found == "a folder"


def test_a_path_that_no_system_has_is_a_users_mistake(tmp_path: Path) -> None:
    assert problem(tmp_path / "a\0b.csv").found
    assert problem(tmp_path / ("long" * 200)).found


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read every file"
)
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv")
    path.chmod(0)
    assert "cannot be opened" in problem(path).found


@pytest.mark.parametrize("data", [b"", b"\n", b" \r\n\t", b"\xef\xbb\xbf", b"\xff\xfe", b"\x00" * 50])
@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.sav"])
def test_an_empty_file(tmp_path: Path, name: str, data: bytes) -> None:
    assert problem(write(tmp_path, name, data)).found == "an empty file"


def test_the_checksum_as_published(tmp_path: Path) -> None:
    path = write(tmp_path, "a.csv")
    right = hashlib.sha256(PLAIN).hexdigest()
    assert len(read_file(path, sha256=f" {right.upper()}").frame) == 2
    found = problem(path, sha256="0" * 64)
    assert right in found.found
    assert "0" * 64 in found.expected


def test_format_overrides_the_ending(tmp_path: Path) -> None:
    assert len(read_file(write(tmp_path, "answers.dat"), format="csv").frame) == 2
    assert len(read_file(write(tmp_path, "ANSWERS.CSV")).frame) == 2
    assert problem(write(tmp_path, "answers.dat")).near == "format: csv"
    assert problem(tmp_path / "answers.dat", format="exel").place == "key `format`"
    assert problem(tmp_path / "answers.dat", format="xslx").near == "xlsx"


@pytest.mark.parametrize(
    ("start", "ending", "words", "near"),
    [
        (b"PAR1" + b"x" * 40, "csv", "a Parquet file", "format: parquet"),
        (b"$FL2" + b"x" * 40, "xlsx", "an SPSS file", "format: sav"),
        (b"<stata_dta><header>", "sav", "a Stata file", "format: dta"),
        (b"\x72\x02\x01\x00" + b"\x00" * 40, "csv", "a Stata file", "format: dta"),
        (PLAIN, "sav", "bytes that do not begin", "format: csv"),
        (PLAIN, "xlsx", "bytes that do not begin", "format: csv"),
        (PLAIN, "xls", "text", "format: csv"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "xls", "a web page", None),
        (b"\xef\xbb\xbf <!DOCTYPE html><p>", "csv", "a web page", None),
        (b"%PDF-1.7 ...", "csv", "a PDF", None),
        (b"\x1f\x8b\x08\x00", "csv", "a compressed", None),
        (b"PK\x03\x04" + b"x" * 40, "csv", "breaks off", None),
        (b"PK\x03\x04" + b"[Content_Types].xml" + b"x" * 40, "xlsx", "breaks off", None),
        (b"\x1c\x00\x00\x00\x00\x00\x00\x00ENCRYPTEDSAV", "sav", "with a password", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "xls", "without a workbook", None),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "xlsx",
            "with a password",
            None,
        ),
    ],
)
def test_a_file_is_what_its_bytes_say(
    tmp_path: Path, start: bytes, ending: str, words: str, near: str | None
) -> None:
    found = problem(write(tmp_path, f"answers.{ending}", start))
    assert words in found.found
    assert found.near == near


def test_an_option_that_the_format_does_not_have_is_refused(tmp_path: Path) -> None:
    found = problem(write(tmp_path, "a.csv"), sheet="Answers")
    assert found.place == "key `sheet`"
    assert "text with delimiters" in found.expected
    workbook = write(tmp_path, "a.sav", b"$FL2" + b"x" * 100)
    with pytest.raises(UserError) as caught:
        read_file(workbook, delimiter=";", header=3)
    assert [one.place for one in caught.value.problems] == ["key `delimiter`", "key `header`"]


@pytest.mark.parametrize(
    ("options", "place"),
    [
        ({"decimal": ";"}, "key `decimal`"),
        ({"decimal": ",", "thousands": ","}, "key `thousands`"),
        ({"thousands": ".."}, "key `thousands`"),
        ({"thousands": "x"}, "key `thousands`"),
        ({"header": 0}, "key `header`"),
        ({"encoding": "utf8x"}, "key `encoding`"),
        ({"encoding": "base64"}, "key `encoding`"),
        ({"delimiter": "tab"}, "key `delimiter`"),
        ({"delimiter": ""}, "key `delimiter`"),
        ({"delimiter": '"'}, "key `delimiter`"),
    ],
)
def test_options_that_cannot_be(tmp_path: Path, options: dict[str, object], place: str) -> None:
    assert problem(write(tmp_path, "a.csv"), **options).place == place


def civil_service(year: str) -> Path:
    assert DATA is not None
    return next(path for path in (Path(DATA) / "civil-service").glob("*.csv") if year in path.name)


@needs_data
@pytest.mark.parametrize(
    ("year", "rows", "columns"), [("2014", 102, 84), ("2018", 106, 89), ("2019", 111, 95)]
)
def test_the_civil_service_people_survey(year: str, rows: int, columns: int) -> None:
    delivered = read_file(civil_service(year))
    assert delivered.frame.shape == (rows, columns)
    assert "Organisation" in delivered.frame.columns
    text = civil_service(year).read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    assert text.startswith(delivered.frame.columns[0])
    assert delivered.frame.index[-1] == len(text.splitlines())
    quoted = [line for line in text.splitlines() if '"' in line]
    assert quoted, "the file is known for its quoted commas"
    names = {name for name in delivered.frame["Organisation"] if name and "," in name}
    assert names


@needs_data
def test_the_world_management_survey() -> None:
    assert DATA is not None
    delivered = read_file(Path(DATA) / "world-management" / "wmsdata_2004_2015.csv")
    assert delivered.frame.shape == (11_702, 27)
    assert list(delivered.frame.columns[:3]) == ["country", "management", "operations"]
    assert delivered.frame.loc[2, "country"] == "United States"
    assert delivered.frame["country"].nunique() == 35


@needs_data
def test_the_checksum_of_a_real_file() -> None:
    path = civil_service("2018")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assert isinstance(read_file(path, sha256=sha256).frame, pd.DataFrame)
