"""Score an index as if some items had not been asked: those on which what it is related to rests too."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.measurement.scoring import score_indices
from inspraak.measurement.scorings import built_from, calibrate_scales
from inspraak.study.configuration import Scoring
from inspraak.study.study import Study

FloatArray = npt.NDArray[np.float64]


def score_without(
    study: Study,
    wave: str,
    responses: pd.DataFrame,
    reasons: pd.DataFrame,
    *,
    index: str,
    left_out: frozenset[str],
    scoring: Scoring = "mean",
    given: pd.DataFrame | None = None,
) -> FloatArray:
    """Score one index without the components, its own and of indices in it, that rest on an item of `left_out`.

    (n,) on 0-100; NaN where missing, and throughout where nothing is left of the index. What `scoring` needs to know
    of scales is estimated from the answers `given`, by default the `responses`, of the components that are left.
    """
    thinned = study.without(left_out)
    if index not in thinned.indices:
        return np.full(len(responses), np.nan)
    alone = replace(thinned, indices={name: thinned.indices[name] for name in built_from(thinned, index)})
    answers = responses if given is None else given
    scales = calibrate_scales(alone, wave, answers, reasons, scoring=scoring)
    return score_indices(alone, wave, responses, reasons, scales=scales)[index].to_numpy(dtype=float)
