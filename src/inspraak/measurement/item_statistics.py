"""Each item of the reflective scales of one wave: its answers, and how it goes together with the others."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.estimation.reliability import cronbach_alpha, floor_and_ceiling
from inspraak.measurement.model_items import item_values
from inspraak.measurement.scoring import components, present_components
from inspraak.study.study import Study

FloatArray = npt.NDArray[np.float64]
ITEM_STATISTICS = (
    "wave", "index", "item", "n", "mean", "sd", "item_rest", "alpha_if_dropped", "floor", "ceiling",
)  # fmt: skip


def item_statistics(
    study: Study, wave: str, responses: pd.DataFrame, reasons: pd.DataFrame, scores: pd.DataFrame
) -> pd.DataFrame:
    """Give one row per reflective index and item (or index that it is made of) that the wave has.

    Mean and standard deviation in the unit of the codes, reversed items turned; floor and ceiling are the shares at
    the lowest and highest possible. The correlation with the sum of the other items and alpha without the item rest on
    items on 0-100, as alpha does. Unweighted; n employers answered the item.
    """
    earlier = {name: scores[name] for name in scores.columns if name != "employer"}
    rows: list[dict[str, Any]] = []
    for name, index in study.measured(wave).items():
        if index.type != "reflective":
            continue
        parts, _ = components(study, index, responses, reasons, earlier)
        items = present_components(study, index, responses, earlier)
        alpha = cronbach_alpha(parts) if parts.shape[1] > 1 else None
        for place, item in enumerate(items):
            values = earlier[item].to_numpy(dtype=float) if item in earlier else None
            own = item_values(study, responses, [item])[:, 0] if values is None else values
            rows.append(
                {
                    "wave": wave,
                    "index": name,
                    "item": item,
                    **_answers(own, _bounds(study, item)),
                    "item_rest": np.nan if alpha is None else alpha.item_rest[place],
                    "alpha_if_dropped": np.nan if alpha is None else alpha.alpha_if_dropped[place],
                }
            )
    return pd.DataFrame(rows, columns=list(ITEM_STATISTICS)).astype(dict.fromkeys(ITEM_STATISTICS[4:], float))


def _bounds(study: Study, item: str) -> tuple[float, float]:
    """Give the lowest and highest value that an item can have, in the unit of its codes."""
    if item in study.indices:
        return 0.0, 100.0
    if item in study.variables:
        return study.variables[item].range or (0.0, 1.0)
    scale = study.scale_of(item)
    return (min(scale.codes), max(scale.codes)) if scale.codes is not None else scale.bounds or (0.0, 1.0)


def _answers(values: FloatArray, bounds: tuple[float, float]) -> dict[str, float]:
    known = values[~np.isnan(values)]
    ends = floor_and_ceiling(values, *bounds)
    return {
        "n": known.size,
        "mean": float(known.mean()) if known.size else np.nan,
        "sd": float(known.std(ddof=1)) if known.size > 1 else np.nan,
        "floor": float(ends.floor[0]),
        "ceiling": float(ends.ceiling[0]),
    }
