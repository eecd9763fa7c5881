"""Assess how each index of one wave is measured, whether its models hold, and how the indices go together."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.measurement.assessment import assess_wave
from inspraak.study.configuration import Scoring
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
    tables: list[Path],
    *,
    seed: int,
    resamples: int,
    scoring: Scoring,
) -> None:
    """Fit the models and write every table of measurement."""
    frames = [pd.read_parquet(path) for path in (responses, reasons, scores, imputed_scores)]
    found = assess_wave(load_study(study), wave, *frames, seed=seed, resamples=resamples, scoring=scoring)
    for path in tables:
        found[path.stem].to_parquet(path)


if __name__ == "__main__":
    run(main, snakemake)
