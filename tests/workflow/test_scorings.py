"""Another scoring, from config.yaml to what people read."""

import pandas as pd
import pytest

from inspraak.publishing.tables import read_tables
from inspraak.study.configuration import Configuration

from .conftest import Project


@pytest.fixture(scope="module")
def graded(ran: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The small study, run again from what it has with `scoring: graded`; no figures, no PDF."""
    import shutil

    folder = tmp_path_factory.mktemp("graded") / "project"
    shutil.copytree(ran.folder, folder, symlinks=True, copy_function=shutil.copy2)
    project = Project(folder)
    project.run("results/small/report_nl.html", config="scoring=graded")
    return project


def test_the_scores_of_scales_are_other_ones_in_the_same_unit(ran: Project, graded: Project) -> None:
    for wave in ("2020", "2024"):
        for name in ("scores", "imputed_scores"):
            path = f"data/processed/small/wave/{wave}/{name}.parquet"
            before, after = (pd.read_parquet(project.folder / path) for project in (ran, graded))
            assert (before.isna() == after.isna()).all(axis=None)
            for scale in ("S_invloed", "KUNNEN", "PREST"):
                assert not before[scale].equals(after[scale])
                assert after[scale].mean() == pytest.approx(before[scale].mean(), abs=2)
                assert before[scale].corr(after[scale], method="spearman") > 0.95


def test_the_tables_and_the_report_say_which_scoring_it_is(ran: Project, graded: Project) -> None:
    assert Configuration(study="small").scoring == "mean"
    for project, chosen in ((ran, "mean"), (graded, "graded")):
        scorings = read_tables(project.folder / "results/small/tables")["scorings"]
        assert set(scorings.loc[scorings["chosen"] == "True", "scoring"]) == {chosen}
        assert scorings["rank_correlation"].gt(0.9).all()
        report = (project.folder / "results/small/report_nl.html").read_text(encoding="utf-8")
        used = "komt uit een model voor geordende antwoorden (graded response)"  # the methods say how scores were made
        assert (used in report) == (chosen == "graded")
