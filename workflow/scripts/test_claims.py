"""Test the declared claims on one wave."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.hypotheses.columns import WaveData
from inspraak.hypotheses.testing import test_claims
from inspraak.study.configuration import Scoring
from inspraak.study.study import load_study
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
    scores: Path,
    imputed_scores: Path,
    estimates: Path,
    *,
    scoring: Scoring,
) -> None:
    """Test every claim that its kind and the wave allow; write one row per term, or the reason why not."""
    paths = (responses, reasons, scores, imputed, imputed_scores)
    data = WaveData(load_study(study), wave, *(pd.read_parquet(path) for path in paths), scoring=scoring)
    test_claims(data).to_parquet(estimates)


if __name__ == "__main__":
    run(main, snakemake)
