"""Reading the files that the fieldwork delivered: every format in, one shape of table out."""

import hashlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from inspraak.errors import Problem, UserError, near_match
from inspraak.survey.delimited import read_delimited
from inspraak.survey.delivered import Delivered, MissingRange
from inspraak.survey.excel import read_excel
from inspraak.survey.excel_97 import read_excel_97
from inspraak.survey.numerals import numbers
from inspraak.survey.open_document import read_open_document
from inspraak.survey.signatures import KINDS, REFUSED, kind_of
from inspraak.survey.statistical_files import read_statistical

__all__ = ["Delivered", "MissingRange", "numbers", "read_file"]

# What a format or the ending of a file name stands for.
FORMATS = {
    **dict.fromkeys(("csv", "tsv", "tab", "txt"), "csv"),
    **dict.fromkeys(("sav", "zsav"), "sav"),
    **dict.fromkeys(("xlsx", "xlsm"), "xlsx"),
    **{name: name for name in ("dta", "por", "xls", "ods", "parquet")},
}
READERS: Mapping[str, Callable[..., Delivered]] = {
    "csv": read_delimited,
    "xlsx": read_excel,
    "xls": read_excel_97,
    "ods": read_open_document,
    **dict.fromkeys(("sav", "dta", "por", "parquet"), read_statistical),
}


@dataclass(frozen=True)
class Options:
    """How a file is to be read, as study.yaml declares it (see `read_file`)."""

    format: str | None
    delimiter: str | None
    decimal: str
    thousands: str | None
    encoding: str | None
    sheet: str | None
    header: int

    def declared(self) -> dict[str, object]:
        """Give the options that say something, besides the format and how numbers are written."""
        values = {"delimiter": self.delimiter, "encoding": self.encoding, "sheet": self.sheet}
        said: dict[str, object] = {name: value for name, value in values.items() if value is not None}
        return said | ({"header": self.header} if self.header != 1 else {})


def read_file(
    path: Path,
    *,
    format: str | None = None,
    delimiter: str | None = None,
    decimal: str = ".",
    thousands: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    header: int = 1,
    sha256: str | None = None,
) -> Delivered:
    """Read one delivered file with all its columns.

    The options are the keys of a file in study.yaml. `format` is csv (also tsv, tab, txt), sav (zsav), dta,
    por, xlsx (xlsm), xls, ods or parquet, by default the ending of the name. `delimiter`, `encoding` and
    `sheet` are found where they are None: the delimiter that fits all rows, the encoding of the byte-order
    mark, else UTF-8, else the likeliest western one, the first sheet that is not hidden. `header` is the row
    of the column names, counted from 1. `sha256` is the checksum that the file must have. `decimal` and
    `thousands` only help to find the delimiter: cells of text files stay text, see `numbers`.

    Raises UserError, never anything else: no such file, a folder, another checksum, a file of another kind
    than its name says, damaged, with a password or empty, an option that its format does not have, and
    whatever is wrong with its table (names, rows, encoding, sheet).
    """
    file = str(path)
    data = _bytes_of(path, file=file)
    if sha256 is not None:
        _check_sum(data, sha256, file=file)
    options = Options(format, delimiter, decimal, thousands, encoding, sheet, header)
    kind = _kind(path, data, options.format, file=file)
    _check_options(options, kind, file=file)
    reader = READERS[kind]
    accepted = inspect.signature(reader).parameters
    values: dict[str, object] = {**vars(options), "data": data, "path": path, "kind": kind, "file": file}
    return reader(**{name: values[name] for name in accepted})


def _bytes_of(path: Path, *, file: str) -> bytes:
    expected = "a file as delivered"
    try:
        if path.is_dir():
            raise UserError(Problem(file, "", "a folder", expected))
        if not path.parent.is_dir():
            raise UserError(Problem(file, "", f"no folder '{path.parent}'", expected))
        if not path.exists():
            names = [other.name for other in path.parent.iterdir() if other.is_file()]
            raise UserError(Problem(file, "", "no such file", expected, near_match(path.name, names)))
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UserError(Problem(file, "", f"a file that cannot be opened ({reason})", expected)) from error
    if not data.strip(b" \t\r\n\x00\x1a\xef\xbb\xbf\xff\xfe"):
        raise UserError(Problem(file, "", "an empty file", expected))
    return data


def _check_sum(data: bytes, declared: str, *, file: str) -> None:
    actual = hashlib.sha256(data).hexdigest()
    if actual != declared.strip().lower():
        expected = f"{declared} (`sha256`): the very file that was published"
        raise UserError(Problem(file, "", f"the checksum {actual}", expected))


def _kind(path: Path, data: bytes, format: str | None, *, file: str) -> str:
    """The kind of file that is to be read, if the bytes do not say otherwise."""
    actual = kind_of(data)
    ending = path.suffix.removeprefix(".").lower()
    declared = FORMATS.get((format or ending).lower())
    if declared is None:
        place, found = ("key `format`", f"'{format}'") if format else ("", f"the ending '{path.suffix}'")
        near = near_match(format, FORMATS) if format else f"format: {actual if actual in KINDS else 'csv'}"
        expected = f"one of {', '.join(FORMATS)} (`format`)"
        raise UserError(Problem(file, place, found, expected, near))
    if actual in REFUSED:
        found, expected = REFUSED[actual]
        raise UserError(Problem(file, "", found, expected))
    source = "`format`" if format else f"the ending {path.suffix}"
    if actual is not None and actual != declared:
        raise UserError(
            Problem(file, "", KINDS[actual], f"{KINDS[declared]}, by {source}", f"format: {actual}")
        )
    if actual is None and declared not in {"csv", "xls"}:
        found = "bytes that do not begin as such a file does"
        near = "format: csv" if _looks_like_text(data) else None
        raise UserError(Problem(file, "", found, f"{KINDS[declared]}, by {source}", near))
    if actual is None and declared == "xls" and _looks_like_text(data):
        raise UserError(Problem(file, "", "text", f"{KINDS['xls']}, by {source}", "format: csv"))
    return declared


def _looks_like_text(data: bytes) -> bool:
    start = data[:4096]
    return start.startswith((b"\xff\xfe", b"\xfe\xff")) or not any(byte < 9 for byte in start)


def _check_options(options: Options, kind: str, *, file: str) -> None:
    if options.decimal not in {".", ","}:
        raise UserError(Problem(file, "key `decimal`", f"'{options.decimal}'", "a point or a comma"))
    if options.thousands is not None and (len(options.thousands) != 1 or options.thousands.isalnum()):
        raise UserError(
            Problem(file, "key `thousands`", f"'{options.thousands}'", "one sign, such as a point")
        )
    if options.thousands == options.decimal:
        expected = f"another sign than the decimal mark '{options.decimal}'"
        raise UserError(Problem(file, "key `thousands`", f"'{options.thousands}'", expected))
    if options.header < 1:
        raise UserError(Problem(file, "key `header`", str(options.header), "a row number, counted from 1"))
    accepted = inspect.signature(READERS[kind]).parameters
    problems = [
        Problem(file, f"key `{name}`", f"'{value}'", f"no such key for {KINDS[kind]}")
        for name, value in options.declared().items()
        if name not in accepted
    ]
    if problems:
        raise UserError(problems)
