"""One survey design of several waves, in which employers that come back count together."""

import warnings
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.estimation.design import LonelyStratumWarning, SurveyDesign
from inspraak.estimation.panel import panel_design

Texts = npt.NDArray[np.object_]


def design_of_waves(waves: Sequence[tuple[SurveyDesign, pd.DataFrame]]) -> SurveyDesign:
    """Give the design of the rows of several waves, each its own design and responses, one below the other.

    An employer stays in the unit and the stratum in which it was first met; where clusters were drawn, the unit is the
    cluster. Waves that share no employer were drawn apart: their strata are not the same.
    """
    frames = [responses for _, responses in waves]
    employers = [texts_of(frame, "employer") for frame in frames]
    units, strata = [_units(frame) for frame in frames], [texts_of(frame, "stratum") for frame in frames]
    every = np.concatenate(employers)
    _, first, back = np.unique(every, return_index=True, return_inverse=True)
    if first.size == every.size:
        units, strata = (
            [np.array([f"{place}|{one}" for one in part], dtype=object) for place, part in enumerate(parts)]
            for parts in (units, strata)
        )
    ends = np.cumsum([len(frame) for frame in frames])[:-1]
    units, strata = (np.split(np.concatenate(parts)[first][back], ends) for parts in (units, strata))
    with warnings.catch_warnings():
        # each wave has warned of its own already
        warnings.simplefilter("ignore", LonelyStratumWarning)
        return panel_design([design for design, _ in waves], units, strata)


def texts_of(responses: pd.DataFrame, name: str) -> Texts:
    """Give a column as texts, (n,)."""
    return np.asarray(responses[name].astype(str), dtype=object)


def _units(responses: pd.DataFrame) -> Texts:
    """Give what was drawn: the cluster of each row, or the employer where none was."""
    if "cluster" not in responses:
        return texts_of(responses, "employer")
    return np.asarray(texts_of(responses, "stratum") + "|" + texts_of(responses, "cluster"), dtype=object)
