"""Write the report in one language as a PDF."""

from pathlib import Path
from typing import TYPE_CHECKING

from inspraak.publishing.pdf import write_pdf
from inspraak.publishing.tables import read_tables
from inspraak.study.configuration import Disclosure
from inspraak.study.study import load_study
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    study: Path, language: str, tables: list[Path], figures: Path, pdf: Path, *, disclosure: dict[str, float]
) -> None:
    """Set the published tables and figures as pages."""
    published, limits = read_tables(tables[0].parent), Disclosure(**disclosure)
    write_pdf(load_study(study), published, figures, pdf, language=language, limits=limits)


if __name__ == "__main__":
    run(main, snakemake)
