"""Assess how reliably each index of one wave is measured, and how the indices go together."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.measurement.relations import correlate_indices
from inspraak.measurement.reliability import assess_scales
from inspraak.study.study import load_study
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    wave: str,
    study: Path,
    responses: Path,
    reasons: Path,
    scores: Path,
    imputed_scores: Path,
    reliability: Path,
    correlations: Path,
) -> None:
    """Compute alpha of reflective indices, floor and ceiling of all; correlate every pair of indices."""
    declared = load_study(study)
    answers, why, indices = (pd.read_parquet(path) for path in (responses, reasons, scores))
    assess_scales(declared, wave, answers, why, indices).to_parquet(reliability)
    imputed = pd.read_parquet(imputed_scores)
    correlate_indices(declared, wave, answers, indices, imputed).to_parquet(correlations)


if __name__ == "__main__":
    run(main, snakemake)
