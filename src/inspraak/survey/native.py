"""A process of its own for readers written in C: bytes that are damaged can end it without ending the study.

Run as a file: `python native.py KIND PATH [ENCODING]`. It imports nothing of the package, so that it starts in
0.2 seconds, and writes one pickled dictionary to standard output: either `refused` (a message) or `columns`
(name and cells, in order), `formats` (as the file names them), `texts` (columns declared as text), `labels`
and `missing`.
"""

import datetime
import decimal
import os
import pickle
import sys
import warnings
from pathlib import Path
from typing import Any

LEAST_MEMORY = 4 << 30
MEMORY_PER_BYTE = 400
EXACT_INTEGER = 2**53


def read_spss_or_stata(kind: str, path: str, encoding: str | None) -> dict[str, Any]:
    """Read .sav, .zsav, .dta or .por with every code as delivered: user-missing values too, dates as numbers."""
    import pyreadstat

    options: dict[str, Any] = {"output_format": "dict", "disable_datetime_conversion": True}
    if kind != "por":  # the reader of .por knows neither option
        options |= {"user_missing": True, "encoding": encoding}
    reader: Any = {"sav": pyreadstat.read_sav, "dta": pyreadstat.read_dta, "por": pyreadstat.read_por}[kind]
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        columns, about = reader(path, **options)
    doubled = [str(one.message) for one in raised if "duplicated" in str(one.message)]
    if doubled:
        return {"refused": f"a column name twice: {doubled[0].split(',')[0]}"}
    missing = about.missing_user_values if kind == "dta" else about.missing_ranges
    return {
        "columns": list(columns.items()),
        "formats": dict(about.original_variable_types),
        "texts": {name for name, stored in about.readstat_variable_types.items() if stored == "string"},
        "labels": {name: dict(labels) for name, labels in about.variable_value_labels.items()},
        "missing": {name: list(ranges) for name, ranges in missing.items()},
    }


def read_parquet(path: str) -> dict[str, Any]:
    """Read a Parquet file with numbers as float, whole numbers beyond 2**53 and dates as text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.ParquetFile(path).read()
    columns = []
    for name, column in zip(table.column_names, table.columns):
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_nested(column.type) or "binary" in str(column.type):
            return {"refused": f"lists or bytes in column '{name}'"}
        if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
            column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
        columns.append((name, [plain(cell) for cell in column.to_pylist()]))
    return {"columns": columns, "formats": {}, "texts": set(), "labels": {}, "missing": {}}


def plain(cell: Any) -> str | float | None:
    """Bring a value of Parquet down to text, a number or nothing."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, int) and abs(cell) > EXACT_INTEGER:
        return str(cell)
    if isinstance(cell, (bool, int, float, decimal.Decimal)):
        return float(cell)
    if isinstance(cell, (datetime.date, datetime.time)):  # a date and time is a date too
        return cell.isoformat().removesuffix("T00:00:00")
    return str(cell)


def limit_memory(path: str) -> None:
    """Keep a damaged count of rows from taking all memory; without effect where the system has no limits."""
    try:
        import resource

        size = LEAST_MEMORY + MEMORY_PER_BYTE * Path(path).stat().st_size
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):
        pass


def main(kind: str, path: str, encoding: str | None = None) -> None:
    """Read the file and write what it holds; libraries that print are sent to standard error."""
    output = os.dup(1)
    os.dup2(2, 1)
    limit_memory(path)
    try:
        answer = read_parquet(path) if kind == "parquet" else read_spss_or_stata(kind, path, encoding)
    except Exception as error:  # the libraries raise many kinds for damaged bytes
        answer = {"refused": " ".join(str(error).split())[:200] or type(error).__name__}
    with os.fdopen(output, "wb") as stream:
        pickle.dump(answer, stream, protocol=pickle.HIGHEST_PROTOCOL)


if __name__ == "__main__":
    main(*sys.argv[1:])
