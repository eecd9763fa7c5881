"""The command `inspraak`: check a study and its files without running anything."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from inspraak.errors import Problem, UserError
from inspraak.study.configuration import check_configuration, load_configuration
from inspraak.study.schemas import write_schemas
from inspraak.study.study import Study, load_study


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
    check.add_argument("--config", default="config.yaml", help="the configuration (default: config.yaml)")
    schemas = commands.add_parser("schemas", help="write the JSON Schemas of config.yaml and the study files")
    schemas.add_argument("folder", nargs="?", default="workflow/schemas")
    options = parser.parse_args(arguments)
    if options.command == "schemas":
        write_schemas(Path(options.folder))
        return 0
    try:
        lines = check_study(Path(options.config), study=options.study, raw=options.raw)
    except UserError as error:
        print(error, file=sys.stderr)
        count = len(error.problems)
        print(f"\n{count} problem{'s' if count != 1 else ''} found.", file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0


def check_study(config: Path, *, study: str | None = None, raw: str | None = None) -> list[str]:
    """Check configuration, study and delivered files; give one line per wave that is right.

    Raises one `UserError` with every problem of every file. The files of a simulated study are only checked
    where they have been drawn.
    """
    given = {name: value for name, value in (("study", study), ("raw", raw)) if value is not None}
    base = load_configuration(config).model_dump() if config.exists() or study is None else {}
    configuration = check_configuration(base | given, config)
    declared = load_study(configuration.study_folder())
    folder = configuration.raw_folder()
    counts = (len(declared.codebook), len(declared.indices), len(declared.claims))
    lines = ["{}: {} items, {} indices, {} claims".format(declared.name, *counts)]
    problems: list[Problem] = []
    for wave in declared.waves:
        absent = declared.simulated and not any(
            (folder / file.path).exists() for file in declared.waves[wave].files
        )
        if absent:
            lines.append(f"wave {wave}: not drawn yet")
            continue
        try:
            lines.append(_check_wave(declared, wave, folder))
        except UserError as error:
            problems.extend(error.problems)
    if problems:
        raise UserError(problems)
    return lines


def _check_wave(study: Study, wave: str, folder: Path) -> str:
    """Read, clean, weigh and score one wave as the workflow would, and say how many rows are analysed."""
    from inspraak.measurement.scoring import score_indices
    from inspraak.survey.cleaning import clean_wave
    from inspraak.survey.harmonising import harmonise_wave
    from inspraak.survey.weighting import weigh_wave

    harmonised = harmonise_wave(study, wave, folder)
    cleaned = clean_wave(study, wave, harmonised)
    weights = weigh_wave(study, wave, cleaned.responses).weights
    score_indices(study, wave, cleaned.responses.assign(weight=weights), cleaned.reasons)
    return f"wave {wave}: {harmonised.delivered} rows delivered, {len(cleaned.responses)} to be analysed"
