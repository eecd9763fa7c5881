"""Where along a moderator the slope of x differs from zero, and the slope at each of its percentiles: two tables."""

from collections.abc import Iterator

import numpy as np

from inspraak.estimation.combinations import CombinedTerms
from inspraak.estimation.johnson_neyman import SignificantRegion, johnson_neyman
from inspraak.hypotheses.columns import BoolArray, FloatArray, WaveData
from inspraak.hypotheses.modelling import FittedModel
from inspraak.hypotheses.percentiles import percentiles, two_values
from inspraak.hypotheses.result import Detail
from inspraak.study.kinds import Moderation
from inspraak.study.outcomes import answer_range

LEVELS = tuple(range(10, 100, 10))
"""Percentiles of the moderator in the table of simple slopes."""
BASE, CHANGE = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)
"""Weights of x, moderator and product: the slope where the moderator is 0, and its change per unit of it."""
NOWHERE, BEYOND, PART, EVERYWHERE = "nowhere", "beyond the data", "part", "everywhere"
"""What a region of slopes that differ from zero reaches, of the employers of the model."""


def along_moderator(
    data: WaveData, label: str, part: Moderation, model: FittedModel, used: BoolArray
) -> Iterator[Detail]:
    """Give the rows of `simple_slopes` and `regions` of one outcome; none where the moderator has two values.

    `model` has the terms x, moderator and their product; `used` (m, n) marks its rows. Slopes are in SD of the outcome
    per SD of x. The bounds of a region are where t reaches its 95 % quantile (Johnson & Neyman 1936), over imputations
    with the pooled coefficients; they are numbers of the model, in the unit of the moderator, and end at the declared
    ends of its scale.
    """
    moderator = data.column(part.moderator)
    if model.slopes is None or two_values(moderator, used) is not None:
        return
    about = {
        "outcome": model.outcome, "x": part.x, "moderator": part.moderator, "n": model.n,
        "imputations": data.imputations if data.imputations > 1 else 0,
    }  # fmt: skip
    yield from _simple_slopes(data, label, model, moderator, used, about)
    yield from _regions(data, label, model, moderator, used, about)


def _simple_slopes(
    data: WaveData,
    label: str,
    model: FittedModel,
    moderator: FloatArray,
    used: BoolArray,
    about: dict[str, object],
) -> Iterator[Detail]:
    slopes = model.slopes
    assert slopes is not None
    values = percentiles(data, moderator, used, levels=LEVELS)
    values = np.broadcast_to(values, (len(slopes.coefficients), len(LEVELS)))
    weights = np.array(BASE) + values[:, :, np.newaxis] * np.array(CHANGE)
    scale = np.broadcast_to((slopes.sd_x[:, 0] / slopes.sd_y)[:, np.newaxis], values.shape)
    found = CombinedTerms(slopes.coefficients, slopes.covariance, slopes.df).sums_each(weights, scale)
    low, high = found.intervals()
    for place, level in enumerate(LEVELS):
        numbers = {
            "level": level, "value": float(values[:, place].mean()), "estimate": float(found.estimate[place]),
            "ci_low": float(low[place]), "ci_high": float(high[place]),
        }  # fmt: skip
        yield Detail(label, "simple_slopes", about | numbers)


def _regions(
    data: WaveData,
    label: str,
    model: FittedModel,
    moderator: FloatArray,
    used: BoolArray,
    about: dict[str, object],
) -> Iterator[Detail]:
    slopes = model.slopes
    assert slopes is not None
    terms = CombinedTerms(slopes.coefficients, slopes.covariance, slopes.df)
    values = np.where(used, moderator, 0.0)
    weights = np.where(used, data.test_design.weights, 0.0)
    found = johnson_neyman(terms, BASE, CHANGE, values, weights)
    ends = answer_range(data.study, str(about["moderator"])) or (-np.inf, np.inf)
    kept = [region for region in found.regions if region.low < ends[1] and region.high > ends[0]]
    for region in kept:
        yield Detail(label, "regions", about | _region(region, values, used, ends))
    if not kept:
        nothing = {"reach": BEYOND if found.regions else NOWHERE, "sign": 0, "from": np.nan, "to": np.nan}
        yield Detail(label, "regions", about | nothing | {"share": 0.0, "n_inside": 0})


def _region(
    region: SignificantRegion, values: FloatArray, used: BoolArray, ends: tuple[float, float]
) -> dict[str, object]:
    """Give the numbers of a region; a side without a bound, nor an end of the scale, is NaN."""
    inside = used & (values >= region.low) & (values <= region.high)
    n_inside = int(inside.sum(axis=1).min())
    reach = EVERYWHERE if (inside == used).all() else PART if inside.any() else BEYOND
    low, high = max(region.low, ends[0]), min(region.high, ends[1])
    return {
        "reach": reach, "sign": region.sign, "from": low if np.isfinite(low) else np.nan,
        "to": high if np.isfinite(high) else np.nan, "share": region.share, "n_inside": n_inside,
    }  # fmt: skip
