"""Test the declared claims that compare waves."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.over_waves import WavesData
from inspraak.hypotheses.testing_over_waves import test_claims_over_waves
from inspraak.study.study import load_study
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(study: Path, frames: list[Path], invariance: Path, estimates: Path, *, waves: list[str]) -> None:
    """Read the frames of every wave, one table of all waves after the other; write the estimates."""
    declared = load_study(study)
    parts = [pd.read_parquet(path) for path in frames]
    data = {wave: WaveData(declared, wave, *parts[place :: len(waves)]) for place, wave in enumerate(waves)}
    over_waves = WavesData(declared, data, pd.read_parquet(invariance))
    test_claims_over_waves(over_waves).to_parquet(estimates)


if __name__ == "__main__":
    run(main, snakemake)
