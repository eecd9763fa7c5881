"""Fill the missing answers of one wave several times."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.study.study import load_study
from inspraak.survey.imputing import impute_wave
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    wave: str,
    study: Path,
    responses: Path,
    reasons: Path,
    imputed: Path,
    diagnostics: list[Path],
    *,
    seed: int,
    imputations: int,
    cycles: int,
) -> None:
    """Impute; write the imputed cells, the account of every item, the chains and the distributions."""
    declared, answers, why = load_study(study), pd.read_parquet(responses), pd.read_parquet(reasons)
    filled = impute_wave(declared, wave, answers, why, seed=seed, imputations=imputations, cycles=cycles)
    filled.cells.to_parquet(imputed)
    for table, path in zip((filled.account, filled.traces, filled.distributions), diagnostics):
        table.to_parquet(path)


if __name__ == "__main__":
    run(main, snakemake)
