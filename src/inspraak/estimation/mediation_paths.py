"""The paths of a mediation model: which regressions it takes, and the indirect effects that their slopes make."""

from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Literal, get_args

import numpy as np

from inspraak.estimation.arrays import FloatArray
from inspraak.estimation.resampled_grams import Elimination

Order = Literal["parallel", "serial"]
Stage = Literal["first", "second", "both"]


@dataclass(frozen=True)
class PathModel:
    """How x goes by way of k mediators to y.

    In `parallel` order no mediator leads to another; in `serial` order each may lead to all later ones. A moderator w
    changes the slopes of the mediators and of y on x (`first`), the slopes of y on the mediators (`second`), or all of
    these (`both`): models 8, 14 and 59 of Hayes (2022), Introduction to Mediation, Moderation, and Conditional Process
    Analysis. Columns, after the controls (w among them): x, x w, mediators, mediators times w, y.
    """

    mediators: int
    order: Order = "parallel"
    moderated: Stage | None = None

    def __post_init__(self) -> None:
        """Check the words."""
        if self.order not in get_args(Order):
            raise ValueError(f"order is {self.order!r}; expected one of {get_args(Order)}")
        if self.moderated is not None and self.moderated not in get_args(Stage):
            raise ValueError(f"moderated is {self.moderated!r}; expected one of {get_args(Stage)}")

    @property
    def first_stage(self) -> bool:
        """Whether w changes the slopes on x."""
        return self.moderated in ("first", "both")

    @property
    def second_stage(self) -> bool:
        """Whether w changes the slopes on the mediators."""
        return self.moderated in ("second", "both")

    @property
    def treatments(self) -> int:
        """Number of columns of x: itself, and its product with w."""
        return 2 if self.first_stage else 1

    @property
    def columns(self) -> int:
        """Number of columns but controls, y the last."""
        k = self.mediators
        return self.treatments + k + (k if self.second_stage else 0) + 1

    @property
    def ways(self) -> tuple[tuple[int, ...], ...]:
        """The mediators on each way from x to y, in order of length."""
        k = range(self.mediators)
        longest = self.mediators if self.order == "serial" else 1
        return tuple(way for length in range(1, longest + 1) for way in combinations(k, length))

    def predictors_of(self, mediator: int | None) -> int:
        """Count the columns, of those after the controls, that predict a mediator, or y (None)."""
        if mediator is None:
            return self.columns - 1
        return self.treatments + (mediator if self.order == "serial" else 0)


@dataclass(frozen=True, eq=False)
class Slopes:
    """Slopes of the regressions of b models; those on products with w are 0 where the model has none.

    `on_x` and `on_xw` (k, b): of the mediators; `between` (k, k, b): of a mediator (second) on an earlier one (first);
    `on_mediators` and `on_products` (k, b), `direct` and `direct_w` (b,): of y. `back_x` and `back_xw` (b,): of y on x
    without mediators, `back_y` (k, b): of each mediator on y, x held constant, which the reverse order takes.
    """

    on_x: FloatArray
    on_xw: FloatArray
    between: FloatArray
    on_mediators: FloatArray
    on_products: FloatArray
    direct: FloatArray
    direct_w: FloatArray
    back_x: FloatArray
    back_xw: FloatArray
    back_y: FloatArray


@dataclass(frozen=True, eq=False)
class PathEffects:
    """Effects of b models at v values of the moderator, along p ways: see `mediation.Mediation`."""

    indirect: FloatArray  # (p, v, b)
    total_indirect: FloatArray  # (v, b)
    direct: FloatArray  # (v, b)
    total: FloatArray  # (v, b)
    moderation: FloatArray  # (p, b)
    reverse: FloatArray  # (k, v, b)


def slopes_of(model: PathModel, fits: list[FloatArray], back: list[FloatArray]) -> Slopes:
    """Sort the coefficients of the regressions of the k mediators and y, each (predictors, b), into slopes.

    `back` holds those of y on x, (treatments, b), and of each mediator on y, (b,).
    """
    k, t, b = model.mediators, model.treatments, fits[0].shape[1]
    none = np.zeros((k, b))
    between = np.zeros((k, k, b))
    for later in range(k if model.order == "serial" else 0):
        between[:later, later] = fits[later][t : t + later]
    outcome = fits[k]
    return Slopes(
        on_x=np.stack([fits[j][0] for j in range(k)]),
        on_xw=np.stack([fits[j][1] for j in range(k)]) if model.first_stage else none,
        between=between,
        on_mediators=outcome[t : t + k],
        on_products=outcome[t + k : t + 2 * k] if model.second_stage else none,
        direct=outcome[0],
        direct_w=outcome[1] if model.first_stage else none[0],
        back_x=back[0][0],
        back_xw=back[0][1] if model.first_stage else none[0],
        back_y=np.stack(back[1:]),
    )


def slopes_of_elimination(model: PathModel, found: Elimination) -> Slopes:
    """Read the slopes off Gram matrices whose controls were taken out, all mediators, products and y staying."""
    k, y = model.mediators, model.columns - 1
    fits = [found.coefficients(model.treatments + j, model.predictors_of(j) - 1) for j in range(k)] + [
        found.coefficients(y, y - 1)
    ]
    spread = np.where(found.left[-1, -1] > 0, found.left[-1, -1], np.nan)
    to_mediators = [found.left[j, -1] / spread for j in range(k)]
    return slopes_of(model, fits, [found.coefficients(y, model.treatments - 1), *to_mediators])


def path_effects(model: PathModel, slopes: Slopes, at: FloatArray) -> PathEffects:
    """Multiply slopes along each way, at values (v,) of the moderator.

    Source: Hayes (2022), chapters 5, 11 and 12; the reverse order takes y before the mediators.
    """
    w = at[:, np.newaxis]
    first = slopes.on_x[:, np.newaxis] + slopes.on_xw[:, np.newaxis] * w
    second = slopes.on_mediators[:, np.newaxis] + slopes.on_products[:, np.newaxis] * w
    ways = []
    for way in model.ways:
        effect = first[way[0]] * second[way[-1]]
        for before, after in pairwise(way):
            effect = effect * slopes.between[before, after]
        ways.append(effect)
    indirect, direct = np.stack(ways), slopes.direct + slopes.direct_w * w
    apart = at[-1] - at[0] if model.moderated else np.nan
    return PathEffects(
        indirect=indirect,
        total_indirect=indirect.sum(axis=0),
        direct=direct,
        total=indirect.sum(axis=0) + direct,
        moderation=(indirect[:, -1] - indirect[:, 0]) / apart,
        reverse=(slopes.back_x + slopes.back_xw * w) * slopes.back_y[:, np.newaxis],
    )
