"""Put together what is published: the tables of all waves, after disclosure control, with their sentences."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from inspraak.publishing.disclosure import (
    control_descriptives,
    control_estimates,
    control_reliability,
    control_rows,
)
from inspraak.publishing.sentences import add_sentences
from inspraak.publishing.tables import conform
from inspraak.study.study import Study

_OF_VERDICTS = ["p_value", "p_adjusted", "detectable_effect"]


def publish(
    study: Study, frames: Mapping[str, Sequence[pd.DataFrame]], *, minimum_n: int, flag_n: int
) -> dict[str, pd.DataFrame]:
    """Give every published table by name, from the frames of the waves, in the order of the waves.

    What disclosure control does not let pass is not published and stands in the table `disclosure`.
    """
    tables = {name: pd.concat(list(parts), ignore_index=True) for name, parts in frames.items()}
    controlled = {
        "descriptives": control_descriptives(tables["descriptives"], minimum_n=minimum_n, flag_n=flag_n),
        "correlations": control_rows(
            "correlations", tables["correlations"], keys=("wave", "x", "y"), minimum_n=minimum_n
        ),
        "reliability": control_reliability(tables["reliability"], minimum_n=minimum_n, flag_n=flag_n),
        "estimates": control_estimates(tables["estimates"], minimum_n=minimum_n),
    }
    verdicts = _without_hidden(tables["verdicts"], tables["estimates"], minimum_n)
    tables |= {name: part.table for name, part in controlled.items()}
    tables["verdicts"] = add_sentences(_with_source(study, verdicts), tables["estimates"], study)
    tables["disclosure"] = pd.concat([part.suppressed for part in controlled.values()], ignore_index=True)
    return {name: conform(name, table) for name, table in tables.items()}


def _without_hidden(verdicts: pd.DataFrame, estimates: pd.DataFrame, minimum_n: int) -> pd.DataFrame:
    """Empty the numbers of verdicts that rest on an estimate that is not shown."""
    claim = ["hypothesis", "wave"]
    small = pd.MultiIndex.from_frame(estimates.loc[estimates["n"] < minimum_n, claim])
    hidden = pd.MultiIndex.from_frame(verdicts[claim]).isin(small)
    return verdicts.assign(**{name: verdicts[name].where(~hidden, np.nan) for name in _OF_VERDICTS})


def _with_source(study: Study, verdicts: pd.DataFrame) -> pd.DataFrame:
    """Add the text that makes each claim, and its words."""
    sources = [study.claims[name].source for name in verdicts["hypothesis"]]
    return verdicts.assign(
        source_file=[source.file if source is not None else "" for source in sources],
        source_phrase=[source.phrase if source is not None else "" for source in sources],
    )
