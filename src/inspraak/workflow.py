"""The one place that knows Snakemake: how a script runs, and which modules and files a rule depends on."""

import inspect
import logging
import os
import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from inspraak.errors import Problem, UserError, near_match
from inspraak.study.checking import read_declared
from inspraak.study.configuration import Configuration
from inspraak.study.problems import Gathered
from inspraak.study.study import Study

log = logging.getLogger("inspraak")
IMPORT = re.compile(
    r"^[ \t]*(?:from (inspraak[\w.]*) import (\([^)]*\)|[^\n]*)|import (inspraak[\w.]+))", flags=re.MULTILINE
)
"""An import of this package as the formatter writes it; a syntax tree of every module would cost a second a run."""
NAME = re.compile(r"\w+")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def run(main: Callable[..., None], snakemake: Any) -> None:
    """Call `main` with the inputs, outputs, params and wildcards that its signature names.

    Log records, warnings and standard error go to the rule's log. A user's mistake is shown once, on the terminal
    and in the log, and ends the job with a non-zero exit; any other error leaves its traceback in the log too.
    """
    given = _given(snakemake)
    wanted = {name: given[name] for name in inspect.signature(main).parameters if name in given}
    with Path(snakemake.log[0]).open("w", encoding="utf-8") as stream:
        logging.basicConfig(stream=stream, level=logging.INFO, format="%(levelname)s %(message)s", force=True)
        logging.captureWarnings(True)
        terminal, sys.stderr = sys.stderr, stream
        try:
            main(**wanted)
        except UserError as error:
            stream.write(f"{error}\n")
            terminal.write(f"\n{error}\n\n")
            sys.exit(1)
        except BaseException as error:
            stream.write(traceback.format_exc())
            terminal.write(f"\n{type(error).__name__}: {error} (whole message in {snakemake.log[0]})\n")
            sys.exit(1)
        finally:
            sys.stderr = terminal


def report_mistake(error: UserError, *, where: Path = Path("logs/check.log")) -> None:
    """Show a mistake that was found before any job ran: on the terminal and in a log of its own."""
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_text(f"{error}\n", encoding="utf-8")
    print(error, file=sys.stderr)


def _given(snakemake: Any) -> dict[str, Any]:
    """Gather what a rule gives its script, by name; files become paths, lists of files lists of paths.

    The input `study` lists the study files that the rule depends on; the script gets their folder.
    """
    given: dict[str, Any] = dict(snakemake.wildcards.items())
    given |= dict(snakemake.params.items())
    for files in (snakemake.input, snakemake.output):
        for name, value in files.items():
            given[name] = Path(value) if isinstance(value, str) else [Path(path) for path in value]
    declared = given.get("study")
    if declared and not isinstance(declared, str):  # a rule that reads no study file has its name alone
        given["study"] = (declared if isinstance(declared, Path) else declared[0]).parent
    return given


@dataclass(frozen=True)
class Plan:
    """What the rules need to know before any job runs: the study, its waves, and the files of each."""

    study: Study
    configuration: Configuration
    waves: tuple[str, ...]
    source: Path

    @classmethod
    def make(cls, config: dict[str, Any], source: Path) -> "Plan":
        """Check config and study; raises `UserError` with every mistake, raw files that are not there included."""
        gathered = Gathered()
        configuration, reading = read_declared(config, Path("config.yaml"), gathered)
        gathered.refuse()
        study = reading.study
        plan = cls(study, configuration, configuration.chosen_waves(study.waves), source)
        if not plan.simulates:
            plan._check_raw_files()
        return plan

    @property
    def simulates(self) -> bool:
        """Tell whether the workflow draws the raw files itself: a simulated study without `raw`."""
        return self.study.simulated and self.configuration.raw is None

    def _check_raw_files(self) -> None:
        folder = self.configuration.raw_folder()
        present = [path.name for path in folder.iterdir()] if folder.is_dir() else []
        problems = [
            Problem(
                str(folder),
                f"wave {wave}",
                f"no file '{file.path}'",
                "the delivered file",
                near_match(file.path, present),
            )
            for wave in self.waves
            for file in self.study.waves[wave].files
            if not (folder / file.path).is_file()
        ]
        if problems:
            raise UserError(problems)

    def raw_files(self, wave: str) -> list[str]:
        """Give the delivered files of one wave."""
        folder = self.configuration.raw_folder()
        return [str(folder / file.path) for file in self.study.waves[wave].files]

    def all_raw_files(self) -> list[str]:
        """Give the delivered files of all waves of the study, each once."""
        return list(dict.fromkeys(path for wave in self.study.waves for path in self.raw_files(wave)))

    def declared(self, *names: str) -> list[str]:
        """Give the study files that a rule depends on; a name without ending stands for its YAML file."""
        return [str(self.study.folder / (name if "." in name else f"{name}.yaml")) for name in names]

    def tables_for_cleaning(self) -> list[str]:
        """Give the small CSV files of the study that cleaning and weighting read."""
        survey = self.study.survey
        named = [variable.table for variable in survey.variables.values()]
        named += [survey.design.population if survey.design is not None else None]
        named += [survey.employer.crosswalk if survey.employer is not None else None]
        named += [wave.invited for wave in self.study.waves.values()]
        return [str(self.study.folder / name) for name in named if name is not None]

    def tables_for_weighting(self) -> list[str]:
        """Give the small CSV files of the study that weighting reads: the population and its margins."""
        design = self.study.design
        if design is None:
            return []
        named = (design.population, *design.margins, *design.employee_margins)
        return [str(self.study.folder / name) for name in named if name is not None]

    def modules(self, script: str) -> list[str]:
        """Give the package files that a script of workflow/scripts runs: a change of one reruns it."""
        path = self.source.parent / "workflow" / "scripts" / f"{script}.py"
        return [os.path.relpath(module) for module in modules_of(path, self.source)]

    def package_data(self, *folders: str) -> list[str]:
        """Give the templates and catalogues below folders of the package."""
        files = (path for folder in folders for path in (self.source / "inspraak" / folder).rglob("*"))
        return sorted(
            os.path.relpath(path) for path in files if path.suffix not in (".py", ".pyc") and path.is_file()
        )


@cache
def modules_of(script: Path, source: Path) -> tuple[str, ...]:
    """List the package files that a script imports, directly or through other modules.

    `source` is the folder that holds the package; the paths are given as they stand below it.
    """
    found: dict[Path, None] = {}
    queue = list(_imported(script, source))
    while queue:
        path = queue.pop()
        if path not in found:
            found[path] = None
            queue.extend(_imported(path, source))
    return tuple(sorted(str(path) for path in found))


@cache
def _imported(path: Path, source: Path) -> tuple[Path, ...]:
    """Give the files of the package that one file imports, also inside functions."""
    names: list[str] = []
    for module, imported, alone in IMPORT.findall(path.read_text(encoding="utf-8")):
        names += [alone] if alone else [module, *(f"{module}.{name}" for name in NAME.findall(imported))]
    modules = (source.joinpath(*name.split(".")).with_suffix(".py") for name in names)
    return tuple(module for module in modules if module.is_file())


def single_threaded() -> None:
    """Keep linear algebra on one thread in every job, so that numbers do not depend on the machine."""
    for name in THREADS:
        os.environ[name] = "1"
