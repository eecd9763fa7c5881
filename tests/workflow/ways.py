"""Ways in which a file is saved otherwise, by name: other alphabets, other programs, other answers."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat

from .bench import HEADER, Bench


def _column(name: str, change: Callable[[str], str]) -> Callable[[Bench, str], None]:
    """Change all cells of a column of the delivered text file."""

    def way(bench: Bench, file: str) -> None:
        rows = bench.rows()
        place = rows[HEADER - 1].index(name)
        for row in rows[HEADER:]:
            row[place] = change(row[place])
        bench.write_rows(rows)

    return way


def _bytes(change: Callable[[bytes], bytes]) -> Callable[[Bench, str], None]:
    return lambda bench, file: bench.write(file, change(bench.path(file).read_bytes()))


def _text(change: Callable[[str], str | bytes]) -> Callable[[Bench, str], None]:
    return lambda bench, file: bench.write(file, change(bench.text(file)))


def _second_rows(bench: Bench, file: str) -> None:
    """Give the first two employers a second row with another answer; the third an identical one."""
    rows = bench.rows()
    first, second, third = (list(row) for row in rows[HEADER : HEADER + 3])
    place = rows[HEADER - 1].index("V1")
    for row in (first, second):
        row[place] = "1" if row[place] != "1" else "2"
    bench.write_rows([*rows, first, second, third])


def _workbook(bench: Bench, file: str) -> None:
    """Save the delivered text file as a workbook with a sheet of notes before that of the answers."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["Toelichting"])
    book.active.title = "Toelichting"
    sheet = book.create_sheet("Antwoorden")
    for row in bench.rows():
        sheet.append(
            [float(cell.replace(",", ".")) if re.fullmatch(r"-?\d+(,\d+)?", cell) else cell for cell in row]
        )
    sheet["B9"] = pd.Timestamp("2024-03-12").to_pydatetime()
    book.save(bench.path(file).with_name("small2024.xlsx"))
    bench.path(file).unlink()


def _from_spreadsheet(bench: Bench, file: str) -> None:
    """Put every cell in quotation marks, with empty cells at the end of every row."""
    table = list(csv.reader(io.StringIO(bench.text(file), newline="")))
    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([*row, "", ""] for row in table)
    bench.write(file, stream.getvalue())


def _more(bench: Bench, file: str) -> None:
    """Add a column of remarks, an empty column, and empty rows."""
    title, names, *rows = bench.rows()
    named = [title, [*names, "opmerkingen", ""], *([*row, "geen; niets", ""] for row in rows)]
    bench.write_rows([*named[:9], [""] * (len(names) + 2), *named[9:], [], [""]])


def _halves(bench: Bench, file: str) -> None:
    """Deliver the text file in two."""
    title, names, *rows = bench.rows()
    bench.write_rows([title, names, *rows[:90]])
    whole = bench.path(file).read_bytes()
    bench.write_rows([title, names, *rows[90:]])
    bench.path(file).rename(bench.path("small2024b.csv"))
    bench.path(file).write_bytes(whole)


def _parquet(bench: Bench, file: str) -> None:
    rows = bench.rows()
    pd.DataFrame(rows[HEADER:], columns=rows[HEADER - 1]).to_parquet(bench.path(file))


def _spss(change: Callable[[pd.DataFrame, dict[str, Any]], pd.DataFrame]) -> Callable[[Bench, str], None]:
    """Change the cases of the delivered SPSS file, and the options with which it is written."""

    def way(bench: Bench, file: str) -> None:
        path = bench.path(file)
        frame, about = pyreadstat.read_sav(path, user_missing=True, disable_datetime_conversion=True)
        options = {
            "variable_value_labels": about.variable_value_labels,
            "missing_ranges": about.missing_ranges,
        }
        pyreadstat.write_sav(change(frame, options), path, **options)

    return way


def _said(name: str, row: int, said: float) -> Callable[[pd.DataFrame, dict[str, Any]], pd.DataFrame]:
    def change(frame: pd.DataFrame, _: dict[str, Any]) -> pd.DataFrame:
        frame.loc[row - 1, name] = said
        return frame

    return change


