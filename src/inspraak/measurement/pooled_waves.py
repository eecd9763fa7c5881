"""The answers of all waves in one frame: the groups they are compared over, and employers met more than once."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.study.factor_models import WAVE, MeasurementModel
from inspraak.study.study import Study
from inspraak.survey.weighting import CARRIED

BoolArray = npt.NDArray[np.bool_]


def pool_waves(study: Study, model: MeasurementModel, responses: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Give the rows of the waves of a model one below the other: employer, items, groupings, weight, `wave`.

    Groupings are text, "" for employers of no group; items that a wave did not ask are missing there.
    """
    weight = [] if model.weights == "none" else [CARRIED[model.weights][0]]
    parts = []
    for wave in model.waves:
        if wave not in responses:
            continue
        frame = responses[wave]
        part = frame.reindex(columns=["employer", *model.items, *weight]).astype({"employer": object})
        groups = {name: _labels(study, frame, name) for name in model.compare if name != WAVE}
        parts.append(part.assign(**groups, **{WAVE: wave}))
    columns = ["employer", *model.items, *weight, *model.compare, WAVE]
    return (
        pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(dict.fromkeys(columns)))
    )


def _labels(study: Study, responses: pd.DataFrame, grouping: str) -> "pd.Series[str]":
    if grouping not in responses:
        return pd.Series("", index=responses.index, dtype=object)
    column = responses[grouping]
    if grouping not in study.variables:
        column = column.map(lambda code: f"{code:g}", na_action="ignore")
    return column.astype(object).where(column.notna(), "").astype(str)


def one_wave_each(pooled: pd.DataFrame, rng: np.random.Generator) -> BoolArray:
    """Mark one row of each employer; of those met in the same waves, each wave keeps as many, up to one.

    Which one it is is drawn: the order of the employers of each set of waves, and the wave that the first keeps.
    """
    rows = pooled.reset_index(drop=True).groupby("employer", sort=True)[WAVE]
    sets: dict[tuple[str, ...], list[npt.NDArray[np.int64]]] = {}
    for _, waves in rows:
        sets.setdefault(tuple(sorted(waves)), []).append(waves.sort_values(kind="stable").index.to_numpy())
    kept = np.zeros(len(pooled), dtype=np.bool_)
    for met in sorted(sets):
        members = np.stack(sets[met])
        size = len(met)
        turn = (rng.permutation(len(members)) + int(rng.integers(size))) % size
        kept[members[np.arange(len(members)), turn]] = True
    return kept
