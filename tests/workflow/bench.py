"""A copy of the small study, with the files that it was delivered with, to break something in."""

import csv
import io
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

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