def _words(frame: pd.DataFrame, options: dict[str, Any]) -> pd.DataFrame:
    """Deliver a number as a text variable, one of them in words."""
    for kind in options.values():
        kind.pop("i_verz", None)
    frame["i_verz"] = frame["i_verz"].map(lambda said: "" if np.isnan(said) else f"{said:g}").astype(object)
    frame.loc[6, "i_verz"] = "weinig"
    return frame


def _turned(frame: pd.DataFrame, options: dict[str, Any]) -> pd.DataFrame:
    """Number the answers of one question from the other end."""
    labels = options["variable_value_labels"]["b_strat1"]
    turned = {code: labels[6 - code] if 1 <= code <= 5 else text for code, text in labels.items()}
    options["variable_value_labels"]["b_strat1"] = turned
    return frame


WAYS: dict[str, Callable[[Bench, str], None]] = {
    "cp1252": _text(lambda text: text.encode("cp1252")),
    "utf-8": _text(lambda text: text.encode("utf-8")),
    "utf-16": _text(lambda text: text.encode("utf-16")),
    "semicolons": _text(lambda text: text.replace(",", ";")),
    "semicolons and cp1252": _text(lambda text: text.replace(",", ";").encode("cp1252")),
    "the sixth line again": _text(lambda text: text + text.splitlines()[5] + "\n"),
    "the first line alone": _text(lambda text: text.splitlines()[0] + "\n"),
    "the first two lines alone": lambda bench, file: bench.write_rows(bench.rows()[:HEADER]),
    "without its second line": lambda bench, file: bench.write_rows(
        [*bench.rows()[:1], *bench.rows()[HEADER:]]
    ),
    "without its waves": _text(
        lambda text: re.sub(r"waves:\n.*?(?=\nemployer)", "waves: {}\n", text, flags=re.DOTALL)
    ),
    "cut off": _bytes(lambda data: data[: len(data) // 2 + 7]),
    "its first bytes": _bytes(lambda data: data[:200]),
    "any bytes": _bytes(lambda data: bytes(range(256)) * 20),
    "with an open quotation mark": _bytes(lambda data: data.replace(b";G;", b';"G;', 1)),
    "second rows": _second_rows,
    "one employer throughout": _column("nummer", lambda said: said if said.startswith("TOTAAL") else "KP1"),
    "yes as 2": _column("k_geld", lambda said: "2" if said == "1" else said),
    "no answers": _column("e_eer1", lambda said: ""),
    "shares": _column(
        "verzuim", lambda said: said if said.startswith("-") else f"0,0{said.replace(',', '')}"
    ),
    "dates as numbers": _column("verzuim", lambda said: f"45{len(said)}00"),
    "workbook": _workbook,
    "parquet": _parquet,
    "from Notepad": _text(lambda text: "\ufeff" + text.replace("\n", "\r\n")),
    "from a spreadsheet": _from_spreadsheet,
    "with a column of remarks": _text(
        lambda text: (
            text.replace("wording_en\n", "wording_en,remarks\n", 1)
            .replace(".\n", ".,\n")
            .replace("?\n", "?,\n")
            .replace("employer\n", "employer,\n")
            .replace('"\n', '",\n')
        )
    ),
    "answers in English": _column("d_kan", lambda said: {"ja": "yes", "nee": "NO"}.get(said, said)),
    "with more columns and rows": _more,
    "in two halves": _halves,
    "with the rows turned round": _text(
        lambda text: "\n".join([text.split("\n")[0], *text.split("\n")[:0:-1]])
    ),
    "with the last wave alone": _text(
        lambda text: re.sub(r'  "2020":\n.*?(?=  "2024")', "", text, flags=re.DOTALL)
    ),
    "other name": _spss(lambda frame, _: frame.rename(columns={"ADHOC": "ADHOK"})),
    "unknown code": _spss(_said("b_strat1", 7, 8.0)),
    "code of the usual scale": _spss(_said("d_inv1", 7, 5.0)),
    "words in a number": _spss(_words),
    "numbered from the other end": _spss(_turned),
    "no cases": _spss(lambda frame, _: frame[:0]),
}
