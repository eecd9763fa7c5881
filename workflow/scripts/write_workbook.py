"""Write the workbook in one language."""

from pathlib import Path
from typing import TYPE_CHECKING

from inspraak.publishing.tables import read_tables
from inspraak.publishing.workbook import write_workbook
from inspraak.study.configuration import Disclosure
from inspraak.study.study import load_study
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    study: Path, language: str, tables: list[Path], workbook: Path, *, disclosure: dict[str, float]
) -> None:
    """Write the published tables as a workbook for policy advisers."""
    published, limits = read_tables(tables[0].parent), Disclosure(**disclosure)
    write_workbook(load_study(study), published, workbook, language=language, limits=limits)


if __name__ == "__main__":
    run(main, snakemake)
