"""A copy of the project with the small study, run once for all tests of the workflow."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("Snakefile", "config.yaml", "workflow", "profiles", "src")


@dataclass(frozen=True)
class Project:
    """A copy of the project in a folder of its own."""

    folder: Path

    @classmethod
    def copy(cls, folder: Path) -> "Project":
        """Copy the workflow, the package and the small study; the copy's package is the one that runs."""
        folder.mkdir(parents=True)
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, folder / part, ignore=ignored)
            else:
                shutil.copy(source, folder / part)
        shutil.copytree(ROOT / "tests" / "workflow" / "small", folder / "studies" / "small")
        return cls(folder)

    def snakemake(
        self, *arguments: str, cores: int = 2, config: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run snakemake in the copy; `config` adds to the command line's `--config`."""
        settings = ["study=small", *config.split()]
        command = [
            sys.executable,
            "-m",
            "snakemake",
            "--cores",
            str(cores),
            *arguments,
            "--config",
            *settings,
        ]
        environment = os.environ | {"PYTHONPATH": str(self.folder / "src")}
        return subprocess.run(
            command, capture_output=True, text=True, cwd=self.folder, env=environment, check=False
        )

    def run(self, *arguments: str, cores: int = 2, config: str = "") -> str:
        """Run snakemake, which must succeed; gives what it printed."""
        done = self.snakemake(*arguments, cores=cores, config=config)
        output = done.stdout + done.stderr
        assert done.returncode == 0, output
        return output

    def planned(self, *, config: str = "") -> dict[str, int]:
        """Give the jobs that a run would do: how many of each rule."""
        output = self.run("--dry-run", "--quiet", "rules", config=config)
        if "Nothing to be done" in output:
            return {}
        lines = output.partition("Job stats:")[2].split("total")[0].splitlines()[3:]
        counts = (line.split() for line in lines if line.strip())
        return {name: int(count) for name, count in counts if name != "all"}

    def results(self) -> dict[str, bytes]:
        """Give every file under results/ by its relative path."""
        folder = self.folder / "results" / "small"
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != ".snakemake_timestamp"
        }


@pytest.fixture(scope="session")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Give a project whose small study has run the whole way, on two cores; tests leave it as it is."""
    project = Project.copy(tmp_path_factory.mktemp("ran") / "project")
    project.run()
    return project


@pytest.fixture
def copied(ran: Project, tmp_path: Path) -> Project:
    """Give a copy of the project that has run, to change something in."""
    folder = tmp_path / "project"
    shutil.copytree(ran.folder, folder, symlinks=True, copy_function=shutil.copy2)
    return Project(folder)
