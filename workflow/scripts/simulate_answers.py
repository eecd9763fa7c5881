"""Draw the answers of a simulated study and deliver them as its waves declare."""

from pathlib import Path
from typing import TYPE_CHECKING

from inspraak.study.study import load_study
from inspraak.survey.simulation.simulate import deliver
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(study: Path, folder: str, *, seed: int) -> None:
    """Draw employers and answers from the declared truth; write every delivered file."""
    deliver(load_study(study), Path(folder), seed=seed)


if __name__ == "__main__":
    run(main, snakemake)
