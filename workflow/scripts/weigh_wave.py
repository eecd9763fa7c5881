"""Give every analysed employer of one wave its weights."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.study.study import load_study
from inspraak.survey.weighting import weigh_wave
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    wave: str, study: Path, cleaned: Path, responses: Path, weights: Path, totals: Path, bins: Path
) -> None:
    """Weigh; write the answers with their weights, and what the weights are and add up to."""
    frame = pd.read_parquet(cleaned)
    weighted = weigh_wave(load_study(study), wave, frame)
    pd.concat([frame, weighted.columns], axis=1).to_parquet(responses)
    weighted.diagnostics.to_parquet(weights)
    weighted.margins.to_parquet(totals)
    weighted.bins.to_parquet(bins)


if __name__ == "__main__":
    run(main, snakemake)
