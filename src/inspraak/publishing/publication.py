"""Put together what is published: the tables of all waves, after disclosure control, with their sentences."""

from collections.abc import Mapping, Sequence

import pandas as pd

from inspraak.publishing.disclosure import control_descriptives
from inspraak.publishing.sentences import add_sentences
from inspraak.publishing.tables import conform
from inspraak.study.study import Study


def publish(
    study: Study, frames: Mapping[str, Sequence[pd.DataFrame]], *, minimum_n: int, flag_n: int
) -> dict[str, pd.DataFrame]:
    """Give every published table by name, from the frames of the waves, in the order of the waves.

    Estimates of fewer than `minimum_n` employers are not published and stand in the table `disclosure`.
    """
    tables = {name: pd.concat(list(parts), ignore_index=True) for name, parts in frames.items()}
    controlled = control_descriptives(tables["descriptives"], minimum_n=minimum_n, flag_n=flag_n)
    tables["descriptives"] = controlled.table
    for name in ("correlations", "reliability"):
        tables[name] = tables[name][tables[name]["n"] >= minimum_n].reset_index(drop=True)
    sourced = _with_source(study, tables["verdicts"])
    tables["verdicts"] = add_sentences(sourced, tables["estimates"], study)
    tables["disclosure"] = controlled.suppressed
    return {name: conform(name, table) for name, table in tables.items()}


def _with_source(study: Study, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Add the text that makes each claim, and its words."""
    sources = [study.claims[name].source for name in verdicts["hypothesis"]]
    return verdicts.assign(
        source_file=[source.file if source is not None else "" for source in sources],
        source_phrase=[source.phrase if source is not None else "" for source in sources],
    )
