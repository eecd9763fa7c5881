"""Turn the answers of one wave into index scores."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.measurement.scoring import score_indices
from inspraak.study.study import load_study
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(wave: str, study: Path, responses: Path, reasons: Path, scores: Path) -> None:
    """Score every index that the wave measures; write one row per employer."""
    answers, why = pd.read_parquet(responses), pd.read_parquet(reasons)
    score_indices(load_study(study), wave, answers, why).to_parquet(scores)


if __name__ == "__main__":
    run(main, snakemake)
