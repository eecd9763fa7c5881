"""The answers to the items of a measurement model, and its structures, as the engines of factor analysis take them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from inspraak.estimation.design import SurveyDesign
from inspraak.estimation.factor_declaration import Identification, Place, confirmatory_model
from inspraak.estimation.factor_models import FactorModel
from inspraak.estimation.ordinal_factor_declaration import OrdinalEqual, ordinal_model
from inspraak.study.factor_models import MeasurementModel, Structure
from inspraak.study.study import Study
from inspraak.survey.weighting import survey_design

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ModelItems:
    """The answers to the items of a model that can be used together.

    `values` (n, p) are codes or numbers in their own unit, reversed items turned (high = more), NaN = no answer;
    rows are those of the responses. `factors` are the p items by factor, in the order of the columns. `left_out`
    gives the reason for each item or factor that cannot be used: `no answers`, `no variance`, `identical items: a`
    (the item that it repeats), `one item` (a factor of which one is left).
    """

    model: MeasurementModel
    values: FloatArray
    factors: Mapping[str, tuple[str, ...]]
    left_out: Mapping[str, str]

    @property
    def items(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(item for items in self.factors.values() for item in items)

    @property
    def members(self) -> BoolArray:
        """Which item belongs to which factor, (p, f)."""
        place = [number for number, items in enumerate(self.factors.values()) for _ in items]
        return np.asarray(np.array(place)[:, np.newaxis] == np.arange(len(self.factors)))

    @property
    def residual_pairs(self) -> tuple[tuple[int, int], ...]:
        """Columns of the items whose residuals correlate; pairs of which an item is left out are gone."""
        place = {item: number for number, item in enumerate(self.items)}
        pairs = self.model.residual_pairs
        return tuple((place[a], place[b]) for a, b in pairs if a in place and b in place)

    def factor_names(self, structure: Structure) -> tuple[str, ...]:
        """Name the factors of a structure in their order; one above or instead of the others is named as the model."""
        own = () if structure == "one_factor" else tuple(self.factors)
        return (*own, self.model.name) if structure in ("one_factor", "second_order") else own


def gather_items(
    study: Study,
    model: MeasurementModel,
    responses: pd.DataFrame,
    factors: Mapping[str, tuple[str, ...]],
) -> ModelItems:
    """Give the answers to the items of `factors` (see `Study.factors_of`) as far as they can be used together.

    An item that nobody answered or that does not vary, and one that repeats an earlier one wherever both are
    answered, is left out; then a factor of which one item is left. Of a model that takes complete rows of ordered
    answers, the others count as without any answer.
    """
    names = [item for items in factors.values() for item in items]
    values = item_values(study, responses, names)
    left_out = unusable(values, names)
    kept = {factor: [item for item in items if item not in left_out] for factor, items in factors.items()}
    left_out |= {factor: "one item" for factor, items in kept.items() if len(items) < 2}
    used = {factor: tuple(items) for factor, items in kept.items() if len(items) > 1}
    columns = [names.index(item) for items in used.values() for item in items]
    matrix = values[:, columns]
    if model.missing == "complete":
        matrix = np.where(np.isnan(matrix).any(axis=1, keepdims=True), np.nan, matrix)
    return ModelItems(model, matrix, used, left_out)


def item_values(study: Study, responses: pd.DataFrame, items: Iterable[str]) -> FloatArray:
    """Give answers in the unit of their codes, (n, p), reversed items turned; NaN without an answer."""
    columns = [_turned(study, item, responses[item].to_numpy(dtype=float, na_value=np.nan)) for item in items]
    return np.column_stack([np.empty((len(responses), 0)), *columns])


def _turned(study: Study, item: str, values: FloatArray) -> FloatArray:
    if item not in study.codebook or not study.codebook[item].reversed:
        return values
    scale = study.scale_of(item)
    low, high = (
        (min(scale.codes), max(scale.codes)) if scale.codes is not None else scale.bounds or (0.0, 0.0)
    )
    return np.asarray(low + high - values)


def unusable(values: FloatArray, names: Sequence[str]) -> dict[str, str]:
    """Say why items (n, p) cannot be used beside the others; nothing of those that can.

    `no answers`; `no variance`; `identical items: a`, for one with the answers of the earlier item a wherever both are
    answered.
    """
    found: dict[str, str] = {}
    for place, name in enumerate(names):
        known = values[~np.isnan(values[:, place]), place]
        if not known.size:
            found[name] = "no answers"
        elif np.ptp(known) == 0:
            found[name] = "no variance"
    for place, name in enumerate(names):
        for before in range(place):
            if (
                name not in found
                and names[before] not in found
                and _same(values[:, before], values[:, place])
            ):
                found[name] = f"identical items: {names[before]}"
    return found


def _same(first: FloatArray, second: FloatArray) -> bool:
    """Tell whether two items have the same answer of everybody who answered both, three at least."""
    both = ~np.isnan(first) & ~np.isnan(second)
    if both.sum() < 3 or np.ptp(first[both]) == 0 or np.ptp(second[both]) == 0:
        return False
    return bool(np.array_equal(first[both], second[both]))


def structured_model(
    items: ModelItems,
    structure: Structure,
    *,
    categories: npt.ArrayLike | None = None,
    groups: int = 1,
    identification: Identification = "standardised",
    equal: Collection[OrdinalEqual] = (),
    released: Mapping[OrdinalEqual, Iterable[Place]] | None = None,
) -> FactorModel:
    """Give the factor model of a structure of the items: of ordered answers with `categories` (p,), else continuous.

    `equal` and `released` over groups as in `confirmatory_model` and `ordinal_model`; columns of `loadings` are
    those of `ModelItems.factor_names`.
    """
    members = items.members
    options: dict[str, Any] = {
        "groups": groups,
        "identification": identification,
        "residual_pairs": items.residual_pairs,
        "equal": equal,
        "released": released,
        "correlated": structure != "uncorrelated",
    }
    if structure == "one_factor":
        members = np.ones((len(members), 1), dtype=np.bool_)
    if structure == "second_order":
        options["higher"] = np.ones((members.shape[1], 1), dtype=np.bool_)
    if categories is None:
        return confirmatory_model(members, **options)
    return ordinal_model(members, categories, **options)


def model_design(model: MeasurementModel, responses: pd.DataFrame) -> SurveyDesign | None:
    """Give the design by which the answers of a model are weighted; None where it takes no weights."""
    return None if model.weights == "none" else survey_design(responses, weight=model.weights)
