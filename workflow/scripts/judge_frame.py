"""Judge how far the respondents of every wave are from the population."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from inspraak.survey.frame import judge_frame
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    totals: list[Path], margins: Path, *, publish: Literal["strict", "warn"], largest_gap: float
) -> None:
    """Flag the categories that are too far off; stop there where only a close sample may be published."""
    every = pd.concat([pd.read_parquet(path) for path in totals], ignore_index=True)
    judge_frame(every, publish=publish, largest_gap=largest_gap).to_parquet(margins)


if __name__ == "__main__":
    run(main, snakemake)
