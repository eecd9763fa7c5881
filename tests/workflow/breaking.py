"""Ways to break a copy of the small study and of the files that it was delivered with.

The mistakes themselves are listed in mistakes/*.yaml: a name, `edits`, and what the messages say. An edit is one of

    {in: FILE, old: TEXT, new: TEXT}     replace a text that stands there exactly once
    {in: FILE, add: TEXT}                add a text at the end
    {in: FILE, all: TEXT}                write the file anew
    {in: FILE, saved: WAY}               save it in one of WAYS
    {remove: FILE}  {rename: FILE, to: NAME}  {folder: FILE}
    {item: ITEM, column: COLUMN, to: TEXT}      a cell of codebook.csv
    {row: 9, column: COLUMN, to: TEXT}          a cell of the delivered text file, rows counted as in a spreadsheet
    {heading: COLUMN, to: TEXT}  {without: [COLUMN, ...]}    its columns

In `says` each text must fit a line: `...` is any text, `#` digits, `<TEXT>` the number of the first line of the
broken file that has the text. NEW is a name of its own in every mistake. The mistakes with `together: true` do not
hide one another and can be made all at once.
"""

import csv
import io
import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import yaml

SMALL = Path(__file__).parent / "small"
CSV, SAV = "small2024.csv", "small2020.sav"
HEADER = 2
"""Row of the column names in the delivered text file."""
Rows = list[list[str]]


@dataclass(frozen=True)
class Bench:
    """A copy of the small study, its delivered files and a configuration, to break something in."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, delivered: Path, *, files: Iterable[str] = ()) -> "Bench":
        """Copy the study, and those of the delivered files that are named."""
        bench = cls(folder)
        shutil.copytree(SMALL, bench.study)
        (folder / "raw").mkdir()
        for name in files:
            shutil.copy(delivered / name, folder / "raw" / name)
        bench.path("config.yaml").write_text(
            f"study: {bench.study}\nraw: {folder / 'raw'}\n", encoding="utf-8"
        )
        return bench

    @property
    def study(self) -> Path:
        """The copy of the study."""
        return self.folder / "small"

    def path(self, name: str) -> Path:
        """Find a file by its name: the configuration, a delivered file, or a file of the study."""
        if name == "config.yaml":
            return self.folder / name
        return (self.folder / "raw" if name.startswith("small20") else self.study) / name

    def text(self, name: str) -> str:
        """Read a text file, the delivered one in its own alphabet."""
        return self.path(name).read_bytes().decode("cp1252" if name == CSV else "utf-8", "replace")

    def write(self, name: str, content: str | bytes) -> None:
        """Write a file."""
        alphabet = "cp1252" if name == CSV else "utf-8"
        data = content.encode(alphabet) if isinstance(content, str) else content
        self.path(name).write_bytes(data)

    def rows(self) -> Rows:
        """Read the rows of the delivered text file; row 1 is the title, row 2 has the names of the columns."""
        return list(csv.reader(io.StringIO(self.text(CSV), newline=""), delimiter=";"))

    def write_rows(self, rows: Rows) -> None:
        """Write the delivered text file."""
        stream = io.StringIO(newline="")
        csv.writer(stream, delimiter=";", lineterminator="\r\n").writerows(rows)
        self.write(CSV, stream.getvalue())


@dataclass(frozen=True)
class Mistake:
    """A named way to break something, and what the messages must say."""

    name: str
    edits: tuple[dict[str, Any], ...]
    says: tuple[str, ...]
    files: tuple[str, ...]
    together: bool

    def make(self, bench: Bench) -> None:
        """Break it."""
        for edit in self.edits:
            _edit(bench, **edit)

    def patterns(self, bench: Bench) -> list[str]:
        """Give the regular expressions that must each fit a line of what the broken files give."""
        return [_pattern(bench, text) for text in self.says]


def mistakes() -> list[Mistake]:
    """Read every mistake; those of delivered.yaml with the file that they are about."""
    found = []
    for path in sorted((Path(__file__).parent / "mistakes").glob("*.yaml")):
        for number, entry in enumerate(yaml.safe_load(path.read_text(encoding="utf-8"))):
            named = _renamed(entry, f"NEW{number}")
            files = (
                ((SAV if named["mistake"].startswith("SPSS") else CSV),) if path.stem == "delivered" else ()
            )
            together = bool(named.get("together"))
            found.append(
                Mistake(named["mistake"], tuple(named["edits"]), tuple(named["says"]), files, together)
            )
    return found


def _renamed(entry: Any, name: str) -> Any:
    """Give the new claim or scale of a mistake a name of its own."""
    if isinstance(entry, dict):
        return {key: _renamed(value, name) for key, value in entry.items()}
    if isinstance(entry, list):
        return [_renamed(value, name) for value in entry]
    return entry.replace("NEW", name) if isinstance(entry, str) else entry


def harmless() -> list[Mistake]:
    """Read what people do and what is right all the same."""
    entries = yaml.safe_load(Path(__file__).with_name("harmless.yaml").read_text(encoding="utf-8"))
    return [Mistake(entry["change"], tuple(entry["edits"]), (), (CSV,), together=False) for entry in entries]


def _pattern(bench: Bench, text: str) -> str:
    file = text.split(":")[0]

    def line(found: re.Match[str]) -> str:
        lines = bench.text(file).splitlines()
        return str(next(number for number, said in enumerate(lines, start=1) if found[1] in said))

    parts = re.split(r"(\.\.\.|#)", re.sub(r"(?<=line )<([^>]+)>", line, text))
    return "".join({"...": ".*", "#": r"\d+"}.get(part, re.escape(part)) for part in parts)


def _edit(bench: Bench, **edit: Any) -> None:
    """Do one edit."""
    match edit:
        case {"in": file, "old": old, "new": new}:
            text = bench.text(file)
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
            bench.write(file, text.replace(old, new))
        case {"in": file, "add": text}:
            bench.write(file, bench.text(file) + text)
        case {"in": file, "all": text}:
            bench.write(file, text)
        case {"in": file, "saved": way}:
            WAYS[way](bench, file)
        case {"remove": file}:
            bench.path(file).unlink()
        case {"rename": file, "to": name}:
            bench.path(file).rename(bench.path(file).with_name(name))
        case {"folder": file}:
            bench.path(file).unlink()
            bench.path(file).mkdir()
        case _:
            _edit_cells(bench, edit)


def _edit_cells(bench: Bench, edit: dict[str, Any]) -> None:
    """Do one edit of a table."""
    if "item" in edit:
        table = list(csv.reader(io.StringIO(bench.text("codebook.csv"), newline="")))
        place = table[0].index(edit["column"])
        for row in table:
            if row[0] == edit["item"]:
                row[place] = edit["to"]
        stream = io.StringIO(newline="")
        csv.writer(stream, lineterminator="\n").writerows(table)
        bench.write("codebook.csv", stream.getvalue())
        return
    rows = bench.rows()
    names = rows[HEADER - 1]
    if "heading" in edit:
        names[names.index(edit["heading"])] = edit["to"]
    elif "without" in edit:
        kept = [place for place, name in enumerate(names) if name not in edit["without"]]
        rows = [rows[0], *([row[place] for place in kept] for row in rows[HEADER - 1 :])]
    else:
        rows[edit["row"] - 1][names.index(edit["column"])] = edit["to"]
    bench.write_rows(rows)


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
