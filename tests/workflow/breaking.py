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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .bench import CSV, HEADER, SAV, Bench
from .ways import WAYS


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
            named = _renamed(entry, f"NEW{number:03}")
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
