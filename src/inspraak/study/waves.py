"""Waves: which files hold them and how these say what the codebook says."""

import re
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, field_validator, model_validator

from inspraak.study.declarations import Cell, Declared, Name, Names

WaveName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$")]
"""Name of a wave: letters, digits, hyphens."""


def _years_as_text(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [str(name) if isinstance(name, int) and not isinstance(name, bool) else name for name in value]


WaveNames = Annotated[tuple[str, ...], BeforeValidator(_years_as_text), Field(min_length=1)]
"""Several waves; a year may stand without quotation marks."""
Format = Literal["csv", "sav", "dta", "por", "xlsx", "xls", "ods", "parquet"]


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

    @field_validator("path")
    @classmethod
    def _inside(cls, value: str) -> str:
        for flavour in (PurePosixPath(value), PureWindowsPath(value)):
            if flavour.is_absolute() or flavour.drive or ".." in flavour.parts:
                raise ValueError("the name of a file below the folder of raw files (`raw` in config.yaml)")
        return value

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        try:
            "a".encode(value or "utf-8")
        except (LookupError, ValueError):
            raise ValueError("the name of an encoding, such as utf-8 or cp1252") from None
        return value

    @model_validator(mode="after")
    def _signs(self) -> "File":
        if self.thousands is not None and (self.thousands == self.decimal or self.thousands.isalnum()):
            raise ValueError(f"under thousands a sign other than the decimal sign '{self.decimal}'")
        if self.delimiter is not None and (self.delimiter.isalnum() or self.delimiter in '"\r\n'):
            raise ValueError('under delimiter a sign such as ";"')
        return self


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
    not_asked: Names = ()
    """Items of the codebook that this wave did not ask."""
    scales: dict[Name, str] = Field(default_factory=dict)
    """Items that this wave asked on another scale, and that scale."""
    invited: str | None = None
    """CSV of the study folder with the gross sample per stratum."""

    @field_validator("files", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        declared = [file for file in value if isinstance(file, dict)] if isinstance(value, list) else []
        files = [(file.get("path"), file.get("sheet")) for file in declared]
        twice = [path for path, sheet in files if files.count((path, sheet)) > 1]
        if twice:
            raise ValueError(f"each file once ('{twice[0]}' stands there twice)")
        return value

    @model_validator(mode="after")
    def _asked(self) -> "Wave":
        for key, items in (("rename", self.rename.values()), ("scales", self.scales)):
            both = [item for item in items if item in self.not_asked]
            if both:
                raise ValueError(f"an item under not_asked or under {key}, not both ('{both[0]}')")
        return self


def year_of(name: str, wave: Wave) -> int | None:
    """Give the year of a wave: as declared, or its name where that is a number of four digits."""
    if wave.year is not None:
        return wave.year
    return int(name) if re.fullmatch(r"\d{4}", name) else None
