"""Damaged files of every kind: a table or a user's mistake, nothing else."""

import io
import random
import zipfile
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import xlsxwriter

from inspraak.errors import UserError
from inspraak.survey.reading import Delivered, read_file

FRAME = pd.DataFrame(
    {"id": ["a", "b", "c"] * 9, "x": [1.0, np.nan, -9.0] * 9, "naam": ["één", "", "drie"] * 9}
)
FILES = Path(__file__).parent / "files"


def intact(ending: str, folder: Path) -> bytes:
    path = folder / f"intact.{ending}"
    if ending in {"csv", "txt"}:
        text = FRAME.to_csv(
            index=False, sep=";", lineterminator="\r" if ending == "txt" else "\r\n", quoting=1
        )
        return text.encode("utf-16" if ending == "txt" else "utf-8-sig")
    if ending == "xlsx":
        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet()
            sheet.merge_range(0, 0, 1, 0, "id")
            sheet.write_row(1, 1, ["x", "dag"])
            for row in range(2, 12):
                sheet.write_row(row, 0, [f"i{row}", row / 7])
                sheet.write_datetime(row, 2, datetime(2018, 1, row), book.add_format({"num_format": 14}))
    elif ending == "ods":
        FRAME.to_excel(path, engine="odf", index=False)
    elif ending == "xls":
        return (FILES / "answers.xls").read_bytes()
    elif ending == "parquet":
        FRAME.to_parquet(path)
    elif ending in {"sav", "zsav"}:
        labels = {"x": {1.0: "ja", -9.0: "weigert"}}
        pyreadstat.write_sav(
            FRAME, path, compress=ending == "zsav", variable_value_labels=labels, missing_ranges={"x": [-9]}
        )
    elif ending == "dta":
        pyreadstat.write_dta(FRAME, path, variable_value_labels={"x": {1: "ja"}})
    else:
        pyreadstat.write_por(FRAME[["x"]].rename(columns=str.upper), path)
    return path.read_bytes()


def outcome(path: Path, *, header: int) -> tuple[Delivered | None, str]:
    """What reading gives, or the first problem of the user's mistake; any other exception is a failure."""
    try:
        return read_file(path, header=header), ""
    except UserError as error:
        return None, str(error.problems[0])


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The bytes cut short, or with bits flipped, bytes replaced, taken out or put in."""
    if chance.random() < 0.25:
        return data[: chance.randrange(len(data))]
    result = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 5, 20])):
        place = chance.randrange(len(result) if chance.random() < 0.5 else min(len(result), 2000))
        way = chance.random()
        if way < 0.4:
            result[place] ^= 1 << chance.randrange(8)
        elif way < 0.7:
            result[place] = chance.choice([0, 255, 127, 128, 0x22, 0x31, 0x3C])
        elif way < 0.8:
            result[place : place + 4] = chance.choice([b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f"])
        elif way < 0.9:
            del result[place : place + chance.randrange(1, 9)]
        else:
            result[place:place] = result[place : place + chance.randrange(1, 30)]
    return bytes(result)


def damaged_inside(data: bytes, chance: random.Random) -> bytes:
    """An archive with one of its parts damaged, and checksums that fit."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    part = chance.choice([name for name, content in parts.items() if content])
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, damaged(content, chance) if name == part else content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("ending", "times"),
    [
        ("csv", 300),
        ("txt", 300),
        ("xlsx", 300),
        ("ods", 300),
        ("xls", 200),
        ("sav", 12),
        ("zsav", 12),
        ("dta", 12),
        ("por", 12),
        ("parquet", 12),
    ],
)
def test_damage_is_a_users_mistake_or_goes_unseen(tmp_path: Path, ending: str, times: int) -> None:
    data = intact(ending, tmp_path)
    path = tmp_path / f"answers.{ending}"
    refused = 0
    for seed in range(times):
        chance = random.Random(seed)
        inside = ending in {"xlsx", "ods"} and chance.random() < 0.7
        path.write_bytes(damaged_inside(data, chance) if inside else damaged(data, chance))
        delivered, message = outcome(path, header=2 if ending == "xlsx" else 1)
        if delivered is None:
            refused += 1
            assert message.startswith(str(path))
        else:
            kinds = {type(cell) for cell in delivered.frame.to_numpy().ravel()}
            assert kinds <= {str, float, type(None)}
            assert delivered.frame.columns.is_unique
    assert 0 < refused <= times


@pytest.mark.parametrize("ending", ["csv", "txt", "xlsx", "ods", "sav", "zsav", "dta", "por", "parquet"])
def test_without_damage_all_rows_are_there(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"answers.{ending}"
    path.write_bytes(intact(ending, tmp_path))
    delivered = read_file(path, header=2 if ending == "xlsx" else 1)
    assert len(delivered.frame) == (10 if ending == "xlsx" else 27)


@pytest.mark.parametrize("ending", ["xlsx", "ods", "xls", "sav", "zsav", "dta", "parquet"])
def test_half_a_file_is_refused(tmp_path: Path, ending: str) -> None:
    data = intact(ending, tmp_path)
    path = tmp_path / f"answers.{ending}"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(UserError):
        read_file(path)


def test_random_bytes_under_every_name(tmp_path: Path) -> None:
    for seed in range(40):
        chance = random.Random(seed)
        ending = chance.choice(["csv", "xlsx", "xls", "ods", "sav", "dta", "por", "parquet", "txt"])
        path = tmp_path / f"answers.{ending}"
        path.write_bytes(chance.randbytes(chance.randrange(1, 3000)))
        with pytest.raises(UserError):
            read_file(path)
