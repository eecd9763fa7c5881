"""A report as the audit reads it: the cells of its tables, its data, and what it should not carry."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

ATTRIBUTES = frozenset({"data-wave", "data-cell", "data-tag", "data-latest", "data-group-by"})
"""The data attributes of the report: where a cell stands, never what it holds."""
ELEMENTS = frozenset({"iframe", "object", "embed", "link", "video", "audio", "template"})
"""What could carry or fetch something else."""


@dataclass
class Cell:
    """A cell of a table: the line of the page where it begins, its number, the lines beside it, all of its text."""

    line: int
    heading: bool
    value: str = ""
    beside: list[str] = field(default_factory=list)
    text: str = ""


class Page(HTMLParser):
    """The rows of all tables of a page, its data by script, and what it should not carry, by line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[Cell]] = [[]]
        self.scripts: list[list[str]] = []
        self.surplus: list[tuple[int, str]] = []
        self._cell: Cell | None = None
        self._part = ""
        self._in_script = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Begin a row, a cell, a part of a cell or a script; note what the report does not have."""
        named = {name: value or "" for name, value in attributes}
        for name in named:
            if name.startswith("data-") and name not in ATTRIBUTES:
                self._note(f"the attribute {name}")
        if tag in ELEMENTS:
            self._note(f"the element <{tag}>")
        if tag in ("table", "tr"):
            self.rows.append([])
        elif tag in ("td", "th"):
            self._cell, self._part = Cell(self.getpos()[0], tag == "th"), ""
            self.rows[-1].append(self._cell)
        elif tag == "span" and self._cell is not None:
            self._part = named.get("class", "")
            if self._part == "s":
                self._cell.beside.append("")
        elif tag == "script":
            self._in_script = True
            self.scripts.append([named.get("id", ""), ""])

    def handle_endtag(self, tag: str) -> None:
        """End a cell, a part of one, or a script."""
        if tag in ("td", "th"):
            self._cell = None
        elif tag == "span":
            self._part = ""
        elif tag == "script":
            self._in_script = False

    def handle_data(self, data: str) -> None:
        """Put text where it belongs."""
        if self._in_script:
            self.scripts[-1][1] += data
        elif self._cell is not None:
            self._cell.text += data
            if self._part == "v":
                self._cell.value += data
            elif self._part == "s":
                self._cell.beside[-1] += data

    def handle_comment(self, data: str) -> None:
        """Note a comment: the report has none."""
        self._note("a comment")

    def _note(self, found: str) -> None:
        self.surplus.append((self.getpos()[0], found))
