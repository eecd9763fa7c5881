"""Draw every figure of the study, in every language."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.publishing.figures.saving import save_languages
from inspraak.publishing.tables import read_tables
from inspraak.study.study import load_study
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    study: Path,
    tables: list[Path],
    densities: list[Path],
    bins: list[Path],
    figures: Path,
    *,
    languages: list[str],
) -> None:
    """Draw from the published tables, the densities and the bins of weights; write SVG, PNG and captions."""
    declared, published = load_study(study), read_tables(tables[0].parent)
    for name, paths in (("densities", densities), ("weight_bins", bins)):
        published[name] = pd.concat([pd.read_parquet(path) for path in paths], ignore_index=True)
    save_languages(published, declared, figures, languages=languages)


if __name__ == "__main__":
    run(main, snakemake)
