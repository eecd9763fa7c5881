"""Whether each scale measures the same in every wave, sector or size: the rows of invariance.csv."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.factor_invariance import Invariance, InvarianceLevel, Method, Tolerance
from inspraak.estimation.factor_samples import Missing
from inspraak.estimation.scale_comparison import compare_scale
from inspraak.measurement.model_items import ModelItems, gather_items
from inspraak.measurement.pooled_waves import one_wave_each, pool_waves
from inspraak.measurement.sparse_categories import join_sparse
from inspraak.randomness import stream
from inspraak.study.configuration import Invariance as Limits
from inspraak.study.factor_models import WAVE, MeasurementModel
from inspraak.study.study import Study
from inspraak.survey.weighting import CARRIED

BoolArray = npt.NDArray[np.bool_]

ONCE, ONE_WAVE, CLUSTERED = "each once", "one wave each", "clustered"
"""What is done about employers that are in several waves."""
JUST_IDENTIFIED = "just identified"
"""Why a scale of fewer items with nothing beside it is not tested."""
NUMBERS = (
    "groups", "n", "smallest_n", "chi2", "df", "p_value", "cfi", "rmsea", "delta_cfi", "delta_rmsea", "difference_chi2",
    "difference_df", "difference_p",
)  # fmt: skip
COLUMNS = (
    "model", "index", "grouping", "left_out", "level", "estimator", "employers", "beside", "holds", "released",
    "comparable", "status", "reason", *NUMBERS,
)  # fmt: skip


def judge_invariance(
    study: Study, responses: Mapping[str, pd.DataFrame], *, limits: Limits, seed: int
) -> pd.DataFrame:
    """Test every scale of every model over each of its groupings; `responses` of the waves, in order.

    Levels are as in `compare_scale`: the scale alone is equal over groups, and few items stand beside other scales
    of the model, which are free (`beside`). An item takes part where every wave that has the scale asked it. Groups of
    fewer than `smallest_group` employers with an answer are left out. Of ordered answers, categories that a group
    did not choose are joined with their neighbour in all groups. Of employers in several waves WLSMV and ML keep
    one, drawn; MLR knows that their rows hang together. Without a level that could be tested `level` is
    `configural`, and `reason` says why.
    """
    tolerance = Tolerance(limits.largest_cfi_fall, limits.largest_rmsea_rise, limits.chance)
    rows: list[dict[str, Any]] = []
    for model in study.models.values():
        pooled = pool_waves(study, model, responses)
        rng = stream(seed, study.name, "invariance", model.name)
        kept = (
            np.ones(len(pooled), dtype=np.bool_) if model.estimator == "MLR" else one_wave_each(pooled, rng)
        )
        for grouping in model.compare:
            for scale in model.factors:
                answers = _answers(study, model, scale, grouping, pooled[kept], limits.smallest_group)
                about = {"model": model.name, "index": scale, "estimator": model.estimator}
                about |= {"employers": _employers(pooled, kept, answers.clusters)}
                rows += [about | row for row in _rows(answers, tolerance)]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(NUMBERS, float))


def _employers(pooled: pd.DataFrame, kept: BoolArray, clusters: object | None) -> str:
    if not kept.all():
        return ONE_WAVE
    return ONCE if clusters is None else CLUSTERED


@dataclass(frozen=True, eq=False)
class _Answers:
    """The answers of all large groups to one scale and those that may stand beside it; `why` there are none."""

    scale: str
    grouping: str
    items: ModelItems
    groups: npt.NDArray[np.str_]
    left_out: tuple[str, ...]
    design: SurveyDesign | None
    clusters: npt.NDArray[np.int64] | None
    why: str

    @property
    def own(self) -> tuple[str, ...]:
        """Items of the scale itself."""
        return self.items.factors.get(self.scale, ())


def _answers(
    study: Study, model: MeasurementModel, scale: str, grouping: str, pooled: pd.DataFrame, smallest: int
) -> _Answers:
    """Gather the answers to the items that every wave with the scale asked, of the groups that are large enough."""
    waves = [wave for wave in pooled[WAVE].unique() if scale in study.factors_of(model, wave)]
    asked = [study.factors_of(model, wave) for wave in waves]
    factors = {
        name: tuple(item for item in items if all(item in part.get(name, ()) for part in asked))
        for name, items in model.factors.items()
    }
    rows = pooled[pooled[WAVE].isin(waves)]
    labels = rows[grouping].to_numpy(dtype=str)
    answered = (
        rows[[*factors[scale]]].notna().any(axis=1).to_numpy() if waves else np.zeros(0, dtype=np.bool_)
    )
    sizes = {label: int((answered & (labels == label)).sum()) for label in np.unique(labels) if label}
    large = [label for label, n in sizes.items() if n >= smallest]
    inside = np.isin(labels, large)
    rows = rows[inside]
    items = gather_items(study, model, rows, factors)
    codes, employers = pd.factorize(rows["employer"])
    clusters = codes.astype(np.int64) if len(employers) < len(rows) else None
    return _Answers(
        scale,
        grouping,
        items,
        labels[inside],
        tuple(label for label in sizes if label not in large),
        _design(model, rows, clusters),
        clusters,
        _why(scale, factors[scale], items, groups=len(large), waves=len(waves), over_waves=grouping == WAVE),
    )


def _why(
    scale: str, asked: tuple[str, ...], items: ModelItems, *, groups: int, waves: int, over_waves: bool
) -> str:
    """Say why a scale cannot be compared at all; "" where it can."""
    if waves < 2 and over_waves:
        return "one wave"
    if len(asked) < 2:
        return "other items" if waves > 1 else "one item"
    if groups < 2:
        return "too few rows"
    if scale in items.factors:
        return ""
    return "; ".join(_left_out(asked, items)) or items.left_out[scale]


def _left_out(asked: tuple[str, ...], items: ModelItems) -> list[str]:
    """Say which items cannot be used, and why."""
    left = [(items.left_out[item], item) for item in asked if item in items.left_out]
    return [f"{why}, {item}" if ":" in why else f"{why}: {item}" for why, item in left]


def _design(
    model: MeasurementModel, rows: pd.DataFrame, clusters: npt.NDArray[np.int64] | None
) -> SurveyDesign | None:
    """Give weights, where the model has them, and employers as clusters, where they are in several waves."""
    if model.estimator == "WLSMV" or (clusters is None and model.weights == "none"):
        return None
    weights = np.ones(len(rows))
    if model.weights != "none":
        weights = rows[CARRIED[model.weights][0]].to_numpy(dtype=float)
    return SurveyDesign(weights, np.zeros(len(rows), dtype=np.int64), clusters)


def _rows(answers: _Answers, tolerance: Tolerance) -> list[dict[str, Any]]:
    """Give the rows of one scale over one grouping."""
    empty = {"left_out": " ".join(answers.left_out), "grouping": answers.grouping}
    empty |= dict.fromkeys(("beside", "holds", "released", "status"), "")
    nothing = empty | {"level": "configural", "comparable": "not testable"}
    if answers.why:
        return [nothing | {"reason": answers.why}]
    model, names = answers.items.model, list(answers.items.factors)
    values, joined = answers.items.values, {}
    codes = np.unique(answers.groups, return_inverse=True)[1].astype(np.int64)
    if model.estimator == "WLSMV":
        values, pairs = join_sparse(values, codes)
        joined = {item: bool(pair) for item, pair in zip(answers.items.items, pairs)}
    missing: Missing = "listwise" if model.missing == "listwise" else "fiml"
    found = compare_scale(
        values,
        answers.items.members,
        names.index(answers.scale),
        groups=answers.groups,
        method=Method(model.estimator, missing, answers.design, tolerance),
        residual_pairs=answers.items.residual_pairs,
    )
    if found is None:
        return [nothing | {"reason": JUST_IDENTIFIED}]
    own = answers.items.members[:, names.index(answers.scale)]
    answered = codes[~np.isnan(values[:, own]).all(axis=1)]
    row = empty | {
        "groups": len(np.unique(codes)),
        "smallest_n": int(np.bincount(answered, minlength=int(codes.max()) + 1).min()),
        "beside": " ".join(names[place] for place in found.beside),
        "comparable": found.invariance.verdict,
    }
    items = [answers.items.items[column] for column in found.columns]
    notes = _left_out(answers.items.model.factors[answers.scale], answers.items)
    merged = [item for item in answers.own if joined.get(item)]
    if merged:
        notes.append(f"answers joined: {', '.join(merged)}")
    return [
        row | _numbers(level, items) | {"reason": _reason(found.invariance, level, items, notes)}
        for level in found.invariance.levels
    ]


def _numbers(level: InvarianceLevel, items: list[str]) -> dict[str, Any]:
    """Give the columns of one level."""
    return {
        "level": level.level,
        "n": level.n,
        "chi2": level.test.chi_square,
        "df": level.test.df if np.isfinite(level.test.chi_square) else np.nan,
        "p_value": level.test.p_value,
        "cfi": level.indices.cfi,
        "rmsea": level.indices.rmsea,
        "delta_cfi": level.delta_cfi,
        "delta_rmsea": level.delta_rmsea,
        "difference_chi2": level.difference.chi_square,
        "difference_df": level.difference.df if level.difference.df else np.nan,
        "difference_p": level.difference.p_value,
        "holds": "" if level.holds is None else str(level.holds),
        "released": " ".join(items[place] for place in level.released),
        "status": level.status,
    }


def _reason(found: Invariance, level: InvarianceLevel, items: list[str], notes: list[str]) -> str:
    """Say why a level was not tested and which items are at fault, before what holds for every level."""
    reasons = []
    if found.why and level is found.levels[-1]:
        faulty = ", ".join(items[place] for place in level.faulty)
        reasons.append(f"{found.why}: {faulty}" if faulty else found.why)
    return "; ".join([*reasons, *notes])
