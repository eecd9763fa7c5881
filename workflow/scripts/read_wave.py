"""Read the delivered files of one wave and bring them to the codebook."""

from pathlib import Path
from typing import TYPE_CHECKING

from inspraak.study.study import load_study
from inspraak.survey.frames import write_harmonised
from inspraak.survey.harmonising import harmonise_wave
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(wave: str, study: Path, folder: str, values: Path, rows: Path) -> None:
    """Read, rename, decode; write the values and the reasons of every delivered row."""
    harmonised = harmonise_wave(load_study(study), wave, Path(folder))
    write_harmonised(harmonised, values, rows)


if __name__ == "__main__":
    run(main, snakemake)
