"""config.yaml: how to run, not what was asked."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from inspraak.errors import Problem, UserError, near_match
from inspraak.study.declarations import Declared, Document, parse, read_yaml
from inspraak.study.documents import is_there
from inspraak.study.messages import shown


class Disclosure(Declared):
    """Limits of disclosure control."""

    minimum_n: int = Field(default=10, ge=1)
    """An estimate of fewer employers is suppressed; bins in figures hold this many at least."""
    flag_n: int = Field(default=30, ge=1)
    """An estimate of fewer employers is flagged; a density is drawn of this many at least."""
    certain_n: int = Field(default=30, ge=1)
    """A share of 0 or 100 %, and answers that are all the same, are suppressed for fewer employers."""
    dominance: float = Field(default=0.5, gt=0, le=1)
    """A magnitude (turnover, workers) of which one employer has a larger part than this is suppressed."""
    quantile_n: int = Field(default=10, ge=1)
    """A quantile has this many employers at least on each side."""


DISCLOSURE = Disclosure()
"""The limits where config.yaml names none."""


class Frame(Declared):
    """How close to the population the respondents must be before weighting, and how far a trend may move."""

    largest_gap: float = Field(default=0.10, gt=0, le=1)
    """Largest difference between the share of the respondents and of the population in a category of a margin."""
    largest_break: float = Field(default=0.50, gt=0)
    """Largest plausible change of the mean of an index between two waves, in pooled standard deviations."""


class Invariance(Declared):
    """When a scale measures the same in every group, and which groups are large enough to tell."""

    largest_cfi_fall: float = Field(default=0.010, gt=0, lt=1)
    """A level holds where the comparative fit index falls by no more than this against the level before."""
    largest_rmsea_rise: float = Field(default=0.015, gt=0, lt=1)
    """And where the root mean square error of approximation rises by no more than this."""
    chance: float = Field(default=0.05, gt=0, le=1)
    """Larger changes count only where the test of the difference has p below this; 1: the limits alone decide."""
    smallest_group: int = Field(default=50, ge=1)
    """Groups of fewer employers are left out of the comparison."""


Scoring = Literal["mean", "z_mean", "factor", "graded"]
Precision = Literal["quick", "standard", "publication"]


@dataclass(frozen=True)
class Repetitions:
    """How often what rests on chance is done: data sets with missing answers filled in, cycles to fill each.

    `resamples` are samples of the employers, drawn again from themselves, for scales; `draws` the same for claims, in
    all data sets together, and draws of simultaneous intervals; `permutations` of tests that shuffle, likewise in all.
    """

    imputations: int
    cycles: int
    resamples: int
    draws: int
    permutations: int


REPETITIONS: Mapping[Precision, Repetitions] = {
    "quick": Repetitions(imputations=5, cycles=5, resamples=200, draws=1_000, permutations=1_000),
    "standard": Repetitions(imputations=20, cycles=5, resamples=1_000, draws=5_000, permutations=10_000),
    "publication": Repetitions(imputations=50, cycles=10, resamples=5_000, draws=10_000, permutations=20_000),
}


class Configuration(Declared):
    """Every key of config.yaml."""

    study: str = Field(min_length=1)
    """Name of a folder under studies/, or a path to a study folder anywhere."""
    raw: str | None = None
    """Folder of the raw files; by default data/raw/<study>."""
    waves: Literal["all"] | Annotated[tuple[str, ...], Field(min_length=1)] = "all"
    """Waves to analyse: all, or a list of their names."""
    languages: tuple[Literal["nl", "en"], ...] = Field(default=("nl", "en"), min_length=1)
    """Languages of what people read."""
    seed: int = Field(default=1, ge=0)
    """The one seed that every random stream derives from."""
    precision: Precision = "standard"
    """How often what rests on chance is repeated: quick (to look around), standard, publication (slower)."""
    scoring: Scoring = "mean"
    """How items of reflective indices become a score: mean, z_mean (of z-scores), factor or graded (response)."""
    invariance: Invariance = Field(default_factory=Invariance)
    """When a scale may be compared between waves and groups."""
    disclosure: Disclosure = Field(default_factory=Disclosure)
    """Limits of disclosure control."""
    publish: Literal["strict", "warn"] = "warn"
    """A sample far from the population, or a trend that breaks: the report opens with a warning, or the run stops."""
    frame: Frame = Field(default_factory=Frame)
    """When a sample is too far from the population, and when a trend breaks more than is plausible."""

    @property
    def repetitions(self) -> Repetitions:
        """How often what rests on chance is done at this precision."""
        return REPETITIONS[self.precision]

    def study_folder(self) -> Path:
        """Give the study folder; raises `UserError` where there is none or its name cannot name results."""
        folder = Path(self.study)
        if not (is_there(folder) and folder.is_dir()):
            folder = Path("studies") / self.study
        if not (is_there(folder) and folder.is_dir()):
            known = sorted(path.name for path in Path("studies").glob("*") if path.is_dir())
            near = near_match(self.study, known)
            expected = f"a folder, or one of {', '.join(known)}" if known else "the path of a study folder"
            raise UserError(Problem("config.yaml", "study", f"'{self.study}'", expected, near))
        name = folder.resolve().name
        if not re.fullmatch(r"[A-Za-z0-9-]+", name):
            expected = "a folder name of letters, digits and hyphens"
            raise UserError(Problem("config.yaml", "study", f"'{name}'", expected))
        return folder

    def raw_folder(self) -> Path:
        """Give the folder of the raw files."""
        return Path(self.raw) if self.raw else Path("data/raw") / self.study_folder().resolve().name

    def chosen_waves(self, known: Iterable[str]) -> tuple[str, ...]:
        """Give the waves to analyse, of those that the study has; raises `UserError` for every other one."""
        words = tuple(known)
        if self.waves == "all":
            return words
        unknown = [wave for wave in self.waves if wave not in words]
        if unknown:
            expected = f"all, or some of {', '.join(words)}"
            raise UserError(
                Problem("config.yaml", "waves", f"'{wave}'", expected, near_match(wave, words))
                for wave in unknown
            )
        return tuple(self.waves)


def load_configuration(path: Path) -> Configuration:
    """Read config.yaml; raises `UserError` with every problem."""
    return check_configuration(read_yaml(path).data, path)


def check_configuration(config: Any, path: Path) -> Configuration:
    """Check a configuration that was partly given on the command line; messages name lines of the file."""
    if not isinstance(config, dict):
        raise UserError(Problem(path.name, "", shown(config), "keys, each with a value"))
    declared = read_yaml(path).lines if path.exists() else {}
    lines = {keys: line for keys, line in declared.items() if keys}
    typed = dict(config)
    if isinstance(typed.get("study"), int):
        typed["study"] = str(typed["study"])
    waves = typed.get("waves")
    if isinstance(waves, int) and not isinstance(waves, bool):
        typed["waves"] = [str(waves)]
    elif isinstance(waves, str) and waves != "all":
        typed["waves"] = waves.replace(",", " ").split()
    elif isinstance(waves, list):
        typed["waves"] = [str(wave) for wave in waves]
    return parse(Configuration, Document(path, typed, lines), typed)
