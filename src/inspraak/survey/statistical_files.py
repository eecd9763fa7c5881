"""Reading files of statistical programs: SPSS (.sav, .zsav, .por), Stata (.dta) and Parquet."""

import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from math import inf, isfinite
from pathlib import Path
from typing import Any

from inspraak.errors import Problem, UserError
from inspraak.survey.delivered import (
    LARGEST_NUMBER,
    SMALLEST_NUMBER,
    Cell,
    Delivered,
    MissingRange,
    check_names,
    object_frame,
    trimmed,
)
from inspraak.survey.encodings import codec_name
from inspraak.survey.signatures import KINDS
from inspraak.survey.spreadsheets import duration, iso

LONGEST_WAIT = 900
SPSS_START = datetime(1582, 10, 14)
STATA_START = datetime(1960, 1, 1)
STATA_FORMAT = re.compile(r"%-?(?:t([cCdwmqh])|(d)).*")
STATA_PERIODS = {"w": (52, "-W{:02d}"), "m": (12, "-{:02d}"), "q": (4, "-Q{}"), "h": (2, "-H{}")}
SPSS_DATES = {"DATE", "ADATE", "EDATE", "JDATE", "SDATE", "QYR", "MOYR", "WKYR", "DATETIME", "YMDHMS"}
SPSS_TIMES = {"TIME", "DTIME", "MTIME"}
EXTENDED_MISSING = re.compile("[a-z]")


def read_statistical(path: Path, *, file: str, kind: str, encoding: str | None = None) -> Delivered:
    """Read a file of a statistical program (`kind`: sav, dta, por or parquet).

    Rows are cases, counted from 1. Codes come as they are in the file, user-missing codes too (not in .por,
    whose reader leaves them empty); Stata's extended missing values are the texts ".a" to ".z", which are
    the keys of their labels too. Dates and times become ISO text unless the value is declared missing or has
    a label. `encoding` is for files that do not name theirs. Raises UserError on a file that cannot be read.
    """
    iconv = _iconv_name(codec_name(encoding, file=file)) if encoding else None
    answer = _from_own_process(path, kind=kind, encoding=iconv)
    if "refused" in answer:
        found = f"{KINDS[kind]} that cannot be read ({answer['refused']})"
        expected = "an undamaged file without a password"
        if re.search("encod|decode|character set", answer["refused"]):
            expected = "text in the encoding that the file names (or its real one under `encoding`)"
        raise UserError(Problem(file, "", found, expected))
    names = [" ".join(str(name).split()) for name, _ in answer["columns"]]
    check_names(names, [f"column {place}" for place in range(1, len(names) + 1)], file=file)
    if not names or not answer["columns"][0][1]:
        raise UserError(Problem(file, "", "no cases", "columns with at least one case"))
    columns, labels, missing = {}, {}, {}
    for name, (key, cells) in zip(names, answer["columns"], strict=True):
        is_code = kind == "dta" and key not in answer["texts"]
        missing[name] = tuple(_missing(one, is_code=is_code) for one in answer["missing"].get(key, ()))
        labels[name] = _labels(answer["labels"].get(key, {}), is_code=is_code)
        shown = _as_date(answer["formats"].get(key) or "", kind=kind)
        columns[name] = _cells(cells, shown, missing[name], labels[name], is_code=is_code)
    return Delivered(
        object_frame(columns, range(1, len(columns[names[0]]) + 1)),
        {name: found for name, found in labels.items() if found},
        {name: found for name, found in missing.items() if found},
        first_row=1,
    )


def _iconv_name(codec: str) -> str:
    """The name by which the reader of .sav and .dta knows an encoding of Python."""
    return {"mac-roman": "MACINTOSH"}.get(codec, codec.upper().replace("ISO8859", "ISO-8859"))


def _from_own_process(path: Path, *, kind: str, encoding: str | None) -> dict[str, Any]:
    # -P: modules of the folder in which native.py lies must not hide those of Python.
    script = Path(__file__).with_name("native.py")
    command = [
        sys.executable,
        "-P",
        str(script),
        kind,
        str(path.absolute()),
        *([encoding] if encoding else []),
    ]
    try:
        ended = subprocess.run(command, capture_output=True, timeout=LONGEST_WAIT, check=False)
        answer = pickle.loads(ended.stdout) if ended.returncode == 0 else None
    except (subprocess.TimeoutExpired, pickle.UnpicklingError, EOFError):
        answer = None
    if isinstance(answer, dict):
        return answer
    return {"refused": "reading it fails"}


def _code(value: object, *, is_code: bool) -> Cell:
    """A cell or key of a label: a number, a text, or one of Stata's extended missing values."""
    if isinstance(value, str):
        return f".{value}" if is_code and EXTENDED_MISSING.fullmatch(value) else trimmed(value)
    if value is None:
        return None
    number = float(value)  # type: ignore[arg-type]
    if isfinite(number):
        return number
    return None if number != number else str(number)


def _labels(labels: Mapping[object, str], *, is_code: bool) -> dict[object, str]:
    texts = {_code(value, is_code=is_code): trimmed(str(text)) for value, text in labels.items()}
    return {value: text for value, text in texts.items() if value is not None and text is not None}


def _missing(declared: Any, *, is_code: bool) -> MissingRange:
    low, high = (declared["lo"], declared["hi"]) if isinstance(declared, dict) else (declared, declared)
    if isinstance(low, str) or isinstance(high, str):
        return MissingRange(_code(low, is_code=is_code) or "", _code(high, is_code=is_code) or "")
    lowest, highest = float(low), float(high)
    return MissingRange(
        -inf if lowest <= SMALLEST_NUMBER else lowest, inf if highest >= LARGEST_NUMBER else highest
    )


def _cells(
    cells: Iterable[object],
    shown: Callable[[float], Cell] | None,
    missing: Sequence[MissingRange],
    labels: Mapping[object, str],
    *,
    is_code: bool,
) -> list[Cell]:
    known: dict[object, Cell] = {}
    result = []
    for cell in cells:
        if cell not in known:
            code = _code(cell, is_code=is_code)
            special = code in labels or any(code in one for one in missing)
            known[cell] = shown(code) if shown and isinstance(code, float) and not special else code
        result.append(known[cell])
    return result


def _as_date(name: str, *, kind: str) -> Callable[[float], Cell] | None:
    """What turns the numbers of a format into text, or None where they are plain numbers."""
    if kind == "dta":
        found = STATA_FORMAT.fullmatch(name)
        return _stata_date(found[1] or found[2]) if found else None
    word = re.sub(r"[\d.]+$", "", name.upper())
    if word in SPSS_DATES:
        return lambda seconds: _moment(SPSS_START, seconds)
    return duration if word in SPSS_TIMES else None


def _stata_date(letter: str) -> Callable[[float], Cell]:
    if letter in STATA_PERIODS:
        return lambda count: _period(count, *STATA_PERIODS[letter])
    unit = 86_400.0 if letter == "d" else 0.001
    return lambda count: _moment(STATA_START, count * unit)


def _moment(start: datetime, seconds: float) -> Cell:
    try:
        return iso(start + timedelta(milliseconds=round(seconds * 1000)))
    except OverflowError:
        return seconds


def _period(count: float, in_year: int, pattern: str) -> str:
    year, part = divmod(int(count), in_year)
    return f"{1960 + year:04d}{pattern.format(part + 1)}"
