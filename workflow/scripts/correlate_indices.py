"""Correlate the indices of one wave."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.measurement.relations import correlate_indices
from inspraak.study.study import load_study
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    wave: str, study: Path, responses: Path, scores: Path, imputed_scores: Path, correlations: Path
) -> None:
    """Correlate every pair of indices; write one row per pair."""
    answers, indices, imputed = (pd.read_parquet(path) for path in (responses, scores, imputed_scores))
    correlate_indices(load_study(study), wave, answers, indices, imputed).to_parquet(correlations)


if __name__ == "__main__":
    run(main, snakemake)
