"""What a user does wrong gets one clear message each: file, place, found, expected, and a near match."""

import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from inspraak.cli import check_study, main
from inspraak.errors import Problem, UserError
from inspraak.study.study import load_study
from inspraak.survey.simulation.simulate import deliver

from .bench import CSV, SAV, SMALL, Bench
from .breaking import Mistake, harmless, mistakes
from .conftest import ROOT, Project
from .mutating import damage

MISTAKES = mistakes()
SEED = 20240501
FUZZED = [
    (file, files, number)
    for file, files, times in (
        *(
            (name, (), 8)
            for name in (
                "config.yaml", "study.yaml", "codebook.csv", "scales.yaml", "indices.yaml", "hypotheses.yaml",
                "truth.yaml", "population.csv", "invited_2020.csv",
            )
        ),
        (CSV, (CSV,), 20),
        (SAV, (SAV,), 6),
    )
    for number in range(times)
]  # fmt: skip
"""The file that is damaged, the delivered files that are there, and the number of the attempt."""


@pytest.fixture(scope="session")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of the delivered files of the small study, drawn once."""
    folder = tmp_path_factory.mktemp("delivered")
    deliver(load_study(SMALL), folder, seed=SEED)
    return folder


def checked(bench: Bench, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Check a study that is broken; gives the lines of its messages."""
    code = main(["check", "--config", str(bench.path("config.yaml"))])
    output = capsys.readouterr()
    assert code == 1, output.out
    assert output.out == ""
    *lines, empty, count = output.err.splitlines()
    assert (empty, count) == ("", f"{len(lines)} problem{'s' * (len(lines) != 1)} found.")
    assert "Traceback" not in output.err
    return lines


def test_there_are_more_than_a_hundred_mistakes() -> None:
    names = [mistake.name for mistake in MISTAKES]
    assert len(names) == len(set(names)) > 300


