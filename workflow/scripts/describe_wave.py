"""Describe one wave: means and shares of items and indices, for all employers and by group."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.measurement.description import describe_densities, describe_wave
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
    descriptives: Path,
    densities: Path,
) -> None:
    """Estimate with weights and without; write descriptives and the densities of the indices."""
    declared = load_study(study)
    answers, why, indices = (pd.read_parquet(path) for path in (responses, reasons, scores))
    describe_wave(declared, wave, answers, why, indices).to_parquet(descriptives)
    describe_densities(declared, wave, answers, indices).to_parquet(densities)


if __name__ == "__main__":
    run(main, snakemake)
