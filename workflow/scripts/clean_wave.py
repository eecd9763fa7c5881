"""Decide which rows of one wave are analysed, and account for every row and answer."""

from pathlib import Path
from typing import TYPE_CHECKING

from inspraak.study.study import load_study
from inspraak.survey.cleaning import clean_wave
from inspraak.survey.frames import read_harmonised
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    wave: str,
    study: Path,
    values: Path,
    rows: Path,
    cleaned: Path,
    reasons: Path,
    sample: Path,
    missing: Path,
) -> None:
    """Clean; write the answers, the reasons of missing ones, and the two accounts."""
    result = clean_wave(load_study(study), wave, read_harmonised(values, rows))
    result.responses.to_parquet(cleaned)
    result.reasons.to_parquet(reasons)
    result.sample.to_parquet(sample)
    result.missing.to_parquet(missing)


if __name__ == "__main__":
    run(main, snakemake)
