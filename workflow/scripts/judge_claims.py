"""Turn the estimates of all waves into verdicts, by rule."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.hypotheses.verdicts import judge_claims
from inspraak.study.study import load_study
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(study: Path, estimates: list[Path], verdicts: Path) -> None:
    """Adjust for multiplicity within families and judge; write one row per claim and wave."""
    tested = pd.concat([pd.read_parquet(path) for path in estimates], ignore_index=True)
    judge_claims(load_study(study), tested).to_parquet(verdicts)


if __name__ == "__main__":
    run(main, snakemake)
