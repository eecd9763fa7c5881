"""Draw every figure of the study, in every language."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.publishing.disclosure_figures import control_bins, control_chains, control_densities
from inspraak.publishing.figures.saving import save_languages
from inspraak.publishing.tables import read_tables
from inspraak.study.configuration import Disclosure
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
    chains: list[Path],
    figures: Path,
    *,
    languages: list[str],
    disclosure: dict[str, float],
) -> None:
    """Draw from the published tables, the densities and the bins of weights; write SVG, PNG and captions."""
    declared, published, limits = load_study(study), read_tables(tables[0].parent), Disclosure(**disclosure)
    curves, joined = (
        pd.concat(map(pd.read_parquet, paths), ignore_index=True) for paths in (densities, bins)
    )
    for name in ("imputation_traces", "imputation_distributions"):
        parts = [pd.read_parquet(path) for path in chains if path.stem == name]
        one = pd.concat(parts, ignore_index=True)
        told = published["imputation"], published["descriptives"]
        published[name] = control_chains(one, *told, limits=limits)
    published["densities"] = control_densities(curves, published["descriptives"], limits=limits)
    published["weight_bins"] = control_bins(joined, limits=limits)
    save_languages(published, declared, figures, languages=languages, limits=limits)


if __name__ == "__main__":
    run(main, snakemake)
