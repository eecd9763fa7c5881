"""Waves: which files hold them and how these say what the codebook says."""

import re
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from inspraak.study.declarations import Declared, Name

WaveName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$")]
"""Name of a wave: letters, digits, hyphens."""
Format = Literal["csv", "sav", "dta", "por", "xlsx", "xls", "ods", "parquet"]
Cell = str | int | float


class File(Declared):
    """One delivered file and how to read it; what is not said is detected."""

    path: str = Field(min_length=1)
    """Name of the file under the folder of raw files."""
    format: Format | None = None
    """By default the ending of the name says it."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """Of a csv; detected among comma, semicolon, tab and bar."""
    decimal: Literal[".", ","] = "."
    """Decimal sign of numbers written as text."""
    thousands: str | None = Field(default=None, min_length=1, max_length=1)
    """Sign between thousands of numbers written as text."""
    encoding: str | None = None
    """Of a csv; detected."""
    sheet: str | None = None
    """Of a workbook; by default its first sheet."""
    header: int = Field(default=1, ge=1)
    """The row that holds the names of the columns, counted from 1."""
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Checksum as published; another file is refused."""


class Wave(Declared):
    """One wave of the survey."""

    files: tuple[File, ...] = Field(min_length=1)
    """Files whose rows together are the wave."""
    year: int | None = Field(default=None, ge=1900, le=2200)
    """Its year; by default the wave's name where that is a year."""
    where: dict[str, Cell | tuple[Cell, ...]] = Field(default_factory=dict)
    """Rows of the files that belong to the wave: column and value or values."""
    rename: dict[str, Name] = Field(default_factory=dict)
    """Column in the file and its item; a key that ends in * means the one column that begins so."""
    not_asked: tuple[Name, ...] = ()
    """Items of the codebook that this wave did not ask."""
    scales: dict[Name, str] = Field(default_factory=dict)
    """Items that this wave asked on another scale, and that scale."""
    invited: str | None = None
    """CSV of the study folder with the gross sample per stratum."""


def year_of(name: str, wave: Wave) -> int | None:
    """Give the year of a wave: as declared, or its name where that is a number of four digits."""
    if wave.year is not None:
        return wave.year
    return int(name) if re.fullmatch(r"\d{4}", name) else None
