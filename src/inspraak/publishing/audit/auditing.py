"""Audit a results folder from its files alone: is anything in it of fewer employers than may be told?"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from inspraak.errors import Problem, UserError
from inspraak.publishing.audit.cells import audit_cells
from inspraak.publishing.audit.drawings import audit_drawings
from inspraak.publishing.audit.files import audit_files
from inspraak.publishing.audit.identifiers import audit_identifiers, identifiers
from inspraak.publishing.audit.report import audit_reports
from inspraak.publishing.audit.results import Results, read_results
from inspraak.publishing.audit.tables import audit_tables
from inspraak.publishing.audit.workbook import audit_workbooks
from inspraak.study.configuration import Disclosure

Audit = Callable[[Results], Iterator[Problem]]
AUDITS: tuple[tuple[Audit, ...], tuple[Audit, ...]] = (
    (audit_tables, audit_cells, audit_reports, audit_drawings),
    (audit_files, audit_workbooks, audit_identifiers),
)
"""Every audit, in the order in which its breaches are told; both halves take about as long."""
MOST = 20
"""Breaches of one sort in one file that are told one by one."""


def audit_results(folder: Path, *, limits: Disclosure, side_by_side: bool = False) -> list[str]:
    """Audit a results folder; give a line per sort of file of what was audited. `side_by_side` takes two processes.

    Nothing of the run that made it is known but its limits and, where they lie beside it (data/processed/<study>), the
    classes and identifiers of the employers. Raises one `UserError` with every breach; of one sort in one file the
    first 20 stand for all.
    """
    if not folder.is_dir():
        raise UserError(
            Problem(str(folder), "", "no such folder", "a results folder, such as results/<study>")
        )
    results = read_results(folder, limits=limits)
    problems = [*results.unread, *_problems(results, side_by_side=side_by_side)]
    if problems:
        raise UserError(_first(problems))
    return _said(results)


def _problems(results: Results, *, side_by_side: bool) -> list[Problem]:
    """Make every audit, the second half in a process of its own where two are wanted."""
    if not side_by_side:
        return [problem for half in range(len(AUDITS)) for problem in _half(results, half)]
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        second = pool.submit(_half_of, results.folder, results.limits)
        return [*_half(results, 0), *second.result()]


def _half(results: Results, half: int) -> list[Problem]:
    return [problem for audit in AUDITS[half] for problem in audit(results)]


def _half_of(folder: Path, limits: Disclosure) -> list[Problem]:
    return _half(read_results(folder, limits=limits), 1)


def _first(problems: Iterable[Problem]) -> Iterator[Problem]:
    seen = Counter[tuple[str, str]]()
    for problem in problems:
        sort = (problem.file, problem.expected)
        seen[sort] += 1
        if seen[sort] <= MOST:
            yield problem
    for (file, expected), count in seen.items():
        if count > MOST:
            yield Problem(file, "", f"{count - MOST} more like these", expected)


def _said(results: Results) -> list[str]:
    cells = results.table("descriptives")
    hidden = int((cells["flag"] == "suppressed").sum())
    kinds = {"*.xlsx": "workbooks", "*.html": "reports", "*.pdf": "PDFs", "figures/*.svg": "drawings"}
    counts = ", ".join(f"{len(results.files(pattern))} {name}" for pattern, name in kinds.items())
    lines = [
        f"{results.folder}: {len(results.tables)} tables, {counts}",
        f"descriptives: {len(cells) - hidden} cells shown, {hidden} suppressed",
    ]
    if results.processed is None:
        return [
            *lines,
            "the processed data do not lie beside it: identifiers and differencing were not looked for",
        ]
    searched = f"{len(identifiers(results))} identifiers of employers were looked for"
    return [*lines, f"against the processed data beside it: {searched}"]
