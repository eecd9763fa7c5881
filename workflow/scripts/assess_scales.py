"""Assess how reliably each index of one wave is measured."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.measurement.reliability import assess_scales
from inspraak.study.study import load_study
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(wave: str, study: Path, responses: Path, reasons: Path, scores: Path, reliability: Path) -> None:
    """Compute alpha of reflective indices, floor and ceiling of all; write one row per index."""
    answers, why, indices = (pd.read_parquet(path) for path in (responses, reasons, scores))
    assess_scales(load_study(study), wave, answers, why, indices).to_parquet(reliability)


if __name__ == "__main__":
    run(main, snakemake)
