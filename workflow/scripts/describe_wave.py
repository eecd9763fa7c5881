"""Describe one wave: means and shares of items and indices, for all employers and by group."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.measurement.crossings import cross_classify
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
    imputed_scores: Path,
    descriptives: Path,
    densities: Path,
    crossings: Path,
) -> None:
    """Estimate with weights and without; write descriptives, densities, and which employers are told apart."""
    declared = load_study(study)
    answers, why, indices = (pd.read_parquet(path) for path in (responses, reasons, scores))
    imputed = pd.read_parquet(imputed_scores)
    describe_wave(declared, wave, answers, why, indices, imputed).to_parquet(descriptives)
    describe_densities(declared, wave, answers, indices).to_parquet(densities)
    cross_classify(declared, answers, indices).assign(wave=wave).to_parquet(crossings)


if __name__ == "__main__":
    run(main, snakemake)
