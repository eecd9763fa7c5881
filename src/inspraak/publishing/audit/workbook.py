"""The workbooks: no part that hides something, and no row of numbers that is not a published row.

Read as the archive of XML that an xlsx file is (ECMA-376), since an audit must see what a reader of cells leaves out
(hidden sheets, comments, pictures, connections), and raw numbers whatever their format.
"""

import math
import re
import zipfile
from collections.abc import Iterator, Set
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, fromstring

from inspraak.errors import Problem
from inspraak.publishing.audit.results import EXACT, Results

SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
PARTS = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(app|core)\.xml|xl/(workbook|styles|sharedStrings)\.xml"
    r"|xl/theme/theme\d+\.xml|xl/_rels/workbook\.xml\.rels|xl/worksheets/(_rels/)?sheet\d+\.xml(\.rels)?|xl/tables/table\d+\.xml"
)
"""The parts that a workbook of sheets and tables has."""
COUNTING = 2
"""The first sheets (contents, in short) also count: the tables of a sheet, the claims with a verdict."""
MOST_COUNTED = 200


def audit_workbooks(results: Results) -> Iterator[Problem]:
    """Audit every workbook of the folder."""
    counts = [*_counted_rows(results), *_unsolved(results)]
    for path in results.files("*.xlsx"):
        try:
            with zipfile.ZipFile(path) as archive:
                yield from _parts(results, path, archive)
                yield from _sheets(results, path, archive, counts)
        except (zipfile.BadZipFile, ParseError, KeyError) as error:
            yield Problem(results.name(path), "", f"what cannot be read ({error})", "a workbook (xlsx)")


def _parts(results: Results, path: Path, archive: zipfile.ZipFile) -> Iterator[Problem]:
    for name in archive.namelist():
        if not PARTS.fullmatch(name):
            yield Problem(results.name(path), name, "a part beside sheets and tables", "none")


def _sheets(
    results: Results, path: Path, archive: zipfile.ZipFile, counts: list[Set[float]]
) -> Iterator[Problem]:
    texts = _texts(archive)
    sheets = fromstring(archive.read("xl/workbook.xml")).iter(f"{SPACE}sheet")
    for place, sheet in enumerate(sheets):
        name = sheet.get("name", "")
        if sheet.get("state", "visible") != "visible":
            yield Problem(results.name(path), f"sheet '{name}'", "a hidden sheet", "none")
        page = fromstring(archive.read(f"xl/worksheets/sheet{place + 1}.xml"))
        for element in page.iter():
            if element.get("hidden") in ("1", "true"):
                kind = element.tag.removeprefix(SPACE)
                where = f"sheet '{name}', {kind} {element.get('r') or element.get('min')}"
                yield Problem(results.name(path), where, f"a hidden {kind}", "none")
        for row in page.iter(f"{SPACE}row"):
            cells = [_content(cell, texts) for cell in row]
            found = _unpublished(results, [cell for cell in cells if cell is not None], counts, place)
            if found:
                where = f"sheet '{name}', row {row.get('r')}"
                yield Problem(results.name(path), where, found, "a row that the published tables hold")


def _texts(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    items = fromstring(archive.read("xl/sharedStrings.xml"))
    return ["".join(text.text or "" for text in item.iter(f"{SPACE}t")) for item in items]


def _content(cell: Element, texts: list[str]) -> str | float | None:
    """Give a cell as it stands in the file: a number, a text, or None where it is empty."""
    value = cell.find(f"{SPACE}v")
    kind = cell.get("t", "n")
    if kind == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{SPACE}t"))
    if value is None or value.text is None:
        return None
    if kind == "s":
        return texts[int(value.text)]
    return float(value.text) if kind == "n" else value.text


def _unpublished(
    results: Results, cells: list[str | float], counts: list[Set[float]], place: int
) -> str | None:
    """Say what of a row is not published: its numbers neither have one published base, nor are one row of counts."""
    numbers = [cell for cell in cells if isinstance(cell, float)]
    for cell in cells:
        if isinstance(cell, str) and _number_as_text(cell) and cell not in results.texts:
            return f"the number '{cell}' as a text"
    if not numbers:
        return None
    if len(numbers) == 1 and place < COUNTING:
        return None if float(numbers[0]).is_integer() and numbers[0] < MOST_COUNTED else f"{numbers[0]:g}"
    if len(numbers) > 1 and any(all(results.numbers.holds(n, one) for one in numbers) for n in {*numbers}):
        return None
    parts = [one for one in numbers if not float(one).is_integer()]
    whole = {one for one in numbers if float(one).is_integer()}
    if any(whole <= row for row in counts) and all(_quotient(part, whole) for part in parts):
        return None
    listed = ", ".join(f"{one:.6g}" for one in numbers[:4]) + (", ..." if len(numbers) > 4 else "")
    return f"the numbers {listed}"


def _number_as_text(text: str) -> bool:
    return bool(re.fullmatch(r"[(]?[-−]?\d+([.,]\d+)*%?[)]?", text.strip()))


def _quotient(part: float, whole: Set[float]) -> bool:
    """Tell whether a number is the quotient of two of a row's counts."""
    return any(other and math.isclose(part, one / other, rel_tol=EXACT) for one in whole for other in whole)


def _unsolved(results: Results) -> Iterator[Set[float]]:
    """Give n of each model without a solution that may be used: a row may tell of how many employers it is, no more."""
    for table in results.tables.values():
        if {"status", "n"} <= {*table}:
            yield from ({n} for n in table.loc[table["status"] != "converged", "n"].unique())


def _counted_rows(results: Results) -> list[Set[float]]:
    """Give what may stand together in a row of counts: of a step in all waves, of a stratum, of an item, 0 and 1.

    0 and 1 are what shares of none and of all are written as.
    """
    sample = results.table("sample")
    strata = sample["step"].isin(["invited", "response"])
    steps = (
        sample.assign(reason=sample["reason"].mask(strata, "")).groupby(["step", "reason", "wave"])["n"].sum()
    )
    rows: list[Set[float]] = [{0.0, *found} for _, found in steps.groupby(["step", "reason"])]
    rows += [{0.0, 1.0, *found["n"]} for _, found in sample[strata].groupby(["wave", "reason"])]
    missing = results.table("missing").select_dtypes("number").to_numpy()
    return [*rows, *({0.0, 1.0, *found} for found in missing.tolist())]
