"""Test the declared claims on one wave."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.testing import test_claims
from inspraak.study.configuration import REPETITIONS, Precision, Scoring
from inspraak.study.study import load_study
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake
Frames = list[Path]


def main(
    wave: str,
    study: Path,
    frames: Frames,
    tables: Frames,
    *,
    scoring: Scoring,
    seed: int,
    precision: Precision,
) -> None:
    """Test every claim that its kind and the wave allow; write estimates and the tables beside them."""
    read = (pd.read_parquet(path) for path in frames)
    repetitions = REPETITIONS[precision]
    data = WaveData(load_study(study), wave, *read, scoring=scoring, seed=seed, repetitions=repetitions)
    found = test_claims(data)
    for path in tables:
        found[path.stem].to_parquet(path)


if __name__ == "__main__":
    run(main, snakemake)
