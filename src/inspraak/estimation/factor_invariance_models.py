"""The models of the levels of invariance: the items of one scale are equal over groups, all others are free.

Standing alone in that, a scale is not judged by its neighbours, and the fit of a large model does not hide what
a few items do. Sources: Meredith (1993), Psychometrika 58, 525-543; Wu & Estabrook (2016), Psychometrika 81,
1014-1045 (ordered answers); Byrne, Shavelson & Muthén (1989), Psychological Bulletin 105, 456-466 (partial).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from inspraak.estimation.arrays import BoolArray, IntArray
from inspraak.estimation.factor_comparison import shared_elements
from inspraak.estimation.factor_declaration import Equal, Place, confirmatory_model
from inspraak.estimation.factor_models import Elements, FactorModel
from inspraak.estimation.ordinal_factor_declaration import CONTINUOUS, OrdinalEqual, ordinal_model

Level = Literal["configural", "thresholds", "metric", "scalar"]
ORDER: tuple[Level, ...] = ("configural", "thresholds", "metric", "scalar")
ADDED: Mapping[Level, Literal["thresholds", "loadings", "intercepts"]] = {
    "thresholds": "thresholds",
    "metric": "loadings",
    "scalar": "intercepts",
}
"""What a level sets equal over groups that the level before it did not."""


@dataclass(frozen=True, eq=False)
class Compared:
    """What is compared over `groups`: `loadings` (p, f) booleans, each item on one factor; `tested` (p,) items.

    `categories` (p,) of ordered answers, None for numbers. Items with two answers are free until the last level,
    since their thresholds, loadings and intercepts can be told apart together only (Wu & Estabrook 2016).
    """

    loadings: BoolArray
    tested: BoolArray
    groups: int
    categories: IntArray | None = None
    residual_pairs: tuple[tuple[int, int], ...] = ()

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """The levels that say something about these items, in order."""
        if self.categories is None:
            return ("configural", "metric", "scalar")
        return ORDER if int((self.tested & ~self._binary).sum()) > 1 else ("configural", "scalar")

    @property
    def _binary(self) -> BoolArray:
        return np.zeros(self.tested.shape, dtype=np.bool_) if self.categories is None else self.categories < 3

    def held(self, level: Level, released: Mapping[int, Level]) -> BoolArray:
        """Mark the items (p,) that a level holds equal; `released` names items and the level that freed them."""
        held = self.tested.copy()
        held[list(released)] = False
        return held & ~self._binary if level != "scalar" else held

    def model(self, level: Level, released: Mapping[int, Level]) -> FactorModel:
        """Give the model of a level. A released item is free in what that level and the later ones set equal."""
        if self.categories is None:
            return self._of_numbers(level, released)
        return self._of_ordered_answers(level, self.categories, released)

    def _of_numbers(self, level: Level, released: Mapping[int, Level]) -> FactorModel:
        free = {
            "loadings": self._free_from(released, "metric"),
            "intercepts": self._free_from(released, "scalar"),
        }
        equal: tuple[Equal, ...] = CONTINUOUS[: self.levels.index(level)]
        model = confirmatory_model(
            self.loadings,
            groups=self.groups,
            identification="standardised",
            residual_pairs=self.residual_pairs,
            means=True,
            equal=equal,
            released={name: self._places(name, free[name]) for name in equal},
        )
        return self._standardised(model, ~free["loadings"], ~free["intercepts"])

    def _of_ordered_answers(
        self, level: Level, categories: IntArray, released: Mapping[int, Level]
    ) -> FactorModel:
        equal: list[OrdinalEqual] = [ADDED[name] for name in ORDER[1 : ORDER.index(level) + 1]]
        free: dict[OrdinalEqual, BoolArray] = {
            ADDED[name]: self._free_from(released, name) for name in ORDER[1:]
        }
        alone = free["thresholds"].copy()
        alone[[item for item in released if self._binary[item]]] = True
        if level != "scalar":
            free["loadings"] |= self._binary
        free["loadings"] |= alone
        free["thresholds"] = alone
        model = ordinal_model(
            self.loadings,
            categories,
            groups=self.groups,
            identification="standardised",
            residual_pairs=self.residual_pairs,
            equal=equal,
            released={name: self._places(name, free[name]) for name in equal},
        )
        if model.intercepts is not None and model.scales is not None:
            # nothing of such an item is equal: its responses have mean 0 and variance 1 in every group
            model = replace(
                model,
                intercepts=model.intercepts.fixed_at(alone, 0.0),
                scales=model.scales.fixed_at(alone, 1.0),
            )
        return self._standardised(model, ~free["loadings"], ~(free["intercepts"] | alone))

    def _free_from(self, released: Mapping[int, Level], level: Level) -> BoolArray:
        """Mark the items (p,) that are not tested, or were released at a level or an earlier one."""
        free = ~self.tested
        free[[item for item, at in released.items() if ORDER.index(at) <= ORDER.index(level)]] = True
        return free

    def _places(self, name: OrdinalEqual, free: BoolArray) -> list[Place]:
        """Name the elements of some items as `released` of the declarations has them."""
        items: list[int] = np.flatnonzero(free).tolist()
        if name == "loadings":
            return [(item, int(self.loadings[item].argmax())) for item in items]
        if name == "thresholds" and self.categories is not None:
            return [(item, step) for item in items for step in range(int(self.categories[item]) - 1)]
        return [*items]

    def _standardised(self, model: FactorModel, loadings: BoolArray, intercepts: BoolArray) -> FactorModel:
        """Fix variance and mean, in every group, of factors without an equal loading, or an equal intercept."""
        free_scale = ~(self.loadings & loadings[:, np.newaxis]).any(axis=0)
        free_mean = ~(self.loadings & intercepts[:, np.newaxis]).any(axis=0)
        means = model.factor_means
        return replace(
            model,
            factor_covariances=model.factor_covariances.fixed_at(np.diag(free_scale), 1.0),
            factor_means=None if means is None else means.fixed_at(free_mean, 0.0),
        )

    def suspects(self, level: Level, model: FactorModel, released: Mapping[int, Level]) -> Elements:
        """Give the elements that a level sets equal and that may be freed, one by one."""
        held = self.held(level, released)
        if level == "scalar" and self.categories is not None:
            elements = model.elements
            return elements.take(elements.of("intercepts") & (elements.group > 0) & held[elements.row])
        shared = shared_elements(model)
        return shared.take(shared.of(ADDED[level]) & held[shared.row])
