"""Compare the means of successive waves, and judge whether a trend breaks more than is plausible."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pandas as pd

from inspraak.measurement.returning import Answers
from inspraak.measurement.trend_breaks import judge_trends
from inspraak.study.study import load_study
from inspraak.workflow import run

if TYPE_CHECKING:
    from snakemake.iocontainers import Snakemake

    snakemake: Snakemake


def main(
    study: Path,
    descriptives: list[Path],
    responses: list[Path],
    scores: list[Path],
    imputed_scores: list[Path],
    trends: Path,
    *,
    waves: list[str],
    publish: Literal["strict", "warn"],
    largest_break: float,
) -> None:
    """Write the change of every mean; stop where a trend breaks and only plausible ones may be published."""
    described = pd.concat([pd.read_parquet(path) for path in descriptives], ignore_index=True)
    parts = zip(responses, scores, imputed_scores, strict=True)
    answers = [Answers(*(pd.read_parquet(path) for path in paths)) for paths in parts]
    limits = {"publish": publish, "largest_break": largest_break}
    judged = judge_trends(load_study(study), waves, described, dict(zip(waves, answers)), **limits)
    judged.to_parquet(trends)


if __name__ == "__main__":
    run(main, snakemake)
