"""Judge whether each scale measures the same in every wave and group."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.measurement.invariance import judge_invariance
from inspraak.study.configuration import Invariance
from inspraak.study.study import load_study
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    study: Path,
    responses: list[Path],
    invariance: Path,
    *,
    waves: list[str],
    limits: dict[str, float],
    seed: int,
) -> None:
    """Test every scale over its groupings, all waves together; one row per level."""
    answers = {wave: pd.read_parquet(path) for wave, path in zip(waves, responses)}
    judge_invariance(load_study(study), answers, limits=Invariance(**limits), seed=seed).to_parquet(
        invariance
    )


if __name__ == "__main__":
    run(main, snakemake)
