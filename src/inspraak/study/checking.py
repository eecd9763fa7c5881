"""Check the configuration and the study that it names together, for the workflow and for `inspraak check`."""

from pathlib import Path
from typing import Any

from inspraak.errors import UserError
from inspraak.study.configuration import Configuration, check_configuration
from inspraak.study.declarations import Document, parse
from inspraak.study.loading import Reading, read_study
from inspraak.study.problems import Gathered


def read_declared(config: Any, path: Path, gathered: Gathered) -> tuple[Configuration, Reading]:
    """Check a configuration and the study that it names, and note every problem of both.

    `config` is the content of the file `path`, with what the command line adds. Where something else of it is
    wrong, the study is read all the same. Raises `UserError` with every problem so far where no study can be found.
    """
    configuration = _configuration(config, path, gathered)
    if configuration is not None:
        with gathered.noting():
            reading = read_study(configuration.study_folder())
            gathered.add(reading.problems)
            with gathered.noting():
                configuration.chosen_waves(reading.study.waves)
            return configuration, reading
    gathered.refuse()
    raise AssertionError("a configuration is right or has problems")


def _configuration(config: Any, path: Path, gathered: Gathered) -> Configuration | None:
    """Check a configuration; where only its study and raw folder are right, give these, to check the rest."""
    with gathered.noting():
        return check_configuration(config, path)
    known = (
        {key: config[key] for key in ("study", "raw") if key in config} if isinstance(config, dict) else {}
    )
    try:
        return parse(Configuration, Document(path, known, {}), known)
    except UserError:
        return None
