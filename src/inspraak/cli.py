"""The command `inspraak`: check a study and its files, or audit results, without running anything."""

import argparse
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inspraak.errors import UserError
from inspraak.hypotheses.testing import unavailable
from inspraak.measurement.scoring import score_indices
from inspraak.publishing.audit.auditing import audit_results
from inspraak.study.checking import read_declared
from inspraak.study.configuration import Disclosure, check_configuration
from inspraak.study.declarations import read_yaml
from inspraak.study.documents import is_there
from inspraak.study.labels import without_labels
from inspraak.study.loading import Reading
from inspraak.study.problems import Gathered
from inspraak.study.schemas import write_schemas
from inspraak.study.study import Study
from inspraak.survey.cleaning import clean_wave
from inspraak.survey.harmonising import harmonise_wave
from inspraak.survey.matching import unlike_identifiers
from inspraak.survey.simulation.simulate import load_truth
from inspraak.survey.weighting import weigh_wave


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit code (0: nothing wrong, 1: problems, 2: wrong call)."""
    parser = argparse.ArgumentParser(
        prog="inspraak", description="Reproducible analysis of employer surveys."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="test a study and its files, and list every problem at once")
    check.add_argument(
        "study", nargs="?", help="name under studies/ or path (default: the study of config.yaml)"
    )
    check.add_argument("--raw", help="folder of the delivered files (default: data/raw/<study>)")
    check.add_argument(
        "--results",
        nargs="?",
        const="",
        metavar="FOLDER",
        help="audit a results folder for disclosure instead (default: results/<study>)",
    )
    check.add_argument("--config", default="config.yaml", help="the configuration (default: config.yaml)")
    schemas = commands.add_parser("schemas", help="write the JSON Schemas of config.yaml and the study files")
    schemas.add_argument("folder", nargs="?", default="workflow/schemas")
    options = parser.parse_args(arguments)
    if options.command == "schemas":
        write_schemas(Path(options.folder))
        return 0
    if options.results is not None and options.raw is not None:
        check.error("--results audits what is published, --raw is of what was delivered: one of both")
    config = Path(options.config)
    try:
        if options.results is not None:
            lines = check_results(config, study=options.study, folder=options.results)
        else:
            lines = check_study(config, study=options.study, raw=options.raw)
    except UserError as error:
        print(error, file=sys.stderr)
        count = len(error.problems)
        print(f"\n{count} problem{'s' if count != 1 else ''} found.", file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0


def check_study(config: Path, *, study: str | None = None, raw: str | None = None) -> list[str]:
    """Check configuration, study and delivered files; give one line per wave that is right, and what they warn of.

    A line that begins with `warning:` says what is no mistake and should be looked at all the same: whatever the
    steps would write as a warning into their logs.

    Raises one `UserError` with every problem of every file. The files of a simulated study are only checked
    where they have been drawn.
    """
    given = {name: value for name, value in (("study", study), ("raw", raw)) if value is not None}
    gathered = Gathered()
    configuration, reading = read_declared(_settings(config, given, gathered), config, gathered)
    declared = reading.study
    if declared.simulated and not reading.problems:
        with gathered.noting():
            load_truth(declared)
    counts = (len(declared.codebook), len(declared.indices), len(declared.claims))
    lines = ["{}: {} items, {} indices, {} claims".format(declared.name, *counts)]
    lines += _check_waves(reading, configuration.raw_folder(), gathered)
    gathered.refuse()
    kinds = [f"{kind} ({', '.join(claims)})" for kind, claims in unavailable(declared).items()]
    if kinds:
        lines.append(f"claims of a kind that cannot be tested yet: {', '.join(kinds)}")
    return lines + [f"warning: {line}" for line in without_labels(declared)]


def check_results(config: Path, *, study: str | None = None, folder: str = "") -> list[str]:
    """Audit a results folder (default: that of the study) by the limits of the configuration; say what was audited.

    Raises one `UserError` with every breach. A configuration that is not there has the limits that are the defaults.
    """
    given = {} if study is None else {"study": study}
    if not config.exists() and (folder or given):
        limits = Disclosure()
    else:
        configuration = check_configuration(read_yaml(config).data | given, config)
        limits, given = configuration.disclosure, {"study": configuration.study}
    return audit_results(Path(folder or Path("results") / Path(given["study"]).name), limits=limits)


def _settings(config: Path, given: dict[str, str], gathered: Gathered) -> Any:
    """Give the content of the configuration with what the command line adds; that alone where it cannot be read."""
    if config.exists() or "study" not in given:
        with gathered.noting():
            data = read_yaml(config).data
            return data | given if isinstance(data, dict) else data
    return given


def _check_waves(reading: Reading, raw: Path, gathered: Gathered) -> list[str]:
    """Try the files of every wave that is rightly declared, and note what is wrong in them."""
    study, lines = reading.study, []
    employers: dict[str, list[str]] = {}
    for wave in reading.sound_waves:
        if study.simulated and not any(is_there(raw / file.path) for file in study.waves[wave].files):
            lines.append(f"wave {wave}: not drawn yet")
            continue
        with gathered.noting():
            if reading.problems:
                harmonise_wave(reading.readable(wave), wave, raw)
            else:
                with _warnings() as warnings:
                    line, employers[wave] = _check_wave(study, wave, raw)
                lines += [line, *(f"warning: {told}" for told in warnings)]
    return lines + [f"warning: {told}" for told in unlike_identifiers(employers)]


def _check_wave(study: Study, wave: str, folder: Path) -> tuple[str, list[str]]:
    """Read, clean, weigh and score one wave as the workflow would.

    Gives a line on how many rows are analysed, and why not all, and the employers of those rows.
    """
    harmonised = harmonise_wave(study, wave, folder)
    cleaned = clean_wave(study, wave, harmonised)
    weights = weigh_wave(study, wave, cleaned.responses).weights
    score_indices(study, wave, cleaned.responses.assign(weight=weights), cleaned.reasons)
    left = cleaned.sample.query("step == 'removed' and n > 0")
    why = ", ".join(f"{reason} {n}" for reason, n in zip(left["reason"], left["n"]))
    line = f"wave {wave}: {harmonised.delivered} rows delivered, {len(cleaned.responses)} to be analysed"
    return f"{line} (removed: {why})" if why else line, cleaned.responses["employer"].astype(str).tolist()


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """Gather what the steps of the package warn of."""
    messages: list[str] = []

    class Gathering(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            messages.append(record.getMessage())

    logger, handler = logging.getLogger("inspraak"), Gathering(logging.WARNING)
    logger.addHandler(handler)
    try:
        yield messages
    finally:
        logger.removeHandler(handler)
