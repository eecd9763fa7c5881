"""Which files a results folder holds: those that are published, and nothing beside them or inside them."""

import re
import zlib
from collections.abc import Iterator
from pathlib import Path

from inspraak.errors import Problem
from inspraak.publishing.audit.results import Results

PUBLISHED = (
    r"tables/[a-z_]+\.csv",
    r"(tables_[a-z]{2}\.xlsx|report_[a-z]{2}\.(html|pdf))",
    r"figures/(\w+\.(svg|png)|captions_[a-z]{2}\.json)",
    r"provenance/[\w./-]+\.(json|jsonld|yaml|yml|txt|log|csv|html)",
    r"(.*/)?\.snakemake_timestamp",
)
"""The files of a results folder: a new sort of file is a line here."""
FILE = re.compile("|".join(PUBLISHED))
EXPECTED = (
    "tables/*.csv, tables_*.xlsx, report_*.html, report_*.pdf, figures/ (SVG, PNG, captions) and provenance/"
)
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
ATTACHED = (b"/EmbeddedFile", b"/Filespec", b"/JavaScript")


def audit_files(results: Results) -> Iterator[Problem]:
    """Audit what files there are, and that no PDF carries another file."""
    for path in results.files("*"):
        inside = path.relative_to(results.folder).as_posix()
        if not FILE.fullmatch(inside) or path.is_symlink():
            yield Problem(results.name(path), "", f"a file '{inside}'", EXPECTED)
    for path in results.files("*.pdf"):
        entries = {found for part in _parts(path) for found in ATTACHED if found in part}
        for found in sorted(entries):
            yield Problem(results.name(path), "", f"an entry {found.decode()}", "pages alone")


def _parts(path: Path) -> Iterator[bytes]:
    """Give a PDF without and with its compressed parts read."""
    data = path.read_bytes()
    yield data
    for found in STREAM.finditer(data):
        try:
            yield zlib.decompressobj().decompress(found[1])
        except zlib.error:
            continue
