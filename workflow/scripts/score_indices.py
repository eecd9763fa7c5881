"""Turn the answers of one wave into index scores."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from inspraak.measurement.scoring import score_indices
from inspraak.measurement.scorings import calibrate_scales
from inspraak.study.configuration import Scoring
from inspraak.study.study import load_study
from inspraak.survey.completing import complete_answers
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
    *,
    scoring: Scoring,
) -> None:
    """Score every index that the wave measures, from the answers as given and with every imputation; write both."""
    declared = load_study(study)
    answers, why, cells = (pd.read_parquet(path) for path in (responses, reasons, imputed))
    scales = calibrate_scales(declared, wave, answers, why, scoring=scoring)
    score_indices(declared, wave, answers, why, scales=scales).to_parquet(scores)
    completed = complete_answers(declared, wave, answers, cells)
    score_indices(declared, wave, completed, why, scales=scales).to_parquet(imputed_scores)


if __name__ == "__main__":
    run(main, snakemake)