def test_the_study_that_is_broken_here_is_right(
    tmp_path: Path, delivered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = Bench.make(tmp_path, delivered, files=(CSV, SAV))
    assert main(["check", "--config", str(bench.path("config.yaml"))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "small: 32 items, 8 indices, 20 claims"
    assert len(lines) == 3, "every kind of test that is declared can be made"
    for year, line in zip(("2020", "2024"), lines[1:3]):
        found = re.fullmatch(
            rf"wave {year}: (\d+) rows delivered, (\d+) to be analysed \(removed: (.+)\)", line
        )
        assert found is not None, line
        reasons = dict(part.rsplit(" ", 1) for part in found[3].split(", "))
        assert {"duplicate", "break_off", "straight_lining"} <= set(reasons)
        assert int(found[1]) - int(found[2]) == sum(map(int, reasons.values()))


@pytest.mark.parametrize("study", ["civil-service", "world-management"])
def test_real_surveys_are_not_refused(study: str, capsys: pytest.CaptureFixture[str]) -> None:
    if "INSPRAAK_DATA" not in os.environ:
        pytest.skip("INSPRAAK_DATA is not set: the real survey files are not here")
    raw = Path(os.environ["INSPRAAK_DATA"]) / study
    code = main(["check", str(ROOT / "studies" / study), "--raw", str(raw), "--config", "none"])
    assert (code, capsys.readouterr().err) == (0, "")


def test_the_default_study_is_not_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = str(ROOT / "studies" / "werkgevers")
    assert main(["check", study, "--raw", str(tmp_path), "--config", "none"]) == 0
    assert "wave 2022: not drawn yet" in capsys.readouterr().out


@pytest.mark.parametrize("change", harmless(), ids=lambda change: change.name)
def test_what_is_right_is_not_refused(
    change: Mistake, tmp_path: Path, delivered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = Bench.make(tmp_path, delivered, files=change.files)
    rows = [row for row in bench.rows()[2:] if row]
    change.make(bench)
    code = main(["check", "--config", str(bench.path("config.yaml"))])
    output = capsys.readouterr()
    assert (code, output.err) == (0, "")
    assert f"wave 2024: {len(rows)} rows delivered" in output.out


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_gets_a_clear_message(
    mistake: Mistake, tmp_path: Path, delivered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = Bench.make(tmp_path, delivered, files=mistake.files)
    mistake.make(bench)
    lines = checked(bench, capsys)
    for pattern in mistake.patterns(bench):
        assert any(re.search(pattern, line) for line in lines), f"{pattern}\n" + "\n".join(lines)
    assert all(re.search(r": found .+; expected .+", line) for line in lines), lines


def test_a_hundred_mistakes_at_once_get_a_hundred_messages(
    tmp_path: Path, delivered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    together = [mistake for mistake in MISTAKES if mistake.together]
    assert len(together) >= 100
    bench = Bench.make(tmp_path, delivered, files=(CSV,))
    for mistake in together:
        mistake.make(bench)
    lines = checked(bench, capsys)
    patterns = {pattern: mistake.name for mistake in together for pattern in mistake.patterns(bench)}
    unsaid = [
        name for pattern, name in patterns.items() if not any(re.search(pattern, line) for line in lines)
    ]
    assert unsaid == []
    assert len(lines) <= 1.1 * len(patterns), "messages about what is not wrong itself"
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize(
    ("file", "files", "number"), FUZZED, ids=lambda part: "" if isinstance(part, tuple) else str(part)
)
def test_random_damage_never_gives_a_traceback(
    file: str, files: tuple[str, ...], number: int, tmp_path: Path, delivered: Path
) -> None:
    bench = Bench.make(tmp_path, delivered, files=files)
    damage(bench.path(file), random.Random(f"{SEED} {file} {number}"))
    problems: tuple[Problem, ...] = ()
    try:
        lines = check_study(bench.path("config.yaml"))
        assert [line[:5] for line in lines[1:3]] == ["wave ", "wave "]
    except UserError as error:
        problems = error.problems or (Problem("", "", "", ""),)
    for problem in problems:
        assert all((problem.file, problem.found, problem.expected)), problem
        assert "\n" not in str(problem)
        assert len(str(problem)) < 1000


# ---------------------------------------------------------------------------------------------------------------
# The same through the workflow: a message on the terminal and in a log, no results, nothing half written.


def planned_with(folder: Path, raw: Path, break_it: Callable[[Path], None], config: str = "") -> Project:
    """Run a copy of the project whose study is broken, and see that nothing was made."""
    project = Project.copy(folder / "project")
    break_it(project.folder / "studies" / "small")
    done = project.snakemake(config=f"raw={raw} {config}")
    assert done.returncode != 0
    output = done.stdout + done.stderr
    log = (project.folder / "logs" / "check.log").read_text(encoding="utf-8").splitlines()
    assert log
    for line in log:
        assert output.count(line) == 1
    assert "Traceback" not in output
    assert not (project.folder / "results").exists()
    assert not (project.folder / "data").exists()
    return project


def said(project: Project, log: str = "check.log") -> str:
    """Give what a log says."""
    return (project.folder / "logs" / log).read_text(encoding="utf-8")


def replaced(file: str, old: str, new: str) -> Callable[[Path], None]:
    """Replace a text in a file of a study."""

    def change(study: Path) -> None:
        text = (study / file).read_text(encoding="utf-8")
        assert text.count(old) == 1
        (study / file).write_text(text.replace(old, new), encoding="utf-8")

    return change


def test_a_wrong_config_key_stops_the_workflow(tmp_path: Path, delivered: Path) -> None:
    project = planned_with(tmp_path, delivered, lambda study: None, config="langages=nl")
    expected = (
        r"config\.yaml: langages: found the key 'langages'; expected one of .*Did you mean 'languages'\?\n"
    )
    assert re.fullmatch(expected, said(project))


def test_mistakes_in_the_configuration_and_in_the_study_stop_the_workflow_together(
    tmp_path: Path, delivered: Path
) -> None:
    def break_both(study: Path) -> None:
        replaced("codebook.csv", "h_bev,results,AANDEEL7", "h_bev,results,AANDEEL8")(study)
        replaced("study.yaml", "not_asked: [k_kennis]", "not_asked: [k_kennis, i_prod, i_kwal]")(study)

    project = planned_with(tmp_path, delivered, break_both, config="langages=nl")
    key, scale, index = said(project).splitlines()
    assert key.startswith("config.yaml: langages: found the key 'langages'; expected one of ")
    assert re.fullmatch(
        r"codebook\.csv: line \d+, column scale \(item h_bev\): found 'AANDEEL8'; expected a scale of scales\.yaml\. "
        r"Did you mean 'AANDEEL7'\?",
        scale,
    )
    assert re.fullmatch(
        r"study\.yaml: line \d+, waves\.2020\.not_asked: found no item of index PREST; expected at least one of .*"
        r"or `waves: \[\"2024\"\]` with the index in indices\.yaml\.",
        index,
    )


WAVES = {
    "2019": ("read_wave", r"cut\.sav: found an SPSS file that cannot be read .*; expected an undamaged file"),
    "2020": (
        "read_wave",
        r"2020\.csv: wave 2020, header: found no column 'e_eer1'; .*Did you mean 'e_eer2'\?",
    ),
    "2021": (
        "read_wave",
        r"2021\.csv: row 9, column 'V1' \(item b_strat1\): found '77'; expected a code or label",
    ),
    "2022": (
        "read_wave",
        r"2022\.csv: row 9, column 'verzuim' \(item i_verz\): found 'weinig'; expected a number",
    ),
    "2023": ("read_wave", r"2023\.csv: below row 2: found no rows; expected at least one row of answers"),
    "2024": (
        "clean_wave",
        r"2024\.csv: row \d+ and row \d+: found 2 rows of one employer with other answers; .*",
    ),
}
"""Wave, the step at which it must stop, and what that says."""
OPTIONS = 'delimiter: ";", decimal: ",", encoding: cp1252, header: 2}]'


def break_waves(study: Path, raw: Path, delivered: Path) -> None:
    """Give the small study six waves, each with another mistake in its file."""
    text = (study / "study.yaml").read_text(encoding="utf-8").replace("simulated: truth.yaml\n", "")
    text = text.replace("  duplicates: most_complete\n", "")
    rename = re.search(r"    rename: {nummer.*\n", text)
    assert rename is not None
    waves = [f'  "{wave}":\n    files: [{{path: {wave}.csv, {OPTIONS}\n{rename[0]}' for wave in WAVES]
    waves[0] = f'  "2019":\n    files: [{{path: cut.sav}}]\n{rename[0]}'
    text = re.sub(r"waves:\n.*?(?=\nemployer)", lambda _: "waves:\n" + "".join(waves), text, flags=re.DOTALL)
    (study / "study.yaml").write_text(text, encoding="utf-8")
    edits = {
        "2020": {"without": ["e_eer1"]},
        "2021": {"row": 9, "column": "V1", "to": "77"},
        "2022": {"row": 9, "column": "verzuim", "to": "weinig"},
        "2023": {"in": CSV, "saved": "the first two lines alone"},
        "2024": {"in": CSV, "saved": "second rows"},
    }
    for wave, edit in edits.items():
        bench = Bench.make(raw / f"of {wave}", delivered, files=(CSV,))
        Mistake(wave, (edit,), (), (), together=False).make(bench)
        shutil.copy(bench.path(CSV), raw / f"{wave}.csv")
    (raw / "cut.sav").write_bytes((delivered / SAV).read_bytes()[:5000])


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory, delivered: Path) -> tuple[Project, str]:
    """Give a project in which every wave is broken in its own way, after one run, and what that printed."""
    folder = tmp_path_factory.mktemp("failed")
    project, raw = Project.copy(folder / "project"), folder / "raw"
    raw.mkdir()
    break_waves(project.folder / "studies" / "small", raw, delivered)
    done = project.snakemake("--keep-going", config=f"raw={raw}")
    assert done.returncode != 0
    return project, done.stdout + done.stderr


@pytest.mark.parametrize("wave", WAVES)
def test_a_mistake_in_a_file_is_said_on_the_terminal_and_in_the_log(
    failed: tuple[Project, str], wave: str
) -> None:
    project, output = failed
    rule, pattern = WAVES[wave]
    log = [line for line in said(project, f"small/{wave}/{rule}.log").splitlines() if ": found " in line]
    assert len(log) >= 1
    assert re.search(pattern, log[0]), log
    assert all(output.count(line) == 1 for line in log)


@pytest.mark.parametrize("wave", WAVES)
def test_a_failed_step_leaves_nothing_behind(failed: tuple[Project, str], wave: str) -> None:
    project, _ = failed
    folder = project.folder / "data" / "processed" / "small" / "wave" / wave
    made = {path.name for path in folder.iterdir()} if folder.exists() else set()
    assert made == (
        {"delivered.parquet", "delivered_rows.parquet"} if WAVES[wave][0] == "clean_wave" else set()
    )


def test_a_failed_run_gives_no_results_and_no_traceback(failed: tuple[Project, str]) -> None:
    project, output = failed
    assert not [path for path in (project.folder / "results").rglob("*") if path.is_file()]
    assert "Traceback" not in output
    logs = [path.read_text(encoding="utf-8") for path in (project.folder / "logs").rglob("*.log")]
    assert logs
    assert not any("Traceback" in log for log in logs)
