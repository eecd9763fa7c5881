"""Give every analysed employer of one wave its weight."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.study.study import load_study
from inspraak.survey.weighting import weigh_wave
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(wave: str, study: Path, cleaned: Path, responses: Path, weights: Path) -> None:
    """Weigh; write the answers with their weight, and the diagnostics of the weights."""
    frame = pd.read_parquet(cleaned)
    weighted = weigh_wave(load_study(study), wave, frame)
    frame.assign(weight=weighted.weights).to_parquet(responses)
    weighted.diagnostics.to_parquet(weights)


if __name__ == "__main__":
    run(main, snakemake)
