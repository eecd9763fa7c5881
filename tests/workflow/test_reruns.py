"""What a change reruns, and that two runs give the same bytes."""

from pathlib import Path

import pytest

from .conftest import Project

WAVE_RULES = {
    "read_wave", "clean_wave", "weigh_wave", "impute_wave", "score_indices", "describe_wave", "assess_scales",
    "test_claims",
}  # fmt: skip
RULES_OF_ALL_WAVES = {
    "judge_frame", "judge_trends", "judge_invariance", "test_claims_over_waves", "judge_claims", "publish_tables",
    "draw_figures", "write_report", "write_workbook", "write_pdf", "audit_results", "results",
}  # fmt: skip


def test_nothing_changed_plans_no_job(ran: Project) -> None:
    assert ran.planned() == {}


def test_two_runs_with_other_cores_give_the_same_bytes(ran: Project, tmp_path: Path) -> None:
    other = Project.copy(tmp_path / "other")
    other.run(cores=4)
    first, second = ran.results(), other.results()
    assert first.keys() == second.keys()
    different = [path for path in first if first[path] != second[path]]
    assert different == []


@pytest.fixture
def delivered(copied: Project) -> tuple[Project, str]:
    """Give a project whose raw files count as delivered, run once that way."""
    config = f"raw={copied.folder / 'data/raw/small'}"
    copied.run(config=config)
    return copied, config


def test_a_change_of_one_wave_reruns_that_wave_only(delivered: tuple[Project, str]) -> None:
    project, config = delivered
    assert project.planned(config=config) == {}
    file = project.folder / "data/raw/small/small2024.csv"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:-3]))
    planned = project.planned(config=config)
    assert {rule for rule in planned if rule in WAVE_RULES} == WAVE_RULES
    assert all(planned[rule] == 1 for rule in WAVE_RULES)
    assert set(planned) - WAVE_RULES == RULES_OF_ALL_WAVES - {"results"}


@pytest.mark.parametrize(
    ("module", "rerun", "kept"),
    [
        (
            "estimation/density.py",
            {"describe_wave", "draw_figures"},
            {"clean_wave", "test_claims", "assess_scales"},
        ),
        ("hypotheses/verdicts.py", {"judge_claims", "publish_tables"}, {"test_claims", "describe_wave"}),
        (
            "hypotheses/kinds/regression.py",
            {"test_claims", "judge_claims"},
            {"score_indices", "describe_wave"},
        ),
        (
            "hypotheses/kinds/trend.py",
            {"test_claims_over_waves", "judge_claims"},
            {"test_claims", "describe_wave"},
        ),
        ("publishing/workbook.py", {"write_workbook"}, {"draw_figures", "write_report", "publish_tables"}),
        ("survey/decoding.py", {"read_wave"}, {"simulate_answers"}),
    ],
)
def test_a_change_of_one_module_reruns_what_uses_it(
    copied: Project, module: str, rerun: set[str], kept: set[str]
) -> None:
    path = copied.folder / "src/inspraak" / module
    path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    planned = set(copied.planned())
    assert rerun <= planned
    assert not kept & planned


def test_a_touch_without_a_change_reruns_nothing(copied: Project) -> None:
    (copied.folder / "src/inspraak/measurement/scoring.py").touch()
    assert copied.planned() == {}


def test_a_new_claim_reruns_imputation_and_tests_and_what_is_published(copied: Project) -> None:
    """What a claim brings together is in the model of the imputation; files are not read or weighed again."""
    path = copied.folder / "studies/small/hypotheses.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    planned = set(copied.planned())
    assert {"impute_wave", "test_claims", "judge_claims"} <= planned
    assert not {"read_wave", "clean_wave", "weigh_wave", "judge_frame"} & planned
