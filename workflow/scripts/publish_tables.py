"""Publish the tables of all waves, after disclosure control."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.publishing.publication import publish
from inspraak.publishing.tables import write_table
from inspraak.study.configuration import Disclosure
from inspraak.study.study import load_study
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    study: Path,
    parts: list[Path],
    margins: Path,
    trends: Path,
    invariance: Path,
    verdicts: Path,
    tables: list[Path],
    *,
    disclosure: dict[str, float],
) -> None:
    """Join the waves, control disclosure, add sentences; write every table as CSV."""
    names = dict.fromkeys(path.stem for path in parts)
    frames = {name: [pd.read_parquet(path) for path in parts if path.stem == name] for name in names}
    frames |= {path.stem: [pd.read_parquet(path)] for path in (margins, trends, invariance, verdicts)}
    for name, table in publish(load_study(study), frames, limits=Disclosure(**disclosure)).items():
        write_table(name, table, tables[0].parent)


if __name__ == "__main__":
    run(main, snakemake)
