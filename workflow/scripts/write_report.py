"""Write the report in one language."""

from pathlib import Path
from typing import TYPE_CHECKING

from inspraak.publishing.report import render_report
from inspraak.publishing.tables import read_tables
from inspraak.study.configuration import Disclosure
from inspraak.study.study import load_study
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    study: Path,
    language: str,
    tables: list[Path],
    figures: Path,
    report: Path,
    *,
    disclosure: dict[str, float],
) -> None:
    """Render the published tables and figures as one HTML file."""
    published, limits = read_tables(tables[0].parent), Disclosure(**disclosure)
    html = render_report(load_study(study), published, figures, language=language, limits=limits)
    report.write_text(html, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    run(main, snakemake)
